"""The sources as data: what a module imports, names and defines, read without running it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).parent.parent
FOLDERS = ("engine", "app", "tests", "scripts")


class Source:
    """One Python file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.text = path.read_text(encoding="utf-8")

    @property
    def name(self) -> str:
        """Its dotted name."""
        parts = self.path.relative_to(ROOT).with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    @property
    def is_package(self) -> bool:
        """Whether it is the door of a package."""
        return self.path.name == "__init__.py"

    @cached_property
    def tree(self) -> ast.Module:
        """Its syntax."""
        return ast.parse(self.text, str(self.path))

    @cached_property
    def imports(self) -> frozenset[str]:
        """The dotted names of everything it imports, wherever in the file: `from a.b import c` is a.b.c."""
        found: set[str] = set()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                found.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{self.name} imports relatively; write the whole name"
                found.update(f"{node.module}.{alias.name}" for alias in node.names)
        return frozenset(found)

    @cached_property
    def uses(self) -> frozenset[str]:
        """The modules of ours it imports from."""
        return frozenset(module for name in self.imports if (module := _module(name)))

    @property
    def definitions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
        """Its functions and classes, at any depth."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                yield node

    def __repr__(self) -> str:
        return self.name


@cache
def sources() -> tuple[Source, ...]:
    """All files of ours."""
    paths = [ROOT / "main.py", *(p for folder in FOLDERS for p in sorted((ROOT / folder).rglob("*.py")))]
    return tuple(Source(p) for p in paths)


@cache
def _names() -> frozenset[str]:
    return frozenset(s.name for s in sources())


def _module(name: str) -> str:
    """The longest part of a dotted name that is a module of ours."""
    parts = name.split(".")
    candidates = (".".join(parts[:k]) for k in range(len(parts), 0, -1))
    return next((c for c in candidates if c in _names()), "")


def is_in(name: str, package: str) -> bool:
    """Whether a dotted name lies in a package, or is it."""
    return name == package or name.startswith(f"{package}.")


class Modules:
    """Some modules, about which a sentence is said."""

    def __init__(self, *packages: str) -> None:
        self.packages = packages
        self.found = [s for s in sources() if any(is_in(s.name, p) for p in packages)]

    def except_for(self, *packages: str) -> Modules:
        """The same without some."""
        fewer = Modules(*self.packages)
        fewer.found = [s for s in self.found if not any(is_in(s.name, p) for p in packages)]
        return fewer

    def never_import(self, *packages: str) -> None:
        """Say that none of them imports any of these."""
        guilty = [f"{s} imports {i}" for s in self.found for i in sorted(s.imports) for p in packages if is_in(i, p)]
        assert not guilty, "\n".join(guilty)

    def import_of_ours_only(self, *packages: str) -> None:
        """Say that of our own modules they import only these."""
        allowed = (*packages, *self.packages)
        guilty = [
            f"{s} imports {m}" for s in self.found for m in sorted(s.uses) if not any(is_in(m, p) for p in allowed)
        ]
        assert not guilty, "\n".join(guilty)


def modules(*packages: str) -> Modules:
    """Begin a sentence about modules."""
    return Modules(*packages)
