"""Scores of images: sets of samples against real ones, and images against their targets."""
