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
"""Folders of other versions are deleted when they were not used for so long."""

FLAGS: Final = {"error_model": "numpy"}


def compiled(function: FunctionType, signature: Any) -> Any:
    """Load the compiled form of a C function from the cache, or compile and keep it.

    A damaged file costs one line in the log and one compilation; a folder that can't be written costs only time.
    """
    from engine.kernels.llvm import numba

    cfunc = numba.cfunc
    _use(folder())
    try:
        return cfunc(signature, cache=True, **FLAGS)(function)
    except OSError as error:
        log.warning("kernels are compiled without a cache: %s", error)
        return cfunc(signature, **FLAGS)(function)
    except Exception as error:  # pickle and LLVM raise anything on a damaged file
        damaged = _files_of(function)
        if not damaged:
            raise
        log.warning("the cache of compiled kernel %s was damaged (%s); compiled anew", function.__qualname__, error)
        for file in damaged:
            file.unlink(missing_ok=True)
        return cfunc(signature, cache=True, **FLAGS)(function)


def _files_of(function: FunctionType) -> list[Path]:
    return [p for p in folder().rglob("*.nb[ic]") if f".{function.__qualname__}-" in p.name]


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
    for other in base.iterdir():
        if other != mine and other.is_dir() and other.stat().st_mtime < oldest:
            shutil.rmtree(other, ignore_errors=True)
