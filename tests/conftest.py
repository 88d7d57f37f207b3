"""Settings shared by all tests."""

import os

from hypothesis import settings

os.environ.setdefault("MPLBACKEND", "Agg")

# The first call of a kernel compiles it, so examples have no deadline.  In CI the examples are the same each time.
# `make unit ARGS=--hypothesis-profile=thorough` draws many more.
settings.register_profile("countyfund", deadline=None, print_blob=True, derandomize="CI" in os.environ, max_examples=50)
settings.register_profile("thorough", deadline=None, print_blob=True, max_examples=500)
settings.load_profile("countyfund")


def pytest_collection_modifyitems(items):
    """Tracing makes interpreted loops several times slower, and the quick tests run the same lines."""
    for item in items:
        if item.get_closest_marker("slow"):
            item.add_marker("no_cover")


def pytest_sessionstart(session):
    """Compile the kernels once before several workers would each do it."""
    if getattr(session.config.option, "numprocesses", None) and not hasattr(session.config, "workerinput"):
        from sim import run

        run(["population.residents=300", "experiment.replications=1", "years.history=1", "years.reform=1"])
