"""Random experiments over the whole schema, made from the declared types: a new kind is part of it by itself."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
import numpy as np
from hypothesis import reject
from hypothesis import strategies as st
from msgspec import Meta, Struct

from engine import features
from engine.adapt import adapt
from engine.arrays import Array, Labelled
from engine.datasets import Dataset
from engine.datasets.points import Points
from engine.errors import LearnscopeError
from engine.experiment import Data, Experiment, Model, Seeds, Training, check, nodes, plane
from engine.fields import describe
from engine.initialisers import Initialiser
from engine.layers import Answering, Layer
from engine.layers.output import Output
from engine.losses import Loss
from engine.machines.base import State
from engine.optimisers import Optimiser
from engine.penalties import Penalty
from engine.registry import Kind
from engine.regularisers import Regulariser
from engine.schedules import Schedule
from engine.ties import Own

TEXT = st.text(st.characters(codec="utf-8"), max_size=12)
DTYPES = (np.float32, np.float64, np.int64, np.uint8, np.bool_)


def values(hint: Any) -> st.SearchStrategy[Any]:
    """Any value of a declared type."""
    base, meta = (get_args(hint)[0], get_args(hint)[1]) if get_origin(hint) is Annotated else (hint, Meta())
    if base is float:
        return _floats(meta)
    if base is int:
        low, high = (int(end) if end is not None else None for end in (meta.ge, meta.le))
        return st.integers(-(2**63) if low is None else low, 2**63 - 1 if high is None else high)
    if base is bool:
        return st.booleans()
    if base is str:
        return TEXT
    if base is Array:
        return any_array()
    return _compound(base)


def _floats(meta: Meta) -> st.SearchStrategy[float]:
    low = meta.ge if meta.ge is not None else meta.gt
    return st.floats(low, meta.le, exclude_min=meta.gt is not None, allow_nan=False, allow_infinity=False)


def _compound(base: Any) -> st.SearchStrategy[Any]:
    origin, args = get_origin(base), get_args(base)
    if origin is Literal:
        return st.sampled_from(args)
    if origin in (Union, UnionType):
        return st.one_of([st.none() if a is type(None) else values(a) for a in args])
    if origin is tuple:
        return st.lists(values(args[0]), max_size=3).map(tuple) if args[1:] == (...,) else st.tuples(*map(values, args))
    if origin is dict:
        return st.dictionaries(values(args[0]), values(args[1]), max_size=3)
    if isinstance(base, type) and issubclass(base, Struct):
        return structs(base)
    raise NotImplementedError(f"no strategy for {base}")


@st.composite
def structs(draw: st.DrawFn, kind: type[Struct], given: Mapping[str, Any] = MappingProxyType({})) -> Any:
    """Any value of a declaration; `given` fields stand. Combinations its own check refuses are drawn again."""
    hints = get_type_hints(kind, include_extras=True)
    names = [f.name for f in msgspec.structs.fields(kind)]
    try:
        return kind(**{name: given[name] if name in given else draw(values(hints[name])) for name in names})
    except LearnscopeError:
        return reject()


def kinds(base: type[Kind]) -> st.SearchStrategy[Any]:
    """Any value of any registered declaration of a base class."""
    return st.one_of([structs(e.kind) for e in base.registry])


@st.composite
def any_array(draw: st.DrawFn, shape: tuple[int, ...] | None = None) -> Array:
    """A small array of any type and shape that a file may hold, with whatever bits (not-a-number too)."""
    dtype = draw(st.sampled_from(DTYPES))
    shape = draw(st.lists(st.integers(0, 3), max_size=3).map(tuple)) if shape is None else shape
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    if dtype is np.bool_:
        return Array(rng.integers(0, 2, shape).astype(bool))
    return Array(
        np.frombuffer(rng.bytes(8 * int(np.prod(shape))), np.uint8).view(dtype)[: int(np.prod(shape))].reshape(shape)
    )


@st.composite
def own_points(draw: st.DrawFn) -> Points:
    """Points somebody drew."""
    n, names = draw(st.integers(0, 5)), draw(st.lists(TEXT, min_size=1, max_size=4, unique=True))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    labels = rng.integers(0, len(names), n).astype(float)
    xy, keys = rng.normal(size=(n, 2)), rng.random(n)
    return Points(xy=Array(xy), labels=Array(labels), keys=Array(keys), names=tuple(names))


def datasets() -> st.SearchStrategy[Dataset]:
    """Any generated set, or own points."""
    generated = [e.kind for e in Dataset.registry if not any(f.hidden or f.type == "array" for f in describe(e.kind))]
    return st.one_of([structs(k) for k in generated] + [own_points()])


@st.composite
def data(draw: st.DrawFn) -> Data:
    """Any data with inputs and a plane it offers."""
    source = draw(datasets())
    columns = source.columns
    share = draw(values(get_type_hints(Data, include_extras=True)["share"]))
    if source.axes is not None:
        return Data(source=source, features=(), share=share)
    chosen = draw(st.lists(st.sampled_from(features.available(columns)), min_size=1, max_size=4, unique=True))
    given = {"source": source, "features": tuple(chosen)}
    if draw(st.booleans()):
        given["plane"] = plane(Data(source=source))
    held = draw(st.dictionaries(st.sampled_from(columns), st.floats(-9, 9), max_size=2))
    return Data(**given, held=held, share=share)  # type: ignore[arg-type]


PLAIN: dict[str, Any] = {"inputs": (), "unit_ids": (), "weights": Own(), "groups": 1}
"""Fields of layers that only fit certain networks."""


@st.composite
def experiments(draw: st.DrawFn) -> Experiment:
    """Any valid experiment: parts drawn apart, then made to fit as an edit would be."""
    layers = [
        draw(structs(e.kind, {"id": f"h{k}", **PLAIN, "units": draw(st.integers(1, 5))}))
        for k, e in enumerate(draw(st.lists(st.sampled_from(_hidden_layers()), max_size=3)))
    ]
    model = Model(layers=(*layers, Output(id="out", units=1)), initialiser=draw(kinds(Initialiser)))
    training = Training(
        loss=draw(kinds(Loss)),
        optimiser=draw(kinds(Optimiser)),
        penalty=draw(kinds(Penalty)),
        schedule=draw(kinds(Schedule)),
        regularisers=tuple(draw(st.lists(kinds(Regulariser), max_size=2))),
        batch=draw(st.integers(2, 1_000_000)),
    )
    experiment = Experiment(
        name=draw(TEXT), notes=draw(TEXT), data=draw(data()), model=model, training=training, seeds=draw(structs(Seeds))
    )
    try:
        experiment = check(adapt(experiment)[0])
    except LearnscopeError:  # such as a window larger than the pictures
        return reject()
    return draw(_with_numbers(experiment)) if draw(st.booleans()) else experiment


@st.composite
def _with_numbers(draw: st.DrawFn, experiment: Experiment) -> Experiment:
    """Give starting weights to some parameters and hold a number fast."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    known = {f"{n.layer.id}.{p.name}": p for n in nodes(experiment) for p in n.parameters}
    some = draw(st.lists(st.sampled_from(sorted(known)), max_size=2, unique=True))
    start = tuple(Labelled(k, known[k].labels, Array(rng.normal(size=known[k].shape).astype("f4"))) for k in some)
    fast = tuple((k, *(axis[0] for axis in known[k].labels)) for k in some)
    model = msgspec.structs.replace(experiment.model, start=start, frozen=fast)
    return msgspec.structs.replace(experiment, model=model)


def _hidden_layers() -> list[Any]:
    return [e for e in Layer.registry if not issubclass(e.kind, Answering)]


@st.composite
def states(draw: st.DrawFn) -> State:
    """Any state of a run, whether it fits an experiment or not."""
    labels = st.lists(TEXT, max_size=3, unique=True).map(tuple)
    axes = draw(st.lists(st.lists(labels, max_size=2).map(tuple), max_size=3))
    numbers = tuple(
        Labelled(f"h{k}.weight", a, draw(any_array(tuple(len(names) for names in a)))) for k, a in enumerate(axes)
    )
    counters = draw(st.dictionaries(TEXT, st.integers(-(2**63), 2**63 - 1), max_size=3))
    return State(numbers=numbers, counters=counters, arrays=draw(st.dictionaries(TEXT, any_array(), max_size=3)))


def documents() -> st.SearchStrategy[tuple[Experiment, State | None]]:
    """Any experiment, with or without a run."""
    return st.tuples(experiments(), st.none() | states())
