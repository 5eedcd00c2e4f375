"""Plain widgets: mouse, wheel, keys, focus, numbers for people."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from app import icons, numbers, style
from app.messages import Busy, Message
from app.theme import theme
from app.widgets.buttons import Button, ClassChip, IconButton
from app.widgets.choice import ChoiceBox, SegmentedControl
from app.widgets.flow import FlowLayout, Tiles
from app.widgets.number import NumberField
from app.widgets.panels import Banner, Card, ProgressStrip
from app.widgets.popup import Option
from app.widgets.scale import Scale
from app.widgets.slider import Slider
from tests.app.kit import LEFT, WINDOWS, choose, click, put

PER_CENT = Scale(low=0, high=100, integer=True, unit="%")
RATE = Scale(above=0, high=100, log=True)


@pytest.fixture(autouse=True)
def application(qapp: QApplication) -> Iterator[None]:
    yield
    for window in WINDOWS:
        window.close()
        window.deleteLater()
    WINDOWS.clear()


def turn(widget: QWidget, notches: int) -> None:
    """Turn the wheel over a widget."""
    centre = QPointF(widget.rect().center())
    event = QWheelEvent(
        centre,
        QPointF(widget.mapToGlobal(widget.rect().center())),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, event)


def editor(widget: QWidget) -> QLineEdit:
    return next(e for e in widget.findChildren(QLineEdit) if e.isVisible())


# -- numbers ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1_200_000, "1.2 M"),
        (6_412_345, "6.4 M"),
        (99_900_000, "100 M"),
        (2500, "2 500"),
        (0, "0"),
        (0.019, "0.019"),
        (-0.214, "−0.214"),
        (3.4e-5, "3.4e-5"),
        (0.000034000001, "3.4e-5"),
        (1e9, "1 G"),
        (150_000_000, "150 M"),
        (4.11015e29, "4.1e29"),
        (12345.6, "12 346"),
        (None, "–"),
        (math.nan, "–"),
        (-math.inf, "−∞"),
    ],
)
def test_numbers_are_written_for_people(value: float | None, text: str) -> None:
    assert numbers.human(value).replace(numbers.SPACE, " ") == text


@pytest.mark.parametrize(
    ("text", "value"),
    [("0.03", 0.03), ("0,03", 0.03), ("−4", -4), ("1.2 M", 1.2e6), ("10k", 1e4), ("15 %", 15), ("1e-5", 1e-5),
     ("2 500", 2500), ("abc", None), ("", None), ("1e999", None), ("1..2", None)],
)  # fmt: skip
def test_what_people_type_is_read(text: str, value: float | None) -> None:
    assert numbers.parse(text) == value


@given(st.integers(-10_000_000, 10_000_000) | st.floats(-1e6, 1e6).map(lambda x: float(f"{x:.6g}")))
def test_an_exact_number_typed_back_is_the_same(value: float) -> None:
    read = numbers.parse(numbers.exact(value))
    assert read is not None
    assert read == pytest.approx(value, rel=1e-6)


# -- scale ------------------------------------------------------------------------------------------------------


@given(st.floats(0, 1))
def test_a_place_on_a_slider_gives_a_value_of_the_range(position: float) -> None:
    for scale in (PER_CENT, Scale(1, 100_000, log=True, integer=True), Scale(0, 0.9999), Scale(above=0, high=10)):
        value = scale.at(position)
        assert scale.clamp(value) == value
        assert scale.complaint("x", value) == ""


def test_steps_along_powers_of_ten() -> None:
    assert RATE.nudged(0.1, 20) == 1
    assert RATE.nudged(1, -20) == 0.1
    assert Scale(1, 1000, log=True, integer=True).nudged(1, 1) == 2


@pytest.mark.parametrize(
    ("scale", "value", "says"),
    [
        (PER_CENT, 101, "between 0 and 100"),
        (PER_CENT, 0.5, "whole number"),
        (PER_CENT, None, "needs a number"),
        (RATE, 0, "more than 0"),
        (Scale(low=2), 1, "at least 2"),
        (Scale(high=2), 3, "at most 2"),
    ],
)
def test_a_refusal_says_why(scale: Scale, value: float | None, says: str) -> None:
    assert says in scale.complaint("share", value)


def test_a_word_in_place_of_a_number_is_answered_with_the_present_one() -> None:
    assert Scale(0.0, 10.0).complaint("rate", None, 0.03) == "“rate” needs a number, such as 0.03."


# -- slider -----------------------------------------------------------------------------------------------------


def slider() -> tuple[Slider, list[float], list[str]]:
    made, moved, told = Slider("share", PER_CENT, 50), list[float](), list[str]()
    made.moved.connect(moved.append)
    made.released.connect(lambda: told.append("released"))
    made.rejected.connect(told.append)
    put(made, width=322, height=80)
    return made, moved, told


def test_a_slider_follows_the_hand_and_tells_when_it_lets_go() -> None:
    made, moved, told = slider()
    y = made.height() - 9
    QTest.mousePress(made, LEFT, pos=QPoint(made.width() // 2, y))
    QTest.mouseMove(made, QPoint(made.width(), y))
    assert moved[-1] == 100
    assert told == []
    QTest.mouseRelease(made, LEFT, pos=QPoint(made.width(), y))
    assert told == ["released"]


def test_a_value_from_elsewhere_does_not_come_back_as_a_move() -> None:
    made, moved, _ = slider()
    made.show_value(7)
    assert made.value == 7
    assert moved == []
    assert made.accessibleDescription() == "7 %"


@pytest.mark.parametrize(
    ("key", "value"),
    [(Qt.Key.Key_Right, 51), (Qt.Key.Key_Left, 49), (Qt.Key.Key_PageUp, 60), (Qt.Key.Key_Home, 0),
     (Qt.Key.Key_End, 100)],
)  # fmt: skip
def test_keys_move_a_slider(key: Qt.Key, value: float) -> None:
    made, moved, _ = slider()
    made.setFocus()
    QTest.keyClick(made, key)
    assert moved == [value]
    assert made.ring


def test_the_wheel_moves_only_what_has_the_focus() -> None:
    made, moved, _ = slider()
    made.clearFocus()
    turn(made, 1)
    assert moved == []
    made.setFocus()
    turn(made, -1)
    assert moved == [48]


def test_a_value_is_typed_in_place() -> None:
    made, moved, told = slider()
    made.setFocus()
    QTest.keyClicks(made, "7")
    QTest.keyClicks(editor(made), "5\r")
    assert moved == [75]
    QTest.keyClick(made, Qt.Key.Key_Return)
    QTest.keyClicks(editor(made), "500\r")
    assert moved == [75]
    assert "between" in told[-1]
    QTest.keyClick(made, Qt.Key.Key_Return)
    QTest.keyClicks(editor(made), "3")
    QTest.keyClick(editor(made), Qt.Key.Key_Escape)
    assert moved == [75]


# -- number -----------------------------------------------------------------------------------------------------


def test_a_number_is_scrubbed_and_a_click_alone_changes_nothing() -> None:
    made, moved = NumberField("rate", RATE, 0.1), list[float]()
    made.moved.connect(moved.append)
    put(made, width=200, height=60)
    click(made)
    assert moved == []
    QTest.mousePress(made, LEFT, pos=QPoint(10, 10))
    QTest.mouseMove(made, QPoint(90, 10))
    QTest.mouseRelease(made, LEFT, pos=QPoint(90, 10))
    assert moved[-1] == pytest.approx(1)


def test_a_number_offers_usual_values_and_typing() -> None:
    made, moved = NumberField("batch", Scale(0, 1000, integer=True, zero="all"), 10, (1, 10, 0)), list[float]()
    made.moved.connect(moved.append)
    put(made, width=200, height=60)
    choose(made, "all")
    assert moved == [0]
    choose(made, "Type a value …")
    QTest.keyClicks(editor(made), "all\r")
    assert moved == [0]
    made.setFocus()
    QTest.keyClicks(made, "6")
    QTest.keyClicks(editor(made), "4\r")
    assert moved == [0, 64]


# -- choices ----------------------------------------------------------------------------------------------------


def test_a_choice_by_mouse_and_keys() -> None:
    made, chosen = ChoiceBox("loss", lambda: [Option(k, k.upper()) for k in "abc"]), list[str]()
    made.chosen.connect(chosen.append)
    made.show_choice("a", "A")
    put(made, width=200, height=60)
    choose(made, "C")
    made.setFocus()
    QTest.keyClick(made, Qt.Key.Key_Down)
    assert chosen == ["c", "b"]
    assert made.key == "a", "what is shown follows the experiment, not the click"


def test_segments_by_mouse_and_keys() -> None:
    made, chosen = SegmentedControl("view", [Option(k, k * 4, chosen=k == "a") for k in "abc"]), list[str]()
    made.chosen.connect(chosen.append)
    put(made, width=300, height=60)
    click(made, QPoint(made.sizeHint().width() - 5, 8))
    made.setFocus()
    QTest.keyClick(made, Qt.Key.Key_Left)
    QTest.keyClick(made, Qt.Key.Key_Left)
    QTest.keyClick(made, Qt.Key.Key_Left)
    assert chosen == ["c", "b", "a"]
    assert made.accessibleDescription() == "aaaa"


def test_a_focused_control_keeps_its_keys_from_the_shortcuts_of_the_window() -> None:
    made, _, _ = slider()

    def taken(key: Qt.Key, text: str = "", modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> bool:
        event = QKeyEvent(QEvent.Type.ShortcutOverride, key, modifier, text)
        event.ignore()
        QApplication.sendEvent(made, event)
        return event.isAccepted()

    assert taken(Qt.Key.Key_Right)
    assert taken(Qt.Key.Key_3, "3")
    assert not taken(Qt.Key.Key_R, "r")
    assert not taken(Qt.Key.Key_Right, modifier=Qt.KeyboardModifier.ControlModifier)


# -- boxes ------------------------------------------------------------------------------------------------------


def test_an_error_stays_until_it_is_dismissed_and_its_button_helps() -> None:
    banner, done = Banner(), list[str]()
    put(banner, width=500, height=100)
    banner.tell(Message("Row 3 is empty.", "error", "Skip it", lambda: done.append("skipped")))
    banner.tell(Message("Something of less weight."))
    assert banner.text.text() == "Row 3 is empty."
    click(banner.button)
    assert done == ["skipped"]
    assert not banner.isVisible()


def test_a_note_goes_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.widgets.panels.NOTE_SECONDS", 0.0)
    banner = Banner()
    put(banner, width=500, height=100)
    banner.tell(Message("N"))
    assert banner.isVisible()
    QTest.qWait(120)
    assert not banner.isVisible()


def test_progress_is_shown_and_can_be_given_up() -> None:
    strip, given = ProgressStrip(), list[bool]()
    put(strip, width=400, height=60)
    assert not strip.isVisible()
    strip.show_busy(Busy("Reading", 30, 100, lambda: given.append(True)))
    assert strip.text.text() == "Reading 30 %"
    click(strip.cancel)
    assert given == [True]
    strip.show_busy(Busy(""))
    assert not strip.isVisible()


def test_widgets_break_into_lines() -> None:
    holder = QWidget()
    flow = FlowLayout(holder, 10, 10)
    flow.setContentsMargins(0, 0, 0, 0)
    for k in range(6):
        flow.addWidget(Button(f"button {k}"))
    assert flow.heightForWidth(2000) == 28
    assert flow.heightForWidth(200) > 28
    put(holder, width=250, height=300)
    assert len({b.y() for b in holder.findChildren(Button)}) > 1


def test_tiles_are_of_one_width() -> None:
    holder = QWidget()
    tiles = Tiles(holder, 10, 100, 3)
    for k in range(5):
        tiles.addWidget(Button(f"{k}"))
    put(holder, width=400, height=300)
    assert len({b.width() for b in holder.findChildren(Button)}) == 1
    assert [tiles.columns(w) for w in (90, 215, 330, 900)] == [1, 2, 3, 3]


# -- look -------------------------------------------------------------------------------------------------------


@pytest.fixture
def dressed(qapp: QApplication) -> Iterator[QApplication]:
    style.apply(qapp)
    yield qapp
    theme().set_mode("light")
    theme().set_percent(100)
    qapp.setStyleSheet("")


MAKERS: list[Callable[[], QWidget]] = [
    lambda: Button("text", "primary", "dice"),
    lambda: Button("text", "link"),
    lambda: IconButton("play", "Play", round_=True),
    lambda: ClassChip(3, "class 3"),
    lambda: Slider("noise", PER_CENT, 15),
    lambda: NumberField("rate", RATE, 0.03, (0.01, 0.03), caption=True),
    lambda: ChoiceBox("loss", list, caption=True),
    lambda: SegmentedControl("view", [Option("a", "a", chosen=True)]),
    lambda: Card("Data"),
]


@pytest.mark.parametrize("make", MAKERS)
def test_every_widget_has_a_name_and_grows_with_the_letters(dressed: QApplication, make: Callable[[], QWidget]) -> None:
    widget = make()
    put(widget)
    assert widget.accessibleName()
    before = widget.sizeHint()
    theme().set_percent(150)
    assert widget.sizeHint().height() > before.height()
    theme().set_mode("dark")
    assert not widget.grab().isNull()


def test_the_sheet_knows_both_modes(dressed: QApplication) -> None:
    light = dressed.styleSheet()
    theme().set_mode("dark")
    assert dressed.styleSheet() != light
    assert "$" not in dressed.styleSheet()
    assert dressed.palette().window().color().name() == theme().palette.background


@pytest.mark.parametrize("name", icons.names())
def test_every_icon_has_lines_in_the_colour_asked_for(name: str) -> None:
    image = icons.pixmap(name, "#ff0000", 20).toImage()
    solid = [image.pixelColor(x, y) for x in range(20) for y in range(20) if image.pixelColor(x, y).alpha() > 150]
    assert solid
    assert all(c.red() > 250 and c.blue() < 5 for c in solid)
