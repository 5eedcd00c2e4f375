"""Text as blocks of records: decoded, with one kind of line end, never cut inside a record."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from engine.errors import DataError

BLOCK: Final = 1 << 19
"""Bytes read at once: some 10 ms of parsing, so the window never waits for the interpreter."""

MOST_BYTES: Final = 2 << 30
LONGEST_RECORD: Final = 1 << 24

BOMS: Final = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


class Block(NamedTuple):
    """Whole records; `first` is the row number of the first one, counted from 1 as a spreadsheet does.

    `done` bytes were read so far; `last` tells that no block follows.
    """

    first: int
    records: list[str]
    done: int
    last: bool


def blocks(source: Path | str, title: str) -> Iterator[Block]:
    """Yield the records of a file, or of pasted text, block by block."""
    first, held = 1, ""
    decoder: io.IncrementalNewlineDecoder | None = None
    done = 0
    with _opened(source, title) as file:
        last = False
        while not last:
            raw = file.read(BLOCK)
            last = len(raw) < BLOCK
            decoder = decoder or _decoder(raw, title)
            done += len(raw)
            held += _decoded(decoder, raw, last, title, first + held.count("\n"))
            cut = len(held) if last else _cut(held)
            if cut or last:
                records = _records(held[:cut])
                yield Block(first, records, done, last)
                first, held = first + len(records), held[cut:]
            elif len(held) > LONGEST_RECORD:
                raise DataError(
                    f"{title}: row {first} is longer than {LONGEST_RECORD:,} characters; close the quotation mark that "
                    "may be open there, or choose a file of rows and columns"
                )


def size(source: Path | str) -> int:
    """The number of bytes to read; 0 for a file that is gone, which opening it tells."""
    if isinstance(source, str):
        return len(source.encode(errors="replace"))
    try:
        return source.stat().st_size
    except OSError:
        return 0


def cells(records: Sequence[str], separator: str) -> list[list[str]]:
    """Split records into cells; a separator of one space stands for any run of white space."""
    if separator == " ":
        return [record.split() for record in records]
    return [_split(record, separator) for record in records]


def _split(record: str, separator: str) -> list[str]:
    # One reader for each record: an odd quotation mark in one can't swallow the next.
    try:
        return next(csv.reader((record,), delimiter=separator, skipinitialspace=True), [])
    except csv.Error:
        return record.split(separator)


def _opened(source: Path | str, title: str) -> io.BufferedIOBase:
    if isinstance(source, str):
        # A lone surrogate in pasted text stays visible as “?”.
        return io.BytesIO(source.lstrip("\ufeff").encode(errors="replace"))
    try:
        if source.stat().st_size > MOST_BYTES:
            raise DataError(
                f"{title} has {source.stat().st_size / 2**30:.1f} GB but at most {MOST_BYTES >> 30} GB can be read; "
                "take a part of its rows"
            )
        return source.open("rb")
    except OSError as error:
        raise DataError(
            f"{title} can't be opened ({error.strerror or error}); check that it exists and may be read"
        ) from error


def _decoder(raw: bytes, title: str) -> io.IncrementalNewlineDecoder:
    encoding = next((name for bom, name in BOMS if raw.startswith(bom)), "utf-8")
    if raw.startswith(b"PK\x03\x04"):
        raise DataError(f"{title} is an archive, such as an Excel workbook, not text; save the table as CSV")
    if encoding != "utf-16" and b"\0" in raw:
        raise DataError(f"{title} is not a text file: it holds zero bytes; save the table as CSV in UTF-8")
    return io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(encoding)(), translate=True)


def _decoded(decoder: io.IncrementalNewlineDecoder, raw: bytes, last: bool, title: str, row: int) -> str:
    try:
        return decoder.decode(raw, final=last)
    except UnicodeDecodeError as error:
        good = error.object[: error.start]
        row += max(good.count(b"\n"), good.count(b"\r"))
        what = f"byte 0x{error.object[error.start]:02X}" if error.start < len(error.object) else "its end"
        raise DataError(
            f"{title}: row {row} is not {error.encoding.upper()} ({what} has no meaning there); "
            "save the table as UTF-8 (in a spreadsheet: “CSV UTF-8”)"
        ) from error


def _cut(text: str) -> int:
    """Where the last whole record of a text ends."""
    cut = text.rfind("\n") + 1
    quotes = text.count('"', 0, cut)
    # A line end inside quotation marks belongs to its cell.
    while cut and quotes % 2:
        before = text.rfind("\n", 0, cut - 1) + 1
        quotes -= text.count('"', before, cut)
        cut = before
    return cut


def _records(text: str) -> list[str]:
    # Not `splitlines`, which also splits at characters that are no line ends in a table.
    lines = text.split("\n")
    if not lines[-1]:
        lines.pop()
    if '"' not in text:
        return lines
    records: list[str] = []
    open_ = False
    for line in lines:
        if open_:
            records[-1] += "\n" + line
        else:
            records.append(line)
        open_ ^= line.count('"') % 2 == 1
    return records
