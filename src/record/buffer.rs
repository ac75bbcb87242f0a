//! Buffers that are used again.
//!
//! Memory that is fresh from the system costs more to touch for the first time than to fill a second time, and blocks come
//! and go by the thousand. What a block leaves is kept for the next one.

use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, PoisonError};

/// Buffers smaller than this are left to the allocator.
const BYTES_MIN: usize = 8 << 10;

/// Buffers kept at most.
const KEPT_MAX: usize = 64;

static KEPT: Mutex<Vec<Vec<u8>>> = Mutex::new(Vec::new());

/// Bytes whose memory is used again when they are dropped.
#[derive(Clone, Debug, Default)]
pub(super) struct Buffer(Vec<u8>);

impl Buffer {
    /// An empty vector of at least this capacity, used before if there is one that is not far too large.
    pub fn take(capacity: usize) -> Vec<u8> {
        if capacity >= BYTES_MIN {
            let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
            let fits = |buffer: &Vec<u8>| (capacity..=capacity * 2).contains(&buffer.capacity());
            if let Some(found) = kept.iter().rposition(fits) {
                return kept.swap_remove(found);
            }
        }
        Vec::with_capacity(capacity)
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if self.0.capacity() < BYTES_MIN {
            return;
        }
        let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() == KEPT_MAX {
            kept.swap_remove(0);
        }
        self.0.clear();
        kept.push(std::mem::take(&mut self.0));
    }
}

impl From<Vec<u8>> for Buffer {
    fn from(bytes: Vec<u8>) -> Self {
        Buffer(bytes)
    }
}

impl Deref for Buffer {
    type Target = Vec<u8>;

    fn deref(&self) -> &Vec<u8> {
        &self.0
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut Vec<u8> {
        &mut self.0
    }
}

/// An empty vector of at least this capacity for the bytes of a block, used before if there is one.
pub fn buffer(capacity: usize) -> Vec<u8> {
    Buffer::take(capacity)
}
