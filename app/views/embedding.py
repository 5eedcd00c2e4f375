"""Samples where a layer puts them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from app.views.registry import View
from engine.producers.embedding import Embedding
from engine.records import Record
from engine.registry import register

if TYPE_CHECKING:
    from app.context import Context
    from app.views._base import ViewWidget


@register("Embedding")
class EmbeddingOnScreen(View, tag="embedding", frozen=True):
    """Pictures as the last hidden layer sees them, along two principal components or by t-SNE."""

    draws: ClassVar[type[Record]] = Embedding
    record: ClassVar[str] = "embedding"
    place: ClassVar[str] = "room"

    def widget(self, context: Context) -> ViewWidget:
        from app.views._embedding import EmbeddingView

        return EmbeddingView(context, self.record)
