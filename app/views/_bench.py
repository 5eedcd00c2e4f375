"""The filter bench: the picture under the glass, a kernel one can type, and what comes out, with every sum."""

from __future__ import annotations

from typing import Any, Final

import msgspec
import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout

from app.context import Context
from app.messages import Message
from app.theme import theme
from app.views._base import ViewWidget
from app.views._bench_form import controls, row
from app.views._bench_kernel import KernelGrid, over
from app.views._bench_picture import WAITING, Shown, Written
from app.widgets.base import Label
from app.widgets.buttons import Button, IconButton
from app.widgets.choice import ChoiceBox, SegmentedControl
from app.widgets.popover import Popover
from app.widgets.popup import Option
from engine import edits
from engine.errors import LearnscopeError
from engine.filters import Filter, Sweep, brightness, corner
from engine.filters.own import SIDES, normalised, sized, with_divisor, with_number
from engine.layers._receptive import Box
from engine.machines.base import Snapshot
from engine.producers.glass import Glassed
from engine.records import Want

F = NDArray[np.float64]

KEPT: Final = "bench/filter"
WHOLE: Final = "all"
AROUND: Final = 62
"""The height of what stands above and below a picture, in pixels at 100 %."""
SUM: Final = 64
"""The least height of the sum."""


class BenchView(ViewWidget):
    """One filter at a time; which one, and its numbers, are remembered."""

    def __init__(self, context: Context, record: str) -> None:
        super().__init__(context, "Filter bench")
        self._record = record
        self.filter, self.sweep = self._remembered(), Sweep()
        self.channel = -1
        self.at: tuple[int, int] | None = None
        self.pixels: NDArray[np.float32] | None = None
        self.result: F | None = None
        self.filters = ChoiceBox("filter", self._options)
        self.more = IconButton(
            "settings", "Settings of the filter", "Kernel size, padding, stride, turned or not", side=28
        )
        self.put = Button("Put before the network", "link", hint="", size="small")
        self.before, self.after, self.kernel, self.written = Shown("picture"), Shown("result"), KernelGrid(), Written()
        self.error = Label("", "small", 400, "danger").wrapped()
        self.error.hide()
        self.filters.chosen.connect(self.choose)
        self.more.clicked.connect(self.open_settings)
        self.put.clicked.connect(self._put)
        self.kernel.typed.connect(lambda y, x, value: self._typed(lambda: with_number(self.filter, y, x, value)))
        self.kernel.rejected.connect(self._refuse)
        self.after.chosen.connect(self.point)
        self.title.hide()
        self.head.insertWidget(0, self.filters)
        self.head.insertWidget(1, self.more)
        self.head.addWidget(self.put)
        pictures = QHBoxLayout()
        for widget in (self.before, self.kernel, self.after):
            pictures.addWidget(widget, 1)
        self.body.addLayout(pictures)
        self.body.addWidget(self.error)
        self.body.addWidget(self.written, 1)
        self._show()

    def show_title(self, shown: bool) -> None:
        """The filter says enough, and needs the room."""

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """The pictures are as large as the width allows, and leave room for the sum."""
        super().resizeEvent(event)
        look = theme()
        tall = min((self.width() - look.px(16)) // 3 + look.px(AROUND), self.height() - look.px(28 + SUM))
        for widget in (self.before, self.kernel, self.after):
            widget.setFixedHeight(max(tall, look.px(60)))

    def wants(self) -> frozenset[Want]:
        return frozenset({self.context.glass.want(self._record)})

    def show_snapshot(self, snapshot: Snapshot) -> None:
        record = snapshot.get(self._record)
        pixels = record.pixels if isinstance(record, Glassed) else None
        same = pixels is not None and self.pixels is not None and np.array_equal(pixels, self.pixels)
        if pixels is not None and not same:
            self.pixels = pixels
            self.before.inked = self.after.inked = snapshot.experiment.data.source.inked
            self._show()

    # -- what is chosen -----------------------------------------------------------------------------------------

    def choose(self, key: str) -> None:
        """Take another filter from the list, with the numbers it had last."""
        self.take(self._remembered(key))

    def take(self, filter_: Any) -> None:
        """Take a filter, and remember it."""
        self.filter = filter_
        settings = self.context.settings
        settings.set(KEPT, filter_.key)
        settings.set(f"bench/{filter_.key}", msgspec.json.encode(filter_).decode())
        self._show()

    def go(self, sweep: Any) -> None:
        """Let the kernel go over the picture in another way."""
        self.sweep = sweep
        self._show()

    def point(self, down: int, across: int) -> None:
        """Write out the sum of another pixel of the result."""
        self.at = down, across
        self._show()

    def _remembered(self, key: str = "") -> Any:
        settings, registry = self.context.settings, Filter.registry
        key = key or settings.get(KEPT, "")
        entry = registry[key] if key in registry else list(registry)[2]  # the first that changes a picture much
        try:
            return msgspec.json.decode(settings.get(f"bench/{entry.key}", "{}") or "{}", type=entry.kind)
        except (msgspec.ValidationError, msgspec.DecodeError):
            return entry.kind()

    def _options(self) -> list[Option]:
        return [Option(e.key, e.title, e.help, e.key == self.filter.key) for e in Filter.registry]

    # -- what is shown ------------------------------------------------------------------------------------------

    @property
    def picture(self) -> F | None:
        """The channel of the picture that is filtered, [row, column]."""
        if self.pixels is None:
            return None
        chosen = 0 <= self.channel < self.pixels.shape[2]
        return self.pixels[:, :, self.channel].astype(np.float64) if chosen else brightness(self.pixels)

    def _show(self) -> None:
        entry = Filter.registry[self.filter.key]
        self.filters.show_choice(entry.key, entry.title)
        self.filters.setToolTip(f"{entry.help}\n{self.filter.formula}\nSource: {self.filter.source}.")
        self.kernel.show_numbers(self.filter.numbers, over(self.filter.divisor) if self.filter.numbers.size else "",
                                 self.filter.formula)  # fmt: skip
        self.put.setVisible(self.filter.layer is not None)
        self.put.setToolTip(f"{entry.help} As a layer right behind the inputs, for all pictures.")
        self.error.hide()
        picture = self.picture
        if picture is None:
            self.written.say(WAITING)
            return
        try:
            self.result = self.filter.of(picture, self.sweep)
        except LearnscopeError as error:
            self._refuse(str(error))
            self.result = None
            self.before.show_values(picture, None)
            self.after.show_values(None, None)
            self.written.say("")
            return
        self._write(picture, self.result)

    def _write(self, picture: F, result: F) -> None:
        """Show both pictures and the sum of the pixel that was chosen, the middle until then."""
        rows, columns = result.shape
        y, x = self.at or (rows // 2, columns // 2)
        y, x = min(y, rows - 1), min(x, columns - 1)
        patches = self.filter.patches(picture, self.sweep, y, x)
        seen = None
        if patches:
            tall, wide = patches[0].seen.shape
            top, left = corner(self.sweep, picture.shape, (tall, wide), y, x)
            seen = Box(top, left, top + tall, left + wide).within(*picture.shape)
        self.before.show_values(picture, seen)
        self.after.at = y, x
        self.after.show_values(result, Box.of(y, x), signed=self.filter.signed)
        self.written.show_sum(patches, (y, x), float(result[y, x]), self.filter.formula, self.filter.divisor)

    def _refuse(self, sentence: str) -> None:
        self.error.setText(Message(sentence).sentence)
        self.error.show()

    def _typed(self, make: Any) -> None:
        try:
            made = make()
        except LearnscopeError as error:
            self._refuse(str(error))
        else:
            self.take(made)

    # -- settings -----------------------------------------------------------------------------------------------

    def open_settings(self) -> None:
        """Open the numbers of the filter, its kernel, and how it goes over the picture."""
        pop = Popover(self)
        pop.body.addWidget(Label(Filter.registry[self.filter.key].title, "small", 600))
        for control in controls(lambda: self.filter, self.take, self._refuse):
            pop.body.addWidget(control)
        if self.filter.numbers.size:
            self._kernel_settings(pop)
        if self.filter.sweeps:
            pop.body.addWidget(Label("Over the picture", "small", 600))
            for control in controls(lambda: self.sweep, self.go, self._refuse):
                pop.body.addWidget(control)
        if self.pixels is not None and self.pixels.shape[2] > 1:
            pop.body.addWidget(row("channel", self._channels()))
        pop.open_under(self.more)

    def _kernel_settings(self, pop: Popover) -> None:
        numbers = self.filter.numbers
        sides = SegmentedControl("side of the kernel", size="small")
        sides.show_options([Option(str(n), str(n), chosen=numbers.shape == (n, n)) for n in SIDES])
        sides.chosen.connect(sides.show_choice)
        sides.chosen.connect(lambda n: self._typed(lambda: sized(self.filter, int(n))))
        pop.body.addWidget(row("type a kernel of side", sides))
        by_sum = Button("Divide by the sum", "link", hint="So that an even ground keeps its value", size="small")
        by_sum.clicked.connect(lambda: self._typed(lambda: normalised(self.filter)))
        whole = Button("Divide by 1", "link", hint="The numbers as they stand", size="small")
        whole.clicked.connect(lambda: self._typed(lambda: with_divisor(self.filter, 1.0)))
        line = QHBoxLayout()
        line.addWidget(by_sum)
        line.addWidget(whole)
        line.addStretch(1)
        pop.body.addLayout(line)

    def _channels(self) -> SegmentedControl:
        axes = self.context.session.experiment.data.source.axes
        names = [label.rpartition("/")[2] for label in axes[2].labels] if axes is not None else []
        options = [Option(str(k), name, chosen=k == self.channel) for k, name in enumerate(names)]
        made = SegmentedControl("channel", size="small")
        made.show_options([Option("-1", WHOLE, chosen=self.channel < 0), *options])
        made.chosen.connect(made.show_choice)
        made.chosen.connect(self._take_channel)
        return made

    def _take_channel(self, key: str) -> None:
        self.channel = int(key)
        self._show()

    def _put(self) -> None:
        """Do the same to all pictures before the network sees them: a layer, as one undo step."""
        layer, session = self.filter.layer, self.context.session
        if layer is not None:
            name = Filter.registry[self.filter.key].title.lower()
            fresh = replace(layer, id=session.experiment.model.fresh_id("s"))
            session.attempt(f"Add {name}", lambda experiment: edits.add_layer(experiment, 0, fresh))
