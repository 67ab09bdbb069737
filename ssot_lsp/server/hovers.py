"""What is shown at a place: hovers over findings and names of rules."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lsprotocol import types

from ssot_lsp.server.convert import to_lsp_markup, to_lsp_range
from ssot_lsp.text import Span

if TYPE_CHECKING:
    from ssot_lsp.server.documents import Document
    from ssot_lsp.server.session import Session

_RULE_NAME = re.compile(r"[a-z]+(?:-[a-z]+)*")
_SUPPRESSION = "ssot:"


class Hovers:
    """The answers of one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def hover(self, params: types.HoverParams) -> types.Hover | None:
        """What there is to say of a place: the page of a rule that is named there, else what `ide.hover` says."""
        document = self._session.documents.ready_at(params.text_document.uri)
        if document is None or not self._session.settings.has("hover"):
            return None
        encoding, lines = self._session.client.encoding, document.lines
        offset = lines.offset(params.position.line, params.position.character, encoding)
        if named := _rule_named_at(document, offset):
            page, span = named
            return self._hover(document, page, span)
        from ssot_lsp.ide.hover import hover  # noqa: PLC0415 - loaded after `initialize`

        found = hover(self._session.documents.analysis(), document.path, offset)
        return self._hover(document, found.markdown, found.span) if found is not None else None

    def _hover(self, document: Document, markdown: str, span: Span) -> types.Hover:
        client = self._session.client
        at = to_lsp_range(span, document.lines, client.encoding)
        return types.Hover(to_lsp_markup(markdown, reads_markdown=client.reads_markdown), at)


def page_of(rule: str) -> str | None:
    """The page of a rule, None where there is no such rule."""
    from ssot_lsp.rules import by_name  # noqa: PLC0415 - loaded after `initialize`

    found = by_name(rule)
    return found.page.strip() if found else None


def _rule_named_at(document: Document, offset: int) -> tuple[str, Span] | None:
    """The page and the span of the rule's name that is written at `offset`, in a suppression or a configuration."""
    line = document.lines.line_of(offset)
    start, content = document.lines.starts[line], document.lines.content(line)
    for match in _RULE_NAME.finditer(content):
        if match.start() <= offset - start <= match.end():
            if not document.is_configuration and _SUPPRESSION not in content[: match.start()]:
                return None
            page = page_of(match[0])
            return (page, Span(start + match.start(), start + match.end())) if page else None
    return None
