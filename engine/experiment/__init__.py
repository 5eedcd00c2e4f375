"""An experiment is a value: a frozen tree of data, model, training, seeds and notes. An edit makes a new value.

tree        the tree itself, and the layers that its model resolves to
tasks       what is asked of its networks: the task, the outputs that answer it, the losses that judge them
checks      whether its parts fit together
conversion  from builtins and back
"""

from __future__ import annotations

from engine.experiment.checks import check, refuse_task
from engine.experiment.conversion import arrays, convert, decode, encode
from engine.experiment.tasks import (
    TASK_NAMES,
    Head,
    answer_names,
    classifies,
    heads,
    output_of,
    outputs,
    setting,
    task,
)
from engine.experiment.tree import Data, Experiment, Model, Seeds, Training, input_shape, nodes, plane

__all__ = [
    "TASK_NAMES",
    "Data",
    "Experiment",
    "Head",
    "Model",
    "Seeds",
    "Training",
    "answer_names",
    "arrays",
    "check",
    "classifies",
    "convert",
    "decode",
    "encode",
    "heads",
    "input_shape",
    "nodes",
    "output_of",
    "outputs",
    "plane",
    "refuse_task",
    "setting",
    "task",
]
