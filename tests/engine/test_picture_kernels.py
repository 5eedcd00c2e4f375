"""Every kernel of layers of pictures: guarded, and against the naive layers, in float32 and float64."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.activations.classic import Tanh
from engine.kernels import rows as row_kernels
from engine.kernels.table import padded
from engine.layers import _convolving as conv
from engine.layers import depthwise, local, pooling, reforming, response, transposed
from engine.layers._picture import Picture, Window, packed, reach
from engine.layers.dropping_maps import draw_blocks, draw_maps
from engine.passes import settings
from tests.engine import naive_pictures as naive
from tests.engine.guarded import close, run
from tests.engine.naive_pictures import Geometry
from tests.engine.test_layer_kernels import DTYPES

F = NDArray[np.float64]
SAMPLES = 2
NONE: dict[str, Any] = settings(())


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
        Case(Picture(5, 6, 17), Geometry(4, 1, 1, "same"), Geometry(4)),
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
        depthwise.depthwise_back, dtype, ("d", "turned"), **(seen | back | room), start_stride=0, turned=turned,
        d=wide(d), start=np.zeros((1, step)), dx=np.zeros((SAMPLES, rows * columns * step)),
    )  # fmt: skip
    close(dtype, narrow(dx["dx"], rows, columns, channels), by_x, 20)


def forms(case: Case, step: int) -> dict[str, Any]:
    """The arguments of a kernel that pools."""
    window, (rows, columns, _) = case.window, case.picture
    found: dict[str, Any] = {"rows": [SAMPLES], **window.settings(), "x_stride": rows * columns * step,
                             "stride": window.places * step, "step": step}  # fmt: skip
    del found["room"]
    return found


@DTYPES
@pytest.mark.parametrize("means", sorted(naive.MEANS))
@pytest.mark.parametrize(
    "case",
    [
        Case(Picture(6, 5, 3), Geometry(2, 2), Geometry(2, 2)),
        Case(Picture(5, 7, 9), Geometry(3, 1, 1, "same"), Geometry(2, 2, 1, "number", 1)),
    ],
    ids=repr,
)
def test_pooling_forward_and_backward(case: Case, means: str, dtype: Any) -> None:
    """What is summed goes through `pool_sums` and `pool_sums_backward`, the greatest and least through the others."""
    rows, columns, channels = case.picture
    x, step, tall, broad = drawn(SAMPLES, rows, columns, channels), padded(channels), *(r.places for r in case.window)
    given = forms(case, step)
    expected = np.array([naive.pooling(s, means, case.down, case.across) for s in x])
    sums = pooling.SUMS.get(means)
    sign: dict[str, Any] = {} if sums else {"sign": pooling.SIGNS[means]}
    forward, backward = sums or (pooling.pool_greatest, pooling.pool_greatest_backward)
    a = run(forward, dtype, ("x",), **given, **sign, x=wide(x), a=np.zeros((SAMPLES, tall * broad * step)))["a"]
    close(dtype, narrow(a, tall, broad, channels), expected, 5)

    d, start, h = drawn(SAMPLES, tall, broad, channels), drawn(SAMPLES, rows, columns, channels), 1e-6
    back = np.zeros(x.shape)
    for at in np.ndindex(x.shape[1:]):
        one = np.zeros(x.shape[1:])
        one[at] = h
        for n, s in enumerate(x):
            up, down = (naive.pooling(s + k * one, means, case.down, case.across) for k in (1, -1))
            back[n][at] = ((up - down) * d[n]).sum() / (2 * h)
    dx = run(
        backward, dtype, ("x", "a", "d", "start"), **given, **sign, start_stride=given["x_stride"], x=wide(x), a=a,
        d=wide(d), start=wide(start), dx=np.zeros((SAMPLES, given["x_stride"])),
    )["dx"]  # fmt: skip
    assert np.allclose(narrow(dx, rows, columns, channels), start + back, atol=2e-4 if dtype == np.float32 else 1e-7)


@DTYPES
@pytest.mark.parametrize(
    "case",
    [
        Case(Picture(5, 4, 3), Geometry(2), Geometry(3, 1, 1, "same")),
        Case(Picture(6, 5, 9), Geometry(3, 2, 1, "same"), Geometry(2, 2, 1, "number", 1)),
    ],
    ids=repr,
)
def test_local_forward_and_backward(case: Case, dtype: Any) -> None:
    (rows, columns, channels), window, filters, step = case.picture, case.window, 2, 8
    tall, broad, x_step = window.down.places, window.across.places, padded(channels)
    x = drawn(SAMPLES, rows, columns, channels)
    w, b = drawn(*(r.kernel for r in window), channels, tall, broad, filters), drawn(tall, broad, filters)
    given = forms(case, step) | {"x_stride": rows * columns * x_step, "x_step": x_step, "channels": channels}
    z = run(local.local_forward, dtype, ("w", "b"), **given, x=wide(x, 5.0), w=matrix(w), b=matrix(b),
            z=np.zeros((SAMPLES, tall * broad * step)))["z"]  # fmt: skip
    close(
        dtype, narrow(z, tall, broad, filters), np.array([naive.local(s, w, b, case.down, case.across) for s in x]), 5
    )
    d = drawn(SAMPLES, tall, broad, filters)
    found = run(local.local_slopes, dtype, ("d", "dw", "db"), **given, fresh=[1], x=wide(x, 5.0), d=wide(d),
                dw=matrix(w), db=matrix(b))  # fmt: skip
    patches = np.array([naive.seen(s, case.down, case.across)[0] for s in x])
    close(dtype, found["dw"][:, :filters], np.einsum("nyxrsc,nyxk->rscyxk", patches, d).reshape(-1, filters), 20)
    close(dtype, found["db"][:, :filters], d.sum(axis=0).reshape(-1, filters), 5)
    back = np.zeros(x.shape)
    for at in np.ndindex(x.shape[1:]):
        one = np.zeros(x.shape[1:])
        one[at] = 1
        seen = naive.local(one, w, np.zeros(b.shape), case.down, case.across)
        back[(slice(None), *at)] = (seen * d).sum(axis=(1, 2, 3))
    dx = run(local.local_back, dtype, ("w", "d", "start"), **given, start_stride=0, w=matrix(w), d=wide(d),
             start=np.zeros((1, given["x_stride"])), dx=np.zeros((SAMPLES, given["x_stride"])))["dx"]  # fmt: skip
    close(dtype, narrow(dx, rows, columns, channels), back, 20)


@DTYPES
@pytest.mark.parametrize("channels", [1, 3, 8, 17])
def test_places_and_channels_are_moved(channels: int, dtype: Any) -> None:
    x, step, first = drawn(SAMPLES, 3, 4, channels), padded(channels), channels // 2
    row = x.reshape(SAMPLES, -1)
    packed = run(reforming.pack, dtype, rows=[SAMPLES], places=12, channels=channels, x_stride=12 * step, step=step,
                 stride=padded(12 * channels), x=wide(x, 5.0), o=np.zeros_like(row))  # fmt: skip
    close(dtype, packed["o"], row)
    opened = run(reforming.unpack, dtype, ("start",), rows=[SAMPLES], places=12, channels=channels,
                 x_stride=padded(row.shape[1]), step=step, stride=12 * step, start_stride=12 * step, x=row,
                 start=wide(x), o=np.zeros((SAMPLES, 12 * step)))  # fmt: skip
    close(dtype, opened["o"], wide(2 * x))
    taken = run(row_kernels.take_channels, dtype, rows=[SAMPLES], places=12, first=first, channels=channels - first,
                x_step=step, step=step, x=wide(x), o=np.zeros((SAMPLES, 12 * step)))  # fmt: skip
    close(dtype, taken["o"], wide(x[..., first:]) if padded(channels - first) == step else
          wide(np.concatenate([x[..., first:], np.zeros((SAMPLES, 3, 4, first))], axis=3)))  # fmt: skip
    part = x[..., first:]
    put = run(row_kernels.put_channels, dtype, rows=[SAMPLES], places=12, first=first, channels=channels - first,
              x_step=padded(channels - first), step=step, x=wide(part), o=wide(np.zeros(x.shape)))  # fmt: skip
    expected = np.zeros(x.shape)
    expected[..., first:] = part
    close(dtype, put["o"], wide(expected))
    more = run(row_kernels.add_channels, dtype, ("start",), rows=[SAMPLES], places=12, first=first,
               channels=channels - first, x_step=padded(channels - first), step=step, stride=12 * step,
               start_stride=12 * step, x=wide(part), start=wide(x), o=np.zeros((SAMPLES, 12 * step)))  # fmt: skip
    close(dtype, more["o"], wide(x + expected))


@DTYPES
def test_columns_of_a_matrix_are_taken_and_put_back(dtype: Any) -> None:
    x = drawn(5, 11)
    cut: dict[str, Any] = {"count": 5, "first": 3, "columns": 6, "stride": 16, "step": 8}
    taken = run(row_kernels.take_matrix, dtype, ("x",), **cut, x=x, o=np.zeros((5, 8)))["o"]
    close(dtype, taken, np.pad(x[:, 3:9], ((0, 0), (0, 2))))
    put = run(row_kernels.put_matrix, dtype, ("x",), **cut, x=x[:, 3:9], o=np.zeros((5, 11)))["o"]
    close(dtype, put, np.pad(x[:, 3:9], ((0, 0), (3, 2))))


@DTYPES
@pytest.mark.parametrize(("before", "scale", "side"), [(0, 2, 6), (2, 1, 7), (-1, 1, 1)])
def test_maps_are_enlarged_framed_and_cut(before: int, scale: int, side: int, dtype: Any) -> None:
    x = drawn(SAMPLES, 3, 3, 3)
    whole = {(0, 2): x.repeat(2, axis=1).repeat(2, axis=2), (2, 1): np.pad(x, ((0, 0), (2, 2), (2, 2), (0, 0)))}
    expected = whole.get((before, scale), x[:, 1:2, 1:2])
    given: dict[str, Any] = {"rows": [SAMPLES], "sizes": packed(3, 3, side, side), "before": before,
                             "scale": scale, "step": 8, "x_stride": 72, "stride": side * side * 8}  # fmt: skip
    made = run(reforming.take_places, dtype, **given, x=wide(x), o=np.zeros((SAMPLES, side * side * 8)))["o"]
    close(dtype, made, wide(expected))
    back = run(reforming.give_places, dtype, **given, start_stride=72, d=wide(expected), start=wide(x),
               dx=np.zeros((SAMPLES, 72)))["dx"]  # fmt: skip
    seen = {2: 4 * x}.get(scale, x if before > 0 else np.pad(x[:, 1:2, 1:2], ((0, 0), (1, 1), (1, 1), (0, 0))))
    close(dtype, back, wide(x + seen))


@DTYPES
def test_local_response_forward_and_backward(dtype: Any) -> None:
    x, k, alpha, beta, h = drawn(4, 9), 1.5, 0.3, 0.6, 1e-6
    given: dict[str, Any] = {"rows": [4], "channels": 9, "stride": 16, "reach": 2, "alpha": alpha, "beta": beta}
    found = run(response.respond, dtype, **given, k=k, x=x, s=np.zeros((4, 9)), a=np.zeros((4, 9)))

    def said(x: F) -> F:
        return naive.local_response(x[:, None, :], 5, k, alpha, beta)[:, 0]

    close(dtype, found["a"], said(x))
    d, back = drawn(4, 9)[:, ::-1].copy(), np.zeros((4, 9))
    for c in range(9):
        one = np.zeros(9)
        one[c] = h
        back[:, c] = ((said(x + one) - said(x - one)) * d).sum(axis=1) / (2 * h)
    dx = run(response.respond_backward, dtype, **given, start_stride=16, x=x, s=found["s"], a=found["a"], d=d, start=x,
             dx=np.zeros((4, 9)))["dx"]  # fmt: skip
    assert np.allclose(dx, x + back, atol=1e-4 if dtype == np.float32 else 1e-7)


@DTYPES
def test_small_ones(dtype: Any) -> None:
    b = drawn(1, 5)
    filled = run(
        transposed.fill_places, dtype, ("b",), rows=[SAMPLES], places=3, step=8, b=b, o=np.zeros((SAMPLES, 24))
    )
    close(dtype, filled["o"].reshape(6, 8)[:, :5], np.repeat(b, 6, axis=0))
    assert run(row_kernels.times, dtype, rows=[7], factor=6, into=[0])["into"][0] == 42
    z, d = drawn(3, 8), drawn(3, 8) + 1
    a = run(conv.apply.filled("tanh", value=Tanh.value), dtype, rows=[3], stride=8, **NONE, z=z, a=z)["a"]
    close(dtype, a, np.tanh(z))
    slope = run(conv.slope_at_sums.filled("tanh", derivative=Tanh.derivative), dtype, rows=[3], stride=8,
                **NONE, z=z, a=a, d=d)["d"]  # fmt: skip
    close(dtype, slope, d * (1 - np.tanh(z) ** 2))
    for fresh, before in ((1, 0.0), (0, 1.0)):
        db = run(conv.sum_places, dtype, ("zeros",), rows=[3], fresh=[fresh], step=8, zeros=np.zeros((1, 8)), d=d,
                 db=np.ones((1, 8)))["db"]  # fmt: skip
        close(dtype, db, before + d.sum(axis=0, keepdims=True))


@DTYPES
def test_maps_and_blocks_are_dropped(dtype: Any) -> None:
    given: dict[str, Any] = {"rows": [40], "seen": [3], "channels": 5, "step": 8, "stream": 11}
    maps = run(draw_maps, dtype, **given, places=6, share=0.25,
               scale=4 / 3, m=np.zeros((40, 48)))["m"].reshape(40, 6, 8)  # fmt: skip
    assert (maps == maps[:, :1]).all()  # a map is silent everywhere or nowhere
    assert np.allclose(np.unique(maps[..., :5]), [0, 4 / 3])
    assert not maps[..., 5:].any()
    assert 0.65 < (maps[:, 0, :5] > 0).mean() < 0.85
    blocks = run(draw_blocks, dtype, **given, high=6, wide=7, side=2, share=0.05,
                 m=np.zeros((40, 42 * 8)))["m"].reshape(40, 6, 7, 8)  # fmt: skip
    kept = blocks[..., :5] > 0
    assert not blocks[..., 5:].any()
    for sample, c in np.ndindex(40, 5):
        here = kept[sample, :, :, c]
        if here.any():  # what is left makes up for what is not
            assert np.isclose(blocks[sample, :, :, c].sum(), 42, rtol=1e-5)
        for y, x in zip(*np.nonzero(~here), strict=True):  # each silent place lies in a block that is silent
            corners = [(y - i, x - j) for i in (0, 1) for j in (0, 1) if 0 <= y - i < 5 and 0 <= x - j < 6]
            assert any(not here[p : p + 2, q : q + 2].any() for p, q in corners)
    # 30 places where a block may begin, each with 5 %: a place in the middle is silent with 1 - 0.95⁴ = 18.5 %
    assert 0.14 < 1 - kept[:, 2, 3].mean() < 0.24
