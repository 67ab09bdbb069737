"""How fast, how right, how big: `python -m tests.benchmarks` measures and writes README.md's figures.

Map: `corpora.py` fetches the real suites, `workspace.py` makes the workspace of 10,000 files out of them,
`peers.py` installs and configures ruff and ast-grep, `lsp_client.py` speaks to all servers alike.
`initialize.py`, `keystrokes.py`, `documents.py`, `memory.py` and `batch.py` measure and return figures,
`bars.py` compares them with what was promised, `report.py` writes them down; `agreement.py` holds what must be
equal between two ways of asking, for the tests.
Nothing here decides an exit status by a time.
"""
