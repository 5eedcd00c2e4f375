"""One registry per kind of thing: key, title, version, documentation.

A kind is a base class with a `registry`; an entry is a subclass of it, registered with one line::

    @register("Leaky ReLU")
    class LeakyReLU(Activation, tag="leaky-relu"): ...

The key is the struct's tag, the documentation its docstring.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any, ClassVar, Final, Generic, TypeVar, Union

from msgspec import Struct

from engine.errors import LearnscopeError
from engine.fields import describe


class Kind(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind"):
    """Base of everything registered: a frozen declaration whose fields are its hyper-parameters.

    A kind whose calculation can be written declares it as expressions (`engine.expressions`). `symbols` says which
    symbol there is which field; `unwritten` says why there is no expression, where there is none.
    """

    registry: ClassVar[Registry[Any]]
    symbols: ClassVar[dict[str, str]] = {}
    unwritten: ClassVar[str] = ""

    @property
    def key(self) -> str:
        """The registered key, as written in files."""
        return key_of(type(self))

    @property
    def by_symbol(self) -> dict[str, float]:
        """The hyper-parameters as its expressions see them: yes is 1 and no is 0, choices count from 0."""
        kinds = {info.name: info for info in describe(type(self))}
        found = {}
        for symbol, name in self.symbols.items():
            value = getattr(self, name)
            found[symbol] = float(kinds[name].choices.index(value) if isinstance(value, str) else value)
        return found

    @property
    def switches(self) -> frozenset[str]:
        """The symbols that stand for a choice, not for a quantity."""
        return frozenset(s for s, name in self.symbols.items() if isinstance(getattr(self, name), bool | str))


K = TypeVar("K", bound=Kind)


def key_of(kind: type[Kind]) -> str:
    """Return the key under which a declaration is registered."""
    return str(kind.__struct_config__.tag)


class Entry(Struct, Generic[K], frozen=True):
    """One registered declaration."""

    key: str
    title: str
    kind: type[K]
    version: int

    @property
    def help(self) -> str:
        """The first paragraph of the documentation, on one line."""
        return " ".join(self.documentation.split("\n\n")[0].split())

    @property
    def documentation(self) -> str:
        """The whole documentation."""
        return inspect.getdoc(self.kind) or ""


class Registry(Generic[K]):
    """The entries of one kind, in the order of their registration (simple to complex)."""

    def __init__(self, name: str) -> None:
        self.name: Final = name
        self._entries: dict[str, Entry[K]] = {}

    def add(self, kind: type[K], title: str, version: int) -> None:
        """Register a declaration under its tag; a second one with the same tag is a mistake of ours."""
        key = key_of(kind)
        if key in self._entries:
            raise LearnscopeError(f"two {self.name}s are called “{key}”; rename one of them")
        self._entries[key] = Entry(key=key, title=title, kind=kind, version=version)

    def __iter__(self) -> Iterator[Entry[K]]:
        return iter(self._entries.values())

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, key: str) -> bool:
        return key in self._entries

    def __getitem__(self, key: str) -> Entry[K]:
        """Return the entry called `key`; an unknown one is named together with its nearest neighbour."""
        if key not in self._entries:
            raise LearnscopeError(f"there is no {self.name} called “{key}”; {nearest(key, self._entries)}")
        return self._entries[key]

    def title(self, kind: Kind) -> str:
        """The title people read, such as “Leaky ReLU”."""
        return self[kind.key].title

    def union(self) -> Any:
        """The tagged union of all entries: the run-time type of a field that holds any of them."""
        return Union[tuple(e.kind for e in self._entries.values())]  # noqa: UP007 - made at run time


def register(title: str, version: int = 1) -> Callable[[type[K]], type[K]]:
    """Register a declaration with the registry of its base class."""

    def add(kind: type[K]) -> type[K]:
        kind.registry.add(kind, title, version)
        return kind

    return add


def nearest(word: str, words: Any) -> str:
    """Say which of `words` is nearest to `word`, or list them all when none is near."""
    import difflib

    known = [str(w) for w in words]
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return f"did you mean “{close[0]}”?" if close else f"choose one of {', '.join(known)}"
