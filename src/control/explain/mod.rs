//! A deck in plain words, and as a step of ours.
//!
//! | part | what |
//! |---|---|
//! | [`Explanation`] | chapters of sentences and record maps, as text or JSON |
//! | [`sort`] | the deck of a SORT step, chapter by chapter in the order in which records meet them |
//! | [`tool`] | the statements of ICETOOL, an operator a sentence, with their decks |
//! | [`job`] | the deck as a job of ours, or as a step of cards where it says more than a sort step can |
//!
//! No data are read. Positions get the names of copybook fields and symbols, at the start and wherever bytes are copied to.

mod document;
mod items;
mod job;
mod join;
mod map;
mod options;
mod outfil;
mod pass;
mod reform;
mod tool;
mod voice;
mod words;
mod yaml;

use std::collections::BTreeMap;

use jiff::civil::DateTime;

use crate::control::deck::Symbols;
use crate::control::operate::Shape;
use crate::control::syntax::{Deck, Dialect};
use crate::copybook::Layout;
use crate::encoding::CodePage;

pub use document::{Chapter, Explanation, MapTable};
pub use job::{Cards, DatasetText, job};
pub use pass::sort;
pub use tool::tool;

/// What is known beside the cards.
#[derive(Clone)]
pub struct About<'a> {
    /// Code page of data and constants.
    pub page: CodePage,
    /// The run's date and time.
    pub clock: DateTime,
    /// Whose rules count.
    pub dialect: Dialect,
    /// Names that the cards use.
    pub symbols: Option<&'a Symbols>,
    /// What the records of DDs are like, as far as it is stated.
    pub shapes: BTreeMap<String, Shape>,
    /// Copybooks, with the DD whose records they describe if one is named.
    pub layouts: Vec<(Option<String>, Layout)>,
    /// Other decks by the names of their DDs: JNF1CNTL, CTL1CNTL.
    pub decks: BTreeMap<String, Deck>,
}

impl About<'_> {
    /// The copybooks of a DD: those with its name, else those without any. Of a join (`side` 0 or 1) one without a
    /// name describes the side in whose place it stands.
    pub(super) fn layouts_of(&self, dd: &str, side: Option<usize>) -> Vec<&Layout> {
        let own = |layout: &&(Option<String>, Layout)| layout.0.as_deref() == Some(dd);
        let named: Vec<&Layout> = self.layouts.iter().filter(own).map(|(_, layout)| layout).collect();
        if !named.is_empty() {
            return named;
        }
        let others = self.layouts.iter().filter(|(name, _)| name.is_none()).map(|(_, layout)| layout);
        match side {
            Some(side) => others.skip(side).take(1).collect(),
            None => others.collect(),
        }
    }
}
