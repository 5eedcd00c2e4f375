"""Whose weights a layer has: its own, or those of another layer, turned or not, or its own drawn to another's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, NamedTuple

from msgspec.structs import replace

from engine.fields import layer, number
from engine.registry import Kind, Registry, register

Owner = Annotated[str, layer("of", "the layer whose weights these are; it stands before this one")]


class Tie(NamedTuple):
    """An array of a layer, `name`, that follows one of another layer, `owner` (`h1.weight`), turned or not.

    With a pull of 0 both are the same numbers; else each is drawn to the other: the loss grows by pull/2 ‖A - B‖².
    """

    name: str
    owner: str
    turned: bool
    pull: float


class Sharing(Kind, frozen=True):
    """Whose weights a layer has."""

    registry: ClassVar[Registry[Sharing]] = Registry("sharing")

    def tie(self) -> Tie | None:
        """Return the tie of the weights; None where they are the layer's own."""
        return None

    def renamed(self, ids: Mapping[str, str]) -> Sharing:
        """The same between layers that have other ids."""
        return self


class Following(Sharing, frozen=True):
    """What is shared with another layer; `of` nobody means not yet."""

    of: Owner = ""

    def renamed(self, ids: Mapping[str, str]) -> Sharing:
        return replace(self, of=ids.get(self.of, self.of))


@register("Own")
class Own(Sharing, tag="by-itself", frozen=True):
    """The layer has weights of its own."""


@register("Shared")
class Shared(Following, tag="shared", frozen=True):
    """The layer has the weights of another one, W = V: both places teach them (hard sharing)."""

    def tie(self) -> Tie | None:
        return Tie("weight", f"{self.of}.weight", False, 0.0) if self.of else None


@register("Transposed")
class Turned(Following, tag="turned", frozen=True):
    """The layer has the weights of another one transposed, W = Vᵀ: the way back of an autoencoder."""

    def tie(self) -> Tie | None:
        return Tie("weight", f"{self.of}.weight", True, 0.0) if self.of else None


@register("Soft-shared")
class Drawn(Following, tag="drawn", frozen=True):
    """The layer has weights of its own that are drawn to those of another one by λ/2 ‖W - V‖² (soft sharing)."""

    strength: Annotated[float, number("λ", "how strongly both draw each other", above=0, high=100, log=True)] = 0.01

    def tie(self) -> Tie | None:
        return Tie("weight", f"{self.of}.weight", False, self.strength) if self.of else None


if TYPE_CHECKING:
    AnySharing = Sharing
else:
    AnySharing = Sharing.registry.union()
