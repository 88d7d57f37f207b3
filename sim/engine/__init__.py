"""Two schedulers of the same rules: `kernel` (compiled) and `reference` (SimPy).  Both give the same claims exactly."""
