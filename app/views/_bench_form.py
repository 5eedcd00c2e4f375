"""The settings of the filter bench: the fields of the filter and of the sweep as they are declared."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QWidget

from app.theme import theme
from app.widgets.base import Label
from app.widgets.choice import SegmentedControl
from app.widgets.number import NumberField
from app.widgets.popup import Option
from app.widgets.scale import Scale
from app.widgets.slider import Slider
from engine.errors import LearnscopeError
from engine.fields import FieldInfo, describe

Changed = Callable[[Struct], None]


def controls(current: Callable[[], Struct], changed: Changed, rejected: Callable[[str], None]) -> list[QWidget]:
    """A line for every field of a declaration that stands alone; `changed` is given each new value of it.

    Where something else than what was there at first has become `current`, that comes back with the change.
    """
    first = current()

    def put(name: str, new: Any) -> None:
        now = current()
        try:
            made = replace(now if type(now) is type(first) else first, **{name: new})
        except LearnscopeError as error:
            rejected(str(error))
        else:
            changed(made)

    shown = [info for info in describe(type(first)) if not info.hidden]
    return [_line(info, getattr(first, info.name), partial(put, info.name), rejected) for info in shown]


def _line(info: FieldInfo, value: Any, put: Callable[[Any], None], rejected: Callable[[str], None]) -> QWidget:
    hint = f"{info.help[:1].upper()}{info.help[1:]}"
    if info.type == "flag":
        box = QCheckBox(info.title)
        box.setChecked(value)
        box.clicked.connect(put)
        box.setToolTip(hint)
        return box
    if info.type == "choice":
        segments = SegmentedControl(info.title, [Option(c, c, chosen=c == value) for c in info.choices], size="small")
        segments.chosen.connect(segments.show_choice)
        segments.chosen.connect(put)
        segments.setToolTip(hint)
        return row(info.title, segments)
    whole = info.type == "integer"
    scale = Scale(info.low, info.high, info.above, info.log, whole, info.unit, info.zero)
    bounded = scale.bounded and (info.high or 0) < 1000
    field: Slider | NumberField = Slider(info.title, scale, value) if bounded else NumberField(info.title, scale, value)
    field.moved.connect(lambda new: put(int(new) if whole else float(new)))
    field.rejected.connect(rejected)
    field.setToolTip(hint)
    return field if isinstance(field, Slider) else row(info.title, field)


def row(name: str, control: QWidget) -> QWidget:
    """The name on the left, the widget on the right."""
    made = QWidget()
    layout = QHBoxLayout(made)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(theme().px(8))
    layout.addWidget(Label(name, colour="muted"))
    layout.addStretch(1)
    layout.addWidget(control)
    return made
