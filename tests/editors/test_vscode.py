"""The extension in VS Code's workbench."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.editors.shop import FILES

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.editors.vscode import Window


def test_a_mock_is_underlined_counted_and_explained(open_window: Callable[..., Window]) -> None:
    window = open_window(FILES, "tests/test_pay.py", (9, 16))
    expect(window.squiggles).to_have_count(1)
    expect(window.status).to_contain_text("ssot-lsp: 1")
    window.press("Control+k")
    window.press("Control+i")
    expect(window.hover.filter(has_text="is made by hand and nothing says why").first).to_be_visible()
