//! The order that transactions must come in.

use std::cmp::Ordering;

use super::super::program::{Program, SequenceCheck};
use super::super::state::Current;
use super::Engine;
use crate::diag::{Diagnostic, Result, codes};

impl Engine {
    /// True if a transaction comes where its key belongs, false if it is to be rejected. One that is out of order leaves no
    /// trace: the next is held against the one before it.
    pub(super) fn in_sequence(&mut self, program: &Program, current: &Current<'_>) -> Result<bool> {
        let Some(check) = &program.sequence else { return Ok(true) };
        let mut key = Vec::with_capacity(check.key.length());
        check.key.encode(&self.view(current), &mut key)?;
        if let Some((last, number)) = &self.last_key {
            let order = last.as_slice().cmp(&key);
            if order == Ordering::Greater || (order == Ordering::Equal && check.unique) {
                return match check.reject {
                    Some(_) => Ok(false),
                    None => Err(self.out_of_sequence(check, order, *number, current)),
                };
            }
        }
        self.last_key = Some((key, current.origin.record.unwrap_or_default()));
        Ok(true)
    }

    pub(super) fn reject_out_of_sequence(&mut self, program: &Program) {
        let Some(check) = &program.sequence else { return };
        let field = check.key.parts().first().map_or("", |part| part.field.name());
        if let Some(reason) = &check.reject {
            self.note_reject(reason, "sequence", field);
        }
    }

    #[cold]
    fn out_of_sequence(
        &self,
        check: &SequenceCheck,
        order: Ordering,
        last: u64,
        current: &Current<'_>,
    ) -> Box<Diagnostic> {
        let names: Vec<&str> = check.key.parts().iter().map(|part| part.field.name()).collect();
        let (names, dataset) = (names.join(", "), current.origin.dataset);
        let message = match order {
            Ordering::Equal => format!("two transactions of {dataset} have one key ({names})"),
            _ => format!("dataset {dataset} is not in the order of its sequence ({names})"),
        };
        let error = Diagnostic::error(codes::DAT007, message);
        let view = self.view(current);
        let place = check.key.parts().first().and_then(|part| {
            let (field, range) = (&part.field, part.field.range(&view).ok()?);
            let bytes = field.bytes(&view).ok()?;
            Some(current.origin.place(&field.format, Some(field.id), range.start, bytes))
        });
        let error = match place {
            Some(place) => error.in_data(place),
            None => error.in_data(current.origin.of_record(current.record)),
        };
        error
            .note(format!("it was held against record {last}"))
            .hint("sort the dataset first, or reject what is out of order (out-of-order: reject)")
    }
}
