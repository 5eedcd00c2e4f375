"""Notations: with which letters books write the quantities of a network, and how they number its neurons."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple


class Letters(NamedTuple):
    """The letters of a layer. What stands behind a low line belongs to the index: y_in is y with the index in."""

    net: str
    output: str
    weight: str = "w"
    bias: str = "b"
    """Empty where a bias is the weight from a neuron 0."""
    delta: str = "δ"


class Notation(NamedTuple):
    """How the quantities of a network are written; `used` says where.

    Neurons are counted in their layer, whose number stands as upper index, or through the whole network behind its
    inputs. The index of a weight begins with the neuron it leads to (`to_first`) or with the one it comes from. δ is
    the slope of the loss at the weighted sum or, as a share of the `blame`, what has the other sign.
    """

    key: str
    title: str
    used: str
    letters: Letters
    hidden: Letters
    input: str = "x"
    target: str = "t"
    rate: str = "η"
    loss: str = "L"
    counted: Literal["layer", "network"] = "layer"
    to_first: bool = False
    blame: bool = False
    first: int = 1
    """The number of the first layer behind the inputs."""
    weights_before: bool = False
    """Whether weights have the number of the layer they come from."""
    layers_told: bool = False
    """Whether the letters tell layers apart, so that one hidden layer needs no number."""

    def letters_of(self, hidden: bool) -> Letters:
        """The letters of a layer."""
        return self.hidden if hidden else self.letters


_PLAIN: Final = Letters("z", "a")
_MITCHELL: Final = Letters("net", "o", bias="")
_HAYKIN: Final = Letters("v", "y")
_HAN: Final = Letters("I", "O", bias="θ", delta="Err")
_NG: Final = Letters("z", "a", "Θ", bias="")

NOTATIONS: Final = (
    Notation("plain", "z, a, δ", "as in most books of today", _PLAIN, _PLAIN),
    Notation("in", "y_in, z, v", "as in Fausett: y and w at the output, z and v at a hidden layer",
             Letters("y_in", "y", bias=""), Letters("z_in", "z", "v", bias=""), rate="α", loss="E", blame=True,
             layers_told=True),
    Notation("energy", "v, y, d", "as in Haykin: v is the sum, d the desired answer", _HAYKIN, _HAYKIN, target="d",
             loss="E", to_first=True, blame=True),
    Notation("deep", "z, h, ŷ", "as in Goodfellow: h at a hidden layer, ŷ the answer, y what it should be, ε the rate",
             Letters("z", "ŷ"), Letters("z", "h"), target="y", rate="ε"),
    Notation("net", "net, o, δ", "as in Mitchell: neurons are counted through, δ is −∂E/∂net", _MITCHELL, _MITCHELL,
             loss="E", counted="network", to_first=True, blame=True),
    Notation("theta", "Θ, z, a", "as in Ng: the inputs are layer 1, J is the cost", _NG, _NG, target="y", rate="α",
             loss="J", to_first=True, first=2, weights_before=True),
    Notation("err", "I, O, Err", "as in Han and Kamber: neurons are counted through, θ is the bias, l the rate", _HAN,
             _HAN, target="T", rate="l", loss="E", counted="network", blame=True),
)  # fmt: skip
"""One entry for each notation; the first is used where none is chosen."""

PLAIN: Final = NOTATIONS[0]


def notation(key: str) -> Notation:
    """The notation with a key; the first where there is none."""
    return next((n for n in NOTATIONS if n.key == key), PLAIN)
