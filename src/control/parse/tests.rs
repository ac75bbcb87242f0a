//! Decks and what becomes of them.

use super::{DeckKind, ParseContext, deck};
use crate::control::syntax::{Application, Condition, Deck, Dialect};
use crate::diag::{Diagnostics, Source};
use crate::encoding::CodePage;

fn parse(text: &str) -> Result<Deck, Diagnostics> {
    let context = ParseContext { page: CodePage::CP037, dialect: Dialect::Dfsort, kind: DeckKind::Main };
    deck(&[Source::new("SYSIN", text)], None, &context)
}

#[test]
fn a_deck() {
    let deck = parse("  SORT FIELDS=(1,5,CH,A,\n    7.3,0.4,BI,D),EQUALS\n  INCLUDE COND=(1,1,CH,EQ,C'A',OR,(2,3,EQ,4,3,AND,9,2,LT,10)),FORMAT=ZD\n  OPTION VLSHRT,DYNALLOC=(SYSDA,5)\n").unwrap();
    assert!(matches!(&deck.application, Application::Sort(fields) if fields.len() == 2));
    assert!(matches!(&deck.filter, Some((true, Condition::Or(parts))) if parts.len() == 2));
    assert_eq!((deck.options.equals, deck.options.vlshrt), (Some(true), true));
    let errors =
        parse(" SORT FIELDS=(1,5,XX,A)\n OPTION EQUALZ\n INCLUDE COND=(1,2,CH,EQ,10)\n").unwrap_err();
    println!("{errors}");
    assert_eq!(errors.error_count(), 3);
}
