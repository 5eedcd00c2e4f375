"""`list`: everything that is registered, with the fields of each."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import Any, Final

import msgspec

import app.views
import engine.filters
import engine.machines
import engine.nets
import engine.study
from app.commands.terminal import say, say_json
from engine import examples
from engine.arrays import Array, encode_array
from engine.errors import LearnscopeError
from engine.fields import FieldInfo
from engine.fields import describe as fields_of
from engine.registry import Kind, Registry, key_of, nearest

EXAMPLE: Final = "example"
ORDER: Final = (
    "layer",
    "sharing",
    "activation",
    "loss",
    "optimiser",
    "initialiser",
    "penalty",
    "schedule",
    "regulariser",
    "filter",
    "dataset",
    "machine",
    "record",
    "diagnosis",
    "study",
    "network",
    "view",
)
"""The order of the kinds in a list; kinds not named here follow."""

_LOADED: Final = (app.views, engine.filters, engine.machines, engine.nets, engine.study)
"""Registered by being imported; everything else is imported with the experiment."""


def describe(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("kind", nargs="?", metavar="KIND", help=f"only one of {', '.join(kinds())}")


def run(arguments: Namespace) -> int:
    """Print it."""
    known = kinds()
    if arguments.kind and arguments.kind not in known:
        raise LearnscopeError(f"there is no kind “{arguments.kind}”; {nearest(arguments.kind, known)}")
    tree = {kind: entries(kind) for kind in known if arguments.kind in (None, kind)}
    if arguments.json:
        say_json(tree)
    else:
        say("\n\n".join("\n".join([kind, *_readable(kind)]) for kind in tree))
    return 0


def registries() -> dict[str, Registry[Any]]:
    """All registries by the name of their kind: a base class with a registry of its own is a kind."""
    found = {base.registry.name: base.registry for base in Kind.__subclasses__()}
    return dict(sorted(found.items(), key=lambda item: ORDER.index(item[0]) if item[0] in ORDER else len(ORDER)))


def kinds() -> tuple[str, ...]:
    """The kinds that can be listed."""
    return (*registries(), EXAMPLE)


def entries(kind: str) -> list[dict[str, Any]]:
    """What is registered of a kind, as builtins."""
    if kind == EXAMPLE:
        found = [(name, examples.load(name)) for name in examples.names()]
        return [{"key": name, "title": e.name, "help": e.sentence, "fields": []} for name, e in found]
    return [
        {"key": e.key, "title": e.title, "help": e.help, "fields": [_field(f) for f in fields_of(e.kind)]}
        for e in registries()[kind]
    ]


def _field(info: FieldInfo) -> dict[str, Any]:
    return {
        "name": info.name,
        "type": info.type,
        "default": None if isinstance(info.default, Array) else _plain(info.default),
        "range": _range(info),
        "unit": info.unit,
        "help": info.help,
    }


def _plain(value: Any) -> Any:
    return msgspec.to_builtins(value, enc_hook=encode_array)


def _range(info: FieldInfo) -> str:
    if info.kinds:
        return " | ".join(key_of(k) for k in info.kinds if issubclass(k, Kind))
    return " | ".join(info.choices) if info.type == "choice" else info.range


def _readable(kind: str) -> list[str]:
    lines = []
    for entry in entries(kind):
        lines.append(f"  {entry['key']:<22} {entry['title']}: {entry['help']}")
        if kind != EXAMPLE:
            shown = [f for f in fields_of(registries()[kind][entry["key"]].kind) if not f.hidden]
            lines += [f"    {_line(f)}" for f in shown]
    return lines


def _line(info: FieldInfo) -> str:
    default = info.default.key if isinstance(info.default, Kind) else info.default
    shown = f" = {default}" if default not in (None, [], ()) else ""
    notes = [info.help, *([f"{_range(info)} {info.unit}".strip()] if _range(info) else [])]
    return f"{info.name}{shown}  ({'; '.join(notes)})"
