//! What a pass did.

/// What a pass did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The product's return code: 0 or 4. What would be 16 is an error.
    pub return_code: u8,
    /// Records read.
    pub records_in: u64,
    /// Records inserted; exits do that, so there are none.
    pub inserted: u64,
    /// Records that INCLUDE, OMIT, SKIPREC, STOPAFT and SUM left out.
    pub deleted: u64,
    /// Records that left the sort, merge or copy.
    pub out: u64,
    /// What each output file received.
    pub files: Vec<FileCount>,
    /// Of a join: records of F1, of F2, and joined ones.
    pub joined: Option<[u64; 3]>,
    /// Return code of a sum that did not fit.
    pub overflow_code: u8,
    /// Pairs of records that SUM could not add up.
    pub overflows: u64,
}

/// What an output file received.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileCount {
    /// The name of the DD.
    pub dd: String,
    /// Records that came to its OUTFIL.
    pub records_in: u64,
    /// Of these, records that it took.
    pub taken: u64,
    /// Data records written to this file.
    pub data: u64,
    /// Records written to this file, headers and trailers included.
    pub written: u64,
    /// True if it belongs to an OUTFIL, false if it is a plain SORTOUT.
    pub outfil: bool,
}
