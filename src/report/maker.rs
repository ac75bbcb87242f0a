//! The making of a report: records in their order, groups that begin and end, and all outputs at once.

use super::course::At;
use super::csv::CsvSink;
use super::form::Form;
use super::html::HtmlSink;
use super::json::JsonSink;
use super::line::Facts;
use super::prepare::{Prepared, Step};
use super::spec::{Disorder, Report};
use super::tally::Tally;
use super::text::TextSink;
use crate::diag::{DataPlace, Diagnostic, Place, Result, codes};
use crate::expr::SingleFrame;

/// Where the lines of the outputs go, by their numbers.
pub type Lines<'a> = &'a mut dyn FnMut(usize, &[u8]) -> Result<()>;

/// A report, being made.
#[derive(Debug)]
pub struct Maker<'r> {
    report: &'r Report,
    sinks: Vec<Sink<'r>>,
    /// Of the whole report without its open groups, then of each level without those below it.
    tallies: Vec<Tally>,
    /// The last block that had records.
    previous: Option<Prepared>,
    made: Made,
}

/// What has been made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Made {
    /// Records.
    pub records: u64,
    /// Groups of the innermost level.
    pub groups: u64,
    /// Records whose group came too late.
    pub disordered: u64,
    /// Characters that became dots.
    pub lost: u64,
}

/// An output.
#[derive(Debug)]
enum Sink<'r> {
    Text(Box<TextSink<'r>>),
    Csv(CsvSink<'r>),
    Html(HtmlSink<'r>),
    Json(JsonSink<'r>),
}

impl<'r> Maker<'r> {
    /// A report in these forms.
    pub fn new(report: &'r Report, forms: &'r [Form]) -> Self {
        let sink = |form: &'r Form| match form {
            Form::Text(form) => Sink::Text(Box::new(TextSink::new(report, form))),
            Form::Csv(rows) => Sink::Csv(CsvSink::new(report, *rows)),
            Form::Html => Sink::Html(HtmlSink::new(report)),
            Form::Json => Sink::Json(JsonSink::new(report)),
        };
        Maker {
            report,
            sinks: forms.iter().map(sink).collect(),
            tallies: vec![Tally::new(report.summed); report.levels.len() + 1],
            previous: None,
            made: Made::default(),
        }
    }

    /// Takes the next block.
    pub fn push(&mut self, prepared: Prepared, put: Lines<'_>) -> Result<()> {
        let report = self.report;
        let previous = self.previous.take();
        for index in 0..prepared.len() {
            let next = prepared.frame(index, &report.dataset);
            let last = match index.checked_sub(1) {
                Some(before) => Some(prepared.frame(before, &report.dataset)),
                None => previous.as_ref().map(|block| block.frame(block.len() - 1, &report.dataset)),
            };
            let step = if index == 0 { report.step(last.as_ref(), &next)? } else { prepared.step(index) };
            let made = self.record((&prepared, index), step, last, next, put);
            made.map_err(|error| placed(error, &next))?;
        }
        self.made.lost += prepared.lost;
        self.previous = if prepared.is_empty() { previous } else { Some(prepared.done()) };
        Ok(())
    }

    /// Ends the report.
    pub fn finish(mut self, put: Lines<'_>) -> Result<Made> {
        let report = self.report;
        let previous = self.previous.take();
        let last = previous.as_ref().map(|block| block.frame(block.len() - 1, &report.dataset));
        if last.is_none() && !report.when_empty {
            return Ok(self.made);
        }
        if last.is_none() {
            self.begin(None, put)?;
            self.end_group(0, None, put)?;
        } else {
            self.end_groups(0, last, None, put)?;
        }
        let Maker { sinks, tallies, .. } = &mut self;
        let facts = last.map(|record| Facts { record: Some(record), tallies, values: &[] });
        for (output, sink) in sinks.iter_mut().enumerate() {
            let put = &mut |line: &[u8]| put(output, line);
            match sink {
                Sink::Text(text) => text.finish(facts, put).map_err(|error| match &last {
                    Some(last) => placed(error, last),
                    None => error,
                })?,
                Sink::Html(html) => html.finish(put)?,
                Sink::Csv(_) | Sink::Json(_) => {}
            }
        }
        let lost = self.sinks.iter().map(|sink| match sink {
            Sink::Text(text) => text.lost(),
            Sink::Html(html) => html.lost,
            Sink::Csv(_) | Sink::Json(_) => 0,
        });
        self.made.lost += lost.sum::<u64>();
        Ok(self.made)
    }

    fn record(
        &mut self,
        (prepared, index): (&Prepared, usize),
        step: Step,
        last: Option<SingleFrame<'_>>,
        next: SingleFrame<'_>,
        put: Lines<'_>,
    ) -> Result<()> {
        if step.descends {
            self.disorder(step, &next)?;
        }
        match (last, step.breaks) {
            (None, _) => {
                self.begin(Some(next), put)?;
                self.start(0, None, next, put)?;
            }
            (Some(_), Some(level)) => {
                self.end_groups(level, last, Some(next), put)?;
                self.start(level, last, next, put)?;
            }
            (Some(_), None) => {}
        }
        let Maker { sinks, tallies, report, made, .. } = self;
        let values = prepared.values(index, report.summed);
        let at = At {
            next: Some(Facts { record: Some(next), tallies, values }),
            last: last.map(|record| Facts { record: Some(record), tallies, values: &[] }),
        };
        for (output, sink) in sinks.iter_mut().enumerate() {
            let line = prepared.detail(output, index);
            let put = &mut |line: &[u8]| put(output, line);
            match sink {
                Sink::Text(text) => text.detail(line, at, put)?,
                Sink::Csv(csv) => csv.detail(line, put)?,
                Sink::Html(html) => html.detail(line, put)?,
                Sink::Json(json) => json.detail(line, put)?,
            }
        }
        made.records += 1;
        match tallies.last_mut() {
            Some(innermost) => innermost.add(values),
            None => Ok(()),
        }
    }

    fn begin(&mut self, next: Option<SingleFrame<'_>>, put: Lines<'_>) -> Result<()> {
        let Maker { sinks, tallies, .. } = self;
        let next = next.map(|record| Facts { record: Some(record), tallies, values: &[] });
        for (output, sink) in sinks.iter_mut().enumerate() {
            let put = &mut |line: &[u8]| put(output, line);
            match sink {
                Sink::Text(text) => text.begin(At { next, last: None }, put)?,
                Sink::Csv(csv) => csv.begin(put)?,
                Sink::Html(html) => html.begin(next, put)?,
                Sink::Json(json) => json.begin(put)?,
            }
        }
        Ok(())
    }

    fn start(
        &mut self,
        level: usize,
        last: Option<SingleFrame<'_>>,
        next: SingleFrame<'_>,
        put: Lines<'_>,
    ) -> Result<()> {
        let Maker { sinks, tallies, report, made, .. } = self;
        made.groups += u64::from(!report.levels.is_empty());
        let facts = |record| Facts { record: Some(record), tallies, values: &[] };
        let at = At { next: Some(facts(next)), last: last.map(facts) };
        for (output, sink) in sinks.iter_mut().enumerate() {
            let put = &mut |line: &[u8]| put(output, line);
            match sink {
                Sink::Text(text) => text.start(level, at, put)?,
                Sink::Csv(_) => {}
                Sink::Html(html) => html.start(level, at.next, put)?,
                Sink::Json(json) => json.start(level, at.next, put)?,
            }
        }
        Ok(())
    }

    /// Ends the groups of all levels from one on, the innermost first; from 0 on the whole report.
    fn end_groups(
        &mut self,
        level: usize,
        last: Option<SingleFrame<'_>>,
        next: Option<SingleFrame<'_>>,
        put: Lines<'_>,
    ) -> Result<()> {
        for ending in (level..self.tallies.len()).rev() {
            self.end_group(ending, last, put).map_err(|error| match &last {
                Some(last) if is_unplaced_total(&error) => placed(error, last).note(self.ends_with(ending)),
                _ => error,
            })?;
        }
        if next.is_some() {
            for sink in &mut self.sinks {
                if let Sink::Text(text) = sink {
                    text.skip(level);
                }
            }
        }
        Ok(())
    }

    /// Ends a group: its totals are shown, and added to those of the group around it.
    fn end_group(&mut self, level: usize, last: Option<SingleFrame<'_>>, put: Lines<'_>) -> Result<()> {
        let Maker { sinks, tallies, .. } = self;
        let facts = last.map(|record| Facts { record: Some(record), tallies, values: &[] });
        let none = Facts { record: None, tallies, values: &[] };
        let at = At { next: None, last: Some(facts.unwrap_or(none)) };
        for (output, sink) in sinks.iter_mut().enumerate() {
            let put = &mut |line: &[u8]| put(output, line);
            match sink {
                Sink::Text(text) => text.end(level, at, put)?,
                Sink::Csv(csv) => csv.end(level, facts, &tallies[level], put)?,
                Sink::Html(html) => html.end(level, facts, &tallies[level], put)?,
                Sink::Json(json) => json.end(level, &tallies[level], put)?,
            }
        }
        let (outer, own) = tallies.split_at_mut(level);
        if let (Some(outer), Some(own)) = (outer.last_mut(), own.first_mut()) {
            outer.merge(own)?;
            own.reset();
        }
        Ok(())
    }

    /// Why the last record of a group is shown where its total is wrong.
    fn ends_with(&self, level: usize) -> String {
        match level.checked_sub(1).and_then(|at| self.report.levels.get(at)) {
            Some(level) => format!("shown is the last record of the group {}", level.name),
            None => "shown is the last record of the report".to_owned(),
        }
    }

    fn disorder(&mut self, step: Step, next: &SingleFrame<'_>) -> Result<()> {
        self.made.disordered += 1;
        if self.report.disorder == Disorder::Warn {
            return Ok(());
        }
        let level = step.breaks.and_then(|level| self.report.levels.get(level - 1));
        let fields = level.map_or(&[][..], |level| level.fields.as_slice());
        let name = level.map_or("", |level| level.name.as_str());
        let place = match fields.first() {
            Some(field) => {
                let bytes = field.bytes(next)?;
                next.origin.place(&field.format, Some(field.id), field.range(next)?.start, bytes)
            }
            None => DataPlace { dataset: self.report.dataset.clone(), ..DataPlace::default() },
        };
        let dataset = &self.report.dataset;
        let message = format!("dataset {dataset} is not in the order of the break {name} of the report");
        Err(Diagnostic::error(codes::DAT007, message)
            .in_data(place)
            .note(
                "shown is the first record whose group should have come before that of the record before it",
            )
            .hint("sort the dataset first, or say out-of-order: warn or allow"))
    }
}

/// An error of something that no single record has, at the record where it came to light.
fn placed(error: Box<Diagnostic>, record: &SingleFrame<'_>) -> Box<Diagnostic> {
    if !is_unplaced_total(&error) {
        return error;
    }
    error.in_data(record.origin.of_record(record.record))
}

fn is_unplaced_total(error: &Diagnostic) -> bool {
    error.code == codes::RPT102 && error.place == Place::None
}
