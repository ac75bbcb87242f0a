//! `offhost diff`: two files beside each other.

use std::io::Write;
use std::path::Path;
use std::time::Instant;

use jiff::civil::Date;

use super::convert::{form_of, text_form};
use crate::cli::args::ConvertForm;
use crate::cli::args::{AnswerArgs, Diff, ResourceArgs, RuleArgs, SideArgs};
use crate::cli::copybooks;
use crate::cli::destination::Destination;
use crate::cli::exit::CommandResult;
use crate::cli::progress::Meter;
use crate::cli::table::{duration, grouped, grouped_decimal, hide, speed, table, text as as_text};
use crate::cli::ui::Ui;
use crate::convert::Output;
use crate::copybook::Layout;
use crate::dataset::Written;
use crate::diag::{Diagnostic, Diagnostics, Result, Source, Span, codes};
use crate::diff::{
    self, ActionText, Answer, CsvSink, Fields, History, Means, Outcome, Pairing, RecordSink, Request,
    RuleText, RuleTexts, Sample, Side, Sum, Which,
};
use crate::job::comparison_rules;
use crate::run::published_by;
use crate::sys::hash::xxh3_128;
use crate::sys::{PathError, RealFs, Root, clock};

pub(in crate::cli) fn execute(arguments: &Diff, ui: &Ui) -> CommandResult {
    let started = Instant::now();
    let wanted = wanted(arguments, ui)?;
    let outcome = compare(&wanted, &arguments.answer, ui)?;
    if arguments.answer.json {
        ui.answer(&format!("{:#}\n", diff::to_json(&outcome)))?;
    } else if !ui.quiet {
        let elapsed = started.elapsed();
        let bytes = wanted.bytes();
        ui.answer(&format!("{}{}{}\n", shown(&outcome), duration(elapsed), speed(bytes, elapsed)))?;
    }
    let good = if arguments.answer.strict { Answer::Equal } else { Answer::Equivalent };
    Ok(u8::from(!outcome.is_as_good_as(good)))
}

/// What is to be compared, and how.
pub(super) struct Wanted {
    pub left: Side,
    pub right: Side,
    pub texts: RuleTexts,
    pub by: By,
    /// The day on which accepted differences must not have expired.
    pub as_of: Date,
    pub means: Means,
    /// How to ask why ours is what it is: a command to which the number of a record is added.
    pub why: Option<String>,
}

/// What pairs records, as written.
pub(super) enum By {
    Key(Vec<Span>),
    Position,
    Multiset,
}

impl Wanted {
    /// Bytes of both sides, as far as known.
    pub fn bytes(&self) -> u64 {
        self.left.bytes.unwrap_or(0) + self.right.bytes.unwrap_or(0)
    }
}

/// What the arguments say.
pub(super) fn wanted(arguments: &Diff, ui: &Ui) -> anyhow::Result<Wanted> {
    let (ours, theirs) = (&arguments.sides.ours, &arguments.sides.theirs);
    let layout = copybooks::read(&ours.data.copybook, &ours.data.source, ui)?;
    // What is wrong with one copybook is not said twice.
    let alike = ours.data.copybook == theirs.data.copybook && ours.data.source == theirs.data.source;
    let their_layout = match alike {
        true => layout.clone(),
        false => copybooks::read(&theirs.data.copybook, &theirs.data.source, ui)?,
    };
    Ok(Wanted {
        left: side(&arguments.ours, ours, layout)?,
        right: side(&arguments.theirs, theirs, their_layout)?,
        texts: all_rules(&arguments.rules)?,
        by: match (&arguments.pairing.key, arguments.pairing.multiset) {
            (_, true) => By::Multiset,
            (key, false) if key.is_empty() => By::Position,
            (key, false) => By::Key(key.iter().map(|name| span("--key", name)).collect()),
        },
        as_of: arguments.rules.as_of.unwrap_or_else(today),
        means: means(&arguments.resources),
        why: why_of(&arguments.answer.root, &arguments.ours),
    })
}

/// The day on which the program runs.
pub(super) fn today() -> Date {
    clock::local().date()
}

/// How to ask why a file is what it is, if a run below the root published it.
fn why_of(root: &Path, path: &Path) -> Option<String> {
    let root = Root::new(root).ok()?;
    let (run, dataset) = published_by(&RealFs, &root, path)?;
    Some(format!("offhost why {run} --output {dataset}:"))
}

/// Compares, and writes what the arguments ask for beside the answer.
pub(super) fn compare(wanted: &Wanted, answer: &AnswerArgs, ui: &Ui) -> anyhow::Result<Outcome> {
    let Wanted { left, right, texts, .. } = wanted;
    let renamed = texts.renamed(left, right)?;
    let fields = Fields::new(left, right, &renamed);
    let rules = texts.compile(&fields, (left, right), wanted.as_of)?;
    let pairing = match &wanted.by {
        By::Key(names) => diff::key_pairing(&fields, left, right, names)?,
        By::Position => Pairing::Position,
        By::Multiset => Pairing::Multiset,
    };
    let request = Request {
        fs: &RealFs,
        left,
        right,
        fields: &fields,
        rules: &rules,
        pairing: &pairing,
        means: &wanted.means,
    };
    let meter = Meter::new(ui, "diff", wanted.bytes(), true);
    let mut files = Files::new(answer);
    let mut open = || {
        meter.begin();
        files.open(&request)
    };
    let compared = diff::compare(&request, &mut open, &|records, bytes| meter.progress(records, bytes));
    meter.finish();
    let (mut outcome, takers) = compared?;
    outcome.why.clone_from(&wanted.why);
    if let Some(path) = &answer.history {
        let mut history = History::read(&RealFs, path)?;
        history.add(wanted.as_of, &mut outcome);
        history.save(&RealFs, path)?;
    }
    files.finish(&request, &outcome, takers)?;
    Ok(outcome)
}

/// What takes the differences: the sample of a page; CSV; records of ours, of theirs.
type Takers = (Option<Sample>, (Option<CsvSink>, (Option<RecordSink>, Option<RecordSink>)));

/// The files that are written beside the answer: CSV, records of ours, records of theirs.
struct Files<'a> {
    arguments: &'a AnswerArgs,
    staged: [Option<Destination>; 3],
}

impl<'a> Files<'a> {
    fn new(arguments: &'a AnswerArgs) -> Self {
        Files { arguments, staged: [None, None, None] }
    }

    /// Opens them anew; what was written so far is gone.
    fn open(&mut self, request: &Request<'_>) -> Result<Takers> {
        let given = self.arguments;
        let paths = [&given.csv, &given.differing_ours, &given.differing_theirs];
        let mut outputs = [None, None, None];
        self.staged = [None, None, None];
        for ((path, staged), output) in paths.into_iter().zip(&mut self.staged).zip(&mut outputs) {
            let Some(path) = path else { continue };
            let (destination, opened) = Destination::open(Some(path), given.replace)?;
            (*staged, *output) = (Some(destination), Some(opened));
        }
        let [csv, ours, theirs] = outputs;
        let records = |output: Option<Output>, side: &Side, which: Which| {
            output.map(|output| RecordSink::new(&side.name, side.format.clone(), which, output))
        };
        Ok((
            given.html.is_some().then(|| Sample::new(request.pairing.columns())),
            (
                csv.map(|output| CsvSink::new(output, request.pairing.columns().to_vec())),
                (records(ours, request.left, Which::Left), records(theirs, request.right, Which::Right)),
            ),
        ))
    }

    /// Completes them, and writes the page.
    fn finish(self, request: &Request<'_>, outcome: &Outcome, takers: Takers) -> Result<()> {
        let (sample, (csv, (ours, theirs))) = takers;
        let ended = [csv.map(CsvSink::finish), ours.map(RecordSink::finish), theirs.map(RecordSink::finish)];
        for (staged, ended) in self.staged.into_iter().zip(ended) {
            if let (Some(destination), Some(ended)) = (staged, ended) {
                let (written, file) = ended?;
                destination.finish(file, &written)?;
            }
        }
        let (Some(path), Some(sample)) = (&self.arguments.html, sample) else { return Ok(()) };
        let csv = self.arguments.csv.as_ref().map(|path| path.display().to_string());
        let page = diff::page(request, outcome, sample, csv.as_deref())?;
        let (destination, mut output) = Destination::open(Some(path), self.arguments.replace)?;
        output.file.write_all(&page).path_error("write", &output.path)?;
        let written = Written { bytes: page.len() as u64, hash: xxh3_128(&page), ..Written::default() };
        destination.finish(output.file, &written)
    }
}

/// One of the files.
fn side(path: &Path, arguments: &SideArgs, layout: Layout) -> Result<Side> {
    let mut options = arguments.data.options(None);
    options.fillers = true;
    let name = path.display().to_string();
    let form = arguments.from.unwrap_or_else(|| form_of(path));
    let readable = options.resolve(&name, layout)?;
    if form == ConvertForm::Data {
        return Ok(Side::data(&RealFs, &name, path, readable));
    }
    #[cfg(feature = "parquet")]
    if form == ConvertForm::Parquet {
        let error = Diagnostic::error(codes::RUN013, "Parquet is not read");
        return Err(error.hint("compare the file it was made from, or JSON Lines or CSV"));
    }
    let text = text_form(form, &readable, false, &arguments.delimiter)?;
    Side::text(&RealFs, &name, path, readable, text)
}

/// What a comparison may use.
pub(super) fn means(arguments: &ResourceArgs) -> Means {
    let resources = arguments.resources();
    let folders = match resources.work_folders.is_empty() {
        true => vec![std::env::temp_dir()],
        false => resources.work_folders.clone(),
    };
    Means {
        threads: resources.threads.max(1),
        memory: resources.memory_bytes(),
        work_folders: folders,
        compress: resources.compress,
    }
}

/// A text of the command line.
pub(super) fn span(option: &str, text: &str) -> Span {
    Span::whole(option, text.trim())
}

/// The rules of the file, and those that were typed.
fn all_rules(arguments: &RuleArgs) -> std::result::Result<RuleTexts, Diagnostics> {
    let mut texts = rule_texts(arguments)?;
    if let Some(path) = &arguments.rules {
        let bytes = std::fs::read(path).path_error("read the rules in", path)?;
        let of_file = comparison_rules(&Source::from_bytes(&path.display().to_string(), bytes)?)?;
        texts.renamed.extend(of_file.renamed);
        texts.rules.extend(of_file.rules);
    }
    Ok(texts)
}

/// The rules that were typed.
fn rule_texts(arguments: &RuleArgs) -> Result<RuleTexts> {
    let rule = |option: &str, text: &str, action: ActionText, fields: Vec<Span>, bytes: Vec<Span>| RuleText {
        place: span(option, text),
        action,
        fields,
        bytes,
        when: None,
        why: None,
    };
    let mut rules = Vec::new();
    for field in &arguments.ignore {
        rules.push(rule("--ignore", field, ActionText::Ignore, vec![span("--ignore", field)], Vec::new()));
    }
    for bytes in &arguments.mask {
        rules.push(rule("--mask", bytes, ActionText::Mask, Vec::new(), vec![span("--mask", bytes)]));
    }
    for text in &arguments.tolerance {
        let (field, amount) = pair("--tolerance", text, "FIELD=AMOUNT")?;
        rules.push(rule("--tolerance", text, ActionText::Tolerance(amount), vec![field], Vec::new()));
    }
    if let Some(first) = arguments.equivalent.first() {
        let words = arguments.equivalent.iter().map(|word| span("--equivalent", word)).collect();
        rules.push(rule("--equivalent", first, ActionText::Equivalent(words), Vec::new(), Vec::new()));
    }
    let renamed = arguments.renamed.iter().map(|text| pair("--renamed", text, "OURS=THEIRS"));
    Ok(RuleTexts { rules, renamed: renamed.collect::<Result<_>>()? })
}

fn pair(option: &'static str, text: &str, form: &str) -> Result<(Span, Span)> {
    match text.split_once('=') {
        Some((name, value)) => Ok((span(option, name), span(option, value))),
        None => {
            let message = format!("{option}: `{text}` is not understood");
            Err(Diagnostic::error(codes::DIF001, message).hint(format!("write {form}")))
        }
    }
}

/// The answer for people.
pub(super) fn shown(outcome: &Outcome) -> String {
    let mut text = format!("{}\n\n", diff::headline(outcome));
    outcome.doubts().iter().for_each(|doubt| text.push_str(&format!("doubt: {doubt}\n\n")));
    text.push_str(&clusters(outcome));
    text.push_str(&fields(outcome));
    if let (Some(why), Some(number)) = (&outcome.why, outcome.clusters.iter().find_map(|c| c.first.0)) {
        text.push_str(&format!("{why}{number} says how ours came about\n\n"));
    }
    text.push_str(&rules(outcome));
    text.push_str(&nights(outcome));
    text.push_str(&totals(outcome));
    for (which, only) in ["ours", "theirs"].into_iter().zip(&outcome.not_compared) {
        if !only.is_empty() {
            text.push_str(&format!("only in {which}, not compared: {}\n", only.join(", ")));
        }
    }
    text
}

fn clusters(outcome: &Outcome) -> String {
    if outcome.clusters.is_empty() {
        return String::new();
    }
    let mut head = vec!["cluster", "field", "cause", "records", "difference", "where", "first"];
    if !outcome.nights.is_empty() {
        head.push("since");
    }
    let mut rows = table(&head, &[0, 3]);
    for cluster in outcome.clusters.iter().take(MOST_CLUSTERS) {
        let first = match cluster.first {
            (Some(left), Some(right)) if left == right => left.to_string(),
            (Some(left), Some(right)) => format!("{left} | {right}"),
            (Some(left), None) => format!("{left} |"),
            (None, Some(right)) => format!("| {right}"),
            (None, None) => String::new(),
        };
        let mut row = vec![
            cluster.number.to_string(),
            cluster.field.clone(),
            cluster.cause.name().to_owned(),
            grouped(cluster.records),
            cluster.by().unwrap_or_default(),
            diff::condition(cluster).unwrap_or_default(),
            first,
        ];
        row.extend(cluster.first_night.clone());
        rows.add_row(row);
    }
    // Columns in which there is nothing make lines long.
    let is_empty = [
        (4, outcome.clusters.iter().all(|cluster| cluster.by().is_none())),
        (5, outcome.clusters.iter().all(|cluster| cluster.prediction.is_none())),
    ];
    for (column, _) in is_empty.into_iter().filter(|(_, empty)| *empty) {
        hide(&mut rows, column);
    }
    let more = outcome.clusters.len().saturating_sub(MOST_CLUSTERS);
    let more = if more > 0 { format!("and {more} more clusters (--json has all)\n") } else { String::new() };
    format!("{}{more}\n", as_text(&rows))
}

/// Clusters that a table shows.
const MOST_CLUSTERS: usize = 40;

fn fields(outcome: &Outcome) -> String {
    if outcome.fields.len() < 2 {
        return String::new();
    }
    let mut rows = table(&["field", "records that differ"], &[1]);
    for (field, different) in outcome.fields.iter().take(MOST_CLUSTERS) {
        rows.add_row(vec![field.clone(), grouped(*different)]);
    }
    format!("{}\n", as_text(&rows))
}

fn rules(outcome: &Outcome) -> String {
    if outcome.rules.is_empty() {
        return String::new();
    }
    let mut rows = table(&["rule", "records", "owner", "until", "expired for"], &[1, 4]);
    for rule in &outcome.rules {
        let (owner, until) = rule.accepted.clone().unwrap_or_default();
        let expired = if rule.expired > 0 { grouped(rule.expired) } else { String::new() };
        rows.add_row(vec![rule.name.clone(), grouped(rule.records), owner, until, expired]);
    }
    format!("{}\n", as_text(&rows))
}

/// Nights that a table shows.
const MOST_NIGHTS: usize = 14;

fn nights(outcome: &Outcome) -> String {
    if outcome.nights.is_empty() {
        return String::new();
    }
    let mut rows = table(
        &["night", "answer", "pairs", "different", "only ours", "only theirs", "clusters"],
        &[2, 3, 4, 5, 6],
    );
    let first = outcome.nights.len().saturating_sub(MOST_NIGHTS);
    for night in &outcome.nights[first..] {
        rows.add_row(vec![
            night.night.clone(),
            night.answer.clone(),
            grouped(night.paired),
            grouped(night.different),
            grouped(night.left_only),
            grouped(night.right_only),
            grouped(night.clusters.len() as u64),
        ]);
    }
    let gone = outcome.gone().into_iter().map(|seen| format!("no longer: {}, {}\n", seen.field, seen.cause));
    format!("{}{}\n", as_text(&rows), gone.collect::<String>())
}

fn totals(outcome: &Outcome) -> String {
    let mut rows = table(&["", "ours", "theirs", "difference"], &[1, 2, 3]);
    let [left, right] = &outcome.totals;
    let less = |a: u64, b: u64| match i128::from(a) - i128::from(b) {
        0 => String::new(),
        other => grouped_decimal(&other.to_string()),
    };
    rows.add_row(vec![
        "records".to_owned(),
        grouped(left.records),
        grouped(right.records),
        less(left.records, right.records),
    ]);
    let tally = &outcome.tally;
    rows.add_row(vec![
        "only there".to_owned(),
        grouped(tally.left_only),
        grouped(tally.right_only),
        String::new(),
    ]);
    rows.add_row(vec![
        "bytes".to_owned(),
        grouped(left.bytes),
        grouped(right.bytes),
        less(left.bytes, right.bytes),
    ]);
    let hash = |hash: u64| format!("{hash:016x}");
    let differs = |same: bool| if same { String::new() } else { "differs".to_owned() };
    rows.add_row(vec![
        "hash total".to_owned(),
        hash(left.hash),
        hash(right.hash),
        differs(left.hash == right.hash),
    ]);
    for total in &outcome.sums {
        let sum = |sum: &Sum| {
            let bad = if sum.bad > 0 { format!(" ({} bad)", sum.bad) } else { String::new() };
            let shown =
                sum.sum.map_or_else(|| "too large".to_owned(), |sum| grouped_decimal(&sum.to_string()));
            format!("{shown}{bad}")
        };
        let difference = total.difference.filter(|difference| !difference.is_zero());
        let difference =
            difference.map(|difference| grouped_decimal(&difference.to_string())).unwrap_or_default();
        rows.add_row(vec![
            format!("sum {}", total.field),
            sum(&total.sums[0]),
            sum(&total.sums[1]),
            difference,
        ]);
    }
    format!(
        "{}\n{} pairs, {} equal, {} different\n",
        as_text(&rows),
        grouped(tally.paired),
        grouped(outcome.equal_pairs()),
        grouped(tally.different)
    )
}
