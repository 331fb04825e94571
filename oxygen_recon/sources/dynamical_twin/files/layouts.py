"""Layouts of the twin's files: those of HYCOM, ERA5, NOBM and the biogeochemistry and waves of Copernicus Marine."""

from oxygen_recon.sources.dynamical_twin.files.daily_file import Layout, Variable

_HYCOM_LAND, _NOBM_LAND = -30000.0, 9.99e11

HYCOM = Layout(
    "HYCOM layout: daily means of the dynamical twin",
    {
        "water_temp": Variable(
            "degC", "sea_water_potential_temperature", "Water Temperature", _HYCOM_LAND, 0.001, 20, level=True
        ),
        "salinity": Variable("psu", "sea_water_salinity", "Salinity", _HYCOM_LAND, 0.001, 20, level=True),
        "water_u": Variable(
            "m/s", "eastward_sea_water_velocity", "Eastward Water Velocity", _HYCOM_LAND, 0.001, level=True
        ),
        "water_v": Variable(
            "m/s", "northward_sea_water_velocity", "Northward Water Velocity", _HYCOM_LAND, 0.001, level=True
        ),
        "surf_el": Variable("m", "sea_surface_elevation", "Water Surface Elevation", _HYCOM_LAND, 0.0002),
    },
)
ERA5 = Layout(
    "ERA5 layout: daily means of the dynamical twin's weather",
    {
        "u10": Variable("m s**-1", "", "10 metre U wind component", -32767, 0.002),
        "v10": Variable("m s**-1", "", "10 metre V wind component", -32767, 0.002),
        "t2m": Variable("K", "", "2 metre temperature", -32767, 0.004, 260),
        "msl": Variable("Pa", "air_pressure_at_mean_sea_level", "Mean sea level pressure", -32767, 0.6, 98000),
        "sp": Variable("Pa", "surface_air_pressure", "Surface pressure", -32767, 1.2, 80000),
    },
    latitude="latitude",
    longitude="longitude",
    time_unit="hours since 1900-01-01 00:00:00",
    descending=True,
)
_CHLOROPHYLL = "mg m-3"
NOBM = Layout(
    "NOBM layout: daily means of the dynamical twin's ecosystem at the surface",
    {
        "Tca": Variable(_CHLOROPHYLL, "", "Total chlorophyll", _NOBM_LAND),
        "Chl": Variable(_CHLOROPHYLL, "", "Chlorophytes", _NOBM_LAND),
        "Dia": Variable(_CHLOROPHYLL, "", "Diatoms", _NOBM_LAND),
        "Coc": Variable(_CHLOROPHYLL, "", "Coccolithophores", _NOBM_LAND),
        "Cya": Variable(_CHLOROPHYLL, "", "Cyanobacteria", _NOBM_LAND),
        "Irn": Variable("nmol L-1", "", "Iron", _NOBM_LAND),
        "Nit": Variable("umol L-1", "", "Nitrate", _NOBM_LAND),
        "MLD": Variable("m", "ocean_mixed_layer_thickness", "Mixed layer depth", _NOBM_LAND),
    },
    time_unit="days since 1900-01-01 00:00:00",
)
OXYGEN = Layout(
    "Copernicus Marine layout: daily means of the dynamical twin's oxygen",
    {
        "o2": Variable(
            "mmol m-3",
            "mole_concentration_of_dissolved_molecular_oxygen_in_sea_water",
            "Dissolved oxygen",
            _HYCOM_LAND,
            0.02,
            300,
            level=True,
        )
    },
    latitude="latitude",
    longitude="longitude",
    time_unit="days since 1950-01-01 00:00:00",
)
WAVES = Layout(
    "Copernicus Marine layout: daily means of the dynamical twin's waves",
    {"VHM0": Variable("m", "sea_surface_wave_significant_height", "Significant wave height", _HYCOM_LAND, 0.001, 20)},
    latitude="latitude",
    longitude="longitude",
    time_unit="hours since 1950-01-01 00:00:00",
)
