"""Declared fields become widgets here, and only here.

`form` shows every field of the declaration at a dotted path of the experiment, `field` a single one. Both keep in step
with the experiment, offer only what is valid, tell errors at the field, and make a drag one undo step.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from typing import Any, Final

from msgspec import Struct
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLineEdit, QSizePolicy, QToolTip, QVBoxLayout, QWidget

from app import names
from app.context import Context
from app.messages import Message
from app.offers import allowed, carried, entries, fits, info_at, value_at
from app.session import Session
from app.theme import theme
from app.widgets.base import Label, discard
from app.widgets.choice import ChoiceBox
from app.widgets.number import NumberField
from app.widgets.popup import Option
from app.widgets.scale import Scale
from app.widgets.slider import Slider
from engine import paths
from engine.experiment import Experiment
from engine.fields import FieldInfo, FieldType, describe
from engine.registry import Kind

SHOWN: Final[tuple[FieldType, ...]] = ("number", "integer", "flag", "choice", "kind", "text", "layer")
"""The types of fields that have a widget; lists, arrays and groups have views of their own."""

PAUSE: Final = 0.8
"""Seconds between two turns of the wheel, or two presses of a key, that are still one move."""


def form(context: Context, path: str, skip: Collection[str] = (), types: Collection[FieldType] = SHOWN) -> Form:
    """Widgets for all fields of these types of the declaration at a path, except those named in `skip`."""
    return Form(context, path, skip, types)


def field(context: Context, path: str, title: str = "") -> Field:
    """The widget of one field with its title above, for a line of settings; hidden while the path does not exist."""
    return Field(context, path, title=title, compact=True)


class Hand:
    """Turns what a hand does at one place into named edits: one undo step for a drag, or for quick turns of a wheel."""

    def __init__(self, session: Session, text: str) -> None:
        self._session, self._text = session, text
        self._gesture = -1
        self._holding = False
        self._let_go = -PAUSE

    def edit(self, path: str, value: Any) -> bool:
        """Set a value; further ones belong to the same step until the hand lets go."""
        if not self._holding:
            if time.monotonic() - self._let_go > PAUSE:
                self._gesture = self._session.gesture()
            self._holding = True
        return self._session.edit(self._text, path, value, self._gesture)

    def give_up(self) -> None:
        """The hand gave up what it was doing: the value is what it was, and no step is left."""
        if self._holding:
            self._session.history.give_up(self._gesture)
        self._holding = False
        self._let_go = -PAUSE

    def let_go(self) -> None:
        """The hand let go."""
        self._holding = False
        self._let_go = time.monotonic()


class Field(QWidget):
    """One field: its widget, and under it the sentence that says what is wrong with what was typed."""

    def __init__(self, context: Context, path: str, *, title: str = "", compact: bool = False) -> None:
        super().__init__()
        self.path = path
        self._context, self._title, self._compact = context, title, compact
        self._owner: type | None = None
        self._control: QWidget | None = None
        self._show: Callable[[Any], None] = lambda _value: None
        self._editing = False
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(theme().px(4))
        self.error = Label("", "small", 400, "danger").wrapped()
        self.error.hide()
        self._layout.addWidget(self.error)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        context.session.experiment_changed.connect(self._changed)
        context.session.told.connect(self._hear)
        self._changed(None, context.session.experiment)

    @property
    def control(self) -> QWidget | None:
        """The widget that shows the value now."""
        return self._control

    def go(self, path: str) -> None:
        """Show the field at another path from now on."""
        if path != self.path:
            self.path, self._owner = path, None
            self._changed(None, self._context.session.experiment)

    def choices(self) -> int:
        """How many declarations are valid here; 0 where none is chosen."""
        experiment = self._context.session.experiment
        info = info_at(experiment, self.path)
        return len(allowed(experiment, self.path, info)) if info is not None and info.type == "kind" else 0

    def _changed(self, _old: Experiment | None, experiment: Experiment) -> None:
        owner = value_at(experiment, self.path.rpartition(".")[0])
        if type(owner) is not self._owner:
            self._owner = type(owner)
            self._build(info_at(experiment, self.path))
        if self._control is not None:
            self.error.hide()
            self._show(paths.get(experiment, self.path))

    def _build(self, info: FieldInfo | None) -> None:
        while self._layout.count() > 1:
            item = self._layout.takeAt(0)
            if item is not None and (widget := item.widget()) is not None:
                discard(widget)
        self._control = None
        _show_if(self, info is not None and info.type in SHOWN)
        if info is None or info.type not in SHOWN:
            return
        name = self._title or info.title
        build = {
            "number": self._number, "integer": self._number, "flag": self._flag,
            "choice": self._choice, "kind": self._kind, "text": self._text, "layer": self._layer,
        }[info.type]  # fmt: skip
        control, row = build(info, name)
        self._control = control
        if not control.toolTip():
            control.setToolTip(_sentence(info))
        self._layout.insertWidget(0, row)
        if info.type == "kind" and not self._compact:
            self._layout.insertWidget(1, Form(self._context, self.path))

    # -- one builder for each type of field ---------------------------------------------------------------------

    def _number(self, info: FieldInfo, name: str) -> tuple[QWidget, QWidget]:
        scale = Scale(info.low, info.high, info.above, info.log, info.type == "integer", info.unit, info.zero)
        hand = Hand(self._context.session, f"Change {name}")
        kind = int if info.type == "integer" else float

        def moved(value: float) -> None:
            self._edit(hand, kind(value))

        control: Slider | NumberField
        row: QWidget
        if scale.bounded and not info.choices and not self._compact:
            control = row = Slider(name, scale)
        else:
            control = NumberField(name, scale, 0.0, info.choices, caption=self._compact)
            row = control if self._compact else _row(name, control)
        control.moved.connect(moved)
        control.released.connect(hand.let_go)
        control.given_up.connect(hand.give_up)
        control.released.connect(self._settle)
        control.rejected.connect(self._reject)
        self._show = control.show_value
        return control, row

    def _flag(self, info: FieldInfo, name: str) -> tuple[QWidget, QWidget]:
        control = QCheckBox(name)
        control.setAccessibleName(name)
        hand = Hand(self._context.session, f"Change {name}")

        def clicked(on: bool) -> None:
            self._edit(hand, on)
            hand.let_go()

        control.clicked.connect(clicked)
        self._show = control.setChecked
        return control, control

    def _choice(self, info: FieldInfo, name: str) -> tuple[QWidget, QWidget]:
        def options() -> Sequence[Option]:
            return [Option(str(c), str(c), chosen=str(c) == control.key) for c in info.choices]

        control = self._box(name, options)
        control.chosen.connect(lambda key: self._once(name, next(c for c in info.choices if str(c) == key)))
        self._show = lambda value: control.show_choice(str(value), str(value))
        return control, control

    def _kind(self, info: FieldInfo, name: str) -> tuple[QWidget, QWidget]:
        def options() -> Sequence[Option]:
            valid = allowed(self._context.session.experiment, self.path, info)
            return [Option(e.key, e.title, e.help, e.key == control.key) for e in valid]

        def show(value: Kind) -> None:
            entry = value.registry[value.key]
            control.show_choice(entry.key, entry.title)
            control.setToolTip(f"{_sentence(info)}\n{entry.help}")

        def chosen(key: str) -> None:
            entry = next(e for e in entries(info) if e.key == key)
            self._once(name, carried(paths.get(self._context.session.experiment, self.path), entry))

        control = self._box(name, options)
        control.chosen.connect(chosen)
        self._show = show
        return control, control

    def _layer(self, info: FieldInfo, name: str) -> tuple[QWidget, QWidget]:
        """A choice among the layers with which the experiment stays valid, and none."""

        def options() -> Sequence[Option]:
            experiment = self._context.session.experiment
            valid = [x.id for x in experiment.model.layers if fits(experiment, self.path, x.id)]
            why = "" if valid else "No layer fits here."
            return [Option(id_, titled(id_), why, id_ == control.key) for id_ in ("", *valid)]

        def titled(id_: str) -> str:
            experiment = self._context.session.experiment
            layer = next((x for x in experiment.model.layers if x.id == id_), None)
            return f"{names.layer(experiment, layer)} ({id_})" if layer is not None else id_ or "none"

        control = self._box(name, options)
        control.chosen.connect(lambda key: self._once(name, key))
        self._show = lambda value: control.show_choice(value, titled(value))
        return control, control

    def _box(self, name: str, options: Callable[[], Sequence[Option]]) -> ChoiceBox:
        """A box with its title above; in a form as wide as the column, up to a point."""
        made = ChoiceBox(name, options, caption=True)
        if not self._compact:
            made.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            made.setMaximumWidth(theme().px(320))
        return made

    def _text(self, info: FieldInfo, name: str) -> tuple[QWidget, QWidget]:
        control = QLineEdit()
        control.setAccessibleName(name)
        control.editingFinished.connect(lambda: self._once(name, control.text()))

        def show(value: str) -> None:
            if control.text() != value:
                control.setText(value)

        self._show = show
        return control, _row(name, control)

    # -- edits --------------------------------------------------------------------------------------------------

    def _once(self, name: str, value: Any) -> None:
        hand = Hand(self._context.session, f"Change {name}")
        self._edit(hand, value)
        self._settle()

    def _edit(self, hand: Hand, value: Any) -> None:
        self.error.hide()
        self._editing = True
        hand.edit(self.path, value)
        self._editing = False

    def _settle(self) -> None:
        """After the hand let go, show what the experiment really holds."""
        value = value_at(self._context.session.experiment, self.path)
        if value is not None:
            self._show(value)

    def _reject(self, sentence: str) -> None:
        self._editing = True
        self._context.session.tell(Message(sentence, "error"))
        self._editing = False

    def _hear(self, message: Message) -> None:
        if not self._editing or message.kind != "error":
            return
        if self._compact:
            QToolTip.showText(self.mapToGlobal(QPoint(0, self.height())), message.sentence, self)
        else:
            self.error.setText(message.sentence)
            self.error.show()


class Form(QWidget):
    """All fields of the declaration at a path; built anew when another declaration stands there."""

    def __init__(
        self, context: Context, path: str, skip: Collection[str] = (), types: Collection[FieldType] = SHOWN
    ) -> None:
        super().__init__()
        self.path = path
        self._context, self._skip, self._types = context, frozenset(skip), frozenset(types)
        self._kind: type | None = None
        self.fields: list[Field] = []
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(theme().px(8))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        context.session.experiment_changed.connect(self._changed)
        self._changed(None, context.session.experiment)

    def _changed(self, _old: Experiment | None, experiment: Experiment) -> None:
        value = value_at(experiment, self.path)
        if type(value) is self._kind:
            return
        self._kind = type(value)
        for old in self.fields:
            discard(old)
        infos = describe(type(value)) if isinstance(value, Struct) else ()
        prefix = f"{self.path}." if self.path else ""
        shown = [i for i in infos if i.type in self._types and not i.hidden and i.name not in self._skip]
        self.fields = [Field(self._context, prefix + i.name) for i in shown]
        for made in self.fields:
            self._layout.addWidget(made)
        _show_if(self, bool(self.fields))


def _show_if(widget: QWidget, wanted: bool) -> None:
    """Show or hide a part; one without a parent yet would become a window of its own."""
    if not wanted or widget.parentWidget() is not None:
        widget.setVisible(wanted)


def _row(name: str, control: QWidget) -> QWidget:
    """The name on the left, the widget on the right."""
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(theme().px(8))
    label = Label(name, colour="muted")
    label.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Preferred)
    layout.addWidget(label)
    layout.addStretch(1)
    layout.addWidget(control, 0 if isinstance(control, NumberField) else 3, Qt.AlignmentFlag.AlignVCenter)
    return row


def _sentence(info: FieldInfo) -> str:
    """The help of a field, with its range."""
    unit = f" {info.unit}" if info.unit else ""
    text = info.help[:1].upper() + info.help[1:]
    return f"{text}, {info.range}{unit}." if info.range else f"{text}." if text else ""
