"""`bench`: the speed of training and of the window."""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace
from typing import Any

from app.commands.terminal import remark, say, say_json
from app.numbers import human
from engine import bench


def describe(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--only", choices=("nets", "window"), help="measure one part")
    parser.epilog = "Close other programs first: every number is a measurement of this machine as it is now."


def run(arguments: Namespace) -> int:
    """Measure and print."""
    tree: dict[str, Any] = {}
    if arguments.only != "window":
        remark("measuring three networks against NumPy, about ten seconds ...")
        tree |= bench.measure()
    if arguments.only != "nets":
        remark("measuring the window, about a minute ...")
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        from app.bench_window import measure

        tree["window"] = measure()
    if arguments.json:
        say_json(tree)
    else:
        say("\n".join([*map(_net, tree.get("nets", [])), *_window(tree.get("window", {}))]))
    return 0


def _net(net: dict[str, Any]) -> str:
    return (
        f"{net['net']:<28} {human(net['steps_per_second']):>8} steps/s  {net['ratio']:5.1f} x NumPy  "
        f"{human(net['samples_per_second']):>7} samples/s  {net['share_of_peak']:4.0%} of the peak of one core"
    )


def _window(window: dict[str, Any]) -> list[str]:
    return [f"window {name:<24} {human(value)}" for name, value in window.items()]
