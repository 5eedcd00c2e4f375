"""`study`: many networks that differ in one thing; errors against capacity, samples, epochs or a penalty, and folds."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import Any, Final

from msgspec import to_builtins
from msgspec.structs import replace

from app.commands import opening
from app.commands.terminal import Bar, finite, remark, say, say_json
from app.numbers import exact, human
from engine.arrays import ArrayReader
from engine.experiment import Experiment, classifies, convert
from engine.fields import describe as fields_of
from engine.study import (
    MEASURES,
    ROLES,
    Measure,
    Point,
    Role,
    Spread,
    Study,
    gathered,
    pooled,
    total,
    trials_of,
    truth_of,
    with_values,
)

VARIED: Final = next(info for info in fields_of(Study) if info.name == "varied")


def describe(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    kinds = ", ".join(e.key for e in Study.registry)
    parser.add_argument("kind", metavar="KIND", help=f"what is changed: {kinds}")
    opening.add_name(parser)
    parser.add_argument(
        "--values", default="", metavar="A,B,...", help="what is tried, such as 1,2,4,8; for folds their number"
    )
    parser.add_argument(
        "--repetitions", type=opening.whole("a number of repetitions", 1), metavar="N", help="networks for each value"
    )
    parser.add_argument(
        "--epochs", type=opening.whole("a number of epochs", 1), metavar="N", help="train each network for N epochs"
    )
    parser.add_argument("--varied", choices=VARIED.choices, help=f"{VARIED.help} (default {VARIED.default})")
    opening.add_edits(parser)


def run(arguments: Namespace) -> int:
    """Train the networks and print what they add up to."""
    study = _asked(arguments)
    experiment, told = opening.edited(
        opening.opened(arguments.experiment).experiment, arguments.set, arguments.seed, arguments.net
    )
    for sentence in told:
        remark(sentence)
    study.check(experiment)
    bar, trials, all_ = Bar(experiment.name), [], total(study, experiment)
    for trial in trials_of(study, experiment, bar.progress):
        trials.append(trial)
        bar.show(len(trials) / all_, f"{len(trials)} of {all_}")
    bar.end()
    points = gathered(trials, truth_of(experiment))
    if arguments.json:
        found = {"study": study, "axis": study.axis, "points": [_plain(p) for p in points]}
        say_json({**found, "pooled": _scores(pooled(points)) if study.pooled else None})
    else:
        say("\n".join(_readable(study, experiment, points)))
    return 0


def _asked(arguments: Namespace) -> Study:
    study = with_values(Study.registry[arguments.kind].kind(), arguments.values)
    given = {name: getattr(arguments, name) for name in ("repetitions", "epochs", "varied")}
    study = replace(study, **{name: value for name, value in given.items() if value is not None})
    # what a form refuses is refused here
    return convert(to_builtins(study), type(study), ArrayReader(), arguments.kind)  # type: ignore[no-any-return] # as asked


def _plain(point: Point) -> dict[str, Any]:
    return {
        "value": point.value,
        "networks": point.runs,
        "diverged": point.diverged,
        **_scores(point.scores),
        "parts": point.parts and {**point.parts._asdict(), "total": point.parts.total},
    }


def _scores(scores: dict[tuple[Role, Measure], Spread]) -> dict[str, Any]:
    return {
        f"{role}_{measure}": {"mean": finite(s.mean), "deviation": finite(s.deviation)}
        for (role, measure), s in scores.items()
    }


def _readable(study: Study, experiment: Experiment, points: tuple[Point, ...]) -> list[str]:
    measures = [m for m in MEASURES if m == "loss" or classifies(experiment)]
    pairs = [(r, m) for m in measures for r in ROLES]
    compared = any(p.parts for p in points)
    known = any(p.parts and p.parts.noise is not None for p in points)
    last = ["bias²" if known else "bias² + noise", "variance", *(["noise"] if known else [])] if compared else []
    rows = [[study.axis, *(f"{r} {m}" for r, m in pairs), *last, ""]]
    for p in points:
        parts = [human(v) for v in (p.parts or (None, None, None))[: len(last)]]
        lost = f"{p.diverged} of {p.runs} diverged" if p.diverged else ""
        rows.append([exact(p.value), *(_spread(p.scores.get(pair)) for pair in pairs), *parts, lost])
    if study.pooled:
        rows.append(["all", *(_spread(pooled(points).get(pair)) for pair in pairs), ""])
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    return ["  ".join(cell.rjust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows]


def _spread(found: Spread | None) -> str:
    if found is None:
        return "–"
    return human(found.mean) if found.deviation is None else f"{human(found.mean)} ± {human(found.deviation)}"
