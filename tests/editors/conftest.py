"""What tests in real editors share."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from tests.editors import needs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

    from tests.editors.vscode import Window

FAILED: pytest.StashKey[bool] = pytest.StashKey()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Note whether a test has failed, for the picture of it."""
    report = yield
    if report.failed:
        item.stash[FAILED] = True
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell the times that were taken."""
    for report in terminalreporter.getreports("passed"):
        for words, milliseconds in report.user_properties:
            terminalreporter.write_line(f"VS Code: {words} {milliseconds} ms")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    flags = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run"]
    flags += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=needs.chromium(), args=flags)
        yield started
        started.close()


@pytest.fixture(scope="session")
def extensions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the extension, installed from its package."""
    from tests.editors.vscode import install

    folder, home = tmp_path_factory.mktemp("extensions"), tmp_path_factory.mktemp("home")
    install(needs.code_server(), needs.vsix(), folder, home)
    return folder


@pytest.fixture
def open_window(
    browser: Browser, extensions: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Callable[..., Window]]:
    """Open a window over the workbench; arguments are those of CodeServer and of Window."""
    from tests.editors.vscode import CodeServer, Window

    with ExitStack() as stack:
        opened: list[Window] = []

        def start(
            files: dict[str, str], file: str, at: tuple[int, int] | None = None, **given: Any
        ) -> Window:
            folder = tmp_path / "shop"
            write(folder, files)
            server = CodeServer(needs.code_server(), tmp_path, given.pop("extensions", extensions), **given)
            stack.callback(server.close)
            window = stack.enter_context(Window.opened(browser, server, folder, file, at))
            opened.append(window)
            return window

        yield start
        if request.node.stash.get(FAILED, False):
            for number, window in enumerate(opened):
                pictures = needs.CACHE / "failures"
                pictures.mkdir(exist_ok=True)
                window.page.screenshot(path=pictures / f"{request.node.name}-{number}.png")


def write(folder: Path, files: dict[str, str]) -> None:
    """Lay out files by their paths."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
