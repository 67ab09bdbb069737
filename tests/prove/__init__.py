"""Fixes on code that runs: `python -m tests.prove` fixes the tests of real projects and runs them before and after.

Map: `projects.py` says which projects, with what they need; `environment.py` installs that and lays out copies to
work on; `running.py` runs their tests; `survey.py` counts what is offered for each mock, and why not more;
`mutations.py` breaks the project's own code in small ways; `proof.py` is the order of it all; `report.py` writes it
down. The factories in `factories/` are copied into the projects and imported only there.
"""
