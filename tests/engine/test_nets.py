"""Ready networks: each is made for the pictures of an experiment, learns, and comes back from a file as it was."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from engine import examples, files
from engine.arrays import Array
from engine.datasets.own_pictures import OwnPictures
from engine.edits import add_layer
from engine.errors import ExperimentError
from engine.experiment import Data, Experiment, nodes
from engine.holding import frozen_count
from engine.layers import Layer
from engine.machines.supervised import Supervised
from engine.nets import Net, rows, take
from tests.engine.nets import digits, numbers, same

FORMS = [(8, 8, 1), (16, 16, 1), (28, 28, 1), (28, 28, 3), (8, 16, 1), (5, 7, 3)]
NETS = [e.key for e in Net.registry]


def seen(*form: int) -> Experiment:
    """A small network on 20 random pictures of ten classes."""
    pixels = np.random.default_rng(1).integers(0, 256, (20, *form), np.uint8)
    source = OwnPictures(
        pixels=Array(pixels), labels=Array((np.arange(20) % 10).astype(np.uint8)), keys=Array(np.arange(20) / 20),
        names=tuple("0123456789"),
    )  # fmt: skip
    return replace(digits(), data=Data(source=source, features=(), share=80.0))


def table(key: str, *form: int) -> dict[str, tuple[tuple[int, ...], int, int]]:
    """The table of a net by the ids of its layers: what each makes, its weights, its multiplications."""
    return {r.layer.id: r[1:] for r in rows(Net.registry[key].kind(), seen(*form))}


@pytest.mark.parametrize("form", FORMS, ids=lambda form: "x".join(map(str, form)))
@pytest.mark.parametrize("key", NETS)
def test_a_net_learns_and_comes_back_from_a_file(key: str, form: tuple[int, ...], tmp_path: Path) -> None:
    taken = take(seen(*form), key)
    machine = Supervised(taken)
    before = numbers(machine)
    machine.advance("batch", 4)
    train, test = machine.scores()
    assert train.loss is not None
    assert test.loss is not None
    assert np.isfinite([train.loss, test.loss]).all()
    after = numbers(machine)
    learned = {n.layer.id for n in nodes(taken) if n.parameters}
    for name in before:
        if name.endswith((".weight", ".scale")):
            assert not np.array_equal(before[name], after[name]), f"{name} does not learn"
    assert learned == {name.partition(".")[0] for name in before if "#" not in name}
    files.save(tmp_path / "net.learn", machine.experiment, machine.state())
    document = files.load(tmp_path / "net.learn")
    assert document.experiment == taken
    again = Supervised(document.experiment)
    assert document.state is not None
    again.restore(document.state)
    assert all(np.array_equal(after[name], values) for name, values in numbers(again).items())


@pytest.mark.parametrize("key", NETS)
def test_a_net_is_taken_while_another_one_learns_and_given_back(key: str) -> None:
    before = seen(8, 8, 1)
    machine = Supervised(before)
    machine.advance("batch", 2)
    machine.change(take(before, key))
    machine.reset()
    fresh = Supervised(take(before, key))
    assert same(numbers(machine), numbers(fresh)), "after a reset it is what it is when opened"
    machine.advance("batch", 2)
    machine.change(before)
    machine.advance("batch", 2)
    assert all(np.isfinite(values).all() for values in numbers(machine).values())


def test_lenet_has_the_numbers_of_its_table() -> None:
    found = table("lenet-5", 28, 28, 1)
    # zeros around make 32 × 32: 32 - 5 + 1 = 28, 28 / 2 = 14, 14 - 5 + 1 = 10, 10 / 2 = 5, 5 - 5 + 1 = 1
    assert {k: v[0] for k, v in found.items()} == {
        "C1": (28, 28, 6), "S2": (14, 14, 6), "C3": (10, 10, 16), "S4": (5, 5, 16), "C5": (1, 1, 120), "flat": (120,),
        "F6": (84,), "out": (10,),
    }  # fmt: skip
    # 6 (25 + 1); 6 (1 + 1); 25 (6 · 3 + 9 · 4 + 1 · 6) + 16; 16 (1 + 1); 120 (400 + 1); 84 (120 + 1); 10 (84 + 1)
    assert [found[k][1] for k in ("C1", "S2", "C3", "S4", "C5", "F6", "out")] == [156, 12, 1516, 32, 48120, 10164, 850]
    assert sum(n for _, n, _ in found.values()) - 850 == 60_000, "the trainable parameters that the paper counts"
    # 28 · 28 places · 25 taps · 6; 10 · 10 · 25 · 6 · 16, zeros among them; 400 · 120; 120 · 84
    assert [found[k][2] for k in ("C1", "C3", "C5", "F6")] == [117_600, 240_000, 48_000, 10_080]


def test_modern_lenet_sees_all_maps_and_has_nothing_to_learn_in_its_poolings() -> None:
    found = table("lenet-5-modern", 28, 28, 1)
    assert found["C3"][1] == 16 * (25 * 6 + 1) == 2416
    assert (found["S2"][1], found["S4"][1]) == (0, 0)
    assert sum(n for _, n, _ in found.values()) == 61_706


@pytest.mark.parametrize(("form", "larger"), [((8, 8, 1), 4), ((16, 16, 1), 2), ((28, 28, 1), 1), ((33, 33, 1), 1)])
def test_lenet_reads_smaller_pictures_as_large_as_its_own(form: tuple[int, ...], larger: int) -> None:
    found = table("lenet-5", *form)
    assert found["C5"][0] == (1, 1, 120)
    assert ("larger" in found) == (larger > 1)
    if larger > 1:
        assert found["larger"][0] == (32, 32, 1)


def test_what_a_map_of_lenet_does_not_see_stays_at_0() -> None:
    taken = take(seen(28, 28, 1), "lenet-5")
    assert frozen_count(taken, "C3") == 900
    machine = Supervised(taken)
    machine.advance("batch", 4)
    weight = numbers(machine)["C3.weight"].reshape(5, 5, 6, 16)
    alive = np.abs(weight).sum(axis=(0, 1)) > 0
    # table I of the paper: a row for each map of S2
    assert ["".join("X" if x else "." for x in row) for row in alive] == [
        "X...XXX..XXXX.XX",
        "XX...XXX..XXXX.X",
        "XXX...XXX..X.XXX",
        ".XXX..XXXX..X.XX",
        "..XXX..XXXX.XX.X",
        "...XXX..XXXX.XXX",
    ]


def test_residual_net_by_hand() -> None:
    found = table("resnet-8", 28, 28, 1)
    assert sum(layer.key in ("convolution", "output") for layer in take(seen(28, 28, 1), "resnet-8").model.layers) == 10
    # 8 layers with weights, and two ways around of 1 × 1
    assert found["conv1-conv"][1:] == (9 * 16, 9 * 16 * 784)
    assert found["conv1-norm"][1] == 32
    assert (found["block2-conv1"][0], found["block2-conv1"][1]) == ((14, 14, 32), 9 * 16 * 32)
    assert (found["block2-around-conv"][0], found["block2-around-conv"][1]) == ((14, 14, 32), 16 * 32)
    assert found["block3"][0] == (7, 7, 64)
    # 144 + 32; 2 (2304 + 32); 4608 + 9216 + 512 + 3 · 64; 18432 + 36864 + 2048 + 3 · 128; 650
    assert sum(n for _, n, _ in found.values()) == 77_754


def test_small_vgg_by_hand() -> None:
    found = table("small-vgg", 28, 28, 1)
    assert [found[f"pool{k}"][0] for k in (1, 2, 3)] == [(14, 14, 16), (7, 7, 32), (3, 3, 64)]
    # 160 + 2320; 4640 + 9248; 18496 + 36928; 128 (576 + 1); 1290
    assert sum(n for _, n, _ in found.values()) == 146_938
    # the second convolution of each block has the same work: half the maps twice, a quarter of the places
    assert {found[f"conv{k}-2"][2] for k in (1, 2, 3)} == {1_806_336}
    assert "pool3" not in table("small-vgg", 8, 8, 1), "8 is halved twice only: 8, 4, 2"


def test_others_by_hand() -> None:
    plain, spread = table("perceptron", 28, 28, 1), table("all-convolutional", 28, 28, 1)
    assert [plain[k][1] for k in ("h1", "h2", "out")] == [785 * 128, 129 * 64, 650]
    assert [spread[k][0] for k in ("half1", "half2", "mean")] == [(14, 14, 16), (7, 7, 32), (64,)]
    # 160, 2320, 4640, 9248, 18496, 4160, 650
    assert sum(n for _, n, _ in spread.values()) == 39_674
    side_by_side = table("small-inception", 28, 28, 1)
    # 16 maps in: 8 of 1 × 1; 4 narrow, 8 of 3 × 3; 4 narrow, 8 of 5 × 5; 8 behind the pooling
    assert [side_by_side[f"block1-{k}"][1] for k in ("1x1", "to3x3", "3x3", "to5x5", "5x5", "pooled")] == [
        136, 68, 296, 68, 808, 136,
    ]  # fmt: skip
    assert side_by_side["block1"][0] == (14, 14, 32)


def test_the_output_the_loss_and_the_training_stay() -> None:
    before = digits()
    for key in NETS:
        taken = take(before, key)
        assert taken.model.output == before.model.output
        assert (taken.data, taken.training, taken.seeds) == (before.data, before.training, before.seeds)
        assert taken.model.initialiser == Net.registry[key].kind.initialiser


def test_a_net_taken_twice_has_other_ids_so_it_starts_anew() -> None:
    def learning(experiment: Experiment) -> set[str]:
        return {x.id for x in experiment.model.hidden_layers}

    once = take(digits(), "lenet-5")
    twice = take(once, "lenet-5")
    assert not learning(once) & learning(twice)
    assert frozen_count(twice, "C3-2") == 900
    assert {n.name for n in twice.model.start} == {"C3-2.weight"}
    assert take(twice, "lenet-5") == once


def test_what_was_taken_is_edited_as_any_other() -> None:
    taken = take(digits(), "resnet-8")
    assert add_layer(taken, 0, kind="spatial-dropout").model.layers[0].key == "spatial-dropout"


def test_what_does_not_fit_is_refused_with_the_arithmetic() -> None:
    with pytest.raises(
        ExperimentError,
        match=r"“Small VGG” does not fit pictures of 1 × 5 × 1, choose larger ones: layer “pool1”: a window of 2 rows "
        r"does not fit into 1 rows",
    ):
        take(seen(1, 5, 1), "small-vgg")
    with pytest.raises(ExperimentError, match=r"“ResNet-8” reads pictures, but this data has 2 features; choose data"):
        take(examples.load("spiral"), "resnet-8")


def test_every_net_says_what_is_special_about_it_and_who_made_it() -> None:
    for entry in Net.registry:
        assert entry.kind.source
        assert 40 < len(entry.help) < 200
        assert all(isinstance(x, Layer) for x in take(digits(), entry.key).model.layers)
