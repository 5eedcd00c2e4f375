"""`shot`: the window, drawn into a picture without being shown."""

from __future__ import annotations

import os
import re
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from pathlib import Path

from app.commands import opening
from app.commands.terminal import say, say_json
from engine import storage


def describe(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    opening.add_name(parser)
    parser.add_argument("picture", metavar="OUT.png", help="where the picture goes")
    parser.add_argument(
        "--epochs",
        type=opening.whole("a number of epochs", 0),
        default=0,
        metavar="N",
        help="train so many epochs before (default 0)",
    )
    parser.add_argument("--size", type=_size, default=(1440, 900), metavar="WxH", help="pixels (default 1440x900)")
    parser.add_argument("--theme", choices=("light", "dark"), default="light", help="default light")
    parser.add_argument(
        "--text",
        type=opening.whole("a size of text", 1),
        default=100,
        metavar="PERCENT",
        help="size of the text (default 100)",
    )
    parser.add_argument("--view", default="", metavar="VIEW", help="bring a view to the front (see `list view`)")


def run(arguments: Namespace) -> int:
    """Draw it."""
    document = opening.opened(arguments.experiment)
    storage.check_place(arguments.picture)  # before the work, not after it
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from app.shot import shoot

    out = Path(arguments.picture)
    shoot(document, out, arguments.epochs, arguments.size, arguments.theme, arguments.text, arguments.view)
    width, height = arguments.size
    if arguments.json:
        say_json({"picture": str(out), "width": width, "height": height})
    else:
        say(f"{out}: {width} x {height} pixels")
    return 0


def _size(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{3,4})[x×](\d{3,4})", text)
    if not found:
        raise ArgumentTypeError(f"“{text}” can't be a size; give width x height in pixels, such as 1440x900")
    return int(found[1]), int(found[2])
