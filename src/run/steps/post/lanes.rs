//! Engines side by side: every lane posts those transactions of a batch that are its own; what they made of them is settled in
//! the order of the transactions.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::Scope;

use super::Posting;
use crate::diag::{Diagnostic, Result, codes};
use crate::post::{Batch, Engine, Outcome};
use crate::record::Block;
use crate::run::intake::{Intake, Taken};

/// Batches under way at most.
const UNDER_WAY: usize = 3;

/// The lanes, and the batches that are in them.
pub(super) struct Lanes {
    lanes: Vec<Lane>,
    batches: VecDeque<Arc<Batch>>,
}

/// A thread with an engine.
struct Lane {
    batches: SyncSender<Arc<Batch>>,
    outcomes: Receiver<Outcome>,
    /// Outcomes go back to be filled anew.
    spare: Sender<Outcome>,
}

impl Lanes {
    /// Reads an input through the lanes.
    pub fn read(
        intake: Intake<'_>,
        look: &(dyn Fn(Block) -> Result<Batch> + Sync),
        engines: &mut [Engine],
        dataset: &str,
        posting: &mut Posting<'_>,
    ) -> Result<Taken> {
        std::thread::scope(|scope| {
            let lanes = engines.iter_mut().zip(0..).map(|(engine, part)| open(scope, engine, part, dataset));
            let mut lanes = Lanes { lanes: lanes.collect(), batches: VecDeque::new() };
            let taken = intake.read(look, &mut |batch| lanes.take(batch, posting));
            // Whatever ended the reading, what was read before it has its turn first.
            while !lanes.batches.is_empty() {
                lanes.settle(posting)?;
            }
            taken
        })
    }

    fn take(&mut self, mut batch: Batch, posting: &mut Posting<'_>) -> Result<()> {
        posting.begin(&mut batch);
        let batch = Arc::new(batch);
        for lane in &self.lanes {
            lane.batches.send(Arc::clone(&batch)).map_err(|_| died())?;
        }
        self.batches.push_back(batch);
        if self.batches.len() < UNDER_WAY { Ok(()) } else { self.settle(posting) }
    }

    /// Settles the oldest batch.
    fn settle(&mut self, posting: &mut Posting<'_>) -> Result<()> {
        let Some(batch) = self.batches.pop_front() else { return Ok(()) };
        let outcomes = self.lanes.iter().map(|lane| lane.outcomes.recv().map_err(|_| died()));
        let mut outcomes = outcomes.collect::<Result<Vec<_>>>()?;
        if let Err(error) = posting.settle(&batch, &mut outcomes) {
            // Nothing behind it counts.
            self.batches.clear();
            return Err(error);
        }
        for (lane, outcome) in self.lanes.iter().zip(outcomes) {
            // A lane that has ended needs none.
            let _ = lane.spare.send(outcome);
        }
        Ok(())
    }
}

fn open<'s>(scope: &'s Scope<'s, '_>, engine: &'s mut Engine, part: u16, dataset: &'s str) -> Lane {
    let (batches, incoming) = sync_channel::<Arc<Batch>>(UNDER_WAY);
    let (outgoing, outcomes) = channel();
    let (spare, spares) = channel::<Outcome>();
    scope.spawn(move || {
        for batch in incoming {
            let mut outcome = spares.try_recv().unwrap_or_default();
            engine.post_batch(&batch, part, dataset, &mut outcome);
            drop(batch);
            if outgoing.send(outcome).is_err() {
                return;
            }
        }
    });
    Lane { batches, outcomes, spare }
}

fn died() -> Box<Diagnostic> {
    Diagnostic::error(codes::RUN010, "a posting thread died")
        .hint("this is a defect of offhost; please report it")
}
