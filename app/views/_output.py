"""The output view: modes, surface, legend."""

from __future__ import annotations

from msgspec.structs import replace
from PySide6.QtCore import QEvent
from PySide6.QtGui import QContextMenuEvent, QResizeEvent
from PySide6.QtWidgets import QMenu

from app.context import Context
from app.settings import TESTS
from app.theme import theme
from app.views import _modes
from app.views._base import ViewWidget
from app.views._legend import Legend
from app.views._pointer import Pointer
from app.views._surface import SurfacePicture
from app.widgets.choice import SegmentedControl
from app.widgets.popup import Option
from engine.machines.base import Snapshot
from engine.producers.batch import Batch
from engine.producers.landmarks import Landmarks
from engine.records import Surface, Want

SIZES = ((240, 96), (560, 128))
"""Up to this many pixels of width, so many numbers across."""

LARGEST = 160

BATCH = "batch"
LANDMARKS = "landmarks"

MOST = (1 << 24) - 1
"""What Qt takes for no bound."""


class OutputView(ViewWidget):
    """The surface with its points: draw here."""

    def __init__(self, context: Context, record: str) -> None:
        super().__init__(context, "Output")
        self._record = record
        self._titled = True
        self._detail: Want | None = None
        self._batch = False
        self._offered: tuple[_modes.Mode, ...] = ()
        self.modes = SegmentedControl("how the output is seen")
        self.modes.chosen.connect(self._mode)
        self.head.addWidget(self.modes)
        self.picture = SurfacePicture(context)
        self.pointer = Pointer(self.picture)
        self.legend = Legend(context)
        self.legend.tests_toggled.connect(self.toggle_tests)
        self.body.addWidget(self.picture, 1)
        self.body.addWidget(self.legend)
        self.body.addStretch(0)
        self.picture.moved.connect(self.look)
        context.drawing.changed.connect(self._drawing_changed)
        context.drawing.selection_changed.connect(self.picture.update)
        self._offer(_modes.CLASSES if context.session.samples.classes else _modes.VALUES)
        self.picture.show_tests = context.settings.get(TESTS, True)
        self.picture.mark_mistakes = context.settings.get("output/mistakes", False)
        context.settings.changed.connect(self._setting_changed)
        self.setFocusProxy(self.picture)

    def wants(self) -> frozenset[Want]:
        width, view = self.picture.width(), self.picture.view
        whole = Want(self._record, next((n for w, n in SIZES if width <= w), LARGEST))
        self._detail = None if view.fitted or self.picture.line else replace(whole, area=view.shown)
        asked = {whole, Want(LANDMARKS)} if self._detail is None else {whole, self._detail, Want(LANDMARKS)}
        return frozenset(asked | {Want(BATCH)} if self._batch else asked)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        record = snapshot.get(self._record)
        coming = snapshot.get(BATCH) if self._batch else None
        self.picture.batch = coming if isinstance(coming, Batch) else None
        found = snapshot.get(LANDMARKS)
        self.picture.landmarks = found if isinstance(found, Landmarks) else None
        if isinstance(record, Surface):
            self._offer(_modes.modes_of(record))
            self.picture.show_surface(record, self._detail_in(snapshot))
            self.modes.show_choice(self.picture.mode)
            self.legend.scale.show_scale(_modes.scale_of(record, self.picture.mode, theme().palette))

    def _detail_in(self, snapshot: Snapshot) -> Surface | None:
        """The part that is enlarged now; until the engine has computed it, the one before stays in its place."""
        found = snapshot.records.get(self._detail) if self._detail is not None else None
        return found if isinstance(found, Surface) else self.picture.detail

    def show_experiment(self) -> None:
        if self.context.session.snapshot is None:
            self.picture.show_surface(None)
        self.picture.take_samples()
        self._bound()
        self.legend.show_data(self.picture.show_tests)
        self.setAccessibleDescription(f"{self.picture.mode} of {self.context.session.experiment.name}")

    def restyle(self) -> None:
        self.refresh()
        self._narrow()

    def fit(self) -> None:
        self.picture.fit()

    def toggle_tests(self) -> None:
        """Show or hide the test points."""
        self.context.settings.set(TESTS, not self.picture.show_tests)

    def _setting_changed(self, key: str) -> None:
        if key == TESTS:
            self.picture.show_tests = self.context.settings.get(TESTS, True)
            self.legend.show_data(self.picture.show_tests)
            self.picture.update()

    def toggle_mistakes(self) -> None:
        """Ring the points on the wrong side, or not."""
        self.picture.mark_mistakes = not self.picture.mark_mistakes
        self.context.settings.set("output/mistakes", self.picture.mark_mistakes)
        self.picture.update()

    def toggle_batch(self) -> None:
        """Ring the points of the next batch, the larger the harder they pull, or not."""
        self._batch = not self._batch
        self.picture.batch = None
        self.picture.update()
        self.look()

    def extra_actions(self, menu: QMenu) -> None:
        menu.addSeparator()
        for text, on, toggle in (
            ("Show test points", self.picture.show_tests, self.toggle_tests),
            ("Ring points on the wrong side", self.picture.mark_mistakes, self.toggle_mistakes),
            ("Ring the next batch by its pull", self._batch, self.toggle_batch),
        ):
            action = menu.addAction(text, toggle)
            action.setCheckable(True)
            action.setChecked(on)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802 - Qt's name
        """Offer the picture, and what belongs to points."""
        self.picture.pointer = None
        self.picture.update()
        super().contextMenuEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Without room for both, the modes stay and the title goes; the legend stays close to the plane."""
        super().resizeEvent(event)
        self._narrow()
        self._bound()

    def event(self, event: QEvent) -> bool:
        """The buttons of the column may leave the line, or come to it."""
        if event.type() == QEvent.Type.LayoutRequest:
            self._narrow()
        return super().event(event)

    def _bound(self) -> None:
        self.picture.setMaximumHeight(self.picture.square(self.width()) or MOST)

    def wanted_height(self, width: int) -> int:
        square = self.picture.square(width)
        if not square:
            return 0
        line = max(self.modes.sizeHint().height(), self.title.sizeHint().height())
        return line + theme().px(12) + square + self.legend.heightForWidth(width)

    def show_title(self, shown: bool) -> None:
        self._titled = shown
        self._narrow()

    def _narrow(self) -> None:
        wide = self.title.sizeHint().width() + sum(
            item.sizeHint().width() + theme().px(8)
            for k in range(self.head.count())
            if (item := self.head.itemAt(k)) is not None
            and item.widget() not in (None, self.title)
            and not item.isEmpty()
        )
        self.title.setVisible(self._titled and self.width() >= wide)

    def _mode(self, mode: str) -> None:
        self.picture.set_mode(mode)
        self.refresh()
        self.setAccessibleDescription(f"{mode} of {self.context.session.experiment.name}")

    def _offer(self, modes: tuple[_modes.Mode, ...]) -> None:
        if modes != self._offered:
            self._offered = modes
            self.modes.show_options([Option(m.key, m.text, m.help) for m in modes])
            self.modes.show_choice(self.picture.mode if self.picture.mode in {m.key for m in modes} else modes[0].key)
            self.modes.setVisible(len(modes) > 1)
            self._narrow()

    def _drawing_changed(self) -> None:
        self.pointer.dress()
        self.picture.update()

    def dispose(self) -> None:
        self.context.drawing.changed.disconnect(self._drawing_changed)
        self.context.settings.changed.disconnect(self._setting_changed)
        super().dispose()
