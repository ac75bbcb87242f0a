#!/usr/bin/env python3
"""Benchmark of report steps: a listing with two control breaks and totals on numbered pages, beside awk and `cp`.

    scripts/bench report                             2,000,000 records of 60 bytes, three runs each
    scripts/bench report --records 200000 --runs 1

Each is run in turn, so that ratios hold when the machine's speed drifts. Printed are medians, MB/s of the input, and the load of the
machine. awk reads the same records as lines of Latin-1 with numbers as text, and its sums are floats of whole cents: it has
neither code pages nor packed numbers nor decimals to care for. Its totals must be those of the report.
"""
import argparse
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OFFHOST = os.environ.get("OFFHOST", os.path.join(ROOT, "target", "release", "offhost"))

COPYBOOK = """
       01  ITEM.
           05  IT-REGION  PIC X(4).
           05  IT-BRANCH  PIC X(6).
           05  IT-DOC     PIC X(16).
           05  IT-NAME    PIC X(24).
           05  IT-AMOUNT  PIC S9(9)V99 COMP-3.
           05  IT-REST    PIC X(4).
"""

JOB = """version: 1
job: BENCH-REPORT
datasets:
  items: { path: items, record: { copybook: item.cpy, recfm: FB } }
  listing: { path: listing, disp: replace }
steps:
  - step: LIST
    report:
      in: items
      page-header: [ [ ITEMS, { text: PAGE, column: 60 }, { page: ZZZZZ9, column: 65 } ], "" ]
      columns:
        - { field: IT-DOC, heading: DOCUMENT }
        - { field: IT-NAME, heading: NAME }
        - { field: IT-AMOUNT, heading: AMOUNT, pic: "ZZZ,ZZZ,ZZ9.99-", total-pic: "ZZZ,ZZZ,ZZZ,ZZ9.99-", totals: [ sum ] }
      breaks:
        - { break: REGION, on: IT-REGION, totals: TOTAL OF REGION, new-page: true }
        - { break: BRANCH, on: IT-BRANCH, totals: TOTAL OF BRANCH, skip: 1 }
      totals: TOTAL
      out: [ { to: listing, as: text, recfm: FBA, lrecl: 81 } ]
"""

AWK = r"""
function edited(cents,   minus, whole, text) {
    minus = cents < 0 ? "-" : " "; if (cents < 0) cents = -cents
    whole = sprintf("%.0f", int(cents / 100)); text = ""
    while (length(whole) > 3) { text = "," substr(whole, length(whole) - 2) text; whole = substr(whole, 1, length(whole) - 3) }
    return whole text sprintf(".%02d", cents % 100) minus
}
function line(a, b, amount) {
    if (left == 0) { printf "1%-58s PAGE %6d\n\n %-16s  %-24s  %16s\n", "ITEMS", ++page, "DOCUMENT", "NAME", "AMOUNT"; left = 55 }
    printf " %-16s  %-24s  %20s\n", a, b, edited(amount); left--
}
{
    region = substr($0, 1, 4); branch = substr($0, 5, 6); amount = substr($0, 51, 12) + 0
    if (NR > 1 && (region != lr || branch != lb)) { line("TOTAL OF BRANCH", "", bt); bt = 0 }
    if (NR > 1 && region != lr) { line("TOTAL OF REGION", "", rt); rt = 0; left = 0 }
    line(substr($0, 11, 16), substr($0, 27, 24), amount)
    bt += amount; rt += amount; all += amount; lr = region; lb = branch
}
END { line("TOTAL OF BRANCH", "", bt); line("TOTAL OF REGION", "", rt); line("TOTAL", "", all) }
"""


def write(folder, count):
    """The records in EBCDIC, and the same as lines."""
    rng = random.Random(20261126)
    with open(f"{folder}/items", "wb") as items, open(f"{folder}/items.txt", "wb") as lines:
        for number in range(count):
            # 20 regions of 250 branches each.
            branch = number * 5000 // count
            amount = rng.randrange(-50_000, 5_000_000)
            head = f"R{branch // 250:03d}B{branch:05d}INV{number:013d}{'CUSTOMER ' + str(rng.randrange(10**6)):24}"
            packed = bytes.fromhex(f"{abs(amount):011d}{'D' if amount < 0 else 'C'}")
            items.write(head.encode("cp037") + packed + b"\x40" * 4)
            lines.write(f"{head}{amount:012d}    \n".encode())


def total(text):
    """The digits of the last line."""
    return "".join(letter for letter in text.rstrip().splitlines()[-1] if letter.isdigit())


def timed(command, folder, out=None):
    start = time.perf_counter()
    with open(out or os.devnull, "wb") as stdout:
        done = subprocess.run(command, cwd=folder, stdout=stdout, stderr=subprocess.PIPE)
    seconds = time.perf_counter() - start
    if done.returncode:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}: {done.stderr.decode()}")
    return seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=2_000_000)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    if not os.path.exists(OFFHOST):
        sys.exit(f"{OFFHOST} is missing: cargo build --release")
    awk = shutil.which("mawk") or shutil.which("awk")
    folder = tempfile.mkdtemp(prefix="offhost-report-")
    try:
        write(folder, options.records)
        for name, text in [("item.cpy", COPYBOOK), ("job.yaml", JOB), ("report.awk", AWK)]:
            with open(f"{folder}/{name}", "w") as file:
                file.write(text)
        rows = {
            "offhost": lambda: timed([OFFHOST, "run", "--rerun", "job.yaml", "--root", folder, "-q"], folder),
            "cp": lambda: timed(["cp", "items", "copy"], folder),
        }
        if awk:
            rows["awk"] = lambda: timed([awk, "-f", "report.awk", "items.txt"], folder, f"{folder}/listing.awk")
        times = {name: [] for name in rows}
        for _ in range(options.runs):
            for name, run in rows.items():
                times[name].append(run())
        size = os.path.getsize(f"{folder}/items") / 1e6
        listing = os.path.getsize(f"{folder}/listing") / 1e6
        print(f"{options.records} records, {size:.0f} MB in, {listing:.0f} MB of listing; load {os.getloadavg()[0]:.1f}")
        base = statistics.median(times["offhost"])
        for name, seconds in times.items():
            median = statistics.median(seconds)
            print(f"{name:8} {median:8.3f} s {size / median:8.0f} MB/s   {median / base:6.2f} times offhost")
        if awk:
            with open(f"{folder}/listing", "rb") as ours, open(f"{folder}/listing.awk") as theirs:
                ours = ours.read()[-81:].decode("cp037")
                if total(ours) != total(theirs.read()):
                    sys.exit(f"the totals differ: {ours}")
    finally:
        shutil.rmtree(folder)


main()
