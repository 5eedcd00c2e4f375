"""What is dear to look at is made seldom while a run goes on, and always when it stands."""

from __future__ import annotations

from functools import partial

import numpy as np

from engine.machines._pacing import CHEAP, REST, Pacing
from engine.machines.supervised import Supervised
from engine.records import Want
from tests.engine.nets import digits


class Bench:
    """A clock that goes as far as what is made costs."""

    def __init__(self) -> None:
        self.now = 0.0
        self.made: list[str] = []
        self.pacing = Pacing(lambda: self.now, lambda: self.now)

    def picture(self, *, hurried: bool = True, **costs: float) -> dict[str, str]:
        """A picture of things by their costs: what each was when it was made."""

        def make(name: str) -> str:
            self.now += costs[name]
            self.made.append(name)
            return f"{name} at {self.now:.3f}"

        self.pacing.begin(costs)
        return {name: self.pacing.get(name, partial(make, name), hurried=hurried) for name in costs}


def test_cheap_things_are_made_for_every_picture() -> None:
    bench = Bench()
    for _ in range(3):
        bench.picture(map=CHEAP / 2)
    assert bench.made == ["map"] * 3


def test_a_dear_thing_rests_fifteen_times_as_long_as_it_took() -> None:
    bench = Bench()
    first = bench.picture(scores=0.1)
    bench.now += 0.99 * REST * 0.1
    assert bench.picture(scores=0.1) == first
    bench.now += 0.02 * REST * 0.1
    assert bench.picture(scores=0.1) != first
    assert bench.made == ["scores"] * 2


def test_of_dear_things_one_is_made_for_a_picture() -> None:
    bench = Bench()
    bench.picture(a=0.1, b=0.1)
    bench.now += 100
    bench.made.clear()
    bench.picture(a=0.1, b=0.1)
    bench.picture(a=0.1, b=0.1)
    assert bench.made == ["a", "b"]


def test_whoever_is_in_no_hurry_gets_what_is_now() -> None:
    bench = Bench()
    for _ in range(3):
        bench.picture(scores=1.0, hurried=False)
    assert bench.made == ["scores"] * 3


def test_after_a_jump_nothing_is_kept() -> None:
    bench = Bench()
    bench.picture(scores=1.0)
    bench.pacing.forget()
    bench.picture(scores=1.0)
    assert bench.made == ["scores"] * 2


def test_a_snapshot_in_a_hurry_says_of_which_step_its_scores_are() -> None:
    machine = Supervised(digits())
    machine._pacing = Pacing(lambda: 0.0, iter(np.arange(10_000.0)).__next__)  # everything is dear
    wants = frozenset({Want("pictures")})
    first = machine.snapshot(wants, hurried=True)
    machine.advance("batch", 1)
    hurried = machine.snapshot(wants, hurried=True)
    assert hurried.position.step == 1
    assert (hurried.scored_at, hurried.test) == (first.scored_at, first.test) == (0, first.test)
    assert hurried.records == first.records
    now = machine.snapshot(wants)
    assert now.scored_at == 1
    assert now.test == machine.scores()[1] != first.test
    assert now.records[Want("pictures")] is not first.records[Want("pictures")]
