"""The dynamical twin as a source of forecasts: its files are made first, then read as those of a real archive."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from graphs.types import Floats
from oxygen_recon.dataset.daily.fields import DailyFields
from oxygen_recon.fields.daily.horizontal import onto_grid
from oxygen_recon.fields.daily.layout import FORCING
from oxygen_recon.fields.daily.opening import open_daily
from oxygen_recon.fields.daily.selection import Box
from oxygen_recon.sources.daily_fields import daily_fields
from oxygen_recon.sources.dynamical_twin.config import DynamicalTwinConfig
from oxygen_recon.sources.dynamical_twin.production import make
from qc.config import Strict
from qc.errors import InputError

Depth = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Part = Literal["state", "forcing", "biochemistry", "waves", "wind", "downscaling"]
_OXYGEN_DEPTH = 100.0  # m, of the oxygen beside the eight variables of the surface
_BIOCHEMISTRY = {
    "total_chlorophyll": "Tca", "chlorophytes": "Chl", "diatoms": "Dia", "coccolithophores": "Coc",
    "cyanobacteria": "Cya", "dissolved_iron": "Irn", "dissolved_nitrate": "Nit", "mixed_layer_depth": "MLD",
    "dissolved_oxygen": "o2",
}  # fmt: skip
STATE = ("temperature", "salinity", "eastward_velocity", "northward_velocity", "sea_surface_height")


class DailyTwinConfig(Strict):
    """Daily fields of a dynamical twin ocean, made by the run in its own folder.

    Parameters
    ----------
    kind : "dynamical_twin"
        Fields are those of a twin.
    twin : DynamicalTwinConfig
        Settings of the twin.
    names : list of str
        Quantities of the state, in the order of the channels.
    depths : list of float, optional [m]
        Levels that are taken; all 15 when left out.
    coarsen : int
        Cells along each side of the blocks that state, forcing and biochemistry are averaged over.
    """

    kind: Literal["dynamical_twin"]
    twin: DynamicalTwinConfig = DynamicalTwinConfig()
    names: list[Literal[STATE]] = Field(default=list(STATE), min_length=1)  # type: ignore[valid-type]
    depths: list[Depth] | None = Field(default=None, min_length=1)
    coarsen: int = Field(default=1, ge=1)

    def identity(self, data: Path | None) -> list[str]:
        """Name the files: they follow from the settings.

        Parameters
        ----------
        data : Path or None
            Not used.

        Returns
        -------
        list of str
            Empty.
        """
        return []

    def make(self, home: Path, report: Callable[[str], None]) -> Path:
        """Write the twin's files; those that are there are kept.

        Parameters
        ----------
        home : Path
            Folder that they are written into.
        report : callable
            Called with each month that is done.

        Returns
        -------
        Path
            The folder, with the state in `hycom`, what drives it in `era5`, the ecosystem in `nobm` and `oxygen`.
        """
        return make(self.twin, home, report)

    def read(self, made: Path, into: Path, part: Part = "state", box: Box | None = None) -> tuple[DailyFields, str]:
        """Read the state, what drives it, or what a head makes.

        Parameters
        ----------
        made : Path
            As `make` left it.
        into : Path
            File (.npy) that the values are kept in and mapped from.
        part : {"state", "forcing", "biochemistry", "waves", "wind", "downscaling"}
            The state; its forcing; eight variables of the ecosystem at the surface and oxygen at 100 m; wave height;
            the wind on the cells of the waves; the shallowest level of the state in a box, not averaged.
        box : ((south, north), (west, east)), optional
            Of the finer fields, degrees: blocks of the state with their centre in it.

        Returns
        -------
        DailyFields
        str
            "daily mean".

        Raises
        ------
        InputError
            If a file is damaged, the twin has no such fields, or no block lies in the box.
        """
        if part in ("biochemistry", "waves") and not getattr(self.twin, {"waves": "waves"}.get(part, "ecosystem")):
            raise InputError(f"the twin has no {part}", "source.twin", "switch it on, or leave the head out")
        names, folders, depths, coarsen = list[str](self.names), ["hycom"], self.depths, self.coarsen
        variables: dict[str, str] = {}
        if part in ("forcing", "wind"):
            names, folders = list(FORCING[:2] if part == "wind" else FORCING), ["era5"]
        elif part == "biochemistry":
            names, folders, variables = list(_BIOCHEMISTRY), ["nobm", "oxygen"], _BIOCHEMISTRY
            depths = [_OXYGEN_DEPTH]
        elif part == "waves":
            names, folders, variables = ["significant_wave_height"], ["waves"], {"significant_wave_height": "VHM0"}
        opened = open_daily([made / one for one in folders], names, variables=variables)
        sampling = str(opened.attrs["sampling"])
        if part == "wind":
            of = open_daily(made / "waves", ["VHM0"])
            opened = onto_grid(opened, of["latitude"].to_numpy(), of["longitude"].to_numpy())
        region = None
        if part == "downscaling":
            region = _whole_blocks(opened["latitude"].to_numpy(), opened["longitude"].to_numpy(), self.coarsen, box)
            depths = None if self.depths is None else self.depths[:1]
            opened = opened if self.depths is not None else opened.isel(depth=[0])
        coarsen = 1 if part in ("waves", "wind", "downscaling") else coarsen
        fields = daily_fields(opened, names, depths=depths, coarsen=coarsen, region=region, into=into)
        return fields, sampling


def _whole_blocks(latitude: Floats, longitude: Floats, factor: int, box: Box | None) -> Box:
    """Give the cells of the blocks with their centre in a box, by the first and last of their own centres."""
    if factor < 2 or box is None:
        raise InputError("no finer fields", "downscaling", "set source.coarsen to 2 or more, and the head's box")
    edges = []
    for name, points, (low, high) in zip(("latitude", "longitude"), (latitude, longitude), box, strict=True):
        blocks = points[: points.size // factor * factor].reshape(-1, factor)
        inside = (blocks.mean(axis=1) >= low) & (blocks.mean(axis=1) <= high)
        if not inside.any():
            raise InputError(f"no block from {low:g} to {high:g}", f"downscaling, {name}", "widen the box")
        edges.append((float(blocks[inside].min()), float(blocks[inside].max())))
    return edges[0], edges[1]
