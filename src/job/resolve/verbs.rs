//! Actions of rules on texts and tables: STRING, UNSTRING, INSPECT, SEARCH.

use super::super::file::{OneOrMany, Str};
use super::super::rules_file::{ActionShape, OnSizeErrorShape, SizeErrorShape};
use super::rules::RuleCompiler;
use crate::copybook::Shape;
use crate::diag::{Span, codes};
use crate::encoding::CodePage;
use crate::expr::{FieldRef, TextPart, into_phrase};
use crate::post::{Action, Counter, Examine, Into, Join, JoinPiece, Search, Unstring};
use crate::record::Overflow;

impl RuleCompiler<'_> {
    /// SET: the first value of the condition name, or its literal WHEN SET TO FALSE, goes to its field.
    pub(super) fn set(&mut self, shape: &ActionShape, name: &Str, span: &Span) -> Option<Action> {
        let text = self.texts.text(name);
        let truth = match shape.to.as_ref().map(OneOrMany::list) {
            None => true,
            Some([to]) if to.value.eq_ignore_ascii_case("true") => true,
            Some([to]) if to.value.eq_ignore_ascii_case("false") => false,
            Some(_) => {
                let message = "a condition name is set to true or to false";
                return self.complain(codes::RUL004, message, span, "write { set: NAME, to: false }");
            }
        };
        let movement = self.found.take(self.compiler.truth(&text.span, truth))?;
        self.allowed(movement.to.clone(), &text.span)?;
        Some(Action::Move(movement))
    }

    /// STRING.
    pub(super) fn string(&mut self, shape: &ActionShape, pieces: &OneOrMany, span: &Span) -> Option<Action> {
        let Some([to]) = shape.to.as_ref().map(OneOrMany::list) else {
            let hint = "write { string: [ A, B ], to: C }";
            return self.complain(codes::RUL004, "string needs to: with one field", span, hint);
        };
        let to = self.receiver(to)?;
        let page = to.format.page;
        let mut compiled = Vec::new();
        for piece in pieces.list() {
            let text = self.texts.text(piece);
            let (value, until) = delimited(&text.value);
            let whole = text
                .span
                .text()
                .find(value)
                .map_or_else(|| text.span.clone(), |start| text.span.slice(start..start + value.len()));
            let until = match until {
                None => None,
                Some(delimiter) => {
                    let start = text.value.rfind(delimiter).unwrap_or_default();
                    Some(self.part(&text.span.slice(start..start + delimiter.len()), page)?)
                }
            };
            compiled.push(JoinPiece { text: self.part(&whole, page)?, until });
        }
        let pointer = self.optional_counter(shape.pointer.as_ref())?;
        let overflow = self.actions(shape.on_overflow.as_deref().unwrap_or_default());
        Some(Action::Join(Join { pieces: compiled, to, pointer, overflow }))
    }

    /// INSPECT.
    pub(super) fn inspect(&mut self, shape: &ActionShape, name: &Str, span: &Span) -> Option<Action> {
        let text = self.texts.text(name);
        let changes = shape.replacing.is_some() || shape.converting.is_some();
        let field = match changes {
            true => self.receiver(name)?,
            false => self.found.take(self.compiler.field(&text.span))?,
        };
        let compiler = self.compiler.preferring(self.building_slot());
        let mut inspect = self.found.take(compiler.inspected(&field, &text.span))?;
        let page = field.format.page;
        let mut counters = Vec::new();
        for phrase in shape.tallying.as_ref().map(OneOrMany::list).unwrap_or_default() {
            let text = self.texts.text(phrase);
            let counter = self.found.take(compiler.tallying(&mut inspect, &text.span, page))?;
            counters.push(self.counter_at(&counter)?);
        }
        for phrase in shape.replacing.as_ref().map(OneOrMany::list).unwrap_or_default() {
            let text = self.texts.text(phrase);
            self.found.take(compiler.replacing(&mut inspect, &text.span, page))?;
        }
        if let Some(phrase) = &shape.converting {
            let text = self.texts.text(phrase);
            self.found.take(compiler.converting(&mut inspect, &text.span, page))?;
        }
        if inspect.is_empty() {
            let message = "inspect needs tallying:, replacing: or converting:";
            let hint =
                "write { inspect: F, tallying: N FOR ALL 'A' } or { inspect: F, replacing: ALL 'A' BY 'B' }";
            return self.complain(codes::RUL004, message, span, hint);
        }
        Some(Action::Inspect(Box::new(Examine { field, inspect, counters })))
    }

    /// UNSTRING.
    pub(super) fn unstring(&mut self, shape: &ActionShape, name: &Str, span: &Span) -> Option<Action> {
        let from = self.texts.text(name);
        let from = self.found.take(self.compiler.field(&from.span))?;
        if from.number().is_some() || matches!(from.shape, Shape::Float(_)) {
            let message = format!("{} is a number, unstring needs text", from.name());
            return self.complain(codes::EXP004, &message, span, "move it to a PIC X field first");
        }
        let page = from.format.page;
        let mut delimiters = Vec::new();
        for text in shape.delimited_by.as_ref().map(OneOrMany::list).unwrap_or_default() {
            let text = self.texts.text(text);
            delimiters.extend(self.found.take(self.compiler.delimiters(&text.span, page))?);
        }
        let mut into = Vec::new();
        for text in shape.into.as_ref().map(OneOrMany::list).unwrap_or_default() {
            let text = self.texts.text(text);
            let phrase = self.found.take(into_phrase(&text.span))?;
            if delimiters.is_empty() && (phrase.delimiter.is_some() || phrase.count.is_some()) {
                let message = "DELIMITER IN and COUNT IN need delimiters";
                return self.complain(codes::RUL004, message, &text.span, "name them under delimited-by:");
            }
            into.push(Into {
                to: self.text_receiver(&phrase.to, page)?,
                delimiter: match &phrase.delimiter {
                    Some(place) => Some(self.text_receiver(place, page)?),
                    None => None,
                },
                count: match &phrase.count {
                    Some(place) => Some(self.counter_at(place)?),
                    None => None,
                },
            });
        }
        if into.is_empty() {
            let hint = "write { unstring: F, delimited-by: \"','\", into: [ A, B ] }";
            return self.complain(codes::RUL004, "unstring needs into:", span, hint);
        }
        let tallying = match shape.tallying.as_ref().map(OneOrMany::list) {
            None => None,
            Some([counter]) => Some(self.counter(counter)?),
            Some(_) => {
                return self.complain(
                    codes::RUL004,
                    "unstring counts in one field",
                    span,
                    "name one counter",
                );
            }
        };
        let size = match shape.on_size_error {
            Some(OnSizeErrorShape::Known(SizeErrorShape::Truncate)) => Overflow::Truncate,
            None | Some(OnSizeErrorShape::Known(SizeErrorShape::Stop)) => Overflow::Error,
            Some(_) => {
                let message = "unstring cannot reject what does not fit";
                return self.complain(
                    codes::RUL004,
                    message,
                    span,
                    "take the pieces as text, and check those",
                );
            }
        };
        let pointer = self.optional_counter(shape.pointer.as_ref())?;
        let overflow = self.actions(shape.on_overflow.as_deref().unwrap_or_default());
        let unstring = Unstring { from, delimiters, into, pointer, tallying, size, overflow };
        Some(Action::Unstring(Box::new(unstring)))
    }

    /// SEARCH, and SEARCH ALL by halves.
    pub(super) fn search(
        &mut self,
        shape: &ActionShape,
        name: &Str,
        halves: bool,
        span: &Span,
    ) -> Option<Action> {
        let text = self.texts.text(name);
        let table = self.found.take(self.compiler.table(&text.span))?;
        let (Some(varying), Some(wanted)) = (&shape.varying, &shape.wanted) else {
            let message = "a search needs varying: INDEX and where: CONDITION";
            let hint = "write { search: TABLE, varying: I, where: KEY(I) = A, do: [ ... ], at-end: [ ... ] }";
            return self.complain(codes::RUL004, message, span, hint);
        };
        let index = self.counter(varying)?;
        let room = crate::decimal::pow10(u32::from(index.shape.digits)).unwrap_or(i128::MAX);
        if i128::from(table.max) + 1 >= room {
            let message = format!(
                "{} cannot count to {}, one more than {} has",
                index.field.name(),
                u64::from(table.max) + 1,
                table.name
            );
            let place = self.texts.text(varying).span;
            return self.complain(codes::RUL004, &message, &place, "give the index more digits");
        }
        let wanted = self.texts.text(wanted);
        let (before, condition) = match halves {
            true => {
                let (before, equal) =
                    self.found.take(self.compiler.halves(&wanted.span, &table, &index.field))?;
                (Some(before), equal)
            }
            false => (None, self.found.take(self.compiler.condition(&wanted.span))?),
        };
        let actions = self.actions(shape.actions.as_deref().unwrap_or_default());
        let missing = self.actions(shape.at_end.as_deref().unwrap_or_default());
        Some(Action::Search(Box::new(Search { table, index, condition, before, actions, missing })))
    }

    /// A receiver of text in the code page of where it comes from.
    fn text_receiver(&mut self, place: &Span, page: CodePage) -> Option<FieldRef> {
        let field = self.receiver_at(place)?;
        if field.format.page == page {
            return Some(field);
        }
        let message = format!("{} is in another code page than the text", field.name());
        self.complain(codes::EXP004, &message, place, "give both datasets the same code-page")
    }

    #[expect(clippy::option_option, reason = "outside: went well; inside: was given")]
    fn optional_counter(&mut self, name: Option<&Str>) -> Option<Option<Counter>> {
        match name {
            None => Some(None),
            Some(name) => self.counter(name).map(Some),
        }
    }

    fn counter(&mut self, name: &Str) -> Option<Counter> {
        let text = self.texts.text(name);
        self.counter_at(&text.span)
    }

    /// A field of whole numbers that this action may change.
    fn counter_at(&mut self, place: &Span) -> Option<Counter> {
        let field = self.receiver_at(place)?;
        match field.number() {
            Some(shape) if shape.scale == 0 => Some(Counter { field, shape }),
            _ => {
                let described = field.format.layout.field(field.id).shape_text();
                let message = format!("{} counts nothing, it is {described}", field.name());
                self.complain(codes::EXP004, &message, place, "use a numeric field without decimals")
            }
        }
    }

    fn part(&mut self, place: &Span, page: CodePage) -> Option<TextPart> {
        self.found.take(self.compiler.text_part(place, page))
    }
}

/// The value of a piece of STRING, and what delimits it.
fn delimited(piece: &str) -> (&str, Option<&str>) {
    let upper = piece.to_ascii_uppercase();
    match upper.rfind(" DELIMITED BY ") {
        Some(at) => {
            let delimiter = piece[at + " DELIMITED BY ".len()..].trim();
            (piece[..at].trim(), Some(delimiter).filter(|word| !word.eq_ignore_ascii_case("SIZE")))
        }
        None => (piece, None),
    }
}
