"""Scores of classifiers and of distances that verify identity."""
