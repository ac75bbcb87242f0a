//! Control totals: counts and sums over the records of a dataset, in all or for each value of a field.

use std::collections::BTreeMap;

use crate::decimal::Decimal;
use crate::diag::Result;
use crate::expr::{Arithmetic, Condition, FieldRef, SingleFrame};
use crate::record::Block;

/// What to count and add up.
#[derive(Clone, Debug)]
pub struct TotalSpec {
    /// Name that identities and reports use.
    pub name: String,
    /// Only these records.
    pub condition: Option<Condition>,
    /// What to add up, if more than a count is wanted.
    pub sum: Option<Arithmetic>,
    /// Text of the expression, for reports.
    pub sum_text: Option<String>,
    /// One total for each value of this field.
    pub by: Option<FieldRef>,
}

/// Count and sum of one group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Total {
    /// Records.
    pub count: u64,
    /// Sum, exact.
    pub sum: Decimal,
}

/// Totals by the text of the group field; a total without groups has the one key "".
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    groups: BTreeMap<String, Total>,
}

impl TotalSpec {
    /// The totals of one block.
    pub fn of_block(&self, block: &Block, dataset: &str) -> Result<Totals> {
        let mut totals = Totals::default();
        let mut last: Option<(Vec<u8>, Total)> = None;
        for (slot, record) in block.slots() {
            let frame = SingleFrame { record, origin: block.origin(dataset, slot) };
            if let Some(condition) = &self.condition
                && !condition.holds(&frame)?
            {
                continue;
            }
            let value = match &self.sum {
                Some(sum) => sum.value(&frame).map_err(|fault| fault.into_diagnostic(|| self.subject()))?,
                None => Decimal::ZERO,
            };
            let group = match &self.by {
                Some(field) => Some(field.bytes(&frame)?),
                None => None,
            };
            // Neighbours mostly share their group, so the map is only asked when the group changes. Texts of no bytes are not
            // compared: processors take hundreds of cycles for that if there is no memory behind them.
            match &mut last {
                Some((key, total)) if group.is_none_or(|group| key == group) => self.add(total, value)?,
                _ => {
                    self.close(&mut totals, last.take())?;
                    let mut total = Total::default();
                    self.add(&mut total, value)?;
                    last = Some((group.unwrap_or_default().to_vec(), total));
                }
            }
        }
        self.close(&mut totals, last)?;
        Ok(totals)
    }

    /// Adds the totals of another block.
    pub fn merge(&self, into: &mut Totals, other: Totals) -> Result<()> {
        other.groups.into_iter().try_for_each(|(group, total)| self.merge_group(into, group, total))
    }

    fn add(&self, total: &mut Total, value: Decimal) -> Result<()> {
        total.count += 1;
        total.sum = total.sum.checked_add(value).map_err(|_| self.overflow())?;
        Ok(())
    }

    fn close(&self, totals: &mut Totals, group: Option<(Vec<u8>, Total)>) -> Result<()> {
        let Some((key, total)) = group else { return Ok(()) };
        let text =
            self.by.as_ref().map_or(String::new(), |field| field.format.page.decode(&key).trim().to_owned());
        self.merge_group(totals, text, total)
    }

    fn merge_group(&self, totals: &mut Totals, group: String, total: Total) -> Result<()> {
        let entry = totals.groups.entry(group).or_default();
        entry.count += total.count;
        entry.sum = entry.sum.checked_add(total.sum).map_err(|_| self.overflow())?;
        Ok(())
    }

    fn subject(&self) -> String {
        format!("total {}", self.name)
    }

    fn overflow(&self) -> Box<crate::diag::Diagnostic> {
        crate::expr::Fault::Size.into_diagnostic(|| self.subject())
    }
}

impl FromIterator<(String, Total)> for Totals {
    fn from_iter<I: IntoIterator<Item = (String, Total)>>(groups: I) -> Self {
        Totals { groups: groups.into_iter().collect() }
    }
}

impl Totals {
    /// The groups in the order of their text.
    pub fn groups(&self) -> impl Iterator<Item = (&str, Total)> {
        self.groups.iter().map(|(group, total)| (group.as_str(), *total))
    }

    /// The total of one group; nought for a group that did not occur.
    pub fn group(&self, group: &str) -> Total {
        self.groups.get(group).copied().unwrap_or_default()
    }
}
