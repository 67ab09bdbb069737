"""A language server and command line that keep Python test suites honest.

The map, top to bottom; imports only point down (a test enforces it):

- `cli` one short function per command; `server` the only package that knows the protocol; `render` findings
  to text.
- `initialise` what `init` writes into a project, from the templates in `scaffold`.
- `analysis` the one door: a mutable `Workspace`, an immutable `Analysis`.
- `ide` answers for editors, `fixes` edits for findings.
- `rules` one file per rule, `mocks` sites, roots, children and justifications.
- `index` modules, exports and classes across files.
- `facts` what one file says; `suppressions`; `source` the only user of tree-sitter.
- `config`, `finding`, `text`, `files`: values and the one door to the disk.
"""

__version__ = "0.1.0"
