"""Asking what an expression is, beside everything else: see `inference`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from ssot_lsp.index.origins import Origin
    from ssot_lsp.inference import Inference
    from ssot_lsp.server.documents import Document
    from ssot_lsp.server.session import Session
    from ssot_lsp.text import Span


class Inferring:
    """The questions of one session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._inference: Inference | None = None

    def classes(self, document: Document, span: Span | None) -> Awaitable[tuple[Origin, ...] | None]:
        """What the expression at `span` is or is an instance of; None where the document has moved on meanwhile.

        Nothing is asked where there is no `span`, nor where it is switched off. What is asked is about the text of this
        moment, not of the one when it is awaited. The worker stops when the document moves on or the request is
        cancelled.
        """
        if span is None or not self._session.settings.has("inference"):
            return _nothing()
        if self._inference is None:
            from ssot_lsp.inference import Inference  # noqa: PLC0415 - loaded after `initialize`

            self._inference = Inference()
        revision = document.revision
        is_cancelled = False
        question = self._session.documents.analysis().question(document.path, span)

        def is_wanted() -> bool:
            return document.revision == revision and not is_cancelled

        asked = self._inference.ask(question, is_wanted)

        async def answer() -> tuple[Origin, ...] | None:
            nonlocal is_cancelled
            try:
                found = await asyncio.wrap_future(asked)
            finally:
                is_cancelled = True
            return found if document.revision == revision else None

        return answer()

    def stop(self) -> None:
        """Ask no more."""
        if self._inference is not None:
            self._inference.stop()


async def _nothing() -> tuple[Origin, ...]:
    return ()
