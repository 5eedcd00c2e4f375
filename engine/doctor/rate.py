"""A rate that is too high or too low."""

from __future__ import annotations

from functools import partial
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from engine.doctor import _remedies as remedies
from engine.doctor.base import Diagnosis, Evidence, Fact, Finding, Remedy, said
from engine.experiment import task
from engine.registry import register

POINTS: Final = 24
"""The least number of points of the curve by which a rate is judged."""

SWING: Final = 0.15
"""A usual change of the loss from one point to the next, as a share of the loss, from which it is said to jump. The
noise of small batches stays below it while there is much left to learn."""

PROGRESS: Final = 0.8
"""What is left of the loss in the later half of the curve, as a share of the earlier half, if a run gets ahead."""

HIGH: Final = 0.3
"""A loss of a smaller share of the run's highest is that of a net that learns, whatever it does."""

GROWN: Final = 2.0
"""A loss so many times as large as where the curve began has grown."""

LARGE_STEP: Final = 0.1
"""A step of more than a tenth of the weights overwrites rather than refines them; about 1e-3 is usual."""

BLOCKS: Final = 8
"""Stretches of the curve whose means must fall one after the other, if the loss falls steadily."""

CREEP: Final = 0.1
"""A fall by a smaller share of the loss in all that time is hardly one."""

SEEN: Final = 1e-4
"""The smallest share by which a loss must fall to be seen falling: below it float32 rounds."""

EPOCHS: Final = 10.0
"""Epochs after which a usual run has fallen by more than that."""

TINY_STEP: Final = 1e-3
"""A usual step is about a thousandth of the weights; creeping ones are smaller."""


@register("Rate too high")
class RateTooHigh(Diagnosis, tag="rate-too-high", frozen=True):
    """Steps overshoot: the loss jumps up and down or grows in place of falling, or the next step would diverge."""

    taught: ClassVar[bool] = False

    def examine(self, evidence: Evidence) -> Finding | None:
        experiment = evidence.experiment
        if not remedies.has_rate(experiment):
            return None
        rate = experiment.training.optimiser.rate
        if evidence.diverges:
            return self._finding(
                f"At a rate of {rate:g} the next step would leave the finite numbers.",
                (),
                rate,
                min(remedies.slower(rate, 10), remedies.usual_rate(experiment)),
            )
        loss = evidence.past.train[np.isfinite(evidence.past.train)]
        if len(loss) < POINTS or not evidence.struggles or task(experiment) == "unsupervised":
            return None
        earlier, later = (float(np.median(part)) for part in np.array_split(loss, 2))
        swing = float(np.median(np.abs(np.diff(loss[len(loss) // 2 :])))) / later if later > 0 else 0.0
        largest = max((x.ratio for x in evidence.layers if np.isfinite(x.ratio)), default=0.0)
        facts = (
            Fact("usual jump of the loss", swing),
            Fact("loss lately", later),
            Fact("loss at first", float(loss[0])),
            Fact("next step, as a share of the weights", largest),
        )
        if later < HIGH * evidence.past.highest:
            return None
        if later > GROWN * loss[0] and largest > LARGE_STEP:
            sentence = f"At a rate of {rate:g} the loss has grown from {said(loss[0])} to {said(later)}."
        elif swing > SWING and later > PROGRESS * earlier:
            sentence = f"At a rate of {rate:g} the loss jumps by {swing:.0%} from point to point and does not fall."
        else:
            return None
        return self._finding(sentence, facts, rate, remedies.slower(rate, 3))

    @staticmethod
    def _finding(sentence: str, facts: tuple[Fact, ...], rate: float, less: float) -> Finding:
        diverges = not facts
        return Finding(
            sentence=sentence,
            because="Steps that are too long overshoot the valley and land higher on its other side.",
            facts=facts or (Fact("rate", rate),),
            record="loss",
            remedy=Remedy(
                f"Start again with a rate of {less:g}" if diverges else f"Lower the rate to {less:g}",
                partial(remedies.with_rate, rate=less),
                again=diverges,
            ),
        )


@register("Rate too low")
class RateTooLow(Diagnosis, tag="rate-too-low", frozen=True):
    """The loss falls steadily, but so slowly that it would take hundreds of epochs to get anywhere."""

    def examine(self, evidence: Evidence) -> Finding | None:
        experiment, past = evidence.experiment, evidence.past
        if not remedies.has_rate(experiment) or not evidence.struggles or len(past.train) < POINTS:
            return None
        epochs = float(past.epochs[-1] - past.epochs[0])
        steps = [x.ratio for x in evidence.layers if np.isfinite(x.ratio)]
        fallen = _steady_fall(past.train)
        if epochs < EPOCHS or not steps or max(steps) > TINY_STEP or not SEEN < fallen < CREEP:
            return None
        rate = experiment.training.optimiser.rate
        more = remedies.faster(rate, 10)
        return Finding(
            sentence=f"At a rate of {rate:g} the loss falls steadily but hardly: by {fallen:.2g} of itself in "
            f"{epochs:.0f} epochs.",
            because="The direction is right; longer steps would get there sooner.",
            facts=(
                Fact("share of the loss lost", fallen),
                Fact("epochs", round(epochs)),
                Fact("next step, as a share of the weights", max(steps)),
            ),
            record="loss",
            remedy=Remedy(f"Raise the rate to {more:g}", partial(remedies.with_rate, rate=more)),
        )


def _steady_fall(loss: NDArray[np.float64]) -> float:
    """The share of the loss that was lost, if every stretch is below the one before and the fall does not slow down."""
    means = np.array([part.mean() for part in np.array_split(loss, BLOCKS)])
    steps = -np.diff(means)
    if not np.isfinite(means).all() or not (steps > 0).all():
        return 0.0
    half = len(steps) // 2
    slows = steps[-half:].sum() < 0.5 * steps[:half].sum()
    return 0.0 if slows else float(1 - means[-1] / means[0])
