"""What a person must know and fill in to connect one system in one way: data, not code.

A guide is a file in `guides/`: what it is called, its credentials and settings, what it cannot do
(said before it is chosen), and what to prepare in the accounting system first. Every default that a
contract only assumes stands here, so that it can be put right without touching code. Texts are in
English and translated where they are shown.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from accounting.connectors.reading import ProfileError, Reader

FOLDER = Path(__file__).parent / "guides"
KINDS = frozenset({"text", "secret", "choice", "number", "flag"})
STATUSES = frozenset({"documented", "observed", "assumed"})
LONGEST = 500


class WrongSettings(Exception):
    """Some settings cannot be taken: name -> what to change."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {message}" for name, message in errors.items()))
        self.errors = errors


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One thing to fill in. Values are kept as texts; a flag is "true" or "false". `picks` names
    the list of codes (`base.CodeList`) it is one of, "" where it is typed."""

    name: str
    label: str
    help: str = ""
    kind: str = "text"
    default: str = ""
    required: bool = False
    largest: int = LONGEST
    choices: tuple[str, ...] = ()
    pattern: str = ""
    picks: str = ""
    status: str = "documented"


@dataclass(frozen=True, slots=True, kw_only=True)
class Guide:
    """`notices` are limits to accept before writing; `checklist` is done in the books, once."""

    name: str
    system: str
    way: str
    title: str
    summary: str
    credentials: tuple[Setting, ...]
    settings: tuple[Setting, ...]
    notices: tuple[str, ...]
    checklist: tuple[str, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        """Everything a person reads of it, to be translated."""
        fields = (*self.credentials, *self.settings)
        said = [text for field in fields for text in (field.label, field.help)]
        all_ = (self.title, self.summary, *said, *self.notices, *self.checklist)
        return tuple(text for text in all_ if text)


@cache
def guides() -> Mapping[tuple[str, str], Guide]:
    """All of them, by system and way. Raises ProfileError naming the file and key at fault."""
    found = (_read(path) for path in sorted(FOLDER.glob("*.json")))
    return {(guide.system, guide.way): guide for guide in found}


def filled(settings: tuple[Setting, ...], given: Mapping[str, Any]) -> dict[str, str]:
    """All settings as texts, defaults filled in. Raises WrongSettings naming every wrong one."""
    known = {setting.name: setting for setting in settings}
    errors = {name: "There is no such setting." for name in given if name not in known}
    values: dict[str, str] = {}
    for setting in settings:
        value = str(given.get(setting.name, setting.default)).strip()
        if wrong := _wrong(setting, value):
            errors[setting.name] = wrong
        values[setting.name] = value
    if errors:
        raise WrongSettings(errors)
    return values


def _wrong(setting: Setting, value: str) -> str:
    if not value:
        return "This field is required." if setting.required else ""
    if len(value) > setting.largest:
        return f"At most {setting.largest} characters."
    if setting.choices and value not in setting.choices:
        return f"One of {', '.join(setting.choices)}."
    if setting.pattern and not re.fullmatch(setting.pattern, value):
        return "This does not have the right form."
    return ""


def _read(path: Path) -> Guide:
    try:
        given = Reader(json.loads(path.read_text(encoding="utf-8")), "")
        guide = Guide(
            name=path.stem,
            system=given.text("system"),
            way=given.text("way"),
            title=given.text("title"),
            summary=given.text("summary"),
            credentials=given.rows("credentials", _setting),
            settings=given.rows("settings", _setting),
            notices=given.texts("notices"),
            checklist=given.texts("checklist"),
        )
        given.done()
    except (ProfileError, ValueError) as error:
        raise ProfileError(f"{path.name}: {error}") from None
    return guide


def _setting(given: Reader) -> Setting:
    kind = given.text("kind", "text", among=KINDS)
    flags = ("true", "false") if kind == "flag" else ()
    setting = Setting(
        name=given.text("name"),
        label=given.text("label"),
        help=given.text("help", ""),
        kind=kind,
        default=given.text("default", ""),
        required=given.flag("required"),
        largest=given.number("largest", LONGEST),
        choices=given.texts("choices", flags),
        pattern=given.text("pattern", r"[0-9]{1,6}" if kind == "number" else ""),
        picks=given.text("picks", ""),
        status=given.text("status", "documented", among=STATUSES),
    )
    given.done()
    if setting.default and (wrong := _wrong(setting, setting.default)):
        raise ProfileError(f"{given.at('default')}: {wrong}")
    return setting
