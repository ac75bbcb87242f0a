//! What the listing says of a pass.

use super::{Outcome, Shape};
use crate::control::message::Listing;
use crate::control::syntax::{Application, Deck};

/// What is to be done.
pub(super) fn begin(deck: &Deck, read: Shape, listing: &mut Listing) {
    let technique = match deck.application {
        Application::Sort(_) => "SORT",
        Application::Merge(_) => "MERGE",
        Application::Copy => "COPY",
    };
    listing.message("ICE143I", &format!("0 BLOCKSET     {technique:<5} TECHNIQUE SELECTED"));
    let (kind, first) = if read.variable { ("V", 5) } else { ("F", 1) };
    listing.message("ICE201I", &format!("0 RECORD TYPE IS {kind} - DATA STARTS IN POSITION {first}"));
    listing.message("ICE088I", &format!("0 INPUT LRECL = {}, TYPE = {kind}B", read.length));
}

/// The sides of a join, and what it makes.
pub(super) fn join(dds: [&str; 2], made: Shape, listing: &mut Listing) {
    listing.message("ICE411I", "0 THIS IS THE JOINKEYS MAIN TASK FOR JOINING F1 AND F2");
    for (side, dd) in ["F1", "F2"].iter().zip(dds) {
        listing.message("ICE416I", &format!("0 JOINKEYS IS USING THE {side} SUBTASK FOR {dd}"));
    }
    let kind = if made.variable { "V" } else { "F" };
    listing.message("ICE419I", &format!("0 JOINED RECORDS: TYPE={kind}, LENGTH={}", made.length));
}

/// Counts of records, file by file and in all.
pub(super) fn tell(outcome: &Outcome, listing: &mut Listing) {
    if outcome.overflows > 0 {
        let text = format!(
            "0 OVERFLOW DURING RECORD SUMMATION - RC={} ({} PAIRS)",
            outcome.overflow_code, outcome.overflows
        );
        listing.message("ICE152I", &text);
    }
    if let Some([_, _, joined]) = outcome.joined {
        listing.message("ICE421I", &format!("0 JOINED RECORDS: COUNT={joined}"));
    }
    for file in outcome.files.iter().filter(|file| file.outfil) {
        let (dd, deleted, report) =
            (&file.dd, file.records_in - file.taken, file.written.saturating_sub(file.data));
        let text = format!("0 {dd} : DELETED = {deleted}, REPORT = {report}, DATA = {}", file.data);
        listing.message("ICE227I", &text);
        let text = format!("0 {dd} : TOTAL IN = {}, TOTAL OUT = {}", file.records_in, file.written);
        listing.message("ICE228I", &text);
    }
    listing.message("ICE055I", &format!("0 INSERT {}, DELETE {}", outcome.inserted, outcome.deleted));
    listing.message("ICE054I", &format!("0 RECORDS - IN: {}, OUT: {}", outcome.records_in, outcome.out));
    listing.message("ICE052I", "0 END OF DFSORT");
}
