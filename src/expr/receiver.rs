//! How a field takes the result of arithmetic: as a number, or shown in a numeric-edited field (Language Reference, "COMPUTE
//! statement" and the GIVING phrases).

use std::sync::Arc;

use super::arithmetic::Fault;
use super::compile::edit_mask;
use super::operand::FieldRef;
use crate::copybook::NumberShape;
use crate::decimal::pow10;
use crate::encoding::CodePage;
use crate::encoding::edited::EditMask;
use crate::record::{Overflow, store_integer};

/// A field that results are stored in.
#[derive(Clone, Debug)]
pub enum Receiver {
    /// A numeric field.
    Number(NumberShape),
    /// A numeric-edited field.
    Edited(Arc<EditMask>),
}

impl FieldRef {
    /// How this field takes results; `None` if it is neither numeric nor numeric-edited.
    pub fn as_receiver(&self) -> Option<Receiver> {
        self.number().map(Receiver::Number).or_else(|| edit_mask(self).map(Receiver::Edited))
    }
}

impl Receiver {
    /// Decimals that it holds.
    pub fn scale(&self) -> i16 {
        match self {
            Receiver::Number(shape) => i16::from(shape.scale),
            Receiver::Edited(mask) => i16::from(mask.scale()),
        }
    }

    /// Stores an integer of its scale.
    ///
    /// # Errors
    /// [`Fault::Size`] if it does not fit and digits must not be lost.
    pub fn store(
        &self,
        bytes: &mut [u8],
        page: CodePage,
        integer: i128,
        overflow: Overflow,
    ) -> Result<(), Fault> {
        match self {
            Receiver::Number(shape) => {
                store_integer(*shape, bytes, page, integer, overflow).map_err(|_| Fault::Size)
            }
            Receiver::Edited(mask) => {
                let limit = pow10(u32::from(mask.digits()));
                let fits = limit.is_none_or(|limit| -limit < integer && integer < limit);
                if !fits && overflow == Overflow::Error {
                    return Err(Fault::Size);
                }
                mask.encode(integer, bytes, page);
                Ok(())
            }
        }
    }
}
