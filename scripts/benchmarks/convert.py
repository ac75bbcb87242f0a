#!/usr/bin/env python3
"""Benchmark of conversions: records to CSV and JSON Lines and back, and counting them.

    scripts/bench convert                        1 GB of 100-byte records and 1 GB of records of 200 fields
    scripts/bench convert --megabytes 100 --runs 1

Beside offhost, in the same loop, run: the `copybook` command of the crate copybook-cli if it is installed (`cargo install
copybook-cli`; a rival to run, not to link), a plain Python program with `codecs` and `struct` (both on a part of the
file, since they are slow), and `cp` and `cat` of the whole file. Printed are medians of the input's bytes per second and
ratios. Outputs are compared: values with Python's, and the way back with the file itself.
"""
import argparse
import codecs
import filecmp
import os
import random
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OFFHOST = os.path.join(ROOT, "target", "release", "offhost")

NARROW = [
    ("CUST-NO", "PIC 9(9)"),
    ("CUST-NAME", "PIC X(24)"),
    ("STREET", "PIC X(16)"),
    ("KIND", "PIC X"),
    ("BALANCE", "PIC S9(7)V99"),
    ("AMOUNT", "PIC S9(9)V99 COMP-3"),
    ("CREDIT", "PIC S9(7) COMP-3"),
    ("SEQUENCE-NO", "PIC S9(9) COMP"),
    ("BRANCH", "PIC 9(4) COMP"),
    ("POSTED", "PIC 9(8)"),
    ("REFERENCE", "PIC X(16)"),
    ("FLAG", "PIC X"),
]
WIDE = [
    (f"F{n:03d}", ["PIC X(8)", "PIC S9(7)V99", "PIC S9(7)V99 COMP-3", "PIC S9(9) COMP", "PIC 9(4)"][n % 5])
    for n in range(200)
]


def copybook(fields):
    lines = ["       01  BENCH-REC."] + [f"           05 {name:16} {picture}." for name, picture in fields]
    return "\n".join(lines) + "\n"


def zoned(value, digits, signed):
    data = bytearray(b"%0*d" % (digits, abs(value)))
    for at, digit in enumerate(data):
        data[at] = 0xF0 | digit & 15
    if signed:
        data[-1] = (0xD0 if value < 0 else 0xC0) | data[-1] & 15
    return bytes(data)


def packed(value, digits):
    width = digits // 2 + 1
    return bytes.fromhex(f"{abs(value):0{width * 2 - 1}d}{'D' if value < 0 else 'C'}")


def field(rng, picture):
    """Bytes that a program may have put there."""
    if picture.startswith("PIC X"):
        width = int(picture[6:-1]) if "(" in picture else 1
        word = rng.choice(["MAIN STREET", "SMITH & SONS", "ELM ROAD 12", "A", "", "NORTH-WEST TRADING"])
        return word[:width].ljust(width).encode("cp037")
    digits = int(picture.split("(")[1].split(")")[0]) + (2 if "V99" in picture else 0)
    signed = "S9" in picture
    value = rng.randrange(10 ** min(digits, 9)) * (-1 if signed and rng.random() < 0.3 else 1)
    if "COMP-3" in picture:
        return packed(value, digits)
    if "COMP" in picture:
        return value.to_bytes(2 if digits <= 4 else 4, "big", signed=signed)
    return zoned(value, digits, signed)


def generate(path, fields, size):
    """About `size` bytes: some records, again and again."""
    rng = random.Random(3)
    records = b"".join(field(rng, picture) for _ in range(10_000) for _, picture in fields)
    with open(path, "wb") as file:
        for _ in range(max(1, size // len(records))):
            file.write(records)
    return len(records) // 10_000


def python_decoder(source, target, fields, lrecl):
    """What a careful script does: a slice a field, a codec for text, arithmetic on digits."""
    decode = codecs.getdecoder("cp037")
    plan, at = [], 0
    for name, picture in fields:
        width = len(field(random.Random(1), picture))
        plan.append((at, at + width, picture))
        at += width
    with open(source, "rb") as data, open(target, "w", encoding="utf-8") as out:
        out.write(",".join(name for name, _ in fields) + "\n")
        while record := data.read(lrecl):
            row = []
            for start, end, picture in plan:
                part = record[start:end]
                if picture.startswith("PIC X"):
                    text = decode(part)[0].rstrip()
                    row.append('"' + text.replace('"', '""') + '"' if "," in text or '"' in text else text)
                    continue
                if "COMP-3" in picture:
                    text = part.hex()
                    value = int(text[:-1]) * (-1 if text[-1] == "d" else 1)
                elif "COMP" in picture:
                    value = struct.unpack({2: ">H", 4: ">i"}[end - start], part)[0]
                else:
                    value = int(bytes(byte & 15 | 48 for byte in part))
                    value = -value if part[-1] >> 4 == 13 else value
                if "V99" in picture:
                    sign = "-" if value < 0 else ""
                    row.append(f"{sign}{abs(value) // 100}.{abs(value) % 100:02d}")
                else:
                    row.append(str(value))
            out.write(",".join(row) + "\n")


def timed(command):
    start = time.perf_counter()
    if callable(command):
        command()
    else:
        done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        if done.returncode:
            sys.exit(f"{' '.join(command)} ended with {done.returncode}: {done.stderr.decode()[-500:]}")
    return time.perf_counter() - start


def peak(command):
    """Highest memory of a command in MiB."""
    done = subprocess.run(["/usr/bin/time", "-f", "%M", *command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    return int(done.stderr.split()[-1]) / 1024


def bench(name, fields, folder, megabytes, runs, part):
    data, small, book = f"{folder}/{name}.dat", f"{folder}/{name}-part.dat", f"{folder}/{name}.cpy"
    with open(book, "w") as file:
        file.write(copybook(fields))
    lrecl = generate(data, fields, megabytes * 10**6)
    with open(data, "rb") as source, open(small, "wb") as target:
        target.write(source.read(part * 10**6 // lrecl * lrecl))
    whole, share = os.path.getsize(data), os.path.getsize(small)
    print(f"\n{name}: records of {lrecl} bytes, {len(fields)} fields, {whole / 1e6:.0f} MB; slow rivals {share / 1e6:.0f} MB")

    def ours(source, form, target):
        return [OFFHOST, "convert", source, "-c", book, "--to", form, "-o", target, "--replace", "-q"]

    to, back = f"{folder}/{name}", f"{folder}/{name}-back.dat"
    works = {
        "offhost: to CSV": (ours(data, "csv", f"{to}.csv"), whole),
        "offhost: to JSON Lines": (ours(data, "jsonl", f"{to}.jsonl"), whole),
        "offhost: from CSV": (ours(f"{to}.csv", "data", back), whole),
        "offhost: from JSON Lines": (ours(f"{to}.jsonl", "data", back), whole),
        "offhost: count records": ([OFFHOST, "cat", data, "-c", book, "--count"], whole),
        "Python codecs, struct: to CSV": (lambda: python_decoder(small, f"{to}-python.csv", fields, lrecl), share),
        "cp": (["cp", data, f"{to}.copy"], whole),
        "cat": (["sh", "-c", f"cat {data} > /dev/null"], whole),
    }
    rival = shutil.which("copybook")
    if rival:
        command = [rival, "decode", "--format", "fixed", "--codepage", "cp037", book, small, "--output", f"{to}-rival.jsonl"]
        works["copybook-cli: to JSON Lines"] = (command, share)
    else:
        print("  copybook-cli is not installed and not compared: cargo install copybook-cli")
    seconds = {work: [] for work in works}
    for _ in range(runs):
        for work, (command, _) in works.items():
            seconds[work].append(timed(command))
            if work.startswith("offhost: from") and not filecmp.cmp(data, back, shallow=False):
                sys.exit(f"{work}: the way back is not the file")
    with open(f"{to}.csv") as mine, open(f"{to}-python.csv") as theirs:
        if any(a != b for a, b in zip(mine, theirs)):
            sys.exit("offhost and Python do not agree")
    rates = {work: works[work][1] / statistics.median(times) / 1e6 for work, times in seconds.items()}
    for work, rate in rates.items():
        spread = f"{min(seconds[work]):.2f} to {max(seconds[work]):.2f} s"
        print(f"  {work:30} {rate:8.1f} MB/s   ({spread})")
    python = rates["offhost: to CSV"] / rates["Python codecs, struct: to CSV"]
    print(f"  to CSV is {python:.0f} times as fast as Python", end="")
    if rival:
        ratio = rates["offhost: to JSON Lines"] / rates["copybook-cli: to JSON Lines"]
        print(f"; to JSON Lines {ratio:.0f} times as fast as copybook-cli", end="")
    print(f"; cp is {rates['cp'] / rates['offhost: to CSV']:.1f} times as fast as to CSV")
    print(f"  counting runs at {rates['offhost: count records'] / rates['cat']:.2f} of the speed of cat")
    print(f"  peak memory: to CSV {peak(works['offhost: to CSV'][0]):.0f} MiB, from JSON Lines {peak(works['offhost: from JSON Lines'][0]):.0f} MiB")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--megabytes", type=int, default=1000)
    parser.add_argument("--part", type=int, default=20, help="megabytes for the slow rivals")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--folder", help="where to put the data; a temporary folder if not given")
    arguments = parser.parse_args()
    subprocess.run(["cargo", "build", "--release", "--bin", "offhost"], cwd=ROOT, check=True)
    folder = arguments.folder or tempfile.mkdtemp(prefix="offhost-bench-")
    os.makedirs(folder, exist_ok=True)
    try:
        for name, fields in (("narrow", NARROW), ("wide", WIDE)):
            bench(name, fields, folder, arguments.megabytes, arguments.runs, arguments.part)
    finally:
        if not arguments.folder:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
