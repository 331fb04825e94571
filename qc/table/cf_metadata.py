"""What CF calls the columns of the observation table, their units and the meanings of their flags."""

import pyarrow as pa

from qc.table.flag_schemes import IODE_MEANINGS

STANDARD_NAMES = {  # of the CF conventions
    "time": "time",
    "latitude": "latitude",
    "longitude": "longitude",
    "pressure": "sea_water_pressure",
    "depth": "depth",
    "temperature": "sea_water_temperature",
    "salinity": "sea_water_practical_salinity",
    "oxygen": "moles_of_oxygen_per_unit_mass_in_sea_water",
    "nitrate": "moles_of_nitrate_per_unit_mass_in_sea_water",
    "phosphate": "moles_of_phosphate_per_unit_mass_in_sea_water",
    "silicate": "moles_of_silicate_per_unit_mass_in_sea_water",
}
_COORDINATE_UNITS = {"time": "UTC", "latitude": "degrees_north", "longitude": "degrees_east"}
FLAG_VALUES = tuple(IODE_MEANINGS)
FLAG_MEANINGS = tuple(meaning.replace(" ", "_") for meaning in IODE_MEANINGS.values())


def described(field: pa.Field, units: dict[str, str]) -> pa.Field:
    """Add units, standard name, or the meanings of flags to a field; they stand in the footer of parquet files too.

    Parameters
    ----------
    field : pyarrow.Field
        A column of the observation table.
    units : dict
        Units of the columns that are numbers.

    Returns
    -------
    pyarrow.Field
        The same field with metadata.
    """
    name = field.name
    if name.endswith("_flag") and not name.endswith("_original_flag"):
        text = {"flag_values": " ".join(map(str, FLAG_VALUES)), "flag_meanings": " ".join(FLAG_MEANINGS)}
    elif name.endswith("_checks"):
        text = {"description": "one bit a failed check, named by qc.bit_names"}
    else:
        unit = units.get(name, _COORDINATE_UNITS.get(name))
        text = {key: one for key, one in (("units", unit), ("standard_name", STANDARD_NAMES.get(name))) if one}
    return field.with_metadata(text) if text else field
