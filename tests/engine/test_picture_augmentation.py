"""Pictures moved, turned, bent, mirrored, hidden and lit: kernels against NumPy, and what they do in a run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.draws import key, normal, uniform
from engine.errors import ExperimentError
from engine.experiment import check
from engine.kernels.record import Floats, Ints, Out, kernel
from engine.kernels.table import padded
from engine.regularisers import Regulariser
from engine.regularisers.pictures import (
    Affine,
    Augmentation,
    CutOut,
    Elastic,
    Flip,
    Light,
    bend_pictures,
    cut_out,
    light_pictures,
    mirror_pictures,
    move_pictures,
)
from engine.regularisers.points import Jitter, Mixup
from tests.engine.guarded import close, run
from tests.engine.nets import figures, spiral, with_training
from tests.engine.test_layer_kernels import DTYPES
from tests.engine.test_regularisers import after_one_step

F = NDArray[np.float64]

ROWS, HEIGHT, WIDTH = 5, 6, 9
STREAM, SEEN = 31, 40
CHANNELS = pytest.mark.parametrize("channels", [1, 3])


@kernel
def drawn(f: Floats, i: Ints, count: int, places: int, stream: int, before: int, u: Out, n: Out) -> None:
    """What is drawn for each sample at its first places, even and normal."""
    for r in range(count):
        for k in range(places):
            f[u + r * places + k] = uniform(key(stream, before + r, k))
            f[n + r * places + k] = normal(key(stream, before + r, k))


def draws(places: int = 8) -> tuple[F, F]:
    """Even and normal draws [sample, place] of the samples of these tests; places are a multiple of eight."""
    blank = np.zeros((ROWS, places))
    ran = run(drawn, np.float64, count=ROWS, places=places, stream=STREAM, before=SEEN, u=blank, n=blank)
    return ran["u"], ran["n"]


def pictures(channels: int) -> F:
    """Random pictures [sample, row, column, channel]; one more than are changed."""
    return np.random.default_rng(channels).uniform(0, 1, (ROWS + 1, HEIGHT, WIDTH, channels))


def changed(kernel_: Any, dtype: Any, x: F, kept: bool = True, sized: bool = True, **given: Any) -> F:
    """What a kernel makes of all pictures but the last, which must stay."""
    flat, channels = x.reshape(len(x), -1), x.shape[3]
    sizes = {"height": HEIGHT, "width": WIDTH, "channels": channels} if sized else {}
    aside = {"kept": np.zeros((1, flat.shape[1]))} if kept else {}
    ran = run(kernel_, dtype, clean=("x",), rows=[ROWS], seen=[SEEN], stride=padded(flat.shape[1]), stream=STREAM,
              x=flat, **sizes, **aside, **given)["x"]  # fmt: skip
    assert np.array_equal(ran[ROWS], flat[ROWS].astype(dtype))
    return ran[:ROWS].astype(np.float64).reshape(ROWS, *x.shape[1:])


def sampled(picture: F, y: F, x: F) -> F:
    """Bilinear samples of [row, column, channel] at places [row, column]; 0 outside."""
    framed = np.pad(picture, ((50, 50), (50, 50), (0, 0)))
    top, left = np.floor(y).astype(int), np.floor(x).astype(int)
    down, right = (y - top)[..., None], (x - left)[..., None]
    a, b, c, d = (framed[top + 50 + j, left + 50 + k] for j in (0, 1) for k in (0, 1))
    found: F = (1 - down) * ((1 - right) * a + right * b) + down * ((1 - right) * c + right * d)
    return found


@DTYPES
@CHANNELS
def test_move_pictures(dtype: Any, channels: int) -> None:
    x, (u, _) = pictures(channels), draws()
    found = changed(move_pictures, dtype, x, shift=0.2, turn=0.6, scale=0.3, shear=0.4)
    even = 2 * u - 1
    rows, columns = np.mgrid[:HEIGHT, :WIDTH].astype(float)
    for k in range(ROWS):
        down, right, angle, slant = even[k, [0, 1, 2, 4]] * (0.2 * HEIGHT, 0.2 * WIDTH, 0.6, 0.4)
        turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])  # (down, right)
        whole = 1.3 ** even[k, 3] * turn @ np.array([[1, 0], [slant, 1]])
        from_middle = np.stack([rows - (HEIGHT - 1) / 2 - down, columns - (WIDTH - 1) / 2 - right])
        y, z = np.einsum("ab,brc->arc", np.linalg.inv(whole), from_middle)
        expected = sampled(x[k], y + (HEIGHT - 1) / 2, z + (WIDTH - 1) / 2)
        close(dtype, found[k], expected, scale=10)


@DTYPES
@CHANNELS
def test_mirror_pictures(dtype: Any, channels: int) -> None:
    x, (u, _) = pictures(channels), draws()
    found = changed(mirror_pictures, dtype, x, across=0.5, down=0.6)
    seen = set()
    for k in range(ROWS):
        across, down = u[k, 0] < 0.5, u[k, 1] < 0.6
        seen |= {(0, bool(across)), (1, bool(down))}
        expected = x[k][:: -1 if down else 1, :: -1 if across else 1]
        assert np.array_equal(found[k], expected.astype(dtype))
    assert len(seen) == 4, "the test must see both"


@DTYPES
@CHANNELS
def test_bend_pictures(dtype: Any, channels: int) -> None:
    spacing, move = 4, 1.3
    down, across = (HEIGHT - 1) // spacing + 4, (WIDTH - 1) // spacing + 4
    knots = 2 * down * across
    x, (_, n) = pictures(channels), draws(padded(knots))
    found = changed(bend_pictures, dtype, x, spacing=spacing, move=move, moves=np.zeros((1, knots)))

    def basis(size: int, count: int) -> F:
        """The cubic B-splines around knots -1, 0, 1 ... at each place, [place, knot], by their piecewise formula."""
        t = np.abs(np.arange(size)[:, None] / spacing - (np.arange(count) - 1))
        value: F = np.where(t < 1, 2 / 3 - t**2 + t**3 / 2, np.where(t < 2, (2 - t) ** 3 / 6, 0))
        return value

    by_row, by_column = basis(HEIGHT, down), basis(WIDTH, across)
    rows, columns = np.mgrid[:HEIGHT, :WIDTH].astype(float)
    for k in range(ROWS):
        moves = move * n[k, :knots].reshape(down, across, 2)
        y, z = (by_row @ moves[..., axis] @ by_column.T for axis in (0, 1))
        close(dtype, found[k], sampled(x[k], rows + y, columns + z), scale=10)


@DTYPES
@CHANNELS
@pytest.mark.parametrize("side", [1, 4, 20])
def test_cut_out(dtype: Any, channels: int, side: int) -> None:
    x, (u, _) = pictures(channels), draws()
    found = changed(cut_out, dtype, x, kept=False, side=side)
    for k in range(ROWS):
        top, left = int(u[k, 0] * HEIGHT) - side // 2, int(u[k, 1] * WIDTH) - side // 2
        expected = x[k].copy()
        expected[max(top, 0) : top + side, max(left, 0) : left + side] = 0
        assert np.array_equal(found[k], expected.astype(dtype))


@DTYPES
@CHANNELS
def test_light_pictures(dtype: Any, channels: int) -> None:
    x, (u, _) = pictures(channels), draws()
    found = changed(light_pictures, dtype, x, kept=False, sized=False, columns=HEIGHT * WIDTH * channels,
                    brightness=0.3, contrast=0.8)  # fmt: skip
    for k in range(ROWS):
        factor, more = 1 + 0.8 * (2 * u[k, 0] - 1), 0.3 * (2 * u[k, 1] - 1)
        mean = x[k].mean()
        close(dtype, found[k], np.clip(factor * (x[k] - mean) + mean + more, 0, 1))


NOTHING = {
    "affine": Affine(shift=0, angle=0, scale=0, shear=0),
    "flip": Flip(across=0, down=0),
    "elastic": Elastic(move=0),
    "cut-out": CutOut(side=0),
    "brightness": Light(brightness=0, contrast=0),
}


def seen(*extras: Regulariser) -> tuple[F, F]:
    """The pictures of a step over one piece as they were changed, and as they are in the data."""
    plan, _ = after_one_step(figures(), *extras)
    order = plan.i[plan.lowered.order.at :][: plan.lowered.piece]
    there = plan.prepared.samples.x[plan.prepared.source[order]]
    return np.array(plan.view(plan.lowered.layout.buffers["train.x"])), there.astype(np.float64)


@pytest.mark.parametrize("entry", [e for e in Regulariser.registry if issubclass(e.kind, Augmentation)],
                         ids=lambda e: e.key)  # fmt: skip
def test_no_amount_changes_nothing_and_the_usual_amount_something(entry: Any) -> None:
    there = seen(NOTHING[entry.key])
    assert np.array_equal(*there)
    now, before = seen(entry.kind())
    assert ((now != before).any(axis=1)).mean() > 0.3
    assert now.min() >= 0
    assert now.max() <= 1
    assert np.isfinite(now).all()


def test_each_picture_is_changed_in_its_own_way() -> None:
    now, before = seen(Affine(shift=20, angle=0, scale=0))
    at = np.arange(12) - 5.5
    across = [(x.reshape(-1, 12, 12).sum(axis=1) @ at) / x.sum(axis=1) for x in (now, before)]
    moved = across[0] - across[1]
    assert np.abs(moved).max() <= 0.2 * 12 + 0.3
    assert moved.std() == pytest.approx(0.2 * 12 / np.sqrt(3), rel=0.2)


def test_pictures_are_mixed_with_their_targets() -> None:
    now, before = seen(Mixup(alpha=1.0))
    assert (np.abs(now - before).max(axis=1) > 0.1).mean() > 0.5


@pytest.mark.parametrize("regulariser", NOTHING.values(), ids=lambda r: r.key)
def test_points_are_no_pictures(regulariser: Regulariser) -> None:
    with pytest.raises(ExperimentError, match=f"“{regulariser.key}” needs pictures, which"):
        check(with_training(spiral(), regularisers=(regulariser,)))


def test_pictures_are_no_points() -> None:
    with pytest.raises(ExperimentError, match="“point-jitter” needs points, which"):
        check(with_training(figures(), regularisers=(Jitter(),)))
