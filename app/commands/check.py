"""`check`: the engine against mathematics."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from itertools import chain

from app.commands.terminal import Bar, say, say_json
from engine import gradcheck
from engine.errors import LearnscopeError
from engine.optimisers import Optimiser


def describe(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.epilog = (
        "Gradients of every layer, activation and loss are compared with differences of the loss in float64, "
        "two steps of every optimiser with values worked by hand."
    )


def run(arguments: Namespace) -> int:
    """Check everything; a check that fails is an error."""
    expected = len(list(gradcheck.gradient_cases())) + len(Optimiser.registry)
    bar, checks = Bar("checking"), []
    for found in chain(gradcheck.gradient_checks(), gradcheck.optimiser_checks()):
        checks.append(found)
        bar.show(len(checks) / expected, found.title)
    bar.end()
    failed = [c.title for c in checks if not c.passed]
    if arguments.json:
        told = [{**c._asdict(), "passed": c.passed} for c in checks]
        say_json({"passed": not failed, "checks": told, "unchecked": gradcheck.unchecked()})
    else:
        for c in checks:
            say(f"{'ok ' if c.passed else 'BAD'}  {c.title:<64} {c.error:8.1e}  (at most {c.limit:.0e})")
        for key, reason in gradcheck.unchecked().items():
            say(f"--   {key}: not checked, because {reason}")
    if failed:
        raise LearnscopeError(f"{len(failed)} of {len(checks)} checks failed: {', '.join(failed)}")
    return 0
