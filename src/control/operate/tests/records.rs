//! Records of variable length, several records of one, conversions between forms.

use super::{ebcdic, fixed, hex, program, refused, run_all, shown, variable, with_rdw};
use crate::sys::chance;

fn one(statements: &str, record: &str) -> Vec<u8> {
    run_all(statements, variable(84), &[with_rdw(record)]).unwrap_or_else(|error| panic!("{error}")).remove(0)
}

#[test]
fn rdws_are_right() {
    assert_eq!(one("OUTREC BUILD=(1,4,7,2,C'!')", "abcd"), with_rdw("cd!"));
    assert_eq!(one("OUTREC BUILD=(1,6,X,7)", "abcdef"), with_rdw("ab cdef"));
    assert_eq!(one("OUTREC BUILD=(1,4,C'>',5)", "abcdef"), with_rdw(">abcdef"));
    assert_eq!(one("OUTREC BUILD=(1,4,C'>',10)", "abc"), with_rdw(">"), "nothing is left");
    assert_eq!(one("OUTREC OVERLAY=(10:C'x')", "abc"), with_rdw("abc  x"));
    assert_eq!(one("OUTREC OVERLAY=(5:C'x')", "abc"), with_rdw("xbc"));
    assert_eq!(one("OUTREC OVERLAY=(5:8,3,C'!')", "abc"), with_rdw("   !"), "missing bytes are blanks");
    assert_eq!(one("OUTREC IFTHEN=(WHEN=(5,2,CH,EQ,C'ab'),BUILD=(1,4,5,2,20,2))", "abc"), with_rdw("ab  "));
    // The record length in a record.
    assert_eq!(one("OUTREC BUILD=(1,4,1,2,BI,TO=ZD,LENGTH=3,5)", "abc"), with_rdw("007abc"));
}

/// Application Programming Guide, OUTFIL example 28.
#[test]
fn published_data_behind_a_gap() {
    assert_eq!(one("OUTREC IFTHEN=(WHEN=INIT,BUILD=(1,4,8:5))", "PAGE: 1"), with_rdw("   PAGE: 1"));
}

#[test]
fn the_rdw_must_be_taken_and_left() {
    let record = with_rdw("abc");
    let build = refused("OUTREC BUILD=(5,2)", variable(84), &record);
    assert!(build.contains("ICE126A") && build.contains("1,4"), "{build}");
    let overlay = refused("OUTREC OVERLAY=(3:C'x')", variable(84), &record);
    assert!(overlay.contains("column 3 is in the RDW"), "{overlay}");
    let push = refused("OUTREC IFTHEN=(WHEN=GROUP,RECORDS=2,PUSH=(1:ID=2))", variable(84), &record);
    assert!(push.contains("RDW"), "{push}");
}

#[test]
fn short_records_stop_a_build_unless_filled() {
    let short = refused("OUTREC BUILD=(1,4,5,10)", variable(84), &with_rdw("abc"));
    assert!(short.contains("ICE218A") && short.contains("7 bytes"), "{short}");
    let short = refused("OUTFIL BUILD=(1,4,5,10)", variable(84), &with_rdw("abc"));
    assert!(short.contains("ICE218A"), "{short}");
}

/// Application Programming Guide, OUTFIL example 11.
#[test]
fn published_fills() {
    let set60 = one("OUTFIL BUILD=(1,60),VLFILL=C' '", "abc");
    assert_eq!((set60.len(), &set60[..9]), (60, &hex("003C0000 818283 4040")[..]));
    let varfix = "OUTFIL VTOF,BUILD=(5,20,5X,28,20),VLFILL=C'*'";
    assert_eq!(program(varfix, variable(80)).unwrap().output(), fixed(45));
    assert_eq!(shown(&one(varfix, "abc")), format!("abc{}     {}", "*".repeat(17), "*".repeat(20)));
    assert_eq!(shown(&one("OUTFIL VTOF,BUILD=(5,6)", "abc")), "abc   ");
}

#[test]
fn fixed_records_become_variable() {
    let made = run_all("OUTFIL FTOV,BUILD=(1,3,5:C'x')", fixed(4), &[ebcdic("abcd")]).unwrap();
    assert_eq!(made, [with_rdw("abc x")]);
    assert_eq!(program("OUTFIL FTOV,BUILD=(1,3)", fixed(4)).unwrap().output(), variable(7));
    let overlaid = run_all("OUTFIL FTOV,OVERLAY=(5:C'x')", fixed(4), &[ebcdic("abcd")]).unwrap();
    assert_eq!(overlaid, [with_rdw("abcdx")]);
}

/// Records of any length and content: an error or a record, never more.
#[test]
fn strange_records_do_no_harm() {
    let programs = [
        "OUTREC BUILD=(1,4,5,3,ZD,M4,9,4,PD,EDIT=(TTTT),13,8,HEX)",
        "OUTREC BUILD=(1,6,5,8,Y4T,TOJUL=Y4T,5,2,CHANGE=(3,C'A',C'b'),NOMATCH=(7,3),5)",
        "OUTREC OVERLAY=(30:5,6,ZD,ADD,+1,TO=PD,8:5,40,5:SEQNUM,3,ZD,RESTART=(9,2))",
        "OUTREC IFTHEN=(WHEN=GROUP,BEGIN=(20,1,CH,EQ,C'A'),END=(6,1,FS,EQ,NUM),PUSH=(9:5,9,ID=2,SEQ=3)),\
         IFTHEN=(WHEN=(5,9,SS,EQ,C'AB'),BUILD=(1,4,30,5,UFF,M12)),IFTHEN=(WHEN=NONE,OVERLAY=(15:5,3,HEX))",
        "OUTREC FINDREP=(IN=C'A',OUT=C'BCD',OVERRUN=TRUNC)",
        "OUTFIL VTOF,BUILD=(5,4,10:5,3,TRAN=LTOU,7,6,SQZ=(SHIFT=RIGHT))",
    ];
    let mut words = chance::words(11);
    let mut next = || (words() >> 33) as usize;
    for cards in programs {
        let program = program(cards, variable(60)).unwrap_or_else(|error| panic!("{error}"));
        let mut state = program.state();
        for _ in 0..3000 {
            let length = next() % 70;
            let record: Vec<u8> =
                (0..length).map(|_| [0x40, 0xC1, 0xF1, 0x0C, 0, 0xFF, next() as u8][next() % 7]).collect();
            let _ = program.run(&mut state, &record, &mut |_| Ok(()));
        }
    }
}

#[test]
fn several_records_of_one() {
    let made = |items: &str| {
        let lines = run_all(&format!("OUTFIL BUILD=({items})"), fixed(6), &[ebcdic("abcdef")]).unwrap();
        lines.iter().map(|line| shown(line)).collect::<Vec<_>>()
    };
    assert_eq!(made("1,3,/,4,2"), ["abc", "de "]);
    assert_eq!(made("1,3,3/,4,3"), ["abc", "   ", "   ", "def"]);
    assert_eq!(made("2/,1,2,2/"), ["  ", "  ", "ab", "  ", "  "]);
    let built = run_all("OUTFIL BUILD=(1,4,5,2,/,1,4,7,1)", variable(20), &[with_rdw("abcd")]).unwrap();
    assert_eq!(built, [with_rdw("ab"), with_rdw("c")]);
}
