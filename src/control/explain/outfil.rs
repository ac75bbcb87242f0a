//! Outputs in words.

use super::document::{Chapter, Explanation};
use super::items;
use super::pass::{Route, selected};
use super::reform;
use super::voice::Voice;
use super::words::{byte, bytes, count, listed};
use crate::control::operate::{Program, Shape, Usage};
use crate::control::syntax::{Convert, Deck, Item, LineLimit, OutFil, SectionSkip, Split, Value};
use crate::dataset::WORD;

/// Explains what is written.
pub(super) fn explain(deck: &Deck, voice: &Voice<'_>, route: &Route, all: &mut Explanation) {
    let prefix = deck.options.prefix.as_deref().unwrap_or("SORT");
    let sortout = deck.options.sortout.clone().unwrap_or_else(|| format!("{prefix}OUT"));
    let usual = if route.to.is_empty() { vec![sortout] } else { route.to.clone() };
    let mut chapter = Chapter::new("What is written");
    if !route.to.is_empty() || deck.outfils.is_empty() {
        let shape = super::pass::shape_words(voice.shape, voice.variable);
        chapter.say(format!("{}: {shape}.", listed(&usual)));
    }
    all.chapters.push(chapter);
    for (index, outfil) in deck.outfils.iter().enumerate() {
        let files = if outfil.files.is_empty() { &usual } else { &outfil.files };
        let mut chapter = Chapter::new(format!("Output {}: {} (OUTFIL)", index + 1, listed(files)));
        let mut voice = voice.clone();
        records(outfil, &voice, &mut chapter);
        if let Some(change) = &outfil.reform {
            let usage = Usage::OutFil { convert: outfil.convert, fill: outfil.fill };
            reform::explain(change, &mut voice.clone(), usage, &mut chapter);
        }
        writing(outfil, files, &voice, &mut chapter);
        report(outfil, &mut voice, &mut chapter);
        if chapter.is_empty() {
            chapter.say("All records, as they are.");
        }
        all.chapters.push(chapter);
    }
}

/// What the records of an output are like, if that can be told.
pub(super) fn shape(outfil: &OutFil, voice: &Voice<'_>) -> Option<Shape> {
    let from = voice.shape?;
    let usage = Usage::OutFil { convert: outfil.convert, fill: outfil.fill };
    let mut shape = match (&outfil.reform, outfil.convert) {
        (Some(change), _) => Program::compile(change, voice.setting, from, usage).ok()?.output(),
        (None, Convert::ToVariable) => Shape { variable: true, length: from.length + WORD },
        (None, Convert::ToFixed) => Shape { variable: false, length: from.length.saturating_sub(WORD) },
        (None, Convert::Keep) => from,
    };
    if is_report(outfil) && !outfil.remove_control {
        shape.length += 1;
    }
    Some(shape)
}

fn is_report(outfil: &OutFil) -> bool {
    let bands = [&outfil.header1, &outfil.header2, &outfil.trailer1, &outfil.trailer2];
    bands.iter().any(|band| band.is_some()) || !outfil.sections.is_empty() || outfil.lines.is_some()
}

fn records(outfil: &OutFil, voice: &Voice<'_>, chapter: &mut Chapter) {
    match (outfil.start, outfil.end) {
        (0 | 1, None) => {}
        (start, None) => chapter.say(format!("Records from number {start} on (STARTREC).")),
        (start, Some(end)) => {
            chapter.say(format!("Records number {} to {end} (STARTREC, ENDREC).", start.max(1)))
        }
    }
    match outfil.sample {
        Some((every, 1)) => chapter.say(format!("Of every {every} records the first (SAMPLE).")),
        Some((every, first)) => chapter.say(format!("Of every {every} records the first {first} (SAMPLE).")),
        None => {}
    }
    if let Some(text) = selected(&outfil.selection, voice) {
        chapter.say(text);
    }
    if let Some(most) = outfil.accept {
        chapter.say(format!(
            "At most {} taken (ACCEPT).",
            if most == 1 { "1 record is".to_owned() } else { format!("{most} records are") }
        ));
    }
}

fn writing(outfil: &OutFil, files: &[String], voice: &Voice<'_>, chapter: &mut Chapter) {
    let page = voice.page;
    match outfil.convert {
        Convert::Keep => {}
        Convert::ToFixed => chapter.say("Variable-length records become fixed-length ones (VTOF)."),
        Convert::ToVariable => chapter.say("Fixed-length records become variable-length ones (FTOV)."),
    }
    if let Some(fill) = outfil.fill {
        chapter.say(format!("What short records lack is {} (VLFILL).", byte(fill, page)));
    }
    if let Some(trim) = outfil.trim {
        chapter.say(format!(
            "At the end of a record, each byte that is {} is cut off (VLTRIM).",
            byte(trim, page)
        ));
    }
    if !outfil.append.is_empty() {
        chapter.say(format!("{} is added at the end of records (VLTRAIL).", bytes(&outfil.append, page)));
    }
    if outfil.repeat > 1 {
        chapter.say(format!("Each record is written {} (REPEAT).", count(outfil.repeat, "time")));
    }
    match outfil.split {
        Some(Split::Rotate(1)) => chapter.say("Records go to the files in turn, one to each (SPLIT)."),
        Some(Split::Rotate(each)) => {
            chapter.say(format!("Records go to the files in turn, {each} to each (SPLITBY)."))
        }
        Some(Split::OneRound(each)) => {
            let last = files.last().map_or("the last", String::as_str);
            chapter.say(format!(
                "Each file gets {} in a row; what is left goes to {last} (SPLIT1R).",
                count(each, "record")
            ));
        }
        None if files.len() > 1 => chapter.say("Each of the files gets all of these records."),
        None => {}
    }
    if let Some(code) = outfil.null_code {
        chapter.say(format!("If no record is written, the return code is {code} (NULLOFL)."));
    }
    if let Some(trailer) = &outfil.trailer_record {
        if trailer.header {
            chapter.say("The first record is a header and not counted (HD=YES).");
        }
        chapter.say(format!(
            "The trailer record, for which {}, is brought up to date (IFTRAIL):",
            voice.condition(&trailer.identify)
        ));
        list(&trailer.update, voice, chapter, 1);
    }
}

fn report(outfil: &OutFil, voice: &mut Voice<'_>, chapter: &mut Chapter) {
    let bands = [
        (&outfil.header1, "At the start of the report (HEADER1):"),
        (&outfil.header2, "At the top of each page (HEADER2):"),
        (&outfil.trailer2, "At the end of each page (TRAILER2):"),
        (&outfil.trailer1, "At the end of the report (TRAILER1):"),
    ];
    for (items, title) in bands {
        if let Some(items) = items {
            chapter.say(title);
            list(items, voice, chapter, 1);
        }
    }
    for section in &outfil.sections {
        let skip = match section.skip {
            SectionSkip::None => "",
            SectionSkip::Page => "; a new page follows",
            SectionSkip::Lines(1) => "; a blank line follows",
            SectionSkip::Lines(_) => "; blank lines follow",
        };
        chapter.say(format!(
            "A section ends where {} changes{skip} (SECTIONS).",
            voice.place(&section.key, None)
        ));
        if let Some(items) = &section.header {
            let also = if section.page_head { " and of each page" } else { "" };
            chapter.detail(1, format!("At its start{also} (HEADER3):"));
            list(items, voice, chapter, 2);
        }
        if let Some(items) = &section.trailer {
            chapter.detail(1, "At its end (TRAILER3):");
            list(items, voice, chapter, 2);
        }
    }
    if outfil.no_detail {
        chapter.say("The records themselves are not printed (NODETAIL).");
    }
    match outfil.lines {
        Some(LineLimit::Lines(lines)) => {
            chapter.say(format!("A page has {} (LINES).", count(u64::from(lines), "line")))
        }
        Some(LineLimit::AnsiLines(lines)) => {
            chapter.say(format!(
                "A page has {}; records bring their own control characters.",
                count(u64::from(lines), "line")
            ));
        }
        Some(LineLimit::Ansi) => chapter.say("Records bring their own control characters (LINES=ANSI)."),
        None => {}
    }
    if outfil.remove_control {
        chapter.say("Lines have no page control character (REMOVECC).");
    } else if is_report(outfil) {
        chapter.say("Each line begins with a page control character.");
    }
    if outfil.blank_control.contains(&true) {
        chapter.say("A first line has a blank instead of its page control (BLKCC).");
    }
}

/// Items of a header or trailer, line by line.
fn list(items: &[Item], voice: &Voice<'_>, chapter: &mut Chapter, depth: usize) {
    let mut line = Vec::new();
    for item in items {
        if let Value::Lines(lines) = item.value {
            let text = if line.is_empty() { "(blank)".to_owned() } else { line.join(", ") };
            chapter.detail(depth, text);
            for _ in 1..lines.min(3) {
                chapter.detail(depth, "(blank)");
            }
            line.clear();
            continue;
        }
        let told = items::item(item, voice);
        let column = item.column.map(|column| format!("column {column}: ")).unwrap_or_default();
        let what = match told.from.as_str() {
            "constant" | "set when the step runs" | "computed" => told.holds,
            from if from.starts_with("computed, ") => {
                format!("{}, {}", told.holds, &from["computed, ".len()..])
            }
            from => from.to_owned(),
        };
        line.push(format!("{column}{what}"));
    }
    if !line.is_empty() {
        chapter.detail(depth, line.join(", "));
    }
}
