//! Results that are asked for again: what is taken from where it was computed is what stands in the record.

use std::fmt::Write;

use crate::harness::{Job, Random, ebcdic, rounds};

/// Numbers of several kinds, some of them over the bytes of others.
const OUT: &str = "
01 O.
   05 A  PIC S9(7)V99 COMP-3.
   05 B  PIC 9(5)V9.
   05 C  PIC S9(11)V99.
   05 C-PARTS REDEFINES C.
      10 D PIC 9(6).
      10 E PIC S9(5)V99.
   05 F  PIC S9(3) COMP-3.
   05 G  PIC S9(9) COMP.
   05 T REDEFINES G PIC X(4).
";
/// Their names; the sign is the output that they belong to.
const NUMBERS: [&str; 7] = ["A@", "B@", "C@", "D@", "E@", "F@", "G@"];

/// An action by chance that no record can fail.
fn action(random: &mut Random) -> String {
    let to = random.of(&NUMBERS);
    let from = random.of(&NUMBERS);
    match random.below(8) {
        0 => format!("{{ move: {}, to: {to}, on-size-error: truncate }}", random.of(&["N", from])),
        1 => "{ move: ZERO, to: C-PARTS@ }".to_owned(),
        2 => "{ move: X'00000007', to: T@ }".to_owned(),
        _ => {
            let is = match random.below(4) {
                0 => format!("N - {from}"),
                1 => format!("{from} * 1.19"),
                2 => format!("{from} / 7 + N"),
                _ => format!("0 - {from} - {}", random.of(&NUMBERS)),
            };
            let rounded = random.of(&["", ", rounded: nearest-away-from-zero", ", rounded: nearest-even"]);
            format!("{{ compute: {to}, is: {is}, on-size-error: truncate{rounded} }}")
        }
    }
}

/// Rules that do the same twice: once in a list, where results are remembered, and once each in a list of its own, where none is.
fn rules(random: &mut Random) -> String {
    let start =
        ["A@", "B@", "C@", "F@", "G@"].map(|name| format!("          - {{ move: ZERO, to: {name} }}\n"));
    let (mut together, mut apart) = (start.concat(), start.concat());
    for _ in 0..12 {
        let action = action(random);
        let _ = writeln!(together, "          - {action}");
        let _ = writeln!(apart, "          - {{ when: K = K, do: [ {action} ] }}");
    }
    let (together, apart) = (together.replace('@', " OF ONE"), apart.replace('@', " OF OTHER"));
    format!(
        "version: 1\nprogram: T\nrules:\n  - rule: R\n    do:\n      - emit: ONE\n        do:\n{together}      - emit: OTHER\n        do:\n{apart}"
    )
}

#[test]
fn a_result_that_is_asked_for_again_is_that_of_the_record() {
    let mut random = Random::new(26);
    let items: String = (0..40).map(|_| format!("K{:05}", random.below(100_000))).collect();
    for round in 0..rounds(40) {
        let job = Job::new()
            .text("item.cpy", "01 ITEM.\n  05 K PIC X.\n  05 N PIC 9(3)V99.\n")
            .text("out.cpy", OUT)
            .text("rules.yaml", &rules(&mut random))
            .file("items.dat", &ebcdic(&items))
            .yaml(
                "version: 1\njob: T\ndatasets:\n  items: { path: items.dat, record: { copybook: item.cpy, recfm: F } }\n  one: { path: one.dat, record: { copybook: out.cpy, recfm: F } }\n  other: { path: other.dat, record: { copybook: out.cpy, recfm: F } }\nsteps:\n  - step: P\n    post: { in: items, rules: rules.yaml, out: { ONE: one, OTHER: other } }\n",
            );
        job.run(&[]).status(0);
        let (one, other) = (job.read("one.dat"), job.read("other.dat"));
        assert!(one.len() == 40 * 30 && one == other, "round {round}: {}", rules_of(&job));
    }
}

fn rules_of(job: &Job) -> String {
    String::from_utf8(job.read("rules.yaml")).unwrap()
}
