//! What a job means by its generations: fixed when its plan is made, and kept with the plan.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::base::{Base, Generation};
use super::generation::{GenerationName, Relative};

/// The bases that a plan uses, as they were when it was made. A restart and a replay are given the same view again, so
/// that `(0)` and `(+1)` stay what they were.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    /// Bases by name.
    pub bases: BTreeMap<String, Base>,
    /// Paths of datasets by name.
    #[serde(default)]
    pub datasets: BTreeMap<String, String>,
}

impl View {
    /// The base of this name, if it is defined.
    pub fn base(&self, name: &str) -> Option<&Base> {
        self.bases.get(name)
    }

    /// The generation that a relative number means: for an old one only if it is there.
    pub fn relative(&self, name: &str, relative: Relative) -> Option<GenerationName> {
        let generations: &[Generation] = self.bases.get(name).map_or(&[], |base| &base.generations);
        match relative {
            Relative::Old(back) => generations.iter().rev().nth(back.into()).map(|found| found.name),
            Relative::New(ahead) => Some(match generations.last() {
                Some(newest) => newest.name.later(ahead),
                None => GenerationName::FIRST.later(ahead.saturating_sub(1)),
            }),
        }
    }

    /// Takes a base into the view, unless it is there.
    pub fn take(&mut self, name: &str, base: &Base) {
        self.bases.entry(name.to_owned()).or_insert_with(|| base.clone());
    }

    /// The first base whose generations are no longer those of the view.
    pub fn differs_from(&self, now: &BTreeMap<String, Base>) -> Option<&str> {
        let names = |base: Option<&Base>| -> Vec<(GenerationName, String)> {
            let all = base.map(|base| base.generations.iter().map(|g| (g.name, g.hash.clone())).collect());
            all.unwrap_or_default()
        };
        let changed = |(name, base): &(&String, &Base)| names(Some(base)) != names(now.get(*name));
        self.bases.iter().find(changed).map(|(name, _)| name.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Policy;

    fn view(names: &[&str]) -> View {
        let mut base = Base::new("data/x", Policy::default());
        for name in names {
            base.generations.push(Generation {
                name: name.parse().unwrap(),
                bytes: 0,
                hash: String::new(),
                records: None,
                run: None,
                business_date: None,
                entered: String::new(),
            });
        }
        View { bases: BTreeMap::from([("X".to_owned(), base)]), datasets: BTreeMap::new() }
    }

    fn text(view: &View, relative: Relative) -> Option<String> {
        view.relative("X", relative).map(|name| name.to_string())
    }

    #[test]
    fn relative_numbers_count_entries_and_not_numbers() {
        let view = view(&["G0003V00", "G0007V01", "G0008V00"]);
        assert_eq!(text(&view, Relative::Old(0)).unwrap(), "G0008V00");
        assert_eq!(text(&view, Relative::Old(1)).unwrap(), "G0007V01");
        assert_eq!(text(&view, Relative::Old(2)).unwrap(), "G0003V00");
        assert_eq!(text(&view, Relative::Old(3)), None);
        assert_eq!(text(&view, Relative::New(1)).unwrap(), "G0009V00");
        assert_eq!(text(&view, Relative::New(2)).unwrap(), "G0010V00");
    }

    #[test]
    fn an_empty_base_begins_with_1() {
        assert_eq!(text(&view(&[]), Relative::New(1)).unwrap(), "G0001V00");
        assert_eq!(text(&view(&[]), Relative::New(3)).unwrap(), "G0003V00");
        assert_eq!(View::default().relative("X", Relative::Old(0)), None);
    }

    #[test]
    fn after_the_wrap_the_order_is_that_of_entry() {
        let view = view(&["G9998V00", "G9999V00", "G0001V00"]);
        assert_eq!(text(&view, Relative::Old(0)).unwrap(), "G0001V00");
        assert_eq!(text(&view, Relative::Old(1)).unwrap(), "G9999V00");
        assert_eq!(text(&view, Relative::New(1)).unwrap(), "G0002V00");
    }
}
