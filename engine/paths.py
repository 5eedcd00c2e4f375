"""Dotted paths into an experiment: `training.optimiser.rate`, `model.layers.1.units`."""

from __future__ import annotations

from functools import cache
from typing import Any, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Struct

from engine.arrays import ArrayReader
from engine.errors import ExperimentError
from engine.experiment import Experiment, check, convert
from engine.fields import kinds_of
from engine.layers import AnyLayer, Layer
from engine.registry import Kind, nearest


def get(experiment: Experiment, path: str) -> Any:
    """Return the value at a path; an unknown one names the nearest."""
    value: Any = experiment
    done: list[str] = []
    for part in path.split("."):
        value = _child(value, part, done)
        done.append(part)
    return value


def replace(experiment: Experiment, path: str, value: Any) -> Experiment:
    """Return the experiment with another value at a path, converted and checked as a whole.

    `value` may be builtins: a kind may be given by its key alone (`"adam"`), which takes its defaults.
    """
    return check(assign(experiment, path, value))


def assign(experiment: Experiment, path: str, value: Any) -> Experiment:
    """As `replace`, but without the check of the whole: for edits made of several parts."""
    changed: Experiment = _replaced(experiment, path.split("."), value, [])
    return changed


def _replaced(owner: Any, parts: list[str], value: Any, done: list[str]) -> Any:
    part, rest = parts[0], parts[1:]
    child = _child(owner, part, done)
    here = [*done, part]
    if rest:
        new = _replaced(child, rest, value, here)
    else:
        new = convert(_spelled_out(value, _hint(owner, part)), _hint(owner, part), ArrayReader(), ".".join(here))
    if isinstance(owner, Struct):
        try:
            return msgspec.structs.replace(owner, **{part: new})
        except ExperimentError as error:
            raise ExperimentError(str(error), ".".join(here)) from error
    if isinstance(owner, dict):
        return {**owner, part: new}
    k = int(part)
    return (*owner[:k], new, *owner[k + 1 :])


def _child(owner: Any, part: str, done: list[str]) -> Any:
    known: list[str] = []
    if isinstance(owner, Struct):
        known = list(owner.__struct_fields__)
        if part in known:
            return getattr(owner, part)
    elif isinstance(owner, dict):
        known = list(owner)
        if part in owner:
            return owner[part]
    elif isinstance(owner, tuple):
        known = [str(k) for k in range(len(owner))]
        if part in known:
            return owner[int(part)]
    where = ".".join(done) or "the experiment"
    full = [".".join([*done, k]) for k in known]
    what = "empty" if isinstance(owner, dict | tuple) else "a single value"
    hint = nearest(".".join([*done, part]), full) if known else f"{where} is {what}"
    raise ExperimentError(f"there is no “{part}” in {where}; {hint}", ".".join([*done, part]))


def _hint(owner: Any, part: str) -> Any:
    if isinstance(owner, Struct):
        return _hints(type(owner))[part]
    if isinstance(owner, dict):
        return Any
    return AnyLayer if owner and isinstance(owner[0], Layer) else type(owner[0]) if owner else Any


@cache
def _hints(kind: type[Struct]) -> dict[str, Any]:
    """The types of the fields; working them out takes longer than a whole edit."""
    return get_type_hints(kind, include_extras=True)


def _spelled_out(value: Any, hint: Any) -> Any:
    """Let a kind be named by its key alone where the field holds one of several kinds."""
    base = get_args(hint)[0] if get_origin(hint) is not None and hasattr(hint, "__metadata__") else hint
    kinds = kinds_of(base)
    key = value.get("kind") if isinstance(value, dict) else value
    if kinds and isinstance(key, str) and issubclass(kinds[0], Kind):
        kinds[0].registry[key]  # an unknown one is named with its nearest
    return {"kind": value} if isinstance(value, str) and kinds else value
