"""What is wrong with a configuration, in words: pydantic's and Hydra's findings as `ConfigError`."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from yaml import YAMLError

from sim.config.describe import Parameter, bounds_text
from sim.config.model import INNER_PAYMENTS, PAYMENTS, declared, find_parameter, parameter_table
from sim.config.options import groups
from sim.config.terms import candidates, option_of, option_terms
from sim.core.errors import ConfigError
from sim.money.payment import SCHEMES

NEW_BASE_YEAR = "CONTRIBUTING.md, Adding a base year"
"""Where it is said what a base year's files hold."""

Place = Callable[[str], str]
"""Where a dotted key got its value: an override, a file, or the default."""

ALL_PARAMETERS = "docs/parameters.md lists all parameters; `countyfund run --cfg job` prints those in force"

OF_VERBS = {"study": "compare"} | dict.fromkeys(
    ("claims", "enrolment", "groups", "history", "signed", "items", "ledger", "correction", "out", "year", "available",
     "skip_bad", "errors", "overwrite"), "settle",
) | dict.fromkeys(("settled", "design", "claim", "row", "provider", "run", "arm", "insurance"), "explain")  # fmt: skip
"""Words of one verb that people give to another, for the message."""

GROUPS_ZH = {
    "支付方式": "payment", "医保支付方式": "payment", "现行支付方式": "current_payment", "年终清算": "settlement",
    "清算": "settlement", "基准年": "base_year", "研究": "study", "语言": "language",
}  # fmt: skip
"""Groups, and words of verbs, as people call them in Chinese."""

LIMITS = {
    "greater_than_equal": ("ge", "at least"),
    "greater_than": ("gt", "above"),
    "less_than_equal": ("le", "at most"),
    "less_than": ("lt", "below"),
}
LONGEST = 100
"""Characters of a key that may be a misspelt one."""
WRONG_TYPES = ("_type", "_parsing", "int_from_float", "literal_error", "finite_number", "model_attributes_type")


def invalid(error: ValidationError, place: Place) -> ConfigError:
    """Translate what pydantic found: the first finding in full, the others by name."""
    findings = error.errors()
    first = _finding(findings[0], place)
    others = [key for key in dict.fromkeys(_key(f) for f in findings[1:]) if key != _key(findings[0])]
    if others:
        also = f"also wrong: {', '.join(others)}"
        first = ConfigError(
            first.what, where=first.where, value=first.value, bound=first.bound, todo=f"{first.todo}; {also}"
        )
    return first


def _location(finding: ErrorDetails) -> tuple[list[str], str]:
    """Parts of the dotted key of a finding, and the payment scheme (pydantic puts its name into the location)."""
    parts: list[str] = []
    scheme = ""
    for part in (str(part) for part in finding["loc"]):
        if parts and part in SCHEMES and parts[-1] in (*PAYMENTS, *INNER_PAYMENTS) and part != scheme:
            scheme = part
        else:
            parts.append(part)
    return parts, scheme


def _key(finding: ErrorDetails) -> str:
    return ".".join(_location(finding)[0])


def _finding(finding: ErrorDetails, place: Place) -> ConfigError:
    """The error for one finding of pydantic."""
    kind, key, value = finding["type"], _key(finding), finding["input"]
    scheme = _location(finding)[1]
    context = finding.get("ctx", {})
    if kind == "extra_forbidden":
        return unknown_key(key, place(key), scheme)
    if kind == "union_tag_invalid":
        named = value.get("scheme") if isinstance(value, Mapping) else value
        return _wrong_type(f"{key}.scheme", place(key), named, str(context["expected_tags"]).replace("'", ""))
    if kind in ("value_error", "assertion_error"):
        return _broken_rule(key, str(context.get("error", finding["msg"])), place)
    parameter = find_parameter(key, scheme)
    if kind in LIMITS and isinstance(value, bool):
        return switch_for_number(key, value, place(key))
    if kind in LIMITS:
        name, word = LIMITS[kind]
        limit = bounds_text({word: context.get(name)})
        unit = f" ({parameter.unit})" if parameter and parameter.unit else ""
        return ConfigError(
            f"{key} is out of bounds: it must be {limit}",
            where=place(key),
            value=value,
            bound=((parameter.bounds if parameter else "") or limit) + unit,
            todo=_within(key, value, parameter),
        )
    if any(word in kind for word in WRONG_TYPES):
        return _wrong_type(key, place(key), value, parameter.type if parameter else finding["msg"])
    return ConfigError(
        f"{key}: {finding['msg']}", where=place(key), value=value, todo=f"see {key} in docs/parameters.md"
    )


def _within(key: str, value: Any, parameter: Parameter | None) -> str:
    """What to write for a value that is out of bounds: per cent, perhaps, where a share is wanted."""
    if parameter and parameter.unit.startswith("share") and isinstance(value, int | float) and 1 < value <= 100:
        return f"if per cent are meant, write {key}={value:g}%"
    return "give a value within the bounds"


def _broken_rule(key: str, reason: str, place: Place) -> ConfigError:
    """The error for a failed check of a stage or a scheme (``{at}``) on its parameters; its text is kept."""
    what = reason if not key or reason.startswith(("{at}", key)) else f"{key}: {reason}"
    if not key:  # a rule that spans groups names the keys itself
        named = re.search(r"\w+\.[\w.]*\w", reason)
        first = reason.split(" ")[0]
        key = first if declared(first) else named[0] if named else ""
    return ConfigError(what, where=place(key), todo=f"change these values; {ALL_PARAMETERS}", at=key)


def _wrong_type(key: str, where: str, value: Any, wanted: str) -> ConfigError:
    """The error for a value of the wrong type, or not among the choices."""
    if key in group_keys():
        todo = f"set its parameters one by one, such as {_some_key(key)}=…"
        return ConfigError(
            f"{key} is a group of parameters, not one", where=where, value=value, bound="a group", todo=todo
        )
    choices = re.split(r" or |, ", wanted)
    near = difflib.get_close_matches(str(value), choices, n=1)
    if near:
        todo = f"did you mean {near[0]}?"
    elif "record" in wanted and (form := _records(key)):
        todo = f"write {form}"
    elif len(choices) > 1 and not any(kind in wanted for kind in ("number", "list", "text", "table")):
        todo = "choose one of these"
    elif "list" in wanted or "table" in wanted:
        todo = f"docs/parameters.md says what {key} holds"
    elif "number" in wanted:
        digits = "in digits" + ("" if "%" in str(value) else ", such as 450000 or 45万")
        todo = f"give a {wanted}, {digits}" if isinstance(value, str) else f"give a {wanted}"
    else:
        todo = f"give {wanted}"
    named = key.removesuffix(".scheme")  # a scheme is chosen by the name of its group
    return ConfigError(f"{named} has a value of the wrong kind", where=where, value=value, bound=wanted, todo=todo)


def switch_for_number(key: str, value: bool, where: str) -> ConfigError:
    """The error for true or false where a number is wanted: it would be taken for 1 or 0."""
    parameter = find_parameter(key)
    return _wrong_type(key, where, value, parameter.type if parameter and "number" in parameter.type else "number")


@cache
def group_keys() -> frozenset[str]:
    """Keys of groups: they hold parameters, and are not parameters themselves."""
    plain = [key for key in parameter_table() if "[]" not in key]
    return frozenset(".".join(k.split(".")[:n]) for k in plain for n in range(1, k.count(".") + 1))


def _records(key: str) -> str:
    """How to write the list of records that a key names or is part of; "" for other keys."""
    stem = re.split(r"\.\d+(?:\.|$)|\[", key)[0]
    fields = [name.rpartition(".")[2] for name in parameter_table() if name.startswith(f"{stem}[].")]
    return f"{stem}=[{{{', '.join(f'{name}: …' for name in fields)}}}]" if fields else ""


def _some_key(group: str) -> str:
    return next((key for key in parameter_table() if key.startswith(f"{group}.")), group)


def unknown_key(key: str, where: str, scheme: str = "") -> ConfigError:
    """The error for a key that no parameter has, with the nearest keys."""
    if owner := OF_VERBS.get(key):
        return ConfigError(
            f"{key}= is a word of `countyfund {owner}`, not a parameter",
            where=where,
            todo=f"leave it out, or see countyfund {owner} --help",
        )
    if form := _records(key):
        what = f"{key} is a list, given as a whole" if form.startswith(f"{key}=") else f"unknown parameter {key!r}"
        return ConfigError(what, where=where, todo=f"write {form}")
    if any(p.scheme in ("", scheme) for p in _inside(key)):
        return _wrong_type(key, where, None, "group")
    return ConfigError(f"unknown parameter {key!r}", where=where, todo=_suggestion(key, scheme))


def _inside(key: str) -> list[Parameter]:
    """The parameters of a group of them."""
    return [p for name, parameters in parameter_table().items() if name.startswith(f"{key}.") for p in parameters]


def _suggestion(key: str, scheme: str) -> str:
    """What the user may have meant."""
    known = [*parameter_table().get(key, ()), *_inside(key)]
    owners = [p.scheme for p in known if p.scheme and p.scheme != scheme]
    if owners:
        group = key.split(".")[0]
        return f"{key} belongs to {group}={' or '.join(dict.fromkeys(owners))}: choose that first"
    near = nearest(key)
    return f"did you mean {' or '.join(near)}? {ALL_PARAMETERS}" if near else ALL_PARAMETERS


def nearest(key: str) -> list[str]:
    """Up to three parameters or groups with a similar name, best first."""
    key = key.lower()
    if len(key) > LONGEST:
        return []
    scores = {known: _similarity(key, known) for known in (*group_keys(), *parameter_table())}
    best = max(scores.values())
    if best < 0.75:
        return []
    close = sorted((k for k, s in scores.items() if s > best - 0.05), key=lambda k: (-scores[k], len(k), k))
    return [k for k in close if k.replace("current_payment", "payment") not in close or not k.startswith("current")][:3]


def named_in_chinese(term: str) -> list[str]:
    """Up to three parameters whose Chinese term equals a word, contains it, or is contained in it."""
    known = {p.key: p.zh for parameters in parameter_table().values() for p in parameters if p.zh}
    close = [key for key, zh in known.items() if not key.startswith("current_") and (term in zh or zh in term)]
    return sorted(close, key=lambda key: (abs(len(known[key]) - len(term)), len(key)))[:3]


def _similarity(key: str, known: str) -> float:
    """Similarity, 0..1, of whole keys or of last names (so `residents` finds `population.residents`).

    What two keys of one group have in common says nothing: of them only the last names count.
    """
    (group, _, last), (known_group, _, known_last) = key.rpartition("."), known.rpartition(".")
    last_name = difflib.SequenceMatcher(None, last, known_last).ratio()
    if known == group:
        return 0.0
    if group and group == known_group:
        return last_name
    return max(difflib.SequenceMatcher(None, key, known).ratio(), 0.98 * last_name)


def unknown_option(group: str, option: str, options: Sequence[str], where: str) -> ConfigError:
    """The error for an option that a group does not have, with the nearest by name or by term."""
    terms = option_terms(group)
    near = list(candidates(group, option)) or difflib.get_close_matches(option.lower(), [*options, *terms], n=1)
    meant = list(dict.fromkeys(terms.get(name, name) for name in near))
    hint = "did you mean " + " or ".join(f"{group}={name}" for name in meant) + "?"
    hint = hint if meant else f"choose one, such as {group}={options[0]}"
    if group == "base_year":
        year = option if re.fullmatch("[0-9]{4}", option) else "<year>"
        hint += f"{'' if meant else ';'} files in conf/ make a new one: base_year/{year}.yaml and targets/{year}.csv "
        hint += f"({NEW_BASE_YEAR})"
    return ConfigError(f"{group} has no option {option!r}", where=where, bound=" or ".join(options), todo=hint)


def check_base_year(option: str, declared_year: Any) -> None:
    """Refuse a file of a base year that names another base year, as a copied file does.

    Raises:
        ConfigError: with what the file must say.
    """
    if option != str(declared_year):
        raise ConfigError(
            "a file in conf/base_year/ is named by the base year that it describes",
            where=f"conf/base_year/{option}.yaml",
            value=None if isinstance(declared_year, Mapping) else f"base_year: {declared_year}",
            todo=f"let it begin with the line # @package _global_, and say base_year: {option} ({NEW_BASE_YEAR})",
        )


def bad_file(error: YAMLError) -> ConfigError:
    """The error for a file of ``conf/`` that is not well-formed YAML."""
    mark = getattr(error, "problem_mark", None)
    return ConfigError(
        "a file of conf/ is not well-formed YAML",
        where=f"{mark.name}, line {mark.line + 1}" if mark else "conf/",
        value=getattr(error, "problem", None),
        todo="mend the line",
    )


def bad_syntax(override: str, where: str) -> ConfigError:
    """The error for an override that cannot be read; unquoted Chinese is the most frequent case."""
    key, equals, value = override.partition("=")
    if not equals:
        return ConfigError(
            f"cannot read {override!r}: an override is written key=value",
            where=where,
            todo=f"write it like {_example(override)}",
        )
    if value.rstrip()[-1:] in (",", ";", "，", "；"):
        trimmed = value.rstrip(",; ，；")
        return ConfigError(
            f"the value of {key} ends in {value.rstrip()[-1]}", where=where, value=value, todo=f"write {key}={trimmed}"
        )
    parameter = declared(key)
    if parameter is not None and not value.isascii():
        return _wrong_type(key, where, value, parameter.type)
    if not key.isascii():
        near = [group] if (group := GROUPS_ZH.get(key)) else named_in_chinese(key)
        todo = f"did you mean {' or '.join(near)}? {ALL_PARAMETERS}" if near else ALL_PARAMETERS
        return ConfigError(f"unknown parameter {key!r}: names of parameters are English", where=where, todo=todo)
    if not override.isascii():
        inner = value.strip("'\"")
        return ConfigError(
            f"cannot read the override of {key}: text outside ASCII must be quoted",
            where=where,
            value=override,
            todo=f"""write "{key}='{inner}'" (both pairs of quotes)""",
        )
    return ConfigError(
        f"cannot read the override of {key}",
        where=where,
        value=override,
        todo=f"""write key=value without spaces, and quote a value with special characters: "{key}='…'\"""",
    )


def _example(word: str) -> str:
    """How to write a word without "=": with "=" for ":", as the option that it names, or like the nearest key."""
    key, colon, value = re.sub("：", ":", word).partition(":")
    if colon and value and (declared(key) or key in (*groups(), "study")):
        return f"{key}={value}"
    for group in groups():
        option = option_of(group, word)
        if option in groups()[group]:
            return f"{group}={option}"
    near = nearest(word)
    return f"{near[0]}=…" if near else "population.residents=5000"


def several_values(override: str, where: str) -> ConfigError:
    """The error for several values where one is wanted."""
    key, _, value = override.partition("=")
    single = f" ({key}={value.replace(',', '')})" if re.fullmatch(r"[1-9]\d{0,2}(,\d{3})+", value) else ""
    numbers = f"write numbers without commas{single}; " if value[:1].isdigit() else "choose one; "
    return ConfigError(
        f"{key} was given several values",
        where=where,
        value=value,
        bound="one value",
        todo=f"{numbers}to try each value use `countyfund sweep {override}`",
    )


def refuse_foreign(text: str, where: str) -> None:
    """Refuse syntax that the configuration library accepts and this program does not offer.

    Raises:
        ConfigError: for references to other values, added and removed keys, packages, and the library's own settings.
    """
    key, equals, _ = text.partition("=")
    key = key.strip()
    if equals and not key:
        raise bad_syntax("", where)
    if "${" in text:
        raise ConfigError(
            "a value is written out: references such as ${…} are not read",
            where=where,
            value=text,
            todo="write the value itself",
        )
    if any(ord(character) < 32 or 127 <= ord(character) < 160 for character in text):
        raise ConfigError(
            "an override holds a control character", where=where, value=text, todo="write it as one line of plain text"
        )
    if key.startswith("~"):
        raise not_removable(text, where)
    if key.startswith("+"):
        if declared(key.lstrip("+")) is None:
            raise unknown_key(key.lstrip("+"), where)
        raise ConfigError(
            f"an override is written key=value, without +: {key}",
            where=where,
            value=text,
            todo=f"write {text.lstrip('+')}, if there is such a parameter; {ALL_PARAMETERS}",
        )
    if re.match(r"hydra(\W|$)", key, re.IGNORECASE) or "@" in key or "/" in key:
        raise unknown_key(key, where)


def not_removable(override: str, where: str) -> ConfigError:
    """The error for ``~key``, which would remove a parameter."""
    return ConfigError(
        f"a parameter cannot be removed: {override}", where=where, todo="give it another value, or leave it out"
    )


def not_a_scheme(group: str, scheme: str, where: str) -> ConfigError:
    """The error for ``payment.scheme=drg``, which would keep the parameters of another scheme."""
    return ConfigError(f"{group}.scheme cannot be changed alone", where=where, todo=f"write {group}={scheme}")
