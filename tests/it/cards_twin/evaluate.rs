//! What a deck of the twin does, in the slowest and plainest way: records are vectors of bytes, every record goes
//! through every step by itself, and nothing of the library is used.
//!
//! A record of variable length has its RDW in front.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::model::{
    BitTest, Change, Clause, Condition, Deck, Expression, Field, Find, Group, Item, Kind, Operator, OutFil,
    Push, Reform, Relation, Selection, Split, Value, When,
};
use super::numbers::{self, number};
use crate::harness::ebcdic;

type Record = Vec<u8>;

/// Counters of SEQNUM and groups, by the address of their item or clause, which stays while a deck is evaluated.
#[derive(Default)]
struct Counters {
    sequences: BTreeMap<*const Value, (u64, Vec<u8>)>,
    groups: BTreeMap<*const Group, InGroup>,
}

/// Where a clause is with its groups.
#[derive(Clone, Default)]
struct InGroup {
    inside: bool,
    id: u64,
    sequence: u64,
    /// The first record of the group.
    first: Record,
    /// The key of the record before.
    key: Option<Vec<u8>>,
}

/// The records of every output.
pub fn run(deck: &Deck, input: &[Record]) -> BTreeMap<String, Vec<Record>> {
    let mut records: Vec<Record> = input.iter().skip(deck.skip.unwrap_or(0)).cloned().collect();
    if let Some((include, condition)) = &deck.filter {
        records.retain(|record| holds(condition, record) == *include);
    }
    if let Some(stop) = deck.stop {
        records.truncate(stop);
    }
    if let Some(inrec) = &deck.inrec {
        records = reformed(inrec, records, deck.variable, deck.length);
    }
    if !deck.keys.is_empty() {
        records.sort_by(|a, b| order(&deck.keys, a, b));
        if let Some(fields) = &deck.sum {
            records = summed(&deck.keys, fields, records);
        }
    }
    let length = records.iter().map(Vec::len).max().unwrap_or(0);
    if let Some(outrec) = &deck.outrec {
        records = reformed(outrec, records, deck.variable, length);
    }
    if deck.outfils.is_empty() {
        return BTreeMap::from([("SORTOUT".to_owned(), records)]);
    }
    let taken: Vec<Vec<bool>> = deck.outfils.iter().map(|outfil| chosen(outfil, &records)).collect();
    let mut outputs = BTreeMap::new();
    for (outfil, taken) in deck.outfils.iter().zip(&taken) {
        let saves = matches!(outfil.selection, Selection::Save);
        let mine = |index: usize| {
            if saves { !taken_by_others(&deck.outfils, &records, index) } else { taken[index] }
        };
        let mine = records.iter().enumerate().filter(|(index, _)| mine(*index));
        outfile(outfil, mine.map(|(_, record)| record.clone()).collect(), deck.variable, &mut outputs);
    }
    outputs
}

/// True if an OUTFIL other than those with SAVE takes a record.
fn taken_by_others(outfils: &[OutFil], records: &[Record], index: usize) -> bool {
    let mut others = outfils.iter().filter(|outfil| !matches!(outfil.selection, Selection::Save));
    others.any(|outfil| chosen(outfil, records)[index])
}

/// True if a record lies between STARTREC and ENDREC and in the sample.
fn in_range(outfil: &OutFil, index: usize) -> bool {
    let first = outfil.start.unwrap_or(1) - 1;
    let last = outfil.end.unwrap_or(usize::MAX);
    if index < first || index >= last {
        return false;
    }
    outfil.sample.is_none_or(|(every, taken)| (index - first) % every < taken)
}

/// Which records an OUTFIL takes before ACCEPT.
fn chosen(outfil: &OutFil, records: &[Record]) -> Vec<bool> {
    let pick = |record: &Record| match &outfil.selection {
        Selection::All => true,
        Selection::Include(condition) => holds(condition, record),
        Selection::Omit(condition) => !holds(condition, record),
        Selection::Save => false,
    };
    records.iter().enumerate().map(|(index, record)| in_range(outfil, index) && pick(record)).collect()
}

fn outfile(
    outfil: &OutFil,
    mut mine: Vec<Record>,
    variable: bool,
    outputs: &mut BTreeMap<String, Vec<Record>>,
) {
    if let Some(accept) = outfil.accept {
        mine.truncate(accept);
    }
    if let Some(reform) = &outfil.reform {
        let length = mine.iter().map(Vec::len).max().unwrap_or(0);
        mine = reformed(reform, mine, variable, length);
    }
    let repeat = outfil.repeat.unwrap_or(1);
    let mine: Vec<Record> = mine.into_iter().flat_map(|record| vec![record; repeat]).collect();
    let files = outfil.files.len();
    for file in &outfil.files {
        outputs.insert(file.clone(), Vec::new());
    }
    for (index, record) in mine.into_iter().enumerate() {
        let to: Vec<usize> = match outfil.split {
            None => (0..files).collect(),
            Some(Split::Plain) => vec![index % files],
            Some(Split::By(n)) => vec![index / n % files],
            Some(Split::OneRound(n)) => vec![(index / n).min(files - 1)],
        };
        for file in to {
            outputs.get_mut(&outfil.files[file]).unwrap().push(record.clone());
        }
    }
}

fn order(keys: &[(Field, bool)], a: &[u8], b: &[u8]) -> Ordering {
    for (field, descending) in keys {
        let order = match field.kind {
            Kind::Ch | Kind::Bi => bytes(a, field).cmp(&bytes(b, field)),
            _ => value(a, field).cmp(&value(b, field)),
        };
        if order.is_ne() {
            return if *descending { order.reverse() } else { order };
        }
    }
    Ordering::Equal
}

/// Sums of neighbours that are equal by their keys; the generator sees to it that nothing overflows.
fn summed(keys: &[(Field, bool)], fields: &[Field], records: Vec<Record>) -> Vec<Record> {
    let mut kept: Vec<Record> = Vec::new();
    for record in records {
        match kept.last_mut() {
            Some(last) if order(keys, last, &record).is_eq() => {
                for field in fields {
                    let sum = value(last, field) + value(&record, field);
                    let format = match field.kind {
                        Kind::Zd => "ZDF",
                        Kind::Pd => "PDC",
                        Kind::Bi => "BI",
                        _ => "FI",
                    };
                    let at = field.position - 1;
                    last[at..at + field.length].copy_from_slice(&numbers::to(sum, format, field.length));
                }
            }
            _ => kept.push(record),
        }
    }
    kept
}

/// The bytes of a field; those that a short record lacks are blanks.
fn bytes(record: &[u8], field: &Field) -> Vec<u8> {
    slice(record, field.position, field.length)
}

fn slice(record: &[u8], position: usize, length: usize) -> Vec<u8> {
    (position - 1..position - 1 + length).map(|at| record.get(at).copied().unwrap_or(0x40)).collect()
}

fn value(record: &[u8], field: &Field) -> i128 {
    number(&bytes(record, field), field.kind)
}

fn related(relation: Relation, order: Ordering) -> bool {
    match relation {
        Relation::Eq => order.is_eq(),
        Relation::Ne => order.is_ne(),
        Relation::Gt => order.is_gt(),
        Relation::Ge => order.is_ge(),
        Relation::Lt => order.is_lt(),
        Relation::Le => order.is_le(),
    }
}

/// True if a condition holds.
fn holds(condition: &Condition, record: &[u8]) -> bool {
    match condition {
        Condition::All(parts) => parts.iter().all(|part| holds(part, record)),
        Condition::Any(parts) => parts.iter().any(|part| holds(part, record)),
        Condition::Text(field, relation, text) => {
            let mut constant = ebcdic(text);
            constant.resize(field.length, 0x40);
            related(*relation, bytes(record, field).cmp(&constant))
        }
        Condition::Hex(field, relation, hex) => {
            let mut constant = hex.clone();
            constant.resize(field.length, 0);
            related(*relation, bytes(record, field).cmp(&constant))
        }
        Condition::Number(field, relation, constant) => {
            related(*relation, value(record, field).cmp(constant))
        }
        Condition::Fields(left, relation, right) => {
            let order = if left.kind == Kind::Ch {
                let (mut a, mut b) = (bytes(record, left), bytes(record, right));
                let length = a.len().max(b.len());
                a.resize(length, 0x40);
                b.resize(length, 0x40);
                a.cmp(&b)
            } else {
                value(record, left).cmp(&value(record, right))
            };
            related(*relation, order)
        }
        Condition::Substring(field, negated, text) => {
            let (field, text) = (bytes(record, field), ebcdic(text));
            let (long, short) = if field.len() >= text.len() { (field, text) } else { (text, field) };
            long.windows(short.len()).any(|part| part == short) != *negated
        }
        Condition::Bits(field, test, mask) => {
            let on = bytes(record, field)[0] & mask;
            let (all, none) = (on == *mask, on == 0);
            match test {
                BitTest::All => all,
                BitTest::Some => !all && !none,
                BitTest::None => none,
                BitTest::NotAll => !all,
                BitTest::NotSome => all || none,
                BitTest::NotNone => !none,
            }
        }
        Condition::Pattern(field, negated, pattern) => {
            let bits: String = bytes(record, field).iter().map(|byte| format!("{byte:08b}")).collect();
            let same = bits.chars().zip(pattern.chars()).all(|(bit, wanted)| wanted == '.' || wanted == bit);
            same != *negated
        }
        Condition::Numeric(field, negated) => numeric(&bytes(record, field), field.kind) != *negated,
    }
}

fn numeric(bytes: &[u8], kind: Kind) -> bool {
    let (last, front) = bytes.split_last().unwrap();
    let digit = |nibble: u8| nibble < 10;
    let sign = |nibble: u8| [0xC, 0xD, 0xF].contains(&nibble);
    match kind {
        Kind::Fs => bytes.iter().all(|byte| (0xF0..=0xF9).contains(byte)),
        Kind::Zd => {
            front.iter().all(|byte| (0xF0..=0xF9).contains(byte)) && sign(last >> 4) && digit(last & 15)
        }
        _ => {
            front.iter().all(|byte| digit(byte >> 4) && digit(byte & 15))
                && digit(last >> 4)
                && sign(last & 15)
        }
    }
}

/// All records through INREC, OUTREC or what an OUTFIL does. `length` is that of fixed records before.
fn reformed(reform: &Reform, records: Vec<Record>, variable: bool, length: usize) -> Vec<Record> {
    let mut counters = Counters::default();
    match reform {
        Reform::Plain(change) => {
            records.into_iter().map(|record| changed(change, record, variable, &mut counters)).collect()
        }
        Reform::IfThen(clauses, wanted) => {
            let lengths = clauses.iter().map(|clause| reach(&clause.change, variable));
            let length = wanted.unwrap_or_else(|| lengths.chain([length]).max().unwrap_or(0));
            let done = |record| {
                let mut record = through(clauses, record, variable, &mut counters);
                if !variable {
                    record.resize(length, 0x40);
                }
                record
            };
            records.into_iter().map(done).collect()
        }
    }
}

/// How far a change reaches in fixed records.
fn reach(change: &Change, variable: bool) -> usize {
    match change {
        _ if variable => 0,
        Change::Find(_) => 0,
        Change::Push(pushes) => {
            pushes.iter().map(|(column, push)| column - 1 + pushed_width(*push)).max().unwrap_or(0)
        }
        Change::Build(items) | Change::Overlay(items) => {
            let mut end = 0;
            let mut far = 0;
            for item in items {
                let start = item.column.map_or(end, |column| column - 1);
                end = start + width(&item.value);
                far = far.max(end);
            }
            far
        }
    }
}

/// Bytes that an item puts, for all items whose length does not depend on the record.
pub fn width(value: &Value) -> usize {
    match value {
        Value::Bytes(_, length) | Value::Upper(_, length) | Value::Lower(_, length) => *length,
        Value::Blanks(n) | Value::Zeros(n) => *n,
        Value::Text(text) => text.chars().count(),
        Value::Hex(bytes) => bytes.len(),
        Value::Number(expression, shown, length) => {
            length.unwrap_or_else(|| numbers::width(numbers::digits(expression), shown))
        }
        Value::Sequence(digits, ..) => *digits,
        Value::ShownHex(_, length) => 2 * length,
        Value::Change(_, _, length, ..) => *length,
        Value::Rest(_) => 0,
    }
}

fn through(clauses: &[Clause], mut record: Record, variable: bool, counters: &mut Counters) -> Record {
    let mut any = false;
    let mut since = false;
    let mut stopped = false;
    for clause in clauses {
        let runs = match &clause.when {
            When::Init => true,
            When::None => !any,
            When::Any | When::Condition(_) if stopped => false,
            When::Any => std::mem::take(&mut since),
            When::Condition(condition) => holds(condition, &record),
            When::Group(group) => {
                record = grouped(group, &clause.change, record, counters);
                with_length(&mut record, variable);
                continue;
            }
        };
        if !runs {
            continue;
        }
        record = changed(&clause.change, record, variable, counters);
        if matches!(clause.when, When::Condition(_)) {
            any = true;
            since = true;
        }
        if matches!(clause.when, When::Condition(_) | When::Any) {
            stopped = !clause.hit_next;
        }
    }
    record
}

/// A record through WHEN=GROUP.
fn grouped(group: &Group, change: &Change, record: Record, counters: &mut Counters) -> Record {
    let Change::Push(pushes) = change else { panic!("a group pushes") };
    let state = counters.groups.entry(group).or_default();
    let key = group.key.map(|(position, length)| slice(&record, position, length));
    let begins = match (&group.begin, &key) {
        (Some(condition), _) => holds(condition, &record),
        (None, Some(_)) => state.key != key,
        (None, None) => !state.inside,
    };
    state.key = key;
    if begins {
        (state.inside, state.sequence, state.id) = (true, 0, state.id + 1);
        state.first.clone_from(&record);
    }
    if !state.inside {
        return record;
    }
    state.sequence += 1;
    let ends = group.end.as_ref().is_some_and(|condition| holds(condition, &record));
    if ends || group.records.is_some_and(|records| state.sequence >= records as u64) {
        state.inside = false;
    }
    let mut made = record;
    for (column, push) in pushes {
        let bytes = match push {
            Push::Bytes(position, length) => slice(&state.first, *position, *length),
            Push::Id(digits) => numbers::to(i128::from(state.id), "ZDF", *digits),
            Push::Sequence(digits) => numbers::to(i128::from(state.sequence), "ZDF", *digits),
        };
        made.resize(made.len().max(column - 1 + bytes.len()), 0x40);
        made[column - 1..column - 1 + bytes.len()].copy_from_slice(&bytes);
    }
    made
}

fn pushed_width(push: Push) -> usize {
    match push {
        Push::Bytes(_, length) | Push::Id(length) | Push::Sequence(length) => length,
    }
}

/// A record through FINDREP; fixed records keep their length.
fn replaced(find: &Find, record: &[u8], first: usize) -> Record {
    let start = find.start.unwrap_or(1).max(first) - 1;
    let end = find.end.unwrap_or(usize::MAX).min(record.len());
    let pairs: Vec<(Vec<u8>, Vec<u8>)> =
        find.pairs.iter().map(|(from, to)| (ebcdic(from), ebcdic(to))).collect();
    let mut made = record[..start.min(record.len())].to_vec();
    let (mut at, mut left) = (made.len(), find.limit.unwrap_or(usize::MAX));
    while at < record.len() {
        let found =
            |(from, _): &&(Vec<u8>, Vec<u8>)| at + from.len() <= end && record[at..].starts_with(from);
        match pairs.iter().find(found) {
            Some((from, to)) if left > 0 => {
                left -= 1;
                made.extend(to);
                if find.still {
                    made.extend(vec![0x40; from.len() - to.len()]);
                }
                at += from.len();
            }
            _ => {
                made.push(record[at]);
                at += 1;
            }
        }
    }
    made.resize(record.len(), 0x40);
    made
}

/// A record through BUILD, OVERLAY or FINDREP.
fn changed(change: &Change, record: Record, variable: bool, counters: &mut Counters) -> Record {
    let mut made = match change {
        Change::Push(_) => panic!("only groups push"),
        Change::Find(find) => replaced(find, &record, if variable { 5 } else { 1 }),
        Change::Build(items) => {
            let mut made = Vec::new();
            for item in items {
                let start = item.column.map_or(made.len(), |column| column - 1);
                made.resize(start.max(made.len()), 0x40);
                made.extend(put(item, &record, counters));
            }
            made
        }
        Change::Overlay(items) => {
            let mut made = record;
            let mut next = 0;
            for item in items {
                let start = item.column.map_or(next, |column| column - 1);
                let part = put(item, &made, counters);
                next = start + part.len();
                made.resize(next.max(made.len()), 0x40);
                made[start..next].copy_from_slice(&part);
            }
            made
        }
    };
    with_length(&mut made, variable);
    made
}

/// Puts its length into a record of variable length.
fn with_length(record: &mut Record, variable: bool) {
    if variable {
        let length = u16::try_from(record.len()).unwrap().to_be_bytes();
        record[..4].copy_from_slice(&[length[0], length[1], 0, 0]);
    }
}

fn put(item: &Item, record: &[u8], counters: &mut Counters) -> Vec<u8> {
    match &item.value {
        Value::Bytes(position, length) => slice(record, *position, *length),
        Value::Rest(position) => record.get(position - 1..).unwrap_or(&[]).to_vec(),
        Value::Blanks(n) => vec![0x40; *n],
        Value::Zeros(n) => vec![0; *n],
        Value::Text(text) => ebcdic(text),
        Value::Hex(bytes) => bytes.clone(),
        Value::Number(expression, shown, length) => {
            let made = numbers::show(evaluated(expression, record), numbers::digits(expression), shown);
            fitted(made, *length)
        }
        Value::Sequence(digits, kind, start, increment, restart) => {
            let key = restart.map(|(position, length)| slice(record, position, length)).unwrap_or_default();
            let next = match counters.sequences.get(&std::ptr::from_ref(&item.value)) {
                Some((last, before)) if *before == key => last + increment,
                _ => *start,
            };
            counters.sequences.insert(&raw const item.value, (next, key));
            let format = match kind {
                Kind::Zd => "ZDF",
                Kind::Pd => "PDC",
                _ => "BI",
            };
            numbers::to(i128::from(next), format, *digits)
        }
        Value::ShownHex(position, length) => ebcdic(&crate::harness::hex(&slice(record, *position, *length))),
        Value::Upper(position, length) => cased(&slice(record, *position, *length), 0x81, 0x40),
        Value::Lower(position, length) => cased(&slice(record, *position, *length), 0xC1, 0x40),
        Value::Change(position, length, result, pairs, otherwise) => {
            let field = slice(record, *position, *length);
            let found = pairs.iter().find(|(from, _)| {
                let mut from = ebcdic(from);
                from.resize(*length, 0x40);
                from == field
            });
            let mut made = ebcdic(found.map_or(otherwise, |(_, to)| to));
            made.resize(*result, 0x40);
            made
        }
    }
}

/// LENGTH: blanks on the left, or cut on the left.
fn fitted(made: Vec<u8>, length: Option<usize>) -> Vec<u8> {
    let Some(length) = length else { return made };
    let blanks = vec![0x40; length.saturating_sub(made.len())];
    let cut = made.len().saturating_sub(length);
    [&blanks[..], &made[cut..]].concat()
}

/// Letters of one case (those from `base`, in three rows of the code) with a bit turned.
fn cased(bytes: &[u8], base: u8, bit: u8) -> Vec<u8> {
    let letter = |byte: u8| matches!(byte.wrapping_sub(base), 0..=0x08 | 0x10..=0x18 | 0x21..=0x28);
    bytes.iter().map(|byte| if letter(*byte) { byte ^ bit } else { *byte }).collect()
}

fn evaluated(expression: &Expression, record: &[u8]) -> i128 {
    match expression {
        Expression::Field(field) => value(record, field),
        Expression::Constant(value) => *value,
        Expression::Binary(operator, left, right) => {
            let (a, b) = (evaluated(left, record), evaluated(right, record));
            match operator {
                Operator::Min => a.min(b),
                Operator::Max => a.max(b),
                Operator::Mul => a * b,
                Operator::Div => a / b,
                Operator::Mod => a % b,
                Operator::Add => a + b,
                Operator::Sub => a - b,
            }
        }
    }
}
