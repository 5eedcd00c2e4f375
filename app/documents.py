"""Opening, saving, and the one question before something would be lost. No dialog stops the run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from app.choosers import ask_source, ask_target
from app.context import Context
from app.messages import Message
from app.recent import Recent
from engine import examples, files
from engine.adapt import adapt
from engine.datasets import Dataset
from engine.errors import LearnscopeError
from engine.experiment import Experiment

EXPERIMENTS: Final = "Experiments (*.learn)"
UNTITLED: Final = "untitled"


def blank() -> Experiment:
    """An experiment with an empty plane to draw on and the network of the first example."""
    first = examples.load(next(iter(examples.names())))
    own = (entry.kind() for entry in Dataset.registry if entry.kind.family == "own")
    points = next(source for source in own if source.class_names)
    fitted, _ = adapt(replace(first, name=UNTITLED, notes="", data=replace(first.data, source=points)))
    return fitted


class Documents:
    """The documents of one window."""

    def __init__(self, context: Context, window: QWidget, begun: Callable[[], None] = lambda: None) -> None:
        """`begun` is called when another document has been opened."""
        self._context, self._session, self._window, self._begun = context, context.session, window, begun
        self.recent = Recent(context.settings)

    # -- opening ------------------------------------------------------------------------------------------------

    def new(self) -> None:
        """Start with an empty plane."""
        self.unless_lost(lambda: self.open_value(blank))

    def choose(self) -> None:
        """Ask for a file and open it."""
        ask_source(self._window, self._context.settings, "Open an experiment", EXPERIMENTS, self.open)

    def open(self, path: Path) -> None:
        """Open a .learn file, after the question if something would be lost."""
        self.unless_lost(lambda: self._open(path))

    def open_example(self, name: str) -> None:
        """Open a bundled experiment."""
        self.unless_lost(lambda: self.open_value(lambda: examples.load(name)))

    def open_value(self, make: Callable[[], Experiment]) -> None:
        """Open what `make` returns; a refusal is told and leaves the experiment on screen as it was."""
        try:
            self._session.open(make())
        except LearnscopeError as error:
            self._session.tell(Message(str(error), "error"))
        else:
            self._begin()

    def _open(self, path: Path) -> None:
        if self._session.open_file(path):
            self.recent.add(path)
            self._begin()

    def _begin(self) -> None:
        """Nothing of the last document is selected in this one, nor a class that only that one had."""
        context = self._context
        context.selection.clear()
        context.drawing.choose_class(min(context.drawing.class_index, 1))
        self._begun()

    # -- saving -------------------------------------------------------------------------------------------------

    def save(self, done: Callable[[], None] | None = None) -> None:
        """Save where it came from, or ask where."""
        if self._session.path is None:
            self.save_as(done)
        else:
            self.save_to(self._session.path, done)

    def save_as(self, done: Callable[[], None] | None = None) -> None:
        """Ask where to save."""
        settings, proposed = self._context.settings, f"{self._session.experiment.name or 'experiment'}{files.SUFFIX}"
        ask_target(
            self._window, settings, "Save the experiment", EXPERIMENTS, proposed, lambda path: self.save_to(path, done)
        )

    def save_to(self, path: Path, done: Callable[[], None] | None = None) -> None:
        """Save to a path; the name without an ending gets ours."""
        if path.suffix != files.SUFFIX:
            path = path.with_name(path.name + files.SUFFIX)
        if self._session.experiment.name == UNTITLED:
            self._session.replace("Name experiment", replace(self._session.experiment, name=path.stem))

        def saved() -> None:
            self.recent.add(path)
            if done is not None:
                done()

        self._session.save(path, saved)

    # -- the question -------------------------------------------------------------------------------------------

    @property
    def title(self) -> str:
        """What the document is called: as its file, where it has one."""
        path = self._session.path
        return path.name if path else self._session.experiment.name

    @property
    def would_lose(self) -> bool:
        """Whether something would be lost that pressing Play does not bring back, bit for bit."""
        session = self._session
        return not session.history.stack.isClean() or (session.path is not None and session.unsaved)

    def unless_lost(self, go_on: Callable[[], None]) -> None:
        """Go on at once where nothing would be lost; else ask: save, don't save, or cancel."""
        if not self.would_lose:
            go_on()
            return
        box = QMessageBox(self._window)
        box.setObjectName("unsaved")
        box.setWindowTitle("Learnscope")
        box.setWindowModality(Qt.WindowModality.WindowModal)
        box.setIcon(QMessageBox.Icon.NoIcon)
        box.setText(f"Save the changes to “{self.title}”?")
        box.setInformativeText("They are lost otherwise.")
        save = box.addButton("Save", QMessageBox.ButtonRole.AcceptRole)
        drop = box.addButton("Don’t save", QMessageBox.ButtonRole.DestructiveRole)
        box.setEscapeButton(box.addButton("Cancel", QMessageBox.ButtonRole.RejectRole))
        box.setDefaultButton(save)

        def answered() -> None:
            if box.clickedButton() is save:
                # Edits made while it was written would be lost: they are asked about in their turn.
                self.save(lambda: go_on() if self._session.history.stack.isClean() else self.unless_lost(go_on))
            elif box.clickedButton() is drop:
                go_on()

        box.finished.connect(lambda _result: answered())
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()
