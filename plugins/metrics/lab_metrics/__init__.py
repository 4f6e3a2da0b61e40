"""Scores for images and text as pure functions, and statistics over runs."""
