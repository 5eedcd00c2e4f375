"""The doctor in the window: quiet, told only what stands, one click and one undo step, silent where that is wished."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel

from app.doctor import LEAVES, STANDS, WANT, Doctor
from app.palette import everything
from app.panels.doctor import FindingCard
from app.protocol import Look, Request
from app.session import Session
from app.widgets.popover import Popover
from app.window import Window
from engine import examples
from engine.doctor import Fact, Finding, Remedy
from engine.experiment import Experiment
from engine.machines.base import Position, Snapshot
from engine.producers.findings import Findings
from tests.app import windows as hand
from tests.test_experiment import make


def renamed(experiment: Experiment) -> Experiment:
    """A change."""
    return replace(experiment, name="cured")


ILL = Finding(
    key="ill", title="Ill", sentence="Layer “h1” is ill.", because="Nobody knows why.", facts=(Fact("fever", 39.5),),
    record="loss", layer="h1", remedy=Remedy("Cure it", renamed),
)  # fmt: skip


class Rig:
    """A doctor whose engine is the test: it looks by hand."""

    def __init__(self, folder: Path) -> None:
        self.session = Session(make())
        self.doctor = Doctor(self.session, hand.settings_in(folder))
        self.step = 0

    def asked(self) -> bool:
        """Whether the engine is asked for findings."""
        return any(WANT in wants for wants in self.session._looks.values())

    def look(self, *items: Finding, moved: bool = True) -> list[str]:
        """One look of the doctor: what he tells after it."""
        self.step += moved
        self.session.snapshot = None
        plain = Snapshot(self.session.experiment, Position(step=self.step), {})
        self._send(plain)
        self.doctor._ask()
        if self.asked():
            self._send(replace(plain, records={WANT: Findings("findings", items)}))
        return [f.key for f in self.doctor.findings]

    def _send(self, snapshot: Snapshot) -> None:
        self.session.snapshot = snapshot
        self.session.snapshot_arrived.emit(snapshot)


@pytest.fixture
def rig(qapp: QApplication, tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path)
    yield made
    made.doctor._timer.stop()
    made.session.close()


def test_a_finding_is_told_when_it_has_stood_and_until_it_has_gone(rig: Rig) -> None:
    assert [rig.look(ILL) for _ in range(STANDS)] == [[]] * (STANDS - 1) + [["ill"]]
    assert rig.look() == ["ill"], "one look without it is no cure"
    assert rig.look(ILL) == ["ill"]
    assert [rig.look() for _ in range(LEAVES)][-1] == []
    assert [rig.look(ILL) for _ in range(STANDS - 1)] == [[]] * (STANDS - 1), "it has to stand again"


def test_what_comes_and_goes_is_never_told(rig: Rig) -> None:
    assert all(rig.look(*items) == [] for items in [(ILL,), (ILL,), ()] * 4)


def test_nothing_is_asked_for_between_looks_or_where_nothing_moves(rig: Rig) -> None:
    for _ in range(STANDS):
        rig.look(ILL)
        assert not rig.asked()
    for _ in range(STANDS):
        rig.look(ILL, moved=False)
    rig.doctor._ask()
    assert not rig.asked()
    assert not rig.doctor._timer.isActive()


def test_put_off_it_is_silent_until_it_comes_again(rig: Rig) -> None:
    for _ in range(STANDS):
        rig.look(ILL)
    rig.doctor.put_off("ill")
    assert rig.look(ILL) == []
    for _ in range(LEAVES):
        rig.look()
    assert [rig.look(ILL) for _ in range(STANDS)][-1] == ["ill"]


def test_silenced_it_is_silent_for_good_until_everything_is_told_again(rig: Rig, tmp_path: Path) -> None:
    for _ in range(STANDS):
        rig.look(ILL)
    rig.doctor.silence("ill")
    assert rig.look(ILL) == []
    other = Rig(tmp_path)
    assert [other.look(ILL) for _ in range(STANDS + 2)][-1] == []
    other.doctor.speak()
    assert other.look(ILL) == ["ill"]
    other.doctor._timer.stop()
    other.session.close()


def test_off_it_asks_for_nothing_and_says_nothing(rig: Rig) -> None:
    for _ in range(STANDS):
        rig.look(ILL)
    rig.doctor.switch()
    assert not rig.doctor.on
    assert rig.look(ILL) == []
    assert not rig.asked()
    rig.doctor.switch()
    assert [rig.look(ILL) for _ in range(STANDS)][-1] == ["ill"]


def test_a_remedy_acts_on_the_experiment_as_it_is_now(rig: Rig) -> None:
    for _ in range(STANDS):
        rig.look(ILL)
    rig.session.edit("Batch", "training.batch", 20)
    rig.doctor.cure(rig.doctor.findings[0], *rig.doctor.remedies(rig.doctor.findings[0]))
    assert (rig.session.experiment.name, rig.session.experiment.training.batch) == ("cured", 20)
    assert rig.doctor.findings == ()
    assert rig.session.history.stack.undoText() == "Cure it"
    rig.session.history.stack.undo()
    assert rig.session.experiment.training.batch == 20


def test_to_stop_early_sets_the_rule_and_starts_again(rig: Rig) -> None:
    stop = Remedy("Stop early", lambda e: e, again=True, patience=30)
    for _ in range(STANDS):
        rig.look(replace(ILL, remedy=stop, others=(Remedy("Cure it", renamed),)))
    (finding,) = rig.doctor.findings
    assert [r.title for r in rig.doctor.remedies(finding)] == ["Stop early", "Cure it"]
    before = rig.session.experiment
    rig.doctor.cure(finding, stop)
    assert (rig.session.rules.plateau, rig.session.rules.keep_best) == (30, True)
    assert rig.session.experiment == before
    assert rig.doctor.findings == ()
    assert [r.title for r in rig.doctor.remedies(finding)] == ["Cure it"]


# -- the whole window ---------------------------------------------------------------------------------------------


def told(window: Window) -> set[str]:
    """What is told."""
    return {f.key for f in window.doctor.findings}


def popover(window: Window) -> Popover:
    """The open list."""
    return next(p for p in window.mark.findChildren(Popover) if p.isVisible())


def ill(window: Window) -> None:
    """Train until the twins are told."""
    window.context.session.play()
    hand.until(lambda: told(window) == {"symmetric-weights"})


def test_the_mark_opens_the_list_and_a_click_cures_in_one_step(qapp: QApplication, tmp_path: Path) -> None:
    with hand.opened(tmp_path, "zero-weights") as window:
        session = window.context.session
        assert not window.mark.isVisible()
        ill(window)
        assert window.mark.isVisible()
        assert window.mark.accessibleName() == "Doctor: 1 finding"
        before = session.experiment
        hand.click_at(window.mark, 8, 8)
        texts = [label.text() for label in popover(window).findChildren(QLabel)]
        assert any(text.startswith("All 4 neurons of layer “h1” have the same weights") for text in texts)
        assert {"neurons that are the same", "4"} <= set(texts)
        hand.click(popover(window), "Start with Xavier weights")
        assert session.experiment.model.initialiser.key == "xavier"
        hand.until(lambda: not window.mark.isVisible())
        hand.until(lambda: session.snapshot is not None and (session.snapshot.train.accuracy or 0) > 0.9)
        window.context.actions.run("edit.undo")
        assert session.experiment == before
        assert not session.history.stack.canUndo(), "one step"
        session.pause()


def test_a_key_opens_it_and_show_leads_to_the_evidence(qapp: QApplication, tmp_path: Path) -> None:
    with hand.opened(tmp_path, "zero-weights") as window:
        entry = next(e for e in everything(window.context.actions) if e.id == "run.doctor")
        assert entry.enabled is not None
        assert not entry.enabled()
        ill(window)
        assert entry.enabled()
        hand.flush()
        hand.press(window, Qt.Key.Key_H)
        hand.click(popover(window), "Show")
        assert "weights" in window.views.open_views()
        assert window.views.widget_of("weights").isVisible()
        assert window.context.selection.target.layer == "h1"
        window.context.session.pause()


def test_never_lasts_for_the_next_window(qapp: QApplication, tmp_path: Path) -> None:
    with hand.opened(tmp_path, "zero-weights") as window:
        ill(window)
        hand.click_at(window.mark, 8, 8)
        hand.click(popover(window), "Never tell me")
        hand.flush()
        assert not [p for p in window.mark.findChildren(Popover) if p.isVisible()], "the list is empty"
        assert not window.mark.isVisible()
        window.context.session.pause()
    with hand.opened(tmp_path, "zero-weights") as window:
        window.context.session.play()
        hand.until(lambda: "symmetric-weights" in window.doctor._told)
        assert told(window) == set()
        window.context.actions.run("help.hints")
        hand.until(lambda: told(window) == {"symmetric-weights"})
        window.context.session.pause()


def test_off_no_record_is_asked_for(qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[object] = []
    with hand.opened(tmp_path, "zero-weights") as window:
        session, send = window.context.session, window.context.session.send

        def noted(request: Request) -> None:
            sent.append(request)
            send(request)

        monkeypatch.setattr(session, "send", noted)
        window.context.actions.run("view.doctor")
        session.play()
        hand.settle(2.0)
        assert not [r for r in sent if isinstance(r, Look) and WANT in r.wants]
        window.context.actions.run("view.doctor")
        hand.until(lambda: any(isinstance(r, Look) and WANT in r.wants for r in sent))
        session.pause()


def test_another_document_begins_without_findings(qapp: QApplication, tmp_path: Path) -> None:
    with hand.opened(tmp_path, "zero-weights") as window:
        ill(window)
        window.context.session.open(examples.load("circle"))
        assert told(window) == set()
        assert not window.mark.isVisible()


def test_each_finding_of_the_list_has_a_card(qapp: QApplication, tmp_path: Path) -> None:
    with hand.opened(tmp_path, "xor", engine=False) as window:
        window.doctor._found = {"ill": ILL, "other": replace(ILL, key="other", title="Other", remedy=None)}
        window.doctor._told = dict.fromkeys(window.doctor._found, 2)
        window.doctor._show()
        hand.flush()
        window.mark.open()
        cards = popover(window).findChildren(FindingCard)
        assert [c.accessibleName() for c in cards] == ["Ill", "Other"]
        hand.click(cards[0], "Not now")
        hand.flush()
        assert [c.accessibleName() for c in popover(window).findChildren(FindingCard)] == ["Other"]
        assert told(window) == {"other"}
