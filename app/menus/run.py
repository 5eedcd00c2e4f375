"""The run: play, step, reset. They stand first in the Network menu."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from app.actions import Entry, nothing
from app.messages import Message
from engine.machines.base import StepUnit

if TYPE_CHECKING:
    from app.window import Window

UNITS: tuple[StepUnit, ...] = ("sample", "batch", "epoch")


def entries(window: Window) -> tuple[Entry, ...]:
    """The entries of the run."""
    session, settings = window.context.session, window.context.settings

    def unit() -> StepUnit:
        kept = settings.get("step", "batch")
        return next((u for u in UNITS if u == kept), "batch")

    def is_unit(one: StepUnit) -> bool:
        return unit() == one

    def idle() -> bool:
        """Whether there is nothing to learn from; then it says so."""
        found = bool(session.samples.train(session.experiment.data.share / 100).any())
        if not found:
            session.tell(Message("There is nothing to learn from yet; draw training samples, or choose a data set."))
        return not found

    def toggle() -> None:
        if session.run_state == "running" or not idle():
            session.toggle()

    def step(by: StepUnit) -> None:
        settings.set("step", by)
        if not idle():
            session.step(by)
        session.run_changed.emit()

    def steps() -> tuple[Entry, ...]:
        return tuple(window.context.actions.entry(f"run.step-{u}") for u in UNITS)

    return (
        Entry("run.toggle", "Play", "Network", toggle, ("Space",), "play",
              title=lambda: "Pause" if session.run_state == "running" else "Play"),
        Entry("run.step", "Step", "Network", lambda: step(unit()), ("Right",), "step",
              title=lambda: f"One {unit()}"),
        *(
            Entry(f"run.step-{u}", f"One {u}", "", partial(step, u), checked=partial(is_unit, u))
            for u in UNITS
        ),
        Entry("run.steps", "Step by", "Network", nothing, children=steps),
        Entry("run.reset", "Reset", "Network", session.reset, ("R",), "reset",
              "Go to the start of the experiment as it is now; it learns the same again, bit for bit"),
        Entry("run.doctor", "What is wrong?", "Network", window.show_findings, ("H",), "doctor",
              "What keeps the run from learning, and what helps", enabled=lambda: bool(window.doctor.findings)),
    )  # fmt: skip
