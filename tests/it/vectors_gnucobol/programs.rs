//! The program of GnuCOBOL and the job that take the same vectors.

use std::fmt::Write;

use super::pictures::characters_to;
use super::statements::{NAMES, Shape};
use crate::harness::{Job, cobol, displayed};
use offhost::encoding::CodePage;

/// Bytes before the fields: number of the vector, number of the statement, flag.
pub const HEAD: usize = 13;
/// Bytes of a record.
pub const LENGTH: usize = 200;

const OPTIONS: [&str; 5] =
    ["-std=ibm", "-free", "-fno-arithmetic-osvs", "-fsign=EBCDIC", "-fbinary-truncate"];

/// The fields of all statements, each a redefinition of the same bytes.
fn layout(shapes: &[Shape]) -> String {
    let rest = LENGTH - HEAD;
    let mut text = format!(
        "01 VECTOR.\n  05 SEQ PIC 9(8).\n  05 SHAPE PIC 9(4).\n  05 FLAG PIC X.\n  05 FIELDS PIC X({rest}).\n"
    );
    for shape in shapes {
        let number = shape.number;
        let _ = writeln!(text, "  05 G-{number} REDEFINES FIELDS.");
        for (name, pic) in NAMES.iter().zip(&shape.fields) {
            let _ = writeln!(text, "    10 {name}-{number} {}.", pic.clause());
        }
    }
    text
}

fn program(shapes: &[Shape]) -> String {
    let mut text = format!(
        "IDENTIFICATION DIVISION.
PROGRAM-ID. VECTORS.
ENVIRONMENT DIVISION.
INPUT-OUTPUT SECTION.
FILE-CONTROL.
SELECT VECTORS-IN ASSIGN TO 'vectors.in' ORGANIZATION IS SEQUENTIAL.
SELECT VECTORS-OUT ASSIGN TO 'vectors.out' ORGANIZATION IS SEQUENTIAL.
DATA DIVISION.
FILE SECTION.
FD VECTORS-IN.
01 IN-RECORD PIC X({LENGTH}).
FD VECTORS-OUT.
01 OUT-RECORD PIC X({LENGTH}).
WORKING-STORAGE SECTION.
{}PROCEDURE DIVISION.
BEGIN-IT.
OPEN INPUT VECTORS-IN OUTPUT VECTORS-OUT.
NEXT-ONE.
READ VECTORS-IN INTO VECTOR AT END GO TO END-IT END-READ.
GO TO\n",
        layout(shapes)
    );
    for shape in shapes {
        let _ = writeln!(text, "S-{}", shape.number);
    }
    text.push_str("DEPENDING ON SHAPE.\nSTOP RUN 1.\n");
    for shape in shapes {
        let _ =
            writeln!(text, "S-{}.\n{}.\nGO TO PUT-IT.", shape.number, shape.named(shape.cobol.trim_end()));
    }
    text.push_str(
        "PUT-IT.\nWRITE OUT-RECORD FROM VECTOR.\nGO TO NEXT-ONE.\nEND-IT.\nCLOSE VECTORS-IN VECTORS-OUT.\nSTOP RUN.\n",
    );
    text
}

/// A record in the bytes of the other side, field by field.
fn converted(shape: &Shape, record: &[u8], to_gnucobol: bool) -> Vec<u8> {
    let (head, mut rest) = record.split_at(HEAD);
    let characters = |bytes: &[u8]| match to_gnucobol {
        true => CodePage::CP037.decode(bytes).chars().map(|letter| letter as u8).collect(),
        false => characters_to(bytes, CodePage::CP037),
    };
    let mut bytes = characters(head);
    for pic in &shape.fields {
        let (field, behind) = rest.split_at(pic.length());
        rest = behind;
        bytes.extend(if to_gnucobol { pic.to_gnucobol(field) } else { pic.read_gnucobol(field) });
    }
    bytes.extend(characters(rest));
    bytes
}

/// The records after the statements, with the bytes that offhost should give, or `None` without a compiler.
pub fn compiled(shapes: &[Shape], records: &[&[u8]]) -> Option<Vec<Vec<u8>>> {
    let folder = tempfile::tempdir().unwrap();
    if !cobol(folder.path(), "vectors", &program(shapes), &OPTIONS, "vectors of arithmetic, MOVE and editing")
    {
        return None;
    }
    let shape_of = |at: usize| &shapes[at % shapes.len()];
    let input: Vec<u8> =
        records.iter().enumerate().flat_map(|(at, record)| converted(shape_of(at), record, true)).collect();
    std::fs::write(folder.path().join("vectors.in"), input).unwrap();
    displayed(folder.path(), "vectors", &[]);
    let output = std::fs::read(folder.path().join("vectors.out")).unwrap();
    assert_eq!(output.len(), records.len() * LENGTH);
    Some(
        output
            .chunks(LENGTH)
            .enumerate()
            .map(|(at, record)| converted(shape_of(at), record, false))
            .collect(),
    )
}

fn rules(shapes: &[Shape]) -> String {
    let working: String = layout(shapes).lines().map(|line| format!("  {line}\n")).collect();
    let mut text = format!("version: 1\nprogram: VECTORS\nworking: |\n{working}rules:\n");
    for shape in shapes {
        let number = shape.number;
        let _ = write!(text, "  - rule: S-{number}\n    when: IN-SHAPE = {number}\n    do:\n");
        text.push_str("      - { move: IN-VECTOR, to: VECTOR }\n");
        for action in &shape.actions {
            let _ = writeln!(text, "      - {}", shape.named(action));
        }
        text.push_str("      - { emit: OUT, from: VECTOR }\n    then: done\n");
    }
    text.push_str("reject-record:\n  - { move: IN-VECTOR, to: REJECTED }\n");
    text
}

/// The same from a job with a rule for each statement. A record that a rule rejects comes back with E in its flag, as the
/// program's ON SIZE ERROR leaves it.
pub fn posted(shapes: &[Shape], records: &[&[u8]]) -> Vec<Vec<u8>> {
    let rest = LENGTH - 12;
    let job = Job::new()
        .text(
            "in.cpy",
            &format!(
                "01 IN-VECTOR.\n  05 IN-SEQ PIC 9(8).\n  05 IN-SHAPE PIC 9(4).\n  05 IN-REST PIC X({rest}).\n"
            ),
        )
        .text("out.cpy", &format!("01 DONE.\n  05 DONE-ALL PIC X({LENGTH}).\n"))
        .text("rejected.cpy", &format!("01 REJECTED.\n  05 REJECTED-ALL PIC X({LENGTH}).\n"))
        .text("rules.yaml", &rules(shapes))
        .file("vectors", &records.concat())
        .yaml(
            "version: 1
job: VECTORS
max-rc: 4
datasets:
  vectors: { path: vectors, record: { copybook: in.cpy } }
  done: { path: done, record: { copybook: out.cpy } }
  rejected: { path: rejected, record: { copybook: rejected.cpy } }
steps:
  - step: POST
    post: { in: vectors, rules: rules.yaml, out: { OUT: done }, rejects: { to: rejected } }
",
        );
    job.run(&[]).status(0);
    let mut all: Vec<Vec<u8>> = job.read("done").chunks(LENGTH).map(<[u8]>::to_vec).collect();
    for record in job.read("rejected").chunks(LENGTH) {
        let mut record = record.to_vec();
        record[HEAD - 1] = 0xC5;
        all.push(record);
    }
    // Numbers of vectors are characters, so that the order of bytes is theirs.
    all.sort_unstable_by(|a, b| a[..8].cmp(&b[..8]));
    assert_eq!(all.len(), records.len());
    all
}
