//! Where a field lies in a particular record.
//!
//! Most fields have a fixed place: offset plus subscripts times strides. Behind or inside a table with DEPENDING ON
//! the place depends on counters in the record itself; then the record is walked from its start.

use std::ops::Range;

use super::number::read_integer;
use crate::copybook::{Field, FieldId, Layout};
use crate::encoding::{BadNumber, CodePage};

/// Why a field cannot be found in a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LocateError {
    /// The record ends before the field does.
    BeyondRecord {
        /// The field.
        field: FieldId,
        /// Where it would end.
        end: usize,
    },
    /// A DEPENDING ON counter is not a number.
    BadCounter {
        /// The counter.
        counter: FieldId,
        /// Its place.
        offset: usize,
        /// Its length.
        length: usize,
        /// What is wrong with it.
        fault: BadNumber,
    },
    /// A DEPENDING ON counter is negative or above the maximum.
    CounterRange {
        /// The counter.
        counter: FieldId,
        /// What it says.
        value: i128,
        /// The table's maximum.
        max: u32,
    },
    /// A subscript is outside its table.
    Subscript {
        /// The field.
        field: FieldId,
        /// The subscript.
        value: u32,
        /// Occurrences there are.
        max: u32,
    },
}

/// The bytes of a field occurrence in `record`; one subscript (from 1) for each of the field's dimensions.
#[inline]
pub fn locate(
    layout: &Layout,
    page: CodePage,
    record: &[u8],
    id: FieldId,
    subscripts: &[u32],
) -> Result<Range<usize>, LocateError> {
    let field = layout.field(id);
    let range = if field.moving {
        let walk = Walk { layout, page, record };
        let start = walk.start(id, subscripts)?;
        start..start + walk.element_size(id, start, subscripts)?
    } else {
        let mut start = field.offset;
        for (depth, (dim, &subscript)) in field.dims.iter().zip(subscripts).enumerate() {
            let walk = Walk { layout, page, record };
            let max = walk.count(dim.table, &subscripts[..depth])?;
            if subscript == 0 || subscript > max {
                return Err(LocateError::Subscript { field: id, value: subscript, max });
            }
            start += (subscript as usize - 1) * dim.stride;
        }
        start..start + field.length
    };
    if range.end > record.len() {
        return Err(LocateError::BeyondRecord { field: id, end: range.end });
    }
    Ok(range)
}

/// Bytes that a record really has, given its counters: the longest of its 01 levels. For a layout without DEPENDING ON
/// that is the layout's length.
pub fn actual_length(layout: &Layout, page: CodePage, record: &[u8]) -> Result<usize, LocateError> {
    if !layout.is_variable() {
        return Ok(layout.length());
    }
    let walk = Walk { layout, page, record };
    let end = |(id, root): (FieldId, &Field)| Ok(root.offset + walk.table_size(id, root.offset, &[])?);
    let longest = layout.roots().map(end).try_fold(0, |longest: usize, length| Ok(longest.max(length?)))?;
    Ok(longest + layout.tail())
}

/// As [`actual_length`], of one of the 01 levels, by its position.
pub fn actual_length_of(
    layout: &Layout,
    page: CodePage,
    record: &[u8],
    position: usize,
) -> Result<usize, LocateError> {
    let Some((id, root)) = layout.roots().nth(position) else { return actual_length(layout, page, record) };
    let walk = Walk { layout, page, record };
    Ok(root.offset + walk.table_size(id, root.offset, &[])? + layout.tail())
}

/// A walk over one record, counting what the counters say.
struct Walk<'a> {
    layout: &'a Layout,
    page: CodePage,
    record: &'a [u8],
}

impl Walk<'_> {
    /// Start of an occurrence of a field. `subscripts` are those of the field, outermost first.
    fn start(&self, id: FieldId, subscripts: &[u32]) -> Result<usize, LocateError> {
        let field = self.layout.field(id);
        let own = usize::from(field.occurs.is_some());
        let outer = &subscripts[..subscripts.len().min(field.dims.len().saturating_sub(own))];
        let mut at = match field.parent {
            None => field.offset,
            Some(parent) => self.start_in_parent(parent, id, outer)?,
        };
        // A counter inside a table is read without subscripts: the first occurrence is where the table begins.
        if field.occurs.is_some() && subscripts.len() >= field.dims.len() {
            let wanted = subscripts.last().copied().unwrap_or(1);
            let count = self.count(id, outer)?;
            if wanted == 0 || wanted > count {
                return Err(LocateError::Subscript { field: id, value: wanted, max: count });
            }
            at += self.elements_size(id, at, wanted - 1, outer)?;
        }
        Ok(at)
    }

    fn start_in_parent(&self, parent: FieldId, id: FieldId, outer: &[u32]) -> Result<usize, LocateError> {
        let at = self.start(parent, outer)?;
        let object = self.layout.field(id).redefines.unwrap_or(id);
        let (start, _) = self.members(parent, at, outer, Some(object))?;
        Ok(start)
    }

    /// Start of the last member looked at and end of all of them, for a group that begins at `at`. A member and its
    /// redefinitions take the storage of the longest of them. With `until`, no member behind it is looked at.
    fn members(
        &self,
        group: FieldId,
        at: usize,
        subscripts: &[u32],
        until: Option<FieldId>,
    ) -> Result<(usize, usize), LocateError> {
        let (mut start, mut end) = (at, at);
        let mut base = None;
        for &child in &self.layout.field(group).children {
            let field = self.layout.field(child);
            match field.redefines {
                None => {
                    start = end + field.slack;
                    base = Some(child);
                    if until == base {
                        break;
                    }
                    end = start + self.table_size(child, start, subscripts)?;
                }
                // A redefinition apart from its object is never longer than it.
                Some(object) if base == Some(object) => {
                    end = end.max(start + self.table_size(child, start, subscripts)?);
                }
                Some(_) => {}
            }
        }
        Ok((start, end))
    }

    /// Bytes of all occurrences of an item that begins at `at`.
    fn table_size(&self, id: FieldId, at: usize, outer: &[u32]) -> Result<usize, LocateError> {
        match self.layout.field(id).occurs {
            None => self.element_size(id, at, outer),
            Some(_) => self.elements_size(id, at, self.count(id, outer)?, outer),
        }
    }

    fn elements_size(&self, id: FieldId, at: usize, count: u32, outer: &[u32]) -> Result<usize, LocateError> {
        let field = self.layout.field(id);
        if !self.has_counters(field) {
            return Ok(count as usize * field.length);
        }
        let mut size = 0;
        let mut subscripts = outer.to_vec();
        subscripts.push(0);
        for occurrence in 1..=count {
            if let Some(last) = subscripts.last_mut() {
                *last = occurrence;
            }
            size += self.element_size(id, at + size, &subscripts)?;
        }
        Ok(size)
    }

    /// Bytes of one occurrence that begins at `at`; `subscripts` include its own.
    fn element_size(&self, id: FieldId, at: usize, subscripts: &[u32]) -> Result<usize, LocateError> {
        let field = self.layout.field(id);
        if !self.has_counters(field) {
            return Ok(field.length);
        }
        let (_, end) = self.members(id, at, subscripts, None)?;
        Ok(end - at + field.padding)
    }

    /// True if the size of an occurrence depends on a counter. Only moving items can; a moving item without children
    /// merely stands behind such a table.
    fn has_counters(&self, field: &Field) -> bool {
        field.moving && !field.children.is_empty()
    }

    /// Occurrences of a table in this record; the counter shares the outer subscripts it needs.
    fn count(&self, id: FieldId, outer: &[u32]) -> Result<u32, LocateError> {
        let Some(occurs) = &self.layout.field(id).occurs else { return Ok(1) };
        let Some(counter) = occurs.depending_on else { return Ok(occurs.max) };
        let depth = self.layout.field(counter).dims.len().min(outer.len());
        let range = locate(self.layout, self.page, self.record, counter, &outer[..depth])?;
        let (offset, length) = (range.start, range.len());
        let bytes = &self.record[range];
        let value = match self.layout.field(counter).number() {
            Some(shape) => read_integer(shape, bytes, self.page),
            None => digits_of_text(bytes, self.page),
        };
        let value = value.map_err(|fault| LocateError::BadCounter { counter, offset, length, fault })?;
        u32::try_from(value).ok().filter(|count| *count <= occurs.max).ok_or(LocateError::CounterRange {
            counter,
            value,
            max: occurs.max,
        })
    }
}

/// The whole number that text spells, blanks around it left aside.
fn digits_of_text(bytes: &[u8], page: CodePage) -> Result<i128, BadNumber> {
    let (zero, blank) = (page.zero(), page.space());
    let first = bytes.iter().position(|byte| *byte != blank).unwrap_or(bytes.len());
    let end = bytes.iter().rposition(|byte| *byte != blank).map_or(first, |last| last + 1);
    if first == end {
        return Err(BadNumber::Digit(0));
    }
    let digit = |value: i128, (at, byte): (usize, &u8)| match byte.wrapping_sub(zero) {
        digit @ 0..=9 => value
            .checked_mul(10)
            .and_then(|value| value.checked_add(i128::from(digit)))
            .ok_or(BadNumber::TooLong),
        _ => Err(BadNumber::Digit(first + at)),
    };
    bytes[first..end].iter().enumerate().try_fold(0, digit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::copybook::{CopybookOptions, SourceFormat, parse};
    use crate::diag::Source;

    fn layout(text: &str) -> Layout {
        let options = CopybookOptions { format: SourceFormat::Free, ..CopybookOptions::default() };
        let (layout, found) = parse(&Source::new("t", text), &options);
        layout.unwrap_or_else(|| panic!("{found}"))
    }

    fn at(
        layout: &Layout,
        record: &[u8],
        name: &str,
        subscripts: &[u32],
    ) -> Result<Range<usize>, LocateError> {
        let id = layout.find(name, &[]).unwrap();
        locate(layout, CodePage::CP037, record, id, subscripts)
    }

    #[test]
    fn slack_bytes_are_walked_over() {
        let l = layout(
            "01 R. 05 N PIC 9. 05 T OCCURS 0 TO 9 DEPENDING ON N. 10 A PIC X. 10 B PIC S9(9) COMP SYNC.
             05 G. 10 C PIC X. 05 H. 10 D COMP-2 SYNC. 05 E PIC X.",
        );
        // N at 0; T from 1: A, two slack bytes, B, one more at the end.
        let mut record = vec![0x40; l.length()];
        record[0] = 0xF2;
        assert_eq!(at(&l, &record, "B", &[2]), Ok(12..16));
        let behind = 1 + 2 * 8;
        assert_eq!(at(&l, &record, "C", &[]), Ok(behind..behind + 1));
        let slack = l.slack().last().unwrap().length;
        assert_eq!(at(&l, &record, "D", &[]), Ok(behind + 1 + slack..behind + 9 + slack));
        assert_eq!(actual_length(&l, CodePage::CP037, &record), Ok(behind + 10 + slack));
        record[0] = 0xF9;
        assert_eq!(actual_length(&l, CodePage::CP037, &record), Ok(l.length()));
        let within = l.within(2, 7);
        let record = [&[0x40; 2], &record[..], &[0x40; 7]].concat();
        assert_eq!(actual_length(&within, CodePage::CP037, &record), Ok(l.length() + 9));
    }

    #[test]
    fn text_counts_by_its_digits() {
        let l = layout("01 R. 05 N PIC X(3). 05 T PIC X(2) OCCURS 0 TO 20 DEPENDING ON N. 05 E PIC X.");
        let mut record = vec![0x40; l.length()];
        record[..3].copy_from_slice(&[0x40, 0xF1, 0xF2]);
        assert_eq!(at(&l, &record, "E", &[]), Ok(27..28));
        record[..3].copy_from_slice(&[0x40, 0xC1, 0x40]);
        let fault = at(&l, &record, "E", &[]).unwrap_err();
        assert!(matches!(
            fault,
            LocateError::BadCounter { fault: BadNumber::Digit(1), offset: 0, length: 3, .. }
        ));
    }

    #[test]
    fn a_table_may_hold_its_own_counter() {
        let l = layout("01 R. 05 T OCCURS 1 TO 5 DEPENDING ON N. 10 N PIC 9. 10 A PIC X. 05 E PIC X.");
        let mut record = vec![0xF1; l.length()];
        record[0] = 0xF3;
        assert_eq!((at(&l, &record, "A", &[3]), at(&l, &record, "E", &[])), (Ok(5..6), Ok(6..7)));
        assert!(matches!(at(&l, &record, "A", &[4]), Err(LocateError::Subscript { max: 3, .. })));
    }

    #[test]
    fn redefinitions_have_tables_of_their_own() {
        let l = layout(
            "01 R. 05 S1. 10 N1 PIC 9. 10 T1 PIC X OCCURS 0 TO 9 DEPENDING ON N1. 10 A1 PIC X.
             05 S2 REDEFINES S1. 10 M2 PIC X. 10 N2 PIC 9. 10 T2 PIC X(3) OCCURS 0 TO 3 DEPENDING ON N2. 10 A2 PIC X.
             05 E PIC X.",
        );
        let mut record = vec![0xF0; l.length()];
        record[..2].copy_from_slice(&[0xF1, 0xF2]);
        assert_eq!((at(&l, &record, "A1", &[]), at(&l, &record, "A2", &[])), (Ok(2..3), Ok(8..9)));
        assert_eq!(at(&l, &record, "E", &[]), Ok(9..10), "behind the longer of the two");
    }
}
