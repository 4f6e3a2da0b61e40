"""Anomaly detection by an autoencoder that knows only normal images."""
