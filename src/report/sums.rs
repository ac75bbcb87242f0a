//! What a total adds up.

/// What is shown of many values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statistic {
    /// Their sum.
    Total,
    /// The least.
    Minimum,
    /// The greatest.
    Maximum,
    /// The sum divided by their number, decimals cut off.
    Average,
}

impl Statistic {
    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Statistic::Total => "sum",
            Statistic::Minimum => "minimum",
            Statistic::Maximum => "maximum",
            Statistic::Average => "average",
        }
    }
}

/// Total, least and greatest of some values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    total: i128,
    least: i128,
    greatest: i128,
    count: i128,
}

impl Sums {
    /// Takes a value; `None` if the total has more than 38 digits.
    #[inline]
    pub fn add(&mut self, value: i128) -> Option<()> {
        let first = self.count == 0;
        self.total = self.total.checked_add(value)?;
        self.least = if first { value } else { self.least.min(value) };
        self.greatest = if first { value } else { self.greatest.max(value) };
        self.count += 1;
        Some(())
    }

    /// Takes what others have added up; `None` if the total has more than 38 digits.
    pub fn merge(&mut self, other: &Sums) -> Option<()> {
        if other.count == 0 {
            return Some(());
        }
        let first = self.count == 0;
        self.total = self.total.checked_add(other.total)?;
        self.least = if first { other.least } else { self.least.min(other.least) };
        self.greatest = if first { other.greatest } else { self.greatest.max(other.greatest) };
        self.count += other.count;
        Some(())
    }

    /// Values taken.
    pub fn count(&self) -> i128 {
        self.count
    }

    /// What is shown of them; zero if there were none.
    pub fn value(&self, statistic: Statistic) -> i128 {
        match statistic {
            Statistic::Total => self.total,
            Statistic::Minimum => self.least,
            Statistic::Maximum => self.greatest,
            // Decimals are cut off, also below zero.
            Statistic::Average => self.total.checked_div(self.count).unwrap_or(0),
        }
    }
}
