"""Running commands as tests do: inside this process for what they print, as a program for how they end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from app.cli import main
from tests.sources import ROOT

Capture = pytest.CaptureFixture[str]


def run_json(capsys: Capture, *words: str) -> Any:
    """Run a command with --json and return what it printed."""
    assert main([*words, "--json"]) == 0
    out = capsys.readouterr().out
    assert out.count("\n") == 1 or words[0] == "show"
    return json.loads(out)


def refused(capsys: Capture, *words: str) -> str:
    """Run a command that fails; return its one sentence."""
    try:
        code = main(list(words))
    except SystemExit as end:
        code = int(str(end.code))
    said = capsys.readouterr()
    assert code == 2
    assert said.out == ""
    sentence = said.err.strip().split("\n")[-1]
    assert sentence.startswith("learnscope")
    return sentence


def program(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run main.py as a process of its own."""
    return subprocess.run(
        [sys.executable, str(ROOT / "main.py"), *words],
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
