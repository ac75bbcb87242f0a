//! Business days: which days are worked, and the days before, after and between them.
//!
//! A [`Calendar`] is a week and the days that differ from it. Everything is answered from the number of business days up to a
//! date, which is arithmetic on weeks and a search among the exceptions, so that a rule may ask for every record.

mod days;
mod file;

use std::sync::Arc;

use jiff::civil::Date;

pub use days::{days_after, plus_days};
pub use file::Marked;

/// A business calendar. It answers for the dates it covers and refuses all others, because a list of holidays that has run
/// out would quietly turn them into business days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    name: String,
    /// Worked days of the week, from Monday.
    week: [bool; 7],
    /// Days that differ from the week, or that have a name, in order.
    marked: Vec<Marked>,
    /// Business days that the first `i` marked days add to those of the week.
    added: Vec<i32>,
    /// First and last date it answers for.
    covers: (Date, Date),
}

impl Calendar {
    /// Monday to Friday without holidays, from 1900 to 2199.
    pub fn weekdays() -> Calendar {
        Calendar::new("Monday to Friday", file::WEEK, Vec::new(), file::COVERS)
    }

    /// Name for messages: that of its file.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// First and last date that it answers for.
    pub fn covers(&self) -> (Date, Date) {
        self.covers
    }

    /// The name of a holiday or of an extra business day; empty if it has none.
    pub fn name_of(&self, date: Date) -> Option<&str> {
        let at = self.marked.binary_search_by_key(&date, |marked| marked.date).ok()?;
        self.marked.get(at).map(|marked| marked.name.as_ref())
    }

    fn new(name: &str, week: [bool; 7], marked: Vec<Marked>, covers: (Date, Date)) -> Calendar {
        let mut added = vec![0];
        for day in &marked {
            let usual = days::is_worked(&week, day.date);
            let sum: i32 = added.last().copied().unwrap_or_default();
            added.push(sum + i32::from(day.open) - i32::from(usual));
        }
        Calendar { name: name.to_owned(), week, marked, added, covers }
    }
}

/// A calendar that several owners share.
pub type SharedCalendar = Arc<Calendar>;

#[cfg(test)]
mod tests;
