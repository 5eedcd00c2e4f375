"""The layout of graphs: columns in order, nothing upon anything else, crossings untangled, heights by least squares."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.views._graph_layout import BETWEEN, HIGH, WIDE, Layout, laid_out, spread

Links = list[tuple[int, int]]


@st.composite
def graphs(draw: st.DrawFn) -> tuple[int, Links]:
    """Graphs whose links lead from earlier to later vertices, some of them twice."""
    count = draw(st.integers(1, 24))
    pairs = st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)).filter(lambda p: p[0] < p[1])
    return count, draw(st.lists(pairs, max_size=50)) if count > 1 else []


@settings(max_examples=150, deadline=None)
@given(graphs())
def test_no_vertex_lies_upon_another_and_all_within_the_picture(made: tuple[int, Links]) -> None:
    count, links = made
    layout = laid_out(count, links)
    for (ax, ay), (bx, by) in combinations(layout.places, 2):
        assert abs(ax - bx) >= WIDE or abs(ay - by) >= HIGH + BETWEEN - 1e-6
    for x, y in layout.places:
        assert -1e-6 <= x - WIDE / 2 <= x + WIDE / 2 <= layout.width + 1e-6
        assert -1e-6 <= y - HIGH / 2 <= y + HIGH / 2 <= layout.height + 1e-6


@settings(max_examples=150, deadline=None)
@given(graphs())
def test_links_lead_to_the_right_and_pass_no_vertex(made: tuple[int, Links]) -> None:
    count, links = made
    layout = laid_out(count, links)
    for (source, target), route in zip(links, layout.routes, strict=True):
        assert layout.columns[source] < layout.columns[target]
        assert route[0] == layout.places[source]
        assert route[-1] == layout.places[target]
        assert all(a[0] < b[0] for a, b in pairwise(route))
        for x, y in route[1:-1]:
            assert all(abs(x - px) > 1 or abs(y - py) > HIGH / 2 for px, py in layout.places)


def ups(layout: Layout, links: Links) -> int:
    """How many pairs of links of neighbouring columns cross."""
    ends = [(layout.places[a], layout.places[b]) for a, b in links]
    return sum((a[1] - c[1]) * (b[1] - d[1]) < 0 for (a, b), (c, d) in combinations(ends, 2) if a[0] == c[0])


def test_what_can_be_untangled_is() -> None:
    links = [(0, 7), (1, 6), (2, 5), (3, 4)]
    assert ups(laid_out(8, links), links) == 0


def test_a_given_number_stands_right_before_its_first_use() -> None:
    """0 → 1 → 2 → 4, and 3 is used by 4 alone."""
    assert laid_out(5, [(0, 1), (1, 2), (2, 4), (3, 4)]).columns == (0, 1, 2, 2, 3)


def test_a_chain_is_straight() -> None:
    assert len({y for _, y in laid_out(4, [(0, 1), (1, 2), (2, 3)]).places}) == 1


@pytest.mark.parametrize(
    ("wanted", "found"),
    [([0, 0], [-5, 5]), ([0, 30], [0, 30]), ([10, 0, 0], [-20 / 3, 10 / 3, 40 / 3]), ([5], [5])],
)
def test_heights_are_the_nearest_with_room_between(wanted: list[float], found: list[float]) -> None:
    assert spread(wanted, [10.0] * (len(wanted) - 1)) == pytest.approx(found)
