//! Sides made of files, and the keys that pair their records.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};

use super::engine::Pairing;
use super::fields::Fields;
use super::rule_texts::in_words;
use super::side::{Blocks, Side, Which};
use crate::convert::{Around, Chunks, Form, Readable, Records, TextForm, import};
use crate::copybook::{FieldId, Layout};
use crate::dataset::Reader;
use crate::diag::{Diagnostic, Diagnostics, Result, Source, Span, codes};
use crate::expr::{Compiler, FieldRef, Scope, field_named};
use crate::key::Key;
use crate::record::Block;
use crate::sys::{Fs, PathError};

/// Blocks made of text that may wait to be taken.
const QUEUE: usize = 4;

impl Side {
    /// A side that is a data file.
    pub fn data(fs: &'static dyn Fs, name: &str, path: &Path, readable: Readable) -> Side {
        let Readable { form, format } = readable;
        let (file, described, dataset) = (path.to_owned(), format.clone(), name.to_owned());
        let open = move || -> Result<Blocks> {
            let mut reader = Reader::open(fs, &dataset, &file, described.clone())?;
            Ok(Box::new(move || reader.next_block()))
        };
        let bytes = fs.meta(path).ok().map(|meta| meta.length);
        Side::described(name, form, format).reading(bytes, open)
    }

    /// A side that is CSV or JSON Lines: its records are those that the text stands for.
    pub fn text(
        fs: &'static dyn Fs,
        name: &str,
        path: &Path,
        readable: Readable,
        text: TextForm,
    ) -> Result<Side> {
        let lacks = match &text {
            TextForm::Csv { style, .. } => lacking(&first_line(fs, path)?, style.delimiter, &readable.form),
            TextForm::Json { .. } => Vec::new(),
        };
        let Readable { form, format } = readable;
        let (file, shared, text) = (path.to_owned(), Arc::new(form.clone()), Arc::new(text));
        let open = move || Ok(text_blocks(fs, file.clone(), Arc::clone(&shared), Arc::clone(&text)));
        let bytes = fs.meta(path).ok().map(|meta| meta.length);
        Ok(Side { name: name.to_owned(), form, format, open: Box::new(open), bytes, from_text: true, lacks })
    }
}

/// Reads a text on a thread of its own.
fn text_blocks(fs: &'static dyn Fs, path: PathBuf, form: Arc<Form>, text: Arc<TextForm>) -> Blocks {
    let (sender, blocks) = sync_channel(QUEUE);
    std::thread::spawn(move || {
        let end = send_blocks(fs, &path, &form, &text, &sender);
        // Whoever no longer listens does not care for the error either.
        if let Err(error) = end {
            let _ = sender.send(Err(error));
        }
    });
    Box::new(move || blocks.recv().ok().transpose())
}

fn send_blocks(
    fs: &dyn Fs,
    path: &Path,
    form: &Form,
    text: &TextForm,
    sender: &SyncSender<Result<Block>>,
) -> Result<()> {
    let file = fs.open(path).path_error("read", path)?;
    let chunks = Chunks::new(file, &path.display().to_string(), matches!(text, TextForm::Csv { .. }));
    let mut number = 1;
    let put = |records: Records| {
        let block = block(&records, form.natural).numbered_from(number);
        number += block.len() as u64;
        if block.is_empty() {
            return Ok(());
        }
        let gone = || Diagnostic::error(codes::DIF002, "nobody listens");
        sender.send(Ok(block)).map_err(|_| gone())
    };
    import(form, text, 1, chunks, put, &|_, _| {})
}

/// The records; bytes between records are left out.
fn block(records: &Records, length: Option<usize>) -> Block {
    let kept = || records.list().filter(|(_, around)| **around != Around::NoRecord).map(|(record, _)| record);
    let fixed = length.filter(|length| kept().all(|record| record.len() == *length));
    let mut block = Block::empty(fixed);
    kept().for_each(|record| block.push(record));
    block
}

fn first_line(fs: &dyn Fs, path: &Path) -> Result<String> {
    let file = fs.open(path).path_error("read", path)?;
    let mut chunks = Chunks::new(file, &path.display().to_string(), true);
    let text = chunks.next_chunk()?.map(|chunk| chunk.text).unwrap_or_default();
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    Ok(String::from_utf8_lossy(line).trim_start_matches('\u{FEFF}').trim_end().to_owned())
}

/// Fields for which a header has no column.
fn lacking(header: &str, delimiter: u8, form: &Form) -> Vec<FieldId> {
    let last = |cell: &str| {
        let name = cell.trim().trim_matches('"');
        let name = name.rsplit('.').next().unwrap_or(name);
        name.split(['(', '[']).next().unwrap_or(name).trim().to_ascii_uppercase()
    };
    let columns: HashSet<String> = header.split(char::from(delimiter)).map(last).collect();
    let layout = &form.tree.format.layout;
    let elementary = layout.fields().filter(|(_, field)| field.children.is_empty() && field.name.is_some());
    elementary
        .filter(|(_, field)| !columns.contains(&field.display_name().to_ascii_uppercase()))
        .map(|(id, _)| id)
        .collect()
}

/// Compiles the key: fields by their names on the left.
pub fn key_pairing(
    fields: &Fields,
    left: &Side,
    right: &Side,
    names: &[Span],
) -> std::result::Result<Pairing, Diagnostics> {
    let mut found = Diagnostics::new();
    let (mut ours, mut theirs, mut columns) = (Vec::new(), Vec::new(), Vec::new());
    for span in names {
        let Some(field) = found.take(compiled(left, span)) else { continue };
        let name = partner_name(fields, right, field.id, span);
        let Some(partner) = found.take(of_theirs(right, &name, span)) else { continue };
        let read = [(left, field.id), (right, partner.id)].map(|(side, id)| is_read(side, id, span));
        if read.into_iter().any(|read| found.take(read).is_none()) {
            continue;
        }
        columns.extend(columns_of(fields, left, field.id));
        ours.push(field);
        theirs.push(partner);
    }
    if found.has_errors() {
        return Err(found);
    }
    let keys = found.take(Key::pair_by_value(ours, theirs, names));
    found
        .into_result(())
        .and_then(|()| keys.map(|keys| Pairing::Key(Box::new(keys), columns)).ok_or_else(Diagnostics::new))
}

/// The partner of a field of the key in their copybook, which may be another one than ours.
fn of_theirs(right: &Side, name: &Span, ours: &Span) -> Result<FieldRef> {
    let layout = &right.form.tree.format.layout;
    if !name.text().contains('(') && field_named(layout, name).is_err() {
        let message = format!("the copybook of {} has no field {}", right.name, name.text());
        return Err(Diagnostic::error(codes::DIF001, message).at(ours, "").hint(format!(
            "a field that is called otherwise there is paired with --renamed {}=NAME, or renamed: in the rules",
            ours.text()
        )));
    }
    compiled(right, name)
}

/// A text may not have all fields of its copybook; one without the key pairs nothing.
fn is_read(side: &Side, id: FieldId, name: &Span) -> Result<()> {
    let layout = &side.form.tree.format.layout;
    let is_inside = |lacking: &FieldId| {
        std::iter::successors(Some(*lacking), |id| layout.field(*id).parent).any(|above| above == id)
    };
    let Some(lacking) = side.lacks.iter().find(|lacking| is_inside(lacking)) else { return Ok(()) };
    let message =
        format!("{} has no column {}, which is of the key", side.name, layout.field(*lacking).display_name());
    Err(Diagnostic::error(codes::DIF001, message)
        .at(name, "")
        .hint("write the file with that column, or pair by other fields, --position or --multiset"))
}

fn compiled(side: &Side, name: &Span) -> Result<FieldRef> {
    let layout = &side.form.tree.format.layout;
    if !name.text().contains('(') {
        field_named(layout, name).map_err(in_words)?;
    }
    let scope = Scope::single_with("RECORD", side.form.tree.format.clone(), side.form.meaning.clone());
    Compiler::new(&scope).field(name)
}

/// The name on the right of a field of the left.
fn partner_name(fields: &Fields, right: &Side, id: FieldId, span: &Span) -> Span {
    let column = fields.column(Which::Left, id).and_then(|column| fields.columns.get(column as usize));
    let Some(partner) = column.and_then(|column| column.leaves[1].as_ref()) else { return span.clone() };
    let layout = &right.form.tree.format.layout;
    let own = layout.field(partner.id).name.as_deref().unwrap_or_default();
    if span.text().trim().eq_ignore_ascii_case(own) || span.text().contains('(') {
        return span.clone();
    }
    let text = qualified(layout, partner.id);
    let source = Source::new(span.source().name(), text.clone());
    Span::new(&source, 0..text.len())
}

/// `NAME OF GROUP OF GROUP`.
fn qualified(layout: &Layout, id: FieldId) -> String {
    let names = std::iter::successors(Some(id), |id| layout.field(*id).parent);
    let names: Vec<&str> = names.filter_map(|id| layout.field(id).name.as_deref()).collect();
    names.join(" OF ")
}

fn columns_of(fields: &Fields, left: &Side, id: FieldId) -> Vec<u32> {
    let layout = &left.form.tree.format.layout;
    let within = |field: FieldId| {
        std::iter::successors(Some(field), |id| layout.field(*id).parent).any(|above| above == id)
    };
    let inside = layout.fields().map(|(field, _)| field).filter(|field| within(*field));
    inside.filter_map(|field| fields.column(Which::Left, field)).collect()
}
