"""Gymnasium and Atari for the lab: building, vectors, protocols, scenes, benchmarks and their evaluator."""
