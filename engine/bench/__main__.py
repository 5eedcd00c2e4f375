"""Measures in this process and prints the figures as JSON."""

from __future__ import annotations

import json
import sys

import numpy as np

from engine.bench.growth import growth
from engine.bench.nets import NETS
from engine.bench.peak import peak
from engine.bench.pictures import against_numpy, convolutions
from engine.bench.speed import ROUNDS, SECONDS, compare, online, variants
from engine.kernels.library import Library

if __name__ == "__main__":
    library = Library(np.float32)
    top = peak(library)
    found = {
        "peak_flops": top,
        "nets": [*(compare(net, library, top) for net in NETS), against_numpy(library, top, ROUNDS, SECONDS)],
        "convolutions": convolutions(library),
        "variants": variants(library),
        "online": online(library),
        "growth": growth(library, ROUNDS, SECONDS),
    }
    sys.stdout.write(json.dumps(found, indent=1) + "\n")
