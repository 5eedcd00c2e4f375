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
        remark("measuring networks against NumPy, variants and growth, about a minute ...")
        tree |= bench.measure()
    if arguments.only != "nets":
        remark("measuring the window, about a minute ...")
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        from app.bench_window import measure

        tree["window"] = measure()
    if arguments.json:
        say_json(tree)
    else:
        say("\n".join([*_nets(tree), *_window(tree.get("window", {}))]))
    return 0


def _nets(tree: dict[str, Any]) -> list[str]:
    online = [tree["online"]] if "online" in tree else []
    return [
        *map(_net, tree.get("nets", [])),
        *(
            f"{c['layer']:<44} {c['flops'] / 1e9:>8.1f} GFLOP/s  {c['share_of_plain']:4.0%} of the plain one"
            for c in tree.get("convolutions", [])
        ),
        *(
            f"{v['net']:<56} {human(v['steps_per_second']):>8} steps/s  {v['share_of_plain']:4.0%} of the plain net"
            for v in tree.get("variants", [])
        ),
        *(
            f"{o['net']:<44} {human(o['samples_per_second']):>8} samples/s  {o['share_of_batch_10']:.0%} of batch 10"
            for o in online
        ),
        *map(_grown, tree.get("growth", [])),
    ]


def _grown(row: dict[str, Any]) -> str:
    state, room = row["parameters_kb"] + row["gradients_and_optimiser_kb"], row["activations_kb"]
    return (
        f"{row['net']:<16} {human(row['weights']):>8} weights  {row['ns_per_multiply']:.4f} ns a multiplication "
        f"({row['times_the_least']:.2f} x the least)  {human(state)} kB of parameters and their state, "
        f"{human(room)} kB of activations, {human(row['more_after_ten_steps_kb'])} kB more after ten steps"
    )


def _net(net: dict[str, Any]) -> str:
    return (
        f"{net['net']:<44} {human(net['steps_per_second']):>8} steps/s  {net['ratio']:5.1f} x NumPy  "
        f"{human(net['samples_per_second']):>7} samples/s  {net['share_of_peak']:4.0%} of the peak of one core"
    )


def _window(window: dict[str, Any]) -> list[str]:
    flat: dict[str, float] = {}
    for name, value in window.items():
        flat |= {f"{name}, {k}": v for k, v in value.items()} if isinstance(value, dict) else {name: value}
    return [f"window {name:<36} {human(value)}" for name, value in flat.items()]
