"""What a diagnosis is: a pure function of what a run shows, to one sentence, its evidence and a change that helps."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final, NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from engine.adapt import adapt
from engine.errors import LearnscopeError
from engine.experiment import Experiment, check, task
from engine.layers.normalising import Normalising
from engine.network import INPUT, Node
from engine.registry import Kind, Registry

Values = NDArray[np.floating[Any]]

LEARNED: Final = 0.5
"""A run that has learned so much is not called stuck: half of what the best constant answer gets wrong is right."""


class LayerHealth(NamedTuple):
    """One layer: how many of its units are dead or saturated on the training samples, and the next step.

    `gradient` is rms(dL/dW), `weights` rms(W), `ratio` rms(ΔW) / rms(W); NaN where there is none.
    """

    node: Node
    dead: int
    saturated: int
    gradient: float
    weights: float
    ratio: float

    @property
    def id(self) -> str:
        """The layer's name."""
        return self.node.layer.id

    @property
    def units(self) -> int:
        """How many units it has."""
        return self.node.units.size


class Spread(NamedTuple):
    """An input over the training samples: its mean and standard deviation."""

    name: str
    mean: float
    deviation: float


class Past(NamedTuple):
    """The curve since the last edit [point]: epochs, training and test loss (NaN where there is none).

    `highest` is the highest training loss of the whole run.
    """

    epochs: NDArray[np.float64]
    train: NDArray[np.float64]
    test: NDArray[np.float64]
    highest: float


class Evidence(Struct, frozen=True, eq=False):
    """What a run shows at one moment. The arrays belong to the run: nothing may keep them.

    `numbers` and `gradients` are all learned numbers by name, with the slopes of the next step; `diverges` says that it
    would leave the finite numbers. `skill` is how much better than the best constant answer the network does on the
    training samples: 0 no better, 1 all right (for a value R²); NaN where that is not known. `stuck` is the share of
    samples answered wrongly by an output on its flat end. `factor` is what the schedule leaves of the rate. `curvature`
    is the largest eigenvalue of the mean of x xᵀ over the training inputs x with a 1 before them; NaN for very many.
    """

    experiment: Experiment
    step: int
    epoch: int
    past: Past
    layers: tuple[LayerHealth, ...]
    inputs: tuple[Spread, ...]
    numbers: Mapping[str, Values]
    gradients: Mapping[str, Values]
    diverges: bool
    skill: float
    stuck: float
    factor: float = 1.0
    curvature: float = math.nan

    @property
    def normalised(self) -> bool:
        """Whether a layer that brings what it reads to one size reads the inputs."""
        return any(isinstance(x.node.layer, Normalising) and INPUT in x.node.sources for x in self.layers)

    @property
    def struggles(self) -> bool:
        """Whether the network has learned little so far."""
        return not self.skill >= LEARNED

    @property
    def settled(self) -> bool:
        """Whether every sample was seen once: first steps set many a unit and gradient right that began badly."""
        return self.epoch > 0

    @property
    def hidden(self) -> tuple[LayerHealth, ...]:
        """All layers but the output."""
        return self.layers[:-1]


Change = Callable[[Experiment], Experiment]


class Remedy(Struct, frozen=True):
    """A change that helps: what it is called, the change, and whether the run has to start again for it to count.

    Given a `patience`, a run is to end besides after so many epochs without a better result, with its best weights.
    """

    title: str
    change: Change
    again: bool = False
    patience: int = 0

    def made(self, experiment: Experiment) -> Experiment:
        """The changed experiment, its parts fitted together; an error where it can't be made."""
        return check(adapt(self.change(experiment))[0])


class Fact(NamedTuple):
    """A number that a finding rests on."""

    name: str
    value: float


class Finding(Struct, frozen=True, kw_only=True):
    """What is wrong, in one sentence. `record` is the name of what shows it, `layer` where it is, if anywhere.

    `because` explains in a second sentence why that keeps the network from learning. Of the changes that help the best
    is the `remedy`; what may be done instead are the `others`.
    """

    key: str = ""
    title: str = ""
    sentence: str
    because: str
    facts: tuple[Fact, ...]
    record: str
    layer: str = ""
    remedy: Remedy | None = None
    others: tuple[Remedy, ...] = ()


class Diagnosis(Kind, frozen=True):
    """Something that can be wrong with a run. `explains` are the keys of those that are only a consequence of it."""

    registry: ClassVar[Registry[Diagnosis]] = Registry("diagnosis")
    explains: ClassVar[tuple[str, ...]] = ()
    taught: ClassVar[bool] = True
    """Whether it is about a network that has a teacher: a loss that ends at 0, answers that are right or wrong."""

    def examine(self, evidence: Evidence) -> Finding | None:
        """What is found; None where all is well, or where it can't be told."""
        raise NotImplementedError


def diagnose(evidence: Evidence) -> tuple[Finding, ...]:
    """All findings, causes before what follows from them, which is left out."""
    found: dict[str, Finding] = {}
    explained: set[str] = set()
    if not evidence.step and not evidence.diverges:
        return ()  # a run that has not begun has nothing wrong with it
    experiment = evidence.experiment  # what only remembers can't learn badly
    alone = task(experiment) == "unsupervised" or not experiment.model.output.learns
    for entry in Diagnosis.registry:
        if alone and entry.kind.taught:
            continue
        finding = None if entry.key in explained else entry.kind().examine(evidence)
        if finding is not None:
            ways = [r for r in (finding.remedy, *finding.others) if r is not None and _helps(r, evidence.experiment)]
            found[entry.key] = Finding(
                key=entry.key, title=entry.title, sentence=finding.sentence, because=finding.because,
                facts=finding.facts, record=finding.record, layer=finding.layer,
                remedy=ways[0] if ways else None, others=tuple(ways[1:]),
            )  # fmt: skip
            explained.update(entry.kind.explains)
    return tuple(f for key, f in found.items() if key not in explained)


def _helps(remedy: Remedy, experiment: Experiment) -> bool:
    try:
        return remedy.made(experiment) != experiment or remedy.again or remedy.patience > 0
    except LearnscopeError:
        return False


def said(value: float) -> str:
    """A number in a sentence: two digits, 4.5e-5 rather than 4.5e-05, no power of ten below a million."""
    if 100 <= abs(value) < 1e6:
        return f"{value:.0f}"
    return re.sub(r"e([-+])0*", lambda m: f"e{m[1].strip('+')}", f"{value:.2g}")
