"""What the commands say: results on stdout, one moving line of progress on stderr."""

from __future__ import annotations

import math
import os
import sys
import time
from pathlib import Path
from typing import Any, Final

import msgspec

from engine.arrays import encode_array

_WIDTH: Final = 24
_IMPORTED: Final = time.time()


def say(text: str) -> None:
    """Print a result."""
    sys.stdout.write(text + "\n")


def remark(text: str) -> None:
    """Print a remark beside the result."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def say_json(value: Any, pretty: bool = False) -> None:
    """Print a result for programs: one JSON value."""
    data = msgspec.json.encode(value, enc_hook=encode_array)
    say((msgspec.json.format(data, indent=2) if pretty else data).decode())


def finite(number: float | None) -> float | None:
    """The number, or None where it is not finite: JSON has no other."""
    return number if number is not None and math.isfinite(number) else None


def since_start() -> float:
    """Seconds since this process began, the start of Python included where the system tells when that was."""
    began = _began()
    return time.time() - (began if began is not None else _IMPORTED)


def _began() -> float | None:
    try:
        # Field 22 of stat is the start in ticks since boot; the second field, a name, may hold spaces.
        ticks = float(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
        up = time.clock_gettime(time.CLOCK_BOOTTIME)
        return time.time() - (up - ticks / os.sysconf("SC_CLK_TCK"))
    except (OSError, ValueError, AttributeError, IndexError):
        return None


class Bar:
    """A bar of progress on stderr: redrawn in place on a terminal, a line for every tenth elsewhere."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._moving = sys.stderr.isatty()
        self._length = 0
        self._told = -1
        self._share = 0.0
        self._drawn = 0.0

    def show(self, share: float, text: str = "") -> None:
        """Show how much is done, from 0 to 1, and a remark."""
        share = min(max(share, 0.0), 1.0)
        if share < self._share:
            self._told = -1  # something new begins
        self._share = share
        now = time.monotonic()
        due = now - self._drawn > 0.1 if self._moving else int(share * 10) > self._told
        if not due and share < 1:
            return
        self._drawn, self._told = now, int(share * 10)
        full = round(share * _WIDTH)
        line = f"{self._title} {'█' * full}{'░' * (_WIDTH - full)} {share:4.0%}  {text}"
        if self._moving:
            sys.stderr.write("\r" + line.ljust(self._length))
            sys.stderr.flush()
            self._length = len(line)
        else:
            remark(line)

    def progress(self, what: str, done: int, of: int) -> None:
        """Show the progress of something counted, such as compilation."""
        self.show(done / of if of else 1.0, what)

    def end(self) -> None:
        """Leave the line as it is and go on below it."""
        if self._moving and self._length:
            sys.stderr.write("\n")
