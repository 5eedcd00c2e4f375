"""The worked examples of the course texts: every number within the tolerance that can be asked of it.

Where a text is misprinted, the right value is asked for; the experiment's notes say what is printed.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from engine import examples, paths
from engine.arrays import Array, Labelled
from engine.experiment import nodes
from engine.explanations import Step, explain
from engine.machines.supervised import Supervised
from engine.producers.calculation import Calculation
from engine.records import Want

THIRTEEN = """
0.500 0.500 0.500 7 | 0.360 -0.120 0.100 6 | 0.300 -0.180 0.060 5 | 0.240 -0.140 0.140 4 | 0.180 -0.200 0.100 5
0.120 -0.160 0.180 4 | 0.080 -0.060 0.180 5 | 0.020 -0.120 0.140 4 | -0.040 -0.180 0.100 5 | -0.100 -0.140 0.180 4
-0.140 -0.040 0.180 5 | -0.200 -0.100 0.140 3 | -0.260 -0.160 0.100 4 | -0.320 -0.120 0.180 3 | -0.360 -0.020 0.180 3
-0.420 -0.080 0.140 2 | -0.420 -0.080 0.240 2 | -.48 -.14 .20 3 | -.50 0 .22 3 | -.56 -.06 .18 3 | -.60 -.10 .18 2
-.60 -.10 .28 2 | -.64 0 .28 3 | -.66 -.08 .28 2 | -.72 -.14 .24 2 | -.72 -.02 .24 2 | -.76 -.06 .24 3
-.78 -.02 .22 2 | -.82 -.06 .22 3 | -.84 -.02 .20 2 | -.86 .02 .18 2 | -0.900 -0.020 0.180 1 | -0.900 -0.020 0.240 2
-0.920 0.020 0.220 2 | -0.960 -0.020 0.220 3 | -0.980 0.020 0.200 2 | -1.000 0.060 0.180 2 | -1.040 0.020 0.180 0
"""
"""Slides, lines 129 to 178, rows 0 to 37 (17 to 30 are left out in print): w₀, w₁, w₂, misclassified."""


def machine(name: str) -> Supervised:
    return Supervised(examples.load(name))


def numbers(run: Supervised) -> Mapping[str, NDArray[Any]]:
    """The learned numbers by name."""
    return {n.name: n.values.values for n in run.state().numbers if "#" not in n.name}


def explained(run: Supervised, layer: str, unit: int = 0, source: str = "") -> dict[str, Step]:
    """What is explained of a neuron of the next sample, by title."""
    found = run.snapshot(frozenset({Want("calculation", target=(layer,))})).get("calculation")
    assert isinstance(found, Calculation)
    return {s.title: s for s in explain(found, run.experiment, layer, f"{layer}/{unit}", source)}


def all_right(run: Supervised) -> bool:
    """Whether every sample is answered rightly."""
    return run.scores()[0].accuracy == 1.0


def sums(run: Supervised, x: list[tuple[float, ...]]) -> list[float]:
    """The weighted sums of a single neuron at inputs."""
    held = numbers(run)
    return [float(np.dot(row, held["out.weight"][:, 0]) + held["out.bias"][0]) for row in x]


def test_thirteen_points_go_as_the_table_says() -> None:
    run = machine("thirteen-points")
    rows = [tuple(map(float, row.split())) for row in THIRTEEN.replace("\n", "|").split("|") if row.strip()]
    assert len(rows) == 38
    for row in rows:
        held = numbers(run)
        w = [held["out.bias"][0], *held["out.weight"][:, 0]]
        accuracy = run.scores()[0].accuracy
        assert accuracy is not None
        assert [*w, round(13 * (1 - accuracy))] == pytest.approx(row, abs=1e-5)
        run.advance("epoch", 1, 60)
    assert numbers(run)["out.bias"][0] == pytest.approx(-1.04), "once all is right, nothing moves"


def test_a_line_for_thirteen_points() -> None:
    run = machine("a-line-for-thirteen")
    points = [tuple(p) for p in run.experiment.data.source.samples(0).x.tolist()]
    assert sums(run, points) == [4, 22, 4, -2, -6, 18, -11, -6, -8, 9, 6, -17, -3]
    assert all_right(run)


ROWS = [(0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0)]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("and-neuron", [-2, -1, -1, 0]),
        ("or-neuron", [-10, 10, 10, 30]),
        ("by-inequalities", [-1, -2, 0.5, -0.5]),
    ],
)
def test_the_sums_of_the_gates(name: str, expected: list[float]) -> None:
    run = machine(name)
    assert sums(run, list(ROWS)) == expected
    assert all_right(run)


@pytest.mark.parametrize("name", ["red-blue-black", "four-vehicles", "xor-by-two-lines", "any-table"])
def test_designed_networks_are_right_and_stay_so(name: str) -> None:
    run = machine(name)
    before = numbers(run)
    assert all_right(run)
    run.advance("epoch", 3, 60)
    assert all(np.array_equal(before[k], v) for k, v in numbers(run).items())


def test_and_with_another_bias_is_or() -> None:
    run = machine("or-neuron")
    run.assign((Labelled("out.bias", (("out/0",),), Array(np.array([-30.0]))),))
    assert sums(run, list(ROWS)) == [-30, -10, -10, 10]


def test_the_place_of_the_query_is_a_car() -> None:
    run = machine("four-vehicles")
    assert run.experiment.data.source.class_names[int(run.answers(np.array([[2.1, 4.5]]))[0].argmax())] == "car"
    held = numbers(run)
    places = run.experiment.data.source.samples(0).x
    code = (places @ held["code.weight"] + held["code.bias"] >= 0).astype(int)
    assert code.T.tolist() == [[0, 0, 0, 0, 1, 1, 1, 1], [0, 1, 1, 0, 0, 1, 1, 0]]


TUTORIAL = {
    "z4": -0.7, "a4": 0.331812, "z5": 0.1, "a5": 0.524979, "z6": -0.104540, "a6": 0.473889,
    "E6": 0.131169, "E5": -0.006542, "E4": -0.008725, "w46": -0.260829, "w56": -0.138025, "w14": 0.192148,
    "w15": -0.305888, "w24": 0.4, "w25": 0.1, "w34": -0.507852, "w35": 0.194112, "b4": -0.407852, "b5": 0.194112,
    "b6": 0.218052,
}  # fmt: skip
"""Slides, tutorial, question 2, in full precision."""


def test_one_step_of_back_propagation_has_all_twenty_quantities() -> None:
    run = machine("tutorial")
    out, first, second = explained(run, "out"), explained(run, "h", 0), explained(run, "h", 1)
    found = {
        "z4": first["weighted sum"].value, "a4": first["output"].value,
        "z5": second["weighted sum"].value, "a5": second["output"].value,
        "z6": out["weighted sum"].value, "a6": out["output"].value,
        "E6": -out["delta"].value, "E5": -second["delta"].value, "E4": -first["delta"].value,
        "w46": explained(run, "out", 0, "h/0")["update"].value, "w56": explained(run, "out", 0, "h/1")["update"].value,
        **{f"w{i + 1}{k + 4}": explained(run, "h", k, f"input/x{i + 1}")["update"].value
           for i in range(3) for k in range(2)},
        "b4": first["update"].value, "b5": second["update"].value, "b6": out["update"].value,
    }  # fmt: skip
    assert found == pytest.approx(TUTORIAL, abs=1e-6)
    run.advance("sample", 1, 60)
    held = numbers(run)
    assert held["out.weight"][:, 0] == pytest.approx([TUTORIAL["w46"], TUTORIAL["w56"]], abs=1e-6)
    assert held["h.weight"][2] == pytest.approx([TUTORIAL["w34"], TUTORIAL["w35"]], abs=1e-6)
    assert explained(run, "out")["output"].value == pytest.approx(0.515248, abs=1e-6)


def test_a_two_two_one_network() -> None:
    run = machine("two-two-one")
    out, first, second = explained(run, "out"), explained(run, "h", 0), explained(run, "h", 1)
    assert [first["weighted sum"].value, second["weighted sum"].value] == pytest.approx([0.2, 0.9])
    assert [first["output"].value, second["output"].value] == pytest.approx([0.549833997312, 0.710949502625])
    assert out["weighted sum"].value == pytest.approx(0.091028549187, abs=1e-7)
    assert out["output"].value == pytest.approx(0.522741436131)
    assert [-out["delta"].value, -first["delta"].value, -second["delta"].value] == pytest.approx(
        [0.119067815764, 0.011788503, 0.002446847], abs=1e-7
    )
    run.advance("sample", 1, 60)
    held = numbers(run)
    assert held["out.weight"][:, 0] == pytest.approx([0.416366883, 0.121162801], abs=1e-6)
    assert held["out.bias"][0] == pytest.approx(-0.170233046, abs=1e-6)
    assert held["h.bias"] == pytest.approx([0.302947126, 0.500611712], abs=1e-6)
    assert held["h.weight"] == pytest.approx(np.array([[0.6, -0.3], [-0.097052874, 0.400611712]]), abs=1e-6)
    assert explained(run, "out")["output"].value == pytest.approx(0.536305487)


def test_three_inputs_and_a_bias() -> None:
    run = machine("three-inputs")
    expected = [
        (2.5, [-0.5, 0, 0.5], -0.5), (-1.5, [0.5, 1, -0.5], 0.5),
        (0.5, [-0.5, 2, 0.5], -0.5), (0.5, [-0.5, 2, 0.5], -0.5),
        (-3.5, [-0.5, 2, 0.5], -0.5), (0.5, [-0.5, 2, 0.5], -0.5),
    ]  # fmt: skip
    for v, w, b in expected:
        assert explained(run, "out")["weighted sum"].value == v
        run.advance("sample", 1, 60)
        assert numbers(run)["out.weight"][:, 0].tolist() == w
        assert numbers(run)["out.bias"][0] == b


@pytest.mark.parametrize("seed", [0, 1])
def test_eight_words_find_eight_codes(seed: int) -> None:
    from app.commands.opening import edited

    run = Supervised(edited(examples.load("eight-three-eight"), [], seed)[0])
    run.advance("epoch", 5000, 60)
    held = numbers(run)
    code = 1 / (1 + np.exp(-(np.eye(8) @ held["code.weight"] + held["code.bias"])))
    assert len({tuple(row) for row in (code > 0.5).tolist()}) == 8
    answers = run.answers(np.eye(8))
    assert np.abs(answers - np.eye(8)).max() < 0.15
    assert all_right(run)


def test_three_levels_need_one_correction() -> None:
    run = machine("dead-zone")
    assert explained(run, "out")["output"].value == 0
    run.advance("sample", 1, 60)
    held = numbers(run)
    assert (held["out.weight"][:, 0].tolist(), held["out.bias"][0]) == ([1, 1], -1)
    run.advance("epoch", 3, 60)
    assert np.array_equal(numbers(run)["out.weight"], held["out.weight"])
    assert all_right(run)


def test_hebbs_rule_leaves_the_sums_of_the_patterns() -> None:
    run = machine("hebb")
    run.advance("epoch", 1, 60)
    held = numbers(run)
    assert (held["out.weight"][:, 0].tolist(), held["out.bias"][0]) == ([2, 2], -2)
    assert all_right(run)


def test_the_slopes_of_a_rectified_line() -> None:
    run = machine("relu-of-a-line")
    assert explained(run, "out")["output"].value == 7
    assert explained(run, "a", 0, "input/x1")["gradient"].value == 3
    assert explained(run, "a")["gradient"].value == 1


def two_places(value: float | Fraction) -> str:
    return str(Decimal(repr(float(value))).quantize(Decimal("0.01"), ROUND_HALF_UP))


def test_powers_vanish_and_explode() -> None:
    run = machine("powers")
    ids = [n.layer.id for n in nodes(run.experiment)]
    shrunk = [round(float(explained(run, k)["output"].value), 6) for k in ids]
    assert [two_places(v) for v in shrunk] == ["0.90", "0.81", "0.73", "0.66", "0.59", "0.53", "0.48", "0.43", "0.39"]
    given = tuple(n for n in run.experiment.model.start if n.name.endswith("weight"))
    run.assign(tuple(Labelled(n.name, n.axes, Array(np.full((1, 1), 1.5))) for n in given))
    grown = [explained(run, k)["output"].value for k in ids[:8]]
    assert [two_places(v) for v in grown] == ["1.50", "2.25", "3.38", "5.06", "7.59", "11.39", "17.09", "25.63"]


def test_two_linear_layers_are_one() -> None:
    run, x = machine("linear-layers"), np.random.default_rng(0).normal(size=(20, 2))
    held = numbers(run)
    z = (x @ held["h.weight"] + held["h.bias"]) @ held["out.weight"] + held["out.bias"]
    assert z[:, 0] == pytest.approx(0.5 * x[:, 0] - 0.4 * x[:, 1] + 0.9, abs=1e-6)


def test_a_line_of_least_squares() -> None:
    run = machine("linear-neuron")
    run.advance("epoch", 3000, 60)
    held = numbers(run)
    assert (held["out.weight"][0, 0], held["out.bias"][0]) == pytest.approx((2, 1), abs=1e-4)


def test_the_slope_of_a_sigmoid_neuron_is_the_difference_times_the_input() -> None:
    run = machine("logistic-neuron")
    for row, y in zip(ROWS, (0, 1, 1, 1), strict=True):
        a = explained(run, "out")["output"].value
        assert explained(run, "out")["delta"].value == pytest.approx(a - y, abs=1e-6)
        slopes = [explained(run, "out", 0, f"input/x{i}")["gradient"].value for i in (1, 2)]
        assert slopes == pytest.approx([(a - y) * v for v in row], abs=1e-6)
        run.advance("sample", 1, 60)


def sigma(z: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(1 / (1 + np.exp(-z)))


def samples(run: Supervised) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The training samples in the order of the data, a 1 before the inputs, and their targets."""
    prepared = run._running.prepared
    x, t = prepared.x[: prepared.train], prepared.y[: prepared.train]
    return np.concatenate([np.ones((len(x), 1)), x], axis=1).astype(np.float64), t.astype(np.float64)


def weights(run: Supervised) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The weights w_ji [input, unit] of the hidden and the output neurons, those of the bias first."""
    held = numbers(run)
    first, second = (np.concatenate([held[f"{k}.bias"][None], held[f"{k}.weight"]]) for k in ("h", "out"))
    return first.astype(np.float64), second.astype(np.float64)


def test_online_back_propagation_is_that_of_the_textbook() -> None:
    run, eta = machine("mitchell-online"), 0.5
    (x, t), (hidden, output) = samples(run), weights(run)
    assert 0 < np.abs(hidden[1:]).max() <= 0.05
    for row, target in zip(x.tolist() * 2, t.tolist() * 2, strict=True):  # two passes, one sample after the other
        into_hidden = np.array(row)
        into_output = np.concatenate([[1.0], sigma(into_hidden @ hidden)])
        o_k, o_h = sigma(into_output @ output), into_output[1:]
        delta_k = o_k * (1 - o_k) * (np.array(target) - o_k)
        delta_h = o_h * (1 - o_h) * (output[1:] @ delta_k)
        output = output + eta * np.outer(into_output, delta_k)
        hidden = hidden + eta * np.outer(into_hidden, delta_h)
        run.advance("sample", 1, 60)
        now = weights(run)
        assert now[0] == pytest.approx(hidden, abs=1e-6)
        assert now[1] == pytest.approx(output, abs=1e-6)


def test_the_batch_form_follows_the_mean_gradient_and_shrinks_all_but_the_biases() -> None:
    run, alpha, rate = machine("batch-regularised"), 1.0, 0.001
    (x, t), (hidden, output) = samples(run), weights(run)
    for _ in range(3):
        sums = [np.zeros_like(hidden), np.zeros_like(output)]
        for row, target in zip(x, t, strict=True):
            a = np.concatenate([[1.0], sigma(row @ hidden)])
            last = sigma(a @ output) - target
            sums[0] += np.outer(row, (output[1:] @ last) * a[1:] * (1 - a[1:]))
            sums[1] += np.outer(a, last)
        parts = []
        for theta, total in zip((hidden, output), sums, strict=True):
            d = total / len(x) + rate * theta
            d[0] = total[0] / len(x)
            parts.append(theta - alpha * d)
        hidden, output = parts
        run.advance("batch", 1, 60)
        now = weights(run)
        assert now[0] == pytest.approx(hidden, abs=1e-6)
        assert now[1] == pytest.approx(output, abs=1e-6)


@pytest.mark.parametrize("temperature", [0.01, 1.0, 100.0])
def test_a_stochastic_neuron_fires_with_the_probability_of_its_temperature(temperature: float) -> None:
    base = examples.load("stochastic-neuron")
    run = Supervised(paths.assign(base, "model.layers.0.activation.temperature", temperature))
    fired, expected = [], []
    for _ in range(400):
        found = run.snapshot(frozenset({Want("calculation", target=("s",))})).get("calculation")
        assert isinstance(found, Calculation)
        z = found.layers["s"].z
        assert z is not None
        fired.append(float(found.layers["s"].a[0]))
        expected.append(float(np.exp(-np.logaddexp(0, -z[0] / temperature))))
        assert found.layers["out"].a[0] == 2 * fired[-1] - 1, "y is +1 or -1"
        run.advance("sample", 1, 60)
    chance = np.array(expected)
    spread = float(np.sqrt((chance * (1 - chance)).sum()))
    assert set(fired) <= {0.0, 1.0}
    assert abs(sum(fired) - chance.sum()) < 4 * max(spread, 0.25)
    if temperature < 1:
        assert spread < 2, "a threshold: hardly anything is left to chance"
    if temperature > 1:
        assert np.abs(chance - 0.5).max() < 0.1, "a fair coin, whatever comes in"


def test_descent_comes_to_the_line_of_the_formula() -> None:
    run = machine("linear-regression")
    x, y = samples(run)
    best = np.linalg.lstsq(x, y, rcond=None)[0][:, 0]
    run.advance("epoch", 1000, 60)
    held = numbers(run)
    assert [held["out.bias"][0], held["out.weight"][0, 0]] == pytest.approx(best, abs=1e-5)
    assert best == pytest.approx([0.3, 0.2], abs=0.1)
