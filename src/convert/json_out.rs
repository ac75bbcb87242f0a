//! Records as JSON objects, one a line.

use std::borrow::Cow;

use crate::codec::{Decoder, Leaf, Node, Notes, Policy, Seen, Sink, append_hex, append_patch};
use crate::diag::Result;
use crate::record::Origin;

/// Writes values as JSON. Groups nest, tables are arrays.
pub struct JsonSink<'o> {
    out: &'o mut Vec<u8>,
}

/// What stands beside the fields of a record.
#[derive(Clone, Copy, Debug, Default)]
pub struct Beside<'a> {
    /// The kind of record, if there are several.
    pub kind: Option<&'a str>,
    /// The key of its parent, as the members of an object.
    pub parent: Option<&'a [u8]>,
    /// The bytes around it in the file, if they are not what the record format gives.
    pub frame: Option<&'a str>,
    /// Whether what the values do not say is noted.
    pub notes: bool,
}

/// Appends a record as a line.
pub fn append_record(
    decoder: &mut Decoder<'_>,
    record: usize,
    bytes: &[u8],
    origin: Origin<'_>,
    beside: Beside<'_>,
    out: &mut Vec<u8>,
) -> Result<()> {
    out.push(b'{');
    if let Some(kind) = beside.kind {
        out.extend_from_slice(b"\"_record\":");
        append_string(kind, out);
    }
    if let Some(parent) = beside.parent {
        append_key("_parent", out);
        out.push(b'{');
        out.extend_from_slice(parent);
        out.push(b'}');
    }
    decoder.record(record, bytes, origin, &mut JsonSink { out })?;
    if beside.notes {
        append_notes(&decoder.notes, out);
        if let Some(frame) = beside.frame {
            append_key("_frame", out);
            append_string(frame, out);
        }
    }
    out.extend_from_slice(b"}\n");
    Ok(())
}

/// Appends a member with a value that is text already.
pub(super) fn append_member(out: &mut Vec<u8>, name: &str, value: &[u8], is_text: bool) {
    if !out.is_empty() {
        out.push(b',');
    }
    out.extend_from_slice(format!("\"{name}\":").as_bytes());
    match (is_text, value) {
        (true, _) => append_string(&String::from_utf8_lossy(value), out),
        (false, []) => out.extend_from_slice(b"null"),
        (false, _) => out.extend_from_slice(value),
    }
}

/// Appends an object with these members to the members of another.
pub(super) fn append_object(out: &mut Vec<u8>, name: &str, members: &[u8]) {
    if !out.is_empty() {
        out.push(b',');
    }
    append_string(name, out);
    out.extend_from_slice(b":{");
    out.extend_from_slice(members);
    out.push(b'}');
}

fn append_notes(notes: &Notes, out: &mut Vec<u8>) {
    if let Some(length) = notes.length {
        append_key("_length", out);
        out.extend_from_slice(length.to_string().as_bytes());
    }
    if notes.patches().next().is_none() {
        return;
    }
    append_key("_raw", out);
    out.push(b'{');
    for (offset, bytes) in notes.patches() {
        append_key(&format!("@{offset}"), out);
        out.push(b'"');
        append_patch(bytes, out);
        out.push(b'"');
    }
    out.push(b'}');
}

impl Sink for JsonSink<'_> {
    fn open(&mut self, node: &Node) {
        begin(node, self.out);
        self.out.push(b'{');
    }

    fn close(&mut self, _node: &Node) {
        self.out.push(b'}');
    }

    fn open_table(&mut self, node: &Node) {
        append_key(&node.name, self.out);
        self.out.push(b'[');
    }

    fn close_table(&mut self, _node: &Node, _count: usize) {
        self.out.push(b']');
    }

    #[inline]
    fn value(&mut self, node: &Node, leaf: &Leaf, bytes: &[u8]) -> Seen {
        let before = self.out.len();
        begin(node, self.out);
        if !leaf.is_text() {
            let seen = leaf.append(bytes, self.out);
            if matches!(seen, Seen::Bad(..)) {
                self.out.truncate(before);
            }
            return seen;
        }
        self.out.push(b'"');
        let start = self.out.len();
        let seen = leaf.append(bytes, self.out);
        if matches!(seen, Seen::Bad(..)) {
            self.out.truncate(before);
            return seen;
        }
        escape_from(start, self.out);
        self.out.push(b'"');
        seen
    }

    fn bad(&mut self, node: &Node, _leaf: &Leaf, bytes: &[u8], instead: Policy) {
        begin(node, self.out);
        match instead {
            Policy::Zero => self.out.push(b'0'),
            Policy::Raw => {
                self.out.push(b'"');
                append_hex(bytes, self.out);
                self.out.push(b'"');
            }
            Policy::Null | Policy::Error => self.out.extend_from_slice(b"null"),
        }
    }

    fn absent(&mut self, _node: &Node, _occurrences: usize) {}
}

/// Appends the name of a member, or before an element only the comma.
#[inline]
pub(super) fn begin(node: &Node, out: &mut Vec<u8>) {
    if node.table.is_some() { comma(out) } else { append_key(&node.name, out) }
}

#[inline]
fn comma(out: &mut Vec<u8>) {
    if !matches!(out.last(), Some(b'{' | b'[')) {
        out.push(b',');
    }
}

/// Appends the name of a member, and before it what ends the member before.
#[inline]
pub(super) fn append_key(name: &str, out: &mut Vec<u8>) {
    comma(out);
    out.push(b'"');
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\":");
}

fn append_string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    let start = out.len();
    out.extend_from_slice(text.as_bytes());
    escape_from(start, out);
    out.push(b'"');
}

/// Characters that a JSON string cannot hold as they are.
const ESCAPED: [bool; 256] = {
    let mut escaped = [false; 256];
    let mut at = 0;
    while at < 0x20 {
        escaped[at] = true;
        at += 1;
    }
    escaped[b'"' as usize] = true;
    escaped[b'\\' as usize] = true;
    escaped
};

/// Escapes what was appended since `start`.
#[inline]
fn escape_from(start: usize, out: &mut Vec<u8>) {
    if out[start..].iter().any(|&byte| ESCAPED[usize::from(byte)]) {
        escape_slowly(start, out);
    }
}

#[cold]
fn escape_slowly(start: usize, out: &mut Vec<u8>) {
    let text = out.split_off(start);
    for byte in text {
        let escape: Cow<'static, [u8]> = match byte {
            b'"' => Cow::Borrowed(b"\\\""),
            b'\\' => Cow::Borrowed(b"\\\\"),
            b'\n' => Cow::Borrowed(b"\\n"),
            b'\r' => Cow::Borrowed(b"\\r"),
            b'\t' => Cow::Borrowed(b"\\t"),
            0..0x20 => Cow::Owned(format!("\\u{byte:04x}").into_bytes()),
            _ => Cow::Owned(vec![byte]),
        };
        out.extend_from_slice(&escape);
    }
}
