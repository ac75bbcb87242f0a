//! Mistakes: where the caret is, and which message an operator knows.

use super::*;
use crate::diag::Place;

/// The first error of a deck: its number, and the text that it points at.
fn first(text: &str) -> (String, String, String) {
    let Err(diagnostics) = parse(text) else { panic!("{text} is accepted") };
    let found = diagnostics.list().iter().find(|d| d.severity == crate::diag::Severity::Error).unwrap();
    let at = match &found.place {
        Place::Text { span, .. } => span.text().to_owned(),
        other => panic!("{other:?}"),
    };
    let familiar = found.notes.iter().find(|note| note.starts_with("ICE")).cloned().unwrap_or_default();
    (found.code.id().to_owned(), familiar.chars().take(7).collect(), at)
}

fn check(table: &[(&str, &str, &str, &str)]) {
    for (text, code, familiar, at) in table {
        let expected = ((*code).to_owned(), (*familiar).to_owned(), (*at).to_owned());
        assert_eq!(first(text), expected, "{text}\n{}", parse(text).unwrap_err());
    }
}

#[test]
fn statements() {
    check(&[
        (" SROT FIELDS=COPY", "CTL006", "ICE005A", "SROT"),
        ("SORT FIELDS=COPY", "CTL006", "ICE005A", "FIELDS=COPY"),
        (" sort fields=copy", "CTL006", "ICE005A", "sort"),
        (" MODS E15=(A,100)", "CTL006", "", "MODS"),
        (" SORT FIELDS=(1,5,CH,A)\n MERGE FIELDS=COPY", "CTL008", "ICE002A", "MERGE"),
        (" INCLUDE COND=ALL\n OMIT COND=ALL", "CTL008", "ICE002A", "OMIT"),
        (" OPTION EQUALZ", "CTL007", "ICE129A", "EQUALZ"),
        (" OPTION SKIPREC=A", "CTL004", "ICE007A", "A"),
        (" OPTION Y2PAST=500", "CTL005", "ICE007A", "500"),
        (" RECORD TYPE=X", "CTL004", "ICE007A", "X"),
        (" RECORD LENGTH=0", "CTL005", "ICE020A", "0"),
        (" ALTSEQ CODE=(5B)", "CTL005", "ICE007A", "5B"),
        (" ALTSEQ", "CTL009", "ICE007A", "ALTSEQ"),
    ]);
    let context = ParseContext { kind: DeckKind::Main, ..CONTEXT };
    let none = deck(&sources(&[" INCLUDE COND=ALL"]), None, &context).unwrap_err();
    assert!(none.to_string().contains("ICE010A"), "{none}");
}

#[test]
fn sorts_and_sums() {
    check(&[
        (" SORT", "CTL009", "ICE012A", "SORT"),
        (" SORT FIELDS=(1,5,XX,A)", "CTL011", "ICE018A", "XX"),
        (" SORT FIELDS=(1,5,A)", "CTL011", "ICE018A", "1,5,A"),
        (" SORT FIELDS=(1,5,CH)", "CTL004", "ICE007A", ")"),
        (" SORT FIELDS=(1,5,CH,X)", "CTL004", "ICE016A", "X"),
        (" SORT FIELDS=(0,5,CH,A)", "CTL005", "ICE017A", "0"),
        (" SORT FIELDS=(1,0,CH,A)", "CTL005", "ICE017A", "0"),
        (" SORT FIELDS=(99999,5,CH,A)", "CTL005", "ICE017A", "99999"),
        (" SORT FIELDS=(1,33,PD,A)", "CTL011", "ICE017A", "1,33,PD,A"),
        (" SORT FIELDS=(1.2,5,CH,A)", "CTL005", "ICE017A", "1.2,5,CH,A"),
        (" SORT FIELDS=(1,5,CH,E)", "CTL006", "", "E"),
        (" SORT FIELDS=(1,5,SS,A)", "CTL011", "ICE018A", "1,5,SS,A"),
        (" SORT FIELDS=(1,5,CH,A", "CTL004", "ICE007A", ""),
        (" SORT FIELDS=(1,5,CH,A),FIELDS=COPY", "CTL008", "ICE014A", "FIELDS"),
        (" SORT FIELDS=(1,5,CH,A),NOPE", "CTL007", "ICE013A", "NOPE"),
        (" SORT FIELDS=(1,5,CH,A)X", "CTL004", "ICE007A", "X"),
        (" SUM", "CTL009", "ICE012A", "SUM"),
        (" SUM FIELDS=(1,5,CH)", "CTL011", "ICE109A", "1,5"),
        (" SUM FIELDS=(1,3,BI)", "CTL011", "ICE109A", "1,3"),
        (" SUM FIELDS=(1,17,PD)", "CTL011", "ICE109A", "1,17"),
        (" SUM FIELDS=(1,4)", "CTL011", "ICE018A", "1,4"),
        (" SUM FIELDS=(1,4,ZD,3,4,ZD)", "CTL013", "ICE109A", "3,4"),
        (" SORT FIELDS=(1,5,CH,A)\n SUM FIELDS=(5,4,PD)", "CTL013", "ICE109A", "5,4"),
        (" SUM FIELDS=NONE,XSUM", "CTL006", "ICE172A", "XSUM"),
    ]);
}

#[test]
fn conditions() {
    check(&[
        (" INCLUDE COND=(1,2,CH,EQ,10)", "CTL012", "ICE114A", "1,2,CH,EQ,10"),
        (" INCLUDE COND=(1,2,ZD,EQ,C'A')", "CTL012", "ICE114A", "1,2,ZD,EQ,C'A'"),
        (" INCLUDE COND=(1,2,CH,EQ,3,2,ZD)", "CTL012", "ICE114A", "1,2,CH,EQ,3,2,ZD"),
        (" INCLUDE COND=(1,2,PD,EQ,3,2,FI)", "CTL012", "ICE114A", "1,2,PD,EQ,3,2,FI"),
        (" INCLUDE COND=(1,2,BI,EQ,-1)", "CTL012", "ICE114A", "1,2,BI,EQ,-1"),
        (" INCLUDE COND=(1,6,Y2T,EQ,C'A')", "CTL012", "ICE114A", "1,6,Y2T,EQ,C'A'"),
        (" INCLUDE COND=(1,2,SS,GT,C'A')", "CTL012", "ICE114A", "1,2,SS,GT,"),
        (" INCLUDE COND=(1,2,PD,EQ,UC)", "CTL012", "ICE114A", "1,2"),
        (" INCLUDE COND=(1,2,CH,EQ,NUM)", "CTL012", "ICE114A", "1,2"),
        (" INCLUDE COND=(1,2,CH,ALL,X'01')", "CTL012", "ICE114A", "1,2"),
        (" INCLUDE COND=(1,2,XX,EQ,C'A')", "CTL011", "ICE018A", "XX"),
        (" INCLUDE COND=(1,2,EQ,C'A')", "CTL011", "ICE018A", "1,2"),
        (" INCLUDE COND=(1,4,FL,EQ,1)", "CTL011", "ICE113A", "1,4"),
        (" INCLUDE COND=(1,300,ZD,EQ,1)", "CTL011", "ICE113A", "1,300"),
        (" INCLUDE COND=(1,2,CH,XX,C'A')", "CTL004", "ICE113A", "XX"),
        (" INCLUDE COND=(1,2,CH,EQ)", "CTL004", "ICE007A", ")"),
        (" INCLUDE COND=(1,2,CH,EQ,)", "CTL004", "ICE007A", ")"),
        (" INCLUDE COND=(1,2,CH,EQ,C'A',XOR,1,2,CH,EQ,C'B')", "CTL004", "ICE007A", ","),
        (" INCLUDE COND=(1,2,CH,EQ,C'A'", "CTL004", "ICE007A", ""),
        (" INCLUDE COND=(1,1,BI,ALL,B'1.000000')", "CTL005", "ICE113A", "B'1.000000'"),
        (" INCLUDE COND=(1,1,BI,EQ,B'12')", "CTL005", "ICE113A", "B'12'"),
        (" INCLUDE COND=(1,2,CH,EQ,X'0')", "CTL005", "ICE113A", "X'0'"),
        (" INCLUDE COND=(1,6,Y2T,EQ,Y'A')", "CTL003", "ICE113A", "'A'"),
        (" INCLUDE", "CTL004", "ICE007A", ""),
        (" INCLUDE CND=ALL", "CTL007", "ICE006A", "CND"),
    ]);
}

#[test]
fn reformatting() {
    check(&[
        (" OUTREC", "CTL009", "ICE012A", "OUTREC"),
        (" OUTREC BILD=(1,5)", "CTL007", "ICE104A", "BILD"),
        (" OUTREC BUILD=(1,5),OVERLAY=(1,5)", "CTL010", "ICE107A", "OVERLAY"),
        (" OUTREC BUILD=(1,5),BUILD=(1,5)", "CTL008", "ICE107A", "BUILD"),
        (" OUTREC BUILD=(1,5),IFTHEN=(WHEN=INIT,BUILD=(1,5))", "CTL010", "ICE107A", "BUILD"),
        (" OUTREC IFOUTLEN=5", "CTL010", "ICE107A", "IFOUTLEN"),
        (" OUTREC BUILD=(5,C'A')", "CTL005", "ICE111A", "5"),
        (" OUTREC BUILD=(1,5,CH)", "CTL011", "ICE111A", "1,5"),
        (" OUTREC BUILD=(1,17,PD)", "CTL011", "ICE111A", "1,17"),
        (" OUTREC BUILD=(1,5,ZD,M27)", "CTL005", "ICE111A", "M27"),
        (" OUTREC BUILD=(1,5,ZD,M1,EDIT=(IT))", "CTL008", "ICE111A", "EDIT=(IT)"),
        (" OUTREC BUILD=(1,5,ZD,EDIT=(XX))", "CTL005", "ICE111A", "XX"),
        (" OUTREC BUILD=(1,5,ZD,TO=XX)", "CTL004", "ICE111A", "XX"),
        (" OUTREC BUILD=(1,5,TRAN=UP)", "CTL004", "ICE111A", "UP"),
        (" OUTREC BUILD=(1,5,/)", "CTL005", "ICE111A", "/"),
        (" OUTREC BUILD=(COUNT)", "CTL010", "ICE104A", "COUNT"),
        (" OUTREC BUILD=(%5)", "CTL005", "ICE017A", "%5"),
        (" OUTREC BUILD=(1,5,ZD,ADD,5)", "CTL011", "ICE018A", "5"),
        (" OUTREC BUILD=(1,5,ZD,ADD,5,3,CH)", "CTL011", "ICE111A", "5,3"),
        (" OUTREC BUILD=(1,8,Y4T)", "CTL009", "ICE111A", "1,8"),
        (" OUTREC BUILD=(1,8,Y4T,ADDDAYS,+1)", "CTL004", "ICE007A", ")"),
        (" OUTREC BUILD=(1,8,Y4T,TOGREG=Y4U(/))", "CTL005", "ICE111A", "Y4U(/)"),
        (" OUTREC BUILD=(DATE=(MMD/))", "CTL005", "ICE111A", "MMD"),
        (" OUTREC BUILD=(SEQNUM,3,ZD,INCR=-1)", "CTL004", "ICE007A", "-"),
        (" OUTREC BUILD=(SEQNUM,9,BI)", "CTL005", "ICE111A", "9,BI"),
        (" OUTREC BUILD=(1,5,CHANGE=(3))", "CTL005", "ICE111A", "1,5,CHANGE=(3)"),
        (" OUTREC BUILD=(1,5,CHANGE=(1,C'A',C'BB'))", "CTL005", "ICE111A", "C'BB'"),
        (" OUTREC BUILD=(1,5,JFY=(LENGTH=5))", "CTL004", "ICE007A", ")"),
        (" OUTREC BUILD=(1,5,JFY=(SHIFT=LEFT,MID=C'A'))", "CTL007", "ICE111A", "MID"),
        (" OUTREC BUILD=(C'')", "CTL005", "ICE111A", "C''"),
        (" OUTREC BUILD=()", "CTL004", "ICE007A", ")"),
        (" OUTREC BUILD=(0:1,5)", "CTL005", "ICE111A", "0:"),
        (" OUTREC FINDREP=(IN=C'A')", "CTL009", "ICE107A", "FINDREP"),
        (" OUTREC FINDREP=(IN=C'',OUT=C'A')", "CTL005", "ICE007A", "C''"),
        (" OUTREC PARSE=(%1=(ENDBEFR=C',')),BUILD=(%1)", "CTL009", "ICE107A", "%1=(ENDBEFR=C',')"),
        (" OUTREC IFTHEN=(OVERLAY=(1:C'A'))", "CTL009", "ICE007A", "(OVERLAY=(1:C'A'))"),
        (" OUTREC IFTHEN=(WHEN=SOME,BUILD=(1,5))", "CTL004", "ICE007A", "SOME"),
        (" OUTREC IFTHEN=(WHEN=INIT)", "CTL010", "ICE107A", "(WHEN=INIT)"),
        (" OUTREC IFTHEN=(WHEN=GROUP,PUSH=(5:1,2))", "CTL010", "ICE107A", "(WHEN=GROUP,PUSH=(5:1,2))"),
        (" OUTREC IFTHEN=(WHEN=GROUP,RECORDS=2)", "CTL010", "ICE107A", "(WHEN=GROUP,RECORDS=2)"),
        (
            " OUTREC IFTHEN=(WHEN=INIT,BUILD=(1,5),HIT=NEXT)",
            "CTL010",
            "ICE107A",
            "(WHEN=INIT,BUILD=(1,5),HIT=NEXT)",
        ),
    ]);
}

#[test]
fn outfils_and_joins() {
    let two = " JOINKEYS FILE=F1,FIELDS=(1,5,A)\n JOINKEYS FILE=F2,FIELDS=(1,6,A)\n REFORMAT FIELDS=(F1:1,5)";
    check(&[
        (" OUTFIL HEADR1=('A')", "CTL007", "ICE213A", "HEADR1"),
        (" OUTFIL FNAMES=TOOLONGNAME", "CTL005", "ICE008A", "TOOLONGNAME"),
        (" OUTFIL FNAMES=1A", "CTL005", "ICE008A", "1A"),
        (" OUTFIL FILES=123", "CTL005", "ICE007A", "123"),
        (" OUTFIL INCLUDE=ALL,SAVE", "CTL010", "ICE214A", "SAVE"),
        (" OUTFIL STARTREC=0", "CTL005", "ICE007A", "0"),
        (" OUTFIL STARTREC=5,ENDREC=4", "CTL005", "ICE213A", "OUTFIL"),
        (" OUTFIL STARTREC=5,STARTREC=6", "CTL008", "ICE214A", "STARTREC"),
        (" OUTFIL SPLIT,SPLITBY=5", "CTL010", "ICE214A", "SPLITBY"),
        (" OUTFIL VTOF,FTOV", "CTL010", "ICE214A", "FTOV"),
        (" OUTFIL VTOF,VLTRIM=C' '", "CTL010", "ICE214A", "OUTFIL"),
        (" OUTFIL VLFILL=C'AB'", "CTL005", "ICE007A", "C'AB'"),
        (" OUTFIL REPEAT=2,HEADER1=('A')", "CTL010", "ICE214A", "OUTFIL"),
        (" OUTFIL NULLOFL=RC8", "CTL004", "ICE007A", "RC8"),
        (" OUTFIL SAMPLE=(2,3)", "CTL005", "ICE007A", "3"),
        (" OUTFIL SECTIONS=(1,5,NOPE)", "CTL004", "ICE007A", "NOPE"),
        (" OUTFIL SECTIONS=(1,5,SKIP=X)", "CTL004", "ICE007A", "X"),
        (" OUTFIL HEADER1=(COUNT)", "CTL010", "ICE213A", "COUNT"),
        (" OUTFIL TRAILER1=(TOTAL=(1,5))", "CTL011", "ICE018A", "1,5"),
        (" OUTFIL IFTRAIL=(HD=YES)", "CTL009", "ICE214A", "IFTRAIL"),
        (" OUTFIL IFTRAIL=(TRLID=(1,1,CH,EQ,C'T'),TRLUPD=(1:COUNT)),NODETAIL", "CTL010", "ICE214A", "OUTFIL"),
        (" JOINKEYS FIELDS=(1,5,A)", "CTL009", "ICE400A", "JOINKEYS"),
        (" JOINKEYS FILE=F1", "CTL009", "ICE400A", "JOINKEYS"),
        (" JOINKEYS FILE=F3,FIELDS=(1,5,A)", "CTL004", "ICE007A", "F3"),
        (" JOINKEYS FILE=F1,FIELDS=(1,5)", "CTL004", "ICE007A", ")"),
        (" JOINKEYS FILE=F1,FIELDS=(1,5,A)", "CTL009", "ICE401A", "JOINKEYS"),
        (two, "CTL010", "ICE400A", "1,6,A"),
        (" JOIN F1", "CTL010", "ICE400A", "F1"),
        (" REFORMAT FIELDS=(1,5)", "CTL004", "ICE007A", "1"),
    ]);
}

#[test]
fn all_mistakes_at_once() {
    let Err(diagnostics) = parse(
        " SORT FIELDS=(1,5,XX,A)\n SUM FIELDS=(1,5,CH,3,5,CH)\n OUTFIL NOPE\n INCLUDE COND=(1,2,CH,EQ,1)",
    ) else {
        panic!()
    };
    assert_eq!(diagnostics.error_count(), 6, "{diagnostics}");
    let Err(diagnostics) = parse(" SORT FIELDS=(1,5,CH,A),\n INCLUDE COND=ALL") else { panic!() };
    assert!(diagnostics.to_string().contains("a comma at the end of the card before"), "{diagnostics}");
}
