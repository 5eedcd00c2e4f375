"""The private cache of compiled kernels.

Its folder is named by everything compiled code depends on: all engine sources, numba and llvmlite, the processor and
the flags. numba itself would see only a change of the kernel's own file, and fails on damaged files.
"""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import sys
import time
from functools import cache
from pathlib import Path
from types import FunctionType
from typing import Any, Final

log: Final = logging.getLogger(__name__)

KEPT_DAYS: Final = 14
"""Folders of other versions are deleted when they were not used for so long,"""

KEPT_FOLDERS: Final = 8
"""and all but so many of those used last."""

FLAGS: Final = {"error_model": "numpy"}


def compiled(function: FunctionType, signature: Any) -> Any:
    """Load the compiled form of a C function from the cache, or compile and keep it.

    A damaged file costs one line in the log and one compilation; a folder that can't be written costs only time.
    """
    from engine.kernels.llvm import numba

    try:
        _use(folder())
        if not _sound(function):
            log.warning("the cache of compiled kernel %s was damaged; it is compiled anew", function.__qualname__)
            for file in _files_of(function):
                file.unlink(missing_ok=True)
        made = numba.cfunc(signature, cache=True, **FLAGS)(function)
        if not made.cache_hits:
            _sign(function)
    except OSError as error:
        log.warning("kernels are compiled without a cache: %s", error)
        return numba.cfunc(signature, **FLAGS)(function)
    return made


def native(made: Any) -> int:
    """The address of what a C function wraps, which is called in the convention of numba's own functions.

    numba keeps the wrapper from being merged with it; calling it without the wrapper saves 15 instructions each time.
    """
    return int(made._library.get_pointer_to_function(made.native_name.removeprefix("cfunc.")))


def _files_of(function: FunctionType) -> list[Path]:
    """The index and the code of a kernel, and the list of their digests."""
    name = f".{function.__qualname__}-"
    return [file for file in folder().rglob("*.nb[ics]") if name in file.name]


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _signed(function: FunctionType) -> bool:
    files = _files_of(function)
    known = {line for file in files if file.suffix == ".nbs" for line in file.read_text().split()}
    return all(_digest(file) in known for file in files if file.suffix != ".nbs")


def _sound(function: FunctionType) -> bool:
    """Whether the kernel's files are as they were written: numba runs whatever code it finds."""
    for pause in (0.05, 0.1, 0.2, 0.0):
        try:
            if _signed(function):
                return True
        except (FileNotFoundError, UnicodeDecodeError):
            pass
        time.sleep(pause)  # another process may be writing them just now
    return False


def _sign(function: FunctionType) -> None:
    """Add the digests of a kernel's files to its list; lines of other processes stay."""
    files = _files_of(function)
    for file in files:
        if file.suffix == ".nbi":
            with file.with_suffix(".nbs").open("a") as out:
                out.writelines(f"{_digest(f)}\n" for f in files if f.suffix in (".nbi", ".nbc"))


def _use(path: Path) -> None:
    from engine.kernels.llvm import numba

    path.mkdir(parents=True, exist_ok=True)
    numba.config.CACHE_DIR = str(path)


@cache
def folder() -> Path:
    """The folder of this version on this processor; folders of other versions go when they are old."""
    mine = root() / _identity()
    _prune(root(), mine)
    return mine


def root() -> Path:
    """Where all versions keep their folders: `LEARNSCOPE_CACHE`, or the user's cache folder."""
    if given := os.environ.get("LEARNSCOPE_CACHE"):
        return Path(given)
    home = Path.home()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", home / "AppData" / "Local"))
    elif sys.platform == "darwin":
        base = home / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME", home / ".cache"))
    return base / "learnscope" / "kernels"


def _identity() -> str:
    from importlib.metadata import version

    from engine.kernels.llvm import binding

    digest = hashlib.sha256()
    engine = Path(__file__).resolve().parent.parent
    for source in sorted(engine.rglob("*.py")):
        digest.update(str(source.relative_to(engine)).encode() + b"\0" + source.read_bytes())
    features = binding.get_host_cpu_features().flatten()
    parts = (sys.version, version("numba"), version("llvmlite"), binding.get_host_cpu_name(), features, FLAGS)
    digest.update(repr(parts).encode())
    return digest.hexdigest()[:20]


def _prune(base: Path, mine: Path) -> None:
    mine.mkdir(parents=True, exist_ok=True)
    os.utime(mine)
    oldest = time.time() - KEPT_DAYS * 86_400
    others = [(other.stat().st_mtime, other) for other in base.iterdir() if other != mine and other.is_dir()]
    for place, (used, other) in enumerate(sorted(others, reverse=True)):
        if used < oldest or place >= KEPT_FOLDERS:
            shutil.rmtree(other, ignore_errors=True)
