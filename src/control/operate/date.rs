//! Dates made of dates: conversion, arithmetic, parts.

use super::{Parsed, Setting, Shape};
use crate::control::syntax::{CardField, DateValue, Moment};
use crate::diag::Result;

/// Date conversion and arithmetic, compiled.
#[derive(Clone, Debug)]
pub struct DateProgram {
    length: usize,
}

impl DateProgram {
    /// Compiles an item.
    pub fn compile(value: &DateValue, setting: &Setting, shape: Shape) -> Result<Self> {
        let _ = (value, setting, shape);
        Ok(DateProgram { length: 0 })
    }

    /// Bytes of the result.
    pub fn length(&self) -> usize {
        self.length
    }

    /// The end of the last field that is read, counted as positions are; a shorter record must be padded before.
    pub fn reach(&self) -> usize {
        0
    }

    /// Appends the result; a date that is none becomes asterisks.
    pub fn put(&self, record: &[u8], parsed: &Parsed, out: &mut Vec<u8>) -> Result<()> {
        let _ = (record, parsed, out);
        Ok(())
    }
}

/// A year or date with two digits shown with four (`p,m,Y2T(s)`, `p,m,Y2TP`), compiled.
#[derive(Clone, Debug)]
pub struct YearProgram {
    length: usize,
}

impl YearProgram {
    /// Compiles the parts of a [`crate::control::syntax::Value::Year`].
    pub fn compile(
        field: &CardField,
        separator: Option<u8>,
        packed: bool,
        setting: &Setting,
    ) -> Result<Self> {
        let _ = (field, separator, packed, setting);
        Ok(YearProgram { length: 0 })
    }

    /// Bytes of the result.
    pub fn length(&self) -> usize {
        self.length
    }

    /// Appends the result for the bytes of the field.
    pub fn put(&self, field: &[u8], out: &mut Vec<u8>) -> Result<()> {
        let _ = (field, out);
        Ok(())
    }
}

/// How the digits of a `Y'..'` constant stand in a field of a two-digit-year format, so that it can be compared with it:
/// a number that grows with the date in the century window, special indicators included.
pub fn year_key(field: &CardField, bytes: &[u8], setting: &Setting) -> Option<i128> {
    let _ = (field, bytes, setting);
    None
}

/// The same of a `Y'..'` constant as written (digits, or BLANKS, ZEROS, NINES, LOW, HIGH); `None` if it does not suit
/// the field.
pub fn year_constant_key(field: &CardField, text: &str, setting: &Setting) -> Option<i128> {
    let _ = (field, text, setting);
    None
}

/// The same of `Y'DATE1'` and its like.
pub fn year_moment_key(field: &CardField, moment: &Moment, setting: &Setting) -> Option<i128> {
    let _ = (field, moment, setting);
    None
}
