"""What completes at a place, in the form that the client takes.

Answered at once, on the loop: the document then is what the client asked about, as every edit before the request has
been applied and none behind it. Of a large document whose newest text is still being read nothing is said. Only where
nothing else completes and an expression may be a factory for all that is known, somebody else is asked what it is,
beside everything else; when the document moves on meanwhile, nothing is said and the client asks again.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

from ssot_lsp.server.convert import Encoded, to_lsp_markup, to_lsp_range

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator

    from ssot_lsp.analysis import Analysis
    from ssot_lsp.ide.item import Completion
    from ssot_lsp.server.documents import Document
    from ssot_lsp.server.session import Session
    from ssot_lsp.text import Span

    _Asked = tuple[Callable[..., Awaitable[Any]], tuple[Any, ...], dict[str, Any]]

TRIGGERS = (".", "(", '"', "'")
"""What is typed where only we may know what follows; a blank is none of them."""

PLACES = (
    *("factoryMethods", "keywordArguments", "mockTypes"),
    *("autoImports", "factoryCalls", "justifications"),
)
"""Where something completes, each of which can be switched off: those of `ide.completion`, which is loaded later."""

_KINDS = {
    "method": types.CompletionItemKind.Method,
    "keyword": types.CompletionItemKind.Variable,
    "value": types.CompletionItemKind.Value,
    "class": types.CompletionItemKind.Class,
    "snippet": types.CompletionItemKind.Snippet,
    "rule": types.CompletionItemKind.Value,
}
_WHO = "ssot-lsp"
_NOTHING = Encoded('{"isIncomplete":false,"items":[]}')
_NOT_YET = Encoded('{"isIncomplete":true,"items":[]}')


@dataclass(frozen=True, slots=True)
class CompletionSupport:
    """What the client does with completions."""

    takes_snippets: bool = False
    shows_details: bool = False
    takes_two_ranges: bool = False
    resolves_pages: bool = False
    formats: frozenset[str] = frozenset()  # of documentation; without any it is a string
    preselects: bool = False

    @classmethod
    def of(cls, can: Callable[[str], Any]) -> CompletionSupport:
        """What `can`, which knows the capabilities by their path, says."""

        def item(what: str) -> Any:
            return can(f"text_document.completion.completion_item.{what}")

        return cls(
            takes_snippets=bool(item("snippet_support")),
            shows_details=bool(item("label_details_support")),
            takes_two_ranges=bool(item("insert_replace_support")),
            resolves_pages="documentation" in (item("resolve_support.properties") or ()),
            formats=frozenset(
                str(getattr(each, "value", each)) for each in item("documentation_format") or ()
            ),
            preselects=bool(item("preselect_support")),
        )


class Completions:
    """The answers of one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def complete(self, params: types.CompletionParams) -> Generator[_Asked, Any, Encoded]:
        """What completes at a place of the newest text.

        What it yields is called, and its result awaited. No coroutine: that would begin only after further edits.
        """
        from ssot_lsp.ide.completion import complete, unknown_receiver  # noqa: PLC0415 - loaded after `initialize`

        session = self._session
        document = session.documents.get(params.text_document.uri)
        if document is None or not document.is_python or not session.settings.has("completion"):
            return _NOTHING
        if not session.documents.is_ready(document):
            return _NOT_YET
        position, context = params.position, params.context
        offset = document.lines.offset(position.line, position.character, session.client.encoding)
        by_character = types.CompletionTriggerKind.TriggerCharacter
        analysis = session.documents.analysis()
        places = [each for each in PLACES if each not in session.settings.incomplete]
        is_asked = context is None or context.trigger_kind != by_character
        found = complete(analysis, document.path, offset, places, is_asked=is_asked)
        asking = unknown_receiver(analysis, document.path, offset, places) if not found else None
        if asking is not None:
            inferred = yield _awaited, (session.inferring.classes(document, asking),), {}
            if inferred is None:
                return _NOT_YET
            if inferred:
                found = complete(
                    analysis, document.path, offset, places, is_asked=is_asked, inferred=inferred
                )
        if not found:
            return _NOT_YET if analysis.is_searching else _NOTHING
        items = [self._item(analysis, each, document, number) for number, each in enumerate(found)]
        return Encoded(json.dumps({"isIncomplete": False, "items": items}, separators=(",", ":")))

    def resolve(self, item: types.CompletionItem) -> types.CompletionItem:
        """The same with its page; the edits are there already, and true of the text that was asked about."""
        data: Any = item.data
        if data is None:  # one that has no page, or has it already: some clients resolve them all
            return item
        page = data.get("page") if isinstance(data, dict) else None
        if not isinstance(page, list) or not all(isinstance(each, str) for each in (*page, data.get("uri"))):
            reason = "the completion is none of this server's"
            raise JsonRpcInvalidParams(reason)
        from ssot_lsp.ide.completion import documentation  # noqa: PLC0415 - loaded after `initialize`

        document = self._session.documents.ready_at(data["uri"])
        if document is None:
            return item
        if text := documentation(self._session.documents.analysis(), document.path, page):
            formats = self._session.client.completion.formats
            markup = to_lsp_markup(text, reads_markdown="markdown" in formats)
            item.documentation = markup if formats else markup.value
        return item

    def _item(
        self, analysis: Analysis, completion: Completion, document: Document, number: int
    ) -> dict[str, Any]:
        from ssot_lsp.ide.completion import documentation  # noqa: PLC0415 - loaded after `initialize`

        support = self._session.client.completion
        is_snippet = support.takes_snippets and bool(completion.snippet)
        item: dict[str, Any] = {
            "label": completion.label,
            "kind": int(_KINDS[completion.kind]),
            "sortText": f"{number:04}",
            "filterText": completion.found_by or completion.label,
            "textEdit": self._edit(
                completion, completion.snippet if is_snippet else completion.text, document
            ),
        }
        if completion.detail:
            # who shows no details of labels shows this right behind the label
            item["detail"] = completion.detail if support.shows_details else _behind(completion)
        if support.shows_details:
            item["labelDetails"] = {"detail": completion.parameters, "description": _WHO}
        if is_snippet:
            item["insertTextFormat"] = int(types.InsertTextFormat.Snippet)
        if completion.is_best and support.preselects:
            item["preselect"] = True
        if completion.edits:
            item["additionalTextEdits"] = [
                {"range": self._range(each.span, document), "newText": each.text} for each in completion.edits
            ]
        if completion.page and support.resolves_pages:
            item["data"] = {"uri": document.uri, "page": completion.page}
        elif completion.page and (text := documentation(analysis, document.path, completion.page)):
            markup = to_lsp_markup(text, reads_markdown="markdown" in support.formats)
            kind = markup.kind.value
            item["documentation"] = {"kind": kind, "value": markup.value} if support.formats else markup.value
        return item

    def _edit(self, completion: Completion, text: str, document: Document) -> dict[str, Any]:
        replaced = self._range(completion.replace, document)
        if not self._session.client.completion.takes_two_ranges:
            return {"range": replaced, "newText": text}
        return {"newText": text, "insert": self._range(completion.insert, document), "replace": replaced}

    def _range(self, span: Span, document: Document) -> dict[str, Any]:
        at = to_lsp_range(span, document.lines, self._session.client.encoding)
        return {
            "start": {"line": at.start.line, "character": at.start.character},
            "end": {"line": at.end.line, "character": at.end.character},
        }


def _behind(completion: Completion) -> str:
    return completion.detail.removeprefix(completion.label).strip() or completion.detail


async def _awaited(answer: Awaitable[Any]) -> Any:
    return await answer
