"""Addresses of playground.tensorflow.org: everything after the # that decides its experiment, as ours."""

from __future__ import annotations

import hashlib
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from engine.errors import ExperimentError
from engine.experiment import Experiment, decode

HOST: Final = "playground.tensorflow.org"

FEATURES: Final = {
    "x": "x1",
    "y": "x2",
    "xSquared": "x1^2",
    "ySquared": "x2^2",
    "xTimesY": "x1*x2",
    "sinX": "sin(x1)",
    "sinY": "sin(x2)",
    "cosX": "cos(x1)",
    "cosY": "cos(x2)",
}
"""Its names of the inputs and ours, in its order."""

DATA: Final = {"circle": "circle", "xor": "xor", "gauss": "gauss", "spiral": "spiral"}
REGRESSIONS: Final = {"reg-plane": "plane", "reg-gauss": "multi-gauss"}
ACTIVATIONS: Final = {"relu": "relu", "tanh": "tanh", "sigmoid": "sigmoid", "linear": "linear"}
PENALTIES: Final = {"none": "none", "L1": "l1", "L2": "l2"}


def is_address(text: str) -> bool:
    """Tell whether a pasted text is such an address."""
    words = text.split()
    return len(words) == 1 and HOST in words[0][: len("https://www.") + len(HOST)]


def parse(address: str) -> Experiment:
    """Return the experiment of an address; what it leaves out has the Playground's default.

    What we do better stays ours: the order is reshuffled every epoch, and the weights come from our own streams
    (its seed word chooses them).
    """
    if not is_address(address):
        raise ExperimentError(f"“{address[:60]}” is not an address of {HOST}; copy all of it, from https to the end")
    values = dict(parse_qsl(urlsplit(address.strip()).fragment, keep_blank_values=True))
    regression = values.get("problem", "classification") == "regression"
    seed = _seed(values.get("seed", ""))
    kind = _one_of(values, "regDataset", REGRESSIONS, "reg-plane") if regression else _data(values)
    source = {"kind": kind, "noise": _number(values, "noise", 0.0), "count": 1200 if regression else 500}
    return decode(
        {
            "name": f"Playground {kind}",
            "notes": f"Opened from {address.strip()}",
            "data": {"source": source, "features": _features(values), "share": _number(values, "percTrainData", 50.0)},
            "model": {
                "layers": [*_hidden(values), _output(regression)],
                "initialiser": {"kind": "zeros" if values.get("initZero") == "true" else "uniform"},
            },
            "training": {
                "loss": {"kind": "squared-error"},
                "optimiser": {"kind": "sgd", "rate": _number(values, "learningRate", 0.03)},
                "batch": int(_number(values, "batchSize", 10)),
                "penalty": _penalty(values),
            },
            "seeds": {"data": seed, "weights": seed, "training": seed},
        }
    )


def _data(values: dict[str, str]) -> str:
    return _one_of(values, "dataset", DATA, "circle")


def _features(values: dict[str, str]) -> list[str]:
    usual = {"x": "true", "y": "true"}
    return [ours for theirs, ours in FEATURES.items() if values.get(theirs, usual.get(theirs)) == "true"]


def _hidden(values: dict[str, str]) -> list[dict[str, Any]]:
    activation = _one_of(values, "activation", ACTIVATIONS, "tanh")
    shape = [part for part in values.get("networkShape", "4,2").split(",") if part]
    try:
        sizes = [int(part) for part in shape]
    except ValueError:
        raise ExperimentError(f"networkShape is “{values['networkShape']}”; it must be numbers like 4,2") from None
    return [
        {"kind": "dense", "id": f"h{k}", "units": units, "activation": {"kind": activation}}
        for k, units in enumerate(sizes, 1)
    ]


def _output(regression: bool) -> dict[str, Any]:
    activation = "linear" if regression else "tanh"
    return {"kind": "output", "id": "out", "units": 1, "activation": {"kind": activation}}


def _penalty(values: dict[str, str]) -> dict[str, Any]:
    kind = _one_of(values, "regularization", PENALTIES, "none")
    return {"kind": kind} if kind == "none" else {"kind": kind, "rate": _number(values, "regularizationRate", 0.0)}


def _one_of(values: dict[str, str], name: str, known: dict[str, str], usual: str) -> str:
    word = values.get(name) or usual
    if word not in known:
        raise ExperimentError(f"the address says {name}={word}; known are {', '.join(known)}")
    return known[word]


def _number(values: dict[str, str], name: str, usual: float) -> float:
    word = values.get(name) or str(usual)
    try:
        return float(word)
    except ValueError:
        raise ExperimentError(f"the address says {name}={word}, which is not a number") from None


def _seed(word: str) -> int:
    """A number for a seed word; the same word gives the same number everywhere."""
    return int.from_bytes(hashlib.sha256(word.encode()).digest()[:4], "little") >> 1 if word else 0
