"""Sweeps on a Ray cluster. The engine is :class:`lab_ray.workers.RayWorkers`; nothing else of the lab imports Ray."""
