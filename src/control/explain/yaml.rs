//! A deck as a sort step of ours, if one can say it.

use super::About;
use super::job::{Cards, quoted};
use super::pass;
use super::words::count;
use crate::control::operate::{Part, Shape};
use crate::control::syntax::{
    Application, CardField, Comparand, Condition, Convert, Deck, Format, Item, Literal, LiteralKind, OutFil,
    Place, Reform, Relation, Selection, SortField, SumStatement, Test, Value, YearWindow,
};
use crate::copybook::{FieldId, Layout, Shape as FieldShape, SignPlace, Usage};
use crate::key::SortFormat;

/// A step, or the first thing in the deck that has no counterpart.
pub(super) type Said<T> = Result<T, String>;

/// A sort step of ours: the lines below `sort:`, and the length of new records if there are any.
pub(super) struct OwnStep {
    pub lines: Vec<String>,
    pub inputs: Vec<String>,
    pub output: String,
    pub discarded: Option<String>,
    pub reformatted: Option<usize>,
    /// True if the record is named as a whole, without a copybook.
    pub length: usize,
}

/// What a step speaks of.
struct Speech<'a> {
    deck: &'a Deck,
    about: &'a About<'a>,
    layout: Option<&'a Layout>,
    length: usize,
}

/// The name of a record without a copybook.
pub(super) const RECORD: &str = "REC";

/// The step that a deck is.
pub(super) fn step(deck: &Deck, about: &About<'_>, cards: &Cards) -> Said<OwnStep> {
    refuse_options(deck)?;
    let inputs = pass::input_names(deck, about);
    let first = inputs.first().map_or("SORTIN", String::as_str);
    let (shape, variable) = pass::shape_of(first, Some(deck), about, None);
    if variable {
        return Err("records of variable length are only sure to come out alike from the cards".to_owned());
    }
    let Some(Shape { length, .. }) = shape else {
        return Err("the length of the records is not stated; give --dd SORTIN=file,lrecl=80".to_owned());
    };
    let layouts = about.layouts_of(first, None);
    let layout = layouts.first().copied();
    if layout.is_some_and(|layout| layout.length() > length) {
        return Err("the copybook is longer than the records".to_owned());
    }
    let speech = Speech { deck, about, layout, length };
    let (output, outfil) = speech.output()?;
    let mut lines = Vec::new();
    let merged = matches!(deck.application, Application::Merge(_));
    if let Some((keep, condition)) = &deck.filter {
        speech.filter(*keep, condition, &mut lines)?;
    }
    if outfil.is_some_and(|outfil| !matches!(outfil.selection, Selection::All)) {
        return Err("OUTFIL INCLUDE and OMIT choose among the records that leave".to_owned());
    }
    if merged {
        lines.push("merge: true".to_owned());
    }
    speech.keys(&mut lines)?;
    let discarded = match &deck.sum {
        Some(sum) => speech.sum(sum, &mut lines)?,
        None => None,
    };
    let reformatted = speech.reformat(outfil, &mut lines)?;
    let _ = cards;
    Ok(OwnStep { lines, inputs, output, discarded, reformatted, length })
}

fn refuse_options(deck: &Deck) -> Said<()> {
    let options = &deck.options;
    let refused = [
        (deck.join.is_some(), "JOINKEYS has no counterpart in a sort step"),
        (options.skip > 0, "SKIPREC has no counterpart"),
        (options.stop_after.is_some(), "STOPAFT has no counterpart"),
        (options.null_out.is_some(), "NULLOUT has no counterpart"),
        (options.overflow.is_some(), "OVFLO has no counterpart"),
        (options.pad.is_some() || options.trunc.is_some(), "PAD and TRUNC have no counterpart"),
        (options.vltest.is_some() || options.compare_bytes.is_some(), "VLTEST and CMP have no counterpart"),
    ];
    match refused.iter().find(|(given, _)| *given) {
        Some((_, why)) => Err((*why).to_owned()),
        None => Ok(()),
    }
}

impl Speech<'_> {
    /// The DD that is written, and the OUTFIL that may do no more than build records for it.
    fn output(&self) -> Said<(String, Option<&OutFil>)> {
        let prefix = self.deck.options.prefix.as_deref().unwrap_or("SORT");
        let usual = self.deck.options.sortout.clone().unwrap_or_else(|| format!("{prefix}OUT"));
        match self.deck.outfils.as_slice() {
            [] => Ok((usual, None)),
            [one] if one.files.len() <= 1 && is_plain(one) => {
                Ok((one.files.first().cloned().unwrap_or(usual), Some(one)))
            }
            [_] => Err("what OUTFIL does beside BUILD has no counterpart in a sort step".to_owned()),
            _ => Err("several OUTFIL statements have no counterpart in one sort step".to_owned()),
        }
    }

    /// The name of some bytes as a condition, key or piece has it; text fields by their own name.
    fn bytes(&self, place: &Place) -> Said<String> {
        let Place::Record { position, length } = *place else {
            return Err("parsed fields have no counterpart".to_owned());
        };
        let end = (position as usize + length as usize).saturating_sub(1);
        if position == 0 || end > self.length {
            return Err("a field lies outside the record".to_owned());
        }
        let Some(layout) = self.layout else { return Ok(format!("{RECORD}({position}:{length})")) };
        if let Some((id, shape)) = self.exact(position, length)
            && matches!(shape, FieldShape::Text | FieldShape::Group)
        {
            return Ok(called(layout, id));
        }
        let root = layout.roots().find(|(_, root)| root.name.is_some() && root.length >= end);
        match root.and_then(|(_, root)| root.name.clone()) {
            Some(name) => Ok(format!("{name}({position}:{length})")),
            None => Err("a field lies outside the record of the copybook".to_owned()),
        }
    }

    /// The field that lies exactly there, once in a record.
    fn exact(&self, position: u32, length: u32) -> Option<(FieldId, FieldShape)> {
        let layout = self.layout?;
        let (at, length) = ((position as usize).checked_sub(1)?, length as usize);
        let fits = |field: &crate::copybook::Field| {
            field.offset == at
                && field.length == length
                && field.name.is_some()
                && field.dims.is_empty()
                && !field.moving
        };
        let mut found = layout.fields().filter(|(_, field)| fits(field));
        let last = found.next()?;
        let (id, field) = found.filter(|(_, field)| field.children.is_empty()).last().unwrap_or(last);
        Some((id, field.shape))
    }

    /// A number of the copybook that has the format of a card field: its name and decimals.
    fn number(&self, field: &CardField) -> Said<(String, i8, bool)> {
        let Place::Record { position, length } = field.place else {
            return Err("parsed fields have no counterpart".to_owned());
        };
        let why = || {
            let columns = super::words::columns(position, length);
            Err(format!("the number in {columns} needs a copybook field of its format (--copybook)"))
        };
        let Some((id, FieldShape::Number(shape))) = self.exact(position, length) else { return why() };
        let Format::Sort(format) = field.format else { return why() };
        let fits = match (format, shape.usage) {
            (SortFormat::Zoned, Usage::Zoned(SignPlace::Trailing)) => true,
            (SortFormat::Packed, Usage::Packed) => true,
            (SortFormat::Fixed, Usage::Binary(_)) => shape.signed,
            (SortFormat::Binary, Usage::Binary(_)) => !shape.signed,
            _ => false,
        };
        let Some(layout) = self.layout.filter(|_| fits) else { return why() };
        Ok((called(layout, id), shape.scale, shape.signed))
    }

    fn filter(&self, keep: bool, condition: &Condition, lines: &mut Vec<String>) -> Said<()> {
        let word = match (keep, condition) {
            (true, Condition::All) | (false, Condition::Nothing) => return Ok(()),
            (_, Condition::All | Condition::Nothing) => {
                return Err("INCLUDE COND=NONE has no counterpart".to_owned());
            }
            (true, _) => "include",
            (false, _) => "omit",
        };
        lines.push(format!("{word}: {}", quoted(&self.condition(condition)?)?));
        Ok(())
    }

    fn condition(&self, condition: &Condition) -> Said<String> {
        let all = |parts: &[Condition], word: &str| -> Said<String> {
            let texts = parts.iter().map(|part| self.condition(part)).collect::<Said<Vec<_>>>()?;
            Ok(format!("({})", texts.join(word)))
        };
        match condition {
            Condition::All | Condition::Nothing => {
                Err("COND=ALL inside a condition has no counterpart".to_owned())
            }
            Condition::And(parts) => all(parts, " AND "),
            Condition::Or(parts) => all(parts, " OR "),
            Condition::Test(test) => match &**test {
                Test::Compare { left, relation, right, .. } => self.comparison(left, *relation, right),
                Test::Substring { .. } => Err("SS (search in a field) has no counterpart".to_owned()),
                Test::Bits { .. } | Test::BitPattern { .. } => {
                    Err("tests of bits have no counterpart".to_owned())
                }
                Test::Content { .. } => Err("tests such as NUM have no counterpart".to_owned()),
            },
        }
    }

    fn comparison(&self, left: &CardField, relation: Relation, right: &Comparand) -> Said<String> {
        let operator = match relation {
            Relation::Eq => "=",
            Relation::Ne => "NOT =",
            Relation::Gt => ">",
            Relation::Ge => ">=",
            Relation::Lt => "<",
            Relation::Le => "<=",
        };
        let length = left.place.length() as usize;
        let text = matches!(left.format, Format::Sort(SortFormat::Character | SortFormat::Binary));
        match right {
            Comparand::Literal(literal) if text && fits(literal, length) => {
                Ok(format!("{} {operator} {}", self.bytes(&left.place)?, self.constant(literal)?))
            }
            Comparand::Field(other)
                if text && other.format == left.format && other.place.length() == left.place.length() =>
            {
                Ok(format!("{} {operator} {}", self.bytes(&left.place)?, self.bytes(&other.place)?))
            }
            Comparand::Number(number) => {
                let (name, scale, _) = self.number(left)?;
                Ok(format!("{name} {operator} {}", scaled(*number, scale)?))
            }
            Comparand::Field(other) => {
                let ((left, scale, _), (right, other_scale, _)) = (self.number(left)?, self.number(other)?);
                if scale != other_scale {
                    return Err("numbers with different decimals are compared as integers".to_owned());
                }
                Ok(format!("{left} {operator} {right}"))
            }
            Comparand::Moment(_) | Comparand::YearMoment(_) | Comparand::Year(_) => {
                Err("a comparison with the date of the run has no counterpart".to_owned())
            }
            Comparand::Literal(_) => {
                Err("a comparison with a constant of another length has no counterpart".to_owned())
            }
        }
    }

    /// A constant as conditions and pieces have it.
    fn constant(&self, literal: &Literal) -> Said<String> {
        let page = self.about.page;
        let text = page.decode(&literal.bytes);
        let readable = text.chars().all(|c| c == ' ' || c.is_ascii_graphic());
        if literal.kind == LiteralKind::Character
            && readable
            && page.encode(&text).is_ok_and(|bytes| bytes == literal.bytes)
        {
            return Ok(format!("'{}'", text.replace('\'', "''")));
        }
        let digits: String = literal.bytes.iter().map(|byte| format!("{byte:02X}")).collect();
        Ok(format!("X'{digits}'"))
    }

    fn keys(&self, lines: &mut Vec<String>) -> Said<()> {
        let (Application::Sort(keys) | Application::Merge(keys)) = &self.deck.application else {
            return Ok(());
        };
        if self.deck.inrec.is_some() {
            return Err("INREC changes the records before they are sorted".to_owned());
        }
        lines.push("by:".to_owned());
        for key in keys {
            lines.push(format!("  - {}", self.key(key)?));
        }
        // A sort of cards looks at the digits only; what is no number comes last.
        lines.push("invalid-keys: highest".to_owned());
        self.collating(keys, lines)
    }

    fn key(&self, key: &SortField) -> Said<String> {
        let order = if key.descending { ", order: descending" } else { "" };
        if key.bit > 0 || key.bits > 0 {
            let bits = u32::from(key.bit) + u32::from(key.bits);
            let place = Place::Record { position: key.position, length: key.length + bits.div_ceil(8) };
            let count = key.length * 8 + u32::from(key.bits);
            let field = quoted(&self.bytes(&place)?)?;
            return Ok(format!(
                "{{ field: {field}, bits: {{ first: {}, count: {count} }}{order} }}",
                key.bit
            ));
        }
        let place = Place::Record { position: key.position, length: key.length };
        let name = match (self.layout, self.exact(key.position, key.length)) {
            (Some(layout), Some((id, _))) => called(layout, id),
            _ => self.bytes(&place)?,
        };
        let altered = self.deck.options.chalt && key.format == SortFormat::Character;
        let format = if altered { SortFormat::Alternate } else { key.format };
        let word = SortFormat::names().find(|word| SortFormat::named(word) == Some(format)).unwrap_or("CH");
        Ok(format!("{{ field: {}, format: {word}{order} }}", quoted(&name)?))
    }

    /// The table of AQ and the window of two-digit years, if keys need them.
    fn collating(&self, keys: &[SortField], lines: &mut Vec<String>) -> Said<()> {
        if keys.iter().any(|key| matches!(key.format, SortFormat::Date(_))) {
            match self.deck.options.window {
                Some(YearWindow::Fixed(year)) => lines.push(format!("century: {year}")),
                _ => {
                    return Err(
                        "a century window that moves with the date of the run has no counterpart".to_owned()
                    );
                }
            }
        }
        let altered = |key: &SortField| key.format == SortFormat::Alternate || self.deck.options.chalt;
        if let Some(table) = self.deck.altseq.as_ref().filter(|_| keys.iter().any(altered)) {
            let pairs: Vec<String> = (table.iter().enumerate())
                .filter(|(byte, weight)| *byte != usize::from(**weight))
                .map(|(byte, weight)| format!("\"{byte:02X}{weight:02X}\""))
                .collect();
            lines.push(format!("altseq: [ {} ]", pairs.join(", ")));
        }
        Ok(())
    }

    /// SUM: what it adds up must come out with the sign that the cards give it.
    fn sum(&self, sum: &SumStatement, lines: &mut Vec<String>) -> Said<Option<String>> {
        let prefix = self.deck.options.prefix.as_deref().unwrap_or("SORT");
        let discarded = sum.xsum.then(|| format!("{prefix}XSUM"));
        if matches!(self.deck.application, Application::Copy) {
            return Err("SUM with COPY has no counterpart".to_owned());
        }
        let to = discarded
            .as_ref()
            .map(|dd| format!(", to: {}", super::job::dataset_name(dd, 0)))
            .unwrap_or_default();
        if sum.fields.is_empty() || sum.xsum {
            lines.push(format!("duplicates: {{ keep: first{to} }}"));
        }
        let mut names = Vec::new();
        for field in &sum.fields {
            let (name, _, signed) = self.number(&field.0)?;
            let layout_field = self.exact_of(&field.0.place);
            let prints = self.deck.options.zdprint.unwrap_or(true);
            let alike = match (field.0.format, layout_field) {
                (Format::Sort(SortFormat::Zoned), _) => signed != prints,
                (Format::Sort(SortFormat::Packed), Some(FieldShape::Number(shape))) => {
                    signed && shape.digits % 2 == 1
                }
                (_, Some(FieldShape::Number(shape))) => {
                    matches!(shape.usage, Usage::Binary(form) if form.native)
                }
                _ => false,
            };
            if !alike {
                return Err(format!("a sum in {name} would have another sign or another greatest value"));
            }
            names.push(quoted(&name)?);
        }
        if !names.is_empty() {
            lines.push(format!("sum: [ {} ]", names.join(", ")));
        }
        Ok(discarded)
    }

    fn exact_of(&self, place: &Place) -> Option<FieldShape> {
        match *place {
            Place::Record { position, length } => self.exact(position, length).map(|(_, shape)| shape),
            Place::Parsed { .. } => None,
        }
    }

    /// The pieces of new records and their length.
    fn reformat(&self, outfil: Option<&OutFil>, lines: &mut Vec<String>) -> Said<Option<usize>> {
        let builds =
            [self.deck.inrec.as_ref(), self.deck.outrec.as_ref(), outfil.and_then(|one| one.reform.as_ref())];
        let mut given = builds.into_iter().flatten();
        let Some(reform) = given.next() else { return Ok(None) };
        if given.next().is_some() {
            return Err("records that are reformatted twice have no counterpart".to_owned());
        }
        if self.deck.inrec.is_some() && self.deck.sum.is_some() {
            return Err("INREC changes the records before they are summed".to_owned());
        }
        let items = match reform {
            Reform::Action(action) if action.parse.is_empty() && action.find.is_none() => {
                action.build.as_ref()
            }
            _ => None,
        };
        let Some(items) = items else {
            return Err("OVERLAY, FINDREP, PARSE and IFTHEN have no counterpart in a sort step".to_owned());
        };
        let mut length = 0;
        let mut pieces = Vec::new();
        for item in items {
            self.piece(item, &mut length, &mut pieces)?;
        }
        lines.push(format!("reformat: [ {} ]", pieces.join(", ")));
        Ok(Some(length))
    }

    fn piece(&self, item: &Item, at: &mut usize, pieces: &mut Vec<String>) -> Said<()> {
        let start = item.column.map_or(*at, |column| (column as usize).saturating_sub(1));
        if item.align.is_some() || start < *at {
            return Err("alignment in BUILD has no counterpart".to_owned());
        }
        if start > *at {
            pieces.push(quoted(&format!("'{}'", " ".repeat(start - *at)))?);
            *at = start;
        }
        match &item.value {
            Value::Column => return Ok(()),
            Value::Bytes(place) => {
                *at += place.length() as usize;
                pieces.push(quoted(&self.bytes(place)?)?);
            }
            Value::Constant(literal) if !literal.bytes.is_empty() => {
                *at += literal.bytes.len();
                pieces.push(quoted(&self.constant(literal)?)?);
            }
            value => {
                let setting = pass::setting(self.deck, self.about);
                let shape = Shape { variable: false, length: self.length };
                let part = Part::compile(value, &item.span, &setting, shape).ok();
                let bytes = part.and_then(|part| part.length()).unwrap_or(0);
                return Err(format!(
                    "the item of BUILD that makes {} of {} has no counterpart",
                    count(bytes as u64, "byte"),
                    item.span.text().trim()
                ));
            }
        }
        Ok(())
    }
}

/// True for an OUTFIL that only names a file and may build records.
fn is_plain(outfil: &OutFil) -> bool {
    let bands = [&outfil.header1, &outfil.header2, &outfil.trailer1, &outfil.trailer2];
    outfil.start <= 1
        && outfil.end.is_none()
        && outfil.sample.is_none()
        && outfil.accept.is_none()
        && outfil.convert == Convert::Keep
        && outfil.repeat <= 1
        && outfil.split.is_none()
        && bands.iter().all(|band| band.is_none())
        && outfil.sections.is_empty()
        && outfil.lines.is_none()
        && !outfil.no_detail
        && outfil.trailer_record.is_none()
        && outfil.null_code.is_none()
}

/// True for a constant that is compared with a field of so many bytes as COBOL would: short text is padded with blanks.
fn fits(literal: &Literal, length: usize) -> bool {
    match literal.kind {
        LiteralKind::Character => literal.bytes.len() <= length && !literal.bytes.is_empty(),
        LiteralKind::Hex => literal.bytes.len() == length,
    }
}

/// An integer as the number with so many decimals that it stands for.
fn scaled(number: i128, scale: i8) -> Said<String> {
    let digits = number.unsigned_abs().to_string();
    let sign = if number < 0 { "-" } else { "" };
    match usize::try_from(scale) {
        Ok(0) => Ok(format!("{sign}{digits}")),
        Ok(scale) => {
            let digits = format!("{digits:0>width$}", width = scale + 1);
            let (whole, part) = digits.split_at(digits.len() - scale);
            Ok(format!("{sign}{whole}.{part}"))
        }
        Err(_) => Err("a number with P in its PICTURE is compared by its digits".to_owned()),
    }
}

/// The name of a field: alone if it is the only one of its name, else with its groups.
fn called(layout: &Layout, id: FieldId) -> String {
    match &layout.field(id).name {
        Some(name) if layout.find(name, &[]) == Ok(id) => name.clone(),
        _ => layout.path(id),
    }
}
