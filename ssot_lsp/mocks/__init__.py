"""Mock sites of one file: which calls create doubles, which double belongs to which.

- `sites` the mocks of a file, roots and children; `site` one of them.
- `creators` what names create doubles; `bound` which double a name or an attribute is.
- `source_of_truth` where doubles are made for all.
"""

from ssot_lsp.mocks.site import Site
from ssot_lsp.mocks.sites import Mocks

__all__ = ["Mocks", "Site"]
