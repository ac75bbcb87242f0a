#!/usr/bin/env python3
"""Benchmark of the two jobs: the flagship on generated receivables, and the card posting on generated transactions.

    scripts/bench jobs                               1,000,000 receipts, 5,000,000 items, 1,000,000 card transactions
    scripts/bench jobs --receipts 100000 --items 500000 --customers 50000 --transactions 100000 --runs 1

Each job runs several times; beside it, in the same loop, `cp` copies the job's inputs (with a sync, since a job syncs
its outputs too), so that the ratio holds when the machine's speed drifts. Printed are medians. Start-up is measured as
`offhost --version` and as a job of 10 records. The card data needs no material: it is generated here in the layouts of
copybooks/carddemo.

Five decimal results per receipt of the flagship are a step of their own, on one thread: once as it is, and once without the
five, so that what they take is known apart from reading, emitting and writing.

The card posting has a rival: cards.cob, the same program in COBOL with indexed files, compiled by GnuCOBOL, on the same
records in the machine's own characters. Loading its indexed files is not timed. What it leaves is compared with ours byte
for byte. A cobc without indexed files (gnucobol4 of Debian) does not do; then gnucobol3 is taken from Debian into a folder
below target/, beside what is installed.
"""
import argparse
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
GENERATOR = os.path.join(ROOT, "target", "release", "ar_fixtures")


def zoned(cents, digits):
    text = str(abs(cents)).rjust(digits, "0")
    return text[:-1] + ("}JKLMNOPQR" if cents < 0 else "{ABCDEFGHI")[int(text[-1])]


def write_ebcdic(path, records):
    with open(path, "wb") as file:
        batch = []
        for record in records:
            batch.append(record)
            if len(batch) == 20000:
                file.write("".join(batch).encode("cp037"))
                batch.clear()
        file.write("".join(batch).encode("cp037"))


def card_data(folder, accounts, transactions):
    """Accounts, cards, category balances and a day's transactions; a few of every reject reason."""
    rng = random.Random(7)
    os.makedirs(folder, exist_ok=True)
    cards = sorted(rng.sample(range(10**15, 10**16), accounts))

    def account(number):
        expires = "2022-06-10" if rng.random() < 0.03 else "2026-01-31"
        limit = rng.randrange(50_000, 90_000) if rng.random() < 0.08 else rng.randrange(2_000_000, 9_000_000)
        head = f"{number:011d}Y{zoned(rng.randrange(400_000), 12)}{zoned(limit, 12)}{zoned(limit // 2, 12)}"
        return f"{head}2015-01-31{expires}{expires}{zoned(0, 12)}{zoned(0, 12)}{'10001':10}{'':10}{'':178}"

    def transaction(number):
        card = f"{cards[rng.randrange(accounts)]:016d}" if rng.random() > 0.01 else "9" * 16
        amount = rng.randrange(100, 100_000) * (1 if rng.random() < 0.78 else -1)
        head = f"{number:016d}01{rng.randrange(1, 5):04d}{'POS TERM':10}{'Purchase':100}{zoned(amount, 11)}"
        tail = f"{'800000001'}{'Corner Books':50}{'Springtown':50}{'12345':10}{card}2022-06-15 10:00:00.000000"
        return f"{head}{tail}{'':26}{'':20}"

    write_ebcdic(f"{folder}/acct.ebc", (account(n) for n in range(1, accounts + 1)))
    write_ebcdic(f"{folder}/xref.ebc", (f"{c:016d}{n:09d}{n:011d}{'':14}" for n, c in enumerate(cards, 1)))
    write_ebcdic(f"{folder}/tcat.ebc", (f"{n:011d}010001{zoned(0, 11)}{'':22}" for n in range(1, accounts + 1)))
    write_ebcdic(f"{folder}/dalytran.ebc", (transaction(n) for n in range(1, transactions + 1)))


FIVE_RECORD = """\
       01  FIVE-RECORD.
           05  FD-SEQ        PIC 9(7).
           05  FD-GROSS      PIC S9(11)V99 COMP-3.
           05  FD-TAX        PIC S9(9)V99 COMP-3.
           05  FD-DISCOUNT   PIC S9(9)V99.
           05  FD-TOLERANCE  PIC S9(11)V99.
           05  FD-BALANCE    PIC S9(11)V99 COMP-3.
"""
FIVE_RESULTS = """
          - { compute: FD-GROSS, is: RC-AMOUNT * 1.19, rounded: nearest-away-from-zero }
          - { compute: FD-TAX, is: FD-GROSS - RC-AMOUNT }
          - { compute: FD-DISCOUNT, is: FD-GROSS * 0.02, rounded: nearest-even }
          - { compute: FD-TOLERANCE, is: FD-GROSS * WS-TOLERANCE / 100 }
          - { compute: FD-BALANCE, is: FD-GROSS - FD-DISCOUNT - FD-TOLERANCE }
"""
FIVE_RULES = """\
version: 1
program: FIVE
working: |
  01 WORKING-FIELDS.
     05 WS-TOLERANCE  PIC 9(2)V99 COMP-3.
rules:
  - rule: FIVE
    when: RC-IS-DETAIL
    do:
      - emit: FIVE
        do:
          - { move: RC-SEQ, to: FD-SEQ }%s
  - rule: OTHERS
    when: NOT RC-IS-DETAIL
    then: done
    do: [ { move: 1.5, to: WS-TOLERANCE } ]
"""
FIVE_JOB = """\
version: 1
job: FIVE
datasets:
  receipts: { path: in/receipts.ebc, record: { copybook: receipt.cpy, recfm: FB, lrecl: 250, code-page: cp037 } }
  five: { path: out/five, record: { copybook: five.cpy, recfm: FB, lrecl: 51, code-page: cp037 }, disp: replace }
steps:
  - step: FIVE
    post: { in: receipts, rules: five.yaml, out: { FIVE: five }, params: { WS-TOLERANCE: "1.5" } }
"""


def decimals(folder, receipts, runs):
    """Five decimal results per receipt on one thread: the step, and what the five take of it."""
    seconds = {}
    for name, results in (("five", FIVE_RESULTS), ("none", "")):
        place = f"{folder}/{name}"
        os.makedirs(place, exist_ok=True)
        shutil.copy(os.path.join(ROOT, "copybooks", "receipt.cpy"), place)
        for file, text in (("five.cpy", FIVE_RECORD), ("five.yaml", FIVE_RULES % results), ("job.yaml", FIVE_JOB)):
            with open(f"{place}/{file}", "w") as out:
                out.write(text)
    for _ in range(runs):
        for name in ("five", "none"):
            command = [OFFHOST, "run", "--rerun", f"{folder}/{name}/job.yaml", "--root", folder, "--threads", "1", "--json", "-q"]
            report = json.loads(timed(command)[1])
            seconds.setdefault(name, []).append(report["steps"][0]["seconds"])
    five, none = (statistics.median(seconds[name]) for name in ("five", "none"))
    print(f"\nfive decimal results per receipt, --threads 1: {runs} runs")
    print(f"  the whole step {five:.3f} s, {receipts / five:,.0f} records/s/core")
    if five > none:
        print(f"  without the five {none:.3f} s; the five alone {receipts / (five - none):,.0f} records/s/core")


def timed(command, ok=(0, 4)):
    start = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    seconds = time.perf_counter() - start
    if done.returncode not in ok:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}")
    return seconds, done.stdout


def job(name, command, inputs, records, folder, runs):
    """Runs a job and a copy of its inputs in turn, prints medians and their ratio, and gives the job's median."""
    ours, copies, peaks, reports = [], [], [], []
    for _ in range(runs):
        shutil.rmtree(f"{folder}/out", ignore_errors=True)
        seconds, output = timed(command)
        report = json.loads(output)
        reports.append(report)
        ours.append(seconds)
        peaks.append(report["peak_memory"])
        shutil.rmtree(f"{folder}/copy", ignore_errors=True)
        os.mkdir(f"{folder}/copy")
        copies.append(timed(["sh", "-c", f"cp {' '.join(inputs)} {folder}/copy && sync {folder}/copy/*"])[0])
    median, copy = statistics.median(ours), statistics.median(copies)
    size = sum(os.path.getsize(path) for path in inputs)
    print(f"\n{name}: {runs} runs, inputs {size / 1e6:.0f} MB")
    print(f"  median {median:.2f} s ({min(ours):.2f} to {max(ours):.2f}), {records / median:,.0f} records/s")
    print(f"  peak memory {statistics.median(peaks) / 2**20:.0f} MiB")
    spent = {name: [run[name] for run in reports] for name in ("processor_seconds", "hashing_seconds", "journal_seconds")}
    shares = [hashing / processor for hashing, processor in zip(spent["hashing_seconds"], spent["processor_seconds"])]
    journals = [run["journal_seconds"] / run["seconds"] for run in reports]
    print(f"  hashing takes {statistics.median(shares):.1%} of the processor time ({statistics.median(spent['processor_seconds']):.2f} s), ", end="")
    print(f"the journal {statistics.median(journals):.1%} of the time, syncs included")
    print(f"  cp of the inputs, synced: {copy:.2f} s; the job takes {median / copy:.1f} times as long")
    for step in report["steps"]:
        rate = step["records_in"] / step["seconds"] if step["seconds"] else 0
        print(f"    {step['step']:10} {step['seconds']:8.2f} s {step['records_in']:>10,} in {rate:>12,.0f} records/s")
    return median


def compiler(folder):
    """A cobc that knows indexed files, and the environment it needs; or why there is none."""
    def knows_indexed(cobc, environment):
        try:
            said = subprocess.run([cobc, "--info"], env=environment, capture_output=True, text=True).stdout
        except OSError:
            return False
        return any("indexed" in line and "disabled" not in line for line in said.splitlines())

    environment = dict(os.environ)
    if knows_indexed("cobc", environment):
        return "cobc", environment
    root = os.path.join(ROOT, "target", "gnucobol3")
    if not os.path.exists(f"{root}/usr/bin/cobc"):
        packages = ["gnucobol3", "libcob4", "libcob4-dev", "libdb5.3"]
        try:
            subprocess.run(["apt-get", "download", *packages], cwd=folder, check=True, capture_output=True)
            for package in os.listdir(folder):
                if package.endswith(".deb"):
                    subprocess.run(["dpkg", "-x", package, root], cwd=folder, check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError) as error:
            return None, f"no cobc with indexed files is installed, and gnucobol3 could not be fetched ({error})"
    libraries = next((path for path, _, names in os.walk(root) if "libcob.so.4" in names), root)
    config = next((path for path, _, names in os.walk(root) if "default.conf" in names), root)
    environment |= {
        "LD_LIBRARY_PATH": libraries,
        "COB_CONFIG_DIR": config,
        "COB_CFLAGS": f"-I{root}/usr/include -pipe -w",
        "COB_LIBS": f"-L{libraries} -lcob -lm",
    }
    cobc = f"{root}/usr/bin/cobc"
    if knows_indexed(cobc, environment):
        return cobc, environment
    return None, "gnucobol3 of Debian does not run here"


def rival(folder, transactions, ours, runs):
    """The card posting in COBOL on the same records."""
    place = f"{folder}/cobol"
    os.makedirs(place, exist_ok=True)
    cobc, environment = compiler(place)
    if cobc is None:
        print(f"  not compared with GnuCOBOL: {environment}")
        return
    source = os.path.join(ROOT, "scripts", "benchmarks", "cards.cob")
    books = os.path.join(ROOT, "copybooks", "carddemo")
    command = [cobc, "-x", "-O2", "-std=ibm", "-fsign=EBCDIC", "-fassign-clause=dynamic", "-I", books, "-o", f"{place}/cards", source]
    built = subprocess.run(command, env=environment, capture_output=True, text=True)
    if built.returncode != 0:
        print(f"  not compared with GnuCOBOL: cards.cob does not compile: {built.stderr.strip()}")
        return
    for name in ("dalytran", "xref", "acct", "tcat"):
        with open(f"{folder}/{name}.ebc", "rb") as file, open(f"{place}/{name}.seq", "wb") as out:
            while block := file.read(1 << 24):
                out.write(block.decode("cp037").encode("latin-1"))
    seconds = []
    for _ in range(runs):
        for name in os.listdir(place):
            if name.endswith(".ksds"):
                os.remove(f"{place}/{name}")
        subprocess.run([f"{place}/cards", "LOAD"], cwd=place, env=environment, check=True)
        start = time.perf_counter()
        subprocess.run(["sh", "-c", "./cards POST && sync *.ksds dalyrejs.seq"], cwd=place, env=environment, check=True)
        seconds.append(time.perf_counter() - start)
    subprocess.run([f"{place}/cards", "UNLOAD"], cwd=place, env=environment, check=True)
    for theirs, name in (("acct.out", "acct"), ("tcat.out", "tcat"), ("dalyrejs.seq", "dalyrejs")):
        with open(f"{place}/{theirs}", "rb") as one, open(f"{folder}/out/{name}", "rb") as other:
            while True:
                block, own = one.read(1 << 24), other.read(1 << 24)
                if block != own.decode("cp037").encode("latin-1"):
                    sys.exit(f"GnuCOBOL and offhost leave different {name}")
                if not block:
                    break
    median = statistics.median(seconds)
    print(f"  the same in COBOL with indexed files, same bytes of accounts, balances and rejects: {median:.2f} s, ", end="")
    print(f"{transactions / median:,.0f} transactions/s, {median / ours:.1f} times as long")


def start_up(folder, runs):
    version = [timed([OFFHOST, "--version"])[0] for _ in range(runs * 5)]
    small = f"{folder}/small"
    card_data(small, 10, 10)
    tiny = []
    for _ in range(runs * 5):
        shutil.rmtree(f"{small}/out", ignore_errors=True)
        tiny.append(timed(card_command(small))[0])
    print(f"\nstart-up: offhost --version {statistics.median(version) * 1000:.1f} ms; ", end="")
    print(f"a job of 10 transactions, syncs included, {statistics.median(tiny) * 1000:.1f} ms")


def card_command(folder):
    names = [f"--set={name}={name}.ebc" for name in ("dalytran", "xref", "acct", "tcat")]
    return [OFFHOST, "run", "--rerun", "jobs/carddemo/posting.yaml", "--root", folder, *names, "--set=out=out", "--json", "-q"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--receipts", type=int, default=1_000_000)
    parser.add_argument("--items", type=int, default=5_000_000)
    parser.add_argument("--customers", type=int, default=500_000)
    parser.add_argument("--transactions", type=int, default=1_000_000)
    parser.add_argument("--accounts", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--folder", help="where to put the data; a temporary folder if not given")
    arguments = parser.parse_args()
    subprocess.run(["cargo", "build", "--release", "--bin", "offhost"], cwd=ROOT, check=True)
    # The generator needs the standard library alone; as an example of the package it would have all dependencies built anew.
    subprocess.run(["rustc", "--edition", "2024", "-O", "-o", GENERATOR, "examples/ar_fixtures.rs"], cwd=ROOT, check=True)
    folder = arguments.folder or tempfile.mkdtemp(prefix="offhost-bench-")
    try:
        bench(arguments, folder)
    finally:
        if not arguments.folder:
            shutil.rmtree(folder, ignore_errors=True)


def bench(arguments, folder):
    receivables, cards = f"{folder}/ar", f"{folder}/cards"
    sizes = [f"--{name}={getattr(arguments, name)}" for name in ("receipts", "items", "customers")]
    sizes = [part for size in sizes for part in size.split("=")]
    os.makedirs(receivables, exist_ok=True)
    subprocess.run([GENERATOR, "--out", f"{receivables}/in", "--seed", "1", *sizes], check=True)
    command = [OFFHOST, "run", "--rerun", "jobs/ar-nightly.yaml", "--root", receivables, "--set=in=in", "--set=out=out", "--json", "-q"]
    inputs = [f"{receivables}/in/{name}.ebc" for name in ("receipts", "openitem", "custmast")]
    records = arguments.receipts + arguments.items + arguments.customers
    job("flagship", command, inputs, records, receivables, arguments.runs)
    decimals(receivables, arguments.receipts, arguments.runs)
    card_data(cards, arguments.accounts, arguments.transactions)
    inputs = [f"{cards}/{name}.ebc" for name in ("dalytran", "xref", "acct", "tcat")]
    median = job("card posting", card_command(cards), inputs, arguments.transactions, cards, arguments.runs)
    rival(cards, arguments.transactions, median, min(arguments.runs, 3))
    start_up(folder, arguments.runs)


if __name__ == "__main__":
    main()
