"""Explanations: how each number of a network comes about, as formulas and with its numbers filled in."""

from engine.explanations.neuron import Step, explain
from engine.explanations.written import Line, worked

__all__ = ["Line", "Step", "explain", "worked"]
