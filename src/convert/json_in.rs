//! JSON objects, one a line, as values of records.
//!
//! A line becomes a flat list of tokens that is used again for the next line; members are looked for where they are
//! expected first, so that lines in the order of the copybook are read in one pass and others all the same.

use std::cell::Cell;

use jiter::{Jiter, JiterError, Peek};

use crate::codec::{Input, Node, Notes, Scalar, UnknownMember, parse_patch};
use crate::dataset::RECORD_MAX;
use crate::diag::nearest;

/// Nesting of a line. Groups nest to 49 levels, each perhaps a table.
const DEEPEST: usize = 120;

/// A line, parsed.
#[derive(Debug, Default)]
pub struct JsonLine {
    tokens: Vec<Token>,
    /// The texts of keys, strings and numbers.
    texts: String,
    /// The key that is probably asked for next.
    expected: Cell<usize>,
    /// Something stands beside the fields: a member whose name begins with `_`.
    beside: bool,
    /// The table, position and token of the element asked for last.
    element: Cell<(usize, usize, usize)>,
}

#[derive(Clone, Copy, Debug)]
struct Token {
    kind: Kind,
    /// The object it is a member of.
    parent: u32,
    /// Text: where it begins. Composite: one past its last token.
    start: u32,
    /// Text: its length. Composite: the number of its members or elements.
    length: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Object,
    Array,
    Key,
    Text,
    Number,
    Bool,
    Null,
}

/// What is wrong with a line, and where in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineFault {
    /// What.
    pub message: String,
    /// Byte of the line, from 0.
    pub at: usize,
}

impl JsonLine {
    /// The place of the record itself.
    pub const RECORD: usize = 0;

    /// Parses a line.
    pub fn parse(&mut self, line: &[u8]) -> Result<(), LineFault> {
        self.tokens.clear();
        self.texts.clear();
        self.beside = false;
        self.expected.set(1);
        self.element.set((usize::MAX, 0, 0));
        let mut jiter = Jiter::new(line);
        let first = jiter.peek().map_err(|error| fault(&error))?;
        if first != Peek::Object {
            return Err(LineFault { message: "a line must be an object".to_owned(), at: 0 });
        }
        self.value(&mut jiter, first, 0, 0)?;
        jiter.finish().map_err(|error| fault(&error))
    }

    /// Parses what is behind the values of a line: `}`, or `,` and only members that stand beside the fields. False, with
    /// nothing understood, if it is anything else.
    pub fn parse_beside(&mut self, tail: &[u8]) -> bool {
        self.tokens.clear();
        self.beside = false;
        match tail {
            [b'}', rest @ ..] => rest.iter().all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')),
            [b',', members @ ..] if members.starts_with(b"\"") => {
                let object = [b"{", members].concat();
                self.parse(&object).is_ok()
                    && self.members(Self::RECORD).all(|(name, _)| name.starts_with('_'))
            }
            _ => false,
        }
    }

    fn value(
        &mut self,
        jiter: &mut Jiter<'_>,
        peek: Peek,
        parent: usize,
        depth: usize,
    ) -> Result<(), LineFault> {
        if depth > DEEPEST {
            return Err(LineFault {
                message: "the line nests too deeply".to_owned(),
                at: jiter.current_index(),
            });
        }
        match peek {
            Peek::Object => self.object(jiter, parent, depth),
            Peek::Array => self.array(jiter, parent, depth),
            Peek::String => {
                let start = self.texts.len();
                self.texts.push_str(jiter.known_str().map_err(|error| fault(&error))?);
                self.push_text(Kind::Text, parent, start);
                Ok(())
            }
            Peek::True | Peek::False => {
                jiter.known_bool(peek).map_err(|error| fault(&error))?;
                self.push(Kind::Bool, parent, 0, 0);
                Ok(())
            }
            Peek::Null => {
                jiter.known_null().map_err(|error| fault(&error))?;
                self.push(Kind::Null, parent, 0, 0);
                Ok(())
            }
            _ => {
                let start = self.texts.len();
                let number = jiter.next_number_bytes().map_err(|error| fault(&error))?;
                self.texts.push_str(std::str::from_utf8(number).unwrap_or_default());
                self.push_text(Kind::Number, parent, start);
                Ok(())
            }
        }
    }

    fn object(&mut self, jiter: &mut Jiter<'_>, parent: usize, depth: usize) -> Result<(), LineFault> {
        let this = self.push(Kind::Object, parent, 0, 0);
        let mut members = 0;
        let mut key = jiter.known_object().map_err(|error| fault(&error))?;
        while let Some(name) = key {
            let start = self.texts.len();
            self.texts.push_str(name);
            self.beside |= this == Self::RECORD && name.starts_with('_');
            self.push_text(Kind::Key, this, start);
            let peek = jiter.peek().map_err(|error| fault(&error))?;
            self.value(jiter, peek, this, depth + 1)?;
            members += 1;
            key = jiter.next_key().map_err(|error| fault(&error))?;
        }
        self.close(this, members);
        Ok(())
    }

    fn array(&mut self, jiter: &mut Jiter<'_>, parent: usize, depth: usize) -> Result<(), LineFault> {
        let this = self.push(Kind::Array, parent, 0, 0);
        let mut elements = 0;
        let mut next = jiter.known_array().map_err(|error| fault(&error))?;
        while let Some(peek) = next {
            self.value(jiter, peek, this, depth + 1)?;
            elements += 1;
            next = jiter.array_step().map_err(|error| fault(&error))?;
        }
        self.close(this, elements);
        Ok(())
    }

    fn push(&mut self, kind: Kind, parent: usize, start: usize, length: usize) -> usize {
        self.tokens.push(Token { kind, parent: parent as u32, start: start as u32, length: length as u32 });
        self.tokens.len() - 1
    }

    fn push_text(&mut self, kind: Kind, parent: usize, start: usize) {
        self.push(kind, parent, start, self.texts.len() - start);
    }

    fn close(&mut self, this: usize, count: u32) {
        let end = self.tokens.len() as u32;
        let token = &mut self.tokens[this];
        (token.start, token.length) = (end, count);
    }

    fn text(&self, token: &Token) -> &str {
        let start = token.start as usize;
        self.texts.get(start..start + token.length as usize).unwrap_or_default()
    }

    /// One past the last token of the value at a place.
    fn end(&self, place: usize) -> usize {
        match self.tokens[place].kind {
            Kind::Object | Kind::Array => self.tokens[place].start as usize,
            _ => place + 1,
        }
    }

    /// The members of an object: name and place of the value.
    fn members(&self, group: usize) -> impl Iterator<Item = (&str, usize)> {
        let is_object = self.tokens[group].kind == Kind::Object;
        let end = if is_object { self.end(group) } else { group };
        let mut at = group + 1;
        std::iter::from_fn(move || {
            let key = self.tokens.get(at).filter(|_| at < end)?;
            let value = at + 1;
            at = self.end(value);
            Some((self.text(key), value))
        })
    }

    fn find(&self, group: usize, name: &str) -> Option<usize> {
        let expected = self.expected.get();
        if let Some(token) = self.tokens.get(expected)
            && token.kind == Kind::Key
            && token.parent as usize == group
            && self.text(token) == name
        {
            return Some(expected + 1);
        }
        self.members(group).find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    /// A text beside the fields, such as `_record`.
    pub fn beside(&self, name: &str) -> Option<&str> {
        if !self.beside {
            return None;
        }
        let place = self.find(Self::RECORD, name)?;
        (self.tokens[place].kind == Kind::Text).then(|| self.text(&self.tokens[place]))
    }

    /// Takes the notes of the record.
    pub fn notes(&self, notes: &mut Notes) -> Result<(), LineFault> {
        notes.clear();
        if !self.beside {
            return Ok(());
        }
        let bad = |message: &str| Err(LineFault { message: message.to_owned(), at: 0 });
        if let Some(place) = self.find(Self::RECORD, "_length") {
            match self.text(&self.tokens[place]).parse() {
                Ok(length) if self.tokens[place].kind == Kind::Number && length <= RECORD_MAX => {
                    notes.length = Some(length);
                }
                _ => return bad("_length is not the length of a record"),
            }
        }
        let Some(raw) = self.find(Self::RECORD, "_raw") else { return Ok(()) };
        if self.tokens[raw].kind != Kind::Object {
            return bad("_raw is not an object");
        }
        for (name, value) in self.members(raw) {
            let offset = name.strip_prefix('@').and_then(|offset| offset.parse::<usize>().ok());
            let room = |offset: usize| RECORD_MAX.checked_sub(offset);
            let patch = offset.and_then(|offset| {
                let bytes = parse_patch(self.text(&self.tokens[value]), room(offset)?)?;
                Some((offset, bytes)).filter(|_| self.tokens[value].kind == Kind::Text)
            });
            match patch {
                Some((offset, bytes)) => notes.patch(offset, &bytes),
                None => return bad("_raw takes members like \"@12\": \"C1C2\" or \"@12\": \"00*20\""),
            }
        }
        notes.sort();
        Ok(())
    }
}

impl Input for JsonLine {
    fn member(&self, group: usize, node: &Node) -> Option<usize> {
        let value = self.find(group, &node.name)?;
        self.expected.set(value + 1);
        Some(value)
    }

    fn count(&self, table: usize, _node: &Node) -> Option<usize> {
        let token = &self.tokens[table];
        (token.kind == Kind::Array).then_some(token.length as usize)
    }

    fn element(&self, table: usize, _node: &Node, index: usize) -> Option<usize> {
        if self.tokens[table].kind != Kind::Array || index >= self.tokens[table].length as usize {
            return None;
        }
        let (last_table, last_index, last) = self.element.get();
        let (mut at, mut place) =
            if last_table == table && last_index <= index { (last_index, last) } else { (0, table + 1) };
        while at < index {
            place = self.end(place);
            at += 1;
        }
        self.element.set((table, index, place));
        self.expected.set(place + 1);
        Some(place)
    }

    fn scalar(&self, place: usize) -> Scalar<'_> {
        let token = &self.tokens[place];
        match token.kind {
            Kind::Text => Scalar::Text(self.text(token)),
            Kind::Number => Scalar::Number(self.text(token)),
            Kind::Null => Scalar::Null,
            Kind::Bool => Scalar::Bool,
            Kind::Object | Kind::Array | Kind::Key => Scalar::Composite,
        }
    }

    fn check_group(&self, group: usize, nodes: &[Node], known: usize) -> Result<(), UnknownMember> {
        let token = &self.tokens[group];
        if token.kind != Kind::Object || token.length as usize == known {
            return Ok(());
        }
        let mut seen = std::collections::HashSet::new();
        for (name, _) in self.members(group) {
            // What stands beside the fields of the record begins with what no data name begins with.
            if group == Self::RECORD && name.starts_with('_') {
                continue;
            }
            let mut names = Vec::new();
            collect_names(nodes, &mut names);
            if !names.contains(&name) || !seen.insert(name) {
                let near = nearest(name, names.iter().copied()).filter(|near| *near != name);
                return Err(UnknownMember { name: name.to_owned(), nearest: near.map(str::to_owned) });
            }
        }
        Ok(())
    }
}

fn collect_names<'n>(nodes: &'n [Node], names: &mut Vec<&'n str>) {
    for node in nodes.iter().filter(|node| !node.hidden) {
        if node.is_lifted() { collect_names(node.members(), names) } else { names.push(&node.name) }
    }
}

fn fault(error: &JiterError) -> LineFault {
    LineFault { message: error.error_type.to_string(), at: error.index }
}
