//! Numbers of the transaction that were read already. Rules ask for an amount again and again, and no rule changes a transaction.

use std::cell::Cell;

use crate::encoding::Window;

/// Numbers that are remembered at most.
const PLACES: usize = 8;

/// Some numbers of one record, each in the place that its window has.
#[derive(Clone, Default)]
pub(super) struct Numbers([Cell<(u64, i64)>; PLACES]);

impl Numbers {
    /// The number in a window of the record, which is always the same one.
    #[inline]
    pub fn read(&self, window: &Window, record: &[u8]) -> Option<i64> {
        let id = window.id();
        let place = &self.0[(id >> 32) as usize % PLACES];
        let (known, number) = place.get();
        if known == id {
            return Some(number);
        }
        let number = window.read(record)?;
        place.set((id, number));
        Some(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::chance;

    /// Windows of all shapes and places asked for by chance, so that many want the same place.
    #[test]
    fn what_is_remembered_is_what_is_there() {
        let mut below = chance::below(3);
        for _ in 0..2000 {
            let record: Vec<u8> = (0..60).map(|_| 0xF0 + below(10) as u8).collect();
            let numbers = Numbers::default();
            for _ in 0..60 {
                let (end, digits) = (16 + below(45) as usize, 1 + below(16) as usize);
                let signed = below(2) == 1;
                let window = match below(2) {
                    0 => Window::zoned(end, digits, signed),
                    _ => Window::packed(end, digits / 2 + 1, digits, signed),
                };
                let Some(window) = window else { continue };
                assert_eq!(numbers.read(&window, &record), window.read(&record), "{window:?}");
            }
        }
    }
}
