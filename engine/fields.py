"""Declared fields: every hyper-parameter is described once, where it is declared.

A field is an ordinary annotated member of a `msgspec.Struct`::

    rate: Annotated[float, number("rate", "size of a step", above=0, high=10, log=True)] = 0.03

The description feeds validation (`msgspec` checks the range), the form in the window, the command line and the
reference. `describe` reads the descriptions back.
"""

from __future__ import annotations

import builtins
import math
from collections.abc import Sequence
from functools import cache
from types import UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta, Struct

MOST_CLASSES: Final = 100
"""Classes that samples can have."""

FieldType = Literal["number", "integer", "flag", "choice", "kind", "kinds", "text", "layer", "list", "array", "group"]


def number(
    title: str,
    help: str,  # noqa: A002 - the word every form uses
    *,
    low: float | None = None,
    high: float | None = None,
    above: float | None = None,
    unit: str = "",
    log: bool = False,
    choices: Sequence[float] = (),
) -> Meta:
    """Describe a real number in [low, high] (or (above, high]); `choices` are the usual values a form offers first."""
    extra = {"unit": unit, "log": log, "choices": tuple(choices)}
    if above is not None:
        return Meta(title=title, description=help, gt=above, le=high, extra=extra)
    return Meta(title=title, description=help, ge=low, le=high, extra=extra)


def count(
    title: str,
    help: str,  # noqa: A002
    *,
    low: int = 0,
    high: int | None = None,
    unit: str = "",
    log: bool = False,
    choices: Sequence[int] = (),
    zero: str = "",
) -> Meta:
    """Describe a whole number in [low, high]; `zero` is the word for 0 where 0 means something else than a number."""
    extra = {"unit": unit, "log": log, "choices": tuple(choices), "zero": zero}
    return Meta(title=title, description=help, ge=low, le=high, extra=extra)


def choice(title: str, help: str) -> Meta:  # noqa: A002
    """Describe one of several kinds (a registered declaration) or of several words (a `Literal`)."""
    return Meta(title=title, description=help)


def flag(title: str, help: str) -> Meta:  # noqa: A002
    """Describe a yes or no."""
    return Meta(title=title, description=help)


def text(title: str, help: str, *, longest: int = 10_000) -> Meta:  # noqa: A002
    """Describe a piece of text."""
    return Meta(title=title, description=help, max_length=longest)


def listing(title: str, help: str, *, longest: int = 100_000) -> Meta:  # noqa: A002
    """Describe a list of values."""
    return Meta(title=title, description=help, max_length=longest)


def layer(title: str, help: str) -> Meta:  # noqa: A002
    """Describe the id of a layer of the same network; empty for none."""
    return Meta(title=title, description=help, max_length=200, extra={"layer": True})


def hidden(title: str, help: str) -> Meta:  # noqa: A002
    """Describe a value that no form shows (identities, arrays)."""
    return Meta(title=title, description=help, extra={"hidden": True})


class FieldInfo(Struct, frozen=True):
    """What a form, the command line and the reference know about one field."""

    name: str
    type: FieldType
    title: str = ""
    help: str = ""
    default: Any = None
    low: float | None = None
    high: float | None = None
    above: float | None = None
    unit: str = ""
    log: bool = False
    choices: tuple[Any, ...] = ()
    kinds: tuple[builtins.type[Struct], ...] = ()
    hidden: bool = False
    zero: str = ""

    @property
    def range(self) -> str:
        """The range in mathematical notation, such as `(0, 10]`; empty when there is none."""
        if self.low is None and self.above is None and self.high is None:
            return ""
        left = f"({self.above:g}" if self.above is not None else f"[{self.low:g}" if self.low is not None else "(-inf"
        return f"{left}, {f'{self.high:g}]' if self.high is not None else 'inf)'}"


_PLAIN: Final[dict[Any, FieldType]] = {float: "number", int: "integer", bool: "flag", str: "text"}


def describe(kind: type[Struct]) -> tuple[FieldInfo, ...]:
    """Describe the fields of a declaration in the order of their declaration."""
    return _described(kind)


@cache
def _described(kind: builtins.type[Struct]) -> tuple[FieldInfo, ...]:
    hints = get_type_hints(kind, include_extras=True)
    return tuple(_describe(f, hints[f.name]) for f in msgspec.structs.fields(kind))


def _describe(field: msgspec.structs.FieldInfo, hint: Any) -> FieldInfo:
    base, meta = (get_args(hint)[0], get_args(hint)[1]) if get_origin(hint) is Annotated else (hint, Meta())
    extra = meta.extra or {}
    several = get_origin(base) is tuple
    kinds = kinds_of(get_args(base)[0] if several else base)
    choices = get_args(base) if get_origin(base) is Literal else extra.get("choices", ())
    return FieldInfo(
        name=field.encode_name,
        type="kinds" if several and kinds else "layer" if extra.get("layer") else _type(base, kinds),
        title=meta.title or field.name.replace("_", " "),
        help=meta.description or "",
        default=_default(field),
        low=meta.ge,
        high=meta.le,
        above=meta.gt,
        unit=extra.get("unit", ""),
        log=extra.get("log", False),
        choices=tuple(choices),
        kinds=kinds,
        hidden=extra.get("hidden", False),
        zero=extra.get("zero", ""),
    )


def kinds_of(base: Any) -> tuple[type[Struct], ...]:
    """Return the tagged declarations among the members of a union (or the one it is)."""
    members = get_args(base) if get_origin(base) in (Union, UnionType) else (base,)
    found = tuple(m for m in members if isinstance(m, type) and issubclass(m, Struct))
    return tuple(m for m in found if m.__struct_config__.tag is not None)


def _type(base: Any, kinds: tuple[type[Struct], ...]) -> FieldType:
    if kinds:
        return "kind"
    if base in _PLAIN:
        return _PLAIN[base]
    if get_origin(base) is Literal:
        return "choice"
    if get_origin(base) in (tuple, list, dict):
        return "list"
    return "group" if isinstance(base, type) and issubclass(base, Struct) else "array"


def _default(field: msgspec.structs.FieldInfo) -> Any:
    if field.default is not msgspec.NODEFAULT:
        return field.default
    return field.default_factory() if field.default_factory is not msgspec.NODEFAULT else None


def finite(value: Any) -> bool:
    """Tell whether every float inside a tree of builtins is finite (files and edits may hold no other)."""
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, dict):
        return all(finite(v) for v in value.values())
    return all(finite(v) for v in value) if isinstance(value, list | tuple) else True
