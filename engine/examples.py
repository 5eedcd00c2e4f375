"""Bundled experiments: one file each in assets/examples, .learn where it has arrays; the stem of its name is the key.

`name` is its title, `notes` one sentence on what to look for. A new file is in the gallery by itself.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from engine import files, storage
from engine.errors import FileError
from engine.experiment import Experiment
from engine.files import Document
from engine.registry import nearest

FOLDER: Final = Path(__file__).parent.parent / "assets" / "examples"
DEFAULT: Final = "spiral"

ORDER: Final = (
    "circle",
    "xor",
    "gauss",
    "spiral",
    "moons",
    "rings",
    "three-spirals",
    "blobs",
    "checkerboard",
    "sine",
    "plane",
    "multi-gauss",
    "and-gate",
    "xor-one-neuron",
    "right-inputs",
)
"""The order of the gallery, simple to complex; files not named here follow."""

_LARGEST: Final = 1_000_000


def names() -> tuple[str, ...]:
    """The keys of the bundled experiments, in the order of the gallery."""
    found = [path.stem for path in FOLDER.iterdir() if path.suffix in (".json", ".learn")]
    return tuple(sorted(found, key=lambda n: (ORDER.index(n) if n in ORDER else len(ORDER), n)))


@cache
def load(name: str) -> Experiment:
    """Return a bundled experiment by its key; an unknown one names the nearest."""
    if name not in names():
        raise FileError(f"there is no bundled experiment “{name}”; {nearest(name, names())}")
    path = file(name)
    return files.load(path).experiment if path.suffix == ".learn" else _read(path)


def file(name: str) -> Path:
    """Where a bundled experiment stands."""
    whole = FOLDER / f"{name}.learn"
    return whole if whole.exists() else whole.with_suffix(".json")


def find(name_or_path: str) -> Document:
    """Open a bundled experiment by its key, or a .learn or .json file by its path."""
    if name_or_path in names():
        return Document(load(name_or_path))
    path = Path(name_or_path)
    if not path.exists() and not path.suffix:
        raise FileError(f"“{name_or_path}” is neither a bundled experiment nor a file; {nearest(path.stem, names())}")
    if path.suffix == ".json":
        return Document(_read(path))
    return files.load(path)


def _read(path: Path) -> Experiment:
    return files.from_json(storage.read(path, _LARGEST), path.name)
