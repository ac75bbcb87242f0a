//! Control cards in jobs: DDs are datasets, what they write is published with the rest.

use crate::harness::{Job, ebcdic};

const RECORD: &str = "01 REC.\n  05 NAME PIC X(6).\n  05 AMOUNT PIC 9(4).\n";
const LINE: &str = "01 LINE.\n  05 TEXT-OF PIC X(20).\n";

fn job(datasets: &str, steps: &str) -> Job {
    Job::new().text("rec.cpy", RECORD).text("line.cpy", LINE).yaml(&format!(
        "version: 1\njob: T\nparams:\n  business-date: {{ type: date, default: 2026-03-21 }}\ndatasets:\n  a: {{ path: a.dat, record: {{ copybook: rec.cpy, recfm: F }} }}\n  b: {{ path: b.dat, record: {{ copybook: rec.cpy, recfm: F }} }}\n{datasets}steps:\n{steps}"
    ))
}

#[test]
fn a_deck_sorts_datasets_of_the_job() {
    let datasets = "  out: { path: out.dat, record: { copybook: line.cpy, recfm: F } }\n";
    let steps = "  - step: SORT
    sort:
      dd: { SORTIN: [ a, b ], SORTOUT: \"@sorted\" }
      control: |
          SORT FIELDS=(KEY,A)
          OMIT COND=(1,6,CH,EQ,C'SKIP')
      cards:
        SYMNAMES: |
          KEY,1,6,CH
    totals:
      - { name: came, over: a, sum: AMOUNT }
      - { name: left, over: \"@sorted\", sum: AMOUNT }
  - step: EDIT
    sort:
      dd: { SORTIN: \"@sorted\", SORTOUT: out }
      control: |
          OPTION COPY
          OUTREC BUILD=(1,6,X,7,4,ZD,M10,X,DATE1)
";
    let job = job(datasets, steps)
        .file("a.dat", &ebcdic("ZOE   0003ADA   0001SKIP  0009"))
        .file("b.dat", &ebcdic("MAX   0002"));
    let run = job.run(&["--json"]).status(0);
    run.published("out.dat", &ebcdic("ADA       1 20260321MAX       2 20260321ZOE       3 20260321"));
    let report = job.run(&["--json"]).json();
    assert!(report["error"].is_object(), "the output exists now: {report}");
}

#[test]
fn counts_totals_and_the_listing_are_in_the_report() {
    let datasets = "  out: { path: out.dat, like: a }\n";
    let steps = "  - step: SORT
    sort:
      dd: { SORTIN: a, SORTOUT: out }
      control: |
          SORT FIELDS=(1,6,CH,A)
          INCLUDE COND=(7,4,ZD,GT,1)
    totals:
      - { name: left, over: out, sum: AMOUNT }
  - step: BALANCE
    balance: [ left.sum = 5 ]
";
    let job =
        job(datasets, steps).file("a.dat", &ebcdic("ZOE   0003ADA   0001MAX   0002")).file("b.dat", &[]);
    let report = job.run(&["--json"]).status(0).json();
    let step = &report["steps"][0];
    assert_eq!(
        (&step["inputs"][0]["records"], &step["outputs"][0]["records"]),
        (&3.into(), &2.into()),
        "{step}"
    );
    assert!(step["listing"].as_str().unwrap().contains("ICE054I"), "{step}");
}

#[test]
fn icetool_reads_what_it_wrote() {
    let datasets =
        "  dups: { path: dups.dat, like: a }\n  once: { path: once.dat, like: a }\n  \"@all\": { like: a }\n";
    let steps = "  - step: TOOL
    tool:
      dd: { IN: [ a, b ], T1: \"@all\", DUPS: dups, ONCE: once }
      control: |
          SORT FROM(IN) TO(T1) USING(CTL1)
          SELECT FROM(T1) TO(DUPS) ON(1,6,CH) ALLDUPS DISCARD(ONCE)
      cards:
        CTL1CNTL: |
          SORT FIELDS=(7,4,ZD,D)
";
    let job = job(datasets, steps)
        .file("a.dat", &ebcdic("ZOE   0003ADA   0001"))
        .file("b.dat", &ebcdic("ZOE   0002"));
    job.run(&[])
        .status(0)
        .published("dups.dat", &ebcdic("ZOE   0003ZOE   0002"))
        .published("once.dat", &ebcdic("ADA   0001"));
}

#[test]
fn a_join_of_two_datasets() {
    let datasets = "  out: { path: out.dat, record: { copybook: line.cpy, recfm: F } }\n";
    let steps = "  - step: JOIN
    sort:
      dd: { SORTJNF1: a, SORTJNF2: b, SORTOUT: out }
      control: |
          JOINKEYS FILE=F1,FIELDS=(1,6,A)
          JOINKEYS FILE=F2,FIELDS=(1,6,A)
          REFORMAT FIELDS=(F1:1,10,F2:1,10)
          OPTION COPY
";
    let job = job(datasets, steps)
        .file("a.dat", &ebcdic("ZOE   0003ADA   0001"))
        .file("b.dat", &ebcdic("ZOE   0002"));
    job.run(&[]).status(0).published("out.dat", &ebcdic("ZOE   0003ZOE   0002"));
}

#[test]
fn mistakes_in_cards_are_found_by_check() {
    let steps = "  - step: SORT
    sort:
      dd: { SORTIN: a, SORTOUT: \"@x\" }
      control: |
          SORT FIELDS=(1,6,XX,A)
          INCLUDE COND=(1,6,CH,EQ
";
    let job = job("", steps).file("a.dat", &[]).file("b.dat", &[]);
    let root = job.path().to_str().unwrap().to_owned();
    job.offhost(&["check", "job.yaml", "--root", &root]).status(65).says(&[
        "ICE",
        "CTL011",
        "CTL004",
        "SORT FIELDS",
    ]);
    let two = steps.replace("SORTIN: a", "SORTIN: a }, out: b, in: a, by: [ NAME ], x: {");
    job.put("job.yaml", two.as_bytes());
    let reformatted = "  - step: SORT
    sort:
      dd: { SORTIN: a, SORTOUT: \"@x\" }
      control: \" OPTION COPY\\n OUTREC BUILD=(1,6)\\n\"
";
    let job = self::job("", reformatted).file("a.dat", &[]).file("b.dat", &[]);
    job.run(&[]).status(65).says(&["JOB005", "@x"]);
}

#[test]
fn a_failed_step_of_cards_publishes_nothing() {
    let datasets = "  out: { path: out.dat, like: a }\n";
    let steps = "  - step: SORT
    sort:
      dd: { SORTIN: a, SORTOUT: out }
      control: |
          SORT FIELDS=(1,6,CH,A)
          SUM FIELDS=(7,4,ZD)
";
    let job = job(datasets, steps).file("a.dat", &ebcdic("ZOE   0003ZOE   .001")).file("b.dat", &[]);
    job.run(&[]).nothing_published();
}
