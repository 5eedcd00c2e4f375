"""`trace`: an experiment from its start as a table, one row for each sample, batch or pass."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import get_args

from app.commands import opening
from app.commands.terminal import Bar, remark, say, say_json
from app.tables import heading, lines, plain
from engine import storage
from engine.errors import LearnscopeError
from engine.machines.supervised import shared_library
from engine.plan.samples import prepare
from engine.tracing import MOST_ROWS, Trace, Tracer, Unit, Value

PIECE = 0.1
"""Seconds between two looks at how far it is."""


def describe(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    opening.add_name(parser)
    parser.add_argument("--unit", choices=get_args(Unit), default="epoch", help="what a row is (default epoch: a pass)")
    parser.add_argument(
        "--rows", type=opening.whole("a number of rows", 1, MOST_ROWS), default=40, metavar="N", help="default 40"
    )
    parser.add_argument("--exact", action="store_true", help="compute in fractions: nothing is rounded")
    parser.add_argument("--csv", metavar="FILE", help="write the table to a file instead of printing it")
    opening.add_edits(parser)


def run(arguments: Namespace) -> int:
    """Make the table and print or write it."""
    if arguments.csv is not None:
        storage.check_place(arguments.csv)  # before the work, not after it
    experiment, told = opening.edited(
        opening.opened(arguments.experiment).experiment, arguments.set, arguments.seed, arguments.net
    )
    for sentence in told:
        remark(sentence)
    bar = Bar(experiment.name)
    tracer = Tracer(experiment, prepare(experiment), shared_library(), arguments.unit, arguments.exact)
    while (trace := tracer.trace(arguments.rows, PIECE)).unfinished:
        bar.show(len(trace.rows) / trace.asked, f"{len(trace.rows)} of {trace.asked}")
    bar.end()
    if not trace.rows:
        raise LearnscopeError(trace.told)
    if trace.told:
        remark(trace.told)
    if arguments.csv is not None:
        storage.write(arguments.csv, lines(trace.columns, trace.rows, ",").encode())
    elif arguments.json:
        say_json(
            {"columns": [heading(c) for c in trace.columns], "rows": [[_number(v) for v in row] for row in trace.rows]}
        )
    else:
        say("\n".join(_aligned(trace)))
    return 0


def _number(value: Value) -> float:
    return value if isinstance(value, int) else float(value)


def _plain(trace: Trace) -> list[list[str]]:
    return [[plain(v) for v in row] for row in trace.rows]


def _aligned(trace: Trace) -> list[str]:
    rows = [[heading(c) for c in trace.columns], *_plain(trace)]
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    return ["  ".join(word.rjust(w) for word, w in zip(row, widths, strict=True)) for row in rows]
