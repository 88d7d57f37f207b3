"""Experiments: replications, comparisons of arms and sweeps over levers, on common random numbers."""
