"""What `ssot-lsp init --scaffold` writes: a reference factory and base classes.

Each module is copied as it stands, and is the user's own from then on: it runs on Python 3.9 and later without
this package, and says nothing that only makes sense here.
"""
