//! `offhost cat`: records as they are shown, through the binary.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::harness::{Job, ebcdic, material, packed, samples, text, with_rdw};

const COPYBOOK: &str = "
       01  CUST.
           05  ACCT         PIC 9(4).
           05  NAME         PIC X(6).
           05  STATE        PIC X.
               88  ACTIVE   VALUE 'A'.
               88  OPEN-ONE VALUE 'A' THRU 'C'.
           05  BALANCE      PIC S9(5)V99 COMP-3.
           05  ITEMS        PIC 9.
           05  ITEM OCCURS 0 TO 2 DEPENDING ON ITEMS.
               10  QTY      PIC 9(2).
               10  KIND     PIC X OCCURS 2.
";

fn customer(id: &str, name: &[u8], state: &str, balance: &[u8], items: &str) -> Vec<u8> {
    let count = ebcdic(&(items.len() / 4).to_string());
    [ebcdic(id), name.to_vec(), ebcdic(state), balance.to_vec(), count, ebcdic(items)].concat()
}

/// Three customers: a good one, one with a bad number and an escape sequence, one that ends early with bytes of no field.
fn customers() -> Job {
    let good = customer("0001", &text("ANNA", 6), "A", &packed(-150, 7, true), "12XY34Z ");
    let bad = customer("  02", &[0xC2, 0x27, 0x5B, 0x00, 0x40, 0x40], "D", &[0x40; 4], "");
    let long = customer("0003", &text("CARL", 6), "B", &packed(0, 7, true), "");
    let records = [good, bad, [long, vec![0xDE, 0xAD]].concat(), ebcdic("0004DO")];
    let file: Vec<u8> = records.iter().flat_map(|record| with_rdw(record)).collect();
    Job::new().text("c.cpy", COPYBOOK).file("c.vb", &file)
}

/// What `cat` prints for files of the job; it must end well.
#[track_caller]
fn cat(job: &Job, arguments: &[&str]) -> (String, String) {
    cat_with(job, arguments, &[])
}

#[track_caller]
fn cat_with(job: &Job, arguments: &[&str], environment: &[(&str, &str)]) -> (String, String) {
    let path = |name: &str| job.path().join(name).display().to_string();
    let paths = |name: &&str| if job.path().join(name).is_file() { path(name) } else { (*name).to_owned() };
    let all: Vec<String> = ["cat"].iter().chain(arguments).map(paths).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    let run = job.offhost_with(&all, environment).status(0);
    (run.stdout.clone(), run.stderr.clone())
}

const RECORDS: [&str; 5] = ["c.vb", "-c", "c.cpy", "--recfm", "V"];

#[test]
fn records_down_the_page() {
    let (shown, said) = cat(&customers(), &[&RECORDS[..], &["--down"]].concat());
    let wanted = "\
── record 1, offset 4, 24 bytes ──
  ACCT         1
  NAME         'ANNA'
  STATE        'A'  ACTIVE  OPEN-ONE
  BALANCE      -1.50
  ITEMS        2
  ITEM(1)
    QTY(1)     12
    KIND(1,1)  'X'
    KIND(1,2)  'Y'
  ITEM(2)
    QTY(2)     34
    KIND(2,1)  'Z'
    KIND(2,2)  ''
── record 2, offset 32, 16 bytes ──
  ACCT     ?? X'4040F0F2'  byte 1 of the field is not a digit
  NAME     'B‹27›$‹00›'
  STATE    'D'
  BALANCE  ?? X'40404040'  blanks
  ITEMS    0
  ITEM     (none of at most 2)
── record 3, offset 52, 18 bytes ──
  ACCT        3
  NAME        'CARL'
  STATE       'B'  OPEN-ONE
  BALANCE     0.00
  ITEMS       0
  ITEM        (none of at most 2)
  (no field)  X'DEAD'
── record 4, offset 74, 6 bytes ──
  ACCT     4
  NAME     'DO'  (cut: 2 of 6 bytes)
  STATE    (missing)
  BALANCE  (missing)
  ITEMS    (missing)
  !! DAT005: the record has 6 bytes, too few for ITEMS, which ends at byte 16
";
    assert_eq!(shown, wanted);
    assert_eq!(
        said,
        "numbers that are none, in 1 of 4 records: ACCT 1, BALANCE 1\nnot read to their end (see !!): 1 of 4 records\n"
    );
}

#[test]
fn bytes_places_and_pictures_beside_values() {
    let all =
        [&RECORDS[..], &["--down", "--hex", "--offsets", "-v", "--fields", "NAME,BALANCE,QTY"]].concat();
    let (shown, _) = cat(&customers(), &[&all[..], &["--take", "2"]].concat());
    let wanted = "\
── record 1, offset 4, 24 bytes ──
  NAME      4+6   PIC X(6)             'ANNA'  X'C1D5D5C14040'
  BALANCE   11+4  PIC S9(5)V99 COMP-3  -1.50   X'0000150D'
  ITEM(1)   16+4
    QTY(1)  16+2  PIC 9(2)             12      X'F1F2'
  ITEM(2)   20+4
    QTY(2)  20+2  PIC 9(2)             34      X'F3F4'
── record 2, offset 32, 16 bytes ──
";
    assert!(shown.starts_with(wanted), "{shown}");
}

#[test]
fn records_across_the_page() {
    let (shown, _) = cat(&customers(), &[&RECORDS[..], &["--across", "--hex", "--offsets"]].concat());
    let wanted = concat!(
        "   record     offset  length      ACCT  NAME          STATE    BALANCE  ITEMS  QTY(1)  KIND(1,1)  KIND(1,2)  QTY(2)  KIND(2,1)  KIND(2,2)\n",
        "─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────\n",
        "        1          4      24         1  ANNA          A          -1.50      2      12  X          Y              34  Z\n",
        "                              F0F0F0F1  C1D5D5C14040  C1      0000150D     F2    F1F2  E7         E8           F3F4  E9         40\n",
        "        2         32      16  ??4040F…  B‹27›$‹00›    D      ??404040…      0\n",
        "                              4040F0F2  C2275B004040  C4      40404040     F0\n",
        "        3         52      18         3  CARL          B           0.00      0                                                              +X'DEAD'\n",
        "                              F0F0F0F3  C3C1D9D34040  C2      0000000C     F0\n",
        "        4         74       6         4  DO            —              —      —\n",
        "                              F0F0F0F4  C4D6\n",
        "  !! DAT005: the record has 6 bytes, too few for ITEMS, which ends at byte 16\n",
    );
    assert_eq!(shown, wanted);
    // Fields that fit go across by themselves; on a narrower page they go down.
    let few = [&RECORDS[..], &["--fields", "ACCT,BALANCE", "--take", "1"]].concat();
    let (across, _) = cat(&customers(), &few);
    assert_eq!(
        across,
        "   record  ACCT    BALANCE\n──────────────────────────\n        1     1      -1.50\n"
    );
    let (down, _) = cat_with(&customers(), &few, &[("COLUMNS", "20")]);
    assert_eq!(down, "── record 1, offset 4, 24 bytes ──\n  ACCT     1\n  BALANCE  -1.50\n");
}

#[test]
fn views_that_do_not_apply_are_left_out() {
    let copybook = "
       01  R.
           05  T        PIC X.
           05  A.
               10  N    PIC 9(3).
           05  B REDEFINES A PIC X(3).
";
    let job = Job::new().text("r.cpy", copybook).file("r", &[ebcdic("A123"), ebcdic("BXYZ")].concat());
    let (both, said) = cat(&job, &["r", "-c", "r.cpy", "--down"]);
    let second = "── record 2, offset 4, 4 bytes ──\n  T    'B'\n  A\n    N  ?? X'E7E8E9'  byte 1 of the field is not a digit\n  B    'XYZ'  redefines A\n";
    assert!(both.ends_with(second), "{both}");
    assert!(said.contains("N 1"), "{said}");
    let (one, said) = cat(&job, &["r", "-c", "r.cpy", "--down", "--view", "B: T = 'B'"]);
    let wanted = "── record 1, offset 0, 4 bytes ──\n  T    'A'\n  A\n    N  123\n── record 2, offset 4, 4 bytes ──\n  T  'B'\n  B  'XYZ'  redefines A\n";
    assert_eq!((one.as_str(), said.as_str()), (wanted, ""));
}

#[test]
fn kinds_of_records_and_doubts() {
    let copybook = "
       01  HDR.
           05  T        PIC X.
           05  N        PIC 9(3).
       01  DTL.
           05  T        PIC X.
           05  TEXT-OF  PIC X(3).
";
    let file = [ebcdic("H001"), ebcdic("DABC"), ebcdic("?ABC"), ebcdic("HX 1")].concat();
    let job = Job::new().text("k.cpy", copybook).file("k", &file);
    let kinds = ["--record", "HDR: T OF HDR = 'H'", "--record", "DTL: T OF HDR = 'D'"];
    let (shown, said) = cat(&job, &[&["k", "-c", "k.cpy"][..], &kinds].concat());
    let wanted = "   record  kind  T    N
───────────────────────
        1  HDR   H    1
   record  kind  T  TEXT-OF
───────────────────────────
        2  DTL   D  ABC
        3  +X'6FC1C2C3'
  !! DAT019: the record is of no kind: none of the conditions holds
   record  kind  T    N
───────────────────────
        4  HDR   H  ??…
";
    assert_eq!(shown, wanted);
    assert!(said.contains("(see !!): 1 of 4 records"), "{said}");
    // Whether a bad number is wanted cannot be known: the record is shown, and why.
    let (shown, _) =
        cat(&job, &[&["k", "-c", "k.cpy"][..], &kinds, &["--where", "N < 1", "--down"]].concat());
    assert!(!shown.contains("record 1,") && shown.contains("record 4,"), "{shown}");
    assert!(shown.contains("!! DAT001: N is not a valid number"), "{shown}");
}

#[test]
fn bytes_without_a_copybook() {
    let job = Job::new().file("f", &[text("ABC", 17), vec![0x27; 17]].concat());
    let (shown, _) = cat(&job, &["f", "--lrecl", "17"]);
    let wanted = "\
── record 1, offset 0, 17 bytes ──
  000000  C1C2C340 40404040 40404040 40404040  |ABC             |
  000010  40                                   | |
── record 2, offset 17, 17 bytes ──
  000000  27272727 27272727 27272727 27272727  |................|
  000010  27                                   |.|
";
    assert_eq!(shown, wanted);
    let variable = Job::new().file("v", &[with_rdw(b"one"), with_rdw(b"three")].concat());
    let all = ["v", "--recfm", "V", "--code-page", "ascii", "--skip", "1"];
    let (shown, _) = cat(&variable, &all);
    assert_eq!(
        shown,
        "── record 2, offset 11, 5 bytes ──\n  000000  74687265 65                          |three|\n"
    );
    for (arguments, why) in [
        (&["f"][..], "--lrecl"),
        (&["f", "--lrecl", "17", "--where", "A = 1"], "--where: there is no copybook"),
        (&["f", "--lrecl", "17", "--fields", "A"], "--fields: there is no copybook"),
        (&["f", "--lrecl", "17", "--across"], "--across: there is no copybook"),
        (&["f", "--json"], "offhost convert"),
    ] {
        let path = job.path().join("f").display().to_string();
        let all: Vec<&str> = ["cat", &path].into_iter().chain(arguments[1..].iter().copied()).collect();
        job.offhost(&all).status(64).stderr_contains(why);
    }
}

#[test]
fn nothing_that_a_terminal_obeys_gets_out() {
    let job = Job::new().text("x.cpy", "       01 X.\n       05 T PIC X(256).\n       05 N PIC 9(4).\n");
    let all: Vec<u8> = (0..=255).chain([0x27, 0x5B, 0xF2, 0xD1]).collect();
    job.put("x", &all);
    for page in ["cp037", "cp1047", "cp273", "ascii", "cp939"] {
        for look in
            [&["-c", "x.cpy", "--down", "--hex"][..], &["-c", "x.cpy", "--across"], &["--lrecl", "260"]]
        {
            let (shown, _) = cat(&job, &[&["x", "--code-page", page, "--color", "never"][..], look].concat());
            let obeyed = shown.chars().find(|c| c.is_control() && *c != '\n');
            assert_eq!(obeyed, None, "{page} {look:?}");
        }
    }
}

#[test]
fn colours_only_where_they_are_wanted() {
    let all = [&RECORDS[..], &["--down"]].concat();
    let (plain, _) = cat(&customers(), &all);
    let (coloured, _) = cat(&customers(), &[&all[..], &["--color", "always"]].concat());
    assert!(!plain.contains('\u{1B}'));
    assert!(coloured.contains("\u{1B}[1m\u{1B}[31m?? X'40404040'\u{1B}[0m"), "{coloured:?}");
    let mut stripped = String::new();
    let mut inside = false;
    for character in coloured.chars() {
        inside |= character == '\u{1B}';
        if !inside {
            stripped.push(character);
        }
        inside &= character != 'm';
    }
    assert_eq!(stripped, plain);
}

#[test]
fn long_values_are_broken_to_the_page() {
    let job = Job::new().text("x.cpy", "       01 X.\n       05 T PIC X(90).\n       05 N PIC 9(2).\n");
    job.put("x", &[text(&"ABCDEFGHI ".repeat(9), 90), ebcdic("42")].concat());
    let arguments = ["x", "-c", "x.cpy", "--down", "--hex"];
    let (wide, _) = cat(&job, &arguments);
    assert_eq!(wide.lines().count(), 3);
    let (narrow, _) = cat_with(&job, &arguments, &[("COLUMNS", "40")]);
    assert!(narrow.lines().skip(1).all(|line| line.chars().count() <= 40), "{narrow}");
    let joined: String = narrow.lines().skip(1).map(|line| line.trim_start().to_owned()).collect();
    assert!(joined.replace(' ', "").contains(&"C1C2C3C4C5C6C7C8C940".repeat(8)), "{narrow}");
}

/// The program with a pipe for its output.
fn piped(arguments: &[&str]) -> std::process::Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_offhost"));
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

/// A file of ten gigabytes that takes no room, with one record written in it.
fn huge(folder: &Path) -> PathBuf {
    let path = folder.join("huge");
    let mut file = File::create(&path).unwrap();
    file.write_all(&text("FIRST", 100)).unwrap();
    file.set_len(10_000_000_000).unwrap();
    path
}

#[test]
fn only_what_is_shown_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = huge(folder.path());
    let path = path.to_str().unwrap();
    let clock = Instant::now();
    let last = piped(&["cat", path, "--lrecl", "100", "--skip", "99999999"]).wait_with_output().unwrap();
    let shown = String::from_utf8(last.stdout).unwrap();
    assert!(shown.starts_with("── record 100000000, offset 9999999900, 100 bytes ──"), "{shown}");
    // Whoever has seen enough ends the reading, and that is no error.
    let mut child = piped(&["cat", path, "--lrecl", "100"]);
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.starts_with("── record 1,"), "{line}");
    let ended = child.wait_with_output().unwrap();
    assert_eq!((ended.status.code(), ended.stderr.as_slice()), (Some(0), &b""[..]));
    assert!(clock.elapsed() < Duration::from_secs(10), "{:?}", clock.elapsed());
}

#[test]
fn a_terminal_gets_a_pager() {
    let Ok(script) = Command::new("script").arg("--version").output() else {
        eprintln!("SKIPPED: there is no script(1) to make a terminal");
        return;
    };
    assert!(script.status.success());
    let folder = tempfile::tempdir().unwrap();
    let path = huge(folder.path());
    let shown = |more: &str, pager: &str| {
        let binary = env!("CARGO_BIN_EXE_offhost");
        let command = format!("{binary} cat {} --lrecl 100 --take 1 {more}", path.display());
        let mut script = Command::new("script");
        script.args(["-qec", &command, "/dev/null"]).env("PAGER", pager).env("TERM", "xterm");
        script.env_remove("NO_COLOR").stdin(Stdio::null());
        String::from_utf8(script.output().unwrap().stdout).unwrap()
    };
    let paged = shown("", "sed s/^/PAGED:/");
    assert!(paged.contains("PAGED:") && paged.contains("\u{1B}["), "{paged}");
    assert!(!shown("--no-pager", "sed s/^/PAGED:/").contains("PAGED:"));
    assert!(shown("", "head -1").contains("record 1"));
    assert!(shown("", "").contains("FIRST"));
}

#[test]
fn files_of_other_readers_are_shown_or_refused() {
    let Some(material) = material("codec") else { return };
    let job = Job::new();
    let (mut shown, mut refused) = (0, 0);
    for folder in samples(&material) {
        let path = |name: &str| folder.join(name).display().to_string();
        let (data, copybook) = (path("data.bin"), path("copybook.cpy"));
        for look in [&["--down", "--hex", "-v"][..], &["--across", "--hex", "--offsets"]] {
            for framing in [&["--length", "computed"][..], &["--recfm", "V", "--rdw", "little,payload"]] {
                let arguments =
                    [&["cat", &data, "-c", &copybook, "--take", "20"][..], look, framing].concat();
                let run = job.offhost(&arguments);
                assert!(
                    matches!(run.status, 0 | 64 | 80 | 81),
                    "{arguments:?}: {}\n{}",
                    run.status,
                    run.stderr
                );
                assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
                if run.status == 0 { shown += 1 } else { refused += 1 }
            }
        }
        let arguments = ["cat", &data, "--recfm", "text", "--code-page", "ascii", "--take", "20"];
        let run = job.offhost(&arguments);
        assert!(matches!(run.status, 0 | 81), "{arguments:?}: {}\n{}", run.status, run.stderr);
    }
    assert!(shown > 75, "{shown} shown, {refused} refused");
}

#[test]
fn condition_names_of_groups_and_in_tables() {
    let copybook = "
       01  R.
           05  G OCCURS 2.
               88  IS-BLANK VALUE SPACES.
               88  IS-ZERO-ONE VALUE '0001'.
               10  FILLER  PIC X.
               10  N       PIC 9(3).
                   88  IS-ONE VALUE 1.
           05  T           PIC X(4).
               88  FULL-T  VALUE 'WXYZ'.
           05  U REDEFINES T PIC 9(4).
";
    let job = Job::new().text("g.cpy", copybook).file("g", &with_rdw(&ebcdic("0001    WX")));
    let arguments = ["g", "-c", "g.cpy", "--down", "--recfm", "V", "--offsets"];
    let (shown, _) = cat(&job, &arguments);
    let wanted = "\
── record 1, offset 4, 10 bytes ──
  G(1)    0+4  IS-ZERO-ONE
    N(1)  1+3  1  IS-ONE
  G(2)    4+4  IS-BLANK
    N(2)  5+3  ?? X'404040'  blanks
  T       8+2  'WX'  (cut: 2 of 4 bytes)
  U            (missing)  redefines T
  !! the record ends 2 bytes before its fields do
";
    assert_eq!(shown, wanted);
    // A view that gives way is not missing, and one that is chosen is, if the record ends too early for it.
    let (shown, _) = cat(&job, &[&arguments[..], &["--view", "U: N(1) = 1"]].concat());
    assert!(!shown.contains("\n  T ") && shown.contains("\n  U            (missing)"), "{shown}");
    let (shown, _) = cat(&job, &[&arguments[..], &["--view", "U: N(1) = 2"]].concat());
    assert!(shown.contains("\n  T       8+2  'WX'") && !shown.contains("\n  U"), "{shown}");
}
