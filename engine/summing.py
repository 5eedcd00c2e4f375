"""How the z of a neuron comes about from what it reads."""

from __future__ import annotations

from typing import Final, NamedTuple


class Summing(NamedTuple):
    """How the z of a neuron comes about: z = `total` + b, with s = Σ `term` over all numbers x that it reads.

    Expressions in x, the weight w that it is read by, and s. `by_weight` is ∂z/∂w, `by_input` ∂z/∂x. `title` and
    `help` say what z is.
    """

    title: str
    help: str
    term: str
    by_weight: str
    by_input: str
    total: str = "s"

    @property
    def is_affine(self) -> bool:
        """Whether the answers are those of z = x W + b, whatever else is done while the network learns."""
        return (self.term, self.total) == ("w*x", "s")


WEIGHTED: Final = Summing("weighted sum", "what the neuron reads, each times its weight, and the bias", "w*x", "x", "w")
SILENCED: Final = WEIGHTED._replace(
    help=f"{WEIGHTED.help}; while the network learns, some of the weights are silent by chance"
)
NEARNESS: Final = Summing(
    "nearness", "minus half the squared distance from the neuron's place", "(x - w)^2", "x - w", "w - x", "-(1/2*s)"
)
