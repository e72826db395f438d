"""Is the simulation worth anything? Every known mistake is made in a copy, and has to be noticed.

    python -m tests.known_bad [--seeds 200] [--from S] [NAME ...]

Each patch beside this file is applied in turn to a fresh copy of what is committed, and
`manage.py simulate` runs there until a seed fails. The table goes into docs/reliability.md. Exit
code 1 when a mistake goes unnoticed, or a patch no longer applies.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CI_SEEDS = 200  # fresh ones that `bin/test` runs: a mistake has to show within them
PATIENCE = 1800.0  # seconds for one mistake
FAILED = re.compile(r"^== seed (\d+)\b", re.MULTILINE)
BROKEN = re.compile(r"^--\n(E\d+|.{1,60})", re.MULTILINE)  # or a mistake that was reported


@dataclass(frozen=True, slots=True)
class Mistake:
    """One patch. Its first line says which invariant it breaks, and how."""

    name: str
    path: Path
    invariant: str
    says: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a mistake came out; `seed` and `broke` are empty when nothing noticed it."""

    mistake: Mistake
    seed: str
    broke: str
    seconds: float


def mistakes(names: Sequence[str] = ()) -> list[Mistake]:
    """All of them, or those named. Raises KeyError for a name there is none of."""
    found = {path.stem: _read(path) for path in sorted(HERE.glob("*.patch"))}
    return [found[name] for name in names] if names else list(found.values())


def _read(path: Path) -> Mistake:
    invariant, says = path.read_text().splitlines()[0].split(": ", 1)
    return Mistake(name=path.stem, path=path, invariant=invariant, says=says)


@contextmanager
def copy_with(mistake: Mistake) -> Iterator[Path]:
    """What is committed, with the mistake made in it."""
    with tempfile.TemporaryDirectory(prefix="lejar-known-bad-") as folder:
        archive = subprocess.run(
            ["git", "archive", "HEAD"],  # noqa: S607 (the developer's own git)
            cwd=ROOT,
            capture_output=True,
            check=True,
        )
        subprocess.run(["tar", "-x"], cwd=folder, input=archive.stdout, check=True)  # noqa: S607
        apply(mistake, Path(folder))
        yield Path(folder)


def apply(mistake: Mistake, folder: Path, *, check: bool = False) -> None:
    """Raises CalledProcessError when the code has moved on and the patch has not."""
    only_look = ["--check"] if check else []
    command = ["git", "apply", *only_look, str(mistake.path)]
    subprocess.run(command, cwd=folder, check=True)  # noqa: S603 (ours)


def noticed(mistake: Mistake, *, seeds: int, first: int) -> Verdict:
    """Run the simulation over the mistake until a seed fails."""
    started = time.monotonic()
    with copy_with(mistake) as folder:
        done = subprocess.run(  # noqa: S603 (ours)
            [
                *(sys.executable, "manage.py", "simulate", "--until-failure"),
                *("--seeds", str(seeds), "--from", str(first), "--workers", "1"),
            ],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    seed, broke = FAILED.search(done.stdout), BROKEN.search(done.stdout)
    if done.returncode and not seed:
        raise RuntimeError(f"{mistake.name}: the simulation itself failed\n{done.stderr[-2000:]}")
    return Verdict(
        mistake=mistake,
        seed=seed[1] if seed else "",
        broke=broke[1] if broke else "",
        seconds=time.monotonic() - started,
    )


def row(verdict: Verdict) -> str:
    seed = verdict.seed or "**not noticed**"
    mistake = verdict.mistake
    return (
        f"| `{mistake.name}` | {mistake.says} | {mistake.invariant} | {verdict.broke} | {seed} |"
        f" {verdict.seconds:.0f} |"
    )


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.known_bad")
    parser.add_argument("--seeds", type=int, default=CI_SEEDS)
    parser.add_argument("--from", type=int, default=1, dest="first")
    parser.add_argument("names", nargs="*", metavar="NAME")
    asked = parser.parse_args(arguments)
    say = sys.stdout.write
    say("| mistake | what | meant to break | broke first | seed | seconds |\n")
    say("|---|---|---|---|---|---|\n")
    unnoticed = 0
    for mistake in mistakes(asked.names):
        verdict = noticed(mistake, seeds=asked.seeds, first=asked.first)
        unnoticed += not verdict.seed
        say(row(verdict) + "\n")
        sys.stdout.flush()
    return 1 if unnoticed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
