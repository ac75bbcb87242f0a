//! What `offhost why` says of rows of masters: asked for by the name that the rules have for a master, and of inserts that find their
//! row.

use crate::harness::{Job, Run, ebcdic};

const ACTIONS: &str = "      - { insert: M, key: K, alternate: { A: N }DUPLICATE }\n";

/// Two masters of one layout, and transactions that insert rows in the first one.
fn job(actions: &str, items: &str) -> Job {
    let set = |name: &str, copybook: &str| {
        format!(
            "  {name}: {{ path: {name}.dat, record: {{ copybook: {copybook}.cpy, recfm: F }}, disp: replace }}\n"
        )
    };
    let datasets = [
        set("items", "item").replace(", disp: replace", ""),
        set("rows", "row").replace(", disp: replace", ""),
        set("others", "row").replace(", disp: replace", ""),
        set("new", "row"),
        set("out", "item"),
        set("rejects", "item"),
    ];
    let masters = "{ M: { dataset: rows, key: [ M-KEY ], new: new, alternate: { A: { key: [ M-N ], unique: true } } }, O: { dataset: others, key: [ M-KEY ] } }";
    Job::new()
        .text("item.cpy", "01 ITEM.\n  05 K PIC X.\n  05 N PIC 9(2).\n")
        .text("row.cpy", "01 ROW.\n  05 M-KEY PIC X.\n  05 M-N PIC 9(2).\n")
        .text("rules.yaml", &format!("version: 1\nprogram: T\nrules:\n  - rule: R\n    do:\n{actions}"))
        .file("items.dat", &ebcdic(items))
        .file("rows.dat", &ebcdic("B20"))
        .file("others.dat", &ebcdic("B77C78"))
        .yaml(&format!(
            "version: 1\njob: T\ndatasets:\n{}steps:\n  - step: P\n    post:\n      in: items\n      rules: rules.yaml\n      masters: {masters}\n      out: {{ OUT: out }}\n      rejects: {{ to: rejects }}\n",
            datasets.concat()
        ))
}

fn why<'j>(job: &'j Job, arguments: &[&str]) -> Run<'j> {
    let root = job.root();
    let mut all = vec!["why", "last", "--root", &root];
    all.extend(arguments);
    job.offhost(&all)
}

#[test]
fn a_master_is_asked_for_by_its_name_in_the_rules() {
    let actions = "      - { lookup: O, key: K, missing: continue }\n      - { lookup: M, key: K, missing: create, when: K = 'B' }\n      - { add: N, to: M-N OF M, when: K = 'B' }\n      - { emit: OUT, from: ITEMS }\n";
    let job = job(actions, "A01B02C03");
    job.run(&[]).status(0);
    let told = |arguments: &[&str], found: &str, not: &str| {
        let run = why(&job, arguments).status(0);
        assert!(run.stdout.contains(found), "{arguments:?}: {}", run.stdout);
        assert!(!run.stdout.contains(not), "{arguments:?}: {}", run.stdout);
    };
    // Both masters have the fields and the key; the name says which one is meant.
    told(&["M-KEY=B", "--in", "m"], "master M (rows record 1): row changed", "items record 3");
    told(&["M-KEY=C", "--in", "O"], "items record 3", "items record 2");
    told(&["B", "--in", "M"], "items record 2", "items record 3");
    told(&["C", "--in", "O"], "items record 3", "items record 2");
    told(&["N=2", "--in", "OUT"], "items record 2", "items record 3");
    // The names of datasets are taken as ever.
    told(&["M-KEY=B", "--in", "rows"], "items record 2", "items record 3");
    told(&["C", "--in", "others"], "items record 3", "items record 2");
    told(&["B", "--in", "new"], "items record 2", "items record 3");
    why(&job, &["C", "--in", "M"]).status(66).says(&["WHY004", "did nothing with C"]);
    why(&job, &["B", "--in", "items"]).status(64).says(&["WHY003", "no master items has a key"]);
    why(&job, &["B", "--in", "MM"]).status(64).says(&[
        "WHY003",
        "no posting step reads or writes MM",
        "did you mean M?",
    ]);
}

#[test]
fn an_insert_that_finds_its_row_says_so() {
    let reject = ACTIONS.replace("DUPLICATE", ", duplicate: reject, code: DUP");
    let first = job(&reject, "A01B02C20D01");
    first.run(&[]).status(4);
    for (record, says) in [
        (
            "items:2",
            "found a row of M: it is there already, so the insert is refused and rejects the transaction",
        ),
        ("items:3", "found a row of M by A: it is there already, so the insert is refused and rejects"),
        ("items:4", "found a row of M by A: it is there already, so the insert is refused and rejects"),
    ] {
        let run =
            why(&first, &[record]).status(0).stdout_contains(says).stdout_contains("fate: rejected DUP");
        assert!(!run.stdout.contains("does not hold"), "{}", run.stdout);
    }
    let run = why(&first, &["items:1"]).status(0).stdout_contains("made a row of M");
    assert!(!run.stdout.contains("already"), "{}", run.stdout);
    let json = why(&first, &["items:3", "--json"]).status(0).json();
    let found = &json["steps"][0]["events"][0]["tried"][1]["did"][0];
    assert_eq!(
        (&found["what"], &found["by"], &found["taken"]),
        (&"found".into(), &"A".into(), &"reject".into()),
        "{json}"
    );
    let emitted = "      - { emit: OUT, from: ITEMS }\n";
    let goes_on = job(&(ACTIONS.replace("DUPLICATE", ", duplicate: continue") + emitted), "B02");
    goes_on.run(&[]).status(0);
    why(&goes_on, &["items:1"]).status(0).stdout_contains("none is inserted and the rules go on with it");
}
