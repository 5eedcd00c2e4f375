"""The settings line: how the network learns, always in sight; rarer numbers one click away."""

from __future__ import annotations

from typing import Any, Final

from msgspec.structs import replace
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.context import Context
from app.forms import Field, Form, field
from app.listed import Listed
from app.offers import info_at
from app.theme import theme
from app.widgets.base import Label
from app.widgets.buttons import Button, IconButton
from app.widgets.choice import ChoiceBox
from app.widgets.flow import FlowLayout
from app.widgets.popover import Popover
from app.widgets.popup import Option
from engine import paths
from engine.datasets import Dataset
from engine.experiment import Experiment, task
from engine.losses import Loss, Task

TASKS: Final = {
    "classes": ("Classification", "Tell classes apart"),
    "values": ("Regression", "Predict a value"),
    "unsupervised": ("Unsupervised", "No teacher: neurons find something in the inputs by themselves"),
}

TAUGHT: Final[dict[str, set[Task]]] = {"classes": {"binary", "classes"}, "values": {"regression"}}
"""What the losses of a task serve."""

MORE: Final = (
    ("training.loss", ()),
    ("training.optimiser", ("rate",)),
    ("training.penalty", ("rate",)),
    ("training.schedule", ()),
    ("model.initialiser", ()),
)
"""Declarations whose further fields stand behind the button at the end, and which of those are in the line itself."""


SEEN: Final = "data.augmentation"
"""The action that shows what regularisation does to pictures."""


class TrainingPanel(QWidget):
    """Task, loss, optimiser, rate, batch, penalty, initial weights in one line.

    What a narrow line can't hold stands behind the button at its end, with the rarer numbers.
    """

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._sources: dict[str, Dataset] = {}
        self._rules: dict[str, Loss] = {}
        self._pairing: object = None
        self._outputs = 0
        self.setAccessibleName("Learning settings")
        self._flow = FlowLayout(self)
        self._flow.setContentsMargins(0, 0, 0, 0)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.task = ChoiceBox("task", self._tasks, caption=True)
        self.task.setToolTip(
            "What is learned: telling classes apart, predicting a value, or something without a teacher."
        )
        self.task.chosen.connect(self._choose_task)
        self._flow.addWidget(self.task)
        self.output = field(context, self._output_path(), "output")
        self.fields = self._fields()
        self.behind: tuple[Field, ...] = ()
        for item in self.fields:
            self._flow.addWidget(item)
        self.more = IconButton("settings", "More learning settings", side=28)
        self.more.clicked.connect(self.open_more)
        self._flow.addWidget(self.more)
        theme().changed.connect(self._restyle)
        context.session.experiment_changed.connect(self._changed)
        self._restyle()
        self._changed(None, context.session.experiment)

    def _fields(self) -> dict[Field, str]:
        wanted = [
            ("training.loss", "loss"),
            ("training.optimiser", "optimiser"),
            ("training.optimiser.rate", "rate"),
            ("training.batch", "batch"),
            ("training.penalty", "penalty"),
            ("training.penalty.rate", "penalty rate"),
            ("training.schedule", "schedule"),
            ("model.initialiser", "initial weights"),
        ]
        made = {field(self._context, path, title): title for path, title in wanted[:1]}
        made[self.output] = "output"
        return made | {field(self._context, path, title): title for path, title in wanted[1:]}

    def _restyle(self) -> None:
        self._flow.set_gaps(theme().px(12), theme().px(8))

    # -- task ---------------------------------------------------------------------------------------------------

    def _tasks(self) -> list[Option]:
        return [Option(key, text, hint, key == self.task.key) for key, (text, hint) in TASKS.items()]

    def _choose_task(self, key: str) -> None:
        """Go to the data set and the loss last used for this task, or to the first that serve it."""
        if key == self.task.key:
            return
        if key == "unsupervised":
            rule = self._rules.get(key) or next(e.kind() for e in Loss.registry if key in e.kind.tasks)
            self._context.session.edit("Change task", "training.loss", rule)
            return
        source = self._sources.get(key) or next(
            (made for e in Dataset.registry if _task_of(made := e.kind()) == key and made.family != "own"), None
        )
        rule = self._rules.get(key) or next(e.kind() for e in Loss.registry if e.kind.tasks.keys() & TAUGHT[key])
        if source is not None:
            self._context.session.attempt("Change task", lambda e: _with_task(e, source, rule))

    # -- in step with the experiment ----------------------------------------------------------------------------

    def _output_path(self) -> str:
        return f"model.layers.{len(self._context.session.experiment.model.layers) - 1}.activation"

    def _changed(self, _old: Experiment | None, experiment: Experiment) -> None:
        key = "unsupervised" if task(experiment) == "unsupervised" else _task_of(experiment.data.source)
        self._sources[_task_of(experiment.data.source)] = experiment.data.source
        self._rules[key] = experiment.training.loss
        self.task.show_choice(key, TASKS[key][0])
        self.output.go(self._output_path())
        pairing = (task(experiment), experiment.training.loss)
        if pairing != self._pairing:
            self._pairing = pairing
            self._outputs = self.output.choices()
        self._fit()

    # -- what fits ----------------------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        """A text changed, or the window: look again what fits."""
        done = super().event(event)
        if event.type() in (QEvent.Type.LayoutRequest, QEvent.Type.Resize):
            self._fit()
        return done

    def _fit(self) -> None:
        """Hide from the end what does not fit into the line."""
        wanted = [f for f in self.fields if f.control is not None and (f is not self.output or self._outputs > 1)]
        gap, used = theme().px(12), self.task.sizeHint().width()
        room = self.width() - self.more.sizeHint().width() - gap
        shown: list[Field] = []
        for item in wanted:
            used += gap + item.sizeHint().width()
            if used > room:
                break
            shown.append(item)
        self.behind = tuple(wanted[len(shown) :])
        for item in self.fields:
            if item.isHidden() == (item in shown):
                item.setHidden(item not in shown)

    def _hidden_fields(self, path: str, skip: tuple[str, ...]) -> list[str]:
        value: Any = self._context.session.experiment
        for part in path.split("."):
            value = getattr(value, part)
        names = [n for n in value.__struct_fields__ if n not in skip]
        return [n for n in names if info_at(self._context.session.experiment, f"{path}.{n}") is not None]

    def open_more(self) -> None:
        """Open the further fields of all that is chosen in the line."""
        pop = Popover(self)
        for item in self.behind:
            pop.body.addWidget(field(self._context, item.path, self.fields[item]))
        pop.body.addWidget(field(self._context, "training.order", "order"))
        for path, skip in MORE:
            if self._hidden_fields(path, skip):
                info = info_at(self._context.session.experiment, path)
                pop.body.addWidget(Label(info.title if info else path, "small", 600))
                pop.body.addWidget(Form(self._context, path, skip))
        pop.body.addWidget(Listed(self._context, "training.regularisers"))
        if SEEN in self._context.actions and self._context.actions.entry(SEEN).possible:
            seen = Button("See pictures before and after", "link", "look", size="small")
            seen.clicked.connect(pop.close)
            seen.clicked.connect(lambda: self._context.actions.run(SEEN))
            pop.body.addWidget(seen)
        pop.open_under(self.more)


def _with_task(experiment: Experiment, source: Dataset, rule: Loss) -> Experiment:
    """The experiment with other data; its loss too, where it had no teacher."""
    if task(experiment) == "unsupervised":
        experiment = replace(experiment, training=replace(experiment.training, loss=rule))
    return paths.assign(experiment, "data.source", source)


def _task_of(source: Dataset) -> str:
    return "classes" if source.class_names else "values"
