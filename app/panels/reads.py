"""What a layer reads, as a list of marks: the same edits as dragging a connection, by the keyboard too."""

from __future__ import annotations

from collections.abc import Sequence

from app import names
from app.context import Context
from app.messages import refused
from app.widgets.choice import ChoiceBox
from app.widgets.popup import Option, popup
from engine import edits
from engine.errors import LearnscopeError
from engine.experiment import nodes
from engine.layers import Answering, Layer
from engine.network import INPUT


class Reads(ChoiceBox):
    """A box with the ids of what a layer reads; its list has a mark for each layer it may read.

    One that joins others reads all that are marked; any other reads the one that is.
    """

    def __init__(self, context: Context) -> None:
        super().__init__("reads", self.offered, caption=True)
        self._session = context.session
        self._layer: Layer | None = None
        self.chosen.connect(self._switch)

    def show_layer(self, layer: Layer | None) -> None:
        """Show what a layer reads; none hides the box."""
        self._layer = layer
        self.setVisible(layer is not None)
        if layer is not None:
            sources = self._sources()
            shown = ", ".join("inputs" if s == INPUT else s for s in sources)
            self.show_choice(sources[0] if len(sources) == 1 else "", shown)
            self.setToolTip(f"“{layer.id}” {names.wiring(self._session.experiment, layer.id)}")

    def offered(self) -> Sequence[Option]:
        """The inputs and the layers that are not made from this one, marked where they are read."""
        assert self._layer is not None
        experiment, sources = self._session.experiment, self._sources()
        made = edits.made_from(experiment.model, self._layer.id)
        ids = [INPUT, *(x.id for x in experiment.model.layers if x.id not in made and not isinstance(x, Answering))]
        return [Option(id_, _text(names.other(experiment, id_)), "", id_ in sources) for id_ in ids]

    def open(self) -> None:
        """Open the list; several marks where the layer joins what it reads."""
        assert self._layer is not None
        popup(self, self._box(), self.offered(), self.chosen.emit, several=bool(self._layer.sign))

    def _step(self, steps: int) -> None:
        # Where several are read there is no next one.
        if self._layer is not None and self._layer.sign:
            self.open()
        else:
            super()._step(steps)

    def _sources(self) -> tuple[str, ...]:
        assert self._layer is not None
        resolved = nodes(self._session.experiment)
        return next((n.sources for n in resolved if n.layer.id == getattr(self._layer, "id", "")), ())

    def _switch(self, source: str) -> None:
        assert self._layer is not None
        experiment, joins = self._session.experiment, bool(self._layer.sign)
        present = source in self._sources()
        if present and not joins:
            return
        try:
            if present:
                self._session.replace("Disconnect layers", edits.disconnect(experiment, source, self._layer.id))
            else:
                self._session.replace("Connect layers", edits.connect(experiment, source, self._layer.id))
        except LearnscopeError as error:
            self._session.tell(refused(error))


def _text(name: str) -> str:
    return f"{name[:1].upper()}{name[1:]}"
