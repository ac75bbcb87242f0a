//! A listing with control characters against a COBOL program that writes the same one: its own edited fields, its own
//! control breaks, its own counting of lines. Byte for byte.

use std::process::Command;

use crate::harness::{Job, Random, packed};

const COPYBOOK: &str = "       01  REC.
           05  REGION    PIC X(2).
           05  ACCT      PIC 9(4).
           05  AMT       PIC S9(6)V99 COMP-3.
           05  NAME      PIC X(6).
";

const PROGRAM: &str = "       IDENTIFICATION DIVISION.
       PROGRAM-ID. LISTING.
       ENVIRONMENT DIVISION.
       INPUT-OUTPUT SECTION.
       FILE-CONTROL.
           SELECT INF ASSIGN TO 'in.dat' ORGANIZATION IS SEQUENTIAL.
           SELECT LST ASSIGN TO 'list.dat' ORGANIZATION IS SEQUENTIAL.
       DATA DIVISION.
       FILE SECTION.
       FD  INF.
REC-HERE
       FD  LST.
       01  LST-REC.
           05  LST-CC    PIC X.
           05  LST-TEXT  PIC X(60).
       WORKING-STORAGE SECTION.
       01  EOF-SW        PIC X VALUE 'N'.
       01  FIRST-SW      PIC X VALUE 'Y'.
       01  EJECT-SW      PIC X VALUE 'Y'.
       01  OLD-REGION    PIC X(2).
       01  LINES-USED    PIC 9(4) VALUE 99.
       01  GAP           PIC 9(4) VALUE 0.
       01  NEEDED        PIC 9(4).
       01  PAGE-NO       PIC 9(4) VALUE 0.
       01  GROUP-SUM     PIC S9(9)V99 COMP-3 VALUE 0.
       01  GROUP-COUNT   PIC 9(7) VALUE 0.
       01  ALL-SUM       PIC S9(9)V99 COMP-3 VALUE 0.
       01  ALL-COUNT     PIC 9(7) VALUE 0.
       01  AVERAGE       PIC S9(9)V99 COMP-3.
       01  LINE-OUT      PIC X(60).
       01  TOP-LINE.
           05  FILLER    PIC X(8) VALUE 'REGISTER'.
           05  FILLER    PIC X(21) VALUE SPACES.
           05  FILLER    PIC X(5) VALUE 'PAGE '.
           05  TOP-PAGE  PIC ZZ9.
       01  HEAD-LINE     PIC X(60) VALUE
           'ACCT  NAME                      AMT'.
       01  RULE-LINE     PIC X(60) VALUE
           '----  ------------  ---------------'.
       01  REGION-LINE.
           05  FILLER    PIC X(7) VALUE 'REGION '.
           05  REGION-O  PIC X(2).
       01  DETAIL-LINE.
           05  D-ACCT    PIC 9(4).
           05  FILLER    PIC X(2) VALUE SPACES.
           05  D-NAME    PIC X(12).
           05  FILLER    PIC X(2) VALUE SPACES.
           05  FILLER    PIC X(2) VALUE SPACES.
           05  D-AMT     PIC $$$$,$$9.99CR.
       01  TOTAL-LINE.
           05  T-LABEL   PIC X(18).
           05  FILLER    PIC X(2) VALUE SPACES.
           05  T-AMT     PIC $**,***,**9.99-.
       PROCEDURE DIVISION.
       MAIN-PARA.
           OPEN INPUT INF OUTPUT LST.
           PERFORM READ-PARA.
           PERFORM RECORD-PARA UNTIL EOF-SW = 'Y'.
           PERFORM GROUP-END.
           MOVE 'ALL' TO T-LABEL.
           MOVE 2 TO NEEDED.
           PERFORM ROOM-PARA.
           MOVE ALL-SUM TO T-AMT.
           MOVE TOTAL-LINE TO LINE-OUT.
           PERFORM WRITE-PARA.
           MOVE 'ALL, average' TO T-LABEL.
           DIVIDE ALL-SUM BY ALL-COUNT GIVING T-AMT.
           MOVE TOTAL-LINE TO LINE-OUT.
           PERFORM WRITE-PARA.
           CLOSE INF LST.
           STOP RUN.
       READ-PARA.
           READ INF AT END MOVE 'Y' TO EOF-SW.
       RECORD-PARA.
           IF FIRST-SW = 'Y' OR REGION NOT = OLD-REGION
              IF FIRST-SW = 'N'
                 PERFORM GROUP-END
                 MOVE 1 TO GAP
              END-IF
              MOVE 'N' TO FIRST-SW
              MOVE REGION TO OLD-REGION
              MOVE 2 TO NEEDED
              PERFORM ROOM-PARA
              MOVE REGION TO REGION-O
              MOVE REGION-LINE TO LINE-OUT
              PERFORM WRITE-PARA
           END-IF.
           MOVE 1 TO NEEDED.
           PERFORM ROOM-PARA.
           MOVE ACCT TO D-ACCT.
           MOVE NAME TO D-NAME.
           MOVE AMT TO D-AMT.
           MOVE DETAIL-LINE TO LINE-OUT.
           PERFORM WRITE-PARA.
           ADD AMT TO GROUP-SUM.
           ADD 1 TO GROUP-COUNT.
           PERFORM READ-PARA.
       GROUP-END.
           MOVE 2 TO NEEDED.
           PERFORM ROOM-PARA.
           MOVE 'TOTAL' TO T-LABEL.
           MOVE GROUP-SUM TO T-AMT.
           MOVE TOTAL-LINE TO LINE-OUT.
           PERFORM WRITE-PARA.
           MOVE 'TOTAL, average' TO T-LABEL.
           DIVIDE GROUP-SUM BY GROUP-COUNT GIVING T-AMT.
           MOVE TOTAL-LINE TO LINE-OUT.
           PERFORM WRITE-PARA.
           ADD GROUP-SUM TO ALL-SUM.
           ADD GROUP-COUNT TO ALL-COUNT.
           MOVE 0 TO GROUP-SUM GROUP-COUNT.
       ROOM-PARA.
           IF LINES-USED + GAP + NEEDED > 20
              MOVE 0 TO LINES-USED GAP
              MOVE 'Y' TO EJECT-SW
              ADD 1 TO PAGE-NO
              MOVE PAGE-NO TO TOP-PAGE
              MOVE TOP-LINE TO LINE-OUT
              PERFORM WRITE-PARA
              MOVE HEAD-LINE TO LINE-OUT
              MOVE 1 TO GAP
              PERFORM WRITE-PARA
              MOVE RULE-LINE TO LINE-OUT
              PERFORM WRITE-PARA
           END-IF.
       WRITE-PARA.
           IF EJECT-SW = 'Y' MOVE '1' TO LST-CC
           ELSE IF GAP = 1 MOVE '0' TO LST-CC
           ELSE MOVE ' ' TO LST-CC.
           MOVE 'N' TO EJECT-SW.
           MOVE LINE-OUT TO LST-TEXT.
           WRITE LST-REC.
           ADD 1 GAP TO LINES-USED.
           MOVE 0 TO GAP.
";

const REPORT: &str = "version: 1
job: LISTING
datasets:
  in: { path: in.dat, record: { copybook: rec.cpy, recfm: FB, code-page: latin-1 } }
  list: { path: list.dat }
steps:
  - step: LIST
    report:
      in: in
      page-header: [ [ REGISTER, { text: 'PAGE ', column: 30 }, { page: ZZ9 } ], '' ]
      columns:
        - { field: ACCT, pic: 9(4) }
        - { field: NAME, width: 12 }
        - { field: AMT, pic: '$$$$,$$9.99CR', total-pic: '$**,***,**9.99-', totals: [ sum, average ] }
      breaks: [ { break: REGION, on: REGION, header: [ [ 'REGION ', { field: REGION } ] ], totals: TOTAL, skip: 1 } ]
      totals: ALL
      lines: 20
      out: [ { to: list, recfm: FBA, lrecl: 61 } ]
";

fn input(seed: u64) -> Vec<u8> {
    let mut random = Random::new(seed);
    let mut bytes = Vec::new();
    for region in 0..12 {
        for _ in 0..1 + random.below(if region % 3 == 0 { 60 } else { 6 }) {
            let digits = 10i128.pow(random.below(9) as u32);
            let cents = i128::from(random.next()) % digits;
            let cents = if random.below(3) == 0 { -cents } else { cents };
            bytes.extend(format!("{region:02}{:04}", random.below(10_000)).into_bytes());
            bytes.extend(packed(cents, 8, true));
            bytes.extend(random.of(&["ADAMS ", "BELL  ", "O'COX "]).bytes());
        }
    }
    bytes
}

/// The listing of the COBOL program, or `None` without a compiler.
fn theirs(folder: &std::path::Path) -> Option<()> {
    std::fs::write(folder.join("listing.cob"), PROGRAM.replace("REC-HERE\n", COPYBOOK)).unwrap();
    let mut compiler = Command::new("cobc");
    compiler.args(["-x", "-std=ibm", "-o", "listing", "listing.cob"]).current_dir(folder);
    let Ok(compiled) = compiler.output() else {
        eprintln!("SKIPPED: there is no cobc to compare listings with");
        return None;
    };
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
    Some(())
}

#[test]
fn a_listing_is_that_of_a_cobol_program() {
    let folder = tempfile::tempdir().unwrap();
    if theirs(folder.path()).is_none() {
        return;
    }
    for seed in 1..4 {
        let input = input(seed);
        std::fs::write(folder.path().join("in.dat"), &input).unwrap();
        assert!(Command::new("./listing").current_dir(folder.path()).status().unwrap().success());
        let listing = std::fs::read(folder.path().join("list.dat")).unwrap();
        let job = Job::new().text("rec.cpy", COPYBOOK).file("in.dat", &input).yaml(REPORT);
        job.run(&[]).status(0);
        let found = job.read("list.dat");
        let lines = |bytes: &[u8]| -> Vec<String> {
            bytes.chunks(61).map(|line| String::from_utf8_lossy(line).into_owned()).collect()
        };
        assert!(listing.len() > 61 * 60, "a short listing shows little");
        assert_eq!(lines(&found), lines(&listing), "seed {seed}");
    }
}
