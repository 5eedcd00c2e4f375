"""What pictures a file, some files or a folder hold: found without decoding any, with the class of each.

IDX files in a pair, with the pair to test on where it stands beside them, NumPy archives with `x` [picture, row,
column] (or [picture, row, column, channel]) and `y`, folders with a folder for each class, and single files. Pickles
are refused, because reading one may run code.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from engine.datasets.importing import idx
from engine.datasets.importing.decoding import SUFFIXES, opened, pillow, shades
from engine.datasets.importing.npz import BROKEN, INPUTS, TARGETS, array_of, header_of, member, members_of
from engine.datasets.importing.preview import one_line
from engine.errors import DataError
from engine.fields import MOST_CLASSES

if TYPE_CHECKING:
    from PIL import Image

MOST_FILES: Final = 200_000
DEEPEST: Final = 6
"""Folders within folders that are looked into."""

PICKLES: Final = (".pkl", ".pickle", ".p", ".pt", ".pth", ".joblib")
CIFAR: Final = re.compile(r"data_batch_\d|test_batch|batches\.meta|cifar-10.*\.tar(\.gz)?", re.IGNORECASE)
TRAINED: Final = ("x_train", "x_test"), ("y_train", "y_test")
"""Names of arrays that are divided already, as Keras keeps them."""
NAMES: Final = ("names", "classes", "class_names", "label_names")


class Pile(Protocol):
    """Pictures one can take singly."""

    def __len__(self) -> int:
        """How many there are."""

    def name(self, k: int) -> str:
        """What a report calls one."""

    def image(self, k: int, side: int) -> Image.Image:
        """One of them, decoded; raises `Unfit`. `side` is the side it will have, 0 for its own."""


class Files:
    """Picture files."""

    def __init__(self, paths: Sequence[Path], base: Path | None) -> None:
        self.paths, self.base = paths, base

    def __len__(self) -> int:
        return len(self.paths)

    def name(self, k: int) -> str:
        """The path from the folder that was chosen on."""
        path = self.paths[k]
        return path.relative_to(self.base).as_posix() if self.base else path.name

    def image(self, k: int, side: int) -> Image.Image:
        """Decode a file."""
        return opened(self.paths[k], side)


class Stack:
    """An array of pictures [picture, row, column, channel] of bytes."""

    def __init__(self, pixels: NDArray[np.uint8]) -> None:
        self.pixels = pixels

    def __len__(self) -> int:
        return len(self.pixels)

    def name(self, k: int) -> str:
        """Its number, from 1."""
        return f"picture {k + 1}"

    def image(self, k: int, side: int) -> Image.Image:
        """A picture of the array."""
        made: Image.Image = pillow().fromarray(self.pixels[k, :, :, 0] if self.pixels.shape[3] == 1 else self.pixels[k])
        return made


class Found(NamedTuple):
    """Pictures with their classes; `labels` are indices of `classes`. `skipped` are files that are none, by reason.

    The last `tests` pictures are to test on, where the files themselves divide them.
    """

    title: str
    pile: Pile
    labels: NDArray[np.int64]
    classes: tuple[str, ...]
    skipped: tuple[tuple[str, str], ...] = ()
    tests: int = 0


def holds_pictures(path: Path) -> bool:
    """Whether a path is one of pictures, or of what is refused like them; else it may be a table."""
    if path.is_dir() or path.suffix.lower() in SUFFIXES or _pickled(path) or idx.header(path) is not None:
        return True
    return path.suffix.lower() == ".npz" and _pictured(path)


def find(paths: Sequence[Path]) -> Found:
    """Look what pictures there are."""
    first = paths[0]
    for path in paths:
        if _pickled(path):
            raise DataError(_conversion(path))
    if len(paths) == 1 and first.is_dir():
        return _folder(first)
    if len(paths) == 1 and first.suffix.lower() == ".npz":
        return _archive(first)
    if idx.header(first) is not None:
        return _idx(first)
    files = [p for p in paths if p.suffix.lower() in SUFFIXES]
    if not files:
        raise DataError(
            f"{first.name} is no picture that is known; choose {', '.join(SUFFIXES[:6])} or a folder of them"
        )
    title = first.name if len(paths) == 1 else f"{len(paths)} files"
    others = tuple((p.name, "no picture") for p in paths if p not in files)
    return _named(title, Files(files, None), [_word(p) for p in files], others)


# -- folders -------------------------------------------------------------------------------------------------------


def _folder(folder: Path) -> Found:
    files = list[Path]()
    _gather(folder, files, DEEPEST)
    pictures = [p for p in files if p.suffix.lower() in SUFFIXES]
    if not pictures:
        return _without_pictures(folder, files)
    skipped = tuple((p.relative_to(folder).as_posix(), "no picture") for p in files if p.suffix.lower() not in SUFFIXES)
    flat = all(p.parent == folder for p in pictures)
    return _named(
        folder.name, Files(pictures, folder), [_word(p) if flat else p.parent.name for p in pictures], skipped
    )


def _without_pictures(folder: Path, files: Sequence[Path]) -> Found:
    """A folder of arrays, those to learn from first; or why nothing in it can be used."""
    for path in sorted(files, key=lambda p: (not p.name.startswith("train"), p)):
        header = idx.header(path)
        if header is not None and len(header.shape) > 1:
            return _idx(path)
    pickled = next((p for p in files if _pickled(p)), None)
    if pickled is not None:
        raise DataError(_conversion(pickled))
    raise DataError(
        f"{folder.name} holds no pictures ({', '.join(SUFFIXES[:6])} …); choose one that has a folder for each class"
    )


def _gather(folder: Path, files: list[Path], deep: int) -> None:
    """Add the files of a folder and of those in it, by name; hidden ones and links to folders are left alone."""
    try:
        inside = sorted(folder.iterdir())
    except OSError as error:
        raise DataError(
            f"the folder {folder.name} can't be read ({error.strerror or error}); choose another"
        ) from error
    for path in inside:
        if path.name.startswith("."):
            continue
        if path.is_dir():
            if deep and not path.is_symlink():
                _gather(path, files, deep - 1)
        else:
            files.append(path)
        if len(files) > MOST_FILES:
            raise DataError(f"the folder holds more than {MOST_FILES:,} files; choose one of the folders in it")


def _word(path: Path) -> str:
    """The class that a file name tells: what comes before its number, as in cat_012.png, else its folder's name."""
    found = re.match(r"(.*?)[\s_.()-]*\d*$", path.stem)
    return (found and found[1]) or path.parent.name or "picture"


def _named(title: str, pile: Pile, words: Sequence[str], skipped: tuple[tuple[str, str], ...] = ()) -> Found:
    words = [one_line(w)[:64] for w in words]
    classes = sorted(set(words), key=lambda w: (not w.isdecimal(), int(w) if w.isdecimal() else 0, w))
    if len(classes) > MOST_CLASSES:
        raise DataError(
            f"{title} has more than {MOST_CLASSES} classes ({', '.join(classes[:3])} …); put its pictures into fewer "
            "folders, one for each class"
        )
    place = {word: k for k, word in enumerate(classes)}
    return Found(title, pile, np.array([place[w] for w in words], np.int64), tuple(classes), skipped)


# -- arrays --------------------------------------------------------------------------------------------------------


def _idx(path: Path) -> Found:
    files = [idx.pair(half) for half in idx.halves(idx.pair(path)[0])]
    x, y = ([idx.read(pair[k]) for pair in files] for k in range(2))
    title = " and ".join(pictures.name for pictures, _ in files)
    return _divided(title, x, y, ())


def _divided(title: str, x: list[NDArray[Any]], y: list[NDArray[Any]], names: tuple[str, ...]) -> Found:
    """Arrays of pictures and their labels: those to learn from and, where there is a second part, those to test on."""
    if len(x) == 1:
        return _arrays(title, x[0], y[0], names)
    if len({part.shape[1:] for part in x}) > 1:
        forms = " and ".join(str(list(part.shape)) for part in x)
        raise DataError(f"{title} hold pictures of two forms, {forms}; put them into folders of their own")
    for pixels, labels in zip(x, y, strict=True):
        if pixels.ndim < 3 or labels.ravel().shape != pixels.shape[:1]:
            raise DataError(
                f"{title} has pictures {list(pixels.shape)} but labels {list(labels.shape)}; give one label for each"
            )
    found = _arrays(title, np.concatenate(x), np.concatenate([part.ravel() for part in y]), names)
    return found._replace(tests=len(x[1]))


def _pictured(path: Path) -> bool:
    """Whether the inputs of an archive have more than two axes."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = members_of(archive)
            name = next((n for n in (TRAINED[0][0], *INPUTS) if n in members), None)
            return name is not None and len(header_of(archive, members[name], path.name)[0]) > 2
    except (*BROKEN, DataError):
        return False


def _archive(path: Path) -> Found:
    title = path.name
    try:
        with zipfile.ZipFile(path) as archive:
            members = members_of(archive)
            divided = TRAINED[0][0] in members
            inputs = TRAINED[0] if divided else (member(members, INPUTS, "pictures", title).filename[:-4],)
            targets = TRAINED[1] if divided else (member(members, TARGETS, "their classes", title).filename[:-4],)
            x, y = (
                [array_of(archive, member(members, (n,), "pictures", title), title) for n in names]
                for names in (inputs, targets)
            )
            named = next((n for n in NAMES if n in members), None)
            names = array_of(archive, members[named], title).ravel() if named else ()
    except BROKEN as error:
        why = one_line(str(error))[:60] or type(error).__name__
        raise DataError(f"{title} is not a NumPy archive that can be read ({why}); save it again") from error
    return _divided(title, x, y, tuple(str(n) for n in names))


def _arrays(title: str, x: NDArray[Any], y: NDArray[Any], names: tuple[str, ...]) -> Found:
    y = y[:, 0] if y.ndim == 2 and y.shape[1] == 1 else y
    x = x.transpose(0, 2, 3, 1) if x.ndim == 4 and x.shape[3] not in (1, 3) and x.shape[1] in (1, 3) else x
    x = x[..., None] if x.ndim == 3 else x
    if x.ndim != 4 or x.shape[3] not in (1, 3) or 0 in x.shape:
        raise DataError(
            f"{title} holds pictures {list(x.shape)} where [picture, row, column] or [picture, row, column, channel] "
            "with 1 or 3 channels is expected; reshape them"
        )
    if y.ndim != 1 or len(y) != len(x):
        labels = f"{len(y):,} labels" if y.ndim == 1 else f"labels {list(y.shape)}"
        raise DataError(f"{title} has {len(x):,} pictures but {labels}; give one label for each")
    if x.dtype.kind not in "biuf":
        raise DataError(f"the pictures of {title} are text; store numbers")
    try:
        pixels = shades(x)
    except DataError as error:
        raise DataError(f"{title} can't be used: {error}") from error
    return _labelled(title, Stack(pixels), y, names)


def _labelled(title: str, pile: Stack, y: NDArray[Any], names: tuple[str, ...]) -> Found:
    if y.dtype.kind == "f" and not (np.isfinite(y).all() and (y == np.floor(y)).all()):
        raise DataError(f"the labels of {title} are no whole numbers; pictures need a class each")
    if y.dtype.kind == "U":
        return _named(title, pile, y.tolist())
    values, found = np.unique(y.astype(np.int64), return_inverse=True)
    if len(values) > MOST_CLASSES:
        raise DataError(
            f"{title} has {len(values):,} classes but at most {MOST_CLASSES} can be told apart; take some of them"
        )
    known = len(set(names)) == len(names) > int(values.max()) and values.min() >= 0
    words = tuple(one_line(names[v])[:64] if known else str(v) for v in values.tolist())
    return Found(title, pile, found.astype(np.int64), words)


# -- what is refused -----------------------------------------------------------------------------------------------


def _pickled(path: Path) -> bool:
    """Whether a file is a pickle, by its name or its first bytes."""
    if not path.is_file():
        return False
    if path.suffix.lower() in PICKLES or CIFAR.fullmatch(path.name):
        return True
    try:
        with path.open("rb") as file:
            start = file.read(2)
    except OSError:
        return False
    return len(start) == 2 and start[0] == 0x80 and 2 <= start[1] <= 5


def _conversion(path: Path) -> str:
    """How to turn a pickle into something that is opened."""
    if CIFAR.fullmatch(path.name):
        how = (
            'd = pickle.load(open("data_batch_1", "rb"), encoding="bytes"); '
            'numpy.savez("cifar.npz", x=d[b"data"].reshape(-1, 3, 32, 32), y=d[b"labels"])'
        )
    else:
        how = 'numpy.savez("pictures.npz", x=pictures, y=labels)'
    return (
        f"{path.name} is a pickle, which may run code when it is read, and is not opened; convert it in Python: {how}"
    )
