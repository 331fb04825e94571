"""Tracers in three boxes of every column: mixed layer, rest of the upper layer, lower layer.

Water that crosses an edge carries van Leer's limited value (J. Comput. Phys. 23, 1977), first eastwards and then
northwards, in the next step the other way round. Amounts are kept to rounding, and concentrations stay within those of
their neighbours.
"""

from dataclasses import dataclass

import numpy as np

from oxygen_recon.sources.dynamical_twin.ocean.basin import Basin, Single

MIXED, UPPER, LOWER = range(3)
LEAST = 10.0  # m, least thickness of the mixed layer and of the rest of the upper one
_TINY = np.float32(1e-20)


@dataclass(frozen=True)
class TracerState:
    """Concentrations of the tracers in the boxes.

    Parameters
    ----------
    names : tuple of str
        Names of the tracers.
    concentration : array of float32, shape (tracer, 3, size)
        In mixed layer, rest of the upper layer and lower layer.
    boxes : array of float32, shape (3, size)
        Thickness of the boxes, m.
    """

    names: tuple[str, ...]
    concentration: Single
    boxes: Single

    @property
    def mixed(self) -> Single:
        """Depth of the mixed layer, m, shape (size,), as a view."""
        return np.asarray(self.boxes[MIXED])

    def of(self, name: str) -> Single:
        """Return one tracer in the boxes, as a view.

        Parameters
        ----------
        name : str
            Name of the tracer.
        """
        return np.asarray(self.concentration[self.names.index(name)])


class Transport:
    """Movement of tracers with the layers and between the boxes.

    Parameters
    ----------
    basin : Basin
        Grid and land.
    state : TracerState
        Where it starts; copied.
    steps : int
        How many slow steps there were before: every other one moves northwards first.

    Attributes
    ----------
    state : TracerState
        Changed in place.
    """

    def __init__(self, basin: Basin, state: TracerState, steps: int = 0) -> None:
        self.basin = basin
        self.state = copied(state)
        self._open = basin.faces
        self._eastwards_first = steps % 2 == 0
        shape = self.state.boxes
        self._flux, self._right, self._left = np.zeros_like(shape), np.zeros_like(shape), np.zeros_like(shape)
        self._slope, self._step, self._amount = np.zeros_like(shape), np.zeros_like(shape), np.zeros_like(shape)
        self._in, self._out = np.zeros_like(shape), np.zeros_like(shape)

    def move(self, moved: Single) -> None:
        """Carry the tracers with what has crossed the edges.

        Parameters
        ----------
        moved : array, shape (4, size)
            Through the eastern edges of both layers, then the northern ones, m, as `Flow.moved`.
        """
        passes = [(moved[:2], 1, self._open[0]), (moved[2:], self.basin.width, self._open[1])]
        for crossed, shift, faces in passes if self._eastwards_first else passes[::-1]:
            self._pass(crossed, shift, faces)
        self._eastwards_first = not self._eastwards_first

    def _pass(self, crossed: Single, shift: int, faces: Single) -> None:
        """Carry all tracers along one axis."""
        boxes, flux = self.state.boxes, self._flux
        share = boxes[MIXED] / (boxes[MIXED] + boxes[UPPER])
        flux[MIXED, :-shift] = np.where(crossed[0, :-shift] > 0, share[:-shift], share[shift:])
        flux[MIXED] *= crossed[0]
        np.subtract(crossed[0], flux[MIXED], out=flux[UPPER])
        flux[LOWER] = crossed[1]
        np.maximum(flux, np.float32(0), out=self._out)
        np.minimum(flux, np.float32(0), out=self._in)
        np.divide(self._out, boxes, out=self._right)  # how much of a cell leaves through its far edge
        self._left[:, shift:] = self._in[:, :-shift]
        self._left /= boxes
        after = boxes.copy()
        after[:, shift:-shift] -= flux[:, shift:-shift]
        after[:, shift:-shift] += flux[:, : -2 * shift]
        for edge, sign in ((self._right, -1), (self._left, 1)):
            edge *= np.float32(0.5 * sign)
            edge += np.float32(0.5)
            np.clip(edge, np.float32(0), np.float32(0.5), out=edge)
        for tracer in self.state.concentration:
            self._carry(tracer, after, shift, faces)
        self.basin.wrap(after)
        boxes[:] = after
        self.basin.wrap(self.state.concentration)

    def _carry(self, tracer: Single, after: Single, shift: int, faces: Single) -> None:
        """Carry one tracer along one axis: limited slopes, values at the edges, amounts."""
        step, slope, amount = self._step, self._slope, self._amount
        np.subtract(tracer[:, shift:], tracer[:, :-shift], out=step[:, :-shift])
        step *= faces
        np.multiply(step[:, shift:], step[:, :-shift], out=slope[:, shift:])
        np.maximum(slope, np.float32(0), out=slope)
        np.add(step[:, shift:], step[:, :-shift], out=amount[:, shift:])
        np.copyto(amount, np.float32(1), where=np.abs(amount) < _TINY)
        slope /= amount
        slope *= np.float32(2)  # the harmonic mean of both steps, zero where they differ in sign
        np.multiply(tracer, self.state.boxes, out=amount)
        np.multiply(slope, self._right, out=step)
        step += tracer
        step *= self._out
        slope *= self._left
        np.subtract(tracer, slope, out=slope)
        step[:, :-shift] += self._in[:, :-shift] * slope[:, shift:]
        amount[:, shift:-shift] -= step[:, shift:-shift]
        amount[:, shift:-shift] += step[:, : -2 * shift]
        np.divide(amount, after, out=tracer)

    def exchange(self, upper: Single, lower: Single, thickness: Single, deep: Single) -> None:
        """Carry the tracers through the lower edges of the layers.

        Parameters
        ----------
        upper, lower : array, shape (size,)
            Water that came up through the lower edge of the upper and of the lower layer, m; negative downwards.
        thickness : array, shape (2, size)
            Of the layers after it, m.
        deep : array, shape (tracer, size)
            Concentrations of the water that comes from below.
        """
        before = self.state.boxes
        after = split(thickness, np.minimum(before[MIXED], thickness[0] - np.float32(LEAST)))
        # where the upper layer became too thin for its mixed layer; the boxes on land are made anew and return nothing
        returned = np.maximum(before[MIXED] - after[MIXED], np.float32(0))
        for tracer, below in zip(self.state.concentration, deep, strict=True):
            through = np.where(upper > 0, tracer[LOWER], tracer[UPPER]) * upper
            bottom = np.where(lower > 0, below, tracer[LOWER]) * lower
            amount = tracer * before
            amount[MIXED] -= returned * tracer[MIXED]
            amount[UPPER] += through + returned * tracer[MIXED]
            amount[LOWER] += bottom - through
            np.divide(amount, after, out=tracer)
        before[:] = after

    def entrain(self, mixed: Single) -> None:
        """Change the depth of the mixed layer; what it takes in or leaves behind has the tracers of where it was.

        Parameters
        ----------
        mixed : array, shape (size,)
            New depth, m; kept within the upper layer.
        """
        boxes = self.state.boxes
        total = boxes[MIXED] + boxes[UPPER]
        new = np.clip(mixed, np.float32(LEAST), np.maximum(total - np.float32(LEAST), np.float32(LEAST)))
        deeper = new - boxes[MIXED]
        rest = total - new
        for tracer in self.state.concentration:
            taken = np.where(deeper > 0, tracer[UPPER], tracer[MIXED]) * deeper
            tracer[MIXED] = (tracer[MIXED] * boxes[MIXED] + taken) / new
            tracer[UPPER] = (tracer[UPPER] * boxes[UPPER] - taken) / rest
        boxes[MIXED], boxes[UPPER] = new, rest


def copied(state: TracerState) -> TracerState:
    """Return a state with arrays of its own.

    Parameters
    ----------
    state : TracerState
        Left as it is.
    """
    return TracerState(state.names, state.concentration.copy(), state.boxes.copy())


def split(thickness: Single, mixed: Single) -> Single:
    """Return the thickness of the three boxes, m; on land all are twice the least.

    Parameters
    ----------
    thickness : array, shape (2, size)
        Of the layers, m.
    mixed : array, shape (size,)
        Depth of the mixed layer, m.
    """
    boxes = np.full((3, mixed.size), 2 * LEAST, np.float32)
    water = thickness[0] > 1
    boxes[MIXED][water] = mixed[water]
    boxes[UPPER][water] = thickness[0][water] - mixed[water]
    boxes[LOWER][water] = thickness[1][water]
    return boxes
