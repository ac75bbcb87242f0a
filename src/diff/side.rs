//! One of the two datasets that are compared.

use crate::convert::Form;
use crate::copybook::FieldId;
use crate::dataset::DatasetFormat;
use crate::diag::Result;
use crate::record::Block;

/// The blocks of a dataset, one by one; `None` at the end.
pub type Blocks = Box<dyn FnMut() -> Result<Option<Block>> + Send>;

/// One of the two datasets: what its records are, and how to read them, as often as need be.
pub struct Side {
    /// Name for reports: a path, or a dataset of a job.
    pub name: String,
    /// Its records as values. Unnamed fields must be among them.
    pub form: Form,
    /// How its records lie in their file.
    pub format: DatasetFormat,
    /// Begins to read it.
    pub open: Box<dyn Fn() -> Result<Blocks> + Send + Sync>,
    /// Bytes of it, as far as known.
    pub bytes: Option<u64>,
    /// True if its records were made from text (CSV, JSON Lines), which does not say what is in unnamed fields.
    pub from_text: bool,
    /// Fields that the text does not have.
    pub lacks: Vec<FieldId>,
}

impl Side {
    /// A side of which only the description counts: it has no records.
    pub fn described(name: &str, form: Form, format: DatasetFormat) -> Side {
        let open = || -> Result<Blocks> { Ok(Box::new(|| Ok(None))) };
        Side {
            name: name.to_owned(),
            form,
            format,
            open: Box::new(open),
            bytes: None,
            from_text: false,
            lacks: Vec::new(),
        }
    }

    /// The same side with its records.
    #[must_use]
    pub fn reading(
        self,
        bytes: Option<u64>,
        open: impl Fn() -> Result<Blocks> + Send + Sync + 'static,
    ) -> Side {
        Side { open: Box::new(open), bytes, ..self }
    }
}

impl std::fmt::Debug for Side {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Side").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Left or right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// Ours.
    Left,
    /// Theirs.
    Right,
}

impl Which {
    /// 0 or 1.
    pub fn index(self) -> usize {
        self as usize
    }
}
