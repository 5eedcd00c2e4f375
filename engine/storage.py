"""Whole files on disk: read with a limit, written so that the old one stays until the new one is complete."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from pathlib import Path

from engine.errors import FileError


def read(path: str | Path, largest: int) -> bytes:
    """Read an ordinary file of at most `largest` bytes, or raise a `FileError` that says why not."""
    path = Path(path)
    try:
        with open(path, "rb", opener=_without_waiting) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise FileError(f"“{path.name}” is not an ordinary file; choose another")
            if status.st_size > largest:
                raise FileError(f"“{path.name}” has {status.st_size} bytes, more than the {largest} that are read")
            data = file.read(largest + 1)
    except OSError as error:
        raise FileError(
            f"“{path.name or path}” can't be read from {path.absolute().parent}: {_why(error)}; choose another file"
        ) from error
    if len(data) > largest:
        raise FileError(f"“{path.name}” grew beyond {largest} bytes while it was read")
    return data


def check_place(path: str | Path) -> None:
    """Refuse a place where a file can't be written, before the work that fills it is done."""
    path = Path(os.path.realpath(path))
    if not path.parent.is_dir():
        raise FileError(f"there is no folder {path.parent} to save in; make it first")
    if path.is_dir():
        raise FileError(f"“{path}” is a folder; name a file in it")
    try:
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise FileError(
            f"“{path.name}” can't be saved in {path.parent}: {_why(error)}; choose another place"
        ) from error


def write(path: str | Path, data: bytes) -> None:
    """Replace a file by `data` all at once; after any error the old file is still there, whole.

    The bytes go to a new file in the same folder, are counted and forced to the disk, and only then take the name.
    """
    path = Path(os.path.realpath(path))
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name[:40]}.", suffix=".saving", dir=path.parent)
        try:
            _fill(handle, data)
            os.chmod(temporary, _mode(path))
            os.replace(temporary, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise
        _settle(path.parent)
    except OSError as error:
        raise FileError(
            f"“{path.name}” can't be saved in {path.parent}: {_why(error)}; choose another place, nothing was changed"
        ) from error


def _without_waiting(path: str, flags: int) -> int:
    # A pipe would make the opening wait for somebody who writes into it.
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _fill(handle: int, data: bytes) -> None:
    with open(handle, "wb", buffering=0) as file:
        done, view = 0, memoryview(data)
        while done < len(data):
            written = file.write(view[done:])
            if not written:
                raise OSError("the disk took no more bytes")
            done += written
        os.fsync(handle)
        if os.fstat(handle).st_size != len(data):
            raise OSError(f"only {os.fstat(handle).st_size} of {len(data)} bytes were written")


def _mode(path: Path) -> int:
    with contextlib.suppress(OSError):
        return stat.S_IMODE(path.stat().st_mode)
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _settle(folder: Path) -> None:
    # The new name itself reaches the disk with the folder; where folders can't be opened (Windows) it does so alone.
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _why(error: OSError) -> str:
    return (error.strerror or str(error) or type(error).__name__).lower()
