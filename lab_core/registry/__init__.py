"""Plugins: discovery, look-up of their records, isolation of their faults."""
