"""PQN: Q-learning on many environments side by side, with layer normalisation and without replay or target network."""
