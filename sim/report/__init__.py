"""What people read: terminal tables, figures and one self-contained HTML page, in English or Chinese."""

from __future__ import annotations

from sim.core.text import Language, Text
from sim.report.analysis import Analysis
from sim.report.data import ReportInput, Sweep, SweepAxis, ValidationRow

__all__ = ["Analysis", "Language", "ReportInput", "Sweep", "SweepAxis", "Text", "ValidationRow"]
