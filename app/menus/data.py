"""Data: sets, tools of the hand, the class of the brush."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from app.actions import Entry, nothing
from app.drawing import TOOLS, Tool
from engine.datasets import Dataset
from engine.datasets.base import MOST_DRAWN
from engine.registry import Entry as Declared

if TYPE_CHECKING:
    from app.window import Window


def entries(window: Window) -> tuple[Entry, ...]:
    """The entries of the Data menu."""
    session, drawing = window.context.session, window.context.drawing

    def take(declared: Declared[Dataset]) -> None:
        experiment = session.experiment
        session.replace("Change data", replace(experiment, data=replace(experiment.data, source=declared.kind())))

    def is_set(key: str) -> bool:
        return session.experiment.data.source.key == key

    def sets() -> tuple[Entry, ...]:
        return tuple(
            Entry(f"data.set-{entry.key}", entry.title, "Data/Data set", partial(take, entry), help=entry.help,
                  group=entry.kind.family, checked=partial(is_set, entry.key))
            for entry in Dataset.registry
        )  # fmt: skip

    def again() -> None:
        seed = (session.experiment.seeds.data + 1) % 2**31
        session.edit("New data", "seeds.data", seed)

    def has_points() -> bool:
        return session.experiment.data.source.axes is None

    def view(key: str, text: str, about: str) -> Entry:
        return Entry(f"data.{key}", text, "Data", partial(window.views.show_view, key), help=about, group="pictures",
                     enabled=lambda: key in window.views.offers())  # fmt: skip

    def tool(name: Tool) -> Entry:
        return Entry(f"data.tool-{name}", name.capitalize(), "Data/Tool", partial(drawing.take, name), icon=name,
                     enabled=has_points, checked=lambda: drawing.tool == name)  # fmt: skip

    def brush(k: int) -> Entry:
        return Entry(f"data.class-{k + 1}", f"Class {k + 1}", "Data/Class of the brush",
                     lambda: drawing.choose_class(drawing.of_digit(k + 1)), (str(k + 1),),
                     checked=lambda: drawing.class_index == drawing.of_digit(k + 1))  # fmt: skip

    return (
        Entry("data.sets", "Data set", "Data", nothing, children=sets),
        Entry("data.again", "New data", "Data", again, ("D",), "dice", "Draw the set again from another seed"),
        view("bench", "Filter bench", "The picture under the glass through kernels one can type"),
        view("augmentation", "Augmentation", "Pictures before and after what training changes of them"),
        *(tool(name) for name in TOOLS),
        *(brush(k) for k in range(MOST_DRAWN)),
    )
