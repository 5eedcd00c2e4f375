"""Networks by design, in the window: linear layers that become one, truth tables, lines."""

# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import Qt

from app.selection import Target
from app.views._output import OutputView
from app.views._truth import TruthPage
from app.window import Window
from engine.design.lines import lines_of
from engine.experiment import Experiment
from engine.machines.base import State
from tests.app.windows import click, click_at, drag, opened, press, until


def learned(window: Window) -> dict[str, NDArray[np.float64]]:
    """The numbers that the run stands at, by name."""
    found: list[State] = []

    def take(_experiment: Experiment, state: State) -> None:
        found.append(state)

    window.context.session.take_state(take)
    until(lambda: bool(found))
    return {n.name: n.values.values for n in found[0].numbers}


def test_linear_layers_become_one_and_come_back(tmp_path: Path) -> None:
    with opened(tmp_path, "linear-layers") as window:
        session, actions = window.context.session, window.context.actions
        session.step("epoch")
        before, experiment = learned(window), session.experiment
        assert actions["network.collapse"].isEnabled()
        window.context.selection.select(Target("h"))
        actions.run("network.collapse")
        after = learned(window)
        assert after["out.weight"] == pytest.approx(before["h.weight"] @ before["out.weight"], abs=1e-6)
        assert after["out.bias"] == pytest.approx(before["h.bias"] @ before["out.weight"] + before["out.bias"])
        assert session.history.stack.undoText() == "Collapse linear layers"
        actions.refresh()
        assert not actions["network.collapse"].isEnabled()
        session.history.stack.undo()
        assert session.experiment == experiment
        assert not [s for s in window.notices.sentences if "are one now" in s]
        again = learned(window)
        assert all(np.array_equal(again[name], values) for name, values in before.items())


def test_nothing_collapses_where_functions_bend(tmp_path: Path) -> None:
    with opened(tmp_path, "spiral", engine=False) as window:
        window.context.actions.refresh()
        assert not window.context.actions["network.collapse"].isEnabled()


def page_of(window: Window) -> TruthPage:
    """Open the page of truth tables."""
    window.context.actions.run("network.truth")
    page = window.overlay.content
    assert isinstance(page, TruthPage)
    return page


def written(page: TruthPage) -> str:
    """The answers of the table, from its first row to its last."""
    return "".join(map(str, page.grid.outputs))


def formula(page: TruthPage) -> str:
    """The sum of products that is shown."""
    return page.formula.text().replace("\u00a0", " ")


def options(page: TruthPage) -> list[str]:
    """The ways to build that are offered."""
    return [o.key for o in page.forms._options]


def test_a_table_is_written_with_the_keyboard_and_built(tmp_path: Path) -> None:
    with opened(tmp_path, "spiral") as window:
        session = window.context.session
        session.step("batch")
        before, experiment = learned(window), session.experiment
        page = page_of(window)
        assert page.grid.hasFocus()
        assert formula(page) == "y = ¬x₁ x₂ + x₁ ¬x₂"
        assert options(page) == ["rows", "fewest"]
        assert page.verdict.text().startswith("No line separates")
        for key in (Qt.Key.Key_1, Qt.Key.Key_1, Qt.Key.Key_0, Qt.Key.Key_1):
            press(window, key)
        assert written(page) == "1101"
        assert formula(page) == "y = ¬x₁ ¬x₂ + ¬x₁ x₂ + x₁ x₂"
        page.forms.chosen.emit("fewest")
        assert formula(page) == "y = ¬x₁ + x₂"
        assert page.units.text() == "h₁:  −x₁ ≥ −0.5\nh₂:  x₂ ≥ 0.5\ny:  h₁ + h₂ ≥ 0.5"
        click(page, "Build this network")
        assert window.overlay.content is None
        assert session.history.stack.undoText() == "Network from a truth table"
        assert session.samples.y.tolist() == [1, 1, 0, 1]
        after = learned(window)
        assert after["products.weight"].tolist() == [[-1, 0], [0, 1]]
        assert after["or.bias"] == [-0.5]
        session.step("epoch")
        until(lambda: session.snapshot is not None and session.snapshot.position.epoch > 0)
        session.history.stack.undo()
        assert session.experiment == experiment
        again = learned(window)
        assert all(np.array_equal(again[name], values) for name, values in before.items())


def test_a_table_is_clicked_named_and_answered_by_one_neuron(tmp_path: Path) -> None:
    with opened(tmp_path, "any-table", engine=False) as window:
        page = page_of(window)
        page.ready.chosen.emit("majority")
        page.inputs.chosen.emit("3")
        assert page.ready.text == "Majority"
        assert options(page) == ["rows", "fewest", "neuron"]
        page.forms.chosen.emit("neuron")
        assert page.units.text() == "y:  x₁ + x₂ + x₃ ≥ 1.5"
        row = page.grid.visualRect(page.grid.model().index(1, 3)).center()
        click_at(page.grid.viewport(), row.x(), row.y())
        assert written(page) == "01010111"
        assert page.ready.text == "Own table"
        page.ready.chosen.emit("not")
        assert written(page) == "10"
        page.inputs.chosen.emit("4")
        assert written(page) == "0" * 16
        assert options(page) == ["neuron"]
        page.ready.chosen.emit("or")
        page.forms.chosen.emit("neuron")
        click(page, "Build this network")
        assert [x.id for x in window.context.session.experiment.model.layers] == ["neuron"]
        assert written(page_of(window)) == "0" + "1" * 15, "the table that is the data"


def test_at_least_m_of_n_is_built(tmp_path: Path) -> None:
    with opened(tmp_path, "spiral", engine=False) as window:
        session, page = window.context.session, page_of(window)
        page.counting.n.chosen.emit("5")
        page.counting.m.chosen.emit("3")
        assert page.counting.sum.text() == "x₁ + x₂ + x₃ + x₄ + x₅ ≥ 2.5"
        click(page, "Build this neuron")
        assert session.history.stack.undoText() == "At least 3 of 5"
        assert len(session.samples) == 32
        session.history.stack.undo()
        assert session.experiment.data.features == ("x1", "x2")


def test_lines_across_the_plane_become_neurons_one_undo_step_each(tmp_path: Path) -> None:
    with opened(tmp_path, "circle") as window:
        session, drawing = window.context.session, window.context.drawing
        session.step("batch")
        before, experiment = learned(window), session.experiment
        window.context.actions.run("data.tool-cut")
        (output,) = window.findChildren(OutputView)
        picture = output.picture

        def at(x: float, y: float) -> tuple[float, float]:
            place = picture.view.to_widget(x, y)
            return place.x(), place.y()

        drag(picture, [at(-3, -2), at(0, -2), at(3, -2)])
        drag(picture, [at(2, -3), at(2, 0), at(2, 3)])
        known = lines_of(session.experiment)
        assert known is not None
        assert known[1] == "all"
        assert [x.normal for x in known[0]] == [pytest.approx((0, 1), abs=0.02), pytest.approx((-1, 0), abs=0.02)]
        assert session.history.stack.undoText() == "Cut the plane"
        places = np.array([(0.0, 0.0), (0.0, -3.0), (3.0, 0.0)])
        weights = learned(window)
        assert ((places @ weights["lines-2.weight"] + weights["lines-2.bias"]) >= 0).tolist() == [
            [True, True], [False, True], [True, False],
        ]  # fmt: skip
        click_at(picture, *at(2, 1))
        turned = lines_of(session.experiment)
        assert turned is not None
        assert turned[0] == (known[0][0], known[0][1].turned)
        assert session.history.stack.undoText() == "Turn the side"
        drawing.choose_join("any")
        assert session.experiment.model.output.id == "or"
        for text in ("Join the sides", "Turn the side", "Cut the plane", "Cut the plane"):
            assert session.history.stack.undoText() == text
            session.history.stack.undo()
        assert drawing.join == "all"
        assert session.experiment == experiment
        again = learned(window)
        assert all(np.array_equal(again[name], values) for name, values in before.items())


def test_lines_say_what_they_need(tmp_path: Path) -> None:
    with opened(tmp_path, "blobs", engine=False) as window:
        drawing, told = window.context.drawing, list[str]()
        window.context.session.told.connect(lambda message: told.append(message.sentence))
        drawing.take("cut")
        drawing.press((0.0, 0.0))
        drawing.drag((3.0, 0.0))
        drawing.release()
        assert "two classes" in told[-1]
        assert window.context.session.history.stack.count() == 0
