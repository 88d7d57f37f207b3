"""The words of the command line: a verb, options, and what is passed on to the verb.  Imports nothing heavy."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from typing import NamedTuple

from sim.core.errors import ConfigError


class Request(NamedTuple):
    """What the command line asks for."""

    verb: str
    overrides: tuple[str, ...]
    show: str = ""
    """Part of the configuration to print, instead of working."""
    package: str = ""
    resolve: bool = False
    help: bool = False
    version: bool = False
    named: bool = True
    """False if no verb was given."""


def parse(arguments: Sequence[str], verbs: Sequence[str], default: str) -> Request:
    """Tell verb, options and overrides apart.

    Args:
        arguments: words of the command line.
        verbs: those that are known.
        default: the verb where none is given.

    Raises:
        ConfigError: for an unknown verb or option, a word that would have no effect, a key with two values.
    """
    request = Request(default, (), named=False)
    rest = list(arguments)
    if rest and rest[0].isidentifier():
        request = request._replace(verb=_verb(rest.pop(0), verbs), named=True)
    while rest:
        word = rest.pop(0)
        option, equals, value = word.partition("=") if word.startswith("--") else (word, "", "")
        if equals and option in ("--help", "--version", "--resolve"):
            raise ConfigError(f"{option} takes no value", where="the command line", value=word, todo=f"write {option}")
        if option in ("-h", "--help"):
            request = request._replace(help=True)
        elif option == "--version":
            request = request._replace(version=True)
        elif option == "--resolve":
            request = request._replace(resolve=True)
        elif option in ("-c", "--cfg"):
            request = request._replace(show=_choice(option, value if equals else rest.pop(0) if rest else ""))
        elif option in ("-p", "--package"):
            if request.package:
                raise ConfigError(f"{option} is given twice", where="the command line", todo="print one part at a time")
            request = request._replace(package=_package(option, value if equals else rest.pop(0) if rest else ""))
        elif option.startswith("-"):
            raise _unknown_option(word, rest)
        else:
            request = request._replace(overrides=(*request.overrides, word))
    if not (request.help or request.version):
        _check(request)
    return request


def _check(request: Request) -> None:
    """Refuse options that would have no effect."""
    for option, value in (("-p, --package", request.package), ("--resolve", "--resolve" if request.resolve else "")):
        if value and not request.show:
            raise ConfigError(
                f"{option} prints a part of the configuration: it needs --cfg",
                where="the command line",
                value=value,
                todo="write --cfg job too, or leave it out; a parameter is set by key=value, such as "
                "population.residents=450000",
            )
    refuse_doubles(request.overrides, lambda word: word)


def refuse_doubles(words: Sequence[str], exact: Callable[[str], str], where: str = "the command line") -> None:
    """Refuse two values for one key: the first would be lost, and nobody would say so.

    Args:
        words: of the command line, or overrides of a study.
        exact: a word in the spelling of the parameters.
        where: for the message.

    Raises:
        ConfigError: naming the key and both values.
    """
    seen: dict[str, str] = {}
    for word in words:
        key, equals, _ = exact(word).partition("=")
        earlier = seen.setdefault(key.strip(), word)
        if equals and exact(earlier) != exact(word):
            raise ConfigError(
                f"{key.strip()} is given twice",
                where=where,
                value=f"{earlier} {word}",
                bound="one value",
                todo="leave one of them out",
            )


def _unknown_option(word: str, rest: Sequence[str]) -> ConfigError:
    """The error for an unknown option: most often a parameter with dashes before it."""
    key, equals, value = word.lstrip("-").partition("=")
    meant = f"{key}={value or (rest[0] if rest and not equals and '=' not in rest[0] else '…')}"
    parameter = f"a parameter is written without dashes, {meant}; " if len(key) > 1 and key.lower() != "help" else ""
    return ConfigError(f"unknown option {word!r}", where="the command line", todo=f"{parameter}see countyfund --help")


def _package(option: str, value: str) -> str:
    if value and not value.startswith("-"):
        return value
    raise ConfigError(
        f"{option} wants the key of a part of the configuration",
        where="the command line",
        value=value,
        todo="such as --cfg job -p payment",
    )


def _verb(word: str, verbs: Sequence[str]) -> str:
    if word in verbs:
        return word
    near = difflib.get_close_matches(word.lower(), verbs, n=1)
    raise ConfigError(
        f"unknown verb {word!r}",
        where="the command line",
        bound=" or ".join(verbs),
        todo=f"did you mean {near[0]!r}?" if near else "see countyfund --help",
    )


def _choice(option: str, value: str) -> str:
    choices = ("job", "hydra", "all")
    if value in choices:
        return value
    raise ConfigError(f"{option} wants a part of the configuration", value=value, bound=" or ".join(choices))
