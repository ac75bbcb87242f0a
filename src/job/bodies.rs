//! What the bytes that a step writes depend on, besides its data: its own text, the datasets it uses, the copybooks and rules
//! that they name, the parameters that occur in them. As one hash, by which an attempt knows whether a step that has ended
//! would do the same today.
//!
//! Texts are followed by the names that occur in them, wherever they stand; that takes in too much rather than too little. What
//! no text names counts for every step.

use std::collections::BTreeSet;

use crate::sys::sha256;

/// A text that others name.
pub(super) struct Named {
    /// The name by which it is found in other texts.
    pub name: String,
    /// What stands in it.
    pub text: String,
}

/// The hash of each step, in the order in which the job file has them. `uses` are the datasets of each step; `sources` all texts
/// but the job file.
pub(super) fn step_bodies(
    job: &str,
    uses: &[Vec<String>],
    sources: Vec<Named>,
    params: &[(String, String)],
) -> Vec<String> {
    // A file that is not written line by line is one text for all of its steps.
    let steps = entries(job, "steps").filter(|found| found.len() == uses.len());
    let steps = steps.unwrap_or_else(|| vec![job.to_owned(); uses.len()]);
    let datasets = entries(job, "datasets").unwrap_or_default().into_iter().filter_map(|text| {
        let name = text.trim_start().split(':').next()?.trim_matches(['"', '\'', ' ']).to_owned();
        Some(Named { name, text })
    });
    let named: Vec<Named> = datasets.chain(sources).collect();
    let is_named = |at: &usize| {
        let name = &named[*at].name;
        let others = named.iter().enumerate().filter(|(other, _)| other != at).map(|(_, one)| &one.text);
        steps.iter().chain(others).any(|text| text.contains(name))
    };
    let unnamed: Vec<usize> = (0..named.len()).filter(|at| !is_named(at)).collect();
    steps.iter().zip(uses).map(|(step, uses)| body(step, uses, (&named, &unnamed), params)).collect()
}

/// The hash of a step's text, of all that it names, and of what counts for every step.
fn body(
    step: &str,
    uses: &[String],
    (named, always): (&[Named], &[usize]),
    params: &[(String, String)],
) -> String {
    let mut taken: BTreeSet<usize> = always.iter().copied().collect();
    loop {
        let is_wanted = |one: &Named| {
            let texts = taken.iter().map(|at| named[*at].text.as_str()).chain([step]);
            uses.contains(&one.name) || texts.into_iter().any(|text| text.contains(&one.name))
        };
        let more: Vec<usize> =
            (0..named.len()).filter(|at| !taken.contains(at) && is_wanted(&named[*at])).collect();
        if more.is_empty() {
            break;
        }
        taken.extend(more);
    }
    let mut texts: Vec<&str> = taken.iter().map(|at| named[*at].text.as_str()).chain([step]).collect();
    texts.sort_unstable();
    let mut whole = String::new();
    for text in &texts {
        whole.push_str(&format!("{}\n{text}\n", text.len()));
    }
    for (name, value) in params.iter().filter(|(name, _)| texts.iter().any(|text| text.contains(name))) {
        whole.push_str(&format!("{name}={}:{value}\n", value.len()));
    }
    sha256(whole.as_bytes())
}

/// The texts of the entries of a section of the job file: items of a list or members of a mapping, without comments and empty
/// lines around them. `None` if the section is not written line by line.
fn entries(job: &str, section: &str) -> Option<Vec<String>> {
    let is_text = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    let opens = |line: &str| line.starts_with(section) && line[section.len()..].trim_start().starts_with(':');
    let mut lines = job.lines().filter(is_text).skip_while(|line| !opens(line));
    let head = lines.next()?;
    let behind = head.split_once(':')?.1.trim();
    if !behind.is_empty() && !behind.starts_with('#') {
        return None;
    }
    let inside = |line: &&str| line.starts_with([' ', '-']);
    let lines: Vec<&str> = lines.take_while(inside).collect();
    let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let least = lines.iter().map(|line| indent(line)).min()?;
    let mut entries: Vec<String> = Vec::new();
    for line in lines {
        if indent(line) == least {
            entries.push(String::new());
        }
        let entry = entries.last_mut()?;
        entry.push_str(line);
        entry.push('\n');
    }
    Some(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    const JOB: &str = "version: 1
job: J
params:
  day: {type: text}
datasets:
  # the first
  IN: {path: in.dat, record: {copybook: a.cpy}}
  OUT:
    path: out.dat
    record: {copybook: b.cpy}
steps:
  - step: ONE
    sort: {in: IN, out: '@T'}

  - step: TWO
    post: {in: '@T', rules: r.yaml}
    # as said
  - step: THREE
    sort: {in: '@T', out: OUT}
limits: {time: 1h}
";

    fn bodies(job: &str, texts: &[(&str, &str)], day: &str) -> Vec<String> {
        let named = texts.iter().map(|(name, text)| Named { name: (*name).into(), text: (*text).into() });
        let uses = [vec!["IN".into()], vec![], vec!["OUT".into()]];
        step_bodies(job, &uses, named.collect(), &[("day".to_owned(), day.to_owned())])
    }

    /// Numbers of the steps that are others.
    fn changed(job: &str, texts: &[(&str, &str)], day: &str) -> Vec<usize> {
        let (was, is) = (bodies(JOB, &TEXTS, "1"), bodies(job, texts, day));
        (0..3).filter(|at| was[*at] != is[*at]).collect()
    }

    const TEXTS: [(&str, &str); 4] =
        [("a.cpy", "01 A. COPY M."), ("b.cpy", "01 B."), ("r.yaml", "if: &day > 1"), ("M", "05 X")];

    #[test]
    fn a_step_is_another_one_if_what_it_uses_is() {
        let with = |at: usize| {
            let mut texts = TEXTS;
            texts[at].1 = if at == 0 { "02 A. COPY M." } else { "other" };
            changed(JOB, &texts, "1")
        };
        assert_eq!([with(0), with(1), with(2), with(3)], [vec![0], vec![2], vec![1], vec![0]]);
        assert_eq!(changed(JOB, &TEXTS, "2"), [1]);
        assert_eq!(changed(&JOB.replace("1h", "2h"), &TEXTS, "1"), [0; 0]);
        assert_eq!(changed(&JOB.replace("# as said", "# so"), &TEXTS, "1"), [0; 0]);
        assert_eq!(changed(&JOB.replace("out.dat", "o.dat"), &TEXTS, "1"), [2]);
        assert_eq!(changed(&JOB.replace("rules: r.yaml", "rules: r.yaml, x: 1"), &TEXTS, "1"), [1]);
        // Whatever no text names may count for all.
        let mut texts = TEXTS.to_vec();
        texts.push(("holidays", "2026"));
        assert_eq!(changed(JOB, &texts, "1"), [0, 1, 2]);
        // As one line nothing is told apart.
        let line = JOB.split("steps:").next().unwrap().to_owned() + "steps: [{step: ONE}]\n";
        assert_eq!(changed(&line, &TEXTS, "1"), [0, 1, 2]);
    }
}
