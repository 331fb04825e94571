"""From a wish to a plan: which part of a dataset is wanted, and which addresses that needs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from oxygen_recon.observations import argo_index
from oxygen_recon.observations import download as downloads
from oxygen_recon.observations.argo_index import Region
from oxygen_recon.observations.catalog import Entry
from oxygen_recon.observations.catalog import Index as Listing
from oxygen_recon.observations.download import Wanted
from oxygen_recon.observations.resume import Patience
from qc.errors import InputError

Say = Callable[[str], object]


@dataclass(frozen=True)
class Wish:
    """Which part of a dataset.

    Parameters
    ----------
    years : tuple of int or None
        First and last year, both included.
    region : Region or None
        Where, for data chosen from an index.
    mode : str or None
        Modes of Argo oxygen, some of R, A, D.
    profiles : bool
        Whether single profiles are fetched rather than all of a float.
    """

    years: tuple[int, int] | None = None
    region: Region | None = None
    mode: str | None = None
    profiles: bool = False

    @classmethod
    def of(cls, years: str | None, region: str | None, mode: str | None, profiles: bool = False) -> "Wish":
        """Understand the words of a command line: "1990-1999", "150,-110,-20,20", "AD".

        Raises
        ------
        InputError
            If one of them cannot be understood.
        """
        return cls(
            None if years is None else _years(years),
            None if region is None else _region(region),
            None if mode is None else mode.upper(),
            profiles,
        )


EVERYTHING = Wish()


@dataclass(frozen=True)
class Plan:
    """What is to be had.

    Parameters
    ----------
    files : list of Wanted
        One for each address.
    pinned : bool
        Whether the archive promises that the content of an address stays.
    unverified : list of str
        Addresses that follow a pattern only.
    """

    files: list[Wanted]
    pinned: bool = True
    unverified: Sequence[str] = ()


def make(name: str, entry: Entry, data_root: Path, wish: Wish, patience: Patience, say: Say) -> Plan:
    """Plan what a wish for a dataset needs.

    Parameters
    ----------
    name : str
        Dataset.
    entry : Entry
        What the catalogue says of it; where it names an index, that is downloaded: it decides.
    data_root : Path
        Data folder.
    wish : Wish
        Which part of it.
    patience : Patience
        How long to try.
    say : callable
        Told what was chosen from an index.

    Returns
    -------
    Plan
        At least one file.

    Raises
    ------
    InputError
        If the wish does not fit the dataset or leads to no file, the dataset has no public address, or the download of
        the index fails.
    """
    _refuse(name, entry, wish)
    plan = _chosen(entry.index, data_root, wish, patience, say) if entry.index else _listed(entry, data_root, wish)
    if not plan.files:
        raise InputError("nothing to fetch for that wish", name, "widen the years, region or mode")
    return plan


def _refuse(name: str, entry: Entry, wish: Wish) -> None:
    """Refuse a wish that does not fit the dataset."""
    if not entry.downloads and not entry.index:
        where = entry.access or f"put its files below the data folder: {', '.join(entry.files)}"
        raise InputError("has no public address", name, where)
    if entry.yearly and wish.years is None:
        raise InputError("has one file a year", name, "say which: --years 1990-1999")
    if wish.years and not entry.yearly and not entry.index:
        raise InputError("is not split by years", name, "leave --years out")
    if (wish.region or wish.mode or wish.profiles) and not entry.index:
        raise InputError("is not chosen from an index", name, "leave --region, --mode and --profiles out")


def _listed(entry: Entry, data_root: Path, wish: Wish) -> Plan:
    """Plan the addresses the catalogue names."""
    pairs = [(download, url) for download in entry.downloads for url in download.addresses(wish.years)]
    return Plan(
        [Wanted(url, data_root / download.folder / url.rsplit("/", 1)[-1]) for download, url in pairs],
        unverified=[url for download, url in pairs if not download.verified],
    )


def _chosen(listing: Listing, data_root: Path, wish: Wish, patience: Patience, say: Say) -> Plan:
    """Choose from an index; files that the index knows to have changed since they were fetched are fetched anew.

    They are not pinned: the archive goes on rewriting them.
    """
    folder = data_root / listing.folder
    path = folder / "index" / listing.url.rsplit("/", 1)[-1]
    outcome = downloads.fetch([Wanted(listing.url, path)], 1, patience)
    for error in outcome.missing + outcome.failed:
        raise error
    index = argo_index.read(path)
    chosen = argo_index.select(index, wish.region, wish.years, wish.mode)
    if wish.profiles:
        files, updated = index.file[chosen], index.updated[chosen]
    else:
        files, updated = argo_index.floats_of(index, chosen)
    say(f"index of {index.of}: {chosen.sum():,} profiles with oxygen chosen; remove {path} for a newer one")
    wanted = [Wanted(f"{listing.root}/{file}", folder / file.rsplit("/", 1)[-1]) for file in files.tolist()]
    seconds = updated.astype("datetime64[s]").astype(np.int64).tolist()
    return Plan(
        [replace(w, newer_than=datetime.fromtimestamp(s, UTC)) for w, s in zip(wanted, seconds)],
        pinned=False,
    )


def _years(text: str) -> tuple[int, int]:
    first, _, last = text.partition("-")
    if not (first.isdecimal() and (last or first).isdecimal()) or not 1700 <= int(first) <= int(last or first) <= 2200:
        raise InputError("not a year or a span of years", text, "write --years 1990 or --years 1990-1999")
    return int(first), int(last or first)


def _region(text: str) -> Region:
    try:
        west, east, south, north = map(float, text.split(","))
    except ValueError as error:
        raise InputError("not a region", text, "write --region W,E,S,N in degrees: --region 150,-110,-20,20") from error
    return Region(west, east, south, north)
