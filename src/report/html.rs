//! A report as a page for a browser: one table, no scripts, nothing fetched from elsewhere; fit to be printed.

use super::Put;
use super::form::{edited, group_values};
use super::glyphs::{Glyphs, readable};
use super::line::{Facts, Line};
use super::spec::{Align, Column, Report};
use super::sums::Statistic;
use super::tally::Tally;
use super::value::Value;
use crate::diag::Result;
use crate::expr::SingleFrame;

const HEAD: &str = include_str!("report.html");
/// The order of total rows, and what is written before those that are no sums.
const STATISTICS: [(Statistic, &str); 4] = [
    (Statistic::Total, ""),
    (Statistic::Minimum, "minimum "),
    (Statistic::Maximum, "maximum "),
    (Statistic::Average, "average "),
];

/// A page, being written.
#[derive(Debug)]
pub struct HtmlSink<'r> {
    report: &'r Report,
    glyphs: Glyphs,
    /// Characters of headers and footers that became dots.
    pub lost: u64,
}

/// Appends the row of a record; answers how many characters became dots.
pub fn detail(report: &Report, frame: &SingleFrame<'_>, numbers: &[i128], out: &mut Vec<u8>) -> Result<u64> {
    let (mut text, mut lost) = (String::new(), 0);
    out.extend_from_slice(b"<tr>");
    for (column, number) in report.columns.iter().zip(numbers) {
        text.clear();
        match &column.value {
            Value::Number(shown) => text.push_str(&edited(shown.picture(), *number)),
            Value::Text(_) => lost += super::form::plain(column, *number, frame, &mut text)?,
        }
        out.extend_from_slice(cell_start(column));
        escape(&text, out);
        out.extend_from_slice(b"</td>");
    }
    out.extend_from_slice(b"</tr>");
    Ok(lost)
}

impl<'r> HtmlSink<'r> {
    /// A page of a report.
    pub fn new(report: &'r Report) -> Self {
        HtmlSink { report, glyphs: Glyphs::new(report.page, report.page), lost: 0 }
    }

    /// The head of the page and of the table.
    pub fn begin(&mut self, next: Option<Facts<'_>>, put: Put<'_>) -> Result<()> {
        let report = self.report;
        let title = if report.title.is_empty() { &report.name } else { &report.title };
        let mut escaped = Vec::new();
        escape(title, &mut escaped);
        let head = HEAD.replace("{{title}}", &String::from_utf8_lossy(&escaped));
        head.lines().try_for_each(|line| put(line.as_bytes()))?;
        self.free_lines(&report.report_header, next, "head", put)?;
        let mut line = b"<table><thead><tr>".to_vec();
        for column in &report.columns {
            line.extend_from_slice(if column.align == Align::Right { b"<th class=n>" } else { b"<th>" });
            for (index, part) in column.heading.iter().enumerate() {
                if index > 0 {
                    line.extend_from_slice(b"<br>");
                }
                escape(part, &mut line);
            }
            line.extend_from_slice(b"</th>");
        }
        line.extend_from_slice(b"</tr></thead><tbody>");
        put(&line)
    }

    /// The groups from a level on begin; 0 begins the report.
    pub fn start(&mut self, level: usize, next: Option<Facts<'_>>, put: Put<'_>) -> Result<()> {
        let report = self.report;
        for index in level.max(1)..=report.levels.len() {
            let group = &report.levels[index - 1];
            if !group.header.is_empty() {
                self.free_lines(&group.header, next, &format!("g{index}"), put)?;
                continue;
            }
            let name = self.group_name(index, next)?;
            let mut line = format!("<tr class=g{index}><th colspan={}>", report.columns.len()).into_bytes();
            escape(&name, &mut line);
            line.extend_from_slice(b"</th></tr>");
            put(&line)?;
        }
        Ok(())
    }

    /// The row of a record.
    pub fn detail(&mut self, line: &[u8], put: Put<'_>) -> Result<()> {
        if self.report.detail { put(line) } else { Ok(()) }
    }

    /// Totals and footer of a group; of the whole for level 0.
    pub fn end(&mut self, level: usize, last: Option<Facts<'_>>, tally: &Tally, put: Put<'_>) -> Result<()> {
        let report = self.report;
        let (label, footer) = match level.checked_sub(1) {
            None => (report.label.clone().unwrap_or_else(|| "Total".to_owned()), &report.footer),
            Some(index) => {
                let level = &report.levels[index];
                let label = level.label.clone().unwrap_or_else(|| format!("Total {}", level.name));
                (format!("{label} {}", self.group_key(index + 1, last)?), &level.footer)
            }
        };
        let records = if tally.count == 1 { "record" } else { "records" };
        let label = format!("{label}, {} {records}", tally.count);
        let has =
            |statistic: &Statistic| report.columns.iter().any(|column| column.statistics.contains(statistic));
        let rows: Vec<_> = STATISTICS.iter().filter(|(statistic, _)| has(statistic)).collect();
        if rows.is_empty() {
            put(&self.total_row(level, &label, None, tally))?;
        }
        for (statistic, prefix) in rows {
            put(&self.total_row(level, &format!("{prefix}{label}"), Some(*statistic), tally))?;
        }
        self.free_lines(footer, last, &format!("f{level}"), put)
    }

    /// The end of the page.
    pub fn finish(&mut self, put: Put<'_>) -> Result<()> {
        put(b"</tbody></table></body></html>")
    }

    /// A row of totals: what they are called, before the first of them or on a line of its own, and each below its column.
    fn total_row(&self, level: usize, label: &str, statistic: Option<Statistic>, tally: &Tally) -> Vec<u8> {
        let columns = &self.report.columns;
        let shows =
            |column: &Column| statistic.is_some_and(|statistic| column.statistics.contains(&statistic));
        let first = columns.iter().position(shows).unwrap_or(columns.len());
        let mut line = format!("<tr class=t{level}>").into_bytes();
        let span = if first == 0 { columns.len() } else { first };
        line.extend_from_slice(format!("<th colspan={span}>").as_bytes());
        escape(label, &mut line);
        line.extend_from_slice(b"</th>");
        if first == 0 {
            line.extend_from_slice(format!("</tr><tr class=t{level}>").as_bytes());
        }
        for column in columns.iter().skip(first) {
            line.extend_from_slice(cell_start(column));
            let sums = column.sum.and_then(|sum| tally.sums.get(sum));
            if let (Some(statistic), Some(sums), Some(picture)) =
                (statistic.filter(|_| shows(column)), sums, &column.total)
            {
                escape(&edited(picture, sums.value(statistic)), &mut line);
            }
            line.extend_from_slice(b"</td>");
        }
        line.extend_from_slice(b"</tr>");
        line
    }

    fn group_name(&self, level: usize, facts: Option<Facts<'_>>) -> Result<String> {
        Ok(format!("{} {}", self.report.levels[level - 1].name, self.group_key(level, facts)?))
    }

    fn group_key(&self, level: usize, facts: Option<Facts<'_>>) -> Result<String> {
        let Some(frame) = facts.and_then(|facts| facts.record) else { return Ok(String::new()) };
        let values = group_values(&self.report.levels[level - 1], &frame)?;
        let values: Vec<String> = values.into_iter().map(|(_, value, _)| value).collect();
        Ok(values.join(" "))
    }

    /// Lines of a header or footer as they are in a listing.
    fn free_lines(
        &mut self,
        lines: &[Line],
        facts: Option<Facts<'_>>,
        class: &str,
        put: Put<'_>,
    ) -> Result<()> {
        let own = Tally::new(self.report.summed);
        let head = class == "head";
        for line in lines {
            let (mut bytes, mut text) = (Vec::new(), String::new());
            line.put(facts, 0, &own, &self.glyphs, &mut bytes)?;
            self.lost += readable(&bytes, self.report.page, &mut text);
            let mut row = if head {
                b"<pre>".to_vec()
            } else {
                format!("<tr class={class}><th colspan={}><pre>", self.report.columns.len()).into_bytes()
            };
            escape(&text, &mut row);
            row.extend_from_slice(if head { b"</pre>" } else { b"</pre></th></tr>" });
            put(&row)?;
        }
        Ok(())
    }
}

fn cell_start(column: &Column) -> &'static [u8] {
    if column.align == Align::Right { b"<td class=n>" } else { b"<td>" }
}

/// Appends text with what HTML would take for markup written as entities.
fn escape(text: &str, out: &mut Vec<u8>) {
    for byte in text.bytes() {
        match byte {
            b'&' => out.extend_from_slice(b"&amp;"),
            b'<' => out.extend_from_slice(b"&lt;"),
            b'>' => out.extend_from_slice(b"&gt;"),
            b'"' => out.extend_from_slice(b"&quot;"),
            byte => out.push(byte),
        }
    }
}
