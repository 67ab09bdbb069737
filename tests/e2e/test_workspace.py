"""Folders, configuration, files that others change, and the workspace as a whole."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from fnmatch import fnmatch
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.client import RefusedError, insert, replace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.e2e.client import Client

    Start = Callable[..., Client]

MOCK = "from unittest.mock import Mock\n\ndef test_it():\n    double = Mock()\n"
WORKSPACE = {"diagnosticMode": "workspace"}
CREATED, CHANGED, DELETED = 1, 2, 3
CANCELLED = -32800
WORK, PART = "work", "part"  # tokens of progress and of partial results


def others_wrote(client: Client, *paths: Path, kind: int = CHANGED) -> None:
    """Tell the server as a client that watches the disk does."""
    changes = [{"uri": path.as_uri(), "type": kind} for path in paths]
    client.notify("workspace/didChangeWatchedFiles", {"changes": changes})


def rules(diagnostics: list[dict[str, Any]]) -> list[str]:
    """Which rules spoke."""
    return [each["code"] for each in diagnostics]


# Configuration.


def test_a_configuration_that_is_saved_counts_at_once(start: Start, folder: Path) -> None:
    settings = folder / "pyproject.toml"
    settings.write_text("[tool.ssot-lsp]\n")
    client = start("emacs")
    uri = (folder / "test_a.py").as_uri()
    client.open(uri, MOCK)
    assert rules(client.pushed(uri)) == ["unjustified-mock"]
    settings.write_text('[tool.ssot-lsp]\nignore = ["unjustified-mock"]\n')
    others_wrote(client, settings)
    assert client.pushed(uri) == []
    settings.write_text('[tool.ssot-lsp]\nseverity = {unjustified-mock = "error"}\n')
    others_wrote(client, settings)
    assert client.pushed(uri)[0]["severity"] == 1
    settings.unlink()
    others_wrote(client, settings, kind=DELETED)
    assert client.pushed(uri)[0]["severity"] == 2


def test_a_pulling_client_pulls_again_after_a_change_of_the_configuration(start: Start, folder: Path) -> None:
    client = start("vscode")
    uri = (folder / "test_a.py").as_uri()
    client.open(uri, MOCK)
    before = client.pull(uri)
    settings = folder / "ssot-lsp.toml"
    settings.write_text('ignore = ["unjustified-mock"]\n')
    others_wrote(client, settings, kind=CREATED)
    client.wait_for_request("workspace/diagnostic/refresh")
    assert client.pull(uri, before["resultId"])["items"] == []


@pytest.mark.parametrize("name", ["vscode", "emacs"])
def test_what_is_wrong_in_a_configuration_is_pushed(start: Start, folder: Path, name: str) -> None:
    settings = folder / "pyproject.toml"
    settings.write_text("[tool.ssot-lsp]\nfactry = []\n")
    client = start(name)
    uri = settings.as_uri()
    assert rules(client.pushed(uri)) == ["invalid-configuration"]  # nobody has opened it
    client.open(uri, settings.read_text(), language="toml")
    assert rules(client.pushed(uri)) == ["invalid-configuration"]
    client.change(uri, replace(1, 0, 1, 6, "factory"))
    assert client.pushed(uri) == []  # while it is typed
    client.change(uri, insert(1, 0, "["))
    (broken,) = client.pushed(uri)
    assert broken["severity"] == 1
    if name == "vscode":
        assert client.pull(uri) == {"kind": "full", "items": []}
    client.close_document(uri)
    settings.write_text("[tool.ssot-lsp]\nfactory = []\n")
    others_wrote(client, settings)
    client.settle()
    assert [each["diagnostics"] for each in client.notifications("textDocument/publishDiagnostics")][-1] == []


def test_a_broken_configuration_leaves_the_last_good_one(start: Start, folder: Path) -> None:
    settings = folder / "pyproject.toml"
    settings.write_text('[tool.ssot-lsp]\nignore = ["unjustified-mock"]\n')
    client = start("emacs")
    uri = (folder / "test_a.py").as_uri()
    client.open(uri, MOCK)
    assert client.pushed(uri) == []
    settings.write_text("[tool.ssot-lsp\n")
    others_wrote(client, settings)
    assert rules(client.pushed(settings.as_uri())) == ["invalid-configuration"]
    client.change(uri, insert(0, 0, "\n"))
    assert client.pushed(uri) == []


def test_a_client_that_does_not_watch_is_believed_when_it_saves(start: Start, folder: Path) -> None:
    settings = folder / "ssot-lsp.toml"
    settings.write_text("")
    client = start("minimal")
    uri = (folder / "test_a.py").as_uri()
    client.open(uri, MOCK)
    assert client.pushed(uri)
    settings.write_text('ignore = ["unjustified-mock"]\n')
    client.notify("textDocument/didSave", {"textDocument": {"uri": settings.as_uri()}})
    assert client.pushed(uri) == []


def watched(client: Client) -> list[str]:
    """The globs of the files that the client is to tell of, without alternatives."""
    registered = client.wait_for_request(
        "client/registerCapability",
        lambda params: params["registrations"][0]["method"] == "workspace/didChangeWatchedFiles",
    )
    globs = [each["globPattern"] for each in registered["registrations"][0]["registerOptions"]["watchers"]]
    found = []
    for glob in globs:
        before, _, rest = glob.partition("{")
        listed, _, behind = rest.partition("}")
        found += [before + each + behind for each in listed.split(",")]
    return found


def test_what_happens_on_the_disk_is_watched(start: Start) -> None:
    globs = watched(start("vscode"))
    assert "**/*.py" in globs
    for name in ("pyproject.toml", "ssot-lsp.toml", ".gitignore", "pytest.ini", "pytest.toml", "setup.cfg"):
        assert f"**/{name}" in globs


@pytest.mark.parametrize(
    "name", ["gone.cpython-312-x86_64-linux-gnu.so", "gone.cp312-win_amd64.pyd", "gone.pyx", "gone.pyi"]
)
def test_a_compiled_module_that_comes_and_goes_is_noticed(start: Start, folder: Path, name: str) -> None:
    package = folder / "shop"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (folder / "pyproject.toml").write_text("")
    client = start("emacs")
    assert any(fnmatch(f"shop/{name}", glob) for glob in watched(client))
    uri = (folder / "test_gone.py").as_uri()

    def wait_until_said(*expected: str) -> None:
        # Whoever looks at the disk between the write and the word about it may say half of it.
        client.wait_for(
            "textDocument/publishDiagnostics",
            lambda params: params["uri"] == uri and tuple(rules(params["diagnostics"])) == expected,
        )

    client.open(uri, "from shop.gone import SSotMockFactory, Base\n\n\nclass TestIt(Base):\n    x = 1\n")
    wait_until_said("non-canonical-factory", "unresolved-base-class")
    (package / name).write_bytes(b"")
    others_wrote(client, package / name, kind=CREATED)
    wait_until_said()
    (package / name).unlink()
    others_wrote(client, package / name, kind=DELETED)
    wait_until_said("non-canonical-factory", "unresolved-base-class")


def test_where_pytest_looks_for_modules_counts_at_once(start: Start, folder: Path) -> None:
    for name, text in (("one", "from unittest.mock import Mock as Double\n"), ("two", "class Double: ...\n")):
        (folder / name).mkdir()
        (folder / name / "doubles.py").write_text(text)
    settings = folder / "pytest.ini"
    settings.write_text("[pytest]\npythonpath = two one\n")
    client = start("emacs")
    uri = (folder / "test_a.py").as_uri()
    client.open(uri, "from doubles import Double\n\n\ndef test_it():\n    Double()\n")
    assert client.pushed(uri) == []
    settings.write_text("[pytest]\npythonpath = one two\n")
    others_wrote(client, settings)
    assert rules(client.pushed(uri)) == ["unjustified-mock"]
    settings.unlink()
    others_wrote(client, settings, kind=DELETED)
    assert client.pushed(uri) == []


def test_an_excluded_file_shows_nothing(start: Start, folder: Path) -> None:
    client = start("emacs")
    uri = (folder / "build" / "test_a.py").as_uri()
    client.open(uri, MOCK)
    assert client.pushed(uri) == []
    other = (folder / "test_b.py").as_uri()
    client.open(other, MOCK)
    assert rules(client.pushed(other)) == ["unjustified-mock"]
    (folder / ".gitignore").write_text("test_b.py\n")
    others_wrote(client, folder / ".gitignore", kind=CREATED)
    assert client.pushed(other) == []


# Folders.


def test_each_root_has_its_own_configuration(start: Start, folder: Path) -> None:
    quiet, loud = folder / "quiet", folder / "loud"
    for root in (quiet, loud):
        root.mkdir()
    (quiet / "ssot-lsp.toml").write_text('ignore = ["unjustified-mock"]\n')
    client = start("emacs", folders=[quiet, loud])
    for root, expected in ((quiet, []), (loud, ["unjustified-mock"])):
        uri = (root / "test_a.py").as_uri()
        client.open(uri, MOCK)
        assert rules(client.pushed(uri)) == expected


def test_a_folder_inside_of_a_project_has_the_project_s_factory(start: Start, folder: Path) -> None:
    """Who opens `tests` alone is offered what is offered to who opens all of it."""
    (folder / "tests").mkdir()
    (folder / "shop").mkdir()
    (folder / "pyproject.toml").write_text("[tool.ssot-lsp]\n", "utf-8")
    factory = (
        "from unittest.mock import Mock\n\n\n"
        "class SSotMockFactory:\n    @staticmethod\n    def create_gateway_mock():\n        return Mock()\n"
    )
    (folder / "shop" / "doubles.py").write_text(factory, "utf-8")
    client = start(folders=[folder / "tests"])
    uri = (folder / "tests" / "test_pay.py").as_uri()
    client.open(uri, "from unittest.mock import Mock\n\n\ndef test_pay():\n    gateway = Mock()\n")
    place = {"line": 4, "character": 14}
    actions = client.request(
        "textDocument/codeAction",
        {
            "textDocument": {"uri": uri},
            "range": {"start": place, "end": place},
            "context": {"diagnostics": []},
        },
    )
    (swap,) = [each for each in actions if "create_gateway_mock" in each["title"]]
    edit = client.request("codeAction/resolve", swap)["edit"]
    (change,) = edit["documentChanges"]
    written = "".join(each["newText"] for each in change["edits"])
    assert "from shop.doubles import SSotMockFactory" in written


def test_folders_come_and_go(start: Start, folder: Path) -> None:
    one, other = folder / "one", folder / "other"
    for root in (one, other):
        root.mkdir()
        (root / "test_a.py").write_text(MOCK)
    client = start("vscode", folders=[one], options=WORKSPACE)
    assert reported(client) == {(one / "test_a.py").as_uri()}

    def change(added: list[Path], removed: list[Path]) -> None:
        event = {
            name: [{"uri": each.as_uri(), "name": each.name} for each in folders]
            for name, folders in (("added", added), ("removed", removed))
        }
        client.notify("workspace/didChangeWorkspaceFolders", {"event": event})

    change([other], [])
    assert reported(client) == {(one / "test_a.py").as_uri(), (other / "test_a.py").as_uri()}
    change([], [one])
    assert reported(client) == {(other / "test_a.py").as_uri()}
    change([other], [other])  # renamed, in the eyes of the client
    assert reported(client) == {(other / "test_a.py").as_uri()}


def test_a_folder_that_is_deleted_takes_nobody_along(start: Start, folder: Path) -> None:
    root = folder / "root"
    root.mkdir()
    (root / "test_a.py").write_text(MOCK)
    client = start("vscode", folders=[root], options=WORKSPACE)
    uri = (root / "test_a.py").as_uri()
    client.open(uri, MOCK)
    assert client.pull(uri)["items"]
    shutil.rmtree(root)
    others_wrote(client, root / "test_a.py", root, kind=DELETED)
    client.change(uri, insert(0, 0, "\n"))
    assert rules(client.pull(uri)["items"]) == ["unjustified-mock"]
    assert client.request("workspace/diagnostic", {"previousResultIds": []})["items"]


# The whole workspace.


def reported(client: Client) -> set[str]:
    """The files that a fresh survey has findings in."""
    report = client.request("workspace/diagnostic", {"previousResultIds": []})
    return {each["uri"] for each in report["items"] if each.get("items")}


def lay_out(folder: Path, number: int, text: str = MOCK) -> list[str]:
    """That many test files, with a mock each unless told otherwise."""
    uris = []
    for index in range(number):
        path = folder / f"test_{index:03}.py"
        path.write_text(text)
        uris.append(path.as_uri())
    return uris


def test_the_workspace_is_pulled_only_on_request(start: Start) -> None:
    assert start("vscode").server["diagnosticProvider"]["workspaceDiagnostics"] is False
    assert start("vscode", options=WORKSPACE).server["diagnosticProvider"]["workspaceDiagnostics"] is True


def test_the_settings_can_change_that(start: Start) -> None:
    client = start("vscode", settings={})
    client.settings = WORKSPACE
    client.notify("workspace/didChangeConfiguration", {"settings": None})

    def is_ours(params: dict[str, Any]) -> bool:
        (registration,) = params.get("registrations") or params.get("unregisterations") or [{}]
        method: str = registration["method"]
        return method == "textDocument/diagnostic"

    params = client.wait_for_request("client/registerCapability", is_ours)
    assert params["registrations"][0]["registerOptions"]["workspaceDiagnostics"] is True
    client.settings = {"diagnosticMode": "openFilesOnly"}
    client.notify("workspace/didChangeConfiguration", {"settings": None})
    client.wait_for_request("client/unregisterCapability", is_ours)


def test_a_survey_streams_its_results_and_shows_how_far_it_is(start: Start, folder: Path) -> None:
    uris = lay_out(folder, 120)
    (folder / "test_clean.py").write_text("def test_it():\n    pass\n")
    client = start("vscode", options=WORKSPACE)
    params = {"previousResultIds": [], "partialResultToken": PART, "workDoneToken": WORK}
    assert client.request("workspace/diagnostic", params) == {"items": []}
    progress = client.notifications("$/progress")
    work = [each["value"]["kind"] for each in progress if each["token"] == WORK]
    assert (work[0], work[-1]) == ("begin", "end")
    parts = [each["value"]["items"] for each in progress if each["token"] == PART]
    assert len(parts) > 1
    items = [item for part in parts for item in part]
    assert sorted(each["uri"] for each in items) == uris
    assert {each["kind"] for each in items} == {"full"}
    assert {tuple(rules(each["items"])) for each in items} == {("unjustified-mock",)}


LONG = "from unittest.mock import Mock\n" + "".join(
    f"def test_{number}():\n    double = Mock()\n    double.x.y = Mock()\n" for number in range(250)
)


@pytest.mark.parametrize(
    ("text", "number"), [pytest.param(MOCK, 120, id="one process"), pytest.param(LONG, 120, id="several")]
)
def test_a_survey_tells_of_files_while_others_are_checked(
    start: Start, folder: Path, text: str, number: int
) -> None:
    uris = lay_out(folder, number, text)
    client = start("vscode", options=WORKSPACE)
    params = {"previousResultIds": [], "partialResultToken": PART, "workDoneToken": WORK}
    client.request("workspace/diagnostic", params)
    progress = client.notifications("$/progress")
    first = next(index for index, each in enumerate(progress) if each["token"] == PART)
    last = [each["value"].get("message") for each in progress].index(f"{number} of {number}")
    assert first < last
    told = [item["uri"] for each in progress if each["token"] == PART for item in each["value"]["items"]]
    assert sorted(told) == uris


def test_a_survey_tells_of_a_baseline_while_others_are_checked(start: Start, folder: Path) -> None:
    uris = lay_out(folder, 120)
    subprocess.run([sys.executable, "-m", "ssot_lsp", "baseline"], cwd=folder, check=True)
    (folder / "test_007.py").write_text(MOCK.replace("test_it", "test_other"))
    client = start("vscode", options=WORKSPACE)
    params = {"previousResultIds": [], "partialResultToken": PART}
    client.request("workspace/diagnostic", params)
    progress = [each for each in client.notifications("$/progress") if each["token"] == PART]
    items = [item for each in progress for item in each["value"]["items"]]
    severities = {each["uri"]: [found["severity"] for found in each["items"]] for each in items}
    assert severities == {uri: [4] for uri in uris} | {uris[7]: [2]}


def test_a_survey_tells_only_what_is_new(start: Start, folder: Path) -> None:
    uris = lay_out(folder, 3)
    client = start("vscode", options=WORKSPACE)
    first = client.request("workspace/diagnostic", {"previousResultIds": []})["items"]
    known = [{"uri": each["uri"], "value": each["resultId"]} for each in first]
    asked = client.send(
        "workspace/diagnostic", {"previousResultIds": known}
    )  # answered when there is something new
    (folder / "test_001.py").write_text("def test_it():\n    pass\n")
    (folder / "test_new.py").write_text(MOCK)
    others_wrote(client, folder / "test_001.py", folder / "test_new.py")
    items = {each["uri"]: each for each in client.reply(asked)["items"]}
    assert items[uris[0]]["kind"] == items[uris[2]]["kind"] == "unchanged"
    assert items[uris[1]] == {"kind": "full", "uri": uris[1], "version": None, "items": []}
    assert rules(items[(folder / "test_new.py").as_uri()]["items"]) == ["unjustified-mock"]


def test_a_survey_tells_it_all_to_who_knows_nothing(start: Start, folder: Path) -> None:
    uris = lay_out(folder, 3)
    client = start("vscode", options=WORKSPACE)
    for _ in range(2):
        items = client.request("workspace/diagnostic", {"previousResultIds": []})["items"]
        assert sorted(each["uri"] for each in items) == uris


def test_a_survey_has_the_text_of_open_documents(start: Start, folder: Path) -> None:
    uris = lay_out(folder, 2)
    client = start("vscode", options=WORKSPACE)
    client.open(uris[0], "def test_it():\n    pass\n", version=7)
    new = "untitled:test_new.py"
    client.open(new, MOCK)
    items = client.request("workspace/diagnostic", {"previousResultIds": []})["items"]
    assert {each["uri"] for each in items if each.get("items")} <= {uris[1], new}
    assert uris[1] in {each["uri"] for each in items}
    known = [{"uri": each["uri"], "value": each["resultId"]} for each in items]
    asked = client.send("workspace/diagnostic", {"previousResultIds": known})
    client.change(uris[0], {"text": MOCK})
    (changed,) = [each for each in client.reply(asked)["items"] if each["uri"] == uris[0]]
    assert changed["version"] == 8
    assert rules(changed["items"]) == ["unjustified-mock"]


def test_a_survey_says_of_a_file_what_is_said_when_it_is_open(start: Start, folder: Path) -> None:
    (folder / "shared").mkdir()
    (folder / "shared" / "__init__.py").write_text("")
    (folder / "shared" / "tools.py").write_text("x = 1\n")
    (folder / "pyproject.toml").write_text("[tool.ssot-lsp]\nfactory = 'shared.factory.SSotMockFactory'\n")
    factory = folder / "shared" / "factory.py"
    factory.write_text("# \N{GRINNING FACE}\nclass SSotMockFactory:\n    ...\n")
    path = folder / "test_a.py"
    path.write_text(
        "from shared.tools import SSotMockFactory\n"
        "from unittest.mock import Mock, patch\n\n\n"
        "def test_it():\n"
        "    double = Mock()\n"
        "    double.pay = patch.object(SSotMockFactory, 'x').start()\n"
    )
    for each in (path, *(folder / "shared").iterdir()):
        os.utime(each, (1_000_000_000, 1_000_000_000))  # what was just written is not remembered
    client = start("vscode", options=WORKSPACE)

    def shown(diagnostics: list[dict[str, Any]]) -> list[list[Any]]:
        parts = ("code", "severity", "message", "range", "relatedInformation")
        return [[each.get(part) for part in parts] for each in diagnostics]

    for _ in "from the disk", "from the cache":
        (item,) = client.request("workspace/diagnostic", {"previousResultIds": []})["items"]
        closed = shown(item["items"])
        related = [
            (place["location"]["uri"], place["message"]) for each in closed for place in each[-1] or ()
        ]
        assert related == [
            (factory.as_uri(), "`SSotMockFactory` is defined here"),
            (path.as_uri(), "`patch.object` belongs to it"),
        ]
    client.open(path.as_uri(), path.read_text())
    assert shown(client.pull(path.as_uri())["items"]) == closed


@pytest.mark.parametrize("way", ["$/cancelRequest", "window/workDoneProgress/cancel"])
@pytest.mark.parametrize(
    "token", [pytest.param(WORK, id="at its start"), pytest.param(PART, id="after a part")]
)
def test_a_survey_that_is_cancelled_ends(start: Start, folder: Path, way: str, token: str) -> None:
    uris = lay_out(folder, 150, LONG)
    client = start("vscode", options=WORKSPACE)
    params = {"previousResultIds": [], "workDoneToken": WORK, "partialResultToken": PART}
    asked = client.send("workspace/diagnostic", params)
    part = client.wait_for("$/progress", lambda each: each["token"] == token)
    client.notify(way, {"id": asked} if way == "$/cancelRequest" else {"token": WORK})
    with pytest.raises(RefusedError) as refused:
        client.reply(asked)
    assert refused.value.code == CANCELLED
    assert client.wait_for("$/progress", lambda each: each["value"].get("kind") == "end")["token"] == WORK
    parts = [part, *client.notifications("$/progress")]
    told = {item["uri"] for each in parts if each["token"] == PART for item in each["value"]["items"]}
    assert told < set(uris)
    client.forget_notifications()
    assert reported(client) == set(uris)


def test_a_client_that_is_pushed_to_sees_the_whole_workspace_on_request(start: Start, folder: Path) -> None:
    uris = lay_out(folder, 2)
    client = start("emacs", options=WORKSPACE)
    for uri in uris:
        assert rules(client.pushed(uri)) == ["unjustified-mock"]
    (folder / "test_000.py").unlink()
    others_wrote(client, folder / "test_000.py", kind=DELETED)
    assert client.pushed(uris[0]) == []


# Commands.


def test_debug_info_says_what_a_report_needs(start: Start, folder: Path) -> None:
    info = start("vscode").request("workspace/executeCommand", {"command": "ssot-lsp.debugInfo"})
    for part in ("ssot-lsp", "Python", "pygls", "utf-16", "pulled", str(folder)):
        assert part in info


def test_the_index_can_be_built_anew(start: Start, folder: Path) -> None:
    client = start("emacs")
    uri = (folder / "test_a.py").as_uri()
    client.open(uri, MOCK)
    assert client.pushed(uri)
    (folder / "ssot-lsp.toml").write_text('ignore = ["unjustified-mock"]\n')  # nobody tells the server
    client.request("workspace/executeCommand", {"command": "ssot-lsp.restartIndex"})
    assert client.pushed(uri) == []


def test_an_unknown_command_is_refused(start: Start) -> None:
    with pytest.raises(RefusedError, match="no-such-command"):
        start("vscode").request("workspace/executeCommand", {"command": "no-such-command", "arguments": [1]})


@pytest.mark.parametrize("name", ["vscode", "neovim"])
def test_a_factory_that_is_nowhere_is_said_in_the_configuration_until_there_is_one(
    start: Start, folder: Path, name: str
) -> None:
    client = start(name)
    settings, factory = folder / "pyproject.toml", folder / "doubles.py"
    text = '[tool.ssot-lsp]\nfactory = "Doubles"\n'
    settings.write_text(text)
    client.open(settings.as_uri(), text, language="toml")

    def is_said(expected: bool) -> Callable[[Any], bool]:
        def accept(params: Any) -> bool:
            codes = [each["code"] for each in params["diagnostics"]]
            return params["uri"] == settings.as_uri() and ("factory-not-found" in codes) is expected

        return accept

    said = client.wait_for("textDocument/publishDiagnostics", is_said(True))
    (diagnostic,) = said["diagnostics"]
    assert diagnostic["severity"] == 3
    assert diagnostic["message"].startswith("`Doubles` is defined in no Python file below")
    assert diagnostic["range"]["start"] == {"line": 1, "character": 10}
    factory.write_text("class Doubles:\n    def create_a(self): ...\n")
    changes = [{"uri": factory.as_uri(), "type": CREATED}]
    client.notify("workspace/didChangeWatchedFiles", {"changes": changes})
    client.wait_for("textDocument/publishDiagnostics", is_said(False))
