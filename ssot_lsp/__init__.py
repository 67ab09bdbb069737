"""A language server and command line that keep Python test suites honest.

The map, top to bottom; imports only point down (a test enforces it):

- `cli` one module per command, with `doctor`, `initialise` (from the templates in `scaffold`) and `demo`
  beside it; `render` findings to text; `server` the only package that knows the protocol.
- `verification` fixes that the user's own tests prove, file by file: the one place where a workspace's code runs.
- `report` all of them in numbers and tables, from the `summary` of each.
- `scan` many files, in several processes, over `cache`: what they were found to hold, while the answers to `searches`
  and what counts of their `dependencies` are the same; `stamps` tell whether a file is.
- `analysis` the one door: a mutable `Workspace`, an immutable `Analysis`, and how long its answers hold; `explanation`
  its answers in words, `provenance` where a mock's name comes from.
- `ide` answers for editors, `fixes` edits for findings.
- `rules` one file per rule; `isolation` whose the factory's doubles are, by the `identities` that are in scope;
  `candidates` which factory method fits a double; `justifications`; `event_sets` and `subjects` what a double lacks,
  and whom it stands for; `mocks` sites, roots and children.
- `inference` what an expression is where the index does not know: the only user of jedi.
- `index` across files: modules, where names come from, factories, fixtures.
- `baseline` which findings are known, by the `fingerprints` of what they are about.
- `suppressions` and `remarks` what comments say of code; `local_edits` which edits nobody else notices.
- `facts` what one file says, from `references`, `calls` and `definitions`, which `definition_reading` reads off the
  tree; `nodes` what single nodes of it say, `source` the only user of tree-sitter.
- `config` (by way of `toml`, `globs`, `pytest_settings`), `finding`, `text`, `words`, `names` and what they say.
- `tree` which files there are, but for what `ignores` leave out; `files`, the one door to the disk.
"""

__version__ = "0.1.0"
