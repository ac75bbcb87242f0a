//! SUM.

use super::format::{NamedFormat, Use};
use super::parser::{Parser, symbol_format};
use crate::control::message;
use crate::control::syntax::{Application, CardField, Format, Place, SortField, SumField, SumStatement};
use crate::diag::{Diagnostics, Result, Span, codes};
use crate::key::SortFormat;

impl Parser<'_> {
    /// SUM.
    pub(super) fn sum_statement(&mut self, operation: &Span) -> Result<SumStatement> {
        let mut fields = None;
        let mut format = None;
        let mut xsum = false;
        let mut changes = Vec::new();
        self.operands(|parser, word| match word.text.as_str() {
            "FIELDS" => {
                let heads = parser.sum_fields()?;
                parser.once(&mut fields, heads, &word, message::SUMMARY_FIELD)
            }
            "FORMAT" => {
                let value = parser.format_value()?;
                parser.once(&mut format, value, &word, message::SUMMARY_FIELD)
            }
            "XSUM" if parser.is_syncsort() => {
                xsum = true;
                Ok(())
            }
            "XSUM" => {
                let error = message::error(codes::CTL006, message::NOT_SUPPORTED, "DFSORT has no XSUM");
                Err(error
                    .at(&word.span, "not in this dialect")
                    .hint("ICETOOL SELECT with DISCARD does the same; --dialect syncsort accepts XSUM"))
            }
            _ if parser.option(&word, &mut changes)? => Ok(()),
            _ => Err(parser.unknown(&word, "SUM", message::SUMMARY_FIELD, &["FIELDS", "FORMAT", "XSUM"])),
        })?;
        let Some(heads) = fields else {
            let error = message::error(codes::CTL009, message::MISSING_FIELDS, "SUM has no FIELDS operand");
            return Err(error
                .at(operation, "which fields?")
                .hint("write SUM FIELDS=(p,m,f,...) or SUM FIELDS=NONE"));
        };
        let fields = self.summed(heads, format.as_ref())?;
        Ok(SumStatement { fields, xsum, span: operation.clone() })
    }

    /// `=NONE` or `=(p,m,f,..)`: fields with the formats written.
    fn sum_fields(&mut self) -> Result<Vec<(crate::control::deck::Head, Option<NamedFormat>)>> {
        self.cursor.equals()?;
        if self.cursor.eat_word("NONE") || self.cursor.eat_text("(NONE)") {
            return Ok(Vec::new());
        }
        let mut heads = Vec::new();
        self.cursor.open()?;
        loop {
            let head = self.cursor.head()?.ok_or_else(|| self.cursor.expected("a field to sum"))?;
            let format = self.written_format();
            heads.push((head, format));
            if !self.cursor.comma() {
                self.cursor.close()?;
                return Ok(heads);
            }
        }
    }

    fn summed(
        &mut self,
        heads: Vec<(crate::control::deck::Head, Option<NamedFormat>)>,
        default: Option<&NamedFormat>,
    ) -> Result<Vec<SumField>> {
        let mut fields: Vec<SumField> = Vec::new();
        for (head, format) in heads {
            let Some(format) = format.or(default.cloned()).or_else(|| symbol_format(&head)) else {
                return Err(self.missing_format(&head.span));
            };
            let field = self.field(&head, &format, Use::Sum, message::SUMMARY_FIELD)?;
            let length = field.place.length();
            if is_binary(&format) && !matches!(length, 2 | 4 | 8) {
                let message =
                    format!("a sum field of format {} has 2, 4 or 8 bytes, not {length}", format.name);
                self.problem(codes::CTL011, message::SUMMARY_FIELD, &head.span, message, "not possible");
            }
            fields.push(SumField(field));
        }
        self.check_sum_overlap(&fields);
        Ok(fields)
    }

    fn check_sum_overlap(&mut self, fields: &[SumField]) {
        let mut sorted: Vec<&CardField> = fields.iter().map(|SumField(field)| field).collect();
        sorted.sort_by_key(|field| range(&field.place).start);
        for pair in sorted.windows(2) {
            let [before, behind] = pair else { continue };
            if range(&before.place).end > range(&behind.place).start {
                let message = "fields of SUM overlap each other";
                self.problem(
                    codes::CTL013,
                    message::SUMMARY_FIELD,
                    &behind.span,
                    message,
                    "overlaps another one",
                );
            }
        }
    }
}

fn is_binary(format: &NamedFormat) -> bool {
    matches!(format.format, Format::Sort(SortFormat::Binary | SortFormat::Fixed))
}

/// Bytes of a field, from 1.
fn range(place: &Place) -> std::ops::Range<u64> {
    match place {
        Place::Record { position, length } => u64::from(*position)..u64::from(*position) + u64::from(*length),
        Place::Parsed { .. } => 0..0,
    }
}

/// Sum fields must not overlap control fields.
pub(super) fn check_against_keys(
    sum: &SumStatement,
    application: &Application,
    diagnostics: &mut Diagnostics,
) {
    let (Application::Sort(keys) | Application::Merge(keys)) = application else { return };
    let mut taken: Vec<(std::ops::Range<u64>, &SortField)> =
        keys.iter().map(|key| (key_range(key), key)).collect();
    taken.sort_by_key(|(range, _)| range.start);
    // The furthest end of any key up to here, since keys may overlap each other.
    let mut ends: Vec<u64> = Vec::new();
    for (range, _) in &taken {
        ends.push(ends.last().copied().unwrap_or(0).max(range.end));
    }
    for SumField(field) in &sum.fields {
        let range = range(&field.place);
        let before = taken.partition_point(|(key, _)| key.start < range.end);
        if before > 0 && ends.get(before - 1).is_some_and(|end| *end > range.start) {
            let error = message::error(
                codes::CTL013,
                message::SUMMARY_FIELD,
                "a field of SUM overlaps a control field",
            );
            diagnostics.push(error.at(&field.span, "records are ordered by these bytes"));
        }
    }
}

fn key_range(key: &SortField) -> std::ops::Range<u64> {
    let start = u64::from(key.position);
    let bits = u64::from(key.bit) + u64::from(key.bits);
    start..start + u64::from(key.length) + bits.div_ceil(8)
}
