"""Samples as CSV: a header, the columns, the class name or value, and whether the sample trains."""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path

from engine.datasets.base import Samples
from engine.datasets.importing.preview import SPLIT_NAMES
from engine.errors import FileError


def csv_text(samples: Samples, share: float) -> str:
    """Write samples as CSV; `share` in [0, 1] is the training share.

    Numbers have all their digits, so the importer reads them back equal, class names and split included. The places of
    pictures are columns p1, p2 ..., row by row.
    """
    columns = samples.columns or tuple(f"p{k + 1}" for k in range(samples.x.shape[1]))
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    split = next((name for name in SPLIT_NAMES if name not in (*columns, samples.target)), "train or test")
    writer.writerow([*columns, samples.target, split])
    target = [samples.classes[int(v)] for v in samples.y] if samples.classes else samples.y.tolist()
    sides = ["train" if side else "test" for side in samples.train(share).tolist()]
    writer.writerows([*row, t, side] for row, t, side in zip(samples.x.tolist(), target, sides, strict=True))
    return file.getvalue()


def export_csv(samples: Samples, share: float, path: Path) -> None:
    """Write samples to a CSV file: whole or not at all."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_text(csv_text(samples, share), encoding="utf-8", newline="")
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise FileError(f"{path} can't be written ({error.strerror or error}); choose another place") from error
