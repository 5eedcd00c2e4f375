"""Arguments shared by the commands that take an experiment."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable
from typing import Any, Final

import msgspec

from engine import examples, paths, playground_url
from engine.adapt import adapt
from engine.errors import ExperimentError, FileError
from engine.experiment import Experiment, check
from engine.files import Document
from engine.machines.base import runnable
from engine.nets import take

SEEDS: Final = ("seeds.data", "seeds.weights", "seeds.training")
LAST_SEED: Final = 2**31 - 1


def add_name(parser: ArgumentParser) -> None:
    """The experiment itself."""
    parser.add_argument(
        "experiment", metavar="NAME_OR_FILE", help="a bundled experiment (see `list example`) or a .learn or .json file"
    )


def add_edits(parser: ArgumentParser) -> None:
    """Changes of the experiment."""
    parser.add_argument(
        "--seed", type=whole("a seed", 0, LAST_SEED), metavar="N", help="set all three seeds; the run starts again"
    )
    parser.add_argument(
        "--net", default="", metavar="NAME", help="take a ready network for pictures (see `list network`)"
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="PATH=VALUE",
        help="change a value, such as training.optimiser.rate=0.01 or model.layers.0.units=16; may be repeated",
    )


def opened(name: str) -> Document:
    """Open what the user named: an example, a file, or an address of TensorFlow Playground."""
    if playground_url.is_address(name):
        return Document(playground_url.parse(name))
    if "://" in name:
        raise FileError(f"“{name}” can't be opened: of all addresses only those of TensorFlow Playground can be")
    return examples.find(name)


def whole(what: str, low: int, high: int = 2**53) -> Callable[[str], int]:
    """The type of an argument that is a whole number; `what` it is stands in the complaint."""
    span = f"from {low} to {high}" if high < 2**53 else f"of at least {low}"

    def read(text: str) -> int:
        # Not `isdecimal` alone: the digits of other scripts and a thousand of them are numbers too.
        if not (text.isascii() and text.isdecimal() and len(text) < 20 and low <= int(text) <= high):
            raise ArgumentTypeError(f"“{text}” can't be {what}; give a whole number {span}")
        return int(text)

    return read


def edited(
    experiment: Experiment, settings: list[str], seed: int | None, net: str = ""
) -> tuple[Experiment, tuple[str, ...]]:
    """Apply the changes; return the experiment and a sentence for each thing that had to follow.

    A network is made for the data as they are changed, and changed after that.
    """
    if not settings and seed is None and not net:
        return experiment, ()
    wanted = [_parted(setting) for setting in settings]
    data = [pair for pair in wanted if net and pair[0].startswith("data.")]
    for path, value in data:
        experiment = _assigned(experiment, path, value)
    if net:
        experiment = take(experiment, net)
    for path, value in (pair for pair in wanted if pair not in data):
        experiment = _assigned(experiment, path, value)
    for path in SEEDS if seed is not None else ():
        experiment = paths.assign(experiment, path, seed)
    runnable(experiment)
    fitted, told = adapt(experiment)
    if any(_differ(experiment, fitted, path) for path, _ in wanted):
        check(experiment)  # what was asked for can't stay: this says why
    return check(fitted), told


def _parted(setting: str) -> tuple[str, str]:
    path, sign, value = setting.partition("=")
    if not sign or not path.strip():
        raise ExperimentError(f"“{setting}” is not of the form path=value; write it like training.optimiser.rate=0.01")
    return path.strip(), value


def _assigned(experiment: Experiment, path: str, text: str) -> Experiment:
    """Set what was typed: as JSON where it is JSON, else (and where JSON does not fit, as in name=7) as text."""
    value = _value(text)
    try:
        return paths.assign(experiment, path, value)
    except ExperimentError:
        if isinstance(value, str) or not isinstance(paths.get(experiment, path), str):
            raise
        return paths.assign(experiment, path, text)


def _differ(before: Experiment, after: Experiment, path: str) -> bool:
    try:
        return bool(paths.get(before, path) != paths.get(after, path))
    except ExperimentError:
        return True


def _value(text: str) -> Any:
    try:
        value = msgspec.json.decode(text.encode(errors="replace"))
    except msgspec.DecodeError:
        return text
    # 1e3 is a whole number to people.
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 2**53 else value
