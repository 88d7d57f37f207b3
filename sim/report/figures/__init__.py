"""The figures of a report: drawn with matplotlib, saved as PNG and SVG, and handed over as SVG for the page."""

from __future__ import annotations

from sim.report.figures.catalogue import Drawn, draw_all

__all__ = ["Drawn", "draw_all"]
