"""Bundled experiments: one file each in assets/examples, .learn where it has arrays; the stem of its name is the key.

`name` is its title. The first line of `notes` is one sentence on what to look for; where the experiment is worked in a
course text, a second paragraph says where, and what is misprinted there. A folder in assets/examples is a section of
the gallery. A new file is in the gallery by itself.
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
    "a-line-for-thirteen",
    "and-neuron",
    "or-neuron",
    "not-neuron",
    "two-of-three",
    "xor-impossible",
    "by-inequalities",
    "red-blue-black",
    "four-vehicles",
    "thirteen-points",
    "three-inputs",
    "dead-zone",
    "averaged-perceptron",
    "lms-thirteen",
    "hebb",
    "hebb-alone",
    "covariance",
    "oja",
    "competitive",
    "k-means",
    "nearest-neighbours",
    "linear-neuron",
    "linear-regression",
    "logistic-neuron",
    "logistic-regression",
    "stochastic-neuron",
    "logistic-function",
    "hyperbolic-function",
    "algebraic-function",
    "linear-layers",
    "madaline",
    "xor-by-two-lines",
    "any-table",
    "tutorial",
    "two-two-one",
    "mitchell-online",
    "batch-regularised",
    "relu-of-a-line",
    "powers",
    "eight-three-eight",
)
"""The order of the gallery, simple to complex; files not named here follow."""

SECTIONS: Final = {"": "Ready experiments", "by-hand": "By hand"}
"""The sections of the gallery in their order: the folder of each, and its title."""

_LARGEST: Final = 1_000_000


def names() -> tuple[str, ...]:
    """The keys of the bundled experiments, in the order of the gallery."""
    sections, found = list(SECTIONS), _files()
    return tuple(
        sorted(found, key=lambda n: (sections.index(section(n)), ORDER.index(n) if n in ORDER else len(ORDER), n))
    )


def section(name: str) -> str:
    """The folder of a bundled experiment: a key of `SECTIONS`."""
    folder = _files()[name].parent
    return "" if folder == FOLDER else folder.name


@cache
def _files() -> dict[str, Path]:
    return {path.stem: path for path in FOLDER.rglob("*") if path.suffix in (".json", ".learn")}


@cache
def load(name: str) -> Experiment:
    """Return a bundled experiment by its key; an unknown one names the nearest."""
    if name not in names():
        raise FileError(f"there is no bundled experiment “{name}”; {nearest(name, names())}")
    path = file(name)
    return files.load(path).experiment if path.suffix == ".learn" else _read(path)


def file(name: str) -> Path:
    """Where a bundled experiment stands."""
    return _files()[name]


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
