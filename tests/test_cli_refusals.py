"""What the command line refuses: it names the thing, the value, what was expected, what to do."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.cli import main
from engine import examples, files
from tests.commands import Capture, refused, run_json

BAD_SETTINGS = {
    "model.layers.1.units=1e9": "a whole number <= 4096 is expected",
    "model.layers.1.units=abc": "a whole number is expected",
    "machine=rbm": "there is no machine called “rbm”",
    'data.features=["x3"]': "the data has no input “x3”; did you mean",
    "training.loss=cross-entropy": "does not serve this data (two classes)",
    'data.plane=["x1"]': "name two columns",
    "training.optimiser.rate": "is not of the form path=value",
    "=5": "is not of the form path=value",
    "data.source=points": "has no points to learn from",
}


@pytest.mark.parametrize("setting", BAD_SETTINGS)
def test_a_setting_that_cannot_be_is_refused(capsys: Capture, setting: str) -> None:
    assert BAD_SETTINGS[setting] in refused(capsys, "train", "spiral", "--epochs", "1", "--set", setting)


def test_a_setting_is_read_as_what_stands_there(capsys: Capture) -> None:
    tree = run_json(capsys, "show", "spiral", "--set", "name=7", "--set", "training.batch=1e2")
    assert (tree["name"], tree["training"]["batch"]) == ("7", 100)


@pytest.mark.parametrize("flag", ["--seed=-1", "--seed=x", "--seed=1.5", "--seed=99999999999", "--epochs=-1"])
def test_a_number_that_cannot_be_says_what_can(capsys: Capture, flag: str) -> None:
    with pytest.raises(SystemExit) as left:
        main(["train", "xor", flag])
    assert left.value.code == 2
    assert f"“{flag.partition('=')[2]}” can't be a" in (said := capsys.readouterr().err)
    assert "give a whole number" in said


def test_a_place_that_cannot_be_written_is_refused_before_the_run(capsys: Capture, tmp_path: Path) -> None:
    for place, why in (("", "is a folder"), (str(tmp_path), "is a folder"), (str(tmp_path / "no" / "a"), "no folder")):
        assert why in refused(capsys, "train", "xor", "--seconds", "100", "--out", place)
        assert why in refused(capsys, "shot", "xor", place)


def test_a_command_misspelt_is_named(capsys: Capture) -> None:
    assert "did you mean “list”" in refused(capsys, "lst")
    assert "did you mean “spiral”" in refused(capsys, "spirl")


def _optimiser(tree: Any) -> None:
    tree["training"]["optimiser"]["kind"] = "adma"


def _layer(tree: Any) -> None:
    tree["model"]["layers"][0]["kind"] = "qqqq"


def _loss(tree: Any) -> None:
    del tree["training"]["loss"]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_optimiser, "training.optimiser.kind is “adma”, which is not known; did you mean “adam”?"),
        (_layer, "model.layers.0.kind is “qqqq”, which is not known; choose one that is"),
        (_loss, "training lacks the field “loss”; add it"),
    ],
)
def test_json_that_is_no_experiment_says_where(
    capsys: Capture, tmp_path: Path, spoil: Callable[[Any], None], said: str
) -> None:
    tree = json.loads(files.to_json(examples.load("spiral")))
    spoil(tree)
    (tmp_path / "a.json").write_text(json.dumps(tree))
    assert f"“a.json” can't be opened: {said}" in refused(capsys, "show", str(tmp_path / "a.json"))


def test_what_is_no_experiment_at_all(capsys: Capture, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{")
    assert "this is not JSON (input data was truncated)" in refused(capsys, "show", str(tmp_path / "a.json"))
    assert "only those of TensorFlow Playground" in refused(capsys, "show", "https://example.com/a")
    assert "is a directory; choose another file" in refused(capsys, "show", str(tmp_path))
    assert "“.” can't be read" in refused(capsys, "show", "")
