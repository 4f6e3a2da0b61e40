"""Tabular reinforcement learning: mazes, Q-learning, SARSA, value iteration."""
