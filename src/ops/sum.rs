//! SUM: numbers of records with equal keys added up in the first of them.

use std::ops::Range;

use crate::copybook::NumberShape;
use crate::diag::Result;
use crate::encoding::CodePage;
use crate::expr::{FieldRef, SingleFrame};
use crate::record::{Origin, Overflow, store_integer};

/// Fields to add up.
///
/// A sum that does not fit its field is not made: the two records stay as they are, in none of their fields anything is
/// added, and later records of the group are added to the second (DFSORT Application Programming Guide, "SUM control
/// statement", overflow). A record that was alone keeps its bytes, an odd sign included.
#[derive(Clone, Debug)]
pub struct Sum {
    fields: Vec<(FieldRef, NumberShape)>,
    page: CodePage,
    dataset: String,
    overflows: u64,
}

impl Sum {
    /// Sums of these fields of a dataset's records, each a number at a fixed place.
    pub fn new(fields: Vec<(FieldRef, NumberShape)>, page: CodePage, dataset: &str) -> Self {
        Sum { fields, page, dataset: dataset.to_owned(), overflows: 0 }
    }

    /// The fields.
    pub fn fields(&self) -> impl Iterator<Item = &FieldRef> {
        self.fields.iter().map(|(field, _)| field)
    }

    /// Pairs that were not added because a sum did not fit.
    pub fn overflows(&self) -> u64 {
        self.overflows
    }

    /// Adds the second record's numbers to the first's; `false` if a sum does not fit.
    pub fn add(&mut self, first: &mut [u8], second: &[u8]) -> Result<bool> {
        let origin = Origin { dataset: &self.dataset, ..Origin::default() };
        let mut sums: Vec<(Range<usize>, NumberShape, i128)> = Vec::with_capacity(self.fields.len());
        for (field, shape) in &self.fields {
            let read = |record: &[u8]| field.integer(*shape, &SingleFrame { record, origin });
            let (a, b) = (read(first)?, read(second)?);
            let range = field.range(&SingleFrame { record: first, origin })?;
            match a.checked_add(b) {
                Some(sum) if crate::record::fits(*shape, sum) => sums.push((range, *shape, sum)),
                _ => {
                    self.overflows += 1;
                    return Ok(false);
                }
            }
        }
        for (range, shape, sum) in sums {
            // It fits, so storing it cannot fail.
            let _ = store_integer(shape, &mut first[range], self.page, sum, Overflow::Error);
        }
        Ok(true)
    }
}
