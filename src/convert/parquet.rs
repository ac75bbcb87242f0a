//! Records as Parquet: a column for every elementary field, lists for tables, groups for groups.
//!
//! ```text
//!   05 LINE-ITEM OCCURS 0 TO 3.          required group LINE-ITEM (LIST) {
//!      10 QTY   PIC S9(2).                 repeated group list {
//!      10 PRICE PIC S9(3)V99 COMP-3.         optional int32 QTY;
//!                                            optional int32 PRICE (DECIMAL(5,2)); } }
//! ```
//!
//! A field is optional: a record may end before it, or its bytes may be no number. A column's values carry levels as the
//! Dremel paper has them: the definition level says how much of the path is there, the repetition level which list goes on.

use std::path::Path;
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, FixedLenByteArray, FixedLenByteArrayType};
use parquet::data_type::{Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::parser::parse_message_type;

use super::export::{Running, Summary, Wanted, standing_of};
use super::flow::{Converted, Output, Seen as Progress};
use super::options::Readable;
use crate::codec::{Content, Decoder, FixedPoint, Leaf, Node, Policy, Seen, Sink};
use crate::copybook::FieldId;
use crate::dataset::{Reader, Written};
use crate::diag::{Diagnostic, Result, codes};
use crate::record::Block;
use crate::sys::hash::Xxh3;
use crate::sys::ordered;
use crate::sys::{Fs, PathError, WriteFile};

/// Bytes of records in a row group: what is held in memory before it is written.
const ROW_GROUP: usize = 64 << 20;

/// Records of one kind to Parquet.
pub fn data_to_parquet(
    fs: &dyn Fs,
    input: &Path,
    readable: &Readable,
    (wanted, running): (&Wanted, &Running),
    output: Output,
    seen: Progress<'_>,
) -> Result<Converted> {
    let Readable { form, format } = readable;
    if !form.kinds.is_single() {
        let message = "a Parquet file holds records of one kind";
        return Err(Diagnostic::error(codes::RUN013, message)
            .hint("choose one with --record NAME and --where, or write JSON Lines"));
    }
    let record = form.kinds.list()[0].record;
    let Some(root) = form.tree.records.get(record) else {
        return Err(Diagnostic::error(codes::RUN013, "the copybook has no record"));
    };
    let shape = Shape::new(root);
    let mut reader = Reader::open(fs, &form.dataset, input, format.clone())?;
    let mut writer = FileWriter::open(&shape, output)?;
    let mut total = Summary { kinds: vec![0], ..Summary::default() };
    let beyond = wanted.take.map(|take| wanted.skip.saturating_add(take));
    let next = || {
        let block = reader.next_block()?;
        Ok(block.filter(|block| beyond.is_none_or(|beyond| block.number(0) <= beyond)))
    };
    let work = |block: Block| {
        let mut decoder = Decoder::new(&form.tree, form.policy, form.natural);
        let mut rows = Rows::new(&shape);
        let mut written = 0;
        for (slot, bytes) in block.slots() {
            let origin = block.origin(&form.dataset, slot);
            form.kinds.of(bytes, standing_of(&block, slot), origin)?;
            if wanted.has(block.number(slot), bytes, origin)? {
                decoder.record(record, bytes, origin, &mut rows)?;
                written += 1;
            }
        }
        seen(block.len() as u64, block.size() as u64);
        Ok((rows.columns, decoder.findings, block.len() as u64, written, block.size()))
    };
    ordered(running.threads, next, work, |(columns, findings, records, written, size)| {
        total.records += records;
        total.written += written;
        total.kinds[0] += written;
        total.findings.add(&findings);
        writer.take(columns, size)
    })?;
    let (written, file) = writer.finish(total.written)?;
    total.bytes = written.bytes;
    Ok(Converted { summary: total, written, file, proven: None })
}

/// The columns of a record and the schema they make.
struct Shape {
    schema: String,
    columns: Vec<Column>,
}

/// A column.
struct Column {
    field: FieldId,
    kind: Kind,
    /// Definition level of a value.
    defined: i16,
}

/// How the values of a column are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Int32,
    Int64,
    /// 16 bytes, big-endian.
    Decimal,
    Double,
    Text,
}

impl Shape {
    fn new(root: &Node) -> Self {
        let mut shape = Shape { schema: "message record {\n".to_owned(), columns: Vec::new() };
        shape.members(root.members_or_self(), 0);
        shape.schema.push_str("}\n");
        shape
    }

    fn members(&mut self, nodes: &[Node], lists: i16) {
        for node in nodes.iter().filter(|node| !node.hidden) {
            match (&node.content, node.table.is_some()) {
                (Content::Group(members, true), _) => self.members(members, lists),
                (Content::Group(members, _), false) => {
                    self.schema.push_str(&format!("required group {} {{\n", node.name));
                    self.members(members, lists);
                    self.schema.push_str("}\n");
                }
                (Content::Group(members, _), true) => {
                    self.open_list(node);
                    self.members(members, lists + 1);
                    self.schema.push_str("}\n}\n}\n");
                }
                (Content::Leaf(leaf), true) => {
                    self.schema.push_str(&format!(
                        "required group {} (LIST) {{\nrepeated group list {{\n",
                        node.name
                    ));
                    self.leaf("element", leaf, lists + 1);
                    self.schema.push_str("}\n}\n");
                }
                (Content::Leaf(leaf), false) => self.leaf(&node.name, leaf, lists),
            }
        }
    }

    fn open_list(&mut self, node: &Node) {
        let list = "(LIST) {\nrepeated group list {\nrequired group element {\n";
        self.schema.push_str(&format!("required group {} {list}", node.name));
    }

    fn leaf(&mut self, name: &str, leaf: &Leaf, lists: i16) {
        let (kind, stored) = stored(leaf);
        let (physical, logical) = stored.split_once(' ').unwrap_or((&stored, ""));
        self.schema.push_str(&format!("optional {physical} {name} {logical};\n"));
        self.columns.push(Column { field: leaf.id, kind, defined: lists + 1 });
    }
}

/// The physical and logical type of a field.
fn stored(leaf: &Leaf) -> (Kind, String) {
    if leaf.is_float() {
        return (Kind::Double, "double".to_owned());
    }
    let Some((digits, scale)) = leaf.precision() else { return (Kind::Text, "binary (UTF8)".to_owned()) };
    // Digits that P stands for are zeros in front of the point.
    let digits = digits + u32::from((-scale).max(0).unsigned_abs());
    let scale = scale.max(0);
    let kind = match digits {
        0..=9 => Kind::Int32,
        10..=18 => Kind::Int64,
        _ => Kind::Decimal,
    };
    let logical = if scale == 0 && kind != Kind::Decimal {
        String::new()
    } else {
        format!(" (DECIMAL({},{scale}))", digits.clamp(1, 38))
    };
    let physical = match kind {
        Kind::Int32 => "int32",
        Kind::Int64 => "int64",
        _ => "fixed_len_byte_array(16)",
    };
    (kind, format!("{physical}{logical}"))
}

/// Values of a column with their levels.
#[derive(Clone, Debug, Default)]
struct Values {
    numbers: Vec<i128>,
    doubles: Vec<f64>,
    texts: Vec<u8>,
    ends: Vec<usize>,
    definitions: Vec<i16>,
    repetitions: Vec<i16>,
}

/// Collects the values of records, column by column.
struct Rows<'s> {
    shape: &'s Shape,
    columns: Vec<Values>,
    /// The column of each field, by its number.
    places: Vec<usize>,
    /// The lists that are open: the field and how many elements have begun.
    lists: Vec<(FieldId, usize)>,
    scratch: Vec<u8>,
}

impl<'s> Rows<'s> {
    fn new(shape: &'s Shape) -> Self {
        let top = shape.columns.iter().map(|column| column.field.0 as usize + 1).max().unwrap_or(0);
        let mut places = vec![usize::MAX; top];
        shape.columns.iter().enumerate().for_each(|(at, column)| places[column.field.0 as usize] = at);
        let columns = vec![Values::default(); shape.columns.len()];
        Rows { shape, columns, places, lists: Vec::new(), scratch: Vec::new() }
    }

    /// The list that goes on with the next value: the innermost one that is not at its first element.
    fn repetition(&self) -> i16 {
        let on = self.lists.iter().rposition(|(_, begun)| *begun > 1);
        on.map_or(0, |at| i16::try_from(at + 1).unwrap_or(i16::MAX))
    }

    fn begin_element(&mut self, node: &Node) {
        if node.table.is_some()
            && let Some((_, begun)) = self.lists.last_mut()
        {
            *begun += 1;
        }
    }

    fn levels(&mut self, at: usize, definition: i16) {
        let repetition = self.repetition();
        let values = &mut self.columns[at];
        values.definitions.push(definition);
        values.repetitions.push(repetition);
    }

    fn place(&self, leaf: &Leaf) -> Option<usize> {
        self.places.get(leaf.id.0 as usize).copied().filter(|at| *at != usize::MAX)
    }

    /// No value in any column of an item.
    fn nothing(&mut self, node: &Node, definition: i16) {
        if node.hidden {
            return;
        }
        match &node.content {
            Content::Leaf(leaf) => {
                if let Some(at) = self.place(leaf) {
                    self.levels(at, definition);
                }
            }
            Content::Group(members, _) => members.iter().for_each(|member| self.nothing(member, definition)),
        }
    }

    fn depth(&self) -> i16 {
        i16::try_from(self.lists.len()).unwrap_or(i16::MAX)
    }
}

impl Sink for Rows<'_> {
    fn open(&mut self, node: &Node) {
        self.begin_element(node);
    }

    fn close(&mut self, _node: &Node) {}

    fn open_table(&mut self, node: &Node) {
        self.lists.push((node.id, 0));
    }

    fn close_table(&mut self, node: &Node, count: usize) {
        self.lists.pop();
        if count == 0 {
            self.nothing(node, self.depth());
        }
    }

    fn value(&mut self, node: &Node, leaf: &Leaf, bytes: &[u8]) -> Seen {
        let Some(at) = self.place(leaf) else { return Seen::Canonical };
        let column = &self.shape.columns[at];
        let values = &mut self.columns[at];
        let seen = match column.kind {
            Kind::Text => {
                let seen = leaf.append(bytes, &mut values.texts);
                values.ends.push(values.texts.len());
                seen
            }
            Kind::Double => {
                self.scratch.clear();
                let seen = leaf.append(bytes, &mut self.scratch);
                if !matches!(seen, Seen::Bad(..)) {
                    let text = std::str::from_utf8(&self.scratch).unwrap_or_default();
                    values.doubles.push(text.parse().unwrap_or(f64::NAN));
                }
                seen
            }
            _ => match leaf.fixed_point(bytes) {
                Ok(FixedPoint { value, canonical }) => {
                    values.numbers.push(raised(value, leaf));
                    if canonical { Seen::Canonical } else { Seen::Odd }
                }
                Err((class, fault)) => Seen::Bad(class, fault),
            },
        };
        if !matches!(seen, Seen::Bad(..)) {
            self.begin_element(node);
            self.levels(at, column.defined);
        }
        seen
    }

    fn bad(&mut self, node: &Node, leaf: &Leaf, _bytes: &[u8], instead: Policy) {
        self.begin_element(node);
        let Some(at) = self.place(leaf) else { return };
        let (defined, kind) = (self.shape.columns[at].defined, self.shape.columns[at].kind);
        let zero = instead == Policy::Zero;
        match kind {
            Kind::Double if zero => self.columns[at].doubles.push(0.0),
            Kind::Int32 | Kind::Int64 | Kind::Decimal if zero => self.columns[at].numbers.push(0),
            _ => {}
        }
        self.levels(at, if zero && kind != Kind::Text { defined } else { defined - 1 });
    }

    fn absent(&mut self, node: &Node, _occurrences: usize) {
        let inside = self.lists.last().is_some_and(|(table, _)| *table == node.id);
        if inside {
            self.begin_element(node);
        }
        self.nothing(node, self.depth());
    }
}

/// The integer that is stored: with the zeros that P stands for.
fn raised(value: i128, leaf: &Leaf) -> i128 {
    let zeros = leaf.precision().map_or(0, |(_, scale)| (-scale).max(0).unsigned_abs());
    crate::decimal::pow10(u32::from(zeros)).and_then(|power| value.checked_mul(power)).unwrap_or(value)
}

/// The file, a row group at a time.
struct FileWriter<'s> {
    shape: &'s Shape,
    writer: SerializedFileWriter<Hashed>,
    waiting: Vec<Values>,
    size: usize,
}

impl<'s> FileWriter<'s> {
    fn open(shape: &'s Shape, output: Output) -> Result<Self> {
        let path = output.path.display().to_string();
        let schema = parse_message_type(&shape.schema).map_err(|error| failed(&path, &error))?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_created_by(format!("offhost {}", env!("CARGO_PKG_VERSION")))
            .build();
        let hashed = Hashed { file: output.file, hash: Xxh3::new(), bytes: 0 };
        let writer = SerializedFileWriter::new(hashed, Arc::new(schema), Arc::new(properties));
        let writer = writer.map_err(|error| failed(&path, &error))?;
        Ok(FileWriter { shape, writer, waiting: vec![Values::default(); shape.columns.len()], size: 0 })
    }

    fn take(&mut self, columns: Vec<Values>, size: usize) -> Result<()> {
        self.waiting.iter_mut().zip(columns).for_each(|(waiting, more)| waiting.append(more));
        self.size += size;
        if self.size >= ROW_GROUP { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<()> {
        self.size = 0;
        self.write_group().map_err(|error| failed("the output", &error))
    }

    fn write_group(&mut self) -> std::result::Result<(), ParquetError> {
        let mut group = self.writer.next_row_group()?;
        for (column, values) in self.shape.columns.iter().zip(&mut self.waiting) {
            if let Some(mut writer) = group.next_column()? {
                values.write(column, &mut writer)?;
                writer.close()?;
            }
            *values = Values::default();
        }
        group.close().map(|_| ())
    }

    fn finish(mut self, records: u64) -> Result<(Written, Box<dyn WriteFile>)> {
        if self.size > 0 {
            self.flush()?;
        }
        let hashed = self.writer.into_inner().map_err(|error| failed("the output", &error))?;
        let Hashed { file, hash, bytes } = hashed;
        Ok((Written { records, bytes, hash: hash.digest128(), ..Written::default() }, file))
    }
}

impl Values {
    fn append(&mut self, more: Values) {
        let base = self.texts.len();
        self.numbers.extend(more.numbers);
        self.doubles.extend(more.doubles);
        self.texts.extend(more.texts);
        self.ends.extend(more.ends.into_iter().map(|end| end + base));
        self.definitions.extend(more.definitions);
        self.repetitions.extend(more.repetitions);
    }

    fn write(
        &self,
        column: &Column,
        writer: &mut SerializedColumnWriter<'_>,
    ) -> std::result::Result<(), ParquetError> {
        let levels = (Some(self.definitions.as_slice()), Some(self.repetitions.as_slice()));
        // The kind was chosen by the digits of the field, which is what it is checked to hold.
        match column.kind {
            Kind::Int32 => {
                let values: Vec<i32> = self.numbers.iter().map(|value| *value as i32).collect();
                writer.typed::<Int32Type>().write_batch(&values, levels.0, levels.1)?;
            }
            Kind::Int64 => {
                let values: Vec<i64> = self.numbers.iter().map(|value| *value as i64).collect();
                writer.typed::<Int64Type>().write_batch(&values, levels.0, levels.1)?;
            }
            Kind::Decimal => {
                let bytes = |value: &i128| FixedLenByteArray::from(value.to_be_bytes().to_vec());
                let values: Vec<FixedLenByteArray> = self.numbers.iter().map(bytes).collect();
                writer.typed::<FixedLenByteArrayType>().write_batch(&values, levels.0, levels.1)?;
            }
            Kind::Double => {
                writer.typed::<DoubleType>().write_batch(&self.doubles, levels.0, levels.1)?;
            }
            Kind::Text => {
                let starts = std::iter::once(0).chain(self.ends.iter().copied());
                let text = |(start, end): (usize, &usize)| ByteArray::from(self.texts[start..*end].to_vec());
                let values: Vec<ByteArray> = starts.zip(&self.ends).map(text).collect();
                writer.typed::<ByteArrayType>().write_batch(&values, levels.0, levels.1)?;
            }
        }
        Ok(())
    }
}

/// A file that is written, with its size and hash.
struct Hashed {
    file: Box<dyn WriteFile>,
    hash: Xxh3,
    bytes: u64,
}

impl std::io::Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hash.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

fn failed(what: &str, error: &ParquetError) -> Box<Diagnostic> {
    let failure: std::io::Result<()> = Err(std::io::Error::other(error.to_string()));
    match failure.path_error("write", Path::new(what)) {
        Err(diagnostic) => diagnostic,
        Ok(()) => Diagnostic::error(codes::RUN004, error.to_string()),
    }
}
