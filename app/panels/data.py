"""The data column: sets to choose from, tools to draw with, the numbers of the set, the split, the seeds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.context import Context
from app.forms import Field, Form, Hand
from app.messages import Message
from app.numbers import human
from app.offers import carried
from app.panels.drawing import DrawTools
from app.panels.pad import PicturePad
from app.panels.plane import PlaneColumns
from app.panels.thumbnails import Thumbnail
from app.settings import TESTS
from app.theme import theme
from app.widgets.base import Label, discard
from app.widgets.buttons import Button
from app.widgets.number import NumberField
from app.widgets.scale import Scale
from engine.datasets import Dataset
from engine.experiment import Experiment
from engine.registry import Entry

SHOWN: Final = 6
BESIDE: Final = 3
"""Sets that are shown, and how many of them in a line."""
SEEDS: Final = (
    ("data", "data", "Seed of the data: which points are drawn, their noise and their split"),
    ("weights", "weights", "Seed of the starting weights; Reset starts from them"),
    ("training", "order", "Seed of the order of the samples; Reset starts from it"),
)
LARGEST: Final = 2**31 - 1


class DataPanel(QScrollArea):
    """Everything about the data, from top to bottom; it scrolls where the window is low.

    `gallery_wanted` asks for the page with all sets, examples and own data.
    """

    gallery_wanted = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context, self._session = context, context.session
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Data")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._content = QWidget()
        self._column = QVBoxLayout(self._content)
        self.setWidget(self._content)
        self.sets = SetGrid(context)
        self.more = Button("More sets, own file, paste …", "link", short="More sets, own file …")
        self.more.clicked.connect(self._open_gallery)
        self.tools, self.pad = DrawTools(context), PicturePad(context)
        self.tests = QCheckBox()
        self.tests.setToolTip("Show the points that are kept for testing, or hide them")
        self.tests.setAccessibleName("show test points")
        self.tests.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.tests.clicked.connect(lambda on: context.settings.set(TESTS, on))
        context.settings.changed.connect(self._setting_changed)
        self.plane = PlaneColumns(context)
        self.seeds = Seeds(context)
        numbers = Form(context, "data.source", ("marked",), ("number", "integer", "flag", "choice", "kind"))
        for widget in (self.sets, self.more, self.tools, self.pad, numbers, Field(context, "data.share"), self.tests):
            self._column.addWidget(widget)
        self._column.addWidget(self.plane)
        self._column.addWidget(self.seeds)
        self._column.addStretch(1)
        theme().changed.connect(self._restyle)
        context.session.experiment_changed.connect(self._changed)
        self._restyle()
        self._show(context.session.experiment)

    def _restyle(self) -> None:
        look = theme()
        self._column.setContentsMargins(0, 0, look.px(4), look.px(8))
        self._column.setSpacing(look.px(10))
        self.setMinimumWidth(look.px(150))

    def _open_gallery(self) -> None:
        self.gallery_wanted.emit()

    def _changed(self, _old: Experiment, new: Experiment) -> None:
        self._show(new)

    def _show(self, experiment: Experiment) -> None:
        samples = self._session.samples
        train = int(samples.train(experiment.data.share / 100).sum())
        self.tests.setText(f"{human(len(samples) - train, 6)} test points")
        self.plane.setVisible(self.plane.wanted)
        self.tests.setVisible(train < len(samples) and not self.pad.wanted)
        self.tools.setVisible(not self.pad.wanted)
        self.pad.setVisible(self.pad.wanted)
        self._setting_changed(TESTS)

    def _setting_changed(self, key: str) -> None:
        if key == TESTS:
            self.tests.setChecked(self._context.settings.get(TESTS, True))


class SetGrid(QWidget):
    """A few data sets as small pictures, for the present task; the chosen one is framed.

    Those of pictures stand in one line, which leaves room for the pad.
    """

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._session = context.session
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._offered: tuple[str, ...] = ()
        self.thumbnails: list[Thumbnail] = []
        theme().changed.connect(self._restyle)
        context.session.experiment_changed.connect(self._changed)
        self._restyle()
        self._show(context.session.experiment)

    def _restyle(self) -> None:
        self._grid.setSpacing(theme().px(8 if self.columns == BESIDE else 4))

    @property
    def columns(self) -> int:
        """How many stand beside each other."""
        pictures = self._session.experiment.data.source.axes is not None
        return max(BESIDE, len(self._offered)) if pictures else BESIDE

    def _changed(self, _old: Experiment, new: Experiment) -> None:
        self._show(new)

    def _show(self, experiment: Experiment) -> None:
        source = experiment.data.source
        offered = shown_sets(source)
        if tuple(e.key for e in offered) != self._offered:
            self._offered = tuple(e.key for e in offered)
            self._build(offered)
        for thumbnail in self.thumbnails:
            thumbnail.setChecked(thumbnail.source.key == source.key)

    def _build(self, offered: Sequence[Entry[Dataset]]) -> None:
        for old in self.thumbnails:
            discard(old)
        self.thumbnails = []
        for k, entry in enumerate(offered):
            made = Thumbnail(entry.kind(), entry.title, entry.help)
            made.clicked.connect(lambda _checked=False, chosen=entry: choose_set(self._session, chosen))
            self._grid.addWidget(made, k // self.columns, k % self.columns)
            self.thumbnails.append(made)
        for k in range(max(self.columns, self._grid.columnCount())):
            self._grid.setColumnStretch(k, int(k < self.columns))
        self._restyle()


def shown_sets(source: Dataset) -> list[Entry[Dataset]]:
    """The first sets of the same task, beside pictures only those of pictures; the one in use is among them.

    Somebody's own is not.
    """
    made = [(e, e.kind()) for e in Dataset.registry if e.kind.family != "own"]
    alike = [(e, d) for e, d in made if bool(d.class_names) == bool(source.class_names)]
    same = [e for e, d in alike if source.axes is None or d.axes is not None]
    first = same[:SHOWN]
    here = [e for e in same[SHOWN:] if e.key == source.key]
    return [*first[: SHOWN - len(here)], *here]


def choose_set(session: Any, entry: Entry[Dataset]) -> None:
    """Use a set, keeping the numbers somebody had set; choosing the one in use changes nothing."""
    if session.experiment.data.source.key != entry.key:
        session.edit("Change data", "data.source", carried(session.experiment.data.source, entry))


class Seeds(QWidget):
    """The three seeds from which every random number follows, and new data at one click."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._session = context.session
        self.fields: dict[str, NumberField] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme().px(4))
        head = QHBoxLayout()
        head.addWidget(Label("seeds", "normal", 400, "muted"))
        head.addStretch(1)
        self.again = Button("New data", "link", "dice", "Draw the set again from the next seed", "small")
        self.again.clicked.connect(self._again)
        head.addWidget(self.again)
        column.addLayout(head)
        row = QGridLayout()
        row.setSpacing(theme().px(6))
        row.setVerticalSpacing(theme().px(2))
        for k, (name, title, hint) in enumerate(SEEDS):
            row.addWidget(self._field(name, title, hint), 0, k)
            label = Label(title, "small", 400, "muted")
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            row.addWidget(label, 1, k)
            row.setColumnStretch(k, 1)
        column.addLayout(row)
        context.session.experiment_changed.connect(self._changed)
        self._show(context.session.experiment)

    def _field(self, name: str, title: str, hint: str) -> NumberField:
        made = NumberField(f"{title} seed", Scale(0, LARGEST, integer=True), centred=True)
        made.setToolTip(hint)
        hand = Hand(self._session, f"Change {title} seed")
        made.moved.connect(lambda value: hand.edit(f"seeds.{name}", int(value)))
        made.released.connect(hand.let_go)
        made.given_up.connect(hand.give_up)
        made.rejected.connect(lambda sentence: self._session.tell(Message(sentence, "error")))
        self.fields[name] = made
        return made

    def _again(self) -> None:
        seed = self._session.experiment.seeds.data
        self._session.edit("New data", "seeds.data", 0 if seed >= LARGEST else seed + 1)

    def _changed(self, _old: Experiment, new: Experiment) -> None:
        self._show(new)

    def _show(self, experiment: Experiment) -> None:
        for name, made in self.fields.items():
            made.show_value(getattr(experiment.seeds, name))
