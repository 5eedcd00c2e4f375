"""Own pictures of the document: drawings kept, pictures removed, classes made and named; each is one undo step.

Any set of pictures becomes own pictures by the first of these, as points do by the first stroke.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from app.session import Session
from engine.datasets import Dataset
from engine.datasets.editing import pictures
from engine.experiment import Experiment


def keep(session: Session, pixels: NDArray[np.uint8], label: int, *, training: bool) -> bool:
    """Keep a drawing [row, column, channel] as a picture of a class; it becomes the last one. Tell whether it was."""
    share = session.experiment.data.share / 100
    what = "Keep a drawing for training" if training else "Keep a drawing for tests"
    return _edit(session, what, lambda own: pictures.kept(own, pixels, label, training=training, share=share))


def remove(session: Session, row: int) -> bool:
    """Remove the picture of this number."""
    return _edit(session, "Remove picture", lambda own: pictures.removed(own, row))


def add_class(session: Session, name: str) -> bool:
    """Make a class without pictures."""
    return _edit(session, "Add class", lambda own: pictures.new_class(own, name))


def rename_class(session: Session, label: int, name: str) -> bool:
    """Give a class another name."""
    return _edit(session, "Rename class", lambda own: pictures.rename_class(own, label, name))


def begin(session: Session, side: int) -> bool:
    """Begin with two classes and no pictures of `side` rows and columns."""
    return session.attempt("Draw own pictures", lambda experiment: _with(experiment, pictures.empty(side)))


def _edit(session: Session, text: str, change: Callable[[Any], Dataset]) -> bool:
    def edited(experiment: Experiment) -> Experiment:
        return _with(experiment, change(pictures.own_pictures(experiment.data.source, session.samples)))

    return session.attempt(text, edited)


def _with(experiment: Experiment, own: Dataset) -> Experiment:
    return replace(experiment, data=replace(experiment.data, source=own))
