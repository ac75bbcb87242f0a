//! A report as JSON: groups in groups, with their records and totals. Each record and each end of a group is a line.

use serde_json::{Value as Json, json};

use super::Put;
use super::csv::statistic_text;
use super::form::{group_values, plain};
use super::line::Facts;
use super::spec::{Column, Report};
use super::tally::Tally;
use super::value::Value;
use crate::diag::Result;
use crate::expr::SingleFrame;

/// A document, being written.
#[derive(Debug)]
pub struct JsonSink<'r> {
    report: &'r Report,
    /// The last record or group, which a comma follows if there is another.
    held: Option<Vec<u8>>,
}

/// Appends the object of a record; characters are kept whatever they are.
pub fn detail(report: &Report, frame: &SingleFrame<'_>, numbers: &[i128], out: &mut Vec<u8>) -> Result<u64> {
    out.push(b'{');
    for (index, (column, number)) in report.columns.iter().zip(numbers).enumerate() {
        if index > 0 {
            out.push(b',');
        }
        string(&column.name, out);
        out.push(b':');
        match &column.value {
            Value::Number(_) => {
                let mut text = String::new();
                plain(column, *number, frame, &mut text)?;
                out.extend_from_slice(text.as_bytes());
            }
            Value::Text(text) => {
                let bytes = text.field.bytes(frame)?;
                let bytes = super::glyphs::trimmed(bytes, report.page);
                string(&report.page.decode(bytes), out);
            }
        }
    }
    out.push(b'}');
    Ok(0)
}

impl<'r> JsonSink<'r> {
    /// A document of a report.
    pub fn new(report: &'r Report) -> Self {
        JsonSink { report, held: None }
    }

    /// What the report is.
    pub fn begin(&mut self, put: Put<'_>) -> Result<()> {
        let report = self.report;
        let columns: Vec<Json> = report.columns.iter().map(describe).collect();
        let levels: Vec<&str> = report.levels.iter().map(|level| level.name.as_str()).collect();
        put(format!("{{\"report\":{},\"title\":{},", json!(report.name), json!(report.title)).as_bytes())?;
        put(format!("\"columns\":{},", Json::from(columns)).as_bytes())?;
        put(format!("\"levels\":{},", json!(levels)).as_bytes())?;
        self.open(0, put)
    }

    /// The groups from a level on begin; 0 begins the report.
    pub fn start(&mut self, level: usize, next: Option<Facts<'_>>, put: Put<'_>) -> Result<()> {
        let Some(frame) = next.and_then(|facts| facts.record) else { return Ok(()) };
        for index in level.max(1)..=self.report.levels.len() {
            let group = &self.report.levels[index - 1];
            let mut line = format!("{{\"level\":{},\"key\":{{", json!(group.name)).into_bytes();
            for (at, (name, value, number)) in group_values(group, &frame)?.into_iter().enumerate() {
                if at > 0 {
                    line.push(b',');
                }
                string(&name, &mut line);
                line.push(b':');
                if number { line.extend_from_slice(value.as_bytes()) } else { string(&value, &mut line) }
            }
            line.extend_from_slice(b"},");
            self.release(true, put)?;
            put(&line)?;
            self.open(index, put)?;
        }
        Ok(())
    }

    /// A record.
    pub fn detail(&mut self, line: &[u8], put: Put<'_>) -> Result<()> {
        if self.report.detail { self.item(line.to_vec(), put) } else { Ok(()) }
    }

    /// A group of a level ends, with what was added up; 0 is the whole.
    pub fn end(&mut self, level: usize, tally: &Tally, put: Put<'_>) -> Result<()> {
        self.release(false, put)?;
        let list = if self.has_list(level) { "]," } else { "" };
        let line = format!("{list}\"count\":{},\"totals\":{}}}", tally.count, totals(self.report, tally));
        if level == 0 { put(line.as_bytes()) } else { self.item(line.into_bytes(), put) }
    }

    fn has_list(&self, level: usize) -> bool {
        level < self.report.levels.len() || self.report.detail
    }

    fn open(&self, level: usize, put: Put<'_>) -> Result<()> {
        match () {
            () if level < self.report.levels.len() => put(b"\"groups\":["),
            () if self.report.detail => put(b"\"details\":["),
            () => Ok(()),
        }
    }

    fn item(&mut self, line: Vec<u8>, put: Put<'_>) -> Result<()> {
        self.release(true, put)?;
        self.held = Some(line);
        Ok(())
    }

    fn release(&mut self, more: bool, put: Put<'_>) -> Result<()> {
        let Some(mut line) = self.held.take() else { return Ok(()) };
        if more {
            line.push(b',');
        }
        put(&line)
    }
}

fn describe(column: &Column) -> Json {
    let picture = column.value.number().map(|number| number.picture().text());
    json!({ "name": column.name, "heading": column.heading.join(" "), "picture": picture })
}

/// The totals of all columns as an object; written by hand, because a JSON library would make floats of them.
fn totals(report: &Report, tally: &Tally) -> String {
    let columns = report.columns.iter().filter(|column| !column.statistics.is_empty());
    let columns = columns.map(|column| {
        let values = column.statistics.iter().map(|statistic| {
            let value = statistic_text(column, *statistic, tally);
            format!("\"{}\":{}", statistic.name(), value.as_deref().unwrap_or("null"))
        });
        format!("{}:{{{}}}", json!(column.name), values.collect::<Vec<_>>().join(","))
    });
    format!("{{{}}}", columns.collect::<Vec<_>>().join(","))
}

fn string(text: &str, out: &mut Vec<u8>) {
    // Writing to memory cannot fail.
    let _ = serde_json::to_writer(out, text);
}
