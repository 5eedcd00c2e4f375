"""What msgspec found wrong, in our words: the path, the value there, what was expected, what to do."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Final

import msgspec

from engine.registry import Kind

_WORDS: Final = {
    "float": "a number",
    "int": "a whole number",
    "str": "text",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "nothing",
}


def sentence(error: msgspec.ValidationError, path: str, value: Any) -> str:
    """Say in one sentence what is wrong with `value`, which was to stand at `path`."""
    what, _, where = str(error).partition(" - at `$")
    inner = [part for part in re.split(r"[.\[\]]+", where.rstrip("`")) if part]
    full = ".".join(part for part in (path, *inner) if part) or "the experiment"
    what = what[:1].lower() + what[1:]
    if what.startswith("expected "):
        wanted = re.sub(r"`(\w+)`", lambda m: _WORDS.get(m[1], m[1]), what.removeprefix("expected ").split(", got")[0])
        return f"{full} is {shown(_inside(value, inner))}, but {wanted} is expected; give such a value"
    if what.startswith("invalid value '") and inner[-1:] == ["kind"]:
        return f"{full} is {shown(_inside(value, inner))}, which is not known; {_near_kind(_inside(value, inner))}"
    if "missing required field" in what:
        return f"{full} lacks the field {_quoted(what)}; add it"
    if "unknown field" in what:
        return f"{full} has a field {_quoted(what)} that does not belong there; remove it"
    return f"{full}: {what}"


def _near_kind(word: Any) -> str:
    keys = [entry.key for base in Kind.__subclasses__() for entry in base.registry]
    close = get_close_matches(str(word), keys, n=1)
    return f"did you mean “{close[0]}”?" if close else "choose one that is (`list` names them all)"


def shown(value: Any) -> str:
    """A value, short enough for a sentence."""
    text = f"“{value}”" if isinstance(value, str) else repr(value)
    return text if len(text) <= 60 else f"{text[:57]} …"


def _quoted(what: str) -> str:
    found = re.search(r"`([^`]*)`", what)
    return f"“{found[1]}”" if found else what


def _inside(value: Any, parts: Sequence[str]) -> Any:
    for part in parts:
        if isinstance(value, Mapping) and part in value:
            value = value[part]
        elif isinstance(value, list | tuple) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        else:
            return value
    return value
