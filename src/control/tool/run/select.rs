//! SELECT: records of a key by how often it occurs.

use std::collections::VecDeque;

use super::groups::Groups;
use super::session::{Done, Run, Session};
use crate::control::tool::syntax::{Choice, Occurrences, Select};
use crate::record::Block;

/// SELECT.
pub(super) fn run(select: &Select, session: &mut Session<'_>) -> Run<Done> {
    let mut deck = session.deck(select.input.using.as_ref())?;
    let own_order = session.order(&mut deck, &select.on, &select.input.from)?;
    session.call("SORT", &select.input.from.name, "E35 EXIT", select.input.using.as_ref());
    let entering = session.enter(&deck, &select.input.from)?;
    let shape = entering.shape();
    let fixed = (!shape.variable).then_some(shape.length);
    let mut outputs = session.leave(&deck, shape, &select.to, select.discard.as_ref())?;
    let key = own_order.then(|| session.key(&deck, &select.on, shape)).transpose()?;
    let mut groups = Groups::new(&select.on, select.unsigned_zero).keyed_by(key);
    let mut chooser = Chooser::new(select.choice);
    let mut taken = 0;
    let discards = outputs.discards();
    let entered = entering.run(&mut |keyed| {
        let mut sides = Sides::new(fixed, discards);
        for (start, record) in groups.starts(&keyed)?.into_iter().zip(keyed.block.records()) {
            if start {
                chooser.end(&mut sides);
            }
            chooser.take(record, &mut sides);
        }
        taken += sides.taken.len() as u64;
        outputs.put(sides.taken, sides.left)
    })?;
    let mut sides = Sides::new(fixed, discards);
    chooser.end(&mut sides);
    taken += sides.taken.len() as u64;
    outputs.put(sides.taken, sides.left)?;
    let code = session.left(outputs)?;
    session.call_completed(true);
    session.say_records(&entered);
    session.say("ICE638I", &format!("NUMBER OF RECORDS RESULTING FROM CRITERIA:  {taken:015}"));
    Ok(Done { code, ..Done::default() })
}

/// Records that are taken, and those that are not.
struct Sides {
    taken: Block,
    /// `None` if nobody wants them.
    left: Option<Block>,
}

impl Sides {
    fn new(fixed: Option<usize>, discard: bool) -> Self {
        Sides { taken: Block::empty(fixed), left: discard.then(|| Block::empty(fixed)) }
    }

    fn put(&mut self, record: &[u8], taken: bool) {
        if taken {
            self.taken.push(record);
        } else if let Some(left) = &mut self.left {
            left.push(record);
        }
    }
}

/// Chooses among the records of one key. What cannot be decided yet is held, which is never more than the operands count.
struct Chooser {
    choice: Choice,
    occurrences: Occurrences,
    count: u64,
    held: VecDeque<Vec<u8>>,
    spare: Vec<Vec<u8>>,
}

impl Chooser {
    fn new(choice: Choice) -> Self {
        let (Choice::All(occurrences) | Choice::First(_, occurrences) | Choice::Last(_, occurrences)) =
            choice;
        Chooser { choice, occurrences, count: 0, held: VecDeque::new(), spare: Vec::new() }
    }

    /// What is certain of the key after so many records, whatever follows.
    fn certain(&self) -> Option<bool> {
        match self.occurrences {
            Occurrences::Any => Some(true),
            Occurrences::AllDups => (self.count > 1).then_some(true),
            Occurrences::NoDups => (self.count > 1).then_some(false),
            Occurrences::Higher(low) => (self.count > low).then_some(true),
            Occurrences::Lower(high) => (self.count >= high).then_some(false),
            Occurrences::Equal(wanted) => (self.count > wanted).then_some(false),
        }
    }

    fn take(&mut self, record: &[u8], sides: &mut Sides) {
        self.count += 1;
        let certain = self.certain();
        match (self.choice, certain) {
            (Choice::First(most, _), _) if self.count > most => {
                self.release(
                    certain.unwrap_or(false) || self.occurrences == Occurrences::Any,
                    certain,
                    sides,
                );
                sides.put(record, false);
            }
            (Choice::Last(most, _), _) if certain != Some(false) => {
                self.hold(record);
                if self.held.len() as u64 > most {
                    self.release_oldest(false, sides);
                }
            }
            (_, Some(taken)) => {
                self.release(taken, certain, sides);
                sides.put(record, taken);
            }
            (_, None) => self.hold(record),
        }
    }

    /// The key ends.
    fn end(&mut self, sides: &mut Sides) {
        let taken = self.occurrences.holds(self.count);
        while !self.held.is_empty() {
            self.release_oldest(taken, sides);
        }
        self.count = 0;
    }

    fn hold(&mut self, record: &[u8]) {
        let mut copy = self.spare.pop().unwrap_or_default();
        copy.clear();
        copy.extend_from_slice(record);
        self.held.push_back(copy);
    }

    /// Releases what is held once something is certain.
    fn release(&mut self, taken: bool, certain: Option<bool>, sides: &mut Sides) {
        while certain.is_some() && !self.held.is_empty() {
            self.release_oldest(taken, sides);
        }
    }

    fn release_oldest(&mut self, taken: bool, sides: &mut Sides) {
        if let Some(record) = self.held.pop_front() {
            sides.put(&record, taken);
            self.spare.push(record);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which of the records of keys `aab..` are taken, by their numbers from 0.
    fn chosen(choice: Choice, keys: &str) -> Vec<usize> {
        let mut chooser = Chooser::new(choice);
        let mut sides = Sides::new(Some(1), true);
        let bytes = keys.as_bytes();
        for (number, key) in (0u8..).zip(bytes) {
            if number > 0 && bytes[usize::from(number) - 1] != *key {
                chooser.end(&mut sides);
            }
            chooser.take(&[number], &mut sides);
        }
        chooser.end(&mut sides);
        let left = sides.left.unwrap();
        assert_eq!(sides.taken.len() + left.len(), keys.len(), "no record is lost");
        assert!(left.records().is_sorted());
        sides.taken.records().map(|record| usize::from(record[0])).collect()
    }

    #[test]
    fn every_choice_takes_its_records() {
        let keys = "abbccc";
        assert_eq!(chosen(Choice::All(Occurrences::AllDups), keys), [1, 2, 3, 4, 5]);
        assert_eq!(chosen(Choice::All(Occurrences::NoDups), keys), [0]);
        assert_eq!(chosen(Choice::All(Occurrences::Higher(2)), keys), [3, 4, 5]);
        assert_eq!(chosen(Choice::All(Occurrences::Lower(3)), keys), [0, 1, 2]);
        assert_eq!(chosen(Choice::All(Occurrences::Equal(2)), keys), [1, 2]);
        assert_eq!(chosen(Choice::All(Occurrences::Equal(0)), keys), [] as [usize; 0]);
        assert_eq!(chosen(Choice::First(1, Occurrences::Any), keys), [0, 1, 3]);
        assert_eq!(chosen(Choice::First(2, Occurrences::Any), keys), [0, 1, 2, 3, 4]);
        assert_eq!(chosen(Choice::Last(1, Occurrences::Any), keys), [0, 2, 5]);
        assert_eq!(chosen(Choice::Last(2, Occurrences::Any), keys), [0, 1, 2, 4, 5]);
        assert_eq!(chosen(Choice::First(1, Occurrences::AllDups), keys), [1, 3]);
        assert_eq!(chosen(Choice::First(2, Occurrences::AllDups), keys), [1, 2, 3, 4]);
        assert_eq!(chosen(Choice::Last(1, Occurrences::AllDups), keys), [2, 5]);
        assert_eq!(chosen(Choice::Last(2, Occurrences::AllDups), keys), [1, 2, 4, 5]);
    }
}
