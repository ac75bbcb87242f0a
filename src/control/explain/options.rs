//! Options that matter for what comes out.

use super::About;
use super::document::Chapter;
use super::words::window;
use crate::control::syntax::{Deck, Dialect, Overflow};

/// Options in words.
pub(super) fn explain(deck: &Deck, about: &About<'_>) -> Chapter {
    let options = &deck.options;
    let mut chapter = Chapter::new("Options");
    if let Some(years) = options.window {
        chapter.say(window(years));
    }
    if let Some(table) = &deck.altseq {
        chapter.say(altseq(table));
        if options.chalt {
            chapter.say("Text keys of format CH follow this table as well (CHALT).");
        }
    }
    for (on, text) in [
        (options.vlshrt, "A field behind the end of a short record makes its comparison fail (VLSHRT)."),
        (options.vlscmp, "What short records lack is compared as X'00' (VLSCMP)."),
        (options.vllong, "Variable-length records that are too long are cut (VLLONG)."),
        (
            options.zdprint == Some(false),
            "Positive sums of zoned decimals keep a sign in their last byte (NZDPRINT).",
        ),
    ] {
        if on {
            chapter.say(text);
        }
    }
    if let Some(code) = options.pad {
        chapter.say(format!("Records shorter than their output are padded; {} (PAD).", outcome(code)));
    }
    if let Some(code) = options.trunc {
        chapter.say(format!("Records longer than their output are cut; {} (TRUNC).", outcome(code)));
    }
    if let Some(code) = options.null_out {
        chapter.say(format!("If SORTOUT is empty, {} (NULLOUT).", outcome(code)));
    }
    if options.vltest.is_some() || options.compare_bytes.is_some() {
        chapter.say("VLTEST and CMP say how short records and comparisons of text are taken.");
    }
    if about.dialect == Dialect::Syncsort {
        chapter.say("The rules of Syncsort count where the products differ.");
    }
    chapter
}

/// What an event does.
pub(super) fn outcome(code: Overflow) -> &'static str {
    match code {
        Overflow::Silent => "nothing is said",
        Overflow::Warn => "the return code is 4",
        Overflow::Stop => "the run ends",
    }
}

fn altseq(table: &[u8; 256]) -> String {
    const SHOWN: usize = 12;
    let moved = table.iter().enumerate().filter(|(byte, weight)| *byte != usize::from(**weight));
    let all: Vec<String> = moved.map(|(byte, weight)| format!("X'{byte:02X}' as X'{weight:02X}'")).collect();
    let more = if all.len() > SHOWN { format!(" and {} more", all.len() - SHOWN) } else { String::new() };
    let shown = all.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    format!(
        "In keys of format AQ and where TRAN=ALTSEQ says so, bytes are taken for others: {shown}{more} (ALTSEQ)."
    )
}
