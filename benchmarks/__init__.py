"""Benchmarks: `make bench` prints them as one table, measured in one run on one machine."""
