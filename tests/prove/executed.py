"""Which lines of the package each test of a file runs: where a fault has a chance to be found.

The tests run with a plugin for pytest that lies in the copy of the project for as long as that takes, because only
the project's own interpreter can import them.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from .running import Suite

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from .running import Outcomes

    Lines = Mapping[str, Mapping[str, frozenset[int]]]
    """By the name of a test's function, by path as seen from the copy: the 1-based lines that it runs."""

_NAME = "ssot_prove_lines"
_PLUGIN = """
import json, os, sys, threading
import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
PACKAGE = os.path.join(HERE, {package!r}) + os.sep
FOUND = {{}}


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item):
    name = getattr(item, "originalname", None) or item.name.partition("[")[0]
    files = FOUND.setdefault(name, {{}})

    def lines(frame, event, _):
        if event == "line":
            files.setdefault(frame.f_code.co_filename, set()).add(frame.f_lineno)
        return lines

    def calls(frame, event, _):
        return lines if frame.f_code.co_filename.startswith(PACKAGE) else None

    threading.settrace(calls)
    sys.settrace(calls)
    yield
    sys.settrace(None)
    threading.settrace(None)


def pytest_sessionfinish(session):
    told = {{
        name: {{os.path.relpath(path, HERE): sorted(lines) for path, lines in files.items()}}
        for name, files in FOUND.items()
    }}
    with open(os.path.join(HERE, "{name}.json"), "w", encoding="utf-8") as file:
        json.dump(told, file)
"""


def run_with_lines(suite: Suite, path: str, seconds: float) -> tuple[Outcomes, Lines]:
    """The outcomes of the tests in the file at `path`, and what they run; raises SuiteError."""
    plugin, told = suite.folder / f"{_NAME}.py", suite.folder / f"{_NAME}.json"
    package = "/".join(filter(None, (suite.project.sources, suite.project.package)))
    plugin.write_text(_PLUGIN.format(package=package, name=_NAME), encoding="utf-8")
    try:
        project = replace(suite.project, options=("-p", _NAME, *suite.project.options))
        outcomes = Suite(project, suite.python, suite.folder).run([path], seconds)
        return outcomes, _read(told)
    finally:
        plugin.unlink()
        told.unlink(missing_ok=True)


def _read(told: Path) -> Lines:
    if not told.is_file():
        return {}
    return {
        name: {path.replace("\\", "/"): frozenset(lines) for path, lines in files.items()}
        for name, files in json.loads(told.read_text(encoding="utf-8")).items()
    }
