"""The switch between training and test samples, shared by the views that judge answers."""

from __future__ import annotations

from app.context import Context
from app.numbers import human
from app.views._base import ViewWidget
from app.widgets.base import Label
from app.widgets.choice import SegmentedControl
from app.widgets.popup import Option
from engine.records import Want

TITLES = {"train": "training", "test": "test"}


class PartView(ViewWidget):
    """A view of one part of the samples, chosen in its head; `part` is its key, `summary` a line beside it."""

    def __init__(self, context: Context, title: str, record: str) -> None:
        super().__init__(context, title)
        self._record = record
        self.part = "train"
        self.parts = SegmentedControl("which samples", size="small")
        self.parts.show_options([Option(key, key, chosen=key == self.part) for key in TITLES])
        self.parts.chosen.connect(self.show_part)
        self.summary = Label("", "small", 400, "muted")
        self.head.addWidget(self.summary)
        self.head.addWidget(self.parts)

    def wants(self) -> frozenset[Want]:
        return frozenset({Want(self._record, target=(self.part,))})

    def show_part(self, part: str) -> None:
        """Show the other samples."""
        self.part = part
        self.parts.show_choice(part)
        self.look()

    @property
    def empty(self) -> str:
        """What to say where a part has no samples."""
        if not len(self.context.session.samples):
            if self.context.session.experiment.data.source.axes is not None:
                return "Draw pictures on the pad and keep them: there is nothing to judge yet."
            return "Draw points: there is nothing to judge yet."
        return f"There are no {TITLES[self.part]} samples; change the train share."


def amount(samples: int, total: int) -> str:
    """How many samples were looked at."""
    return f"{human(samples)} samples" if samples == total else f"{human(samples)} of {human(total)} samples"
