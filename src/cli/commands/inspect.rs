//! `offhost inspect`: what an unknown file is.

use serde_json::{Value, json};

use crate::cli::args::Inspect;
use crate::cli::copybooks;
use crate::cli::exit::CommandResult;
use crate::cli::table::{grouped, table, text as as_text};
use crate::cli::ui::Ui;
use crate::diag::{Class, Style, render, to_json};
use crate::inspect::{self, DUMP_LINE, Line, PageFinding, Report, Verdict};
use crate::sys::RealFs;

pub(in crate::cli) fn execute(arguments: &Inspect, ui: &Ui) -> CommandResult {
    let layout =
        arguments.copybook.as_deref().map(|path| copybooks::read(path, &arguments.source, ui)).transpose()?;
    let report = inspect::inspect(&RealFs, &arguments.input, layout.as_ref(), &arguments.given())?;
    let answer = if arguments.json {
        format!("{:#}\n", as_json(&report))
    } else {
        Shown { arguments, report: &report }.text()
    };
    ui.answer(&answer)?;
    Ok(if report.verdict.is_some() { 0 } else { Class::AttributeMismatch.exit_status() })
}

struct Shown<'a> {
    arguments: &'a Inspect,
    report: &'a Report,
}

impl Shown<'_> {
    fn text(&self) -> String {
        let report = self.report;
        let mut text = match &report.verdict {
            Some(verdict) => self.verdict(verdict),
            None => format!("{}: nothing fits these {} bytes\n", report.dataset, grouped(report.size)),
        };
        if !report.candidates.is_empty() {
            text.push('\n');
            text.push_str(&candidates(&report.candidates));
        }
        let evidence = self.evidence();
        if !evidence.is_empty() {
            text.push_str("\nevidence\n");
            evidence.iter().for_each(|line| text.push_str(&format!("  {line}\n")));
        }
        if let Some(misfit) = report.verdict.as_ref().and_then(|verdict| verdict.misfit.as_deref()) {
            text.push_str("\nthe first record that does not fit\n");
            render(misfit, Style::Plain).lines().for_each(|line| text.push_str(&format!("  {line}\n")));
        }
        if !report.first.bytes.is_empty() {
            let what = if report.verdict.is_some() { "first record" } else { "first bytes" };
            text.push_str(&format!("\n{what}, at offset {}\n{}", report.first.offset, self.dump()));
        }
        text
    }

    fn verdict(&self, verdict: &Verdict) -> String {
        let (shortest, longest) = verdict.lengths;
        let lengths =
            if shortest == longest { format!("{longest}") } else { format!("{shortest} to {longest}") };
        let at_least = if verdict.counted_all { "" } else { "at least " };
        let certain = match verdict.score {
            score if score >= 0.85 => "",
            score if score >= 0.6 => " (likely)",
            _ => " (a guess: little speaks for it)",
        };
        let page = verdict.options.code_page.as_deref().unwrap_or("cp037");
        let fits = match &verdict.misfit {
            None => "every record looked at fits",
            Some(_) => "not everything fits, see below",
        };
        format!(
            "{}: {}{certain}; {at_least}{} records of {lengths} bytes; {page}; {fits}\n\n  {}\n",
            self.report.dataset,
            verdict.label,
            grouped(verdict.records),
            self.command(verdict)
        )
    }

    /// The line that converts the file.
    fn command(&self, verdict: &Verdict) -> String {
        let copybook = match &self.arguments.copybook {
            Some(path) => inspect::quoted(&path.display().to_string()),
            None => "COPYBOOK".to_owned(),
        };
        let input = inspect::quoted(&self.arguments.input.display().to_string());
        format!("offhost convert {input} -c {copybook} {} --to jsonl", verdict.flags.join(" "))
    }

    fn evidence(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if let Some(verdict) = &self.report.verdict {
            let tally = &verdict.tally;
            if tally.numbers > 0 {
                let [blank, low, high] = tally.unfilled;
                let empty = match blank + low + high {
                    0 => String::new(),
                    _ => format!(", {blank} all blank, {low} all X'00', {high} all X'FF'"),
                };
                let (valid, numbers) = (grouped(tally.valid), grouped(tally.numbers));
                lines.push(format!("{valid} of {numbers} number fields hold numbers{empty}"));
            }
            if tally.text > 0 {
                lines.push(format!(
                    "{} of {} text bytes are printable",
                    grouped(tally.printable),
                    grouped(tally.text)
                ));
            }
            if tally.counters_bad > 0 {
                lines.push(format!("{} records with a bad counter", grouped(tally.counters_bad)));
            }
            if verdict.kinds.len() > 1 {
                let kinds: Vec<String> =
                    verdict.kinds.iter().map(|(name, count)| format!("{name} {}", grouped(*count))).collect();
                lines.push(format!(
                    "01 levels of {} records: {}",
                    grouped(verdict.looked_at),
                    kinds.join(", ")
                ));
            }
            lines.extend(verdict.page.as_ref().map(page));
        }
        lines.extend(self.report.remarks.iter().cloned());
        lines
    }

    /// Offset, hexadecimal digits and text.
    fn dump(&self) -> String {
        let first = &self.report.first;
        let line = |(index, (bytes, text)): (usize, (&[u8], &String))| {
            let hex: Vec<String> =
                bytes.chunks(4).map(|four| four.iter().map(|b| format!("{b:02X}")).collect()).collect();
            let hex = hex.join(" ");
            format!("  {:6}  {hex:<35}  {text}", index * DUMP_LINE).trim_end().to_owned() + "\n"
        };
        first.bytes.chunks(DUMP_LINE).zip(&first.text).enumerate().map(line).collect()
    }
}

fn candidates(lines: &[Line]) -> String {
    let share = |share: Option<f64>| share.map_or(String::new(), |share| format!("{:.1} %", share * 100.0));
    let mut rows = table(
        &["format", "code page", "records", "framed", "numbers", "text", "lengths", "fit", "first misfit"],
        &[2, 3, 4, 5, 6, 7],
    );
    for line in lines {
        let misfit = line.misfit.as_ref().map_or(String::new(), |(record, offset, message)| {
            let place = match (record, offset) {
                (Some(record), Some(offset)) => format!("record {record}, offset {offset}: "),
                _ => String::new(),
            };
            place + message
        });
        rows.add_row([
            line.label.clone(),
            line.page.clone(),
            grouped(line.records),
            share(Some(line.framed)),
            share(line.numbers),
            share(line.text),
            share(line.lengths),
            format!("{:.0}", line.score * 100.0),
            misfit,
        ]);
    }
    as_text(&rows)
}

/// What can be said of the code page, and what cannot.
fn page(found: &PageFinding) -> String {
    let names = |pages: &[crate::encoding::CodePage]| {
        let others: Vec<&str> =
            pages.iter().filter(|page| **page != found.likely).map(|page| page.name()).collect();
        match others.len() {
            0 => None,
            count if count > 12 => Some(format!("{} and {} more", others[..12].join(", "), count - 12)),
            _ => Some(others.join(", ")),
        }
    };
    let mut text = format!("code page {} ({})", found.likely.name(), found.likely.description());
    if let Some(equal) = names(&found.equal) {
        text.push_str(&format!("; on the bytes present it cannot be told from {equal}"));
    }
    if let Some(close) = names(&found.close) {
        text.push_str(&format!("; nearly as likely {close}"));
    }
    if !found.decisive.is_empty() {
        let bytes: Vec<String> = found
            .decisive
            .iter()
            .map(|(byte, c, count)| format!("X'{byte:02X}' = {c} ({count} times)"))
            .collect();
        text.push_str(&format!("; bytes that differ between pages: {}", bytes.join(", ")));
    }
    text
}

fn as_json(report: &Report) -> Value {
    let verdict = report.verdict.as_ref().map(|verdict| {
        let names =
            |pages: &[crate::encoding::CodePage]| pages.iter().map(|page| page.name()).collect::<Vec<_>>();
        let kinds: Vec<Value> =
            verdict.kinds.iter().map(|(name, count)| json!({ "name": name, "records": count })).collect();
        json!({
            "label": verdict.label,
            "score": verdict.score,
            "flags": verdict.flags,
            "records": verdict.records,
            "counted_all": verdict.counted_all,
            "shortest": verdict.lengths.0,
            "longest": verdict.lengths.1,
            "looked_at": verdict.looked_at,
            "numbers": verdict.tally.numbers,
            "valid_numbers": verdict.tally.valid,
            "invalid_numbers": verdict.tally.invalid(),
            "text_bytes": verdict.tally.text,
            "printable_bytes": verdict.tally.printable,
            "kinds": kinds,
            "code_page": json!({
                "likely": verdict.options.code_page,
                "equal": verdict.page.as_ref().map(|page| names(&page.equal)).unwrap_or_default(),
                "close": verdict.page.as_ref().map(|page| names(&page.close)).unwrap_or_default(),
            }),
            "misfit": verdict.misfit.as_deref().map(to_json),
        })
    });
    let candidate = |line: &Line| {
        json!({
            "label": line.label,
            "code_page": line.page,
            "records": line.records,
            "framed": line.framed,
            "numbers": line.numbers,
            "text": line.text,
            "lengths": line.lengths,
            "score": line.score,
            "misfit": line.misfit.as_ref().map(|(record, offset, message)| {
                json!({ "record": record, "offset": offset, "message": message })
            }),
        })
    };
    json!({
        "dataset": report.dataset,
        "size": report.size,
        "fits": report.verdict.is_some(),
        "verdict": verdict,
        "candidates": report.candidates.iter().map(candidate).collect::<Vec<_>>(),
        "remarks": report.remarks,
    })
}
