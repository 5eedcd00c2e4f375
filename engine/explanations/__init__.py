"""Explanations: how each number of a network comes about, as formulas, with its numbers filled in, and as a graph."""

from engine.explanations.chain_rule import rule_of
from engine.explanations.graph import ComputationGraph, Link, Vertex, Way
from engine.explanations.network import From, of_network
from engine.explanations.neuron import explain
from engine.explanations.notation import NOTATIONS, Notation, notation
from engine.explanations.steps import Step, Title
from engine.explanations.typed import EXAMPLES, Typed, of_typed, read
from engine.explanations.written import Line, worked

__all__ = [
    "EXAMPLES",
    "NOTATIONS",
    "ComputationGraph",
    "From",
    "Line",
    "Link",
    "Notation",
    "Step",
    "Title",
    "Typed",
    "Vertex",
    "Way",
    "explain",
    "notation",
    "of_network",
    "of_typed",
    "read",
    "rule_of",
    "worked",
]
