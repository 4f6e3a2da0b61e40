"""Records of runs: publish, find, reproduce."""
