"""Every kernel of layers of pictures: guarded, and against the naive layers, in float32 and float64."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.activations.classic import Linear, Tanh
from engine.draws import kept8
from engine.kernels import rows as row_kernels
from engine.kernels.table import padded
from engine.layers import _convolving as conv
from engine.layers import depthwise, local, pooling, reforming, response, transposed
from engine.layers._picture import Picture, Window, reach
from engine.layers.dropping_maps import draw_blocks, draw_maps
from engine.passes import settings
from tests.engine import naive_pictures as naive
from tests.engine.guarded import close, run
from tests.engine.naive_pictures import Geometry
from tests.engine.test_layer_kernels import DTYPES

F = NDArray[np.float64]
SAMPLES = 2


class Case(NamedTuple):
    """A window on pictures."""

    picture: Picture
    down: Geometry
    across: Geometry
    turned: bool = False

    @property
    def window(self) -> Window:
        """As the kernels know it."""
        sizes = (("row", self.picture.rows, self.down), ("column", self.picture.columns, self.across))
        found = Window(*(reach("c", n, s, g.kernel, g.stride, g.dilation, g.padding, g.pad) for n, s, g in sizes))  # type: ignore[arg-type] # its name
        return found.turned if self.turned else found

    def __repr__(self) -> str:
        return f"{self.picture}, {self.down.kernel}x{self.across.kernel}/{self.down.stride}"


CASES = pytest.mark.parametrize(
    "case",
    [
        Case(Picture(6, 5, 1), Geometry(3), Geometry(3)),
        Case(Picture(7, 9, 8), Geometry(3, 1, 1, "same"), Geometry(2, 1, 1, "same")),
        Case(Picture(8, 7, 3), Geometry(3, 2, 2, "number", 2), Geometry(2, 3, 1, "number", 1), turned=True),
        Case(Picture(5, 14, 17), Geometry(2, 3), Geometry(1, 2, 1, "full")),
        Case(Picture(1, 1, 2), Geometry(1), Geometry(1)),
    ],
    ids=repr,
)


def drawn(*shape: int) -> F:
    return np.random.default_rng(sum(shape)).normal(size=shape)


def wide(values: F, fill: float = 0.0) -> F:
    """Pictures [sample, row, column, channel] as they stand in the arena, channels padded to 8."""
    samples, rows, columns, channels = values.shape
    found = np.full((samples, rows, columns, padded(channels)), fill)
    found[..., :channels] = values
    return found.reshape(samples, -1)


def narrow(values: Any, rows: int, columns: int, channels: int) -> F:
    """The way back."""
    return np.asarray(values, np.float64).reshape(SAMPLES, rows, columns, -1)[..., :channels]


def matrix(w: F) -> F:
    """Weights as a matrix with padded rows."""
    flat = w.reshape(-1, w.shape[-1])
    return np.pad(flat, ((0, 0), (0, padded(w.shape[-1]) - w.shape[-1])))


def slopes(case: Case, x: F, w: F, d: F) -> tuple[F, F]:
    """The slopes of Σ d · convolution(x, w) by w and by x, as differences (which are exact for what is linear)."""
    zero = np.zeros(w.shape[3])

    def said(x: F, w: F) -> float:
        return float(sum(
            (naive.convolution(a, w, zero, case.down, case.across, turned=case.turned) * b).sum()
            for a, b in zip(x, d, strict=True)
        ))  # fmt: skip

    by_w, by_x = np.zeros(w.shape), np.zeros(x.shape)
    for at in np.ndindex(w.shape):
        one = np.zeros(w.shape)
        one[at] = 1
        by_w[at] = said(x, one)
    for at in np.ndindex(x.shape):
        one = np.zeros(x.shape)
        one[at] = 1
        by_x[at] = said(one, w)
    return by_w, by_x


def turned_taps(dtype: Any, case: Case, w: F) -> Any:
    """The weights as `convolve_back` reads them."""
    window, (*_, channels, filters) = case.window.settings_back(), w.shape
    return run(
        conv.turn_taps, dtype, ("w", "turned"), taps=window["taps"], moves=window["moves"], channels=channels,
        columns=filters, c_step=padded(filters), k_step=1, size=channels * padded(filters), width=padded(channels),
        w=matrix(w), turned=np.zeros((case.window.taps * filters, padded(channels))),
    )["turned"]  # fmt: skip


@DTYPES
@CASES
def test_convolution_forward_and_backward(case: Case, dtype: Any) -> None:
    (rows, columns, channels), window, filters = case.picture, case.window, 3
    x, w, b = drawn(SAMPLES, rows, columns, channels), drawn(*(r.kernel for r in window), channels, filters), drawn(3)
    step, x_step, tall, broad = padded(filters), padded(channels), window.down.places, window.across.places
    z = np.zeros((SAMPLES, tall * broad * step))
    length = window.taps * channels
    seen: dict[str, Any] = {"rows": [SAMPLES], "x_stride": rows * columns * x_step, "x_step": x_step,
                            "channels": channels, **window.settings(), "stride": z.shape[1], "step": step,
                            "filters": step, "framed": np.zeros((1, window.room.places * x_step))}  # fmt: skip
    found = run(
        conv.convolve.filled("tanh", value=Tanh.value), dtype, ("w", "start"), **seen, **settings(()), x=wide(x, 5.0),
        w=matrix(w), start=np.pad(b, (0, step - filters)), start_stride=0, table=np.zeros(length, np.int64), z=z, a=z,
    )  # fmt: skip
    expected = np.array([naive.convolution(s, w, b, case.down, case.across, turned=case.turned) for s in x])
    close(dtype, narrow(found["z"], tall, broad, filters), expected, 5)
    close(dtype, narrow(found["a"], tall, broad, filters), np.tanh(expected), 5)

    d = drawn(SAMPLES, tall, broad, filters)
    by_w, by_x = slopes(case, x, w, d)
    for fresh in (0, 1):
        before = np.zeros_like(matrix(w)) + (1.0 - fresh) * np.pad(np.ones((length, filters)), ((0, 0), (0, 5)))
        dw = run(
            conv.convolve_slopes, dtype, ("d", "dw", "zeros"), **seen, fresh=[fresh], x=wide(x, 5.0), d=wide(d),
            zeros=np.zeros((1, step)), dw=before if fresh == 0 else before + 7.0,
        )["dw"]  # fmt: skip
        close(dtype, dw[:, :filters], by_w.reshape(-1, filters) + (1.0 - fresh), 20)
    start = drawn(SAMPLES, rows, columns, channels)
    dx = run(
        conv.convolve_back, dtype, ("d", "turned", "start"), rows=[SAMPLES], x_stride=rows * columns * x_step,
        x_step=x_step, **window.settings_back(), stride=z.shape[1], step=step, filters=filters,
        start_stride=rows * columns * x_step, turned=turned_taps(dtype, case, w), d=wide(d), start=wide(start),
        table=np.zeros(window.taps * filters, np.int64), framed=np.zeros((1, window.room_back.places * step)),
        dx=np.zeros((SAMPLES, rows * columns * x_step)),
    )["dx"]  # fmt: skip
    close(dtype, narrow(dx, rows, columns, channels), start + by_x, 20)
    assert not np.any(np.asarray(dx).reshape(SAMPLES, rows, columns, -1)[..., channels:])


@DTYPES
@CASES
def test_depthwise_forward_and_backward(case: Case, dtype: Any) -> None:
    if case.turned:
        return  # a depthwise layer counts its taps one way only
    (rows, columns, channels), window = case.picture, case.window
    x, w, b = drawn(SAMPLES, rows, columns, channels), drawn(*(r.kernel for r in window), channels), drawn(channels)
    step, tall, broad = padded(channels), window.down.places, window.across.places
    z = np.zeros((SAMPLES, tall * broad * step))
    seen: dict[str, Any] = {"rows": [SAMPLES], **window.settings(), "x_stride": rows * columns * step,
                            "stride": z.shape[1], "step": step, "table": np.zeros(window.taps, np.int64),
                            "framed": np.zeros((1, window.room.places * step))}  # fmt: skip
    found = run(depthwise.depthwise, dtype, ("x", "w", "b"), **seen, x=wide(x), w=matrix(w),
                b=np.pad(b, (0, step - channels)), z=z)  # fmt: skip
    expected = np.array([naive.depthwise(s, w, b, case.down, case.across) for s in x])
    close(dtype, narrow(found["z"], tall, broad, channels), expected, 5)

    d = drawn(SAMPLES, tall, broad, channels)
    each = np.zeros((*w.shape, channels))  # the same weights as a convolution in which maps see only themselves
    each[..., range(channels), range(channels)] = w
    by_w, by_x = slopes(case, x, each, d)
    dw = run(depthwise.depthwise_slopes, dtype, ("x", "d", "dw", "zeros"), **seen, fresh=[1], x=wide(x), d=wide(d),
             zeros=np.zeros((1, step)), dw=matrix(w))["dw"]  # fmt: skip
    close(dtype, dw[:, :channels], by_w[..., range(channels), range(channels)].reshape(-1, channels), 20)
    back = window.settings_back()
    turned = run(
        conv.turn_taps, dtype, ("w", "turned"), taps=back["taps"], moves=back["moves"], channels=channels, columns=1,
        c_step=1, k_step=0, size=step, width=step, w=matrix(w), turned=np.zeros((window.taps, step)),
    )["turned"]  # fmt: skip
    room = {"framed": np.zeros((1, window.room_back.places * step))}
    dx = run(
        depthwise.depthwise_back, dtype, ("d", "turned"), **(seen | back | room), start_stride=0, turned=turned, d=wide(d),
        start=np.zeros((1, step)), dx=np.zeros((SAMPLES, rows * columns * step)),
    )  # fmt: skip
    close(dtype, narrow(dx["dx"], rows, columns, channels), by_x, 20)
