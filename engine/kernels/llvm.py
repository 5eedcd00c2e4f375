"""The one door to numba and llvmlite, imported at the first compilation; neither has complete types.

What comes through it is `Any`, and `intrinsic` is given a type, so the modules behind the door are checked as usual.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, Final

ir: Final[Any] = import_module("llvmlite.ir")
binding: Final[Any] = import_module("llvmlite.binding")
numba: Final[Any] = import_module("numba")
types: Final[Any] = numba.types
cgutils: Final[Any] = import_module("numba.core.cgutils")
extending: Final[Any] = import_module("numba.extending")
templates: Final[Any] = import_module("numba.core.typing.templates")

# Loops over a few vectors are the rule here: copies of their bodies, and what chooses between them, cost more than they
# save (10 % of a step of small networks, nothing elsewhere).
binding.set_option("learnscope", "-unroll-runtime=false")

I32: Final[Any] = ir.IntType(32)
I64: Final[Any] = ir.IntType(64)


def intrinsic(build: Callable[..., Any]) -> Any:
    """A word: `build(typing, *types)` returns its signature and the function that writes its instructions."""
    return extending.intrinsic(build)
