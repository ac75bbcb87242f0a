//! Operators that write records: COPY, SORT, MERGE, DATASORT, RESIZE, SELECT, SPLICE, SUBSET.

use super::operands::{Formats, Operands};
use crate::control::deck::Word;
use crate::control::tool::syntax::{
    Choice, Copy, DataSort, Dd, Input, Joining, Merge, Occurrences, OnField, Resize, Rows, Select, Splice,
    SpliceLength, Subset,
};
use crate::diag::{Result, codes};

/// Names that TO and FROM take.
const TO_MAX: usize = 10;
/// Inputs of MERGE.
const FROM_MAX: usize = 50;
/// Keys.
pub(super) const ON_MAX: usize = 10;
/// WITH fields of SPLICE.
const WITH_MAX: usize = 50;

/// Operands that most operators have.
#[derive(Default)]
pub(super) struct Common {
    pub(super) from: Option<Dd>,
    pub(super) using: Option<Dd>,
    to: Vec<Dd>,
    discard: Option<Dd>,
}

impl Common {
    /// Takes an operand if it is one of these.
    pub(super) fn take(&mut self, word: &Word, operands: &mut Operands<'_>) -> Result<bool> {
        match word.text.as_str() {
            "FROM" => {
                let dd = operands.one(Operands::dd)?;
                operands.once(&mut self.from, dd, word)?;
            }
            "USING" => {
                let dd = operands.using()?;
                operands.once(&mut self.using, dd, word)?;
            }
            // They say how files are read and sorted on the mainframe, which has no meaning here.
            "VSAMTYPE" | "LOCALE" => operands.one(|this| this.cursor.word().map(drop))?,
            "SERIAL" => {}
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// The same, with TO.
    fn take_to(&mut self, word: &Word, operands: &mut Operands<'_>) -> Result<bool> {
        if word.text != "TO" {
            return self.take(word, operands);
        }
        operands.dds(&mut self.to, TO_MAX)?;
        Ok(true)
    }

    /// The same, with TO and DISCARD.
    fn take_discard(&mut self, word: &Word, operands: &mut Operands<'_>) -> Result<bool> {
        if word.text != "DISCARD" {
            return self.take_to(word, operands);
        }
        let dd = operands.one(Operands::dd)?;
        operands.once(&mut self.discard, dd, word)?;
        Ok(true)
    }

    /// What is read.
    pub(super) fn input(&mut self, operands: &Operands<'_>) -> Result<Input> {
        let from = operands.needed(self.from.take(), "FROM")?;
        Ok(Input { from, using: self.using.take() })
    }

    fn needs_output(&self, operands: &Operands<'_>, name: &str) -> Result<()> {
        let some = !self.to.is_empty() || self.using.is_some() || self.discard.is_some();
        if some { Ok(()) } else { Err(operands.missing(name)) }
    }
}

/// COPY and SORT.
pub(super) fn copy(mut operands: Operands<'_>, sort: bool) -> Result<Copy> {
    let known: &[&str] = &["FROM", "JKFROM", "TO", "USING", "VSAMTYPE", "LOCALE", "SERIAL"];
    let mut common = Common::default();
    let mut join = None;
    while let Some(word) = operands.next()? {
        if word.text == "JKFROM" {
            operands.once(&mut join, (), &word)?;
        } else if !common.take_to(&word, &mut operands)? {
            return Err(operands.unknown(&word, known));
        }
    }
    if join.is_some() && common.from.is_some() {
        return Err(operands.conflict("FROM and JKFROM exclude each other"));
    }
    if join.is_none() && common.from.is_none() {
        return Err(operands.missing("FROM or JKFROM"));
    }
    if common.using.is_none() && (sort || join.is_some()) {
        return Err(operands.missing("USING"));
    }
    common.needs_output(&operands, "TO or USING")?;
    Ok(Copy { sort, from: common.from, to: common.to, using: common.using })
}

/// MERGE.
pub(super) fn merge(mut operands: Operands<'_>) -> Result<Merge> {
    let known: &[&str] = &["FROM", "TO", "USING", "VSAMTYPE", "LOCALE"];
    let mut common = Common::default();
    let mut from = Vec::new();
    while let Some(word) = operands.next()? {
        if word.text == "FROM" {
            operands.dds(&mut from, FROM_MAX)?;
        } else if !common.take_to(&word, &mut operands)? {
            return Err(operands.unknown(&word, known));
        }
    }
    if from.is_empty() {
        return Err(operands.missing("FROM"));
    }
    let using = operands.needed(common.using, "USING")?;
    Ok(Merge { from, to: common.to, using })
}

/// DATASORT.
pub(super) fn data_sort(mut operands: Operands<'_>) -> Result<DataSort> {
    let known: &[&str] = &["FROM", "TO", "USING", "HEADER", "FIRST", "TRAILER", "LAST", "VSAMTYPE", "LOCALE"];
    let mut common = Common::default();
    let (mut first, mut last) = (None, None);
    while let Some(word) = operands.next()? {
        match word.text.as_str() {
            "HEADER" | "FIRST" => {
                let count = optional_count(&mut operands)?;
                operands.once(&mut first, count, &word)?;
            }
            "TRAILER" | "LAST" => {
                let count = optional_count(&mut operands)?;
                operands.once(&mut last, count, &word)?;
            }
            _ if common.take_to(&word, &mut operands)? => {}
            _ => return Err(operands.unknown(&word, known)),
        }
    }
    if first.is_none() && last.is_none() {
        return Err(operands.missing("HEADER, FIRST, TRAILER or LAST"));
    }
    Ok(DataSort {
        from: operands.needed(common.from, "FROM")?,
        using: operands.needed(common.using, "USING")?,
        to: common.to,
        first: first.unwrap_or(0),
        last: last.unwrap_or(0),
    })
}

/// `(n)`, or nothing for 1.
fn optional_count(operands: &mut Operands<'_>) -> Result<u64> {
    if operands.opens() { operands.count("a number of records", 1) } else { Ok(1) }
}

/// RESIZE.
pub(super) fn resize(mut operands: Operands<'_>) -> Result<Resize> {
    let known: &[&str] = &["FROM", "TO", "TOLEN", "USING", "VSAMTYPE"];
    let mut common = Common::default();
    let mut length = None;
    while let Some(word) = operands.next()? {
        if word.text == "TOLEN" {
            let value = operands.number("a record length", 1..=32_760)?;
            operands.once(&mut length, value, &word)?;
        } else if !common.take_to(&word, &mut operands)? {
            return Err(operands.unknown(&word, known));
        }
    }
    common.needs_output(&operands, "TO or USING")?;
    let input = common.input(&operands)?;
    Ok(Resize { input, to: common.to, length: operands.needed(length, "TOLEN")? })
}

/// SELECT.
pub(super) fn select(mut operands: Operands<'_>) -> Result<Select> {
    let known: &[&str] = &[
        "FROM", "TO", "DISCARD", "ON", "ALLDUPS", "NODUPS", "HIGHER", "LOWER", "EQUAL", "FIRST", "LAST",
        "FIRSTDUP", "LASTDUP", "USING", "UZERO", "VSAMTYPE", "LOCALE",
    ];
    let mut common = Common::default();
    let (mut on, mut chosen, mut unsigned_zero) = (Vec::new(), None, false);
    while let Some(word) = operands.next()? {
        if let Some(value) = choice(&word, &mut operands)? {
            operands.once(&mut chosen, value, &word)?;
            continue;
        }
        match word.text.as_str() {
            "ON" => key(&mut on, &mut operands)?,
            "UZERO" => unsigned_zero = true,
            _ if common.take_discard(&word, &mut operands)? => {}
            _ => return Err(operands.unknown(&word, known)),
        }
    }
    if on.is_empty() {
        return Err(operands.missing("ON"));
    }
    common.needs_output(&operands, "TO, DISCARD or USING")?;
    let choice = operands
        .needed(chosen, "one of ALLDUPS, NODUPS, HIGHER, LOWER, EQUAL, FIRST, LAST, FIRSTDUP, LASTDUP")?;
    let input = common.input(&operands)?;
    Ok(Select { input, to: common.to, discard: common.discard, on, choice, unsigned_zero })
}

/// `ON(p,m,f)` or `ON(VLEN)`, one more.
pub(super) fn key(on: &mut Vec<OnField>, operands: &mut Operands<'_>) -> Result<()> {
    if on.len() == ON_MAX {
        return Err(operands.conflict(&format!("more than {ON_MAX} ON fields")));
    }
    on.push(operands.on(Formats::Keys)?);
    Ok(())
}

fn choice(word: &Word, operands: &mut Operands<'_>) -> Result<Option<Choice>> {
    if let Some(occurrences) = occurrences(word, operands)? {
        return Ok(Some(Choice::All(occurrences)));
    }
    Ok(Some(match word.text.as_str() {
        "FIRST" => Choice::First(optional_count(operands)?, Occurrences::Any),
        "LAST" => Choice::Last(optional_count(operands)?, Occurrences::Any),
        "FIRSTDUP" => Choice::First(optional_count(operands)?, Occurrences::AllDups),
        "LASTDUP" => Choice::Last(optional_count(operands)?, Occurrences::AllDups),
        _ => return Ok(None),
    }))
}

/// ALLDUPS, NODUPS, HIGHER(x), LOWER(y), EQUAL(v).
pub(super) fn occurrences(word: &Word, operands: &mut Operands<'_>) -> Result<Option<Occurrences>> {
    let what = "a number of occurrences";
    Ok(Some(match word.text.as_str() {
        "ALLDUPS" => Occurrences::AllDups,
        "NODUPS" => Occurrences::NoDups,
        "HIGHER" => Occurrences::Higher(operands.count(what, 0)?),
        "LOWER" => Occurrences::Lower(operands.count(what, 0)?),
        "EQUAL" => Occurrences::Equal(operands.count(what, 0)?),
        _ => return Ok(None),
    }))
}

/// SPLICE.
pub(super) fn splice(mut operands: Operands<'_>) -> Result<Splice> {
    let known: &[&str] = &[
        "FROM",
        "TO",
        "ON",
        "WITH",
        "WITHALL",
        "WITHANY",
        "WITHEACH",
        "KEEPNODUPS",
        "KEEPBASE",
        "VLENMAX",
        "VLENOVLY",
        "UZERO",
        "USING",
        "VSAMTYPE",
        "LOCALE",
    ];
    let mut common = Common::default();
    let (mut on, mut with) = (Vec::new(), Vec::new());
    let (mut joining, mut length) = (None, None);
    let (mut keep_single, mut keep_base, mut unsigned_zero) = (false, false, false);
    while let Some(word) = operands.next()? {
        match word.text.as_str() {
            "ON" => key(&mut on, &mut operands)?,
            "WITH" => with_field(&mut with, &mut operands)?,
            "WITHALL" => operands.once(&mut joining, Joining::All, &word)?,
            "WITHANY" => operands.once(&mut joining, Joining::Any, &word)?,
            "WITHEACH" => operands.once(&mut joining, Joining::Each, &word)?,
            "KEEPNODUPS" => keep_single = true,
            "KEEPBASE" => keep_base = true,
            "VLENMAX" => operands.once(&mut length, SpliceLength::Greatest, &word)?,
            "VLENOVLY" => operands.once(&mut length, SpliceLength::Overlay, &word)?,
            "UZERO" => unsigned_zero = true,
            _ if common.take_to(&word, &mut operands)? => {}
            _ => return Err(operands.unknown(&word, known)),
        }
    }
    if on.is_empty() {
        return Err(operands.missing("ON"));
    }
    if with.is_empty() {
        return Err(operands.missing("WITH"));
    }
    common.needs_output(&operands, "TO or USING")?;
    let input = common.input(&operands)?;
    let (joining, length) = (joining.unwrap_or_default(), length.unwrap_or_default());
    Ok(Splice { input, to: common.to, on, with, joining, keep_single, keep_base, length, unsigned_zero })
}

fn with_field(with: &mut Vec<(u32, u32)>, operands: &mut Operands<'_>) -> Result<()> {
    if with.len() == WITH_MAX {
        return Err(operands.conflict(&format!("more than {WITH_MAX} WITH fields")));
    }
    let place = operands.one(|this| {
        let head = this.head()?;
        this.place(&head)
    })?;
    with.push(place);
    Ok(())
}

/// SUBSET.
pub(super) fn subset(mut operands: Operands<'_>) -> Result<Subset> {
    let known: &[&str] = &[
        "FROM", "TO", "DISCARD", "KEEP", "REMOVE", "INPUT", "OUTPUT", "HEADER", "FIRST", "TRAILER", "LAST",
        "RRN", "USING", "VSAMTYPE",
    ];
    let mut common = Common::default();
    let (mut keep, mut output, mut rows) = (None, None, Vec::new());
    while let Some(word) = operands.next()? {
        match word.text.as_str() {
            "KEEP" => operands.once(&mut keep, true, &word)?,
            "REMOVE" => operands.once(&mut keep, false, &word)?,
            "INPUT" => operands.once(&mut output, false, &word)?,
            "OUTPUT" => operands.once(&mut output, true, &word)?,
            "HEADER" | "FIRST" => rows.push(Rows::First(optional_count(&mut operands)?)),
            "TRAILER" | "LAST" => rows.push(Rows::Last(optional_count(&mut operands)?)),
            "RRN" => rows.push(record_numbers(&mut operands)?),
            _ if common.take_discard(&word, &mut operands)? => {}
            _ => return Err(operands.unknown(&word, known)),
        }
    }
    if rows.is_empty() {
        return Err(operands.missing("HEADER, FIRST, TRAILER, LAST or RRN"));
    }
    common.needs_output(&operands, "TO, DISCARD or USING")?;
    let input = common.input(&operands)?;
    Ok(Subset {
        input,
        to: common.to,
        discard: common.discard,
        keep: operands.needed(keep, "KEEP or REMOVE")?,
        output: operands.needed(output, "INPUT or OUTPUT")?,
        rows,
    })
}

/// `(x)`, `(x,y)`, `(x,*)`, `(*)`.
fn record_numbers(operands: &mut Operands<'_>) -> Result<Rows> {
    operands.one(|this| {
        let start = this.cursor.at();
        let first = record_number(this)?;
        let last = if this.comma() { record_number(this)? } else { first };
        if let (Some(from), Some(to)) = (first, last)
            && from > to
        {
            let span = this.cursor.span_from(start);
            return Err(this.error(
                codes::CTL005,
                &span,
                "the last record number is below the first",
                "this range",
            ));
        }
        Ok(Rows::Range(first, last))
    })
}

fn record_number(operands: &mut Operands<'_>) -> Result<Option<u64>> {
    if operands.cursor.eat('*') {
        return Ok(None);
    }
    operands.cursor.number_in("a record number", 1..=999_999_999_999_999).map(Some)
}
