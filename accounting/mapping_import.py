"""A file of mappings, compared with the table first and put into it as it was shown, or not at all.

    start    the file is kept, and read in the background
    go_on    reading: every line is checked and compared; what would change is counted, with some
             of it as examples, and sealed by a digest
    apply    a person says so; in one transaction the comparison is made again, and is written
             where its digest is the one that was shown
    cancel   a person leaves it

One line that cannot be taken holds the whole file: half a file is harder to put right than none.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.db import IntegrityError, models, transaction

from accounting import codec, debtors, mapping, mapping_csv
from accounting.mapping_csv import WrongFile, rows_of
from accounting.mapping_tables import CUSTOMERS, TABLES, Table, checked, key_of
from accounting.mapping_turns import LEASE, LeaseLost, claim, due, move
from accounting.models import MappingImport, Store

log = logging.getLogger(__name__)

A_PART = 1000  # rows compared and written at once
EXAMPLES = 100  # of each kind of change
KEPT_FOR = timedelta(days=1)  # a file that nobody decides on
FORGOTTEN_AFTER = timedelta(days=90)
TWICE = "Line {line} is for the same."
CODE_TWICE = "Line {line} gives this code to another customer."
SURPLUS = "The line has more cells than the file has columns."
KINDS = ("added", "changed", "unchanged", "removed", "refused")
State = MappingImport.State
Clock = Callable[[], datetime]


class NotNow(Exception):
    """The file is not at the step for this."""


# --- decisions ---------------------------------------------------------------------------------


def start(
    *,
    store_id: int,
    what: str,
    name: str,
    content: bytes,
    removes: bool,
    who: str,
    now: datetime,
) -> MappingImport:
    """Keep the file and begin to compare it. With `removes` rows that it does not have are to go.
    Raises WrongFile where it can be seen at once that it is none of these mappings."""
    text = codec.plain(mapping_csv.decoded(content))
    mapping_csv.columns(what, text)
    MappingImport.objects.filter(store=store_id, asked_at__lt=now - FORGOTTEN_AFTER).delete()
    return MappingImport.objects.create(
        store_id=store_id,
        what=what,
        name=codec.plain(name)[:200],
        content=text,
        removes=removes,
        asked_at=now,
        asked_by=who,
        ready_at=now,
    )


@transaction.atomic
def apply(*, store_id: int, import_id: int, who: str, now: datetime) -> MappingImport:
    """Write what was shown. Raises NotNow, or MappingImport.DoesNotExist."""
    held = _decided(store_id, import_id, State.APPLYING, who, now, (State.READY,))
    move(held, ready_at=now)
    return held


@transaction.atomic
def cancel(*, store_id: int, import_id: int, who: str, now: datetime) -> MappingImport:
    """Leave it, with nothing written. Raises NotNow, or MappingImport.DoesNotExist."""
    steps = (State.READING, State.READY)
    held = _decided(store_id, import_id, State.CANCELLED, who, now, steps)
    _end(held, State.CANCELLED, now)
    return held


def _decided(
    store_id: int,
    import_id: int,
    state: State,
    who: str,
    now: datetime,
    steps: Sequence[State],
) -> MappingImport:
    rows = MappingImport.objects.select_for_update().filter(store=store_id)
    held = rows.get(pk=import_id)
    if held.state not in steps:
        raise NotNow(NotNow.__doc__)
    held.fence += 1  # whatever a worker still does must not count
    held.state, held.decided_at, held.decided_by = state, now, who
    held.save(update_fields=["fence", "state", "decided_at", "decided_by"])
    return held


# --- going on ----------------------------------------------------------------------------------


def go_on(*, clock: Clock, stopping: Callable[[], bool] = lambda: False) -> int:
    """Read, or write, every file that is due. Returns how many moved."""
    moved = 0
    for pk in due(MappingImport, clock()):
        held = None if stopping() else claim(MappingImport, pk, clock())
        if held is not None:
            moved += _turn(held, clock)
    return moved


def _turn(held: MappingImport, clock: Clock) -> bool:
    try:
        if held.state == State.READING:
            _read(held, clock)
        elif held.state == State.APPLYING:
            _write(held, clock)
        else:  # nobody has decided in time
            _end(held, State.CANCELLED, clock())
    except LeaseLost:
        return False
    return True


def _end(held: MappingImport, state: State, now: datetime) -> None:
    move(held, state=state, content="", finished_at=now, ready_at=None)


def _read(held: MappingImport, clock: Clock) -> None:
    found = _Found()
    try:
        move(held, of=sum(1 for _ in mapping_csv.parsed(held.what, held.content)))
        for part in _compared(held, found):
            move(held, done=held.done + part.lines, ready_at=clock() + LEASE)
    except WrongFile as wrong:
        found.refuse(0, "", str(wrong))
    now = clock()
    move(held, counts=found.counts, examples=found.examples, sha256=found.sha256.hexdigest())
    if found.counts["refused"]:
        _end(held, State.REFUSED, now)
    else:
        move(held, state=State.READY, finished_at=now, ready_at=now + KEPT_FOR)


def _write(held: MappingImport, clock: Clock) -> None:
    """All of it, or nothing where the table is not what was shown any more."""
    now = clock()
    try:
        with transaction.atomic():
            mapping.changing(held.store_id)
            move(held, ready_at=now + LEASE)
            found = _Found()
            table = TABLES[held.what]
            for part in _compared(held, found):
                mapping.write(table, debtors.of_the_books(held.store, part.rows))
                part.gone.delete()
            if found.sha256.hexdigest() != held.sha256:
                raise _Other
            counts = {**found.counts, "file": held.name, "import": held.pk}
            mapping.changed(held.store_id, f"import_{held.what}", counts, held.decided_by, now)
            _end(held, State.APPLIED, now)
    except (_Other, IntegrityError):
        _end(held, State.CHANGED, now)


class _Other(Exception):
    """The table has changed since the file was compared with it."""


# --- comparing ---------------------------------------------------------------------------------


@dataclass
class _Found:
    """What a file would change: how much, some of it, and a digest of all."""

    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    examples: dict[str, list[Any]] = field(default_factory=dict)
    sha256: Any = field(default_factory=hashlib.sha256)
    lines: dict[tuple[Any, ...], int] = field(default_factory=dict)  # by key
    codes: dict[str, int] = field(default_factory=dict)  # of customers, each for one

    def add(self, kind: str, example: dict[str, Any]) -> None:
        self.counts[kind] += 1
        some = self.examples.setdefault(kind, [])
        if len(some) < EXAMPLES:
            some.append(example)
        self.sha256.update(f"{kind} {codec.text(example)}\n".encode())

    def refuse(self, line: int, name: str, message: str) -> None:
        self.add("refused", {"line": line, "field": name, "message": message})


@dataclass(frozen=True)
class _Part:
    """Some lines of the file: the rows to write, or rows to delete."""

    lines: int
    rows: Sequence[models.Model]
    gone: models.QuerySet[Any]


def _compared(held: MappingImport, found: _Found) -> Iterator[_Part]:
    """The file part by part, noting everything in `found`; at the end the rows that go."""
    table, columns = TABLES[held.what], mapping_csv.columns(held.what, held.content)
    nothing = table.model._default_manager.none()
    lines = mapping_csv.parsed(held.what, held.content)
    while part := list(islice(lines, A_PART)):
        writing = _compare(held.store_id, table, columns, part, found)
        yield _Part(len(part), writing, nothing)
    if held.removes:
        for gone in _left_out(held.store_id, table, found):
            yield _Part(0, [], gone)


def _compare(
    store_id: int,
    table: Table,
    columns: Sequence[str],
    part: Sequence[tuple[int, dict[str, Any]]],
    found: _Found,
) -> list[models.Model]:
    """The rows of these lines that are new, or say something else than the table."""
    rows = _once(table, _checked(store_id, table, part, found), found)
    known = _known(table, store_id, [row for _, row in rows])
    kept_as_it_is = [name for name in table.codes if name not in columns]
    writing = []
    for line, row in rows:
        before = known.get(key_of(table, row))
        for name in kept_as_it_is if before else ():
            setattr(row, name, getattr(before, name))
        if _note(table, line, row, before, found):
            writing.append(row)
    return writing


def _note(
    table: Table, line: int, row: models.Model, before: models.Model | None, found: _Found
) -> bool:
    """Note what becomes of one row. Returns whether there is anything to write."""
    said = mapping.plain(table, row)
    if before is None:
        found.add("added", {"line": line, "row": said})
        return True
    was = mapping.plain(table, before)
    changes = {name: [was[name], said[name]] for name in table.codes if was[name] != said[name]}
    if changes:
        found.add("changed", {"line": line, "row": said, "fields": changes})
    else:
        found.counts["unchanged"] += 1
    return bool(changes)


def _checked(
    store_id: int, table: Table, part: Sequence[tuple[int, dict[str, Any]]], found: _Found
) -> list[tuple[int, models.Model]]:
    """The lines that can be kept, and each refusal at its line."""
    ready, errors = checked(table, store_id, [values for _, values in part])
    if table is CUSTOMERS:
        errors |= debtors.wrong(Store.objects.get(pk=store_id), ready)
    for index in sorted(errors):
        for name, message in errors[index].items():
            found.refuse(part[index][0], name, message if name else SURPLUS)
    return [(part[index][0], row) for index, row in ready.items() if index not in errors]


def _once(
    table: Table, rows: Sequence[tuple[int, models.Model]], found: _Found
) -> list[tuple[int, models.Model]]:
    """Without those that an earlier line is for already."""
    single = []
    for line, row in rows:
        other = found.lines.setdefault(key_of(table, row), line)
        code = str(getattr(row, "code", "")) if table is CUSTOMERS else ""
        if other != line:
            found.refuse(line, table.key[0], TWICE.format(line=other))
        elif code and (giver := found.codes.setdefault(code, line)) != line:
            found.refuse(line, "code", CODE_TWICE.format(line=giver))
        else:
            single.append((line, row))
    return single


def _known(
    table: Table, store_id: int, rows: Sequence[models.Model]
) -> dict[tuple[Any, ...], models.Model]:
    """The table's rows for the same, by key."""
    by_field = {f"{name}__in": {getattr(row, name) for row in rows} for name in table.key}
    return {key_of(table, row): row for row in rows_of(table, store_id).filter(**by_field)}


def _left_out(store_id: int, table: Table, found: _Found) -> Iterator[models.QuerySet[Any]]:
    """Rows of the table that no line is for, some at a time."""
    last = 0
    while rows := list(rows_of(table, store_id).filter(pk__gt=last).order_by("pk")[:A_PART]):
        last = rows[-1].pk
        gone = [row for row in rows if key_of(table, row) not in found.lines]
        for row in gone:
            found.add("removed", {"row": mapping.plain(table, row)})
        yield rows_of(table, store_id).filter(pk__in=[row.pk for row in gone])
