"""An error that nothing caught is told once, and no painter is left at work."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent

PROGRAM = """
from PySide6.QtCore import QTimer
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QApplication, QWidget
from app.mishaps import Mishaps

class Broken(QWidget):
    def paintEvent(self, event):
        with QPainter(self) as painter:
            raise ValueError("a mistake of ours")

app = QApplication([])
mishaps = Mishaps(print)
widgets = [Broken() for _ in range(3)]
for widget in widgets:
    widget.resize(40, 40)
    widget.show()
QTimer.singleShot(300, app.quit)
app.exec()
mishaps.rest()
raise SystemExit(3)
"""


def test_an_error_while_painting_is_told_and_does_not_end_the_program() -> None:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(PROGRAM)],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 3, done.stderr
    assert done.stdout.splitlines() == [
        "Something in the window went wrong (ValueError: a mistake of ours); your work is kept. Save it, and go on."
    ]
    assert done.stderr.count("Traceback") == 1
