//! The resolved record map: every field with offset, length and shape.

use std::sync::Arc;

use crate::decimal::Decimal;
use crate::diag::Span;
use crate::encoding::ByteOrder;
use crate::encoding::edited::{EditMask, FloatMask, TextMask};

use super::names::NameIndex;
use super::options::CompilerOptions;

/// Qualified names shown for a name that means several items.
const MAX_PATHS: usize = 20;

/// Index of a [`Field`] in its [`Layout`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldId(pub u32);

/// A copybook with all offsets and lengths resolved.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    pub(super) fields: Vec<Field>,
    pub(super) conditions: Vec<Condition>,
    pub(super) length: usize,
    pub(super) length_min: usize,
    /// Bytes of a record before and behind its fields, see [`Layout::within`].
    pub(super) head: usize,
    pub(super) tail: usize,
    pub(super) compiler: CompilerOptions,
    pub(super) index: NameIndex,
}

/// A data item, elementary or group.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Data name in upper case; `None` for FILLER and unnamed items.
    pub name: Option<String>,
    /// Level number: 1-49, 66 or 77.
    pub level: u8,
    /// The group it belongs to.
    pub parent: Option<FieldId>,
    /// Subordinate items in order, redefinitions included; 66 items are not children.
    pub children: Vec<FieldId>,
    /// Bytes from the start of the record to occurrence 1, with every table at its maximum.
    pub offset: usize,
    /// Bytes of one occurrence, with every table inside at its maximum.
    pub length: usize,
    /// The same offset with every DEPENDING ON table before it at its minimum.
    pub offset_min: usize,
    /// Bytes of one occurrence with every DEPENDING ON table inside at its minimum.
    pub length_min: usize,
    /// Slack bytes that SYNCHRONIZED puts before the item, outside it.
    pub slack: usize,
    /// Slack bytes at the end of each occurrence of a group, part of its length.
    pub padding: usize,
    /// What the bytes mean.
    pub shape: Shape,
    /// USAGE as COBOL says it; empty for a group.
    pub(super) usage: &'static str,
    /// OCCURS of this very item.
    pub occurs: Option<Occurs>,
    /// Every OCCURS that a reference must subscript, outermost first, this item's own included.
    pub dims: Vec<Dim>,
    /// The item whose storage this one redefines (the first of a chain).
    pub redefines: Option<FieldId>,
    /// True if the offset or the length depends on a DEPENDING ON counter, so that the record must be walked.
    pub moving: bool,
    /// How the characters of an edited item come about.
    pub edit: Option<Edit>,
    /// The PICTURE character-string as written, in upper case.
    pub picture: Option<String>,
    /// VALUE, for an initial record.
    pub value: Option<Literal>,
    /// JUSTIFIED RIGHT.
    pub justified: bool,
    /// BLANK WHEN ZERO.
    pub blank_when_zero: bool,
    /// Where the entry stands.
    pub span: Span,
}

/// The mask of an edited item.
#[derive(Clone, Debug, PartialEq)]
pub enum Edit {
    /// Numeric-edited.
    Number(Arc<EditMask>),
    /// External floating point.
    Float(FloatMask),
    /// Alphanumeric-edited or national-edited.
    Text(Arc<TextMask>),
}

/// OCCURS min TO max DEPENDING ON counter; a fixed table has `min == max` and no counter.
#[derive(Clone, Debug, PartialEq)]
pub struct Occurs {
    /// Fewest occurrences.
    pub min: u32,
    /// Most occurrences.
    pub max: u32,
    /// The counter.
    pub depending_on: Option<FieldId>,
    /// What its entries are in order of, the major key first.
    pub keys: Vec<TableKey>,
}

/// An item of a KEY phrase (Language Reference, "ASCENDING KEY and DESCENDING KEY phrases").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableKey {
    /// The item: the table itself, or one in it.
    pub field: FieldId,
    /// True if entries with higher values come first.
    pub descending: bool,
}

/// One level of subscripting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dim {
    /// The field that carries the OCCURS.
    pub table: FieldId,
    /// Bytes from one occurrence to the next, at maximum sizes.
    pub stride: usize,
    /// Most occurrences.
    pub max: u32,
}

/// What the bytes of a field mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A group: its bytes as they are, compared and moved as text.
    Group,
    /// PIC X or A, edited by B, 0 and / or not: characters of the code page.
    Text,
    /// A number.
    Number(NumberShape),
    /// A numeric-edited item: the characters that a number is shown by.
    Edited(EditedShape),
    /// COMP-1 or COMP-2: floating point.
    Float(FloatWidth),
    /// PIC N, USAGE NATIONAL: UTF-16, two bytes a code unit.
    National,
    /// PIC G or N, USAGE DISPLAY-1: double-byte characters of the code page, without shifts.
    Dbcs,
    /// PIC U: UTF-8.
    Utf8,
    /// INDEX, POINTER and their kin: bytes that mean something to the program only.
    Address,
}

/// PICTURE, USAGE and SIGN of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NumberShape {
    /// Digit positions in the PICTURE, 1-38; P is not one.
    pub digits: u8,
    /// Decimals: value = stored integer / 10^scale. Negative for P on the right.
    pub scale: i8,
    /// S in the PICTURE.
    pub signed: bool,
    /// How the digits are stored.
    pub usage: Usage,
}

/// The number that a numeric-edited item can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EditedShape {
    /// Digit positions, those of suppressed zeros and floating signs included.
    pub digits: u8,
    /// Decimals; negative for P on the right.
    pub scale: i8,
    /// A sign can be shown.
    pub signed: bool,
    /// External floating point: mantissa and exponent as text.
    pub exponent: bool,
}

/// Length of a floating-point item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FloatWidth {
    /// COMP-1: 4 bytes.
    Short,
    /// COMP-2: 8 bytes.
    Long,
}

impl FloatWidth {
    /// Bytes.
    pub fn length(self) -> usize {
        match self {
            FloatWidth::Short => 4,
            FloatWidth::Long => 8,
        }
    }
}

/// Storage of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Usage {
    /// USAGE DISPLAY: a digit a byte.
    Zoned(SignPlace),
    /// USAGE NATIONAL: a digit a UTF-16 code unit; a sign has a unit of its own.
    National(SignPlace),
    /// COMP-3, PACKED-DECIMAL: two digits a byte, sign in the last nibble.
    Packed,
    /// COMP-6: two digits a byte, no sign.
    PackedUnsigned,
    /// COMP, COMP-4, COMP-5, BINARY: two's complement.
    Binary(BinaryForm),
}

/// Storage of a binary number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BinaryForm {
    /// Bytes, 1 to 16.
    pub length: u8,
    /// Order of the bytes; big-endian on z/OS.
    pub order: ByteOrder,
    /// True if it holds whatever its bytes can hold (COMP-5, TRUNC(BIN)), false if it is cut to its PICTURE on store
    /// (TRUNC(STD)).
    pub native: bool,
}

impl BinaryForm {
    /// The form of IBM Enterprise COBOL: 2, 4 or 8 bytes for up to 4, 9 and 18 digits (Language Reference, "Computational
    /// items"), 16 beyond.
    pub fn ibm(digits: u8, native: bool) -> Self {
        let length = match digits {
            0..=4 => 2,
            5..=9 => 4,
            10..=18 => 8,
            _ => 16,
        };
        BinaryForm { length, order: ByteOrder::Big, native }
    }
}

/// Where a zoned number keeps its sign. Without S in the PICTURE it is `Trailing` and has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignPlace {
    /// In the zone of the last byte; the default.
    Trailing,
    /// In the zone of the first byte.
    Leading,
    /// A byte of its own after the digits.
    TrailingSeparate,
    /// A byte of its own before the digits.
    LeadingSeparate,
}

/// A literal or figurative constant.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// `'text'`.
    Text(String),
    /// `12.50`.
    Number(Decimal),
    /// `X'C1C2'`.
    Hex(Vec<u8>),
    /// SPACE, SPACES.
    Spaces,
    /// ZERO, ZEROS, ZEROES.
    Zeros,
    /// LOW-VALUE, LOW-VALUES.
    LowValues,
    /// HIGH-VALUE, HIGH-VALUES.
    HighValues,
    /// QUOTE, QUOTES.
    Quotes,
    /// ALL 'text'.
    All(String),
    /// `N'text'`, `G'text'`, `U'text'`: text of another class than alphanumeric.
    Classed(LiteralClass, String),
    /// `Z'text'`: the text and a byte X'00' behind it.
    ZeroEnded(String),
    /// A floating-point literal that is too large or too small for a decimal: mantissa times 10 to the exponent.
    Float {
        /// The digits with their point.
        mantissa: Decimal,
        /// The power of ten.
        exponent: i16,
    },
    /// NULL, NULLS: the address of nothing.
    Null,
}

/// The class of a literal that is not alphanumeric (Language Reference, "Literals").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LiteralClass {
    /// `N'..'` and `NX'..'`.
    National,
    /// `G'..'`.
    Dbcs,
    /// `U'..'` and `UX'..'`.
    Utf8,
}

/// Bytes without a name that SYNCHRONIZED makes the compiler insert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slack {
    /// The group they are in; in each of its occurrences if it is in a table.
    pub parent: Option<FieldId>,
    /// The item they stand before; `None` if they end the group.
    pub before: Option<FieldId>,
    /// Bytes from the start of the record, as for a field.
    pub offset: usize,
    /// Number of bytes.
    pub length: usize,
}

/// A condition name (level 88).
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// Condition name in upper case.
    pub name: String,
    /// The item it tests.
    pub field: FieldId,
    /// True if the item has any of these values.
    pub values: Vec<ConditionValue>,
    /// What SET TO FALSE moves to the item (WHEN SET TO FALSE).
    pub when_false: Option<Literal>,
    /// Where the entry stands.
    pub span: Span,
}

/// One value of a condition name, or an inclusive range.
#[derive(Clone, Debug, PartialEq)]
pub struct ConditionValue {
    /// The value, or the low end of the range.
    pub low: Literal,
    /// The high end after THRU.
    pub high: Option<Literal>,
}

/// Why a name does not lead to one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NameError {
    /// No such name; [`Layout::nearest_name`] may say which one was meant.
    Unknown,
    /// Several fields; their qualified names.
    Ambiguous {
        /// The candidates.
        paths: Vec<String>,
    },
}

impl Layout {
    /// Two records laid one after the other, as a match writes its pairs: each becomes a group under the given name, so
    /// that `FIELD OF NAME` tells equal field names apart. The left record takes its full length.
    pub fn joined(left: (&str, &Layout), right: (&str, &Layout)) -> Layout {
        let mut joined = Layout {
            fields: Vec::new(),
            conditions: Vec::new(),
            length: 0,
            length_min: 0,
            head: 0,
            tail: right.1.tail,
            compiler: left.1.compiler,
            index: NameIndex::default(),
        };
        for (name, layout) in [left, right] {
            joined.append(name, layout);
        }
        joined.length_min = left.1.length + right.1.length_min;
        joined.index = NameIndex::new(&joined.fields, &joined.conditions);
        joined
    }

    /// Appends a record under a group of its own.
    fn append(&mut self, name: &str, layout: &Layout) {
        let Some(span) = layout.fields.first().map(|field| field.span.clone()) else { return };
        let group = FieldId(self.fields.len() as u32);
        let shift = |id: FieldId| FieldId(id.0 + group.0 + 1);
        let base = self.length;
        self.fields.push(Field {
            name: Some(name.to_ascii_uppercase()),
            level: 1,
            parent: None,
            children: layout.roots().map(|(id, _)| shift(id)).collect(),
            offset: base,
            length: layout.length,
            offset_min: base,
            length_min: layout.length_min,
            slack: 0,
            padding: 0,
            shape: Shape::Group,
            usage: "",
            occurs: None,
            dims: Vec::new(),
            redefines: None,
            moving: layout.is_variable(),
            edit: None,
            picture: None,
            value: None,
            justified: false,
            blank_when_zero: false,
            span,
        });
        for field in &layout.fields {
            let mut field = field.clone();
            field.offset += base;
            field.offset_min += base;
            field.parent = Some(field.parent.map_or(group, shift));
            field.children.iter_mut().for_each(|id| *id = shift(*id));
            field.redefines = field.redefines.map(shift);
            field.dims.iter_mut().for_each(|dim| dim.table = shift(dim.table));
            if let Some(occurs) = &mut field.occurs {
                occurs.depending_on = occurs.depending_on.map(shift);
                occurs.keys.iter_mut().for_each(|key| key.field = shift(key.field));
            }
            self.fields.push(field);
        }
        let conditions = layout.conditions.iter().cloned();
        self.conditions.extend(conditions.map(|mut condition| {
            condition.field = shift(condition.field);
            condition
        }));
        self.length += layout.length;
    }

    /// A field by its id.
    pub fn field(&self, id: FieldId) -> &Field {
        &self.fields[id.0 as usize]
    }

    /// All fields in the order of the copybook, groups before their members.
    pub fn fields(&self) -> impl Iterator<Item = (FieldId, &Field)> {
        self.fields.iter().enumerate().map(|(index, field)| (FieldId(index as u32), field))
    }

    /// All condition names.
    pub fn conditions(&self) -> &[Condition] {
        &self.conditions
    }

    /// Bytes of the longest record: all tables at their maximum, the longest of several 01 levels.
    pub fn length(&self) -> usize {
        self.length
    }

    /// Bytes of the shortest record: all DEPENDING ON tables at their minimum, the shortest of several 01 levels.
    pub fn length_min(&self) -> usize {
        self.length_min
    }

    /// True if records of this layout differ in length.
    pub fn is_variable(&self) -> bool {
        self.length_min != self.length
    }

    /// The 01 and 77 levels.
    pub fn roots(&self) -> impl Iterator<Item = (FieldId, &Field)> {
        self.fields().filter(|(_, field)| field.parent.is_none() && field.level != 66)
    }

    /// The compiler and its options that the lengths follow.
    pub fn compiler(&self) -> &CompilerOptions {
        &self.compiler
    }

    /// The slack bytes of SYNCHRONIZED in the order of the copybook.
    pub fn slack(&self) -> impl Iterator<Item = Slack> {
        self.fields().flat_map(|(id, field)| {
            let before = Slack {
                parent: field.parent,
                before: Some(id),
                offset: field.offset.saturating_sub(field.slack),
                length: field.slack,
            };
            let end = field.offset + field.length;
            let behind = Slack {
                parent: Some(id),
                before: None,
                offset: end.saturating_sub(field.padding),
                length: field.padding,
            };
            [before, behind].into_iter().filter(|slack| slack.length > 0)
        })
    }

    /// The one field that `name OF qualifier OF qualifier` means. Names compare without regard to case; qualifiers go
    /// outward and may skip levels (Language Reference, "Uniqueness of reference").
    pub fn find(&self, name: &str, qualifiers: &[&str]) -> Result<FieldId, NameError> {
        let called = self.index.fields(&self.fields, name).iter().copied();
        let mut found = called.filter(|id| self.is_within(self.field(*id).parent, qualifiers));
        let Some(first) = found.next() else {
            return Err(NameError::Unknown);
        };
        let mut paths: Vec<String> = found.take(MAX_PATHS - 1).map(|id| self.path(id)).collect();
        if paths.is_empty() {
            return Ok(first);
        }
        paths.insert(0, self.path(first));
        Err(NameError::Ambiguous { paths })
    }

    /// All fields that `name OF qualifier` can mean.
    pub fn find_all(&self, name: &str, qualifiers: &[&str]) -> Vec<FieldId> {
        let called = self.index.fields(&self.fields, name).iter().copied();
        called.filter(|id| self.is_within(self.field(*id).parent, qualifiers)).collect()
    }

    /// The 01 or 77 level that a field belongs to.
    pub fn root_of(&self, id: FieldId) -> FieldId {
        std::iter::successors(Some(id), |id| self.field(*id).parent).last().unwrap_or(id)
    }

    /// The one condition name that `name OF qualifier` means.
    pub fn find_condition(&self, name: &str, qualifiers: &[&str]) -> Result<&Condition, NameError> {
        let called = self.index.conditions(&self.conditions, name).iter();
        let mut found = called
            .map(|&at| &self.conditions[at as usize])
            .filter(|condition| self.is_within(Some(condition.field), qualifiers));
        let Some(first) = found.next() else {
            return Err(NameError::Unknown);
        };
        let path = |c: &Condition| format!("{} OF {}", c.name, self.path(c.field));
        let mut paths: Vec<String> = found.take(MAX_PATHS - 1).map(path).collect();
        if paths.is_empty() {
            return Ok(first);
        }
        paths.insert(0, path(first));
        Err(NameError::Ambiguous { paths })
    }

    /// The name with all its qualifiers: `NAME OF GROUP OF RECORD`.
    pub fn path(&self, id: FieldId) -> String {
        let mut parts = Vec::new();
        let mut at = Some(id);
        while let Some(id) = at {
            parts.push(self.field(id).display_name());
            at = self.field(id).parent;
        }
        parts.join(" OF ")
    }

    /// The closest data or condition name, for a hint.
    pub fn nearest_name(&self, name: &str) -> Option<String> {
        let names = self.fields.iter().filter_map(|field| field.name.as_deref());
        crate::diag::nearest(name, names.chain(self.conditions.iter().map(|c| c.name.as_str())))
            .map(str::to_owned)
    }

    /// True if the qualifiers name groups at or above `at`, from the inside outward.
    fn is_within(&self, mut at: Option<FieldId>, qualifiers: &[&str]) -> bool {
        for qualifier in qualifiers {
            loop {
                let Some(id) = at else { return false };
                at = self.field(id).parent;
                if self.field(id).name.as_deref().is_some_and(|n| n.eq_ignore_ascii_case(qualifier)) {
                    break;
                }
            }
        }
        true
    }
}

impl Field {
    /// The data name, or FILLER.
    pub fn display_name(&self) -> &str {
        self.name.as_deref().unwrap_or("FILLER")
    }

    /// True if another field has the same name, place and meaning, as the record types of several 01 levels have.
    pub fn is_twin(&self, other: &Field) -> bool {
        let plain = |field: &Field| field.name.is_some() && !field.moving && field.dims.is_empty();
        plain(self)
            && plain(other)
            && (&self.name, self.offset, self.length) == (&other.name, other.offset, other.length)
            && (self.shape, &self.edit, self.justified) == (other.shape, &other.edit, other.justified)
    }

    /// True for an item with a PICTURE, false for a group.
    pub fn is_elementary(&self) -> bool {
        self.shape != Shape::Group
    }

    /// The number's shape, if it is one.
    pub fn number(&self) -> Option<NumberShape> {
        match self.shape {
            Shape::Number(shape) => Some(shape),
            _ => None,
        }
    }

    /// USAGE as COBOL says it; empty for a group.
    pub fn usage(&self) -> &'static str {
        self.usage
    }

    /// PICTURE and USAGE for messages, such as `S9(7)V99 COMP-3`.
    pub fn shape_text(&self) -> String {
        match (&self.picture, self.usage()) {
            (Some(picture), "DISPLAY") => format!("PIC {picture}"),
            (Some(picture), usage) => format!("PIC {picture} {usage}"),
            (None, "") => "group".to_owned(),
            (None, usage) => usage.to_owned(),
        }
    }
}

impl NumberShape {
    /// Bytes a field of this shape takes.
    pub fn length(&self) -> usize {
        let digits = usize::from(self.digits);
        match self.usage {
            Usage::Zoned(SignPlace::Trailing | SignPlace::Leading) => digits,
            Usage::Zoned(SignPlace::TrailingSeparate | SignPlace::LeadingSeparate) => {
                digits + usize::from(self.signed)
            }
            Usage::National(place) => {
                let separate = matches!(place, SignPlace::TrailingSeparate | SignPlace::LeadingSeparate);
                2 * (digits + usize::from(separate && self.signed))
            }
            Usage::Packed => digits / 2 + 1,
            Usage::PackedUnsigned => digits.div_ceil(2),
            Usage::Binary(form) => usize::from(form.length),
        }
    }
}
