"""How long to wait on a machine that does other things as well: no schedule fails because it is
busy."""

from __future__ import annotations

import os


def scaled(seconds: float) -> float:
    """So many seconds of an idle machine. Asked anew while somebody waits, because load comes and
    goes."""
    return seconds * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
