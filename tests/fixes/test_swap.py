"""Swaps by hand of the cases in `swap/*.md`: what is offered, and the text after it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from ssot_lsp.analysis import Workspace
from ssot_lsp.text import apply_edits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lsp.analysis import Analysis
    from ssot_lsp.fixes import Fix

FOLDER = Path(__file__).parent / "swap"
PREAMBLE = "from unittest.mock import *\nfrom mock_factory import SSotMockFactory\n"
MAP = {"LegacySocket": "create_websocket_mock"}

_FENCE = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_IMPORT = re.compile(r"^\s*(?:from|import) ", re.MULTILINE)


class Pair(NamedTuple):
    """A case; `offers` are what the arrows say, `after` is empty where nothing changes."""

    id: str
    factory: str
    before: str
    offers: tuple[str, ...]
    after: str


def pairs() -> Iterator[Pair]:
    for path in sorted(FOLDER.glob("*.md")):
        head, *sections = re.split(r"^## ", path.read_text("utf-8"), flags=re.MULTILINE)
        factory = _FENCE.search(head)
        for section in sections:
            title, _, rest = section.partition("\n")
            blocks = _FENCE.findall(rest)
            offers = tuple(line.removeprefix("→ ") for line in rest.splitlines() if line.startswith("→ "))
            assert factory is not None
            assert offers, title
            yield Pair(
                f"{path.stem}: {title}", factory[1], blocks[0], offers, blocks[1] if blocks[1:] else ""
            )


def opened(root: Path, factory: str) -> Workspace:
    """A workspace at `root` with a factory on its disk, so that imports lead to it."""
    (root / "pyproject.toml").write_text("[tool.ssot-lsp]\n", encoding="utf-8")
    (root / "mock_factory.py").write_text(factory, encoding="utf-8")
    return Workspace(folders=[str(root)], adjust=lambda config: replace(config, factory_map=MAP))


def best_swaps(analysis: Analysis, path: str) -> Iterator[Fix | None]:
    """The best swap of each finding, in the order of the text."""
    for finding in analysis.findings(path):
        if finding.rule == "unjustified-mock":
            found = [each for each in analysis.fixes(finding) if each.maker == "swap"]
            yield found[0] if found else None


def said(fix: Fix | None) -> str:
    if fix is None:
        return "nothing"
    return fix.title.partition("; for ")[2] or fix.kind


@pytest.mark.parametrize("pair", [pytest.param(each, id=each.id) for each in pairs()])
def test_pair(pair: Pair, tmp_path_factory: pytest.TempPathFactory) -> None:
    preamble = "" if _IMPORT.search(pair.before) else PREAMBLE
    text = preamble + pair.before
    root = tmp_path_factory.mktemp("workspace")
    workspace = opened(root, pair.factory)
    path = str(root / "tests" / "test_it.py")
    workspace.write(path, text)
    offers = []

    position = 0
    while True:
        analysis = workspace.snapshot()
        found = list(best_swaps(analysis, path))
        if position >= len(found):
            break
        offers.append(said(fix := found[position]))
        if fix is None:
            position += 1
            continue
        text = apply_edits(text, analysis.edit(fix).edits)
        workspace.write(path, text)

    assert tuple(offers or ["no finding"]) == pair.offers
    assert text == preamble + (pair.after or pair.before)


def test_what_the_name_and_the_attributes_say_is_both_offered_and_neither_preferred(tmp_path: Path) -> None:
    factory = (FOLDER / "refused.md").read_text("utf-8").partition("```python\n")[2].partition("```")[0]
    workspace = opened(tmp_path, factory)
    path = str(tmp_path / "tests" / "test_it.py")
    workspace.write(
        path,
        f"{PREAMBLE}async def test_it():\n    websocket = MagicMock()\n    await websocket.execute_agent()\n",
    )
    analysis = workspace.snapshot()
    (finding,) = analysis.findings(path)

    found = [each for each in analysis.fixes(finding) if each.maker == "swap"]

    assert [each.arguments[-1] for each in found] == ["create_execution_engine_mock", "create_websocket_mock"]
    assert {each.kind for each in found} == {"review"}


def test_there_are_enough_of_them() -> None:
    assert len(list(pairs())) >= 80
