//! Running the verbs on texts and tables: STRING, UNSTRING, INSPECT, SEARCH.

use std::ops::Range;

use super::super::action::{Counter, Examine, Join, Search, Unstring};
use super::super::state::Current;
use super::{Engine, Flow};
use crate::diag::Result;
use crate::expr::{Cutter, Fault, FieldRef};
use crate::record::{Overflow, store_integer};

impl Engine {
    /// STRING.
    pub(super) fn join(&mut self, join: &Join, rule: &str, current: &Current<'_>) -> Result<Flow> {
        let name = || join.to.name().to_owned();
        let start = match &join.pointer {
            None => Some(0),
            Some(pointer) => self.pointed(pointer, current)?,
        };
        let view = self.view(current);
        let range = join.to.range(&view)?;
        let Some(start) = start.filter(|start| *start < range.len()) else {
            return self.run(&join.overflow, rule, current);
        };
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.clear();
        let view = self.view(current);
        for piece in &join.pieces {
            let text = piece.text.bytes(&view).map_err(|fault| fault.into_diagnostic(name))?;
            let end = match &piece.until {
                None => None,
                Some(until) => {
                    let until = until.bytes(&view).map_err(|fault| fault.into_diagnostic(name))?;
                    memchr::memmem::find(&text, &until).filter(|_| !until.is_empty())
                }
            };
            scratch.extend_from_slice(&text[..end.unwrap_or(text.len())]);
        }
        let kept = scratch.len().min(range.len() - start);
        let whole = kept == scratch.len();
        let from = range.start + start;
        self.changeable(&join.to)?[from..from + kept].copy_from_slice(&scratch[..kept]);
        self.scratch = scratch;
        if let Some(pointer) = &join.pointer {
            self.set_counter(pointer, (start + kept + 1) as i128, current)?;
        }
        if whole { Ok(Flow::Next) } else { self.run(&join.overflow, rule, current) }
    }

    /// INSPECT.
    pub(super) fn inspect(&mut self, examine: &Examine, current: &Current<'_>) -> Result<()> {
        let view = self.view(current);
        let range = examine.field.range(&view)?;
        let mut text = examine.field.bytes(&view)?.to_vec();
        let counts = examine.inspect.run(&view, &mut text);
        let counts = counts.map_err(|fault| fault.into_diagnostic(|| examine.field.name().to_owned()))?;
        for (counter, count) in examine.counters.iter().zip(counts) {
            self.add_to_counter(counter, count, current)?;
        }
        if examine.inspect.changes() {
            self.changeable(&examine.field)?[range].copy_from_slice(&text);
        }
        Ok(())
    }

    /// UNSTRING.
    pub(super) fn unstring(
        &mut self,
        unstring: &Unstring,
        rule: &str,
        current: &Current<'_>,
    ) -> Result<Flow> {
        let start = match &unstring.pointer {
            None => Some(0),
            Some(pointer) => self.pointed(pointer, current)?,
        };
        let view = self.view(current);
        let text = unstring.from.bytes(&view)?.to_vec();
        let Some(start) = start.filter(|start| *start < text.len()) else {
            return self.run(&unstring.overflow, rule, current);
        };
        let cutter = Cutter::new(text, &unstring.delimiters, start, &view);
        let mut cutter = cutter.map_err(|fault| fault.into_diagnostic(|| unstring.from.name().to_owned()))?;
        let mut pieces = 0;
        for into in &unstring.into {
            if cutter.is_done() {
                break;
            }
            let cut = cutter.cut(into.to.range(&self.view(current))?.len());
            pieces += 1;
            self.put_text(&into.to, &cutter.text[cut.range.clone()], unstring.size, current)?;
            if let Some(to) = &into.delimiter {
                let delimiter = cut.delimiter.map_or(&[][..], |number| cutter.delimiter(number));
                self.put_text(to, delimiter, Overflow::Error, current)?;
            }
            if let Some(count) = &into.count {
                self.set_counter(count, cut.range.len() as i128, current)?;
            }
        }
        if let Some(pointer) = &unstring.pointer {
            self.set_counter(pointer, cutter.at as i128 + 1, current)?;
        }
        if let Some(tallying) = &unstring.tallying {
            self.add_to_counter(tallying, pieces, current)?;
        }
        if cutter.is_done() { Ok(Flow::Next) } else { self.run(&unstring.overflow, rule, current) }
    }

    /// SEARCH from the entry of the index on, or by halves among all entries.
    pub(super) fn search(&mut self, search: &Search, rule: &str, current: &Current<'_>) -> Result<Flow> {
        let entries = i128::from(search.table.entries(&self.view(current))?);
        let start = search.index.field.integer(search.index.shape, &self.view(current))?;
        let found = match &search.before {
            None => self.serial(search, start..entries + 1, current)?,
            Some(_) => self.by_halves(search, 1..entries + 1, current)?,
        };
        match (found, &search.before) {
            (true, _) => return self.run(&search.actions, rule, current),
            // COBOL leaves the index open; here it stays.
            (false, Some(_)) => self.set_counter(&search.index, start, current)?,
            (false, None) => {}
        }
        self.run(&search.missing, rule, current)
    }

    fn serial(&mut self, search: &Search, entries: Range<i128>, current: &Current<'_>) -> Result<bool> {
        if entries.start < 1 {
            return Ok(false);
        }
        for entry in entries.clone() {
            self.set_counter(&search.index, entry, current)?;
            if search.condition.holds(&self.view(current))? {
                return Ok(true);
            }
        }
        if !entries.is_empty() {
            self.set_counter(&search.index, entries.end, current)?;
        }
        Ok(false)
    }

    /// The first entry that is not before the one that is looked for.
    fn by_halves(&mut self, search: &Search, entries: Range<i128>, current: &Current<'_>) -> Result<bool> {
        let Some(before) = &search.before else { return Ok(false) };
        let (mut low, mut high) = (entries.start, entries.end);
        while low < high {
            let middle = low + (high - low) / 2;
            self.set_counter(&search.index, middle, current)?;
            match before.holds(&self.view(current))? {
                true => low = middle + 1,
                false => high = middle,
            }
        }
        if low >= entries.end {
            return Ok(false);
        }
        self.set_counter(&search.index, low, current)?;
        search.condition.holds(&self.view(current))
    }

    /// The place that a pointer says, from 0; none if it says none.
    fn pointed(&self, pointer: &Counter, current: &Current<'_>) -> Result<Option<usize>> {
        let position = pointer.field.integer(pointer.shape, &self.view(current))?;
        Ok(usize::try_from(position - 1).ok())
    }

    fn add_to_counter(&mut self, counter: &Counter, count: i128, current: &Current<'_>) -> Result<()> {
        let before = counter.field.integer(counter.shape, &self.view(current))?;
        self.set_counter(counter, before + count, current)
    }

    fn set_counter(&mut self, counter: &Counter, value: i128, current: &Current<'_>) -> Result<()> {
        let Counter { field, shape } = counter;
        let range = field.range(&self.view(current))?;
        let page = field.format.page;
        let bytes = &mut self.changeable(field)?[range];
        store_integer(*shape, bytes, page, value, Overflow::Error)
            .map_err(|_| Fault::Size.into_diagnostic(|| field.name().to_owned()))
    }

    fn put_text(&mut self, to: &FieldRef, text: &[u8], size: Overflow, current: &Current<'_>) -> Result<()> {
        let mut scratch = std::mem::take(&mut self.scratch);
        let prepared = to.prepare_text(text, size, &self.view(current), &mut scratch);
        let range = prepared.map_err(|fault| fault.into_diagnostic(|| to.name().to_owned()))?;
        self.changeable(to)?[range].copy_from_slice(&scratch);
        self.scratch = scratch;
        Ok(())
    }
}
