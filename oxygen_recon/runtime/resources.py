"""Files of the project that are not Python code: the catalogue, its lock file, the experiments, the citation."""

from importlib import metadata
from pathlib import Path

from qc.errors import InputError

ROOT = Path(__file__).parents[2]


def find(name: str) -> Path:
    """Find a resource of the project, in a checkout or among the installed files.

    Parameters
    ----------
    name : str
        Path below the root of the repository, such as "experiments/twin_demo.yaml".

    Returns
    -------
    Path
        The file.

    Raises
    ------
    InputError
        If it is neither beside the source nor among the files of the installed distribution.

    Examples
    --------
    >>> find("data_catalog.yaml").name
    'data_catalog.yaml'
    """
    if (ROOT / name).is_file():
        return ROOT / name
    file = name.rsplit("/", 1)[-1]  # an installation puts all of them into share/oxygen-recon
    try:
        installed = metadata.files("oxygen-recon") or []
    except metadata.PackageNotFoundError:
        installed = []
    for path in installed:
        if path.parts[-3:] == ("share", "oxygen-recon", file) and Path(str(path.locate())).is_file():
            return Path(str(path.locate())).resolve()
    raise InputError("not among the installed files", name, "install the project again")
