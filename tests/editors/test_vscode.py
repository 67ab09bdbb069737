"""The extension in VS Code's workbench."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sys
import textwrap
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.editors import needs
from tests.editors.recording import assert_says_what_was_recorded, listening
from tests.editors.shop import FILES, FIXED, PAY, SEND, TYPE
from tests.editors.vscode import install

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.editors.vscode import Window

TEST = "tests/test_pay.py"
MOCK = (9, 16)  # where PAY makes its mock

# Seeing


@pytest.mark.picture
def test_a_mock_is_underlined_counted_and_explained(open_window: Callable[..., Window]) -> None:
    window = open_window(FILES, TEST, MOCK)
    expect(window.squiggles).to_have_count(1)
    expect(window.status).to_contain_text("ssot-lsp: 1")
    window.press("Control+k")
    window.press("Control+i")
    expect(window.hover.filter(has_text="is made by hand and nothing says why").first).to_be_visible()
    expect(window.hover.filter(has_text="unittest.mock.Mock").first).to_be_visible()
    window.picture("hover")


@pytest.mark.picture
def test_typing_moves_the_count_and_the_menu_leads_on(open_window: Callable[..., Window]) -> None:
    window = open_window(FILES, TEST, (11, 100))
    expect(window.status).to_contain_text("ssot-lsp: 1")
    window.press("Enter")
    window.type("mailer = Mock()")
    expect(window.status).to_contain_text("ssot-lsp: 2")
    window.status.click()
    expect(window.picks.filter(has_text="Fix all in the workspace")).to_be_visible()
    window.picture("menu")
    window.picks.filter(has_text="Show the findings").click()
    expect(window.page.locator(".markers-panel")).to_contain_text("is made by hand")


def test_two_windows_on_one_folder_say_the_same(open_window: Callable[..., Window]) -> None:
    window = open_window(FILES, TEST)
    expect(window.squiggles).to_have_count(1)
    with window.another(TEST) as other:
        expect(other.squiggles).to_have_count(1)
        expect(other.status).to_contain_text("ssot-lsp: 1")
    expect(window.squiggles).to_have_count(1)


def test_the_report_is_shown_in_a_tab(open_window: Callable[..., Window]) -> None:
    window = open_window(FILES, TEST)
    expect(window.status).to_contain_text("ssot-lsp: 1")
    window.run("ssot-lsp: Show the Report")
    report = window.page.frame_locator("iframe.webview").frame_locator("#active-frame")
    expect(report.locator("body")).to_contain_text("3 of 3 doubles have no reason")
    report.locator("a[href='./tests/test_send.py']").first.click()
    expect(window.tab("test_send.py")).to_be_visible()


def test_a_workspace_without_a_factory_is_set_up(open_window: Callable[..., Window]) -> None:
    text = "from unittest.mock import AsyncMock\n\n\ndef test_send(send):\n    websocket = AsyncMock()\n    send(websocket)\n"
    window = open_window({"tests/test_send.py": text}, "tests/test_send.py", (5, 20))
    expect(window.status).to_contain_text("ssot-lsp: 1")
    window.run("ssot-lsp: Set Up This Project")
    window.page.get_by_role("button", name="With a Factory to Start From").click()
    expect(window.toast("wrote test_framework/ssot/mock_factory.py")).to_be_visible()

    def is_offered() -> bool:
        first = window.quick_fixes().nth(0).inner_text()
        window.press("Escape")
        return "Use `SSotMockFactory.create_websocket_mock(…)`" in first

    window.until(is_offered)  # once the server has heard of the new file, as of any that others write


# Mending


def test_a_reason_is_written_by_a_quick_fix(open_window: Callable[..., Window]) -> None:
    window = open_window(FILES, TEST, MOCK)
    expect(window.squiggles).to_have_count(1)
    window.quick_fixes()
    window.choose("Justify")
    expect(window.editor).to_contain_text("# Mock justification: reason")
    window.type("L1: the bank is closed at night")
    window.press("Escape")
    window.save()
    assert (window.folder / TEST).read_text("utf-8") == PAY.replace(
        "    gateway = Mock()",
        "    # Mock justification: L1: the bank is closed at night\n    gateway = Mock()",
    )
    expect(window.squiggles).to_have_count(0)
    expect(window.status).to_contain_text("ssot-lsp: 0")


@pytest.mark.picture
def test_the_factory_s_method_is_first_in_the_menu_and_takes_the_place_of_a_mock(
    open_window: Callable[..., Window],
) -> None:
    window = open_window(FILES, "tests/test_send.py", (8, 20))
    expect(window.squiggles).to_have_count(2)
    rows = window.quick_fixes()
    expect(rows.nth(0)).to_contain_text("Use `SSotMockFactory.create_websocket_mock(…)`")
    expect(rows.nth(1)).to_contain_text("Justify by a comment")
    window.picture("fixes")
    window.choose("Use `SSotMockFactory.create_websocket_mock(…)`")
    expect(window.squiggles).to_have_count(1)
    window.save()
    assert (window.folder / "tests/test_send.py").read_text("utf-8") == SEND.replace(
        "    websocket = AsyncMock()",
        "    websocket = SSotMockFactory.create_websocket_mock(user_id=user_id)",
    )


def test_what_is_safe_is_fixed_on_save(open_window: Callable[..., Window]) -> None:
    on_save = {"editor.codeActionsOnSave": {"source.fixAll.ssot-lsp": "explicit"}}
    window = open_window(FILES, "tests/test_send.py", (17, 1), settings=on_save)
    expect(window.squiggles).to_have_count(2)
    window.type("# the end")
    window.save()
    assert (window.folder / "tests/test_send.py").read_text("utf-8") == f"{FIXED}# the end"
    expect(window.squiggles).to_have_count(1)


LONG = "from unittest.mock import Mock\n" + "".join(
    f"\n\ndef test_{number}(send):\n    thing = Mock(wraps=send)\n    send(thing)\n" for number in range(20)
)


def test_the_workspace_is_fixed_from_the_palette(open_window: Callable[..., Window]) -> None:
    # Nothing in these is safe to fix, and they are so many that VS Code comes to show the progress.
    others = {f"tests/test_{number}.py": LONG for number in range(300)}
    window = open_window({**FILES, "tests/test_other.py": SEND, **others}, TEST)
    expect(window.squiggles).to_have_count(1)
    window.watch_for("Fixing the workspace")
    window.run("ssot-lsp: Fix All in the Workspace")
    window.page.get_by_role("button", name="Fix All", exact=True).click()
    expect(window.toast("Fixed 2 files")).to_be_visible()
    for name in ("test_send.py", "test_other.py"):  # saved, as nobody wants to go through all of them
        path = window.folder / "tests" / name
        window.until(lambda path=path: path.read_text("utf-8") == FIXED)  # type: ignore[misc]
    expect(window.page.locator(".tab.dirty")).to_have_count(0)
    assert window.has_seen("Fixing the workspace")


def test_a_file_alone_is_saved_too_when_the_workspace_is_fixed(open_window: Callable[..., Window]) -> None:
    window = open_window(FILES, TEST)
    expect(window.squiggles).to_have_count(1)
    window.run("ssot-lsp: Fix All in the Workspace")
    window.page.get_by_role("button", name="Fix All", exact=True).click()
    expect(window.toast("Fixed 1 file")).to_be_visible()
    assert (window.folder / "tests/test_send.py").read_text("utf-8") == FIXED
    expect(window.page.locator(".tab.dirty")).to_have_count(0)


def test_what_was_not_saved_before_stays_so_when_the_workspace_is_fixed(
    open_window: Callable[..., Window],
) -> None:
    window = open_window(FILES, "tests/test_send.py", (17, 1))
    expect(window.squiggles).to_have_count(2)
    window.type("# the end")
    expect(window.page.locator(".tab.dirty")).to_have_count(1)
    window.run("ssot-lsp: Fix All in the Workspace")
    window.page.get_by_role("button", name="Fix All", exact=True).click()
    expect(window.toast("Fixed 1 file")).to_be_visible()
    expect(window.squiggles).to_have_count(1)
    expect(window.page.locator(".tab.dirty")).to_have_count(1)
    assert (window.folder / "tests/test_send.py").read_text("utf-8") == SEND


def test_what_is_not_ticked_in_the_preview_is_not_counted_as_fixed(
    open_window: Callable[..., Window],
) -> None:
    window = open_window({**FILES, "tests/test_other.py": SEND}, TEST)
    expect(window.squiggles).to_have_count(1)
    window.run("ssot-lsp: Fix All in the Workspace")
    window.page.get_by_role("button", name="Choose in a Preview").click()
    preview = window.page.locator(".bulk-edit-panel")
    preview.locator(".monaco-list-row").filter(has_text="test_send.py").locator(".edit-checkbox").check()
    preview.get_by_role("button", name="Apply").click()
    words = "did not change all of 2 files: 1 is changed, `tests/test_other.py` stays as it was"
    expect(window.toast(words)).to_be_visible()
    texts = {
        name: (window.folder / "tests" / name).read_text("utf-8")
        for name in ("test_send.py", "test_other.py")
    }
    assert texts == {"test_send.py": FIXED, "test_other.py": SEND}


@pytest.mark.parametrize(
    ("read_only", "words"),
    [
        (
            "**/test_send.py",
            "The editor did not change all of 2 files: 1 is changed, `tests/test_send.py` cannot be written",
        ),
        (
            "**/tests/**",
            "did not change all of 2 files: `tests/test_other.py` and `tests/test_send.py` cannot be",
        ),
    ],
)
def test_what_is_read_only_is_said_and_never_counted_as_fixed(
    open_window: Callable[..., Window], read_only: str, words: str
) -> None:
    settings = {"files.readonlyInclude": {read_only: True}}
    window = open_window({**FILES, "tests/test_other.py": SEND}, TEST, settings=settings)
    expect(window.squiggles).to_have_count(1)
    window.run("ssot-lsp: Fix All in the Workspace")
    window.page.get_by_role("button", name="Fix All", exact=True).click()
    expect(window.toast(words)).to_be_visible()
    texts = {
        name: (window.folder / "tests" / name).read_text("utf-8")
        for name in ("test_send.py", "test_other.py")
    }
    assert texts == {"test_send.py": SEND, "test_other.py": SEND if "tests/**" in read_only else FIXED}


def test_a_baseline_that_cannot_be_written_is_said(open_window: Callable[..., Window]) -> None:
    window = open_window({**FILES, ".ssot-baseline.json/taken": ""}, TEST)
    expect(window.squiggles).to_have_count(1)
    window.run("ssot-lsp: Write a Baseline")
    expect(window.toast(".ssot-baseline.json")).to_be_visible()
    expect(window.status).to_contain_text("ssot-lsp: 1")


def test_a_baseline_hides_what_there_is(open_window: Callable[..., Window]) -> None:
    window = open_window(FILES, TEST)
    expect(window.squiggles).to_have_count(1)
    window.run("ssot-lsp: Write a Baseline")
    expect(window.status).to_contain_text("ssot-lsp: 0")
    expect(window.squiggles).to_have_count(0)


def test_an_edit_of_a_base_class_tells_in_the_file_that_inherits(open_window: Callable[..., Window]) -> None:
    window = open_window(FILES, "tests/test_shared.py", (1, 1))
    expect(window.status).to_contain_text("ssot-lsp: 0")
    window.open("shared.py")
    window.go_to(6, 14)
    window.press("Control+Shift+End")
    window.type("unittest.TestCase):\npass")
    window.tab("test_shared.py").click()
    expect(window.status).to_contain_text("ssot-lsp: 2")  # the base is none of ours, the test is not awaited
    expect(window.squiggles).to_have_count(2)
    window.tab("shared.py").click()
    window.run("Revert File")
    window.tab("test_shared.py").click()
    expect(window.status).to_contain_text("ssot-lsp: 0")


# Completing


def test_a_method_of_the_factory_completes_with_tab_stops(open_window: Callable[..., Window]) -> None:
    window = open_window(FILES, "tests/test_type.py", (6, 33))
    expect(window.status).to_contain_text("ssot-lsp: 0")
    window.type("websock")
    expect(window.suggestions.first).to_contain_text("create_websocket_mock")
    expect(window.suggestions.first).to_contain_text("ssot-lsp")
    window.press("Enter")
    expect(window.editor).to_contain_text("user_id=user_id")
    window.type("first")  # into the first gap, the next is a Tab away
    window.press("Tab")
    window.type("second")
    window.press("Escape")
    window.save()
    typed = (window.folder / "tests/test_type.py").read_text("utf-8").removeprefix(TYPE)
    assert typed.startswith("create_websocket_mock(connection_id=first, user_id=user_id, thread_id=second, ")


# Which interpreter

_OLD = """\
#!/bin/sh
echo '{"version": [3, 8, 10], "implementation": "cpython", "bits": 64, "threads": false, "server": null}'
"""
_PYPY = _OLD.replace("3, 8, 10", "3, 11, 9").replace("cpython", "pypy")
_BROKEN = """\
#!/bin/sh
echo "Fatal Python error: init_fs_encoding: failed to get the Python codec" >&2
echo "ModuleNotFoundError: No module named 'encodings'" >&2
exit 1
"""


def script(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
    return path


def test_an_interpreter_that_does_not_fit_is_said_with_the_way_out(
    open_window: Callable[..., Window], tmp_path: Path
) -> None:
    """All in one window: a change of the setting starts the server anew."""
    gone = tmp_path / "venv" / "bin" / "python"
    gone.parent.mkdir(parents=True)
    gone.symlink_to(tmp_path / "uninstalled" / "python3.11")
    refused = {
        "/nowhere/python": "`/nowhere/python` does not exist",
        str(gone): f"`{gone}` is a link to a Python that is gone",
        str(script(tmp_path / "old/python", _OLD)): "is Python 3.8.10, which is too old",
        str(script(tmp_path / "pypy/python", _PYPY)): "is pypy, which the bundled server is not compiled for",
        str(script(tmp_path / "broken/python", _BROKEN)): "does not run: ModuleNotFoundError: No module",
    }
    window = open_window(FILES, TEST, settings={"ssot-lsp.interpreter": "/nowhere/python"})
    for path, words in refused.items():
        window.set({"ssot-lsp.interpreter": path})
        expect(window.toast(words)).to_be_visible()
        expect(window.status).to_have_attribute("aria-label", re.compile("is not running"))
        window.clear_messages()
    window.set({"ssot-lsp.interpreter": 7})
    expect(window.toast("`ssot-lsp.interpreter` is a path, not `7`")).to_be_visible()
    expect(window.status).to_contain_text("ssot-lsp: 1")  # what is no setting counts as none
    window.clear_messages()
    window.set({"ssot-lsp.interpreter": "/nowhere/python"})
    window.toast("`/nowhere/python` does not exist").get_by_role("button", name="Open Settings").click()
    expect(window.page.locator(".settings-editor")).to_contain_text("Interpreter")
    window.set({"ssot-lsp.interpreter": sys.executable})
    expect(window.squiggles).to_have_count(0)  # the settings are in front


def test_without_any_python_the_message_says_what_it_takes(
    open_window: Callable[..., Window], tmp_path: Path
) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    for each in ("sh", "bash", "env", "uname", "cat", "ps", "which"):
        if found := shutil.which(each):
            (programs / each).symlink_to(found)
    window = open_window(FILES, TEST, environment={"PATH": str(programs)})
    message = window.toast("no Python was found. It takes a CPython 3.10 to 3.14 to check tests")
    expect(message).to_be_visible()
    expect(message.get_by_role("button", name="Show Log")).to_be_visible()


def test_the_server_of_the_environment(open_window: Callable[..., Window], tmp_path: Path) -> None:
    bare = script(tmp_path / "bare/python", f'#!/bin/sh\nexec "{sys.executable}" -I -S "$@"\n')
    old = script(tmp_path / "old/python", _OLD.replace("3, 8, 10", "3, 11, 9").replace("null", '"0.0.3"'))
    here = script(
        tmp_path / "here/python", f'#!/bin/sh\nPYTHONPATH="{needs.CHECKOUT}" exec "{sys.executable}" "$@"\n'
    )
    environment = {"ssot-lsp.importStrategy": "fromEnvironment"}
    window = open_window(FILES, TEST, settings={**environment, "ssot-lsp.interpreter": str(bare)})
    expect(window.toast(f"`ssot-lsp` is not installed in `{bare}`")).to_be_visible()
    window.clear_messages()
    window.set({**environment, "ssot-lsp.interpreter": str(old)})
    expect(window.toast(f"`ssot-lsp` 0.0.3 in `{old}` is too old for this extension")).to_be_visible()
    window.clear_messages()
    window.set({**environment, "ssot-lsp.interpreter": str(here)})
    expect(window.status).to_contain_text("ssot-lsp: 1")
    window.set({"ssot-lsp.importStrategy": "whatever", "ssot-lsp.interpreter": str(here)})
    expect(
        window.toast('`ssot-lsp.importStrategy` is `useBundled` or `fromEnvironment`, not `"whatever"`')
    ).to_be_visible()
    expect(window.status).to_contain_text("ssot-lsp: 1")


def test_an_extension_without_a_server_takes_the_one_of_the_environment(
    open_window: Callable[..., Window], tmp_path: Path
) -> None:
    package = needs.universal_vsix()
    with zipfile.ZipFile(package) as archive:
        assert [each for each in archive.namelist() if "bundled" in each or each.endswith(".py")] == []
        assert b"TargetPlatform" not in archive.read("extension.vsixmanifest")
    extensions = tmp_path / "universal"
    install(needs.code_server(), package, extensions, tmp_path / "home")
    bare = script(tmp_path / "bare/python", f'#!/bin/sh\nexec "{sys.executable}" -I -S "$@"\n')
    here = script(
        tmp_path / "here/python", f'#!/bin/sh\nPYTHONPATH="{needs.CHECKOUT}" exec "{sys.executable}" "$@"\n'
    )
    window = open_window(FILES, TEST, extensions=extensions, settings={"ssot-lsp.interpreter": str(bare)})
    message = window.toast(
        f"`ssot-lsp` is not installed in `{bare}`. This extension is packed without a server"
    )
    expect(message).to_contain_text(
        "install `ssot-lsp` in a Python 3.10 or newer, by `pip install --prefer-binary .` in its checkout"
    )
    expect(message.get_by_role("button", name="Open Settings")).to_be_visible()
    window.clear_messages()
    window.set({"ssot-lsp.importStrategy": "useBundled", "ssot-lsp.interpreter": str(here)})
    expect(window.status).to_contain_text("ssot-lsp: 1")


def test_the_interpreter_of_the_python_extension(
    open_window: Callable[..., Window], extensions: Path, tmp_path: Path
) -> None:
    """Its interface is played by an extension of that name, as it cannot be fetched here."""
    chosen = script(tmp_path / "chosen/python", f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    both = tmp_path / "both"
    shutil.copytree(extensions, both, copy_function=os.link, ignore=shutil.ignore_patterns("extensions.json"))
    stub = both / "ms-python.python-2026.1.0"
    manifest = {
        "name": "python",
        "publisher": "ms-python",
        "version": "2026.1.0",
        "engines": {"vscode": "^1.91.0"},
        "main": "./main.js",
        "activationEvents": ["onLanguage:python"],
    }
    script(stub / "package.json", json.dumps(manifest))
    code = """
        const uri = require("vscode").Uri.file(%s);
        const environments = {
          getActiveEnvironmentPath: () => ({ id: "x", path: uri.fsPath }),
          resolveEnvironment: async () => ({ executable: { uri } }),
          onDidChangeActiveEnvironmentPath: () => ({ dispose() {} }),
        };
        exports.activate = async () => ({ environments });
    """
    script(stub / "main.js", textwrap.dedent(code) % json.dumps(str(chosen)))
    window = open_window(FILES, TEST, extensions=both)
    expect(window.status).to_contain_text("ssot-lsp: 1")
    window.run("ssot-lsp: Show the Log")
    expect(window.output).to_contain_text(f"The server runs on {chosen}")
    expect(window.output).to_contain_text("from the Python extension")


def test_nothing_of_an_untrusted_workspace_is_run(open_window: Callable[..., Window], tmp_path: Path) -> None:
    trap = script(tmp_path / "shop/.venv/bin/python", f'#!/bin/sh\ntouch "{tmp_path}/executed"\nexit 1\n')
    files = {
        **FILES,
        ".vscode/settings.json": json.dumps({"ssot-lsp.interpreter": str(trap)}),
        "ssot_lsp.py": f"open({str(tmp_path / 'executed')!r}, 'w')\n",
        "tests/ssot_lsp.py": f"open({str(tmp_path / 'executed')!r}, 'w')\n",
    }
    path = os.pathsep.join([str(trap.parent), os.environ["PATH"]])
    window = open_window(files, TEST, trusts=False, environment={"PATH": path})
    window.page.get_by_role("button", name="No, I don't trust the authors").click()
    expect(window.squiggles).to_have_count(1)
    expect(window.status).to_contain_text("ssot-lsp: 1")
    assert not (tmp_path / "executed").exists()


# The life of the process


def test_it_says_of_itself_what_was_recorded(open_window: Callable[..., Window], tmp_path: Path) -> None:
    """The interpreter listens to what the server is told, and not to what it is asked about itself."""
    text = listening(f"{tmp_path}/said", sys.executable)
    probed = f'case "$*" in *server) ;; *) exec "{sys.executable}" "$@";; esac\n'
    python = script(tmp_path / "listening/python", text.replace("\n", f"\n{probed}", 1))
    window = open_window(FILES, TEST, settings={"ssot-lsp.interpreter": str(python)})
    expect(window.status).to_contain_text("ssot-lsp: 1")
    assert_says_what_was_recorded("vscode", tmp_path / "said")


def test_a_server_that_dies_comes_back_and_is_given_up_when_it_keeps_dying(
    open_window: Callable[..., Window], tmp_path: Path
) -> None:
    """The interpreter notes its process each time: so the test knows whom to kill."""
    notes = tmp_path / "processes"
    noting = f'#!/bin/sh\ncase "$*" in *server) echo $$ >> "{notes}";; esac\nexec "{sys.executable}" "$@"\n'
    python = script(tmp_path / "noting/python", noting)
    window = open_window(FILES, TEST, settings={"ssot-lsp.interpreter": str(python)})
    for time in range(1, 6):
        expect(window.status).to_contain_text("ssot-lsp: 1")
        processes = [int(each) for each in notes.read_text("ascii").split()]
        assert len(processes) == time
        os.kill(processes[-1], signal.SIGKILL)
        expect(window.status).not_to_contain_text("ssot-lsp: 1")
    message = window.toast("the server has ended 5 times in a row")
    expect(message).to_be_visible()
    message.get_by_role("button", name="Restart").click()
    expect(window.status).to_contain_text("ssot-lsp: 1")
    window.run("ssot-lsp: Restart the Server")
    window.until(lambda: len(notes.read_text("ascii").split()) == 7)
    expect(window.status).to_contain_text("ssot-lsp: 1")
    window.run("ssot-lsp: Copy Debug Info")
    expect(window.toast("the debug info is in the clipboard")).to_be_visible()


def test_an_extension_that_is_gone_asks_for_a_new_window(
    open_window: Callable[..., Window], extensions: Path, tmp_path: Path
) -> None:
    own = tmp_path / "own"
    shutil.copytree(extensions, own, copy_function=os.link)
    window = open_window(FILES, TEST, extensions=own)
    expect(window.status).to_contain_text("ssot-lsp: 1")
    (bundled,) = own.glob("ssot-lsp.ssot-lsp-*/bundled")
    shutil.rmtree(bundled)
    window.run("ssot-lsp: Restart the Server")
    message = window.toast("the files of this extension are gone")
    expect(message.get_by_role("button", name="Reload Window")).to_be_visible()


def test_how_long_it_takes(
    open_window: Callable[..., Window], record_property: Callable[[str, Any], None]
) -> None:
    """The times are told at the end of the run, and are no reason to fail."""
    window = open_window(FILES, TEST)
    expect(window.status).to_contain_text("ssot-lsp: 1")
    window.run("ssot-lsp: Show the Log")
    expect(window.output).to_contain_text("The server answers after")
    said = window.output.inner_text().replace("\xa0", " ")
    for words in ("was activated in", "The server answers after"):
        found = re.search(rf"{words} (\d+) ms", said)
        assert found, said
        record_property(words, int(found[1]))
