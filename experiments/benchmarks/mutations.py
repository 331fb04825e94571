"""Outcomes of reading damaged files, as a Markdown table by file format.

The files are read in a separate process: a crash or a hang of a library is counted, with the number that reproduces the
file. The tests read a share of the same files.

    python experiments/benchmarks/mutations.py 20000 [--form argo] [--first 0] [--data FOLDER]
"""

import argparse
import multiprocessing as mp
import os
import resource
import signal
import sys
import tempfile
import time
from collections import Counter, defaultdict
from multiprocessing.connection import Connection
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.support import mutants, sound_files  # noqa: E402

MEMORY = 6 << 30  # bytes of address space of a reading process: a file that asks for more is at fault
TIMEOUT = 20.0  # seconds; the slowest valid seed takes less than one


def read_on(pipe: Connection, seeds: list[sound_files.Seed]) -> None:
    """Read damaged files as they arrive, and send back the outcomes."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # HDF5 prints its own errors
    with tempfile.TemporaryDirectory() as folder:
        while True:
            which, name, data = pipe.recv()
            pipe.send(mutants.result_of(Path(folder), seeds[which], name, data))


class Reader:
    """A reading process that is replaced when it crashes or hangs."""

    def __init__(self, seeds: list[sound_files.Seed]) -> None:
        self.seeds = seeds
        self.start()

    def start(self) -> None:
        """Start a process."""
        self.pipe, theirs = mp.Pipe()
        self.process = mp.get_context("fork").Process(target=read_on, args=(theirs, self.seeds), daemon=True)
        self.process.start()
        theirs.close()

    def outcome(self, which: int, name: str, data: bytes) -> str:
        """Return the outcome of reading a file."""
        try:
            self.pipe.send((which, name, data))
            if self.pipe.poll(TIMEOUT):
                return str(self.pipe.recv())
            outcome = f"fault: no answer in {TIMEOUT:.0f} s"
            self.process.kill()
            self.process.join()
        except (EOFError, BrokenPipeError):
            self.process.join()
            code = self.process.exitcode or 0
            outcome = f"fault: the process died of {signal.Signals(-code).name if code < 0 else f'exit {code}'}"
        self.start()
        return outcome


def main() -> None:
    """Damage files, read them and count the outcomes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", type=int)
    parser.add_argument("--first", type=int, default=0, help="number of the first round")
    parser.add_argument("--form", default="")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    asked = parser.parse_args()
    seeds = [*sound_files.made(), *(sound_files.real(asked.data) if (asked.data / "observations").is_dir() else [])]
    seeds = [seed for seed in seeds if asked.form in seed.format]
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    faults: dict[str, list[str]] = defaultdict(list)
    slowest, reader, start = (0.0, ""), Reader(seeds), time.perf_counter()
    for i in range(asked.count):
        which, number = i % len(seeds), asked.first + i // len(seeds)
        begun = time.perf_counter()
        seed, way = seeds[which], ""
        try:
            way, name, data = mutants.mutate(seed, mutants.rng(seed, number))
            outcome = reader.outcome(which, name, data)
        except mutants.NOT_MADE:
            outcome = "not made"
        slowest = max(slowest, (time.perf_counter() - begun, f"{seed.format} {seed.name} {number}"))
        counts[seed.format][outcome.split(":")[0]] += 1
        if outcome.startswith("fault"):
            faults[f"{seed.format}: {outcome}"].append(f"{seed.name} number {number} ({way})")
    took = time.perf_counter() - start
    reader.process.kill()
    reader.process.join()
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024  # of the largest process
    table(counts)
    print(f"\n{asked.count} files, {asked.count / took:.0f} a second; at most {memory:.0f} MiB of memory;")
    print(f"slowest {slowest[0]:.1f} s ({slowest[1]})")
    for fault, examples in sorted(faults.items(), key=lambda item: -len(item[1])):
        print(f"- {len(examples)} x {fault}\n  first: {examples[0]}")


def table(counts: dict[str, Counter[str]]) -> None:
    """Print outcomes, one line a form."""
    print("| form | files | read | refused in a line | not made | at fault |\n|---|---:|---:|---:|---:|---:|")
    counts = {**dict(sorted(counts.items())), "all": sum(counts.values(), Counter())}
    for form, count in counts.items():
        cells = (count[key] for key in ("read", "refused", "not made", "fault"))
        print(f"| {form} | {count.total()} | " + " | ".join(map(str, cells)) + " |")


if __name__ == "__main__":
    main()
