"""The experiment as a value: paths, checks, and what follows from an edit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine import experiment as model
from engine import paths
from engine.activations.shares import Softmax
from engine.adapt import adapt
from engine.arrays import Array, ArrayReader, Labelled
from engine.datasets.points import Points, next_keys
from engine.errors import ExperimentError, LearnscopeError
from engine.experiment import Experiment, decode, encode
from engine.layers import Answering, Layer


def make(**changes: Any) -> Experiment:
    tree: dict[str, Any] = {
        "data": {"source": {"kind": "spiral"}},
        "model": {
            "layers": [
                {"kind": "dense", "id": "h1", "units": 8},
                {"kind": "output", "id": "out", "units": 1, "activation": {"kind": "sigmoid"}},
            ]
        },
        "training": {"loss": {"kind": "binary-cross-entropy"}, "optimiser": {"kind": "adam"}},
    }
    return decode(tree | changes)


def own(classes: int) -> Points:
    n = 3 * classes
    xy = Array(np.arange(2.0 * n).reshape(n, 2))
    names = tuple(str(k + 1) for k in range(classes))
    return Points(xy, Array(np.arange(n) % classes * 1.0), next_keys(np.zeros(0), n), names)


def test_encoding_and_decoding_gives_the_same_value() -> None:
    experiment = make()
    assert decode(encode(experiment)) == experiment


def test_arrays_survive_by_their_digest() -> None:
    experiment = paths.assign(make(), "data.source", own(2))
    stored = ArrayReader(model.arrays(experiment))
    assert decode(encode(experiment), stored) == experiment
    with pytest.raises(LearnscopeError, match="missing from the file"):
        decode(encode(experiment))


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        ("training.optimizer.rate", 1, "did you mean “training.optimiser”"),
        ("training.optimiser.rate", -1, "training.optimiser.rate is -1, but a number > 0.0 is expected"),
        ("training.optimiser.rate", float("nan"), "not finite"),
        ("training.optimiser.rate", float("inf"), "not finite"),
        ("model.layers.1.units", 2, "the output has 2 neurons but the data needs 1"),
        ("model.layers.1.activation", "tanh", "can't be paired"),
        ("model.layers.0.activation", "softmax", "for the output only"),
        ("model.layers.7.units", 2, "did you mean “model.layers.1”"),
        ("data.features", ["x1", "x3"], "no input “x3”"),
        ("training.optimiser", "adma", "no optimiser called “adma”; did you mean “adam”"),
        ("training.optimiser", {"kind": "sgd", "speed": 1}, "training.optimiser has a field “speed” that does not"),
        ("data.features", [], "switch on at least one"),
        ("data.plane", ["x9", "x1"], "no column “x9”"),
        ("data.source.count", "many", "data.source.count is “many”, but a whole number is expected"),
        ("model.layers.0.id", "out", "two layers are called “out”"),
        ("model.layers.0.inputs", ["h9"], "reads “h9”"),
        ("model.frozen", [["h1.weight", "input/x1", "h1/99"]], "no “h1/99”"),
        ("training.loss", "cross-entropy", "does not serve this data"),
    ],
)
def test_a_wrong_edit_is_refused_with_a_sentence(path: str, value: Any, sentence: str) -> None:
    with pytest.raises(LearnscopeError) as caught:
        paths.replace(make(), path, value)
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    "kind",
    [e.kind for e in Layer.registry if "activation" in e.kind.__struct_fields__ and not issubclass(e.kind, Answering)],
    ids=lambda kind: kind.__struct_config__.tag,
)
def test_a_function_for_the_output_only_is_refused_by_every_other_layer(kind: Any) -> None:
    with pytest.raises(ExperimentError, match="softmax is for the output only; choose another for “x1”"):
        kind(id="x1", activation=Softmax())


def test_a_kind_may_be_named_by_its_key() -> None:
    assert paths.get(paths.replace(make(), "training.optimiser", "sgd"), "training.optimiser.rate") == 0.03
    assert paths.get(paths.replace(make(), "model.layers.0.units", 3), "model.layers.0.units") == 3


def test_neuron_ids_follow_their_number() -> None:
    experiment = paths.replace(make(), "model.layers.0.unit_ids", [7, 2, 5, 0, 1, 3, 4, 6])
    fewer = paths.replace(experiment, "model.layers.0.units", 2)
    assert paths.get(fewer, "model.layers.0.unit_ids") == (7, 2)
    assert paths.get(paths.replace(fewer, "model.layers.0.units", 4), "model.layers.0.unit_ids") == (7, 2, 8, 9)


def test_a_third_class_widens_the_output_and_moves_loss_and_activation() -> None:
    three, told = adapt(paths.assign(make(), "data.source", own(3)))
    assert three.training.loss.key == "cross-entropy"
    assert three.model.output.activation.key == "softmax"
    # The neuron that spoke for class 2 keeps its id in the second place.
    assert three.model.output.ids == (1, 0, 2)
    assert len(told) == 3
    assert model.check(three) == three
    two, _ = adapt(paths.assign(three, "data.source", own(2)))
    assert two.model.output.ids == (0,)
    assert two.training.loss.key == "binary-cross-entropy"


def test_adapting_prunes_what_no_longer_exists() -> None:
    frozen = paths.replace(make(), "model.frozen", [["h1.weight", "input/x1", "h1/7"], ["h1.bias", "h1/0"]])
    narrower, _ = adapt(paths.assign(frozen, "model.layers.0.units", 4))
    assert narrower.model.frozen == (("h1.bias", "h1/0"),)


def test_labels_meet_by_their_ids() -> None:
    here = Labelled("w", (("a", "b"), ("u", "v", "w")), Array(np.zeros((2, 3))))
    rows, columns = here.matching((("b", "c"), ("w", "u")))
    assert rows[0].tolist() == [1]
    assert rows[1].tolist() == [0]
    assert columns[0].tolist() == [0, 2]
    assert columns[1].tolist() == [1, 0]


def test_arrays_are_values() -> None:
    source = np.arange(3.0)
    array = Array(source)
    source[0] = 9
    assert array.values[0] == 0
    assert array == Array(np.arange(3.0))
    assert array == Array(np.arange(3, dtype=">f8"))
    assert array != Array(np.arange(3, dtype=np.float32))
    with pytest.raises(ValueError, match="read-only"):
        array.values[0] = 1


def test_data_with_other_columns_brings_its_own_inputs() -> None:
    experiment = paths.replace(make(), "data.features", ["x1", "x2", "sin(x2)"])
    line, told = adapt(paths.assign(experiment, "data.source", "sine"))
    assert line.data.features == ("x1",)
    assert any("inputs are now x1" in sentence for sentence in told)
    unchanged = paths.replace(make(), "data.features", ["sin(x1)"])
    assert adapt(unchanged)[0].data.features == ("sin(x1)",)
