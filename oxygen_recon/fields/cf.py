"""CF metadata of gridded files: names and units of oxygen, coordinates with bounds, and global attributes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import numpy as np
import xarray as xr

from graphs.grid import Grid
from graphs.time_axis import TimeAxis

DIMENSIONS = ("time", "depth", "latitude", "longitude")
OXYGEN = "moles_of_oxygen_per_unit_mass_in_sea_water"  # CF standard name
OXYGEN_PER_VOLUME = "mole_concentration_of_dissolved_molecular_oxygen_in_sea_water"
STANDARD_NAMES = {"umol kg-1": OXYGEN, "mmol m-3": OXYGEN_PER_VOLUME}  # by the units that products are made in
PER_MASS = {"mol kg-1": 1e6, "umol kg-1": 1.0, "umol/kg": 1.0}  # to umol kg-1
PER_VOLUME = {"mol m-3": 1e6, "mol/m3": 1e6, "mmol m-3": 1e3, "mmol/m3": 1e3, "mmol/m^3": 1e3}  # to umol m-3
BACKGROUND_ONLY = "background_only"
TIME_ENCODING = {"units": "days since 1900-01-01 00:00:00", "calendar": "proleptic_gregorian", "dtype": "float64"}


@dataclass(frozen=True)
class Provenance:
    """Where a reconstruction comes from: written into its global attributes.

    Parameters
    ----------
    title, summary : str
        As ACDD understands them.
    experiment_hash, catalogue_hash, commit : str
        Of the resolved settings, of the data catalogue, and of the code.
    seed : int
    method : str
        Name of the model.
    licence, references : str
        Terms of the data it is made from; papers and data to cite. Left out of the file when empty.
    background : str
        The field that anomalies were learned from; left out of the file when empty.
    created : str
        ISO 8601 time; now when left empty.
    shares : mapping of str to float
        What is known of how much was observed, by the name of its attribute: `observed_share` of the cells and steps
        hold an observation, `far_share` have none of their level near.
    """

    title: str
    summary: str
    experiment_hash: str
    catalogue_hash: str
    commit: str
    seed: int
    method: str
    licence: str = ""
    references: str = ""
    background: str = ""
    created: str = ""
    shares: Mapping[str, float] = field(default_factory=dict)


def is_oxygen(variable: xr.DataArray) -> bool:
    """Tell whether the standard name of a variable is one of dissolved oxygen.

    Parameters
    ----------
    variable : DataArray
        With or without the attribute standard_name.

    Returns
    -------
    bool

    Examples
    --------
    >>> is_oxygen(xr.DataArray(1.0, attrs={"standard_name": "moles_of_oxygen_per_unit_mass_in_sea_water"}))
    True
    """
    return variable.attrs.get("standard_name") in STANDARD_NAMES.values()


def cf_coordinates(grid: Grid, time_axis: TimeAxis) -> xr.Dataset:
    """Lay out the coordinates of a field, as a dataset without variables.

    Parameters
    ----------
    grid : Grid
        Cells.
    time_axis : TimeAxis
        Steps.

    Returns
    -------
    xarray.Dataset
        CF coordinates time, depth (m, positive down), latitude and longitude (degrees) with bounds, and `wet`,
        shape (depth, latitude, longitude), 1 in the ocean, and `cell_area` (m2), shape (latitude, longitude).
    """
    edges = {
        "time": time_axis.edges.astype("datetime64[ns]"),
        "depth": grid.depth_edges,
        "latitude": grid.latitude_edges,
        "longitude": grid.longitude_edges,
    }
    centre = {
        "time": time_axis.centre.astype("datetime64[ns]"),
        "depth": grid.depth,
        "latitude": grid.latitude,
        "longitude": grid.longitude,
    }
    attributes = {
        "time": {"standard_name": "time", "long_name": "middle of the time step", "axis": "T"},
        "depth": {"standard_name": "depth", "long_name": "depth", "units": "m", "positive": "down", "axis": "Z"},
        "latitude": {"standard_name": "latitude", "long_name": "latitude", "units": "degrees_north", "axis": "Y"},
        "longitude": {"standard_name": "longitude", "long_name": "longitude", "units": "degrees_east", "axis": "X"},
    }
    data = xr.Dataset()
    for name in DIMENSIONS:
        data.coords[name] = (name, centre[name], attributes[name] | {"bounds": f"{name}_bnds"})
        data[f"{name}_bnds"] = ((name, "bnds"), np.stack([edges[name][:-1], edges[name][1:]], axis=1))
        for part in (name, f"{name}_bnds"):
            data[part].encoding = {"_FillValue": None} | (TIME_ENCODING if name == "time" else {})
    flags = {"flag_values": np.array([0, 1], np.int8), "flag_meanings": "land ocean", "long_name": "wet mask"}
    data["wet"] = (DIMENSIONS[1:], grid.wet.astype(np.int8), flags)
    area = {"standard_name": "cell_area", "long_name": "area of the cells", "units": "m2"}
    area |= {"coverage_content_type": "auxiliaryInformation"}
    data["cell_area"] = (DIMENSIONS[2:], np.broadcast_to(grid.area, grid.shape[1:]), area)
    return data


def written(commit: str = "") -> str:
    """Say when and by what a file is written, for its attribute history.

    Parameters
    ----------
    commit : str
        Of the code, where it is known.
    """
    at = f" at commit {commit}" if commit else ""
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} written by oxygen-recon {version('oxygen-recon')}{at}"


def resolution(time_axis: TimeAxis) -> str:
    """Return the length of a step as ISO 8601 has it.

    Parameters
    ----------
    time_axis : TimeAxis
        Steps.

    Examples
    --------
    >>> [resolution(TimeAxis.regular(1990, 1999, step)) for step in ("year", "season", "month", "static")]
    ['P1Y', 'P3M', 'P1M', 'P10Y']
    """
    return _months(int(np.median(np.diff(time_axis.edges.astype("datetime64[M]")).astype(int))))


def _months(number: int) -> str:
    """Write a number of months as ISO 8601 has it."""
    return f"P{number}M" if number % 12 else f"P{number // 12}Y"


def global_attributes(grid: Grid, time_axis: TimeAxis, provenance: Provenance) -> dict[str, str | int | float]:
    """Describe a reconstruction by the global attributes of ACDD 1.3 and of this project.

    Parameters
    ----------
    grid : Grid
        Cells.
    time_axis : TimeAxis
        Steps.
    provenance : Provenance
        Experiment, data and code it is made from.

    Returns
    -------
    dict of str to str, int or float
    """
    created = provenance.created or datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    optional = {
        "license": provenance.licence,
        "references": provenance.references,
        "background": provenance.background,
    }
    attributes: dict[str, str | int | float] = {name: text for name, text in optional.items() if text}
    return (
        attributes
        | dict(provenance.shares)
        | {
            "Conventions": "CF-1.8, ACDD-1.3",
            "title": provenance.title,
            "summary": provenance.summary,
            "keywords": "oceans, ocean chemistry, dissolved oxygen, oxygen minimum zone, reconstruction",
            "source": f"statistical reconstruction from observations, method {provenance.method}",
            "history": f"{created} written by oxygen-recon at commit {provenance.commit}",
            "date_created": created,
            "creator_name": f"oxygen-recon {version('oxygen-recon')}",
            "standard_name_vocabulary": "CF Standard Name Table v93",
            "geospatial_lat_min": float(grid.latitude_edges[0]),
            "geospatial_lat_max": float(grid.latitude_edges[-1]),
            "geospatial_lat_units": "degrees_north",
            "geospatial_lon_min": float(grid.longitude_edges[0]),
            "geospatial_lon_max": float(grid.longitude_edges[-1]),
            "geospatial_lon_units": "degrees_east",
            "geospatial_vertical_min": float(grid.depth_edges[0]),
            "geospatial_vertical_max": float(grid.depth_edges[-1]),
            "geospatial_vertical_units": "m",
            "geospatial_vertical_positive": "down",
            "time_coverage_start": str(time_axis.edges[0]),
            "time_coverage_end": str(time_axis.edges[-1]),
            "time_coverage_duration": _months(
                int(np.diff(time_axis.edges[[0, -1]].astype("datetime64[M]")).astype(int)[0])
            ),
            "time_coverage_resolution": resolution(time_axis),
            "experiment_hash": provenance.experiment_hash,
            "catalogue_hash": provenance.catalogue_hash,
            "commit": provenance.commit,
            "seed": provenance.seed,
        }
    )


_RECONSTRUCTION: dict[str, dict[str, Any]] = {
    "oxygen": {
        "standard_name": OXYGEN,
        "long_name": "dissolved oxygen",
        "units": "umol kg-1",
        "cell_methods": "time: mean depth: mean area: mean",
        "cell_measures": "area: cell_area",
        "ancillary_variables": "oxygen_standard_error observation_count",
        "coverage_content_type": "modelResult",  # of ACDD, as ISO 19115-1 lists them
    },
    "oxygen_standard_error": {
        "standard_name": f"{OXYGEN} standard_error",
        "long_name": "standard error of dissolved oxygen",
        "units": "umol kg-1",
        "cell_measures": "area: cell_area",
        "coverage_content_type": "qualityInformation",
    },
    "observation_count": {
        "standard_name": "number_of_observations",
        "long_name": "number of casts observed in the cell",
        "units": "1",
        "coverage_content_type": "auxiliaryInformation",
    },
}
_ON_BACKGROUND: dict[str, Any] = {
    BACKGROUND_ONLY: {
        "standard_name": "status_flag",
        "long_name": "whether the estimate rests on the background alone",
        "flag_values": np.array([0, 1], np.int8),
        "flag_meanings": "observations_near background_only",
        "units": "1",
        "coverage_content_type": "qualityInformation",
    },
}


def variables(attributes: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Describe the variables of a reconstruction by their attributes.

    Parameters
    ----------
    attributes : mapping of str to object
        Global attributes; those of a reconstruction on a background name it.

    Returns
    -------
    dict of str to dict
        Attributes by the name of the variable.
    """
    return _RECONSTRUCTION | (_ON_BACKGROUND if "background" in attributes else {})
