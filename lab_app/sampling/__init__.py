"""Sampling: grids, sweeps of a code, interpolation, latent arithmetic, search for copies of the training data."""
