"""The tour: what a user does first, in the terminal and in an editor, with a transcript to read.

Every step compares what happens with what is promised here. Nothing is replayed: the commands are run, the
server is the one that editors start.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

from rich.console import Console

from ssot_lsp import __version__
from ssot_lsp.demo.client import TIME_LIMIT, LanguageClient, ServerError
from ssot_lsp.demo.workspace import OccupiedError, lay_out, sample_files
from ssot_lsp.text import Edit, Lines, Span, apply_edits

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

# What `ssot-lsp check` has to say of the sample: the path, the rule, the text of the line.
PROMISED = [
    ("tests/conftest.py", "unjustified-mock", "return MagicMock()"),
    ("tests/end_to_end/test_purchase.py", "forbidden-mock", "mailer = Mock()"),
    ("tests/test_checkout.py", "unjustified-mock", "gateway = Mock()"),
    (
        "tests/test_checkout.py",
        "unused-justification",
        "# Mock justification: L1: the gateway must not be reached",
    ),
    ("tests/test_mail.py", "unjustified-mock", '@patch("shop.mail.time.sleep")'),
    ("tests/test_mail.py", "unjustified-mock", '@patch("shop.mail.smtplib.SMTP")'),
    ("tests/test_refund.py", "unjustified-mock", "gateway = mock.Mock()"),
    ("tests/test_refund.py", "unjustified-mock", "gateway = mock.Mock()"),
    ("tests/test_stock.py", "unjustified-mock", "shelf = um.AsyncMock()"),
    ("tests/test_stock.py", "weak-justification", "shelf = um.AsyncMock()  # Mock justification: faster"),
]
OPENED = "tests/test_checkout.py"
REASON = "L1: no real charge while testing"
_PAGE_LINES = 7  # of a hover are shown


class BrokenPromiseError(Exception):
    """Something was not as promised; the message says what was and what should have been."""


def run(folder: str | None = None) -> int:
    """Give the tour in `folder` (by default a new temporary one; it stays) and return the exit code.

    0 when all was as promised, 1 when not, 2 when `folder` cannot be used.
    """
    console = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
    errors = Console(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)
    try:
        root = lay_out(folder)
    except OccupiedError as error:
        errors.print(f"ssot-lsp: {error}")
        return 2
    except OSError as error:
        errors.print(f"ssot-lsp: the sample cannot be written to {error.filename}: {error.strerror}")
        return 2
    try:
        _Tour(console, root).give()
    except (BrokenPromiseError, ServerError, subprocess.TimeoutExpired) as error:
        console.print(f"\nNot as promised: {error}", style="bold red")
        console.print(f"The folder is still there: {root}")
        return 1
    return 0


class _Tour:
    def __init__(self, console: Console, root: Path) -> None:
        self.console = console
        self.root = root
        self.environment = {**os.environ, "PYTHONSAFEPATH": "1", "PYTHONUTF8": "1"}

    def give(self) -> None:
        self.console.print(
            f"ssot-lsp {__version__}: every mock made by one factory, or with a reason beside it."
        )
        self.show_workspace()
        self.check_in_terminal()
        self.work_in_editor()
        self.check_again()
        self.heading("All as promised")
        self.say("The workspace is yours to play with. Open it in your editor, or go there and check:", "")
        for command in (f"cd {self.root}", f"{_program()} check", f"{_program()} explain unjustified-mock"):
            self.console.print(f"    {command}", style="bold")

    # The chapters

    def show_workspace(self) -> None:
        self.heading("1 · A corner shop with tests")
        self.console.print(f"{self.root}\n")
        for name in sample_files():
            self.console.print(f"    {name}", style="dim")

    def check_in_terminal(self) -> None:
        self.heading("2 · In the terminal")
        found = self.ssot_lsp("check", shown=True)
        expect("the exit code of `check` with findings", found.returncode, 1)
        report = json.loads(self.ssot_lsp("check", "--format", "json").stdout)
        lines = {name: text.splitlines() for name, text in sample_files().items()}
        expect(
            "what `check` finds",
            [
                (each["path"], each["rule"], lines[each["path"]][each["start"]["line"] - 1].strip())
                for each in report["findings"]
            ],
            PROMISED,
        )
        self.say(
            "",
            "That is exit code 1, for hooks and CI, and what was promised. Not flagged: the factory's own mocks",
            "and those with a reason. test_refund.py does not even parse; that hides nothing.",
        )

    def work_in_editor(self) -> None:
        self.heading("3 · In the editor")
        self.say("The server that your editor would start, spoken to as your editor would.", "")
        command = [sys.executable, "-m", "ssot_lsp", "server"]
        with LanguageClient(command, self.root, self.environment) as client:
            _Session(self, client).work()
            expect("the exit code of the server", client.end(), 0)
        self.note("the server ended with its client, exit code 0")

    def check_again(self) -> None:
        self.heading("4 · The terminal agrees")
        expect(
            "the exit code of `check` without findings",
            self.ssot_lsp("check", OPENED, shown=True).returncode,
            0,
        )

    # What they are made of

    def ssot_lsp(self, *arguments: str, shown: bool = False) -> subprocess.CompletedProcess[str]:
        """Run the command line in the workspace, and print what it prints if `shown`."""
        if shown:
            self.console.print(f"$ ssot-lsp {' '.join(arguments)}", style="bold")
        done = subprocess.run(
            [sys.executable, "-m", "ssot_lsp", *arguments],
            cwd=self.root,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=TIME_LIMIT,
            check=False,
        )
        if shown:
            self.console.print(done.stdout.rstrip())
        if done.returncode not in {0, 1}:
            message = f"`ssot-lsp {' '.join(arguments)}` ended with {done.returncode}: {done.stderr.strip()}"
            raise BrokenPromiseError(message)
        return done

    def say(self, *lines: str) -> None:
        self.console.print("\n".join(lines))

    def heading(self, text: str) -> None:
        self.console.print(f"\n{text}\n", style="bold cyan")

    def sent(self, text: str) -> None:
        self.console.print(f"→ {text}", style="bold")

    def note(self, text: str) -> None:
        self.console.print("\n".join(f"  {line}".rstrip() for line in text.splitlines()))


class _Session:
    """One document, open in the tour's editor."""

    def __init__(self, tour: _Tour, client: LanguageClient) -> None:
        self.tour = tour
        self.client = client
        self.path = tour.root / OPENED
        self.uri = self.path.as_uri()
        self.text = self.path.read_text(encoding="utf-8")
        self.version = 1

    def work(self) -> None:
        self.initialize()
        self.open()
        mock, _ = self.diagnostics(["unjustified-mock", "unused-justification"])
        self.hover(mock)
        self.apply(self.quick_fix(mock, "Justify"))
        self.diagnostics(["weak-justification", "unused-justification"])
        self.type_reason()
        (orphan,) = self.diagnostics(["unused-justification"])
        self.apply(self.quick_fix(orphan, "Remove"))
        self.diagnostics([])
        self.save()

    def initialize(self) -> None:
        self.tour.sent("initialize")
        began = time.monotonic()
        answer = self.client.request(
            "initialize",
            {
                "processId": os.getpid(),
                "clientInfo": {"name": "ssot-lsp demo"},
                "rootUri": self.tour.root.as_uri(),
                "workspaceFolders": [{"uri": self.tour.root.as_uri(), "name": "corner-shop"}],
                "capabilities": {
                    "general": {"positionEncodings": ["utf-32"]},
                    "textDocument": {
                        "publishDiagnostics": {"relatedInformation": True, "versionSupport": True},
                        "hover": {"contentFormat": ["markdown"]},
                        "codeAction": {
                            "codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix"]}},
                            "dataSupport": True,
                            "resolveSupport": {"properties": ["edit"]},
                        },
                    },
                    "workspace": {"workspaceEdit": {"documentChanges": True}},
                },
            },
        )
        expect("the position encoding", answer["capabilities"].get("positionEncoding"), "utf-32")
        self.client.notify("initialized", {})
        name = answer["serverInfo"]
        self.tour.note(f"{name['name']} {name['version']}, after {1000 * (time.monotonic() - began):.0f} ms")

    def open(self) -> None:
        self.tour.sent(f"didOpen {OPENED}")
        document = {"uri": self.uri, "languageId": "python", "version": self.version, "text": self.text}
        self.client.notify("textDocument/didOpen", {"textDocument": document})

    def diagnostics(self, rules: Sequence[str]) -> list[dict[str, Any]]:
        """The diagnostics of the text as it is now, which are to be of these rules, top down."""
        published = self.client.wait_for(
            "textDocument/publishDiagnostics",
            lambda params: params["uri"] == self.uri and params.get("version") == self.version,
        )
        found = sorted(published["diagnostics"], key=lambda each: each["range"]["start"]["line"])
        for each in found:
            severity = ("", "error", "warning", "information", "hint")[each["severity"]]
            self.tour.note(
                f"{each['range']['start']['line'] + 1}: {severity}: {each['message']} [{each['code']}]"
            )
            for related in each.get("relatedInformation", ()):
                line = related["location"]["range"]["start"]["line"] + 1
                self.tour.note(f"    {line}: {related['message']}")
        if not found:
            self.tour.note("no diagnostics: clean")
        expect("what the server finds", [each["code"] for each in found], list(rules))
        return found

    def hover(self, diagnostic: dict[str, Any]) -> None:
        place = diagnostic["range"]["start"]
        self.tour.sent(f"hover over {self.content(diagnostic)!r} in line {place['line'] + 1}")
        hover = self.client.request(
            "textDocument/hover", {"textDocument": {"uri": self.uri}, "position": place}
        )
        if not hover:
            message = "there is no hover on a diagnostic"
            raise BrokenPromiseError(message)
        page = hover["contents"]["value"].strip().splitlines()
        self.tour.note("\n".join(f"│ {line}".rstrip() for line in page[:_PAGE_LINES]))
        if len(page) > _PAGE_LINES:
            self.tour.note(f"│ … and {len(page) - _PAGE_LINES} more lines")

    def quick_fix(self, diagnostic: dict[str, Any], verb: str) -> dict[str, Any]:
        """The first code action for `diagnostic` whose title starts with `verb`, with its edit."""
        line = diagnostic["range"]["start"]["line"] + 1
        self.tour.sent(f"codeAction for {diagnostic['code']} in line {line}")
        actions = self.client.request(
            "textDocument/codeAction",
            {
                "textDocument": {"uri": self.uri},
                "range": diagnostic["range"],
                "context": {"diagnostics": [diagnostic], "only": ["quickfix"]},
            },
        )
        chosen: dict[str, Any] | None = None
        for action in actions or ():
            is_chosen = chosen is None and action["title"].startswith(verb)
            chosen = action if is_chosen else chosen
            self.tour.note(f"{'●' if is_chosen else '○'} {action['title']}")
        if chosen is None:
            message = f"no quick fix for {diagnostic['code']} starts with {verb!r}"
            raise BrokenPromiseError(message)
        if "edit" in chosen:
            return chosen
        return dict(self.client.request("codeAction/resolve", chosen))

    def apply(self, action: dict[str, Any]) -> None:
        """Do what an editor does with a code action: edit the document, tell the server."""
        self.tour.sent(f"apply “{action['title']}”")
        (change,) = action["edit"]["documentChanges"]
        expect("the version that is edited", change["textDocument"]["version"], self.version)
        lines = Lines(self.text)

        def offset(place: dict[str, int]) -> int:
            return lines.offset(place["line"], place["character"])

        self.change(
            [
                Edit(Span(offset(each["range"]["start"]), offset(each["range"]["end"])), each["newText"])
                for each in change["edits"]
            ]
        )

    def type_reason(self) -> None:
        """Type what the fix leaves to the author: the reason."""
        at = self.text.index("# Mock justification:")
        end = self.text.index("\n", at)
        self.tour.sent("type the reason")
        self.change([Edit(Span(at, end), f"# Mock justification: {REASON}")])

    def change(self, edits: Sequence[Edit]) -> None:
        """Edit the text, show the lines that changed, send a didChange."""
        lines = Lines(self.text)
        changes = []
        for edit in sorted(
            edits, key=lambda each: each.span, reverse=True
        ):  # later ones move no earlier ones
            start, end = lines.place(edit.span.start), lines.place(edit.span.end)
            changes.append(
                {
                    "range": {
                        "start": {"line": start.line, "character": start.column},
                        "end": {"line": end.line, "character": end.column},
                    },
                    "text": edit.text,
                }
            )
        before, self.text = self.text, apply_edits(self.text, edits)
        self.version += 1
        for line in _changed_lines(before, self.text):
            self.tour.console.print(f"    {line}", style="green" if line.startswith("+") else "red")
        self.client.notify(
            "textDocument/didChange",
            {"textDocument": {"uri": self.uri, "version": self.version}, "contentChanges": changes},
        )

    def save(self) -> None:
        self.tour.sent("didSave")
        self.path.write_text(self.text, encoding="utf-8", newline="\n")
        self.client.notify("textDocument/didSave", {"textDocument": {"uri": self.uri}})

    def content(self, diagnostic: dict[str, Any]) -> str:
        """The text below a diagnostic's squiggle."""
        lines = Lines(self.text)
        start, end = diagnostic["range"]["start"], diagnostic["range"]["end"]
        return self.text[
            lines.offset(start["line"], start["character"]) : lines.offset(end["line"], end["character"])
        ]


def _program() -> str:
    """How to start ssot-lsp from here: by name where that finds it, else by its path."""
    if shutil.which("ssot-lsp"):
        return "ssot-lsp"
    return shutil.which("ssot-lsp", path=os.path.dirname(sys.executable)) or f"{sys.executable} -m ssot_lsp"


def _changed_lines(before: str, after: str) -> list[str]:
    """The lines that differ, marked by `+` and `-`, without those around them."""
    import difflib  # noqa: PLC0415 - 10 ms that only the demo pays

    difference = difflib.ndiff(before.splitlines(), after.splitlines())
    return [line for line in difference if line.startswith(("+ ", "- "))]


def expect(what: str, found: object, promised: object) -> None:
    """Raise BrokenPromiseError unless `found` equals `promised`."""
    if found == promised:
        return
    if isinstance(found, list) and isinstance(promised, list):
        surplus = [each for each in found if each not in promised]
        missing = [each for each in promised if each not in found]
        message = (
            f"{what} differs: too much {surplus}, too little {missing}, of {len(found)} for {len(promised)}"
        )
    else:
        message = f"{what} is {found!r}, and should be {promised!r}"
    raise BrokenPromiseError(message)
