"""The trace on the command line: printed, as JSON, as a file."""

from __future__ import annotations

from pathlib import Path

from app.cli import main
from tests.commands import Capture, refused, run_json


def test_a_trace_is_printed_and_written(capsys: Capture, tmp_path: Path) -> None:
    asked = ("trace", "and-gate", "--rows", "3", "--unit", "sample")
    result = run_json(capsys, *asked)
    assert result["columns"][:4] == ["sample", "row", "x1", "x2"]
    assert [row[0] for row in result["rows"]] == [0, 1, 2]
    assert main(list(asked)) == 0
    head, *printed = capsys.readouterr().out.splitlines()
    out = tmp_path / "and.csv"
    assert main([*asked, "--csv", str(out)]) == 0
    names, *written = out.read_text("utf-8").splitlines()
    assert names.split(",") == result["columns"]
    assert head.startswith("sample  row")
    assert [line.split(",") for line in written] == [line.split() for line in printed]
    assert [float(word) for word in written[1].split(",")] == result["rows"][1]


def test_what_is_not_exact_is_refused(capsys: Capture) -> None:
    assert "choose float32" in refused(capsys, "trace", "and-gate", "--exact")
