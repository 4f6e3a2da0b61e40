"""Methods for continuous actions: DDPG, TD3, SAC."""
