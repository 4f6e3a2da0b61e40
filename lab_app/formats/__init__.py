"""Items in files: what is read from and written to each format, one module a kind."""
