"""Names of precisions. Weights, losses and optimisers are float32 in both."""


def policy(precision: str) -> str:
    """Keras' dtype policy for the lab's ``float32`` or ``bfloat16``."""
    return "mixed_bfloat16" if precision == "bfloat16" else "float32"
