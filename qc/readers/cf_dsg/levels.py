"""Levels of the discrete sampling geometries of CF: for each level the index along every dimension it depends on."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from qc.errors import InputError
from qc.readers.columns.text import strings
from qc.readers.files.source import Source
from qc.types import Integers

_DAMAGED = "is it damaged? get it again"


class Levels:
    """The levels of a file, and the profile of each.

    Parameters
    ----------
    dataset : netCDF4.Dataset
        The open file.
    data : netCDF4.Variable
        A variable that has a value for each level; its last dimension is along the profile.
    source : Source
        The file, for messages.

    Raises
    ------
    InputError
        If the numbers of levels do not add up to the length of their dimension, or an index leads outside its own.
    """

    def __init__(self, dataset: Any, data: Any, source: Source) -> None:
        self.source, self.ragged = source, len(data.dimensions) < 2
        shape = data.shape or (1,)
        self.size = int(np.prod(shape))
        index = np.unravel_index(np.arange(self.size), shape)
        self.index: dict[str, Integers] = {d: i.astype(np.int64) for d, i in zip(data.dimensions, index)}
        while self._follow(dataset):
            pass
        identity = np.zeros(self.size, np.int64)
        for name in self.index:
            if name not in data.dimensions[-1:]:
                _, identity = np.unique(
                    identity * (int(self.index[name].max(initial=0)) + 1) + self.index[name], return_inverse=True
                )
        _, first, profile = np.unique(identity, return_index=True, return_inverse=True)
        self.profile, self.first = profile.astype(np.int64), first.astype(np.int64)

    def _follow(self, dataset: Any) -> bool:
        """Go one step from the levels to profiles, stations or trajectories, by `sample_` and `instance_dimension`."""
        for variable in dataset.variables.values():
            sample, instance = (str(getattr(variable, f"{one}_dimension", "")) for one in ("sample", "instance"))
            own = str(variable.dimensions[0]) if variable.dimensions else ""
            if sample in self.index and own not in self.index:
                length = dataset.dimensions[sample].size
                self.index[own] = self._counted(variable, sample, length)[self.index[sample]]
                return True
            if own in self.index and instance in dataset.dimensions and instance not in self.index:
                number = np.ma.filled(variable[:], -1).astype(np.int64)[self.index[own]]
                if ((number < 0) | (number >= dataset.dimensions[instance].size)).any():
                    raise InputError(f"{variable.name} leads outside {instance}", self.source.name, _DAMAGED)
                self.index[instance] = number
                return True
        return False

    def _counted(self, variable: Any, sample: str, length: int) -> Integers:
        """Return the profile of each element along a sample dimension."""
        rows = np.ma.filled(variable[:], 0).astype(np.int64)
        if (rows < 0).any() or rows.sum() != length:
            what = f"{variable.name} adds up to {rows.sum()}, but {sample} has {length} levels"
            raise InputError(what, self.source.name, _DAMAGED)
        return np.repeat(np.arange(len(rows)), rows)

    def has(self, variable: Any) -> bool:
        """Tell whether a variable has one value for each level.

        Parameters
        ----------
        variable : netCDF4.Variable
            Of numbers.
        """
        return all(name in self.index for name in variable.dimensions)

    def take(self, variable: Any) -> Any:
        """Return the values of a variable, shape (level,), masked where missing.

        Parameters
        ----------
        variable : netCDF4.Variable
            One that `has` accepts.
        """
        values = np.ma.asarray(variable[...])
        if not variable.dimensions:
            return np.ma.repeat(np.ma.atleast_1d(values), self.size)
        return values[tuple(self.index[name] for name in variable.dimensions)]

    def is_of_levels(self, variable: Any) -> bool:
        """Tell whether a variable can differ from level to level of a profile.

        Parameters
        ----------
        variable : netCDF4.Variable
            One that `has` accepts.
        """
        return any(bool((self.index[d] != self.index[d][self.first][self.profile]).any()) for d in variable.dimensions)

    def names(self, variable: Any) -> NDArray[np.object_] | None:
        """Return the text of each profile.

        Parameters
        ----------
        variable : netCDF4.Variable or None
            Of characters, strings or numbers.

        Returns
        -------
        array of str, shape (profile,), or None
            None where there is no such variable, or it is none of the profiles.
        """
        if variable is None:
            return None
        dimensions = variable.dimensions[:-1] if variable.dtype == "S1" else variable.dimensions
        if not all(name in self.index for name in dimensions):
            return None
        text = strings(variable[...], "utf-8").astype(object)
        if not dimensions:
            return np.full(len(self.first), str(text), object)
        return np.asarray(text[tuple(self.index[name][self.first] for name in dimensions)])
