"""All learned numbers of a network as one vector, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from engine.arrays import Array, Labelled
from engine.layers.base import Parameter
from engine.network import held_places
from engine.plan import Plan

Vector = NDArray[np.float64]


@final
class Form:
    """Where each array stands in the vector [count] of all learned numbers of a plan; padding between them is 0.

    Two plans whose forms are equal have vectors that mean the same.
    """

    def __init__(self, plan: Plan) -> None:
        numbers = plan.lowered.numbers
        base = numbers.value.at
        self.count = numbers.value.columns
        self._places = {n: (a.parameter, a.value._replace(at=a.value.at - base)) for n, a in numbers.arrays.items()}
        self._followers = {b.mine.name: (b.owner.name, b.tie.turned) for b in plan.lowered.bonds if b.hard}
        self._frozen = tuple(held_places(plan.lowered.nodes, plan.experiment.model.frozen))
        self._held = frozenset(n for n, a in numbers.arrays.items() if not a.learns)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Form) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[Any, ...]:
        arrays = tuple((name, parameter.labels, place.at) for name, (parameter, place) in self._places.items())
        return arrays, self._held

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        """The arrays by name, without those that only follow another."""
        return {name: p for name, (p, _) in self._places.items() if name not in self._followers}

    def array(self, vector: NDArray[Any], name: str) -> NDArray[Any]:
        """One array of a vector, with the axes of its parameter, as a view."""
        parameter, place = self._places[name]
        return place.view(vector).reshape(parameter.shape)

    def direction(self, parts: Mapping[str, NDArray[np.float64]]) -> Vector:
        """A direction from its parts by name: what follows another array moves with it, what is frozen does not."""
        found = np.zeros(self.count)
        for name, values in parts.items():
            self.array(found, name)[...] = 0 if name in self._held else values
        for name, where in self._frozen:
            self.array(found, name)[where] = 0
        for name, (owner, turned) in self._followers.items():
            values = self.array(found, owner)
            self.array(found, name)[...] = values.T if turned else values
        return found

    def labelled(self, vector: NDArray[Any]) -> tuple[Labelled, ...]:
        """The arrays of a vector with their labels, as a machine's `assign` takes them."""
        return tuple(
            Labelled(name, parameter.labels, Array(self.array(vector, name)))
            for name, parameter in self.parameters.items()
        )


def vector_of(plan: Plan) -> NDArray[np.floating[Any]]:
    """The learned numbers of a plan now: a view, in the plan's precision."""
    found: NDArray[np.floating[Any]] = plan.view(plan.lowered.numbers.value)[0]
    return found
