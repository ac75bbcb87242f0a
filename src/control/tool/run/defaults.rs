//! DEFAULTS: what counts if the cards say nothing.

use super::session::{Done, Run, Session};
use crate::control::flow::Shape;
use crate::control::tool::layout::Ink;
use crate::control::tool::syntax::Dd;

/// Record length of the list.
const LENGTH: usize = 121;

/// Options and their defaults here.
const DEFAULTS: &[(&str, &str)] = &[
    ("EQUALS", "YES"),
    ("LIST", "YES"),
    ("NULLOFL", "RC0"),
    ("NULLOUT", "RC0"),
    ("OVFLO", "RC0"),
    ("PAD", "RC0"),
    ("TRUNC", "RC0"),
    ("VLLONG", "NO"),
    ("VLSCMP", "NO"),
    ("VLSHRT", "NO"),
    ("Y2PAST", "80"),
    ("ZDPRINT", "YES"),
];

/// DEFAULTS.
pub(super) fn run(list: &Dd, session: &mut Session<'_>) -> Run<Done> {
    let ink = Ink::new(session.how.page);
    let mut sink = session.sink(list, Shape { variable: false, length: LENGTH })?;
    let mut lines = vec!["1INSTALLATION DEFAULTS".to_owned(), String::new()];
    lines.extend(DEFAULTS.iter().map(|(name, value)| format!("   {name:<10}{value}")));
    for line in lines {
        let mut record = Vec::with_capacity(LENGTH);
        ink.put(&line, &mut record);
        record.resize(LENGTH, ink.blank());
        sink.record(&record)?;
    }
    session.complete(sink)?;
    session.say("ICE603I", &format!("INFORMATION PRINTED IN {:<8} DATA SET", list.name));
    Ok(Done::default())
}
