"""From a preview and a choice of columns to a table. Runs in a background thread, in pieces of some 10 ms.

Numbers are read by NumPy's compiled parser, block by block; it holds the interpreter lock, so a block is small. Only
when a block is refused is it read again by hand, to name the row, the column and the value.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.arrays import Array
from engine.datasets.base import LEAST_SHARE, split_keys
from engine.datasets.importing.lines import Block, blocks, cells, size
from engine.datasets.importing.npz import read_npz
from engine.datasets.importing.preview import MISSING, SPLIT_WORDS, Preview, Task, is_number, one_line
from engine.datasets.table import LARGEST, Scaling, Table
from engine.errors import DataError, LearnscopeError
from engine.fields import MOST_CLASSES
from engine.registry import nearest

Values = NDArray[np.float64]
Progress = Callable[[str, int, int], None]
Kind = Literal["number", "text", "skip"]

MOST_NUMBERS: Final = 1 << 28
LONGEST_WORD: Final = 64

DTYPES: Final[dict[Kind, str]] = {"number": "f8", "text": f"U{LONGEST_WORD}", "skip": "U1"}


class Cancelled(LearnscopeError):
    """The user stopped an import; nothing has changed."""


class Choice(NamedTuple):
    """What is read of a table: features and target by name, and their places."""

    preview: Preview
    features: tuple[str, ...]
    target: str
    task: Task

    @property
    def numeric_target(self) -> bool:
        """Whether the target column is read as numbers: classes may also have words among their names."""
        words = self.task == "classification"
        return any(
            c.name == self.target and c.type == "number" and not (words and c.strays) for c in self.preview.columns
        )

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """How each column of the file is read."""
        return tuple(self._kind(c.name) for c in self.preview.columns)

    def _kind(self, name: str) -> Kind:
        if name in self.features or (name == self.target and self.numeric_target):
            return "number"
        return "text" if name in (self.target, self.preview.split) else "skip"

    def place(self, name: str) -> int:
        """The place of a column in the file."""
        return next(k for k, c in enumerate(self.preview.columns) if c.name == name)


class Read(NamedTuple):
    """What was read: numbers, the target's numbers or codes with their words, and for each row whether it trains."""

    x: Values
    y: Values
    words: tuple[str, ...]
    trains: NDArray[np.bool_] | None


def load(
    preview: Preview,
    features: Sequence[str] | None = None,
    target: str | None = None,
    task: Task | None = None,
    scaling: Scaling = "standardise",
    target_scaling: Scaling = "range",
    progress: Progress | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Table:
    """Read a table. What is not chosen is as the preview guessed.

    Raises `DataError` with a sentence that names row and column, and `Cancelled` soon after `cancelled()` is true.
    """
    choice = choose(preview, features, target, task)
    tell = progress or (lambda what, done, total: None)
    read = _read_text(choice, tell, cancelled) if preview.format == "text" else _from_npz(choice, tell, cancelled)
    if not len(read.y):
        raise DataError(f"{preview.title} has a header but no rows; choose a table with a row for each sample")
    y, names = _classes(choice, read) if choice.task == "classification" else (read.y, ())
    if cancelled():
        raise Cancelled("the import was stopped; nothing has changed")
    if read.trains is not None and not read.trains.any():
        raise DataError(
            f"column “{preview.split}” of {preview.title} says test in every row, so nothing could be learned; "
            "say train in some rows, or give the column another name"
        )
    keys, marked = _keys(len(y), read.trains)
    return Table(
        x=Array(read.x),
        y=Array(y),
        keys=Array(keys),
        header=choice.features,
        target=choice.target,
        names=names,
        scaling=scaling,
        target_scaling=target_scaling,
        marked=marked,
        file=preview.title[:1000],
    )


def choose(preview: Preview, features: Sequence[str] | None, target: str | None, task: Task | None) -> Choice:
    """Check a choice of columns; what is not chosen is as the preview guessed."""
    columns = {c.name: c for c in preview.columns}
    target = preview.target if target is None else target
    guessed = (
        preview.task if target == preview.target else _usual_task(columns[target].type) if target in columns else None
    )
    if features is None:
        features = tuple(c.name for c in preview.columns if c.type == "number" and c.name != target)
    for name in (target, *features):
        if name not in columns:
            raise DataError(f"{preview.title} has no column “{name}”; {nearest(name, columns)}")
    for name in features:
        if columns[name].type != "number":
            raise DataError(f"column “{name}” of {preview.title} holds text; choose columns of numbers as features")
    if target in features:
        raise DataError(f"column “{target}” can't be both feature and target; choose another target or leave it out")
    if not features:
        raise DataError(f"{preview.title} has no column of numbers besides the target; it needs at least one feature")
    task = task or guessed or "regression"
    if task == "regression" and columns[target].type == "text":
        raise DataError(f"column “{target}” holds text, so it can only name classes; choose classification")
    return Choice(preview, tuple(features), target, task)


def _usual_task(type_: str) -> Task:
    return "classification" if type_ == "text" else "regression"


def _read_text(choice: Choice, tell: Progress, cancelled: Callable[[], bool]) -> Read:
    preview, total = choice.preview, size(choice.preview.source)
    wanted = [f"f{choice.place(name)}" for name in choice.features]
    target, split = f"f{choice.place(choice.target)}", preview.split and f"f{choice.place(preview.split)}"
    words, sides = Codes(choice), Codes(choice)
    xs, ys, trains = [np.zeros((0, len(wanted)))], [np.zeros(0)], [np.zeros(0, np.bool_)]
    rows, header = 0, preview.header
    for block in blocks(preview.source, preview.title):
        if cancelled():
            raise Cancelled("the import was stopped; nothing has changed")
        block, header = _without_header(block, header)
        table = _parse(choice, block)
        if table is not None:
            xs.append(np.stack([table[name] for name in wanted], axis=1))
            ys.append(table[target] if choice.numeric_target else words.of(table[target], block))
            if split:
                trains.append(sides.sides(table[split], block))
            rows += len(table)
        if rows * len(wanted) > MOST_NUMBERS:
            raise DataError(f"{preview.title} has over {MOST_NUMBERS:,} numbers to keep; choose fewer columns or rows")
        tell("reading", min(block.done, total), total)
    return Read(np.concatenate(xs), np.concatenate(ys), tuple(words), np.concatenate(trains) if split else None)


def _without_header(block: Block, header: bool) -> tuple[Block, bool]:
    """Take the header off the first block; it is the first row that is not blank."""
    first = next((k for k, r in enumerate(block.records) if r.strip()), None) if header else None
    if first is None:
        return block, header
    return Block(block.first + first + 1, block.records[first + 1 :], block.done, block.last), False


def _parse(choice: Choice, block: Block) -> NDArray[np.void] | None:
    """Parse the records of a block into a structured array, or say which cell of it can't be used."""
    kinds = choice.kinds
    records = [r for r in block.records if r.strip()]
    if not records:
        return None
    try:
        table = _loadtxt(records, kinds, choice.preview)
    except ValueError as error:
        raise explain(choice, block, str(error)) from error
    for k, kind in enumerate(kinds):
        if kind == "number" and not (np.abs(table[f"f{k}"]) <= LARGEST).all():
            raise explain(choice, block, "a number is not finite")
    return table


def _loadtxt(records: list[str], kinds: Sequence[Kind], preview: Preview) -> NDArray[np.void]:
    commas = preview.decimal == ","
    if commas and "text" in kinds:
        # Commas are decimal in numbers only, so words and numbers are read apart.
        table = _loadtxt(records, [k if k == "number" else "skip" for k in kinds], preview)
        words = _parsed(records, ["skip" if k == "number" else k for k in kinds], preview)
        full = np.empty(len(table), [(f"f{k}", DTYPES[kind]) for k, kind in enumerate(kinds)])
        for k, kind in enumerate(kinds):
            full[f"f{k}"] = (table if kind == "number" else words)[f"f{k}"]
        return full
    return _parsed([r.replace(",", ".") for r in records] if commas else records, kinds, preview)


def _parsed(records: list[str], kinds: Sequence[Kind], preview: Preview) -> NDArray[np.void]:
    table: NDArray[np.void] = np.loadtxt(
        records,
        dtype=[(f"f{k}", DTYPES[kind]) for k, kind in enumerate(kinds)],
        delimiter=None if preview.separator == " " else preview.separator,
        quotechar='"',
        comments=None,
        ndmin=1,
    )
    return table


def explain(choice: Choice, block: Block, cause: str) -> DataError:
    """Find the cell of a refused block, and say in a sentence where it is, what it holds and what to do."""
    preview, kinds = choice.preview, choice.kinds
    rows = cells(block.records, preview.separator)
    for row, words in enumerate(rows, block.first):
        if words and any(w.strip() for w in words) and len(words) != len(kinds):
            return DataError(
                f"{preview.title}: row {row} has {len(words)} cells but {len(kinds)} are expected; "
                "give every row the same number of cells"
            )
        for word, kind, column in zip(words, kinds, preview.columns, strict=False):
            trouble = _trouble(word.strip(), preview.decimal) if kind == "number" else ""
            if trouble:
                return DataError(f"{preview.title}: row {row}, column “{column.name}” {trouble}")
    return DataError(f"{preview.title}: rows {block.first} to {block.first + len(rows) - 1} can't be read ({cause})")


def _trouble(word: str, decimal: str) -> str:
    shown = f"“{one_line(word)[:40]}{'…' * (len(word) > 40)}”"
    if word.lower() in MISSING:
        what = f"holds {shown}" if word else "is empty"
        return f"{what} where a number is expected; fill it in, remove the row or leave the column out"
    plain = word.replace(",", ".") if decimal == "," else word
    if not is_number(plain):
        return f"holds {shown} where a number is expected; correct it or leave the column out"
    if not math.isfinite(float(plain)) or abs(float(plain)) > LARGEST:
        return f"holds {shown}, but numbers up to ±{LARGEST:g} are expected; correct it or leave the column out"
    return ""


class Codes(dict[str, int]):
    """Numbers the words of a column as they appear."""

    def __init__(self, choice: Choice) -> None:
        super().__init__()
        self._choice = choice

    def __missing__(self, word: str) -> int:
        # What differs only by white space is one word.
        return self.setdefault(one_line(word), len(self))

    def of(self, column: NDArray[np.str_], block: Block) -> Values:
        """The codes of a block of words; refuses empty ones and too many."""
        codes = np.array([self[word] for word in column.tolist()], np.float64)
        title, target = self._choice.preview.title, self._choice.target
        if "" in self:
            row = _row_of(int(np.argmax(codes == self[""])), block)
            raise DataError(
                f"{title}: row {row}, column “{target}” is empty where a class is expected; "
                "fill it in or remove the row"
            )
        if len(self) > MOST_CLASSES:
            raise _too_many(self._choice, tuple(self))
        return codes

    def sides(self, column: NDArray[np.str_], block: Block) -> NDArray[np.bool_]:
        """Whether each row of a block trains, by the words train and test."""
        title, name = self._choice.preview.title, self._choice.preview.split
        words = [w.strip().lower() for w in column.tolist()]
        wrong = next((k for k, w in enumerate(words) if w not in SPLIT_WORDS), None)
        if wrong is not None:
            raise DataError(
                f"{title}: row {_row_of(wrong, block)}, column “{name}” holds “{one_line(words[wrong])[:40]}” "
                "where train or test is expected; correct it or give the column another name"
            )
        return np.array([w == "train" for w in words])


def _row_of(record: int, block: Block) -> int:
    """The row number of the record that is the k-th one not blank."""
    return [row for row, r in enumerate(block.records, block.first) if r.strip()][record]


def _too_many(choice: Choice, words: Sequence[str]) -> DataError:
    advice = "choose another target" + (" or regression" if choice.numeric_target else "")
    return DataError(
        f"column “{choice.target}” of {choice.preview.title} has more than {MOST_CLASSES} classes "
        f"({', '.join(words[:3])} …); {advice}"
    )


def _classes(choice: Choice, read: Read) -> tuple[Values, tuple[str, ...]]:
    """Class indices and names, in the order of `_by_name`."""
    values, codes = np.unique(read.y, return_inverse=True)
    words = [_written(v) for v in values] if choice.numeric_target else [read.words[int(v)] for v in values]
    if len(words) > MOST_CLASSES:
        raise _too_many(choice, words)
    if len(words) < 2:
        raise DataError(
            f"every row of column “{choice.target}” of {choice.preview.title} holds “{words[0]}”: one class "
            "can't be told apart from itself; choose another target"
        )
    order = sorted(range(len(words)), key=lambda k: _by_name(words[k]))
    place = np.empty(len(words))
    place[order] = np.arange(len(words))
    return place[codes], tuple(words[k] for k in order)


def _by_name(word: str) -> tuple[bool, float, str]:
    """The alphabet, then numbers by their value: so drawn classes, which are numbers, stay behind those they join."""
    number = is_number(word)
    return number, float(word) if number else 0.0, word


def _written(value: float) -> str:
    return str(int(value)) if float(value).is_integer() and abs(value) < 2**53 else repr(float(value))


def _keys(rows: int, trains: NDArray[np.bool_] | None) -> tuple[Values, float]:
    """Keys for the split, and the share (in per cent) at which it is the one that the file marks."""
    if trains is None:
        return split_keys(0, rows), 0.0
    # No less than an experiment can learn from: the keys say who trains, the share only where they part.
    keys, share = np.empty(rows), max(float(trains.mean()), LEAST_SHARE / 100)
    learned = int(trains.sum())
    keys[trains] = share * split_keys(0, learned)
    keys[~trains] = share + (1 - share) * split_keys(0, rows - learned)
    return keys, 100 * share


def _from_npz(choice: Choice, tell: Progress, cancelled: Callable[[], bool]) -> Read:
    preview = choice.preview
    assert not isinstance(preview.source, str)
    tell("reading", 0, 2)
    arrays = read_npz(preview.source, preview.title)
    if cancelled():
        raise Cancelled("the import was stopped; nothing has changed")
    tell("checking", 1, 2)
    x = np.stack([arrays.column(choice.place(name)) for name in choice.features], axis=1)
    for k, name in enumerate(choice.features):
        arrays.check(x[:, k], name)
    y = arrays.column(choice.place(choice.target))
    words: tuple[str, ...] = ()
    if choice.numeric_target:
        arrays.check(y, choice.target)
    else:
        y = np.array([one_line(w) for w in y.tolist()])
        arrays.check_words(y, choice.target)
        found, y = np.unique(y, return_inverse=True)
        words = tuple(str(w) for w in found)
    tell("checking", 2, 2)
    return Read(x, y.astype(np.float64), words, None)
