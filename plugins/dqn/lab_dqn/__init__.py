"""Deep Q-networks on Atari and CartPole, on TF-Agents and current TensorFlow."""
