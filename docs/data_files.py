"""Writes data.md: what the files of `settle` hold.  Run: python docs/data_files.py"""

from __future__ import annotations

from pathlib import Path

from sim.settle.write.template import markdown

if __name__ == "__main__":
    Path(__file__).with_name("data.md").write_text(markdown(), encoding="utf-8")
