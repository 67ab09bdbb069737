"""What is asked of a place: hovers, and where things are defined."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lsprotocol import types

from ssot_lsp.server.convert import to_lsp_markup, to_lsp_range, utf16_length
from ssot_lsp.text import Span

if TYPE_CHECKING:
    from ssot_lsp.ide.signature_help import Signature
    from ssot_lsp.server.documents import Document
    from ssot_lsp.server.session import Session

    _Place = types.HoverParams | types.DefinitionParams | types.SignatureHelpParams

_RULE_NAME = re.compile(r"[a-z]+(?:-[a-z]+)*")
_SUPPRESSION = "ssot:"


class Hovers:
    """The answers of one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def hover(self, params: types.HoverParams) -> types.Hover | None:
        """What there is to say of a place: the page of a rule that is named there, else what `ide.hover` says."""
        from ssot_lsp.ide.factory_names import receiver_at  # noqa: PLC0415 - loaded after `initialize`
        from ssot_lsp.ide.hover import finding_hover, hover  # noqa: PLC0415 - as above

        asked = self._asked("hover", params)
        if asked is None:
            return None
        document, offset = asked
        if named := _rule_named_at(document, offset):
            page, span = named
            return self._hover(document, page, span)
        analysis = self._session.documents.analysis()
        if document.is_python:
            asking = receiver_at(analysis, document.path, offset)
            inferred = await self._session.inferring.classes(document, asking)
            if inferred is None:
                return None
            found = hover(analysis, document.path, offset, inferred)
        else:
            found = finding_hover(analysis, document.path, offset)
        return self._hover(document, found.markdown, found.span) if found is not None else None

    def _hover(self, document: Document, markdown: str, span: Span) -> types.Hover:
        client = self._session.client
        at = to_lsp_range(span, document.lines, client.encoding)
        return types.Hover(to_lsp_markup(markdown, reads_markdown=client.reads_markdown), at)

    async def definition(
        self, params: types.DefinitionParams
    ) -> list[types.LocationLink] | list[types.Location] | None:
        """Where what is named at a place is defined."""
        from ssot_lsp.ide.definition import definition  # noqa: PLC0415 - loaded after `initialize`
        from ssot_lsp.ide.factory_names import receiver_at  # noqa: PLC0415 - as above

        asked = self._asked("definition", params)
        if asked is None or not asked[0].is_python:
            return None
        document, offset = asked
        analysis = self._session.documents.analysis()
        asking = receiver_at(analysis, document.path, offset)
        inferred = await self._session.inferring.classes(document, asking)
        found = definition(analysis, document.path, offset, inferred) if inferred is not None else None
        if found is None:
            return None
        client = self._session.client
        at = to_lsp_range(found.span, document.lines, client.encoding)
        links = []
        for target in found.targets:
            lines = analysis.lines(target.path)
            whole, name = (to_lsp_range(each, lines, client.encoding) for each in (target.whole, target.span))
            links.append(types.LocationLink(self._session.uri_of(target.path), whole, name, at))
        if client.takes_links:
            return links
        return [types.Location(each.target_uri, each.target_selection_range) for each in links]

    async def signature_help(self, params: types.SignatureHelpParams) -> types.SignatureHelp | None:
        """The signature of the factory method whose brackets the cursor stands in."""
        from ssot_lsp.ide.signature_help import called_receiver, signature_help  # noqa: PLC0415 - as above

        asked = self._asked("signatureHelp", params)
        if asked is None or not asked[0].is_python:
            return None
        document, offset = asked
        analysis = self._session.documents.analysis()
        receiver = called_receiver(analysis, document.path, offset)
        inferred = await self._session.inferring.classes(document, receiver)
        if inferred is None:
            return None
        found = signature_help(analysis, document.path, offset, inferred)
        return self._signature(found) if found is not None else None

    def _signature(self, signature: Signature) -> types.SignatureHelp:
        client = self._session.client
        reads_markdown = client.reads_markdown_signatures
        label = signature.label
        parameters = []
        for (start, end), documentation in signature.parameters:
            written: str | tuple[int, int] = label[start:end]
            if client.takes_label_offsets:  # in UTF-16, whatever positions are in
                written = utf16_length(label[:start]), utf16_length(label[:end])
            said = to_lsp_markup(documentation, reads_markdown=reads_markdown) if documentation else None
            parameters.append(types.ParameterInformation(written, said))
        # A client that knows no "none" highlights none for a parameter that there is not.
        active = signature.active if signature.active is not None else len(parameters)
        said = to_lsp_markup(signature.documentation, reads_markdown=reads_markdown)
        return types.SignatureHelp([types.SignatureInformation(label, said, parameters)], 0, active)

    def _asked(self, feature: str, params: _Place) -> tuple[Document, int] | None:
        """The document and the code point that a request is about; None where nothing can or shall be said."""
        if not self._session.settings.has(feature):
            return None
        document = self._session.documents.ready_at(params.text_document.uri)
        if document is None:
            return None
        position = params.position
        return document, document.lines.offset(
            position.line, position.character, self._session.client.encoding
        )


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
