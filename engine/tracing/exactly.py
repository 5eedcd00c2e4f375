"""A trace in fractions: nothing is rounded, and a sum that is 0 on paper is 0.

The decimals of an experiment are taken as they were typed: 0.1 is one tenth. In which order samples come, and where a
batch ends, a run in floats beside it says.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any, Final, NamedTuple, TypeAlias, final

import numpy as np
from numpy.typing import NDArray

from engine.affine import weighs
from engine.errors import LearnscopeError
from engine.experiment import Experiment, heads, nodes, task
from engine.expressions import FUNCTIONS, Assignment, Call, assignments, follow
from engine.expressions.arithmetic import is_rational
from engine.expressions.tree import walk
from engine.network import INPUT, Node, held_arrays, held_places
from engine.penalties import NoPenalty
from engine.plan import procedure as p
from engine.plan.learned import initial
from engine.plan.samples import Prepared
from engine.registry import Kind
from engine.schedules import Constant
from engine.tracing.floats import Arithmetic, Floats, Judged, Shown
from engine.tracing.table import Place, Value

TYPED: Final = 12
"""Digits that somebody types; what has more is a float32 that was drawn, or stored, or worked out."""

Fractions: TypeAlias = NDArray[np.object_]
Settings: TypeAlias = Mapping[str, Fraction]


def typed(value: float) -> Fraction:
    """The decimal that is meant: the one that was typed, or else the shortest that float32 can't tell from it."""
    if float(value).is_integer():
        return Fraction(int(value))
    written = repr(float(value))
    digits = written.partition("e")[0].replace(".", "").strip("-0")
    return Fraction(written if len(digits) <= TYPED else str(np.float32(value)))


def _all_typed(values: Any) -> Fractions:
    given = np.asarray(values)
    return np.array([typed(v) for v in given.ravel()], object).reshape(given.shape)


def _settings(kind: Kind) -> dict[str, Fraction]:
    return {symbol: typed(value) for symbol, value in kind.by_symbol.items()}


class Taken(NamedTuple):
    """One sample: inputs x and targets t; by layer the sums z, the answers a, and the slopes δ of its loss at z."""

    row: int
    x: Fractions
    t: Fractions
    z: Mapping[str, Fractions]
    a: Mapping[str, Fractions]
    delta: Mapping[str, Fractions]
    loss: Fraction


class Moves(NamedTuple):
    """A learned array before a step, the gradient that the optimiser is given, and the array after it.

    `slots` are the optimiser's numbers before the step, by symbol.
    """

    before: Fractions
    gradient: Fractions
    after: Fractions
    slots: Mapping[str, Fractions]


@final
class Exactly(Arithmetic):
    """Layers of neurons in fractions: z = x W + b, a = f(z), and what the loss and the optimiser make of it."""

    def __init__(self, experiment: Experiment, prepared: Prepared, floats: Floats) -> None:
        check_rational(experiment)
        self._floats, self._prepared, self._nodes = floats, prepared, nodes(experiment)
        self._x, self._t = _all_typed(prepared.x), _all_typed(prepared.y)
        self._learned = {name: _all_typed(values) for name, _, values in initial(experiment, self._nodes)}
        self._gradients = {name: 0 * values for name, values in self._learned.items()}
        self._optimiser, self._updates = experiment.training.optimiser, 0
        self._slots = {s: {k: 0 * v for k, v in self._learned.items()} for s in self._optimiser.slot_symbols}
        self._held = set(held_places(self._nodes, experiment.model.frozen))
        self._still = held_arrays(self._nodes)
        self._loss, function = experiment.training.loss, experiment.model.output.activation
        fused = self._loss.is_fused(function) and bool(self._loss.fused_expressions)
        self._gain = typed(function.gain) if fused else None
        self._task = task(experiment)
        self._middle = sum(map(typed, self._loss.targets(function))) / Fraction(2)
        self._last: Taken | None = None

    def numbers(self, places: tuple[Place, ...]) -> list[Value]:
        return [self._learned[place.array][place.at] for place in places]

    def done(self, counter: int) -> int:
        return self._floats.done(counter)

    def learn(self, *, alone: bool) -> bool:
        """One sample at a time, as the order of the run in floats has it."""
        plan = self._floats.plan
        if not self._floats.learn(alone=True):
            return False
        self._last = self.taken(plan.counter(p.ROW))
        share = Fraction(1, plan.counter(p.WHOLE))
        for name, slopes in self._slopes(self._last).items():
            self._gradients[name] = self._gradients[name] + share * slopes
        if plan.counter(p.SEEN) == 0:
            self._update()
        return True

    def shown(self) -> Shown:
        assert self._last is not None
        row, x, t, z, a, _, loss = self._last
        output = self._nodes[-1].layer.id
        return Shown(int(self._prepared.source[row]), list(x), list(z[output]), list(a[output]), list(t), loss)

    @property
    def bits(self) -> int:
        """Binary digits of the longest numerator or denominator of the learned numbers."""
        every = (v for values in self._learned.values() for v in values.ravel())
        return max((max(v.numerator.bit_length(), v.denominator.bit_length()) for v in every), default=0)

    @property
    def updates(self) -> int:
        """Steps of the optimiser so far."""
        return self._updates

    def judged(self) -> Judged:
        train = self._prepared.train
        loss, err = Fraction(0), 0
        for row in range(train):
            z, a = self._forward(self._x[row])
            output = self._nodes[-1].layer.id
            loss += sum(x["L"] for x in self._judge(z[output], a[output], self._t[row]))
            err += not self._is_right(a[output], self._t[row])
        return Judged(loss / train, err if self._task in ("binary", "classes") else None)

    # one sample --------------------------------------------------------------------------------------------------

    def _forward(self, x: Fractions) -> tuple[dict[str, Fractions], dict[str, Fractions]]:
        """The weighted sums and the answers of all layers."""
        sums: dict[str, Fractions] = {}
        said = {INPUT: x}
        for node in self._nodes:
            id_ = node.layer.id
            sums[id_] = said[node.sources[0]] @ self._learned[f"{id_}.weight"] + self._learned[f"{id_}.bias"]
            said[id_] = self._functions(node, sums[id_], "a")
        return sums, said

    def _functions(self, node: Node, z: Fractions, wanted: str) -> Fractions:
        """The answers a of a layer, or their slopes a'."""
        function: Any = node.layer.activation  # type: ignore[attr-defined] # a layer of neurons has one
        lines = tuple(x for x in assignments(function.expressions) if wanted == "a'" or x.name != "a'")
        given = _settings(function)
        return _row(follow(lines, {**given, "z": one}, exact=True)[wanted] for one in z)

    def _judge(self, z: Fractions, o: Fractions, t: Fractions) -> list[dict[str, Fraction]]:
        """The loss L of each output and its slope L': at z where there is a gain, else at o."""
        fused, given = self._gain is not None, _settings(self._loss)
        lines = assignments(self._loss.fused_expressions if fused else self._loss.expressions)
        gain = self._gain if self._gain is not None else Fraction(1)
        each = zip(z, o, t, strict=True)
        return [follow(lines, {**given, "z": gain * a, "o": b, "t": c}, exact=True) for a, b, c in each]

    def _is_right(self, o: Fractions, t: Fractions) -> bool:
        """As `engine.plan.procedure` counts hits."""
        if self._task == "binary":
            return bool((o[0] > self._middle) == (t[0] > self._middle))
        return bool(np.argmax(o) == np.argmax(t))

    def taken(self, row: int) -> Taken:
        """What the numbers as they stand make of a sample."""
        z, a = self._forward(self._x[row])
        last, t = self._nodes[-1], self._t[row]
        judged = self._judge(z[last.layer.id], a[last.layer.id], t)
        back = {n.layer.id: _row(Fraction(0) for _ in n.units.labels) for n in self._nodes}
        back[last.layer.id] = _row(x["L'"] * (self._gain or 1) for x in judged)
        delta = {}
        for node in reversed(self._nodes):
            id_, source = node.layer.id, node.sources[0]
            fused = node is last and self._gain is not None
            delta[id_] = back[id_] if fused else back[id_] * self._functions(node, z[id_], "a'")
            if source != INPUT:
                back[source] = back[source] + self._learned[f"{id_}.weight"] @ delta[id_]
        return Taken(row, self._x[row], t, z, a, delta, sum((x["L"] for x in judged), Fraction(0)))

    def _slopes(self, taken: Taken) -> dict[str, Fractions]:
        """The gradient of the loss of one sample, array by array."""
        found: dict[str, Fractions] = {}
        for node in self._nodes:
            id_, delta = node.layer.id, taken.delta[node.layer.id]
            found |= {f"{id_}.weight": np.outer(taken.a[node.sources[0]], delta), f"{id_}.bias": delta}
        return found

    def moves(self, taken: Taken, whole: int) -> dict[str, Moves]:
        """How the arrays would move with a sample, were it the last of its batch of so many."""
        found = {}
        for name, slopes in self._slopes(taken).items():
            gradient = self._gradients[name] + Fraction(1, whole) * slopes
            after = self._after(name, gradient, self._updates + 1)
            slots = {symbol: kept[name] for symbol, kept in self._slots.items()}
            found[name] = Moves(self._learned[name], gradient, after["w"], slots)
        return found

    def _update(self) -> None:
        """Let the optimiser move every number that is not held fast."""
        self._updates += 1
        for name, values in self._learned.items():
            after = self._after(name, self._gradients[name], self._updates)
            self._learned[name] = after["w"]
            for symbol, kept in self._slots.items():
                kept[name] = after[symbol]
            self._gradients[name] = 0 * values

    def _after(self, name: str, gradient: Fractions, updates: int) -> dict[str, Fractions]:
        """An array w, and the optimiser's numbers of it by symbol, after a step."""
        found = {"w": self._learned[name].copy(), **{s: kept[name].copy() for s, kept in self._slots.items()}}
        lines, given = assignments(self._optimiser.assignments), _settings(self._optimiser)
        given |= {"η": typed(self._optimiser.rate), "t": Fraction(updates)}
        for at in np.ndindex(gradient.shape):
            if name in self._still or (name, at) in self._held:
                continue
            before = {**given, **{symbol: values[at] for symbol, values in found.items()}, "g": gradient[at]}
            after = follow(lines, before, exact=True)
            for symbol, values in found.items():
                values[at] = after[symbol]
        return found


def _row(values: Iterable[Fraction]) -> Fractions:
    return np.array(list(values), object)


# what can't be said in fractions -------------------------------------------------------------------------------------


class _Irrational(LearnscopeError):
    """What leads out of the fractions."""


def why_not(experiment: Experiment) -> str:
    """The first thing that leads out of the fractions or that is not worked out here, by its name; empty for none."""
    try:
        _check(experiment)
    except _Irrational as error:
        return str(error)
    return ""


def check_rational(experiment: Experiment) -> None:
    """Refuse an experiment that leads out of the fractions."""
    if why := why_not(experiment):
        raise LearnscopeError(f"Exact arithmetic is not possible here: {why}; choose float32.")


def _check(experiment: Experiment) -> None:
    training, resolved = experiment.training, nodes(experiment)
    for node in resolved:
        if not weighs(node.layer):
            raise _Irrational(f"the layer “{node.layer.id}” is not one of weighted sums with weights of their own")
        function: Any = node.layer.activation  # type: ignore[attr-defined] # a layer of neurons has one
        _check_lines(function, f"the activation of “{node.layer.id}”", function.expressions)
    if len(heads(experiment)) > 1 or training.regularisers:
        raise _Irrational("it knows neither auxiliary outputs nor regularisation")
    unknown: tuple[tuple[str, Kind, type[Kind]], ...] = (
        ("penalty", training.penalty, NoPenalty),
        ("schedule", training.schedule, Constant),
    )
    for role, kind, known in unknown:
        if not isinstance(kind, known):
            raise _Irrational(f"it does not know the {role} “{type(kind).registry.title(kind)}”")
    loss = training.loss
    fused = loss.is_fused(experiment.model.output.activation) and bool(loss.fused_expressions)
    if loss.whole_batch:
        raise _Irrational(f"the loss, “{type(loss).registry.title(loss)}”, is of a whole batch at once")
    _check_lines(loss, "the loss", loss.fused_expressions if fused else loss.expressions)
    _check_lines(training.optimiser, "the optimiser", training.optimiser.assignments)


def _check_lines(kind: Any, role: str, lines: tuple[str, ...]) -> None:
    title = type(kind).registry.title(kind)
    if not lines:
        raise _Irrational(f"{role}, “{title}”, is not made of fractions")
    for function in _functions_in(assignments(lines)):
        if not is_rational(FUNCTIONS[function]):
            raise _Irrational(f"{role}, “{title}”, needs “{function}”, which makes no fractions of fractions")


def _functions_in(lines: tuple[Assignment, ...]) -> list[str]:
    return [part.function for line in lines for part in walk(line.expression) if isinstance(part, Call)]
