"""Plugin packages: install, remove, diagnose, start a new one."""
