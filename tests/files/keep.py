"""Write the file that is kept for the present version of the format: `python -m tests.files.keep`.

Run it once when a version is new, before anybody has files of it; afterwards the file never changes again.
"""

from __future__ import annotations

from pathlib import Path

import msgspec
from msgspec.structs import replace

from engine import files
from engine.machines import build
from engine.upgrades import VERSION
from tests.files.samples import BUSY


def main() -> None:
    """Own points, given weights, numbers held fast, Adam, in the middle of an epoch; and where it is ten epochs on."""
    training = replace(BUSY.experiment.training, batch=3)
    experiment = replace(BUSY.experiment, name=f"version {VERSION}", training=training)
    machine = build(experiment)
    machine.advance("epoch", 4, 60.0)
    machine.advance("batch", 2, 60.0)
    machine.advance("sample", 1, 60.0)
    stem = Path(__file__).parent / f"v{VERSION}"
    files.save(stem.with_suffix(".learn"), experiment, machine.state())
    stem.with_suffix(".json").write_bytes(files.to_json(experiment))
    machine.advance("epoch", 10, 60.0)
    train, test = machine.scores()
    later = {"epoch": machine.position.epoch, "step": machine.position.step, "train": train.loss, "test": test.loss}
    stem.with_name(f"v{VERSION}-later.json").write_bytes(msgspec.json.format(msgspec.json.encode(later)) + b"\n")


if __name__ == "__main__":
    main()
