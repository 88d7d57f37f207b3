"""The picture of the house: ``python docs/house.py`` draws ``house.svg``, the wings of the code on their floors.

Floors are the layers of the first contract of imports in pyproject.toml, which `make imports` checks; what a wing does
is the first sentence of its docstring.  So neither can differ from the code.
"""

from __future__ import annotations

import ast
import re
import textwrap
import tomllib
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
SIM = HERE.parent / "sim"

CHINESE = {
    "__main__": "命令行",
    "settle": "自有数据清算",
    "report": "报告",
    "experiment": "实验",
    "pipeline": "主流程",
    "closing": "年度结账",
    "config": "参数配置",
    "engine": "仿真引擎",
    "outcomes": "结果指标",
    "explain": "逐步解释",
    "money": "支付与基金",
    "county": "县域居民",
    "tables": "数据表",
    "core": "基础",
}
ROUND = {"county": "#e4f1e3", "engine": "#e4f1e3", "money": "#f8ecd9", "closing": "#f8ecd9", "outcomes": "#f8ecd9"}
"""Where a simulated year goes round."""


class Room(NamedTuple):
    """One wing."""

    name: str
    does: str


def floors() -> list[list[Room]]:
    """The wings, from the top floor to the ground."""
    text = (HERE.parent / "pyproject.toml").read_text(encoding="utf-8")
    layers = tomllib.loads(text)["tool"]["importlinter"]["contracts"][0]["layers"]
    return [[Room(name, does(name)) for name in re.findall(r"\w+", layer)] for layer in layers]


def does(name: str) -> str:
    """The first sentence of a wing's docstring."""
    path = SIM / name / "__init__.py" if (SIM / name).is_dir() else SIM / f"{name}.py"
    text = " ".join((ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").split())
    return re.split(r"(?<=[a-z)`])\.(?: |$)", text.replace("``", ""), maxsplit=1)[0].replace("`", "")


def draw(target: Path) -> None:
    """Draw the house."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import font_manager
    from matplotlib import pyplot as plt
    from matplotlib.patches import FancyBboxPatch

    font = SIM / "fonts" / "NotoSansCJKsc-Subset.otf"
    font_manager.fontManager.addfont(str(font))
    mpl.rcParams |= {"font.family": font_manager.FontProperties(fname=str(font)).get_name(), "svg.hashsalt": "house"}
    rows = floors()
    figure, axes = plt.subplots(figsize=(10.4, 0.62 * len(rows) + 0.5))
    axes.set(xlim=(0, 13), ylim=(-0.6, len(rows)))
    axes.set_axis_off()
    style = "round,pad=0,rounding_size=0.1"
    for floor, rooms in enumerate(reversed(rows)):
        width = 12.8 / len(rooms)
        for number, room in enumerate(rooms):
            left = 0.1 + number * width
            colour = ROUND.get(room.name, "#dfe9f5")
            axes.add_patch(
                FancyBboxPatch((left, floor + 0.08), width - 0.1, 0.84, boxstyle=style, fc=colour, ec="#777777", lw=0.8)
            )
            axes.text(left + 0.15, floor + 0.66, f"{room.name}  {CHINESE[room.name]}", va="center", size=10.5)
            lines = "\n".join(textwrap.wrap(room.does, 124 // len(rooms)))
            axes.text(left + 0.15, floor + 0.3, lines, va="center", size=8 if "\n" not in lines else 7, color="#444444")
    note = "A wing imports only from floors below its own. Green and yellow: where a simulated year goes round."
    axes.text(0.15, -0.3, note, va="center", size=8, color="#444444")
    figure.savefig(target, bbox_inches="tight", metadata={"Date": None})
    plt.close(figure)


if __name__ == "__main__":
    draw(HERE / "house.svg")
