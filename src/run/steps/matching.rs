//! Match: two inputs, each read (and if need be sorted) on a thread of its own, merged here.

use std::collections::BTreeMap;
use std::sync::mpsc::{SyncSender, sync_channel};

use super::{StepContext, joined, send, unless_unheard};
use crate::diag::{Diagnostic, Result, codes};
use crate::job::MatchPlan;
use crate::key::{Key, KeyedBlock};
use crate::ops::{MatchReport, MatchSinks, Matcher};
use crate::record::Block;
use crate::run::intake::{Intake, Taken};
use crate::run::observe::Observer;
use crate::run::output::Output;
use crate::run::sorts;
use crate::run::store::Store;
use crate::sort::{Deal, Put, Sizing, SortReport, Sorter, WorkSpace};

/// Blocks that may wait for the merge.
const QUEUE: usize = 8;

pub(super) fn run(
    store: &mut Store<'_>,
    context: &mut StepContext<'_>,
    plan: &MatchPlan,
    observer: &dyn Observer,
) -> Result<()> {
    let totals = &context.step.totals;
    let names = [&plan.paired, &plan.left_only, &plan.right_only, &plan.left_paired, &plan.right_paired];
    let mut outputs = Vec::with_capacity(names.len());
    for name in names {
        outputs.push(name.as_ref().map(|name| store.create(name, totals)).transpose()?);
    }
    let parts =
        [kept_whole(&plan.left_only, &plan.left_paired), kept_whole(&plan.right_only, &plan.right_paired)];
    let left = Side::new(context, &plan.left, plan.sort.0, parts[0].is_some());
    let right = Side::new(context, &plan.right, plan.sort.1, parts[1].is_some());
    let left_work = sorts::work_space(store, context.step, "left");
    let right_work = sorts::work_space(store, context.step, "right");
    let left_intake = Intake::open(store, left.dataset, totals, observer)?;
    let right_intake = Intake::open(store, right.dataset, totals, observer)?;

    let (matched, left_taken, right_taken) = std::thread::scope(|scope| {
        let (left_sender, left_blocks) = sync_channel(QUEUE);
        let (right_sender, right_blocks) = sync_channel(QUEUE);
        let (left, right, left_work, right_work) = (&left, &right, &left_work, &right_work);
        let left_thread = scope.spawn(move || left.produce(left_intake, left_work, &left_sender));
        let right_thread = scope.spawn(move || right.produce(right_intake, right_work, &right_sender));
        let merged = {
            let source = |blocks: std::sync::mpsc::Receiver<KeyedBlock>| -> crate::ops::Source<'_> {
                Box::new(move || Ok(blocks.recv().ok()))
            };
            let matcher = Matcher::new(
                (left.dataset, source(left_blocks)),
                (right.dataset, source(right_blocks)),
                plan.cardinality,
            );
            merge(matcher, &mut outputs)
        };
        // A side that failed ended its blocks early, so its error explains whatever the merge made of them.
        let left_taken = joined(left_thread);
        let right_taken = joined(right_thread);
        match (left_taken, right_taken, merged) {
            (Ok(Some(left)), Ok(Some(right)), Ok(matched)) => Ok((matched, left, right)),
            (Err(error), ..) | (_, Err(error), _) | (_, _, Err(error)) => Err(error),
            _ => Err(Diagnostic::error(codes::RUN010, "a match ended early").hint("please report it")),
        }
    })?;

    let came =
        [&left_taken, &right_taken].map(|(_, sorted)| sorted.as_ref().map(|sorted| sorted.fingerprint));
    for (side, (taken, sorted), records) in
        [("left records", left_taken, matched.left), ("right records", right_taken, matched.right)]
    {
        context.check_identity(side, taken.records, records)?;
        context.report.sorts.extend(sorted.map(|sorted| (taken.dataset.clone(), sorted)));
        context.taken(store, taken);
    }
    let mut fingerprints = BTreeMap::new();
    for output in outputs.into_iter().flatten() {
        let dataset = output.dataset.clone();
        fingerprints.insert(dataset, context.finish(store, output)?.fingerprint);
    }
    for ((side, came), parts) in ["left", "right"].into_iter().zip(came).zip(parts) {
        if let (Some(came), Some(parts)) = (came, parts) {
            check_content(context, side, came, parts.map(|part| fingerprints.get(part).copied()))?;
        }
    }
    account(context, &matched, plan);
    Ok(())
}

/// The outputs of a side, if every record of it goes to one of them.
fn kept_whole<'p>(only: &'p Option<String>, paired: &'p Option<String>) -> Option<[&'p str; 2]> {
    Some([only.as_deref()?, paired.as_deref()?])
}

/// A side that is kept whole has left no other records than came, if its two parts together have their fingerprint.
fn check_content(context: &StepContext<'_>, side: &str, came: u64, parts: [Option<u64>; 2]) -> Result<()> {
    let left = parts.into_iter().flatten().fold(0, |sum: u64, part| sum.wrapping_add(part));
    context.check_identity(&format!("fingerprints of {side} records"), came, left)
}

fn account(context: &mut StepContext<'_>, matched: &MatchReport, plan: &MatchPlan) {
    context.report.details.push(("pairs".to_owned(), matched.pairs));
    context.report.details.push(("left only".to_owned(), matched.left_only));
    context.report.details.push(("right only".to_owned(), matched.right_only));
    let unkept = |kept: &Option<String>, records: u64| if kept.is_none() { records } else { 0 };
    context.report.dropped +=
        unkept(&plan.left_only, matched.left_only) + unkept(&plan.right_only, matched.right_only);
}

fn merge(matcher: Matcher<'_>, outputs: &mut [Option<Output>]) -> Result<MatchReport> {
    let mut sinks: Vec<_> = outputs
        .iter_mut()
        .map(|output| output.as_mut().map(|output| move |record: &[u8]| output.record(record)))
        .collect();
    let [paired, left_only, right_only, left_paired, right_paired] = sinks.as_mut_slice() else {
        return Err(Diagnostic::error(codes::RUN010, "a match has five outputs").hint("please report it"));
    };
    let mut sinks = MatchSinks {
        paired: paired.as_mut().map(|sink| sink as _),
        left_only: left_only.as_mut().map(|sink| sink as _),
        right_only: right_only.as_mut().map(|sink| sink as _),
        left_paired: left_paired.as_mut().map(|sink| sink as _),
        right_paired: right_paired.as_mut().map(|sink| sink as _),
    };
    matcher.run(&mut sinks)
}

/// One input of the match.
struct Side<'a> {
    dataset: &'a str,
    key: &'a Key,
    sort: Option<Sizing>,
    /// True if every record goes to an output, so that their fingerprints say whether it is what came.
    kept_whole: bool,
}

impl<'a> Side<'a> {
    fn new(
        context: &StepContext<'_>,
        (dataset, key): &'a (String, Key),
        sort: bool,
        kept_whole: bool,
    ) -> Self {
        let planned = context.sorts.iter().find(|planned| planned.dataset == *dataset);
        let sort = planned.filter(|_| sort).map(|planned| planned.sizing);
        Side { dataset, key, sort, kept_whole }
    }

    /// Reads the input and sends its blocks in key order, with their keys. `None` if nobody listens any more.
    fn produce(
        &self,
        intake: Intake<'_>,
        work: &WorkSpace<'_>,
        sender: &SyncSender<KeyedBlock>,
    ) -> Result<Option<(Taken, Option<SortReport>)>> {
        let Some(sizing) = self.sort else {
            let keyed = |block: Block| KeyedBlock::new(block, self.key, self.dataset);
            let taken = intake.read(&keyed, &mut |block| send(sender, block));
            return Ok(unless_unheard(taken)?.map(|taken| (taken, None)));
        };
        let mut sorter = Sorter::new(self.key.clone(), sizing, work)?;
        let prepare = sorter.preparer(self.dataset);
        let mut push = |keyed| sorter.push(keyed);
        let deal = |deal: Option<Deal>| deal.into_iter().for_each(Deal::run);
        let taken = intake.read_then(&prepare, &mut push, &deal)?;
        let put: Put<'_> = &mut |keyed| send(sender, keyed);
        let sorted = if self.kept_whole { sorter.finish_unproven(put) } else { sorter.finish(put) };
        Ok(unless_unheard(sorted)?.map(|report| (taken, Some(report))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both parts of a side together have what came; a part that is not kept leaves the proof to the sort.
    #[test]
    fn a_side_is_proven_by_its_parts_only_if_both_are_kept() {
        let (only, paired) = (Some("ONLY".to_owned()), Some("PAIRED".to_owned()));
        assert_eq!(kept_whole(&only, &paired), Some(["ONLY", "PAIRED"]));
        assert_eq!(kept_whole(&only, &None), None);
        assert_eq!(kept_whole(&None, &paired), None);
    }
}
