"""The house rules, as sentences. Each says in its message who broke it and where."""

from __future__ import annotations

import ast
import importlib
import subprocess
from typing import Any

import pytest

from app.commands.listing import registries
from tests.sources import ROOT, Source, is_in, modules, sources

ENGINE = (
    "errors",
    "expressions",
    "fields",
    "registry",
    "discover",
    "formulas",
    "arrays",
    "records",
    "streams",
    "kernels",
    "shapes",
    "passes",
    "summing",
    "draws",
    "activations",
    "losses",
    "optimisers",
    "initialisers",
    "ties",
    "schedules",
    "penalties",
    "regularisers",
    "layers",
    "datasets",
    "features",
    "network",
    "wiring",
    "affine",
    "wording",
    "experiment",
    "adapt",
    "paths",
    "edits",
    "holding",
    "blocks",
    "architectures",
    "renaming",
    "nets",
    "design",
    "playground_url",
    "doctor",
    "plan",
    "landscape",
    "tracing",
    "regression",
    "producers",
    "filters",
    "machines",
    "stepping",
    "explanations",
    "study",
    "gradcheck",
    "race",
    "bench",
    "archive",
    "storage",
    "upgrades",
    "files",
    "transfer",
    "examples",
)
"""From the ground up: a file imports only from what stands before it."""

KIND_PACKAGES = (
    "engine.layers",
    "engine.datasets",
    "engine.doctor",
    "engine.producers",
    "engine.filters",
    "engine.machines",
    "engine.study",
    "engine.nets",
    "app.views",
)
ROOMS = ("app.views", "app.panels", "app.canvas")

EVERYDAY = {"step", "points", "plane", "curve", "table", "none", "linear", "constant", "output", "uniform"}
EVERYDAY |= {"normal", "circle", "plateau", "width", "samples", "epochs", "penalty", "noise"}
"""Keys that are words of the window too; they count only where a kind is clearly meant."""


def test_main_hands_over_to_app_and_app_uses_the_engine_and_never_back() -> None:
    modules("main").import_of_ours_only("app.cli")
    modules("app").import_of_ours_only("engine")
    modules("engine").import_of_ours_only()


def test_inside_the_engine_a_file_imports_only_what_stands_above_it() -> None:
    guilty = []
    for source in modules("engine").found:
        room, *_ = source.name.split(".")[1:] or [""]
        if not room:
            continue
        assert room in ENGINE, f"engine.{room} has no place in the reading order; give it one in this test"
        for used in source.uses:
            other = used.split(".")[1] if "." in used else room
            if ENGINE.index(other) > ENGINE.index(room):
                guilty.append(f"{source} imports {used}, which stands below it")
    assert not guilty, "\n".join(guilty)


def test_the_engine_knows_no_window() -> None:
    modules("engine").never_import("PySide6", "pyqtgraph", "shiboken6")


def test_the_command_line_knows_no_window_unless_it_is_wanted() -> None:
    modules("app.cli", "app.commands").except_for("app.commands.window", "app.commands.shot").never_import("PySide6")


@pytest.mark.parametrize("room", ROOMS)
def test_views_panels_and_canvas_do_not_import_each_other_or_the_window(room: str) -> None:
    others = [r for r in ROOMS if r != room]
    modules(room).never_import(*others, "app.window", "app.application")


def test_widgets_know_only_what_is_below_them() -> None:
    modules("app.widgets").never_import(*ROOMS, "app.window", "app.application")


def test_only_the_worker_touches_threads() -> None:
    threads = ("threading", "concurrent", "multiprocessing", "asyncio", "_thread")
    qt = ("PySide6.QtCore.QThread", "PySide6.QtCore.QThreadPool", "PySide6.QtCore.QRunnable", "PySide6.QtConcurrent")
    modules("app").except_for("app.worker").never_import(*threads, *qt)
    modules("engine").never_import(*threads)


def test_only_edits_knows_undo_commands() -> None:
    undo = ("PySide6.QtGui.QUndoCommand", "PySide6.QtGui.QUndoStack", "PySide6.QtGui.QUndoGroup")
    modules("app").except_for("app.edits").never_import(*undo)


def test_only_files_reads_or_writes_experiments() -> None:
    modules("app", "engine").except_for("engine.files").never_import("engine.archive", "engine.upgrades")
    modules("app", "engine").except_for("engine.files", "engine.datasets._bundled").never_import("safetensors")
    modules("app", "engine").except_for("engine.datasets.importing").never_import("zipfile")


def test_nothing_that_runs_code_reads_files() -> None:
    modules("app", "engine", "main").never_import("pickle", "marshal", "shelve", "dill", "cloudpickle")
    guilty = [s.name for s in modules("app", "engine.files", "engine.archive").found if {"eval", "exec"} & _calls(s)]
    assert not guilty


def test_every_painter_is_ended_whatever_happens() -> None:
    """One that an error left at work would end the process: each is made by `with`, or handed to one who does."""
    guilty = []
    for source in modules("app").except_for("app.widgets.base").found:
        held = {id(item.context_expr) for n in ast.walk(source.tree) if isinstance(n, ast.With) for item in n.items}
        made = [n for n in ast.walk(source.tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)]
        guilty += [source.name for n in made if n.func.id in ("QPainter", "smooth") and id(n) not in held]  # type: ignore[attr-defined] # a name
    assert not guilty


def test_the_engine_prints_nothing() -> None:
    assert not [s.name for s in modules("engine").found if "print" in _calls(s)]


def test_the_engine_has_no_global_random_state() -> None:
    modules("engine").never_import("random")
    allowed = {"Generator", "SeedSequence", "PCG64", "Philox", "default_rng", "BitGenerator"}
    guilty = [
        f"{s}:{node.lineno} uses np.random.{node.attr}"
        for s in modules("engine").found
        for node in ast.walk(s.tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) in ("np.random", "numpy.random")
        if node.attr not in allowed
    ]
    assert not guilty, "\n".join(guilty)


def test_the_window_names_no_concrete_kind_by_its_class() -> None:
    classes = {f"{e.kind.__module__}.{e.kind.__name__}" for e in _engine_kinds()}
    guilty = [f"{s} imports {i}" for s in modules("app").found for i in sorted(s.imports) if i in classes]
    assert not guilty, "\n".join(guilty)


def test_the_window_names_no_concrete_kind_by_its_key() -> None:
    keys = {e.key for e in _engine_kinds()}
    guilty = []
    for source in modules("app").found:
        guilty += [f"{source}:{line} names the kind “{key}”" for line, key in _keys_meant(source, keys)]
    assert not guilty, "\n".join(guilty)


def _engine_kinds() -> list[Any]:
    """All but views, which are the window's own, and records, which it shows by their names."""
    return [e for name, registry in registries().items() if name not in ("view", "record") for e in registry]


def _keys_meant(source: Source, keys: set[str]) -> list[tuple[int, str]]:
    """String constants that are keys: unmistakable ones, and any in `registry[...]`, `... .key == ...`, "kind": ..."""
    meant: list[ast.AST] = []
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Constant) and node.value not in EVERYDAY:
            meant.append(node)
        elif isinstance(node, ast.Subscript) and ast.unparse(node.value).endswith("registry"):
            meant.append(node.slice)
        elif isinstance(node, ast.Compare) and ast.unparse(node.left).endswith((".key", ".kind")):
            meant += [c for comparator in node.comparators for c in ast.walk(comparator)]
        elif isinstance(node, ast.Dict):
            meant += [v for k, v in zip(node.keys, node.values, strict=True) if k and ast.unparse(k) == "'kind'"]
    constants = {n for n in meant if isinstance(n, ast.Constant)}
    return sorted({(n.lineno, n.value) for n in constants if isinstance(n.value, str) and n.value in keys})


def test_every_module_of_a_package_of_kinds_registers_something() -> None:
    idle = []
    for package in KIND_PACKAGES:
        for source in modules(package).except_for(f"{package}.base", f"{package}.registry").found:
            inner = source.name.removeprefix(package).strip(".")
            # Files with an underscore and folders inside are helpers of the modules beside them.
            helper = not inner or inner.startswith("_") or "." in inner or source.is_package
            if not helper and "register" not in _decorators(source):
                idle.append(source.name)
    assert not idle, f"{idle} register nothing; move helpers to a place of their own"


def test_files_functions_and_classes_stay_small() -> None:
    large = [f"{s} has {n} lines" for s in sources() if (n := len(s.text.splitlines())) > 400]
    for source in sources():
        for node in source.definitions:
            lines, most = (node.end_lineno or 0) - node.lineno + 1, 300 if isinstance(node, ast.ClassDef) else 60
            if lines > most:
                large.append(f"{source}:{node.lineno} {node.name} has {lines} lines, more than {most}")
    assert not large, "\n".join(large)


def test_every_public_method_is_documented_or_overrides_one_that_is() -> None:
    bare = [f"{s}: {name}" for s in modules("engine", "app").found for name in _bare_methods(s)]
    assert not bare, "\n".join(bare)


def _bare_methods(source: Source) -> list[str]:
    found = []
    for node in source.tree.body:
        if not isinstance(node, ast.ClassDef) or node.name.startswith("_"):
            continue
        kind = getattr(importlib.import_module(source.name), node.name)
        for method in node.body:
            if isinstance(method, ast.FunctionDef) and not method.name.startswith("_"):
                inherited = any(hasattr(base, method.name) for base in kind.__mro__[1:])
                if not inherited and not ast.get_docstring(method):
                    found.append(f"{node.name}.{method.name}")
    return found


def test_classes_that_are_abstract_are_not_made() -> None:
    """Every registered kind can be made from its defaults, so none is half finished."""
    for entry in _engine_kinds():
        needed = [f.name for f in entry.kind.__struct_fields__ and _needed(entry.kind)]
        assert set(needed) <= {"id"}, f"{entry.key} can't be made without {needed}"


def _needed(kind: Any) -> list[Any]:
    import msgspec

    return [f for f in msgspec.structs.fields(kind) if f.required]


def test_no_name_of_a_machine_or_a_host_is_in_the_sources() -> None:
    words = ["/" + "work/", "/" + "root/", "pypi" + ".org", "npmjs" + ".", "python" + "hosted", "debian" + ".org"]
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    names = listed.stdout.split("\n") if listed.returncode == 0 else [str(s.path) for s in sources()]
    guilty = []
    for name in filter(None, names):
        path = ROOT / name
        if path.suffix in {".py", ".md", ".toml", ".txt", ".sh", ".json", ".svg", ""} and path.is_file():
            text = path.read_text(encoding="utf-8", errors="replace")
            guilty += [f"{name} holds “{word}”" for word in words if word in text]
    assert not guilty, "\n".join(guilty)


def _calls(source: Source) -> set[str]:
    return {
        node.func.id for node in ast.walk(source.tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }


def _decorators(source: Source) -> set[str]:
    found = set()
    for node in source.definitions:
        for decorator in node.decorator_list:
            found.add(ast.unparse(decorator).split("(")[0])
    return found


def test_the_reading_order_names_no_room_that_is_gone() -> None:
    rooms = {s.name.split(".")[1] for s in modules("engine").found if "." in s.name}
    assert [room for room in ENGINE if room not in rooms] == []
    assert all(is_in(f"engine.{room}", "engine") for room in rooms)
