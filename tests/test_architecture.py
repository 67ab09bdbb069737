"""The layers of the code, held by import-linter, and what the terminal must not load."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[1]
PACKAGE = CHECKOUT / "ssot_lsp"

# Who but `files` touches the disk, and why it may. Jedi's and tree-sitter's own reads happen inside of them.
MAY_TOUCH_THE_DISK = {
    "files.py": "the one door",
    "scan.py": "hands paths to `files`, asks the machine for folders",
    "cache.py": "writes its own files, never the workspace's",
    "baseline.py": "writes its own file",
    "demo": "lays out its sample workspace and drives other processes",
    "initialise.py": "writes what `init` was asked for",
    "verification": "keeps a journal of its own; what it tries goes through `files`",
}
DISK_CALLS = {
    "open",
    "scandir",
    "walk",
    "listdir",
    "read_text",
    "read_bytes",
    "write_text",
    "write_bytes",
    "unlink",
    "rmtree",
    "rglob",
    "iterdir",
}
DISK_OWNERS = {"os", "io", "shutil", "Path", "path"}

# Whose docstring is a map. `rules`, the commands of `cli` and the templates of `scaffold` are tables.
MAPPED = [
    *("", "analysis", "config", "fixes", "ide", "index", "mocks"),
    *("render", "report", "scan", "server", "verification"),
]
NAMED = re.compile(r"`(\w+)`")
NO_MODULES = {"Workspace", "Analysis", "new"}  # which a map names besides

LSP_LIBRARIES = {"pygls", "lsprotocol", "cattrs"}


def run_python(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


def test_imports_only_point_down() -> None:
    code = "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"
    result = run_python("-c", code, "--no-cache")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "0 broken" in result.stdout


@pytest.mark.parametrize("folder", MAPPED)
def test_the_map_of_a_package_names_its_modules_and_no_others(folder: str) -> None:
    text = ast.get_docstring(ast.parse((PACKAGE / folder / "__init__.py").read_text(encoding="utf-8"))) or ""
    entries = "\n".join(line for line in text.splitlines() if line.startswith(("- ", "  ")))
    assert modules_in(PACKAGE / folder) - set(NAMED.findall(text)) == set()
    everywhere = set().union(*(modules_in(each.parent) for each in PACKAGE.rglob("__init__.py")))
    assert set(NAMED.findall(entries)) - everywhere - NO_MODULES == set()


def modules_in(package: Path) -> set[str]:
    """The names of modules and packages in a folder."""
    found = {each.stem for each in package.glob("*.py")}
    found |= {each.parent.name for each in package.glob("*/__init__.py")}
    return {each for each in found if not each.startswith("_")}


def test_only_files_touches_the_disk() -> None:
    strangers = [
        f"{path.relative_to(CHECKOUT)}:{line}: {call}"
        for path in sorted(PACKAGE.rglob("*.py"))
        if path.relative_to(PACKAGE).parts[0] not in MAY_TOUCH_THE_DISK
        for line, call in disk_calls(path.read_text(encoding="utf-8"))
    ]
    assert strangers == []


@pytest.mark.parametrize(
    "code",
    [
        "open(path)",
        "import os; os.scandir(path)",
        "from pathlib import Path; Path(path).read_text()",
        "import shutil; shutil.rmtree(path)",
    ],
)
def test_a_touch_of_the_disk_is_seen(code: str) -> None:
    assert disk_calls(code)


@pytest.mark.parametrize(
    "code",
    [
        "overlay.open(path)",
        "tree.walk()",
        "import os; os.path.join(path, name)",
        "import os; os.open(os.devnull, os.O_RDONLY)",
    ],
)
def test_what_only_reads_alike_is_not_taken_for_one(code: str) -> None:
    assert disk_calls(code) == []


def disk_calls(code: str) -> list[tuple[int, str]]:
    """The line and the text of each call that reads or writes files."""
    found = []
    for node in ast.walk(ast.parse(code)):
        if not isinstance(node, ast.Call) or (node.args and ast.unparse(node.args[0]) == "os.devnull"):
            continue
        match node.func:
            case ast.Name(id="open"):
                found.append((node.lineno, "open"))
            case ast.Attribute(value=ast.Name(id=owner), attr=name) if (
                owner in DISK_OWNERS and name in DISK_CALLS
            ) or name in {"read_text", "read_bytes", "write_text", "write_bytes"}:
                found.append((node.lineno, f"{owner}.{name}"))
            case ast.Attribute(attr="read_text" | "read_bytes" | "write_text" | "write_bytes" as name):
                found.append((node.lineno, name))
    return found


def loaded_by(code: str) -> set[str]:
    """The top-level modules that `code` has loaded when it is through."""
    probe = f"import sys\n{code}\nprint(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    result = run_python("-c", probe)
    assert result.returncode == 0, result.stderr
    return set(result.stdout.splitlines()[-1].split())


def test_the_probe_sees_a_library_that_is_loaded() -> None:
    assert "pygls" in loaded_by("import pygls.uris")


def test_check_loads_no_lsp_library(tmp_path: Path) -> None:
    test = tmp_path / "test_pay.py"
    test.write_text("from unittest.mock import Mock\n\n\ndef test_pay():\n    gateway = Mock()\n")
    loaded = loaded_by(
        "from ssot_lsp.cli import main\n"
        "try:\n"
        f"    code = main(['check', '--no-cache', {str(test)!r}])\n"
        "except SystemExit as end:\n"
        "    code = end.code\n"
        "assert code == 1, code\n"
    )
    assert not loaded & LSP_LIBRARIES
    assert not loaded & {"jedi", "libcst", "asyncio"}


def test_threads_that_load_the_same_package_cannot_wait_for_each_other() -> None:
    """Who imports a submodule first holds its lock and waits for its package, which is waiting for the submodule.

    So what is loaded after `initialize`, from whatever thread, is asked of the package.
    """
    first = []
    for path in (
        each for folder in ("server", "ide", "analysis") for each in (PACKAGE / folder).glob("*.py")
    ):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for_types = {
            id(inner)
            for node in ast.walk(tree)
            if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
            for inner in ast.walk(node)
        }
        for node in ast.walk(tree):
            body = getattr(node, "body", None)
            imports = (
                [each for each in body if isinstance(each, ast.ImportFrom)] if isinstance(body, list) else []
            )
            loaded: set[str] = set()
            for each in imports:
                package = ".".join((each.module or "").split(".")[:2])
                if package in {"ssot_lsp.fixes", "ssot_lsp.scan"} and id(each) not in for_types:
                    if each.module != package and package not in loaded:
                        first.append(f"{path.name}: {ast.unparse(each)}")
                    loaded.add(package)
    assert first == []
