//! Sort steps: inputs, keys, what happens to equal keys, what leaves.

use std::sync::Arc;

use serde_saphyr::Spanned;

use super::super::file::{
    InvalidKeysShape, KeepShape, OneOrMany, OrderShape, SortKeyFull, SortKeyShape, SortShape, Str,
};
use super::super::plan::{DatasetPlan, SortInput, SortPlan};
use super::super::text::Text;
use super::Resolver;
use super::datasets::field;
use super::steps::{ascending_order, described};
use crate::diag::{Diagnostic, codes};
use crate::expr::{Compiler, Operand, Scope};
use crate::key::{FormatContext, InvalidKeys, Key, KeyPart, Order, SortFormat};
use crate::ops::{Piece, Reformat, Sum};
use crate::sort::Duplicates;

impl Resolver<'_> {
    /// A sort step; `None` after an error has been reported.
    pub(super) fn sort(&mut self, shape: &SortShape) -> Option<SortPlan> {
        let (Some(_), Some(out)) = (&shape.input, &shape.out) else {
            return self.incomplete();
        };
        let out = self.texts.text(out);
        let (inputs, first) = self.sort_inputs(shape, &out)?;
        let scope = first.scope();
        let context = self.format_context(shape)?;
        let parts: Vec<Option<KeyPart>> =
            shape.by.iter().map(|key| self.key_part(key, &scope, &context, shape)).collect();
        let parts: Vec<KeyPart> = parts.into_iter().collect::<Option<_>>()?;
        let sum = self.sum(shape, &first, &scope, &parts)?;
        let reformat = self.reformat(shape, &first, &scope)?;
        let written = described(&first);
        match &reformat {
            None => {
                self.output(&out.value, &written, &out.span)?;
                self.orders.insert(out.value.clone(), ascending_order(&parts));
            }
            Some(reformat) => self.reformatted_output(&out, reformat)?,
        }
        let (duplicates, unique) = match shape.duplicates.as_ref().map(|d| d.keep) {
            None => (Duplicates::All, false),
            Some(KeepShape::First) => (Duplicates::KeepFirst, false),
            Some(KeepShape::Last) => (Duplicates::KeepLast, false),
            Some(KeepShape::Unique) => (Duplicates::KeepFirst, true),
        };
        let duplicates_to = match shape.duplicates.as_ref().and_then(|d| d.to.as_ref()) {
            None => None,
            Some(to) => {
                let to = self.texts.text(to);
                self.output(&to.value, &written, &to.span)?;
                Some(to.value)
            }
        };
        self.check_sort(shape, &out, &parts)?;
        let (out, key, merge) = (out.value, Key::new(parts), shape.merge);
        Some(SortPlan { inputs, out, key, duplicates, duplicates_to, unique, merge, sum, reformat })
    }

    fn incomplete<T>(&mut self) -> Option<T> {
        let error = Diagnostic::error(codes::JOB012, "a sort needs in: and out:, or control: with dd:");
        self.found.push(error.hint("name the datasets that it reads and writes"));
        None
    }

    fn sort_inputs(&mut self, shape: &SortShape, out: &Text) -> Option<(Vec<SortInput>, DatasetPlan)> {
        let names = shape.input.as_ref().map(OneOrMany::list).unwrap_or_default();
        let names: Vec<Text> = names.iter().map(|name| self.texts.text(name)).collect();
        let mut inputs = Vec::new();
        let mut first: Option<DatasetPlan> = None;
        for (index, name) in names.iter().enumerate() {
            let dataset = self.dataset(&name.value)?;
            if names[..index].iter().any(|earlier| earlier.value == name.value) {
                let error =
                    Diagnostic::error(codes::JOB004, format!("{} is read twice by one sort", name.value));
                self.report(
                    error.at(&name.span, "again"),
                    "its records would be doubled; name each input once",
                );
            }
            if let Some(first) = &first {
                self.check_alike(first, &dataset, &name.span);
            }
            let filter = self.filter(shape, &dataset)?;
            inputs.push(SortInput { dataset: name.value.clone(), filter });
            first.get_or_insert(dataset);
        }
        let Some(first) = first else {
            self.report(
                Diagnostic::error(codes::JOB002, "the sort has no input").at(&out.span, ""),
                "name one under in:",
            );
            return None;
        };
        Some((inputs, first))
    }

    /// What goes together and what does not.
    fn check_sort(&mut self, shape: &SortShape, out: &Text, parts: &[KeyPart]) -> Option<()> {
        let place = &out.span;
        let message = match () {
            () if parts.is_empty() && shape.merge => "a merge needs the key its inputs are in order of",
            () if parts.is_empty() && !shape.sum.is_empty() => {
                "sum adds up records with equal keys, but there is no key"
            }
            () if parts.is_empty() && shape.duplicates.is_some() => {
                "duplicates are records with equal keys, but there is no key"
            }
            () if !shape.sum.is_empty()
                && shape
                    .duplicates
                    .as_ref()
                    .is_some_and(|d| d.to.is_none() || d.keep != KeepShape::First) =>
            {
                "with sum the first record of a key stays; duplicates can only say where the others go"
            }
            () => return Some(()),
        };
        self.report(
            Diagnostic::error(codes::JOB012, message).at(place, ""),
            "name the key under by:, or leave it out",
        );
        None
    }

    fn key_part(
        &mut self,
        shape: &Spanned<SortKeyShape>,
        scope: &Scope,
        context: &FormatContext,
        sort: &SortShape,
    ) -> Option<KeyPart> {
        let (text, full) = match &shape.value {
            SortKeyShape::Name(name) => (self.spanned_text(shape, name), None),
            SortKeyShape::Full(full) => (self.texts.text(&full.field), Some(full)),
        };
        let field = self.found.take(field(&Compiler::new(scope), &text))?;
        let order = match full.map(|full| full.order) {
            None | Some(OrderShape::Ascending) => Order::Ascending,
            Some(OrderShape::Descending) => Order::Descending,
        };
        let invalid = match sort.invalid_keys {
            InvalidKeysShape::Stop => InvalidKeys::Stop,
            InvalidKeysShape::Lowest => InvalidKeys::Lowest,
            InvalidKeysShape::Highest => InvalidKeys::Highest,
        };
        let name = field.name().to_owned();
        let part = match full {
            Some(SortKeyFull { format: Some(format), bits: None, .. }) => {
                let known = self.texts.text(format);
                let Some(format) = SortFormat::named(&known.value) else {
                    let names: Vec<&str> = SortFormat::names().collect();
                    let error =
                        Diagnostic::error(codes::JOB018, format!("{} is no data format", known.value));
                    self.report(error.at(&known.span, ""), &format!("use one of {}", names.join(", ")));
                    return None;
                };
                KeyPart::with_format(field, order, format, context).map_err(|why| (why, known))
            }
            Some(SortKeyFull { bits: Some(bits), format: None, .. }) => {
                KeyPart::with_bits(field, order, bits.first, bits.count).map_err(|why| (why, text))
            }
            Some(SortKeyFull { bits: Some(_), format: Some(format), .. }) => {
                let format = self.texts.text(format);
                Err(("bits have the format BI, no other".to_owned(), format))
            }
            _ => Ok(KeyPart::new(field, order)),
        };
        match part {
            Ok(part) => Some(part.with_invalid(invalid)),
            Err((why, place)) => {
                let error = Diagnostic::error(codes::JOB018, format!("{name} cannot be such a key: {why}"));
                self.report(
                    error.at(&place.span, ""),
                    "choose another format, or the bytes it wants: NAME(1:4)",
                );
                None
            }
        }
    }

    fn format_context(&mut self, shape: &SortShape) -> Option<FormatContext> {
        let mut context = FormatContext::default();
        if let Some(century) = shape.century {
            context.century = century;
        }
        if !shape.altseq.is_empty() {
            let mut table: [u8; 256] = std::array::from_fn(|byte| byte as u8);
            for pair in &shape.altseq {
                let text = self.texts.text(pair);
                let bytes =
                    crate::diag::from_hex(&text.value).and_then(|bytes| <[u8; 2]>::try_from(bytes).ok());
                let Some([byte, weight]) = bytes else {
                    let error = Diagnostic::error(
                        codes::JOB018,
                        format!("{} is no change of a collating sequence", text.value),
                    );
                    self.report(
                        error.at(&text.span, ""),
                        "write the byte and the byte it is to be equal to, such as 81C1",
                    );
                    return None;
                };
                table[usize::from(byte)] = weight;
            }
            context.alternate = Some(Arc::new(table));
        }
        Some(context)
    }

    /// The fields to be added up: decimal or binary numbers at fixed places, which neither overlap each other nor a key.
    #[expect(clippy::option_option, reason = "outside: went well; inside: was given")]
    fn sum(
        &mut self,
        shape: &SortShape,
        dataset: &DatasetPlan,
        scope: &Scope,
        keys: &[KeyPart],
    ) -> Option<Option<Sum>> {
        let mut taken: Vec<std::ops::Range<usize>> =
            keys.iter().filter_map(|part| part.field.fixed_range()).collect();
        let mut fields = Vec::new();
        for name in &shape.sum {
            let text = self.texts.text(name);
            let field = self.found.take(field(&Compiler::new(scope), &text))?;
            let why = match (field.number(), field.fixed_range()) {
                (None, _) => Some("it is no number"),
                (_, None) => Some("its place depends on the record"),
                (_, Some(range))
                    if taken.iter().any(|other| range.start < other.end && other.start < range.end) =>
                {
                    Some("it overlaps a key or another sum")
                }
                _ => None,
            };
            if let Some(why) = why {
                let error =
                    Diagnostic::error(codes::JOB014, format!("{} cannot be added up: {why}", field.name()));
                self.report(
                    error.at(&text.span, ""),
                    "name numbers of the record that are neither keys nor named twice",
                );
                return None;
            }
            taken.extend(field.fixed_range());
            fields.extend(field.number().map(|shape| (field, shape)));
        }
        Some((!fields.is_empty()).then(|| Sum::new(fields, dataset.record.page, &dataset.name)))
    }

    #[expect(clippy::option_option, reason = "outside: went well; inside: was given")]
    fn reformat(
        &mut self,
        shape: &SortShape,
        dataset: &DatasetPlan,
        scope: &Scope,
    ) -> Option<Option<Reformat>> {
        let mut pieces = Vec::new();
        for piece in &shape.reformat {
            pieces.push(self.piece(piece, dataset, scope)?);
        }
        Some((!pieces.is_empty()).then(|| Reformat::new(pieces)))
    }

    fn piece(&mut self, shape: &Str, dataset: &DatasetPlan, scope: &Scope) -> Option<Piece> {
        let text = self.texts.text(shape);
        let refuse = |this: &mut Self, why: String| {
            let error = Diagnostic::error(codes::JOB018, why).at(&text.span, "");
            this.report(error, "a piece is a field, a part of one such as NAME(1:4), 'text' or X'00'");
            None
        };
        match self.found.take(Compiler::new(scope).operand(&text.span))? {
            Operand::Field(field) => Some(Piece::Field(Box::new(field.of_its_own_record()))),
            Operand::Hex(bytes) => Some(Piece::Constant(bytes)),
            Operand::Text(constant) => match dataset.record.page.encode(&constant) {
                Ok(bytes) => Some(Piece::Constant(bytes)),
                Err(missing) => {
                    let page = dataset.record.page.name();
                    refuse(self, format!("the code page {page} has no {missing}"))
                }
            },
            _ => refuse(self, format!("{} is no piece of a record", text.value)),
        }
    }

    /// The output of new records must describe them itself.
    fn reformatted_output(&mut self, out: &Text, reformat: &Reformat) -> Option<()> {
        let plan = self.built_output(&out.value, &out.span)?;
        if let (Some(length), Some(lrecl)) = (reformat.length(), plan.format.fixed_length())
            && length != lrecl
        {
            let error = Diagnostic::error(
                codes::JOB013,
                format!("the pieces make records of {length} bytes, but {} has LRECL {lrecl}", out.value),
            );
            self.report(
                error.at(&out.span, ""),
                "add or leave out pieces, or describe the records as they are",
            );
            return None;
        }
        Some(())
    }
}
