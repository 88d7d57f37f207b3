"""Settings shared by all tests."""

import os

from hypothesis import settings

os.environ.setdefault("MPLBACKEND", "Agg")

# The first call of a kernel compiles it, so examples have no deadline.  In CI the examples are the same each time.
settings.register_profile("countyfund", deadline=None, print_blob=True, derandomize="CI" in os.environ)
settings.load_profile("countyfund")
