"""`python -m ssot_lsp` is `ssot-lsp`."""

import sys

from ssot_lsp.cli import main

if __name__ == "__main__":  # processes that check files import this module too
    sys.exit(main())
