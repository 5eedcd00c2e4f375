"""Formulas on screen: no boxes over one another, lines broken with nothing lost, marks clicked, copies."""

from __future__ import annotations

import gc
import weakref
from collections import Counter
from collections.abc import Iterator
from itertools import combinations, pairwise

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QAccessible, QColor, QContextMenuEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from app.theme import theme
from app.widgets._boxes import Leaf
from app.widgets._lines import Setting, _rows, set_in
from app.widgets._maths_font import maths_font
from app.widgets.sheet import Entry, Sheet
from engine.formulas import (
    Aligned,
    BigSum,
    Brackets,
    Cases,
    Formula,
    Number,
    Root,
    Row,
    Sum,
    Symbol,
    Word,
    call,
    chain,
    latex,
    stacked,
    text,
)
from tests.app.kit import WINDOWS, click, put

FREE = 1e9
TOLERANCE = 45.0
"""Thousandths of an em that slanted letters may reach under their neighbours."""

w, x, y, delta = Symbol("w", "46"), Symbol("x", "4"), Symbol("y"), Symbol("δ", "k")
net = chain(Symbol("net", "6"), w.marked("weight") * x.marked("input") + Symbol("θ", "6"))
long = chain(Symbol("z"), Sum(tuple(Number(k / 7 - 1) * Number(k / 8 + 0.1) for k in range(14))), Number(0.5))
partial = Row((Symbol("∂"), Symbol("E"))) / Row((Symbol("∂"), w))
paths = BigSum(w * delta, chain(Symbol("k"), Symbol("K"), sign="∈"))

SHEET: dict[str, Formula] = {
    "net": net,
    "long": long,
    "fractions": chain(partial, (1 / (1 + Symbol("e") ** -x)) * (x / (y / x + 1))),
    "sums": chain(Symbol("δ", "h"), x * (1 - x) * paths + BigSum(x, chain(Symbol("i"), 0), Symbol("n"))),
    "scripts": chain(Symbol("a", "j", "(2)"), Symbol("w", "kj", "T") ** 2 + w**2 + Symbol("σ", primes=1) + y**x**2),
    "roots": chain(y, Root(x) + Root(x / (Root(y**2 + 1) + 1)) ** 2),
    "accents": Symbol("ŷ") + Symbol("x̄", "i") - Symbol("m̂") * Symbol("W̃"),
    "cases": chain(y, Cases(((Number(1), chain(x, 0, sign="≥")), (paths / 2, Word("otherwise"))))),
    "lines": stacked(chain(y, call("tanh", paths + 1), call("σ′", x / y), Number(3.4e-5))),
    "brackets": Brackets(((x / y) / (y / x)) / ((x / y) / (x + 1)), "‖‖") ** 2 - Brackets(x, "||"),
    "rows": Aligned((chain(x, 1), Word("and then"), chain(partial, 2))),
}


@pytest.fixture(autouse=True)
def application(qapp: QApplication) -> Iterator[None]:
    yield
    theme().set_percent(100)
    theme().set_mode("light")
    for window in WINDOWS:
        window.close()
        window.deleteLater()
    WINDOWS.clear()


def ink(leaf: Leaf) -> QRectF:
    """What a glyph or a rule covers."""
    box = leaf.box
    left, right = 0.0, box.width
    if box.glyph is not None:
        shape = maths_font().shape(box.glyph.code)
        left, right = shape.left * box.glyph.scale, shape.right * box.glyph.scale
    return QRectF(leaf.x + left, leaf.y - box.ascent, right - left, box.ascent + box.descent)


def glyphs(setting: Setting) -> Counter[int]:
    return Counter(leaf.box.glyph.code for leaf in setting.leaves if leaf.box.glyph is not None)


def narrowest(formula: Formula) -> float:
    """The width below which a formula can't be broken further."""
    return max(piece.box.width for row in _rows(formula) for piece in row.pieces)


# -- typesetting ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SHEET)
def test_no_box_lies_over_another(name: str) -> None:
    for width in (FREE, 9000.0):
        found = [ink(leaf) for leaf in set_in(SHEET[name], width).leaves]
        for one, other in combinations(found, 2):
            common = one.intersected(other)
            assert min(common.width(), common.height()) <= TOLERANCE, (one, other)


@pytest.mark.parametrize("name", SHEET)
def test_everything_lies_inside_and_nothing_is_lost_in_broken_lines(name: str) -> None:
    whole = set_in(SHEET[name], FREE)
    for width in (FREE, whole.width - 1, 12000.0, narrowest(SHEET[name])):
        setting = set_in(SHEET[name], width)
        assert glyphs(setting) == glyphs(whole)
        assert setting.width <= max(width, narrowest(SHEET[name])) + 1e-6
        around = QRectF(0, 0, setting.width, setting.height).adjusted(-60, -1, 120, 1)
        assert all(around.contains(ink(leaf)) for leaf in setting.leaves if not ink(leaf).isEmpty())


def test_a_long_chain_breaks_at_its_signs_first_and_then_before_a_plus() -> None:
    whole = set_in(long, FREE)
    broken = set_in(long, whole.width / 2)
    font = maths_font()
    equals, plus = font.indices("=")[0], font.indices("+")[0]
    lines: dict[float, list[Leaf]] = {}
    for leaf in broken.leaves:
        lines.setdefault(leaf.y, []).append(leaf)
    rows = [lines[y] for y in sorted(lines)]
    starts = [row[0].box.glyph.code for row in rows if row[0].box.glyph]
    assert starts[1:-1] == [plus] * (len(rows) - 2)
    assert starts[-1] == equals
    signs = [leaf.x for leaf in broken.leaves if leaf.box.glyph and leaf.box.glyph.code == equals]
    assert signs[0] == signs[1]
    assert rows[1][0].x > signs[0]


def test_a_sum_inside_brackets_breaks_too() -> None:
    inside = chain(y, call("tanh", Sum(tuple(Number(k / 3) * x for k in range(20)))))
    setting = set_in(inside, 9000)
    assert setting.width <= 9000
    assert setting.height > 3 * set_in(inside, FREE).height


def test_lines_are_aligned_at_their_first_sign() -> None:
    setting = set_in(stacked(chain(net.parts[0], 2, w * x, 3)), FREE)
    equals = maths_font().indices("=")[0]
    places = {leaf.x for leaf in setting.leaves if leaf.box.glyph and leaf.box.glyph.code == equals}
    assert len(places) == 1


def test_figures_are_as_wide_as_each_other() -> None:
    font = maths_font()
    assert len({font.shape(i).advance for i in font.indices("0123456789")}) == 1


def test_every_letter_of_formulas_is_in_the_font() -> None:
    from app.widgets._maths_font import ITALIC
    from engine.formulas.letters import ACCENTS, LETTERS, OTHERS, SIGNS

    needed = {*ITALIC.values(), *ACCENTS, *LETTERS, *OTHERS, *SIGNS, *"()[]|‖{√∑×⋅,0123456789"}
    assert 0 not in maths_font().indices("".join(sorted(needed)))


# -- the widget -------------------------------------------------------------------------------------------------


def sheet(*formulas: Formula) -> Sheet:
    """A sheet with a nameless entry for each formula."""
    made = Sheet()
    made.show_entries(tuple(Entry("", "", formula) for formula in formulas))
    return made


def test_it_grows_with_the_text(qtbot: QtBot) -> None:
    view = sheet(net)
    put(view)
    small = view.places[0].rect.size()
    theme().set_percent(150)
    assert view.places[0].rect.width() == pytest.approx(1.5 * small.width(), abs=1)
    assert view.places[0].rect.height() == pytest.approx(1.5 * small.height(), abs=1)


def test_a_narrow_one_is_higher_and_its_window_gives_it_the_height(qtbot: QtBot) -> None:
    view = sheet(long)
    put(view, width=300)
    assert view.heightForWidth(300) > 2 * view.heightForWidth(1200) - 20
    assert view.height() >= view.heightForWidth(view.width())
    assert view.minimumSizeHint().width() < 200


def test_clicking_a_marked_part_tells_its_mark(qtbot: QtBot) -> None:
    view = sheet(net)
    put(view)
    chosen: list[object] = []
    view.clicked.connect(chosen.append)
    for place in view.places:
        click(view, place.rect.center().toPoint())
    assert chosen == ["weight", "input"]
    click(view, QPoint(1, 1))
    assert chosen == ["weight", "input"]


def test_letting_go_elsewhere_chooses_nothing(qtbot: QtBot) -> None:
    view = sheet(net)
    put(view)
    chosen: list[object] = []
    view.clicked.connect(chosen.append)
    first, second = (place.rect.center().toPoint() for place in view.places)
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=first)
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=second)
    assert not chosen


def test_the_innermost_mark_is_meant(qtbot: QtBot) -> None:
    view = sheet((w.marked("weight") * x).marked("term"))
    put(view)
    inner, outer = (next(p.rect for p in view.places if p.spot.mark == mark) for mark in ("weight", "term"))
    assert view.places[view.spot_at(inner.center())].spot.mark == "weight"
    assert view.places[view.spot_at(QPointF(outer.right() - 1, outer.center().y()))].spot.mark == "term"


def test_the_keyboard_goes_from_part_to_part_and_chooses(qtbot: QtBot) -> None:
    view = sheet(net)
    put(view)
    chosen: list[object] = []
    view.clicked.connect(chosen.append)
    view.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(view, Qt.Key.Key_Return)
    QTest.keyClick(view, Qt.Key.Key_Right)
    QTest.keyClick(view, Qt.Key.Key_Return)
    QTest.keyClick(view, Qt.Key.Key_Left)
    QTest.keyClick(view, Qt.Key.Key_Space)
    assert chosen == ["weight", "input", "weight"]


def test_marks_have_the_colours_asked_for_in_both_modes(qtbot: QtBot) -> None:
    view = sheet(net)
    put(view)
    for mode in ("light", "dark"):
        theme().set_mode("light" if mode == "light" else "dark")
        picture = view.grab().toImage()
        seen = {picture.pixel(i, j) for i in range(picture.width()) for j in range(picture.height())}
        wanted = theme().palette.colour("accent")
        assert any(_near(QColor(c), wanted) for c in seen)
        assert any(_near(QColor(c), theme().palette.colour("text")) for c in seen)


def _near(one: QColor, other: QColor) -> bool:
    pairs = ((one.red(), other.red()), (one.green(), other.green()), (one.blue(), other.blue()))
    return all(abs(a - b) < 24 for a, b in pairs)


def test_all_of_it_or_the_one_under_the_pointer_is_copied(qtbot: QtBot) -> None:
    view = sheet(net, long)
    put(view)
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == f"{text(net)}\n{text(long)}"
    QApplication.sendEvent(view, QContextMenuEvent(QContextMenuEvent.Reason.Mouse, QPoint(12, 20), QPoint(12, 20)))
    menu = view.findChild(QMenu)
    assert menu is not None
    assert [a.text() for a in menu.actions()] == ["Copy as text", "Copy as LaTeX"]
    menu.actions()[1].trigger()
    assert QGuiApplication.clipboard().text() == latex(net)
    menu.close()


def test_it_follows_new_numbers(qtbot: QtBot) -> None:
    view = sheet(net)
    put(view)
    view.show_entries((Entry("", "", long),))
    assert not view.places
    before = view.grab().toImage()
    view.show_entries((Entry("", "", net),))
    assert len(view.places) == 2
    assert view.grab().toImage() != before


def test_it_is_read_aloud_where_somebody_listens(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QAccessible, "isActive", lambda: True)
    view = Sheet()
    view.show_entries((Entry("weighted sum", "what is read", net),))
    assert view.accessibleName() == f"weighted sum. what is read. {text(net)}"


def test_a_view_shown_and_deleted_leaves_nothing(qtbot: QtBot) -> None:
    view = sheet(net)
    gone = weakref.ref(view)
    view.show()
    view.grab()
    view.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    del view
    gc.collect()
    assert gone() is None
    theme().set_percent(120)


def test_a_marked_part_is_one_place_in_each_of_its_lines(qtbot: QtBot) -> None:
    inside = chain(y, Sum(tuple(Number(k / 3) * x for k in range(12))).marked("sum"))
    assert len(set_in(inside, FREE).spots) == 1
    spots = set_in(inside, 6000).spots
    assert len(spots) > 2
    assert len({spot.part for spot in spots}) == 1
    assert all(above.y + above.height < below.y for above, below in pairwise(spots))
