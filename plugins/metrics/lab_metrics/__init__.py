"""Scores for images and text as pure functions."""
