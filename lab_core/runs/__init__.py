"""Runs on disk: run folders, checkpoints, model folders, the results store."""
