"""Answers for editors: `(analysis, path, offset)` in, plain data in code points out.

- `completion` what completes at a place: of a factory (`factory_completion`), by an import (`import_completion`), in a
  comment (`remark_completion`); each an `item`.
- `hover`, `signature_help`, `definition` the other questions; `factory_pages` what they say of a factory.
- `factory_names` and `bases` what a name at a place has to do with factories, or with the SSOT bases.
- `call_context` where a cursor stands, `place` how names are seen from there, `mending` while the file is broken.
- `snapshot` what all of them ask of one moment of a workspace.
"""
