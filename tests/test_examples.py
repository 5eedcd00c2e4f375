"""The bundled experiments: all open, all say what to look for, all run; the spirals are learned."""

from __future__ import annotations

import re

import pytest

from engine import examples, files
from engine.errors import FileError
from engine.machines import build

STUCK = {"zero-weights", "xor-one-neuron", "deep-sigmoid", "vanishing", "twins"}
"""Those that show how nothing is learned, at least not soon: their loss stays near ln 2."""

SLOW = {"slow-start", "saturated"}
"""Those that show how learning is slow."""

RIGHT = 1e-12
"""A loss that is rounding alone."""

REQUIRED = {"circle", "xor", "gauss", "spiral", "moons", "three-spirals", "rings", "sine"}


def test_at_least_twelve_and_those_the_course_names() -> None:
    assert len(examples.names()) >= 12
    assert set(examples.names()) >= REQUIRED
    assert examples.DEFAULT in examples.names()
    assert set(examples.ORDER) <= set(examples.names())


@pytest.mark.parametrize("name", examples.names())
def test_an_example_is_written_as_we_write_and_says_one_sentence(name: str) -> None:
    experiment = examples.load(name)
    write = files.dumps if examples.file(name).suffix == ".learn" else files.to_json
    assert examples.file(name).read_bytes() == write(experiment)
    assert experiment.name
    assert experiment.sentence.endswith(".")
    assert experiment.sentence.count(". ") == 0
    assert 40 < len(experiment.sentence) <= 140
    if examples.section(name) == "by-hand":
        assert re.search(r"(lines?|section|unit|chapter) ", experiment.notes.partition("\n\n")[2]), "no source"
    else:
        assert experiment.notes == experiment.sentence


def test_titles_differ() -> None:
    titles = [examples.load(name).name for name in examples.names()]
    assert len(set(titles)) == len(titles)


def test_an_unknown_one_names_the_nearest() -> None:
    with pytest.raises(FileError, match=r"no bundled experiment “spirall”; did you mean “spiral”"):
        examples.load("spirall")
    with pytest.raises(FileError, match=r"neither a bundled experiment nor a file; did you mean “moons”"):
        examples.find("moon")


@pytest.mark.parametrize("name", examples.names())
def test_an_example_runs(name: str) -> None:
    machine = build(examples.load(name))
    before, _ = machine.scores()
    machine.advance("epoch", 30, 20.0)
    after, _ = machine.scores()
    if name == "too-fast":
        assert machine.stop is not None
        assert machine.stop.reason == "diverged"
        return
    assert machine.stop is None
    assert machine.position.epoch == 30
    assert before.loss is not None
    assert after.loss is not None
    if name in STUCK:
        assert after.loss > 0.6
    elif name in SLOW:
        assert after.loss < before.loss
    elif 0 <= before.loss < RIGHT:
        assert after.loss < RIGHT, "what is right from the start stays so"
    else:
        assert after.loss < 0.9 * before.loss


@pytest.mark.parametrize(("name", "epochs", "least"), [("spiral", 20_000, 0.95), ("three-spirals", 5_000, 0.9)])
@pytest.mark.parametrize("seed", [0, 3])
def test_the_spirals_are_learned(name: str, epochs: int, least: float, seed: int) -> None:
    from app.commands.opening import edited

    machine = build(edited(examples.load(name), [], seed)[0])
    machine.advance("epoch", epochs, 60.0)
    accuracy = machine.scores()[1].accuracy
    assert accuracy is not None
    assert accuracy >= least
