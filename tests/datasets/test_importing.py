"""Tables that can be read: separators, headers, encodings, guesses, scaling, the split, and the way there and back."""

from __future__ import annotations

import codecs
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from engine import examples, files
from engine.adapt import adapt
from engine.datasets import Dataset, editing
from engine.datasets.importing import Cancelled, csv_text, export_csv, load, preview
from engine.datasets.importing import lines as importing_lines
from engine.datasets.table import Scaling, Table
from engine.errors import DataError, FileError
from engine.experiment import Data, check
from engine.machines.supervised import Supervised
from engine.records import Domain

SMALL = "a,b,kind\n1,2,yes\n3,4.5,no\n-1e2,.5,yes\n"


def raw(source: Path | str, **choice: object) -> Table:
    return load(preview(source), scaling="none", target_scaling="none", **choice)  # type: ignore[arg-type]


def test_digits_and_letters_are_classes() -> None:
    letters = "abcdefghijklmnopqrstuvwxyz"
    text = "x,y,letter\n" + "".join(f"{k % 7},{k % 5}.5,{letters[k % 26]}\n" for k in range(260))
    table = load(preview(text))
    assert table.names == tuple(letters)
    text = "x,y,digit\n" + "".join(f"{k % 7},{k % 5}.5,{k % 10}\n" for k in range(200))
    looked = preview(text)
    assert looked.task == "classification"
    source = load(looked)
    data = Data(source=source, features=source.columns)
    made = check(adapt(replace(examples.load("spiral"), data=data))[0])
    assert made.model.output.units == 10
    machine = Supervised(made)
    assert machine.advance("epoch", 1, 60.0) == 1


@pytest.mark.parametrize("separator", [",", ";", "\t", "|", " ", ", ", "   "])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_separators_and_line_ends(tmp_path: Path, separator: str, end: str) -> None:
    path = tmp_path / "small.csv"
    path.write_bytes(SMALL.replace(",", separator).replace("\n", end).encode())
    table = raw(path)
    assert table.columns == ("a", "b")
    assert table.x.values.tolist() == [[1, 2], [3, 4.5], [-100, 0.5]]
    assert (table.target, table.names, table.y.values.tolist()) == ("kind", ("no", "yes"), [1, 0, 1])
    assert table.file == "small.csv"


@pytest.mark.parametrize(
    ("encoding", "bom"),
    [
        ("utf-8", b""),
        ("utf-8", codecs.BOM_UTF8),
        ("utf-16-le", codecs.BOM_UTF16_LE),
        ("utf-16-be", codecs.BOM_UTF16_BE),
    ],
)
def test_encodings(tmp_path: Path, encoding: str, bom: bytes) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(bom + "größe,b,kind\n1,2,grün\n3,4,übel\n".encode(encoding))
    table = raw(path)
    assert table.columns == ("größe", "b")
    assert table.names == ("grün", "übel")


def test_decimal_commas_where_the_separator_is_another() -> None:
    table = raw("a;b;c\n1,5;-2,25;x,y\n3;,5;z\n")
    assert table.x.values.tolist() == [[1.5, -2.25], [3, 0.5]]
    assert table.names == ("x,y", "z")
    assert raw("a;b;c\n1,5;2;3,5\n3;4;0,5\n").y.values.tolist() == [3.5, 0.5]


def test_quotes_line_ends_in_cells_and_blank_lines() -> None:
    table = raw('"a ""x""",b,"the kind"\n"1",2,"left, or so"\n\n3,4,"right\nside"\n   \n5,6,"left, or so"\n')
    assert table.columns == ('a "x"', "b")
    assert table.names == ("left, or so", "right side")
    assert table.x.values.tolist() == [[1, 2], [3, 4], [5, 6]]


def test_the_last_row_needs_no_line_end() -> None:
    assert preview("a,b\n1,2").row_count == 1
    assert raw("a,b\n1,2\n3,4.5").y.values.tolist() == [2, 4.5]


def test_without_a_header() -> None:
    look = preview("1,2,0\n3,4,1\n5,6,1\n7,8,0\n")
    assert [c.name for c in look.columns] == ["x1", "x2", "x3"]
    assert not look.header
    assert (look.target, look.task, look.row_count, look.complete) == ("x3", "classification", 4, True)
    # Told that the first row is a header, it is one.
    assert [c.name for c in preview("1,2,0\n3,4,1\n", header=True).columns] == ["1", "2", "0"]


def test_names_are_made_unique_and_never_empty() -> None:
    assert [c.name for c in preview("a,a, ,a (2)\n1,2,3,4\n").columns] == ["a", "a (2)", "column 3", "a (2) (2)"]


def test_what_a_preview_says() -> None:
    look = preview("a,b,note,y\n1,2.5,x,0.5\n-3,NA,y,0.7\n4,,z,0.9\n")
    a, b, note, y = look.columns
    assert (a.type, a.low, a.high, a.missing, a.distinct, a.whole) == ("number", -3, 4, 0, 3, True)
    assert (b.type, b.missing, b.low) == ("number", 2, 2.5)
    assert (note.type, note.low) == ("text", None)
    assert (y.type, look.target, look.task) == ("number", "y", "regression")
    assert look.features == ("a", "b")
    assert look.rows[0] == ("1", "2.5", "x", "0.5")


@pytest.mark.parametrize(
    ("values", "task"),
    [
        ("0 1 0 1", "classification"),
        ("3 1 2 1 3 1 2 3", "classification"),
        ("0.5 1 0 1", "regression"),
        ("1 2 3 4", "regression"),
        ("a b a b", "classification"),
        ("7 7 7 7", "regression"),
    ],
)
def test_the_guess_of_the_task(values: str, task: str) -> None:
    assert preview("x,y\n" + "".join(f"{k},{v}\n" for k, v in enumerate(values.split()))).task == task


def test_choices_override_the_guess() -> None:
    text = "a,b,c\n1,2,0\n3,4,1\n5,7,1\n"
    table = raw(text, features=("c",), target="a", task="regression")
    assert (table.columns, table.target, table.names) == (("c",), "a", ())
    assert table.y.values.tolist() == [1, 3, 5]
    assert raw(text, target="a").names == ()
    assert raw(text, target="b", task="classification").names == ("2", "4", "7")


def test_class_names_stand_in_the_order_of_numbers_or_of_the_alphabet() -> None:
    assert raw("x,y\n1,10\n2,9\n3,-1\n4,10\n5,9\n6,-1\n", task="classification").names == ("-1", "9", "10")
    table = raw("x,y\n1,pear\n2, apple \n3,pear\n4,apple\n")
    assert (table.names, table.y.values.tolist()) == (("apple", "pear"), [1, 0, 1, 0])


@pytest.mark.parametrize("scaling", ["none", "standardise", "range"])
def test_scaling(scaling: Scaling) -> None:
    text = "a,b,y\n" + "".join(f"{k},7,{k * 10}.5\n" for k in range(11))
    table = load(preview(text), scaling=scaling, target_scaling=scaling)
    samples = table.samples(0)
    a, y = samples.x[:, 0], samples.y
    scaled = scaling != "none"
    if not scaled:
        assert np.array_equal(a, np.arange(11))
    elif scaling == "standardise":
        assert (a.mean(), a.std()) == pytest.approx((0, 1))
        assert (y.mean(), y.std()) == pytest.approx((0, 1))
    else:
        assert (a.min(), a.max(), y.min(), y.max()) == pytest.approx((-1, 1, -1, 1))
    if scaled:
        assert (samples.x[:, 1] == 0).all(), "a column of one value becomes 0"
    scale = table.scales[0]
    assert np.allclose(a * scale.factor + scale.shift, np.arange(11))
    assert np.allclose(y * table.target_scale.factor + table.target_scale.shift, np.arange(11) * 10 + 0.5)
    assert replace(table, scaling="none").samples(0).x[3, 0] == 3


def test_the_plane_shows_the_range_of_its_columns() -> None:
    table = raw("a,b,c,y\n0,0,-10,x\n10,100,10,y\n")
    assert table.domain == Domain(-0.5, 10.5, -5.0, 105.0)
    assert table.domain_of("c", "a") == Domain(-11.0, 11.0, -0.5, 10.5)
    assert raw("a,y\n0,0.25\n10,1.25\n").domain == Domain(-0.5, 10.5, 0.2, 1.3)


def test_blocks_of_any_size_read_the_same(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a,ü,kind\r\n" + "".join(f'{k},{k / 3},"z{k % 3}\r\nend"\r\n' for k in range(40)), encoding="utf-8")
    whole = load(preview(path))
    monkeypatch.setattr(importing_lines, "BLOCK", 7)
    assert preview(path).columns[0].name == "a"
    for size in (7, 64, 1000):
        monkeypatch.setattr(importing_lines, "BLOCK", size)
        assert load(replace(preview(path), source=path)) == whole


def test_long_tables_are_estimated_and_report_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing_lines, "BLOCK", 4096)
    text = "a,b\n" + "".join(f"{k % 97},{k % 89}.5\n" for k in range(3000))
    look = preview(text)
    assert not look.complete
    assert look.row_count == pytest.approx(3000, rel=0.1)
    told: list[tuple[str, int, int]] = []
    table = load(look, progress=lambda *a: told.append(a))
    assert len(table.y) == 3000
    assert told[-1] == ("reading", len(text), len(text))
    assert [t[1] for t in told] == sorted(t[1] for t in told)
    calls = iter([False, False, True, True])
    with pytest.raises(Cancelled):
        load(look, cancelled=lambda: next(calls))


def test_npz(tmp_path: Path) -> None:
    path = tmp_path / "t.npz"
    x = np.arange(12, dtype=np.float32).reshape(6, 2)
    np.savez_compressed(path, X=x, labels=np.array([0, 1, 2, 0, 1, 2], np.uint8))
    look = preview(path)
    assert ([c.name for c in look.columns], look.target, look.task) == (["x1", "x2", "y"], "y", "classification")
    assert look.rows[0] == ("0.0", "1.0", "0.0")
    table = load(look, scaling="none")
    assert np.array_equal(table.x.values, x)
    assert table.names == ("0", "1", "2")
    np.savez(path, x=x, y=np.array(list("abcabc")))
    assert load(preview(path), features=("x2",)).names == ("a", "b", "c")
    np.savez(path, data=x, target=np.linspace(0, 1, 6)[:, None])
    assert load(preview(path), target_scaling="none").y.values.tolist() == np.linspace(0, 1, 6).tolist()


@pytest.mark.parametrize("key", [e.key for e in Dataset.registry if e.kind.family not in ("own", "pictures")])
def test_there_and_back(key: str, tmp_path: Path) -> None:
    samples = Dataset.registry[key].kind().samples(1)
    if len(samples) < 20 and key == "gate":
        samples = Dataset.registry["gate"].kind(count=80).samples(1)
    share = 0.7
    path = tmp_path / "points.csv"
    export_csv(samples, share, path)
    look = preview(path)
    assert look.split == "set"
    task = "classification" if samples.classes else "regression"
    for source in (path, csv_text(samples, share)):
        table = load(preview(source), task=task, scaling="none", target_scaling="none")  # type: ignore[arg-type]
        again = table.samples(0)
        assert np.array_equal(again.x, samples.x)
        assert np.array_equal(again.y, samples.y)
        assert (again.columns, again.classes, again.target) == (samples.columns, samples.classes, samples.target)
        if 0 < samples.train(share).sum() < len(samples):
            assert np.array_equal(again.train(table.marked / 100), samples.train(share))
    assert csv_text(again, table.marked / 100) == path.read_text(encoding="utf-8")


def test_own_points_go_there_and_back(tmp_path: Path) -> None:
    points = editing.new_class(editing.from_samples(Dataset.registry["circle"].kind().samples(0)), "so, so")  # type: ignore[arg-type]
    points = editing.put(points, np.array([[0.1, 1 / 3]]), editing.Brush(label=2), np.random.default_rng(0))
    table = raw(csv_text(points.samples(0), 0.5))
    assert np.array_equal(table.x.values, points.xy.values)
    assert [table.names[int(k)] for k in table.y.values] == [points.names[int(k)] for k in points.labels.values]


def test_classes_stand_in_the_order_of_their_names() -> None:
    words = ("10", "b", "9", "a", "2")
    table = raw("x,c\n" + "".join(f"{k},{word}\n" for k, word in enumerate(words * 2)))
    assert table.names == ("a", "b", "2", "9", "10")
    assert raw("x,c\n1,10\n2,9\n3,10\n4,9\n").names == ("9", "10")
    # A class drawn into a table is the last one there, and after export and import again.
    drawn = editing.new_class(editing.from_samples(raw("x,y,c\n1,2,b\n2,3,a\n").samples(0)))  # type: ignore[arg-type]
    drawn = editing.put(drawn, np.array([[0.5, 0.5]]), editing.Brush(label=2), np.random.default_rng(0))
    again = raw(csv_text(drawn.samples(0), 0.5))
    assert again.names == drawn.names == ("a", "b", "3")
    assert np.array_equal(again.y.values, drawn.labels.values)


@pytest.mark.parametrize(("train", "test"), [(1, 40), (30, 10), (5, 0)])
def test_marked_rows_train_and_the_experiment_can_be_saved(train: int, test: int, tmp_path: Path) -> None:
    rows = [f"{k},{k % 3},{'ab'[k % 2]},{'train' if k < train else 'test'}" for k in range(train + test)]
    table = load(preview("x,y,c,set\n" + "\n".join([*rows, "9,9,a,train", "9,8,b,train"])))
    marks = [k < train or k >= train + test for k in range(train + test + 2)]
    assert table.samples(0).train(table.marked / 100).tolist() == marks
    base = examples.load("xor")
    data = replace(base.data, source=table, features=("x", "y"), share=table.marked)
    experiment = replace(base, data=data)
    files.save(tmp_path / "a.learn", experiment)
    assert files.load(tmp_path / "a.learn").experiment == experiment


def test_export_to_a_place_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="choose another place"):
        export_csv(Dataset.registry["xor"].kind().samples(0), 0.5, tmp_path / "no" / "where.csv")


def test_a_split_column_that_is_not_one() -> None:
    look = preview("a,set\n1,train\n2,test\n")
    assert (look.split, look.target) == ("set", "a")
    assert preview("a,set\n1,train\n2,red\n").split == ""
    with pytest.raises(DataError, match="at least one feature"):
        load(look)


def test_a_table_that_does_not_fit_together() -> None:
    table = raw(SMALL)
    with pytest.raises(DataError, match="they differ"):
        replace(table, header=("a",))
    with pytest.raises(DataError, match="own name"):
        replace(table, header=("a", "a"))
    with pytest.raises(DataError, match="class outside"):
        replace(table, names=("only",))


def test_pictures_are_written_place_by_place() -> None:
    samples = Dataset.registry["stripes"].kind(count=3, side=12).samples(0)
    header, first, *_ = csv_text(samples, 0.8).splitlines()
    assert header.split(",") == [*(f"p{k + 1}" for k in range(144)), "y", "set"]
    assert [float(cell) for cell in first.split(",")[:144]] == samples.x[0].tolist()
