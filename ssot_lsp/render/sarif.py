"""The report as SARIF 2.1.0, for whatever collects the results of tools: one run, a result per line.

Columns are code points, which the run says. Paths are URIs as seen from the root. What is in the baseline is
suppressed, and what could not be checked is a notification.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections import Counter
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ssot_lsp import __version__
from ssot_lsp.finding import Severity
from ssot_lsp.render.json import relative
from ssot_lsp.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ssot_lsp.cache import FixEdits, Place
    from ssot_lsp.scan import Report

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ROOT = "SRCROOT"
_FINGERPRINT = "ssotLspFinding/v1"
_LEVELS = {
    Severity.ERROR: "error",
    Severity.WARNING: "warning",
    Severity.INFORMATION: "note",
    Severity.HINT: "note",
}
_SURROGATE = re.compile("[\ud800-\udfff]")


def render_sarif(report: Report) -> Iterator[str]:
    """Pieces of one JSON object, in ASCII, with findings of all severities."""
    run = {
        "tool": {"driver": _driver()},
        "columnKind": "unicodeCodePoints",
        "newlineSequences": ["\r\n", "\n", "\r"],
        "originalUriBaseIds": {_ROOT: {"uri": _folder_uri(report.root)}},
        "invocations": [_invocation(report)],
        "properties": {
            "filesChecked": report.files_checked,
            "filesExcluded": report.files_excluded,
            "suppressed": report.suppressed,
            "baselined": report.baselined,
        },
    }
    yield f'{{"$schema": "{_SCHEMA}", "version": "2.1.0", "runs": [{_json(run)[:-1]}, "results": ['
    between = "\n"
    for result in _results(report):
        yield between + _json(result)
        between = ",\n"
    yield "]}]}\n" if between == "\n" else "\n]}]}\n"


def _driver() -> dict[str, Any]:
    return {
        "name": "ssot-lsp",
        "version": __version__,
        "semanticVersion": __version__,
        "rules": [
            {
                "id": rule.name,
                "shortDescription": {"text": rule.summary},
                "help": {"text": rule.page.strip(), "markdown": rule.page.strip()},
                "defaultConfiguration": {"level": _LEVELS[rule.severity]},
            }
            for rule in RULES
        ],
    }


def _invocation(report: Report) -> dict[str, Any]:
    failures = [
        {
            "level": "error",
            "message": {"text": f"the file could not be checked: {_sound(reason)}"},
            "locations": [{"physicalLocation": {"artifactLocation": _artifact(path, report.root)}}],
        }
        for path, reason in report.failures
    ]
    settings = [
        {"level": level, "message": {"text": _sound(message)}}
        for level, messages in (("error", report.errors), ("note", report.notes))
        for message in messages
    ]
    return {
        "executionSuccessful": not report.errors,
        "toolExecutionNotifications": failures,
        "toolConfigurationNotifications": settings,
    }


def _results(report: Report) -> Iterator[dict[str, Any]]:
    indices = {rule.name: index for index, rule in enumerate(RULES)}
    for result in report.results:
        artifact = _artifact(result.path, report.root)
        seen: Counter[tuple[str, str, str]] = Counter()
        for row in result.rows:
            key = (row.rule, row.definition, row.construct)
            seen[key] += 1
            said: dict[str, Any] = {
                "ruleId": row.rule,
                "ruleIndex": indices.get(row.rule, -1),
                "level": _LEVELS[Severity(row.severity)],
                "message": {"text": _sound(row.message)},
                "locations": [_location(artifact, row.start, row.end)],
                "partialFingerprints": {_FINGERPRINT: _fingerprint(artifact["uri"], *key, str(seen[key]))},
            }
            if row.covers:
                message = {"text": "belongs to it"}
                said["relatedLocations"] = [
                    {"id": number, **_location(artifact, place, None), "message": message}
                    for number, place in enumerate(row.covers, 1)
                ]
            if row.is_baselined:
                said["suppressions"] = [{"kind": "external", "justification": "it is in the baseline"}]
            if row.edits:
                said["fixes"] = [_fix(each, report.root) for each in row.edits]
            yield said


def _fix(fix: FixEdits, root: str) -> dict[str, Any]:
    title, edits = fix
    changes: dict[str, list[dict[str, Any]]] = {}
    for path, start, end, text in edits:
        replacement = {"deletedRegion": _region(start, end), "insertedContent": {"text": _sound(text)}}
        changes.setdefault(path, []).append(replacement)
    return {
        "description": {"text": _sound(title)},
        "artifactChanges": [
            {"artifactLocation": _artifact(path, root), "replacements": each}
            for path, each in changes.items()
        ],
    }


def _location(artifact: dict[str, str], start: Place, end: Place | None) -> dict[str, Any]:
    return {"physicalLocation": {"artifactLocation": artifact, "region": _region(start, end)}}


def _region(start: Place, end: Place | None) -> dict[str, int]:
    """The first column is 1, the last one is that behind the text."""
    region = {"startLine": start[0] + 1, "startColumn": start[1] + 1}
    return region if end is None else {**region, "endLine": end[0] + 1, "endColumn": end[1] + 1}


def _artifact(path: str, root: str) -> dict[str, str]:
    name = relative(path, root)
    if os.path.isabs(name) or name.startswith("../") or name[1:2] == ":":
        return {"uri": _folder_uri(path).rstrip("/")}
    return {"uri": quote(os.fsencode(name)), "uriBaseId": _ROOT}


def _folder_uri(path: str) -> str:
    written = quote(os.fsencode(path.replace(os.sep, "/")), safe="/:" if path[1:2] == ":" else "/")
    return f"file://{'' if written.startswith('/') else '/'}{written.rstrip('/')}/"


def _fingerprint(*parts: str) -> str:
    data = "\0".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def _sound(text: str) -> str:
    """`text` without halves of surrogate pairs, which many readers of JSON refuse."""
    return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text)


def _json(value: dict[str, Any] | Iterable[Any]) -> str:
    return json.dumps(value)
