"""A first look at a table: its separator, header and columns, and a guess of what is to be learned."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal

from msgspec import Struct

from engine.datasets.importing.lines import Block, blocks, cells, size
from engine.datasets.table import MOST_COLUMNS
from engine.errors import DataError

Task = Literal["classification", "regression"]
Row = Sequence[str]

SEPARATORS: Final = ("\t", ";", "|", ",", " ")
LOOKED_AT: Final = 5000
ENOUGH: Final = 100
LONG: Final = 1 << 20
SHOWN: Final = 20

NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
DECIMAL_COMMA: Final = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?")
MISSING: Final = frozenset(
    ("", "na", "n/a", "#n/a", "nan", "+nan", "-nan", "null", "none", "?", "-", "inf", "+inf", "-inf", "infinity")
)
"""Words of a number column that stand for no number; they are refused at loading, by row and column."""

SPLIT_NAMES: Final = ("set", "split")
SPLIT_WORDS: Final = frozenset(("train", "test"))


class Column(Struct, frozen=True):
    """What the first rows say about a column. `distinct` counts its different values.

    A column is one of numbers if most of its cells are; `strays` are those that hold something else.
    """

    name: str
    type: Literal["number", "text"]
    low: float | None = None
    high: float | None = None
    missing: int = 0
    distinct: int = 0
    whole: bool = False
    strays: int = 0


class Preview(Struct, frozen=True):
    """A table as it will be read. `complete` tells that all rows were looked at; else `row_count` is an estimate.

    `target` and `task` are guesses: the last column that is not the split; classes if it holds text or few whole
    numbers. `split` names a column that says train or test for each row.
    """

    source: Path | str
    title: str
    format: Literal["text", "npz"]
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    row_count: int
    complete: bool
    target: str
    task: Task
    split: str = ""
    separator: str = ","
    decimal: Literal[".", ","] = "."
    header: bool = False

    @property
    def features(self) -> tuple[str, ...]:
        """The columns that can be learned from: all number columns but the target."""
        return tuple(c.name for c in self.columns if c.type == "number" and c.name != self.target)


def preview_text(source: Path | str, title: str, header: bool | None = None, separator: str | None = None) -> Preview:
    """Look at the first rows of a text. `header` says whether the first row holds names; None finds out."""
    block = _start(source, title)
    total = size(source)
    complete = block.last and len(block.records) <= LOOKED_AT
    records = [r for r in block.records[:LOOKED_AT] if r.strip()]
    if not records:
        raise DataError(f"{title} is empty; choose a table with a row for each sample")
    separator = separator or _separator(records[:ENOUGH], title)
    refuse_many_columns(title, len(cells(records[:1], separator)[0]))
    rows = cells(records, separator)
    if header is None:
        header = not any(is_number(c) or is_decimal_comma(c, separator) for c in rows[0]) and any(rows[0])
    names = unique(rows[0] if header else [f"x{k + 1}" for k in range(len(rows[0]))])
    body = rows[1:] if header else rows
    if not body:
        raise DataError(f"{title} has a header but no rows; choose a table with a row for each sample")
    decimal: Literal[".", ","] = "," if separator != "," and _has_decimal_commas(body) else "."
    found = tuple(
        column(name, [row[k].strip() for row in body if k < len(row)], decimal) for k, name in enumerate(names)
    )
    target, task, split = guess(found, body)
    return Preview(
        source=source,
        title=title,
        format="text",
        columns=found,
        rows=tuple(tuple(row) for row in body[:SHOWN]),
        row_count=len(body) if complete else _estimate(block, total),
        complete=complete,
        target=target,
        task=task,
        split=split,
        separator=separator,
        decimal=decimal,
        header=header,
    )


def column(name: str, words: Sequence[str], decimal: str = ".") -> Column:
    """Describe a column by its words: numbers if most of those that are not missing are."""
    words = [w.replace(",", ".") for w in words] if decimal == "," else words
    numbers = [float(w) for w in words if is_number(w)]
    missing = sum(w.lower() in MISSING for w in words)
    others = [w for w in words if w.lower() not in MISSING and not is_number(w)]
    # A few words among numbers are mistakes, to be named by row; they must not make the column vanish in silence.
    if len(numbers) <= len(others):
        return Column(name, "text", missing=sum(not w for w in words), distinct=len(set(words)))
    finite = [v for v in numbers if math.isfinite(v)]
    return Column(
        name,
        "number",
        min(finite, default=None),
        max(finite, default=None),
        missing,
        len(set(numbers)) + len(set(others)),
        all(v.is_integer() for v in finite),
        len(others),
    )


LIKELY_CLASSES: Final = 20
"""Whole numbers of at most so many values are taken for classes, unless somebody says otherwise."""


def guess(columns: Sequence[Column], rows: Sequence[Row]) -> tuple[str, Task, str]:
    """Guess target, task and split column."""
    split = ""
    for k, one in enumerate(columns):
        if one.name.lower() in SPLIT_NAMES and {r[k].strip().lower() for r in rows if k < len(r)} <= SPLIT_WORDS:
            split = one.name
    target = [c for c in columns if c.name != split][-1]
    few = target.whole and 2 <= target.distinct <= min(LIKELY_CLASSES, max(2, len(rows) // 2))
    return target.name, "classification" if target.type == "text" or few else "regression", split


def is_number(word: str) -> bool:
    """Tell whether a cell holds a number in digits."""
    return NUMBER.fullmatch(word.strip()) is not None


def is_decimal_comma(word: str, separator: str) -> bool:
    """Tell whether a cell holds a number with a decimal comma."""
    return separator != "," and DECIMAL_COMMA.fullmatch(word.strip()) is not None


def one_line(word: str) -> str:
    """A word as it is shown: line ends and runs of white space become one space."""
    return " ".join(word.split())


def unique(names: Sequence[str]) -> tuple[str, ...]:
    """Give every column a name of its own."""
    taken: list[str] = []
    seen: set[str] = set()
    for k, raw in enumerate(names):
        base = one_line(raw)[:100] or f"column {k + 1}"
        name, copy = base, 2
        while name in seen:
            name, copy = f"{base} ({copy})", copy + 1
        seen.add(name)
        taken.append(name)
    return tuple(taken)


def refuse_many_columns(title: str, columns: int) -> None:
    """Refuse a table that is wider than the engine serves."""
    if columns > MOST_COLUMNS:
        raise DataError(
            f"{title} has {columns:,} columns but at most {MOST_COLUMNS:,} can be used; remove some, "
            "or swap rows and columns if it lies on its side"
        )


def _separator(records: list[str], title: str) -> str:
    """The separator that gives most rows the same number of cells, more than one."""
    best, share = ",", 0.0
    for separator in SEPARATORS:
        counts = Counter(len(row) for row in cells(records, separator))
        number, rows = max(counts.items(), key=lambda item: (item[1], item[0]))
        if number > 1 and rows / len(records) > share + 1e-9:
            best, share = separator, rows / len(records)
    refuse_many_columns(title, len(cells(records[:1], best)[0]))
    if share == 0.0:
        raise DataError(
            f"{title} has one column, or no separator that can be found; it needs at least one feature and a target, "
            "separated by comma, semicolon, tab, bar or space"
        )
    return best


def _start(source: Path | str, title: str) -> Block:
    """The first blocks as one: enough records, or a few long ones (a table too wide is refused without reading on)."""
    records: list[str] = []
    for block in blocks(source, title):
        records += block.records
        if len(records) >= ENOUGH or (len(records) > 1 and block.done > LONG):
            break
    return Block(1, records, block.done, block.last)


def _has_decimal_commas(rows: Sequence[Row]) -> bool:
    words = [word for row in rows[:200] for word in row]
    return any(DECIMAL_COMMA.fullmatch(w.strip()) for w in words)


def _estimate(block: Block, total: int) -> int:
    return round(len(block.records) * total / max(1, block.done))
