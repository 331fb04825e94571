"""Flag schemes of the archives: the meaning of each code, and the flag of the IODE scale that it stands for."""

from dataclasses import dataclass
from enum import IntEnum


class Flag(IntEnum):
    """Quality flags of the observation table: the primary level of the IODE scheme (IOC Manuals and Guides 54, 2013).

    Examples
    --------
    >>> Flag(3).name, int(Flag.MISSING)
    ('SUSPECT', 9)
    """

    PASS = 1
    NOT_EVALUATED = 2
    SUSPECT = 3
    FAIL = 4
    MISSING = 9


# plain integers: NumPy gives arrays of them the type of the other operand
PASS, NOT_EVALUATED, SUSPECT, FAIL, MISSING = (flag.value for flag in Flag)
IODE_MEANINGS = {flag.value: flag.name.lower().replace("_", " ") for flag in Flag}


@dataclass(frozen=True)
class Scheme:
    """One archive's scale.

    Parameters
    ----------
    meanings : dict
        One-character code to its meaning.
    iode : dict
        IODE flag to the codes it stands for, written one after the other; the first is the one written back. A
        proposal: no published table is known.
    """

    meanings: dict[str, str]
    iode: dict[int, str]


SCHEMES: dict[str, Scheme] = {
    "iode": Scheme(
        {str(code): meaning for code, meaning in IODE_MEANINGS.items()},
        {PASS: "1", NOT_EVALUATED: "2", SUSPECT: "3", FAIL: "4", MISSING: "9"},
    ),
    "qartod": Scheme(  # the Quality Assurance of Real-Time Oceanographic Data manuals use the IODE scale
        {"1": "pass", "2": "not evaluated", "3": "suspect or of high interest", "4": "fail", "9": "missing"},
        {PASS: "1", NOT_EVALUATED: "2", SUSPECT: "3", FAIL: "4", MISSING: "9"},
    ),
    "wod": Scheme(
        {
            "0": "accepted",
            "1": "range",
            "2": "inversion",
            "3": "gradient",
            "4": "anomaly or zero gradient",
            "5": "gradient and inversion",
            "6": "range and inversion",
            "7": "range and gradient",
            "8": "range and anomaly",
            "9": "range, inversion and gradient",
        },
        {PASS: "0", SUSPECT: "4235", FAIL: "16789"},
    ),
    "wod_profile": Scheme(
        {
            "0": "accepted",
            "1": "annual standard deviation",
            "2": "density inversion",
            "3": "cruise flagged as a whole",
            "4": "seasonal standard deviation",
            "5": "monthly standard deviation",
            "6": "annual and seasonal standard deviation",
            "7": "anomaly, or annual and monthly standard deviation",
            "8": "seasonal and monthly standard deviation",
            "9": "annual, seasonal and monthly standard deviation",
        },
        {PASS: "0", SUSPECT: "7145689", FAIL: "32"},
    ),
    "whp_bottle": Scheme(
        {
            "0": "none assigned",
            "1": "drawn, analysis not received",
            "2": "acceptable",
            "3": "questionable",
            "4": "bad",
            "5": "not reported",
            "6": "mean of replicates",
            "7": "manual peak",
            "8": "irregular peak",
            "9": "not sampled",
        },
        {PASS: "26", NOT_EVALUATED: "0", SUSPECT: "378", FAIL: "4", MISSING: "915"},
    ),
    "whp_ctd": Scheme(
        {
            "0": "none assigned",
            "1": "not calibrated",
            "2": "acceptable",
            "3": "questionable",
            "4": "bad",
            "5": "not reported",
            "6": "interpolated over more than 2 dbar",
            "7": "despiked",
            "9": "not sampled",
        },
        {PASS: "2", NOT_EVALUATED: "01", SUSPECT: "367", FAIL: "4", MISSING: "95"},
    ),
    "whp_device": Scheme(  # the bottle itself; a leak or a mis-trip makes what was drawn suspect at least
        {
            "1": "no information",
            "2": "no problem",
            "3": "leaking",
            "4": "did not trip",
            "5": "not reported",
            "6": "discrepancy between samplers",
            "7": "unknown problem",
            "8": "pair mis-trip",
            "9": "no samples drawn",
        },
        {PASS: "2", NOT_EVALUATED: "15690", SUSPECT: "3478"},
    ),
    "argo": Scheme(
        {
            "0": "no quality control",
            "1": "good",
            "2": "probably good",
            "3": "bad but potentially correctable",
            "4": "bad",
            "5": "changed",
            "8": "estimated or interpolated",
            "9": "missing",
        },
        {PASS: "125", NOT_EVALUATED: "0", SUSPECT: "38", FAIL: "4", MISSING: "9 "},
    ),
    "glodap": Scheme(
        {"0": "approximated", "2": "good", "9": "missing"},
        {PASS: "2", SUSPECT: "0", MISSING: "9"},
    ),
    "seadatanet": Scheme(
        {
            "0": "no quality control",
            "1": "good",
            "2": "probably good",
            "3": "probably bad",
            "4": "bad",
            "5": "changed",
            "6": "below detection",
            "7": "in excess",
            "8": "interpolated",
            "9": "missing",
            "A": "uncertain",
            "B": "nominal",
            "Q": "below quantification",
        },
        {PASS: "12", NOT_EVALUATED: "0B", SUSPECT: "35678AQ", FAIL: "4", MISSING: "9"},
    ),
}
