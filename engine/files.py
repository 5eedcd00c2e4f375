"""The .learn file: an experiment, and how far its run has come, in one zip that never runs code.

====================  ==================================================================================
manifest.json         format, version, SHA-256 of every other member
experiment.json       the experiment; arrays stand as their digests
experiment.safetensors  the arrays of the experiment (own points, tables, starting weights), if there are any
run.json              labels and counters of the run, if it was saved with its run
run.safetensors       numbers of the run: parameters, optimiser state, order, history
====================  ==================================================================================

Equal documents are equal bytes. Reading checks the container byte for byte (`engine.archive`), then every digest, then
every value (`engine.experiment.decode`); whatever is wrong is one `FileError` that says which file, which part and why.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

import msgspec
import numpy as np
import safetensors
from msgspec import Struct
from safetensors.numpy import save as save_tensors

from engine import archive, storage
from engine.arrays import ALLOWED, Array, ArrayReader, encode_array
from engine.errors import FileError, LearnscopeError
from engine.experiment import Experiment, arrays, convert, decode, encode
from engine.machines.base import State, runnable
from engine.upgrades import VERSION, Content, upgrade
from engine.wording import shown

FORMAT: Final = "learnscope"
SUFFIX: Final = ".learn"

_MIB: Final = 2**20
_CAPS: Final = {
    "manifest.json": 64 * 1024,
    "experiment.json": 32 * _MIB,
    "experiment.safetensors": 1024 * _MIB,
    "run.json": 32 * _MIB,
    "run.safetensors": 1024 * _MIB,
}
"""The members a file may hold, in their order, and the bytes of each at most."""

_DTYPES: Final = {"F32": "float32", "F64": "float64", "I64": "int64", "U8": "uint8", "BOOL": "bool"}
_REFUSALS: Final = (LearnscopeError, msgspec.MsgspecError, ValueError, TypeError, RecursionError, OverflowError)


T = TypeVar("T")


class Document(NamedTuple):
    """What a file holds: an experiment, and the state of its run if it was saved with one."""

    experiment: Experiment
    state: State | None = None


class _Manifest(Struct, frozen=True):
    """Unknown fields are left alone here, so that a newer file can still say that it is newer."""

    format: str
    version: int
    members: dict[str, str]


def save(path: str | Path, experiment: Experiment, state: State | None = None) -> None:
    """Save all at once; after any error (no room, no permission) the old file is still there, whole."""
    try:
        data = dumps(experiment, state)
    except LearnscopeError as error:
        raise FileError(f"“{Path(path).name}” was not saved: {error}") from error
    storage.write(path, data)


def load(path: str | Path) -> Document:
    """Read a file, or raise a `FileError` that names the file, the part and the reason."""
    return loads(storage.read(path, archive.LARGEST), Path(path).name)


def dumps(experiment: Experiment, state: State | None = None) -> bytes:
    """Write a document to bytes; equal documents give equal bytes."""
    # Read once through the door every value enters by: what can't be opened again is never written, and 5 equals 5.0.
    held = arrays(experiment)
    members = {
        "experiment.json": _json(runnable(decode(encode(experiment), ArrayReader(held)))),
        "experiment.safetensors": _tensors(held),
    }
    if state is not None:
        members["run.json"] = _json(state)
        members["run.safetensors"] = _tensors(arrays(state))
    members = {name: data for name, data in members.items() if data}
    manifest = _Manifest(FORMAT, VERSION, {name: _sha256(data) for name, data in members.items()})
    return archive.pack({"manifest.json": _json(manifest), **members})


def loads(data: bytes, name: str = "the file") -> Document:
    """Read a document from bytes that are called `name`; it holds exactly what was saved, or is refused."""
    try:
        members = archive.unpack(data)
        version = _checked(members)
        return _document(upgrade(_content(members), version))
    except FileError as error:
        raise FileError(f"“{name}” can't be opened: {_other_zip(data) or error}") from error


def _other_zip(data: bytes) -> str:
    """Say what a zip of something else holds; empty for ours (damaged or not), and for what is no zip."""
    first = archive.first_name(data)
    if not first or any(name.encode() in data for name in _CAPS):
        return ""
    return f"this zip holds {shown(first)}, not an experiment; choose a file that Learnscope saved"


def to_json(experiment: Experiment) -> bytes:
    """Write an experiment as readable JSON; arrays stand as their digests, so data of one's own is not in it."""
    return msgspec.json.format(_json(experiment), indent=2) + b"\n"


def from_json(data: bytes, name: str = "the text") -> Experiment:
    """Read an experiment without arrays from JSON that is called `name`."""
    try:
        return runnable(decode(msgspec.json.decode(data)))
    except msgspec.DecodeError as error:
        why = str(error)
        raise FileError(
            f"“{name}” can't be opened: this is not JSON ({why[:1].lower()}{why[1:]}); choose another file"
        ) from error
    except _REFUSALS as error:
        raise FileError(f"“{name}” can't be opened: {error}") from error


def _checked(members: Mapping[str, memoryview]) -> int:
    """Compare the members with the manifest and return its version."""
    manifest = _part(members, "manifest.json", msgspec.json.Decoder(_Manifest).decode)
    if manifest.format != FORMAT:
        raise FileError(f"manifest.json: the format is “{manifest.format[:40]}”, expected “{FORMAT}”")
    if manifest.version > VERSION:
        raise FileError(
            f"it was made by a newer version of Learnscope (format {manifest.version}; this one reads up to "
            f"{VERSION}); update Learnscope"
        )
    if manifest.version < 1:
        raise FileError(f"manifest.json: there is no version {manifest.version}")
    # The order is part of the one spelling: manifest first, then the others as listed.
    if list(members) != [name for name in _CAPS if name in members]:
        raise FileError(f"it holds {', '.join(members)}; expected {', '.join(_CAPS)} and nothing else")
    if list(manifest.members) != list(members)[1:]:
        raise FileError("manifest.json: it does not list the members that are there")
    for name, digest in manifest.members.items():
        if _sha256(members[name]) != digest:
            raise FileError(f"{name}: its contents were changed; open another copy")
    return manifest.version


def _content(members: Mapping[str, memoryview]) -> Content:
    run = _part(members, "run.json", msgspec.json.decode) if "run.json" in members else None
    held: dict[str, Array] = {}
    for name in ("experiment.safetensors", "run.safetensors"):
        if name in members:
            held |= _part(members, name, _arrays)
    return Content(_part(members, "experiment.json", msgspec.json.decode), run, held)


def _document(content: Content) -> Document:
    reader = ArrayReader(content.arrays)
    try:
        experiment = runnable(decode(content.experiment, reader))
    except _REFUSALS as error:
        raise FileError(f"experiment.json: {error}") from error
    try:
        state = None if content.run is None else convert(content.run, State, reader, "the run")
    except _REFUSALS as error:
        raise FileError(f"run.json: {error}") from error
    if len(arrays([experiment, state])) != len(content.arrays):
        raise FileError("it holds arrays that nothing in it refers to")
    return Document(experiment, state)


def _part(members: Mapping[str, memoryview], name: str, reader: Callable[[bytes], T]) -> T:
    """Read one member, and let every complaint name it."""
    data = members.get(name)
    if data is None:
        raise FileError(f"{name} is missing in it")
    if len(data) > _CAPS[name]:
        raise FileError(f"{name}: it has {len(data)} bytes, more than the {_CAPS[name]} that are read")
    try:
        return reader(bytes(data))
    except (*_REFUSALS, safetensors.SafetensorError) as error:
        raise FileError(f"{name}: {error}") from error


def _arrays(data: bytes) -> dict[str, Array]:
    found: dict[str, Array] = {}
    for name, tensor in safetensors.deserialize(data):  # type: ignore[no-untyped-call]
        dtype = _DTYPES.get(tensor["dtype"])
        if dtype is None:
            raise FileError(f"an array of {tensor['dtype']}; expected one of {', '.join(ALLOWED)}")
        numbers = np.frombuffer(tensor["data"], np.dtype(dtype).newbyteorder("<")).reshape(tensor["shape"])
        if dtype == "bool" and (numbers.view(np.uint8) > 1).any():
            raise FileError("a truth value that is neither 0 nor 1")
        array = Array(numbers.astype(dtype, copy=False))
        if array.digest != f"sha256:{name}":
            raise FileError(f"the array {name[:24]} is not what its name says")
        found[array.digest] = array
    return found


def _tensors(held: Mapping[str, Array]) -> bytes:
    named = {digest.removeprefix("sha256:"): array.values for digest, array in sorted(held.items())}
    return save_tensors(named) if named else b""


def _json(value: Any) -> bytes:
    return msgspec.json.encode(value, enc_hook=encode_array, order="deterministic")


def _sha256(data: bytes | memoryview) -> str:
    return hashlib.sha256(data).hexdigest()
