"""Fixing real files byte by byte: nothing changes but the edits, whatever the file is written like, and once is enough."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from ssot_lsp.scan import Options
from ssot_lsp.scan.mending import mend
from tests.benchmarks.corpora import corpus
from tests.fuzz.test_mutation import CORPUS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Format = Callable[[str], bytes]

METHODS = (
    *(
        "agent",
        "client",
        "collection",
        "connection",
        "conn",
        "context",
        "gateway",
        "guest",
        "instance",
        "ledger",
    ),
    *(
        "manager",
        "notifier",
        "order",
        "pool",
        "queue",
        "registry",
        "repository",
        "session",
        "store",
        "websocket",
    ),
)
FACTORY = "from unittest.mock import AsyncMock, MagicMock, Mock\n\n\nclass SSotMockFactory:\n" + "\n".join(
    f"    @staticmethod\n    def create_{name}_mock(**attributes):\n        return {cls}(**attributes)\n"
    for name, cls in zip(METHODS, ("Mock", "MagicMock", "AsyncMock") * len(METHODS), strict=False)
)
REAL = {
    "nova": "nova/tests/unit/virt/vmwareapi/test_images.py",
    "celery": "t/unit/backends/test_mongodb.py",
}


def tabs(text: str) -> str:
    return re.sub(r"(?m)^(?: {4})+", lambda match: "\t" * (len(match[0]) // 4), text)


def form_feeds(text: str) -> str:
    return re.sub(r"(?m)^(?=class |def |@)", "\f\n", text)


FORMATS: dict[str, Format] = {
    "LF": lambda text: text.encode(),
    "CRLF": lambda text: text.replace("\n", "\r\n").encode(),
    "a byte order mark": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "both": lambda text: b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode(),
    "latin-1": lambda text: f"# -*- coding: latin-1 -*-\n{text}# café\n".encode("latin-1"),
    "tabs": lambda text: tabs(text).encode(),
    "form feeds": lambda text: form_feeds(text).encode(),
    "no line end at the end": lambda text: text.rstrip("\n").encode(),
}


def source(name: str) -> str:
    path = CORPUS[name] if name in CORPUS else corpus(name) / REAL[name]
    return path.read_text("utf-8").encode("ascii", "replace").decode()


def fixed(root: Path, data: bytes, *, with_review: bool) -> tuple[bytes, int]:
    """The bytes of a file after all its fixes, and how many these were."""
    (root / "pyproject.toml").write_text("[tool.ssot-lsp]\n", encoding="utf-8")
    (root / "mock_factory.py").write_text(FACTORY, encoding="utf-8")
    path = root / "test_it.py"
    path.write_bytes(data)
    report, run = mend(
        ["test_it.py"], Options(use_cache=False, jobs=1), str(root), with_review=with_review, is_written=True
    )
    assert not report.errors
    steps = sum(len(each.steps) for each in run)
    return path.read_bytes(), steps


@pytest.mark.parametrize("with_review", [pytest.param(False, id="safe"), pytest.param(True, id="all")])
@pytest.mark.parametrize(
    "name", [*CORPUS, *(pytest.param(each, marks=pytest.mark.real, id=each) for each in REAL)]
)
def test_nothing_changes_but_the_edits(name: str, with_review: bool, tmp_path: Path) -> None:
    text = source(name)
    after, steps = fixed(tmp_path, text.encode(), with_review=with_review)
    assert (steps > 0) is (after != text.encode())
    if with_review:
        assert steps

    for shown, written in FORMATS.items():
        data = written(text)
        result, count = fixed(tmp_path, data, with_review=with_review)
        assert (shown, count, result) == (shown, steps, written(after.decode()))
        assert fixed(tmp_path, result, with_review=with_review) == (result, 0), shown
