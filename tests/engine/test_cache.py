"""The cache of compiled kernels: filled once, used by the next process, private to these sources; damage is seen."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.kernels import cache
from engine.kernels.library import PREPARING, Library
from engine.plan.procedure import halt, skip_unless
from tests.sources import ROOT

TRY = """
import logging, sys
logging.basicConfig(stream=sys.stdout, format="%(levelname)s %(message)s")
import numpy as np
from engine.kernels.library import Library
from engine.plan.procedure import DONE, halt
library = Library(np.float32)
rows = np.array([library.address(halt)] + [0] * 23)
assert library.runner(np.zeros(16, np.float32), np.zeros(1, np.int64), rows)(0) == DONE
print("hits", library._compiled[halt.key].cache_hits)
"""


def child(folder: Path) -> str:
    env = {**os.environ, "LEARNSCOPE_CACHE": str(folder)}
    run = subprocess.run([sys.executable, "-c", TRY], env=env, cwd=ROOT, capture_output=True, text=True, check=True)
    return run.stdout


def flipped(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


def test_a_second_process_compiles_nothing_and_damage_costs_one_line(tmp_path: Path) -> None:
    assert child(tmp_path).strip() == "hits 0"
    (folder,) = tmp_path.iterdir()
    files = sorted(folder.rglob("*.nb[ci]"))
    assert len(files) == 6  # the product, the walk and one kernel: an index and the code of each
    assert child(tmp_path).strip() == "hits 1"
    for damage in (lambda b: b"", lambda b: b"junk", lambda b: b[: len(b) // 2], flipped):
        for file in folder.rglob("*halt*.nbc"):
            file.write_bytes(damage(file.read_bytes()))
        said = child(tmp_path).splitlines()
        assert len(said) == 2, said
        assert said[0].startswith("WARNING the cache of compiled kernel")
        assert child(tmp_path).strip() == "hits 1"


def test_fillings_of_one_kernel_do_not_share_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.activations.classic import Tanh
    from engine.activations.rectifiers import ReLU
    from engine.layers.dense import dense_forward
    from engine.passes import settings
    from tests.engine.guarded import run

    none: dict[str, Any] = settings(())

    def forward(kind: type[Tanh] | type[ReLU]) -> float:
        filled = dense_forward.filled(kind.__name__, value=kind.value)
        ran = run(filled, np.float32, rows=[1], inputs=1, x_stride=8, stride=8, **none, x=[[-1.0]], w=[[1.0]],
                  b=[[0.0]], z=[[0.0]], a=[[0.0]])  # fmt: skip
        return float(ran["a"][0, 0])

    for _ in range(2):
        assert forward(Tanh) == pytest.approx(np.tanh(-1.0))
        assert forward(ReLU) == 0.0


def test_old_folders_go_and_recent_ones_stay(tmp_path: Path) -> None:
    mine, recent, old = (tmp_path / name for name in ("mine", "recent", "old"))
    for folder in (recent, old):
        folder.mkdir()
    long_ago = time.time() - 86_400 * (cache.KEPT_DAYS + 1)
    os.utime(old, (long_ago, long_ago))
    cache._prune(tmp_path, mine)
    assert {f.name for f in tmp_path.iterdir()} == {"mine", "recent"}


def test_a_folder_that_cannot_be_written_costs_only_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    monkeypatch.setattr(cache, "folder", lambda: blocked / "below")
    with caplog.at_level(logging.WARNING):
        assert Library(np.float32).address(skip_unless) > 0
    assert "without a cache" in caplog.text


def test_compilation_reports_its_progress() -> None:
    told: list[tuple[str, int, int]] = []
    Library(np.float32).compile([halt, skip_unless, halt], lambda *step: told.append(step))
    assert told == [(PREPARING, 0, 2), (PREPARING, 1, 2), (PREPARING, 2, 2)]


def test_declarations_do_not_import_the_compiler() -> None:
    code = "import sys, engine.machines, engine.examples, engine.gradcheck; assert 'numba' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
