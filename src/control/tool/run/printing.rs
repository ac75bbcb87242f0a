//! DISPLAY and OCCUR.

use super::groups::Groups;
use super::session::{Done, Run, Session};
use super::value;
use crate::control::flow::{Shape, Sink};
use crate::control::operate::Setting;
use crate::control::syntax::{Application, CardField, Format, Place};
use crate::control::tool::layout::{Cell, Printer, Row};
use crate::control::tool::syntax::{Column, ColumnValue, Dd, Display, Occur, OnField, Report};
use crate::diag::{Diagnostic, Diagnostics, Result, codes};
use crate::key::SortFormat;

/// The return code of an operator that found invalid values.
const RC_INVALID: u8 = 12;

/// DISPLAY.
pub(super) fn display(display: &Display, session: &mut Session<'_>) -> Run<Done> {
    let mut deck = session.deck(display.input.using.as_ref())?;
    deck.application = Application::Copy;
    let setting = session.setting(&deck);
    let report = &display.report;
    let (mut printer, mut sink) = open(report, &setting, session)?;
    let dataset = display.input.from.name.as_str();
    let mut reader =
        Reader { setting: &setting, dataset, number: 0, bad: Vec::new(), limit: Some(display.limit) };
    let read = session.read("COPY", &deck, &display.input, &mut |keyed| {
        for record in keyed.block.records() {
            reader.number += 1;
            let cells: Result<Vec<Cell<'_>>> =
                report.columns.iter().map(|column| reader.cell(column, record, 0)).collect();
            let section = match report.break_column() {
                Some(column) => Some(reader.cell(column, record, 0)?),
                None => None,
            };
            printer.row(&Row { cells: cells?, section }, &mut |line| sink.record(line))?;
        }
        Ok(())
    });
    let Reader { bad, .. } = reader;
    let mut problems = Diagnostics::new();
    for (text, problem) in bad {
        session.say(value::INVALID, &text);
        problems.push(problem);
    }
    let entered = match read {
        Ok(entered) => entered,
        Err(error) if problems.has_errors() => {
            error.list().iter().for_each(|problem| session.say_problem(problem));
            problems.extend(error);
            session.call_failed();
            return Ok(Done { code: RC_INVALID, problems, said: true });
        }
        Err(error) => return Err(error),
    };
    printer.finish(&mut |line| sink.record(line))?;
    session.complete(sink)?;
    session.say_records(&entered);
    let code = if problems.has_errors() { RC_INVALID } else { 0 };
    Ok(Done { code, problems, said: true })
}

/// Lays out a report and begins to write it.
fn open<'r>(report: &'r Report, setting: &Setting, session: &mut Session<'_>) -> Result<(Printer<'r>, Sink)> {
    let printer = Printer::new(report, setting)?;
    if let Some(width) = report.width
        && printer.needed() > width
    {
        return Err(too_wide(&report.list, printer.needed(), width));
    }
    let sink = session.sink(&report.list, Shape { variable: false, length: printer.record_length() })?;
    Ok((printer, sink))
}

fn too_wide(list: &Dd, needed: usize, width: usize) -> Box<Diagnostic> {
    Diagnostic::error(
        codes::CTL005,
        format!("the report needs {needed} bytes a line, WIDTH gives it {width}"),
    )
    .at(&list.span, "this report")
    .hint(format!("write WIDTH({needed}), or leave WIDTH out"))
}

/// Reads what columns show.
struct Reader<'s> {
    setting: &'s Setting,
    dataset: &'s str,
    number: u64,
    /// Invalid values: what is said of them.
    bad: Vec<(String, Box<Diagnostic>)>,
    /// So many invalid values end the operation; `None` if the first one does.
    limit: Option<u64>,
}

impl Reader<'_> {
    fn cell<'r>(&mut self, column: &Column, record: &'r [u8], count: u64) -> Result<Cell<'r>> {
        Ok(match &column.value {
            ColumnValue::Number => Cell::Number(Some(self.number.into())),
            ColumnValue::Length => Cell::Number(Some(value::length(record))),
            ColumnValue::Count => Cell::Number(Some(count.into())),
            ColumnValue::Hex { position, length } => {
                let start = (*position as usize - 1).min(record.len());
                Cell::Hex(&record[start..(start + *length as usize).min(record.len())])
            }
            ColumnValue::Field(field) if is_character(field) => {
                let Place::Record { position, length } = field.place else { return Ok(Cell::Text(&[])) };
                let start = (position as usize - 1).min(record.len());
                Cell::Text(&record[start..(start + length as usize).min(record.len())])
            }
            ColumnValue::Field(field) => Cell::Number(self.value(field, record)?),
        })
    }

    fn value(&mut self, field: &CardField, record: &[u8]) -> Result<Option<i128>> {
        let bytes = value::bytes(field, record, self.number, self.dataset)?;
        let value = value::number(field, bytes, self.setting);
        if value.is_some() {
            return Ok(value);
        }
        let problem = value::invalid(field, bytes, self.number, self.dataset);
        let Some(limit) = self.limit else { return Err(problem) };
        self.bad.push((value::invalid_text(field, bytes, self.number), problem));
        if self.bad.len() as u64 >= limit {
            return Err(Diagnostic::error(codes::CTL107, format!("{limit} values are no numbers"))
                .note("ICE619A LIMIT FOR INVALID DECIMAL VALUES REACHED")
                .hint("LIMIT(n) lets more of them pass"));
        }
        Ok(None)
    }
}

fn is_character(field: &CardField) -> bool {
    field.format == Format::Sort(SortFormat::Character)
}

/// OCCUR.
pub(super) fn occur(occur: &Occur, session: &mut Session<'_>) -> Run<Done> {
    let mut deck = session.deck(occur.input.using.as_ref())?;
    let on: Vec<OnField> =
        occur.report.columns.iter().filter_map(|column| key(column, &occur.input.from)).collect();
    deck.application = session.keys(&on, &occur.input.from)?;
    let setting = session.setting(&deck);
    let report = &occur.report;
    let (mut printer, mut sink) = open(report, &setting, session)?;
    let dataset = occur.input.from.name.as_str();
    let mut reader = Reader { setting: &setting, dataset, number: 0, bad: Vec::new(), limit: None };
    let mut groups = Groups::new(&on, occur.unsigned_zero);
    let mut first: Vec<u8> = Vec::new();
    let (mut count, mut rows) = (0u64, 0u64);
    let mut end = |first: &[u8], count: u64| -> Result<()> {
        if count == 0 || !occur.occurrences.holds(count) {
            return Ok(());
        }
        rows += 1;
        let cells: Result<Vec<Cell<'_>>> =
            report.columns.iter().map(|column| reader.cell(column, first, count)).collect();
        printer.row(&Row { cells: cells?, section: None }, &mut |line| sink.record(line))
    };
    let entered = session.read("SORT", &deck, &occur.input, &mut |keyed| {
        for (start, record) in groups.starts(&keyed)?.into_iter().zip(keyed.block.records()) {
            if start {
                end(&first, count)?;
                count = 0;
                first.clear();
                first.extend_from_slice(record);
            }
            count += 1;
        }
        Ok(())
    })?;
    end(&first, count)?;
    printer.finish(&mut |line| sink.record(line))?;
    session.complete(sink)?;
    session.say_records(&entered);
    session.say("ICE638I", &format!("NUMBER OF RECORDS RESULTING FROM CRITERIA:  {rows:015}"));
    Ok(Done::default())
}

/// What a column adds to the key.
fn key(column: &Column, from: &Dd) -> Option<OnField> {
    match &column.value {
        ColumnValue::Field(field) => Some(OnField::Field(field.clone())),
        ColumnValue::Hex { position, length } => Some(OnField::Field(CardField {
            place: Place::Record { position: *position, length: *length },
            format: Format::Sort(SortFormat::Binary),
            span: from.span.clone(),
        })),
        ColumnValue::Length => Some(OnField::Length(from.span.clone())),
        ColumnValue::Number | ColumnValue::Count => None,
    }
}
