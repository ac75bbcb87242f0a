//! Much memory that is looked at here and there: in huge pages where the system gives them on request, so that the processor
//! finds the place of a byte without walking through tables of small ones.

use std::ops::{Deref, DerefMut};

use memmap2::{Advice, MmapMut, MmapOptions};

/// Bytes that grow at their end.
#[derive(Default)]
pub struct Expanse {
    room: Room,
    length: usize,
}

/// Zeros wherever nothing was written yet; the system gives memory only for what was.
enum Room {
    Small(Vec<u8>),
    Huge(MmapMut),
}

/// Bytes of a huge page on nearly all machines.
const HUGE: usize = 2 << 20;
/// It is huge pages if no more than such a part of them is not asked for.
const WASTE: usize = 4;
/// So many times the bytes asked for are set aside for bytes that grow: addresses cost nothing until they are used, and growing
/// needs no copy.
const AHEAD: usize = 4;

impl Expanse {
    /// No bytes yet, and room for so many.
    pub fn with_capacity(bytes: usize) -> Self {
        Expanse { room: Room::of(bytes, AHEAD), length: 0 }
    }

    /// So many zeros.
    pub fn zeroed(bytes: usize) -> Self {
        Expanse { room: Room::of(bytes, 1), length: bytes }
    }

    /// Adds bytes at the end.
    #[inline]
    pub fn extend_from_slice(&mut self, bytes: &[u8]) {
        let end = self.length + bytes.len();
        if end > self.room.bytes().len() {
            self.grow(end);
        }
        self.room.bytes_mut()[self.length..end].copy_from_slice(bytes);
        self.length = end;
    }

    /// Forgets what lies behind so many bytes; the memory stays.
    pub fn truncate(&mut self, length: usize) {
        self.length = self.length.min(length);
    }

    #[cold]
    fn grow(&mut self, needed: usize) {
        let mut room = Room::of(needed.max(self.room.bytes().len() * 2), AHEAD);
        room.bytes_mut()[..self.length].copy_from_slice(self);
        self.room = room;
    }
}

impl Deref for Expanse {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        &self.room.bytes()[..self.length]
    }
}

impl DerefMut for Expanse {
    #[inline]
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.room.bytes_mut()[..self.length]
    }
}

impl Room {
    fn of(bytes: usize, times: usize) -> Self {
        Self::huge(bytes, times).map_or_else(|| Room::Small(vec![0; bytes]), Room::Huge)
    }

    /// Whether the system has huge pages, or has them now, nobody needs to know.
    fn huge(bytes: usize, times: usize) -> Option<MmapMut> {
        let whole = bytes.next_multiple_of(HUGE);
        if bytes == 0 || whole - bytes > whole / WASTE {
            return None;
        }
        let of = |length: usize| MmapOptions::new().len(length).no_reserve_swap().map_anon();
        // Where addresses are rationed the bytes asked for must do.
        let map = of(whole.saturating_mul(times)).or_else(|_| of(whole)).ok()?;
        let _ = map.advise(Advice::HugePage);
        Some(map)
    }

    #[inline]
    fn bytes(&self) -> &[u8] {
        match self {
            Room::Small(bytes) => bytes,
            Room::Huge(map) => map,
        }
    }

    #[inline]
    fn bytes_mut(&mut self) -> &mut [u8] {
        match self {
            Room::Small(bytes) => bytes,
            Room::Huge(map) => map,
        }
    }
}

impl Default for Room {
    fn default() -> Self {
        Room::Small(Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From small to huge, cut and grown again, the bytes are those that were put in.
    #[test]
    fn bytes_are_those_that_were_put_in() {
        let (mut expanse, mut twin) = (Expanse::with_capacity(10), Vec::new());
        for round in 0..7 * HUGE / 4096 {
            let piece = [round as u8; 4099];
            expanse.extend_from_slice(&piece);
            twin.extend_from_slice(&piece);
            if round % 100 == 99 {
                expanse.truncate(expanse.len() - 5000);
                twin.truncate(twin.len() - 5000);
            }
            expanse[round] ^= 0x55;
            twin[round] ^= 0x55;
        }
        assert!(matches!(expanse.room, Room::Huge(_)));
        assert!(*expanse == *twin);
        assert!(Expanse::zeroed(2 * HUGE).iter().all(|byte| *byte == 0));
    }
}
