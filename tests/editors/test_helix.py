"""Helix with the README's lines in its languages.toml, on a screen, as it has no scripts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.editors import needs
from tests.editors.recording import assert_says_what_was_recorded
from tests.editors.shop import FILES, FIXED, PAY
from tests.editors.terminal import Terminal, readme

if TYPE_CHECKING:
    from collections.abc import Iterator

WHY = "`Mock` is made by hand and nothing says why"
WHY_ASYNC = WHY.replace("Mock", "AsyncMock")


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    with Terminal.opened() as opened:
        settings = opened.path / ".config" / "helix" / "languages.toml"
        settings.parent.mkdir(parents=True)
        settings.write_text(readme("toml", "helix/languages.toml"), encoding="utf-8")
        opened.lay_out(FILES)
        yield opened


def test_a_diagnostic_and_its_quick_fix(terminal: Terminal) -> None:
    with terminal.shown(["hx", "tests/test_pay.py:9:16"]) as screen:
        screen.wait(WHY)
        screen.type(" a")
        screen.wait("Suppress `unjustified-mock` here")
        screen.type("\x0e\x0e\r")  # the third, as the first is chosen already
        screen.wait("ssot: ignore[unjustified-mock]")
        screen.type(":w\r")
        screen.wait("written")
    assert terminal.text("tests/test_pay.py") == PAY.replace(
        "gateway = Mock()", "gateway = Mock()  # ssot: ignore[unjustified-mock]"
    )


def test_what_is_safe_is_fixed_before_the_file_is_written(terminal: Terminal) -> None:
    """By the line that the README has for a Helix of today."""
    (line,) = re.findall(r"`(code-actions-on-save = [^`]+)`", needs.README.read_text(encoding="utf-8"))
    with (terminal.path / ".config" / "helix" / "languages.toml").open("a", encoding="utf-8") as settings:
        settings.write(f"{line}\n")
    with terminal.shown(["hx", "tests/test_send.py:15:13"]) as screen:
        screen.wait(WHY_ASYNC)
        screen.type(":w\r")
        screen.wait("written")
    assert terminal.text("tests/test_send.py") == FIXED


def test_it_says_of_itself_what_was_recorded(terminal: Terminal) -> None:
    with terminal.shown(["hx", "tests/test_pay.py:9:16"], listens=True) as screen:
        screen.wait(WHY)
    assert_says_what_was_recorded("helix", terminal.path / "said")
