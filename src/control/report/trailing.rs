//! IFTRAIL: the trailer of a file gets counts and totals of what is left of the file.

use super::band::ItemBand;
use crate::control::operate::{Parsed, RecordTest, Setting, Shape};
use crate::control::syntax::OutFil;
use crate::dataset::WORD;
use crate::diag::Result;

/// IFTRAIL of one OUTFIL: the trailer record gets counts and totals of the records before it.
pub struct Trailing {
    /// A first record is to come that is not counted.
    header: bool,
    identify: RecordTest,
    update: ItemBand,
    shape: Shape,
    ended: bool,
    trailer: Vec<u8>,
}

impl Trailing {
    /// Compiles it; `None` if the statement has no IFTRAIL.
    pub fn new(outfil: &OutFil, setting: &Setting, shape: Shape) -> Result<Option<Self>> {
        let Some(cards) = &outfil.trailer_record else { return Ok(None) };
        Ok(Some(Trailing {
            header: cards.header,
            identify: RecordTest::compile(&cards.identify, setting, shape)?,
            update: ItemBand::compile_update(&cards.update, setting, shape, outfil.fill)?,
            shape,
            ended: false,
            trailer: Vec::new(),
        }))
    }

    /// Takes a record: what is to be written of it, the trailer updated; `None` once the trailer has been.
    pub fn record<'a>(&'a mut self, record: &'a [u8]) -> Result<Option<&'a [u8]>> {
        if self.ended {
            return Ok(None);
        }
        if std::mem::take(&mut self.header) {
            return Ok(Some(record));
        }
        if !self.identify.holds(record, &Parsed::default())? {
            self.update.add_record(record)?;
            return Ok(Some(record));
        }
        self.ended = true;
        self.trailer.clear();
        self.trailer.extend_from_slice(record);
        let most = if self.shape.variable { self.shape.length } else { record.len() };
        self.update.overlay(&mut self.trailer, most)?;
        if self.shape.variable && self.trailer.len() >= WORD {
            let length = u16::try_from(self.trailer.len()).unwrap_or(u16::MAX).to_be_bytes();
            self.trailer[..2].copy_from_slice(&length);
        }
        Ok(Some(&self.trailer))
    }
}
