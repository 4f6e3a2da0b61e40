"""From a network to sequences: beam search (greedy with one beam) and sampling, compiled and batched."""
