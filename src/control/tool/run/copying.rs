//! COPY, SORT, MERGE, RESIZE.

use super::session::{Done, Run, Session, names};
use crate::control::flow::{Leaving, Routes, Shape, run_routed};
use crate::control::message;
use crate::control::syntax::{Application, Deck};
use crate::control::tool::syntax::{Copy, Merge, Resize};
use crate::diag::{Diagnostic, codes};
use crate::record::Block;

/// COPY and SORT.
pub(super) fn copy(copy: &Copy, session: &mut Session<'_>) -> Run<Done> {
    let mut deck = session.deck(copy.using.as_ref())?;
    match &copy.using {
        Some(using) if copy.sort => {
            session.needs(using, &["SORT", "MERGE", "OPTION"], message::NO_SORT_OR_MERGE)?;
        }
        _ => {
            deck.application = Application::Copy;
            deck.sum = None;
        }
    }
    let from = match &copy.from {
        Some(from) => {
            session.exists(from)?;
            vec![from.name.clone()]
        }
        None => Vec::new(),
    };
    let word = if copy.sort { "SORT" } else { "COPY" };
    let shown = copy.from.as_ref().map_or("JOINKEYS", |from| &from.name);
    let to = copy.to.first().map_or("OUTFIL", |to| &to.name);
    session.call(word, shown, to, copy.using.as_ref());
    pass(&deck, Routes { from, to: names(&copy.to) }, session)
}

/// MERGE.
pub(super) fn merge(merge: &Merge, session: &mut Session<'_>) -> Run<Done> {
    let deck = session.deck(Some(&merge.using))?;
    session.needs(&merge.using, &["MERGE", "SORT", "OPTION"], message::NO_SORT_OR_MERGE)?;
    for from in &merge.from {
        session.exists(from)?;
    }
    let to = merge.to.first().map_or("OUTFIL", |to| &to.name);
    session.call("MERGE", "MERGE", to, Some(&merge.using));
    pass(&deck, Routes { from: names(&merge.from), to: names(&merge.to) }, session)
}

fn pass(deck: &Deck, routes: Routes, session: &mut Session<'_>) -> Run<Done> {
    let outcome = run_routed(deck, &routes, session.datasets, session.how, session.listing)?;
    session.call_completed(false);
    Ok(Done { code: outcome.return_code, ..Done::default() })
}

/// RESIZE.
pub(super) fn resize(resize: &Resize, session: &mut Session<'_>) -> Run<Done> {
    let deck = session.deck(resize.input.using.as_ref())?;
    let word = if matches!(deck.application, Application::Sort(_)) { "SORT" } else { "COPY" };
    session.call(word, &resize.input.from.name, "E35 EXIT", resize.input.using.as_ref());
    let entering = session.enter(&deck, &resize.input.from)?;
    let shape = entering.shape();
    if shape.variable {
        return Err(not_fixed(resize).into());
    }
    let length = resize.length as usize;
    let made = Shape { variable: false, length };
    let mut leaving =
        Leaving::open(&deck, made, &names(&resize.to), session.datasets, session.how, session.listing)?;
    let mut resizer = Resizer { length, pad: session.how.page.space(), pending: Vec::new(), room: 0 };
    resizer.room =
        if length >= shape.length { length / shape.length.max(1) * shape.length.max(1) } else { length };
    let mut made_records = 0;
    let entered = entering.run(&mut |keyed| {
        let mut out = Block::empty(Some(length));
        for record in keyed.block.records() {
            resizer.take(record, &mut out);
        }
        made_records += out.len() as u64;
        leaving.put(out)
    })?;
    let mut out = Block::empty(Some(length));
    resizer.flush(&mut out);
    made_records += out.len() as u64;
    leaving.put(out)?;
    let left = leaving.finish(session.datasets, session.listing)?;
    session.call_completed(true);
    session.say_records(&entered);
    session.say("ICE638I", &format!("NUMBER OF RECORDS RESULTING FROM CRITERIA:  {made_records:015}"));
    Ok(Done::of(&left))
}

/// Makes records of another length: several of one, or one of several.
struct Resizer {
    length: usize,
    pad: u8,
    pending: Vec<u8>,
    /// Bytes of records that go into one that is made.
    room: usize,
}

impl Resizer {
    fn take(&mut self, record: &[u8], out: &mut Block) {
        if record.len() > self.length {
            for piece in record.chunks(self.length) {
                self.pending.extend_from_slice(piece);
                self.flush(out);
            }
            return;
        }
        self.pending.extend_from_slice(record);
        if self.pending.len() >= self.room {
            self.flush(out);
        }
    }

    fn flush(&mut self, out: &mut Block) {
        if !self.pending.is_empty() {
            self.pending.resize(self.length, self.pad);
            out.push(&self.pending);
            self.pending.clear();
        }
    }
}

fn not_fixed(resize: &Resize) -> Box<Diagnostic> {
    let from = &resize.input.from;
    Diagnostic::error(
        codes::CTL103,
        format!("RESIZE is for records of fixed length, {} has variable ones", from.name),
    )
    .at(&from.span, "records of variable length")
    .hint("a COPY whose deck has OUTFIL with VTOF makes fixed ones")
}
