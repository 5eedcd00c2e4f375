"""Networks by design, run through the real machine: truth tables, products, single neurons, m of n."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from engine import examples, paths
from engine.arrays import Array
from engine.datasets.logic import AnyTable, AtLeast, rows
from engine.design.lines import Join, Line, from_lines, lines_of
from engine.design.products import fewest, fires_on, holds, of_rows, primes, written
from engine.design.separable import neuron, neurons
from engine.design.truth import READY, Form, from_counting, from_table, parts
from engine.design.units import Unit
from engine.errors import ExperimentError
from engine.experiment import Experiment
from engine.machines.supervised import Supervised
from tests.engine.nets import numbers, same

TABLES = [outputs for n in (1, 2, 3) for outputs in product((0, 1), repeat=2**n)]
"""All 4 + 16 + 256 tables of up to three inputs."""


def answers(machine: Supervised) -> tuple[int, ...]:
    """What the run says to the rows of its table."""
    x = rows(len(machine.experiment.data.features))
    return tuple(machine.answers(x)[:, 0].astype(int).tolist())


@pytest.mark.parametrize("form", ["rows", "fewest"])
def test_every_table_of_up_to_three_inputs_is_answered(form: Form) -> None:
    machine = Supervised(examples.load("spiral"))
    for outputs in TABLES:
        machine.change(from_table(machine.experiment, outputs, form))
        assert answers(machine) == outputs
        assert machine.scores()[0].accuracy == 1.0
    machine.reset()
    assert answers(machine) == TABLES[-1]


def test_every_separable_table_of_up_to_three_inputs_is_answered_by_one_neuron() -> None:
    machine = Supervised(examples.load("spiral"))
    built = 0
    for outputs in TABLES:
        if neuron(outputs) is not None:
            machine.change(from_table(machine.experiment, outputs, "neuron"))
            assert answers(machine) == outputs
            assert len(machine.experiment.model.layers) == 1
            built += 1
    assert built == 4 + 14 + 104


def test_a_network_that_was_built_is_taken_back_in_a_run() -> None:
    experiment = examples.load("spiral")
    machine = Supervised(experiment)
    machine.advance("batch", 30, 60)
    before = numbers(machine)
    destroyed = machine.change(from_table(experiment, (0, 1, 1, 0), "rows"))
    machine.advance("epoch", 5, 60)
    assert answers(machine) == (0, 1, 1, 0), "the perceptron's rule corrects nothing where all is right"
    machine.change(experiment, destroyed)
    assert same(numbers(machine), before)


@pytest.mark.parametrize(("inputs", "tables"), [(1, 4), (2, 14), (3, 104), (4, 1882)])
def test_all_weights_up_to_three_find_all_separable_tables(inputs: int, tables: int) -> None:
    """OEIS A000609: the numbers of threshold functions, so no table that a neuron can answer is missed."""
    found = neurons(inputs)
    assert len(found) == tables
    for outputs, unit in list(found.items())[::7]:
        assert tuple((rows(inputs) @ unit.weights >= unit.threshold).astype(int).tolist()) == outputs


def test_xor_has_no_neuron() -> None:
    assert neuron((0, 1, 1, 0)) is None
    with pytest.raises(ExperimentError, match="no plane separates"):
        parts((0, 1, 1, 0), "neuron")


@pytest.mark.parametrize(
    ("outputs", "every", "least"),
    [
        ((0, 1, 1, 0), "¬x₁ x₂ + x₁ ¬x₂", "x₁ ¬x₂ + ¬x₁ x₂"),
        ((0, 0, 0, 1, 0, 1, 1, 1), "¬x₁ x₂ x₃ + x₁ ¬x₂ x₃ + x₁ x₂ ¬x₃ + x₁ x₂ x₃", "x₁ x₂ + x₁ x₃ + x₂ x₃"),
        ((1, 1, 0, 1), "¬x₁ ¬x₂ + ¬x₁ x₂ + x₁ x₂", "¬x₁ + x₂"),
        ((0, 0), "0", "0"),
        ((1, 1), "¬x₁ + x₁", "1"),
    ],
)
def test_sums_of_products_as_they_are_written(outputs: tuple[int, ...], every: str, least: str) -> None:
    assert written(of_rows(outputs)) == every
    assert written(fewest(outputs)) == least


def test_the_example_of_quine_and_mccluskey() -> None:
    """f = Σ m(4, 8, 10, 11, 12, 15) + d(9, 14) with the don't-cares as 0: all primes by hand."""
    ones = {4, 8, 10, 11, 12, 15}
    outputs = tuple(int(k in ones) for k in range(16))
    assert set(primes(outputs)) == {
        (None, 1, 0, 0), (1, None, 0, 0), (1, 0, None, 0), (1, 0, 1, None), (1, None, 1, 1),
    }  # fmt: skip
    # 4 and 12 by x₂ ¬x₃ ¬x₄, 11 and 15 by x₁ x₃ x₄, and 8 and 10 by x₁ ¬x₂ ¬x₄
    assert written(fewest(outputs)) == "x₁ ¬x₂ ¬x₄ + x₁ x₃ x₄ + x₂ ¬x₃ ¬x₄"


@pytest.mark.parametrize("seed", range(40))
def test_the_fewest_products_answer_tables_of_four_inputs(seed: int) -> None:
    outputs = tuple(np.random.default_rng(seed).integers(0, 2, 16).tolist())
    least, table = fewest(outputs), rows(4).astype(int).tolist()
    assert tuple(int(any(holds(p, row) for p in least)) for row in table) == outputs
    assert len(least) <= len(of_rows(outputs))
    for one in least:
        unit = fires_on(one)
        assert [np.dot(row, unit.weights) >= unit.threshold for row in table] == [holds(one, row) for row in table]
        others = [p for p in least if p != one]
        assert any(holds(one, row) and not any(holds(p, row) for p in others) for row in table), "none is idle"


@pytest.mark.parametrize(("wanted", "inputs"), [(m, n) for n in range(1, 7) for m in range(1, n + 1)])
def test_m_of_n_is_one_neuron(wanted: int, inputs: int) -> None:
    machine = Supervised(from_counting(examples.load("xor"), wanted, inputs))
    assert answers(machine) == tuple(int(sum(row) >= wanted) for row in product((0, 1), repeat=inputs))
    assert machine.scores()[0].accuracy == 1.0
    held = numbers(machine)
    assert held["neuron.weight"].tolist() == [[1.0]] * inputs
    assert held["neuron.bias"] == [0.5 - wanted]


@pytest.mark.parametrize("wanted", [1, 2, 3, 4])
def test_the_smallest_neuron_of_m_of_n_is_the_one_of_the_books(wanted: int) -> None:
    outputs = AtLeast(n=4, m=wanted).outputs
    assert neuron(outputs) == Unit((1.0,) * 4, wanted - 0.5)


def test_more_than_there_are_can_not_be_wanted() -> None:
    with pytest.raises(ExperimentError, match="1 ≤ m ≤ n ≤ 6"):
        from_counting(examples.load("xor"), 3, 2)


def test_tables_by_name() -> None:
    by_name = {key: ready.outputs(ready.inputs[0]) for key, ready in READY.items()}
    assert by_name == {
        "and": (0, 0, 0, 1), "or": (0, 1, 1, 1), "not": (1, 0), "nand": (1, 1, 1, 0), "nor": (1, 0, 0, 0),
        "xor": (0, 1, 1, 0), "majority": (0, 0, 0, 1), "parity": (0, 1, 1, 0),
    }  # fmt: skip
    assert READY["majority"].outputs(3) == (0, 0, 0, 1, 0, 1, 1, 1)
    assert READY["parity"].outputs(3) == (0, 1, 1, 0, 1, 0, 0, 1)


def test_a_table_is_a_number_read_from_its_first_row() -> None:
    assert AnyTable.of((0, 1, 1, 0)) == AnyTable(count=4, n=2, number=6)
    assert AnyTable(n=2, number=0b10110).outputs == (0, 1, 1, 0), "of a number too large the last digits count"
    assert all(AnyTable.of(outputs).outputs == outputs for outputs in TABLES)
    drawn = AnyTable.of((0, 1, 1, 0, 1, 0, 0, 1)).samples(0)
    assert drawn.columns == ("x1", "x2", "x3")
    assert np.array_equal(drawn.x, rows(3))
    assert drawn.train(0.1).all()


def test_nothing_of_the_network_before_is_left() -> None:
    base: Experiment = examples.load("digits")
    made = from_table(base, (0, 1, 1, 0), "fewest")
    assert [x.id for x in made.model.layers] == ["products", "or"]
    assert {n.name for n in made.model.start} == {f"{k}.{p}" for k in ("products", "or") for p in ("weight", "bias")}
    again = from_table(made, (0, 1, 1, 1), "fewest")
    assert [x.id for x in again.model.layers] == ["products-2", "or-2"]
    assert isinstance(again.model.start[0].values, Array)


CORNERS = [(-2.0, -2.0), (2.0, -2.0), (2.0, 2.0), (-2.0, 2.0)]
SQUARE = list(zip(CORNERS, CORNERS[1:] + CORNERS[:1], strict=True))
"""Four lines drawn around the square of side 4, each with the square on its left."""


def said(experiment: Experiment, places: list[tuple[float, float]]) -> list[int]:
    """What the network that was built answers at places, run through the machine."""
    return Supervised(experiment).answers(np.array(places))[:, 0].astype(int).tolist()  # type: ignore[no-any-return]


def test_a_line_fires_on_the_left_of_the_way_it_was_drawn() -> None:
    line = Line.through((-1, 1), (3, 1))
    assert line == Line((0, 1), 1)
    assert line.above((7, 4)) == 3
    base = examples.load("circle")
    assert said(from_lines(base, [line], "all"), [(0, 1.5), (0, 0.5), (-5, 1.1), (5, 0.9)]) == [1, 0, 1, 0]
    assert said(from_lines(base, [line.turned], "all"), [(0, 1.5), (0, 0.5)]) == [0, 1]
    with pytest.raises(ExperimentError, match="two different places"):
        Line.through((1, 1), (1, 1))


def test_lines_around_a_square_bound_it_or_leave_it_out() -> None:
    base, lines = examples.load("circle"), [Line.through(*pair) for pair in SQUARE]
    places = [(0.0, 0.0), (1.9, 1.9), (-1.9, 1.9), (2.1, 0.0), (0.0, -2.1), (-3.0, 3.0)]
    assert said(from_lines(base, lines, "all"), places) == [1, 1, 1, 0, 0, 0]
    outside = [line.turned for line in lines]
    assert said(from_lines(base, outside, "any"), places) == [0, 0, 0, 1, 1, 1]


@pytest.mark.parametrize("join", ["all", "any"])
def test_lines_answer_as_their_sides_say(join: Join) -> None:
    random = np.random.default_rng(3)
    lines = [Line.through(a, b) for a, b in (((0, 1), (3, 0)), ((1, -3), (2.5, 4)), ((-4, -3), (5, -1)))]
    places = [tuple(p) for p in random.uniform(-6, 6, (200, 2)).tolist()]
    sides = [[line.above(p) >= 0 for line in lines] for p in places]
    expected = [int(all(row) if join == "all" else any(row)) for row in sides]
    assert 0 < sum(expected) < 200
    assert said(from_lines(examples.load("circle"), lines, join), places) == expected


def test_the_lines_of_a_network_are_read_from_it() -> None:
    base, lines = examples.load("circle"), tuple(Line.through(*pair) for pair in SQUARE)
    assert lines_of(base) is None
    known = lines_of(from_lines(base, lines, "any"))
    assert known is not None
    assert known[1] == "any"
    assert known[0] == lines
    table = lines_of(from_table(base, (0, 1, 1, 0), "rows"))
    assert table is not None, "two products of two inputs are two lines"
    assert len(table[0]) == 2


@pytest.mark.parametrize(
    ("experiment", "why"),
    [
        (examples.load("digits"), "Pictures have no plane"),
        (examples.load("sine"), "two classes"),
        (examples.load("blobs"), "two classes"),
        (paths.assign(examples.load("circle"), "data.features", ("x1", "x2", "x1*x2")), "reads just x1 and x2"),
        (paths.assign(examples.load("circle"), "data.plane", ("x2", "x1")), "reads just x2 and x1"),
    ],
)
def test_lines_need_two_classes_over_two_plain_inputs(experiment: Experiment, why: str) -> None:
    with pytest.raises(ExperimentError, match=why):
        from_lines(experiment, [Line((0, 1), 1)], "all")
