"""Word vectors: skip-gram and CBOW with negative sampling or noise-contrastive estimation, and their baselines."""
