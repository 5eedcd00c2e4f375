"""The mean of the weights over the steps."""

from __future__ import annotations

from typing import ClassVar

from engine.registry import register
from engine.regularisers.base import Regulariser


@register("Averaged weights")
class AveragedWeights(Regulariser, tag="averaged-weights", frozen=True):
    """The answer is given by the mean of the weights over all steps: m ← m + (w - m) / n after step n.

    Learning goes on with the weights w themselves, and they are what diagram, inspector and calculation show; scores,
    curve and surface are those of the mean. It begins with the first step after this was put in, and what is set by
    hand is set in the mean too. After 16 384 steps only every second one counts, for two; after twice as many every
    fourth, for four, and so on: what counts less would be lost in rounding. Of perceptrons: Freund, Schapire 1999,
    Collins 2002; of any descent: Polyak, Juditsky 1992. What layers keep, such as running means, is not averaged.
    """

    averages: ClassVar[bool] = True
