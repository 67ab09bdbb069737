"""A double gets the events that it lacks: from the factory, or one by one."""

from __future__ import annotations

import pytest

from ssot_lsp.analysis import Workspace
from ssot_lsp.text import apply_edits
from tests.fixes.applying import PATH, finding, fixed, fixes

RULE = "incomplete-event-set"
EVENTS = ("agent_started", "agent_thinking", "tool_executing", "tool_completed", "agent_completed")
FACTORY = (
    "from unittest.mock import AsyncMock, MagicMock\n\n\nclass SSotMockFactory:\n    @staticmethod\n"
    "    def create_bridge_mock():\n        bridge = MagicMock()\n"
    + "".join(f"        bridge.emit_{each} = AsyncMock()\n" for each in EVENTS)
    + "        return bridge\n\n    @staticmethod\n    def create_partial_mock():\n        partial = MagicMock()\n"
    "        partial.emit_agent_started = AsyncMock()\n        return partial\n"
)
TEXT = """\
from unittest.mock import AsyncMock, MagicMock


def test_it():
    bridge = MagicMock()
    bridge.emit_agent_started = AsyncMock()
    bridge.emit_tool_completed = AsyncMock()  # the last one
    run(bridge)
"""


@pytest.mark.parametrize(
    ("text", "after"),
    [
        pytest.param(
            TEXT,
            TEXT.replace(
                "# the last one\n",
                "# the last one\n    bridge.emit_agent_thinking = AsyncMock()\n"
                "    bridge.emit_tool_executing = AsyncMock()\n    bridge.emit_agent_completed = AsyncMock()\n",
            ),
            id="behind the last one",
        ),
        pytest.param(
            "from unittest import mock\nb = mock.Mock()\nfor e in 'a':\n\tb.send_agent_started = mock.AsyncMock()\n"
            "b.send_agent_thinking = mock.AsyncMock()\nb.send_tool_executing = b.send_tool_completed = lambda: 1\n",
            "from unittest import mock\nb = mock.Mock()\nfor e in 'a':\n\tb.send_agent_started = mock.AsyncMock()\n"
            "b.send_agent_thinking = mock.AsyncMock()\nb.send_tool_executing = b.send_tool_completed = lambda: 1\n"
            "b.send_agent_completed = mock.AsyncMock()\n",
            id="as the test writes it",
        ),
    ],
)
def test_missing_events(text: str, after: str) -> None:
    assert fixed(text, RULE, "add-events") == after


def test_nothing_is_added_where_the_test_has_no_pattern_for_it() -> None:
    text = TEXT.replace("AsyncMock()", "note").replace(
        "def test_it():\n", "def test_it():\n    async def note(*_): ...\n\n"
    )

    assert [each.maker for each in fixes(text, RULE)] == ["suppress"]


def test_a_method_with_all_events_comes_first() -> None:
    workspace = Workspace(folders=["/workspace"])
    workspace.write("/workspace/mock_factory.py", FACTORY)
    workspace.write(PATH, TEXT)
    analysis = workspace.snapshot()
    first, second, *_ = analysis.fixes(finding(analysis, RULE))

    assert first.title == (
        "Use `SSotMockFactory.create_bridge_mock(…)`; for review: it is passed on, and the factory sets `emit_agent_thinking`"
    )
    assert second.title == "Add the 3 missing events"
    assert "bridge = SSotMockFactory.create_bridge_mock()\n    bridge.emit_tool" in apply_edits(
        TEXT, analysis.edit(first).edits
    )
