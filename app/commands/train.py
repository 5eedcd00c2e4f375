"""`train`: run an experiment without a window; one JSON object at the end says how it went."""

from __future__ import annotations

import time
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from typing import Final

from msgspec import Struct

from app.commands import opening
from app.commands.terminal import Bar, finite, remark, say_json, since_start
from app.numbers import human
from engine import files, storage
from engine.errors import LearnscopeError
from engine.experiment import Experiment
from engine.files import Document
from engine.machines import Machine, Score, Until, build
from engine.producers.findings import Findings
from engine.records import Want

SECONDS: Final = 10.0
"""How long a run takes when nothing is said."""

_CHUNK: Final = 0.1


class Limits(Struct, frozen=True):
    """Where a run ends: after so many more epochs, or so many seconds after the start of the program.

    Or before, after `patience` epochs without a better test loss; with `best`, at the best weights until then.
    """

    epochs: int | None = None
    seconds: float | None = None
    patience: int | None = None
    best: bool = False


class Found(Struct, frozen=True):
    """What the doctor finds at the end, and what would help (empty where that is for the user to find)."""

    diagnosis: str
    sentence: str
    remedy: str


class Result(Struct, frozen=True):
    """What is printed. `seconds` counts from the start of the program, `samples_per_second` while it learned."""

    epoch: int
    step: int
    samples: int
    seconds: float
    samples_per_second: float
    train: Score
    test: Score
    diverged: bool
    findings: tuple[Found, ...]


def describe(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    opening.add_name(parser)
    limit = parser.add_mutually_exclusive_group()
    limit.add_argument(
        "--epochs", type=opening.whole("a number of epochs", 0), metavar="N", help="train so many epochs"
    )
    limit.add_argument(
        "--seconds", type=_duration, metavar="S", help=f"train until S seconds after the start (default {SECONDS:g})"
    )
    parser.add_argument(
        "--patience", type=opening.whole("a number of epochs", 1), metavar="N",
        help="stop before, after N epochs without a better test loss",
    )  # fmt: skip
    parser.add_argument("--best", action="store_true", help="then take back the best weights; goes with --patience")
    opening.add_edits(parser)
    parser.add_argument("--out", metavar="FILE", help="save the experiment and its run as a .learn file")


def run(arguments: Namespace) -> int:
    """Train and print the result."""
    if arguments.best and arguments.patience is None:
        raise LearnscopeError("--best says what happens when the patience is over; give --patience N with it")
    if arguments.out is not None:
        storage.check_place(arguments.out)  # before the work, not after it
    document = opening.opened(arguments.experiment)
    experiment, told = opening.edited(document.experiment, arguments.set, arguments.seed, arguments.net)
    for sentence in told:
        remark(sentence)
    seconds = SECONDS if arguments.epochs is None and arguments.seconds is None else arguments.seconds
    limits = Limits(arguments.epochs, seconds, arguments.patience, arguments.best)
    kept = document if arguments.seed is None else Document(experiment)
    machine, result = train(kept, experiment, limits)
    if machine.stop is not None and machine.stop.reason != "epoch":
        remark(machine.stop.sentence)
    for found in result.findings:
        remark(f"{found.sentence} {found.remedy and f'What helps: {found.remedy}.'}".strip())
    if arguments.out is not None:
        files.save(arguments.out, machine.experiment, machine.state())
    say_json(result, pretty=not arguments.json)
    return 0


def train(document: Document, experiment: Experiment, limits: Limits) -> tuple[Machine, Result]:
    """Go on with the run of a document as `experiment`, an edit of it, up to the limits."""
    bar = Bar(experiment.name)
    machine = build(document.experiment, bar.progress)
    if document.state is not None:
        machine.restore(document.state)
    if experiment != document.experiment:
        machine.change(experiment)
    epoch = None if limits.epochs is None else machine.position.epoch + limits.epochs
    machine.until(Until(epoch=epoch, plateau=limits.patience, keep_best=limits.best))
    before, start = machine.position, time.perf_counter()
    try:
        _run(machine, limits, bar)
    except KeyboardInterrupt:
        remark("\nstopped; this is how far it came")
    learned = time.perf_counter() - start
    bar.end()
    after, (train, test) = machine.position, machine.scores()
    return machine, Result(
        epoch=after.epoch,
        step=after.step,
        samples=after.samples,
        seconds=round(since_start(), 3),
        samples_per_second=round((after.samples - before.samples) / max(learned, 1e-9), 1),
        train=Score(finite(train.loss), finite(train.accuracy)),
        test=Score(finite(test.loss), finite(test.accuracy)),
        diverged=machine.stop is not None and machine.stop.reason == "diverged",
        findings=_findings(machine),
    )


def _findings(machine: Machine) -> tuple[Found, ...]:
    record = machine.snapshot(frozenset({Want("findings")})).get("findings")
    items = record.items if isinstance(record, Findings) else ()
    return tuple(Found(f.key, f.sentence, f.remedy.title if f.remedy else "") for f in items)


def _run(machine: Machine, limits: Limits, bar: Bar) -> None:
    first, begun, samples = machine.position.epoch, time.perf_counter(), machine.position.samples
    while machine.stop is None:
        left = _CHUNK if limits.seconds is None else limits.seconds - since_start()
        if left <= 0:
            break
        # Single samples at the end would be exact to the microsecond; a short chunk is exact enough.
        machine.advance("batch", 1 << 40, min(left, _CHUNK))
        at = machine.position
        if at.samples == samples:
            raise LearnscopeError(f"“{machine.experiment.name}” has no points to learn from; draw or import some first")
        speed = (at.samples - samples) / max(time.perf_counter() - begun, 1e-9)
        if limits.epochs is not None:
            share = (at.epoch - first) / max(limits.epochs, 1)
        else:
            share = since_start() / (limits.seconds or SECONDS)
        bar.show(share, f"epoch {human(at.epoch)}  {human(speed)} samples/s")
    bar.show(1.0, f"epoch {human(machine.position.epoch)}")


def _duration(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < 1e9:
        raise ArgumentTypeError(f"“{text}” can't be a number of seconds; give a number of at least 0")
    return seconds
