"""Data column, settings line and gallery, used as a person uses them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from msgspec.structs import replace
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

from app.context import Context
from app.forms import Field
from app.panels.data import DataPanel
from app.panels.gallery import Gallery
from app.panels.thumbnails import Thumbnail, picture
from app.panels.training import TrainingPanel
from app.theme import theme
from app.widgets.buttons import Button, ClassChip
from app.widgets.number import NumberField
from app.widgets.slider import Slider
from engine import examples
from engine.arrays import Array
from engine.datasets import Dataset, Samples
from engine.datasets.editing.pictures import SIDES
from engine.experiment import Experiment, plane
from tests.app.kit import LEFT, WINDOWS, choose, click, context_of, inside, offered, put
from tests.test_experiment import make, own


@pytest.fixture
def context(qapp: QApplication) -> Iterator[Context]:
    with context_of() as made:
        yield made


@pytest.fixture
def large_text() -> Iterator[None]:
    theme().set_percent(150)
    yield
    theme().set_percent(100)


def table(columns: int, rows: int = 40) -> Experiment:
    """An experiment on a table of so many columns."""
    header = tuple(f"c{k}" for k in range(columns))
    x = np.random.Generator(np.random.PCG64(1)).normal(size=(rows, columns))
    kind = Dataset.registry["table"].kind
    keys = (np.arange(rows) + 0.5) / rows
    source = kind(x=Array(x), y=Array(np.arange(rows) % 2 * 1.0), keys=Array(keys), header=header, names=("no", "yes"))
    experiment = make()
    return replace(experiment, data=replace(experiment.data, source=source, features=header))


def held(context: Context) -> str:
    """The tool in the hand."""
    return context.drawing.tool


# -- data column ------------------------------------------------------------------------------------------------


def test_a_click_on_a_set_is_one_undoable_edit(context: Context) -> None:
    panel = DataPanel(context)
    put(panel, width=240, height=700)
    circle = inside(panel, Thumbnail, "Circle")
    click(circle)
    assert context.session.experiment.data.source.key == "circle"
    assert circle.isChecked()
    assert not inside(panel, Thumbnail, "Spiral").isChecked()
    context.session.history.stack.undo()
    assert context.session.experiment.data.source.key == "spiral"
    assert not circle.isChecked()


def test_noise_somebody_had_set_goes_along_to_another_set(context: Context) -> None:
    panel = DataPanel(context)
    put(panel, width=240, height=700)
    context.session.edit("Change noise", "data.source.noise", 20.0)
    click(inside(panel, Thumbnail, "Gauss"))
    assert context.session.experiment.data.source == Dataset.registry["gauss"].kind(noise=20.0)


def test_the_numbers_of_the_split_follow_the_share(context: Context) -> None:
    panel = DataPanel(context)
    put(panel, width=240, height=700)
    assert panel.tests.text() == "250 test points"
    share = inside(panel, Slider, "train share")
    share.setFocus()
    QTest.keyClick(share, Qt.Key.Key_End)
    assert panel.tests.isHidden()


def test_new_data_takes_the_next_seed_and_can_be_undone(context: Context) -> None:
    panel = DataPanel(context)
    put(panel, width=240, height=700)
    before = context.session.samples
    click(panel.seeds.again)
    assert context.session.experiment.seeds.data == 1
    assert panel.seeds.fields["data"].value == 1
    assert not np.array_equal(before.keys, context.session.samples.keys)
    assert context.session.history.stack.undoText() == "New data"


def test_seeds_can_be_typed(context: Context) -> None:
    panel = DataPanel(context)
    put(panel, width=240, height=700)
    field = panel.seeds.fields["weights"]
    assert isinstance(field, NumberField)
    field.setFocus()
    QTest.keyClicks(field, "4")
    QTest.keyClicks(field.findChildren(QWidget)[0], "2\r")
    assert context.session.experiment.seeds.weights == 42


def test_a_tool_is_taken_and_kept_until_the_arrow_puts_it_away(context: Context) -> None:
    panel = DataPanel(context)
    put(panel, width=240, height=900)
    brush = panel.tools.tools["brush"]
    assert not panel.tools.radius.isVisible()
    click(brush)
    assert held(context) == "brush"
    assert brush.isChecked()
    assert panel.tools.radius.isVisible()
    click(brush)
    assert held(context) == "brush"
    assert brush.isChecked()
    click(panel.tools.tools["look"])
    assert held(context) == "look"
    assert not brush.isChecked()


def test_a_class_is_chosen_and_one_more_offered(context: Context) -> None:
    panel = DataPanel(context)
    put(panel, width=240, height=900)
    assert [c.number for c in panel.tools.chips] == [1, 2, 0]
    click(panel.tools.chips[0])
    assert context.drawing.class_index == 0
    assert context.drawing.tool == "brush"
    click(panel.tools.chips[2])
    assert context.drawing.class_index == 2
    assert [c.number for c in panel.tools.chips] == [1, 2, 3, 0]
    assert isinstance(panel.tools.chips[2], ClassChip)
    assert panel.tools.chips[2].isChecked()
    assert panel.focusWidget() is panel.tools.chips[2]


def test_nine_classes_are_the_most(context: Context) -> None:
    panel = DataPanel(context)
    put(panel, width=240, height=900)
    context.session.edit("Draw", "data.source", own(9))
    assert [c.number for c in panel.tools.chips] == list(range(1, 10))


def test_values_over_the_plane_have_a_slider_in_the_place_of_classes(qapp: QApplication) -> None:
    with context_of(examples.load("plane")) as context:
        panel = DataPanel(context)
        put(panel, width=240, height=900)
        tools = panel.tools
        assert tools.value.isVisible()
        assert not tools.class_row.isVisible()
        QTest.mouseClick(tools.value, LEFT, pos=QPoint(2, tools.value.height() - 9))
        assert context.drawing.value == tools.value.scale.low == context.drawing.values[0]
        context.session.edit("Change data", "data.source", "sine")
        assert tools.box.isVisible()
        assert not tools.value.isVisible()
        context.session.edit("Change data", "data.source", "spiral")
        assert not tools.value.isVisible()
        assert tools.class_row.isVisible()


def test_a_table_says_why_it_cannot_be_drawn_on(qapp: QApplication) -> None:
    with context_of(table(3)) as context:
        panel = DataPanel(context)
        put(panel, width=240, height=900)
        assert panel.tools.refusal.isVisible()
        assert panel.tools.refusal.text()
        assert not panel.tools.tools["brush"].isVisible()
        context.session.edit("Change data", "data.source", "spiral")
        assert panel.tools.tools["brush"].isVisible()


def test_columns_of_the_plane_change_places_and_the_others_are_held(qapp: QApplication) -> None:
    with context_of(table(4)) as context:
        panel = DataPanel(context)
        put(panel, width=240, height=900)
        box = panel.plane
        assert box.isVisible()
        assert list(box.sliders) == ["c2", "c3"]
        choose(box.across, "c1")
        assert plane(context.session.experiment.data) == ("c1", "c0")
        held = box.sliders["c2"]
        QTest.mouseClick(held, LEFT, pos=QPoint(held.width() - 2, held.height() - 9))
        # The slider speaks the units of the file, the experiment those of the network.
        column = context.session.experiment.data.source.x.values[:, 2]  # type: ignore[attr-defined]
        assert (held.scale.low, held.scale.high) == pytest.approx((column.min(), column.max()))
        assert held.value == pytest.approx(column.max())
        scaled = (column.max() - column.mean()) / column.std()
        assert context.session.experiment.data.held["c2"] == pytest.approx(scaled)
        choose(box.up, "c2")
        assert list(box.sliders) == ["c0", "c3"]


def test_two_columns_need_no_choice_of_a_plane(context: Context) -> None:
    panel = DataPanel(context)
    put(panel, width=240, height=900)
    assert not panel.plane.isVisible()


def test_the_column_asks_for_the_gallery(context: Context) -> None:
    panel = DataPanel(context)
    put(panel, width=240, height=700)
    asked: list[bool] = []
    panel.gallery_wanted.connect(lambda: asked.append(True))
    click(panel.more)
    assert asked


def test_a_panel_that_is_gone_hears_no_more(context: Context, capsys: pytest.CaptureFixture[str]) -> None:
    panel, line = DataPanel(context), TrainingPanel(context)
    window = put(panel, line)
    WINDOWS.remove(window)
    window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert not isValid(panel)
    context.session.edit("Change data", "data.source", "circle")
    context.drawing.take("brush")
    theme().changed.emit()
    assert "Error" not in capsys.readouterr().err


@pytest.mark.parametrize("entry", list(Dataset.registry), ids=lambda e: e.key)
def test_every_set_has_a_picture(qapp: QApplication, entry: object) -> None:
    source = entry.kind()  # type: ignore[attr-defined]
    image = picture(source, 0, 52)
    samples = source.samples(0)
    assert isinstance(samples, Samples)
    painted = any(image.pixelColor(x, y).alpha() for x in range(52) for y in range(52))
    assert painted == bool(len(samples))


# -- settings line ----------------------------------------------------------------------------------------------


def fields(line: TrainingPanel) -> dict[str, Field]:
    return {f.path: f for f in line.findChildren(Field)}


def test_the_line_shows_what_is_set(context: Context) -> None:
    line = TrainingPanel(context)
    put(line, width=1280, height=120)
    shown = [f for f in fields(line).values() if f.isVisible()]
    titles = [f.control.accessibleName() for f in shown if f.control is not None]
    assert titles == ["loss", "optimiser", "rate", "batch", "penalty", "schedule", "initial weights"]


def test_the_output_is_offered_where_there_is_a_choice(context: Context) -> None:
    line = TrainingPanel(context)
    put(line, width=1280, height=120)
    assert not line.output.isVisible()
    choose(fields(line)["training.loss"].control, "Squared error")
    assert line.output.isVisible()
    choose(line.output.control, "Tanh")
    assert context.session.experiment.model.output.activation.key == "tanh"


def test_the_output_is_still_the_last_layer_when_one_goes(context: Context) -> None:
    line = TrainingPanel(context)
    put(line, width=1280, height=120)
    experiment = context.session.experiment
    model = replace(experiment.model, layers=experiment.model.layers[-1:])
    context.session.replace("Remove layer", replace(experiment, model=model))
    assert line.output.path == "model.layers.0.activation"
    choose(fields(line)["training.loss"].control, "Hinge")
    assert offered(line.output.control) == ["Linear", "Tanh", "Bipolar sigmoid", "Algebraic sigmoid", "Hard tanh"]


def test_the_rate_of_a_penalty_comes_with_it(context: Context) -> None:
    line = TrainingPanel(context)
    put(line, width=1280, height=120)
    choose(fields(line)["training.penalty"].control, "L2")
    rate = fields(line)["training.penalty.rate"]
    assert rate.isVisible()
    choose(rate.control, "0.01")
    assert context.session.experiment.training.penalty.rate == 0.01  # type: ignore[attr-defined]


def test_further_numbers_stand_behind_a_button(context: Context) -> None:
    line = TrainingPanel(context)
    put(line, width=1280, height=120)
    click(line.more)
    pop = QApplication.activePopupWidget()
    assert pop is not None
    assert {f.path for f in pop.findChildren(Field)} >= {"training.optimiser.beta1", "model.initialiser.bias"}
    pop.close()


def test_the_line_fits_a_small_window_with_large_text(context: Context, large_text: None) -> None:
    context.session.edit("Change penalty", "training.penalty", "l2")
    context.session.edit("Change loss", "training.loss", "squared-error")
    line = TrainingPanel(context)
    put(line, width=1280, height=300)
    parts = [f for f in (*fields(line).values(), line.task, line.more) if f.isVisible()]
    assert all(p.x() >= 0 and p.geometry().right() < line.width() for p in parts)
    assert len({p.geometry().bottom() for p in parts}) == 1
    assert [f.path for f in line.behind] == ["training.penalty.rate", "training.schedule", "model.initialiser"]
    click(line.more)
    pop = QApplication.activePopupWidget()
    assert pop is not None
    assert {f.path for f in pop.findChildren(Field)} >= {f.path for f in line.behind}
    pop.close()


# -- gallery ----------------------------------------------------------------------------------------------------


def test_the_gallery_holds_every_example_and_every_set(context: Context) -> None:
    gallery = Gallery(context)
    put(gallery, width=900, height=600)
    own_sets = [e for e in Dataset.registry if e.kind.family == "own"]
    assert len(gallery.tiles()) == len(examples.names()) + len(Dataset.registry) - len(own_sets) + len(SIDES)
    assert all(t.accessibleName() and t.accessibleDescription() for t in gallery.tiles())


def test_typing_finds_and_enter_opens(context: Context) -> None:
    gallery = Gallery(context)
    put(gallery, width=900, height=600)
    chosen: list[str] = []
    gallery.example_chosen.connect(chosen.append)
    gallery.search.setFocus()
    QTest.keyClicks(gallery.search, "two moons")
    assert gallery.tiles()[0].accessibleName() == "Two moons"
    QTest.keyClick(gallery.search, Qt.Key.Key_Return)
    assert chosen == ["moons"]


def test_the_gallery_finds_by_section_and_key_and_takes_the_one_of_that_name(context: Context) -> None:
    gallery = Gallery(context)
    put(gallery, width=900, height=600)
    for words in ("by hand", "tutorial"):
        gallery.search.setText(words)
        assert "One step of back-propagation" in {t.name for t in gallery.tiles()}
    chosen: list[str] = []
    gallery.example_chosen.connect(chosen.append)
    gallery.search.setText("Thirteen points")
    QTest.keyClick(gallery.search, Qt.Key.Key_Return)
    assert chosen == ["thirteen-points"]


def test_nothing_found_says_so(context: Context) -> None:
    gallery = Gallery(context)
    put(gallery, width=900, height=600)
    QTest.keyClicks(gallery.search, "qqqq")
    assert gallery.tiles() == []
    assert gallery.nothing.isVisible()


def test_a_set_is_taken_as_one_undo_step(context: Context) -> None:
    gallery = Gallery(context)
    put(gallery, width=900, height=600)
    done: list[bool] = []
    gallery.done.connect(lambda: done.append(True))
    click(next(t for t in gallery.sections[3].tiles if t.accessibleName() == "Moons"))
    assert context.session.experiment.data.source.key == "moons"
    assert done
    context.session.history.stack.undo()
    assert context.session.experiment.data.source.key == "spiral"


def test_arrows_walk_through_the_tiles(context: Context) -> None:
    gallery = Gallery(context)
    window = put(gallery, width=900, height=600)
    window.activateWindow()
    gallery.search.setFocus()
    QTest.keyClick(gallery.search, Qt.Key.Key_Down)
    tiles = gallery.tiles()
    assert window.focusWidget() is tiles[0]
    QTest.keyClick(tiles[0], Qt.Key.Key_Right)
    assert window.focusWidget() is tiles[1]
    QTest.keyClick(tiles[1], Qt.Key.Key_Down)
    below = window.focusWidget()
    assert below is not None
    assert below.y() > tiles[1].y()
    QTest.keyClick(below, Qt.Key.Key_Up)
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Up)
    assert window.focusWidget() is gallery.search


def test_own_data_is_asked_for(context: Context) -> None:
    gallery = Gallery(context)
    put(gallery, width=900, height=600)
    ways: list[str] = []
    gallery.own_wanted.connect(ways.append)
    for name in ("Own file …", "Paste a table"):
        click(inside(gallery, Button, name))
    assert ways == ["file", "paste"]
