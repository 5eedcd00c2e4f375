"""Saving, closing, opening and going on gives the same bits as never having stopped, whatever the experiment."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from engine import files
from engine.experiment import Experiment
from engine.machines import build
from tests.strategies import experiments


def small(experiment: Experiment) -> Experiment:
    """The same experiment with few samples."""
    source = experiment.data.source
    if "count" in source.__struct_fields__:
        source = replace(source, count=min(source.count, 40))  # type: ignore[attr-defined]
    return replace(experiment, data=replace(experiment.data, source=source))


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(experiments().map(small), st.integers(0, 30), st.integers(0, 12), st.integers(1, 40))
def test_a_run_goes_on_as_if_it_had_never_stopped(
    experiment: Experiment, batches: int, samples: int, later: int
) -> None:
    machine = build(experiment)
    machine.advance("batch", batches, 30.0)
    machine.advance("sample", samples, 30.0)
    saved = files.dumps(experiment, machine.state())

    document = files.loads(saved)
    again = build(document.experiment)
    assert document.state is not None
    again.restore(document.state)
    assert files.dumps(again.experiment, again.state()) == saved

    for running in (machine, again):
        running.advance("batch", later, 30.0)
    assert machine.position == again.position
    assert files.dumps(experiment, machine.state()) == files.dumps(document.experiment, again.state())
