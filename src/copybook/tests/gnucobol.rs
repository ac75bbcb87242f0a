//! Random copybooks against a compiler: GnuCOBOL must find every item at the same place.

use std::fmt::Write;
use std::process::Command;

use super::*;

/// Copybooks compared in one program, and programs.
const RECORDS: usize = 100;
const PROGRAMS: usize = 6;

/// GnuCOBOL with -std=ibm: IBM's sizes for COMP, its own for COMP-5, and the addresses of the machine.
const JUDGE: CompilerOptions = CompilerOptions {
    dialect: Dialect::GnuCobol,
    binary_size: Some(BinarySize::Words),
    trunc: Trunc::Std,
    numproc: Numproc::NoPfd,
    arith: Arith::Extend,
    nsymbol: Nsymbol::National,
    pointer: PointerSize::Bits64,
};

/// Small pseudo-random numbers, the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn pick<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.roll(list.len() as u64) as usize]
    }
}

/// Writes one record.
struct Writer<'a> {
    dice: &'a mut Dice,
    record: usize,
    next: usize,
    /// The record has USAGE COMP-3, which its members must not contradict.
    packed: bool,
    text: String,
}

impl Writer<'_> {
    fn record(dice: &mut Dice, record: usize) -> String {
        let mut writer = Writer { dice, record, next: 0, packed: false, text: String::new() };
        writer.packed = writer.dice.roll(5) == 0;
        let usages = if writer.packed { [" USAGE COMP-3", "", ""] } else { ["", " USAGE DISPLAY", " COMP"] };
        writer.line(&format!("01 REC-{record}{}.", usages[0]));
        writer.line(&format!("05 N{record}A PIC 99{}.", usages[1]));
        writer.line(&format!("05 N{record}B PIC S9(4){}.", usages[2]));
        // Where items move, GnuCOBOL counts redefinitions in tables as storage of their own: keep the two apart.
        let varying = writer.dice.roll(2) == 0;
        for _ in 0..2 + writer.dice.roll(4) {
            writer.item(5, 0, varying);
        }
        for counter in if varying { &["A", "B"][..] } else { &[] } {
            writer.varying(counter);
            writer.item(5, 0, varying);
        }
        writer.text
    }

    fn line(&mut self, text: &str) {
        // Long entries go on in the next line, as they would on cards.
        let mut line = String::from("      ");
        for word in text.split(' ') {
            if line.len() + 1 + word.len() > 72 {
                let _ = writeln!(self.text, "{line}");
                line = String::from("           ");
            }
            let _ = write!(line, " {word}");
        }
        let _ = writeln!(self.text, "{line}");
    }

    fn name(&mut self) -> String {
        self.next += 1;
        format!("F{}-{}", self.record, self.next)
    }

    /// USAGE that needs no PICTURE or has rules of its own; not below a group of another USAGE.
    fn special(&mut self) -> String {
        let digits = 1 + self.dice.roll(18);
        match self.dice.roll(6) {
            0 => format!("PIC 9({digits}) COMP-6"),
            1 => format!("PIC 9({digits}) COMP-X"),
            2 => format!("PIC X({}) COMP-X", 1 + digits % 8),
            3 => format!("PIC 9({digits}) BLANK WHEN ZERO"),
            4 => format!("PIC X({digits}) JUSTIFIED RIGHT"),
            _ => self
                .dice
                .pick(&[
                    "COMP-1",
                    "COMP-2",
                    "FLOAT-SHORT",
                    "USAGE FLOAT-LONG",
                    "BINARY-CHAR UNSIGNED",
                    "BINARY-SHORT",
                    "USAGE IS BINARY-LONG SIGNED",
                    "BINARY-DOUBLE",
                    "INDEX",
                    "POINTER",
                    "PROCEDURE-POINTER",
                ])
                .to_owned(),
        }
    }

    fn picture(&mut self) -> String {
        if !self.packed && self.dice.roll(4) == 0 {
            return self.special();
        }
        match self.dice.roll(6) {
            0 => format!("PIC X({})", 1 + self.dice.roll(20)),
            1 => format!("pic a({})", 1 + self.dice.roll(5)),
            _ => {
                let sign = self.dice.pick(&["", "S"]);
                let digits = 1 + self.dice.roll(14);
                let tail = self.dice.pick(&["", "V", "V9", "V9(3)", "PP"]);
                let shown = self.dice.pick(&["", "COMP", "COMP-3", "BINARY", "PACKED-DECIMAL", "COMP-5"]);
                let place =
                    self.dice.pick(&["", "SIGN LEADING SEPARATE", "LEADING", "SIGN IS TRAILING SEPARATE"]);
                let place = if sign == "S" && shown.is_empty() { place } else { "" };
                match self.packed {
                    true => format!("PIC {sign}9({digits}){tail}"),
                    false => format!("PIC {sign}9({digits}){tail} {shown} {place}"),
                }
            }
        }
    }

    /// An item, a group with members, or, unless `plain`, an item and its redefinition.
    fn item(&mut self, level: u64, dims: u64, plain: bool) {
        let name = self.name();
        let occurs = if dims < 3 && self.dice.roll(4) == 0 {
            format!(" OCCURS {} TIMES", 1 + self.dice.roll(5))
        } else {
            String::new()
        };
        let dims = dims + u64::from(!occurs.is_empty());
        if level < 20 && self.dice.roll(3) == 0 {
            self.line(&format!("{level:02} {name}{occurs}."));
            for _ in 0..1 + self.dice.roll(3) {
                self.item(level + 5, dims, plain);
            }
            return;
        }
        if occurs.is_empty() && !plain && self.dice.roll(4) == 0 {
            return self.redefined(level, dims, &name);
        }
        let picture = self.picture();
        // GnuCOBOL puts slack bytes before the wrong item of a table.
        let sync =
            if dims == 0 && !plain { self.dice.pick(&["", " SYNC", " SYNCHRONIZED RIGHT"]) } else { "" };
        let sync = if picture.contains("JUST") || picture.contains("BLANK") { "" } else { sync };
        self.line(&format!("{level:02} {name} {picture}{sync}{occurs}."));
    }

    fn redefined(&mut self, level: u64, dims: u64, name: &str) {
        self.line(&format!("{level:02} {name} PIC X(900)."));
        let other = self.name();
        self.line(&format!("{level:02} {other} REDEFINES {name}."));
        self.item(level + 5, dims, true);
        self.line(&format!("{:02} FILLER PIC X.", level + 5));
    }

    fn varying(&mut self, counter: &str) {
        let name = self.name();
        let (min, extra) = (self.dice.roll(3), 1 + self.dice.roll(9));
        let record = self.record;
        self.line(&format!(
            "05 {name} OCCURS {min} TO {} TIMES DEPENDING ON N{record}{counter}.",
            min + extra
        ));
        self.item(10, 2, true);
    }
}

/// A program that prints record lengths at both extremes, and place and length of every named item.
fn program(copybooks: &[String], layouts: &[Layout]) -> String {
    let mut text = String::from(
        "       IDENTIFICATION DIVISION.\n       PROGRAM-ID. PLACES.\n       DATA DIVISION.\n       \
         WORKING-STORAGE SECTION.\n       01 P1 POINTER.\n       01 A1 REDEFINES P1 PIC 9(18) COMP-5.\n       \
         01 P2 POINTER.\n       01 A2 REDEFINES P2 PIC 9(18) COMP-5.\n       01 DISTANCE PIC 9(9).\n       \
         01 SIZE-OF PIC 9(9).\n",
    );
    copybooks.iter().for_each(|copybook| text.push_str(copybook));
    text.push_str("       PROCEDURE DIVISION.\n");
    for (record, layout) in layouts.iter().enumerate() {
        counters(&mut text, layout, |occurs| occurs.min);
        let _ = writeln!(text, "           SET P1 TO ADDRESS OF REC-{record}");
        let (last, room) = last_item(layout);
        // FUNCTION LENGTH of a record with two varying tables is not to be trusted, but the last item's place is.
        let _ = writeln!(text, "           SET P2 TO ADDRESS OF {}", reference(last));
        let _ = writeln!(text, "           COMPUTE SIZE-OF = A2 - A1 + {room}");
        let _ = writeln!(text, "           DISPLAY 'MIN ' SIZE-OF");
        counters(&mut text, layout, |occurs| occurs.max);
        for (_, field) in layout.fields().filter(|(_, field)| field.name.is_some()) {
            let name = field.display_name();
            let item = reference(field);
            let _ = writeln!(text, "           SET P2 TO ADDRESS OF {item}");
            let _ = writeln!(text, "           COMPUTE DISTANCE = A2 - A1");
            let _ = writeln!(text, "           MOVE FUNCTION LENGTH ({item}) TO SIZE-OF");
            let _ = writeln!(text, "           DISPLAY '{name} ' DISTANCE ' ' SIZE-OF");
        }
    }
    text.push_str("           STOP RUN.\n");
    text
}

/// The item with as many subscripts as it needs.
fn reference(field: &Field) -> String {
    let subscripts = vec!["1"; field.dims.len()].join(" ");
    let name = field.display_name();
    if subscripts.is_empty() { name.to_owned() } else { format!("{name} ({subscripts})") }
}

/// The last item of the record that has storage of its own, and all its bytes.
fn last_item(layout: &Layout) -> (&Field, usize) {
    let (_, record) = layout.roots().next().unwrap();
    let mut items = record.children.iter().map(|id| layout.field(*id));
    let last = items.rfind(|field| field.redefines.is_none()).unwrap();
    (last, last.length * last.occurs.as_ref().map_or(1, |occurs| occurs.max as usize))
}

fn counters(text: &mut String, layout: &Layout, value: impl Fn(&Occurs) -> u32) {
    for occurs in layout.fields().filter_map(|(_, field)| field.occurs.as_ref()) {
        if let Some(counter) = occurs.depending_on {
            let _ = writeln!(
                text,
                "           MOVE {} TO {}",
                value(occurs),
                layout.field(counter).display_name()
            );
        }
    }
}

/// What the program should print.
fn expected(layouts: &[Layout]) -> Vec<String> {
    let mut lines = Vec::new();
    for layout in layouts {
        lines.push(format!("MIN {:09}", layout.length_min()));
        for (_, field) in layout.fields().filter(|(_, field)| field.name.is_some()) {
            lines.push(format!("{} {:09} {:09}", field.display_name(), field.offset, field.length));
        }
    }
    lines
}

#[test]
fn a_compiler_agrees() {
    if Command::new("cobc").arg("--version").output().is_err() {
        eprintln!("SKIPPED: cobc is not on PATH, so no compiler checks the layouts");
        return;
    }
    let mut dice = Dice(20_240_229);
    let batches: Vec<Vec<String>> = (0..PROGRAMS)
        .map(|_| (0..RECORDS).map(|record| Writer::record(&mut dice, record)).collect())
        .collect();
    // One process a program and one core a process.
    rayon::scope(|scope| batches.iter().for_each(|batch| scope.spawn(|_| judge(batch))));
}

/// Compiles and runs a program with all these records and compares every place and length.
fn judge(copybooks: &[String]) {
    let options = CopybookOptions { compiler: JUDGE, ..CopybookOptions::default() };
    let layouts: Vec<Layout> = copybooks
        .iter()
        .map(|text| {
            let (layout, diagnostics) = parse(&Source::new("test.cpy", text.as_str()), &options);
            layout.unwrap_or_else(|| panic!("{text}\n{diagnostics}"))
        })
        .collect();
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("places.cob"), program(copybooks, &layouts)).unwrap();
    let mut compile = Command::new("cobc");
    compile
        .args(["-x", "-std=ibm", "-fodoslide", "-w", "-A", "-O0", "-o", "places", "places.cob"])
        .current_dir(directory.path());
    let compiled = compile.output().unwrap();
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
    let run = Command::new(directory.path().join("places")).output().unwrap();
    let printed = String::from_utf8_lossy(&run.stdout).into_owned();
    let mut record = 0;
    for (found, wanted) in printed.lines().zip(expected(&layouts)) {
        record += usize::from(wanted.starts_with("MIN"));
        assert_eq!(found, wanted, "compiler on the left\n{}", copybooks[record - 1]);
    }
    assert_eq!(printed.lines().count(), expected(&layouts).len(), "{}", String::from_utf8_lossy(&run.stderr));
}
