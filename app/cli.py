"""The command line. Qt is imported only by the commands that show or draw a window.

Every command is a module of `app.commands` with `describe(parser)` and `run(arguments)`. Results go to stdout, progress
and remarks to stderr; whatever goes wrong is one sentence on stderr and exit code 2.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, NoReturn

from engine import examples
from engine.errors import LearnscopeError

COMMANDS: Final = {
    "train": "train an experiment without a window",
    "study": "train many networks: errors against capacity, samples, epochs, a penalty, and over folds",
    "trace": "print an experiment from its start as a table: a row for each sample, batch or pass",
    "list": "list everything that is registered: layers, losses, data sets, experiments ...",
    "show": "print an experiment as JSON",
    "check": "check gradients and optimisers",
    "bench": "measure the speed of training and of the window",
    "shot": "draw the window into a picture",
}
"""Commands and what they do; the module has the name of the command."""

_WINDOW: Final = "window"
_MODULES: Final = {"list": "listing"}


class _Parser(ArgumentParser):
    """A parser whose complaints are one sentence."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}; `{self.prog} --help` says what is possible\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command, or open the window; return the exit code: 0, or 2 after an error."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    _speak_unicode()
    if meant := _misspelt(words[:1]):
        return _complain(f"there is no command “{words[0]}”; did you mean “{meant}”?")
    command = words.pop(0) if words and words[0] in COMMANDS else _WINDOW
    module = importlib.import_module(f"app.commands.{_MODULES.get(command, command)}")
    options = _parser(command, module).parse_args(words)
    try:
        code = int(module.run(options))
        sys.stdout.flush()  # here, and not at exit, where a reader who is gone would be complained about
        return code
    except BrokenPipeError:
        # Whoever read the output has seen enough; nothing more may be written, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return _complain("stopped")
    except LearnscopeError as error:
        return _complain(str(error))
    except Exception as error:
        if os.environ.get("LEARNSCOPE_DEBUG"):
            raise
        return _complain(
            f"this is a mistake in Learnscope ({type(error).__name__}: {error}); "
            "set LEARNSCOPE_DEBUG=1 to see where, and please report it"
        )


def _misspelt(words: Sequence[str]) -> str:
    """The command that the first word was meant to be; empty for a command, an experiment or a file."""
    if not words or words[0] in COMMANDS or Path(words[0]).exists():
        return ""
    close = get_close_matches(words[0], [*COMMANDS, *examples.names()], n=1)
    return next((word for word in close if word in COMMANDS), "")


def _parser(command: str, module: Any) -> ArgumentParser:
    if command != _WINDOW:
        parser = _Parser(f"learnscope {command}", description=f"{COMMANDS[command].capitalize()}.")
        parser.add_argument("--json", action="store_true", help="print JSON for programs")
    else:
        parser = _Parser(
            "learnscope",
            description="A desktop neural-network playground: draw data, assemble a network, watch it learn.",
            epilog="commands (each has --help):\n"
            + "\n".join(f"  {name:<8} {what}" for name, what in COMMANDS.items()),
            formatter_class=RawDescriptionHelpFormatter,
        )
    module.describe(parser)
    return parser


def _complain(sentence: str) -> int:
    with contextlib.suppress(OSError):
        print(f"learnscope: {' '.join(sentence.split())}", file=sys.stderr)  # noqa: T201
    return 2


def _speak_unicode() -> None:
    # Pipes and old consoles have other encodings; a bar or a formula must not end the program.
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError):
            stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
