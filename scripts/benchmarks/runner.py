#!/usr/bin/env python3
"""Benchmark of running itself: many tiny steps, what a sync costs here, an archive that is pruned, and branches side by side.

    scripts/bench runner                             100 tiny steps; a tiny job behind 1,000 archived runs; six steps in two
                                                     branches of 2,000,000 records
    scripts/bench runner --steps 20 --records 50000 --runs 1

Jobs to be compared run in turn, so that the ratio holds when the machine's speed drifts. Printed are medians.
"""
import argparse
import datetime
import hashlib
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OFFHOST = os.path.join(ROOT, "target", "release", "offhost")

COPYBOOK = """
       01  REC.
           05  REC-KEY   PIC X(20).
           05  REC-REST  PIC X(80).
"""


def sync_cost(folder, rounds=40):
    """Median seconds of appending a line to a file and forcing it to the disk."""
    path, times = f"{folder}/synced", []
    with open(path, "ab") as file:
        for _ in range(rounds):
            file.write(b"x" * 300 + b"\n")
            file.flush()
            start = time.perf_counter()
            os.fsync(file.fileno())
            times.append(time.perf_counter() - start)
    os.remove(path)
    return statistics.median(times)


def run(folder, job, *options):
    command = [OFFHOST, "run", "--rerun", job, "--root", folder, "--json", "-q", *options]
    start = time.perf_counter()
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    seconds = time.perf_counter() - start
    if done.returncode:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}: {done.stderr.decode()}")
    return seconds, json.loads(done.stdout)


def records(path, count, seed):
    rng = random.Random(seed)
    with open(path, "wb") as file:
        for _ in range(count):
            file.write(f"{rng.randrange(10**18):020d}{'':80}".encode("cp037"))


def tiny_steps(folder, steps, publish):
    """A job of so many copies of ten records, each with an output of its own."""
    datasets = [f"  out-{n}: {{ path: out/{publish}/{n}.ebc, like: in, disp: replace }}" for n in range(steps)]
    copies = [f"  - step: S{n}\n    sort: {{ in: in, out: out-{n} }}" for n in range(steps)]
    head = ["version: 1", f"job: TINY-{publish.upper()}", f"publish: {publish}", "datasets:"]
    head.append("  in: { path: tiny.ebc, record: { copybook: rec.cpy } }")
    with open(f"{folder}/tiny-{publish}.yaml", "w") as file:
        file.write("\n".join([*head, *datasets, "steps:", *copies]) + "\n")
    return f"tiny-{publish}.yaml"


ARCHIVED = """version: 1
job: ARCHIVED
archive: all
datasets:
  in: { path: tiny.ebc, record: { copybook: rec.cpy } }
  out: { path: out/archived.ebc, like: in, disp: replace }
steps:
  - step: COPY
    sort: { in: in, out: out }
"""


def archived_runs(folder, count):
    """So many runs in the archive: one that ran, and copies of it of earlier dates, each with a content of its own."""
    with open(f"{folder}/archived.yaml", "w") as file:
        file.write(ARCHIVED)
    name = run(folder, "archived.yaml")[1]["run"]
    state = f"{folder}/.offhost"
    with open(f"{state}/archive/runs/{name}.jsonl") as file:
        lines = [line for line in file.read().split("\n") if line]
    today = datetime.date.today()
    for number in range(count - 1):
        own = hashlib.sha256(str(number).encode()).hexdigest()
        day = today - datetime.timedelta(days=number + 1)
        copy = f"ARCHIVED.{day}.{number:08x}"
        last = json.loads(lines[-1])
        shard = f"{state}/archive/objects/{own[:2]}"
        os.makedirs(shard, exist_ok=True)
        old = last["sha256"]
        shutil.copy(f"{state}/archive/objects/{old[:2]}/{old}.lz4", f"{shard}/{own}.lz4")
        with open(f"{state}/archive/runs/{copy}.jsonl", "w") as file:
            file.write("\n".join([*lines[:-1], json.dumps({**last, "sha256": own})]) + "\n")
        then = time.mktime(day.timetuple())
        os.utime(f"{state}/archive/runs/{copy}.jsonl", (then, then))
        os.makedirs(f"{state}/runs/{copy}")
        for part in ("journal.jsonl", "plan.json"):
            shutil.copy(f"{state}/runs/{name}/{part}", f"{state}/runs/{copy}/{part}")


def pruning(arguments, folder):
    """A tiny job behind an archive: without a policy, with one that keeps everything, and with one that lets a run go each time."""
    archived_runs(folder, arguments.archived)
    policies = {"no policy": None, "nothing falls due": 10**5, "one run a time falls due": arguments.archived - 2}
    times, gone = {name: [] for name in policies}, dict.fromkeys(policies, 0)
    for _ in range(arguments.rounds):
        for name, days in policies.items():
            policy = f"archive: {{ keep: {{ runs: 10, days: {days}, month-ends: 10y }} }}\n" if days else ""
            with open(f"{folder}/offhost.yaml", "w") as file:
                file.write("version: 1\n" + policy)
            seconds, report = run(folder, "archived.yaml")
            gone[name] += len((report.get("archive_pruned") or {}).get("runs", []))
            times[name].append(seconds * 1000)
        policies["one run a time falls due"] -= 1
    for name, each in times.items():
        print(
            f"one tiny step behind {arguments.archived:,} archived runs, {name}: {statistics.mean(each):.1f} ms on average, "
            f"median {statistics.median(each):.1f}, longest {max(each):.1f}; {gone[name]} went in {arguments.rounds} runs"
        )
    os.remove(f"{folder}/offhost.yaml")


BRANCHES = """version: 1
job: BRANCHES
datasets:
  a: { path: a.ebc, record: { copybook: rec.cpy } }
  b: { path: b.ebc, like: a }
  out-a: { path: out/a.ebc, like: a, disp: replace }
  out-b: { path: out/b.ebc, like: a, disp: replace }
steps:
  - step: SORT-A
    sort: { in: a, out: "@a1", by: [ REC-KEY ] }
  - step: TURN-A
    sort: { in: "@a1", out: "@a2", by: [ { field: REC-KEY, order: descending } ] }
  - step: OUT-A
    sort: { in: "@a2", out: out-a, by: [ REC-KEY ] }
  - step: SORT-B
    sort: { in: b, out: "@b1", by: [ REC-KEY ] }
  - step: TURN-B
    sort: { in: "@b1", out: "@b2", by: [ { field: REC-KEY, order: descending } ] }
  - step: OUT-B
    sort: { in: "@b2", out: out-b, by: [ REC-KEY ] }
"""


def bench(arguments, folder):
    with open(f"{folder}/rec.cpy", "w") as file:
        file.write(COPYBOOK)
    records(f"{folder}/tiny.ebc", 10, 1)
    for publish in ("at-end", "per-step"):
        job = tiny_steps(folder, arguments.steps, publish)
        seconds = statistics.median(run(folder, job)[0] for _ in range(arguments.runs))
        sync = sync_cost(folder)
        print(f"{arguments.steps} tiny steps, publish: {publish}: {seconds:.3f} s; one sync costs {sync * 1000:.2f} ms here")

    pruning(arguments, folder)

    records(f"{folder}/a.ebc", arguments.records, 2)
    records(f"{folder}/b.ebc", arguments.records, 3)
    with open(f"{folder}/branches.yaml", "w") as file:
        file.write(BRANCHES)
    for threads in ("1", str(os.cpu_count())):
        # Through pipes a step begins with the one before it even if steps take turns, which is not one by one.
        ways = {"one by one": ["--no-pipes"], "through pipes": [], "--jobs 2": ["--jobs", "2"]}
        seconds = {way: [] for way in ways}
        for _ in range(arguments.runs):
            for way, options in ways.items():
                seconds[way].append(run(folder, "branches.yaml", "--threads", threads, *options)[0])
        alone, piped, beside = (statistics.median(seconds[way]) for way in ways)
        print(
            f"six steps, two branches of {arguments.records:,} records, --threads {threads}: "
            f"one by one {alone:.2f} s, through pipes {piped:.2f} s, --jobs 2 {beside:.2f} s, {alone / beside:.2f} times as fast "
            f"as one by one"
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--archived", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=40, help="runs with each policy of the archive")
    parser.add_argument("--records", type=int, default=2_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--folder", help="where to put the data; a temporary folder if not given")
    arguments = parser.parse_args()
    subprocess.run(["cargo", "build", "--release", "--bin", "offhost"], cwd=ROOT, check=True)
    folder = arguments.folder or tempfile.mkdtemp(prefix="offhost-bench-")
    try:
        bench(arguments, folder)
    finally:
        if not arguments.folder:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
