"""Every error a user can meet, each saying what happened, where, the value, the bound and what to do."""

from __future__ import annotations

from sim.visible import visible

EXIT_OK = 0
EXIT_USER_MISTAKE = 2
EXIT_INTERRUPTED = 130


class CountyFundError(Exception):
    """A mistake the user can mend: printed as one message without a traceback, exit code 2."""

    exit_code = EXIT_USER_MISTAKE

    def __init__(self, what: str, *, where: str = "", value: object = None, bound: str = "", todo: str = "") -> None:
        self.what, self.where, self.value, self.bound, self.todo = what, where, value, bound, todo
        lines = [what]
        if where:
            lines.append(f"  where: {where}")
        if value is not None:
            lines.append(f"  value: {value!r}")
        if bound:
            lines.append(f"  bound: {bound}")
        if todo:
            lines.append(f"  to do: {todo}")
        super().__init__(visible("\n".join(lines), "\n"))


class ConfigError(CountyFundError):
    """The configuration (YAML or an override) is wrong."""


class OutputError(CountyFundError):
    """The output folder cannot be written or already holds something else."""


class IdentityError(CountyFundError):
    """An exact accounting identity does not hold: a fault in the program, never in the user's input."""

    exit_code = 1
