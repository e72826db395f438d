"""The trace of a seed: what happened, when and to whom; of the same seed the same, to the byte."""

from __future__ import annotations

import hashlib
from datetime import datetime


class Story:
    """Lines for people, and a digest over these and every passing of the baton."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._digest = hashlib.sha256()

    def tell(self, at: datetime, who: str, line: str) -> None:
        told = f"{at:%d %H:%M:%S}.{at.microsecond // 1000:03} {who:<10} {line}"
        self.lines.append(told)
        self.mark(told)

    def mark(self, what: str) -> None:
        """Something that is no line of its own, and must be the same every time."""
        self._digest.update(what.encode() + b"\n")

    @property
    def digest(self) -> str:
        return self._digest.hexdigest()

    def __str__(self) -> str:
        return "\n".join(self.lines)
