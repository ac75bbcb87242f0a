//! Names of DDs, as SORTDD, SORTIN, SORTOUT and an ICETOOL operator change them.

use super::{Datasets, Routes};
use crate::control::syntax::{Application, Deck};

/// The usual first letters of names.
const PREFIX: &str = "SORT";

/// Names of DDs of a pass.
#[derive(Clone, Debug)]
pub(super) struct Names {
    prefix: String,
    /// Inputs.
    pub from: Vec<String>,
    /// What no OUTFIL names goes here.
    pub to: Vec<String>,
    /// True if it goes there whatever OUTFIL statements there are.
    pub to_is_told: bool,
}

impl Names {
    pub fn new(deck: &Deck, routes: &Routes, datasets: &dyn Datasets) -> Self {
        let options = &deck.options;
        let prefix = options.prefix.clone().unwrap_or_else(|| PREFIX.to_owned());
        let from = match (routes.from.is_empty(), &deck.application) {
            (false, _) => routes.from.clone(),
            (true, Application::Merge(_)) => merged(&prefix, datasets),
            _ => vec![options.sortin.clone().unwrap_or_else(|| format!("{prefix}IN"))],
        };
        let to_is_told = !routes.to.is_empty();
        let to = if to_is_told {
            routes.to.clone()
        } else {
            vec![options.sortout.clone().unwrap_or_else(|| format!("{prefix}OUT"))]
        };
        Names { prefix, from, to, to_is_told }
    }

    /// The DDs that a name in an OUTFIL statement means.
    pub fn outfil(&self, name: &str) -> Vec<String> {
        match name.strip_prefix(PREFIX) {
            Some("OUT") => self.to.clone(),
            Some(rest) if rest.starts_with("OF") => vec![format!("{}{rest}", self.prefix)],
            _ => vec![name.to_owned()],
        }
    }

    /// SORTXSUM and the like.
    pub fn named(&self, rest: &str) -> String {
        format!("{}{rest}", self.prefix)
    }
}

/// SORTIN01 to SORTIN99, as many as there are.
fn merged(prefix: &str, datasets: &dyn Datasets) -> Vec<String> {
    let all = (0..100).map(|number| format!("{prefix}IN{number:02}"));
    let found: Vec<String> = all.filter(|name| datasets.has(name)).collect();
    if found.is_empty() { vec![format!("{prefix}IN01")] } else { found }
}
