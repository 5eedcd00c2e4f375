"""`show`: an experiment as JSON."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from app.commands import opening
from app.commands.terminal import say, say_json
from engine import files, paths


def describe(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    opening.add_name(parser)
    opening.add_edits(parser)
    parser.add_argument("--path", metavar="PATH", help="only the value at a path, such as training.optimiser.rate")


def run(arguments: Namespace) -> int:
    """Print it."""
    document = opening.opened(arguments.experiment)
    experiment, _ = opening.edited(document.experiment, arguments.set, arguments.seed, arguments.net)
    if arguments.path:
        say_json(paths.get(experiment, arguments.path), pretty=not arguments.json)
    else:
        say(files.to_json(experiment).decode().rstrip())
    return 0
