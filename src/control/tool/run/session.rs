//! What operators share: datasets, decks, sinks and the listing.

use std::sync::Arc;

use crate::control::deck::{Cards, Symbols};
use crate::control::flow::{Datasets, Entered, Entering, Fit, How, Leaving, Left, Shape, Sink, key_of};
use crate::control::message::{self, Familiar, Listing};
use crate::control::operate::Setting;
use crate::control::parse::{self, DeckKind, ParseContext};
use crate::control::syntax::{Application, CardField, Deck, Format, OutFil, Place, SortField};
use crate::control::tool::syntax::{Dd, Input, OnField};
use crate::diag::{Diagnostic, Diagnostics, Result, Source, Span, codes};
use crate::key::{Key, KeyedBlock, SortFormat};
use crate::record::Block;

/// What an operator came to.
#[derive(Debug, Default)]
pub(super) struct Done {
    /// Its return code.
    pub(super) code: u8,
    /// What was wrong, if something was.
    pub(super) problems: Diagnostics,
    /// True if the listing has it already.
    pub(super) said: bool,
}

/// The result of what can find several mistakes.
pub(super) type Run<T> = std::result::Result<T, Diagnostics>;

/// Where records go that an operator takes, and those that it does not.
pub(super) struct Sides {
    taken: Option<Leaving>,
    left: Option<Leaving>,
}

impl Sides {
    /// True if somebody wants the records that are not taken.
    pub(super) fn discards(&self) -> bool {
        self.left.is_some()
    }

    /// Takes the next records of both kinds.
    pub(super) fn put(&mut self, taken: Block, left: Option<Block>) -> Result<()> {
        for (leaving, block) in [(&mut self.taken, Some(taken)), (&mut self.left, left)] {
            if let (Some(leaving), Some(block)) = (leaving, block) {
                leaving.put(block)?;
            }
        }
        Ok(())
    }
}

/// What operators share.
pub(super) struct Session<'a> {
    pub(super) datasets: &'a mut dyn Datasets,
    pub(super) how: &'a How<'a>,
    pub(super) listing: &'a mut Listing,
    symbols: Option<&'a Symbols>,
    calls: u32,
    /// What the call under way is for, if one is.
    call: Option<String>,
}

impl<'a> Session<'a> {
    pub(super) fn new(
        datasets: &'a mut dyn Datasets,
        how: &'a How<'a>,
        listing: &'a mut Listing,
        symbols: Option<&'a Symbols>,
        calls: u32,
    ) -> Self {
        Session { datasets, how, listing, symbols, calls, call: None }
    }

    /// Calls of the sort so far.
    pub(super) fn calls(&self) -> u32 {
        self.calls
    }

    /// The deck of a USING operand; an empty one without.
    pub(super) fn deck(&mut self, using: Option<&Dd>) -> Run<Deck> {
        let mut sources: Vec<Arc<Source>> = Vec::new();
        sources.extend(self.datasets.text("DFSPARM")?);
        if let Some(using) = using {
            let name = cntl(using);
            let text = self.datasets.text(&name)?;
            sources.push(text.ok_or_else(|| missing(&name, &using.span))?);
        }
        if sources.is_empty() {
            return Ok(Deck::default());
        }
        let context =
            ParseContext { page: self.how.page, dialect: self.how.dialect, kind: DeckKind::ToolUsing };
        sources.iter().for_each(|source| self.listing.echo(source));
        parse::deck(&sources, self.symbols, &context)
    }

    /// An error if the deck of USING has none of these statements.
    pub(super) fn needs(&mut self, using: &Dd, statements: &[&str], known: Familiar) -> Run<()> {
        let name = cntl(using);
        let Some(source) = self.datasets.text(&name)? else { return Err(missing(&name, &using.span).into()) };
        let cards = Cards::read(&source, false, &mut Diagnostics::new());
        let found = |word: &str| cards.statements.iter().any(|statement| statement.operation == word);
        if statements.iter().any(|word| found(word)) {
            return Ok(());
        }
        let first = statements.first().copied().unwrap_or_default();
        Err(message::error(codes::CTL009, known, format!("{name} has no {first} statement"))
            .at(&using.span, format!("{first} is missing in it"))
            .into())
    }

    /// Opens the first half of a pass over one DD.
    pub(super) fn enter(&mut self, deck: &Deck, from: &Dd) -> Run<Entering<'a>> {
        self.exists(from)?;
        Ok(Entering::open(deck, std::slice::from_ref(&from.name), self.datasets, self.how)?)
    }

    /// Control fields of ON operands for the records of a DD.
    pub(super) fn keys(&mut self, on: &[OnField], from: &Dd) -> Result<Application> {
        let length = on.iter().find_map(|on| match on {
            OnField::Length(span) => Some(span),
            OnField::Field(_) => None,
        });
        if let Some(span) = length
            && self.datasets.open(&from.name, None)?.is_some_and(|input| !input.shape.variable)
        {
            let message = format!("VLEN is for records of variable length, {} has fixed ones", from.name);
            return Err(Diagnostic::error(codes::CTL103, message).at(span, "all lengths are the same"));
        }
        Ok(Application::Sort(on.iter().map(key).collect()))
    }

    /// Sorts by ON operands, unless the deck has a SORT statement, which counts more than the one an operator makes. Then
    /// the result is true, and ON still says which records belong together.
    pub(super) fn order(&mut self, deck: &mut Deck, on: &[OnField], from: &Dd) -> Result<bool> {
        let keys = self.keys(on, from)?;
        if matches!(deck.application, Application::Sort(_)) {
            return Ok(true);
        }
        deck.application = keys;
        Ok(false)
    }

    /// The key of ON operands for records of a shape.
    pub(super) fn key(&self, deck: &Deck, on: &[OnField], shape: Shape) -> Result<Key> {
        let fields: Vec<SortField> = on.iter().map(key).collect();
        key_of(&fields, &self.setting(deck), shape)
    }

    /// An error if there is no such DD.
    pub(super) fn exists(&self, dd: &Dd) -> Result<()> {
        if self.datasets.has(&dd.name) { Ok(()) } else { Err(missing(&dd.name, &dd.span)) }
    }

    /// Begins to write a DD with records of a shape.
    pub(super) fn sink(&mut self, dd: &Dd, made: Shape) -> Result<Sink> {
        let shape = self.datasets.attributes(&dd.name, made)?;
        let shape = shape.ok_or_else(|| missing(&dd.name, &dd.span))?;
        let pad = if made.variable { 0 } else { self.how.page.space() };
        self.datasets.create(&dd.name, shape, Fit { pad, cut: true })
    }

    /// Ends what [`Session::sink`] began.
    pub(super) fn complete(&mut self, sink: Sink) -> Result<u64> {
        let records = sink.records();
        self.datasets.complete(sink)?;
        Ok(records)
    }

    /// Opens the second half of a pass for records that an operator takes, and one for those that it does not. OUTFIL
    /// statements that name the DD of DISCARD are for the latter. Without TO there may be only the latter.
    pub(super) fn leave(
        &mut self,
        deck: &Deck,
        shape: Shape,
        to: &[Dd],
        discard: Option<&Dd>,
    ) -> Result<Sides> {
        let Some(discard) = discard else {
            let leaving = Leaving::open(deck, shape, &names(to), self.datasets, self.how, self.listing)?;
            return Ok(Sides { taken: Some(leaving), left: None });
        };
        let (aside, own): (Vec<OutFil>, Vec<OutFil>) =
            deck.outfils.iter().cloned().partition(|outfil| outfil.files.contains(&discard.name));
        let taken = if to.is_empty() && own.is_empty() {
            None
        } else {
            let own = Deck { outfils: own, ..deck.clone() };
            Some(Leaving::open(&own, shape, &names(to), self.datasets, self.how, self.listing)?)
        };
        let aside = Deck { outfils: aside, ..deck.clone() };
        let name = std::slice::from_ref(&discard.name);
        let left = Leaving::open(&aside, shape, name, self.datasets, self.how, self.listing)?;
        Ok(Sides { taken, left: Some(left) })
    }

    /// Ends what [`Session::leave`] opened; the greatest return code.
    pub(super) fn left(&mut self, sides: Sides) -> Result<u8> {
        let mut code = 0;
        for leaving in [sides.taken, sides.left].into_iter().flatten() {
            code = code.max(leaving.finish(self.datasets, self.listing)?.return_code);
        }
        Ok(code)
    }

    /// The settings of a deck.
    pub(super) fn setting(&self, deck: &Deck) -> Setting {
        self.how.setting(deck)
    }

    /// Says that a call of the sort begins.
    pub(super) fn call(&mut self, operation: &str, from: &str, to: &str, using: Option<&Dd>) {
        self.calls += 1;
        let using = using.map(|using| format!(" USING {}", cntl(using))).unwrap_or_default();
        let number = self.calls;
        self.call = Some(format!("DFSORT CALL {number:04} FOR {operation} FROM {from:<8} TO {to:<8}{using}"));
    }

    /// Says that the call of the sort has ended.
    pub(super) fn call_completed(&mut self, to_exit: bool) {
        if let Some(call) = self.call.take() {
            let number = if to_exit { "ICE627I" } else { "ICE606I" };
            self.listing.message(number, &format!("0 {call} COMPLETED"));
        }
    }

    /// Says that the call of the sort failed, if one was under way.
    pub(super) fn call_failed(&mut self) {
        if let Some(call) = self.call.take() {
            self.listing.message("ICE617A", &format!("0 {call} TERMINATED"));
        }
    }

    /// A message of the operator.
    pub(super) fn say(&mut self, number: &str, text: &str) {
        self.listing.message(number, &format!("0 {text}"));
    }

    /// What is wrong, under the number that an operator knows.
    pub(super) fn say_problem(&mut self, problem: &Diagnostic) {
        let known = problem.notes.iter().find(|note| note.starts_with("ICE") || note.starts_with("WER"));
        self.listing.line(known.map_or(problem.message.as_str(), String::as_str));
    }

    /// Reads records into a closure, in the order of the deck.
    pub(super) fn read(
        &mut self,
        operation: &str,
        deck: &Deck,
        input: &Input,
        put: &mut (dyn FnMut(KeyedBlock) -> Result<()> + Send),
    ) -> Run<Entered> {
        self.call(operation, &input.from.name, "E35 EXIT", input.using.as_ref());
        let entered = self.enter(deck, &input.from)?.run(put)?;
        self.call_completed(true);
        Ok(entered)
    }

    /// Says what a pass that ended in our hands came to.
    pub(super) fn say_records(&mut self, entered: &Entered) {
        self.say("ICE628I", &format!("RECORD COUNT:  {:015}", entered.accepted));
    }
}

impl Done {
    /// What the second half of a pass came to.
    pub(super) fn of(left: &Left) -> Self {
        Done { code: left.return_code, ..Done::default() }
    }
}

/// The name of the DD that USING names.
fn cntl(using: &Dd) -> String {
    format!("{}CNTL", using.name)
}

fn missing(dd: &str, span: &Span) -> Box<Diagnostic> {
    Diagnostic::error(codes::CTL101, format!("there is no DD {dd}"))
        .at(span, "named here")
        .note(format!("ICE056A {dd} NOT DEFINED"))
        .hint(format!("give it, for example --dd {dd}=file,lrecl=80"))
}

/// Names of DDs.
pub(super) fn names(dds: &[Dd]) -> Vec<String> {
    dds.iter().map(|dd| dd.name.clone()).collect()
}

fn key(on: &OnField) -> SortField {
    let (position, length, format, span) = match on {
        // The length of a record is in its RDW.
        OnField::Length(span) => (1, 2, SortFormat::Binary, span.clone()),
        OnField::Field(field) => field_key(field),
    };
    SortField { position, bit: 0, length, bits: 0, format, descending: false, span }
}

fn field_key(field: &CardField) -> (u32, u32, SortFormat, Span) {
    let (position, length) = place(field);
    let format = match field.format {
        Format::Sort(format) => format,
        _ => SortFormat::Binary,
    };
    (position, length, format, field.span.clone())
}

/// Position from 1 and length of a field.
pub(super) fn place(field: &CardField) -> (u32, u32) {
    match field.place {
        Place::Record { position, length } => (position, length),
        Place::Parsed { length, .. } => (1, length),
    }
}
