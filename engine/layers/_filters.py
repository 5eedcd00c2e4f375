"""What convolutions share: filters over the places that a window sees, lowered to matrix products group by group."""

from __future__ import annotations

from engine.activations import Activation
from engine.activations.classic import Linear
from engine.errors import ExperimentError
from engine.initialisers import Fan
from engine.kernels.rows import add_channels, put_channels, put_matrix, take_channels, take_matrix
from engine.kernels.table import Buffer, padded
from engine.layers._convolving import convolve, convolve_back, convolve_slopes, turn_taps
from engine.layers._maps import Maps, function_forward, taps_axes
from engine.layers._picture import Window, form, picture, places
from engine.layers._placed import Placed
from engine.layers.base import Parameter
from engine.passes import Pass, settings
from engine.shapes import Axis, Shape


class Filters(Maps, frozen=True):
    """A layer whose filters see the places of a window, and all channels of their group there."""

    @property
    def groups(self) -> int:
        """Shares of the channels that do not see each other."""
        raise NotImplementedError

    @property
    def bias(self) -> bool:
        """Whether every filter has a bias."""
        raise NotImplementedError

    def stands(self, inputs: tuple[Shape, ...]) -> Window:
        """Where its window stands over what it reads; the dilation is negative where taps count from the other end."""
        raise NotImplementedError

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        read = form(picture(self, inputs))
        if read.channels % self.groups or self.units % self.groups:
            raise ExperimentError(
                f"layer “{self.id}” can't share out {read.channels} channels and {self.units} filters to {self.groups} "
                "groups; choose a number of groups that divides both"
            )
        stands = self.stands(inputs)
        return *places(stands.down.places, stands.across.places), self.axis

    def parameters(self, inputs: tuple[Shape, ...]) -> tuple[Parameter, ...]:
        *_, source = picture(self, inputs)
        if self.groups > 1:
            source = Axis("channel", tuple(f"channel {k + 1} of a group" for k in range(source.size // self.groups)))
        window = self.stands(inputs)
        fans = Fan(window.taps * source.size, window.taps * self.units // self.groups)
        bias = (Parameter("bias", (self.axis,), "bias"),) if self.bias else ()
        return (
            Parameter("weight", (*taps_axes(self.id, window), source, self.axis), "weight", fans=fans),
            *bias,
            *self.own(),
        )

    def uses(self, inputs: tuple[Shape, ...]) -> int:
        return form(self.shape(inputs)).places

    def forward(self, p: Pass) -> Buffer:
        made = self.made(p.shapes)
        z, a = p.samples("z", made.width), p.samples("a", made.width)
        if self.groups == 1:
            self._sums(p, self.inner, 0, z, a)
            self.function_forward(p, z, a)
        else:
            mine = made._replace(channels=made.channels // self.groups)
            part = p.samples("part", mine.width)
            for group in range(self.groups):
                self._sums(p, Linear(), group, part, part)
                p.op(put_channels, rows=p.rows, places=made.places, first=group * mine.channels, channels=mine.channels,
                     x_step=mine.step(part), step=made.step(z), x=part, o=z)  # fmt: skip
            function_forward(Placed(p, made.places), self.activation, z, a, made)
        return a

    def backward(self, p: Pass) -> None:
        made = self.made(p.shapes)
        z, a = p.samples("z", made.width), p.samples("a", made.width)
        self.slope(p, z, a, p.gradient("bias") if self.bias else p.scratch("no bias", 1, made.channels))
        if self.groups == 1:
            self._slopes(p, 0, p.d, p.gradient("weight"))
            self._back(p, 0, p.d, p.weight("weight"))
            return
        mine = made._replace(channels=made.channels // self.groups)
        part, weight = p.samples("part d", mine.width), p.scratch("part w", *self._matrix(p))
        whole = p.gradient("weight")
        for group in range(self.groups):
            first, columns = group * mine.channels, mine.channels
            p.op(take_channels, rows=p.rows, places=made.places, first=first, channels=columns, x_step=made.step(z),
                 step=mine.step(part), x=p.d, o=part)  # fmt: skip
            cut = {"count": weight.rows, "first": first, "columns": columns, "stride": whole.stride,
                   "step": weight.stride}  # fmt: skip
            p.op(take_matrix, **cut, x=whole, o=weight)
            self._slopes(p, group, part, weight)
            p.op(put_matrix, **cut, x=weight, o=whole)
            p.op(take_matrix, **cut, x=p.weight("weight"), o=weight)
            self._back(p, group, part, weight)

    def _matrix(self, p: Pass) -> tuple[int, int]:
        """Rows and columns of the filters of one group."""
        channels = form(p.shapes[0]).channels // self.groups
        return self.stands(p.shapes).taps * channels, self.units // self.groups

    def _framed(self, p: Pass, step: int) -> Buffer:
        """Room for one picture with the padding that the window sees."""
        return p.scratch("framed", 1, self.stands(p.shapes).room.places * step)

    def _sums(self, p: Pass, function: Activation, group: int, z: Buffer, a: Buffer) -> None:
        """Add the operation that writes the sums of a group, and f of them."""
        read, (length, filters), x, w = form(p.shapes[0]), self._matrix(p), p.x[0], p.weight("weight")
        window = self.stands(p.shapes)
        bias, step = p.weight("bias") if self.bias else p.zeros, read.step(x)
        p.op(convolve.filled(function.key, value=type(function).value), rows=p.rows, x_stride=x.stride, x_step=step,
             channels=read.channels // self.groups, **window.settings(), stride=z.stride, step=padded(filters),
             filters=w.stride, start_stride=0, **settings(function.settings),
             x=x.at + group * read.channels // self.groups, w=w.at + group * filters,
             start=bias.at + (group * filters if self.bias else 0), table=p.integers("table", length),
             framed=self._framed(p, step), z=z, a=a)  # fmt: skip

    def _slopes(self, p: Pass, group: int, d: Buffer, dw: Buffer) -> None:
        """Add the operation that adds to the gradient of the filters of a group."""
        read, (_, filters), x, window = form(p.shapes[0]), self._matrix(p), p.x[0], self.stands(p.shapes)
        p.op(convolve_slopes, rows=p.rows, fresh=p.fresh, x_stride=x.stride, x_step=read.step(x),
             channels=read.channels // self.groups, **window.settings(), stride=d.stride, step=padded(filters),
             filters=dw.stride, zeros=p.zeros, x=x.at + group * read.channels // self.groups, d=d,
             framed=self._framed(p, read.step(x)), dw=dw)  # fmt: skip

    def _back(self, p: Pass, group: int, d: Buffer, w: Buffer) -> None:
        """Add the operations that send the slope of a group back to what it read."""
        dx, read, (_, filters) = p.dx[0], form(p.shapes[0]), self._matrix(p)
        if dx is None:
            return
        channels, window = read.channels // self.groups, self.stands(p.shapes)
        step, length, settings = padded(filters), window.taps * filters, window.settings_back()
        turned = p.scratch("turned", length, channels)
        p.op(turn_taps, taps=settings["taps"], moves=settings["moves"], channels=channels, columns=filters,
             c_step=w.stride, k_step=1, size=channels * w.stride, width=turned.stride, w=w, turned=turned)  # fmt: skip
        start, start_stride = p.start(0)
        whole = self.groups == 1
        to = dx if whole else p.samples("part dx", read._replace(channels=channels).width)
        p.op(convolve_back, rows=p.rows, x_stride=to.stride, x_step=padded(channels), **settings, stride=d.stride,
             step=step, filters=filters, start_stride=start_stride if whole else 0, turned=turned, d=d,
             start=start if whole else p.zeros, table=p.integers("table back", length),
             framed=p.scratch("framed d", 1, window.room_back.places * step), dx=to)  # fmt: skip
        if not whole:
            p.op(add_channels, rows=p.rows, places=read.places, first=group * channels, channels=channels,
                 x_step=padded(channels), step=read.step(dx), stride=dx.stride, start_stride=start_stride, x=to,
                 start=start, o=dx)  # fmt: skip
