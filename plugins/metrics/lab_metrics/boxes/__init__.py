"""Scores of detectors."""
