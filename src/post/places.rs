//! Where rows lie that stand end to end.

/// Places of rows: computed where all have one length, looked up otherwise.
pub(super) enum Places {
    Fixed { length: usize, rows: usize },
    Ends(Vec<usize>),
}

impl Default for Places {
    /// No rows.
    fn default() -> Self {
        Places::Fixed { length: 0, rows: 0 }
    }
}

impl Places {
    /// How many rows there are.
    #[inline]
    pub fn rows(&self) -> usize {
        match self {
            Places::Fixed { rows, .. } => *rows,
            Places::Ends(ends) => ends.len(),
        }
    }

    /// The place of a row.
    #[inline]
    pub fn range(&self, row: usize) -> std::ops::Range<usize> {
        match self {
            Places::Fixed { length, .. } => row * length..(row + 1) * length,
            Places::Ends(ends) => row.checked_sub(1).map_or(0, |before| ends[before])..ends[row],
        }
    }

    /// Adds a row that ends at `end`. The first row of another length makes all places be looked up.
    pub fn push(&mut self, end: usize) {
        match self {
            Places::Fixed { length, rows } if *rows == 0 => (*length, *rows) = (end, 1),
            Places::Fixed { length, rows } if end == (*rows + 1) * *length => *rows += 1,
            Places::Fixed { length, rows } => {
                let mut ends: Vec<usize> = (1..=*rows).map(|row| row * *length).collect();
                ends.push(end);
                *self = Places::Ends(ends);
            }
            Places::Ends(ends) => ends.push(end),
        }
    }

    /// Removes the last row.
    pub fn pop(&mut self) {
        match self {
            Places::Fixed { rows, .. } => *rows = rows.saturating_sub(1),
            Places::Ends(ends) => {
                ends.pop();
            }
        }
    }
}
