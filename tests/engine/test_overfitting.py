"""What the doctor offers against overfitting: it fits, and it helps."""

from __future__ import annotations

from msgspec.structs import replace

from engine import examples
from engine.doctor import _remedies as remedies
from engine.doctor.overfitting import Overfitting
from engine.layers.chance import Dropout
from engine.layers.dense import Dense
from engine.machines.base import Until
from engine.machines.supervised import Supervised
from tests.engine.nets import reason, with_layers
from tests.engine.test_doctor import after, findings


def test_noise_learned_by_heart_is_punished() -> None:
    machine = after(examples.load("overfitting"), 100)
    finding = findings(machine)["overfitting"]
    facts = dict(finding.facts)
    assert facts["test loss now"] > 1.25 * facts["least test loss"]
    assert facts["training loss now"] < facts["training loss then"]
    stop, penalty = finding.remedy, finding.others[0]
    assert stop is not None
    assert (stop.title, stop.again) == ("Start again and stop early, with the best weights", True)
    assert penalty.title == "Add an L2 penalty of 0.003"
    for _ in range(4):
        again = findings(machine).get("overfitting")
        if again is not None:
            machine.change(again.others[0].made(machine.experiment))
        machine.advance("epoch", 100, 60)
    assert findings(machine) == {}


def test_everything_offered_against_overfitting_helps() -> None:
    base = examples.load("overfitting")
    machine = after(base, 100)
    finding = findings(machine)["overfitting"]
    assert finding.remedy is not None
    assert [r.title for r in finding.others] == [
        "Add an L2 penalty of 0.003",
        "Draw 480 points instead",
        "Drop half of the hidden neurons by chance",
        "Take layer “h2” out",
    ]
    machine.advance("epoch", 200, 60)
    left = machine.scores()[1].loss
    assert left is not None
    stopping = Supervised(base)
    stopping.until(Until(plateau=finding.remedy.patience, keep_best=True))
    stopping.advance("epoch", 300, 60)
    assert reason(stopping) == "plateau"
    helped = [stopping, *(after(r.made(base), 300) for r in finding.others)]
    for done in helped:
        tested = done.scores()[1].loss
        assert tested is not None
        assert tested < 0.75 * left


def test_what_is_there_already_is_not_offered_against_overfitting() -> None:
    base = examples.load("overfitting")
    first, *others = base.model.layers
    dropped = replace(base, model=replace(base.model, layers=(first, Dropout(id="d1", share=0.01), *others)))
    titles = [r.title for r in Overfitting()._others(dropped)]
    assert not [t for t in titles if t.startswith("Drop")]
    own = replace(base, data=replace(base.data, source=replace(base.data.source, count=2000)))
    assert not [t for t in (r.title for r in Overfitting()._others(own)) if t.startswith("Draw")]
    small = with_layers(base, Dense(id="h1", units=4), base.model.output)
    assert remedies.with_dropout(small) == small, "so it is not offered"
    assert not [t for t in (r.title for r in Overfitting()._others(small)) if t.startswith("Take")]
