"""Addresses of playground.tensorflow.org become the experiment they mean there."""

from __future__ import annotations

import pytest

from engine.activations.classic import Linear, Sigmoid, Tanh
from engine.activations.rectifiers import ReLU
from engine.datasets.playground import Circle, Spiral
from engine.datasets.regression import MultiGauss, Plane
from engine.errors import ExperimentError
from engine.experiment import Experiment, Seeds
from engine.initialisers import Uniform, Zeros
from engine.layers.dense import Dense
from engine.losses.distance import SquaredError
from engine.optimisers.descent import SGD
from engine.penalties import L1, L2, NoPenalty
from engine.playground_url import is_address, parse, shown

FULL = (
    "https://playground.tensorflow.org/#activation=relu&regularization=L2&batchSize=30&dataset=spiral"
    "&regDataset=reg-gauss&learningRate=0.01&regularizationRate=0.003&noise=15&networkShape=8,7,4&seed=0.75093"
    "&showTestData=true&discretize=true&percTrainData=70&x=true&y=false&xTimesY=true&xSquared=false&ySquared=true"
    "&cosX=false&sinX=true&cosY=false&sinY=false&collectStats=false&problem=classification&initZero=false"
    "&hideText=false&noise_hide=true&playButton_hide=false"
)


def hidden(experiment: Experiment) -> list[tuple[int, object]]:
    layers = [layer for layer in experiment.model.hidden_layers if isinstance(layer, Dense)]
    return [(layer.units, layer.activation) for layer in layers]


def test_a_full_address() -> None:
    e = parse(FULL)
    assert e.data.source == Spiral(count=500, noise=15.0)
    assert e.data.features == ("x1", "x2^2", "x1*x2", "sin(x1)")
    assert e.data.share == 70
    assert hidden(e) == [(8, ReLU()), (7, ReLU()), (4, ReLU())]
    assert (e.model.output.units, e.model.output.activation) == (1, Tanh())
    assert e.model.initialiser == Uniform(half=0.5, bias=0.1)
    assert (e.training.loss, e.training.optimiser) == (SquaredError(), SGD(rate=0.01))
    assert (e.training.batch, e.training.penalty) == (30, L2(rate=0.003))
    assert shown(FULL) == (True, True, ("noise",))


@pytest.mark.parametrize("address", ["https://playground.tensorflow.org/", "playground.tensorflow.org", "#", FULL[:34]])
def test_what_is_missing_is_as_there(address: str) -> None:
    e = parse(address)
    assert e.data.source == Circle(count=500, noise=0.0)
    assert (e.data.features, e.data.share) == (("x1", "x2"), 50)
    assert hidden(e) == [(4, Tanh()), (2, Tanh())]
    assert (e.training.optimiser, e.training.batch, e.training.penalty) == (SGD(rate=0.03), 10, NoPenalty())
    assert e.seeds == Seeds()
    assert shown(address) == (False, False, ())


def test_the_part_behind_the_hash_alone() -> None:
    part = FULL.partition("#")[2]
    assert parse(part) == parse("#" + part) == parse(f"  {FULL}\n") == parse(FULL)
    assert parse(FULL.replace("8,7,4", "8%2C7%2C4")) == parse(FULL)


def test_regressions() -> None:
    e = parse("#problem=regression&regDataset=reg-gauss&dataset=xor&initZero=true&activation=sigmoid&networkShape=3")
    assert e.data.source == MultiGauss(count=1200)
    assert e.model.output.activation == Linear()
    assert e.model.initialiser == Zeros(bias=0.0)
    assert hidden(e) == [(3, Sigmoid())]
    assert parse("#problem=regression").data.source == Plane(count=1200)


def test_no_hidden_layers_and_small_things() -> None:
    assert hidden(parse("#networkShape=&activation=")) == []
    assert parse("#regularization=L1&regularizationRate=0").training.penalty == L1(rate=0.0)
    assert parse("#noise=80&percTrainData=5").data.share == 10
    assert parse("#noise=80").data.source == Circle(noise=50.0)
    assert parse("#sinX=true&cosY=true&x=").data.features == ("x1", "x2", "sin(x1)", "cos(x2)")
    assert parse("#tutorial=whatever&unknown=3") == parse("#")


def test_the_seed_gives_three() -> None:
    one, again, other = (parse(f"#seed={s}").seeds for s in ("0.1", "0.1", "0.2"))
    assert one == again
    assert one != other
    assert len({one.data, one.weights, one.training}) == 3


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("hello", "not an address of playground.tensorflow.org"),
        ("https://example.org/?a=b", "not an address of playground.tensorflow.org"),
        ("#dataset=sprial", "dataset=sprial, which the Playground has not; did you mean “spiral”?"),
        ("#problem=regression&regDataset=circle", "choose one of reg-plane, reg-gauss"),
        ("#activation=gelu", "activation=gelu"),
        ("#learningRate=fast", "learningRate=fast where a number is expected"),
        ("#noise=NaN", "noise=NaN where a number is expected"),
        ("#batchSize=0", "batchSize=0 where a whole number from 1"),
        ("#networkShape=4,x", "networkShape=x where a whole number"),
        ("#x=false&y=false", "switch on at least one feature"),
        ("#learningRate=-1", "training.optimiser.rate"),
        ("#networkShape=9999", "model.layers.0.units"),
    ],
)
def test_bad_addresses(address: str, said: str) -> None:
    with pytest.raises(ExperimentError) as error:
        parse(address)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_what_looks_like_an_address() -> None:
    assert is_address(FULL)
    assert is_address(" #dataset=xor ")
    assert not is_address("x1,x2,y\n1,2,3")
    assert not is_address("#")
    assert not is_address("# a heading")
