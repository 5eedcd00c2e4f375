"""The doctor beside the window: asks for findings now and then, and says which of them stand and are wanted.

It asks about once a second while something moves and rests when nothing does. A finding is told only after it stood
for a while, and no longer soon after its cause is gone.
"""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace
from PySide6.QtCore import QObject, QTimer, Signal

from app.messages import Message
from app.session import Session
from app.settings import Settings
from engine.doctor import Finding, Remedy
from engine.errors import LearnscopeError
from engine.experiment import Experiment
from engine.machines import MachineKind
from engine.machines.base import Position, Snapshot
from engine.producers.findings import Findings
from engine.records import Want

WANT: Final = Want("findings")
ON: Final = "doctor/on"
NEVER: Final = "doctor/never"

BEAT: Final = 1000
"""Milliseconds between two looks: a look costs as much as a picture or two, and few may come late."""

STANDS: Final = 3
"""Looks in a row after which a finding is told: what comes and goes is no advice."""

LEAVES: Final = 2
"""Looks without it after which it is told no longer."""


class Doctor(QObject):
    """What is wrong with the run, as far as the user wants to hear it; `changed` tells when that is something else."""

    changed = Signal()

    def __init__(self, session: Session, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._settings = session, settings
        self._found: dict[str, Finding] = {}
        self._stood: dict[str, int] = {}
        self._told: dict[str, int] = {}
        self._put_off: set[str] = set()
        self._shown: tuple[Finding, ...] = ()
        self._seen: tuple[Position, Experiment] | None = None
        self._left = 0
        self._asking = False
        self._timer = QTimer(self)
        self._timer.setInterval(BEAT)
        self._timer.timeout.connect(self._ask)
        session.snapshot_arrived.connect(self._arrived)
        session.experiment_changed.connect(self._edited)
        settings.changed.connect(self._set)

    @property
    def on(self) -> bool:
        """Whether it looks at all."""
        return self._settings.get(ON, True)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is told now, causes first."""
        return self._shown

    @property
    def silenced(self) -> frozenset[str]:
        """The keys of what the user never wants to hear again."""
        return frozenset(filter(None, self._settings.get(NEVER, "").split(",")))

    def switch(self) -> None:
        """On or off."""
        self._settings.set(ON, not self.on)

    def put_off(self, key: str) -> None:
        """Say no more of this until it has gone and come again."""
        self._put_off.add(key)
        self._show()

    def silence(self, key: str) -> None:
        """Never say this again."""
        self._settings.set(NEVER, ",".join(sorted({*self.silenced, key})))

    def speak(self) -> None:
        """Say everything again."""
        self._put_off.clear()
        self._settings.set(NEVER, "")

    def remedies(self, finding: Finding) -> tuple[Remedy, ...]:
        """What helps, the best first: all but to stop early where that is done already."""
        rules = self._session.rules
        stops = rules.keep_best and rules.plateau is not None
        ways = (finding.remedy, *finding.others)
        return tuple(r for r in ways if r is not None and not (r.patience and stops))

    def cure(self, finding: Finding, remedy: Remedy) -> None:
        """Make a change that helps, as one undo step, on the experiment as it is now."""
        session = self._session
        try:
            changed = remedy.change(session.experiment)
        except LearnscopeError as error:
            session.tell(Message(str(error), "error"))
            return
        if remedy.patience:
            session.set_rules(replace(session.rules, plateau=remedy.patience, keep_best=True))
        if changed == session.experiment and not remedy.again:
            return
        if changed == session.experiment or session.replace(remedy.title, changed):
            if remedy.again:
                session.reset()
            self._forget(finding.key)

    # -- looking ------------------------------------------------------------------------------------------------

    def _ask(self) -> None:
        """Look once more; after the last look at what no longer moves, rest."""
        if self._left <= 0 or not self._possible:
            self._timer.stop()
            return
        self._look(True)

    def _look(self, wanted: bool) -> None:
        self._asking = wanted
        self._session.look(self, frozenset({WANT}) if wanted else frozenset())

    @property
    def _possible(self) -> bool:
        return self.on and WANT.name in MachineKind.registry[self._session.experiment.machine].kind.records

    def _arrived(self, snapshot: Snapshot) -> None:
        if not self.on:
            return
        now = snapshot.position, snapshot.experiment
        if now != self._seen:
            self._seen, self._left = now, STANDS
            if not self._timer.isActive():
                self._timer.start()
        record = snapshot.records.get(WANT)
        if isinstance(record, Findings) and self._asking:
            self._look(False)
            self._left -= 1
            self._judge(record.items)

    def _judge(self, items: tuple[Finding, ...]) -> None:
        found = {f.key: f for f in items}
        self._found = found | {k: f for k, f in self._found.items() if k in self._told and k not in found}
        self._stood = {key: self._stood.get(key, 0) + 1 for key in found}
        for key in [k for k in self._told if k not in found]:
            self._told[key] -= 1
            if not self._told[key]:
                self._drop(key)
        self._told |= {key: LEAVES for key, looks in self._stood.items() if looks >= STANDS or key in self._told}
        self._put_off &= self._told.keys()
        self._show()

    def _show(self) -> None:
        """Tell what stands and is wanted, in the order in which it was found."""
        shown = tuple(f for k, f in self._found.items() if k in self._told and k not in self._put_off | self.silenced)
        before, self._shown = self._shown, shown
        if [f.key for f in before] != [f.key for f in shown]:
            self.changed.emit()

    def _forget(self, key: str) -> None:
        self._drop(key)
        self._show()

    def _drop(self, key: str) -> None:
        for kept in (self._found, self._stood, self._told):
            kept.pop(key, None)

    def _edited(self, _old: Experiment, _new: Experiment) -> None:
        if self._session.snapshot is None:  # another document
            self._clear()

    def _set(self, key: str) -> None:
        if key == ON:
            self._seen = None
            self._look(False)
            self._clear()
            if self.on and self._session.snapshot is not None:
                self._arrived(self._session.snapshot)
        elif key == NEVER:
            self._show()

    def _clear(self) -> None:
        for kept in (self._found, self._stood, self._told, self._put_off):
            kept.clear()
        self._show()
