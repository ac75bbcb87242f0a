#!/usr/bin/env python3
"""Benchmark of comparisons: two files of 100-byte records that differ in 0.1 % of them.

    scripts/bench diff                              1000 MB a side, three runs each
    scripts/bench diff --megabytes 50 --runs 1

Rows: by key with both sides in order; by key with both out of order, beside one sort of one side by `offhost sort`; by position;
as multisets. Beside them `cmp` (which stops knowing anything at the first difference), and on a part of the data as CSV: GNU `diff`,
and `csvdiff` (the Python package of that name) and `qsv diff`, if they are on the path; it says which are not. Commands run in
turn; medians of wall and processor seconds are printed, the best speed, and the memory they took at most (no less than this script
takes). What offhost finds is checked against what was changed.
"""
import argparse
import json
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OFFHOST = os.environ.get("OFFHOST", os.path.join(ROOT, "target/release/offhost"))
LRECL = 100
COPYBOOK = """01 REC.
   05 ID PIC 9(10).
   05 REGION PIC XX.
   05 AMOUNT PIC S9(9)V99 COMP-3.
   05 TEXT-1 PIC X(40).
   05 BALANCE PIC S9(11)V99.
   05 FILLER PIC X(29).
"""


# What else compares CSV: what it is called, what tells that it is there (and not another tool of that name), where it comes from.
RIVALS = [
    ("csvdiff", ["csvdiff", "--help"], "pip install csvdiff", ["csvdiff", "--style=summary", "ID"]),
    ("qsv diff", ["qsv", "diff", "--help"], "cargo install qsv --features lite", ["qsv", "diff", "--key", "0"]),
]


def answers(command):
    """True if a command is there and knows what it is asked."""
    if not shutil.which(command[0]):
        return False
    said = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    return said.returncode == 0 and b"diff" in said.stdout.lower()


def record(number):
    """A record: id, region, packed amount, text, zoned balance, blanks."""
    digits = lambda value, count: bytes(0xF0 + int(d) for d in str(value).zfill(count))
    amount = bytes.fromhex(str(number * 37 % 99999999999).zfill(11) + "C")
    region = (b"\xd7\xd9", b"\xd5\xe8", b"\xe3\xe7", b"\xc3\xc1")[number * 7919 % 4]
    text = (digits(number * 104729 % 10**12, 12) + b"\xc1\x40\xc2\x40" * 7)[:40]
    return digits(number, 10) + region + amount + text + digits(number * 31 % 10**13, 13) + b"\x40" * 29


def generate(folder, count):
    """Both files, in order and shuffled in blocks, and the number of records that differ."""
    path = lambda name: os.path.join(folder, name)
    step, changed = 1000, 0
    with open(path("ours"), "wb") as ours, open(path("theirs"), "wb") as theirs:
        for start in range(0, count, 10000):
            block = [record(number) for number in range(start, min(count, start + 10000))]
            ours.write(b"".join(block))
            for at in range(0, len(block), step):
                row = bytearray(block[at])
                row[17] ^= 0x10
                block[at] = bytes(row)
                changed += 1
            theirs.write(b"".join(block))
    shuffler = random.Random(7)
    for name in ("ours", "theirs"):
        # Runs of 200 records in random order: a sort has to do all its work, and generating stays quick.
        size = 200 * LRECL
        places = list(range(0, count * LRECL, size))
        shuffler.shuffle(places)
        with open(path(name), "rb") as source, open(path(name + ".shuffled"), "wb") as target:
            for place in places:
                source.seek(place)
                target.write(source.read(size))
    with open(path("rec.cpy"), "w") as copybook:
        copybook.write(COPYBOOK)
    return changed


def measure(command, statuses=(0, 1)):
    """Wall and processor seconds, the highest memory in MiB, and stdout."""
    before, clock = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - clock
        out.seek(0)
        text = out.read(1 << 24)
    if os.waitstatus_to_exitcode(status) not in statuses:
        sys.exit(f"{command} ended with {os.waitstatus_to_exitcode(status)}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, text


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=int, default=1000, help="of each file")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--csv-megabytes", type=int, default=50, help="of each file for the tools that read CSV")
    parser.add_argument("--memory", default="512M")
    parser.add_argument("--folder", help="where to work; a temporary folder if not given")
    given = parser.parse_args()
    given.csv_megabytes = min(given.csv_megabytes, given.megabytes)
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        run(given, folder)


def run(given, folder):
    path = lambda name: os.path.join(folder, name)
    count = given.megabytes * 1_000_000 // LRECL
    changed = generate(folder, count)
    rest = ["-c", path("rec.cpy"), "--memory", given.memory, "--work-dir", folder]

    def ours(kind, *arguments):
        return [OFFHOST, "diff", path("ours" + kind), path("theirs" + kind), *rest, "--json", *arguments]

    with open(path("sort.txt"), "w") as cards:
        cards.write("  SORT FIELDS=(1,10,CH,A)\n")
    sort = [OFFHOST, "sort", path("sort.txt"), "-q", "--memory", given.memory, "--work-dir", folder]
    sort += ["--dd", f"SORTIN={path('ours.shuffled')},recfm=FB,lrecl={LRECL}", "--dd", f"SORTOUT={path('sorted')}"]
    rows = {
        "key, in order": ours("", "--key", "ID"),
        "key, out of order": ours(".shuffled", "--key", "ID"),
        "position": ours("", "--position"),
        "multiset": ours(".shuffled", "--multiset"),
        "one sort": sort,
        "cmp": ["cmp", "-s", path("ours"), path("theirs")],
        "cmp -l": ["cmp", "-l", path("ours"), path("theirs")],
    }
    part = given.csv_megabytes * 1_000_000 // LRECL
    for name in ("ours", "theirs"):
        with open(path(name), "rb") as source, open(path(name + ".part"), "wb") as target:
            target.write(source.read(part * LRECL))
        command = [OFFHOST, "convert", path(name + ".part"), "-c", path("rec.cpy"), "--to", "csv", "-o", path(name + ".csv")]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    csv = [path("ours.csv"), path("theirs.csv")]
    rows["part: offhost on data"] = ours(".part", "--key", "ID")
    rows["part: GNU diff on CSV"] = ["diff", *csv]
    for rival, probe, install, command in RIVALS:
        if answers(probe):
            rows[f"part: {rival} on CSV"] = [*command, *csv]
        else:
            print(f"SKIPPED: {rival} is not measured, it is not on the path ({install})")
    results = {name: [] for name in rows}
    for _ in range(given.runs):
        for name, command in rows.items():
            if os.path.exists(path("sorted")):
                os.remove(path("sorted"))
            measured = measure(command)
            results[name].append(measured[:3])
            if "--json" in command:
                check(name, json.loads(measured[3]), changed if "part" not in name else len(range(0, part, 1000)))
    print(f"{given.megabytes} MB a side, {count} records, {changed} differ; part: {given.csv_megabytes} MB a side")
    print(f"{'':26}{'wall s':>9}{'cpu s':>9}{'MiB':>8}{'MB/s in':>10}{'best':>8}")
    medians = {}
    for name, runs in results.items():
        wall, cpu, memory = (statistics.median(column) for column in zip(*runs))
        medians[name] = (wall, cpu)
        megabytes = (given.csv_megabytes if name.startswith("part") else given.megabytes) * (1 if name == "one sort" else 2)
        best = min(run[0] for run in runs)
        print(f"{name:26}{wall:9.2f}{cpu:9.2f}{memory:8.0f}{megabytes / wall:10.0f}{megabytes / best:8.0f}")
    # Runs stand in turn, so that each is held against the sort that ran beside it.
    pairs = list(zip(results["key, out of order"], results["one sort"]))
    ratio = statistics.median(compared[0] / sort[0] for compared, sort in pairs)
    cpu_ratio = statistics.median(compared[1] / sort[1] for compared, sort in pairs)
    print(f"by key out of order: {ratio:.2f} times one sort of one side (processor time {cpu_ratio:.2f}); the goal is 2.5")
    print(f"by key in order: {2 * given.megabytes / medians['key, in order'][0]:.0f} MB/s in; the goal is 500")


def check(name, answer, changed):
    """What was found is what was changed."""
    records = answer["records"]
    found = records["different"] + (records["left_only"] if name == "multiset" else 0)
    if found != changed or answer["answer"] != "different":
        sys.exit(f"{name}: {found} records were found to differ instead of {changed}")


if __name__ == "__main__":
    main()
