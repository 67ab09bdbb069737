"""What the workspace says across files: which file a module is, where names come from, what classes and factories are.

Nothing here knows a rule or a fix.

Names and modules:

- `modules` which file a dotted name means, `environment` where installed packages lie, `absent` what is surely not there.
- `origins` where a name comes from, through files; `outlines` what the names of a file mean, to be kept and compared.
- `fixtures` which function a fixture's name means.
- `mock_library` the names of the mock library.

Classes, for the rules about bases:

- `classes` the class index, over `lineages`: what a class derives from, and the order of looking through that.
- `resolution` names followed to the `things` that they may be.
- `shapes` what a file defines, as plain data; `shape_reading` and `shape_functions` read it off the tree.
- `libraries` classes that are known by heart.

Factories:

- `factories` which ones a configuration means; `factory` what is known of one; `receivers` what in a file is one.
- `extraction` makes the model of a factory, from `outline`, `method_reading` (with `members`, `literals`) and, not to
  read all again, `method_memory`.
- `doubles` what a method returns, read statement by statement; `expressions` what stands in these, as `values` with
  their `behaviour`, and `outer_names` what names mean that a function does not bind.

Uses of factories:

- `uses` and `factory_uses` what is taken from them, `arguments` and `strings` what is given to them, `missing` what they
  lack, `expectations` where that is on purpose.
- `usage` what a test does with a double, `writes` and `handed_out` what it sets on a factory's.

Before a parse, by bytes, erring on the side of yes:

- `search` which files hold given words, `answers` what each of them says to that.
- `written_imports` and `headers` the imports of a text and the headers of its classes.
- `class_search` and `heirs` who may have to do with classes, `ways` who may reach a factory.
"""
