"""Expressions: formulas that are typed, worked out in floats or exactly, and differentiated along their graph.

    relu = parse("relu(w*x + b)")
    evaluate(relu, {"w": 2, "x": 3, "b": 1})             7.0; arrays broadcast
    exactly(relu, {"w": 2, "x": Fraction(1, 3), "b": 1})  5/3
    graph(relu).backward({"w": 2, "x": 3, "b": 1})        values, slopes of the edges, gradients, paths

Nothing that is typed is ever run: a text becomes a tree of the seven closed types in `tree`, by `reading`; which
functions there are says `functions`. Activations, losses and optimisers declare what they compute as assignments,
`assignments(("v = μ*v - η*g", "w = w + v"))`, which `follow` works out line by line.
"""

from __future__ import annotations

from engine.expressions.arithmetic import Exact, Values, evaluate, exactly, slopes
from engine.expressions.assigning import Assignment, assignments, follow
from engine.expressions.functions import FUNCTIONS, Function
from engine.expressions.graph import Backward, Graph, Node, Path, graph, graph_of
from engine.expressions.reading import parse
from engine.expressions.tree import (
    Call,
    Comparison,
    Conditional,
    Expression,
    Name,
    Negation,
    Number,
    Operation,
    names,
    text,
)

__all__ = [
    "FUNCTIONS",
    "Assignment",
    "Backward",
    "Call",
    "Comparison",
    "Conditional",
    "Exact",
    "Expression",
    "Function",
    "Graph",
    "Name",
    "Negation",
    "Node",
    "Number",
    "Operation",
    "Path",
    "Values",
    "assignments",
    "evaluate",
    "exactly",
    "follow",
    "graph",
    "graph_of",
    "names",
    "parse",
    "slopes",
    "text",
]
