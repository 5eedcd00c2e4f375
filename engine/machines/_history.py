"""The curve of a run: scores at step numbers on a grid that thins as it grows; and the rules that end a run."""

from __future__ import annotations

from typing import Final, Literal, final

import numpy as np
from numpy.typing import NDArray

from engine.machines.base import Score, Stop, Until
from engine.records import Curve, Line, Role, readonly

MOST: Final = 512
"""Points of a curve; when there would be more, every second goes and the grid is twice as wide."""

_COLUMNS: Final = ("step", "epoch", "train_loss", "train_accuracy", "test_loss", "test_accuracy")
ROLES: Final[tuple[Role, ...]] = ("train", "test")
BUSY: Final = 50_000
"""From so many samples on, one evaluation a pass over them is all that a run can afford."""


def first_stride(rows: int, batch: int, *, pictures: bool = False) -> int:
    """Steps between evaluations at first, a power of 2: every step for few samples, once an epoch for very many.

    For pictures it is once an epoch however few there are, as each of them takes long.

    An evaluation is a forward pass over all samples, about a third of an epoch's work.
    """
    wanted = rows / max(batch, 1) * (1.0 if pictures else min(1.0, rows / BUSY))
    return 1 << max(0, int(np.ceil(np.log2(max(wanted, 1.0)))))


@final
class History:
    """Points (step, epoch, scores) at multiples of `stride`, which depends on the steps alone, never on time.

    Those before the step `since` were measured before the last edit.
    """

    def __init__(self, stride: int) -> None:
        self.stride = stride
        self.since = 0
        self.points: list[tuple[float, ...]] = []

    def next_step(self, step: int) -> int:
        """The next step after `step` at which a point is due."""
        return (step // self.stride + 1) * self.stride

    def due(self, step: int) -> bool:
        """Whether a point belongs here and is not there yet."""
        return step % self.stride == 0 and (not self.points or self.points[-1][0] < step)

    def add(self, step: int, epoch: float, train: Score, test: Score) -> None:
        """Add a point; thin the grid when there are too many."""
        scores = (train.loss, train.accuracy, test.loss, test.accuracy)
        self.points.append((float(step), epoch, *(np.nan if s is None else s for s in scores)))
        if len(self.points) > MOST:
            self.stride *= 2
            self.points = [p for p in self.points if p[0] % self.stride == 0]

    def forget(self, step: int) -> None:
        """Take back the point of this step: what it measured was changed before the next step."""
        self.since = step
        if self.points and self.points[-1][0] == step:
            self.points.pop()

    def coarsen(self, stride: int) -> None:
        """Widen the grid to at least this stride, because an evaluation costs more from now on."""
        if stride > self.stride:
            self.stride = stride
            self.points = [p for p in self.points if p[0] % stride == 0]

    def refine(self, stride: int) -> None:
        """Go on with a finer grid for a rule that begins now; of what was before, half of the most points do.

        Late in a long run points lie so far apart that patience would end at the first of them.
        """
        if stride < self.stride:
            if len(self.points) > MOST // 2:
                self.coarsen(2 * self.stride)
            self.stride = stride

    def columns(self) -> dict[str, NDArray[np.float64]]:
        """The points by column: step, epoch, train and test loss and accuracy (NaN where there is none)."""
        table = np.array(self.points, np.float64).reshape(-1, len(_COLUMNS))
        return {name: table[:, k].copy() for k, name in enumerate(_COLUMNS)}

    def curve(self, what: Literal["loss", "accuracy", "error"]) -> Curve:
        """The points as a curve over the epochs, training and, where there is one, test; error is 1 - accuracy."""
        columns = self.columns()
        for role in ROLES:
            columns[f"{role}_error"] = 1 - columns[f"{role}_accuracy"]
        lines = [
            Line(role, readonly(columns[f"{role}_{what}"]), role)
            for role in ROLES
            if not np.isnan(columns[f"{role}_{what}"]).all()
        ]
        return Curve(what, readonly(columns["epoch"]), tuple(lines), x_axis="epoch", y_axis=what)

    def table(self) -> NDArray[np.float64]:
        """All points, [point, column]."""
        return np.array(self.points, np.float64).reshape(-1, len(_COLUMNS))

    def restore(self, stride: int, table: NDArray[np.float64]) -> None:
        """Go on from a table taken before."""
        self.stride = stride
        self.points = [tuple(row) for row in table.tolist()]
        self.since = int(self.points[-1][0]) if self.points else 0  # nobody knows what was edited before

    def judged(self, *, by_errors: bool = False) -> tuple[float, float, Role]:
        """Epoch and loss (or share of errors) of the last point, and of whom: of the test samples where there are any.

        The smaller it is, the better.
        """
        return self.points[-1][1], *_quality(self.points[-1], by_errors)

    def stop(self, rules: Until, *, by_errors: bool = False) -> Stop | None:
        """The first rule about scores that holds at the last point."""
        if not self.points:
            return None
        _, epoch, loss, train_accuracy, _, test_accuracy = self.points[-1]
        accuracy = train_accuracy if np.isnan(test_accuracy) else test_accuracy
        if rules.loss is not None and loss <= rules.loss:
            return Stop("loss", f"The training loss reached {loss:.4g}, at or below {rules.loss:g}.")
        if rules.accuracy is not None and accuracy >= rules.accuracy:
            return Stop("accuracy", f"The accuracy reached {accuracy:.1%}, at or above {rules.accuracy:.1%}.")
        if rules.plateau is not None and epoch - self._best_epoch(by_errors) >= rules.plateau:
            role = self.judged(by_errors=by_errors)[2]
            return Stop("plateau", f"{judged_name(role, by_errors=by_errors)} not improved for {rules.plateau} epochs.")
        return None

    def _best_epoch(self, by_errors: bool) -> float:
        found = [_quality(point, by_errors)[0] for point in self.points]
        return self.points[int(np.argmin(found))][1]


def _quality(point: tuple[float, ...], by_errors: bool) -> tuple[float, Role]:
    _, _, train_loss, train_accuracy, test_loss, test_accuracy = point
    train, test = (1 - train_accuracy, 1 - test_accuracy) if by_errors else (train_loss, test_loss)
    return (train, "train") if np.isnan(test) else (test, "test")


def judged_name(role: Role, *, by_errors: bool) -> str:
    """What a run is judged by, as the beginning of a sentence."""
    whose = "training" if role == "train" else "test"
    return f"The number of {whose} samples answered wrong has" if by_errors else f"The {whose} loss has"
