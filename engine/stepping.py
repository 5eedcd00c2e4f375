"""Steps forward and back: a machine with its past, and the phases of a sample.

A run is what it was: from a state kept earlier, the same steps give the same bits. So a step back is the nearest state
kept before, and the steps from there again.
"""

from __future__ import annotations

import time
from typing import Final, Literal, NamedTuple, final

from msgspec.structs import replace

from engine.errors import LearnscopeError
from engine.experiment import Experiment, nodes
from engine.machines.base import PHASE, Machine, Position, State, StepUnit, Until

Unit = Literal["phase", "sample", "batch", "epoch"]

MOST: Final = 160
"""States that are kept."""
BYTES: Final = 64 << 20
"""Bytes that they may take; the first and the last are kept whatever they take."""
PAUSE: Final = 0.25
"""Seconds of a run between two states that are kept, at least."""
SHARE: Final = 20.0
"""How many times as long as it takes to keep a state a run goes on before the next."""
CALL: Final = 0.1
"""Seconds of a call while steps are repeated."""


class Phase(NamedTuple):
    """A part of a sample's step: the sample, a layer forward, the loss, a layer backward, the update."""

    kind: Literal["sample", "forward", "loss", "backward", "update"]
    layer: str = ""


def phases(experiment: Experiment, *, updates: bool) -> tuple[Phase, ...]:
    """The phases of a sample in their order; the weights move (`updates`) with the last sample of a batch."""
    layers = [node.layer.id for node in nodes(experiment)]
    forward = [Phase("forward", layer) for layer in layers]
    backward = [Phase("backward", layer) for layer in reversed(layers)]
    return (Phase("sample"), *forward, Phase("loss"), *backward, *([Phase("update")] if updates else []))


class Shown(NamedTuple):
    """How far the phases of a sample are shown: `done` of them; none are shown between samples, where all is known."""

    order: tuple[Phase, ...]
    done: int

    @classmethod
    def at(cls, experiment: Experiment, position: Position) -> Shown:
        """What is shown of the next sample at a position."""
        return cls(phases(experiment, updates=True), position.phase)

    @property
    def now(self) -> Phase | None:
        """The phase shown last; None between samples."""
        return self.order[self.done - 1] if 0 < self.done <= len(self.order) else None

    def knows(self, phase: Phase) -> bool:
        """Whether what comes about in a phase is known."""
        return not self.done or self.order.index(phase) < self.done


class Kept(NamedTuple):
    """A state of the run, where it stood, how far in its epoch, and how many bytes it takes."""

    position: Position
    inside: int
    state: State
    size: int


@final
class Stepper:
    """Leads a machine step by step, and back.

    An edit begins a new past: what was before it ran another experiment.
    """

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.phase = 0
        """How many phases of the next sample have been shown."""
        self.rules = Until()
        self._kept: list[Kept] = []
        self._rest_until = 0.0

    def begin(self) -> None:
        """The run was changed: the past begins here."""
        self.phase = 0
        self._kept.clear()
        self._rest_until = 0.0

    def state(self) -> State:
        """The run as it stands, in the middle of a sample too."""
        state = self.machine.state()
        return replace(state, counters={**state.counters, PHASE: self.phase}) if self.phase else state

    def restore(self, state: State) -> None:
        """Stand where the run of a state stood; raise for one that doesn't fit."""
        self.machine.restore(state)
        self.begin()
        phase = state.counters.get(PHASE, 0)
        if not 0 <= phase < len(self.phases):
            raise LearnscopeError(
                f"the saved run stands at phase {phase} of a sample, but this one has {len(self.phases)}; "
                "open the experiment without its run"
            )
        self.phase = phase

    # forward -----------------------------------------------------------------------------------------------------

    def advance(self, unit: StepUnit, amount: int, seconds: float) -> int:
        """Run on as the machine does, and keep what is needed to come back."""
        self.phase = 0
        if not self._kept:
            self._keep()
        done = self.machine.advance(unit, amount, seconds)
        if time.perf_counter() >= self._rest_until or (unit == "sample" and amount == 1):
            self._keep()
        return done

    def step_phase(self) -> None:
        """Show the next phase of the next sample; with the last one the sample is learned from."""
        self.phase += 1
        if self.phase >= len(self.phases):
            self.advance("sample", 1, CALL)

    @property
    def phases(self) -> tuple[Phase, ...]:
        """The phases of the next sample."""
        return phases(self.machine.experiment, updates=self.machine.position.sample + 1 >= self.machine.batch.size)

    # back --------------------------------------------------------------------------------------------------------

    def back(self, unit: Unit) -> None:
        """Go back by one: to where the phase, sample, batch or epoch before began; raise where the past ends."""
        if self.phase:
            self.phase = self.phase - 1 if unit == "phase" else 0
            return
        at = self.machine.position
        if unit == "epoch":
            self._back_to_epoch()
        elif unit == "batch":
            self._back_to(at.step - (at.sample == 0))
        else:
            self._back_to(at.step - (at.sample == 0), at.samples - 1)
            self.phase = len(self.phases) - 1 if unit == "phase" else 0
        self.machine.until(self.rules)

    def _back_to_epoch(self) -> None:
        epoch = self.machine.position.epoch - (self._inside == 0)
        before = [k for k in self._kept if (k.position.epoch, k.inside) <= (epoch, 0)]
        self._restore(before)
        self._repeat("epoch", epoch - before[-1].position.epoch)

    def _back_to(self, step: int, samples: int = -1) -> None:
        """Stand where a batch begins, or in it where so many samples have been seen."""
        inside = samples >= 0
        before = [
            k for k in self._kept
            if (k.position.samples <= samples if inside else (k.position.step, k.position.sample) <= (step, 0))
        ]  # fmt: skip
        self._restore(before)
        # Who goes back once goes back again: states stand ever closer before the place.
        while (left := step - self.machine.position.step) > 0 and self.machine.stop is None:
            self._repeat("batch", (left + 1) // 2)
            self._keep()
        if inside:
            self._repeat("sample", samples - self.machine.position.samples)

    def _restore(self, before: list[Kept]) -> None:
        """Go to the last of these states; what comes after it is kept no longer, as it comes again."""
        if not before:
            raise LearnscopeError(
                "The run was opened or changed here, and what was before can't be run again; undo takes a change back."
                if self.machine.position.samples
                else "This is the start of the run; there is no step before it."
            )
        self.machine.until(Until())  # rules that end a run have no say about steps that were
        self.machine.restore(before[-1].state)
        self._kept = before

    def _repeat(self, unit: StepUnit, amount: int) -> None:
        """Run steps again that were run before."""
        while amount > 0:
            done = self.machine.advance(unit, amount, CALL)
            if not done and self.machine.stop is not None:
                break
            amount -= done

    @property
    def _inside(self) -> int:
        """How many samples of the epoch have been seen."""
        return self.machine.batch.offset + self.machine.position.sample

    # what is kept ------------------------------------------------------------------------------------------------

    def _keep(self) -> None:
        """Keep the state of the run as it stands now."""
        at, begun = self.machine.position, time.perf_counter()
        if self._kept and self._kept[-1].position.samples >= at.samples:
            return
        state = self.machine.state()
        size = sum(n.values.values.nbytes for n in state.numbers) + sum(a.values.nbytes for a in state.arrays.values())
        self._kept.append(Kept(at, self._inside, state, size))
        while len(self._kept) > 2 and (len(self._kept) > MOST or sum(k.size for k in self._kept) > BYTES):
            self._thin()
        now = time.perf_counter()
        self._rest_until = now + max(PAUSE, SHARE * (now - begun))

    def _thin(self) -> None:
        """Let go of the state that is missed least: whose neighbours are close for how long ago it was."""
        at = [k.position.samples for k in self._kept]
        gaps = [(at[k + 1] - at[k - 1]) / (at[-1] - at[k] + 1) for k in range(1, len(at) - 1)]
        del self._kept[1 + gaps.index(min(gaps))]
