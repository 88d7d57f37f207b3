"""Every error a user can meet, each saying what happened, where, the value, the bound and what to do."""

from __future__ import annotations

EXIT_OK = 0
EXIT_USER_MISTAKE = 2
EXIT_INTERRUPTED = 130


def visible(text: str) -> str:
    """A text that may come from a file, as a terminal can be given it: signs that steer one are written out.

    >>> visible("\\x1b[31mA\\u202e"), visible("two\\nlines")
    ('\\\\x1b[31mA\\\\u202e', 'two\\nlines')
    """
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() or sign in "\n\u3000\u00a0" else ascii(sign)[1:-1] for sign in text)


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
        super().__init__(visible("\n".join(lines)))


class ConfigError(CountyFundError):
    """The configuration (YAML or an override) is wrong."""


class OutputError(CountyFundError):
    """The output folder cannot be written or already holds something else."""


class IdentityError(CountyFundError):
    """An exact accounting identity does not hold: a fault in the program, never in the user's input."""

    exit_code = 1
