"""Workspaces of a few files, with `<CURSOR>` where somebody asks."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from ssot_lsp.analysis import Workspace
from ssot_lsp.files import Files

if TYPE_CHECKING:
    from pathlib import Path

    from ssot_lsp.analysis import Analysis

CURSOR = "<CURSOR>"

FACTORY = '''
    from unittest.mock import AsyncMock, MagicMock

    USER = "test-user"


    class SSotMockFactory:
        """Hands out all doubles."""

        @staticmethod
        def create_websocket_mock(user_id: str = USER, *, connection_id: str) -> MagicMock:
            """Create a websocket.

            It is open.
            """
            socket = MagicMock(user_id=user_id, connection_id=connection_id)
            socket.send_json = AsyncMock(return_value=True)
            return socket

        @classmethod
        async def create_agent_mock(cls, name, /, *tools, **options):
            return AsyncMock()

        @staticmethod
        def create_mock(mock_type, **kwargs):
            if mock_type not in ("agent", "websocket"):
                raise ValueError(mock_type)
            return MagicMock()
    '''
"""A factory of a few methods, for the file `factory.py`."""


def asked(root: Path, text: str, files: dict[str, str] | None = None) -> tuple[Analysis, str, int]:
    """A workspace with `factory.py` and `files`, and an open test file with `text`: analysis, its path, the cursor."""
    for name, content in {"factory.py": FACTORY, **(files or {})}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(content).lstrip("\n"), encoding="utf-8")
    text = textwrap.dedent(text).lstrip("\n")
    offset = text.index(CURSOR)
    text = text.replace(CURSOR, "")
    here = root / "test_it.py"
    workspace = Workspace(Files(), [str(root)])
    workspace.write(str(here), text)
    return workspace.snapshot(), str(here), offset
