"""The pages, one module each: read from the library, start processes, fill a template."""
