//! Every rounding mode of a rule against rational numbers: quotients are rounded once, from their whole value.

use crate::harness::{Job, Random, zoned};

const COPYBOOK: &str = "
       01  REC.
           05  A   PIC S9(5)V99.
           05  B   PIC S9(5)V99.
";

const MODES: [&str; 7] = [
    "truncation",
    "nearest-away-from-zero",
    "nearest-even",
    "nearest-toward-zero",
    "away-from-zero",
    "toward-greater",
    "toward-lesser",
];

/// `numerator / denominator` as a whole number by a mode; the denominator is positive.
fn rounded(numerator: i128, denominator: i128, mode: &str) -> i128 {
    let (floor, rest) = (numerator.div_euclid(denominator), numerator.rem_euclid(denominator));
    if rest == 0 {
        return floor;
    }
    let toward_zero = if numerator < 0 { floor + 1 } else { floor };
    let away = if numerator < 0 { floor } else { floor + 1 };
    let half = (rest * 2).cmp(&denominator);
    let nearest = |at_half: i128| match half {
        std::cmp::Ordering::Less => floor,
        std::cmp::Ordering::Greater => floor + 1,
        std::cmp::Ordering::Equal => at_half,
    };
    match mode {
        "truncation" => toward_zero,
        "nearest-away-from-zero" => nearest(away),
        "nearest-even" => nearest(floor + floor.rem_euclid(2)),
        "nearest-toward-zero" => nearest(toward_zero),
        "away-from-zero" => away,
        "toward-greater" => floor + 1,
        _ => floor,
    }
}

/// A job that computes `expression` by every mode for every record.
fn job(pairs: &[(i128, i128)], expression: &str) -> Job {
    let results: String = (0..MODES.len()).map(|n| format!("           05  R{n}  PIC S9(9)V99.\n")).collect();
    let computes: String = MODES
        .iter()
        .enumerate()
        .map(|(n, mode)| format!("          - {{ compute: R{n}, is: {expression}, rounded: {mode} }}\n"))
        .collect();
    let input: Vec<u8> =
        pairs.iter().flat_map(|(a, b)| [zoned(*a, 7, true), zoned(*b, 7, true)].concat()).collect();
    Job::new()
        .text("rec.cpy", COPYBOOK)
        .text("out.cpy", &format!("       01  OUTREC.\n{results}"))
        .text("rules.yaml", &format!("version: 1\nprogram: P\nrules:\n  - rule: R\n    do:\n      - emit: OUT\n        do:\n{computes}"))
        .file("in.ebc", &input)
        .yaml(
            "version: 1\njob: TEST\ndatasets:\n  input: { path: in.ebc, record: { copybook: rec.cpy } }\n  \
             output: { path: out.ebc, record: { copybook: out.cpy } }\nsteps:\n  - step: ONE\n    \
             post: { in: input, rules: rules.yaml, out: { OUT: output } }\n",
        )
}

fn pairs() -> Vec<(i128, i128)> {
    let mut random = Random::new(6);
    let mut pairs = vec![
        (100, 30_000),
        (-100, 30_000),
        (1, 100_000),
        (25, 1000),
        (-25, 1000),
        (50, 20_000),
        (50, 19_999),
        (-50, 19_999),
    ];
    pairs.extend((0..300).map(|_| {
        let mut number = |limit| random.below(limit) as i128 - limit as i128 / 2;
        (number(2_000_000), number(20_000))
    }));
    pairs.retain(|(_, b)| *b != 0);
    pairs
}

/// Expected output of all modes: `numerator / denominator` in hundredths.
fn expected(pairs: &[(i128, i128)], value: impl Fn(i128, i128) -> (i128, i128)) -> Vec<u8> {
    let all = pairs.iter().flat_map(|(a, b)| {
        let (numerator, denominator) = value(*a, *b);
        let (n, d) = if denominator < 0 { (-numerator, -denominator) } else { (numerator, denominator) };
        MODES.map(|mode| zoned(rounded(n, d, mode), 11, true)).concat()
    });
    all.collect()
}

#[test]
fn products_are_rounded_by_every_mode() {
    let pairs: Vec<(i128, i128)> = pairs().into_iter().map(|(a, b)| (a, b % 1000)).collect();
    let wanted = expected(&pairs, |a, b| (a * b, 100));
    job(&pairs, "A * B").run(&[]).status(0).published("out.ebc", &wanted);
}

#[test]
fn quotients_are_rounded_by_every_mode() {
    let wanted = expected(&pairs(), |a, b| (a * 100, b));
    job(&pairs(), "A / B").run(&[]).status(0).published("out.ebc", &wanted);
}

#[test]
fn prohibited_rounding_of_a_quotient_sees_every_remainder() {
    let job = job(&[(100, 300_000)], "A / B");
    let rules = String::from_utf8(job.read("rules.yaml")).unwrap().replace("truncation", "prohibited");
    job.put("rules.yaml", rules.as_bytes());
    job.run(&[]).status(80).says(&["DAT009"]).nothing_published();
}

#[test]
fn quotients_are_truncated_and_rounded_as_plain_cobol_does() {
    let pairs = pairs();
    let wanted = expected(&pairs, |a, b| (a * 100, b));
    let job = job(&pairs, "A / B");
    job.run(&[]).status(0);
    let found = job.read("out.ebc");
    for (found, wanted) in found.chunks(7 * 11).zip(wanted.chunks(7 * 11)) {
        assert_eq!(found[..22], wanted[..22]);
    }
}
