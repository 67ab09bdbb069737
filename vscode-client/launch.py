"""Runs `ssot-lsp` with the packages beside this file: `any/` fits every Python, `cp312/` the one that it names."""

import os
import sys


def main() -> int:
    """Run the command line with the arguments of this one."""
    here = os.path.dirname(os.path.abspath(__file__))
    compiled = os.path.join(here, f"cp{sys.version_info[0]}{sys.version_info[1]}")
    if not os.path.isdir(compiled):
        sys.stderr.write(f"ssot-lsp: nothing in {here} is compiled for Python {sys.version.split()[0]}\n")
        return 2
    # first: what else the environment holds is of other versions; `[0]` is this folder, which holds no module
    sys.path[:1] = [compiled, os.path.join(here, "any")]
    from ssot_lsp.cli import main as run  # noqa: PLC0415 - found on the path that was just made

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
