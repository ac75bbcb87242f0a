//! JOINKEYS in words.

use super::About;
use super::document::{Chapter, Explanation, MapTable};
use super::map::{Known, Named, RecordMap};
use super::pass::{filter_words, pass_of_side, shape_words};
use super::voice::Voice;
use super::words::{byte, columns, count, range};
use crate::control::operate::{Setting, Shape};
use crate::control::syntax::{Join, JoinItem, JoinSide, Place};

/// Explains a join; the voice speaks of joined records.
pub(super) fn explain<'a>(
    join: &Join,
    about: &About<'a>,
    setting: &'a Setting,
    all: &mut Explanation,
) -> Voice<'a> {
    let voices = [0, 1].map(|index| side(&join.sides[index], index, about, setting, all));
    let mut chapter = Chapter::new("How they are joined");
    chapter.say("Each record of F1 is joined with each record of F2 that has the same key.");
    chapter.say(match (join.unpaired, join.only) {
        ([false, false], _) => "Records without a partner are left out (an inner join).",
        ([true, false], false) => "Records of F1 without a partner come too (a left outer join).",
        ([false, true], false) => "Records of F2 without a partner come too (a right outer join).",
        ([true, true], false) => "Records of both without a partner come too (a full outer join).",
        ([true, false], true) => "Only records of F1 without a partner are kept.",
        ([false, true], true) => "Only records of F2 without a partner are kept.",
        ([true, true], true) => "Only records without a partner are kept, of both.",
    });
    let voice = joined(join, &voices, about, setting, &mut chapter);
    if join.unpaired != [false, false] && join.items.is_some() {
        let fill = join.fill.unwrap_or(about.page.space());
        chapter.say(format!("What a missing partner would have given is {}.", byte(fill, about.page)));
    }
    all.chapters.push(chapter);
    voice
}

fn side<'a>(
    side: &JoinSide,
    index: usize,
    about: &About<'a>,
    setting: &'a Setting,
    all: &mut Explanation,
) -> Voice<'a> {
    let heading = format!("F{} is read from {}", index + 1, side.dd);
    let mut chapter = Chapter::new(heading.clone());
    let task = about.decks.get(&format!("{}CNTL", side.task));
    let mut voice = super::pass::voice(&side.dd, task, about, setting, Some(index));
    if side.variable.is_some() && voice.shape.is_none() {
        voice.variable = side.variable == Some(true);
    }
    chapter.say(format!("It has {}.", shape_words(voice.shape, voice.variable)));
    if let Some(filter) = &side.filter {
        chapter.say(filter_words(filter, &voice));
    }
    if let Some(records) = side.stop_after {
        chapter.say(format!("Only the first {} (STOPAFT).", count(records, "record")));
    }
    all.chapters.push(chapter);
    if let Some(deck) = task {
        all.append(&format!("F{} ({}CNTL)", index + 1, side.task), pass_of_side(deck, &mut voice));
    }
    let mut chapter = Chapter::new(format!("The key of F{}", index + 1));
    for key in &side.keys {
        let place = Place::Record { position: key.position, length: key.length };
        let order = if key.descending { "descending" } else { "ascending" };
        chapter.say(format!("{}, {order}", voice.place(&place, Some(&key.span))));
    }
    chapter.say(match (side.sorted, side.unchecked) {
        (true, true) => "Its records are in this order already; nobody checks that (SORTED, NOSEQCK).",
        (true, false) => "Its records are in this order already (SORTED).",
        _ => "Its records are sorted by this key.",
    });
    all.chapters.push(chapter);
    voice
}

fn joined<'a>(
    join: &Join,
    voices: &[Voice<'a>; 2],
    about: &About<'a>,
    setting: &'a Setting,
    chapter: &mut Chapter,
) -> Voice<'a> {
    let named = Named { symbols: about.symbols };
    let mut voice =
        Voice { page: about.page, named, map: RecordMap::default(), setting, shape: None, variable: false };
    let Some(items) = &join.items else {
        let side = usize::from(join.unpaired[1] && !join.unpaired[0]);
        let mut voice = voices[side].clone();
        if join.unpaired == [true, true] {
            voice.map = RecordMap::default();
        }
        chapter.say("Records stay as they are (there is no REFORMAT).");
        return voice;
    };
    chapter.say("The joined record is made of these pieces, from left to right:");
    let mut table = MapTable { title: "The joined record:".to_owned(), rows: Vec::new() };
    let mut at = 1_u32;
    for item in items {
        let (holds, from, length) = piece(item, voices, at, &mut voice);
        let shown = length.map_or_else(|| format!("columns {at} on"), |length| columns(at, length));
        chapter.detail(1, format!("{shown}: {holds}"));
        table.rows.push([length.map_or_else(|| format!("{at}-"), |length| range(at, length)), holds, from]);
        at = at.saturating_add(length.unwrap_or(0));
        voice.variable |= length.is_none();
    }
    chapter.maps.push(table);
    if !voice.variable {
        voice.shape = Some(Shape { variable: false, length: (at - 1) as usize });
    }
    voice
}

fn piece(
    item: &JoinItem,
    voices: &[Voice<'_>; 2],
    at: u32,
    joined: &mut Voice<'_>,
) -> (String, String, Option<u32>) {
    match item {
        JoinItem::Indicator => {
            let holds = "B if paired, 1 or 2 if only F1 or F2 has the key".to_owned();
            let name = "match indicator".to_owned();
            joined.map.fields.push(Known { at, length: 1, name, group: false });
            (holds, "the join".to_owned(), Some(1))
        }
        JoinItem::Field { side, place, span } => {
            let from = format!("F{}, {}", side + 1, voices[*side].place(place, Some(span)));
            let holds = format!("F{} {}", side + 1, bare(&voices[*side].place(place, Some(span))));
            if let Place::Record { position, length } = *place {
                let moved = voices[*side].map.moved(position, Some(length), at);
                if moved.is_empty() {
                    joined.map.fields.push(Known { at, length, name: holds.clone(), group: false });
                }
                joined.map.fields.extend(moved);
            }
            (holds, from, Some(place.length()))
        }
        JoinItem::Rest { side, position, .. } => {
            joined.map.fields.extend(voices[*side].map.moved(*position, None, at));
            let holds = format!("the rest of F{}", side + 1);
            (holds, format!("F{}, column {position} to the end", side + 1), None)
        }
    }
}

/// A place without its columns, if it has a name.
fn bare(place: &str) -> String {
    place.rsplit_once(" (column").map_or_else(|| place.to_owned(), |(name, _)| name.to_owned())
}
