"""From a text to a tree. Python's own parser reads it, and only what is on a short list gets through; nothing is run.

Before that, the text is taken apart: names become n0, n1 ..., so that Greek letters, indices, primes and words of the
language are names like any other, and ^ becomes **, so that it binds as a power does.
"""

from __future__ import annotations

import ast
import re
from bisect import bisect_right
from fractions import Fraction
from functools import lru_cache
from typing import Final, NoReturn, final

from engine.errors import ExpressionError
from engine.expressions.functions import ALL, FUNCTIONS
from engine.expressions.tree import (
    Call,
    Comparison,
    Conditional,
    Expression,
    Name,
    Negation,
    Number,
    Operation,
    Relation,
    Sign,
)

LONGEST: Final = 1000
"""Characters of a text."""
DEEPEST: Final = 100
"""Parts inside each other; a sum of n terms is n deep."""
LETTERS: Final = 40
DIGITS: Final = 30
LARGEST: Final = 1e100
LEAST: Final = 1e-100
SHOWN: Final = 80
"""Characters of a text that an error quotes."""

RAISED: Final = "⁰¹²³⁴-⁹¼-¾⅐-⅟"
"""What counts as a letter in a regular expression, but is none."""
NAME: Final = rf"√|[^\W\d_₀-₉{RAISED}](?:[^\W{RAISED}]|[\u0300-\u036f])*['′]*"
"""A letter of any alphabet, then letters, digits, indices and accents, then primes."""
TOKEN: Final = re.compile(
    rf"(?P<space>\s+)|(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)|(?P<name>{NAME})"
    r"|(?P<sign>\*\*|<=|>=|==|!=|[-−+*·×/^²³<>≤≥≠(),])",
)
SPELLED: Final = {
    "^": "**", "−": "-", "·": "*", "×": "*", "²": "**2", "³": "**3", "≤": "<=", "≥": ">=", "≠": "!=",
}  # fmt: skip
SIGNS: Final[dict[type[ast.operator], Sign]] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "^",
}  # fmt: skip
RELATIONS: Final[dict[type[ast.cmpop], Relation]] = {
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
}  # fmt: skip
ALLOWED: Final = "names, numbers, + - * / ^, brackets, functions, and “a if x > 0 else b”"
WANTED: Final = "a name, a number, a function or an opening bracket"


@lru_cache(maxsize=1024)
def parse(written: str) -> Expression:
    """Read an expression; `ExpressionError` names the place, what stands there, and what is allowed."""
    if not written.strip():
        raise ExpressionError(f"the expression is empty; write one of {ALLOWED}")
    if len(written) > LONGEST:
        raise ExpressionError(
            f"the expression has {len(written)} characters; at most {LONGEST} are read, so shorten it"
        )
    reader = _Reader(written)
    try:
        tree = ast.parse(reader.translated, mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        reader.refuse_syntax(error)
    return reader.expression(tree, 1)


@final
class _Reader:
    """One text on its way to a tree."""

    def __init__(self, written: str) -> None:
        self.written = written
        self.words: list[str] = []
        self.numbers: dict[int, str] = {}
        self._starts: list[int] = []
        self._places: list[int] = []
        self._tokens: list[str] = []
        pieces: list[str] = []
        at, length, before = 0, 0, ""
        while at < len(written):
            found = TOKEN.match(written, at)
            if not found:
                self.refuse(f"“{written[at]}”", at + 1, f"{ALLOWED} are allowed")
            kind, token = str(found.lastgroup), found[0]
            if kind != "space":
                self._check_neighbours(before, kind, token, at)
                piece = self._translate(kind, token, length, at)
                self._starts.append(length)
                self._places.append(at + 1)
                self._tokens.append(token)
                pieces.append(piece)
                length += len(piece) + 1
                before = self._class(kind, token)
            at = found.end()
        self._check_brackets()
        if before in ("sign", "word"):
            self.refuse("the end", len(written), f"{WANTED} is expected")
        self.translated = " ".join(pieces)

    def _class(self, kind: str, token: str) -> str:
        """What matters of a token to the next one."""
        if kind == "name":
            return "word" if token in ("if", "else") else "name"
        return "end" if kind == "number" or token in (")", "²", "³") else "sign"

    def _check_neighbours(self, before: str, kind: str, token: str, at: int) -> None:
        opens = kind in ("name", "number") and token not in ("if", "else")
        if (opens and before in ("end", "name")) or (token == "(" and before == "end"):
            self.refuse(
                f"“{token[:LETTERS]}” right after another quantity", at + 1, "a sign is expected: write * for a product"
            )

    def _translate(self, kind: str, token: str, start: int, at: int) -> str:
        if kind == "number":
            self.numbers[start] = self._number(token, at + 1)
            return "1"
        if kind == "name" and len(token) > LETTERS:
            self.refuse(f"a name of {len(token)} letters", at + 1, f"at most {LETTERS} are allowed")
        if kind == "name" and token not in ("if", "else"):
            self.words.append(token.replace("′", "'").replace("µ", "μ"))
            return f"n{len(self.words) - 1}"
        return SPELLED.get(token, token)

    def _number(self, token: str, place: int) -> str:
        """A number of bounded length, so that its fraction is one too: 0e999999999 is 0 without being worked out."""
        digits, size = re.sub(r"[eE].*|\.", "", token), float(token)
        if not digits.strip("0"):
            return "0"
        if len(digits) > DIGITS or not LEAST <= size <= LARGEST:
            allowed = f"at most {DIGITS} digits, from 1e-100 to 1e100, are allowed"
            self.refuse(f"the number “{token[:DIGITS]}”", place, allowed)
        return token

    def _check_brackets(self) -> None:
        depth = 0
        for token, place in zip(self._tokens, self._places, strict=True):
            depth += (token == "(") - (token == ")")
            if depth < 0:
                self.refuse("a closing bracket", place, "every one needs an opening bracket before it")
            if depth > DEEPEST:
                self._too_deep(place)
        if depth:
            self.refuse("the end", len(self.written), f"{depth} more closing bracket{'s'[: depth > 1]} expected")

    def _place(self, column: int) -> tuple[int, str]:
        k = max(bisect_right(self._starts, column) - 1, 0)
        return self._places[k], self._tokens[k]

    def refuse(self, what: str, place: int, advice: str) -> NoReturn:
        """Say in one sentence what stands where, and what is allowed there."""
        whole = self.written if len(self.written) <= SHOWN else f"{self.written[: SHOWN - 2]} …"
        raise ExpressionError(f"in “{whole}” at place {place} stands {what}, but {advice}", place)

    def _too_deep(self, place: int) -> NoReturn:
        self.refuse("a part inside too many others", place, f"at most {DEEPEST} may lie inside each other")

    def refuse_syntax(self, error: Exception) -> NoReturn:
        """Say what Python's parser could not read."""
        if not isinstance(error, SyntaxError) or error.offset is None:
            self._too_deep(1)
        place, token = self._place(error.offset - 1)
        if token in ("if", "else") or (token not in (")", ",") and "else" in error.msg):
            self.refuse(f"“{token}”", place, "a choice is written “a if x > 0 else b”")
        self.refuse(f"“{token}”", place, f"{WANTED} is expected")

    def expression(self, tree: ast.expr, depth: int) -> Expression:
        """Translate what is on the list, and refuse the rest."""
        if depth > DEEPEST:
            self._too_deep(self._place(tree.col_offset)[0])
        match tree:
            case ast.Constant():
                return Number(Fraction(self.numbers.get(tree.col_offset, str(tree.value))))
            case ast.Name(name):
                return self._name(self.words[int(name[1:])], tree)
            case ast.UnaryOp(op=ast.USub(), operand=inner):
                return Negation(self.expression(inner, depth + 1))
            case ast.UnaryOp(op=ast.UAdd(), operand=inner):
                return self.expression(inner, depth + 1)
            case ast.BinOp(left, op, right) if type(op) in SIGNS:
                first, last = self.expression(left, depth + 1), self.expression(right, depth + 1)
                return Operation(SIGNS[type(op)], first, last)
            case ast.Call(ast.Name(name), arguments, []):
                return self._call(self.words[int(name[1:])], tree, arguments, depth)
            case ast.IfExp(condition, then, otherwise):
                holds, first = self._condition(condition, depth + 1), self.expression(then, depth + 1)
                return Conditional(holds, first, self.expression(otherwise, depth + 1))
        return self._refuse_part(tree)

    def _name(self, word: str, tree: ast.expr) -> Name:
        if word in FUNCTIONS:
            place, _ = self._place(tree.col_offset)
            self.refuse(f"the function “{word}”", place, f"it needs brackets: {word}(x)")
        return Name(word)

    def _call(self, word: str, tree: ast.expr, arguments: list[ast.expr], depth: int) -> Call:
        place, _ = self._place(tree.col_offset)
        if word not in FUNCTIONS:
            known = ", ".join(function.name for function in ALL)
            self.refuse(f"“{word}(”", place, f"a product is written {word}*(…), and the functions are {known}")
        function = FUNCTIONS[word]
        if len(arguments) != function.arity:
            wanted = f"it takes {function.arity} argument{'s'[: function.arity > 1]}"
            self.refuse(f"“{word}” with {len(arguments)} arguments", place, wanted)
        return Call(function.name, tuple(self.expression(a, depth + 1) for a in arguments))

    def _condition(self, tree: ast.expr, depth: int) -> Comparison:
        if not isinstance(tree, ast.Compare):
            place, token = self._place(tree.col_offset)
            self.refuse(f"“{token}”", place, "between “if” and “else” a comparison such as x > 0 is expected")
        terms = tuple(self.expression(t, depth + 1) for t in (tree.left, *tree.comparators))
        return Comparison(terms, tuple(RELATIONS[type(op)] for op in tree.ops))

    def _refuse_part(self, tree: ast.expr) -> NoReturn:
        place, token = self._place(tree.col_offset)
        if isinstance(tree, ast.Compare):
            self.refuse("a comparison", place, "one is allowed only between “if” and “else”")
        if isinstance(tree, ast.Tuple):
            self.refuse("a list of several", place, "commas are allowed only between the arguments of a function")
        self.refuse(f"“{token}”", place, f"{ALLOWED} are allowed")
