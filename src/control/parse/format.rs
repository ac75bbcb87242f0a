//! Names of data formats, and the lengths that each may have where.

use crate::control::syntax::Format;
use crate::key::SortFormat;

/// A data format and the name that the cards used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedFormat {
    /// In upper case.
    pub name: String,
    /// What it is.
    pub format: Format,
}

/// Where a field stands, as far as its format is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// A control field of SORT or MERGE.
    Key,
    /// A comparison.
    Comparison,
    /// A field of SUM.
    Sum,
    /// An edited or computed item.
    Edited,
}

impl NamedFormat {
    /// The format of a name; not of installation-defined ones.
    pub fn named(name: &str) -> Option<Self> {
        let found = |format| Some(NamedFormat { name: name.to_owned(), format });
        if let Some(format) =
            SortFormat::named(name).filter(|_| !name.bytes().any(|c| c.is_ascii_lowercase()))
        {
            return found(Format::Sort(format));
        }
        let bytes = name.as_bytes();
        match *bytes {
            [b'S', b'S'] => found(Format::Substring),
            [b'Y', b'4', letter @ b'T'..=b'Y'] => found(Format::Year4(letter)),
            [a @ b'D', b @ (b'C' | b'E' | b'T'), digit @ b'1'..=b'4'] if b != b'T' || digit < b'4' => {
                found(Format::MachineDate([a, b], digit - b'0'))
            }
            [a @ b'T', b @ (b'C' | b'E' | b'M'), digit @ b'1'..=b'4'] => {
                found(Format::MachineTime([a, b], digit - b'0'))
            }
            _ => None,
        }
    }

    /// Why a field of so many bytes cannot have this format here.
    pub fn refuses(&self, length: u32, place: Use) -> Option<String> {
        let Some((least, most)) = self.lengths(place) else {
            return Some(format!("the format {} is not possible here", self.name));
        };
        if (least..=most).contains(&length) {
            return None;
        }
        let range = if least == most { least.to_string() } else { format!("{least} to {most}") };
        Some(format!("a field of format {} has {range} bytes here, not {length}", self.name))
    }

    /// Least and greatest length.
    fn lengths(&self, place: Use) -> Option<(u32, u32)> {
        match (place, &self.format) {
            (Use::Key, Format::Sort(_)) => Some(key_lengths(&self.name)),
            (Use::Comparison, Format::Sort(SortFormat::HexFloat | SortFormat::IeeeFloat)) => None,
            (Use::Comparison, Format::Sort(_)) => Some(comparison_lengths(&self.name)),
            (Use::Comparison, Format::Substring) => Some((1, 32_752)),
            (Use::Sum, Format::Sort(format)) => sum_lengths(*format),
            (Use::Edited, _) => edited_lengths(&self.name),
            _ => None,
        }
    }
}

fn key_lengths(name: &str) -> (u32, u32) {
    match name {
        "CH" | "BI" | "AQ" => (1, 4092),
        "AC" => (1, 4091),
        "PD" | "ZD" => (1, 32),
        _ => comparison_lengths(name),
    }
}

fn comparison_lengths(name: &str) -> (u32, u32) {
    match name {
        "PD" => (1, 255),
        "PD0" => (2, 8),
        "CSF" | "FS" => (1, 32),
        "UFF" | "SFF" => (1, 44),
        "CSL" | "LS" | "CST" | "TS" | "ASL" | "AST" => (2, 256),
        "Y2C" | "Y2Z" | "Y2P" | "Y2S" => (2, 2),
        "Y2D" | "Y2B" => (1, 1),
        "Y2T" | "Y2W" => (3, 6),
        "Y2U" | "Y2X" => (2, 3),
        "Y2V" | "Y2Y" => (3, 4),
        "BF" => (4, 8),
        _ => (1, 256),
    }
}

fn sum_lengths(format: SortFormat) -> Option<(u32, u32)> {
    match format {
        SortFormat::Binary | SortFormat::Fixed => Some((2, 8)),
        SortFormat::HexFloat => Some((4, 16)),
        SortFormat::Packed => Some((1, 16)),
        SortFormat::Zoned => Some((1, 31)),
        _ => None,
    }
}

fn edited_lengths(name: &str) -> Option<(u32, u32)> {
    let lengths = match name {
        "BI" | "FI" => (1, 8),
        "PD" => (1, 16),
        "PD0" => (2, 8),
        "ZD" | "CTO" | "OT" | "CLO" | "OL" => (1, 31),
        "CSF" | "FS" | "CSL" | "LS" | "CST" | "TS" | "ASL" | "AST" => (1, 32),
        "UFF" | "SFF" => (1, 44),
        "DC1" | "DC2" | "DC3" | "TC1" | "TC2" | "TC3" | "TC4" => (8, 8),
        "DE1" | "DE2" | "DE3" | "TE1" | "TE2" | "TE3" | "TE4" => (8, 16),
        "DT1" | "DT2" | "DT3" | "TM1" | "TM2" | "TM3" | "TM4" => (4, 4),
        "Y4T" => (5, 8),
        "Y4U" => (3, 5),
        "Y4V" => (4, 5),
        "Y4W" => (5, 8),
        "Y4X" => (3, 5),
        "Y4Y" => (4, 5),
        name if name.starts_with("Y2") => comparison_lengths(name),
        _ => return None,
    };
    Some(lengths)
}
