"""The README is true: every block in it is run, its tables are compared with the code.

`python -m tests.test_readme` writes what can be written: the rule table and the output of the sessions.

- A block below a path in backticks is a file. `console` blocks are sessions in the folder of those files, in
  the order of the page.
- `sh` blocks are commands for which `COMMANDS` says how they are run here.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ssot_lsp import __version__, config
from ssot_lsp.config import reading
from ssot_lsp.demo.client import LanguageClient
from ssot_lsp.rules import RULES
from ssot_lsp.server.completions import PLACES
from ssot_lsp.server.session import FEATURES
from ssot_lsp.toml import read as read_toml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

CHECKOUT = Path(__file__).parents[1]
README = CHECKOUT / "README.md"
BLOCK = re.compile(
    r"(?:^`(?P<path>[^`\n]+)`:\n\n)?^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
RULE_TABLE = re.compile(
    r"(?<=<!-- rules: written by `python -m tests.test_readme` -->\n).*?(?=<!-- end of rules -->)", re.DOTALL
)
SECONDS = re.compile(r'("seconds": ?)[0-9.e-]+')
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")},
    "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
    "NO_COLOR": "1",
    "COLUMNS": "110",
    "PYTHONUTF8": "1",
}


@dataclass(frozen=True)
class Block:
    language: str
    text: str
    path: str | None

    @property
    def line(self) -> int:
        """For messages: where in the README it stands, from 1."""
        return README.read_text(encoding="utf-8").partition(self.text)[0].count("\n") + 1


def blocks(page: str) -> list[Block]:
    return [Block(found["language"], found["text"], found["path"]) for found in BLOCK.finditer(page)]


PAGE = README.read_text(encoding="utf-8")
BLOCKS = blocks(PAGE)


def run(command: Sequence[str], folder: Path, *, seconds: float = 120) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=folder,
        env=ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=seconds,
        check=False,
    )


def session(commands: Sequence[str], folder: Path) -> str:
    """What a terminal shows when `commands` are typed one after the other."""
    shown = []
    code = 0
    for command in commands:
        done = run(["sh", "-c", f"(exit {code}); {command}"], folder)
        code = done.returncode
        output = SECONDS.sub(r"\g<1>0.1", done.stdout.replace(str(folder), "/home/you/shop"))
        shown.append(f"$ {command}\n{output}")
    return "".join(shown)


def commands_of(text: str) -> list[str]:
    return [line.removeprefix("$ ") for line in text.splitlines() if line.startswith("$ ")]


def sessions(page: str, folder: Path) -> Iterator[tuple[Block, str]]:
    """Each `console` block of `page` with what it should say, run among the files of the page."""
    for block in blocks(page):
        if block.language == "console":
            yield block, session(commands_of(block.text), folder)
        elif block.path and not block.path.startswith("~"):
            path = folder / block.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")


def rule_table() -> str:
    rows = [f"| `{rule.name}` | {rule.severity.label} | {rule.summary} |" for rule in RULES]
    return "\n".join(["", "| rule | default | flags |", "|---|---|---|", *rows, "", ""])


# What is written by machine


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[tuple[Block, str]]]:
    """The workspace of a reader who has typed all of the page, and what was shown."""
    workspace = tmp_path_factory.mktemp("readme") / "shop"
    workspace.mkdir()
    return workspace, list(sessions(PAGE, workspace))


@pytest.fixture(scope="module")
def workspace(played: tuple[Path, list[tuple[Block, str]]]) -> Path:
    return played[0]


def test_sessions_say_what_they_say(played: tuple[Path, list[tuple[Block, str]]]) -> None:
    for block, output in played[1]:
        assert block.text == output, f"README.md:{block.line}"


def test_the_rule_table_lists_the_rules() -> None:
    found = RULE_TABLE.search(PAGE)
    assert found
    assert found[0] == rule_table()


# Blocks


def test_every_block_is_of_a_kind_that_is_run() -> None:
    unknown = [block for block in BLOCKS if block.language not in {"sh", "console"} and not block.path]
    assert unknown == []


def make_target(command: str, _: Path) -> None:
    """The target is there; that it does its own set-up is seen by whoever runs it in a fresh clone."""
    assert run(["make", "--dry-run", *shlex.split(command)[1:]], CHECKOUT).returncode == 0


def pip_install(command: str, folder: Path) -> None:
    """Install the checkout apart, without what it depends on, and check with what was installed."""
    arguments = shlex.split(command)[3:-1]
    done = run(
        [
            sys.executable,
            "-m",
            "pip",
            *arguments,
            "--quiet",
            "--no-deps",
            "--target",
            str(folder / "site"),
            str(CHECKOUT),
        ],
        folder,
        seconds=600,
    )
    assert done.returncode == 0, done.stdout
    code = (
        f"import sys; sys.path.insert(0, {str(folder / 'site')!r}); import ssot_lsp.cli, ssot_lsp.demo.workspace as w;"
        "assert w.sample_files(); print(ssot_lsp.__file__)"
    )
    assert run([sys.executable, "-c", code], folder).stdout.startswith(str(folder / "site"))
    assert (folder / "site" / "ssot_lsp" / "py.typed").exists()


def pipx_install(_: str, folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pipx", "install", str(CHECKOUT)],
        env={**ENVIRONMENT, "PIPX_HOME": str(folder / "home"), "PIPX_BIN_DIR": str(folder / "bin")},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert run([str(folder / "bin" / "ssot-lsp"), "--version"], folder).returncode == 0


def start_server(command: str, folder: Path) -> None:
    """Start it, shake hands, say goodbye."""
    with LanguageClient(["sh", "-c", f"exec {command}"], folder, ENVIRONMENT) as client:
        answer = client.request(
            "initialize", {"processId": None, "rootUri": folder.as_uri(), "capabilities": {}}
        )
        assert answer["serverInfo"]["name"] == "ssot-lsp"
        client.notify("initialized", {})
        assert client.end() == 0


def code_install(command: str, _: Path) -> None:
    """The file is named as the one that is packed; that it installs is seen in tests/editors."""
    packing = (CHECKOUT / "vscode-client" / "pack.py").read_text(encoding="utf-8")
    assert 'CHECKOUT / "dist" / f"ssot-lsp-{target}.vsix"' in packing
    assert '"linux-x64": (' in packing
    assert command.endswith(" dist/ssot-lsp-linux-x64.vsix")


COMMANDS: dict[str, Callable[[str, Path], None]] = {
    "make demo": make_target,
    "make test": make_target,
    "make vsix": make_target,
    "code --install-extension dist/ssot-lsp-linux-x64.vsix": code_install,
    "python3 -m pip install .": pip_install,
    "pipx install .": pipx_install,
    "ssot-lsp server": start_server,
}


@pytest.mark.parametrize(
    "command", [line for block in BLOCKS if block.language == "sh" for line in block.text.splitlines()]
)
def test_command(command: str, tmp_path: Path) -> None:
    COMMANDS[command](command, tmp_path)


@pytest.mark.parametrize("command", sorted(set(re.findall(r"`(ssot-lsp [a-z][^`\n]*)`", PAGE))))
def test_command_in_the_text(command: str, workspace: Path) -> None:
    """Those in the running text are at least no wrong usage; PATH:LINE stands for one."""
    if command == "ssot-lsp server":
        start_server(command, workspace)
        return
    words = shlex.split(command.replace("PATH:LINE", "tests/test_pay.py:7").replace("PATH", "."))
    done = run(["ssot-lsp", *words[1:]], workspace)
    assert done.returncode in {0, 1}, done.stdout
    assert done.stdout.strip()


def test_neovim_block(tmp_path: Path) -> None:
    (block,) = [each for each in BLOCKS if each.language == "lua"]
    command = re.search(r"cmd = \{(.*?)\}", block.text)
    assert command
    words = re.findall(r"'([^']*)'", command[1])
    start_server(shlex.join(words), tmp_path)
    markers = re.search(r"root_markers = \{(.*?)\}", block.text)
    assert markers
    assert {config.OWN_NAME, config.PROJECT_NAME} <= set(re.findall(r"'([^']*)'", markers[1]))


def test_emacs_block() -> None:
    """That it works is seen in Emacs, see tests/editors; here that it starts what there is."""
    (block,) = [each for each in BLOCKS if each.language == "elisp"]
    assert '("ssot-lsp" "server")' in block.text


def test_json_blocks_set_what_there_is() -> None:
    manifest = json.loads((CHECKOUT / "vscode-client" / "package.json").read_text(encoding="utf-8"))
    known = manifest["contributes"]["configuration"]["properties"]
    for block in BLOCKS:
        if block.language == "json":
            names = {each for each in json.loads(block.text) if each.startswith("ssot-lsp.")}
            assert names <= set(known), block.path


def test_the_extension_has_the_version_of_the_server_and_its_features() -> None:
    manifest = json.loads((CHECKOUT / "vscode-client" / "package.json").read_text(encoding="utf-8"))
    assert manifest["version"] == __version__
    names = set(manifest["contributes"]["configuration"]["properties"])
    read = {"diagnosticMode", "logLevel"}  # by the server; the rest is the client's
    ours = {"importStrategy", "interpreter", "statusBar", "trace.server"}
    switches = {f"features.{each}" for each in FEATURES} | {f"completion.{each}" for each in PLACES}
    assert names == {f"ssot-lsp.{each}" for each in (*read, *ours, *switches)}
    for name, setting in manifest["contributes"]["configuration"]["properties"].items():
        assert setting.get("description") or setting.get("markdownDescription"), name
        assert "default" in setting, name
        assert len(setting.get("enumDescriptions", setting.get("enum", ()))) == len(setting.get("enum", ()))
    source = "".join(each.read_text("utf-8") for each in (CHECKOUT / "vscode-client" / "src").glob("*.ts"))
    for command in manifest["contributes"]["commands"]:
        assert f'"{command["command"]}": ' in source
    capabilities = manifest["capabilities"]
    assert capabilities["virtualWorkspaces"] == {
        "supported": False,
        "description": "The server reads files from a disk, and a virtual workspace has none.",
    }
    restricted = capabilities["untrustedWorkspaces"]["restrictedConfigurations"]
    assert set(restricted) == {"ssot-lsp.interpreter", "ssot-lsp.importStrategy"}
    pinned = (CHECKOUT / "vscode-client" / "requirements.txt").read_text(encoding="utf-8")
    project = read_toml((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for needed in project["dependencies"]:
        name = re.match(r"[\w-]+", needed)
        assert name
        assert f"\n{name[0].lower()}==" in pinned, "vscode-client/requirements.txt tells how it is renewed"


def test_every_editor_starts_the_server() -> None:
    paths = [".config/helix/", ".config/zed/", "LSP.sublime-settings", ".vimrc"]
    for path in paths:
        (block,) = [each for each in BLOCKS if path in (each.path or "")]
        assert re.search(r"ssot-lsp.{1,40}server", block.text, re.DOTALL), path
        if block.language == "toml":
            helix = read_toml(block.text)
            assert helix["language-server"]["ssot-lsp"] == {"command": "ssot-lsp", "args": ["server"]}
            assert "ssot-lsp" in helix["language"][0]["language-servers"]
        elif block.language == "json":
            assert json.loads(block.text)


@pytest.mark.parametrize(
    "command",
    [
        line.partition("run: ")[2]
        for block in BLOCKS
        if (block.path or "").startswith(".github/")
        for line in block.text.splitlines()
        if "run: ssot-lsp" in line
    ],
)
def test_workflow_blocks(command: str, workspace: Path) -> None:
    done = run(["sh", "-c", command.replace("${{ matrix.part }}", "tests")], workspace)
    assert done.returncode in {0, 1}, done.stdout
    if " > " in command:
        (output,) = workspace.glob("*.sarif")
        assert json.loads(output.read_text(encoding="utf-8"))["version"] == "2.1.0"
        output.unlink()
    else:
        assert "in the baseline" in done.stdout


def test_pre_commit_block() -> None:
    (block,) = [each for each in BLOCKS if each.path == ".pre-commit-config.yaml"]
    hooks = (CHECKOUT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
    offered = re.findall(r"^- id: (\S+)$", hooks, re.MULTILINE)
    used = re.findall(r"- id: (\S+)$", block.text, re.MULTILINE)
    assert used
    assert set(used) <= set(offered)


def test_pre_commit_block_in_pre_commit(tmp_path: Path) -> None:
    """Commit to a repository with this hook, installed from the last commit of the checkout."""
    if not (CHECKOUT / ".git").exists():
        pytest.skip("there is no repository to install from")
    (block,) = [each for each in BLOCKS if each.path == ".pre-commit-config.yaml"]
    folder = tmp_path / "shop"
    folder.mkdir()
    assert "/path/to/ssot-lsp" in block.text
    configuration = block.text.replace("/path/to/ssot-lsp", str(CHECKOUT))
    (folder / ".pre-commit-config.yaml").write_text(configuration, encoding="utf-8")
    (folder / "test_pay.py").write_text("from unittest.mock import Mock\n\nx = Mock()\n", encoding="utf-8")
    (folder / "setup.py").write_text("pass\n", encoding="utf-8")
    assert run(["git", "init", "--quiet"], folder).returncode == 0
    assert run(["git", "add", "."], folder).returncode == 0
    code = f"PRE_COMMIT_HOME={shlex.quote(str(tmp_path / 'home'))} {shlex.quote(sys.executable)} -m pre_commit run --all-files"
    done = run(["sh", "-c", code], folder, seconds=600)
    assert done.returncode == 1, done.stdout
    assert "test_pay.py:3:5: warning: " in done.stdout


# Configuration


def test_configuration_block_is_without_problems() -> None:
    (block,) = [each for each in BLOCKS if each.path == "pyproject.toml"]
    parsed = config.parse("/shop/pyproject.toml", block.text)
    assert parsed is not None
    assert parsed.problems == ()
    assert parsed != config.ProjectConfig("/shop", "/shop/pyproject.toml")


def configuration_table() -> dict[str, str]:
    _, _, section = PAGE.partition("\n## Configuration\n")
    rows = re.findall(r"^\| `([a-z.-]+)` \| (.*?) \| ", section.partition("\n## ")[0], re.MULTILINE)
    return dict(rows)


@pytest.mark.parametrize(("key", "default"), configuration_table().items())
def test_defaults_are_those_of_the_code(key: str, default: str) -> None:
    """A default that is written as TOML, given in a file, changes nothing."""
    if key == "justification.rejected-words":
        assert set(re.findall(r"`(\w+)`", default)) < set(config.Justification().rejected_words)
        return
    if key == "select":
        assert default == "all rules"
        assert config.ProjectConfig("/shop").select is None
        return
    text = f"[tool.ssot-lsp]\n{key} = {default.strip('`')}\n"
    parsed = config.parse("/shop/pyproject.toml", text)
    assert parsed == config.ProjectConfig("/shop", "/shop/pyproject.toml")


def test_every_key_is_in_the_table() -> None:
    table = configuration_table()
    assert {key.partition(".")[0] for key in table} == set(reading._KEYS)
    inner = {key.partition(".")[2] for key in table if "." in key}
    assert inner == set(reading._JUSTIFICATION_KEYS)


# Links


@pytest.mark.parametrize("page", ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "MIGRATION.md"])
def test_links_lead_somewhere(page: str) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)\)", (CHECKOUT / page).read_text(encoding="utf-8"))
    missing = [each for each in targets if "://" not in each and not (CHECKOUT / each).exists()]
    assert missing == []


def test_the_install_names_the_python_that_the_package_asks_for() -> None:
    project = read_toml((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
    assert "Python 3.10 or newer" in PAGE.replace("\n", " ")
    assert project["project"]["requires-python"] == ">=3.10"


def rewrite() -> None:
    """Write the rule table and the output of the sessions into the README."""
    page = RULE_TABLE.sub(lambda _: rule_table(), PAGE)
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder).resolve() / "shop"
        workspace.mkdir()
        for block, output in sessions(page, workspace):
            page = page.replace(f"```console\n{block.text}```", f"```console\n{output}```")
    README.write_text(page, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    rewrite()
