"""What the workspace says across files: which file a module is, and what names it exports."""
