"""The .learn file: what is saved comes back bit for bit, old versions open, everything else is refused."""

from __future__ import annotations

import io
import os
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import save as save_tensors

from engine import archive, files, storage, upgrades
from engine.arrays import Array
from engine.errors import FileError
from engine.experiment import Experiment
from engine.files import Document
from engine.machines import State, build
from tests.files.samples import BUSY, PLAIN
from tests.strategies import documents

HERE = Path(__file__).parent


@settings(max_examples=200)
@given(documents())
def test_whatever_is_saved_comes_back_and_equal_documents_are_equal_bytes(
    document: tuple[Experiment, State | None],
) -> None:
    data = files.dumps(*document)
    again = files.loads(data)
    assert again == document
    assert files.dumps(*again) == data


@settings(max_examples=50)
@given(documents())
def test_an_experiment_survives_json(document: tuple[Experiment, State | None]) -> None:
    experiment = document[0]
    if b"sha256:" not in files.to_json(experiment):
        assert files.from_json(files.to_json(experiment)) == experiment


def test_arrays_come_back_with_their_bits() -> None:
    odd = np.array([np.nan, -0.0, np.inf, 5e-324])
    odd.view(np.uint64)[0] |= 77  # a not-a-number with a message of its own
    state = State(numbers=(), counters={}, arrays={"odd": Array(odd), "none": Array(np.zeros((0, 3), "u1"))})
    again = files.loads(files.dumps(PLAIN.experiment, state)).state
    assert again is not None
    assert again.arrays["odd"].values.tobytes() == odd.tobytes()
    assert again.arrays["none"].values.shape == (0, 3)
    assert not again.arrays["odd"].values.flags.writeable


def test_every_zip_program_can_read_it() -> None:
    with zipfile.ZipFile(io.BytesIO(files.dumps(*BUSY))) as archived:
        assert archived.testzip() is None
        names = archived.namelist()
        assert names == [
            "manifest.json",
            "experiment.json",
            "experiment.safetensors",
            "run.json",
            "run.safetensors",
        ]
        assert msgspec.json.decode(archived.read("manifest.json"))["format"] == "learnscope"
        assert archived.getinfo("manifest.json").date_time == (1980, 1, 1, 0, 0, 0)


def holds(now: Any, then: Any) -> bool:
    """Whether everything said then is said now; a declaration may have more fields since, at their defaults."""
    if isinstance(then, dict):
        return isinstance(now, dict) and all(key in now and holds(now[key], value) for key, value in then.items())
    if isinstance(then, list):
        return len(now) == len(then) and all(holds(a, b) for a, b in zip(now, then, strict=True))
    return bool(now == then)


def test_the_file_of_version_1_opens_for_ever_and_its_run_goes_on() -> None:
    """It was saved in the middle of an epoch; ten epochs later its losses are those it had when it was made."""
    document, later = files.load(HERE / "v1.learn"), msgspec.json.decode((HERE / "v1-later.json").read_bytes())
    assert document.state is not None
    then = msgspec.json.decode((HERE / "v1.json").read_bytes())
    assert holds(msgspec.json.decode(files.to_json(document.experiment)), then)
    machine = build(document.experiment)
    machine.restore(document.state)
    assert (machine.position.epoch, machine.position.sample) == (4, 1)
    machine.advance("epoch", 10, 60.0)
    train, test = machine.scores()
    assert (machine.position.epoch, machine.position.step) == (later["epoch"], later["step"])
    assert (train.loss, test.loss) == pytest.approx((later["train"], later["test"]), rel=1e-3)


def test_upgrades_run_one_after_the_other() -> None:
    """Two invented changes: version 2 renamed the dataset's number, version 3 dropped a field."""

    def to_2(content: upgrades.Content) -> upgrades.Content:
        tree = dict(content.experiment)
        tree["points"] = tree.pop("number")
        return content._replace(experiment=tree)

    def to_3(content: upgrades.Content) -> upgrades.Content:
        return content._replace(experiment={k: v for k, v in content.experiment.items() if k != "colour"})

    old = upgrades.Content({"number": 500, "colour": "red"}, None, {})
    assert upgrades.upgrade(old, 1, {1: to_2, 2: to_3}, newest=3).experiment == {"points": 500}
    assert upgrades.upgrade(old, 3, {1: to_2, 2: to_3}, newest=3) is old


def test_an_old_version_is_upgraded_on_opening(monkeypatch: pytest.MonkeyPatch) -> None:
    old = files.dumps(*PLAIN)
    monkeypatch.setattr(files, "VERSION", 2)
    monkeypatch.setattr(upgrades, "VERSION", 2)

    def to_2(content: upgrades.Content) -> upgrades.Content:
        return content._replace(experiment={**content.experiment, "name": "upgraded"})

    monkeypatch.setattr(files, "upgrade", lambda content, version: upgrades.upgrade(content, version, {1: to_2}, 2))
    assert files.loads(old).experiment.name == "upgraded"


def test_there_is_an_upgrade_and_an_old_file_for_every_version_before() -> None:
    for version in range(1, upgrades.VERSION):
        assert version in upgrades.UPGRADES
    for version in range(1, upgrades.VERSION + 1):
        assert (HERE / f"v{version}.learn").exists()


def test_a_newer_version_says_so_even_with_members_nobody_knows() -> None:
    manifest = {"format": "learnscope", "version": 7, "members": {"video.bin": "?"}, "more": [1]}
    newer = archive.pack({"manifest.json": msgspec.json.encode(manifest), "video.bin": b"..."})
    with pytest.raises(FileError, match=r"“holiday\.learn” .*newer version of Learnscope \(format 7.* update"):
        files.loads(newer, "holiday.learn")


def test_what_cannot_be_opened_again_is_never_written(tmp_path: Path) -> None:
    broken = msgspec.structs.replace(
        PLAIN.experiment, data=msgspec.structs.replace(PLAIN.experiment.data, share=float("nan"))
    )
    with pytest.raises(FileError, match="not saved"):
        files.save(tmp_path / "a.learn", broken)
    assert list(tmp_path.iterdir()) == []


# --- what is refused -------------------------------------------------------------------------------------------------


def members_of(document: Document) -> dict[str, bytes]:
    return {name: bytes(data) for name, data in archive.unpack(files.dumps(*document)).items()}


def sealed(members: dict[str, bytes], version: int = 1) -> bytes:
    """Pack members with digests that agree: what only somebody who means it can make."""
    rest = {name: data for name, data in members.items() if name != "manifest.json"}
    manifest = {"format": "learnscope", "version": version, "members": {n: files._sha256(d) for n, d in rest.items()}}
    return archive.pack({"manifest.json": msgspec.json.encode(manifest), **rest})


def zipped(*names: str) -> bytes:
    """A zip as any other program makes it."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive_:
        for name in names:
            archive_.writestr(name, "x")
    return data.getvalue()


LAYERS = b'[{"kind":"output","id":"out","units":1,"activation":{"kind":"sigmoid"}}]'

REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "another zip": (lambda: zipped("a.txt"), "this zip holds “a.txt”, not an experiment"),
    "empty": (lambda: b"", "not a .learn file"),
    "another format": (lambda: b"\x89PNG" + bytes(100), "not a .learn file"),
    "bytes before": (lambda: b"#!" + files.dumps(*PLAIN), "not a .learn file"),
    "bytes behind": (lambda: files.dumps(*PLAIN) + b"\0", "directory"),
    "bytes between": (lambda: files.dumps(*PLAIN).replace(b"PK\x01\x02", b"..PK\x01\x02", 1), "directory"),
    "cut": (lambda: files.dumps(*BUSY)[:20], "cut off"),
    "no experiment": (lambda: sealed({}), "experiment.json is missing"),
    "extra member": (lambda: sealed({**members_of(PLAIN), "run.sh": b"rm -rf /"}), "nothing else"),
    "folder": (lambda: sealed({"../experiment.json": members_of(PLAIN)["experiment.json"]}), "nothing else"),
    "wrong order": (lambda: sealed(dict(reversed(members_of(BUSY).items()))), "nothing else"),
    "not listed": (
        lambda: archive.pack({**members_of(PLAIN), "run.json": b"{}"}),
        "does not list the members",
    ),
    "changed": (
        lambda: archive.pack({**members_of(PLAIN), "experiment.json": members_of(PLAIN)["experiment.json"] + b" "}),
        "experiment.json: its contents were changed",
    ),
    "foreign format": (
        lambda: archive.pack({"manifest.json": b'{"format":"other","version":1,"members":{}}'}),
        "the format is “other”",
    ),
    "version 0": (lambda: sealed(members_of(PLAIN), version=0), "no version 0"),
    "no manifest": (lambda: archive.pack({"experiment.json": b"{}"}), "manifest.json is missing"),
    "manifest not JSON": (lambda: archive.pack({"manifest.json": b"{"}), "manifest.json: "),
    "manifest too large": (lambda: archive.pack({"manifest.json": b" " * 70_000}), "more than the 65536"),
    "not JSON": (lambda: sealed({"experiment.json": b"\x80\x04K\x01."}), "experiment.json: "),
    "deep JSON": (lambda: sealed({"experiment.json": b"[" * 100_000}), "experiment.json: "),
    "not a number": (lambda: _edited(b'"share":50.0', b'"share":1e999'), "experiment.json: "),
    "out of range": (lambda: _edited(b'"share":50.0', b'"share":5000.0'), "data.share"),
    "unknown field": (lambda: _edited(b'"share":', b'"shame":'), "a field “shame” that does not belong there"),
    "unknown kind": (lambda: _edited(b'"kind":"adam"', b'"kind":"os.system"'), "os.system"),
    "unknown machine": (lambda: _edited(b'"machine":"supervised"', b'"machine":"supervisor"'), "supervised"),
    "unknown network": (
        lambda: _edited(b'"frozen":[],"networks":{}', b'"frozen":[],"networks":{"critic":{"layers":' + LAYERS + b"}}"),
        "no network “critic”",
    ),
    "no arrays": (lambda: sealed({"experiment.json": members_of(BUSY)["experiment.json"]}), "missing from the file"),
    "arrays nobody names": (
        lambda: sealed(
            {
                "experiment.json": members_of(PLAIN)["experiment.json"],
                "experiment.safetensors": members_of(BUSY)["experiment.safetensors"],
            }
        ),
        "nothing in it refers to",
    ),
    "not arrays": (lambda: sealed({**members_of(PLAIN), "experiment.safetensors": b"x" * 50}), "safetensors: "),
    "arrays under other names": (
        lambda: sealed({**members_of(PLAIN), "experiment.safetensors": save_tensors({"abc": np.zeros(2, "f4")})}),
        "not what its name says",
    ),
    "arrays of another type": (
        lambda: sealed({**members_of(PLAIN), "experiment.safetensors": save_tensors({"abc": np.zeros(2, "f2")})}),
        "an array of F16",
    ),
    "run of another shape": (lambda: sealed({**members_of(PLAIN), "run.json": b'{"numbers":3}'}), "run.json: "),
}


def _edited(old: bytes, new: bytes) -> bytes:
    text = members_of(PLAIN)["experiment.json"]
    assert old in text
    return sealed({"experiment.json": text.replace(old, new)})


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case: str) -> None:
    make, why = REFUSED[case]
    with pytest.raises(FileError) as refusal:
        files.loads(make(), "lesson.learn")
    assert str(refusal.value).startswith("“lesson.learn” can't be opened: ")
    assert why in str(refusal.value)


def test_another_spelling_of_the_same_zip_is_refused() -> None:
    rewritten = io.BytesIO()
    with zipfile.ZipFile(rewritten, "w", zipfile.ZIP_DEFLATED) as archived:
        for name, data in members_of(PLAIN).items():
            archived.writestr(name, data)
    with pytest.raises(FileError):
        files.loads(rewritten.getvalue())


def test_a_member_cannot_be_there_twice() -> None:
    one = archive._local(b"manifest.json", 0, 0)
    twice = one + one + archive._directory([(b"manifest.json", 0, 0)] * 2)
    with pytest.raises(FileError, match="twice"):
        archive.unpack(twice)


@given(st.dictionaries(st.text("abc./", min_size=1, max_size=9), st.binary(max_size=40), min_size=1, max_size=5))
def test_the_container_gives_back_what_it_took(members: dict[str, bytes]) -> None:
    assert {name: bytes(data) for name, data in archive.unpack(archive.pack(members)).items()} == members


# --- on disk ---------------------------------------------------------------------------------------------------------


def test_save_and_load(tmp_path: Path) -> None:
    path = tmp_path / "ein Versuch α.learn"
    files.save(path, *BUSY)
    assert files.load(path) == BUSY
    files.save(path, *PLAIN)
    assert files.load(path) == PLAIN
    assert list(tmp_path.iterdir()) == [path]


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"“none\.learn” can't be read from .*: no such file"):
        files.load(tmp_path / "none.learn")
    with pytest.raises(FileError, match="directory"):
        files.load(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.learn")
    with pytest.raises(FileError, match="not an ordinary file"):
        files.load(tmp_path / "pipe.learn")


def test_a_file_beyond_the_limit_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(bytes(101))
    with pytest.raises(FileError, match="101 bytes, more than the 100"):
        storage.read(tmp_path / "large", 100)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.learn"
    files.save(path, *PLAIN)

    def full(**where: object) -> tuple[int, str]:
        name = str(tmp_path / "temporary")
        Path(name).touch()
        return os.open("/dev/full", os.O_WRONLY), name

    monkeypatch.setattr("tempfile.mkstemp", full)
    with pytest.raises(FileError, match=r"“a\.learn” can't be saved in .*: no space left.*nothing was changed"):
        files.save(path, *BUSY)
    assert files.load(path) == PLAIN
    assert list(tmp_path.iterdir()) == [path]


def test_bytes_that_did_not_arrive_are_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.learn"
    files.save(path, *PLAIN)
    real = os.fstat

    def short(handle: int) -> os.stat_result:
        status = list(real(handle))
        status[stat.ST_SIZE] -= 1
        return os.stat_result(status)

    monkeypatch.setattr("engine.storage.os.fstat", short)
    with pytest.raises(FileError, match="bytes were written"):
        files.save(path, *BUSY)
    monkeypatch.undo()
    assert files.load(path) == PLAIN


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="no such file"):
        files.save(tmp_path / "nowhere" / "a.learn", *PLAIN)


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_links_and_permissions_are_kept(tmp_path: Path) -> None:
    real, link = tmp_path / "real.learn", tmp_path / "link.learn"
    files.save(real, *PLAIN)
    assert stat.S_IMODE(real.stat().st_mode) & 0o600 == 0o600
    real.chmod(0o640)
    link.symlink_to(real)
    files.save(link, *BUSY)
    assert link.is_symlink()
    assert files.load(real) == BUSY
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
