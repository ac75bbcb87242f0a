//! What a file's records are, outside: their tree of values, their kinds, and the text they become.

use super::columns::Columns;
use super::csv_out::{self, CsvStyle};
use super::json_out::{self, Beside};
use super::lines::BETWEEN;
use crate::codec::{BadNumberPolicy, Decoder, Seen, Tree, append_hex_digits};
use crate::copybook::FieldId;
use crate::diag::Result;
use crate::expr::{Kinds, Meaning, RecordKind};
use crate::record::{Origin, locate};

/// A file's records as values.
#[derive(Clone, Debug)]
pub struct Form {
    /// Name of the dataset, for messages.
    pub dataset: String,
    /// The values of a record.
    pub tree: Tree,
    /// The kinds of records.
    pub kinds: Kinds,
    /// What conditions on its fields go by.
    pub meaning: Meaning,
    /// What bytes that are no number become.
    pub policy: BadNumberPolicy,
    /// The length of all records, if they have one.
    pub natural: Option<usize>,
}

/// The text that records become.
#[derive(Clone, Debug)]
pub enum TextForm {
    /// JSON Lines; whether with notes on what values do not say.
    Json {
        /// `_length`, `_raw` and `_frame` where they are needed.
        notes: bool,
    },
    /// CSV with a header.
    Csv {
        /// Its columns.
        columns: Columns,
        /// How it looks.
        style: CsvStyle,
    },
}

/// The keys of the last records that others may be children of, by kind, as the text form shows them.
#[derive(Clone, Debug, Default)]
pub(super) struct Ancestry {
    keys: Vec<Option<Vec<u8>>>,
}

impl Form {
    /// True if what a child knows of its parents has to be kept.
    pub fn has_parents(&self) -> bool {
        self.kinds.has_parents()
    }

    /// Names of the columns of parents' keys: `KIND.FIELD`.
    pub fn parent_columns(&self) -> Vec<String> {
        if !self.has_parents() {
            return Vec::new();
        }
        let layout = &self.tree.format.layout;
        let of_kind = |kind: &RecordKind| -> Vec<String> {
            kind.key.iter().map(|id| format!("{}.{}", kind.name, layout.field(*id).display_name())).collect()
        };
        self.kinds.list().iter().flat_map(of_kind).collect()
    }

    /// Keeps the key of a record that may have children, and forgets those below the one before it.
    pub(super) fn pass(&self, text: &TextForm, ancestry: &mut Ancestry, kind: usize, record: &[u8]) {
        let kinds = self.kinds.list();
        ancestry.keys.resize(kinds.len(), None);
        self.kinds.below(kind).for_each(|below| ancestry.keys[below] = None);
        if !kinds[kind].key.is_empty() {
            ancestry.keys[kind] = Some(self.key(text, kind, record));
        }
    }

    fn key(&self, text: &TextForm, kind: usize, record: &[u8]) -> Vec<u8> {
        let format = &self.tree.format;
        let kind = &self.kinds.list()[kind];
        let mut out = Vec::new();
        for &id in &kind.key {
            let mut value = Vec::new();
            let mut is_text = true;
            if let (Some(leaf), Ok(range)) =
                (self.tree.leaf(id), locate(&format.layout, format.page, record, id, &[]))
            {
                is_text = leaf.is_text();
                if matches!(leaf.append(&record[range], &mut value), Seen::Bad(..)) {
                    value.clear();
                }
            }
            match text {
                TextForm::Json { .. } => {
                    json_out::append_member(&mut out, self.name(id), &value, is_text);
                }
                TextForm::Csv { style, .. } => {
                    csv_out::append_cell(&value, style.delimiter, &mut out);
                    out.push(style.delimiter);
                }
            }
        }
        out
    }

    fn name(&self, id: FieldId) -> &str {
        self.tree.format.layout.field(id).display_name()
    }

    /// What stands of its parents beside a record.
    fn parents(&self, text: &TextForm, ancestry: &Ancestry, kind: usize, out: &mut Vec<u8>) {
        let kinds = self.kinds.list();
        let is_ancestor = |at: usize| self.kinds.ancestors(kind).any(|other| other == at);
        for (index, other) in kinds.iter().enumerate() {
            let key = ancestry.keys.get(index).and_then(Option::as_ref).filter(|_| is_ancestor(index));
            match (text, key) {
                (TextForm::Json { .. }, Some(key)) => json_out::append_object(out, &other.name, key),
                (TextForm::Json { .. }, None) => {}
                (TextForm::Csv { .. }, Some(key)) => out.extend_from_slice(key),
                (TextForm::Csv { style, .. }, None) => {
                    out.extend(std::iter::repeat_n(style.delimiter, other.key.len()));
                }
            }
        }
    }

    /// Appends a line for bytes that belong to no record.
    pub(super) fn append_between(&self, text: &TextForm, bytes: &[u8], out: &mut Vec<u8>) {
        let mut frame = vec![BETWEEN as u8];
        append_hex_digits(bytes, &mut frame);
        match text {
            TextForm::Json { .. } => {
                out.extend_from_slice(b"{\"_frame\":\"");
                out.extend_from_slice(&frame);
                out.extend_from_slice(b"\"}\n");
            }
            TextForm::Csv { columns, style } => {
                let cells = columns.names(style.notes).count();
                out.extend(std::iter::repeat_n(style.delimiter, cells.saturating_sub(1)));
                out.extend_from_slice(&frame);
                out.push(b'\n');
            }
        }
    }

    /// Appends a record of a kind as a line.
    #[inline]
    pub(super) fn append(
        &self,
        text: &TextForm,
        decoder: &mut Decoder<'_>,
        record: (usize, &[u8], Origin<'_>),
        around: (&Ancestry, Option<&str>),
        out: &mut Vec<u8>,
    ) -> Result<()> {
        let ((kind, bytes, origin), (ancestry, frame)) = (record, around);
        let mut parents = Vec::new();
        if self.has_parents() {
            self.parents(text, ancestry, kind, &mut parents);
        }
        match text {
            TextForm::Json { notes } => {
                let described = &self.kinds.list()[kind];
                let beside = Beside {
                    kind: (!self.kinds.is_single()).then_some(described.name.as_str()),
                    parent: described.parent.map(|_| parents.as_slice()),
                    frame,
                    notes: *notes,
                };
                json_out::append_record(decoder, described.record, bytes, origin, beside, out)
            }
            TextForm::Csv { columns, style } => {
                let around = csv_out::Around { parents: &parents, frame };
                csv_out::append_record(decoder, columns, (kind, bytes, origin), around, *style, out)
            }
        }
    }
}
