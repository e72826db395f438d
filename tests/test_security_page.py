"""`docs/security.md` names tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = Path(__file__).parent.parent / "docs/security.md"


def test_every_proof_is_a_file() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", PAGE.read_text(encoding="utf-8"))

    assert links
    assert [link for link in links if not (PAGE.parent / link).exists()] == []
