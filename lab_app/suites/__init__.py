"""Suites: lists of tasks with their settings, kept as TOML files, that one command trains and shows."""
