"""Arrays that come with the program; assets/data/SOURCES.md says where they are from."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file

FOLDER: Final = Path(__file__).parent.parent.parent / "assets" / "data"


@cache
def bundled(name: str) -> dict[str, NDArray[np.uint8]]:
    """The arrays of a bundled set."""
    return load_file(FOLDER / f"{name}.safetensors")
