"""`folds`: k-fold cross-validation; how well an experiment does on samples it has not learned from, and how surely."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import Any, Final

from app.commands import opening
from app.commands.terminal import Bar, finite, remark, say, say_json
from app.numbers import human
from engine.crossvalidation import LEAST, Fold, Spread, folds, spread
from engine.machines import Score

EPOCHS: Final = 100
"""How long each fold learns when nothing is said."""


def describe(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    opening.add_name(parser)
    parser.add_argument(
        "--k", type=opening.whole("a number of folds", LEAST), default=5, metavar="K", help="folds (default 5)"
    )
    parser.add_argument(
        "--epochs", type=opening.whole("a number of epochs", 1), default=EPOCHS, metavar="N",
        help=f"train each fold for N epochs (default {EPOCHS})",
    )  # fmt: skip
    opening.add_edits(parser)


def run(arguments: Namespace) -> int:
    """Train the folds and print their scores, with mean and deviation."""
    experiment, told = opening.edited(
        opening.opened(arguments.experiment).experiment, arguments.set, arguments.seed
    )  # fmt: skip
    for sentence in told:
        remark(sentence)
    bar, found = Bar(experiment.name), []
    for fold in folds(experiment, arguments.k, arguments.epochs, bar.progress):
        found.append(fold)
        bar.show(len(found) / arguments.k, f"fold {len(found)} of {arguments.k}")
    bar.end()
    spreads = {
        f"{role} {what}": spread([getattr(getattr(fold, role), what) for fold in found])
        for role in ("train", "test")
        for what in ("loss", "accuracy")
    }
    if arguments.json:
        say_json({"folds": [_plain(f) for f in found], **{_key(n): s and s._asdict() for n, s in spreads.items()}})
    else:
        say("\n".join([*(_line(j + 1, f) for j, f in enumerate(found)), *_told(spreads)]))
    return 0


def _plain(fold: Fold) -> dict[str, Any]:
    return {**fold._asdict(), "train": _finite(fold.train), "test": _finite(fold.test)}


def _finite(score: Score) -> Score:
    return Score(finite(score.loss), finite(score.accuracy))


def _key(name: str) -> str:
    return name.replace(" ", "_")


def _line(number: int, fold: Fold) -> str:
    end = "  (diverged)" if fold.diverged else ""
    return f"fold {number}  train {_score(fold.train)}  test {_score(fold.test)}{end}"


def _score(score: Score) -> str:
    right = "" if score.accuracy is None else f", {human(100 * score.accuracy)} % right"
    return f"loss {human(score.loss or 0.0)}{right}"


def _told(spreads: dict[str, Spread | None]) -> list[str]:
    return [f"{name}: {human(s.mean)} ± {human(s.deviation)}" for name, s in spreads.items() if s is not None]
