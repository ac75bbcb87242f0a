//! STRING, UNSTRING, INSPECT and SEARCH against a COBOL compiler: the same statements by chance, the same working storage after
//! each of them. One job has a rule for every statement, one program of GnuCOBOL the statement itself.

use std::fmt::Write;

use crate::harness::{Job, Random, cobol, displayed, ebcdic};

const WORKING: &str = "01 W.
  05 S PIC X(16).
  05 R1 PIC X(5).
  05 R2 PIC X(4) JUSTIFIED RIGHT.
  05 R3 PIC X(6).
  05 D1 PIC X(2).
  05 D2 PIC X(2).
  05 C1 PIC 9(4).
  05 C2 PIC 9(4).
  05 P PIC 9(4).
  05 T PIC 9(4).
  05 F PIC X.
";
const RESET: [(&str, &str); 10] = [
    ("R1", "'?????'"),
    ("R2", "'????'"),
    ("R3", "'??????'"),
    ("D1", "'??'"),
    ("D2", "'??'"),
    ("C1", "0"),
    ("C2", "0"),
    ("P", "1"),
    ("T", "0"),
    ("F", "SPACE"),
];
const TABLE: &str = "01 TABLES.
  05 ENTRY-COUNT PIC 99 VALUE 5.
  05 KEYS-TEXT PIC X(10) VALUE '0204060810'.
  05 KEYS-TABLE REDEFINES KEYS-TEXT.
     10 ENTRY-OF OCCURS 5 ASCENDING KEY IS K INDEXED BY IX.
        15 K PIC 99.
";
const LENGTH: usize = 52;
const STATEMENTS: usize = 150;

/// A statement in COBOL, and as actions of a rule.
struct Statement {
    text: String,
    cobol: String,
    actions: Vec<String>,
}

fn word(random: &mut Random, letters: &[&str], least: usize, most: usize) -> String {
    (0..least + random.below(most - least + 1)).map(|_| random.of(letters)).collect()
}

fn literal(random: &mut Random, letters: &[&str], most: usize) -> String {
    format!("'{}'", word(random, letters, 1, most))
}

const LETTERS: [&str; 5] = ["A", "B", "A", "C", "."];

fn region(random: &mut Random) -> String {
    let delimiter = literal(random, &LETTERS, 1);
    match random.below(4) {
        0 => format!(" BEFORE INITIAL {delimiter}"),
        1 => format!(" AFTER INITIAL {delimiter}"),
        _ => String::new(),
    }
}

fn quoted(list: &[String]) -> String {
    let items: Vec<String> = list.iter().map(|item| format!("\"{item}\"")).collect();
    format!("[ {} ]", items.join(", "))
}

fn inspect(random: &mut Random) -> Statement {
    let text = word(random, &LETTERS, 0, 16);
    let (mut cobol, mut yaml) = ("INSPECT S".to_owned(), "inspect: S".to_owned());
    let wanted = random.below(3);
    if wanted != 1 {
        let mut phrases = Vec::new();
        for counter in ["C1", "C2"].into_iter().take(1 + random.below(2)) {
            let what = match random.below(3) {
                0 => "CHARACTERS".to_owned(),
                1 => format!("ALL {}", literal(random, &LETTERS, 2)),
                _ => format!("LEADING {}", literal(random, &LETTERS, 1)),
            };
            phrases.push(format!("{counter} FOR {what}{}", region(random)));
        }
        let _ = write!(cobol, " TALLYING {}", phrases.join(" "));
        let _ = write!(yaml, ", tallying: {}", quoted(&phrases));
    }
    if wanted != 0 {
        let mut phrases = Vec::new();
        for _ in 0..1 + random.below(2) {
            let length = 1 + random.below(2);
            let what = match random.below(4) {
                0 => format!("CHARACTERS BY {}", literal(random, &["*", "+"], 1)),
                how => {
                    let what = word(random, &LETTERS, length, length);
                    let by = word(random, &["x", "y"], length, length);
                    format!("{} '{what}' BY '{by}'", ["ALL", "LEADING", "FIRST"][how - 1])
                }
            };
            phrases.push(format!("{what}{}", region(random)));
        }
        let _ = write!(cobol, " REPLACING {}", phrases.join(" "));
        let _ = write!(yaml, ", replacing: {}", quoted(&phrases));
    }
    Statement { text, cobol, actions: vec![format!("{{ {yaml} }}")] }
}

fn converting(random: &mut Random) -> Statement {
    let text = word(random, &LETTERS, 0, 16);
    let length = 1 + random.below(3);
    let from: String = ["A", "B", ".", "C"].into_iter().cycle().skip(random.below(4)).take(length).collect();
    let to = word(random, &["x", "y", "z"], length, length);
    let phrase = format!("'{from}' TO '{to}'{}", region(random));
    let actions = vec![format!("{{ inspect: S, converting: \"{phrase}\" }}")];
    Statement { text, cobol: format!("INSPECT S CONVERTING {phrase}"), actions }
}

fn unstring(random: &mut Random) -> Statement {
    let text = word(random, &["A", "b", ",", " ", ";", ",", "1"], 4, 16);
    let delimiters: Vec<String> = (0..random.below(3))
        .map(|_| random.of(&["','", "ALL ','", "';'", "ALL SPACE", "ALL ' '", "',;'"]).to_owned())
        .collect();
    let (mut cobol, mut yaml) = ("UNSTRING S".to_owned(), "unstring: S".to_owned());
    if !delimiters.is_empty() {
        let _ = write!(cobol, " DELIMITED BY {}", delimiters.join(" OR "));
        let _ = write!(yaml, ", delimited-by: {}", quoted(&delimiters));
    }
    let mut into = Vec::new();
    for (to, delimiter, count) in [("R1", "D1", "C1"), ("R2", "D2", "C2"), ("R3", "", "")] {
        let mut phrase = to.to_owned();
        if !delimiters.is_empty() && !delimiter.is_empty() && random.below(2) == 0 {
            let _ = write!(phrase, " DELIMITER IN {delimiter}");
        }
        if !delimiters.is_empty() && !count.is_empty() && random.below(2) == 0 {
            let _ = write!(phrase, " COUNT IN {count}");
        }
        into.push(phrase);
    }
    into.truncate(1 + random.below(3));
    let _ = write!(cobol, " INTO {}", into.join(" "));
    let _ = write!(yaml, ", into: {}", quoted(&into));
    let start = random.below(20);
    let mut actions = Vec::new();
    if random.below(2) == 0 {
        cobol = format!("MOVE {start} TO P {cobol} POINTER P");
        actions.push(format!("{{ move: {start}, to: P }}"));
        yaml.push_str(", pointer: P");
    }
    if random.below(2) == 0 {
        cobol.push_str(" TALLYING T");
        yaml.push_str(", tallying: T");
    }
    cobol.push_str(" ON OVERFLOW MOVE 'O' TO F END-UNSTRING");
    actions.push(format!("{{ {yaml}, on-overflow: [ {{ move: \"'O'\", to: F }} ] }}"));
    Statement { text, cobol, actions }
}

fn string(random: &mut Random) -> Statement {
    let text = word(random, &["A", "b", ",", " "], 0, 16);
    let mut pieces = Vec::new();
    for _ in 0..1 + random.below(3) {
        let piece = random.of(&["S", "S", "'x'", "'a,b'", "C1", "SPACE"]);
        let delimiter = random.of(&["SIZE", "','", "SPACE", "'b,'"]);
        pieces.push(format!("{piece} DELIMITED BY {delimiter}"));
    }
    let start = random.below(8);
    let (mut cobol, mut yaml) =
        (format!("STRING {}", pieces.join(" ")), format!("string: {}", quoted(&pieces)));
    let mut actions = Vec::new();
    cobol.push_str(" INTO R3");
    yaml.push_str(", to: R3");
    if random.below(2) == 0 {
        cobol = format!("MOVE {start} TO P {cobol} POINTER P");
        actions.push(format!("{{ move: {start}, to: P }}"));
        yaml.push_str(", pointer: P");
    }
    cobol.push_str(" ON OVERFLOW MOVE 'O' TO F END-STRING");
    actions.push(format!("{{ {yaml}, on-overflow: [ {{ move: \"'O'\", to: F }} ] }}"));
    Statement { text, cobol, actions }
}

fn search(random: &mut Random) -> Statement {
    let (key, start) = (random.below(13), 1 + random.below(6));
    let text = format!("{key:02}{start:02}");
    let halves = random.below(2) == 0;
    // Where a search by halves leaves its index if it finds nothing is left open by COBOL.
    let (cobol, verb, relation) = match halves {
        true => (
            format!(
                "SEARCH ALL ENTRY-OF AT END MOVE 'N' TO F WHEN K(IX) = {key} SET C1 TO IX MOVE 'Y' TO F END-SEARCH"
            ),
            "search-all",
            "=",
        ),
        false => (
            format!(
                "SET IX TO {start} SEARCH ENTRY-OF AT END SET C1 TO IX MOVE 'N' TO F WHEN K(IX) >= {key} SET C1 TO IX MOVE 'Y' TO F END-SEARCH"
            ),
            "search",
            ">=",
        ),
    };
    let at_end = if halves { "" } else { "{ move: IX, to: C1 }, " };
    let actions = vec![
        format!("{{ move: {start}, to: IX }}"),
        format!(
            "{{ {verb}: ENTRY-OF, varying: IX, where: \"K(IX) {relation} {key}\", do: [ {{ move: IX, to: C1 }}, {{ move: \"'Y'\", to: F }} ], at-end: [ {at_end}{{ move: \"'N'\", to: F }} ] }}"
        ),
    ];
    Statement { text, cobol, actions }
}

/// What the working storage holds after each statement, or `None` without a compiler.
fn compiled(statements: &[Statement]) -> Option<Vec<String>> {
    let mut program = format!(
        "IDENTIFICATION DIVISION.\nPROGRAM-ID. VERBS.\nDATA DIVISION.\nWORKING-STORAGE SECTION.\n{WORKING}{TABLE}PROCEDURE DIVISION.\n"
    );
    for statement in statements {
        let _ = writeln!(
            program,
            "MOVE '{}' TO S",
            if statement.text.is_empty() { " " } else { &statement.text }
        );
        for (field, value) in RESET {
            let _ = writeln!(program, "MOVE {value} TO {field}");
        }
        let _ = writeln!(program, "{}\nDISPLAY W.", statement.cobol);
    }
    program.push_str("STOP RUN.\n");
    let folder = tempfile::tempdir().unwrap();
    if !cobol(folder.path(), "verbs", &program, &["-std=default", "-free"], "verbs") {
        return None;
    }
    let lines = displayed(folder.path(), "verbs", &[]);
    assert_eq!(lines.len(), statements.len());
    Some(lines)
}

/// The same from a job with a rule for each statement.
fn posted(statements: &[Statement]) -> Vec<String> {
    let indented = |text: &str| text.lines().map(|line| format!("  {line}\n")).collect::<String>();
    let table = TABLE.replace(" ASCENDING KEY IS K INDEXED BY IX", "");
    let mut rules = format!(
        "version: 1\nprogram: T\nworking: |\n{}{}  01 X.\n    05 IX PIC 99.\nrules:\n",
        indented(WORKING),
        indented(&table)
    );
    for (number, statement) in statements.iter().enumerate() {
        let text = if statement.text.is_empty() { " " } else { &statement.text };
        let _ = write!(rules, "  - rule: R{number}\n    do:\n      - {{ move: \"'{text}'\", to: S }}\n");
        for (field, value) in RESET {
            let _ = writeln!(rules, "      - {{ move: \"{value}\", to: {field} }}");
        }
        for action in &statement.actions {
            let _ = writeln!(rules, "      - {action}");
        }
        rules.push_str("      - { emit: OUT, from: W }\n");
    }
    let job = Job::new()
        .text("item.cpy", "01 ITEM.\n  05 X PIC X.\n")
        .text("line.cpy", &format!("01 LINE.\n  05 ALL-OF-IT PIC X({LENGTH}).\n"))
        .text("rules.yaml", &rules)
        .file("items.dat", &ebcdic("A"))
        .yaml(
            "version: 1\njob: T\ndatasets:\n  items: { path: items.dat, record: { copybook: item.cpy, recfm: F } }\n  lines: { path: lines.dat, record: { copybook: line.cpy, recfm: F }, disp: replace }\nsteps:\n  - step: P\n    post: { in: items, rules: rules.yaml, out: { OUT: lines } }\n",
        );
    job.run(&[]).status(0);
    let bytes = job.read("lines.dat");
    let text = offhost::encoding::CodePage::CP037.decode(&bytes);
    let characters: Vec<char> = text.chars().collect();
    characters.chunks(LENGTH).map(|line| line.iter().collect()).collect()
}

fn compare(make: &[fn(&mut Random) -> Statement]) {
    let mut random = Random::new(2026);
    let statements: Vec<Statement> =
        (0..STATEMENTS * make.len()).map(|number| make[number % make.len()](&mut random)).collect();
    let Some(theirs) = compiled(&statements) else { return };
    let ours = posted(&statements);
    assert_eq!(ours.len(), theirs.len());
    let mut different = String::new();
    for ((statement, ours), theirs) in statements.iter().zip(&ours).zip(&theirs) {
        if ours != theirs {
            let _ = writeln!(
                different,
                "  '{}': {}\n    {ours:?} instead of\n    {theirs:?}",
                statement.text, statement.cobol
            );
        }
    }
    assert!(different.is_empty(), "{} of {} differ:\n{different}", different.lines().count() / 3, ours.len());
}

#[test]
fn texts_are_inspected_as_cobol_inspects_them() {
    compare(&[inspect, converting]);
}

#[test]
fn texts_are_cut_and_joined_as_cobol_does_it() {
    compare(&[unstring, string]);
}

#[test]
fn tables_are_searched_as_cobol_searches_them() {
    compare(&[search]);
}
