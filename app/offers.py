"""What stands at a path of an experiment, and what may stand there instead without anything else giving way."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from engine import paths
from engine.adapt import adapt
from engine.errors import LearnscopeError
from engine.experiment import Experiment, check, task
from engine.fields import FieldInfo, describe
from engine.registry import Entry, Kind, Registry


def value_at(experiment: Experiment, path: str) -> Any:
    """The value at a path, or None where the path leads nowhere (any more)."""
    try:
        return paths.get(experiment, path) if path else experiment
    except LearnscopeError:
        return None


def info_at(experiment: Experiment, path: str) -> FieldInfo | None:
    """The description of the field at a path, if there is one that people see."""
    owner, _, name = path.rpartition(".")
    value = value_at(experiment, owner)
    if not isinstance(value, Struct):
        return None
    return next((i for i in describe(type(value)) if i.name == name and not i.hidden), None)


def entries(info: FieldInfo) -> tuple[Entry[Any], ...]:
    """The registered declarations among which a field chooses."""
    registry: Registry[Any] = info.kinds[0].registry  # type: ignore[attr-defined] # kinds are registered
    return tuple(e for e in registry if e.kind in info.kinds)


def allowed(experiment: Experiment, path: str, info: FieldInfo) -> tuple[Entry[Any], ...]:
    """Those of the declarations that stay as chosen when the experiment is fitted together around them.

    Whether there is a teacher is chosen as the task; no other choice decides it by the way.
    """
    return tuple(e for e in entries(info) if _stays(experiment, path, e.key))


def _stays(experiment: Experiment, path: str, key: str) -> bool:
    try:
        fitted, _ = adapt(paths.assign(experiment, path, key))
        check(fitted)
        same_teacher = (task(fitted) == "unsupervised") == (task(experiment) == "unsupervised")
        return same_teacher and bool(paths.get(fitted, path).key == key)
    except LearnscopeError:
        return False


def fits(experiment: Experiment, path: str, value: Any) -> bool:
    """Whether the experiment is valid with a value at a path."""
    try:
        check(adapt(paths.assign(experiment, path, value))[0])
        return True
    except LearnscopeError:
        return False


def carried(old: Kind, entry: Entry[Any]) -> dict[str, Any]:
    """Another declaration in place of `old`: numbers somebody had set are kept where the new one has them too."""
    wanted = {i.name for i in describe(entry.kind) if not i.hidden}
    kept = {
        i.name: getattr(old, i.name)
        for i in describe(type(old))
        if i.name in wanted and not i.hidden and getattr(old, i.name) != i.default
    }
    return {"kind": entry.key, **kept}
