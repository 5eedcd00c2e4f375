"""The gradient check from the window: asked for in the menu, done beside the run, told in a page."""

from __future__ import annotations

from pathlib import Path

from pytestqt.qtbot import QtBot

from app.palette import everything
from app.panels.gradients import GradientReport, facts, place, verdict
from engine import examples
from engine.gradcheck import Difference, NetworkCheck
from tests.app import windows as hand

WORST = Difference("h1.weight", ("input/x1", "h1/2"), 0.25, 0.2500001)


def test_a_report_says_what_was_compared(qtbot: QtBot) -> None:
    experiment = examples.load("spiral")
    found = NetworkCheck(3e-9, WORST, 105, 105, 250)
    report = GradientReport(found, experiment)
    qtbot.addWidget(report)
    texts = report.texts()
    assert verdict(found) in texts
    assert "right" in verdict(found)
    assert any("all of 105 parameters" in text and "250 training samples" in text for text in texts)
    assert dict(facts(found, experiment))["worst parameter"] == "Dense 8, neuron 3, weight from x₁"
    assert {"0.25", "0.2500001", "3e-9"} <= set(texts)


def test_a_difference_is_named_and_told() -> None:
    experiment = examples.load("spiral")
    found = NetworkCheck(0.3, Difference("h2.bias", ("h2/0",), 0.1, 0.4), 200, 900, 512)
    assert "differ" in verdict(found)
    assert place(found.worst, experiment) == "Dense 8, neuron 1, bias"


def test_the_check_runs_beside_the_window(qtbot: QtBot, tmp_path: Path) -> None:
    with hand.opened(tmp_path) as window:
        assert any(entry.id == "network.check" for entry in everything(window.context.actions))
        hand.until(lambda: window.context.session.snapshot is not None)
        window.context.actions.run("network.check")
        hand.until(lambda: isinstance(window.overlay.content, GradientReport), 120)
        report = window.overlay.content
        assert isinstance(report, GradientReport)
        assert "right" in report.verdict.text()
