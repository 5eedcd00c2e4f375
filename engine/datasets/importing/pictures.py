"""From what was found to own pictures: a few to look at, a choice how all are made alike, and a report of the whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from engine import streams
from engine.arrays import Array
from engine.datasets._pictures import stratified_keys
from engine.datasets.base import LEAST_SHARE, Dataset
from engine.datasets.importing.decoding import LARGEST_SIDE, Cut, Unfit, border, cut
from engine.datasets.importing.found import Found, Stack, find
from engine.datasets.importing.load import Cancelled, Progress
from engine.datasets.own_pictures import OwnPictures
from engine.errors import DataError
from engine.fields import MOST_CLASSES

SHOWN: Final = 64
"""Pictures in a preview."""

TRIED: Final = 500
"""Pictures that are tried for it; where all of them are broken, the others are too."""

SIDE: Final = 28
SMALL: Final = 32
"""Pictures of one size stay as they are up to this side; others become squares of 28, unless somebody says how."""

PAPER: Final = 0.7
"""Grey pictures whose edges are lighter than this are taken for dark ink on light paper, and inverted."""

MOST_NUMBERS: Final = 1 << 27
TOLD: Final = 64
"""Pictures from one word about the progress to the next."""

NAMED: Final = 3
"""Names of a kind that the report says; it holds them all."""

Skipped = tuple[tuple[str, str], ...]
"""Names of what was left out, with the reason."""


class PicturePreview(Struct, frozen=True):
    """Pictures as they will be read: `samples` [picture, row, column, channel] are some of them, of classes `labels`.

    `how` is what was asked for, or a guess; `sizes` are the sizes of those looked at, rows and columns, most common
    first, `counts` the number of pictures of each class.
    """

    found: Found
    how: Cut
    samples: NDArray[np.uint8]
    labels: NDArray[np.int64]
    counts: tuple[int, ...]
    sizes: tuple[tuple[int, int], ...]
    colour: bool

    @property
    def title(self) -> str:
        """What the source is called."""
        return self.found.title

    @property
    def ink(self) -> bool:
        """Whether they are taken for ink: grey, and on a ground of zeros."""
        return not self.how.colour and float(np.median([border(pixels) for pixels in self.samples])) < 1 - PAPER

    @property
    def sides(self) -> tuple[int, ...]:
        """The sides on offer; 0, the pictures' own, where they are small enough and of one size."""
        own = len(self.sizes) == 1 and max(self.sizes[0]) <= LARGEST_SIDE
        return (*((0,) if own else ()), 16, 28, 32, 48, 64)


class Report(Struct, frozen=True):
    """How many pictures were taken, and what was left out, by name and reason.

    At the train `share`, in per cent, they are divided as their files have it; 0 where these do not divide them.
    """

    kept: int
    skipped: Skipped
    share: float = 0.0

    @property
    def sentence(self) -> str:
        """The report in a sentence: what was left out is counted and, as far as it is little, named."""
        reasons = Counter(reason for _, reason in self.skipped)
        parts = []
        for reason, times in reasons.most_common():
            names = [name for name, why in self.skipped if why == reason]
            more = f" and {times - NAMED:,} more" if times > NAMED else ""
            parts.append(f"{times:,} {reason} ({', '.join(names[:NAMED])}{more})")
        kept = f"{self.kept:,} picture{'s' if self.kept != 1 else ''}"
        return f"{kept} taken; left out: {', '.join(parts)}" if parts else f"{kept} taken"


def preview_pictures(paths: Sequence[Path], how: Cut | None = None) -> PicturePreview:
    """Look at pictures: some are decoded, those of all classes; what `how` leaves open is guessed from them."""
    found = find(paths)
    return look(found, how)


def look(found: Found, how: Cut | None = None) -> PicturePreview:
    """Decode some of the pictures that were found."""
    counts = np.bincount(found.labels, minlength=len(found.classes))
    images, labels = [], []
    for k in islice(_spread(found.labels), TRIED):
        try:
            images.append(found.pile.image(k, LARGEST_SIDE if how is None else how.side))
            labels.append(found.labels[k])
        except Unfit as error:
            trouble = f"{found.pile.name(k)}: {error}"
        if len(images) == SHOWN:
            break
    if not images:
        raise DataError(f"no picture of {found.title} can be used ({trouble}); choose others")
    sizes = tuple(size for size, _ in Counter((i.height, i.width) for i in images).most_common())
    colour = any(i.mode == "RGB" and _coloured(np.asarray(i)) for i in images)
    if how is None:
        own = len(sizes) == 1 and max(sizes[0]) <= SMALL
        light = float(np.median([border(np.asarray(i)) for i in images])) > PAPER
        how = Cut(side=0 if own else SIDE, colour=colour, inverted=light and not colour)
    made = [cut(image, how) for image in images]
    same = [k for k, pixels in enumerate(made) if pixels.shape == made[0].shape]
    samples = np.stack([made[k] for k in same])
    return PicturePreview(
        found, how, samples, np.array([labels[k] for k in same]), tuple(counts.tolist()), sizes, colour
    )


def load_pictures(
    preview: PicturePreview,
    how: Cut | None = None,
    into: Dataset | None = None,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> tuple[OwnPictures, Report]:
    """Read all pictures; `into` are others of the size asked for, to which they are appended, classes by their names.

    Raises `DataError`, and `Cancelled` soon after `cancelled()` is true.
    """
    found, how = preview.found, how or preview.how
    rows, columns = (how.side, how.side) if how.side else preview.sizes[0]
    form = rows, columns, how.channels
    before = into if isinstance(into, OwnPictures) else None
    if before is not None and before.form != form:
        raise DataError(
            f"the pictures there are have {_spoken(before.form)}, these would have {_spoken(form)}; make both alike"
        )
    _check_room(found, rows * columns * how.channels)
    if not how.side and isinstance(found.pile, Stack) and found.pile.pixels.shape[1:] == form:
        pixels, kept, skipped = found.pile.pixels, np.arange(len(found.pile)), found.skipped
        pixels = 255 - pixels if how.inverted else pixels
    else:
        pixels, kept, skipped = _read(found, how, form, progress or (lambda what, done, total: None), cancelled)
    trains = kept < len(found.pile) - found.tests
    share = 0.0 if before or trains.all() else 100 * _share(trains)
    return _own(preview, pixels, found.labels[kept], before, trains), Report(len(kept), skipped, share)


def joined_by(source: Dataset) -> Cut | None:
    """How pictures are made that are to come behind those of a data set; None where none can."""
    if not isinstance(source, OwnPictures) or not len(source.labels) or source.form[0] != source.form[1]:
        return None
    return Cut(side=source.form[0], colour=source.form[2] == 3)


def _read(
    found: Found, how: Cut, form: tuple[int, int, int], tell: Progress, cancelled: Callable[[], bool]
) -> tuple[NDArray[np.uint8], NDArray[np.int64], Skipped]:
    """Decode one after the other: pixels, the places of those kept, and what is left out."""
    pixels = np.empty((len(found.pile), *form), np.uint8)
    skipped, kept = list(found.skipped), list[int]()
    for k in range(len(found.pile)):
        if k % TOLD == 0:
            tell("reading", k, len(found.pile))
            if cancelled():
                raise Cancelled("the import was stopped; nothing has changed")
        try:
            made = cut(found.pile.image(k, how.side), how)
            if made.shape != form:
                raise Unfit("of another size")
        except Unfit as error:
            skipped.append((found.pile.name(k), str(error)))
        else:
            pixels[len(kept)] = made
            kept.append(k)
    return pixels[: len(kept)], np.array(kept, np.int64), tuple(skipped)


def _own(
    preview: PicturePreview, pixels: NDArray[np.uint8], labels: NDArray[np.int64], into: OwnPictures | None,
    trains: NDArray[np.bool_],
) -> OwnPictures:  # fmt: skip
    """Own pictures of the classes that are left, behind those there are already; some are marked to learn from."""
    found = preview.found
    left = [found.classes[k] for k in np.unique(labels)]
    before = into or OwnPictures(pixels=Array(pixels[:0]), ink=preview.ink)
    names = (*into.names, *(n for n in left if n not in into.names)) if into else tuple(left)
    if len(names) < 2:
        only = f"only pictures of “{left[0]}”" if left else "no picture that can be used"
        raise DataError(f"{found.title} holds {only}; a net tells two or more classes apart: give each a folder")
    if len(names) > MOST_CLASSES:
        raise DataError(f"these are {len(names)} classes but at most {MOST_CLASSES} can be told apart; take fewer")
    place = np.array([names.index(n) if n in names else 0 for n in found.classes])
    label = place[labels].astype(np.uint8)
    # What comes later falls on either side by chance and moves nothing that is there.
    drawn = streams.generator(len(before.labels), "split").random(len(label))
    keys = drawn if into else _keys(label.astype(np.float64), trains)
    return OwnPictures(
        pixels=Array(np.concatenate([before.pixels.values, pixels])),
        labels=Array(np.concatenate([before.labels.values, label])),
        keys=Array(np.concatenate([before.keys.values, keys])),
        names=names,
        file=(into.file if into else "") or found.title[:1000],
        ink=before.ink,
    )


def _keys(labels: NDArray[np.float64], trains: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Keys for the split, of which those marked to learn from are the lower ones; a part of each has all classes."""
    if trains.all():
        return stratified_keys(0, labels)
    share, keys = _share(trains), np.empty(len(labels))
    keys[trains] = share * stratified_keys(0, labels[trains])
    keys[~trains] = share + (1 - share) * stratified_keys(0, labels[~trains])
    return keys


def _share(trains: NDArray[np.bool_]) -> float:
    """Where the keys part; no less than an experiment can learn from, for the keys say who trains."""
    return max(float(trains.mean()), LEAST_SHARE / 100)


def _spoken(form: tuple[int, int, int]) -> str:
    rows, columns, channels = form
    return f"{rows} × {columns} places {'in colour' if channels == 3 else 'of grey'}"


def _check_room(found: Found, numbers: int) -> None:
    if len(found.pile) * numbers > MOST_NUMBERS:
        raise DataError(
            f"{found.title} has {len(found.pile):,} pictures of {numbers:,} numbers each, but at most {MOST_NUMBERS:,} "
            "numbers can be held; choose a smaller side, or grey"
        )


def _spread(labels: NDArray[np.int64]) -> Iterator[int]:
    """Places of pictures, one of each class in turn."""
    places = [np.flatnonzero(labels == k).tolist() for k in range(int(labels.max(initial=-1)) + 1)]
    for turn in range(max((len(p) for p in places), default=0)):
        yield from (mine[turn] for mine in places if turn < len(mine))


def _coloured(pixels: NDArray[np.uint8]) -> bool:
    """Whether the channels differ by more than what a lossy format adds."""
    return bool((np.ptp(pixels.astype(np.int16), axis=2) > 24).mean() > 0.01)
