//! Control cards: a SORT deck or the statements of ICETOOL over the datasets of a job.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::StepContext;
use crate::control::deck::{Symbols, SystemSymbols};
use crate::control::flow::{self, Datasets, Finished, Fit, How, Input, Shape, Sink, Target, with_words};
use crate::control::message::Listing;
use crate::control::parse::{self, DeckKind, ParseContext};
use crate::control::tool;
use crate::dataset::{DatasetFormat, Reader, WORD, Written};
use crate::diag::{Diagnostic, Diagnostics, Result, Source, codes};
use crate::job::{ControlPlan, Role, TotalPlan};
use crate::ops::{TotalSpec, Totals};
use crate::record::Block;
use crate::run::observe::Observer;
use crate::run::output::Content;
use crate::run::sorts::DeckSorts;
use crate::run::store::Store;

/// A return code that means that the step did not do its work.
const RC_FAILED: u8 = 16;

pub(super) fn run(
    store: &mut Store<'_>,
    context: &mut StepContext<'_>,
    plan: &ControlPlan,
    observer: &dyn Observer,
) -> Result<()> {
    let clock = plan.date.to_datetime(plan.time);
    let symbols =
        plan.texts.get("SYMNAMES").map(|text| Symbols::read(text, plan.page, &SystemSymbols::of(clock)));
    let symbols = symbols.transpose().map_err(first)?;
    // The operators of ICETOOL have no names by which their runs could be told apart.
    let sorts = (!plan.tool).then(|| DeckSorts::new(store, context.step, clock.to_string()));
    let how = How {
        fs: store.fs,
        page: plan.page,
        clock,
        dialect: plan.dialect,
        resources: flow::Resources {
            threads: store.resources.threads,
            memory: store.resources.memory_bytes(),
            work_folders: store.work_folders(),
            compress: store.resources.compress,
        },
        sorts: sorts.as_ref().map(|sorts| sorts as &dyn flow::Sorts),
        symbols: symbols.as_ref(),
    };
    let mut listing = Listing::new();
    let totals = &context.step.totals;
    let mut datasets =
        JobDatasets { store, plan, totals, read: BTreeMap::new(), paths: BTreeMap::new(), taken: Vec::new() };
    let done = if plan.tool {
        let outcome = tool::run(&plan.control, &mut datasets, &how, &mut listing);
        match outcome.diagnostics.has_errors() && outcome.return_code >= RC_FAILED {
            true => Err(first(outcome.diagnostics)),
            false => Ok(outcome.return_code),
        }
    } else {
        sort(plan, &mut datasets, &how, &mut listing)
    };
    let JobDatasets { read, taken, .. } = datasets;
    context.report.listing = listing.text().to_owned();
    context.report.rc = done?;
    context.report.sorts.extend(sorts.map(DeckSorts::into_done).unwrap_or_default());
    for (dataset, counts) in read {
        let (records, bytes) = (counts.records.load(Ordering::Relaxed), counts.bytes.load(Ordering::Relaxed));
        observer.progress(records, bytes);
        context.report.inputs.push((dataset.clone(), records));
        context.report.bytes += bytes;
        let totals = counts.totals.lock().unwrap_or_else(PoisonError::into_inner).clone();
        context.keep_totals(store, &dataset, totals.into_iter());
    }
    for (dataset, written, totals) in taken {
        context.report.outputs.push((dataset.clone(), written.records));
        context.report.bytes += written.bytes;
        context.keep_totals(store, &dataset, totals.into_iter());
    }
    // What the step read over and over is read by it no more.
    for dataset in &plan.inputs {
        store.open(dataset)?;
    }
    Ok(())
}

fn sort(
    plan: &ControlPlan,
    datasets: &mut JobDatasets<'_, '_>,
    how: &How<'_>,
    listing: &mut Listing,
) -> Result<u8> {
    let mut sources: Vec<Arc<Source>> = plan.texts.get("DFSPARM").into_iter().cloned().collect();
    sources.push(Arc::clone(&plan.control));
    listing.begin("SORT", how.clock);
    sources.iter().for_each(|source| listing.echo(source));
    let context = ParseContext { page: how.page, dialect: how.dialect, kind: DeckKind::Main };
    let deck = parse::deck(&sources, how.symbols, &context).map_err(first)?;
    flow::run(&deck, datasets, how, listing).map(|outcome| outcome.return_code).map_err(first)
}

/// The first error, with the number of the others.
fn first(problems: Diagnostics) -> Box<Diagnostic> {
    let errors = problems.error_count();
    let first = problems.list().iter().find(|problem| problem.severity == crate::diag::Severity::Error);
    match first.cloned().map(Box::new) {
        Some(first) if errors > 1 => first.note(format!("and {} more", errors - 1)),
        Some(first) => first,
        None => {
            Diagnostic::error(codes::RUN010, "control cards failed without a reason").hint("please report it")
        }
    }
}

/// What has been read of a dataset.
#[derive(Default)]
struct Counts {
    records: AtomicU64,
    bytes: AtomicU64,
    totals: Mutex<Vec<(Arc<TotalSpec>, Totals)>>,
}

type Completed = (String, Written, Vec<(Arc<TotalSpec>, Totals)>);

/// The datasets of a job behind the names of DDs.
struct JobDatasets<'s, 'p> {
    store: &'s mut Store<'p>,
    plan: &'s ControlPlan,
    totals: &'s [TotalPlan],
    read: BTreeMap<String, Arc<Counts>>,
    /// Where outputs are being written, and once they are complete, can be read.
    paths: BTreeMap<String, std::path::PathBuf>,
    taken: Vec<Completed>,
}

impl JobDatasets<'_, '_> {
    fn output(&self, dd: &str) -> Option<&str> {
        let name = self.plan.dds.get(dd)?.first()?;
        self.plan.outputs.contains(name).then_some(name)
    }

    fn specs(&self, dataset: &str) -> Vec<(Arc<TotalSpec>, Totals)> {
        let over = self.totals.iter().filter(|total| total.over == dataset);
        over.map(|total| (Arc::clone(&total.spec), Totals::default())).collect()
    }

    /// The blocks of one dataset, counted the first time it is read.
    fn blocks(&mut self, name: &str) -> Result<flow::Blocks> {
        let format = self.store.dataset(name)?.format.clone();
        let dataset = name.to_owned();
        if let Some(path) = self.paths.get(name) {
            let mut reader = Reader::open(self.store.fs, name, path, format.clone())?;
            return Ok(Box::new(move || {
                reader.next_block()?.map(|block| worded(block, &format, &dataset)).transpose()
            }));
        }
        let counts = (!self.read.contains_key(name)).then(|| {
            let counts = Arc::new(Counts { totals: Mutex::new(self.specs(name)), ..Counts::default() });
            self.read.insert(name.to_owned(), Arc::clone(&counts));
            counts
        });
        let mut supply = self.store.open_again(name)?;
        Ok(Box::new(move || {
            let Some(block) = supply.next_block()? else { return Ok(None) };
            if let Some(counts) = &counts {
                counts.add(&block, &dataset)?;
            }
            worded(block, &format, &dataset).map(Some)
        }))
    }
}

impl Counts {
    fn add(&self, block: &Block, dataset: &str) -> Result<()> {
        self.records.fetch_add(block.len() as u64, Ordering::Relaxed);
        self.bytes.fetch_add(block.size() as u64, Ordering::Relaxed);
        let mut totals = self.totals.lock().unwrap_or_else(PoisonError::into_inner);
        totals.iter_mut().try_for_each(|(spec, total)| spec.merge(total, spec.of_block(block, dataset)?))
    }
}

fn worded(block: Block, format: &DatasetFormat, dataset: &str) -> Result<Block> {
    if format.fixed_length().is_some() { Ok(block) } else { with_words(block, format, dataset) }
}

fn shape_of(format: &DatasetFormat) -> Shape {
    match format.fixed_length() {
        Some(length) => Shape { variable: false, length },
        None => Shape { variable: true, length: format.lrecl + WORD },
    }
}

impl Datasets for JobDatasets<'_, '_> {
    fn open(&mut self, dd: &str, _told: Option<Shape>) -> Result<Option<Input>> {
        let Some(names) = self.plan.dds.get(dd).cloned() else { return Ok(None) };
        let (mut blocks, mut size, mut shape): (Vec<flow::Blocks>, Option<u64>, Option<Shape>) =
            (Vec::new(), Some(0), None);
        for name in &names {
            let own = shape_of(&self.store.dataset(name)?.format);
            let before = *shape.get_or_insert(own);
            if before.variable != own.variable || !own.variable && before.length != own.length {
                let message = format!("the datasets of {dd} have different record formats");
                return Err(
                    Diagnostic::error(codes::CTL103, message).hint("concatenate datasets that are alike")
                );
            }
            shape = Some(Shape { length: before.length.max(own.length), ..before });
            size = size.zip(self.store.size(name)).map(|(all, one)| all + one);
            blocks.push(self.blocks(name)?);
        }
        let Some(shape) = shape else { return Ok(None) };
        let mut rest = blocks.into_iter();
        let mut current = rest.next();
        let next: flow::Blocks = Box::new(move || {
            while let Some(blocks) = &mut current {
                match blocks()? {
                    Some(block) => return Ok(Some(block)),
                    None => current = rest.next(),
                }
            }
            Ok(None)
        });
        Ok(Some(Input { dd: dd.to_owned(), shape, blocks: next, size }))
    }

    fn attributes(&self, dd: &str, _made: Shape) -> Result<Option<Shape>> {
        let Some(name) = self.plan.dds.get(dd).and_then(|names| names.first()) else { return Ok(None) };
        Ok(Some(shape_of(&self.store.dataset(name)?.format)))
    }

    fn create(&mut self, dd: &str, _shape: Shape, fit: Fit) -> Result<Sink> {
        let Some(name) = self.output(dd).map(str::to_owned) else { return Err(flow::missing(dd)) };
        if self.paths.contains_key(&name) {
            let message = format!("{dd} is written twice by one step");
            return Err(
                Diagnostic::error(codes::CTL102, message).hint("write each dataset once; use another DD")
            );
        }
        let format = self.store.dataset(&name)?.format.clone();
        let (path, file) = self.store.stage(&name)?;
        self.paths.insert(name, path.clone());
        let shape = shape_of(&format);
        Sink::start(Target { dd: dd.to_owned(), path, format, shape, fit, file: Some(file), before: None })
    }

    fn complete(&mut self, sink: Sink) -> Result<Written> {
        let (dd, Finished { written, file }) = sink.finish()?;
        let Some(name) = self.output(&dd).map(str::to_owned) else { return Ok(written) };
        let Some(path) = self.paths.get(&name).cloned() else { return Ok(written) };
        let mut totals = self.specs(&name);
        if !totals.is_empty() {
            let format = self.store.dataset(&name)?.format.clone();
            let mut reader = Reader::open(self.store.fs, &name, &path, format)?;
            while let Some(block) = reader.next_block()? {
                for (spec, total) in &mut totals {
                    spec.merge(total, spec.of_block(&block, &name)?)?;
                }
            }
        }
        if let Some(file) = file {
            self.store.complete(&name, path, written, Content::File(file));
        }
        self.taken.push((name, written, totals));
        Ok(written)
    }

    fn text(&mut self, dd: &str) -> Result<Option<Arc<Source>>> {
        Ok(self.plan.texts.get(dd).cloned())
    }

    fn stated_length(&self, dd: &str) -> Option<usize> {
        let dataset = self.store.dataset(self.output(dd)?).ok()?;
        (dataset.role != Role::Temporary).then(|| shape_of(&dataset.format).length)
    }

    fn has(&self, dd: &str) -> bool {
        self.plan.dds.contains_key(dd) || self.plan.texts.contains_key(dd)
    }
}
