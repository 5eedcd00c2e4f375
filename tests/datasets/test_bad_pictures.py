"""Pictures that can't be used: left out, counted and named, or refused in a sentence; nothing in a file ever runs."""

from __future__ import annotations

import pickle
import struct
import warnings
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from engine.datasets.importing import Cut, decoding, holds_pictures
from engine.datasets.importing import pictures as importing_pictures
from engine.errors import LearnscopeError
from tests.datasets.test_importing_pictures import folder, idx, random, refused, taken, written

# -- pickles ------------------------------------------------------------------------------------------------------


class Trap:
    """What runs when it is unpickled."""

    def __reduce__(self) -> Any:
        return (pytest.fail, ("a pickle was opened",))


@pytest.mark.parametrize("name", ["data_batch_1", "test_batch", "digits.pkl", "model.pt", "anything"])
def test_pickles_are_refused_with_a_way_out(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(pickle.dumps(Trap()))
    assert holds_pictures(path)
    said = refused(path)
    assert f"{name} is a pickle, which may run code when it is read, and is not opened; convert it" in said
    assert "numpy.savez(" in said
    assert refused(tmp_path) == said


def test_an_archive_with_objects_is_refused(tmp_path: Path) -> None:
    x = np.empty((4, 2, 2), object)
    x[:] = Trap()
    np.savez(tmp_path / "trap.npz", x=x, y=np.arange(4))
    assert "holds objects where numbers or text are expected" in refused(tmp_path / "trap.npz")


# -- what is left out ---------------------------------------------------------------------------------------------


def bomb(path: Path, side: int = 30_000) -> Path:
    """A PNG of a few hundred bytes whose header promises 900 million places."""
    written(path, np.zeros((2, 2), np.uint8))
    data = bytearray(path.read_bytes())
    data[16:24] = struct.pack(">II", side, side)
    data[29:33] = struct.pack(">I", zlib.crc32(bytes(data[12:29])))
    path.write_bytes(data)
    return path


def test_bombs_broken_and_animated_files_are_left_out_counted_and_named(tmp_path: Path) -> None:
    base = folder(tmp_path / "pets")
    bomb(base / "ant" / "bomb.png")
    bomb(base / "ant" / "large.png", 6000)
    (base / "bee" / "cut.png").write_bytes((base / "bee" / "1.png").read_bytes()[:200])
    (base / "bee" / "words.jpg").write_text("no picture at all")
    (base / "bee" / "none.gif").write_bytes(b"")
    frames = [Image.fromarray(random(8, 8, seed=k)) for k in range(3)]
    frames[0].save(base / "cat" / "moving.gif", save_all=True, append_images=frames[1:])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        own, report = taken(base, how=Cut(side=8))
    assert len(own.labels) == report.kept == 12
    assert dict(report.skipped) == {
        "ant/bomb.png": "more than 32 million places",
        "ant/large.png": "more than 32 million places",
        "bee/cut.png": "broken",
        "bee/words.jpg": "broken",
        "bee/none.gif": "broken",
        "cat/moving.gif": "animated",
    }
    assert report.sentence == (
        "12 pictures taken; left out: 3 broken (bee/cut.png, bee/none.gif, bee/words.jpg), "
        "2 more than 32 million places (ant/bomb.png, ant/large.png), 1 animated (cat/moving.gif)"
    )


def test_a_file_of_too_many_bytes_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = folder(tmp_path / "pets")
    monkeypatch.setattr(decoding, "MOST_FILE", 1 << 20)
    with (base / "ant" / "huge.png").open("wb") as file:
        file.truncate((1 << 20) + 1)
    _, report = taken(base)
    assert report.skipped == (("ant/huge.png", "more than 1 MB"),)


def test_nothing_usable_is_said_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_text("no")
    assert "no picture of a.png can be used (a.png: broken); choose others" in refused(tmp_path / "a.png")
    (tmp_path / "empty").mkdir()
    assert "empty holds no pictures (.png" in refused(tmp_path / "empty")
    assert "is no picture that is known" in refused(
        written(tmp_path / "b.png", random(4, 4)).rename(tmp_path / "b.xyz")
    )


def test_too_many_numbers_are_refused_before_they_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing_pictures, "MOST_NUMBERS", 1000)
    said = refused(folder(tmp_path / "pets"), how=Cut(side=10))
    assert "has 12 pictures of 100 numbers each, but at most 1,000 numbers can be held" in said


# -- whatever bytes there are -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """A good file of each kind, by its name."""
    base = tmp_path_factory.mktemp("good")
    pixels = random(9, 10, 3)
    for suffix in ("png", "jpg", "bmp", "gif", "webp", "tif", "ppm"):
        written(base / f"a.{suffix}", pixels)
    np.savez_compressed(base / "a.npz", x=random(6, 4, 5), y=np.arange(6) % 2)
    idx(base / "images", random(6, 4, 5))
    idx(base / "images.gz", random(6, 4, 5))
    return {path.name: path.read_bytes() for path in base.iterdir()}


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.bmp", "a.gif", "a.webp", "a.tif", "a.ppm", "a.npz", "images",
                                  "images.gz"])  # fmt: skip
@settings(max_examples=60, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_truncated_and_garbled_files_are_read_or_refused_in_a_sentence(
    name: str, data: st.DataObject, good: dict[str, bytes], tmp_path: Path
) -> None:
    whole = bytearray(good[name])
    for _ in range(data.draw(st.integers(0, 6))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / name
    path.write_bytes(whole[: data.draw(st.integers(0, len(whole)))])
    idx(tmp_path / "labels", np.arange(6, dtype=np.uint8) % 2)
    holds_pictures(path)
    other = written(tmp_path / "b.png", random(5, 5))
    try:
        own, report = taken(path, other) if name.startswith("a.") and name != "a.npz" else taken(path)
    except LearnscopeError as error:
        said = str(error)
    else:
        said = report.sentence
        assert report.kept == len(own.labels)
        assert own.pixels.values.shape[1:] == own.form
    assert "\n" not in said
    assert len(said) < 330
