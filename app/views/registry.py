"""Views: one file per picture, each registered for the type of record it draws. Importing them needs no Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from engine.records import Record, Want
from engine.registry import Kind, Registry

if TYPE_CHECKING:
    from app.context import Context
    from app.views._base import ViewWidget


class View(Kind, frozen=True):
    """A picture of one type of record.

    `place` says where it stands: at the `top` or `bottom` from the beginning; when it is asked for, as a `tab` of the
    lower views or, where it needs `room`, of the upper ones.

    `record` is the name of the record it wants; `draws` its type: the view is offered for every experiment whose
    machine yields such a record.
    """

    registry: ClassVar[Registry[View]] = Registry("view")
    draws: ClassVar[type[Record]]
    record: ClassVar[str]
    place: ClassVar[str] = "tab"

    def wants(self) -> frozenset[Want]:
        """The records asked for while the view is visible."""
        return frozenset({Want(self.record)})

    def widget(self, context: Context) -> ViewWidget:
        """Make the widget; its module is imported only here, so that declarations need no Qt."""
        raise NotImplementedError
