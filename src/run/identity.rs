//! Which run of a job this is: the job, its business date, and the parameters that make the difference.

use crate::job::Plan;
use crate::sys::{clock, sha256};

/// What two runs of the same work have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The job.
    pub job: String,
    /// The business date; the date of the day (UTC) for a job without one.
    pub date: String,
    /// True if the date is a business date.
    pub dated: bool,
    /// Parameters that identify, with their values, in the order of their names.
    pub params: Vec<(String, String)>,
}

/// A run of an identity.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Numbered {
    /// The date in its name.
    pub date: String,
    /// From 1: those after the first are repetitions that somebody asked for.
    pub number: usize,
    /// Its name.
    pub name: String,
}

impl Identity {
    /// The identity of a run of this plan that begins now.
    pub fn of(plan: &Plan) -> Identity {
        let date = plan.business_date.clone().unwrap_or_else(|| clock::today().to_string());
        let identifying = |name: &String| plan.flow.identifying.contains(name);
        let mut params: Vec<(String, String)> =
            plan.params.iter().filter(|(name, _)| identifying(name)).cloned().collect();
        params.sort();
        Identity { job: plan.job.clone(), date, dated: plan.business_date.is_some(), params }
    }

    /// The name of its first run: `JOB.DATE.HASH`. The hash tells apart what differs in parameters only.
    pub fn run_name(&self) -> String {
        format!("{}.{}.{}", self.job, self.date, self.hash())
    }

    /// The name of its run number `number`, from 1.
    pub fn numbered(&self, number: usize) -> String {
        if number == 1 { self.run_name() } else { format!("{}.r{number}", self.run_name()) }
    }

    /// The runs of this job with these parameters among the names in the folder of runs, the latest first. Of a job with a
    /// business date those of that date; any other may have begun yesterday, or before the clock was set back: who asks has to
    /// look at each.
    pub(super) fn runs(&self, names: &[String]) -> Vec<Numbered> {
        let runs = names.iter().filter_map(|name| self.numbered_as(name));
        let mut runs: Vec<Numbered> = runs.filter(|run| !self.dated || run.date == self.date).collect();
        runs.sort_by(|one, other| other.cmp(one));
        runs
    }

    /// True if a name is that of a run of this job and date, whatever its parameters.
    pub(super) fn is_of_this_date(&self, name: &str) -> bool {
        let rest = name.strip_prefix(self.job.as_str()).and_then(|rest| rest.strip_prefix('.'));
        rest.and_then(|rest| rest.strip_prefix(self.date.as_str())).is_some_and(|rest| rest.starts_with('.'))
    }

    /// What a name says, if it is that of a run of this job with these parameters.
    pub(super) fn numbered_as(&self, name: &str) -> Option<Numbered> {
        let rest = name.strip_prefix(self.job.as_str())?.strip_prefix('.')?;
        let (date, rest) = rest.split_once('.')?;
        let number = match rest.strip_prefix(self.hash().as_str())? {
            "" => 1,
            more => more.strip_prefix(".r")?.parse().ok()?,
        };
        Some(Numbered { date: date.to_owned(), number, name: name.to_owned() })
    }

    fn hash(&self) -> String {
        let mut bytes = Vec::new();
        for text in
            std::iter::once(&self.job).chain(self.params.iter().flat_map(|(name, value)| [name, value]))
        {
            bytes.extend((text.len() as u64).to_be_bytes());
            bytes.extend(text.as_bytes());
        }
        let mut text = sha256(&bytes);
        text.truncate(8);
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_has_another_name() {
        let identity = |date: &str, params: &[(&str, &str)]| Identity {
            job: "POST".to_owned(),
            date: date.to_owned(),
            dated: true,
            params: params.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
        };
        let names: Vec<String> = [
            identity("2026-03-13", &[]),
            identity("2026-03-14", &[]),
            identity("2026-03-13", &[("a", "bc")]),
            identity("2026-03-13", &[("ab", "c")]),
            identity("2026-03-13", &[("a", "b"), ("c", "")]),
        ]
        .iter()
        .map(Identity::run_name)
        .collect();
        assert_eq!(names.iter().collect::<std::collections::BTreeSet<_>>().len(), names.len(), "{names:?}");
        assert!(names[0].starts_with("POST.2026-03-13."));
        assert_eq!(identity("d", &[]).numbered(2), format!("{}.r2", identity("d", &[]).run_name()));
    }
    #[test]
    fn runs_are_found_by_their_names() {
        let mut identity = Identity {
            job: "POST".to_owned(),
            date: "2026-03-13".to_owned(),
            dated: true,
            params: vec![("a".to_owned(), "1".to_owned())],
        };
        let of = |date: &str, number| Identity { date: date.to_owned(), ..identity.clone() }.numbered(number);
        let mut names =
            vec![of("2026-03-12", 1), of("2026-03-13", 2), of("2026-03-13", 10), of("2026-03-14", 1)];
        names.extend(["POST".to_owned(), "POST.2026-03-13.00000000".to_owned(), "POST2.x".to_owned()]);
        let found: Vec<String> = identity.runs(&names).into_iter().map(|run| run.name).collect();
        assert_eq!(found, [of("2026-03-13", 10), of("2026-03-13", 2)]);
        assert!(identity.is_of_this_date("POST.2026-03-13.00000000") && !identity.is_of_this_date("POST2.x"));
        identity.date = "2026-03-20".to_owned();
        assert_eq!(identity.runs(&names), []);
        identity.dated = false;
        let dates: Vec<String> = identity.runs(&names).into_iter().map(|run| run.date).collect();
        assert_eq!(dates, ["2026-03-14", "2026-03-13", "2026-03-13", "2026-03-12"]);
    }
}
