"""The page of ready networks by real clicks: read, take, undo; and ready groups from the diagram."""

# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from app import names
from app.canvas.hit import Hit
from app.canvas.numbers import Learned, tip
from app.panels.facts import of_layer
from app.selection import Target
from app.views._nets import NetsPage, described
from app.window import Window
from engine import examples
from engine.architectures import ARCHITECTURES
from engine.blocks import BLOCKS
from engine.nets import Net, take
from tests.app.diagrams import Hands
from tests.app.windows import click, click_at, opened, press


def page_of(window: Window) -> NetsPage:
    """Open the page."""
    window.context.actions.run("network.ready")
    page = window.overlay.content
    assert isinstance(page, NetsPage)
    return page


def choose(page: NetsPage, title: str) -> None:
    """Click a network in the list."""
    item = page.list.findItems(title, Qt.MatchFlag.MatchExactly)[0]
    page.list.scrollToItem(item)
    centre = page.list.visualItemRect(item).center()
    click_at(page.list.viewport(), centre.x(), centre.y())
    assert page.name.text() == title


def texts(page: NetsPage, row: int) -> list[str]:
    """A row of the table."""
    found = [page.table.item(row, k) for k in range(page.table.columnCount())]
    return [item.text().replace("\u202f", " ") if item is not None else "" for item in found]


def test_a_network_is_read_taken_and_undone(tmp_path: Path) -> None:
    with opened(tmp_path, "digits", engine=False) as window:
        session, page = window.context.session, page_of(window)
        before = session.experiment
        choose(page, "LeNet-5")
        assert "LeCun" in page.source.text()
        assert page.list.accessibleName()
        assert page.table.accessibleName() == "Layers of LeNet-5"
        assert texts(page, 3) == [
            "C3", "Convolution 5 × 5", "10 × 10 × 16", "1 516", "240 000",
        ]  # fmt: skip
        assert page.total.text().startswith("9 layers, ")
        click(page, "Take this network")
        assert window.overlay.content is None, "the page is closed, the network is seen"
        assert [x.id for x in session.experiment.model.layers][1:5] == ["C1", "S2", "C3", "S4"]
        assert session.history.stack.undoText() == "Take LeNet-5"
        session.history.stack.undo()
        assert session.experiment == before


def test_networks_of_history_are_read_only(tmp_path: Path) -> None:
    with opened(tmp_path, "xor", engine=False) as window:
        page = page_of(window)
        before = window.context.session.experiment
        choose(page, "ResNet-50")
        assert page.table.rowCount() == len(ARCHITECTURES["resnet50"].rows)
        assert not page.take.isVisible()
        assert "25 557 032 parameters" in page.total.text().replace("\u202f", " ")
        press(window, Qt.Key.Key_Return)
        assert window.context.session.experiment == before


def test_without_pictures_a_network_says_what_it_needs(tmp_path: Path) -> None:
    with opened(tmp_path, "xor", engine=False) as window:
        page = page_of(window)
        choose(page, "Small VGG")
        assert page.why_not.text().startswith("“Small VGG” reads pictures, but this data has 2 features")
        assert page.take.isVisible()
        assert not page.take.isEnabled()
        assert not page.table.isVisible()
        choose(page, "AlexNet")
        assert page.table.isVisible()


def test_the_keyboard_goes_along_the_list_and_takes(tmp_path: Path) -> None:
    with opened(tmp_path, "digits", engine=False, size=(1280, 720)) as window:
        page, keys = page_of(window), [e.key for e in Net.registry] + list(ARCHITECTURES)
        assert page.list.hasFocus()
        seen = [page.key]
        for _ in keys[1:]:
            press(window, Qt.Key.Key_Down)
            assert page.table.rowCount()
            assert page.about.text()
            seen.append(page.key)
        assert seen == keys, "headings are passed over"
        press(window, Qt.Key.Key_Home)
        press(window, Qt.Key.Key_Tab)
        assert page.table.hasFocus()
        press(window, Qt.Key.Key_Tab)
        assert page.take.hasFocus()
        press(window, Qt.Key.Key_Space)
        assert window.context.session.history.stack.undoText() == "Take Multi-layer perceptron"


@pytest.fixture
def hands(qtbot: QtBot, tmp_path: Path) -> Hands:
    made = Hands(qtbot, tmp_path, examples.load("digits"), numbers=False)
    made.diagram.resize(1400, 560)
    return made


def test_what_was_asked_for_is_selected_not_what_flattens_pictures_for_it(hands: Hands) -> None:
    before = hands.order()
    hands.diagram.commands.add_layer(before.index("p1") + 1, "p1", "maxout")
    made = [x for x in hands.session.experiment.model.layers if x.id not in before]
    assert [x.key for x in made] == ["flatten", "maxout"]
    assert hands.selected == Target(made[1].id)


@pytest.mark.parametrize("key", BLOCKS)
def test_a_ready_group_is_chosen_like_a_kind_of_layer(hands: Hands, key: str) -> None:
    before = hands.order()
    hands.click(hands.layout.gaps[1].kinds)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    action = next(a for a in menu.actions() if a.text() == BLOCKS[key].title)
    assert BLOCKS[key].source in action.toolTip()
    action.trigger()
    menu.close()
    assert hands.undo == f"Add {BLOCKS[key].title.lower()}"
    assert hands.selected == Target("block1")
    assert set(before) < set(hands.order())
    hands.session.history.stack.undo()
    assert hands.order() == before


def test_a_card_tells_its_parameters_and_multiplications() -> None:
    digits = examples.load("digits")
    # 16 filters of 3 × 3 and a bias at 8 × 8 places
    assert names.cost(digits, "c1").replace("\u202f", " ") == "160 parameters, 9 216 multiplications"
    assert names.cost(digits, "p1") == ""
    assert tip(digits, Learned(), Hit("body", "c1")).endswith(names.cost(digits, "c1"))
    assert ("multiplications", "9 216") in [
        (name, value.replace("\u202f", " ")) for name, value in of_layer(digits, digits.model.layer("c1"))
    ]
    lenet = take(digits, "lenet-5")
    assert "900 of them frozen" in names.cost(lenet, "C3")


def test_a_layer_is_described_with_its_stride_and_groups() -> None:
    rows = {r.layer.id: described(r.layer) for r in ARCHITECTURES["alexnet"].rows}
    assert rows["conv1"] == "Convolution 11 × 11, stride 4"
    assert rows["conv2"] == "Convolution 5 × 5, groups 2"


def test_the_list_scrolls_no_further_than_its_page(tmp_path: Path) -> None:
    with opened(tmp_path, "digits", engine=False, size=(1280, 720)) as window:
        page = page_of(window)
        QTest.keyClick(page.list, Qt.Key.Key_End)
        assert page.rect().contains(page.list.geometry())
        assert not page.grab().isNull()
