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

    def picture(self, *, hurried: bool = True, **costs: float) -> dict[str, str | None]:
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


def test_a_dear_thing_is_owed_when_it_rested_fifteen_times_as_long_as_it_took() -> None:
    bench = Bench()
    first = bench.picture(scores=0.1)
    bench.now += 0.99 * REST * 0.1
    assert bench.picture(scores=0.1) == first
    assert not bench.pacing.pay()
    bench.now += 0.02 * REST * 0.1
    assert bench.picture(scores=0.1) == first, "no picture waits for it"
    assert bench.pacing.pay()
    assert bench.picture(scores=0.1) != first
    assert bench.made == ["scores"] * 2


def test_of_what_is_owed_one_is_made_at_a_time() -> None:
    bench = Bench()
    bench.picture(a=0.1, b=0.1)
    bench.now += 100
    bench.made.clear()
    bench.picture(a=0.1, b=0.1)
    bench.picture(a=0.1, b=0.1)
    assert [bench.pacing.pay() for _ in range(3)] == [True, True, False]
    assert bench.made == ["a", "b"]


def test_what_is_known_to_be_dear_is_not_made_at_once_when_somebody_comes_back_to_it() -> None:
    bench = Bench()
    bench.picture(doctor=0.1)
    bench.picture(map=0.0)
    assert bench.picture(doctor=0.1) == {"doctor": None}
    assert bench.pacing.pay()
    assert bench.picture(doctor=0.1)["doctor"]


def test_what_nobody_wants_any_more_is_not_owed() -> None:
    bench = Bench()
    bench.picture(a=0.1, b=0.1)
    bench.now += 100
    bench.picture(a=0.1, b=0.1)
    bench.picture(b=0.1)
    assert [bench.pacing.pay() for _ in range(2)] == [True, False]
    bench.now += 100
    bench.picture(b=0.1)
    bench.picture(b=0.1, hurried=False)
    assert not bench.pacing.pay(), "it has just been made"


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
