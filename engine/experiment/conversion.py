"""Experiments from builtins and back: the one door through which values enter."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from engine.arrays import Array, ArrayReader, encode_array
from engine.errors import ExperimentError, LearnscopeError
from engine.experiment.checks import check
from engine.experiment.tree import Experiment
from engine.fields import finite
from engine.wording import sentence


def decode(tree: Any, arrays: ArrayReader | None = None) -> Experiment:
    """Turn builtins (from JSON, a form or the command line) into a checked experiment."""
    return check(convert(tree, Experiment, arrays or ArrayReader(), ""))


def encode(experiment: Experiment) -> Any:
    """Turn an experiment into builtins; arrays become their digests."""
    return msgspec.to_builtins(experiment, enc_hook=encode_array)


def arrays(value: Any) -> dict[str, Array]:
    """Collect the arrays inside a tree of declarations by digest."""
    if isinstance(value, Array):
        return {value.digest: value}
    if isinstance(value, Struct):
        return arrays([getattr(value, f) for f in value.__struct_fields__])
    if isinstance(value, dict):
        return arrays(list(value.values()))
    found: dict[str, Array] = {}
    if isinstance(value, list | tuple):
        for item in value:
            found.update(arrays(item))
    return found


def convert(value: Any, kind: Any, hook: ArrayReader, path: str) -> Any:
    """Convert builtins to a declared type; the one door through which values enter an experiment."""
    if not finite(value):
        raise ExperimentError(f"{path or 'the experiment'} holds a number that is not finite; give a finite one", path)
    try:
        return msgspec.convert(value, kind, dec_hook=hook)
    except msgspec.ValidationError as error:
        cause = error.__cause__
        message = str(cause) if isinstance(cause, LearnscopeError) else sentence(error, path, value)
        raise ExperimentError(message, path) from error
