"""Arguments shared by the commands that take an experiment."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any, Final

import msgspec

from engine import examples, paths, playground_url
from engine.adapt import adapt
from engine.errors import ExperimentError
from engine.experiment import Experiment, check
from engine.files import Document

SEEDS: Final = ("seeds.data", "seeds.weights", "seeds.training")


def add_name(parser: ArgumentParser) -> None:
    """The experiment itself."""
    parser.add_argument(
        "experiment", metavar="NAME_OR_FILE", help="a bundled experiment (see `list example`) or a .learn or .json file"
    )


def add_edits(parser: ArgumentParser) -> None:
    """Changes of the experiment."""
    parser.add_argument("--seed", type=int, metavar="N", help="set all three seeds; the run starts again")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="PATH=VALUE",
        help="change a value, such as training.optimiser.rate=0.01 or model.layers.0.units=16; may be repeated",
    )


def opened(name: str) -> Document:
    """Open what the user named: an example, a file, or an address of TensorFlow Playground."""
    return Document(playground_url.parse(name)) if playground_url.is_address(name) else examples.find(name)


def edited(experiment: Experiment, settings: list[str], seed: int | None) -> tuple[Experiment, tuple[str, ...]]:
    """Apply the changes; return the experiment and a sentence for each thing that had to follow."""
    for setting in settings:
        path, sign, value = setting.partition("=")
        if not sign:
            raise ExperimentError(f"“{setting}” is not of the form path=value")
        experiment = paths.assign(experiment, path.strip(), _value(value))
    for path in SEEDS if seed is not None else ():
        experiment = paths.assign(experiment, path, seed)
    if not settings and seed is None:
        return experiment, ()
    experiment, told = adapt(experiment)
    return check(experiment), told


def _value(text: str) -> Any:
    try:
        return msgspec.json.decode(text.encode())
    except msgspec.DecodeError:
        return text
