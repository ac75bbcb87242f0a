//! The run's date and time as constants.

use super::Setting;
use crate::control::syntax::Moment;
use crate::diag::Result;

/// The bytes of a moment.
pub struct MomentBytes;

impl MomentBytes {
    /// The run's date or time in a form, in the code page of the data; packed forms as packed decimal.
    pub fn of(moment: &Moment, setting: &Setting) -> Result<Vec<u8>> {
        let _ = (moment, setting);
        Ok(Vec::new())
    }

    /// Its digits as a number, for comparison with numeric fields: DATE1P is +yyyymmdd.
    pub fn number(moment: &Moment, setting: &Setting) -> Result<i128> {
        let _ = (moment, setting);
        Ok(0)
    }
}
