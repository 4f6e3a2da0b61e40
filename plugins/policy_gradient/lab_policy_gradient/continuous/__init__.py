"""Continuous control off the policy: DDPG, TD3 and SAC on any environment with vectors to see and bounded vectors to act with."""
