//! Who holds the content of what a sort gives away against what came.

use crate::record::Block;

/// Where it is proven that no record was lost, doubled or altered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    /// In the sort: every block leaves with its fingerprint.
    Here,
    /// By whoever takes the blocks, or by the checksums of a work file.
    Elsewhere,
}

impl Proof {
    /// Notes of a finished block what the proof needs, while its records are at hand.
    #[inline]
    pub fn seal(self, block: &mut Block) {
        if self == Proof::Here {
            block.note_fingerprint();
        }
    }
}
