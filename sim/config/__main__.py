"""``python -m sim.config`` prints docs/parameters.md; ``python -m sim.config schema`` prints the JSON schema."""

from __future__ import annotations

import json
import sys

from sim.config.document import parameters_markdown
from sim.config.model import SimConfig


def main(argv: list[str]) -> int:
    """Print one of the generated documents."""
    if argv == ["schema"]:
        print(json.dumps(SimConfig.model_json_schema(), ensure_ascii=False, indent=2))
    else:
        print(parameters_markdown(), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
