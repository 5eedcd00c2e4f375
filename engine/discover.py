"""Finding the modules that register things: a new file in a package of kinds is all a new kind needs."""

from __future__ import annotations

import importlib
import pkgutil


def discover(package: str) -> None:
    """Import every module of a package in the order of its `ORDER` list, then the rest by name."""
    module = importlib.import_module(package)
    names = [m.name for m in pkgutil.iter_modules(module.__path__) if not m.name.startswith("_")]
    order: tuple[str, ...] = getattr(module, "ORDER", ())
    for name in sorted(names, key=lambda n: (order.index(n) if n in order else len(order), n)):
        importlib.import_module(f"{package}.{name}")
