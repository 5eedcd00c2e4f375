"""A zip with exactly one spelling: the container of .learn files.

Any zip program can read it, but of all the zips with the same members only one is accepted: members stored without
compression in the order given, one fixed date, no comments, no extra fields, nothing before, between or behind. So
equal members are equal bytes on every machine, no byte is without a meaning, and no member can swell while it is read.

Layout (PKWARE APPNOTE 6.3.10): a local header and the data of each member, the central directory, the end record.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from struct import Struct
from typing import Final

from engine.errors import FileError

_LOCAL: Final = Struct("<4sHHHHHIIIHH")
_CENTRAL: Final = Struct("<4sHHHHHHIIIHHHHHII")
_END: Final = Struct("<4sHHHHIIH")
_LOCAL_MARK, _CENTRAL_MARK, _END_MARK = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"

_NEEDS, _STORED, _TIME, _DATE = 10, 0, 0, (1 << 5) | 1
"""Readable by version 1.0 of any zip program; not compressed; midnight, first of January 1980."""

LARGEST: Final = 2**31
"""Bytes of an archive at most: far below the 4 GiB at which the layout would have to change."""

_MOST_MEMBERS, _LONGEST_NAME = 64, 100


def pack(members: Mapping[str, bytes]) -> bytes:
    """Write members in the order given; `unpack` gives the same back."""
    pieces: list[bytes] = []
    entries: list[tuple[bytes, int, int]] = []
    for name, data in members.items():
        entry = (name.encode("ascii"), zlib.crc32(data), len(data))
        pieces += (_local(*entry), data)
        entries.append(entry)
    if sum(map(len, pieces)) > LARGEST:
        raise FileError(f"the experiment is larger than {LARGEST // 2**20} MiB; keep fewer samples in it")
    return b"".join([*pieces, _directory(entries)])


def unpack(data: bytes) -> dict[str, memoryview]:
    """Read the members of an archive that `pack` wrote; refuse every other sequence of bytes with a `FileError`."""
    if data[:4] != _LOCAL_MARK:
        raise FileError("this is not a .learn file; choose one that Learnscope saved")
    view, offset = memoryview(data), 0
    members: dict[str, memoryview] = {}
    entries: list[tuple[bytes, int, int]] = []
    while data[offset : offset + 4] == _LOCAL_MARK:
        name, member, offset = _member(view, offset)
        if name in members or len(members) == _MOST_MEMBERS:
            raise FileError("it holds a member twice or too many of them")
        members[name] = member
        entries.append((name.encode("ascii"), zlib.crc32(member), len(member)))
    if view[offset:] != _directory(entries):
        raise FileError("its directory is damaged or cut off; open another copy")
    return members


def first_name(data: bytes) -> str:
    """The name of the first member of any zip, ours or not; empty for what is no zip."""
    if data[:4] != _LOCAL_MARK or len(data) < _LOCAL.size:
        return ""
    length = _LOCAL.unpack(data[: _LOCAL.size])[-2]
    return data[_LOCAL.size : _LOCAL.size + length].decode(errors="replace")


def _member(view: memoryview, start: int) -> tuple[str, memoryview, int]:
    body = start + _LOCAL.size
    if body > len(view):
        raise FileError("it is cut off; open another copy")
    *_, size, length, _ = _LOCAL.unpack(view[start:body])
    name, first, end = bytes(view[body : body + length]), body + length, body + length + size
    if length > _LONGEST_NAME or not name.isascii() or end > len(view):
        raise FileError("a header in it is damaged; open another copy")
    member = view[first:end]
    if view[start:first] != _local(name, zlib.crc32(member), size):
        raise FileError(f"“{name.decode('ascii')}” in it is damaged; open another copy")
    return name.decode("ascii"), member, end


def _local(name: bytes, crc: int, size: int) -> bytes:
    return _LOCAL.pack(_LOCAL_MARK, _NEEDS, 0, _STORED, _TIME, _DATE, crc, size, size, len(name), 0) + name


def _directory(entries: list[tuple[bytes, int, int]]) -> bytes:
    pieces, offset = [], 0
    for name, crc, size in entries:
        fields = (_NEEDS, _NEEDS, 0, _STORED, _TIME, _DATE, crc, size, size, len(name), 0, 0, 0, 0, 0, offset)
        pieces.append(_CENTRAL.pack(_CENTRAL_MARK, *fields) + name)
        offset += _LOCAL.size + len(name) + size
    central = b"".join(pieces)
    return central + _END.pack(_END_MARK, 0, 0, len(entries), len(entries), len(central), offset, 0)
