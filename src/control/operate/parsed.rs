//! What PARSE put aside of the record at hand.

/// The values of the parsed fields of one record. A field that was not parsed is blank.
#[derive(Clone, Debug, Default)]
pub struct Parsed {
    bytes: Vec<u8>,
    places: Vec<(u32, u32)>,
    blank: u8,
}

impl Parsed {
    /// Values for fields of these numbers and lengths (FIXLEN), all blank.
    pub fn new(fields: &[(u16, u32)], blank: u8) -> Self {
        let highest = fields.iter().map(|(number, _)| usize::from(*number) + 1).max().unwrap_or(0);
        let mut places = vec![(0, 0); highest];
        let mut size = 0;
        for (number, length) in fields {
            let place = &mut places[usize::from(*number)];
            if *length > place.1 {
                *place = (size, *length);
                size += *length;
            }
        }
        Parsed { bytes: vec![blank; size as usize], places, blank }
    }

    /// Makes all fields blank again: before each record.
    #[inline]
    pub fn clear(&mut self) {
        self.bytes.fill(self.blank);
    }

    /// The value of a field, as long as its FIXLEN; nothing for a number that is not defined.
    #[inline]
    pub fn get(&self, number: u16) -> &[u8] {
        let (start, length) = self.places.get(usize::from(number)).copied().unwrap_or_default();
        self.bytes.get(start as usize..(start + length) as usize).unwrap_or_default()
    }

    /// Gives a field a value, cut or padded with blanks.
    #[inline]
    pub fn set(&mut self, number: u16, value: &[u8]) {
        let (start, length) = self.places.get(usize::from(number)).copied().unwrap_or_default();
        let Some(field) = self.bytes.get_mut(start as usize..(start + length) as usize) else { return };
        let kept = value.len().min(field.len());
        field[..kept].copy_from_slice(&value[..kept]);
        field[kept..].fill(self.blank);
    }
}
