//! A deck as a job.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::About;
use super::yaml::{self, OwnStep, RECORD, Said};
use crate::control::syntax::Deck;

/// The cards of a step and the files of its DDs, as text.
#[derive(Clone, Debug, Default)]
pub struct Cards {
    /// SYSIN or TOOLIN.
    pub control: String,
    /// Other card images by DD: SYMNAMES, JNF1CNTL, CTL1CNTL, DFSPARM.
    pub others: BTreeMap<String, String>,
    /// Data by DD, in order.
    pub datasets: Vec<DatasetText>,
    /// Copybooks, with the DD they describe if one is named.
    pub copybooks: Vec<(Option<String>, String)>,
    /// TOOLIN instead of SYSIN.
    pub tool: bool,
    /// yyyy-mm-dd, if stated.
    pub run_date: Option<String>,
    /// hh:mm:ss, if stated.
    pub run_time: Option<String>,
}

/// The file of a DD.
#[derive(Clone, Debug, Default)]
pub struct DatasetText {
    /// Its name.
    pub dd: String,
    /// The path; none for DUMMY.
    pub path: Option<String>,
    /// RECFM, if stated.
    pub recfm: Option<String>,
    /// LRECL, if stated.
    pub lrecl: Option<u64>,
}

/// The job: a sort step of ours if the deck can be said so, else a step of cards with the reason.
pub fn job(deck: Option<&Deck>, cards: &Cards, about: &About<'_>) -> String {
    let own = match deck {
        Some(deck) => yaml::step(deck, about, cards),
        None => Err("ICETOOL is run from its statements".to_owned()),
    };
    let mut out = String::new();
    if cards.datasets.iter().any(|dataset| dataset.path.as_ref().is_some_and(|path| path.starts_with('/'))) {
        out.push_str("# paths are below the root: run with --root /\n");
    }
    match own {
        Ok(step) => own_job(&step, cards, &mut out),
        Err(why) => cards_job(&why, deck, cards, about, &mut out),
    }
    out
}

/// The name of a dataset: of the second and later files of a DD with a number.
pub(super) fn dataset_name(dd: &str, index: usize) -> String {
    let valid = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { 'x' };
    let name: String = dd.chars().map(valid).collect();
    if index == 0 { name } else { format!("{name}-{}", index + 1) }
}

/// A text in double quotes. Texts that a job would take for a parameter cannot be written.
pub(super) fn quoted(text: &str) -> Said<String> {
    if text.contains("${") {
        return Err("a text with ${ would be taken for a parameter".to_owned());
    }
    Ok(format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")))
}

fn plain(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// The files of a DD, or a placeholder.
fn files<'c>(dd: &str, cards: &'c Cards) -> Vec<Option<&'c DatasetText>> {
    let found: Vec<_> = cards.datasets.iter().filter(|dataset| dataset.dd == dd).map(Some).collect();
    if found.is_empty() { vec![None] } else { found }
}

/// The copybook that describes a DD.
fn copybook<'c>(dd: &str, cards: &'c Cards) -> Option<&'c str> {
    let named = cards.copybooks.iter().find(|(name, _)| name.as_deref() == Some(dd));
    let any = || cards.copybooks.iter().find(|(name, _)| name.is_none());
    named.or_else(any).map(|(_, path)| path.as_str())
}

struct Head<'c> {
    cards: &'c Cards,
    /// Copybooks that must be written, by name with their length.
    made: BTreeMap<String, usize>,
    datasets: String,
}

impl Head<'_> {
    /// A copybook of a record as one field.
    fn bare(&mut self, length: usize) -> String {
        let name = format!("rec{length}.cpy");
        self.made.insert(name.clone(), length);
        name
    }

    /// Declares all files of a DD.
    fn declare(&mut self, dd: &str, record: &str, written: bool) -> Vec<String> {
        let mut names = Vec::new();
        for (index, file) in files(dd, self.cards).into_iter().enumerate() {
            let name = dataset_name(dd, index);
            let path = file.and_then(|file| file.path.clone()).unwrap_or_else(|| format!("{name}.dat"));
            let disp = if written { ", disp: replace" } else { "" };
            let path = plain(path.trim_start_matches('/'));
            let _ = writeln!(self.datasets, "  {name}: {{ path: {path}{disp}, {record} }}");
            names.push(name);
        }
        names
    }

    fn write(&self, out: &mut String) {
        for (name, length) in &self.made {
            let _ =
                writeln!(out, "# needs a copybook {name} with the line:        01 {RECORD} PIC X({length}).");
        }
        let _ = writeln!(out, "version: 1\njob: CARDS\ndatasets:\n{}steps:", self.datasets);
    }
}

fn own_job(step: &OwnStep, cards: &Cards, out: &mut String) {
    let mut head = Head { cards, made: BTreeMap::new(), datasets: String::new() };
    let first = step.inputs.first().cloned().unwrap_or_default();
    let page = "";
    let copybook = match copybook(&first, cards) {
        Some(path) => path.trim_start_matches('/').to_owned(),
        None => head.bare(step.length),
    };
    let record =
        format!("record: {{ copybook: {}, recfm: FB, lrecl: {}{page} }}", plain(&copybook), step.length);
    let mut inputs = Vec::new();
    for dd in &step.inputs {
        inputs.extend(head.declare(dd, &record, false));
    }
    let written = match step.reformatted {
        None => record.clone(),
        Some(length) => {
            let name = head.bare(length);
            format!("record: {{ copybook: {name}, recfm: FB, lrecl: {length} }}")
        }
    };
    let output = head.declare(&step.output, &written, true);
    if let Some(dd) = &step.discarded {
        head.declare(dd, &record, true);
    }
    head.write(out);
    let _ = writeln!(out, "  - step: SORT\n    sort:");
    let _ = writeln!(out, "      in: [ {} ]", inputs.join(", "));
    let _ = writeln!(out, "      out: {}", output.join(", "));
    for line in &step.lines {
        let _ = writeln!(out, "      {line}");
    }
}

fn cards_job(why: &str, deck: Option<&Deck>, cards: &Cards, about: &About<'_>, out: &mut String) {
    let mut head = Head { cards, made: BTreeMap::new(), datasets: String::new() };
    let mut dds: Vec<String> = Vec::new();
    for dataset in &cards.datasets {
        if !dds.contains(&dataset.dd) {
            dds.push(dataset.dd.clone());
        }
    }
    if let Some(deck) = deck {
        let missing = usual_dds(deck, about).into_iter().filter(|dd| !dds.contains(dd)).collect::<Vec<_>>();
        dds.extend(missing);
    }
    let mut bound = Vec::new();
    for dd in &dds {
        let written = !super::job::is_read(dd, deck, about);
        let file = files(dd, cards).into_iter().flatten().next();
        let made = deck.filter(|_| written).and_then(|deck| super::pass::written_shape(dd, deck, about));
        let shape = about.shapes.get(dd).copied().or(made);
        let recfm_made = if shape.is_some_and(|shape| shape.variable) { "VB" } else { "FB" };
        let length = shape.map(|shape| if shape.variable { shape.length - 4 } else { shape.length });
        let stated =
            file.and_then(|file| file.lrecl).map(|lrecl| format!(", lrecl: {lrecl}")).unwrap_or_default();
        let recfm = file.and_then(|file| file.recfm.clone()).unwrap_or_else(|| recfm_made.to_owned());
        let copybook = match (copybook(dd, cards).filter(|_| !written), length) {
            (Some(path), _) => path.trim_start_matches('/').to_owned(),
            (None, Some(length)) => head.bare(length),
            (None, None) => format!("{}.cpy", dataset_name(dd, 0)),
        };
        let record = format!("record: {{ copybook: {}, recfm: {recfm}{stated} }}", plain(&copybook));
        let names = head.declare(dd, &record, written);
        bound.push(format!("{dd}: [ {} ]", names.join(", ")));
    }
    head.write(out);
    let (step, operator) = if cards.tool { ("TOOL", "tool") } else { ("SORT", "sort") };
    let _ = writeln!(out, "  # run from its cards: {why}");
    let _ = writeln!(out, "  - step: {step}\n    {operator}:");
    let _ = writeln!(out, "      dd: {{ {} }}", bound.join(", "));
    if about.dialect == crate::control::syntax::Dialect::Syncsort {
        let _ = writeln!(out, "      dialect: syncsort");
    }
    for (word, value) in [("run-date", &cards.run_date), ("run-time", &cards.run_time)] {
        if let Some(value) = value {
            let _ = writeln!(out, "      {word}: \"{value}\"");
        }
    }
    block("control", &cards.control, 6, out);
    if !cards.others.is_empty() {
        let _ = writeln!(out, "      cards:");
        cards.others.iter().for_each(|(name, text)| block(name, text, 8, out));
    }
}

/// A text as a block whose lines stay as they are.
fn block(name: &str, text: &str, indent: usize, out: &mut String) {
    let _ = writeln!(out, "{:indent$}{name}: |2", "");
    for line in text.lines() {
        let _ = writeln!(out, "{:indent$}  {}", "", line.trim_end());
    }
}

/// The DDs of a deck without any.
fn usual_dds(deck: &Deck, about: &About<'_>) -> Vec<String> {
    let mut dds = match &deck.join {
        Some(join) => join.sides.iter().map(|side| side.dd.clone()).collect(),
        None => super::pass::input_names(deck, about),
    };
    let outputs: Vec<String> = deck.outfils.iter().flat_map(|outfil| outfil.files.clone()).collect();
    if outputs.is_empty() {
        dds.push("SORTOUT".to_owned());
    }
    dds.extend(outputs);
    dds.dedup();
    dds
}

/// True for a DD that is read.
pub(super) fn is_read(dd: &str, deck: Option<&Deck>, about: &About<'_>) -> bool {
    let Some(deck) = deck else { return !dd.contains("OUT") && !dd.starts_with("LIST") };
    match &deck.join {
        Some(join) => join.sides.iter().any(|side| side.dd == dd),
        None => super::pass::input_names(deck, about).iter().any(|name| name == dd),
    }
}
