"""Put `conf/` into the wheel as `sim/conf`; an editable install reads `conf/` where it lies."""

from __future__ import annotations

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ConfHook(BuildHookInterface):
    """A static force-include would also copy `conf/` into editable installs, where the copy would go stale."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before each build; ``version`` is "standard" or "editable"."""
        if version == "standard":
            build_data["force_include"]["conf"] = "sim/conf"
