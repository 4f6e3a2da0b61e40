"""Proximal policy optimisation and advantage actor-critic: one trainer, two updates."""
