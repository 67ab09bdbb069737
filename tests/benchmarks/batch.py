"""A whole workspace in the terminal: with nothing cached, and once more; and the report on it beside the check.

The tools take turns. *Cold* means with an empty cache of the tool's own; the disk's cache is warm for all. Cold
for ssot-lsp includes writing its cache, cold for ruff is `--no-cache`, which writes none. *In a fresh checkout* means
that all files have been written since, and say what they said.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from typing import TYPE_CHECKING

from . import peers
from .corpora import cache_folder, corpus
from .figures import OURS, Bar, Figure, at_most, median, times
from .workspace import workspace

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


_RUNS = 5
_LIMIT = 600.0


def measure(*, quick: bool = False) -> list[Figure]:
    """Both real suites and the generated workspace."""
    folders = {"nova": corpus("nova"), "celery": corpus("celery")}
    large = "300 files" if quick else "10,000 files"
    folders[large] = workspace(300) if quick else workspace()
    figures: list[Figure] = []
    for name, folder in folders.items():
        figures += _measure_folder(name, folder, runs=2 if quick else _RUNS)
    figures.append(_measure_main_rule(large, folders[large], runs=2 if quick else _RUNS))
    figures.append(_measure_report(large, folders[large], runs=2 if quick else _RUNS))
    return figures


def _measure_main_rule(name: str, folder: Path, *, runs: int) -> Figure:
    """The one rule of ours that the others have their nearest equivalent of."""
    commands = {each.name: each.check for each in (peers.ssot_lsp(), peers.ruff(), peers.ast_grep())}
    commands[OURS] = (*commands[OURS], "--select", "unjustified-mock", "--no-cache")
    cold: dict[str, list[float]] = {}
    for _ in range(runs):
        for tool, command in commands.items():
            cold.setdefault(tool, []).append(run(command, folder)[0])
    values = {tool: median(each) for tool, each in cold.items()}
    note = "`--select unjustified-mock`"
    return Figure(
        "batch", f"check {name} for mocks alone, cold", "s", values, cold_bars(values), note, _slowest(cold)
    )


def _measure_report(name: str, folder: Path, *, runs: int) -> Figure:
    """The report on a workspace, both it and the check by turns and with nothing cached: CPU seconds of all processes."""
    ours = peers.ssot_lsp()
    program = ours.check[0]
    check: list[float] = []
    report: list[float] = []
    for _ in range(runs):
        check.append(_cpu_seconds([*ours.check, "--no-cache", "."], folder))
        report.append(_cpu_seconds([program, "report", "--no-cache", "--format", "json"], folder))
    values, limit = {OURS: median(report)}, 1.3 * median(check)
    return Figure(
        "batch",
        f"report on {name}, cold, CPU",
        "s",
        values,
        (Bar("≤ 1.3 times check", limit),),
        f"check in the same run: {median(check):.1f} s of CPU",
        {OURS: max(report)},
    )


def _cpu_seconds(command: Sequence[str], folder: Path) -> float:
    """CPU seconds, in user and system mode, of one run and all its processes."""
    before = os.times()
    done = subprocess.run(
        command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False, timeout=_LIMIT
    )
    if done.returncode not in (0, 1):
        message = f"{command} ended with {done.returncode}"
        raise RuntimeError(message)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def our_cache() -> Path:
    """The cache folder that ssot-lsp is given here."""
    return cache_folder() / "ssot-lsp-cache"


def _measure_folder(name: str, folder: Path, *, runs: int) -> Sequence[Figure]:
    cold: dict[str, list[float]] = {}
    warm: dict[str, list[float]] = {}
    anew: dict[str, list[float]] = {}
    tools = [peers.ssot_lsp(), peers.ruff(), peers.ast_grep()]
    printed = {each.name: run(each.check, folder)[1] for each in tools}
    for _ in range(runs):
        for peer in tools:
            if peer.name == OURS:
                shutil.rmtree(our_cache(), ignore_errors=True)
            cold.setdefault(peer.name, []).append(run(peer.check, folder)[0])
            if peer.warm:
                if peer.warm != peer.check:
                    run(peer.warm, folder)  # fills the cache
                warm.setdefault(peer.name, []).append(run(peer.warm, folder)[0])
                _write_anew(folder)
                anew.setdefault(peer.name, []).append(run(peer.warm, folder)[0])
    cold_values = {tool: median(each) for tool, each in cold.items()}
    warm_values = {tool: median(each) for tool, each in warm.items()}
    anew_values = {tool: median(each) for tool, each in anew.items()}
    warm_bars = at_most("≤ twice ruff warm", times(warm_values, "ruff", 2)) if name == "10,000 files" else ()
    note = "lines printed: " + ", ".join(f"{tool} {count:,}" for tool, count in printed.items())
    return (
        Figure(
            "batch", f"check {name}, cold", "s", cold_values, cold_bars(cold_values), note, _slowest(cold)
        ),
        Figure("batch", f"check {name}, warm", "s", warm_values, warm_bars, "", _slowest(warm)),
        Figure("batch", f"check {name}, warm in a fresh checkout", "s", anew_values, (), "", _slowest(anew)),
    )


def _write_anew(folder: Path) -> None:
    """Give all files another time of change, not so late that a tool would take them for just written."""
    seconds = time.time() - 3600
    for each in folder.rglob("*"):
        if each.is_file():
            os.utime(each, (seconds, seconds))


def cold_bars(values: dict[str, float]) -> tuple[Bar, ...]:
    """What is promised of a run over a workspace with nothing cached; `values` are seconds by tool."""
    return (
        *at_most("≤ 4 times ruff", times(values, "ruff", 4)),
        *at_most("≤ a third of ast-grep", times(values, "ast-grep", 1 / 3)),
    )


def _slowest(seconds: dict[str, list[float]]) -> dict[str, float]:
    return {tool: max(each) for tool, each in seconds.items()}


def run(command: Sequence[str], folder: Path) -> tuple[float, int]:
    """Seconds of one run over `folder`, and how many lines it printed."""
    environment = {**os.environ, "SSOT_LSP_CACHE_DIR": str(our_cache()), "NO_COLOR": "1"}
    with tempfile.TemporaryFile() as output:
        start = time.perf_counter()
        done = subprocess.run(
            [*command, "."],
            cwd=folder,
            env=environment,
            stdout=output,
            stderr=subprocess.PIPE,
            check=False,
            timeout=_LIMIT,
        )
        seconds = time.perf_counter() - start
        if done.returncode not in (0, 1):  # 1: ast-grep found errors
            message = (
                f"{command[0]} ended with {done.returncode}: {done.stderr.decode(errors='replace')[-500:]}"
            )
            raise RuntimeError(message)
        output.seek(0)
        return seconds, sum(1 for _ in output)
