//! What rules can say beyond single transactions: control breaks, several inputs, alternate keys and detail rows, rows that
//! go, text put together, conditions set, quirks by name.

use crate::harness::{Job, Run, ebcdic};

const ITEM: &str = "01 ITEM.\n  05 REGION PIC X(2).\n  05 BRANCH PIC X(2).\n  05 AMOUNT PIC 9(4).\n";
const LINE: &str = "01 LINE.\n  05 WHAT PIC X(12).\n  05 VALUE-OF PIC 9(6).\n";
const PAIR: &str = "01 PAIR.\n  05 K PIC X(4).\n  05 G PIC X(2).\n  05 V PIC 9(4).\n";

/// A job with one post step over the text of its inputs, and what it wrote, line by line.
fn post(step: &str, rules: &str, files: &[(&str, &str)]) -> Job {
    let mut job = Job::new()
        .text("item.cpy", ITEM)
        .text("line.cpy", LINE)
        .text("pair.cpy", PAIR)
        .text("rules.yaml", &format!("version: 1\nprogram: T\n{rules}"));
    for (name, text) in files {
        job = job.file(name, &ebcdic(text));
    }
    let set = |name: &str, copybook: &str, disp: &str| {
        format!("  {name}: {{ path: {name}.dat, record: {{ copybook: {copybook}.cpy, recfm: F }}{disp} }}\n")
    };
    let mut text = "version: 1\njob: T\ndatasets:\n".to_owned();
    text.push_str(&set("items", "item", ""));
    text.push_str(&set("pairs", "pair", ""));
    text.push_str(&set("others", "pair", ""));
    text.push_str(&set("lines", "line", ", disp: replace"));
    text.push_str(&set("new", "pair", ", disp: replace"));
    text.push_str(&set("gone", "line", ", disp: replace"));
    text.push_str(&format!("steps:\n  - step: P\n    post:\n      rules: rules.yaml\n{step}"));
    job.yaml(&text)
}

fn lines(job: &Job, name: &str, length: usize) -> Vec<String> {
    let bytes = job.read(name);
    let text = offhost::encoding::CodePage::CP037.decode(&bytes);
    text.as_bytes().chunks(length).map(|line| String::from_utf8_lossy(line).trim_end().to_owned()).collect()
}

fn ok(job: &Job) -> Run<'_> {
    job.run(&[]).status(0)
}

const BREAKS: &str = "
working: |
  01 W.
     05 B-TOTAL PIC 9(6).
     05 R-TOTAL PIC 9(6).
breaks:
  - break: REGION
    on: REGION
    first:
      - { move: 0, to: R-TOTAL }
      - { emit: OUT, do: [ { string: [ \"'R>'\", REGION ], to: WHAT } ] }
    last:
      - emit: OUT
        do:
          - { string: [ \"'R '\", REGION, \"'!'\" ], to: WHAT, when: FINAL-BREAK }
          - { string: [ \"'R '\", REGION ], to: WHAT, when: NOT FINAL-BREAK }
          - { move: R-TOTAL, to: VALUE-OF }
  - break: BRANCH
    on: [ BRANCH ]
    first: [ { move: 0, to: B-TOTAL } ]
    last:
      - emit: OUT
        do: [ { string: [ \"'B '\", BRANCH ], to: WHAT }, { move: B-TOTAL, to: VALUE-OF } ]
start: [ { emit: OUT, do: [ { move: \"'START'\", to: WHAT } ] } ]
rules:
  - rule: ADD
    then: done
    do: [ { add: AMOUNT, to: [ B-TOTAL, R-TOTAL ] } ]
end: [ { emit: OUT, do: [ { move: \"'END'\", to: WHAT } ] } ]
";

#[test]
fn breaks_nest_and_a_major_one_breaks_the_minor_ones() {
    let step = "      in: items\n      out: { OUT: lines }\n";
    // The branch stays while the region changes: both end.
    let items = "AA010001AA010002AA020004BB020008";
    let job = post(step, BREAKS, &[("items.dat", items)]);
    ok(&job);
    let wanted = [
        "START       000000",
        "R>AA        000000",
        "B 01        000003",
        "B 02        000004",
        "R AA        000007",
        "R>BB        000000",
        "B 02        000008",
        "R BB!       000008",
        "END         000000",
    ];
    assert_eq!(lines(&job, "lines.dat", 18), wanted);
    let empty = post(step, BREAKS, &[("items.dat", "")]);
    ok(&empty);
    assert_eq!(lines(&empty, "lines.dat", 18), ["START       000000", "END         000000"]);
}

#[test]
fn rules_for_one_of_several_inputs() {
    let rules = "
rules:
  - rule: ITEM
    input: items
    do: [ { emit: OUT, do: [ { move: REGION, to: WHAT }, { move: AMOUNT, to: VALUE-OF } ] } ]
  - rule: PAIR
    input: pairs
    do: [ { emit: OUT, do: [ { move: K, to: WHAT }, { move: V, to: VALUE-OF } ] } ]
";
    let step = "      in: [ items, pairs ]\n      out: { OUT: lines }\n";
    let job = post(step, rules, &[("items.dat", "AA010001"), ("pairs.dat", "KEY1G10007KEY2G10008")]);
    ok(&job);
    assert_eq!(
        lines(&job, "lines.dat", 18),
        ["AA          000001", "KEY1        000007", "KEY2        000008"]
    );
    let wrong = rules.replace("input: pairs", "input: nobody");
    post(step, &wrong, &[("items.dat", ""), ("pairs.dat", "")])
        .run(&[])
        .status(65)
        .says(&["RUL002", "nobody"]);
    let breaks = "breaks: [ { break: X, on: REGION } ]\n".to_owned() + rules;
    post(step, &breaks, &[("items.dat", ""), ("pairs.dat", "")])
        .run(&[])
        .status(65)
        .says(&["RUL004", "break"]);
}

/// An emitted record carries its source: which input, which record of it, which rule made it.
#[test]
fn a_posting_says_where_it_comes_from() {
    let rules = "
start: [ { emit: OUT, do: [ { string: [ \"'<'\", POSTING-INPUT DELIMITED BY SPACE, \"'>'\", POSTING-RULE ], to: WHAT } ] } ]
edits:
  - rule: NOT-TWO
    do: [ { reject: TWO, reason: no twos, when: V = 2 } ]
rules:
  - rule: FIRST
    input: items
    do: [ { emit: OUT, do: [ { string: [ POSTING-INPUT (1:3), \"' '\", POSTING-RULE ], to: WHAT }, { move: RECORD-NUMBER, to: VALUE-OF } ] } ]
  - rule: SECOND
    when: POSTING-RULE = 'SECOND'
    do: [ { emit: OUT, do: [ { string: [ POSTING-INPUT (1:3), \"' '\", POSTING-RULE ], to: WHAT }, { move: RECORD-NUMBER, to: VALUE-OF } ] } ]
reject-record:
  - { string: [ \"'- '\", POSTING-RULE ], to: WHAT }
  - { move: RECORD-NUMBER, to: VALUE-OF }
end: [ { emit: OUT, do: [ { string: [ \"'<'\", POSTING-INPUT DELIMITED BY SPACE, \"'>'\", POSTING-RULE ], to: WHAT } ] } ]
";
    let step = "      in: [ items, pairs ]\n      out: { OUT: lines }\n      rejects: { to: gone }\n";
    let files = [("items.dat", "AA010001BB010009"), ("pairs.dat", "KEY1G10007KEY2G10002KEY3G10003")];
    for threads in ["1", "2", "3"] {
        let job = post(step, rules, &files);
        job.run(&["--threads", threads]).status(4);
        let wanted = [
            "<>start     000000",
            "ite FIRST   000001",
            "ite SECOND  000001",
            "ite FIRST   000002",
            "ite SECOND  000002",
            "pai SECOND  000001",
            "pai SECOND  000003",
            "<>end       000000",
        ];
        assert_eq!(lines(&job, "lines.dat", 18), wanted);
        assert_eq!(lines(&job, "gone.dat", 18), ["- NOT-TWO   000002"]);
    }
}

const MASTER: &str = "      in: items
      masters: { M: { dataset: pairs, key: [ K ], alternate: { GROUP: [ G ] }, new: new } }
      out: { OUT: lines }
";

#[test]
fn alternate_keys_fallbacks_and_detail_rows() {
    let rules = "
rules:
  - rule: R
    do:
      - { lookup: M, by: GROUP, key: REGION, missing: continue }
      - { emit: OUT, do: [ { move: K, to: WHAT } ] }
      - lookup: M
        key: \"'none'\"
        or-key: \"'dflt'\"
        missing: continue
      - { emit: OUT, do: [ { move: K, to: WHAT } ] }
      - for-each: M
        by: GROUP
        key: REGION
        do:
          - { emit: OUT, do: [ { string: [ \"'+'\", K ], to: WHAT }, { move: V, to: VALUE-OF } ] }
          - { move: \"'zz'\", to: G, when: BRANCH = '02' }
";
    let pairs = "one aa0001two bb0002thr aa0003dfltzz0004";
    let items = "aa010000bb020000bb010000zz010000qq010000".to_owned();
    let job = post(MASTER, rules, &[("items.dat", &items), ("pairs.dat", pairs)]);
    ok(&job);
    let wanted = [
        "one",
        "dflt",
        "+one        000001",
        "+thr        000003", // in the order of the file
        "two",
        "dflt",
        "+two        000002", // and moves to another group
        "",
        "dflt", // where it is no more
        "two",
        "dflt",
        "+two        000002", // and is found there, at its place in the file
        "+dflt       000004",
        "",
        "dflt", // nobody
    ];
    let found: Vec<String> = lines(&job, "lines.dat", 18)
        .iter()
        .map(|line| {
            line.trim_end_matches("        000000").trim_end().replace("000000", "").trim_end().to_owned()
        })
        .collect();
    assert_eq!(found, wanted);
    let unknown = rules.replace("by: GROUP", "by: GRUOP");
    post(MASTER, &unknown, &[("items.dat", ""), ("pairs.dat", "")])
        .run(&[])
        .status(65)
        .says(&["RUL002", "GROUP"]);
    let bare = rules.replace("        by: GROUP\n", "");
    post(MASTER, &bare, &[("items.dat", ""), ("pairs.dat", "")])
        .run(&[])
        .status(65)
        .says(&["RUL004", "alternate"]);
}

#[test]
fn rows_go_and_come_back_with_a_reject() {
    let rules = "
rules:
  - rule: R
    do:
      - { lookup: M, key: \"'one '\", missing: create }
      - { emit: OUT, do: [ { move: V, to: VALUE-OF } ] }
      - { add: 1, to: V }
      - { delete: M, when: BRANCH = '01' OR '03' }
      - { release: M, when: BRANCH = '02' }
      - { reject: X, when: BRANCH = '03' }
reject-record: [ { move: \"'REJECTED'\", to: WHAT } ]
";
    let step = MASTER.replace("      out:", "      rejects: { to: lines2 }\n      out:");
    let text = "AA010000AA030000AA020000AA040000";
    let pairs = "one aa0005two bb0002";
    let mut job = post(&step, rules, &[("items.dat", text), ("pairs.dat", pairs)]);
    let yaml = String::from_utf8(job.read("job.yaml")).unwrap();
    job = job.yaml(&yaml.replace(
        "steps:",
        "  lines2: { path: rejects.dat, record: { copybook: line.cpy, recfm: F }, disp: replace }\nsteps:",
    ));
    job.run(&[]).status(4);
    // Deleted, made anew and given back by the reject, made anew and released, made anew once more.
    assert_eq!(
        lines(&job, "lines.dat", 18),
        ["            000005", "            000000", "            000000"]
    );
    assert_eq!(lines(&job, "new.dat", 10), ["one   0001", "one   0001", "two bb0002"]);
}

#[test]
fn conditions_are_set_and_quirks_are_named() {
    let rules = "
working: |
  01 W.
     05 S PIC X(3) VALUE 'OFF'.
        88 IS-ON VALUE 'ON' 'YES'.
        88 IS-OFF VALUE 'OFF'.
     05 N PIC 9.
        88 SEVEN VALUE 7.
quirks:
  TWICE: every line is written twice
rules:
  - rule: R
    do:
      - { emit: OUT, do: [ { move: S, to: WHAT }, { move: N, to: VALUE-OF } ] }
      - { emit: OUT, when: TWICE, unset: last }
      - { set: IS-ON, when: IS-OFF }
      - { set: SEVEN }
";
    let step = "      in: items\n      out: { OUT: lines }\n";
    let files = [("items.dat", "AA010000AA010000")];
    let job = post(step, rules, &files);
    ok(&job);
    assert_eq!(lines(&job, "lines.dat", 18), ["OFF         000000", "ON          000007"]);
    let quirky = post(&format!("{step}      quirks: [ twice ]\n"), rules, &files);
    ok(&quirky);
    let twice = ["OFF         000000", "OFF         000000", "ON          000007", "ON          000007"];
    assert_eq!(lines(&quirky, "lines.dat", 18), twice);
    post(&format!("{step}      quirks: [ THRICE ]\n"), rules, &files)
        .run(&[])
        .status(65)
        .says(&["RUL002", "TWICE"]);
    let wrong = rules.replace("{ set: SEVEN }", "{ set: N }");
    post(step, &wrong, &files).run(&[]).status(65).says(&["EXP004", "condition name"]);
}

#[test]
fn bytes_that_nothing_sets() {
    let rules = "
rules:
  - rule: R
    do:
      - { emit: OUT, unset: low-value, do: [ { move: REGION, to: \"WHAT(1:2)\" } ] }
      - { emit: OUT, unset: blank }
      - { emit: OUT, unset: blank, from: ITEM }
";
    let job = post("      in: items\n      out: { OUT: lines }\n", rules, &[("items.dat", "AA010000")]);
    ok(&job);
    let mut wanted = ebcdic("AA");
    wanted.extend([0; 16]);
    wanted.extend(ebcdic("                  "));
    wanted.extend(ebcdic("AA010000          "));
    assert_eq!(job.read("lines.dat"), wanted);
}

#[test]
fn what_stands_at_breaks_cannot_reject() {
    let rules = "end: [ { reject: X } ]\nrules:\n  - rule: R\n    then: done\n    do: []\n";
    let job = post("      in: items\n      out: { OUT: lines }\n", rules, &[("items.dat", "")]);
    job.run(&[]).status(65).says(&["RUL004", "no transaction"]);
}

#[test]
fn conditions_are_set_to_false_by_their_own_literal() {
    let rules = |action: &str| {
        format!(
            "
working: |
  01 W.
     05 S PIC X(3) VALUE 'ON'.
        88 IS-ON VALUE 'ON' 'YES' WHEN SET TO FALSE IS 'OFF'.
        88 IS-OFF VALUE 'OFF'.
     05 N PIC 9.
        88 HIGH VALUE 5 THRU 9 FALSE 4.
        88 ODD VALUE 1 THRU 3 WHEN SET TO FALSE 2.
rules:
  - rule: R
    do:
      - {{ emit: OUT, do: [ {{ move: S, to: WHAT }}, {{ move: N, to: VALUE-OF }} ] }}
      - {action}
      - {{ set: HIGH, to: false }}
"
        )
    };
    let step = "      in: items\n      out: { OUT: lines }\n";
    let files = [("items.dat", "AA010000AA010000")];
    let set = |action: &str| post(step, &rules(action), &files);
    let job = set("{ set: IS-ON, to: \"FALSE\" }");
    ok(&job);
    assert_eq!(lines(&job, "lines.dat", 18), ["ON          000000", "OFF         000004"]);
    let job = set("{ set: IS-OFF, to: true }");
    ok(&job);
    assert_eq!(lines(&job, "lines.dat", 18), ["ON          000000", "OFF         000004"]);
    let refused = |action: &str, words: &[&str]| {
        set(action).run(&[]).status(65).says(words).nothing_published();
    };
    refused("{ set: IS-OFF, to: false }", &["EXP004", "does not say what makes it false"]);
    refused("{ set: ODD, to: false }", &["EXP004", "ODD would be true"]);
    refused("{ set: IS-ON, to: maybe }", &["RUL004", "true or to false"]);
}

#[test]
fn transactions_come_in_their_sequence() {
    let rules = |sequence: &str, actions: &str| {
        format!(
            "sequence: {{ {sequence} }}\nreject-record: [ {{ move: REJECT-CODE, to: WHAT }}, {{ move: RECORD-NUMBER, to: VALUE-OF }} ]\nrules:\n  - rule: R\n    do: [ {actions} ]\n"
        )
    };
    let emit = "{ emit: OUT, from: ITEM, unset: blank }";
    let step = "      in: items\n      out: { OUT: new }\n      rejects: { to: lines }\n";
    let run = |sequence: &str, items: &str| post(step, &rules(sequence, emit), &[("items.dat", items)]);
    let stops = |sequence: &str, items: &str, words: &[&str]| {
        run(sequence, items).run(&[]).status(80).says(words).nothing_published();
    };
    // Letters come before digits in EBCDIC; a greater region may have a lesser branch.
    let ordered = "AA020001AA020002BB010003B1010004";
    run("by: [ REGION, BRANCH ]", ordered).run(&[]).status(0);
    run("by: [ { field: REGION, order: descending } ]", "B1010001BB010002AA010003").run(&[]).status(0);
    stops("by: [ { field: REGION, order: descending } ]", ordered, &["DAT007", "items", "record 3"]);
    let words = ["DAT007", "two transactions of items have one key (REGION, BRANCH)", "record 2", "record 1"];
    stops("by: [ REGION, BRANCH ], duplicates: refuse", ordered, &words);
    stops("by: [ REGION ]", "1A010001AA010002", &["DAT007", "not in the order of its sequence", "C1C1"]);
    // The order is no matter of the bytes of a number, whatever is done about those.
    let invalid = format!("{step}      invalid-data: reject\n");
    let job = post(&invalid, &rules("by: [ AMOUNT ]", emit), &[("items.dat", "AA020002AA020001")]);
    job.run(&[]).status(80).says(&["DAT007"]);
    let job = post(&invalid, &rules("by: [ AMOUNT ]", emit), &[("items.dat", "AA02000?AA020001")]);
    job.run(&[]).status(4);
    assert_eq!(lines(&job, "lines.dat", 18), ["INVALID-DATA000001"]);

    // What is out of order is rejected, and the next is held against the one before it.
    let reject = "by: [ BRANCH ], out-of-order: reject, code: SEQ, duplicates: refuse";
    let items = "AA050000AA030000AA040000AA060000AA060000AA070000";
    let job = run(reject, items);
    job.run(&["--threads", "4"]).status(4);
    assert_eq!(lines(&job, "new.dat", 10), ["AA050000", "AA060000", "AA070000"]);
    let rejected = ["SEQ         000002", "SEQ         000003", "SEQ         000005"];
    assert_eq!(lines(&job, "lines.dat", 18), rejected);
    // A rule set whose transactions never meet otherwise keeps their order all the same.
    let master = "{ lookup: M, key: [ BRANCH ], missing: create }, { add: AMOUNT, to: V }";
    let small = "      masters: { M: { dataset: pairs, key: [ G ], new: new } }\n";
    let many: String = (0..400).map(|at| format!("AA{:02}0001", at * 37 % 100)).collect();
    let step = format!("      in: items\n{small}      rejects: {{ to: lines }}\n");
    let sequence = rules("by: [ BRANCH ], out-of-order: reject, code: SEQ", master);
    let wanted = (0..400).scan(0, |last, at| {
        let branch = at * 37 % 100;
        let kept = branch >= *last;
        *last = branch.max(*last);
        Some(kept)
    });
    let kept = wanted.filter(|kept| *kept).count();
    let job = post(&step, &sequence, &[("items.dat", &many), ("pairs.dat", "")]);
    job.run(&["--threads", "4"]).status(4);
    assert_eq!(job.read("lines.dat").len(), (400 - kept) * 18);

    let refused = |sequence: &str, words: &[&str]| {
        run(sequence, "").run(&[]).status(65).says(words).nothing_published();
    };
    refused("by: []", &["RUL004", "no key"]);
    refused("by: [ WHAT ]", &["RUL004", "not a field of the transaction"]);
    refused("by: [ REGION ], out-of-order: reject", &["RUL004", "needs a code"]);
    refused("by: [ REGION ], code: SEQ", &["RUL004", "stops the job"]);
    refused("by: [ { field: REGION, format: AC } ]", &["RUL004", "own type"]);
}

#[test]
fn what_rules_emit_can_be_a_report() {
    let job = post(
        "      in: items\n      out: { OUT: \"@posted\" }\n",
        "rules:\n  - rule: R\n    do: [ { emit: OUT, do: [ { move: REGION, to: WHAT }, { compute: VALUE-OF, is: AMOUNT * 2 } ] } ]\n",
        &[("items.dat", "AA010001AA020002BB010003")],
    );
    let yaml = std::fs::read_to_string(job.path().join("job.yaml")).unwrap();
    let yaml = yaml.replace(
        "datasets:\n",
        "datasets:\n  \"@posted\": { record: { copybook: line.cpy, recfm: F } }\n  listing: { path: listing }\n",
    );
    let report = "  - step: L
    report:
      in: \"@posted\"
      page-header: [ [ POSTED, { text: PAGE, column: 10 }, { page: Z9, column: 15 } ] ]
      columns: [ { field: WHAT, heading: R }, { field: VALUE-OF, pic: ZZ9, name: V, totals: [ sum ] } ]
      breaks: [ { break: REGION, on: WHAT, totals: SUM, new-page: true } ]
      totals: ALL
      out: [ { to: listing, as: text, recfm: FBA, lrecl: 19 } ]
";
    let job = job.yaml(&(yaml + report));
    ok(&job);
    let listing = lines(&job, "listing", 19);
    // A page for each group, its total below it, and that of all at the end.
    let wanted = [
        "1POSTED   PAGE  1",
        " R               V",
        " ------------  ---",
        " AA              2",
        " AA              4",
        " SUM             6",
        "1POSTED   PAGE  2",
        " R               V",
        " ------------  ---",
        " BB              6",
        " SUM             6",
        " ALL            12",
    ];
    assert_eq!(listing, wanted);
}

#[test]
fn moves_of_groups_convert_nothing() {
    let rules = "
working: |
  01 W.
     05 G.
        10 G-1 PIC X(2) VALUE 'AB'.
        10 G-2 PIC S9(3) COMP-3 VALUE -12.
     05 H.
        10 H-1 PIC X(5) JUSTIFIED RIGHT.
        10 H-2 PIC 9(4) VALUE 7.
     05 P PIC S9(5) COMP-3 VALUE 5.
     05 E PIC ZZ9.99-.
     05 J PIC X(3) JUSTIFIED RIGHT.
rules:
  - rule: R
    do:
      - { move: G, to: H }                           # padded on the right, H-1 is JUSTIFIED for itself alone
      - { emit: OUT, unset: blank, from: H }
      - { move: \"'12C'\", to: G }
      - { move: X'0012345C', to: G }
      - { move: \"G (2:3)\", to: G-1 }
      - { emit: OUT, unset: blank, from: G }
      - { move: P, to: H }                           # the bytes of the number
      - { emit: OUT, unset: blank, from: H }
      - { move: \"'XYZABC'\", to: J }
      - { emit: OUT, unset: blank, from: J }
      - { move: -1.5, to: E }
      - { move: E, to: P, on-size-error: truncate }  # de-edited, its decimals cut
      - { move: P, to: E }
      - { emit: OUT, unset: blank, from: E }
";
    let job = post("      in: items\n      out: { OUT: lines }\n", rules, &[("items.dat", "AA010001")]);
    ok(&job);
    let lines: Vec<Vec<u8>> = job.read("lines.dat").chunks(18).map(<[u8]>::to_vec).collect();
    let begins = |line: usize, bytes: &[u8]| {
        assert_eq!(&lines[line][..bytes.len()], bytes, "line {line}");
        assert!(lines[line][bytes.len()..].iter().all(|byte| *byte == 0x40), "line {line}");
    };
    begins(0, &[0xC1, 0xC2, 0x01, 0x2D]);
    begins(1, &[0x12, 0x34, 0x34, 0x5C]);
    begins(2, &[0x00, 0x00, 0x5C]);
    begins(3, &ebcdic("ABC"));
    begins(4, &ebcdic("  1.00-"));
}

#[test]
fn an_alternate_key_is_kept_unique_by_looking_it_up() {
    let rules = "
reject-record: [ { move: REJECT-CODE, to: WHAT }, { move: RECORD-NUMBER, to: VALUE-OF } ]
rules:
  - rule: R
    do:
      - { lookup: M, by: BY-G, key: REGION, missing: continue }
      - { reject: DUPALT, reason: a row with this region, when: M-FOUND }
      - { insert: M, key: \"ITEM (1:4)\", duplicate: reject, code: DUPKEY }
      - { move: REGION, to: G OF M }
";
    let step = "      in: items\n      masters: { M: { dataset: pairs, key: [ K ], alternate: { BY-G: [ G ] }, new: new } }\n      rejects: { to: lines }\n";
    let files = [("items.dat", "AA010001BB020002AA030003CC040004BB020005"), ("pairs.dat", "ZZZZZZ0000")];
    let job = post(step, rules, &files);
    job.run(&[]).status(4);
    assert_eq!(lines(&job, "lines.dat", 18), ["DUPALT      000003", "DUPALT      000005"]);
    assert_eq!(lines(&job, "new.dat", 10), ["AA01AA0000", "BB02BB0000", "CC04CC0000", "ZZZZZZ0000"]);
}

/// A row that got another value, and went and came back before anybody looked for it by that, is found by it; and so is what stays
/// when rows that a rejected transaction made are gone again.
#[test]
fn rows_that_come_back_have_their_alternate_keys() {
    let rules = "
rules:
  - rule: CHANGE
    when: REGION = 'CH'
    do: [ { lookup: M, key: \"'K1'\" }, { move: BRANCH, to: G OF M } ]
  - rule: GO
    when: REGION = 'GO'
    do:
      - { lookup: M, key: \"'K1'\" }
      - { delete: M }
      - { lookup: M, by: GROUP, key: BRANCH, missing: continue }
      - { reject: GONE }
  - rule: NEW
    when: REGION = 'NE'
    do:
      - { insert: M, key: \"'K9'\" }
      - { move: BRANCH, to: G OF M }
      - { lookup: M, by: GROUP, key: BRANCH, missing: continue }
      - { reject: NOT-NEW }
  - rule: LOOK
    when: REGION = 'LO'
    do:
      - { lookup: M, by: GROUP, key: BRANCH, missing: reject, code: NONE }
      - { emit: OUT, do: [ { move: K, to: WHAT } ] }
";
    let step = "      in: items\n      masters: { M: { dataset: pairs, key: [ K ], alternate: { GROUP: [ G ] }, new: new } }\n      out: { OUT: lines }\n      rejects: { to: gone }\n";
    let items = "CHBB0001GOBB0002LOBB0003NECC0004LOCC0005LOAA0006";
    let job = post(step, rules, &[("items.dat", items), ("pairs.dat", "K1  AA0000K2  AA0000")]);
    job.run(&[]).status(4);
    assert_eq!(lines(&job, "lines.dat", 18), ["K1          000000", "K2          000000"]);
    assert_eq!(lines(&job, "gone.dat", 18).len(), 3);
    assert_eq!(lines(&job, "new.dat", 10), ["K1  BB0000", "K2  AA0000"]);
}
