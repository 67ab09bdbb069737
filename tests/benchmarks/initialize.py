"""From the start of a server's process to its answer to `initialize`."""

from __future__ import annotations

from . import peers
from .corpora import corpus
from .figures import Figure, at_most, median, ninth_decile, times
from .lsp_client import Client
from .workspace import workspace

_RUNS = 15


def measure(*, quick: bool = False) -> list[Figure]:
    """Start all servers in turn, on nova and on the generated workspace."""
    folders = {"nova": corpus("nova")}
    if not quick:
        folders["10,000 files"] = workspace()
    figures: list[Figure] = []
    for name, folder in folders.items():
        tools = [peers.ssot_lsp(), peers.bare(), peers.ruff(), peers.ast_grep()]
        seconds: dict[str, list[float]] = {each.name: [] for each in tools}
        for run in range(4 if quick else _RUNS + 1):
            for peer in tools:
                with Client(peer.server, folder) as client:
                    taken = client.initialize(pull=True, options=peer.options)
                if run:  # the first brings the programs into memory
                    seconds[peer.name].append(taken)
        values = {tool: 1000 * median(each) for tool, each in seconds.items()}
        spread = {tool: 1000 * ninth_decile(each) for tool, each in seconds.items()}
        bars = at_most("≤ 1.2 times bare pygls", times(values, "bare pygls", 1.2))
        figures.append(Figure("initialize", f"initialize, {name}", "ms", values, bars, "", spread))
    return figures
