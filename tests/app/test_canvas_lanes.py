"""The order of branches in the diagram: few connections cross."""

from __future__ import annotations

from app.canvas.flow import flow
from engine.network import INPUT


def test_branches_that_meet_stand_beside_each_other() -> None:
    """The first and the third branch meet first: in the order of the layers the second would lie between them."""
    stand = flow(
        [
            ("h1", (INPUT,)),
            ("h2", (INPUT,)),
            ("h3", (INPUT,)),
            ("add1", ("h1", "h3")),
            ("h4", ("h2",)),
            ("add2", ("add1", "h4")),
            ("out", ("add2",)),
        ]
    )
    rows = {name: stand.spots[name].row for name in ("h1", "h2", "h3", "add1", "h4")}
    assert abs(rows["h1"] - rows["h3"]) == 1
    assert (rows["h2"] - rows["h1"]) * (rows["h4"] - rows["add1"]) > 0


def test_the_order_of_the_layers_stands_where_nothing_crosses() -> None:
    stand = flow([("h1", (INPUT,)), ("h2", (INPUT,)), ("add", ("h1", "h2")), ("out", ("add",))])
    assert [stand.spots[x].row for x in ("h1", "h2")] == [0, 1]
