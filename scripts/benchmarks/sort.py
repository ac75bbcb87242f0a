#!/usr/bin/env python3
"""Benchmark of sorts, merges, matches and copies, beside what a user could pick instead.

    scripts/bench sort                                  every row on 1 GB, three runs each
    scripts/bench sort --large                          also 10 GB with 1 GiB of memory; needs 35 GB of disk
    scripts/bench sort --megabytes 20 --runs 1 --rows text,banking

Rivals, in the same loop and with as many threads and as much memory: GNU `sort` (LC_ALL=C) on the text file, whose records
of 100 bytes are lines as well; DuckDB on the same lines if Python has it (`pip install duckdb`); the SORT verb of GnuCOBOL
on the banking file if `cobc` is there (once, since it is slow; --cobol-records cuts its file); `cp` as the floor. What is not
there is said and left out.

Every timed command includes the sync of its outputs, since a job syncs them too. Before it its inputs are read once, so that
all start with a warm cache; outputs are deleted between the runs. What a run wrote is compared: with an independent check of
order and records in Python, with the other runs, and with the rivals. Printed are medians (lowest to highest), input bytes
per second, the highest memory (ours as the job's report has it, a rival's as the system counted it), ratios and goals. The
goals are meant for 1000 MB on two cores.
"""
import argparse
import glob
import hashlib
import importlib.util
import itertools
import json
import operator
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OFFHOST = os.path.join(ROOT, "target", "release", "offhost")
GENERATOR = os.path.join(ROOT, "target", "release", "sort_data")
LRECL = 100
MIB = 2**20
# What a job may use beyond its budget: program, stacks, buffers of the system.
SLACK = 32

COPYBOOKS = {
    "text": [("REC-KEY", "PIC X(10)"), ("REC-REST", "PIC X(90)")],
    "variable": [("REC-KEY", "PIC X(10)"), ("REC-REST", "PIC X(30)")],
    "pieces": [("REC-KEY", "PIC X(10)"), ("REC-REST", "PIC X(50)")],
    "banking": [
        ("BRANCH", "PIC 9(3)"),
        ("ACCOUNT", "PIC 9(10)"),
        ("POSTED", "PIC S9(9) COMP-3"),
        ("SEQUENCE-NO", "PIC S9(9) COMP"),
        ("REC-REST", "PIC X(78)"),
    ],
}
RECORDS = {
    "text": "{ copybook: text.cpy, recfm: F, lrecl: 100 }",
    "ascii": "{ copybook: text.cpy, recfm: F, lrecl: 100, code-page: ascii }",
    "pieces": "{ copybook: pieces.cpy, recfm: F, lrecl: 60, code-page: ascii }",
    "variable": "{ copybook: variable.cpy, recfm: V, lrecl: 404 }",
    "banking": "{ copybook: banking.cpy, recfm: F, lrecl: 100 }",
}
TEXT_KEY = "[ REC-KEY ]"
BANKING_KEY = "[ BRANCH, ACCOUNT, POSTED, SEQUENCE-NO ]"
# Length of what must ascend: with text the key and the record number, because equal keys keep their order.
ASCENDING = {"text": 23, "variable": 23, "banking": 22}

COBOL = """\
       IDENTIFICATION DIVISION.
       PROGRAM-ID. BENCHSRT.
       ENVIRONMENT DIVISION.
       INPUT-OUTPUT SECTION.
       FILE-CONTROL.
           SELECT SORT-IN ASSIGN TO "SORTIN" ORGANIZATION SEQUENTIAL.
           SELECT SORT-OUT ASSIGN TO "SORTOUT" ORGANIZATION SEQUENTIAL.
           SELECT SORT-WORK ASSIGN TO "SORTWORK".
       DATA DIVISION.
       FILE SECTION.
       FD  SORT-IN RECORD CONTAINS 100 CHARACTERS.
       01  IN-REC PIC X(100).
       FD  SORT-OUT RECORD CONTAINS 100 CHARACTERS.
       01  OUT-REC PIC X(100).
       SD  SORT-WORK.
       01  WORK-REC.
{fields}
       PROCEDURE DIVISION.
           SORT SORT-WORK
               ON ASCENDING KEY BRANCH ACCOUNT POSTED SEQUENCE-NO
               USING SORT-IN GIVING SORT-OUT
           STOP RUN.
"""

DUCKDB = """\
import sys, duckdb
source, target, threads, memory, folder = sys.argv[1:]
base = duckdb.connect(config={"threads": int(threads), "memory_limit": memory + "MiB", "temp_directory": folder})
form = "delim='\\x01', quote='', escape='', header=false"
base.execute(
    f"COPY (SELECT line FROM read_csv('{source}', columns={{'line': 'VARCHAR'}}, auto_detect=false, new_line='\\\\n', {form}) "
    f"ORDER BY line) TO '{target}' (FORMAT csv, {form.replace('=', ' ')})"
)
"""


class Failed(Exception):
    """A row cannot be measured, or what came out is wrong."""


class Work:
    """A command of a row, what it reads and writes, and what was measured."""

    def __init__(self, name, command, inputs, outputs, ours=False, once=False, same=None, check=None, environment=None):
        self.name, self.command, self.inputs, self.outputs = name, command, inputs, outputs
        self.ours, self.once, self.same, self.check, self.environment = ours, once, same, check, environment
        self.size = sum(os.path.getsize(path) for path in inputs)
        self.seconds, self.peaks, self.reports = [], [], []

    @property
    def median(self):
        return statistics.median(self.seconds)

    @property
    def rate(self):
        """Megabytes of input in a second."""
        return self.size / self.median / 1e6

    @property
    def peak(self):
        return max(self.peaks) / MIB

    def run(self):
        for path in self.outputs:
            remove(path)
        for path in self.inputs:
            for _ in blocks(path):
                pass
        start = time.perf_counter()
        with subprocess.Popen(
            self.command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, **(self.environment or {})}
        ) as child:
            output, messages = child.stdout.read(), child.stderr.read()
            _, status, usage = os.wait4(child.pid, 0)
            seconds = time.perf_counter() - start
            child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            raise Failed(f"{self.name} ended with {child.returncode}: {messages.decode(errors='replace')[-500:].strip()}")
        self.seconds.append(seconds)
        if self.ours:
            self.reports.append(json.loads(output))
            self.peaks.append(self.reports[-1]["peak_memory"])
        else:
            self.peaks.append(usage.ru_maxrss * 1024)

    def spilled(self):
        """What the sorts of the last run wrote to work files and read again."""
        sorts = sorts_of(self)
        size = sum(sort["spilled_bytes"] for sort in sorts)
        merges = sum(sort["merges"] for sort in sorts)
        return f"   spilled {size / 1e6:,.0f} MB, {merges} merges" if size else ""

    def raw(self):
        return {
            "name": self.name,
            "bytes": self.size,
            "seconds": self.seconds,
            "peak_memory": self.peaks,
            "steps": [report["steps"] for report in self.reports],
        }


class Resumed(Work):
    """What is left of a sort that was killed when it had a share of its runs."""

    def __init__(self, name, whole, root, share):
        super().__init__(name, [part for part in whole.command if part != "--rerun"], whole.inputs, whole.outputs, ours=True)
        self.same, self.check, self.whole, self.root, self.share = whole.same, whole.check, whole, root, share

    def run(self):
        wanted = round(sorts_of(self.whole)[0]["runs"] * self.share)
        with subprocess.Popen(self.whole.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
            while child.poll() is None and self.kept() < wanted:
                time.sleep(0.001)
            child.kill()
        super().run()
        if sorts_of(self)[0]["taken_over"] < wanted:
            raise Failed(f"{self.name}: fewer than {wanted} runs were taken over")

    def kept(self):
        """Runs that are finished, of the run at work."""
        lists = glob.glob(os.path.join(self.root, ".offhost/runs/*/sorts/*/*.jsonl"))
        return sum(block.count(b'{"run":') for path in lists for block in blocks(path))


def sorts_of(work):
    """Of the last run of a work."""
    return [sort for step in work.reports[-1]["steps"] for sort in step["sorts"]]


def remove(path):
    if os.path.lexists(path):
        os.unlink(path)


def blocks(path, size=MIB):
    with open(path, "rb", buffering=0) as file:
        while block := file.read(size):
            yield block


def digest(path):
    whole = hashlib.blake2b()
    for block in blocks(path):
        whole.update(block)
    return whole.hexdigest()


def batches(path, kind):
    """Lists of records; without the descriptor word where they have one."""
    if kind != "variable":
        for block in blocks(path, LRECL * 10_000):
            yield [block[at : at + LRECL] for at in range(0, len(block), LRECL)]
        return
    rest = b""
    for block in blocks(path):
        block = rest + block
        records, at = [], 0
        while at + 4 <= len(block) and at + (length := block[at] << 8 | block[at + 1]) <= len(block):
            if length < 4 or block[at + 2] or block[at + 3]:
                raise Failed(f"{path} has a descriptor word that is none")
            records.append(block[at + 4 : at + length])
            at += length
        rest = block[at:]
        if records:
            yield records
    if rest:
        raise Failed(f"{path} ends inside a record")


def records(path):
    return itertools.chain.from_iterable(batches(path, "text"))


def fingerprint(path, kind, key=None):
    """Number of the records and a sum of their hashes; with a key length they must ascend by it."""
    count, total, last = 0, 0, b""
    for batch in batches(path, kind):
        count += len(batch)
        total = (total + sum(map(hash, batch))) % 2**64
        if key:
            keys = [last, *(record[:key] for record in batch)]
            if not all(map(operator.le, keys, keys[1:])):
                raise Failed(f"{path} is out of order near record {count:,}")
            last = keys[-1]
    return count, total


class Goal:
    """A ratio, a rate or a size, and what it should be."""

    def __init__(self, what, value, bound, least=True, unit=""):
        self.what, self.value, self.bound, self.least, self.unit = what, value, bound, least, unit

    @property
    def reached(self):
        return self.value >= self.bound if self.least else self.value <= self.bound

    def line(self):
        side = "at least" if self.least else "at most"
        value = f"{self.value:,.2f}" if self.unit == "x" else f"{self.value:,.0f}"
        verdict = "reached" if self.reached else "MISSED"
        return f"    {self.what:44} {value:>9} {self.unit:5} goal: {side} {self.bound:,g} {self.unit:5}  {verdict}"


class Bench:
    def __init__(self, arguments, folder):
        self.folder, self.threads, self.runs = folder, arguments.threads, arguments.runs
        self.records = arguments.megabytes * 10**6 // LRECL
        self.cobol_records = arguments.cobol_records or self.records
        self.memory = arguments.memory or max(256, arguments.megabytes * 4)
        self.digests, self.fingerprints, self.said = {}, {}, set()
        for name, fields in COPYBOOKS.items():
            with open(self.path(f"{name}.cpy"), "w") as file:
                file.write(f"       01  BENCH-REC.\n{copybook_fields(fields)}\n")

    def path(self, name):
        return os.path.join(self.folder, name)

    # Data

    def data(self, name, kind, records=None, order="random", files=1):
        """A generated file, or several, made when first asked for."""
        path = self.path(f"{name}.dat")
        paths = [path] if files == 1 else [f"{path}.{number}" for number in range(1, files + 1)]
        if not all(map(os.path.exists, paths)):
            parts = {"out": path, "kind": kind, "order": order, "files": files, "seed": 1}
            parts["records"] = self.records if records is None else records
            options = [part for option, value in parts.items() for part in (f"--{option}", str(value))]
            subprocess.run([GENERATOR, *options], check=True)
            subprocess.run(["sync", *paths], check=True)
        return path if files == 1 else paths

    def text(self):
        return self.data("text", "text")

    def banking(self):
        return self.data("banking", "banking")

    # Competitors

    def job(self, name, datasets, step, inputs, outputs, memory, **more):
        """A job of ours with one step; datasets are names, paths below the folder and records."""
        lines = ["version: 1", "job: BENCH", "datasets:"]
        for dataset, (path, record) in datasets.items():
            disp = ", disp: replace" if self.path(path) in outputs else ""
            lines.append(f"  {dataset}: {{ path: {path}, record: {RECORDS[record]}{disp} }}")
        lines += ["steps:", "  - step: ONE", f"    {step}", ""]
        number = len(os.listdir(self.folder))
        job = self.path(f"job-{number}.yaml")
        with open(job, "w") as file:
            file.write("\n".join(lines))
        command = [OFFHOST, "run", "--rerun", job, "--root", self.folder, "--json", "-q"]
        command += ["--threads", str(self.threads), "--memory", f"{memory}M"]
        return Work(name, command, inputs, outputs, ours=True, **more)

    def sort_job(self, name, source, kind, memory):
        """Our sort of one file by the key of its kind."""
        key, target = BANKING_KEY if kind == "banking" else TEXT_KEY, self.path("ours.out")
        datasets = {"in": (os.path.basename(source), kind), "out": ("ours.out", kind)}
        step = f"sort: {{ in: in, out: out, by: {key} }}"
        same = f"sorted {source}"
        check = self.ordered(source, kind)
        return self.job(name, datasets, step, [source], [target], memory, same=same, check=check)

    def shell(self, name, command, inputs, output, **more):
        """A rival's command, then a sync of what it wrote."""
        script = f'{command} && sync "{output}"'
        return Work(name, ["sh", "-c", script], inputs, [output], **more)

    def copy(self, sources):
        target = self.path("copy.out")
        if len(sources) == 1:
            return self.shell("cp", f'cp "{sources[0]}" "{target}"', sources, target, check=self.equal(sources))
        names = " ".join(f'"{source}"' for source in sources)
        return self.shell("cat", f'cat {names} > "{target}"', sources, target)

    def gnu_sort(self, sources, memory, merge=""):
        """GNU sort if this system's sort is that, else none."""
        sort = shutil.which("sort")
        version = subprocess.run([sort, "--version"], capture_output=True, text=True).stdout if sort else ""
        if "GNU" not in version:
            return self.skip("GNU sort", "the command sort is not GNU's")
        target = self.path("gnu.out")
        options = f'{merge} --parallel={self.threads} -S {memory}M -T "{self.folder}" -o "{target}"'
        names = " ".join(f'"{source}"' for source in sources)
        same = f"sorted {sources[0]}"
        more = {"same": same, "check": self.ordered(sources[0], "text", sources), "environment": {"LC_ALL": "C"}}
        return self.shell(f"GNU sort{merge}", f"sort {options} {names}", sources, target, **more)

    def duckdb(self, source, memory):
        if not importlib.util.find_spec("duckdb"):
            return self.skip("DuckDB", "Python has no module duckdb: pip install duckdb")
        program, target = self.path("duckdb_sort.py"), self.path("duckdb.out")
        with open(program, "w") as file:
            file.write(DUCKDB)
        command = f'"{sys.executable}" "{program}" "{source}" "{target}" {self.threads} {memory} "{self.path("duckdb.tmp")}"'
        same = f"sorted {source}"
        return self.shell("DuckDB", command, [source], target, same=same, check=self.ordered(source, "text"))

    def cobol(self, source, memory):
        if not shutil.which("cobc"):
            return self.skip("GnuCOBOL", "there is no cobc; it comes with the packages gnucobol4 and gnucobol3")
        program = self.path("benchsrt")
        with open(f"{program}.cob", "w") as file:
            file.write(COBOL.format(fields=copybook_fields(COPYBOOKS["banking"])))
        compiler = ["cobc", "-x", "-O2", "-std=ibm-strict", "-o", program, f"{program}.cob"]
        done = subprocess.run(compiler, cwd=self.folder, capture_output=True, text=True)
        if done.returncode:
            raise Failed(f"cobc ended with {done.returncode}: {done.stderr[-500:]}")
        name, same = "GnuCOBOL SORT", f"sorted {source}"
        if self.cobol_records < self.records:
            part = self.path("banking-part.dat")
            with open(source, "rb") as whole, open(part, "wb") as file:
                for _ in range(self.cobol_records):
                    file.write(whole.read(LRECL))
            name, source, same = f"GnuCOBOL SORT, {self.cobol_records:,} records", part, None
        target = self.path("cobol.out")
        environment = {"DD_SORTIN": source, "DD_SORTOUT": target, "TMPDIR": self.folder}
        environment["COB_SORT_MEMORY"] = f"{min(memory, 2000)}M"
        more = {"same": same, "check": self.ordered(source, "banking"), "environment": environment, "once": True}
        return self.shell(name, f'"{program}"', [source], target, **more)

    def skip(self, rival, why):
        if rival not in self.said:
            print(f"  SKIPPED: {rival}: {why}", flush=True)
            self.said.add(rival)

    # Checks

    def ordered(self, source, kind, sources=()):
        """The output has the records of the input, all in the order of their keys and with that of the input."""

        def check(outputs, key=None):
            expected = (0, 0)
            for path in sources or [source]:
                if path not in self.fingerprints:
                    self.fingerprints[path] = fingerprint(path, kind)
                count, total = self.fingerprints[path]
                expected = (expected[0] + count, (expected[1] + total) % 2**64)
            if fingerprint(outputs[0], kind, key or ASCENDING[kind]) != expected:
                raise Failed(f"{outputs[0]} has not the records of the input")

        return check

    def equal(self, sources):
        def check(outputs):
            if list(map(digest, sources)) != list(map(digest, outputs)):
                raise Failed(f"{outputs[0]} is not the same as the input")

        return check

    def expect(self, parts):
        """The outputs are what Python makes of the inputs, batch by batch; it gives pairs of an output's number and bytes."""

        def check(outputs):
            hashes = [hashlib.blake2b() for _ in outputs]
            for number, data in parts():
                hashes[number].update(data)
            if [one.hexdigest() for one in hashes] != list(map(digest, outputs)):
                raise Failed("the outputs are not what Python makes of the inputs")

        return check

    def verify(self, work, first):
        """The check on the first run, afterwards the same bytes; the same bytes as others that do the same work."""
        if first and work.check:
            try:
                work.check(work.outputs)
            except Failed as error:
                raise Failed(f"{work.name}: {error}") from None
        found = [digest(path) for path in work.outputs]
        work.digest = work.digest if not first else found
        if found != work.digest:
            raise Failed(f"{work.name}: not the same bytes as in its first run")
        if not work.same or found == self.digests.setdefault(work.same, found):
            return
        # Rivals may order records with equal keys as they like: then the sorted keys must agree, which is what the check
        # of records and order says.
        if work.ours:
            raise Failed(f"{work.name}: not the same bytes as others made")
        print(f"  {work.name}: not our bytes; its records are ours and its keys in order", flush=True)

    # Rows

    def race(self, row, title, works):
        """Runs the works of a row in turn."""
        works = [work for work in works if work]
        print(f"\n{row}: {title}", flush=True)
        for number in range(self.runs):
            for work in works:
                if number and work.once:
                    continue
                work.run()
                self.verify(work, not number)
                for path in work.outputs:
                    remove(path)
        for work in works:
            span = f"({min(work.seconds):.2f} to {max(work.seconds):.2f})" if len(work.seconds) > 1 else "(one run)"
            figures = f"{work.median:8.2f} s {span:18} {work.rate:8.1f} MB/s   peak {work.peak:7,.0f} MiB"
            print(f"  {work.name:32} {figures}{work.spilled() if work.ours else ''}", flush=True)
        return works

    def row_text(self):
        text, memory = self.text(), self.memory
        works = [self.sort_job("offhost", text, "text", memory), self.gnu_sort([text], memory)]
        works += [self.duckdb(text, memory), self.copy([text])]
        title = f"10-byte character key, in memory ({self.size(text)}, memory {memory} MiB)"
        ours, *others = done = self.race("text", title, works)
        bounds = {"GNU sort": 6, "DuckDB": 4}
        goals = [
            Goal(f"{other.name} / offhost", other.median / ours.median, bounds[other.name], unit="x")
            for other in others
            if other.name in bounds
        ]
        goals.append(Goal("offhost / cp", ours.median / others[-1].median, 4, least=False, unit="x"))
        return done, goals

    def row_banking(self):
        banking, text, memory = self.banking(), self.text(), self.memory
        works = [self.sort_job("offhost", banking, "banking", memory)]
        works += [self.sort_job("offhost, 10-byte character key", text, "text", memory), self.cobol(banking, memory)]
        title = f"22-byte key of four formats, in memory ({self.size(banking)}, memory {memory} MiB)"
        ours, plain, *cobol = done = self.race("banking", title, works)
        goals = [
            Goal(f"{other.name} / offhost, per record", ours.rate / other.rate, 20, unit="x") for other in cobol
        ]
        goals.append(Goal("offhost / offhost, 10-byte character key", ours.median / plain.median, 1.3, least=False, unit="x"))
        return done, goals

    def row_budget(self):
        banking, text = self.banking(), self.text()
        works = [self.sort_job("offhost, 22-byte key", banking, "banking", 128)]
        works += [self.sort_job("offhost, 10-byte character key", text, "text", 128), self.gnu_sort([text], 128)]
        ours, plain, *gnu = done = self.race("budget", f"memory 128 MiB ({self.size(banking)})", works)
        goals = [Goal("GNU sort / offhost, 22-byte key", one.median / ours.median, 2.5, unit="x") for one in gnu]
        goals += [Goal("GNU sort / offhost, 10-byte character key", one.median / plain.median, 2.5, unit="x") for one in gnu]
        goals += [self.within(work, 128) for work in (ours, plain)]
        return done, goals

    def row_tight(self):
        banking = self.banking()
        works = [self.sort_job("offhost, 22-byte key", banking, "banking", 16)]
        (ours,) = done = self.race("tight", f"memory 16 MiB ({self.size(banking)})", works)
        return done, [Goal("offhost, 22-byte key", ours.rate, 150, unit="MB/s"), self.within(ours, 16)]

    def row_resume(self):
        banking = self.banking()
        whole = self.sort_job("offhost, from the start", banking, "banking", 128)
        rest = Resumed("offhost, killed at 80 % of its runs", whole, self.folder, 0.8)
        title = f"what is left of a sort that was killed, 22-byte key, memory 128 MiB ({self.size(banking)})"
        done = self.race("resume", title, [whole, rest])
        return done, [("from the start / what was left", whole.median / rest.median)]

    def row_nearly(self):
        random, nearly = self.text(), self.data("nearly", "text", order="nearly")
        works, goals = [], []
        for memory, name in ((self.memory, "in memory"), (128, "128 MiB")):
            works.append(self.sort_job(f"offhost, 99 % sorted, {name}", nearly, "text", memory))
            works.append(self.sort_job(f"offhost, random, {name}", random, "text", memory))
        done = self.race("nearly", f"99 % sorted, 10-byte character key ({self.size(nearly)})", works)
        for near, far in (done[:2], done[2:]):
            goals.append(Goal(f"random / {near.name[9:]}", far.median / near.median, 2, unit="x"))
        return done, goals

    def row_variable(self):
        # An RDW and 220 bytes on average.
        variable, text = self.data("variable", "variable", self.records * LRECL // 224), self.text()
        works = [self.sort_job("offhost, variable", variable, "variable", self.memory)]
        works.append(self.sort_job("offhost, fixed", text, "text", self.memory))
        title = f"records of 40 to 400 bytes, in memory ({self.size(variable)}, memory {self.memory} MiB)"
        ours, fixed = done = self.race("variable", title, works)
        return done, [Goal("rate of variable / rate of fixed", ours.rate / fixed.rate, 0.6, unit="x")]

    def row_merge(self):
        files = self.data("merge", "text", order="sorted", files=8)
        datasets = {f"in{number}": (os.path.basename(path), "text") for number, path in enumerate(files)}
        step = f"sort: {{ in: [ {', '.join(datasets)} ], out: out, by: {TEXT_KEY}, merge: true }}"
        datasets["out"] = ("ours.out", "text")
        more = {"same": f"sorted {files[0]}", "check": self.ordered(files[0], "text", files)}
        works = [self.job("offhost", datasets, step, files, [self.path("ours.out")], self.memory, **more)]
        works += [self.gnu_sort(files, self.memory, " -m"), self.copy(files)]
        ours, *others = done = self.race("merge", f"8 sorted files to one ({self.size(*files)})", works)
        return done, [Goal("offhost", ours.rate, 700, unit="MB/s"), *self.ratios(ours, others)]

    def row_match(self):
        # Keys are numbers of records over their count: 2 to 3 lets every other left record find a right one.
        unit = max(1, self.records * 2 // 5)
        left = self.data("left", "text", 2 * unit, order="sorted")
        right = self.data("right", "text", 3 * unit, order="sorted")
        names = {"left-paired": "paired.out", "left-only": "left.out", "right-only": "right.out"}
        datasets = {"left": ("left.dat", "text"), "right": ("right.dat", "text")}
        datasets |= {name: (path, "text") for name, path in names.items()}
        outs = ", ".join(f"{name}: {name}" for name in names)
        step = f"match: {{ left: left, right: right, on: {TEXT_KEY}, sorted: true, {outs} }}"
        outputs = [self.path(path) for path in names.values()]
        check = self.expect(lambda: matched(left, right))
        works = [self.job("offhost", datasets, step, [left, right], outputs, self.memory, check=check)]
        works.append(self.copy([left, right]))
        title = f"two sorted files ({self.size(left)} and {self.size(right)}), half of the left pairs"
        ours, *others = done = self.race("match", title, works)
        return done, [Goal("offhost, both inputs", ours.rate, 500, unit="MB/s"), *self.ratios(ours, others)]

    def row_copy(self):
        text, target = self.text(), self.path("ours.out")
        datasets = {"in": ("text.dat", "ascii"), "out": ("ours.out", "pieces")}
        pieces = """[ REC-KEY, "REC-REST(1:14)", "'ABCD'", "REC-REST(30:32)" ]"""
        step = f"""sort: {{ in: in, out: out, include: "REC-KEY >= 'I'", reformat: {pieces} }}"""
        check = self.expect(lambda: chosen(text))
        works = [self.job("offhost", datasets, step, [text], [target], self.memory, check=check), self.copy([text])]
        title = f"a half chosen and made anew from four pieces, no sort ({self.size(text)})"
        ours, *others = done = self.race("copy", title, works)
        return done, [Goal("offhost", ours.rate, 1000, unit="MB/s"), *self.ratios(ours, others)]

    def row_large(self):
        small, large = self.banking(), self.path("large.dat")
        for name in os.listdir(self.folder):
            if ".dat" in name and self.path(name) not in (small, large):
                os.unlink(self.path(name))
        large = self.data("large", "banking", self.records * 10)
        works = [self.sort_job("offhost, 1024 MiB", large, "banking", 1024)]
        works.append(self.sort_job("offhost, 128 MiB, a tenth", small, "banking", 128))
        ours, tenth = done = self.race("large", f"22-byte key, ten times the data ({self.size(large)})", works)
        os.unlink(large)
        goals = [Goal("ten times the data / a tenth", ours.median / tenth.median, 12, least=False, unit="x")]
        return done, [*goals, self.within(ours, 1024)]

    def size(self, *paths):
        size = sum(map(os.path.getsize, paths))
        if os.path.basename(paths[0]) == "variable.dat":
            return f"{size / 1e6:,.0f} MB"
        return f"{size // LRECL:,} records, {size / 1e6:,.0f} MB"

    @staticmethod
    def within(work, budget):
        return Goal(f"peak memory of {work.name}", work.peak, budget + SLACK, least=False, unit="MiB")

    @staticmethod
    def ratios(ours, others):
        """Ratios without a goal."""
        return [(f"{other.name} / offhost", other.median / ours.median) for other in others]


def copybook_fields(fields):
    return "\n".join(f"           05 {name:12} {picture}." for name, picture in fields)


def matched(left, right):
    """What the match writes, by walking along both files: left records with and without partner, right ones without."""
    rights = records(right)
    other = next(rights, None)
    for batch in batches(left, "text"):
        out = ([], [], [])
        for record in batch:
            key = record[:10]
            while other is not None and other[:10] < key:
                out[2].append(other)
                other = next(rights, None)
            if other is not None and other[:10] == key:
                out[0].append(record)
                # Keys occur once in each file.
                other = next(rights, None)
            else:
                out[1].append(record)
        yield from ((number, b"".join(part)) for number, part in enumerate(out))
    if other is not None:
        yield 2, other
    yield from ((2, record) for record in rights)


def chosen(text):
    """What the copy writes."""
    for batch in batches(text, "text"):
        yield 0, b"".join(r[:24] + b"ABCD" + r[39:71] for r in batch if r[:1] >= b"I")


ROWS = ["text", "banking", "budget", "tight", "resume", "nearly", "variable", "merge", "match", "copy", "large"]


def machine(folder, arguments, memory):
    """Facts about the machine and the versions of what runs."""

    def first_line(command):
        try:
            lines = subprocess.run(command, capture_output=True, text=True).stdout.strip().splitlines()
        except OSError:
            lines = []
        return lines[-1] if command[0] == "df" and lines else lines[0] if lines else "none"

    with open("/proc/meminfo") as file:
        total = int(file.readline().split()[1]) // 1024
    with open("/proc/cpuinfo") as file:
        models = [line.split(":")[1].strip() for line in file if line.startswith("model name")]
    duckdb = "import duckdb; print('DuckDB', duckdb.__version__)"
    return {
        "processor": models[0] if models else platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_mib": total,
        "kernel": platform.release(),
        "filesystem": first_line(["df", "--output=fstype", folder]),
        "load": round(os.getloadavg()[0], 2),
        "versions": [
            first_line([OFFHOST, "--version"]),
            first_line(["sort", "--version"]),
            first_line([sys.executable, "-c", duckdb]) if importlib.util.find_spec("duckdb") else "no DuckDB",
            first_line(["cobc", "--version"]) if shutil.which("cobc") else "no GnuCOBOL",
        ],
        "megabytes": arguments.megabytes,
        "runs": arguments.runs,
        "threads": arguments.threads,
        "budget_in_memory_mib": memory,
    }


def rows_of(names):
    def rows(text):
        found = text.split(",")
        for row in found:
            if row not in names:
                raise argparse.ArgumentTypeError(f"there is no row {row}; rows are {', '.join(names)}")
        return found

    return rows


def main(contest=Bench, names=ROWS, description=__doc__):
    """Runs the rows of a contest; other benchmarks bring their own."""
    parser = argparse.ArgumentParser(description=description.split("\n")[0])
    parser.add_argument("--megabytes", type=int, default=1000, help="size of each input (1000)")
    parser.add_argument("--runs", type=int, default=3, help="how often each command runs (3)")
    parser.add_argument("--rows", type=rows_of(names), help=f"which rows, with commas between: {','.join(names)}")
    parser.add_argument("--large", action="store_true", help="also ten times the data; needs 35 times the megabytes on disk")
    parser.add_argument("--threads", type=int, default=2, help="threads for all (2)")
    parser.add_argument("--memory", type=int, help="MiB for what runs in memory; four times the megabytes if not given")
    parser.add_argument("--cobol-records", type=int, help="sort only so many records with GnuCOBOL; all if not given")
    parser.add_argument("--json", help="file for the raw figures")
    parser.add_argument("--no-build", action="store_true", help="run the release build that is there")
    parser.add_argument("--folder", help="where to put the data; a temporary folder if not given")
    arguments = parser.parse_args()
    if min(arguments.megabytes, arguments.runs, arguments.threads) < 1:
        parser.error("megabytes, runs and threads are at least 1")
    rows = arguments.rows or [row for row in names if row != "large"]
    if arguments.large and "large" in names and "large" not in rows:
        rows.append("large")
    if not arguments.no_build:
        subprocess.run(["cargo", "build", "--release", "--bin", "offhost"], cwd=ROOT, check=True)
        # The generator needs the standard library alone; as an example of the package it would have all dependencies built anew.
        subprocess.run(["rustc", "--edition", "2024", "-O", "-o", GENERATOR, "examples/sort_data.rs"], cwd=ROOT, check=True)
    folder = os.path.abspath(arguments.folder or tempfile.mkdtemp(prefix="offhost-bench-"))
    os.makedirs(folder, exist_ok=True)
    try:
        good = bench(arguments, folder, rows, contest)
    finally:
        if not arguments.folder:
            shutil.rmtree(folder, ignore_errors=True)
    sys.exit(0 if good else 1)


def bench(arguments, folder, rows, contest):
    need = arguments.megabytes * (35 if "large" in rows else 12) * 10**6
    free = shutil.disk_usage(folder).free
    if free < need:
        sys.exit(f"{folder} has {free / 1e9:.1f} GB free, and this needs {need / 1e9:.1f} GB: fewer --megabytes or another --folder")
    contest = contest(arguments, folder)
    facts = machine(folder, arguments, contest.memory)
    print(f"{facts['processor']}, {facts['cores']} cores, {facts['memory_mib']:,} MiB, Linux {facts['kernel']},", end=" ")
    print(f"{facts['filesystem']}, load {facts['load']}")
    print("; ".join(facts["versions"]))
    print(f"{arguments.runs} runs in turn, {arguments.threads} threads; inputs read once before each run (warm cache),", end=" ")
    print("outputs synced within the time and checked after it")
    if arguments.megabytes < 1000:
        print("the goals are meant for 1000 MB: with less, starting and syncing weigh more, and budgets hold more of the data")
    raw, reached, missed, failed = [], 0, [], []
    for row in rows:
        try:
            works, goals = getattr(contest, f"row_{row}")()
        except (Failed, subprocess.CalledProcessError) as error:
            print(f"  FAILED: {error}", flush=True)
            failed.append(row)
            raw.append({"row": row, "failed": str(error)})
            continue
        figures = []
        for goal in goals:
            if isinstance(goal, Goal):
                print(goal.line(), flush=True)
                reached += goal.reached
                missed += [] if goal.reached else [f"{row}: {goal.what}"]
                figures.append(vars(goal) | {"reached": goal.reached})
            else:
                print(f"    {goal[0]:44} {goal[1]:9.2f} x", flush=True)
                figures.append({"what": goal[0], "value": goal[1]})
        raw.append({"row": row, "works": [work.raw() for work in works], "goals": figures})
    print(f"\ngoals reached: {reached} of {reached + len(missed)}")
    for what in missed:
        print(f"  missed: {what}")
    for row in failed:
        print(f"  failed: {row}")
    if arguments.json:
        with open(arguments.json, "w") as file:
            json.dump({"machine": facts, "rows": raw}, file, indent=1)
            file.write("\n")
    return not failed


if __name__ == "__main__":
    main()
