"""A user's files into claims, institutions, persons: every cell read exactly, or refused with the reason."""
