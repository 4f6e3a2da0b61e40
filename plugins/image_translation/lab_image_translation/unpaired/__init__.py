"""Methods that learn from two sets without pairs: CycleGAN, CUT, StarGAN."""
