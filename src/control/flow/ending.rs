//! What the listing says at the end of a pass.

use super::Outcome;
use crate::control::message::Listing;

/// Counts of records, file by file and in all.
pub(super) fn tell(outcome: &Outcome, listing: &mut Listing) {
    if let Some([first, second, joined]) = outcome.joined {
        listing.message("ICE419I", &format!("0 JOINED RECORDS: F1 IN = {first}, F2 IN = {second}"));
        listing.message("ICE421I", &format!("0 JOINED RECORDS: COUNT={joined}"));
    }
    if outcome.overflows > 0 {
        listing
            .message("ICE152I", &format!("0 OVERFLOW DURING RECORD SUMMATION: {} PAIRS", outcome.overflows));
    }
    for file in outcome.files.iter().filter(|file| file.outfil) {
        listing.message("ICE227I", &format!("0 RECORDS READ FOR {}: {}", file.dd, file.records_in));
        listing.message(
            "ICE228I",
            &format!("0 RECORDS FOR {}: DATA = {}, WRITTEN = {}", file.dd, file.data, file.written),
        );
    }
    listing.message("ICE055I", &format!("0 INSERT {}, DELETE {}", outcome.inserted, outcome.deleted));
    listing.message("ICE054I", &format!("0 RECORDS - IN: {}, OUT: {}", outcome.records_in, outcome.out));
    listing.message("ICE052I", "0 END OF DFSORT");
}
