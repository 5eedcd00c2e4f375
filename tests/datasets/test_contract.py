"""What every registered data set promises."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from engine import streams
from engine.arrays import ArrayReader, encode_array
from engine.datasets import AnyDataset, Dataset
from engine.fields import MOST_CLASSES, describe
from engine.registry import Entry
from engine.shapes import size

ENTRIES = list(Dataset.registry)
PICTURES = [e for e in ENTRIES if e.kind().axes is not None]
GENERATED = [e for e in ENTRIES if e.kind.family != "own" and e not in PICTURES]
OWN = [e for e in ENTRIES if e.kind.family == "own"]


def named(entry: Entry[Dataset]) -> str:
    return entry.key


every = pytest.mark.parametrize("entry", ENTRIES, ids=named)
generated = pytest.mark.parametrize("entry", GENERATED, ids=named)
pictures = pytest.mark.parametrize("entry", PICTURES, ids=named)
drawn = pytest.mark.parametrize("entry", [e for e in PICTURES if "noise" in e.kind.__struct_fields__], ids=named)


def sized(entry: Entry[Dataset], **fields: float) -> Dataset:
    return msgspec.convert({"kind": entry.key, **fields}, entry.kind)


def test_all_sets_of_the_issue_are_there() -> None:
    wanted = "circle xor gauss spiral moons rings spirals checkerboard blobs xor-points gate plane multi-gauss"
    assert {*wanted.split(), "noisy-plane", "sine", "points", "curve", "table"} <= {e.key for e in ENTRIES}


@every
def test_documented(entry: Entry[Dataset]) -> None:
    assert len(entry.help) > 20
    assert entry.title
    assert len(entry.kind.origin) > 5
    assert entry.kind.family in ("classification", "regression", "logic", "pictures", "own")
    for field in describe(entry.kind):
        assert field.title, field.name
        assert field.help, field.name


@every
def test_samples_fit_the_declaration(entry: Entry[Dataset]) -> None:
    source = entry.kind()
    samples = source.samples(3)
    assert samples.columns == source.columns
    assert samples.classes == source.class_names
    assert samples.domain == source.domain
    if source.axes is None:
        across, up = source.columns[0], source.columns[-1]
        assert source.domain == source.domain_of(across, up)
        assert samples.x.shape == (len(samples), len(samples.columns))
    else:
        assert samples.x.shape == (len(samples), size(source.axes))
    assert samples.y.shape == samples.keys.shape == (len(samples),)
    assert samples.x.dtype == (np.float64 if source.axes is None else np.float32)
    assert samples.y.dtype == samples.keys.dtype == np.float64
    for array in (samples.x, samples.y, samples.keys):
        assert np.isfinite(array).all()
        assert not array.flags.writeable
    assert ((samples.keys >= 0) & (samples.keys < 1)).all()
    if samples.classes:
        assert len(samples.classes) <= MOST_CLASSES
        assert set(samples.y) <= set(range(len(samples.classes)))


@generated
def test_same_seed_same_bits(entry: Entry[Dataset]) -> None:
    source = sized(entry, count=101, noise=20)
    a, b, c = source.samples(1), source.samples(1), source.samples(2)
    assert a.x.tobytes() == b.x.tobytes()
    assert a.y.tobytes() == b.y.tobytes()
    assert a.keys.tobytes() == b.keys.tobytes()
    assert not np.array_equal(a.x, c.x)
    assert not np.array_equal(a.keys, c.keys)


@generated
@pytest.mark.parametrize("count", [1, 2, 3, 7, 200])
@pytest.mark.parametrize("noise", [0.0, 50.0])
def test_count_is_honoured_at_any_noise(entry: Entry[Dataset], count: int, noise: float) -> None:
    assert len(sized(entry, count=count, noise=noise).samples(0)) == count


@generated
def test_noise_draws_from_a_stream_of_its_own(entry: Entry[Dataset]) -> None:
    source = sized(entry, count=50, noise=0)
    points = [streams.generator(0, "points", source.key) for _ in (0, 1)]
    quiet = source.draw(points[0], streams.generator(0, "noise"))
    other = source.draw(points[1], streams.generator(1, "noise"))
    assert np.array_equal(quiet[0], other[0])
    assert np.array_equal(quiet[1], other[1])


@generated
def test_points_lie_in_the_plane_without_noise(entry: Entry[Dataset]) -> None:
    samples = sized(entry, count=500, noise=0).samples(0)
    left, right, bottom, top = samples.domain
    assert (samples.x[:, 0] >= left).all()
    assert (samples.x[:, 0] <= right).all()
    if len(samples.columns) == 2:
        assert (samples.x[:, 1] >= bottom).all()
        assert (samples.x[:, 1] <= top).all()


@pytest.mark.parametrize("entry", [e for e in GENERATED if e.kind.family == "regression"], ids=named)
def test_regression_values_are_about_one_in_size(entry: Entry[Dataset]) -> None:
    assert entry.kind().class_names == ()
    assert 0.5 < np.abs(sized(entry, noise=0).samples(0).y).max() <= 1.3


@generated
def test_the_share_moves_few_points(entry: Entry[Dataset]) -> None:
    samples = sized(entry, count=400).samples(5)
    always = int((samples.keys == 0).sum())
    before = samples.train(0.1)
    for share in (0.3, 0.5, 0.8, 1.0):
        now = samples.train(share)
        assert not (before & ~now).any(), "a point left training while the share grew"
        assert abs(now.sum() - 400 * share) <= max(1, always)
        before = now
    assert before.all()


@generated
def test_every_class_occurs(entry: Entry[Dataset]) -> None:
    samples = sized(entry, count=300).samples(0)
    if samples.classes:
        assert set(samples.y) == set(range(len(samples.classes)))


@every
def test_round_trip(entry: Entry[Dataset]) -> None:
    source = entry.kind()
    arrays = {a.digest: a for f in source.__struct_fields__ if hasattr(a := getattr(source, f), "digest")}
    tree = msgspec.to_builtins(source, enc_hook=encode_array)
    assert msgspec.convert(tree, AnyDataset, dec_hook=ArrayReader(arrays)) == source


@pytest.mark.parametrize("entry", OWN, ids=named)
def test_own_data_ignore_the_seed(entry: Entry[Dataset]) -> None:
    assert entry.kind().samples(0).x.tobytes() == entry.kind().samples(1).x.tobytes()


@pytest.mark.parametrize("count", [10, 99, 500])
def test_a_share_is_met_exactly_at_every_count(count: int) -> None:
    samples = sized(Dataset.registry["circle"], count=count).samples(0)
    assert abs(samples.train(0.5).sum() - count / 2) <= 0.5


@generated
def test_the_mean_of_y_is_that_of_samples_without_noise(entry: Entry[Dataset]) -> None:
    source = entry.kind()
    samples = msgspec.structs.replace(source, noise=0.0).samples(3)
    expected = source.expected(samples.x)
    if expected is not None:
        assert np.allclose(expected, samples.y, atol=1e-12)


# -- pictures -----------------------------------------------------------------------------------------------------


@pictures
def test_pictures_are_said_to_be_what_they_are(entry: Entry[Dataset]) -> None:
    source = entry.kind()
    rows, columns, channels = source.form  # type: ignore[attr-defined] # what pictures have
    assert [(a.name, a.size) for a in source.axes or ()] == [("row", rows), ("column", columns), ("channel", channels)]
    x = source.samples(0).x
    if len(x):
        assert x.min() >= 0
        assert 0.9 < x.max() <= 1


@pictures
def test_a_share_of_pictures_takes_as_much_of_each_class(entry: Entry[Dataset]) -> None:
    samples = entry.kind().samples(3)
    trains = samples.train(0.8)
    for label in np.unique(samples.y):
        mine = samples.y == label
        assert abs(trains[mine].sum() - 0.8 * mine.sum()) <= 0.5


@pictures
def test_pictures_of_a_seed_are_the_same_bits(entry: Entry[Dataset]) -> None:
    a, b, c = (entry.kind().samples(seed) for seed in (1, 1, 2))
    assert a.x.tobytes() == b.x.tobytes()
    assert a.keys.tobytes() == b.keys.tobytes()
    if entry in PICTURES and entry not in OWN:
        assert not np.array_equal(a.keys, c.keys)


@drawn
@pytest.mark.parametrize("count", [1, 2, 7, 300])
def test_pictures_are_as_many_as_asked_for(entry: Entry[Dataset], count: int) -> None:
    samples = sized(entry, count=count, noise=50).samples(0)
    assert len(samples) == count
    if count == 300:
        assert set(samples.y) == set(range(len(samples.classes)))


@drawn
def test_noise_of_pictures_moves_nothing_else(entry: Entry[Dataset]) -> None:
    quiet, loud = (sized(entry, count=200, noise=noise) for noise in (0, 20))
    streams_of = [(streams.generator(0, "points"), streams.generator(k, "noise")) for k in (0, 1, 0)]
    a, b, c = quiet.draw(*streams_of[0]), quiet.draw(*streams_of[1]), loud.draw(*streams_of[2])
    assert np.array_equal(a[0], b[0])
    assert np.array_equal(a[1], c[1])
    # half of what is added at black and white places is cut off again
    inner = (a[0] > 0.49) & (a[0] < 0.51)
    spread = (c[0] - a[0])[inner] if inner.sum() > 100 else (c[0] - a[0])[a[0] == 0] * np.sqrt(2)
    assert np.sqrt((spread**2).mean()) == pytest.approx(0.2, rel=0.1)
