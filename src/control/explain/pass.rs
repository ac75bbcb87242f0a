//! The deck of a pass in words.

use super::About;
use super::document::{Chapter, Explanation};
use super::join;
use super::map::{Named, RecordMap};
use super::options;
use super::outfil;
use super::reform::{self, capital};
use super::voice::Voice;
use super::words::{columns, count, sort_format};
use crate::control::operate::{Setting, Shape, Usage};
use crate::control::syntax::{
    Application, CardField, Condition, Deck, Place, RecordType, Selection, SortField, SumStatement,
};

/// Where the records of a pass come from and go to, if something else than its cards says so.
#[derive(Clone, Debug, Default)]
pub(super) struct Route {
    /// The DDs that are read.
    pub from: Vec<String>,
    /// The DDs that are written.
    pub to: Vec<String>,
    /// Only what is left to the deck of an operator, which sorts by itself.
    pub using: bool,
}

/// Explains the deck of a SORT step.
pub fn sort(deck: &Deck, about: &About<'_>) -> Explanation {
    pass(deck, about, &Route::default())
}

/// Explains a deck of a route.
pub(super) fn pass(deck: &Deck, about: &About<'_>, route: &Route) -> Explanation {
    let setting = setting(deck, about);
    let mut all = Explanation::default();
    let voice = through(deck, about, &setting, route, &mut all);
    outfil::explain(deck, &voice, route, &mut all);
    let options = options::explain(deck, about);
    if !options.is_empty() {
        all.chapters.push(options);
    }
    all.chapters.retain(|chapter| !chapter.is_empty());
    all
}

/// What the records are like that a DD gets, if that can be told.
pub(super) fn written_shape(dd: &str, deck: &Deck, about: &About<'_>) -> Option<Shape> {
    let setting = setting(deck, about);
    let voice = through(deck, about, &setting, &Route::default(), &mut Explanation::default());
    let names = |outfil: &&crate::control::syntax::OutFil| outfil.files.iter().any(|file| file == dd);
    match deck.outfils.iter().find(names).or_else(|| deck.outfils.iter().find(|one| one.files.is_empty())) {
        Some(outfil) => outfil::shape(outfil, &voice),
        None => voice.shape,
    }
}

/// Explains what is done with records up to OUTREC; the voice speaks of those that leave.
fn through<'a>(
    deck: &Deck,
    about: &About<'a>,
    setting: &'a Setting,
    route: &Route,
    all: &mut Explanation,
) -> Voice<'a> {
    let mut voice = match &deck.join {
        Some(join) => join::explain(join, about, setting, all),
        None => input(deck, about, setting, route, all),
    };
    selection(deck, &voice, all);
    if let Some(inrec) = &deck.inrec {
        let mut chapter = Chapter::new("Changed before they are ordered (INREC)");
        reform::explain(inrec, &mut voice, Usage::Inrec, &mut chapter);
        all.chapters.push(chapter);
    }
    if !route.using || !matches!(deck.application, Application::Copy) {
        order(deck, &voice, all);
    }
    if let Some(sum) = &deck.sum {
        all.chapters.push(summing(sum, deck, &voice));
    }
    if let Some(outrec) = &deck.outrec {
        let mut chapter = Chapter::new("Changed after they are ordered (OUTREC)");
        reform::explain(outrec, &mut voice, Usage::Outrec, &mut chapter);
        all.chapters.push(chapter);
    }
    voice
}

pub(super) fn setting(deck: &Deck, about: &About<'_>) -> Setting {
    let setting = Setting::new(about.page, about.clock, about.dialect, &deck.options);
    Setting { altseq: deck.altseq.clone(), ..setting }
}

/// Names of the DDs that a deck reads.
pub(super) fn input_names(deck: &Deck, about: &About<'_>) -> Vec<String> {
    let prefix = deck.options.prefix.as_deref().unwrap_or("SORT");
    if !matches!(deck.application, Application::Merge(_)) {
        return vec![deck.options.sortin.clone().unwrap_or_else(|| format!("{prefix}IN"))];
    }
    let start = format!("{prefix}IN");
    let is_one = |dd: &&String| dd.strip_prefix(&start).is_some_and(|rest| rest.len() == 2);
    let found: Vec<String> = about.shapes.keys().filter(is_one).cloned().collect();
    if found.is_empty() { vec![format!("{start}01"), format!("{start}02")] } else { found }
}

/// What the records of a DD are like: as stated, else as RECORD or a copybook says.
pub(super) fn shape_of(
    dd: &str,
    deck: Option<&Deck>,
    about: &About<'_>,
    side: Option<usize>,
) -> (Option<Shape>, bool) {
    if let Some(shape) = about.shapes.get(dd) {
        return (Some(*shape), shape.variable);
    }
    let record = deck.map(|deck| &deck.record);
    let variable = record.is_some_and(|record| record.kind == Some(RecordType::Variable));
    let length = record.and_then(|record| record.lengths.first().copied().flatten());
    let from_layout = || {
        let layouts = about.layouts_of(dd, side);
        let length = layouts.iter().map(|layout| layout.length()).max()?;
        Some(length + if variable { crate::dataset::WORD } else { 0 })
    };
    let length = length.map(|length| length as usize).or_else(from_layout);
    (length.map(|length| Shape { variable, length }), variable)
}

/// A voice for the records of a DD.
pub(super) fn voice<'a>(
    dd: &str,
    deck: Option<&Deck>,
    about: &About<'a>,
    setting: &'a Setting,
    side: Option<usize>,
) -> Voice<'a> {
    let (shape, variable) = shape_of(dd, deck, about, side);
    let map = RecordMap::of(&about.layouts_of(dd, side), variable);
    let named = Named { symbols: about.symbols };
    Voice { page: about.page, named, map, setting, shape, variable }
}

/// Records in words.
pub(super) fn shape_words(shape: Option<Shape>, variable: bool) -> String {
    match shape {
        Some(Shape { variable: false, length }) => format!("records of {}", count(length as u64, "byte")),
        Some(Shape { variable: true, length }) => {
            format!("variable-length records of up to {length} bytes, the RDW in columns 1-4 included")
        }
        None if variable => "variable-length records".to_owned(),
        None => "records whose length is not stated".to_owned(),
    }
}

fn input<'a>(
    deck: &Deck,
    about: &About<'a>,
    setting: &'a Setting,
    route: &Route,
    all: &mut Explanation,
) -> Voice<'a> {
    let names = if route.from.is_empty() { input_names(deck, about) } else { route.from.clone() };
    let first = names.first().map_or("SORTIN", String::as_str);
    let voice = voice(first, Some(deck), about, setting, None);
    let mut chapter = Chapter::new("What is read");
    let merged = matches!(deck.application, Application::Merge(_));
    let verb = if merged && !route.using { "merged with each other" } else { "read" };
    let records = shape_words(voice.shape, voice.variable);
    chapter.say(format!("{}: {records}, {verb}.", super::words::listed(&names)));
    if deck.options.skip > 0 {
        chapter.say(format!("The first {} passed over (SKIPREC).", are(deck.options.skip)));
    }
    all.chapters.push(chapter);
    voice
}

fn are(number: u64) -> String {
    if number == 1 { "record is".to_owned() } else { format!("{number} records are") }
}

fn selection(deck: &Deck, voice: &Voice<'_>, all: &mut Explanation) {
    let mut chapter = Chapter::new("Which records are kept");
    if let Some(filter) = &deck.filter {
        chapter.say(filter_words(filter, voice));
    }
    if let Some(records) = deck.options.stop_after {
        chapter.say(format!("Only the first {} of them (STOPAFT).", count(records, "record")));
    }
    if deck.filter.is_none() && deck.options.stop_after.is_none() {
        chapter.say("All records are kept.");
    }
    all.chapters.push(chapter);
}

/// INCLUDE or OMIT as a sentence.
pub(super) fn filter_words((keep, condition): &(bool, Condition), voice: &Voice<'_>) -> String {
    match (keep, condition) {
        (true, Condition::All) | (false, Condition::Nothing) => "All records are kept.".to_owned(),
        (true, Condition::Nothing) | (false, Condition::All) => "No record is kept.".to_owned(),
        (true, condition) => format!("Kept are records for which {}.", voice.condition(condition)),
        (false, condition) => format!("Left out are records for which {}.", voice.condition(condition)),
    }
}

/// The selection of an OUTFIL as a sentence.
pub(super) fn selected(selection: &Selection, voice: &Voice<'_>) -> Option<String> {
    match selection {
        Selection::All => None,
        Selection::Include(condition) => Some(filter_words(&(true, condition.clone()), voice)),
        Selection::Omit(condition) => Some(filter_words(&(false, condition.clone()), voice)),
        Selection::Save => Some("Kept are records that no other OUTFIL took (SAVE).".to_owned()),
    }
}

/// A key in words.
fn key(field: &SortField, voice: &Voice<'_>) -> String {
    let order = if field.descending { "descending" } else { "ascending" };
    let length = field.length + u32::from(field.bit + field.bits > 0 && field.length == 0);
    let place = Place::Record { position: field.position, length };
    let name = voice.place(&place, Some(&field.span));
    if field.bit > 0 || field.bits > 0 {
        let bits = u64::from(field.length) * 8 + u64::from(field.bits);
        return format!("{} from bit {} of {name}, {order}", count(bits, "bit"), field.bit + 1);
    }
    format!("{name}, {}, {order}", sort_format(field.format))
}

fn order(deck: &Deck, voice: &Voice<'_>, all: &mut Explanation) {
    let mut chapter = Chapter::new("The order");
    let (Application::Sort(keys) | Application::Merge(keys)) = &deck.application else {
        chapter.say("Records stay in the order in which they are read (COPY).");
        all.chapters.push(chapter);
        return;
    };
    if matches!(deck.application, Application::Merge(_)) {
        chapter.say("Each input is in this order already; they are merged:");
    } else {
        chapter.say("Records are sorted by:");
    }
    for (index, field) in keys.iter().enumerate() {
        chapter.detail(1, format!("{}. {}", index + 1, key(field, voice)));
    }
    if deck.sum.is_none() {
        chapter.say(match deck.options.equals {
            Some(false) => "Records with equal keys keep their order (NOEQUALS would allow another).",
            _ => "Records with equal keys keep their order.",
        });
    }
    all.chapters.push(chapter);
}

fn summing(sum: &SumStatement, deck: &Deck, voice: &Voice<'_>) -> Chapter {
    let mut chapter = Chapter::new("Records with equal keys (SUM)");
    if sum.fields.is_empty() {
        chapter.say("Of records with equal keys only the first is kept.");
    } else {
        chapter
            .say("Records with equal keys become one, the first of them; these numbers are added up in it:");
        for field in &sum.fields {
            chapter.detail(1, capital(&sum_field(&field.0, voice)));
        }
        let overflow = match deck.options.overflow {
            Some(crate::control::syntax::Overflow::Stop) => {
                "A sum that does not fit ends the run (OVFLO=RC16)."
            }
            Some(crate::control::syntax::Overflow::Warn) => {
                "A sum that does not fit is not made: both records stay, and the return code is 4 (OVFLO=RC4)."
            }
            _ => "A sum that does not fit is not made: both records stay.",
        };
        chapter.say(overflow);
    }
    if sum.xsum {
        chapter.say("The records that are not kept are written to SORTXSUM (XSUM).");
    }
    chapter
}

fn sum_field(field: &CardField, voice: &Voice<'_>) -> String {
    voice.field(field)
}

/// A field of an operator.
pub(super) fn columns_of(position: u32, length: u32, voice: &Voice<'_>) -> String {
    match voice.map.name(position, length) {
        Some(name) => format!("{name} ({})", columns(position, length)),
        None => columns(position, length),
    }
}

/// What the deck of a side of a join does, up to its key.
pub(super) fn pass_of_side(deck: &Deck, voice: &mut Voice<'_>) -> Explanation {
    let mut all = Explanation::default();
    selection(deck, voice, &mut all);
    if let Some(inrec) = &deck.inrec {
        let mut chapter = Chapter::new("Changed (INREC)");
        reform::explain(inrec, voice, Usage::Inrec, &mut chapter);
        all.chapters.push(chapter);
    }
    if let Some(sum) = &deck.sum {
        all.chapters.push(summing(sum, deck, voice));
    }
    all
}
