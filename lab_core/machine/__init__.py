"""The machine that a run is on: hardware, devices, versions, optional extras."""
