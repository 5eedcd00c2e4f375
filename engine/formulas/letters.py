"""The alphabets of formulas and what LaTeX calls their letters and signs."""

from __future__ import annotations

import unicodedata
from typing import Final

_GREEK: Final = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "varepsilon", "ϵ": "epsilon", "ζ": "zeta", "η": "eta",
    "θ": "theta", "ϑ": "vartheta", "ι": "iota", "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "ξ": "xi",
    "π": "pi", "ρ": "rho", "ς": "varsigma", "σ": "sigma", "τ": "tau", "υ": "upsilon", "φ": "varphi", "ϕ": "phi",
    "χ": "chi", "ψ": "psi", "ω": "omega",
}  # fmt: skip
# Greek capitals that look Latin have no command of their own.
_CAPITALS: Final = {
    "Γ": "Gamma", "Δ": "Delta", "Θ": "Theta", "Λ": "Lambda", "Ξ": "Xi", "Π": "Pi", "Σ": "Sigma", "Φ": "Phi",
    "Ψ": "Psi", "Ω": "Omega",
}  # fmt: skip
LETTERS: Final = {
    **{letter: f"\\{name}" for letter, name in (_GREEK | _CAPITALS).items()},
    "∂": r"\partial", "∇": r"\nabla", "ℓ": r"\ell",
}  # fmt: skip
"""Letters that are not Latin."""

SIGNS: Final = {
    "=": "=", "≈": r"\approx", "≠": r"\neq", "<": "<", ">": ">", "≤": r"\leq", "≥": r"\geq", "←": r"\leftarrow",
    "∈": r"\in",
}  # fmt: skip

OTHERS: Final = {"−": "-", "·": r"\cdot", "∞": r"\infty", "…": r"\dots", "′": "'"}
"""What may stand in an index besides letters, digits and signs."""

ACCENTS: Final = {"\u0302": "hat", "\u0304": "bar", "\u0303": "tilde", "\u0307": "dot"}


def split_accent(name: str) -> tuple[str, str]:
    """A name and the accent of its letter: "ŷ" is "y" and a hat."""
    apart = unicodedata.normalize("NFD", name)
    return (apart[:-1], apart[-1]) if apart[-1:] in ACCENTS else (apart, "")
