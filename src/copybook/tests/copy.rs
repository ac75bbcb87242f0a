//! COPY and REPLACE: what comes out, and where messages point.

use std::collections::BTreeMap;
use std::time::Duration;

use super::*;
use crate::diag::{Place, Result};
use crate::sys::clock::thread_time;

/// Members in memory.
struct Members(BTreeMap<String, Arc<Source>>);

impl Members {
    fn new(members: &[(&str, &str)]) -> Self {
        let source = |(name, text): &(&str, &str)| ((*name).to_owned(), Source::new(*name, *text));
        Members(members.iter().map(source).collect())
    }
}

impl CopyLibrary for Members {
    fn find(&mut self, member: &str, library: Option<&str>) -> Result<Option<Arc<Source>>> {
        let name = library.map_or_else(|| member.to_owned(), |library| format!("{library}/{member}"));
        Ok(self.0.get(&name).cloned())
    }

    fn places(&self) -> Vec<String> {
        vec!["memory".to_owned()]
    }
}

fn copied(text: &str, members: &[(&str, &str)]) -> (Option<Layout>, Diagnostics) {
    let options = CopybookOptions { format: SourceFormat::Free, ..CopybookOptions::default() };
    parse_with(&Source::new("main.cpy", text), &options, &mut Members::new(members))
}

/// Level, name and picture of every item, warnings not allowed.
fn items(text: &str, members: &[(&str, &str)]) -> Vec<String> {
    let (layout, diagnostics) = copied(text, members);
    assert!(diagnostics.list().is_empty(), "{text}\n{diagnostics}");
    let layout = layout.unwrap();
    layout
        .fields()
        .map(|(_, field)| {
            let picture = field.picture.as_deref().unwrap_or("-");
            format!("{:02} {} {picture}", field.level, field.display_name())
        })
        .collect()
}

#[test]
fn members_are_put_in() {
    let members = [
        ("A", "05 X PIC X.\nCOPY B."),
        ("B", "05 Y PIC X."),
        ("LIB/A", "05 Z PIC X."),
        ("a.b", "05 L PIC X."),
    ];
    assert_eq!(items("01 R. COPY A. 05 E PIC 9.", &members), ["01 R -", "05 X X", "05 Y X", "05 E 9"]);
    assert_eq!(items("01 R. copy a in lib suppress. copy 'a.b'.", &members), ["01 R -", "05 Z X", "05 L X"]);
    assert_eq!(items("01 R.\n++INCLUDE B\n-INC B\n", &members).len(), 3);
    let fixed = "      *\n       01 R. COPY\n           B.\n";
    let options = CopybookOptions { format: SourceFormat::Fixed, ..CopybookOptions::default() };
    let mut card = Members::new(&[("B", &format!("000100 {:<65}MEMBER01", "05 Y PIC X."))]);
    let (layout, diagnostics) = parse_with(&Source::new("f", fixed), &options, &mut card);
    assert_eq!(layout.map(|layout| layout.length()), Some(1), "{diagnostics}");
}

#[test]
fn text_words_are_replaced() {
    // Member, REPLACING, expected.
    let cases: &[(&str, &str, &[&str])] = &[
        ("05 :TAG:-A PIC X.", "==:TAG:== BY ==CUST==", &["05 CUST-A X"]),
        ("05 X-:TAG:-A PIC X(:N:).", "==:tag:== BY ==Q== ==:N:== BY ==7==", &["05 X-Q-A X(7)"]),
        ("05 (T)-A PIC X.", "==(T)== BY ==CUST==", &["05 CUST-A X"]),
        (
            "05 ADR-A PIC X. 05 B-ADR-C PIC X.",
            "LEADING ==ADR-== BY ==BILL-==",
            &["05 BILL-A X", "05 B-ADR-C X"],
        ),
        ("05 A-OLD PIC X.", "TRAILING ==-OLD== BY ====", &["05 A X"]),
        ("05 A PIC X(10).", "==X(10)== BY ==9(4)V99==", &["05 A 9(4)V99"]),
        ("05 A PIC 9(10).", "A BY B", &["05 B 9(10)"]),
        ("05 A PIC X VALUE 'A'.", "'A' BY 'B' A BY C", &["05 C X"]),
        ("05 A,\n PIC\n  X.", "==A PIC X== BY ==B PIC 9==", &["05 B 9"]),
        ("05 A PIC X. 05 B PIC X.", "==05 A PIC X.== BY ====", &["05 B X"]),
        ("05 A PIC X.", "A BY B B BY C", &["05 B X"]),
        ("05 A PIC X.", "A BY B, A BY C", &["05 B X"]),
        ("05 N PIC 9. 05 A PIC X OCCURS 3 DEPENDING ON N.", "N BY M", &["05 M 9", "05 A X"]),
        ("05 A PIC X\n *> a A comment\n .", "A BY B", &["05 B X"]),
        ("05 A PIC ZZ,ZZ9.99.", "==ZZ,ZZ9.99== BY ==X==", &["05 A X"]),
    ];
    for (member, replacing, expected) in cases {
        let text = format!("01 R. COPY M REPLACING {replacing}.");
        let (layout, diagnostics) = copied(&text, &[("M", member)]);
        let layout = layout.unwrap_or_else(|| panic!("{text}\n{diagnostics}"));
        let found: Vec<String> = layout
            .fields()
            .skip(1)
            .map(|(_, f)| {
                format!("{:02} {} {}", f.level, f.display_name(), f.picture.as_deref().unwrap_or("-"))
            })
            .collect();
        assert_eq!(found, *expected, "{member} {replacing}");
    }
}

#[test]
fn replaced_text_may_pass_column_72() {
    let name = "A".repeat(26);
    let member = format!("       05{:>51}:T:-A PIC X.", "");
    assert_eq!(member.len(), 72);
    let main = format!("       01 R. COPY M\n           REPLACING ==:T:== BY =={name}==.\n");
    let options = CopybookOptions { format: SourceFormat::Fixed, ..CopybookOptions::default() };
    let library = &mut Members::new(&[("M", &member)]);
    let (layout, diagnostics) = parse_with(&Source::new("f", main), &options, library);
    let layout = layout.unwrap_or_else(|| panic!("{diagnostics}"));
    assert!(layout.find(&format!("{name}-A"), &[]).is_ok());
}

#[test]
fn outer_replacing_reaches_inner_members() {
    let members = [("A", "COPY B REPLACING ==:S:== BY ==:T:==."), ("B", "05 :S:-X PIC X.")];
    assert_eq!(items("01 R. COPY A REPLACING ==:T:== BY ==Q==.", &members), ["01 R -", "05 Q-X X"]);
}

#[test]
fn replace_acts_on_what_copy_brought() {
    let members = [("M", "05 A PIC X. 05 OLD-B PIC X.")];
    assert_eq!(
        items(
            "REPLACE ==A== BY ==C== LEADING ==OLD== BY ==NEW==. 01 R. COPY M. REPLACE OFF. 05 A PIC 9.",
            &members
        ),
        ["01 R -", "05 C X", "05 NEW-B X", "05 A 9"]
    );
    assert_eq!(
        items(
            "01 R. REPLACE ==A== BY ==C==. 05 A PIC X. REPLACE ==B== BY ==D==. 05 A PIC 9. 05 B PIC 9.",
            &[]
        ),
        ["01 R -", "05 C X", "05 A 9", "05 D 9"]
    );
}

#[test]
fn a_program_is_read_for_its_data() {
    let program = "
       IDENTIFICATION DIVISION.
       PROGRAM-ID. P.
       AUTHOR. SOMEBODY'S FRIEND.
       ENVIRONMENT DIVISION.
       CONFIGURATION SECTION.
       SPECIAL-NAMES. DECIMAL-POINT IS COMMA
           CURRENCY SIGN IS 'EUR' WITH PICTURE SYMBOL 'Y'.
       DATA DIVISION.
       FILE SECTION.
       FD  F RECORDING MODE F.
       01  R.
           COPY M REPLACING ==:T:== BY ==Q==.
       WORKING-STORAGE SECTION.
           EXEC SQL INCLUDE SQLCA END-EXEC.
       01  W PIC 9V99 VALUE 1,50.
       PROCEDURE DIVISION.
           MOVE 1 TO W.
";
    assert_eq!(items(program, &[("M", "05 :T:-X PIC X.")]), ["01 R -", "05 Q-X X", "01 W 9V99"]);
    let (_, diagnostics) = copied(&program.replace("1,50", "1.50"), &[("M", "05 :T:-X PIC X.")]);
    assert!(diagnostics.has_errors(), "the comma is the decimal point");
    let (_, diagnostics) = copied(&program.replace("9V99", "9Q99"), &[("M", "05 X PIC X.")]);
    assert_eq!(first(&diagnostics).0, "main.cpy");
}

/// Name of the text, line and column of the first message, and its notes.
fn first(diagnostics: &Diagnostics) -> (String, (usize, usize), Vec<String>) {
    let first = &diagnostics.list()[0];
    let Place::Text { span, .. } = &first.place else { panic!("{diagnostics}") };
    let notes = first.place.copied_at().into_iter().chain(first.notes.clone()).collect();
    (span.source().name().to_owned(), span.position(), notes)
}

#[test]
fn messages_point_into_the_member() {
    let members = [("A", "05 X PIC X.\n COPY B."), ("B", "\n  05 Y PIC Q.")];
    let (_, diagnostics) = copied("01 R.\n COPY A.", &members);
    let notes = ["copied at A:2:2", "copied at main.cpy:2:2"].map(str::to_owned).to_vec();
    assert_eq!(first(&diagnostics), ("B".to_owned(), (2, 12), notes));
    assert!(diagnostics.to_string().contains("copied at main.cpy:2:2"), "{diagnostics}");

    let (_, diagnostics) =
        copied("01 R.\n COPY A REPLACING ==:N:== BY ==Q==.", &[("A", " 05 X PIC X(:N:).")]);
    let notes = ["copied at main.cpy:2:2", "`:N:` is replaced by `Q` at main.cpy:2:32"].map(str::to_owned);
    assert_eq!(first(&diagnostics), ("A".to_owned(), (1, 11), notes.to_vec()));

    let (_, diagnostics) = copied("01 R.\n COPY A.", &[("A", "\n COPY B REPLACING X.")]);
    assert_eq!(first(&diagnostics).1, (2, 20));
    let (_, diagnostics) = copied("01 R. 05 N PIC 9.\n COPY A. 05 B PIC Q.", &[("A", "05 X PIC X.")]);
    assert_eq!(first(&diagnostics).1, (2, 19));
}

#[test]
fn a_tag_that_is_not_there_is_noticed() {
    let (layout, diagnostics) = copied("01 R. COPY A REPLACING ==:TAG:== BY ==X==.", &[("A", "05 X PIC X.")]);
    assert!(layout.is_some());
    assert_eq!(first(&diagnostics).1, (1, 26));
    assert_eq!(diagnostics.list()[0].message, "`:TAG:` is not in member A");
    let (_, diagnostics) = copied("01 R. COPY A.", &[("A", "05 :TAG:-X PIC X.")]);
    assert!(diagnostics.list()[0].hint.as_ref().unwrap().contains("COPY ... REPLACING"), "{diagnostics}");
}

#[test]
fn a_member_that_copies_itself_shows_the_chain() {
    let (layout, diagnostics) = copied("01 R. COPY A.", &[("A", "COPY B."), ("B", "05 X PIC X.\n COPY A.")]);
    assert!(layout.is_none());
    let [only] = diagnostics.list() else { panic!("{diagnostics}") };
    assert_eq!((only.code, only.message.as_str()), (codes::CPY032, "the member A copies itself"));
    assert_eq!(first(&diagnostics).2[2], "the chain is A -> B -> A");
    assert_eq!(first(&diagnostics).1, (2, 2));
}

#[test]
fn bombs_are_defused() {
    let doubling: Vec<(String, String)> =
        (0..30).map(|i| (format!("M{i}"), format!("COPY M{}.\nCOPY M{}.", i + 1, i + 1))).collect();
    let mut members: Vec<(&str, &str)> = doubling.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    members.push(("M30", "05 X PIC X."));
    let chain: Vec<(String, String)> =
        (0..100).map(|i| (format!("C{i}"), format!("COPY C{}.", i + 1))).collect();
    members.extend(chain.iter().map(|(a, b)| (a.as_str(), b.as_str())));
    let many = "A ".repeat(1 << 18);
    members.push(("WIDE", &many));
    let wide = format!("01 R. COPY WIDE REPLACING A BY =={}==.", "B ".repeat(1000));
    let same = format!("01 R. COPY WIDE REPLACING =={} B== BY ==C==.", "A ".repeat(100_000));
    for text in ["01 R. COPY M0.", "01 R. COPY C0.", &wide, &same] {
        let start = thread_time();
        let (layout, diagnostics) = copied(text, &members);
        assert!(layout.is_none() && codes_of(&diagnostics)[0] == "CPY022", "{diagnostics}");
        assert_eq!(diagnostics.error_count(), 1, "{diagnostics}");
        assert!(thread_time() - start < Duration::from_secs(8), "{:?}", thread_time() - start);
    }
}
