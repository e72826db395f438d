"""Log lines that keep to themselves what they fail over.

What an exception says may quote what it choked on: a row the database refused, a value that is no
number. A log is read by more people than the order is, so a traceback says where and of which
type. Only what is said about the machine, which knows no order, is repeated. Celery writes what a
task failed with into the line itself, and the web server the whole address of a request: both are
taken out here, so that no line depends on who wrote it.
"""

from __future__ import annotations

import copy
import logging
import re
import traceback
from types import TracebackType

from django.db import OperationalError

ABOUT_THE_MACHINE = (OSError, OperationalError)
# Of an address: it may carry a session token. Looked for where a word begins and nowhere inside of
# one, or a line of slashes would take for ever.
QUERY = re.compile(r"(?<![^\s?\"'])((?=[^\s?\"']*/)[^\s?\"']*)\?[^\s\"']*")
Thrown = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class OwnRequests(logging.Filter):
    """What the sandboxes refuse is their answer, as another server's would be: no news of ours."""

    def filter(self, record: logging.LogRecord) -> bool:
        path = getattr(getattr(record, "request", None), "path", "")
        return record.levelno >= logging.ERROR or not path.startswith("/sandbox/")


class Formatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return super().format(_discreet(record))

    def formatException(self, ei: Thrown) -> str:  # noqa: N802  # logging's own name
        return "\n".join(_told(ei[1])) if ei[1] is not None else ""


def _discreet(record: logging.LogRecord) -> logging.LogRecord:
    quiet = copy.copy(record)
    if isinstance(record.args, dict) and {"exc", "traceback"} <= record.args.keys():
        told = type(record.exc_info[1]).__qualname__ if record.exc_info else ""
        quiet.args = {**record.args, "exc": told, "traceback": ""}  # Celery's own; ours follows
    quiet.msg, quiet.args = QUERY.sub(r"\1", quiet.getMessage()), ()
    quiet.exc_text = None  # as another handler may have written it
    return quiet


def _told(error: BaseException) -> list[str]:
    """The causes first, as Python itself tells them."""
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    before = [*_told(cause), "which led to"] if cause is not None else []
    frames = traceback.format_list(traceback.extract_tb(error.__traceback__))
    return [*before, *(frame.rstrip() for frame in frames), _name(error)]


def _name(error: BaseException) -> str:
    kind = f"{type(error).__module__}.{type(error).__qualname__}"
    return f"{kind}: {error}" if isinstance(error, ABOUT_THE_MACHINE) else kind
