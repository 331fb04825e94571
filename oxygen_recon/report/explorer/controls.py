"""The controls of the explorer: what each chooses, with a label, and how they follow the view."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import panel as pn

from oxygen_recon.report.explorer.data.run_data import COMPARED, DIFFERENCE, OXYGEN, RunData
from oxygen_recon.report.explorer.view import (
    HIGHEST_THRESHOLD,
    QUANTITIES,
    REACHES,
    View,
    place_text,
    read_place,
    read_section,
    section_text,
)

_NOTHING = "nothing"
_OUTLINES = {"water at any depth": "column", "water at the depth shown": "level", "not drawn": "none"}
PLACE, SECTION = "shows its profile and series", "draws a section: two clicks"


class Controls:
    """All controls.

    Parameters
    ----------
    data : RunData
        The run.
    view : View
        What is chosen at first.
    change : callable
        Called with the parts of the view that the user changed, by name.
    say : callable
        Called with a line for the user.
    """

    def __init__(self, data: RunData, view: View, change: Callable[..., None], say: Callable[[str], None]) -> None:
        self._data, self._change, self._say, self._following = data, change, say, False
        wide = {"sizing_mode": "stretch_width", "margin": (4, 8)}
        labels = data.labels()
        self.time = pn.widgets.DiscretePlayer(
            label="Time", options=dict(zip(labels, range(len(labels)))), value=view.step, interval=600, height=70,
            show_loop_controls=False, loop_policy="loop", value_align="start",
            visible_buttons=["first", "previous", "pause", "play", "next", "last"], **wide,
        )  # fmt: skip
        depths = {f"{depth:g} m": level for level, depth in enumerate(data.grid.depth)}
        self.level = pn.widgets.Select(label="Depth", options=depths, value=view.level, **wide)
        self.quantity = pn.widgets.Select(label="The map shows", options=self._quantities(view), **wide)
        self.compare = pn.widgets.Select(label="Compare with", options=[_NOTHING, *data.compared], **wide)
        self.threshold = pn.widgets.EditableFloatSlider(
            label="Low oxygen is below (µmol kg⁻¹)", start=0, end=HIGHEST_THRESHOLD, step=1, fixed_start=0,
            fixed_end=HIGHEST_THRESHOLD, **wide,
        )  # fmt: skip
        self.outline = pn.widgets.Select(label="Outline of low oxygen", options=_OUTLINES, **wide)
        reaches = {f"within {reach:g} km": reach for reach in REACHES}
        self.reach = pn.widgets.Select(label="Observations", options=reaches, **wide)
        self.click = pn.widgets.Select(label="A click on the map", options=[PLACE, SECTION], **wide)
        self.place = pn.widgets.TextInput(label="Place: latitude, longitude", placeholder="12.5, -140", **wide)
        self.section = pn.widgets.TextInput(
            label="Section: from; to", placeholder="10, -140; 10, -90", description=None, **wide
        )
        self.no_section = pn.widgets.Button(label="Remove the section", **wide)
        self.follow(view)
        self._watch()

    def _quantities(self, view: View) -> dict[str, str]:
        """Return what the map may show."""
        chosen = {text: name for name, text in QUANTITIES.items()}
        if view.compare is None:
            return {text: name for text, name in chosen.items() if name not in (COMPARED, DIFFERENCE)}
        return {text.replace("the compared field", view.compare): name for text, name in chosen.items()}

    def _watch(self) -> None:
        """Pass changes on."""
        for name in ("level", "quantity", "threshold", "outline", "reach"):
            throttled = "value_throttled" if name == "threshold" else "value"
            getattr(self, name).param.watch(lambda event, part=name: self._pass(**{part: event.new}), throttled)
        self.time.param.watch(lambda event: self._pass(step=event.new), "value")
        self.compare.param.watch(self._compare, "value")
        self.place.param.watch(lambda event: self._typed("place", read_place, event.new), "value")
        self.section.param.watch(lambda event: self._typed("section", read_section, event.new), "value")
        self.no_section.on_click(lambda _: self._pass(section=None))

    def _pass(self, **parts: Any) -> None:
        """Pass on what the user changed, not what follows the view."""
        if not self._following:
            self._change(**parts)

    def _compare(self, event: Any) -> None:
        """Compare with another field; a map of the difference shows that to it."""
        compare = None if event.new == _NOTHING else event.new
        chosen = self.quantity.value
        self._pass(compare=compare, quantity=OXYGEN if compare is None and chosen in (COMPARED, DIFFERENCE) else chosen)

    def _typed(self, part: str, read: Callable[[str], Any], text: str) -> None:
        """Read a place or section that was typed."""
        if self._following:
            return
        try:
            self._pass(**{part: read(text) if text.strip() else None})
        except ValueError:
            example = getattr(self, part).placeholder
            self._say(f"{text}: not understood. Degrees north, degrees east, as {example}")

    def follow(self, view: View) -> None:
        """Show the choices of a view.

        Parameters
        ----------
        view : View
            What is chosen now.
        """
        self._following = True
        try:
            self.time.value, self.level.value = view.step, view.level
            self.compare.value = view.compare or _NOTHING
            self.quantity.param.update(options=self._quantities(view), value=view.quantity)
            self.threshold.value, self.outline.value, self.reach.value = view.threshold, view.outline, view.reach
            self.place.value = "" if view.place is None else place_text(view.place)
            self.section.value = "" if view.section is None else section_text(view.section)
            self.no_section.visible = view.section is not None
        finally:
            self._following = False
