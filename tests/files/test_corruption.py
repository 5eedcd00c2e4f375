"""Damaged files: refused with the one error or equal to what was saved; never slow, large or something else."""

from __future__ import annotations

import random
import time
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec
import pytest

from engine import archive, files
from engine.errors import FileError
from engine.files import Document
from tests.files.samples import BUSY, PLAIN
from tests.files.test_files import members_of, sealed

CASES = 20_000
SLOWEST, LARGEST = 1.0, 200 * 2**20

Change = Callable[[random.Random, bytes], bytes]


def flip(rng: random.Random, data: bytes) -> bytes:
    """Change one bit, or one to eight bytes."""
    out = bytearray(data)
    if rng.random() < 0.5:
        out[rng.randrange(len(out))] ^= 1 << rng.randrange(8)
    for _ in range(rng.randrange(8)):
        out[rng.randrange(len(out))] = rng.randrange(256)
    return bytes(out)


def cut(rng: random.Random, data: bytes) -> bytes:
    """Lose the end, the beginning or a piece."""
    a, b = sorted(rng.choices(range(len(data) + 1), k=2))
    return rng.choice((data[:a], data[b:], data[:a] + data[b:]))


def splice(rng: random.Random, data: bytes) -> bytes:
    """Write over a place, or put in, a piece of this file or of another one."""
    other = rng.choice((data, OTHER, rng.randbytes(40), bytes(40)))
    a, b = sorted(rng.choices(range(len(other) + 1), k=2))
    at, piece = rng.randrange(len(data) + 1), other[a:b]
    return data[:at] + piece + data[rng.choice((at, at + len(piece))) :]


def swap(rng: random.Random, data: bytes) -> bytes:
    """Exchange two pieces."""
    a, b, c, d = sorted(rng.choices(range(len(data) + 1), k=4))
    return data[:a] + data[c:d] + data[b:c] + data[a:b] + data[d:]


SAVED, OTHER = files.dumps(*BUSY), files.dumps(*PLAIN)


def outcome(data: bytes) -> Document | None:
    """Open damaged bytes within the time allowed; None when they were refused."""
    start = time.perf_counter()
    try:
        return files.loads(data)
    except FileError:
        return None
    finally:
        assert time.perf_counter() - start < SLOWEST


@pytest.fixture
def small() -> Iterator[None]:
    """Watch the memory that opening takes."""
    tracemalloc.start()
    yield
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < LARGEST


def test_every_byte_matters(small: None) -> None:
    for at in range(len(SAVED)):
        data = bytearray(SAVED)
        data[at] ^= 1 << (at % 8)
        assert outcome(bytes(data)) is None, f"byte {at} may change unnoticed"


def test_every_length_matters(small: None) -> None:
    for end in range(len(SAVED)):
        assert outcome(SAVED[:end]) is None


def test_random_damage(small: None) -> None:
    rng = random.Random(20_000)
    opened = 0
    for _ in range(CASES):
        data = SAVED
        for change in rng.choices((flip, cut, splice, swap), k=rng.choice((1, 1, 1, 2, 3))):
            data = change(rng, data) or b"\0"
        document = outcome(data)
        assert document in (None, BUSY, PLAIN if data == OTHER else None)
        opened += document is not None
    assert opened < CASES / 20


def test_damage_that_was_sealed_again(small: None) -> None:
    """Whoever makes the digests agree gets another valid experiment or the one error, nothing else."""
    rng = random.Random(3)
    members = members_of(BUSY)
    for _ in range(3_000):
        name = rng.choice(list(members)[1:])
        change = rng.choice((flip, cut, splice, swap))
        document = outcome(sealed({**members, name: change(rng, members[name])}))
        assert document is None or files.loads(files.dumps(*document)) == document


def test_words_of_the_experiment_exchanged_and_sealed_again() -> None:
    """The same at the level of values: any value of the tree replaced by another one of it, or by an odd one."""
    rng = random.Random(4)
    members = members_of(BUSY)
    for name in ("experiment.json", "run.json"):
        for _ in range(1_500):
            tree = msgspec.json.decode(members[name])
            places = list(_places(tree))
            owner, key = rng.choice(places)
            donor, other = rng.choice(places)
            owner[key] = rng.choice((donor[other], None, -1, 1e300, 2**63, "", [], {}, "x" * 300, True))
            try:
                data = sealed({**members, name: msgspec.json.encode(tree)})
            except (RecursionError, ValueError):
                continue  # a tree inside itself
            document = outcome(data)
            assert document is None or files.loads(files.dumps(*document)) == document


def _places(tree: Any) -> Iterator[tuple[Any, Any]]:
    items: Iterable[tuple[Any, Any]] = (
        tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    )
    for key, value in items:
        yield tree, key
        yield from _places(value)


def test_a_header_cannot_ask_for_memory() -> None:
    """Sizes that are not there are refused before anything is taken."""
    header = archive._LOCAL.pack(b"PK\x03\x04", 10, 0, 0, 0, 33, 0, 2**32 - 1, 2**32 - 1, 13, 0)
    tracemalloc.start()
    with pytest.raises(FileError):
        files.loads(header + b"manifest.json")
    assert tracemalloc.get_traced_memory()[1] < 2**20
    tracemalloc.stop()
