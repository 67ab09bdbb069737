"""Answers for editors: `(analysis, path, offset)` in, plain data in code points out."""
