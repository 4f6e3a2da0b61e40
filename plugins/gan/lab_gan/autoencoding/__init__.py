"""Autoencoders: through a few numbers and back. Plain ones put images back together, variational ones also make new ones."""
