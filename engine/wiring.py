"""Wiring as a value: which layers read which, and what an edit does to it."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from engine.layers import Layer
from engine.network import INPUT, Network

Wiring = dict[str, tuple[str, ...]]
"""What each layer reads, spelled out."""


def wiring_of(model: Network) -> Wiring:
    """What the layers of a network read."""
    before, wiring = INPUT, {}
    for layer in model.layers:
        wiring[layer.id] = layer.inputs or (before,)
        before = layer.id
    return wiring


def made_of(wiring: Wiring, id_: str) -> set[str]:
    """All that a layer is made from, through other layers too."""
    found: set[str] = set()
    left = list(wiring.get(id_, ()))
    while left:
        one = left.pop()
        if one not in found:
            found.add(one)
            left += wiring.get(one, ())
    return found


def ordered(layers: Sequence[Layer], wiring: Wiring) -> tuple[Layer, ...]:
    """The layers in an order in which each stands behind what it reads, as near to the present one as can be."""
    *left, output = layers
    known, found = {INPUT}, []
    while left:
        following = next(x for x in left if known.issuperset(wiring[x.id]))
        left.remove(following)
        known.add(following.id)
        found.append(following)
    return (*found, output)


def bridge(model: Network, wiring: Wiring, gone: str) -> None:
    """Let the readers of a layer read what it reads."""
    through = wiring.pop(gone)
    for id_, sources in wiring.items():
        if gone in sources:
            instead = through if model.layer(id_).sign else through[:1]
            put = [s for source in sources for s in (instead if source == gone else (source,))]
            wiring[id_] = tuple(dict.fromkeys(put))


def splice(wiring: Wiring, order: Sequence[str], fresh: str, place: int, source: str = "") -> None:
    """Put a layer on the connection between its neighbours; on all those of its left one if they aren't connected."""
    left, right = source or (INPUT if place == 0 else order[place - 1]), order[place]
    readers = [right] if left in wiring[right] else [x for x in order[place:] if left in wiring[x]]
    for reader in readers:
        wiring[reader] = tuple(fresh if s == left else s for s in wiring[reader])
    wiring[fresh] = (left,)


def wired(layers: Sequence[Layer], wiring: Wiring) -> tuple[Layer, ...]:
    """The layers with the wiring written down, as briefly as it goes."""
    before, found = INPUT, []
    for layer in layers:
        wanted = () if wiring[layer.id] == (before,) else wiring[layer.id]
        found.append(layer if layer.inputs == wanted else replace(layer, inputs=wanted))
        before = layer.id
    return tuple(found)
