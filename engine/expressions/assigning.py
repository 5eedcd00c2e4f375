"""Assignments: lines such as `v = μ*v - η*g`, worked out from the first to the last."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final, Literal, NamedTuple, overload

from engine.errors import ExpressionError
from engine.expressions.arithmetic import Exact, Values, evaluate, exactly
from engine.expressions.functions import FUNCTIONS
from engine.expressions.reading import NAME, parse
from engine.expressions.tree import Expression

LINE: Final = re.compile(rf"\s*({NAME})\s*=(?!=)(.*)", re.DOTALL)


class Assignment(NamedTuple):
    """A name and what it stands for from here on; the right side sees the names of the lines before."""

    name: str
    expression: Expression


@lru_cache(maxsize=1024)
def assignments(lines: tuple[str, ...]) -> tuple[Assignment, ...]:
    """Read lines, each a name, = and an expression."""
    return tuple(_assignment(line) for line in lines)


def _assignment(line: str) -> Assignment:
    found = LINE.fullmatch(line)
    if not found or found[1] in FUNCTIONS:
        raise ExpressionError(f"“{line}” assigns nothing; a line is a name, = and an expression, such as v = 2*x")
    return Assignment(found[1], parse(found[2].strip()))


@overload
def follow(lines: Iterable[Assignment], values: Values, exact: Literal[False] = False) -> dict[str, Any]: ...
@overload
def follow(lines: Iterable[Assignment], values: Exact, exact: Literal[True]) -> dict[str, Fraction]: ...
def follow(lines: Iterable[Assignment], values: Mapping[str, Any], exact: bool = False) -> dict[str, Any]:
    """All values after the last line: those given, changed and joined by those assigned."""
    found = dict(values)
    for line in lines:
        found[line.name] = exactly(line.expression, found) if exact else evaluate(line.expression, found)
    return found
