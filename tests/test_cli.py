"""The command line: what it prints for people and for programs, how it fails, and what it never imports."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from app.cli import COMMANDS, main
from app.commands import window
from engine import bench, examples, files, gradcheck, storage
from engine.errors import FileError
from engine.machines import build
from tests.commands import Capture, program, refused, run_json
from tests.sources import ROOT

# --- list ------------------------------------------------------------------------------------------------------------

KINDS = ["layer", "sharing", "activation", "loss", "optimiser", "initialiser", "penalty", "schedule", "regulariser",
         "filter", "dataset", "machine", "record", "diagnosis", "study", "network", "view", "example"]  # fmt: skip


def test_list_is_an_object_of_kinds(capsys: Capture) -> None:
    tree = run_json(capsys, "list")
    assert list(tree)[: len(KINDS)] == KINDS
    for kind, entries in tree.items():
        for entry in entries:
            assert set(entry) == {"key", "title", "help", "fields"}, kind
            assert entry["title"]
            assert entry["help"]
            for field in entry["fields"]:
                assert set(field) == {"name", "type", "default", "range", "unit", "help"}
    adam = next(e for e in tree["optimiser"] if e["key"] == "adam")
    assert adam["fields"][0]["name"] == "rate"
    assert {e["key"] for e in tree["example"]} == set(examples.names())


def test_list_of_one_kind(capsys: Capture) -> None:
    assert list(run_json(capsys, "list", "penalty")) == ["penalty"]
    assert main(["list", "penalty"]) == 0
    said = capsys.readouterr().out
    assert "L2: " in said
    assert "rate = 0.001" in said


def test_list_of_an_unknown_kind(capsys: Capture) -> None:
    assert refused(capsys, "list", "layers") == "learnscope: there is no kind “layers”; did you mean “layer”?"


def test_a_ready_network_is_made_for_the_data_and_then_changed(capsys: Capture) -> None:
    words = ("--net", "small-vgg", "--set", "data.source=letters", "--set", "model.layers.0.units=5")
    layers = run_json(capsys, "show", "digits", *words)["model"]["layers"]
    assert [x["id"] for x in layers if x["kind"] == "pooling"] == ["pool1", "pool2", "pool3"], "28, 14, 7, 3"
    assert (layers[0]["units"], layers[-1]["units"]) == (5, 26)
    assert "did you mean “lenet-5”" in refused(capsys, "train", "digits", "--net", "lenet5")
    assert "reads pictures" in refused(capsys, "train", "spiral", "--net", "lenet-5")


@pytest.mark.parametrize("words", [("list",), ("show", "spiral"), ("--help",), ("train", "--help")])
def test_looking_needs_neither_the_compiler_nor_the_window(words: tuple[str, ...]) -> None:
    code = (
        "import sys, contextlib, io\n"
        "from app.cli import main\n"
        "with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):\n"
        f"    main({list(words)!r})\n"
        "heavy = [m for m in ('numba', 'llvmlite', 'PySide6', 'pyqtgraph') if m in sys.modules]\n"
        "print(*heavy)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("", "")


# --- show and --set --------------------------------------------------------------------------------------------------


def test_show_gives_an_experiment_that_opens_again(capsys: Capture, tmp_path: Path) -> None:
    assert main(["show", "xor"]) == 0
    path = tmp_path / "mine.json"
    path.write_text(capsys.readouterr().out, encoding="utf-8")
    assert examples.find(str(path)).experiment == examples.load("xor")


def test_set_changes_values_by_their_paths(capsys: Capture) -> None:
    tree = run_json(
        capsys,
        *("show", "spiral", "--seed", "7", "--set", "training.optimiser.rate=0.5"),
        *("--set", "model.layers.0.units=3", "--set", "training.penalty=l1", "--set", "name=mine"),
    )
    assert tree["training"]["optimiser"]["rate"] == 0.5
    assert tree["model"]["layers"][0]["units"] == 3
    assert tree["training"]["penalty"]["kind"] == "l1"
    assert tree["name"] == "mine"
    assert tree["seeds"] == {"data": 7, "weights": 7, "training": 7}


def test_set_makes_the_rest_follow(capsys: Capture) -> None:
    tree = run_json(capsys, "show", "spiral", "--set", "data.source=blobs")
    assert tree["model"]["layers"][-1]["units"] == 3
    assert tree["training"]["loss"]["kind"] == "cross-entropy"


def test_an_address_of_the_playground_is_an_experiment(capsys: Capture) -> None:
    tree = run_json(capsys, "show", "https://playground.tensorflow.org/#dataset=xor&networkShape=3,2&seed=0.5")
    assert tree["data"]["source"]["kind"] == "xor"
    assert [layer["units"] for layer in tree["model"]["layers"]] == [3, 2, 1]


def test_show_of_one_value(capsys: Capture) -> None:
    assert run_json(capsys, "show", "spiral", "--path", "training.batch") == 10


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ("training.optimizer.rate=1", "did you mean “training.optimiser”"),
        ("training.optimiser.rate=-1", "training.optimiser.rate"),
        ("training.optimiser.rate=fast", "training.optimiser.rate"),
        ("model.layers.9.units=1", "model.layers"),
        ("data.share=1e999", "share"),
        ("seeds.data=-5", "seeds.data"),
        ("rate", "path=value"),
    ],
)
def test_a_wrong_setting_is_refused(capsys: Capture, setting: str, sentence: str) -> None:
    assert sentence in refused(capsys, "show", "spiral", "--set", setting)


def test_what_is_not_there_is_named(capsys: Capture, tmp_path: Path) -> None:
    assert "did you mean “spiral”" in refused(capsys, "show", "spirl")
    assert "“none.learn” can't be read" in refused(capsys, "train", str(tmp_path / "none.learn"), "--epochs", "1")
    (tmp_path / "bad.learn").write_bytes(b"PK\x03\x04")
    assert "“bad.learn” can't be opened" in refused(capsys, "show", str(tmp_path / "bad.learn"))
    assert "“bad.learn” can't be opened" in refused(capsys, str(tmp_path / "bad.learn"))


# --- check and bench -------------------------------------------------------------------------------------------------


def test_check_checks_every_layer_activation_loss_and_optimiser(capsys: Capture) -> None:
    result = run_json(capsys, "check")
    assert result["passed"] is True
    found = {(c["kind"], c["key"]) for c in result["checks"]}
    tree = run_json(capsys, "list")
    for kind in ("layer", "activation", "loss", "optimiser"):
        wanted = {(kind, e["key"]) for e in tree[kind] if e["key"] not in result["unchecked"]}
        assert wanted <= found
    assert set(result["unchecked"]) == {"madaline", "stochastic", "winner", "zero-one", "oja", "k-means"}
    assert all(c["error"] <= c["limit"] for c in result["checks"])


def test_a_check_that_fails_is_an_error(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = gradcheck.Check("loss", "x", "an invented loss", 0.5, 1e-6)
    monkeypatch.setattr(gradcheck, "gradient_checks", lambda: iter([wrong]))
    assert main(["check"]) == 2
    assert "failed: an invented loss" in capsys.readouterr().err


def test_bench_of_the_networks(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    net = {"net": "2-8-8-1", "steps_per_second": 1e6, "numpy_steps_per_second": 2e4, "ratio": 50.0}
    more = {"samples_per_second": 1e7, "share_of_peak": 0.2, "gradient_error": 1e-7}
    monkeypatch.setattr(bench, "measure", lambda: {"peak_flops": 1e11, "nets": [{**net, **more}]})
    result = run_json(capsys, "bench", "--only", "nets")
    assert (result["nets"][0]["ratio"], result["nets"][0]["share_of_peak"]) == (50.0, 0.2)
    assert result["peak_flops"] == 1e11


def test_bench_tells_how_fast_each_convolution_multiplies(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    row = {"layer": "28x28x16, 3x3 depthwise", "flops": 4.12e10, "share_of_plain": 0.543}
    monkeypatch.setattr(bench, "measure", lambda: {"convolutions": [row]})
    assert main(["bench", "--only", "nets"]) == 0
    assert " ".join(capsys.readouterr().out.split()) == "28x28x16, 3x3 depthwise 41.2 GFLOP/s 54% of the plain one"


# --- train -----------------------------------------------------------------------------------------------------------


def test_train_by_epochs_says_how_it_went(capsys: Capture) -> None:
    assert main(["train", "xor", "--epochs", "20", "--json"]) == 0
    said = capsys.readouterr()
    result = json.loads(said.out)
    assert list(result) == [
        "epoch", "step", "samples", "seconds", "samples_per_second", "train", "test", "diverged", "findings",
    ]  # fmt: skip
    assert result["findings"] == []
    assert (result["epoch"], result["step"], result["samples"]) == (20, 500, 5000)
    assert result["train"].keys() == result["test"].keys() == {"loss", "accuracy"}
    assert 0 <= result["test"]["accuracy"] <= 1
    assert result["diverged"] is False
    assert "100%" in said.err


def test_train_is_the_same_each_time_and_another_with_another_seed(capsys: Capture) -> None:
    def loss(seed: str) -> float:
        return float(run_json(capsys, "train", "moons", "--epochs", "5", "--seed", seed)["train"]["loss"])

    assert loss("1") == loss("1") != loss("2")


def test_train_where_accuracy_has_no_meaning(capsys: Capture) -> None:
    result = run_json(capsys, "train", "sine", "--epochs", "2")
    assert result["train"]["accuracy"] is None
    assert result["test"]["accuracy"] is None


def test_train_without_test_samples(capsys: Capture) -> None:
    assert run_json(capsys, "train", "and-gate", "--epochs", "2")["test"] == {"loss": None, "accuracy": None}


def test_train_that_diverges_says_so(capsys: Capture) -> None:
    assert main(["train", "too-fast", "--epochs", "50", "--json"]) == 0
    said = capsys.readouterr()
    result = json.loads(said.out)
    assert result["diverged"] is True
    assert "out" in said.err
    assert [f["diagnosis"] for f in result["findings"]] == ["unstable-rate"]
    assert "What helps: Start again with a rate of" in said.err


def test_train_saves_and_goes_on_exactly(capsys: Capture, tmp_path: Path) -> None:
    half, whole, again = (str(tmp_path / f"{name}.learn") for name in ("half", "whole", "again"))
    run_json(capsys, "train", "circle", "--epochs", "7", "--out", half)
    assert run_json(capsys, "train", half, "--epochs", "6", "--out", again)["epoch"] == 13
    run_json(capsys, "train", "circle", "--epochs", "13", "--out", whole)
    assert Path(again).read_bytes() == Path(whole).read_bytes()


def test_a_changed_rate_keeps_the_run_and_a_seed_begins_it_again(capsys: Capture, tmp_path: Path) -> None:
    out = str(tmp_path / "a.learn")
    run_json(capsys, "train", "circle", "--epochs", "5", "--out", out)
    edit = ("--set", "training.optimiser.rate=0.001")
    assert run_json(capsys, "train", out, "--epochs", "5", *edit)["epoch"] == 10
    assert run_json(capsys, "train", out, "--epochs", "5", "--seed", "3")["epoch"] == 5


def test_train_by_seconds_counts_the_start_of_the_program() -> None:
    build(examples.load("gauss"))  # so that nothing is left to compile
    start = time.perf_counter()
    done = program("train", "gauss", "--seconds", "8", "--json")
    took = time.perf_counter() - start
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert 8.0 <= result["seconds"] <= took + 0.1
    assert result["samples"] > 0


def test_train_into_no_folder_is_refused_before_it_trains(capsys: Capture, tmp_path: Path) -> None:
    assert "no folder" in refused(capsys, "train", "xor", "--out", str(tmp_path / "no" / "a.learn"))


@pytest.mark.parametrize(
    "words",
    [
        ("train",),
        ("train", "xor", "--epochs", "-3"),
        ("train", "xor", "--epochs", "1", "--seconds", "1"),
        ("train", "xor", "--seconds", "nan"),
        ("train", "xor", "--frobnicate"),
        ("shot", "xor", "a.png", "--size", "huge"),
        ("shot", "xor", "a.png", "--theme", "pink"),
        ("one.learn", "two.learn"),
    ],
)
def test_wrong_arguments_are_one_sentence(capsys: Capture, words: tuple[str, ...]) -> None:
    assert "--help" in refused(capsys, *words)


@pytest.mark.parametrize("command", [*COMMANDS, ""])
def test_every_command_has_help(capsys: Capture, command: str) -> None:
    with pytest.raises(SystemExit) as end:
        main([*([command] if command else []), "--help"])
    assert end.value.code == 0
    assert "usage: learnscope" in capsys.readouterr().out


# --- the window ------------------------------------------------------------------------------------------------------


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Any]:
    """Stand in for the drawing of the window; what was asked of it."""
    asked: list[Any] = []

    def shoot(document: Any, out: Path, *rest: Any) -> None:
        asked.append((document, *rest))
        out.write_bytes(b"picture")

    monkeypatch.setitem(sys.modules, "app.shot", SimpleNamespace(shoot=shoot))
    monkeypatch.chdir(tmp_path)
    return asked


def test_without_a_display_it_says_so_trains_and_draws(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch, drawn: list[Any], tmp_path: Path
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.setenv(name, "")
    monkeypatch.setattr(window, "SECONDS", 0.5)
    monkeypatch.setattr(sys, "platform", "linux")
    assert main([]) == 0
    said = capsys.readouterr()
    assert "no display" in said.err
    assert "100%" in said.err
    assert '"epoch"' in said.out
    assert str(tmp_path / window.PICTURE) in said.out
    assert "python main.py" in said.out
    assert (tmp_path / window.PICTURE).exists()
    (document, *_), *_ = drawn
    assert document.state is not None
    assert document.experiment == examples.load(examples.DEFAULT)


def test_where_nothing_may_be_written_the_picture_goes_elsewhere(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def forbidden(path: Path) -> None:
        raise FileError(f"“{path.name}” can't be saved here")

    monkeypatch.setattr(storage, "check_place", forbidden)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    place = window._place()
    assert place.parent == tmp_path
    assert f"The picture goes to {place} instead" in capsys.readouterr().err


def test_shot_hands_over_what_was_asked(capsys: Capture, drawn: list[Any]) -> None:
    words = ("shot", "xor", "a.png", "--epochs", "3", "--size", "1280x720", "--theme", "dark", "--text", "150",
             "--view", "roc")  # fmt: skip
    assert run_json(capsys, *words) == {"picture": "a.png", "width": 1280, "height": 720}
    assert drawn[0][1:] == (3, (1280, 720), "dark", 150, "roc")


def test_a_closed_pipe_is_no_error() -> None:
    reader = f'"{sys.executable}" main.py list | head -1'
    done = subprocess.run(["sh", "-c", reader], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stderr == ""


def test_a_mistake_of_ours_shows_no_traceback(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "to_json", lambda experiment: 1 / 0)
    assert "mistake in Learnscope (ZeroDivisionError" in refused(capsys, "show", "xor")


def test_train_with_patience_takes_back_the_best_weights(capsys: Capture, tmp_path: Path) -> None:
    out = str(tmp_path / "best.learn")
    assert main(["train", "overfitting", "--epochs", "3000", "--patience", "8", "--best", "--out", out, "--json"]) == 0
    said = capsys.readouterr()
    assert "the weights are those of epoch" in said.err
    result = json.loads(said.out)
    assert result["epoch"] < 3000
    on = run_json(capsys, "train", out, "--epochs", "1")
    assert on["epoch"] == result["epoch"] + 1
    assert "give --patience N with it" in refused(capsys, "train", "overfitting", "--best")


def test_a_study_prints_every_value_with_its_spread(capsys: Capture) -> None:
    asked = ("study", "width", "xor", "--values", "1,4", "--repetitions", "2", "--epochs", "3")
    result = run_json(capsys, *asked)
    assert result["study"]["values"] == [1, 4]
    assert [p["value"] for p in result["points"]] == [1, 4]
    assert result["points"][1]["test_error"]["deviation"] is not None
    parts = result["points"][0]["parts"]
    assert parts["total"] == pytest.approx(parts["bias"] + parts["variance"])
    assert main(list(asked)) == 0
    head, *rows = capsys.readouterr().out.splitlines()
    assert head.split("  ")[-2:] == ["bias² + noise", "variance"]
    assert [row.split()[0] for row in rows] == ["1", "4"]
    assert "±" in rows[0]


def test_folds_are_printed_one_by_one_and_together(capsys: Capture) -> None:
    result = run_json(capsys, "study", "folds", "xor", "--values", "3", "--epochs", "5")
    losses = [fold["test_loss"]["mean"] for fold in result["points"]]
    assert len(losses) == 3
    assert result["pooled"]["test_loss"]["mean"] == pytest.approx(sum(losses) / 3)
    assert main(["study", "folds", "plane", "--values", "2", "--epochs", "3"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in said] == ["fold", "1", "2", "all"]
    assert "±" in said[-1]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("folds", "xor", "--values", "100000"), "choose from 2 to"),
        (("wide", "xor"), "there is no study called “wide”; did you mean “width”"),
        (("width", "xor", "--values", "0"), "0 can't be tried as numbers of neurons; choose from 1 to"),
        (("width", "xor", "--values", "many"), "“many” can't be tried as numbers of neurons"),
        (("width", "xor", "--repetitions", "1000"), "width.repetitions"),
        (("samples", "and-gate"), "a study needs test samples and there are none; lower the train share"),
    ],
)
def test_a_study_that_cannot_be_is_refused(capsys: Capture, words: tuple[str, ...], sentence: str) -> None:
    assert sentence in refused(capsys, "study", *words)
