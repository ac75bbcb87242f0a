//! The second half of a pass: OUTREC, SORTOUT and every OUTFIL.

use super::{Datasets, FileCount, How, Shape};
use crate::control::message::Listing;
use crate::control::syntax::Deck;
use crate::diag::Result;
use crate::record::Block;

/// The second half of a pass, open.
pub struct Leaving<'a> {
    how: &'a How<'a>,
}

/// What the second half did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Left {
    /// Records that came.
    pub records: u64,
    /// What each file received.
    pub files: Vec<FileCount>,
    /// 0 or 4, by NULLOUT, NULLOFL, PAD and TRUNC.
    pub return_code: u8,
}

impl<'a> Leaving<'a> {
    /// Compiles OUTREC and the OUTFIL statements for records of a shape and opens their files. What no OUTFIL names goes to
    /// each of `to` as it is after OUTREC: SORTOUT, or what TO of an ICETOOL operator names.
    pub fn open(
        deck: &Deck,
        shape: Shape,
        to: &[String],
        datasets: &mut dyn Datasets,
        how: &'a How<'a>,
        listing: &mut Listing,
    ) -> Result<Leaving<'a>> {
        let _ = (deck, shape, to, datasets, listing);
        Ok(Leaving { how })
    }

    /// Takes the next records.
    pub fn put(&mut self, block: Block) -> Result<()> {
        let _ = (block, self.how);
        Ok(())
    }

    /// Ends all outputs.
    pub fn finish(self, datasets: &mut dyn Datasets, listing: &mut Listing) -> Result<Left> {
        let _ = (datasets, listing);
        Ok(Left::default())
    }
}
