"""What every declaration of every registry keeps: documented, fields that say what they are, written and read back."""

from __future__ import annotations

import math
import re
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.commands.listing import registries
from engine.arrays import ArrayReader, encode_array
from engine.errors import ExperimentError, LearnscopeError
from engine.experiment import Data, Experiment, Model, Seeds, Training, arrays, convert
from engine.fields import FieldInfo, describe
from engine.registry import Entry, Registry, nearest
from tests.strategies import structs

ENTRIES = [(name, entry) for name, registry in registries().items() for entry in registry]
NAMED = [pytest.param(entry, id=f"{name}-{entry.key}") for name, entry in ENTRIES]
FIELDS = [
    pytest.param(entry.kind, info, id=f"{name}-{entry.key}-{info.name}")
    for name, entry in ENTRIES
    for info in describe(entry.kind)
] + [
    pytest.param(struct, info, id=f"{struct.__name__}-{info.name}")
    for struct in (Experiment, Data, Model, Training, Seeds)
    for info in describe(struct)
    if info.type != "group"
]
GIVEN = {"id": "h1", "inputs": (), "unit_ids": ()}
"""Fields of layers that only mean something inside a network."""


@pytest.mark.parametrize("registry", registries().values(), ids=registries())
def test_a_registry_has_entries_with_titles_of_their_own(registry: Registry[Any]) -> None:
    titles = [entry.title for entry in registry]
    assert titles
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("entry", NAMED)
def test_an_entry_is_named_and_documented(entry: Entry[Any]) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", entry.key)
    assert entry.title == entry.title.strip() != ""
    assert entry.version >= 1
    assert "__doc__" in vars(entry.kind), "the documentation must be its own, not that of its base class"
    assert entry.help
    assert entry.help[-1] in ".:", f"{entry.help!r} is not a sentence"


@pytest.mark.parametrize(("kind", "info"), FIELDS)
def test_a_field_says_what_it_is(kind: type, info: FieldInfo) -> None:
    assert info.help, "say what it does"
    assert info.title.strip() == info.title != ""
    if info.type in ("number", "integer"):
        assert info.high is not None or info.low is not None or info.above is not None, "give it a range"
        assert info.range
    if info.type == "choice":
        assert info.choices
    if info.log:
        assert info.high is not None, "a logarithmic slider needs an upper end"


@pytest.mark.parametrize(("kind", "info"), FIELDS)
def test_a_default_lies_in_its_range(kind: type, info: FieldInfo) -> None:
    if info.type not in ("number", "integer") or info.default is None:
        return
    for value in (info.default, *info.choices):
        assert math.isfinite(value)
        assert info.low is None or value >= info.low
        assert info.above is None or value > info.above
        assert info.high is None or value <= info.high


@pytest.mark.parametrize("entry", NAMED)
def test_a_kind_survives_being_written_and_read(entry: Entry[Any]) -> None:
    given_fields = {k: v for k, v in GIVEN.items() if k in entry.kind.__struct_fields__}

    @settings(max_examples=25, database=None)
    @given(st.data())
    def check(data: st.DataObject) -> None:
        value = data.draw(structs(entry.kind, given_fields))
        text = msgspec.json.encode(value, enc_hook=encode_array)
        again = convert(msgspec.json.decode(text), entry.kind, ArrayReader(arrays(value)), "")
        assert again == value
        assert msgspec.json.encode(again, enc_hook=encode_array) == text

    if any(info.type == "array" for info in describe(entry.kind)):
        value = entry.kind()
        tree = msgspec.to_builtins(value, enc_hook=encode_array)
        assert convert(tree, entry.kind, ArrayReader(arrays(value)), "") == value
    else:
        check()


@pytest.mark.parametrize("entry", NAMED)
def test_a_kind_refuses_what_it_does_not_know(entry: Entry[Any]) -> None:
    tree = {"kind": entry.key, **({"id": "h1"} if "id" in entry.kind.__struct_fields__ else {})}
    assert convert(tree, entry.kind, ArrayReader(), "").key == entry.key
    with pytest.raises(ExperimentError, match="a field “surprise” that does not belong there"):
        convert({**tree, "surprise": 1}, entry.kind, ArrayReader(), "here")
    for info in describe(entry.kind):
        if info.type in ("number", "integer"):
            for wrong in ("much", None, float("nan"), float("inf"), [1]):
                with pytest.raises(LearnscopeError):
                    convert({**tree, info.name: wrong}, entry.kind, ArrayReader(), "here")
        if info.high is not None:
            with pytest.raises(ExperimentError, match=rf"here\.{info.name}"):
                convert({**tree, info.name: int(info.high) * 2 + 1}, entry.kind, ArrayReader(), "here")


def test_two_of_a_kind_cannot_have_one_key() -> None:
    _, entry = ENTRIES[0]
    with pytest.raises(LearnscopeError, match="rename one of them"):
        entry.kind.registry.add(entry.kind, "again", 1)


def test_an_unknown_key_names_the_nearest() -> None:
    for name, registry in registries().items():
        with pytest.raises(LearnscopeError, match=f"there is no {name} called “.*”; (did you mean|choose one of)"):
            registry[next(iter(registry)).key + "x"]
    assert nearest("zzz", ["a", "b"]) == "choose one of a, b"
