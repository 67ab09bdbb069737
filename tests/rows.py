"""A finding as it is written down for what renders or keeps it."""

from __future__ import annotations

from ssot_lsp.cache import Row

ROW = Row(
    (1, 4),
    (1, 8),
    "unjustified-mock",
    2,
    "`Mock` is bare",
    (("", (2, 8), (2, 12), "`Mock` belongs to it"),),
    "m = Mock()",
    0,
    (),
)
