//! A comparison: each side is read by an intake on a thread of its own, so that counts, totals and trailers are checked as for
//! every other step; the engine of `diff` takes the blocks from there.

use std::io::Write;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel, sync_channel};
use std::sync::{Mutex, PoisonError};

use super::{StepContext, UNHEARD, joined, unless_unheard};
use crate::convert::Output;
use crate::dataset::Written;
use crate::diag::{Diagnostic, Result, codes};
use crate::diff::{
    self, Blocks, CsvSink, Fields, History, Means, Outcome, RecordSink, Request, Sample, Side, Which,
};
use crate::job::{DiffPlan, Role};
use crate::record::Block;
use crate::run::intake::{Intake, Taken};
use crate::run::observe::Observer;
use crate::run::output::Content;
use crate::run::store::Store;
use crate::sys::hash::xxh3_128;
use crate::sys::{PathError, WriteFile};

/// Blocks that may wait for the engine.
const QUEUE: usize = 4;
/// Clusters that the report of the run names.
const CLUSTERS: usize = 20;
/// Places in [`DiffPlan::outputs`].
const CSV: usize = 0;
const OURS: usize = 1;
const THEIRS: usize = 2;
const PAGE: usize = 3;
const JSON: usize = 4;

pub(super) fn run(
    store: &mut Store<'_>,
    context: &mut StepContext<'_>,
    plan: &DiffPlan,
    observer: &dyn Observer,
) -> Result<()> {
    let (left, given_left) = side(store, context, plan, Which::Left, observer)?;
    let (right, given_right) = side(store, context, plan, Which::Right, observer)?;
    let fields = Fields::new(&left, &right, &plan.renamed);
    let means = Means {
        threads: store.resources.threads,
        memory: store.resources.memory_bytes(),
        work_folders: store.work_folders(),
        compress: store.resources.compress,
    };
    let request = Request {
        fs: store.fs,
        left: &left,
        right: &right,
        fields: &fields,
        rules: &plan.rules,
        pairing: &plan.pairing,
        means: &means,
    };
    let mut files = Files { plan, staged: Vec::new() };
    let ends = [given_left.ask.clone(), given_right.ask.clone()];
    let (compared, taken) = std::thread::scope(|scope| {
        let threads = [given_left, given_right].map(|giver| scope.spawn(move || giver.give()));
        let compared = diff::compare(&request, &mut || files.open(store), &|_, _| ());
        for end in ends {
            // A thread that has read twice no longer listens.
            let _ = end.send(Ask::End);
        }
        (compared, threads.map(joined))
    });
    let [ours, theirs] = taken;
    // A side that failed ended its blocks early, so its error explains whatever the comparison made of them.
    let (ours, theirs) = (ours?, theirs?);
    let (mut outcome, takers) = compared?;
    for taken in [ours, theirs] {
        context.taken(store, taken.ok_or_else(unread)?);
    }
    let ours = &plan.datasets[0];
    if store.dataset(ours)?.role != Role::Input {
        outcome.why = Some(format!("offhost why {} --output {ours}:", store.run()));
    }
    if let Some(path) = &plan.history {
        let mut history = History::read(store.fs, path)?;
        history.add(plan.night, &mut outcome);
        history.save(store.fs, path)?;
    }
    files.finish(store, context, &request, &outcome, takers)?;
    account(context, &outcome);
    let good = outcome.is_as_good_as(plan.good);
    context.report.rc = if good { 0 } else { plan.rc };
    Ok(())
}

/// What was found, for the report of the run.
fn account(context: &mut StepContext<'_>, outcome: &Outcome) {
    let tally = &outcome.tally;
    let details = &mut context.report.details;
    details.push((format!("answer: {}", outcome.answer.name()), tally.paired));
    details.push(("equal".to_owned(), outcome.equal_pairs()));
    details.push(("different".to_owned(), tally.different));
    details.push(("ours only".to_owned(), tally.left_only));
    details.push(("theirs only".to_owned(), tally.right_only));
    for cluster in outcome.clusters.iter().take(CLUSTERS) {
        let mut text = format!("cluster {}: {}", cluster.field, cluster.cause.name());
        for part in cluster.by().into_iter().chain(diff::condition(cluster)) {
            text.push_str(", ");
            text.push_str(&part);
        }
        details.push((text, cluster.records));
    }
}

/// What is asked of a thread that reads a side.
enum Ask {
    /// To read it from the start.
    Open,
    /// Nothing more.
    End,
}

/// Reads a side, once more if the engine finds that it has to be sorted first.
struct Giver<'a> {
    intakes: [Intake<'a>; 2],
    ask: Sender<Ask>,
    asked: Receiver<Ask>,
    give: Sender<Receiver<Block>>,
}

fn side<'s: 'a, 'a>(
    store: &mut Store<'s>,
    context: &StepContext<'_>,
    plan: &DiffPlan,
    which: Which,
    observer: &'a dyn Observer,
) -> Result<(Side, Giver<'a>)> {
    let (name, form) = (&plan.datasets[which.index()], &plan.forms[which.index()]);
    store.keep(name);
    let totals = &context.step.totals;
    let intakes =
        [Intake::open(store, name, totals, observer)?, Intake::open(store, name, totals, observer)?];
    let (ask, asked) = channel();
    let (give, given) = channel();
    let hand = Mutex::new((ask.clone(), given));
    let side = Side::described(name, form.clone(), store.dataset(name)?.format.clone());
    Ok((side.reading(store.size(name), move || opened(&hand)), Giver { intakes, ask, asked, give }))
}

fn opened(hand: &Mutex<(Sender<Ask>, Receiver<Receiver<Block>>)>) -> Result<Blocks> {
    let hand = hand.lock().unwrap_or_else(PoisonError::into_inner);
    let asked = hand.0.send(Ask::Open).ok();
    let blocks = asked.and_then(|()| hand.1.recv().ok()).ok_or_else(unread)?;
    Ok(Box::new(move || Ok(blocks.recv().ok())))
}

impl Giver<'_> {
    /// What was read when it was read to the end.
    fn give(self) -> Result<Option<Taken>> {
        let mut taken = Ok(None);
        for intake in self.intakes {
            if !matches!(self.asked.recv(), Ok(Ask::Open)) {
                return taken;
            }
            let (sender, blocks) = sync_channel(QUEUE);
            if self.give.send(blocks).is_err() {
                return taken;
            }
            let unheard = |_| Diagnostic::error(codes::RUN010, UNHEARD);
            let mut put = |block: Block| sender.send(block).map_err(unheard);
            taken = unless_unheard(intake.read(&Ok, &mut put));
        }
        taken
    }
}

/// What takes the differences: the sample of a page; CSV; records of ours, of theirs.
type Takers = (Option<Sample>, (Option<CsvSink>, (Option<RecordSink>, Option<RecordSink>)));

/// The outputs of the step.
struct Files<'a> {
    plan: &'a DiffPlan,
    staged: Vec<(usize, PathBuf)>,
}

impl Files<'_> {
    /// Stages what is written while records are compared, anew if that begins anew.
    fn open(&mut self, store: &mut Store<'_>) -> Result<Takers> {
        for (at, path) in std::mem::take(&mut self.staged) {
            if let Some(name) = &self.plan.outputs[at] {
                store.unstage(name, &path)?;
            }
        }
        let csv = self.stage(store, CSV)?.map(|(output, ..)| CsvSink::new(output, self.key().to_vec()));
        let mut records = |at: usize, which: Which| -> Result<Option<RecordSink>> {
            let staged = self.stage(store, at)?;
            let Some((output, name)) = staged else { return Ok(None) };
            Ok(Some(RecordSink::new(&name, store.dataset(&name)?.format.clone(), which, output)))
        };
        let (ours, theirs) = (records(OURS, Which::Left)?, records(THEIRS, Which::Right)?);
        Ok((self.plan.outputs[PAGE].is_some().then(|| Sample::new(self.key())), (csv, (ours, theirs))))
    }

    fn key(&self) -> &[u32] {
        self.plan.pairing.columns()
    }

    fn stage(&mut self, store: &mut Store<'_>, at: usize) -> Result<Option<(Output, String)>> {
        let Some(name) = &self.plan.outputs[at] else { return Ok(None) };
        let (path, file) = store.stage(name)?;
        self.staged.push((at, path.clone()));
        Ok(Some((Output { path, file }, name.clone())))
    }

    /// Completes what was written, and writes the page and the JSON.
    fn finish(
        mut self,
        store: &mut Store<'_>,
        context: &mut StepContext<'_>,
        request: &Request<'_>,
        outcome: &Outcome,
        takers: Takers,
    ) -> Result<()> {
        let (sample, (csv, (ours, theirs))) = takers;
        let ended = [csv.map(CsvSink::finish), ours.map(RecordSink::finish), theirs.map(RecordSink::finish)];
        for (at, ended) in ended.into_iter().enumerate() {
            if let Some(ended) = ended {
                let (written, file) = ended?;
                self.complete(store, context, at, written, file);
            }
        }
        if let Some(sample) = sample {
            let csv = self.plan.outputs[CSV].as_ref().map(|name| format!("dataset {name}"));
            let page = diff::page(request, outcome, sample, csv.as_deref())?;
            self.document(store, context, PAGE, &page)?;
        }
        if self.plan.outputs[JSON].is_some() {
            self.document(store, context, JSON, format!("{:#}\n", diff::to_json(outcome)).as_bytes())?;
        }
        Ok(())
    }

    fn document(
        &mut self,
        store: &mut Store<'_>,
        context: &mut StepContext<'_>,
        at: usize,
        bytes: &[u8],
    ) -> Result<()> {
        let Some((mut output, _)) = self.stage(store, at)? else { return Ok(()) };
        output.file.write_all(bytes).path_error("write", &output.path)?;
        let records = bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
        let written =
            Written { records, bytes: bytes.len() as u64, hash: xxh3_128(bytes), ..Written::default() };
        self.complete(store, context, at, written, output.file);
        Ok(())
    }

    fn complete(
        &self,
        store: &mut Store<'_>,
        context: &mut StepContext<'_>,
        at: usize,
        written: Written,
        file: Box<dyn WriteFile>,
    ) {
        let staged = self.staged.iter().find(|(staged, _)| *staged == at);
        if let (Some((_, path)), Some(name)) = (staged, &self.plan.outputs[at]) {
            context.report.outputs.push((name.clone(), written.records));
            context.report.bytes += written.bytes;
            store.complete(name, path.clone(), written, Content::File(file));
        }
    }
}

fn unread() -> Box<Diagnostic> {
    Diagnostic::error(codes::RUN010, "a side was not read to its end")
        .hint("this is a defect of offhost; please report it")
}
