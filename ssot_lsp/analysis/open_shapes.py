"""What open documents say of classes, also while their text is broken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lsp.index.heirs import mentions_in
from ssot_lsp.index.shape_reading import shape_of
from ssot_lsp.index.shapes import merged

if TYPE_CHECKING:
    from ssot_lsp.facts import Facts
    from ssot_lsp.index.heirs import Mentions
    from ssot_lsp.index.shapes import Shape


class OpenShapes:
    """The shapes of open documents, with the facts that they are of, and what was good of each when it was whole."""

    def __init__(self) -> None:
        self._shapes: dict[str, tuple[Facts, Shape]] = {}
        self._good: dict[str, Shape] = {}
        self._mentions: dict[str, tuple[Facts, Mentions]] = {}

    def of(self, path: str, facts: Facts) -> Shape:
        """The shape of an open document; where it is broken, with what was known of it before."""
        known = self._shapes.get(path)
        if known is not None and known[0] is facts:
            return known[1]
        shape = shape_of(path, facts)
        if not shape.has_error:
            self._good[path] = shape
        elif path in self._good:
            shape = merged(shape, self._good[path])
        self._shapes[path] = facts, shape
        return shape

    def mentions(self, path: str, facts: Facts) -> Mentions:
        """What an open document says of base classes."""
        known = self._mentions.get(path)
        if known is None or known[0] is not facts:
            known = self._mentions[path] = facts, mentions_in(facts.source.data)
        return known[1]

    def keep_good(self, path: str, shape: Shape) -> None:
        """Note the shape that a file had before it was opened."""
        if not shape.has_error:
            self._good.setdefault(path, shape)

    def take_good(self, other: OpenShapes) -> None:
        """Note what another one knows of documents when they were whole."""
        self._good.update(other._good)

    def close(self, path: str) -> None:
        """Forget a document."""
        self._shapes.pop(path, None)
        self._good.pop(path, None)
        self._mentions.pop(path, None)

    def copy(self) -> OpenShapes:
        """The same, to be changed apart from this."""
        copied = OpenShapes()
        copied._shapes = dict(self._shapes)
        copied._good = dict(self._good)
        copied._mentions = dict(self._mentions)
        return copied
