"""What is said about the best weights of a single layer: the formula, how they were found, and why there are none."""

from __future__ import annotations

from typing import Final

from app.numbers import count, exact, human
from app.widgets.sheet import Entry
from engine.formulas import Aligned, Formula, Negative, Number, Power, Row, Symbol, Word, call, chain
from engine.producers.closed_form import ClosedForm
from engine.regression import FUNCTIONS, Best

X: Final = Symbol("X")
TURNED: Final = Power(X, Word("T"))
SQUARES: Final = "The loss is smallest here, at once and from any start."
ONES: Final = "X has a row for each training sample, and a column of ones for the bias."
RIDGE: Final = "n λ = {} · {} = {}; I₀ is the unit matrix with 0 for the bias, which costs nothing."
SINGULAR: Final = "XᵀX has no inverse: other weights are as good, and these are the shortest."
AS_GOOD: Final = "Other weights are as good: some inputs follow from the others."
INSIDE: Final = "The weights stand inside {}, and no formula brings them out."
INFINITE: Final = (
    "There is no minimum: the classes can be separated, so that the loss falls for ever as the weights grow. An L2 "
    "penalty makes one."
)
MISSING: Final = (
    "There is no minimum: a class has no training samples, so that the loss falls for ever as a bias grows. Draw some."
)
RESTLESS: Final = "Newton's method did not come to rest; these are its last weights."


def words(record: ClosedForm) -> Entry:
    """The title, a sentence or a few, and the formula."""
    if record.needs:
        return Entry("", record.needs)
    if record.link == "identity":
        n, rate = record.samples, record.rate
        told = [SQUARES, ONES]
        told += [RIDGE.format(human(n), exact(rate), human(n * rate))] if rate else []
        told += [SINGULAR] if record.found.singular else []
        return Entry("Least squares", " ".join(told), _squares(record))
    told = [INSIDE.format(FUNCTIONS[record.link]), *_found(record.found)]
    return Entry("No closed form", " ".join(told), _newton(record))


def _found(found: Best) -> list[str]:
    """How Newton's method fared."""
    if found.weights is None:
        return [MISSING if found.missing else INFINITE]
    told = [f"Newton's method finds the minimum in {count(found.steps, 'step')}." if found.found else RESTLESS]
    return [*told, AS_GOOD] if found.singular else told


def _many(record: ClosedForm) -> bool:
    return len(record.outputs) > 1


def _weights(record: ClosedForm, upper: str = "") -> Symbol:
    return Symbol("W" if _many(record) else "w", upper=upper)


def _targets(record: ClosedForm) -> Symbol:
    return Symbol("T" if _many(record) else "t")


def _squares(record: ClosedForm) -> Formula:
    """(Xᵀ X + n λ I₀)⁻¹ Xᵀ T."""
    inner: Formula = TURNED * X
    if record.rate:
        inner = inner + Symbol("n") * Symbol("λ") * Symbol("I", "0")
    return chain(_weights(record, "*"), Power(inner, Number(-1)) * TURNED * _targets(record))


def _newton(record: ClosedForm) -> Formula:
    """The slope, which is 0 at the minimum, and the step."""
    w, n = _weights(record), Symbol("n")
    steep = record.gain != 1
    mean = call(FUNCTIONS[record.link], Symbol("k") * X * w if steep else X * w)
    slope = ((Symbol("k") if steep else Number(1)) / n) * TURNED * (mean - _targets(record))
    if record.rate:
        slope = slope + Symbol("λ") * Symbol("I", "0") * w
    gradient = Row((Symbol("∇"), Symbol("L")))
    step = w + Negative(Power(Symbol("H"), Number(-1)) * gradient)
    return Aligned((chain(gradient, slope, Number(0)), chain(w, step, sign="←")))


def summary(record: ClosedForm) -> str:
    """How far the run is, in a line for those who listen."""
    if record.needs:
        return record.needs
    return f"training loss {human(record.train.now)}, at the best weights {human(record.train.best)}"
