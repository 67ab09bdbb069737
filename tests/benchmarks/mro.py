"""`python -m tests.benchmarks.mro [SUITE …]`: the class index against Python's own order of classes.

For each suite its requirements are installed from the package index into an environment of their own in the cache.
There, in another process, every test module is imported, and each of its test classes tells its `__mro__`. Here the
same classes are looked up by path, without importing anything. An order that differs is wrong; one that is not known
is unknown, with its cause. The exit status is 1 when any is wrong or more than 2 % of a suite are unknown.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from ssot_lsp.analysis import Workspace
from ssot_lsp.files import Files
from ssot_lsp.index.libraries import library_class

from .corpora import VERSIONS, cache_folder, corpus

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from ssot_lsp.analysis import Analysis
    from ssot_lsp.index.classes import ClassKey

_MOST_UNKNOWN = 0.02
_INSTALL_SECONDS = 3600
_ASK_SECONDS = 1800
_LINTERS = ("hacking", "bandit")


class Suite(NamedTuple):
    """Where the tests of a suite are, and what they need: files of requirements, and requirements."""

    tests: str
    files: tuple[str, ...]
    needs: tuple[str, ...]


SUITES = {
    "nova": Suite(
        "nova/tests",
        ("requirements.txt", "test-requirements.txt"),
        ("openstack-placement", "oslo.vmware", "zVMCloudConnector", "pycodestyle"),
    ),
    "fastmcp": Suite(
        "tests",
        (),
        (
            *("fastmcp[anthropic,apps,code-mode,gemini,openai,tasks]", "fastmcp-remote", "dirty-equals"),
            *("fastapi", "opentelemetry-sdk", "inline-snapshot[dirty-equals]", "psutil", "pyperclip"),
            *("pytest", "pytest-asyncio", "pytest-env", "pytest-timeout", "pytest-examples", "pytest-retry"),
        ),
    ),
}

_ASK = r"""
import importlib, json, os, sys, unittest
root, tests = sys.argv[1:3]
sys.path.insert(0, root)
os.chdir(root)
found, failed = [], {}
def place(cls):
    module = sys.modules.get(cls.__module__)
    path = getattr(module, "__file__", None) or ""
    return [os.path.realpath(path) if path else "", cls.__module__, cls.__qualname__]
for folder, folders, names in sorted(os.walk(os.path.join(root, tests))):
    folders.sort()
    for name in sorted(names):
        if not (name.startswith("test_") and name.endswith(".py")):
            continue
        path = os.path.join(folder, name)
        module = os.path.relpath(path, root)[:-3].replace(os.sep, ".")
        try:
            loaded = importlib.import_module(module)
        except BaseException as error:
            failed[path] = f"{type(error).__name__}: {error}"[:200]
            continue
        for cls in list(vars(loaded).values()):
            if not isinstance(cls, type) or cls.__module__ != module:
                continue
            if issubclass(cls, unittest.TestCase) or cls.__name__.startswith("Test"):
                found.append([os.path.realpath(path), cls.__qualname__, [place(each) for each in cls.__mro__]])
with open(sys.argv[3], "w") as output:
    json.dump([found, failed], output)
os._exit(0)
"""


class Figures(NamedTuple):
    """What came out for one suite."""

    name: str
    asked: int
    wrong: tuple[str, ...]
    unknown: tuple[tuple[str, str], ...]
    not_imported: int


def main(arguments: Sequence[str]) -> int:
    """Compare the suites that are named, else all."""
    is_good = True
    for name in arguments or SUITES:
        figures = compare(name)
        share = len(figures.unknown) / max(1, figures.asked)
        print(
            f"{name}: {figures.asked} test classes, {len(figures.wrong)} wrong, {len(figures.unknown)} unknown"
            f" ({share:.1%}); {figures.not_imported} modules could not be imported by Python itself"
        )
        for each in figures.wrong[:20]:
            print(f"  wrong: {each}")
        for cause, count in Counter(cause for _, cause in figures.unknown).most_common():
            print(f"  unknown: {count} x {cause}")
        is_good = is_good and figures.asked > 0 and not figures.wrong and share <= _MOST_UNKNOWN
    return 0 if is_good else 1


def compare(name: str) -> Figures:
    """The figures of one suite."""
    root = corpus(name).resolve()
    environment = _environment(name, root)
    output = cache_folder() / f"mro-{name}.json"
    # A module that takes the process along would take the comparison along, so it is one of its own.
    subprocess.run(
        [_python(environment), "-c", _ASK, str(root), SUITES[name].tests, str(output)],
        check=True,
        timeout=_ASK_SECONDS,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PBR_VERSION": VERSIONS[name]},
    )
    found, failed = json.loads(output.read_text())
    os.environ["VIRTUAL_ENV"] = str(environment)
    analysis = Workspace(Files(), [str(root)]).snapshot()
    wrong: list[str] = []
    unknown: list[tuple[str, str]] = []
    for path, qualified, order in found:
        said = _static(analysis, path, qualified)
        if isinstance(said, str):
            unknown.append((f"{path}:{qualified}", said))
            continue
        told = [_runtime(*each) for each in order]
        if said != told:
            wrong.append(f"{path}:{qualified}\n    static  {said}\n    Python  {told}")
    return Figures(name, len(found), tuple(wrong), tuple(unknown), len(failed))


def _static(analysis: Analysis, path: str, qualified: str) -> list[tuple[str, str]] | str:
    classes = analysis.classes(path)
    info = next((each for each in reversed(classes.all()) if each.name == qualified), None)
    if info is None:
        return "the class is not written down"
    order = classes.order(info)
    return list(_places(order.classes)) if order.is_known else order.unknown


def _places(keys: Sequence[ClassKey]) -> Iterator[tuple[str, str]]:
    for key in keys:
        yield (os.path.realpath(key.path) if key.path else "", key.name.removeprefix("builtins."))


def _runtime(path: str, module: str, qualified: str) -> tuple[str, str]:
    library = library_class(f"{module}.{qualified}")
    if library is not None or module == "builtins":
        return "", library or qualified
    return path, qualified


def _environment(name: str, root: Path) -> Path:
    """The environment with what a suite needs, made where it is missing."""
    folder = cache_folder() / "environments" / f"{name}-{VERSIONS[name]}"
    if not folder.is_dir():
        suite = SUITES[name]
        fresh = folder.with_name(f"{folder.name}.new")
        venv.create(fresh, clear=True, with_pip=True)
        wanted = [
            line
            for each in suite.files
            for line in (root / each).read_text("utf-8").splitlines()
            if line.strip() and not line.startswith(("#", *_LINTERS))
        ]
        listed = fresh / "requirements.txt"
        listed.write_text("\n".join((*wanted, *suite.needs)), "utf-8")
        command = [_python(fresh), "-m", "pip", "install", "-qq", "--prefer-binary", "-r", str(listed)]
        subprocess.run(command, check=True, timeout=_INSTALL_SECONDS)
        fresh.rename(folder)
    return folder


def _python(environment: Path) -> str:
    return str(environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
