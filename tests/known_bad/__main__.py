"""Is the simulation worth anything? Every known mistake is made in a copy, and has to be noticed.

    python -m tests.known_bad [--seeds 200] [--from S] [--at-once N] [NAME ...]

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
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Queue

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CI_SEEDS = 200  # fresh ones that `bin/test` runs: a mistake has to show within them
FAILED = re.compile(r"^== seed (\d+)\b", re.MULTILINE)
BROKEN = re.compile(r"^--\n(.{1,90})", re.MULTILINE)
SO_FAR = re.compile(r"^\d+ worlds in ")
WENT_WELL = "0 went wrong"


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


def noticed(mistake: Mistake, *, seeds: int, first: int, database: int = 0) -> Verdict:
    """Run the simulation over the mistake until a seed fails."""
    started = time.monotonic()
    with copy_with(mistake) as folder:
        said = "".join(_played(mistake, folder, seeds=seeds, first=first, database=database))
    seed, broke = FAILED.search(said), BROKEN.search(said)
    if not seed and not said.rstrip().endswith(WENT_WELL):
        raise RuntimeError(f"{mistake.name}: the simulation itself failed\n{said[-2000:]}")
    return Verdict(
        mistake=mistake,
        seed=seed[1] if seed else "",
        broke=broke[1] if broke else "",
        seconds=time.monotonic() - started,
    )


def _played(
    mistake: Mistake, folder: Path, *, seeds: int, first: int, database: int
) -> Iterator[str]:
    """The lines that the simulation prints; how far it is also goes to the error output."""
    command = (
        *(sys.executable, "manage.py", "simulate", "--until-failure"),
        *("--seeds", str(seeds), "--from", str(first)),
        *("--workers", "1", "--database", str(database)),
    )
    with subprocess.Popen(  # noqa: S603 (ours)
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as playing:
        assert playing.stdout is not None
        for line in playing.stdout:
            if SO_FAR.search(line):
                sys.stderr.write(f"{mistake.name}: {line}")
            yield line


def row(verdict: Verdict) -> str:
    seed = verdict.seed or "**not noticed**"
    mistake = verdict.mistake
    return (
        f"| `{mistake.name}` | {mistake.says} | {mistake.invariant} | {verdict.broke} | {seed} |"
        f" {verdict.seconds:.0f} |"
    )


def all_noticed(
    wanted: Sequence[Mistake], *, seeds: int, first: int, at_once: int
) -> Iterator[Verdict]:
    """In their order, so many of them at a time, each over databases of its own."""
    free: Queue[int] = Queue()
    for database in range(at_once):
        free.put(database)

    def one(mistake: Mistake) -> Verdict:
        database = free.get()
        try:
            return noticed(mistake, seeds=seeds, first=first, database=database)
        finally:
            free.put(database)

    with ThreadPoolExecutor(at_once) as pool:
        yield from pool.map(one, wanted)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.known_bad")
    parser.add_argument("--seeds", type=int, default=CI_SEEDS)
    parser.add_argument("--from", type=int, default=1, dest="first")
    parser.add_argument("--at-once", type=int, default=1)
    parser.add_argument("names", nargs="*", metavar="NAME")
    asked = parser.parse_args(arguments)
    say = sys.stdout.write
    say("| mistake | what | meant to break | broke first | seed | seconds |\n")
    say("|---|---|---|---|---|---|\n")
    unnoticed = 0
    wanted = mistakes(asked.names)
    for verdict in all_noticed(wanted, seeds=asked.seeds, first=asked.first, at_once=asked.at_once):
        unnoticed += not verdict.seed
        say(row(verdict) + "\n")
        sys.stdout.flush()
    return 1 if unnoticed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
