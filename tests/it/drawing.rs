//! `offhost graph`: what is drawn is what the plan says, in every form, whatever the names are.

use std::process::{Command, Stdio};

use serde_json::Value;

use crate::harness::{Job, repository};

const RECORD: &str = "       01  REC.\n           05  KEY1 PIC X(4).\n";
const JOB: &str = "version: 1
job: NIGHT
description: \"Sorts & <balances>\"
datasets:
  input: { path: \"in & <out>.dat\", record: { copybook: rec.cpy, recfm: F, code-page: latin-1 } }
  \"@sorted\": { like: input }
  old: { gdg: { base: data/x, generation: 0 }, like: input }
  new: { gdg: { base: data/x, generation: +1 }, like: input }
steps:
  - step: SORT
    sort: { in: [ input, old ], out: \"@sorted\", by: [ KEY1 ] }
    totals: [ { name: read, over: input } ]
  - step: COPY
    sort: { in: \"@sorted\", out: new }
  - step: BALANCE
    balance: [ \"read.count = read.count\" ]
";

fn job() -> Job {
    Job::new().text("rec.cpy", RECORD).yaml(JOB)
}

fn graph(job: &Job, file: &str, format: &str) -> String {
    let root = job.path().to_str().unwrap().to_owned();
    job.offhost(&["graph", file, "--format", format, "--root", &root]).status(0).stdout.clone()
}

/// Names of datasets and steps, from the plan as JSON.
fn names(job: &Job, file: &str) -> Vec<String> {
    let root = job.path().to_str().unwrap().to_owned();
    let plan = job.offhost(&["plan", file, "--json", "--root", &root]).status(0).stdout.clone();
    let plan: Value = serde_json::from_str(&plan).unwrap();
    let of = |list: &str, key: &str| -> Vec<String> {
        let list = plan[list].as_array().unwrap().iter();
        list.map(|one| one[key].as_str().unwrap().to_owned()).collect()
    };
    [of("steps", "step"), of("datasets", "dataset")].concat()
}

#[test]
fn dot_has_every_step_dataset_and_arrow() {
    let text = graph(&job(), "job.yaml", "dot");
    for part in [
        "digraph \"NIGHT\" {",
        "[label=\"SORT\\nsort\", shape=box",
        "[label=\"input\\nin & <out>.dat\", shape=cylinder]",
        "[label=\"@sorted\", shape=cylinder, style=dashed]",
        "data/x/G0001V00 (+1)",
        "style=dotted",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    // Two inputs of SORT, its output, input and output of COPY, the total that BALANCE looks at.
    assert_eq!(text.matches(" -> ").count(), 6, "{text}");
    assert_eq!(text, graph(&job(), "job.yaml", "dot"), "the same job gives the same drawing");
}

#[test]
fn conditions_stand_at_their_steps_and_point_to_those_they_ask() {
    let more = "  - step: AGAIN
    when: rc(COPY) = 0
    max-rc: 8
    sort: { in: old, out: other, by: [ KEY1 ] }
  - step: CLEAN
    run-if: failed
    sort: { in: old, out: another }
";
    let outputs =
        "  other: { path: other.dat, like: input }\n  another: { path: another.dat, like: input }\nsteps:";
    let yaml = format!("{}{more}", JOB.replace("steps:", outputs));
    let job = Job::new().text("rec.cpy", RECORD).yaml(&yaml);
    let text = graph(&job, "job.yaml", "dot");
    let node = |label: &str| {
        let line = text.lines().find(|line| line.contains(&format!("[label=\"{label}")));
        line.unwrap_or_else(|| panic!("{label} in\n{text}")).split_whitespace().next().unwrap().to_owned()
    };
    let again = node("AGAIN\\nsort\\nwhen rc(COPY) = 0\\nmax-rc 8\"");
    assert!(text.contains(&format!("  {} -> {again} [style=dotted];", node("COPY\\n"))), "{text}");
    let clean = node("CLEAN\\nsort\\nruns after a failure only\"");
    assert!(!text.contains(&format!("-> {clean} [style=dotted]")), "{text}");
    assert!(graph(&job, "job.yaml", "html").contains("when rc(COPY) = 0"));
}

#[test]
fn svg_and_page_are_well_formed_and_name_everything() {
    let job = job();
    for format in ["svg", "html"] {
        let text = graph(&job, "job.yaml", format);
        // What may stand in the text of an element only.
        assert!(text.contains("in &amp; &lt;out&gt;.dat") && !text.contains("<out>"), "{text}");
        well_formed(&text);
        for name in names_of_yaml() {
            assert!(text.contains(&format!(">{name}</text>")), "{name} is not in\n{text}");
        }
        assert!(!text.contains("<script") && !text.contains("http://") || text.contains("www.w3.org"));
    }
}

fn names_of_yaml() -> [&'static str; 7] {
    ["SORT", "COPY", "BALANCE", "input", "@sorted", "old", "new"]
}

/// Every tag that is opened is closed, in order; `meta` and `!doctype` of HTML are not.
fn well_formed(text: &str) {
    let mut open = Vec::new();
    for tag in text.split('<').skip(1) {
        let (inside, _) = tag.split_once('>').expect("a tag that does not end");
        let name = inside.trim_end_matches('/').split([' ', '\n']).next().unwrap();
        if let Some(closed) = name.strip_prefix('/') {
            assert_eq!(open.pop(), Some(closed.to_owned()), "{inside}");
        } else if !inside.ends_with('/') && !["meta", "!doctype"].contains(&name) {
            open.push(name.to_owned());
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn a_page_goes_into_a_file() {
    let job = job();
    let (root, file) = (job.path().to_str().unwrap().to_owned(), job.path().join("night.html"));
    let arguments =
        ["graph", "job.yaml", "--format", "html", "--output", file.to_str().unwrap(), "--root", &root];
    for _ in 0..2 {
        job.offhost(&arguments).status(0);
    }
    assert!(String::from_utf8(job.read("night.html")).unwrap().starts_with("<!doctype html>"));
}

/// The jobs that come with the program, in every form; where Graphviz is installed it reads what is made for it.
#[test]
fn every_job_can_be_drawn() {
    let job = Job::new();
    for part in ["jobs", "rules", "copybooks"] {
        crate::harness::copy_folder(&repository().join(part), &job.path().join(part));
    }
    let graphviz = Command::new("dot").arg("-V").stderr(Stdio::null()).status().is_ok();
    for file in ["jobs/ar-nightly.yaml", "jobs/carddemo/posting.yaml", "jobs/carddemo/statements.yaml"] {
        let all = names(&job, file);
        let (text, picture) = (graph(&job, file, "dot"), graph(&job, file, "svg"));
        well_formed(&picture);
        for name in all {
            assert!(
                text.contains(&format!("[label=\"{name}\\n")) || text.contains(&format!("[label=\"{name}\""))
            );
            assert!(picture.contains(&format!(">{name}</text>")), "{name}");
        }
        if graphviz {
            let path = job.path().join("x.dot");
            std::fs::write(&path, &text).unwrap();
            let read = Command::new("dot").arg("-Tsvg").arg(&path).stdout(Stdio::null()).status().unwrap();
            assert!(read.success(), "{file}");
        }
    }
}
