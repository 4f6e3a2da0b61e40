"""Training and scoring: the loop, a run from a plain description, evaluation."""
