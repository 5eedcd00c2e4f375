"""Own data: a file, a drop or a paste; what was found, what to change, and one button that takes it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from msgspec.structs import replace
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QHideEvent, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget
from shiboken6 import isValid

from app import icons
from app.choosers import ask_source
from app.context import Context
from app.numbers import count
from app.panels.columns import ColumnList, PreviewTable
from app.session import Busy, Message
from app.style import mix
from app.theme import theme
from app.widgets.base import Label, Themed, smooth
from app.widgets.buttons import Button
from app.widgets.choice import ChoiceBox
from app.widgets.flow import FlowLayout
from app.widgets.panels import Banner, ProgressStrip
from app.widgets.popup import Option
from engine.datasets import Dataset, importing
from engine.datasets.importing import Preview
from engine.datasets.importing.preview import LIKELY_CLASSES
from engine.errors import LearnscopeError

KINDS: Final = "Tables (*.csv *.tsv *.txt *.dat *.npz);;All files (*)"
SEPARATORS: Final = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", " ": "spaces"}
HEADERS: Final = {"yes": "names", "no": "data"}
TASKS: Final = {"classification": "Classification", "regression": "Regression"}
SCALINGS: Final = {
    "none": "As it is",
    "standardise": "Mean 0, deviation 1",
    "range": "−1 to 1",
}


class Importing(QWidget):
    """The page of own data. The experiment on screen stays as it is until a whole table was read.

    `open_path`, `open_text` and `choose` start it; `done` says that the data was taken.
    """

    done = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context, self._session = context, context.session
        self._working = self._taking = False
        self._cancel: Callable[[], None] | None = None
        self.preview: Preview | None = None
        self.setAccessibleName("Own data")
        self.setAcceptDrops(True)
        self._pages = QStackedLayout()
        self.start = Start()
        self.start.file.clicked.connect(self.choose)
        self.start.paste.clicked.connect(self.paste)
        self._pages.addWidget(self.start)
        self._pages.addWidget(self._choices())
        self.banner = Banner()
        self.strip = ProgressStrip()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme().px(12))
        column.addLayout(self._pages, 1)
        column.addWidget(self.banner)
        column.addWidget(self.strip)
        column.addLayout(self._foot())
        self.setFocusProxy(self.start.file)
        context.session.busy_changed.connect(self._busy)
        context.session.told.connect(self._hear)
        self._show_state()

    # -- parts --------------------------------------------------------------------------------------------------

    def _choices(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme().px(12))
        self.title = Label("", weight=600)
        self.facts = Label("", colour="muted")
        head = QHBoxLayout()
        head.setSpacing(theme().px(12))
        head.addWidget(self.title)
        head.addWidget(self.facts, 1)
        other = Button("Another file …", "link")
        other.clicked.connect(self.choose)
        head.addWidget(other)
        column.addLayout(head)
        column.addWidget(self._settings())
        body = QHBoxLayout()
        body.setSpacing(theme().px(16))
        self.columns = ColumnList()
        self.columns.changed.connect(self._show_state)
        body.addWidget(self.columns, 0)
        self.table = PreviewTable()
        body.addWidget(self.table, 1)
        column.addLayout(body, 1)
        return page

    def _settings(self) -> QWidget:
        line = QWidget()
        flow = FlowLayout(line, theme().px(12), theme().px(8))
        flow.setContentsMargins(0, 0, 0, 0)
        self.separator = self._box("separator", SEPARATORS, self._look_again)
        self.header = self._box("first row holds", HEADERS, self._look_again)
        self.target = ChoiceBox("learn", self._targets, caption=True)
        self.target.setToolTip("The column that is learned from the others.")
        self.target.chosen.connect(self._choose_target)
        self.task = self._box("task", TASKS, self._show_state)
        self.scaling = self._box("scale features", SCALINGS, self._show_state)
        self.target_scaling = self._box("scale target", SCALINGS, self._show_state)
        self.scaling.show_choice("standardise", SCALINGS["standardise"])
        self.target_scaling.show_choice("range", SCALINGS["range"])
        for box in (self.separator, self.header, self.target, self.task, self.scaling, self.target_scaling):
            flow.addWidget(box)
        return line

    def _box(self, title: str, texts: dict[str, str], then: Callable[[], None]) -> ChoiceBox:
        box = ChoiceBox(title, lambda: [Option(k, t, chosen=k == box.key) for k, t in texts.items()], caption=True)

        def chosen(key: str) -> None:
            box.show_choice(key, texts[key])
            then()

        box.chosen.connect(chosen)
        return box

    def _foot(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(theme().px(8))
        self.summary = Label("", colour="muted")
        self.take = Button("Use this data", "primary")
        self.take.clicked.connect(self.load)
        row.addWidget(self.summary, 1)
        row.addWidget(self.take)
        return row

    # -- where it comes from ------------------------------------------------------------------------------------

    def choose(self) -> None:
        """Ask for a file."""
        ask_source(self, self._context.settings, "Own data", KINDS, self.open_path)

    def paste(self) -> None:
        """Take the table on the clipboard."""
        text = QGuiApplication.clipboard().text()
        if text.strip():
            self.open_text(text)
        else:
            self._refuse("The clipboard holds no text; copy the rows of a table first.")

    def open_path(self, path: Path) -> None:
        """Look at a file."""
        self._context.settings.set("folder", str(path.parent))
        self._look(path, path.name)

    def open_text(self, text: str) -> None:
        """Look at pasted text."""
        self._look(text, "the pasted text")

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's name
        """Take files and text."""
        if event.mimeData().hasUrls() or event.mimeData().hasText():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 - Qt's name
        """Look at what was dropped."""
        event.acceptProposedAction()
        local = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if local:
            self.open_path(local[0])
        elif event.mimeData().text().strip():
            self.open_text(event.mimeData().text())

    # -- looking ------------------------------------------------------------------------------------------------

    def _look(self, source: Path | str, title: str, header: bool | None = None, separator: str | None = None) -> None:
        self._work(
            f"Looking at {title}", lambda _p, _c: importing.preview(source, header, separator), self._show_preview
        )

    def _look_again(self) -> None:
        if self.preview is not None:
            self._look(self.preview.source, self.preview.title, self.header.key == "yes", self.separator.key)

    def _show_preview(self, preview: Preview) -> None:
        self.preview = preview
        self.title.setText(preview.title)
        rows = count(preview.row_count, "row") if preview.complete else f"about {count(preview.row_count, 'row')}"
        self.facts.setText(f"{rows} · {count(len(preview.columns), 'column')}")
        text = preview.format == "text"
        self.separator.setVisible(text)
        self.header.setVisible(text)
        self.separator.show_choice(preview.separator, SEPARATORS.get(preview.separator, preview.separator))
        key = "yes" if preview.header else "no"
        self.header.show_choice(key, HEADERS[key])
        self.columns.show_columns(preview, preview.target)
        self.target.show_choice(preview.target, preview.target)
        self.task.show_choice(preview.task, TASKS[preview.task])
        self.table.show_rows(preview, preview.target, preview.features)
        self._pages.setCurrentIndex(1)
        self._show_state()
        self.take.setFocus(Qt.FocusReason.OtherFocusReason)

    # -- choosing -----------------------------------------------------------------------------------------------

    def _targets(self) -> list[Option]:
        columns = self.preview.columns if self.preview is not None else ()
        split = self.preview.split if self.preview is not None else ""
        return [
            Option(c.name, c.name, f"{count(c.distinct, 'different value')}, {c.type}", c.name == self.target.key)
            for c in columns
            if c.name != split
        ]

    def _choose_target(self, name: str) -> None:
        if self.preview is None:
            return
        self.target.show_choice(name, name)
        column = next(c for c in self.preview.columns if c.name == name)
        few = column.type == "text" or (column.whole and column.distinct <= LIKELY_CLASSES)
        key = "classification" if few else "regression"
        self.task.show_choice(key, TASKS[key])
        self.columns.show_columns(self.preview, name)
        self._show_state()

    def _show_state(self) -> None:
        """What can be done now, and what would be taken."""
        ready = self.preview is not None and not self._working
        features = self.columns.chosen()
        self.take.setVisible(self.preview is not None)
        self.take.setEnabled(ready and bool(features))
        self.target_scaling.setHidden(self.task.key != "regression")
        if self.preview is None:
            self.summary.setText("")
            return
        self.table.mark(self.target.key, features)
        what = "classes of" if self.task.key == "classification" else "value of"
        self.summary.setText(
            f"Learns the {what} “{self.target.key}” from {count(len(features), 'feature')}."
            if features
            else "Choose at least one feature."
        )

    # -- taking -------------------------------------------------------------------------------------------------

    def load(self) -> None:
        """Read the whole table and go on with it, as one undo step."""
        preview = self.preview
        if preview is None:
            return
        wanted: dict[str, Any] = {
            "features": self.columns.chosen(),
            "target": self.target.key,
            "task": self.task.key,
            "scaling": self.scaling.key,
            "target_scaling": self.target_scaling.key,
        }
        self._work(
            f"Reading {preview.title}",
            lambda progress, cancelled: importing.load(preview, **wanted, progress=progress, cancelled=cancelled),
            self._use,
        )

    def _use(self, table: Dataset) -> None:
        experiment, preview = self._session.experiment, self.preview
        # A file may say itself which rows are for training.
        share = getattr(table, "marked", 0.0) or experiment.data.share
        data = replace(experiment.data, source=table, features=table.columns, plane=(), held={}, share=share)
        name = preview.source.stem if preview is not None and isinstance(preview.source, Path) else "Own data"
        self._taking = True
        taken = self._session.replace(f"Import {name}", replace(experiment, data=data, name=name, notes=""))
        self._taking = False
        if taken:
            self.done.emit()

    def _hear(self, message: Message) -> None:
        if self._taking and message.kind == "error":
            self._refuse(message.sentence)

    # -- long work ----------------------------------------------------------------------------------------------

    def _work(self, what: str, job: Callable[[Any, Any], Any], use: Callable[[Any], None]) -> None:
        """Do a job beside the window; its error is shown here, where it arose."""
        if self._working:
            return
        self.banner.clear()
        self._working = True
        self._show_state()

        def guarded(progress: Any, cancelled: Any) -> Any:
            try:
                return job(progress, cancelled)
            except LearnscopeError as error:
                return error

        def over() -> bool:
            if not isValid(self):
                return False
            self._working, self._cancel = False, None
            self._show_state()
            self.strip.show_busy(Busy(""))
            return True

        def done(result: Any) -> None:
            if not over():
                return
            if isinstance(result, LearnscopeError):
                if not isinstance(result, importing.Cancelled):
                    self._refuse(str(result))
            else:
                use(result)

        self._session.job(what, guarded, done, over)

    def _busy(self, busy: Busy) -> None:
        if self._working and busy.cancel is not None:
            self._cancel = busy.cancel
            self.strip.show_busy(busy)

    def _refuse(self, sentence: str) -> None:
        # A sentence may begin with the name of a file, which stays as it is.
        first = sentence.split(maxsplit=1)[0] if sentence.strip() else ""
        text = sentence[:1].upper() + sentence[1:] if first.isalpha() else sentence
        self.banner.tell(Message(text if text.endswith(".") else f"{text}.", "error"))

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 - Qt's name
        """Closing the page gives up what it was reading."""
        if self._working and self._cancel is not None:
            self._cancel()
        super().hideEvent(event)


class Start(Themed):
    """The first look of the page: drop, choose or paste."""

    def __init__(self) -> None:
        super().__init__()
        self.file = Button("Choose a file …", "primary", "import")
        self.paste = Button("Paste a table", icon="paste")
        column = QVBoxLayout(self)
        column.addStretch(3)
        self.sign = Label()
        self.sign.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self.sign)
        for label in (
            Label("Drop a table here", "large", 600),
            Label("CSV, TSV or NPZ: a row for each sample, a column for each number.", colour="muted"),
        ):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            column.addWidget(label)
        column.addSpacing(theme().px(8))
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.file)
        row.addWidget(self.paste)
        row.addStretch(1)
        column.addLayout(row)
        column.addStretch(4)
        self.restyle()

    def restyle(self) -> None:
        """Tint the sign."""
        self.sign.setPixmap(icons.pixmap("table", "faint", theme().px(32), self.devicePixelRatioF()))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        look = theme()
        with smooth(self) as painter:
            pen = QPen(mix(look.palette.line, look.palette.faint, 0.6), 1.4)
            pen.setDashPattern([4, 4])
            painter.setPen(pen)
            painter.drawRoundedRect(self.rect().toRectF().adjusted(1, 1, -1, -1), look.px(10), look.px(10))
