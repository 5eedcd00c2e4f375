"""Own data: a file, a folder, a drop or a paste; what was found, what to change, and one button that takes it."""

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
from app.choosers import ask_folder, ask_source
from app.context import Context
from app.messages import Busy, Message
from app.numbers import count
from app.panels.importing_pictures import PictureChoices
from app.panels.importing_table import TableChoices
from app.style import mix
from app.theme import theme
from app.widgets.base import Label, Themed, smooth
from app.widgets.buttons import Button
from app.widgets.panels import Banner, ProgressStrip
from engine.datasets import importing
from engine.datasets.importing import PicturePreview, Preview
from engine.errors import LearnscopeError

PICTURES: Final = " ".join(f"*{suffix}" for suffix in importing.SUFFIXES)
KINDS: Final = (
    f"Tables and pictures (*.csv *.tsv *.txt *.dat *.npz *ubyte *.gz {PICTURES});;"
    f"Tables (*.csv *.tsv *.txt *.dat *.npz);;Pictures (*.npz *ubyte *.gz {PICTURES});;All files (*)"
)


class Importing(QWidget):
    """The page of own data. The experiment on screen stays as it is until a whole table was read.

    `open_paths`, `open_text`, `choose` and `choose_folder` start it; `done` says that the data was taken.
    """

    done = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context, self._session = context, context.session
        self._working = self._taking = False
        self._cancel: Callable[[], None] | None = None
        self.setAccessibleName("Own data")
        self.setAcceptDrops(True)
        self._pages = QStackedLayout()
        self.start = Start()
        self.start.file.clicked.connect(self.choose)
        self.start.folder.clicked.connect(self.choose_folder)
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
        for text, choose in (("Another file …", self.choose), ("Another folder …", self.choose_folder)):
            other = Button(text, "link")
            other.clicked.connect(choose)
            head.addWidget(other)
        column.addLayout(head)
        self._kinds = QStackedLayout()
        self.table, self.pictures = TableChoices(), PictureChoices(self._session)
        for choices in (self.table, self.pictures):
            choices.changed.connect(self._show_state)
            choices.again.connect(self._look_again)
            self._kinds.addWidget(choices)
        column.addLayout(self._kinds, 1)
        return page

    @property
    def choices(self) -> TableChoices | PictureChoices:
        """The choices of what was found."""
        return self.pictures if self._kinds.currentWidget() is self.pictures else self.table

    @property
    def preview(self) -> Preview | PicturePreview | None:
        """What was found, if anything was."""
        return self.choices.preview

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
        ask_source(self, self._context.settings, "Own data", KINDS, self.open_paths)

    def choose_folder(self) -> None:
        """Ask for a folder of pictures."""
        ask_folder(self, self._context.settings, "A folder of pictures", self.open_paths)

    def paste(self) -> None:
        """Take the table on the clipboard."""
        text = QGuiApplication.clipboard().text()
        if text.strip():
            self.open_text(text)
        else:
            self._refuse("The clipboard holds no text; copy the rows of a table first.")

    def open_paths(self, *paths: Path) -> None:
        """Look at a file, a folder, or several pictures."""
        self._context.settings.set("folder", str(paths[0].parent))
        title = paths[0].name if len(paths) == 1 else count(len(paths), "file")

        def look() -> Preview | PicturePreview:
            pictures = len(paths) > 1 or importing.holds_pictures(paths[0])
            return importing.preview_pictures(paths) if pictures else importing.preview(paths[0])

        self._look(title, look)

    def open_text(self, text: str) -> None:
        """Look at pasted text."""
        self._look("the pasted text", lambda: importing.preview(text))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's name
        """Take files and text."""
        if event.mimeData().hasUrls() or event.mimeData().hasText():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 - Qt's name
        """Look at what was dropped."""
        event.acceptProposedAction()
        local = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if local:
            self.open_paths(*local)
        elif event.mimeData().text().strip():
            self.open_text(event.mimeData().text())

    # -- looking ------------------------------------------------------------------------------------------------

    def _look(self, title: str, look: Callable[[], Preview | PicturePreview]) -> None:
        self._work(f"Looking at {title}", lambda _p, _c: look(), self._show_preview)

    def _look_again(self) -> None:
        if self.preview is not None:
            self._look(self.preview.title, self.choices.look())

    def _show_preview(self, preview: Preview | PicturePreview) -> None:
        if isinstance(preview, PicturePreview):
            self._kinds.setCurrentWidget(self.pictures)
            self.pictures.show_preview(preview)
        else:
            self._kinds.setCurrentWidget(self.table)
            self.table.show_preview(preview)
        self.title.setText(preview.title)
        self.facts.setText(self.choices.facts)
        self._pages.setCurrentIndex(1)
        self._show_state()
        self.take.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_state(self) -> None:
        """What can be done now, and what would be taken."""
        there = self.preview is not None
        self.take.setVisible(there)
        self.take.setEnabled(there and not self._working and self.choices.ready)
        self.summary.setText(self.choices.summary if there else "")

    # -- taking -------------------------------------------------------------------------------------------------

    def load(self) -> None:
        """Read the whole and go on with it, as one undo step."""
        if self.preview is not None:
            self._work(f"Reading {self.preview.title}", self.choices.reading(), self._use)

    def _use(self, read: Any) -> None:
        experiment, name = self._session.experiment, self.choices.name
        data, told = self.choices.taken(read, experiment.data)
        self._taking = True
        taken = self._session.replace(f"Import {name}", replace(experiment, data=data, name=name, notes=""))
        self._taking = False
        if taken:
            if told:
                self._session.tell(Message(told))
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
        self.banner.tell(Message(sentence, "error"))

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
        self.folder = Button("Choose a folder …", icon="open")
        self.paste = Button("Paste a table", icon="paste")
        column = QVBoxLayout(self)
        column.addStretch(3)
        self.sign = Label()
        self.sign.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self.sign)
        for label in (
            Label("Drop a table or pictures here", "large", 600),
            Label("CSV, TSV or NPZ: a row for each sample, a column for each number.", colour="muted"),
            Label("IDX, NPZ, picture files, or a folder that has a folder for each class.", colour="muted"),
        ):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            column.addWidget(label)
        column.addSpacing(theme().px(8))
        row = QHBoxLayout()
        row.addStretch(1)
        for button in (self.file, self.folder, self.paste):
            row.addWidget(button)
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
