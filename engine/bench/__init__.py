"""How fast learning is, as ratios measured in one run.

`nets` says what is measured, `reference` has the NumPy step, `speed`, `pictures` and `growth` measure. `measure` runs
all in a process of its own, in which linear algebra is held to one thread.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any


def measure() -> dict[str, Any]:
    """Measure everything in a process whose linear algebra has one thread."""
    threads = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
    environment, here = {**os.environ, **dict.fromkeys(threads, "1")}, Path(__file__).parent.parent.parent
    command = [sys.executable, "-m", "engine.bench"]
    run = subprocess.run(command, env=environment, cwd=here, capture_output=True, check=True)
    found: dict[str, Any] = json.loads(run.stdout)
    return found
