"""Importing pictures: IDX, NumPy archives, folders and files; what can't be used is named and never runs."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from engine.datasets.importing import Cut, Report, decoding, holds_pictures, load_pictures, preview_pictures
from engine.datasets.importing.decoding import border, cut, shades
from engine.datasets.own_pictures import OwnPictures
from engine.errors import DataError

Pixels = NDArray[np.uint8]


def random(*shape: int, seed: int = 0) -> Pixels:
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


def taken(*paths: Path, how: Cut | None = None, into: OwnPictures | None = None) -> tuple[OwnPictures, Report]:
    return load_pictures(preview_pictures(paths, how), into=into)


def refused(*paths: Path, how: Cut | None = None) -> str:
    with pytest.raises(DataError) as error:
        taken(*paths, how=how)
    message = str(error.value)
    assert "\n" not in message
    assert len(message) < 330
    return message


def written(path: Path, pixels: NDArray[Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
    return path


def idx(path: Path, values: NDArray[Any], code: int = 0x08) -> Path:
    data = bytes([0, 0, code, values.ndim]) + struct.pack(f">{values.ndim}I", *values.shape) + values.tobytes()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


# -- IDX ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("names", [
    ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"),
    ("t10k-images.idx3-ubyte", "t10k-labels.idx1-ubyte"),
    ("my-images.gz", "my-labels"),
])  # fmt: skip
@pytest.mark.parametrize("given_one", [0, 1])
def test_a_pair_of_idx_files_is_read_whichever_is_given(names: tuple[str, str], given_one: int, tmp_path: Path) -> None:
    pixels, labels = random(40, 28, 28), np.arange(40, dtype=np.uint8) % 7
    idx(tmp_path / names[0], pixels)
    idx(tmp_path / names[1], labels)
    path = tmp_path / names[given_one]
    assert holds_pictures(path)
    own, report = taken(path)
    assert np.array_equal(own.pixels.values[..., 0], pixels)
    assert np.array_equal(own.labels.values, labels)
    assert own.names == tuple("0123456")
    assert report == Report(40, ())
    assert report.sentence == "40 pictures taken"


@pytest.mark.parametrize("given", ["", "train-images-idx3-ubyte", "t10k-labels-idx1-ubyte"])
@pytest.mark.parametrize("end", ["", ".gz"])
def test_idx_files_to_learn_from_and_to_test_on_stay_divided(given: str, end: str, tmp_path: Path) -> None:
    pixels = {"train": random(30, 8, 9), "t10k": random(10, 8, 9, seed=1)}
    for name, values in pixels.items():
        idx(tmp_path / f"{name}-images-idx3-ubyte{end}", values)
        idx(tmp_path / f"{name}-labels-idx1-ubyte{end}", np.arange(len(values), dtype=np.uint8) % 2)
    own, report = taken(tmp_path / f"{given}{end}" if given else tmp_path)
    assert own.form == (8, 9, 1)
    assert report.share == 75
    assert own.file == f"train-images-idx3-ubyte{end} and t10k-images-idx3-ubyte{end}"
    samples = own.samples(0)
    learned = samples.train(report.share / 100)
    assert learned.sum() == 30
    assert np.array_equal(own.pixels.values[learned, :, :, 0], pixels["train"])
    assert np.array_equal(own.pixels.values[~learned, :, :, 0], pixels["t10k"])
    assert set(samples.y[samples.train(0.2)].tolist()) == {0, 1}  # a smaller share takes some of each class


def test_what_is_left_out_does_not_move_the_division(tmp_path: Path) -> None:
    x = np.concatenate([random(6, 9, 9), random(4, 9, 9, seed=1)])
    idx(tmp_path / "train-images", x[:6])
    idx(tmp_path / "train-labels", np.arange(6, dtype=np.uint8) % 3)
    idx(tmp_path / "test-images", x[6:])
    idx(tmp_path / "test-labels", np.arange(4, dtype=np.uint8) % 3)
    own, report = taken(tmp_path / "train-images", how=Cut(side=16))
    assert (report.kept, report.share) == (10, 60)
    assert own.samples(0).train(0.6).tolist() == [True] * 6 + [False] * 4


def test_halves_of_two_forms_are_refused(tmp_path: Path) -> None:
    for name, side in (("train", 8), ("t10k", 9)):
        idx(tmp_path / f"{name}-images", random(4, side, side))
        idx(tmp_path / f"{name}-labels", np.arange(4, dtype=np.uint8) % 2)
    assert "hold pictures of two forms, [4, 8, 8] and [4, 9, 9]; put them into folders" in refused(tmp_path)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda b: b[:-5], "promises 3,136 bytes of numbers but holds only 3,131; get it anew"),
        (lambda b: b + b"x", "but holds more; get it anew"),
        (lambda b: b[:4] + b"\xff\xff\xff\xff" + b[8:], "MB but at most"),
    ],
)
def test_damaged_idx_files_are_refused(damage: Any, said: str, tmp_path: Path) -> None:
    path = idx(tmp_path / "images", random(4, 28, 28))
    idx(tmp_path / "labels", np.zeros(4, np.uint8))
    path.write_bytes(damage(path.read_bytes()))
    assert said in refused(path)


def test_pictures_without_labels_say_what_is_missing(tmp_path: Path) -> None:
    path = idx(tmp_path / "train-images-idx3-ubyte", random(4, 5, 5))
    assert "needs its file of labels beside it" in refused(path)
    idx(tmp_path / "train-labels-idx1-ubyte", np.zeros(3, np.uint8))
    assert "has 4 pictures but 3 labels; give one label for each" in refused(path)


# -- NumPy archives -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("x", "form"),
    [
        (random(12, 10, 11), (10, 11, 1)),
        (random(12, 10, 11, 1), (10, 11, 1)),
        (random(12, 10, 11, 3), (10, 11, 3)),
        (random(12, 3, 10, 11).transpose(0, 1, 2, 3), (10, 11, 3)),
        (random(12, 10, 11) / 255, (10, 11, 1)),
        (random(12, 10, 11).astype(np.int64) * 257, (10, 11, 1)),
    ],
)
def test_archives_of_arrays(x: NDArray[Any], form: tuple[int, int, int], tmp_path: Path) -> None:
    path = tmp_path / "some.npz"
    np.savez(path, x=x, y=np.array(["cat", "dog"] * 6))
    assert holds_pictures(path)
    own, _ = taken(path)
    assert own.form == form
    assert own.names == ("cat", "dog")
    assert np.array_equal(own.labels.values, np.tile([0, 1], 6))
    expected = shades(x)
    expected = expected.transpose(0, 2, 3, 1) if x.ndim == 4 and x.shape[1] == 3 else expected
    assert np.array_equal(own.pixels.values.reshape(expected.shape), expected)


def test_an_archive_that_is_divided_is_joined_and_names_are_taken(tmp_path: Path) -> None:
    path = tmp_path / "mnist.npz"
    np.savez(path, x_train=random(6, 8, 8), y_train=[0, 1, 2] * 2, x_test=random(3, 8, 8), y_test=[0, 1, 2],
             names=["a", "b", "c"])  # fmt: skip
    own, report = taken(path)
    assert own.names == ("a", "b", "c")
    assert len(own.labels) == 9
    assert report.share == pytest.approx(100 * 6 / 9)
    assert own.samples(0).train(report.share / 100).tolist() == [True] * 6 + [False] * 3


def test_a_flat_archive_stays_a_table(tmp_path: Path) -> None:
    np.savez(tmp_path / "table.npz", x=random(9, 4), y=np.arange(9))
    assert not holds_pictures(tmp_path / "table.npz")


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"x": random(4, 8, 8), "y": np.zeros(5)}, "has 4 pictures but 5 labels"),
        ({"x": random(4, 8, 8, 7), "y": np.zeros(4)}, "holds pictures [4, 8, 8, 7] where"),
        ({"x": random(4, 8, 8) - 300.0, "y": np.zeros(4)}, "where 0 to 1, 0 to 255 or 0 to 65535 is expected"),
        ({"x": np.full((4, 8, 8), np.nan), "y": np.zeros(4)}, "its values go from nan to nan"),
        ({"x": random(4, 8, 8), "y": np.array([0, 1, 0.5, 1])}, "are no whole numbers"),
        ({"x": random(4, 8, 8), "y": np.zeros(4)}, "holds only pictures of “0”"),
        ({"x": random(200, 8, 8), "y": np.arange(200)}, "has 200 classes but at most 100"),
        ({"x": random(4, 8, 8)}, "has no array for their classes"),
    ],
)
def test_bad_archives_are_refused(arrays: dict[str, Any], said: str, tmp_path: Path) -> None:
    np.savez(tmp_path / "bad.npz", **arrays)
    assert said in refused(tmp_path / "bad.npz")


# -- folders and files --------------------------------------------------------------------------------------------


def folder(base: Path, sizes: Sequence[tuple[int, int]] = ((30, 40),), colour: bool = True) -> Path:
    """Three classes with four pictures each."""
    for k in range(12):
        rows, columns = sizes[k % len(sizes)]
        pixels = random(rows, columns, 3, seed=k) if colour else random(rows, columns, seed=k)
        written(base / ("ant", "bee", "cat")[k % 3] / f"{k}.png", pixels)
    return base


def test_a_folder_for_each_class(tmp_path: Path) -> None:
    base = folder(tmp_path / "pets")
    (base / "notes.txt").write_text("about them")
    assert holds_pictures(base)
    found = preview_pictures((base,), Cut(side=16, colour=True))
    assert found.counts == (4, 4, 4)
    assert found.sizes == ((30, 40),)
    assert found.samples.shape == (12, 16, 16, 3)
    own, report = load_pictures(found)
    assert own.names == ("ant", "bee", "cat")
    assert own.form == (16, 16, 3)
    assert own.file == "pets"
    assert report == Report(12, (("notes.txt", "no picture"),))
    whole = Image.fromarray(random(30, 40, 3, seed=0))
    middle = whole.resize((16, 16), Image.Resampling.BICUBIC, box=(5, 0, 35, 30))
    assert np.array_equal(own.pixels.values[0], np.asarray(middle))


def test_what_pictures_are_like_is_guessed(tmp_path: Path) -> None:
    ink = np.full((30, 30), 250, np.uint8)
    ink[10:20, 10:20] = 0
    for k in range(4):
        written(tmp_path / f"{'ab'[k % 2]}{k}.png", ink)
    how = preview_pictures((tmp_path,)).how
    assert (how.side, how.colour, how.inverted) == (0, False, True)
    own, _ = taken(tmp_path)
    assert own.names == ("a", "b")
    assert own.pixels.values[0, 15, 15, 0] == 255
    assert own.pixels.values[0, 0, 0, 0] == 5
    large = preview_pictures((folder(tmp_path / "large", ((200, 210),)),)).how
    assert (large.side, large.colour, large.inverted) == (28, True, False)


def test_pictures_of_another_size_are_left_out_where_none_is_scaled(tmp_path: Path) -> None:
    base = folder(tmp_path / "some", ((10, 12), (10, 12), (10, 12), (10, 12), (9, 9)))
    own, report = taken(base, how=Cut(side=0, colour=True))
    assert own.form == (10, 12, 3)
    assert report.sentence == "10 pictures taken; left out: 2 of another size (ant/9.png, bee/4.png)"


@pytest.mark.parametrize(("fit", "left", "right"), [("cut", 200, 200), ("fill", 10, 200), ("stretch", 10, 200)])
def test_what_is_no_square_is_cut_or_filled_or_stretched(fit: Any, left: int, right: int) -> None:
    wide = np.full((8, 24), 200, np.uint8)
    wide[:, :8] = 10
    made = cut(Image.fromarray(wide), Cut(side=8, fit=fit))[:, :, 0]
    assert made[4, 0] == pytest.approx(left, abs=3)
    assert made[4, 5] == pytest.approx(right, abs=3)
    if fit == "fill":
        assert made[0, 7] == 10, "the ground is the colour of the corner"


def test_colour_becomes_grey_and_light_dark() -> None:
    red = np.zeros((4, 4, 3), np.uint8)
    red[..., 0] = 255
    assert cut(Image.fromarray(red), Cut(side=0))[0, 0, 0] == 76  # 0.299 · 255
    assert cut(Image.fromarray(red), Cut(side=0, inverted=True))[0, 0, 0] == 179
    assert cut(Image.fromarray(red[..., 0]), Cut(side=0, colour=True)).shape == (4, 4, 3)
    assert border(np.pad(np.zeros((4, 4), np.uint8), 1, constant_values=255)) == 1


def test_transparent_is_white_and_sixteen_bits_are_eight(tmp_path: Path) -> None:
    clear = np.zeros((6, 6, 4), np.uint8)
    clear[2:4, 2:4, 3] = 255
    pixels = np.asarray(decoding.opened(written(tmp_path / "clear.png", clear)))
    assert pixels[0, 0].tolist() == [255, 255, 255]
    assert pixels[2, 2].tolist() == [0, 0, 0]
    deep = np.full((6, 6), 65535, np.uint16)
    deep[0, 0] = 32768
    pixels = np.asarray(decoding.opened(written(tmp_path / "deep.png", deep)))
    assert (pixels[0, 0], pixels[5, 5]) == (128, 255)


def test_a_picture_lies_as_its_camera_says(tmp_path: Path) -> None:
    image = Image.fromarray(random(6, 9))
    exif = image.getexif()
    exif[0x0112] = 6  # to be turned by 90° clockwise
    image.save(tmp_path / "turned.png", exif=exif)
    assert np.array_equal(np.asarray(decoding.opened(tmp_path / "turned.png")), np.rot90(random(6, 9), -1))


# -- single pictures ----------------------------------------------------------------------------------------------


def test_single_pictures_join_those_there_are(tmp_path: Path) -> None:
    own, _ = taken(folder(tmp_path / "pets"), how=Cut(side=8))
    files = [written(tmp_path / f"{name}.png", random(20, 20)) for name in ("bee_1", "bee_2", "dog_1")]
    more, report = taken(*files, how=Cut(side=8), into=own)
    assert report.kept == 3
    assert more.names == ("ant", "bee", "cat", "dog")
    assert more.labels.values[-3:].tolist() == [1, 1, 3]
    assert np.array_equal(more.pixels.values[:12], own.pixels.values)
    assert np.array_equal(more.keys.values[:12], own.keys.values), "who trained goes on training"
    with pytest.raises(DataError, match="8 × 8 places of grey, these would have 9 × 9 places of grey; make both alike"):
        taken(*files, how=Cut(side=9), into=own)
    assert "holds only pictures of “dog”" in refused(files[2])


@pytest.mark.parametrize(("ground", "thing", "ink"), [(0, 255, True), (255, 0, True), (120, 200, False)])
def test_pictures_on_a_plain_ground_are_ink_and_photographs_are_not(
    ground: int, thing: int, ink: bool, tmp_path: Path
) -> None:
    """Ink on white paper is inverted and then as ink on black; a photograph has grey edges."""
    pixels = np.full((10, 10), ground, np.uint8)
    pixels[3:7, 3:7] = thing
    for name in "ab":
        written(tmp_path / name / "1.png", pixels)
    own, _ = taken(tmp_path)
    assert own.inked is ink
    more, _ = taken(tmp_path, into=own)
    assert more.inked is ink
