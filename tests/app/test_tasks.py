"""What is learned, chosen in the settings line: classes, values, or something without a teacher."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from app.context import Context
from app.offers import allowed, info_at
from app.panels.training import TrainingPanel
from tests.app.kit import choose, context_of, put


@pytest.fixture
def context(qapp: QApplication) -> Iterator[Context]:
    with context_of() as made:
        yield made


def test_another_task_goes_to_a_set_for_it_and_back_to_the_last_one(context: Context) -> None:
    line = TrainingPanel(context)
    put(line, width=1280, height=120)
    choose(line.task, "Regression")
    source = context.session.experiment.data.source
    assert not source.class_names
    assert line.task.text == "Regression"
    choose(line.task, "Classification")
    assert context.session.experiment.data.source.key == "spiral"
    assert context.session.history.stack.undoText() == "Change task"
    choose(line.task, "Regression")
    assert context.session.experiment.data.source == source


def test_no_teacher_is_a_task_with_the_same_data_and_back_again(context: Context) -> None:
    line = TrainingPanel(context)
    put(line, width=1280, height=120)
    before = context.session.experiment
    choose(line.task, "Unsupervised")
    alone = context.session.experiment
    assert alone.training.loss.key == "competitive"
    assert alone.data == before.data
    assert alone.model.output.units == 3
    context.session.edit("Change rule", "training.loss", "oja")
    choose(line.task, "Regression")
    assert context.session.experiment.training.loss.key == "squared-error"
    choose(line.task, "Unsupervised")
    assert context.session.experiment.training.loss.key == "oja", "the rule used last"
    choose(line.task, "Classification")
    assert context.session.experiment.training.loss == before.training.loss
    assert context.session.experiment.model.output.units == before.model.output.units


def test_the_losses_offered_keep_the_teacher_or_its_absence(context: Context) -> None:
    def losses() -> set[str]:
        experiment = context.session.experiment
        info = info_at(experiment, "training.loss")
        assert info is not None
        return {entry.key for entry in allowed(experiment, "training.loss", info)}

    assert "binary-cross-entropy" in losses()
    assert not losses() & {"competitive", "oja"}
    context.session.edit("Change task", "training.loss", "competitive")
    assert {"competitive", "oja", "hebb"} <= losses()
    assert "binary-cross-entropy" not in losses()
