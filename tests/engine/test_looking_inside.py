"""What is seen inside a convolutional net: filters since the start, cells of maps, what pixels do to an answer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.activations.classic import Tanh
from engine.layers import Layer
from engine.layers.convolution import Convolution
from engine.layers.convolution_1d import Convolution1D
from engine.layers.depthwise import Depthwise
from engine.layers.joining import Add
from engine.layers.local import Local
from engine.layers.normalising import BatchNorm
from engine.layers.pooling import Pooling
from engine.layers.reforming import Crop, Flatten, UpSampling
from engine.layers.shuffle import Shuffle
from engine.layers.sub_sampling import SubSampling
from engine.layers.transposed import Transposed
from engine.machines.supervised import Supervised
from engine.producers.cell import Cell
from engine.producers.confusion import Confusion
from engine.producers.embedding import PERPLEXITY, Embedding, affinities, distances
from engine.producers.filters import ITSELF, Filters
from engine.producers.inside import KINDS, Insight
from engine.producers.pictures import Pictures
from engine.producers.sought import STEPS, Sought
from engine.producers.taken import Taken
from engine.records import ImageGrid, Want
from tests.engine.nets import digits, numbers, same


def record(machine: Supervised, name: str, *target: str, given: bytes = b"") -> Any:
    """One record of a machine."""
    want = Want(name, target=target, given=given)
    return machine.snapshot(frozenset({want})).records.get(want)


def test_filters_are_the_weights_and_those_they_started_with() -> None:
    machine = Supervised(digits())
    first: Filters = record(machine, "filters")
    assert (first.layer, first.layers, first.sources) == ("c1", ("c1", "c2"), ("input/grey",))
    assert first.now.shape == (3, 3, 1, 3)
    assert np.array_equal(first.now, first.start)
    machine.advance("batch", 3)
    second: Filters = record(machine, "filters", "c2")
    assert second.units == ("c2/0", "c2/1", "c2/2", "c2/3")
    weights = next(n for n in machine.state().numbers if n.name == "c2.weight").values.values
    assert np.array_equal(second.now, weights)
    assert np.abs(second.now - second.start).max() > 1e-4
    machine.reset()
    assert np.array_equal(record(machine, "filters", "c2").now, second.start)


def test_a_filter_of_one_map_has_one_source() -> None:
    layers: tuple[Layer, ...] = (Depthwise(id="d1"), Flatten(id="flat"))
    found: Filters = record(Supervised(digits(*layers)), "filters")
    assert found.sources == (ITSELF,)
    assert found.now.shape == (3, 3, 1, 1)


def test_what_each_place_has_for_itself_is_no_filter() -> None:
    local = Local(id="l1", units=2)
    assert record(Supervised(digits(local, Flatten(id="flat"))), "filters") is None
    found: Filters = record(Supervised(digits(local, Convolution(id="c1"), Flatten(id="flat"))), "filters", "l1")
    assert found.layers == ("c1",)


def test_a_net_without_filters_has_none() -> None:
    assert record(Supervised(digits(Flatten(id="flat"))), "filters") is None


def worked(cell: Cell) -> float:
    """The sum of a cell by hand."""
    seen = [q.seen.astype(np.float64) for q in cell.patches]
    weights = [q.weights for q in cell.patches if q.weights is not None]
    if weights:
        return sum(float((x * w).sum()) for x, w in zip(seen, weights, strict=True)) * cell.scale + cell.bias
    kinds: dict[str, Any] = {"max": np.max, "min": np.min, "average": np.mean, "sum": np.sum, "L2": np.linalg.norm}
    return float(kinds[cell.how](seen[0][cell.patches[0].inside])) * cell.scale + cell.bias


HALF = Convolution(id="c1", units=4, window=3, width=2, stride=2, dilation=2, padding="number", pad=2)
TRUE = Convolution(id="c2", units=4, operation="convolution", padding="full", activation=Tanh())
NETS = [
    (HALF, TRUE, Flatten(id="flat")),
    (HALF, Convolution(id="c2", units=6, groups=2, activation=Tanh()), Flatten(id="flat")),
    (HALF, Depthwise(id="c2", activation=Tanh()), Flatten(id="flat")),
    (HALF, Local(id="c2", units=2), Flatten(id="flat")),
    (HALF, Convolution1D(id="c2", units=4, dilation=2, groups=2, activation=Tanh()), Flatten(id="flat")),
    (HALF, SubSampling(id="c2", window=3, stride=1), Flatten(id="flat")),
    *(
        (HALF, Pooling(id="c2", means=means, padding="same", window=3), Flatten(id="flat"))
        for means in ("max", "min", "average", "sum", "L2")
    ),
]


@pytest.mark.parametrize("layers", NETS, ids=lambda layers: layers[1].key)
def test_a_cell_is_what_its_window_sums_up(layers: tuple[Layer, ...]) -> None:
    machine = Supervised(digits(*layers))
    machine.advance("batch", 3)
    grid: ImageGrid = record(machine, "maps", "5")
    for layer in ("c1", "c2"):
        rows, columns = record(machine, "cell", layer, "", "0", "0", "5").map.shape
        units = [tile.unit for tile in grid.tiles if tile.layer == layer]
        for row, column, unit in ((0, 0, units[0]), (rows - 1, columns - 1, units[-1]), (rows // 2, 0, units[1])):
            cell: Cell = record(machine, "cell", layer, unit, str(row), str(column), "5")
            assert (cell.row, cell.column, cell.unit) == (row, column, unit)
            assert worked(cell) == pytest.approx(cell.z, rel=1e-5, abs=1e-6)
            assert cell.map[row, column] == cell.a
            if cell.formula == "tanh(z)":
                assert cell.a == pytest.approx(np.tanh(cell.z), abs=1e-6)


def test_the_kernel_of_a_true_convolution_is_shown_turned() -> None:
    machine = Supervised(digits(Convolution(id="c1", units=2, operation="convolution"), Flatten(id="flat")))
    cell: Cell = record(machine, "cell", "c1", "c1/1", "2", "3")
    weights = next(n for n in machine.state().numbers if n.name == "c1.weight").values.values
    assert cell.turned
    assert cell.patches[0].weights is not None
    assert np.array_equal(cell.patches[0].weights, weights[::-1, ::-1, 0, 1])


@pytest.mark.parametrize(
    "layers",
    [
        (HALF, Pooling(id="c2"), Flatten(id="flat")),
        (
            Convolution(id="c1", units=2, padding="same"),
            Pooling(id="p1"),
            Convolution(id="c2", units=2),
            Flatten(id="flat"),
        ),
        (UpSampling(id="u1", factor=2), Crop(id="k1", width=3), Convolution(id="c2", units=2), Flatten(id="flat")),
        (HALF, Transposed(id="c2", units=2, window=3, cut=1), Flatten(id="flat")),
        (HALF, Convolution(id="c2", units=2, window=2, dilation=2, operation="convolution"), Flatten(id="flat")),
        (HALF, Shuffle(id="c2", seed=3), Flatten(id="flat")),
    ],
    ids=["strided", "pooled", "enlarged", "transposed", "turned", "shuffled"],
)
def test_nothing_outside_the_receptive_field_changes_a_cell(layers: tuple[Layer, ...]) -> None:
    machine = Supervised(digits(*layers))
    before: Cell = record(machine, "cell", "c2", "", "1", "1", given=bytes(64))
    top, left, bottom, right = before.field
    pixels = np.full((8, 8), 200, np.uint8)
    pixels[top:bottom, left:right] = 0
    assert record(machine, "cell", "c2", "", "1", "1", given=pixels.tobytes()).z == before.z
    assert 0 < (bottom - top) * (right - left) < 64
    moved = 0
    for row, column in ((top, left), (bottom - 1, right - 1)):  # each corner counts
        corner = np.zeros((8, 8), np.uint8)
        corner[row, column] = 200
        cells = (record(machine, "cell", "c2", f"c2/{k}", "1", "1", given=corner.tobytes()) for k in range(2))
        moved += any(cell.z != before.z for cell in cells)
    assert moved >= 1


@pytest.fixture(scope="module")
def trained() -> Supervised:
    """A net without kinks: a slope is what a small step finds, however small."""
    smooth = Convolution(id="c1", units=3, padding="same", activation=Tanh())
    pooled = Pooling(id="p1", means="average")
    second = Convolution(id="c2", units=4, activation=Tanh())
    machine = Supervised(digits(smooth, pooled, second, Flatten(id="flat")))
    machine.advance("epoch", 12, 60.0)
    return machine


def insight(machine: Supervised, *target: str) -> Insight:
    """What is found in the picture of sample 5."""
    found = record(machine, "inside", *target, *[""] * (3 - len(target)), "5")
    assert isinstance(found, Insight)
    return found


def asked_again(machine: Supervised, pictures: NDArray[Any]) -> NDArray[Any]:
    """What the network says of pictures in bytes, as the view of pictures tells it."""
    shares = [record(machine, "pictures", given=x.tobytes()).glass.shares for x in pictures]
    return np.array(shares, np.float64)


def test_saliency_is_how_far_a_pixel_moves_the_share(trained: Supervised) -> None:
    found = insight(trained, "saliency", "3")
    middle = np.rint(found.picture[..., 0] * 255).astype(np.uint8)
    for row, column in ((3, 3), (4, 2), (6, 5)):
        pair = np.repeat(middle[None], 2, axis=0)
        pair[0, row, column], pair[1, row, column] = max(middle[row, column], 4) - 4, min(middle[row, column], 251) + 4
        width = (int(pair[1, row, column]) - int(pair[0, row, column])) / 255
        low, high = asked_again(trained, pair)[:, 3]
        assert found.values[row, column] == pytest.approx(abs(high - low) / width, rel=0.15, abs=2e-4)


def test_a_small_step_against_the_answer_lowers_its_share(trained: Supervised) -> None:
    found = [insight(trained, "fooled", "", str(size)) for size in (0, 0.05, 0.1, 0.2)]
    shares = [float(one.after[one.asked]) for one in found if one.after is not None]
    assert shares[0] == pytest.approx(float(found[0].shares[found[0].asked]), abs=1e-6)
    assert shares == sorted(shares, reverse=True)
    assert shares[-1] < 0.5
    for one, size in zip(found, (0, 0.05, 0.1, 0.2), strict=True):
        assert one.changed is not None
        assert np.abs(one.changed - one.picture).max() <= size + 1e-6


def test_occlusion_is_the_share_lost_under_a_grey_window(trained: Supervised) -> None:
    found = insight(trained, "occlusion")
    # the corner is under one window alone, 2 × 2 places wide, which begins there
    assert found.values.shape == (8, 8)
    covered = np.rint(found.picture[..., 0] * 255).astype(np.uint8)
    covered[:2, :2] = 128
    lost = found.shares[found.asked] - asked_again(trained, covered[None])[0, found.asked]
    assert found.values[0, 0] == pytest.approx(lost, abs=5e-3)


def test_the_class_maps_follow_from_slopes_and_maps(trained: Supervised) -> None:
    found = insight(trained, "cam", "", "c1")
    assert (found.layer, found.layers, found.values.shape) == ("c1", ("c1", "p1", "c2"), (8, 8))
    assert found.values.min() >= 0
    assert insight(trained, "cam").layer == "c2", "the last that learns, unless another is named"


def test_residual_networks_with_batch_norm_are_looked_into() -> None:
    machine = Supervised(digits(
        Convolution(id="c1", units=3, padding="same"),
        BatchNorm(id="n1"),
        Convolution(id="c2", units=3, padding="same"),
        BatchNorm(id="n2"),
        Add(id="sum", inputs=("n1", "n2")),
        Flatten(id="flat"),
    ))  # fmt: skip
    machine.advance("epoch", 5, 60.0)
    for what in KINDS:
        found = insight(machine, what)
        assert found.reason == ""
        assert np.abs(found.values).max() > 0
    fooled = insight(machine, "fooled", "", "0.2")
    assert fooled.after is not None
    assert fooled.after[fooled.asked] < fooled.shares[fooled.asked]
    first: Sought = record(machine, "sought", "sum")
    for _ in range(20):
        sought: Sought = record(machine, "sought", "sum")
    assert sought.value > first.value


def test_looking_inside_changes_nothing(trained: Supervised) -> None:
    one, other = (Supervised(digits()) for _ in range(2))
    for machine in (one, other):
        machine.advance("batch", 3)
    for what in KINDS:
        insight(one, what)
    for machine in (one, other):
        machine.advance("batch", 3)
    assert same(numbers(one), numbers(other))


def test_a_picture_climbs_to_what_a_unit_looks_for(trained: Supervised) -> None:
    values = []
    for _ in range(400):
        found: Sought = record(trained, "sought", "out", "out/4")
        values.append(found.value)
        if not found.unfinished:
            break
    assert found.steps == STEPS
    assert values[-1] > values[0]
    assert record(trained, "pictures", given=np.rint(found.picture * 255).astype(np.uint8).tobytes()).glass.answer == 4
    assert len(found.best) == 9
    assert [one.value for one in found.best] == sorted((one.value for one in found.best), reverse=True)
    shown: Pictures = record(trained, "pictures", "train", str(found.best[0].row))
    assert shown.glass is not None
    assert shown.glass.answer == 4
    assert np.array_equal(shown.glass.pixels, found.best[0].pixels)


def test_the_samples_behind_a_cell_are_those_of_the_matrix(trained: Supervised) -> None:
    matrix: Confusion = record(trained, "confusion", "test")
    samples = trained.experiment.data.source.samples(0)
    for target, answer in ((7, 7), *np.argwhere(matrix.counts - np.diag(np.diag(matrix.counts)))[:2].tolist()):
        found: Taken = record(trained, "taken", "test", str(target), str(answer))
        assert found.total == matrix.counts[target, answer]
        assert len(found.rows) == min(found.total, 12)
        for row in found.rows:
            assert samples.y[row] == target
            assert record(trained, "pictures", "test", str(row)).glass.answer == answer


def test_an_embedding_keeps_neighbours_together(trained: Supervised) -> None:
    flat: Embedding = record(trained, "embedding", "train")
    assert (flat.layer, flat.method, flat.unfinished) == ("flat", "components", False)
    assert flat.points.shape == (359, 2)
    for _ in range(1000):
        found: Embedding = record(trained, "embedding", "train", "t-SNE")
        if not found.unfinished:
            break
    assert found.steps == 400

    def alike(one: Embedding) -> float:
        """The share of samples whose nearest neighbour is of their class."""
        far = distances(one.points)
        np.fill_diagonal(far, np.inf)
        return float((one.y[far.argmin(axis=1)] == one.y).mean())

    assert alike(found) > alike(flat)
    assert alike(found) > 0.8


def test_affinities_have_the_asked_for_number_of_neighbours() -> None:
    x = np.random.default_rng(0).normal(size=(200, 5))
    p = affinities(x)
    assert p.sum() == pytest.approx(1)
    assert np.allclose(p, p.T)
    assert not p.diagonal().any()
    own = p / p.sum(axis=1, keepdims=True)
    entropy = -(own * np.log(np.maximum(own, 1e-300))).sum(axis=1)
    assert np.exp(np.median(entropy)) == pytest.approx(PERPLEXITY, rel=0.25)  # the two ways are averaged
