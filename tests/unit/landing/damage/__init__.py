"""Files that are broken in every way that files are."""
