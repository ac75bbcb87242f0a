//! Statements of ICETOOL in words.

use std::sync::Arc;

use super::About;
use super::document::{Chapter, Explanation};
use super::pass::{self, Route};
use super::voice::Voice;
use super::words::{bytes, columns, count, listed};
use crate::control::deck::Reading;
use crate::control::syntax::Deck;
use crate::control::tool::statements;
use crate::control::tool::syntax::{
    BreakPart, Choice, Column, ColumnValue, Copy, Dd, Display, Input, Joining, Limit, Mode, Occur,
    Occurrences, OnField, Operator, Report, Rows, Select, Splice, SpliceLength, StatisticOf, Subset,
    TitlePart,
};
use crate::diag::{Diagnostics, Source};

/// Explains the statements of TOOLIN.
pub fn tool(source: &Arc<Source>, about: &About<'_>) -> std::result::Result<Explanation, Diagnostics> {
    let reading = Reading { page: about.page, dialect: about.dialect, symbols: about.symbols };
    let mut all = Explanation::default();
    let mut problems = Diagnostics::new();
    for (index, read) in statements(source, reading).into_iter().enumerate() {
        match read {
            Ok(statement) => operator(index + 1, &statement.operator, about, &mut all),
            Err(found) => problems.extend(found),
        }
    }
    problems.into_result(all)
}

fn operator(number: usize, operator: &Operator, about: &About<'_>, all: &mut Explanation) {
    let none = Deck::default();
    let setting = pass::setting(&none, about);
    let input = input_of(operator);
    let dd = input.as_ref().and_then(|(from, _)| from.first().cloned()).unwrap_or_default();
    let voice = pass::voice(&dd, None, about, &setting, None);
    let mut chapter = Chapter::new(format!("{number}. {}", operator.word()));
    sentence(operator, &voice, &mut chapter);
    all.chapters.push(chapter);
    let Some((from, Some(using))) = input else { return };
    let name = format!("{}CNTL", using.name);
    let heading = format!("{number}. {name}");
    match about.decks.get(&name) {
        Some(deck) => {
            let to = match operator {
                Operator::Copy(copy) => names(&copy.to),
                Operator::Merge(merge) => names(&merge.to),
                Operator::DataSort(sort) => names(&sort.to),
                _ => Vec::new(),
            };
            let route = Route { from, to, using: true };
            let mut explained = pass::pass(deck, about, &route);
            // Where records come from and go to is said above.
            explained.chapters.retain(|chapter| {
                chapter.heading != "What is read"
                    && chapter.heading != "What is written"
                    && !(chapter.heading == "Which records are kept"
                        && chapter.lines.iter().all(|(_, text)| text == "All records are kept."))
            });
            all.append(&heading, explained);
        }
        None => {
            let mut chapter = Chapter::new(heading);
            chapter.say(format!("The cards of {name} were not given."));
            all.chapters.push(chapter);
        }
    }
}

fn names(dds: &[Dd]) -> Vec<String> {
    dds.iter().map(|dd| dd.name.clone()).collect()
}

/// The DDs that an operator reads and its deck.
fn input_of(operator: &Operator) -> Option<(Vec<String>, Option<Dd>)> {
    let of = |input: &Input| Some((vec![input.from.name.clone()], input.using.clone()));
    match operator {
        Operator::Mode(_) | Operator::Defaults { .. } => None,
        Operator::Copy(copy) => Some((names(copy.from.as_slice()), copy.using.clone())),
        Operator::Merge(merge) => Some((names(&merge.from), Some(merge.using.clone()))),
        Operator::DataSort(sort) => Some((vec![sort.from.name.clone()], Some(sort.using.clone()))),
        Operator::Count(of_) => of(&of_.input),
        Operator::Display(of_) => of(&of_.input),
        Operator::Occur(of_) => of(&of_.input),
        Operator::Range(of_) => of(&of_.input),
        Operator::Resize(of_) => of(&of_.input),
        Operator::Select(of_) => of(&of_.input),
        Operator::Splice(of_) => of(&of_.input),
        Operator::Stats(of_) => of(&of_.input),
        Operator::Subset(of_) => of(&of_.input),
        Operator::Unique(of_) => of(&of_.input),
        Operator::Verify(of_) => of(&of_.input),
    }
}

fn sentence(operator: &Operator, voice: &Voice<'_>, chapter: &mut Chapter) {
    let from = input_of(operator).map(|(from, _)| listed(&from)).unwrap_or_default();
    match operator {
        Operator::Mode(mode) => chapter.say(match mode {
            Mode::Stop => "From here on, if an operator fails, those behind it are only checked.",
            Mode::Continue => "From here on all operators run, even if one fails.",
            Mode::Scan => "From here on operators are only checked, not run.",
        }),
        Operator::Defaults { list } => chapter.say(format!("The defaults are listed in {}.", list.name)),
        Operator::Copy(copy) => chapter.say(copying(copy, &from)),
        Operator::Merge(merge) => {
            chapter.say(format!(
                "{from}, each in order already, are merged to {} by the deck below.",
                to(&merge.to)
            ));
        }
        Operator::DataSort(sort) => {
            let end = |number: u64, end: &str| match number {
                0 => None,
                1 => Some(format!("the {end} record")),
                _ => Some(format!("the {end} {number} records")),
            };
            let stay: Vec<String> =
                [end(sort.first, "first"), end(sort.last, "last")].into_iter().flatten().collect();
            let stay = listed(&stay);
            let to = to(&sort.to);
            chapter.say(format!(
                "Records of {from} are sorted by the deck below and written to {to}; {stay} stay where they are."
            ));
        }
        Operator::Resize(resize) => chapter.say(format!(
            "Records of {from} are joined or divided into records of {}, to {}.",
            count(u64::from(resize.length), "byte"),
            to(&resize.to)
        )),
        Operator::Select(select) => selecting(select, &from, voice, chapter),
        Operator::Splice(splice) => splicing(splice, &from, voice, chapter),
        Operator::Subset(subset) => subsetting(subset, &from, chapter),
        Operator::Display(display) => displaying(display, &from, voice, chapter),
        Operator::Occur(occur) => occurring(occur, &from, voice, chapter),
        _ => valued(operator, &from, voice, chapter),
    }
}

fn to(dds: &[Dd]) -> String {
    if dds.is_empty() { "what the deck below says".to_owned() } else { listed(&names(dds)) }
}

fn copying(copy: &Copy, from: &str) -> String {
    let verb = if copy.sort { "sorted" } else { "copied" };
    let how = if copy.using.is_some() { ", as the deck below says" } else { "" };
    if copy.from.is_none() {
        return format!(
            "The inputs of the join that the deck below describes are joined and {verb}, to {}.",
            to(&copy.to)
        );
    }
    format!("Records of {from} are {verb} to {}{how}.", to(&copy.to))
}

fn on(fields: &[OnField], voice: &Voice<'_>) -> String {
    listed(&fields.iter().map(|field| on_field(field, voice)).collect::<Vec<_>>())
}

fn on_field(field: &OnField, voice: &Voice<'_>) -> String {
    match field {
        OnField::Field(field) => voice.field(field),
        OnField::Length(_) => "the length of the record".to_owned(),
    }
}

fn often(occurrences: Occurrences) -> String {
    match occurrences {
        Occurrences::Any => "occurs at all".to_owned(),
        Occurrences::AllDups => "occurs more than once".to_owned(),
        Occurrences::NoDups => "occurs once".to_owned(),
        Occurrences::Higher(low) => format!("occurs more than {}", count(low, "time")),
        Occurrences::Lower(high) => format!("occurs less than {}", count(high, "time")),
        Occurrences::Equal(wanted) => format!("occurs {}", count(wanted, "time")),
    }
}

fn selecting(select: &Select, from: &str, voice: &Voice<'_>, chapter: &mut Chapter) {
    let which = |number: u64, end: &str| {
        if number == 1 { format!("the {end} record") } else { format!("the {end} {number} records") }
    };
    let taken = match select.choice {
        Choice::All(occurrences) => format!("all records whose key {}", often(occurrences)),
        Choice::First(number, Occurrences::Any) => format!("{} of each key", which(number, "first")),
        Choice::Last(number, Occurrences::Any) => format!("{} of each key", which(number, "last")),
        Choice::First(number, occurrences) => {
            format!("{} of each key that {}", which(number, "first"), often(occurrences))
        }
        Choice::Last(number, occurrences) => {
            format!("{} of each key that {}", which(number, "last"), often(occurrences))
        }
    };
    chapter.say(format!(
        "Of {from}, sorted by the key {}, {taken} are written to {}.",
        on(&select.on, voice),
        to(&select.to)
    ));
    if let Some(discard) = &select.discard {
        chapter.say(format!("The others go to {}.", discard.name));
    }
    zero(select.unsigned_zero, chapter);
}

fn zero(unsigned: bool, chapter: &mut Chapter) {
    if unsigned {
        chapter.say("+0 and -0 are the same value (UZERO).");
    }
}

fn splicing(splice: &Splice, from: &str, voice: &Voice<'_>, chapter: &mut Chapter) {
    chapter.say(format!(
        "Records of {from} with the same key {} are put together and written to {}.",
        on(&splice.on, voice),
        to(&splice.to)
    ));
    let with: Vec<String> =
        splice.with.iter().map(|(at, length)| pass::columns_of(*at, *length, voice)).collect();
    let with = listed(&with);
    chapter.say(match splice.joining {
        Joining::Last => format!("The first record of a key is the base; {with} come from the last one."),
        Joining::All => format!("The first record of a key is the base; for each of the others a record is made of it with {with} of the other (WITHALL)."),
        Joining::Any => format!("The first record of a key is the base; {with} come from whichever other record has something there (WITHANY)."),
        Joining::Each => format!("The first record of a key is the base; {with} come from the others, one field from each in turn (WITHEACH)."),
    });
    if splice.keep_single {
        chapter.say("Records whose key occurs once come too (KEEPNODUPS).");
    }
    if splice.keep_base {
        chapter.say("Base records come as they are as well (KEEPBASE).");
    }
    match splice.length {
        SpliceLength::Base => {}
        SpliceLength::Greatest => chapter.say("The longer of the two lengths counts (VLENMAX)."),
        SpliceLength::Overlay => chapter.say("The length of the other record counts (VLENOVLY)."),
    }
    zero(splice.unsigned_zero, chapter);
}

fn subsetting(subset: &Subset, from: &str, chapter: &mut Chapter) {
    let end =
        |number: &Option<u64>| number.map_or_else(|| "the last".to_owned(), |number| number.to_string());
    let rows: Vec<String> = (subset.rows.iter())
        .map(|rows| match rows {
            Rows::First(1) => "the first record".to_owned(),
            Rows::Last(1) => "the last record".to_owned(),
            Rows::First(number) => format!("the first {number} records"),
            Rows::Last(number) => format!("the last {number} records"),
            Rows::Range(first, last) if first == last => format!("record {}", end(first)),
            Rows::Range(first, last) => format!("records {} to {}", end(first), end(last)),
        })
        .collect();
    let verb = if subset.keep { "kept" } else { "removed" };
    let place = if subset.output { "counted behind the deck below" } else { "counted as they are read" };
    chapter.say(format!(
        "Of {from}, {} are {verb} ({place}); what is kept goes to {}.",
        listed(&rows),
        to(&subset.to)
    ));
    if let Some(discard) = &subset.discard {
        chapter.say(format!("The others go to {}.", discard.name));
    }
}

fn limit(limit: Limit) -> String {
    match limit {
        Limit::Higher(low) => format!("higher than {low}"),
        Limit::Lower(high) => format!("lower than {high}"),
        Limit::Between(low, high) => format!("higher than {low} and lower than {high}"),
        Limit::Equal(wanted) => format!("{wanted}"),
        Limit::NotEqual(other) => format!("not {other}"),
    }
}

fn valued(operator: &Operator, from: &str, voice: &Voice<'_>, chapter: &mut Chapter) {
    match operator {
        Operator::Count(counting) => {
            chapter.say(format!("Records of {from} are counted."));
            if let Some(condition) = counting.limit {
                chapter.say(format!(
                    "If there are {} of them, the return code is {}.",
                    limit(condition),
                    counting.code
                ));
            }
            if counting.add != 0 {
                chapter.say(format!("To the count {} is added.", counting.add));
            }
            if let Some(write) = &counting.write {
                let text = if counting.text.is_empty() {
                    String::new()
                } else {
                    format!(" behind {}", bytes(&counting.text, voice.page))
                };
                chapter.say(format!("The count is written to {}{text}.", write.name));
            }
        }
        Operator::Range(range) => chapter.say(format!(
            "Records of {from} whose {} is {} are counted; the listing shows how many.",
            on_field(&range.on, voice),
            limit(range.limit)
        )),
        Operator::Stats(stats) => chapter.say(format!(
            "Least, greatest, average and total of {} in {from} are listed.",
            on(&stats.on, voice)
        )),
        Operator::Unique(unique) => {
            chapter.say(format!(
                "The different values of {} in {from} are counted; the listing shows how many.",
                on_field(&unique.on, voice)
            ));
            zero(unique.unsigned_zero, chapter);
        }
        Operator::Verify(verify) => {
            let fields: Vec<String> = verify.on.iter().map(|field| voice.field(field)).collect();
            let sign = if verify.no_sign { ", signs aside" } else { "" };
            chapter
                .say(format!("Every record of {from} must have valid numbers in {}{sign}.", listed(&fields)));
            chapter.say(format!("After {} the operator ends (LIMIT).", count(verify.limit, "bad number")));
        }
        _ => {}
    }
}

fn displaying(display: &Display, from: &str, voice: &Voice<'_>, chapter: &mut Chapter) {
    chapter.say(format!("Records of {from} are printed to {}, a line each.", display.report.list.name));
    reporting(&display.report, voice, chapter);
}

fn occurring(occur: &Occur, from: &str, voice: &Voice<'_>, chapter: &mut Chapter) {
    let which = match occur.occurrences {
        Occurrences::Any => "Each different value".to_owned(),
        other => format!("Each value that {}", often(other)),
    };
    chapter.say(format!("{which} in {from} is printed to {} once.", occur.report.list.name));
    reporting(&occur.report, voice, chapter);
    zero(occur.unsigned_zero, chapter);
}

fn column(column: &Column, voice: &Voice<'_>) -> String {
    match &column.value {
        ColumnValue::Field(field) => voice.field(field),
        ColumnValue::Hex { position, length } => format!("{} in hexadecimal", columns(*position, *length)),
        ColumnValue::Number => "number of the record".to_owned(),
        ColumnValue::Length => "length of the record".to_owned(),
        ColumnValue::Count => "how often it occurs".to_owned(),
    }
}

fn reporting(report: &Report, voice: &Voice<'_>, chapter: &mut Chapter) {
    let page = voice.page;
    chapter.say("Columns of the report:");
    for (index, one) in report.columns.iter().enumerate() {
        let heading = match &one.header {
            crate::control::tool::syntax::Header::Lines(lines) => {
                let texts: Vec<String> = lines.iter().map(|line| bytes(line, page)).collect();
                format!(", headed {}", texts.join(" / "))
            }
            _ => String::new(),
        };
        chapter.detail(1, format!("{}. {}{heading}", index + 1, column(one, voice)));
    }
    for part in &report.title.parts {
        match part {
            TitlePart::Text => {
                let texts: Vec<String> = report.title.texts.iter().map(|text| bytes(text, page)).collect();
                chapter.say(format!("Title: {}", texts.join(" / ")));
            }
            TitlePart::Page => chapter.say("The title has the page number."),
            TitlePart::Moment(moment) => {
                chapter.say(format!("The title has {}.", super::words::moment(moment, page)))
            }
        }
    }
    for part in &report.break_line {
        if let BreakPart::Field(one) = part {
            chapter.say(format!("A new section begins where {} changes.", column(one, voice)));
        }
    }
    for (lines, place) in
        [(&report.break_statistics, "At the end of each section"), (&report.statistics, "At the end")]
    {
        if !lines.is_empty() {
            let all: Vec<String> = lines.iter().map(|line| statistic(line.of).to_owned()).collect();
            chapter.say(format!("{place}: {}.", listed(&all)));
        }
    }
}

fn statistic(of: StatisticOf) -> &'static str {
    match of {
        StatisticOf::Total => "totals",
        StatisticOf::Minimum => "least values",
        StatisticOf::Maximum => "greatest values",
        StatisticOf::Average => "averages",
        StatisticOf::Count => "the number of records",
    }
}
