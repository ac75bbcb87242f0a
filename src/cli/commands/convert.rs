//! `offhost convert`: data to text, text to data, data to other data.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::cli::args::{Convert, ConvertForm};
use crate::cli::copybooks;
use crate::cli::destination::Destination;
use crate::cli::exit::CommandResult;
use crate::cli::progress::Meter;
use crate::cli::table::{duration, grouped, size, speed, table, text as as_text};
use crate::cli::ui::Ui;
use crate::codec::BadClass;
use crate::convert::{
    self, Columns, Converted, CsvStyle, Output, ReadOptions, Readable, Running, Summary, TextForm, Wanted,
};
use crate::diag::{Diagnostic, Result, codes};
use crate::sys::{Fs, PathError, RealFs, limits};

pub(in crate::cli) fn execute(arguments: &Convert, ui: &Ui) -> CommandResult {
    let started = Instant::now();
    let plan = Plan::new(arguments, ui)?;
    let (destination, output) = Destination::open(arguments.output.as_deref(), arguments.replace)?;
    let length = RealFs.meta(&arguments.input).path_error("read", &arguments.input)?.length;
    let meter = Meter::new(ui, "convert", length, arguments.output.is_some());
    let result = plan.convert(arguments, output, &|records, bytes| meter.progress(records, bytes));
    meter.finish();
    let Converted { summary, written, file, proven } = result?;
    let closed = destination.is_closed();
    if proven != Some(false) {
        destination.finish(file, &written)?;
    }
    let report =
        Report { plan: &plan, summary: &summary, bytes: written.bytes, proven, elapsed: started.elapsed() };
    if !closed {
        report.show(arguments, ui)?;
    }
    match proven {
        Some(false) => Err(convert::not_proven(&summary, &plan.from.form.dataset).into()),
        _ => Ok(0),
    }
}

/// What is to be converted into what.
struct Plan {
    source: ConvertForm,
    from: Readable,
    /// The records to write, if the output is data.
    to: Option<Readable>,
    wanted: Wanted,
    running: Running,
    /// The text that is read or written.
    text: TextForm,
}

impl Plan {
    fn new(arguments: &Convert, ui: &Ui) -> anyhow::Result<Self> {
        let source = arguments.from.unwrap_or_else(|| form_of(&arguments.input));
        let (is_data, to_data) = (source == ConvertForm::Data, arguments.to == ConvertForm::Data);
        if !is_data && !to_data {
            let error = Diagnostic::error(codes::RUN013, "text can only be converted to data");
            return Err(error.hint("give --to data, or convert the data file itself").into());
        }
        #[cfg(feature = "parquet")]
        check_parquet(arguments, source)?;
        let layout = copybooks::read(&arguments.data.copybook, &arguments.data.source, ui)?;
        let name =
            arguments.input.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let mut options = arguments.data.options(Some(&arguments.wanted));
        // Other characters need the unnamed fields too: they are text like any other.
        options.fillers |= is_data && to_data && arguments.form.to_code_page.is_some();
        let from = options.resolve(&name, layout.clone())?;
        let to = to_data.then(|| target(&options, arguments).resolve(&name, layout)).transpose()?;
        let condition = arguments.wanted.condition.as_deref();
        let condition = condition.map(|text| convert::where_condition(text, &from.form)).transpose()?;
        let wanted = Wanted { skip: arguments.wanted.skip, take: arguments.wanted.take, condition };
        let whole = wanted.is_all() && arguments.wanted.fields.is_empty();
        let notes = match if is_data { arguments.to } else { source } {
            ConvertForm::Csv => arguments.form.notes,
            _ => (whole || arguments.form.notes) && !arguments.form.no_notes,
        };
        let running = Running {
            threads: arguments.form.threads.unwrap_or_else(limits::threads).max(1),
            verify: arguments.form.verify,
            framing: Some(from.format.clone()).filter(|_| notes && whole),
        };
        let text =
            text_form(if is_data { arguments.to } else { source }, &from, notes, &arguments.form.delimiter)?;
        Ok(Plan { source, from, to, wanted, running, text })
    }

    fn convert(
        &self,
        arguments: &Convert,
        output: Output,
        seen: &(dyn Fn(u64, u64) + Sync),
    ) -> Result<Converted> {
        let input = arguments.input.as_path();
        let how = (&self.wanted, &self.running);
        #[cfg(feature = "parquet")]
        if arguments.to == ConvertForm::Parquet {
            return convert::data_to_parquet(&RealFs, input, &self.from, how, output, seen);
        }
        match (&self.to, self.source) {
            (None, _) => {
                convert::data_to_text(&RealFs, input, &self.from, (&self.text, how.0, how.1), output, seen)
            }
            (Some(to), ConvertForm::Data) if arguments.form.to_code_page.is_some() => {
                convert::data_to_data(&RealFs, input, (&self.from, to), how, output, seen)
            }
            (Some(to), ConvertForm::Data) => {
                convert::reframe(&RealFs, input, (&self.from, &to.format), how.0, output, seen)
            }
            (Some(to), _) => {
                convert::text_to_data(&RealFs, input, to, (&self.text, self.running.threads), output, seen)
            }
        }
    }
}

/// The options of the output: those of the input but for its record format and code page.
fn target(options: &ReadOptions, arguments: &Convert) -> ReadOptions {
    let mut target = options.clone();
    if let Some(page) = &arguments.form.to_code_page {
        target.code_page = Some(page.clone());
    }
    if let Some(recfm) = &arguments.form.to_recfm {
        target.format = crate::dataset::FormatOptions { recfm: Some(recfm.clone()), ..Default::default() };
        target.length_expression = None;
    }
    target
}

pub(super) fn form_of(path: &Path) -> ConvertForm {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("jsonl" | "ndjson") => ConvertForm::Jsonl,
        Some("csv") => ConvertForm::Csv,
        _ => ConvertForm::Data,
    }
}

pub(super) fn text_form(
    form: ConvertForm,
    readable: &Readable,
    notes: bool,
    delimiter: &str,
) -> Result<TextForm> {
    // What becomes Parquet is never text; JSON stands in.
    if form != ConvertForm::Csv {
        return Ok(TextForm::Json { notes });
    }
    let delimiter = match delimiter.as_bytes() {
        b"\\t" => b'\t',
        [byte] if byte.is_ascii() && !matches!(byte, b'"' | b'\n' | b'\r') => *byte,
        _ => {
            let message = format!("--delimiter: `{delimiter}` is not one character of ASCII");
            return Err(Diagnostic::error(codes::RUN013, message).hint("such as `;`, or `\\t` for a tab"));
        }
    };
    let form = &readable.form;
    let columns = Columns::new(&form.tree, &form.kinds, form.parent_columns())?;
    Ok(TextForm::Csv { columns, style: CsvStyle { delimiter, notes } })
}

/// Parquet is written only, and to a file: its directory stands at the end.
#[cfg(feature = "parquet")]
fn check_parquet(arguments: &Convert, source: ConvertForm) -> Result<()> {
    let refuse = |message: &str, hint: &str| Err(Diagnostic::error(codes::RUN013, message).hint(hint));
    if source == ConvertForm::Parquet {
        return refuse("Parquet is not read", "convert back from JSON Lines or CSV");
    }
    if arguments.to == ConvertForm::Parquet && arguments.form.verify {
        return refuse("--verify is for text", "verify with --to jsonl");
    }
    Ok(())
}

/// What is told at the end.
struct Report<'a> {
    plan: &'a Plan,
    summary: &'a Summary,
    bytes: u64,
    proven: Option<bool>,
    elapsed: Duration,
}

impl Report<'_> {
    /// To a file the report is the answer; beside an answer on stdout it goes to stderr.
    fn show(&self, arguments: &Convert, ui: &Ui) -> anyhow::Result<()> {
        let text = match arguments.form.json {
            true => format!("{:#}\n", self.json(arguments)),
            false if ui.quiet => return Ok(()),
            false => self.text(arguments),
        };
        if arguments.output.is_some() {
            return ui.answer(&text);
        }
        let worth = arguments.form.json || arguments.form.verify || !self.summary.findings.bad.is_empty();
        if worth || ui.verbose {
            ui.message(text.trim_end());
        }
        Ok(())
    }

    fn json(&self, arguments: &Convert) -> serde_json::Value {
        let layout = &self.plan.from.form.tree.format.layout;
        let bad: Vec<_> = (self.summary.findings.bad.iter())
            .map(|(id, counts)| {
                let classes =
                    BadClass::ALL.map(|class| (class.name().to_owned(), json!(counts[class.index()])));
                json!({ "field": layout.path(*id), "classes": serde_json::Map::from_iter(classes) })
            })
            .collect();
        let kinds = self.plan.from.form.kinds.list().iter().zip(&self.summary.kinds);
        let kinds: serde_json::Map<_, _> =
            kinds.map(|(kind, count)| (kind.name.clone(), json!(count))).collect();
        let mismatches = self.summary.mismatches.0.iter();
        let mismatches: Vec<_> = mismatches
            .map(|found| json!({ "record": found.record, "offset": found.offset, "reason": found.reason }))
            .collect();
        json!({
            "output": arguments.output.as_ref().map(|path| path.display().to_string()),
            "records": self.summary.records,
            "written": self.summary.written,
            "bytes": self.bytes,
            "kinds": kinds,
            "bad_numbers": bad,
            "other_view": self.summary.findings.other_view,
            "odd": self.summary.findings.odd,
            "verified": self.proven,
            "mismatches": self.summary.mismatches.1,
            "first_mismatches": mismatches,
            "seconds": self.elapsed.as_secs_f64(),
        })
    }

    fn text(&self, arguments: &Convert) -> String {
        let mut text = String::new();
        let layout = &self.plan.from.form.tree.format.layout;
        if !self.summary.findings.bad.is_empty() {
            let mut rows = table(&["not a number in", "blank", "low", "high", "invalid"], &[1, 2, 3, 4]);
            for (id, counts) in &self.summary.findings.bad {
                let mut row = vec![layout.path(*id)];
                row.extend(counts.map(grouped));
                rows.add_row(row);
            }
            text.push_str(&as_text(&rows));
        }
        let (records, written) = (self.summary.records, self.summary.written);
        let of = if records == written { String::new() } else { format!(" of {}", grouped(records)) };
        let proven = match self.proven {
            Some(true) => ", verified: everything comes back byte for byte",
            Some(false) => ", not everything comes back",
            None => "",
        };
        let input = RealFs.meta(&arguments.input).map_or(0, |meta| meta.length);
        text.push_str(&format!(
            "{}{of} records, {} in {}{}{proven}\n",
            grouped(written),
            size(self.bytes),
            duration(self.elapsed),
            speed(input, self.elapsed),
        ));
        text
    }
}
