"""No command: open the window; without a display, show what it would have shown."""

from __future__ import annotations

import os
import sys
import tempfile
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Final

from app.commands import opening, train
from app.commands.terminal import remark, say, say_json, since_start
from app.numbers import human
from engine import examples, storage
from engine.errors import FileError
from engine.files import Document

PICTURE: Final = "learnscope-window.png"
SECONDS: Final = 5.0
"""How long the experiment runs where there is no display."""


def describe(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "experiment",
        nargs="?",
        metavar="FILE_OR_NAME",
        help="a .learn file, or a bundled experiment (see `list example`); default: the last one, or "
        + examples.DEFAULT,
    )


def run(arguments: Namespace) -> int:
    """Open the window, or say why there is none."""
    document = opening.opened(arguments.experiment) if arguments.experiment else None
    if no_display():
        return _without_display(document or Document(examples.load(examples.DEFAULT)))
    from app.application import start

    path = Path(arguments.experiment) if arguments.experiment not in (None, *examples.names()) else None
    return start(document, path)


def no_display() -> bool:
    """Tell whether a window has nowhere to appear; a platform named on purpose is taken at its word."""
    return sys.platform.startswith("linux") and not any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    )


def _without_display(document: Document) -> int:
    remark(
        f"There is no display here, so there can be no window. “{document.experiment.name}” now runs for a few "
        "seconds without one."
    )
    limits = train.Limits(seconds=since_start() + SECONDS)
    machine, result = train.train(document, document.experiment, limits)
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from app.shot import shoot

    picture = _place() / PICTURE
    shoot(Document(machine.experiment, machine.state()), picture, 0, (1440, 900), "light", 100)
    say_json(result, pretty=True)
    accuracy = result.test.accuracy
    right = f", {human(100 * accuracy)} % of the test points are right" if accuracy is not None else ""
    say(f"After {human(result.epoch)} epochs the test loss is {human(result.test.loss)}{right}.")
    say(f"A picture of the window is in {picture}.")
    say(
        "To get the window, start `python main.py` in a desktop session; over ssh use `ssh -X`, "
        "or a virtual display: `xvfb-run python main.py`."
    )
    return 0


def _place() -> Path:
    """Where the picture goes: the current folder, or that of temporary files where nothing may be written in it."""
    try:
        here = Path.cwd()
        storage.check_place(here / PICTURE)
    except (FileError, OSError) as error:
        folder = Path(tempfile.mkdtemp(prefix="learnscope-"))
        remark(f"{error}. The picture goes to {folder} instead.")
        return folder
    return here
