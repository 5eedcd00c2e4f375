"""Old .learn files open for ever: one small function for each change of the format.

A change of what a file holds raises `VERSION`, adds one function here that turns the content of the version before into
the next, and leaves one file of the old version in tests/files. Functions work on plain values, never on today's types,
so they stay right when those types change again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from engine.arrays import Array

VERSION: Final = 1
"""The version that is written."""


class Content(NamedTuple):
    """What a file says, before it is understood: trees of plain values, and the arrays they name by digest."""

    experiment: Any
    run: Any
    arrays: dict[str, Array]


Upgrade = Callable[[Content], Content]

UPGRADES: Final[dict[int, Upgrade]] = {}
"""From each old version to the next; none yet."""


def upgrade(
    content: Content, version: int, upgrades: Mapping[int, Upgrade] = UPGRADES, newest: int = VERSION
) -> Content:
    """Bring content of an old version up to the newest, one step after the other."""
    for step in range(version, newest):
        content = upgrades[step](content)
    return content
