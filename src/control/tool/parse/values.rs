//! Operators that say something about values: COUNT, RANGE, STATS, UNIQUE, VERIFY, DEFAULTS.

use super::formatting;
use super::operands::{Formats, Operands};
use super::records::{Common, ON_MAX};
use crate::control::deck::Word;
use crate::control::tool::syntax::{Count, Dd, Limit, OnField, Range, Stats, Unique, Verify};
use crate::diag::Result;

/// Invalid numbers that end an operation if LIMIT does not say so.
pub(super) const LIMIT: u64 = 200;
/// Characters of a text.
pub(super) const TEXT_MAX: usize = 50;

/// DEFAULTS.
pub(super) fn defaults(operands: &mut Operands<'_>) -> Result<Dd> {
    let mut list = None;
    while let Some(word) = operands.next()? {
        if word.text != "LIST" {
            return Err(operands.unknown(&word, &["LIST"]));
        }
        let dd = operands.one(Operands::dd)?;
        operands.once(&mut list, dd, &word)?;
    }
    operands.needed(list, "LIST")
}

/// COUNT.
pub(super) fn count(mut operands: Operands<'_>) -> Result<Count> {
    let known: &[&str] = &[
        "FROM", "USING", "EMPTY", "NOTEMPTY", "HIGHER", "LOWER", "EQUAL", "NOTEQUAL", "RC4", "RC8", "WRITE",
        "TEXT", "DIGITS", "EDCOUNT", "WIDTH", "ADD", "SUB", "VSAMTYPE",
    ];
    let mut common = Common::default();
    let (mut limit, mut code, mut add, mut write) = (None, None, None, None);
    let (mut text, mut digits, mut edit, mut width) = (None, None, None, None);
    while let Some(word) = operands.next()? {
        if let Some(value) = count_limit(&word, &mut operands)? {
            operands.once(&mut limit, value, &word)?;
            continue;
        }
        match word.text.as_str() {
            "RC4" => operands.once(&mut code, 4, &word)?,
            "RC8" => operands.once(&mut code, 8, &word)?,
            "ADD" => {
                let value = operands.signed()?;
                operands.once(&mut add, value, &word)?;
            }
            "SUB" => {
                let value = operands.signed()?;
                operands.once(&mut add, -value, &word)?;
            }
            "WRITE" => {
                let dd = operands.one(Operands::dd)?;
                operands.once(&mut write, dd, &word)?;
            }
            "TEXT" => {
                let value = operands.one(|this| this.text(TEXT_MAX))?;
                operands.once(&mut text, value, &word)?;
            }
            "DIGITS" => {
                let value = operands.number("a number of digits", 1..=15)?;
                operands.once(&mut digits, value, &word)?;
            }
            "EDCOUNT" => {
                let value = operands.one(formatting::items)?;
                operands.once(&mut edit, value, &word)?;
            }
            "WIDTH" => {
                let value = operands.number("a record length", 1..=32_760)?;
                operands.once(&mut width, value, &word)?;
            }
            _ if common.take(&word, &mut operands)? => {}
            _ => return Err(operands.unknown(&word, known)),
        }
    }
    if code.is_some() && limit.is_none() {
        return Err(operands.missing("a criterion for its return code"));
    }
    if write.is_none() && (text.is_some() || digits.is_some() || edit.is_some() || width.is_some()) {
        return Err(operands.missing("WRITE"));
    }
    if digits.is_some() && edit.is_some() {
        return Err(operands.conflict("DIGITS and EDCOUNT exclude each other"));
    }
    let input = common.input(&operands)?;
    let (code, add, text) = (code.unwrap_or(12), add.unwrap_or(0), text.unwrap_or_default());
    Ok(Count { input, limit, code, add, write, text, digits, edit, width })
}

fn count_limit(word: &Word, operands: &mut Operands<'_>) -> Result<Option<Limit>> {
    let what = "a number of records";
    Ok(Some(match word.text.as_str() {
        "EMPTY" => Limit::Equal(0),
        "NOTEMPTY" => Limit::Higher(0),
        "HIGHER" => Limit::Higher(operands.count(what, 0)?.into()),
        "LOWER" => Limit::Lower(operands.count(what, 0)?.into()),
        "EQUAL" => Limit::Equal(operands.count(what, 0)?.into()),
        "NOTEQUAL" => Limit::NotEqual(operands.count(what, 0)?.into()),
        _ => return Ok(None),
    }))
}

/// RANGE.
pub(super) fn range(mut operands: Operands<'_>) -> Result<Range> {
    let known: &[&str] = &["FROM", "ON", "HIGHER", "LOWER", "EQUAL", "NOTEQUAL", "USING", "VSAMTYPE"];
    let mut common = Common::default();
    let (mut on, mut higher, mut lower, mut other) = (None, None, None, None);
    while let Some(word) = operands.next()? {
        match word.text.as_str() {
            "ON" => {
                let field = operands.on(Formats::Numbers)?;
                operands.once(&mut on, field, &word)?;
            }
            "HIGHER" => {
                let value = operands.signed()?;
                operands.once(&mut higher, value, &word)?;
            }
            "LOWER" => {
                let value = operands.signed()?;
                operands.once(&mut lower, value, &word)?;
            }
            "EQUAL" => {
                let value = operands.signed()?;
                operands.once(&mut other, Limit::Equal(value), &word)?;
            }
            "NOTEQUAL" => {
                let value = operands.signed()?;
                operands.once(&mut other, Limit::NotEqual(value), &word)?;
            }
            _ if common.take(&word, &mut operands)? => {}
            _ => return Err(operands.unknown(&word, known)),
        }
    }
    let limit = match (higher, lower, other) {
        (None, None, Some(other)) => other,
        (Some(low), None, None) => Limit::Higher(low),
        (None, Some(high), None) => Limit::Lower(high),
        (Some(low), Some(high), None) => Limit::Between(low, high),
        (None, None, None) => return Err(operands.missing("HIGHER, LOWER, EQUAL or NOTEQUAL")),
        _ => return Err(operands.conflict("EQUAL and NOTEQUAL stand alone")),
    };
    let input = common.input(&operands)?;
    Ok(Range { input, on: operands.needed(on, "ON")?, limit })
}

/// STATS.
pub(super) fn stats(mut operands: Operands<'_>) -> Result<Stats> {
    let mut common = Common::default();
    let mut on = Vec::new();
    while let Some(word) = operands.next()? {
        match word.text.as_str() {
            "ON" if on.len() == ON_MAX => return Err(operands.conflict("more than 10 ON fields")),
            "ON" => on.push(operands.on(Formats::Numbers)?),
            _ if common.take(&word, &mut operands)? => {}
            _ => return Err(operands.unknown(&word, &["FROM", "ON", "USING", "VSAMTYPE"])),
        }
    }
    if on.is_empty() {
        return Err(operands.missing("ON"));
    }
    Ok(Stats { input: common.input(&operands)?, on })
}

/// UNIQUE.
pub(super) fn unique(mut operands: Operands<'_>) -> Result<Unique> {
    let mut common = Common::default();
    let (mut on, mut unsigned_zero): (Option<OnField>, bool) = (None, false);
    while let Some(word) = operands.next()? {
        match word.text.as_str() {
            "ON" => {
                let field = operands.on(Formats::Keys)?;
                operands.once(&mut on, field, &word)?;
            }
            "UZERO" => unsigned_zero = true,
            _ if common.take(&word, &mut operands)? => {}
            _ => return Err(operands.unknown(&word, &["FROM", "ON", "UZERO", "USING", "VSAMTYPE", "LOCALE"])),
        }
    }
    let input = common.input(&operands)?;
    Ok(Unique { input, on: operands.needed(on, "ON")?, unsigned_zero })
}

/// VERIFY.
pub(super) fn verify(mut operands: Operands<'_>) -> Result<Verify> {
    let mut common = Common::default();
    let (mut on, mut no_sign, mut limit) = (Vec::new(), false, None);
    while let Some(word) = operands.next()? {
        match word.text.as_str() {
            "ON" if on.len() == ON_MAX => return Err(operands.conflict("more than 10 ON fields")),
            "ON" => on.push(operands.one(|this| this.field(Formats::Decimal))?),
            "NOSIGN" => no_sign = true,
            "LIMIT" => {
                let value = operands.count("a number of invalid values", 1)?;
                operands.once(&mut limit, value, &word)?;
            }
            _ if common.take(&word, &mut operands)? => {}
            _ => return Err(operands.unknown(&word, &["FROM", "ON", "NOSIGN", "LIMIT", "USING", "VSAMTYPE"])),
        }
    }
    if on.is_empty() {
        return Err(operands.missing("ON"));
    }
    Ok(Verify { input: common.input(&operands)?, on, no_sign, limit: limit.unwrap_or(LIMIT) })
}
