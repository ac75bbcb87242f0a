//! A layout as a window on longer records.

use super::layout::Layout;

impl Layout {
    /// The layout of records that have `head` bytes before its fields and `tail` bytes behind them.
    #[must_use]
    pub fn within(&self, head: usize, tail: usize) -> Layout {
        let mut layout = self.clone();
        layout.fields.iter_mut().for_each(|field| field.offset += head);
        layout.length += head + tail;
        layout.length_min += head + tail;
        layout.head += head;
        layout.tail += tail;
        layout
    }

    /// Bytes of a record before its fields, which it has if it is a window on longer records.
    pub fn head(&self) -> usize {
        self.head
    }

    /// Bytes of a record behind its fields, which it has if it is a window on longer records.
    pub fn tail(&self) -> usize {
        self.tail
    }
}
