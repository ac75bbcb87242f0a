//! IFTHEN and groups.

use super::{ebcdic, fixed, program, run_all, shown, texts, variable, with_rdw};

#[test]
fn the_first_condition_that_holds_is_the_last() {
    let cards = "INREC IFTHEN=(WHEN=(1,1,CH,EQ,C'a'),OVERLAY=(5:C'A')),\
                 IFTHEN=(WHEN=(1,1,CH,LT,C'c'),OVERLAY=(5:C'B')),\
                 IFTHEN=(WHEN=NONE,OVERLAY=(5:C'N'))";
    assert_eq!(texts(cards, &["a...", "b...", "c..."]), ["a...A", "b...B", "c...N"]);
}

#[test]
fn hit_next_goes_on_and_conditions_see_changes() {
    let cards = "INREC IFTHEN=(WHEN=INIT,OVERLAY=(5:1,1)),\
                 IFTHEN=(WHEN=(5,1,CH,EQ,C'a'),OVERLAY=(5:C'b'),HIT=NEXT),\
                 IFTHEN=(WHEN=(5,1,CH,EQ,C'b'),OVERLAY=(6:C'*')),\
                 IFTHEN=(WHEN=NONE,OVERLAY=(6:C'-'))";
    assert_eq!(texts(cards, &["a...", "b...", "c..."]), ["a...b*", "b...b*", "c...c-"]);
}

/// WHEN=ANY looks at the conditions since the ANY before.
#[test]
fn any_of_the_conditions_before() {
    let cards = "INREC IFTHEN=(WHEN=(1,1,CH,EQ,C'a'),OVERLAY=(3:C'1'),HIT=NEXT),\
                 IFTHEN=(WHEN=(1,1,CH,EQ,C'b'),OVERLAY=(3:C'2'),HIT=NEXT),\
                 IFTHEN=(WHEN=ANY,OVERLAY=(4:C'+'),HIT=NEXT),\
                 IFTHEN=(WHEN=(2,1,CH,EQ,C'x'),OVERLAY=(5:C'3'),HIT=NEXT),\
                 IFTHEN=(WHEN=ANY,OVERLAY=(6:C'!')),\
                 IFTHEN=(WHEN=NONE,OVERLAY=(3:C'none'))";
    assert_eq!(texts(cards, &["a ", "bx", "cx", "c "]), ["a 1+  ", "bx2+3!", "cx  3!", "c none"]);
}

#[test]
fn lengths_are_the_greatest_that_can_be() {
    let length = |cards: &str| program(&format!("OUTREC {cards}"), fixed(10)).unwrap().output().length;
    assert_eq!(length("IFTHEN=(WHEN=INIT,BUILD=(1,4))"), 4);
    assert_eq!(length("IFTHEN=(WHEN=(1,1,CH,EQ,C'a'),BUILD=(1,4))"), 10, "others keep their length");
    assert_eq!(length("IFTHEN=(WHEN=(1,1,CH,EQ,C'a'),BUILD=(1,4)),IFTHEN=(WHEN=NONE,BUILD=(1,6))"), 6);
    assert_eq!(length("IFTHEN=(WHEN=(1,1,CH,EQ,C'a'),BUILD=(1,4,80:X))"), 80);
    assert_eq!(length("IFTHEN=(WHEN=INIT,OVERLAY=(21:X)),IFTHEN=(WHEN=NONE,BUILD=(1,4))"), 4);
    assert_eq!(length("IFTHEN=(WHEN=INIT,OVERLAY=(21:X)),IFOUTLEN=12"), 12);
    assert_eq!(length("IFTHEN=(WHEN=GROUP,RECORDS=2,PUSH=(11:ID=3))"), 13);
    assert_eq!(
        texts("OUTREC IFTHEN=(WHEN=(1,1,CH,EQ,C'a'),BUILD=(1,1,C'!')),IFOUTLEN=3", &["abcd", "bcde"]),
        ["a! ", "bcd"]
    );
}

/// Application Programming Guide, OUTREC example with groups between a header and a trailer.
#[test]
fn published_groups_with_begin_and_end() {
    let cards = "OUTREC IFTHEN=(WHEN=GROUP,BEGIN=(1,3,CH,EQ,C'HDR'),END=(1,3,CH,EQ,C'TRL'),PUSH=(5:ID=1))";
    let lines = ["C33", "HDR", "A01", "TRL", "R24", "T02", "HDR", "D04", "TRL", "F97"];
    let marks: Vec<String> = texts(cards, &lines).iter().map(|line| line[4..].to_owned()).collect();
    assert_eq!(marks, [" ", "1", "1", "1", " ", " ", "2", "2", "2", " "]);
}

/// Application Programming Guide: the name of a report given to each of its lines.
#[test]
fn published_groups_with_a_field() {
    let cards = "INREC IFTHEN=(WHEN=GROUP,BEGIN=(2,4,CH,EQ,C'RPT.'),PUSH=(16:6,8))";
    let made = texts(cards, &["1RPT.SRIHARI   ", " LINE 1", "1RPT.VICKY", " LINE 1"]);
    let names: Vec<&str> = made.iter().map(|line| line[15..].trim_end()).collect();
    assert_eq!(names, ["SRIHARI", "SRIHARI", "VICKY", "VICKY"]);
    assert!(made.iter().all(|line| line.len() == 23));
}

/// Application Programming Guide, OUTFIL example 28: numbers of lines in a group of variable-length records.
#[test]
fn published_groups_of_variable_records() {
    let cards = "OUTREC IFTHEN=(WHEN=INIT,BUILD=(1,4,8:5)),\
                 IFTHEN=(WHEN=GROUP,BEGIN=(8,5,CH,EQ,C'PAGE:'),PUSH=(5:SEQ=3))";
    let records: Vec<Vec<u8>> = ["PAGE: 1", "x", "y", "PAGE: 2", "z"].map(with_rdw).to_vec();
    let made = run_all(cards, variable(84), &records).unwrap();
    assert_eq!(made, ["001PAGE: 1", "002x", "003y", "001PAGE: 2", "002z"].map(with_rdw));
}

#[test]
fn groups_by_count_key_and_end() {
    let marks = |cards: &str, lines: &[&str]| {
        let made = texts(&format!("INREC IFTHEN=(WHEN=GROUP,{cards})"), lines);
        made.iter().map(|line| line[2..].to_owned()).collect::<Vec<_>>().join(" ")
    };
    let lines = ["a1", "a2", "a3", "b4", "b5"];
    assert_eq!(marks("RECORDS=2,PUSH=(3:ID=1,SEQ=1)", &lines), "11 12 21 22 31");
    assert_eq!(marks("KEYBEGIN=(1,1),PUSH=(3:ID=1,SEQ=1)", &lines), "11 12 13 21 22");
    assert_eq!(marks("END=(1,1,CH,EQ,C'b'),PUSH=(3:ID=1,SEQ=1)", &lines), "11 12 13 14 21");
    assert_eq!(marks("BEGIN=(2,1,ZD,EQ,2),RECORDS=2,PUSH=(3:ID=1,2,1)", &lines), "   12 12      ");
    assert_eq!(marks("BEGIN=(2,1,ZD,GT,3),PUSH=(3:ID=2)", &lines), "         01 02");
}

#[test]
fn missing_bytes_are_blanks_in_conditions() {
    let cards = "INREC IFTHEN=(WHEN=(20,3,CH,EQ,C' '),OVERLAY=(5:C'!')),IFTHEN=(WHEN=NONE,OVERLAY=(5:C'?'))";
    let long = "abcdefghijklmnopqrstuvwxyz";
    let made = run_all(cards, variable(84), &[with_rdw("abc"), with_rdw(long)]).unwrap();
    assert_eq!(made, [with_rdw("!bc"), with_rdw(&long.replace('a', "?"))]);
    let cut =
        run_all("INREC IFTHEN=(WHEN=INIT,OVERLAY=(8:C'xy')),IFOUTLEN=8", variable(84), &[with_rdw("a")]);
    assert_eq!(cut.unwrap(), [with_rdw("a  x")]);
}

#[test]
fn counters_advance_only_where_their_clause_runs() {
    let cards = "INREC IFTHEN=(WHEN=(1,1,CH,EQ,C'a'),OVERLAY=(3:SEQNUM,2,ZD)),\
                 IFTHEN=(WHEN=(1,1,CH,EQ,C'b'),OVERLAY=(3:SEQNUM,2,ZD))";
    assert_eq!(
        texts(cards, &["a", "b", "a", "c", "a", "b"]),
        ["a 01", "b 01", "a 02", "c   ", "a 03", "b 02"]
    );
    assert!(program(cards, fixed(1)).unwrap().is_stateful());
    assert!(!program("INREC OVERLAY=(1:C'x')", fixed(1)).unwrap().is_stateful());
}

#[test]
fn parse_and_findrep_in_clauses() {
    let cards = "INREC IFTHEN=(WHEN=INIT,PARSE=(%01=(ENDBEFR=C',',FIXLEN=4),%02=(FIXLEN=3)),\
                 BUILD=(%02,%01,HEX,%02,UFF,TO=PD,LENGTH=2))";
    let made = run_all(cards, fixed(8), &[ebcdic("ab,12   ")]).unwrap().remove(0);
    assert_eq!(shown(&made[..11]), "12 81824040");
    assert_eq!(made[11..], [0x01, 0x2C]);
    let cards = "INREC IFTHEN=(WHEN=(1,1,CH,EQ,C'a'),FINDREP=(IN=C'b',OUT=C'xyz'))";
    assert_eq!(texts(cards, &["abab    ", "bbbb    "]), ["axyzaxyz", "bbbb    "]);
}

#[test]
fn lines_of_a_clause_end_the_record() {
    let cards = "OUTFIL IFTHEN=(WHEN=(1,1,CH,EQ,C'a'),BUILD=(1,2,/,3,2))";
    assert_eq!(texts(cards, &["abcd", "bcde"]), ["ab  ", "cd  ", "bcde"]);
}
