"""Addresses of playground.tensorflow.org: the part behind # is an experiment; thousands of course sheets hold one.

What an address leaves out is as in the Playground (its source, read 2022-06): labels -1/+1 with a tanh output and
½ (o - t)², a linear output for a regression, weights U(-½, ½) with biases 0.1, or all 0, plain gradient descent.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import unquote

from engine.errors import ExperimentError
from engine.experiment import Experiment, decode
from engine.registry import nearest

CLASS_SETS: Final = {"circle": "circle", "xor": "xor", "gauss": "gauss", "spiral": "spiral"}
VALUE_SETS: Final = {"reg-plane": "plane", "reg-gauss": "multi-gauss"}
ACTIVATIONS: Final = {"relu": "relu", "tanh": "tanh", "sigmoid": "sigmoid", "linear": "linear"}
PENALTIES: Final = {"none": "none", "L1": "l1", "L2": "l2"}
PROBLEMS: Final = {"classification": "classification", "regression": "regression"}

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
"""Inputs in the Playground's order, and ours; it reads cosX and cosY from an address but never shows them."""

KNOWN: Final = ("activation", "networkShape", "problem", "dataset", "regDataset", "learningRate", "seed", *FEATURES)


class Shown(NamedTuple):
    """What an address says about the window, not the experiment; `hidden` are the controls a teacher took away."""

    test_points: bool
    discretize: bool
    hidden: tuple[str, ...]


def parse(address: str) -> Experiment:
    """Turn an address, or the part behind its #, into an experiment.

    Raises `ExperimentError` with a sentence that names the option, its value, what was expected and what to do.
    """
    options = _options(address)
    regression = _word(options, "problem", PROBLEMS, "classification") == "regression"
    if regression:
        source = _word(options, "regDataset", VALUE_SETS, "reg-plane")
    else:
        source = _word(options, "dataset", CLASS_SETS, "circle")
    penalty = _word(options, "regularization", PENALTIES, "none")
    strength = {} if penalty == "none" else {"rate": _number(options, "regularizationRate", 0.0)}
    return decode(
        {
            "name": source,
            "notes": "From an address of playground.tensorflow.org.",
            "data": {
                "source": {"kind": source, "noise": min(max(_number(options, "noise", 0.0), 0.0), 50.0)},
                "features": [ours for theirs, ours in FEATURES.items() if _flag(options, theirs, theirs in ("x", "y"))],
                "share": min(max(_number(options, "percTrainData", 50.0), 10.0), 100.0),
            },
            "model": {
                "layers": _layers(options, regression),
                "initialiser": {"kind": "zeros"} if _flag(options, "initZero", False) else {"kind": "uniform"},
            },
            "training": {
                "loss": {"kind": "squared-error"},
                "optimiser": {"kind": "sgd", "rate": _number(options, "learningRate", 0.03)},
                "batch": _whole(options.get("batchSize") or "10", "batchSize"),
                "penalty": {"kind": penalty, **strength},
            },
            "seeds": _seeds(options.get("seed", "")),
        }
    )


def shown(address: str) -> Shown:
    """What an address says about the window."""
    options = _options(address)
    hidden = tuple(k.removesuffix("_hide") for k in options if k.endswith("_hide") and options[k] == "true")
    return Shown(_flag(options, "showTestData", False), _flag(options, "discretize", False), hidden)


def is_address(text: str) -> bool:
    """Tell whether a pasted text looks like such an address."""
    text = text.strip()
    if "\n" in text or len(text) > 10_000:
        return False
    return "playground.tensorflow.org" in text or (text.startswith("#") and any(f"{k}=" in text for k in KNOWN))


def _options(address: str) -> dict[str, str]:
    address = address.strip()
    before, mark, options = address.partition("#")
    if not mark and ("=" not in before or "://" in before):
        options = ""
    elif not mark:
        options = before
    if not mark and not options and "playground.tensorflow.org" not in address:
        raise ExperimentError(
            f"“{address[:60]}” is not an address of playground.tensorflow.org; copy the whole line of the browser"
        )
    pairs = (part.partition("=") for part in options.split("&") if part)
    return {unquote(name): unquote(value).strip() for name, _, value in pairs}


def _layers(options: Mapping[str, str], regression: bool) -> list[dict[str, Any]]:
    shape = options.get("networkShape", "4,2")
    activation = _word(options, "activation", ACTIVATIONS, "tanh")
    hidden = [
        {
            "kind": "dense",
            "id": f"h{k}",
            "units": _whole(units, "networkShape"),
            "activation": {"kind": activation},
        }
        for k, units in enumerate(shape.split(",") if shape else [], 1)
    ]
    output = {"kind": "output", "id": "output", "units": 1, "activation": {"kind": "linear" if regression else "tanh"}}
    return [*hidden, output]


def _word(options: Mapping[str, str], name: str, words: Mapping[str, str], default: str) -> str:
    value = options.get(name) or default
    if value not in words:
        raise ExperimentError(
            f"the address says {name}={value[:40]}, which the Playground has not; {nearest(value, words)}"
        )
    return words[value]


def _number(options: Mapping[str, str], name: str, default: float) -> float:
    value = options.get(name)
    try:
        number = float(value) if value else default
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ExperimentError(f"the address says {name}={str(value)[:40]} where a number is expected; correct it")
    return number


def _whole(value: str, name: str) -> int:
    if not value.isdecimal() or int(value) < 1:
        raise ExperimentError(
            f"the address says {name}={value[:40]} where a whole number from 1 is expected; correct it"
        )
    return int(value)


def _flag(options: Mapping[str, str], name: str, default: bool) -> bool:
    # As the Playground reads it: everything but the word false is true.
    value = options.get(name)
    return value != "false" if value else default


def _seeds(seed: str) -> dict[str, int]:
    """Three seeds from the Playground's one, a string; an address without one starts from 0."""
    if not seed:
        return {}
    return {name: zlib.crc32(f"{name}/{seed}".encode()) & 0x7FFFFFFF for name in ("data", "weights", "training")}
