"""The main window: menu bar, top bar, settings line, three columns, and what floats above them."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QByteArray, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QMainWindow, QVBoxLayout, QWidget

from app import menubar, menus
from app.actions import Actions
from app.canvas.diagram import Diagram
from app.columns import Columns
from app.context import Context
from app.doctor import Doctor
from app.documents import Documents
from app.drawing import Drawing
from app.dropping import Intake
from app.exports import Exports
from app.glass import Glass
from app.look import Look
from app.messages import Message
from app.notices import Notices
from app.overlay import Overlay
from app.panels.data import DataPanel
from app.panels.doctor import DoctorMark
from app.panels.inspector import Inspector
from app.panels.training import TrainingPanel
from app.panels.transport import TopBar
from app.selection import Question, Selection, Target
from app.session import Session
from app.settings import Settings
from app.theme import SPACE, theme
from app.views import View
from app.views_dock import ViewsDock
from app.widgets.panels import Card

if TYPE_CHECKING:
    from app.panels.importing import Importing
    from engine.doctor import Finding

FIRST_SIZE: Final = (1440, 900)
LEAST: Final = (960, 600)


class Body(QWidget):
    """Everything beneath the top bar, on the window's ground."""

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paint the ground."""
        with QPainter(self) as painter:
            painter.fillRect(event.rect(), theme().palette.colour("background"))


class Window(QMainWindow):
    """One window with one session; `painted` is sent once, after the first paint."""

    painted = Signal()
    closed = Signal()

    def __init__(self, session: Session, settings: Settings) -> None:
        super().__init__()
        session.setParent(self)
        self.setObjectName("window")
        self.painted_at = 0.0
        self._may_close = False
        self.context = Context(session, Selection(), Drawing(session), Glass(session), settings, Actions(self))
        self.look = Look(settings)
        self.documents = Documents(self.context, self, self._begun)
        self.intake, self.exports = Intake(self), Exports(self)
        self.doctor = Doctor(session, settings, self)
        self.views = ViewsDock(self.context)
        self.columns = self._columns()
        self.context.actions.add(*menus.entries(self))
        menubar.build(self.menuBar(), self.context.actions)
        self.addActions([self.context.actions[entry.id] for entry in self.context.actions])
        self.setCentralWidget(self._assembled())
        self.notices = Notices(session, self.network, self.diagram)
        self.overlay = Overlay(self)
        self.setAcceptDrops(True)
        self.setMinimumSize(*LEAST)
        self.resize(*FIRST_SIZE)
        self._connect()
        self._title()
        self.context.actions.refresh()

    # -- parts --------------------------------------------------------------------------------------------------

    def _columns(self) -> Columns:
        self.data_panel = DataPanel(self.context)
        self.diagram, self.inspector = Diagram(self.context), Inspector(self.context)
        self.data, self.network = Card("Data"), Card(padding=1)
        self.data.body.addWidget(self.data_panel, 1)
        self.network.body.addWidget(self.diagram, 1)
        self.network.body.addWidget(self.inspector)
        return Columns(self.context.settings, (self.data, self.network, self.views))

    def _assembled(self) -> QWidget:
        self.mark = DoctorMark(self.doctor)
        self.top, self.training = TopBar(self.context, self.mark), TrainingPanel(self.context)
        whole, body = QWidget(), Body()
        outer, inner = QVBoxLayout(whole), QVBoxLayout(body)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self.top)
        outer.addWidget(body, 1)
        inner.setContentsMargins(SPACE[3] + SPACE[0], SPACE[2], SPACE[3] + SPACE[0], SPACE[3])
        inner.setSpacing(SPACE[2])
        inner.addWidget(self.training)
        inner.addWidget(self.columns, 1)
        return whole

    def _connect(self) -> None:
        session, actions = self.context.session, self.context.actions
        self.data_panel.gallery_wanted.connect(self.show_gallery)
        self.diagram.opened.connect(self.inspector.focus_first)
        self.context.selection.asked.connect(self._explain)
        self.views.changed.connect(actions.stale)
        self.doctor.changed.connect(actions.stale)
        self.mark.show_wanted.connect(self.show_evidence)
        self.columns.splitterMoved.connect(actions.stale)
        theme().changed.connect(self._restyle)
        for signal in (session.run_changed, session.document_changed, session.experiment_changed):
            signal.connect(self._stale)
        session.history.stack.indexChanged.connect(self._stale)
        self.context.selection.changed.connect(self._stale)
        self.context.drawing.changed.connect(actions.stale)
        session.document_changed.connect(self._title)
        session.experiment_changed.connect(self._title)

    # -- opening, first paint -----------------------------------------------------------------------------------

    def open_up(self) -> None:
        """Show the window as it stood last time."""
        kept = QByteArray.fromBase64(self.context.settings.get("window", "").encode())
        if kept.size():
            self.restoreGeometry(kept)
        room, frame = self.screen().availableGeometry(), theme().px(40)
        if not kept.size() and (self.width() > room.width() or self.height() + frame > room.height()):
            self.setWindowState(Qt.WindowState.WindowMaximized)
        self.show()
        self.lay_out()

    def lay_out(self) -> None:
        """Give the columns their widths, and the output column its first view."""
        self.centralWidget().layout().activate()  # type: ignore[union-attr]
        self.columns.place()
        self.views.fill("top")
        self.diagram.setFocus(Qt.FocusReason.MouseFocusReason)

    def finish(self) -> None:
        """Build what may come after the first paint: plots take long to import."""
        self.views.fill("bottom")
        self._point_out()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Tell once that the window stands on the screen."""
        super().paintEvent(event)
        if not self.painted_at:
            self.painted_at = time.time()
            QTimer.singleShot(0, self, self.painted.emit)

    # -- pages over the window: their modules are loaded when they are wanted, not before the first paint -----------

    def show_gallery(self) -> None:
        """Ready experiments, data sets, own data."""
        from app.panels.gallery import Gallery

        gallery = Gallery(self.context)
        gallery.example_chosen.connect(self.documents.open_example)
        gallery.own_wanted.connect(self._own)
        gallery.done.connect(self.overlay.close_page)
        self.overlay.open("Gallery", gallery, 980, 640)

    def show_palette(self) -> None:
        """Everything that can be done, by a few letters."""
        from app.palette import CommandPalette

        palette = CommandPalette(self.context.actions, self.overlay.close_page)
        self.overlay.open("", palette, 620, 420, top=True)

    def show_keys(self) -> None:
        """All keys; the same key closes them again."""
        from app.help import Sheet, cheat_sheet

        if isinstance(self.overlay.content, Sheet):
            self.overlay.close_page()
        else:
            self.overlay.open("Keys", cheat_sheet(self.context.actions), 760, 640)

    def show_about(self) -> None:
        """What this program is."""
        from app.help import about

        self.overlay.open("Learnscope", about(), 460, 240)

    def show_notes(self) -> None:
        """What to look for in this experiment."""
        self.context.session.tell(Message(self.context.session.experiment.notes))

    def _begun(self) -> None:
        """Say in a sentence what to look for in the experiment that was opened, show it, and lead the keys to it."""
        if self.context.session.experiment.sentence:
            self.context.session.tell(Message(self.context.session.experiment.sentence))
        self._point_out()
        # Space plays, rather than to press again what opened the experiment.
        self.diagram.setFocus(Qt.FocusReason.MouseFocusReason)

    def _point_out(self) -> None:
        """Show what the notes speak of."""
        self.views.show_named(self.context.session.experiment.notes)

    def _own(self, way: str) -> None:
        page = self._import_page()
        page.choose() if way == "file" else page.paste()

    def import_file(self) -> None:
        """Choose a file of own data."""
        self._import_page().choose()

    def import_paths(self, *paths: Path) -> None:
        """Look at a table or at pictures."""
        self._import_page().open_paths(*paths)

    def import_text(self, text: str) -> None:
        """Look at a pasted table."""
        self._import_page().open_text(text)

    def _import_page(self) -> Importing:
        from app.panels.importing import Importing

        page = Importing(self.context)
        page.done.connect(self.overlay.close_page)
        self.overlay.open("Own data", page, 820, 600)
        return page

    # -- for the table of actions -------------------------------------------------------------------------------

    def open_views(self) -> tuple[tuple[str, str], ...]:
        """Keys and titles of the views that are open."""
        return tuple((key, View.registry[key].title) for key in self.views.open_views())

    def offered_views(self) -> tuple[tuple[str, str], ...]:
        """Keys and titles of the views this experiment can have."""
        return tuple((key, View.registry[key].title) for key in self.views.offers())

    def show_findings(self) -> None:
        """What is wrong with the run."""
        self.mark.open()

    def show_evidence(self, finding: Finding) -> None:
        """Open the view that shows what the doctor has found, and select the layer it is about."""
        self._show_record(finding.record)
        if finding.layer:
            self.context.selection.select(Target(finding.layer))

    def _show_record(self, record: str) -> bool:
        """Open the view that shows a record; tell whether there is one."""
        key = next((k for k in self.views.offers() if View.registry[k].kind.record == record), "")
        if key:
            self.views.show_view(key)
        return bool(key)

    def _explain(self, _question: Question) -> None:
        """Open the view that answers how a number is calculated."""
        if not self._show_record("calculation"):
            self.context.session.tell(Message("What this kind of experiment calculates can't be told step by step."))

    def reset_layout(self) -> None:
        """Put columns and views back where they stand at first."""
        self.columns.reset()
        self.views.reset()

    def toggle_full(self) -> None:
        """Fill the screen, or no longer."""
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def quit(self) -> None:
        """Close the window, which ends the program."""
        self.close()

    def _stale(self, *_what: object) -> None:
        self.context.actions.stale()

    def _restyle(self) -> None:
        self.update()
        self.context.actions.stale()

    def _title(self, *_what: object) -> None:
        session = self.context.session
        self.setWindowTitle(f"{self.documents.title}[*] – Learnscope")
        lose = self.documents.would_lose
        self.setWindowModified(lose)
        self.top.show_edited(lose)
        self.setWindowFilePath(str(session.path) if session.path else "")
        self.setWindowTitle(f"{self.documents.title}[*] – Learnscope")

    # -- drops --------------------------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's name
        """Take experiments, tables and addresses."""
        if self.intake.takes(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 - Qt's name
        """Open what was dropped."""
        event.acceptProposedAction()
        self.intake.drop(event.mimeData())

    # -- the end ------------------------------------------------------------------------------------------------

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Ask if something would be lost; then end threads and plots before the process ends."""
        if not self._may_close and self.documents.would_lose:
            event.ignore()
            self.documents.unless_lost(self.leave)
            return
        self._end()
        event.accept()
        self.closed.emit()

    def leave(self) -> None:
        """Close without a question."""
        self._may_close = True
        self.close()

    def _end(self) -> None:
        self.context.settings.set("window", bytes(self.saveGeometry().toBase64().data()).decode())
        self.columns.remember()
        self.views.remember()
        self.context.settings.store.sync()
        # The engine may be in the middle of a chunk: nobody has to look on while it ends.
        self.hide()
        self.overlay.close_page()
        self.views.close_all()
        self.context.session.close()
