#!/usr/bin/env python3
"""Benchmark of control cards: what `offhost sort` makes of them in a second.

    scripts/bench control                               every row on 1 GB, three runs each
    scripts/bench control --megabytes 20 --runs 1 --rows build,outfil

Rows: INCLUDE with INREC BUILD, IFTHEN with OVERLAY under two conditions, OUTFIL to ten files in one pass, a sort by cards
beside the same sort by a job, JOINKEYS of two sorted files. `cp` is the floor. Commands are measured and their outputs
checked as in scripts/bench sort: each ends when its outputs are on the disk, and what it wrote is what Python makes of the
input. The goals are meant for 1000 MB on two cores.
"""
import os

import sort as contest
from sort import LRECL, OFFHOST, Goal, Work, batches, records

CHARACTERS = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
FILES = 10


class Bench(contest.Bench):
    def cards(self, name, cards, inputs, outputs, **more):
        """A run of cards; inputs and outputs are DDs with their paths."""
        path = self.path(f"cards-{len(os.listdir(self.folder))}.txt")
        with open(path, "w") as file:
            file.write(cards)
        command = [OFFHOST, "sort", path, "-q", "--code-page", "ascii", "--threads", str(self.threads)]
        command += ["--memory", f"{self.memory}M", "--work-dir", self.folder]
        for dd, source in inputs.items():
            command += ["--dd", f"{dd}={source},recfm=FB,lrecl={LRECL}"]
        for dd, target in outputs.items():
            command += ["--dd", f"{dd}={target}"]
        return Work(name, command, list(inputs.values()), list(outputs.values()), **more)

    def row_build(self):
        text, target = self.text(), self.path("ours.out")
        cards = "  OPTION COPY\n  INCLUDE COND=(1,1,CH,GE,C'I')\n  INREC BUILD=(1,24,C'ABCD',40,32)\n"
        check = self.expect(lambda: contest.chosen(text))
        works = [self.cards("offhost", cards, {"SORTIN": text}, {"SORTOUT": target}, check=check), self.copy([text])]
        title = f"INCLUDE of a half, INREC BUILD of three pieces, COPY ({self.size(text)})"
        ours, *others = done = self.race("build", title, works)
        return done, [Goal("offhost", ours.rate, 1000, unit="MB/s"), *self.ratios(ours, others)]

    def row_ifthen(self):
        text, target = self.text(), self.path("ours.out")
        cards = (
            "  OPTION COPY\n"
            "  INREC IFTHEN=(WHEN=(1,1,CH,LT,C'9'),OVERLAY=(50:C'LOW')),\n"
            "        IFTHEN=(WHEN=(1,1,CH,GE,C'Q',AND,2,1,CH,LT,C'I'),\n"
            "          OVERLAY=(50:C'HIGH',60:1,5))\n"
        )
        check = self.expect(lambda: overlaid(text))
        works = [self.cards("offhost", cards, {"SORTIN": text}, {"SORTOUT": target}, check=check), self.copy([text])]
        title = f"IFTHEN, two conditions, OVERLAY, COPY ({self.size(text)})"
        ours, *others = done = self.race("ifthen", title, works)
        return done, [Goal("offhost", ours.rate, 500, unit="MB/s"), *self.ratios(ours, others)]

    def row_outfil(self):
        text = self.text()
        cards = "  OPTION COPY\n"
        for number, (low, high) in enumerate(ranges(), 1):
            condition = f"INCLUDE=(1,1,CH,GE,C'{chr(low)}',AND,1,1,CH,LE,C'{chr(high)}')"
            what = condition if number < FILES else "SAVE"
            cards += f"  OUTFIL FILES={number:02},{what}\n"
        outputs = {f"SORTOF{number:02}": self.path(f"ours{number:02}.out") for number in range(1, FILES + 1)}
        check = self.expect(lambda: dealt(text))
        works = [self.cards("offhost", cards, {"SORTIN": text}, outputs, check=check), self.copy([text])]
        title = f"OUTFIL to ten files, nine conditions and SAVE ({self.size(text)})"
        ours, *others = done = self.race("outfil", title, works)
        return done, [Goal("offhost", ours.rate, 400, unit="MB/s"), *self.ratios(ours, others)]

    def row_sort(self):
        text, target = self.text(), self.path("cards.out")
        more = {"same": f"sorted {text}", "check": self.ordered(text, "text")}
        cards = self.cards("cards", "  SORT FIELDS=(1,10,CH,A)\n", {"SORTIN": text}, {"SORTOUT": target}, **more)
        works = [cards, self.sort_job("job", text, "text", self.memory), self.copy([text])]
        title = f"SORT by 10 characters ({self.size(text)}, memory {self.memory} MiB)"
        ours, job, *others = done = self.race("sort", title, works)
        goals = [Goal("cards / job", ours.median / job.median, 1.15, least=False, unit="x")]
        return done, [*goals, *self.ratios(ours, others)]

    def row_join(self):
        unit = max(1, self.records * 2 // 5)
        left = self.data("left", "text", 2 * unit, order="sorted")
        right = self.data("right", "text", 3 * unit, order="sorted")
        target = self.path("ours.out")
        cards = (
            "  JOINKEYS FILE=F1,FIELDS=(1,10,A),SORTED\n  JOINKEYS FILE=F2,FIELDS=(1,10,A),SORTED\n"
            "  JOIN UNPAIRED,F1\n  REFORMAT FIELDS=(F1:1,50,F2:11,40,?),FILL=C'-'\n  OPTION COPY\n"
        )
        check = self.expect(lambda: joined(left, right))
        inputs = {"SORTJNF1": left, "SORTJNF2": right}
        works = [self.cards("offhost", cards, inputs, {"SORTOUT": target}, check=check), self.copy([left, right])]
        title = f"JOINKEYS of two sorted files ({self.size(left)} and {self.size(right)}), half of the left pairs"
        ours, *others = done = self.race("join", title, works)
        return done, [Goal("offhost, both inputs", ours.rate, 300, unit="MB/s"), *self.ratios(ours, others)]


def ranges():
    """First characters of keys, divided among the files."""
    share = -(-len(CHARACTERS) // FILES)
    parts = [CHARACTERS[at : at + share] for at in range(0, len(CHARACTERS), share)]
    parts += [parts[-1]] * (FILES - len(parts))
    return [(part[0], part[-1]) for part in parts]


def overlaid(text):
    for batch in batches(text, "text"):
        out = []
        for record in batch:
            if record[:1] < b"9":
                record = record[:49] + b"LOW" + record[52:]
            elif record[:1] >= b"Q" and record[1:2] < b"I":
                record = record[:49] + b"HIGH" + record[53:59] + record[:5] + record[64:]
            out.append(record)
        yield 0, b"".join(out)


def dealt(text):
    limits = ranges()[: FILES - 1]
    for batch in batches(text, "text"):
        out = [[] for _ in range(FILES)]
        for record in batch:
            number = next((at for at, (low, high) in enumerate(limits) if low <= record[0] <= high), FILES - 1)
            out[number].append(record)
        yield from ((number, b"".join(part)) for number, part in enumerate(out))


def joined(left, right):
    """Left records with their partner, or with `-`."""
    rights = records(right)
    other = next(rights, None)
    for batch in batches(left, "text"):
        out = []
        for record in batch:
            while other is not None and other[:10] < record[:10]:
                other = next(rights, None)
            if other is not None and other[:10] == record[:10]:
                out.append(record[:50] + other[10:50] + b"B")
            else:
                out.append(record[:50] + b"-" * 40 + b"1")
        yield 0, b"".join(out)


if __name__ == "__main__":
    contest.main(Bench, ["build", "ifthen", "outfil", "sort", "join"], __doc__)
