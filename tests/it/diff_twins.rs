//! Files for comparisons: records of which every field is known, and edits whose field and cause are known.

use std::collections::BTreeMap;

use crate::harness::{Random, ebcdic, packed, text, zoned};

/// The copybook of the records, 50 bytes.
pub const COPYBOOK: &str = "\
01 REC.
   05 ID PIC X(6).
   05 REGION PIC XX.
   05 RATE-CODE PIC X.
   05 INT-AMT PIC S9(7)V99 COMP-3.
   05 BALANCE PIC S9(7)V99.
   05 CUST-NAME PIC X(12).
   05 DUE-DATE PIC X(10).
   05 FILLER PIC X(5).
";

/// Bytes of a record.
pub const LRECL: usize = 50;

/// What reports call the unnamed field.
pub const FILLER: &str = "FILLER@46";

/// A record as its file has it.
pub type Record = Vec<u8>;

/// Where a field lies.
pub fn place(field: &str) -> std::ops::Range<usize> {
    match field {
        "ID" => 0..6,
        "REGION" => 6..8,
        "RATE-CODE" => 8..9,
        "INT-AMT" => 9..14,
        "BALANCE" => 14..23,
        "CUST-NAME" => 23..35,
        "DUE-DATE" => 35..45,
        _ => 45..50,
    }
}

/// A record with this number.
pub fn record(number: usize, random: &mut Random) -> Record {
    let letters = |random: &mut Random| -> String {
        (0..7).map(|_| random.of(&['A', 'E', 'K', 'N', 'O', 'R', 'S', 'T'])).collect()
    };
    let name = letters(random);
    // Amounts with cents, so that cutting them off shows; none that rounds or whose digits repeat.
    let cents = random.below(4) as i128 * 11 + 23;
    let amount = (random.below(70_000) + 20_000) as i128 * 100 + cents;
    let balance = (random.below(70_000) + 20_000) as i128 * 100 + 37;
    let date = format!("2026-{:02}-{:02}", random.below(11) + 1, random.below(25) + 2);
    [
        text(&format!("{number:06}"), 6),
        ebcdic(random.of(&["PR", "NY", "TX", "CA"])),
        ebcdic(random.of(&["V", "F", "M"])),
        packed(amount, 9, true),
        zoned(balance, 9, true),
        text(&name, 12),
        text(&date, 10),
        text("", 5),
    ]
    .concat()
}

/// So many records with ascending numbers.
pub fn records(count: usize, random: &mut Random) -> Vec<Record> {
    (0..count).map(|number| record(number * 10, random)).collect()
}

/// An edit of one record, or of what is around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edit {
    /// The last digit of an amount.
    Round,
    /// The cents of an amount cut off.
    Cut,
    /// C becomes F.
    Nibble,
    /// Plus becomes minus.
    Sign,
    /// Blanks at the end of a name become X'00'.
    Pad,
    /// A name in small letters.
    Case,
    /// The day after.
    Day,
    /// Bytes that nobody set.
    Fill,
    /// Another name.
    Change,
    /// All behind the id two bytes further on.
    Shift,
    /// The record is gone.
    Delete,
    /// A new record behind it.
    Insert,
    /// It is there twice.
    Duplicate,
    /// It changes places with the next one.
    Swap,
}

/// All of them.
pub const EDITS: [Edit; 14] = [
    Edit::Round,
    Edit::Cut,
    Edit::Nibble,
    Edit::Sign,
    Edit::Pad,
    Edit::Case,
    Edit::Day,
    Edit::Fill,
    Edit::Change,
    Edit::Shift,
    Edit::Delete,
    Edit::Insert,
    Edit::Duplicate,
    Edit::Swap,
];

/// A cluster by its field and its cause, with the number of its records.
pub type Clusters = BTreeMap<(String, String), u64>;

/// How records are paired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Key,
    Position,
    Multiset,
}

impl Edit {
    /// The field and the cause under which it must be reported; nothing if it is no difference under this pairing.
    pub fn cluster(self, mode: Mode) -> Vec<(&'static str, &'static str)> {
        let one = match self {
            Edit::Round => ("INT-AMT", "rounding of the last digit"),
            Edit::Cut => ("INT-AMT", "truncation"),
            Edit::Nibble => ("BALANCE", "sign nibble"),
            Edit::Sign => ("BALANCE", "sign"),
            Edit::Pad => ("CUST-NAME", "padding"),
            Edit::Case => ("CUST-NAME", "upper and lower case"),
            Edit::Day => ("DUE-DATE", "off-by-one date"),
            Edit::Fill => (FILLER, "uninitialised bytes"),
            Edit::Change => ("CUST-NAME", "value"),
            // Nothing but the id is the same: as a multiset these are two records.
            Edit::Shift if mode == Mode::Multiset => {
                return vec![("(record)", "extra record"), ("(record)", "missing record")];
            }
            Edit::Shift => ("REGION", "shifted layout"),
            Edit::Delete => ("(record)", "extra record"),
            Edit::Insert => ("(record)", "missing record"),
            Edit::Duplicate => ("(record)", "missing record (duplicate)"),
            Edit::Swap if mode == Mode::Position => ("(record)", "record moved"),
            Edit::Swap => return Vec::new(),
        };
        vec![one]
    }
}

/// A difference that must be found: its field and its cause, and the numbers of its records on both sides. Where either of two
/// records can be the one that is told (the first or the second of two that are the same), there is more than one pair of numbers.
#[derive(Clone, Debug)]
pub struct Row {
    pub field: &'static str,
    pub cause: &'static str,
    pub at: Vec<(Option<usize>, Option<usize>)>,
}

/// What edits have made of records.
pub struct Edited {
    pub theirs: Vec<Record>,
    pub rows: Vec<Row>,
}

impl Edited {
    /// The clusters that the rows come to.
    pub fn clusters(&self) -> Clusters {
        let mut clusters = Clusters::new();
        for row in &self.rows {
            *clusters.entry((row.field.to_owned(), row.cause.to_owned())).or_default() += 1;
        }
        clusters
    }
}

/// Applies edits to records far enough apart that none hides another; says what must be found.
pub fn edited(ours: &[Record], edits: &[Edit], mode: Mode, random: &mut Random) -> (Vec<Record>, Clusters) {
    let edited = edited_rows(ours, edits, mode, random);
    let clusters = edited.clusters();
    (edited.theirs, clusters)
}

/// As [`edited`], with the records in which it must be found.
pub fn edited_rows(ours: &[Record], edits: &[Edit], mode: Mode, random: &mut Random) -> Edited {
    let mut by_place: BTreeMap<usize, Edit> = BTreeMap::new();
    for edit in edits {
        loop {
            let at = random.below(ours.len() / 8) * 8 + random.below(4) + 1;
            if (at.saturating_sub(7)..at + 7).all(|near| !by_place.contains_key(&near)) && at + 2 < ours.len()
            {
                by_place.insert(at, *edit);
                break;
            }
        }
    }
    let mut made = Edited { theirs: Vec::new(), rows: Vec::new() };
    let mut skip = false;
    for (at, record) in ours.iter().enumerate() {
        if std::mem::take(&mut skip) {
            continue;
        }
        let Some(edit) = by_place.get(&at) else {
            made.theirs.push(record.clone());
            continue;
        };
        let (left, right) = (Some(at + 1), Some(made.theirs.len() + 1));
        let behind = right.map(|right| right + 1);
        let places = match edit {
            Edit::Delete => vec![(left, None)],
            Edit::Insert => vec![(None, behind)],
            Edit::Duplicate => vec![(None, right), (None, behind)],
            Edit::Swap => vec![(left, behind), (left.map(|left| left + 1), right)],
            _ => vec![(left, right)],
        };
        for (field, cause) in edit.cluster(mode) {
            let at = match cause {
                "extra record" => vec![(left, None)],
                "missing record" if *edit == Edit::Shift => vec![(None, right)],
                _ => places.clone(),
            };
            made.rows.push(Row { field, cause, at });
        }
        match edit {
            Edit::Delete => {}
            Edit::Insert => {
                let fresh = crate::diff_twins::record(at * 10 + 5, random);
                made.theirs.extend([record.clone(), fresh]);
            }
            Edit::Duplicate => made.theirs.extend([record.clone(), record.clone()]),
            Edit::Swap => {
                made.theirs.extend([ours[at + 1].clone(), record.clone()]);
                skip = true;
            }
            edit => made.theirs.push(changed(record, *edit)),
        }
    }
    made
}

/// The same with so many edits inside one record, in as many records as there are lists of edits, far enough apart.
pub fn edited_together(ours: &[Record], lists: &[Vec<Edit>], mode: Mode) -> Edited {
    let mut made = Edited { theirs: ours.to_vec(), rows: Vec::new() };
    for (number, edits) in lists.iter().enumerate() {
        let at = number * 8 + 3;
        for edit in edits {
            made.theirs[at] = changed(&made.theirs[at], *edit);
            for (field, cause) in edit.cluster(mode) {
                made.rows.push(Row { field, cause, at: vec![(Some(at + 1), Some(at + 1))] });
            }
        }
    }
    made
}

/// A record with an edit inside it.
fn changed(record: &Record, edit: Edit) -> Record {
    let mut record = record.clone();
    match edit {
        // The last digit is the high nibble of the last byte: 3, 4, 5 or 6.
        Edit::Round => record[13] += 0x10,
        Edit::Cut => (record[12], record[13]) = (record[12] & 0xF0, 0x0C),
        Edit::Nibble => record[22] |= 0xF0,
        Edit::Sign => record[22] = record[22] & 0x0F | 0xD0,
        Edit::Pad => record[30..35].fill(0),
        Edit::Case => record[23..30].iter_mut().for_each(|byte| *byte &= !0x40),
        // Behind the 9th the day before.
        Edit::Day => record[44] = if record[44] == 0xF9 { 0xF8 } else { record[44] + 1 },
        Edit::Fill => record[45..50].copy_from_slice(&[0x0C, 0xC1, 0x1C, 0xF7, 0xC2]),
        Edit::Change => record[23..30].copy_from_slice(&ebcdic("WILLIAM")),
        Edit::Shift => {
            record.copy_within(6..48, 8);
            record[6..8].copy_from_slice(&ebcdic("ZZ"));
        }
        _ => {}
    }
    record
}
