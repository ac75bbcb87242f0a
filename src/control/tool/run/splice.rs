//! SPLICE: fields of records with the same key in one record.

use super::groups::Groups;
use super::session::{Done, Run, Session, names};
use crate::control::flow::Leaving;
use crate::control::tool::syntax::{Joining, Splice, SpliceLength};
use crate::record::Block;

/// SPLICE.
pub(super) fn run(splice: &Splice, session: &mut Session<'_>) -> Run<Done> {
    let mut deck = session.deck(splice.input.using.as_ref())?;
    let own_order = session.order(&mut deck, &splice.on, &splice.input.from)?;
    session.call("SORT", &splice.input.from.name, "E35 EXIT", splice.input.using.as_ref());
    let entering = session.enter(&deck, &splice.input.from)?;
    let shape = entering.shape();
    let fixed = (!shape.variable).then_some(shape.length);
    let mut leaving =
        Leaving::open(&deck, shape, &names(&splice.to), session.datasets, session.how, session.listing)?;
    let key = own_order.then(|| session.key(&deck, &splice.on, shape)).transpose()?;
    let mut groups = Groups::new(&splice.on, splice.unsigned_zero).keyed_by(key);
    let mut splicer = Splicer::new(splice, shape.variable, session.how.page.space());
    let mut made = 0;
    let entered = entering.run(&mut |keyed| {
        let mut out = Block::empty(fixed);
        for (start, record) in groups.starts(&keyed)?.into_iter().zip(keyed.block.records()) {
            if start {
                splicer.end(&mut out);
            }
            splicer.take(record, &mut out);
        }
        made += out.len() as u64;
        leaving.put(out)
    })?;
    let mut out = Block::empty(fixed);
    splicer.end(&mut out);
    made += out.len() as u64;
    leaving.put(out)?;
    let left = leaving.finish(session.datasets, session.listing)?;
    session.call_completed(true);
    session.say_records(&entered);
    session.say("ICE638I", &format!("NUMBER OF RECORDS RESULTING FROM CRITERIA:  {made:015}"));
    Ok(Done::of(&left))
}

/// Splices the records of one key.
struct Splicer<'s> {
    splice: &'s Splice,
    variable: bool,
    blank: u8,
    /// The first record of the key.
    base: Vec<u8>,
    /// What is made of it.
    spliced: Vec<u8>,
    count: usize,
}

impl<'s> Splicer<'s> {
    fn new(splice: &'s Splice, variable: bool, blank: u8) -> Self {
        Splicer { splice, variable, blank, base: Vec::new(), spliced: Vec::new(), count: 0 }
    }

    fn take(&mut self, record: &[u8], out: &mut Block) {
        self.count += 1;
        if self.count == 1 {
            self.base.clear();
            self.base.extend_from_slice(record);
            self.spliced.clone_from(&self.base);
            return;
        }
        if self.count == 2 && self.splice.keep_base {
            out.push(&self.base);
        }
        match self.splice.joining {
            Joining::All => {
                self.spliced.clone_from(&self.base);
                self.overlay(record, |_, _| true);
                out.push(&self.spliced);
            }
            Joining::Last => {
                self.spliced.clone_from(&self.base);
                self.overlay(record, |_, _| true);
            }
            Joining::Any => {
                let blank = self.blank;
                self.overlay(record, |_, bytes| bytes.iter().any(|byte| *byte != blank));
            }
            Joining::Each => {
                let wanted = self.count - 2;
                self.overlay(record, |index, _| index == wanted);
            }
        }
    }

    /// The key ends.
    fn end(&mut self, out: &mut Block) {
        match self.count {
            0 => {}
            1 if self.splice.keep_single => out.push(&self.base),
            1 => {}
            _ if self.splice.joining == Joining::All => {}
            _ => out.push(&self.spliced),
        }
        self.count = 0;
    }

    /// Puts the WITH fields of a record into what is made, if they are wanted.
    fn overlay(&mut self, record: &[u8], wanted: impl Fn(usize, &[u8]) -> bool) {
        let length = match self.splice.length {
            _ if !self.variable => self.spliced.len(),
            SpliceLength::Base => self.spliced.len(),
            SpliceLength::Greatest => self.spliced.len().max(record.len()),
            SpliceLength::Overlay => record.len(),
        };
        self.spliced.resize(length, self.blank);
        for (index, (position, size)) in self.splice.with.iter().enumerate() {
            let start = (*position as usize - 1).min(length);
            let end = (start + *size as usize).min(length);
            let bytes = &record[start.min(record.len())..end.min(record.len())];
            if !wanted(index, bytes) {
                continue;
            }
            self.spliced[start..start + bytes.len()].copy_from_slice(bytes);
            self.spliced[start + bytes.len()..end].fill(self.blank);
        }
        if self.variable
            && let (Ok(length), Some(word)) = (u16::try_from(length), self.spliced.first_chunk_mut::<4>())
        {
            let [high, low] = length.to_be_bytes();
            *word = [high, low, 0, 0];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::tool::syntax::{Dd, Input};
    use crate::diag::{Source, Span};

    fn splice(joining: Joining) -> Splice {
        let span = Span::new(&Source::new("TOOLIN", ""), 0..0);
        let from = Dd { name: "IN".to_owned(), span };
        Splice {
            input: Input { from, using: None },
            to: Vec::new(),
            on: Vec::new(),
            with: vec![(3, 2), (5, 2)],
            joining,
            keep_single: false,
            keep_base: false,
            length: SpliceLength::Base,
            unsigned_zero: false,
        }
    }

    /// Records whose first byte is the key.
    fn spliced(splice: &Splice, records: &[&str]) -> Vec<String> {
        let mut splicer = Splicer::new(splice, false, b' ');
        let mut out = Block::empty(Some(6));
        let mut key = None;
        for record in records {
            if key.is_some_and(|key| key != record.as_bytes()[0]) {
                splicer.end(&mut out);
            }
            key = record.bytes().next();
            splicer.take(record.as_bytes(), &mut out);
        }
        splicer.end(&mut out);
        out.records().map(|record| String::from_utf8_lossy(record).into_owned()).collect()
    }

    const RECORDS: &[&str] = &["a1    ", "a2bb  ", "a3  cc", "b1xxxx", "c1    ", "c2ddee"];

    #[test]
    fn records_are_joined_in_every_way() {
        assert_eq!(spliced(&splice(Joining::Last), RECORDS), ["a1  cc", "c1ddee"]);
        assert_eq!(spliced(&splice(Joining::All), RECORDS), ["a1bb  ", "a1  cc", "c1ddee"]);
        assert_eq!(spliced(&splice(Joining::Any), RECORDS), ["a1bbcc", "c1ddee"]);
        assert_eq!(spliced(&splice(Joining::Each), RECORDS), ["a1bbcc", "c1dd  "]);
    }

    #[test]
    fn records_without_partner_and_bases_are_kept_if_asked_for() {
        let single = Splice { keep_single: true, ..splice(Joining::Last) };
        assert_eq!(spliced(&single, RECORDS), ["a1  cc", "b1xxxx", "c1ddee"]);
        let base = Splice { keep_base: true, ..splice(Joining::All) };
        assert_eq!(spliced(&base, RECORDS), ["a1    ", "a1bb  ", "a1  cc", "c1    ", "c1ddee"]);
    }

    #[test]
    fn variable_records_have_the_length_asked_for() {
        let records: [&[u8]; 2] = [b"\0\x06\0\0a1", b"\0\x09\0\0a2xyz"];
        let length = |length| {
            let splice = Splice { with: vec![(7, 3)], length, ..splice(Joining::Last) };
            let mut splicer = Splicer::new(&splice, true, b' ');
            let mut out = Block::empty(None);
            records.iter().for_each(|record| splicer.take(record, &mut out));
            splicer.end(&mut out);
            out.record(0).to_vec()
        };
        assert_eq!(length(SpliceLength::Base), b"\0\x06\0\0a1");
        assert_eq!(length(SpliceLength::Greatest), b"\0\x09\0\0a1xyz");
        assert_eq!(length(SpliceLength::Overlay), b"\0\x09\0\0a1xyz");
    }
}
