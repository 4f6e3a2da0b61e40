"""Metric learning: images to vectors whose distances tell whether two images show the same thing."""
