"""VS Code's workbench, as a person uses it: code-server with the packed extension, in a Chromium without a screen.

Every wait is for something to be seen; `LIMIT` is when one gives up.
"""

from __future__ import annotations

import json
import os
import queue
import re
import shutil
import subprocess
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from playwright.sync_api import TimeoutError, expect  # noqa: A004 - its name is playwright's

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from playwright.sync_api import Browser, Locator, Page

LIMIT = float(os.environ.get("SSOT_LSP_TEST_LIMIT", "60"))  # seconds
expect.set_options(timeout=LIMIT * 1000)

SETTINGS: dict[str, Any] = {
    "breadcrumbs.enabled": False,
    "chat.commandCenter.enabled": False,
    "chat.disableAIFeatures": True,
    "editor.fontSize": 14,
    "editor.minimap.enabled": False,
    "editor.quickSuggestionsDelay": 0,
    "extensions.autoCheckUpdates": False,
    "extensions.ignoreRecommendations": True,
    "files.autoSave": "off",
    "git.enabled": False,
    "security.workspace.trust.startupPrompt": "always",
    "telemetry.telemetryLevel": "off",
    "window.menuBarVisibility": "hidden",
    "workbench.activityBar.location": "hidden",
    "workbench.layoutControl.enabled": False,
    "workbench.reduceMotion": "on",
    "workbench.secondarySideBar.defaultVisibility": "hidden",
    "workbench.startupEditor": "none",
    "workbench.tips.enabled": False,
}


class CodeServer:
    """A server of the workbench over a profile of its own."""

    def __init__(
        self,
        command: Sequence[str],
        home: Path,
        extensions: Path,
        *,
        settings: Mapping[str, Any] | None = None,
        trusts: bool = True,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        profile = home / "profile"
        chosen = {**SETTINGS, **(settings or {})}
        # under load an extension may read the user's settings as empty when it starts; the machine's come earlier
        for folder in ("User", "Machine"):
            (profile / folder).mkdir(parents=True)
            (profile / folder / "settings.json").write_text(json.dumps(chosen), encoding="utf-8")
        given = [
            *("--auth", "none", "--bind-addr", "127.0.0.1:0", "--config", str(home / "config.yaml")),
            *("--user-data-dir", str(profile), "--extensions-dir", str(extensions)),
            *("--disable-telemetry", "--disable-update-check", "--ignore-last-opened"),
            *(["--disable-workspace-trust"] if trusts else []),
        ]
        self.profile = profile
        self._process = subprocess.Popen(
            [*command, *given],
            # VSCODE_CLI: the environment is the one that is given here, and not that of a login shell
            env={**os.environ, "HOME": str(home), "VSCODE_CLI": "1", **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            start_new_session=True,
        )
        self._said: list[str] = []
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.authority = self._listening_at()

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            self._said.append(line)
            self._lines.put(line)
        self._lines.put(None)

    def _listening_at(self) -> str:
        while (line := self._lines.get(timeout=LIMIT)) is not None:
            if found := re.search(r"listening on http://([\d.]+:\d+)", line):
                return found[1]
        raise AssertionError("".join(self._said))

    def close(self) -> None:
        """End it and all that it has started."""
        os.killpg(self._process.pid, 15)
        try:
            self._process.wait(LIMIT)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, 9)
            self._process.wait(LIMIT)
        self._reader.join(LIMIT)
        assert self._process.stdout
        self._process.stdout.close()


def install(command: Sequence[str], package: Path, extensions: Path, home: Path) -> None:
    """Install a packed extension into the folder `extensions`."""
    subprocess.run(
        [
            *command,
            *("--user-data-dir", str(home / "profile"), "--extensions-dir", str(extensions)),
            *("--config", str(home / "config.yaml"), "--install-extension", str(package), "--force"),
        ],
        env={**os.environ, "HOME": str(home)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=5 * LIMIT,
        check=True,
    )


class Window:
    """A window of the workbench with a folder open."""

    def __init__(self, page: Page, server: CodeServer, folder: Path) -> None:
        self.page = page
        self.server = server
        self.folder = folder

    @classmethod
    @contextmanager
    def opened(
        cls, browser: Browser, server: CodeServer, folder: Path, file: str, at: tuple[int, int] | None = None
    ) -> Iterator[Window]:
        """A window in which `file` of `folder` is open, the cursor at line and column `at`, from 1."""
        context = browser.new_context(viewport={"width": 1000, "height": 640}, reduced_motion="reduce")
        try:
            window = cls(context.new_page(), server, folder)
            window.page.set_default_timeout(LIMIT * 1000)
            place = f":{at[0]}:{at[1]}" if at else ""
            address = f"vscode-remote://{server.authority}{quote(str(folder / file))}{place}"
            payload = json.dumps([["gotoLineMode", "true"], ["openFile", address]])
            window.page.goto(
                f"http://{server.authority}/?folder={quote(str(folder))}&payload={quote(payload)}"
            )
            expect(window.tab(file.rpartition("/")[2])).to_be_visible()
            yield window
        finally:
            context.close()

    # What is seen.

    def tab(self, name: str) -> Locator:
        """The tab of the file called `name`."""
        return self.page.locator(f'.tab[data-resource-name="{name}"]')

    @property
    def editor(self) -> Locator:
        return self.page.locator(".editor-instance .monaco-editor").first

    @property
    def squiggles(self) -> Locator:
        return self.page.locator(".squiggly-warning, .squiggly-error, .squiggly-info")

    @property
    def status(self) -> Locator:
        """Our item in the status bar."""
        return self.page.locator(r"#ssot-lsp\.ssot-lsp\.ssot-lsp\.status, [id$='ssot-lsp.status']").first

    @property
    def hover(self) -> Locator:
        return self.page.locator(".monaco-hover:visible .hover-contents, .monaco-hover:visible .hover-row")

    @property
    def picks(self) -> Locator:
        """The rows of the list at the top."""
        return self.page.locator(".quick-input-widget:visible .monaco-list-row")

    @property
    def output(self) -> Locator:
        """What the panel shows of a log."""
        return self.page.locator(".panel .monaco-editor .view-lines").first

    @property
    def suggestions(self) -> Locator:
        return self.page.locator(".suggest-widget.visible .monaco-list-row")

    def toast(self, text: str) -> Locator:
        """A message in the corner that has `text`."""
        return self.page.locator(".notification-toast, .notifications-center .monaco-list-row").filter(
            has_text=text
        )

    def text(self) -> str:
        """The text of the editor as far as it is seen, with blanks for what stands for blanks."""
        lines = self.editor.locator(".view-line")
        shown = sorted(
            lines.evaluate_all("all => all.map(each => [parseInt(each.style.top), each.textContent])"),
            key=lambda pair: float(pair[0]),
        )
        return "\n".join(line.replace("\xa0", " ") for _, line in shown)

    def picture(self, name: str) -> None:
        """Take a picture for the README, where `PICTURES` names the folder for it."""
        if folder := os.environ.get("PICTURES"):
            self.page.screenshot(path=f"{folder}/{name}.png")

    # What is done.

    @contextmanager
    def another(self, file: str) -> Iterator[Window]:
        """A second window on the same folder."""
        browser = self.page.context.browser
        assert browser
        with Window.opened(browser, self.server, self.folder, file) as window:
            yield window

    def set(self, settings: Mapping[str, Any]) -> None:
        """Change the user's settings: the workbench sees the file change."""
        for folder in ("User", "Machine"):
            path = self.server.profile / folder / "settings.json"
            path.write_text(json.dumps({**SETTINGS, **settings}), encoding="utf-8")

    def until(self, holds: Callable[[], bool]) -> None:
        """Wait for what is not to be seen in the window, looking each time that it is drawn."""
        deadline = time.monotonic() + LIMIT
        while not holds():
            assert time.monotonic() < deadline
            self.page.evaluate("() => new Promise(requestAnimationFrame)")

    def go_to(self, line: int, column: int) -> None:
        """Put the cursor there, both from 1."""
        self.press("Control+g")
        box = self.page.locator(".quick-input-widget:visible input")
        box.fill(f":{line}:{column}")
        expect(
            self.picks.filter(has_text=f"line {line} at column {column}")
        ).to_be_visible()  # it has been read
        box.press("Enter")
        expect(self.page.locator(".quick-input-widget:visible")).to_have_count(0)

    def open(self, name: str) -> None:
        """Open a file that the explorer shows by its name."""
        self.page.get_by_role("treeitem", name=name, exact=True).dblclick()
        expect(self.page.locator(".tab.active")).to_have_attribute("data-resource-name", name)

    def watch_for(self, words: str) -> None:
        """Keep an eye on whether words are shown, be it for a moment."""
        self.page.evaluate(
            """words => {
                window.seen ??= new Set();
                const look = () => document.body.textContent.includes(words) && window.seen.add(words);
                const changes = { subtree: true, childList: true, characterData: true };
                new MutationObserver(look).observe(document.body, changes);
            }""",
            words,
        )

    def has_seen(self, words: str) -> bool:
        """Whether `words` have been shown since `watch_for`."""
        return bool(self.page.evaluate("words => window.seen.has(words)", words))

    def clear_messages(self) -> None:
        """Close all messages: no more of them are shown at once than the window has room for."""
        self.run("Notifications: Clear All Notifications")
        expect(self.page.locator(".notification-toast")).to_have_count(0)

    def press(self, keys: str) -> None:
        self.page.keyboard.press(keys)

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)

    def run(self, command: str) -> None:
        """Run a command from the palette."""
        self.press("F1")
        box = self.page.locator(".quick-input-widget:visible input")
        box.fill(f">{command}")
        self.page.locator(".quick-input-widget:visible .monaco-list-row").filter(
            has_text=command
        ).first.click()

    def quick_fixes(self) -> Locator:
        """Open the menu of quick fixes at the cursor: its rows."""
        rows = self.page.locator(".action-widget .monaco-list-row.action")
        self.press("Control+.")
        with suppress(TimeoutError):  # the key is lost now and then while the workbench starts
            rows.first.wait_for(timeout=LIMIT * 1000 / 4)
            return rows
        self.press("Control+.")
        expect(rows.first).to_be_visible()
        return rows

    def choose(self, title: str) -> None:
        """Choose from the menu of quick fixes that is open."""
        self.page.locator(".action-widget .monaco-list-row.action").filter(has_text=title).first.click()

    def save(self) -> None:
        """Save, and wait until it has been."""
        self.press("Control+s")
        expect(self.page.locator(".tab.active")).not_to_have_class(re.compile(r"\bdirty\b"))

    def show_problems(self) -> Locator:
        """Open the list of problems: its rows."""
        self.press("Control+Shift+m")
        return self.page.locator(".markers-panel .monaco-list-row")


def remove(folder: Path) -> None:
    """Remove a folder that a server has written to until just now."""
    shutil.rmtree(folder, ignore_errors=True)
