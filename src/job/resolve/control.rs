//! Steps of control cards: which datasets their DDs are, which of them are written, and whether the cards can be read.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use indexmap::IndexMap;
use jiff::civil::{Date, Time};
use serde_saphyr::Spanned;

use super::super::control_file::{DialectShape, ToolShape};
use super::super::file::{OneOrMany, SortShape, Str};
use super::super::plan::{ControlPlan, DatasetPlan};
use super::Resolver;
use super::steps::described;
use crate::control::deck::{Reading, Symbols, SystemSymbols};
use crate::control::parse::{self, DeckKind, ParseContext};
use crate::control::syntax::{Deck, Dialect};
use crate::control::tool;
use crate::diag::{Diagnostic, Diagnostics, Source, codes};
use crate::encoding::CodePage;

/// What a step of cards says, whichever operator it is under.
pub(super) struct Cards<'s> {
    tool: bool,
    control: &'s Str,
    dd: &'s IndexMap<String, Spanned<OneOrMany>>,
    cards: &'s IndexMap<String, Str>,
    dialect: DialectShape,
    run_date: Option<&'s Str>,
    run_time: Option<&'s Str>,
}

impl<'s> Cards<'s> {
    /// The cards of a sort step, if it has any.
    pub fn of_sort(shape: &'s SortShape) -> Option<Self> {
        Some(Cards {
            tool: false,
            control: shape.control.as_ref()?,
            dd: &shape.dd,
            cards: &shape.cards,
            dialect: shape.dialect,
            run_date: shape.run_date.as_ref(),
            run_time: shape.run_time.as_ref(),
        })
    }

    /// The cards of a tool step.
    pub fn of_tool(shape: &'s ToolShape) -> Self {
        Cards {
            tool: true,
            control: &shape.control,
            dd: &shape.dd,
            cards: &shape.cards,
            dialect: shape.dialect,
            run_date: shape.run_date.as_ref(),
            run_time: shape.run_time.as_ref(),
        }
    }

    /// Names of DDs with their datasets, in the order of the job file.
    pub fn datasets(&self) -> impl Iterator<Item = (&String, &Str)> {
        self.dd.iter().flat_map(|(dd, names)| names.value.list().iter().map(move |name| (dd, name)))
    }

    fn dialect(&self) -> Dialect {
        match self.dialect {
            DialectShape::Dfsort => Dialect::Dfsort,
            DialectShape::Syncsort => Dialect::Syncsort,
        }
    }
}

/// What reading the cards of a step has found.
struct Read {
    deck: Option<Deck>,
    written: BTreeSet<String>,
}

impl Resolver<'_> {
    /// Names of the DDs that the cards write. What is wrong with the cards is reported when the step is resolved.
    pub(super) fn written_dds(&self, cards: &Cards<'_>) -> BTreeSet<String> {
        self.read_cards(cards, CodePage::default()).map(|read| read.written).unwrap_or_else(|_| {
            let outputs = cards.dd.keys().filter(|dd| dd.starts_with("SORTO") || *dd == "SORTXSUM");
            outputs.cloned().collect()
        })
    }

    /// A step of cards; `None` after an error has been reported.
    pub(super) fn control(&mut self, cards: &Cards<'_>) -> Option<ControlPlan> {
        let written = self.written_dds(cards);
        let mut page = None;
        let mut dds: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut first: Option<DatasetPlan> = None;
        let inputs: Vec<_> = cards.datasets().filter(|(dd, _)| !written.contains(*dd)).collect();
        for (dd, name) in inputs {
            let text = self.texts.text(name);
            let dataset = self.dataset(&text.value)?;
            page.get_or_insert(dataset.record.page);
            dds.entry(dd.to_ascii_uppercase()).or_default().push(dataset.name.clone());
            first.get_or_insert(dataset);
        }
        let page = page.unwrap_or_default();
        let read = match self.read_cards(cards, page) {
            Ok(read) => read,
            Err(problems) => {
                self.found.extend(problems);
                return None;
            }
        };
        let as_it_comes = !cards.tool && read.deck.as_ref().is_some_and(leaves_records_alone);
        let mut outputs = Vec::new();
        for (dd, name) in cards.datasets().filter(|(dd, _)| written.contains(*dd)) {
            let text = self.texts.text(name);
            let dataset = match &first {
                Some(first) if as_it_comes => self.output(&text.value, &described(first), &text.span)?,
                _ => self.built_output(&text.value, &text.span)?,
            };
            let several = dds.insert(dd.to_ascii_uppercase(), vec![dataset.name.clone()]).is_some();
            if several {
                let error =
                    Diagnostic::error(codes::JOB013, format!("{dd} is written, so it is one dataset"));
                self.report(error.at(&text.span, ""), "name one dataset");
                return None;
            }
            outputs.push(dataset.name);
        }
        Some(ControlPlan {
            tool: cards.tool,
            control: self.source_of("control", cards.control),
            texts: self.card_sources(cards),
            inputs: dds.values().flatten().filter(|name| !outputs.contains(name)).cloned().collect(),
            dds,
            outputs,
            page,
            dialect: cards.dialect(),
            date: self.run_date(cards.run_date)?,
            time: self.run_time(cards)?,
        })
    }

    fn read_cards(&self, cards: &Cards<'_>, page: CodePage) -> Result<Read, Diagnostics> {
        let texts = self.card_sources(cards);
        let system = SystemSymbols::of(jiff::civil::date(2000, 1, 1).at(0, 0, 0, 0));
        let symbols = texts.get("SYMNAMES").map(|text| Symbols::read(text, page, &system)).transpose()?;
        let dialect = cards.dialect();
        let control = self.source_of("control", cards.control);
        let parse_deck = |sources: &[Arc<Source>], kind| {
            let context = ParseContext { page, dialect, kind };
            parse::deck(sources, symbols.as_ref(), &context)
        };
        for (name, text) in texts.iter().filter(|(name, _)| name.ends_with("CNTL")) {
            let kind = match cards.tool && !name.starts_with("JNF") {
                true => DeckKind::ToolUsing,
                false => DeckKind::JoinTask,
            };
            parse_deck(&[Arc::clone(text)], kind)?;
        }
        if cards.tool {
            let reading = Reading { page, dialect, symbols: symbols.as_ref() };
            let mut written = tool::outputs(&control, reading)?;
            for (_, text) in texts.iter().filter(|(name, _)| name.ends_with("CNTL")) {
                let deck = parse_deck(&[Arc::clone(text)], DeckKind::ToolUsing)?;
                written.extend(deck.outfils.iter().flat_map(|outfil| outfil.files.clone()));
            }
            return Ok(Read { deck: None, written: kept(written, cards) });
        }
        let mut sources: Vec<Arc<Source>> = texts.get("DFSPARM").into_iter().cloned().collect();
        sources.push(control);
        let deck = parse_deck(&sources, DeckKind::Main)?;
        let mut written: BTreeSet<String> = ["SORTOUT", "SORTXSUM"].map(str::to_owned).into();
        written.extend(deck.options.sortout.clone());
        written.extend(deck.outfils.iter().flat_map(|outfil| outfil.files.clone()));
        let prefix = deck.options.prefix.as_deref().unwrap_or("SORT");
        written.extend([format!("{prefix}OUT"), format!("{prefix}XSUM")]);
        Ok(Read { deck: Some(deck), written: kept(written, cards) })
    }

    /// Card images as a source of their own: lines and columns are those of the cards.
    fn source_of(&self, name: &str, text: &Str) -> Arc<Source> {
        let place = self.texts.text(text).span;
        let cards = if name == "SYMNAMES" { text.value.clone() } else { from_column_two(&text.value) };
        Source::new(format!("{} ({name}, line {})", place.source().name(), place.position().0), cards)
    }

    fn card_sources(&self, cards: &Cards<'_>) -> BTreeMap<String, Arc<Source>> {
        let each = cards.cards.iter();
        each.map(|(name, text)| (name.to_ascii_uppercase(), self.source_of(name, text))).collect()
    }

    /// The date of the run: the one given, or the business date, or today.
    pub(super) fn run_date(&mut self, given: Option<&Str>) -> Option<Date> {
        let Some(given) = given else {
            return Some(self.params.business_date().unwrap_or_else(crate::sys::clock::today));
        };
        let text = self.text(given)?;
        let date = text.value.parse::<Date>();
        if date.is_err() {
            let error = Diagnostic::error(codes::JOB010, format!("'{}' is not a date", text.value));
            self.report(error.at(&text.span, ""), "write yyyy-mm-dd");
        }
        date.ok()
    }

    fn run_time(&mut self, cards: &Cards<'_>) -> Option<Time> {
        let Some(given) = cards.run_time else { return Some(Time::midnight()) };
        let text = self.text(given)?;
        let time = text.value.parse::<Time>();
        if time.is_err() {
            let error = Diagnostic::error(codes::JOB010, format!("'{}' is not a time of day", text.value));
            self.report(error.at(&text.span, ""), "write hh:mm:ss");
        }
        time.ok()
    }
}

/// YAML takes away the blanks that all lines begin with, the one in column 1 of every card among them.
fn from_column_two(text: &str) -> String {
    let is_card = |line: &&str| !line.starts_with('*') && !line.trim().is_empty();
    if text.lines().filter(is_card).all(|line| line.starts_with(' ')) {
        return text.to_owned();
    }
    let shifted =
        text.lines().map(|line| if is_card(&line) { format!(" {line}\n") } else { format!("{line}\n") });
    shifted.collect()
}

/// Of the DDs that cards write, those that the step binds.
fn kept(mut written: BTreeSet<String>, cards: &Cards<'_>) -> BTreeSet<String> {
    written.retain(|dd| cards.dd.keys().any(|name| name.eq_ignore_ascii_case(dd)));
    // As the job file spells them.
    cards.dd.keys().filter(|name| written.iter().any(|dd| dd.eq_ignore_ascii_case(name))).cloned().collect()
}

/// True if what leaves is what came, so that an output that says nothing of its records has those of the input.
fn leaves_records_alone(deck: &Deck) -> bool {
    let plain = |outfil: &crate::control::syntax::OutFil| {
        outfil.reform.is_none()
            && outfil.convert == crate::control::syntax::Convert::Keep
            && outfil.header1.is_none()
            && outfil.header2.is_none()
            && outfil.trailer1.is_none()
            && outfil.trailer2.is_none()
            && outfil.sections.is_empty()
    };
    deck.inrec.is_none() && deck.outrec.is_none() && deck.join.is_none() && deck.outfils.iter().all(plain)
}
