"""Tables that can't be used: each is refused with one sentence that names the row, the column and the value."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from engine.datasets.importing import lines as importing_lines
from engine.datasets.importing import load, preview
from engine.errors import DataError

GOOD = "a,b,kind\n" + "1,2,yes\n3,4,no\n" * 50


def refused(source: Path | str, **choice: object) -> str:
    with pytest.raises(DataError) as error:
        load(preview(source), **choice)  # type: ignore[arg-type]
    message = str(error.value)
    assert "\n" not in message
    assert len(message) < 300
    return message


def with_row(row: str, at: int = 40) -> str:
    """The good table with one row replaced; the header is row 1."""
    rows = GOOD.split("\n")
    rows[at - 1] = row
    return "\n".join(rows)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("1,nan,yes", "row 40, column “b” holds “nan” where a number is expected"),
        ("inf,2,yes", "row 40, column “a” holds “inf” where a number is expected"),
        (",2,yes", "row 40, column “a” is empty where a number is expected"),
        ("1,  ,yes", "row 40, column “b” is empty"),
        ("NA,2,yes", "row 40, column “a” holds “NA”"),
        ("1e999,2,yes", "row 40, column “a” holds “1e999”, but numbers up to"),
        ("1,-1e31,yes", "row 40, column “b” holds “-1e31”"),
        ("1,two,yes", "row 40, column “b” holds “two” where a number is expected"),
        ("1,2", "row 40 has 2 cells but 3 are expected"),
        ("1,2,yes,4", "row 40 has 4 cells but 3 are expected"),
        ("1,2,", "row 40, column “kind” is empty where a class is expected"),
    ],
)
def test_a_bad_row_is_named(row: str, said: str) -> None:
    assert said in refused(with_row(row))


@pytest.mark.parametrize("value", ["abc", "1.2.3", "0x10", "1_000", "12 apples", "1,5"])
def test_text_after_the_first_look(value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing_lines, "BLOCK", 512)
    path = tmp_path / "long.csv"
    text = GOOD + "1,2,yes\n" * 300
    path.write_text(text + f'"{value}",2,yes\n' + "1,2,no\n" * 300, encoding="utf-8")
    message = refused(path)
    assert f"long.csv: row {text.count(chr(10)) + 1}, column “a” holds “{value}” where a number is expected" in message


def test_text_in_a_chosen_column() -> None:
    assert "column “b” of the pasted text holds text" in refused("a,b,y\n1,x,0\n2,3,1\n", features=("a", "b"))
    assert "“kind” holds text, so it can only name classes" in refused(GOOD, task="regression")
    assert "no column of numbers besides the target" in refused("a,b\nx,1\ny,2\n")


def test_rows_are_counted_over_blank_lines_and_open_quotes() -> None:
    assert "row 5, column “a”" in refused('a,kind\n1,"x\ny"\n\n2,z\n?,z\n')
    assert "row 4, column “a”" in refused("\n\na,kind\n?,z\n1,y\n")
    assert "row 7, column “kind” is empty" in refused("\n\na,kind\n1,z\n\n2,y\n3,\n")


@pytest.mark.parametrize("text", ["", "   ", "\n\n\n", "\ufeff"])
def test_empty(text: str) -> None:
    assert "is empty" in refused(text)


def test_header_only() -> None:
    assert "has a header but no rows" in refused("a,b,c\n")


def test_one_column() -> None:
    assert "has one column" in refused("a\n1\n2\n3\n")


def test_one_class() -> None:
    message = refused("a,kind\n1,yes\n2,yes\n3, yes\n")
    assert "every row of column “kind” of the pasted text holds “yes”" in message
    assert "holds “3”" in refused("a,kind\n1,3\n2,3\n", task="classification")


@pytest.mark.parametrize("words", ["c{k}", "{k}"])
def test_too_many_classes(words: str) -> None:
    text = "a,kind\n" + "".join(f"{k},{words.format(k=k)}\n" for k in range(130))
    message = refused(text, task="classification")
    assert "column “kind” of the pasted text has more than 100 classes" in message
    assert "choose another target" in message


@pytest.mark.parametrize("separator", [",", ";", " ", "\t"])
def test_a_hundred_thousand_columns(separator: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "wide.csv"
    path.write_text((separator.join(["1"] * 100_000) + "\n") * 20, encoding="utf-8")
    reads: list[int] = []
    usual = importing_lines._records

    def counted(text: str) -> list[str]:
        reads.append(len(text))
        return usual(text)

    monkeypatch.setattr(importing_lines, "_records", counted)
    assert "wide.csv has 100,000 columns but at most 1,000" in refused(path)
    assert sum(reads) < 2_000_000


def test_unknown_and_doubled_columns() -> None:
    assert "no column “kin”; did you mean “kind”?" in refused(GOOD, target="kin")
    assert "can't be both feature and target" in refused(GOOD, features=("a", "b"), target="b")


def test_latin_1_names_the_row(tmp_path: Path) -> None:
    path = tmp_path / "old.csv"
    path.write_bytes("a,kind\n1,rot\n2,grün\n".encode("latin-1"))
    message = refused(path)
    assert "old.csv: row 3 is not UTF-8 (byte 0xFC" in message
    assert "save the table as UTF-8" in message


def test_cut_utf_16(tmp_path: Path) -> None:
    path = tmp_path / "cut.csv"
    path.write_bytes(b"\xff\xfe" + "a,b\n1,2\n".encode("utf-16-le")[:-1])
    assert "UTF-16" in refused(path)


def test_binary_and_workbooks(tmp_path: Path) -> None:
    path = tmp_path / "what.csv"
    path.write_bytes(bytes(range(256)) * 10)
    assert "is not a text file" in refused(path)
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("xl/workbook.xml", "<x/>")
    assert "archive, such as an Excel workbook" in refused(path)


def test_missing_file_folder_and_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "can't be opened" in refused(tmp_path / "nowhere.csv")
    assert "can't be opened" in refused(tmp_path)
    path = tmp_path / "large.csv"
    path.write_text(GOOD, encoding="utf-8")
    monkeypatch.setattr(importing_lines, "MOST_BYTES", 100)
    assert "GB can be read" in refused(path)


def test_an_open_quotation_mark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing_lines, "LONGEST_RECORD", 1 << 16)
    monkeypatch.setattr(importing_lines, "BLOCK", 1 << 12)
    path = tmp_path / "open.csv"
    path.write_text(GOOD + '"1,2,yes\n' + "1,2,yes\n" * 20_000, encoding="utf-8")
    assert "row 102 is longer than" in refused(path)


def test_train_or_test_misspelt_late(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing_lines, "BLOCK", 256)
    path = tmp_path / "t.csv"
    path.write_text("a,b,set\n" + "1,2,train\n2,3.5,test\n" * 100 + "1,2,trian\n", encoding="utf-8")
    assert "row 202, column “set” holds “trian” where train or test is expected" in refused(path)


def test_npz_that_can_not_be_used(tmp_path: Path) -> None:
    path = tmp_path / "t.npz"
    x, y = np.zeros((4, 2)), np.arange(4.0)

    def saved(**arrays: object) -> str:
        np.savez(path, **arrays)  # type: ignore[arg-type]
        return refused(path)

    assert "array “x” of t.npz holds objects" in saved(x=np.array([{}, {}], object), y=y)
    assert "4 rows of inputs but 3 of the target" in saved(x=x, y=y[:3])
    assert "no array for a target among its arrays (x, z)" in saved(x=x, z=y)
    assert "no array for inputs" in saved(y=y)
    assert "[4, 2, 1]" in saved(x=x[:, :, None], y=y)
    assert "complex128" in saved(x=x.astype(complex), y=y)
    assert "row 3, column “x2” holds nan" in saved(x=np.array([[1, 2], [3, 4], [5, np.nan], [7, 8]]), y=y)
    assert "row 2, column “y” holds inf" in saved(x=x, y=np.array([1, np.inf, 2, 3]))
    assert "1,002 columns" in saved(x=np.zeros((2, 1001)), y=y[:2])
    assert "is empty" in saved(x=x[:0], y=y[:0])
    assert "row 2, column “y” is empty" in saved(x=x, y=np.array(["a", " ", "b", "a"]))
    assert "are text" in saved(x=np.array([["a"], ["b"]]), y=y[:2])


def test_npz_that_is_damaged_or_lies(tmp_path: Path) -> None:
    path = tmp_path / "t.npz"
    path.write_bytes(b"not a zip")
    assert "is not a NumPy archive" in refused(path)
    np.savez(path, x=np.zeros((40, 2)), y=np.arange(40.0))
    path.write_bytes(path.read_bytes()[:200])
    assert "is not a NumPy archive" in refused(path)
    # A header that promises 10^15 numbers must not be believed.
    buffer = io.BytesIO()
    np.save(buffer, np.zeros(4))
    lie = buffer.getvalue().replace(b"(4,), }" + b" " * 15, b"(1000000000000000,), }")
    assert lie != buffer.getvalue()
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("x.npy", lie)
        file.writestr("y.npy", buffer.getvalue())
    assert "promises 8,000,000,000,000,000 bytes" in refused(path)


def test_npz_bomb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.datasets.importing import npz

    monkeypatch.setattr(npz, "MOST_BYTES", 10_000)
    path = tmp_path / "bomb.npz"
    np.savez_compressed(path, x=np.zeros((100_000, 2)), y=np.zeros(100_000))
    assert path.stat().st_size < 10_000
    assert "unpacked but at most" in refused(path)


def test_damaged_tables_are_refused_or_read_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(5)
    letters = np.frombuffer(b',;\t| "\n\r.-+e0123456789naif\0\xe9\xff_', np.uint8)
    np.savez(tmp_path / "x.npz", x=np.arange(8.0).reshape(4, 2), y=np.array([0, 1, 0, 1]))
    starts = [
        GOOD[:60].encode(),
        b"a;b;c\n1,5;2;x\n3;4,5;y\n",
        b"1 2 3\n4 5 6\n7 8 9\n",
        (tmp_path / "x.npz").read_bytes(),
    ]
    read, said = 0, list[str]()
    for k in range(600):
        data = starts[k % 4]
        for _ in range(random.integers(1, 5)):
            place = int(random.integers(len(data) + 1))
            fresh = bytes(random.choice(letters, random.integers(0, 4)))
            data = data[:place] + fresh + data[place + int(random.integers(0, 4)) :]
        path = tmp_path / ("t.npz" if k % 4 == 3 else "t.csv")
        path.write_bytes(data)
        monkeypatch.setattr(importing_lines, "BLOCK", (7, 1 << 19)[k % 2])
        try:
            read += len(load(preview(path)).samples(0)) > 0
        except DataError as error:
            said.append(str(error))
    assert read > 10
    assert not [s for s in said if "\n" in s or len(s) > 300]


def test_a_word_among_numbers_may_name_a_class() -> None:
    look = preview("x,kind\n" + "1,0\n2,1\n" * 5 + "3,other\n")
    assert [(c.type, c.strays) for c in look.columns] == [("number", 0), ("number", 1)]
    assert load(look).names == ("other", "0", "1")
    assert "row 12, column “kind” holds “other”" in refused(
        "x,kind\n" + "1,0\n2,1\n" * 5 + "3,other\n", task="regression"
    )


def test_a_file_that_vanishes_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "gone.csv"
    path.write_text(GOOD, encoding="utf-8")
    look = preview(path)
    path.unlink()
    with pytest.raises(DataError, match=r"gone\.csv can't be opened"):
        load(look)


def test_a_table_without_a_row_to_train_on() -> None:
    assert "column “set” of the pasted text says test in every row" in refused("x,c,set\n1,a,test\n2,b,test\n")
