"""The page of studies: what is changed, how often it is tried, and the errors as they come in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec.structs import replace
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app.choosers import ask_target
from app.context import Context
from app.exports import write_file
from app.messages import Message, refused
from app.numbers import count, exact
from app.theme import theme
from app.views._study_lines import PARTS, What, lines_of
from app.views._study_numbers import Numbers, place_of
from app.views._study_picture import FAILED, READY, WAITING, Figure
from app.views._study_work import Found, Work
from app.widgets.base import Label
from app.widgets.buttons import Button, log_switch
from app.widgets.choice import ChoiceBox, SegmentedControl
from app.widgets.number import NumberField
from app.widgets.popup import Option
from app.widgets.scale import Scale
from engine.errors import LearnscopeError
from engine.fields import FieldInfo, describe
from engine.study import MEASURES, Study, csv_of, with_values

VARIED: Final = {"both": "data and weights", "data": "training data", "weights": "initial weights"}
ANEW: Final = "Training samples are drawn anew from their formula; own ones with replacement (bootstrap)."
ORDER: Final = "Initial weights and the order of learning have other seeds."
HELP: Final = {"both": f"{ANEW} {ORDER}", "data": ANEW, "weights": ORDER}
NAMES: Final[dict[What, str]] = {"loss": "Loss", "error": "Error", "parts": "Bias and variance"}
OFTEN: Final = (1, 3, 5, 10, 20, 50)


class StudyPage(QWidget):
    """One kind of study at a time; what was chosen is remembered, and `kept` holds what was found, by kind."""

    def __init__(self, context: Context, kept: dict[str, Found]) -> None:
        super().__init__()
        self._session, self._settings, self._kept = context.session, context.settings, kept
        key = self._settings.get("study/kind", "")
        self.study = self._remembered(key if key in Study.registry else next(iter(Study.registry)).key)
        self.found: Found | None = None
        self.work: Work | None = None
        self.what: What = "loss"
        self._build()
        self._lay_out()
        self._session.start()
        self._show_kind()

    def _build(self) -> None:
        self.figure, self.numbers = Figure(), Numbers()
        self.figure.picked.connect(lambda _place: self._show_numbers())
        self.numbers.make.clicked.connect(self.make)
        self.kinds = ChoiceBox("what is changed", self._kind_options)
        self.kinds.chosen.connect(self.choose)
        self.which = SegmentedControl("what is shown")
        self.which.chosen.connect(self.show_what)
        self.log = log_switch("powers of ten at equal distances")
        self.log.toggled.connect(self.figure.show_log)
        self.start = Button("Start", "primary", "play")
        self.start.clicked.connect(self.toggle)
        self.export = Button("Save as CSV …", "link", hint="All numbers as a table", size="small")
        self.export.clicked.connect(self._ask_export)
        self.progress = Label("", "normal", 400, "muted")
        self.help = Label("", "small", 400, "muted").wrapped()
        self.values = QLineEdit()
        self.values.editingFinished.connect(self._take_values)
        self.repetitions = self._number("repetitions", OFTEN)
        self.epochs = self._number("epochs")
        self.varied = ChoiceBox("what differs between repetitions", self._varied_options)
        self.varied.chosen.connect(lambda key: self._change(varied=key))
        self.names = {name: Label("", "normal", 400, "muted") for name in ("values", "repetitions", "epochs", "varied")}

    def _number(self, name: str, choices: tuple[int, ...] = ()) -> NumberField:
        info = _info(self.study, name)
        scale = Scale(info.low, info.high, log=info.log, integer=True)
        field = NumberField(info.title, scale, choices=choices or info.choices)
        field.moved.connect(lambda value: self._change(**{name: int(value)}))
        field.rejected.connect(self._say)
        return field

    def _lay_out(self) -> None:
        gap = theme().px(8)
        head, foot, form = QHBoxLayout(), QHBoxLayout(), QGridLayout()
        head.addWidget(self.kinds)
        head.addWidget(self.which)
        head.addStretch(1)
        head.addWidget(self.log)
        foot.addWidget(self.start)
        foot.addSpacing(gap)
        foot.addWidget(self.progress, 1)
        foot.addWidget(self.export)
        fields: tuple[QWidget, ...] = (self.values, self.repetitions, self.epochs, self.varied)
        for row, (name, widget) in enumerate(zip(self.names.values(), fields, strict=True)):
            form.addWidget(name, row, 0)
            form.addWidget(widget, row, 1)
        form.setColumnStretch(1, 1)
        form.setHorizontalSpacing(theme().px(16))
        form.setVerticalSpacing(theme().px(6))
        left, right = QVBoxLayout(), QVBoxLayout()
        left.addLayout(head)
        left.addWidget(self.figure, 1)
        left.addLayout(foot)
        right.addWidget(self.help)
        right.addLayout(form)
        right.addSpacing(gap)
        right.addWidget(self.numbers)
        right.addStretch(1)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(theme().px(24))
        whole.addLayout(left, 5)
        whole.addLayout(right, 3)
        for column in (left, right):
            column.setSpacing(gap)

    # -- what is studied ----------------------------------------------------------------------------------------

    def choose(self, key: str) -> None:
        """Change another thing; a study on its way is given up, what it found stays."""
        self.stop()
        self.study = self._remembered(key)
        self._settings.set("study/kind", key)
        self._show_kind()

    def _remembered(self, key: str) -> Study:
        kind = Study.registry[key].kind
        try:
            return msgspec.json.decode(self._settings.get(f"study/{key}", "{}"), type=kind)
        except msgspec.MsgspecError:
            return kind()

    def _change(self, **settings: Any) -> None:
        self.study = replace(self.study, **settings)
        text = msgspec.json.encode(self.study).decode()
        self._settings.set(f"study/{self.study.key}", text)
        self._show_form()

    def _take_values(self) -> bool:
        """Take the values that were typed; tell whether they can be."""
        if self.values.text() == self._typed():
            return True
        try:
            self._change(values=with_values(self.study, self.values.text()).values)
        except LearnscopeError as error:
            self._say(refused(error).sentence)
            return False
        return True

    def _typed(self) -> str:
        return "  ".join(exact(v) for v in self.study.values)

    def _kind_options(self) -> list[Option]:
        return [Option(e.key, e.title, e.help, chosen=e.key == self.study.key) for e in Study.registry]

    def _varied_options(self) -> list[Option]:
        return [Option(key, text, HELP[key], chosen=key == self.study.varied) for key, text in VARIED.items()]

    def _show_kind(self) -> None:
        entry = Study.registry[self.study.key]
        self.kinds.show_choice(entry.key, entry.title)
        self.help.setText(entry.help)
        self.names["values"].setText(self.study.asks)
        self.values.setAccessibleName(self.study.asks)
        for name in ("repetitions", "epochs"):
            self.names[name].setText(_info(self.study, name).title)
        self.names["varied"].setText("varies")
        self.names["varied"].setToolTip(_info(self.study, "varied").help)
        self._show_form()
        self.found = self._kept.get(self.study.key)
        self._show_found(READY)

    def _show_form(self) -> None:
        self.values.setText(self._typed())
        try:
            usual = "  ".join(exact(v) for v in self.study.usual(self._session.experiment))
        except LearnscopeError:
            usual = ""
        self.values.setPlaceholderText(usual)
        self.repetitions.show_value(self.study.repetitions)
        self.epochs.show_value(self.study.epochs)
        self.varied.show_choice(self.study.varied, VARIED[self.study.varied])

    # -- running ------------------------------------------------------------------------------------------------

    def toggle(self) -> None:
        """Start, or stop and keep what was found."""
        if self.work is not None:
            self.stop()
            self._show_found(READY)
            return
        if not self._take_values():
            return
        self.work = Work(self.study, self._session.experiment)
        self.found = None
        self._kept.pop(self.study.key, None)
        self.figure.keep(-1)
        self._show_found(WAITING)
        self._go_on(self.work)

    def stop(self) -> None:
        """Give up what is on its way."""
        if self.work is not None:
            self.work.given_up, self.work = True, None

    def _go_on(self, work: Work) -> None:
        self._session.quietly(work.piece, lambda found: self._arrived(work, found), lambda: self._arrived(work, FAILED))

    def _arrived(self, work: Work, found: Found | str) -> None:
        if work is not self.work:
            return  # given up
        if isinstance(found, str):
            self.work = None
            self._show_found(found)
            return
        self.found = self._kept[found.study.key] = found
        if found.over:
            self.work = None
        self._show_found(READY)
        if not found.over:
            self._go_on(work)

    def _show_found(self, said: str) -> None:
        found, busy = self.found, self.work is not None
        self.start.setText("Stop" if busy else "Start")
        self.start.icon_name = "stop" if busy else "play"
        self.start.setAccessibleName(self.start.text())
        self.start.updateGeometry()
        self.start.update()
        points = found.points if found is not None else ()
        study = found.study if found is not None else self.study
        self.progress.setText(_told(found, busy, found is not None and found.experiment != self._session.experiment))
        self.export.setVisible(bool(points))
        self.figure.show_points(study, points, study.now(self._session.experiment), said)
        self._offer()
        self.numbers.show_points(study, points)
        self._show_numbers()

    def _offer(self) -> None:
        points = self.found.points if self.found is not None else ()
        measured = [m for m in MEASURES if lines_of(points, m)]
        offered: list[What] = [*(measured or ["loss"]), *([] if self.study.pooled else [PARTS])]  # type: ignore[list-item] # of these words
        self.which.show_options([Option(what, NAMES[what]) for what in offered])
        if self.what not in offered:
            self.what = "loss"
        self.which.show_choice(self.what)
        self.figure.show_what(self.what)
        self.figure.setAccessibleDescription(self.figure.spoken())

    def show_what(self, what: What) -> None:
        """Show another number of the same points."""
        self.what = what
        self._offer()
        self._show_numbers()

    # -- a point ------------------------------------------------------------------------------------------------

    def _show_numbers(self) -> None:
        place = self.figure.shown
        point = self.figure.points[place] if 0 <= place < len(self.figure.points) else None
        makes = point is not None and self._made(point.value) is not None
        self.numbers.show_point(self.figure.study, point, self.what, makes)

    def _made(self, value: float) -> Any:
        try:
            return self.figure.study.at(self._session.experiment, value)
        except LearnscopeError:
            return None

    def make(self) -> None:
        """Give the experiment the value whose numbers are shown, as one step."""
        if not 0 <= self.figure.shown < len(self.figure.points):
            return
        value = self.figure.points[self.figure.shown].value
        changed, place = self._made(value), place_of(self.figure.study, value)
        if changed is not None and self._session.replace(f"Take {place}", changed):
            self._show_found(READY)
            self._say(f"The experiment has {place} now.")

    # -- numbers for others -------------------------------------------------------------------------------------

    def _ask_export(self) -> None:
        name = f"study-{self.figure.study.key}.csv"
        ask_target(self, self._settings, "Save the numbers", "Tables (*.csv)", name, self.write)

    def write(self, path: Path) -> None:
        """Write all numbers as CSV in the job thread."""
        target = path if path.suffix else path.with_suffix(".csv")
        points, text = self.figure.points, csv_of(self.figure.points, self.figure.study.axis)

        def write(_progress: Callable[..., None], _cancelled: Callable[[], bool]) -> None:
            write_file(target, text.encode())

        told = Message(f"{count(len(points), 'row')} written to {target.name}.")
        self._session.job(f"Writing {target.name}", write, lambda _none: self._session.tell(told))

    def _say(self, sentence: str) -> None:
        self.progress.setText(sentence)

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 - Qt's name
        """The page was closed: what is on its way is given up."""
        if not event.spontaneous():
            self.stop()
        super().hideEvent(event)


def _info(study: Study, name: str) -> FieldInfo:
    return next(info for info in describe(type(study)) if info.name == name)


def _told(found: Found | None, busy: bool, older: bool) -> str:
    """How far a study has come."""
    if found is None:
        return ""
    if busy:
        return f"{found.done} of {count(found.of, 'trial')}"
    ended = (
        f"{count(found.of, 'trial')} done"
        if found.over and found.done == found.of
        else f"stopped at {found.done} of {found.of}"
    )
    return f"{ended}, of the experiment as it was before" if older else ended
