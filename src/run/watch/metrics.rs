//! Figures of a run for the textfile collector of Prometheus' node_exporter: a file for each job, replaced as a whole, without
//! time stamps of its own (those of samples in text files are not taken).

use std::fmt::Write;
use std::io::Read;
use std::path::Path;

use serde_json::Value;

use super::document::{rc_of_run, rc_of_step};
use crate::diag::Result;
use crate::sys::{Fs, PathError, clock, replace_unsynced};

const LAST_SUCCESS: &str = "offhost_run_last_success_timestamp_seconds";

/// Writes the figures of a run as `offhost_JOB.prom` into the collector's folder. A run that failed leaves the time of the
/// last success as it was.
pub fn write_metrics(fs: &dyn Fs, folder: &Path, document: &Value) -> Result<()> {
    fs.create_dir_all(folder).path_error("make the folder", folder)?;
    let job = document["job"].as_str().unwrap_or_default();
    let path = folder.join(format!("offhost_{job}.prom"));
    let before = read_last_success(fs, &path);
    replace_unsynced(fs, &path, metrics(document, clock::unix_seconds(), before).as_bytes())
}

/// The figures of a run that ended `now` (seconds since 1970), in Prometheus' text format.
pub fn metrics(document: &Value, now: i64, last_success: Option<i64>) -> String {
    let job = label(&document["job"]);
    let succeeded = document["exit_status"] == 0;
    let mut text = String::new();
    let mut run = |name: &str, help: &str, value: String| {
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge\n{name}{{job=\"{job}\"}} {value}");
    };
    run("offhost_run_timestamp_seconds", "When the last run ended.", now.to_string());
    if let Some(success) = if succeeded { Some(now) } else { last_success } {
        run(LAST_SUCCESS, "When the last run that succeeded ended.", success.to_string());
    }
    run("offhost_run_success", "1 if the last run succeeded.", u8::from(succeeded).to_string());
    run("offhost_run_exit_status", "Exit status of the last run.", number(&document["exit_status"]));
    if let Some(rc) = rc_of_run(document) {
        run("offhost_run_return_code", "Return code of the last run.", number(rc));
    }
    run("offhost_run_duration_seconds", "How long the last run took.", number(&document["seconds"]));
    let late = u8::from(document["late"] == true);
    run("offhost_run_late", "1 if the last run went on after its time.", late.to_string());
    if document["peak_memory"].is_number() {
        run("offhost_run_peak_memory_bytes", "Memory of the last run.", number(&document["peak_memory"]));
    }
    step_figures(&mut text, &job, document["steps"].as_array().map_or(&[][..], Vec::as_slice));
    text
}

fn step_figures(text: &mut String, job: &str, steps: &[Value]) {
    const FIGURES: [(&str, &str, &str); 4] = [
        ("offhost_step_duration_seconds", "How long the step took.", "seconds"),
        ("offhost_step_records_read", "Records the step read.", "records_in"),
        ("offhost_step_records_written", "Records the step wrote.", "records_out"),
        ("offhost_step_records_rejected", "Transactions the step rejected.", "rejected"),
    ];
    for (name, help, member) in FIGURES {
        let all = steps.iter().map(|step| (step, &step[member]));
        step_family(text, job, (name, help), &all.collect::<Vec<_>>());
    }
    let codes = steps.iter().filter_map(|step| Some((step, rc_of_step(step)?)));
    let family = ("offhost_step_return_code", "Return code of the step.");
    step_family(text, job, family, &codes.collect::<Vec<_>>());
}

fn step_family(text: &mut String, job: &str, (name, help): (&str, &str), values: &[(&Value, &Value)]) {
    if !values.is_empty() {
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
    }
    for (step, value) in values {
        let (label, value) = (label(&step["step"]), number(value));
        let _ = writeln!(text, "{name}{{job=\"{job}\",step=\"{label}\"}} {value}");
    }
}

/// A label's value; names of jobs and steps have no characters that must be escaped, whatever else comes here may have.
fn label(value: &Value) -> String {
    let text = value.as_str().unwrap_or_default();
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

fn number(value: &Value) -> String {
    if value.is_number() { value.to_string() } else { "0".to_owned() }
}

/// The time of the last success in the file of an earlier run; a file that says something else counts as none.
fn read_last_success(fs: &dyn Fs, path: &Path) -> Option<i64> {
    let mut text = String::new();
    fs.open(path).ok()?.read_to_string(&mut text).ok()?;
    let line = text.lines().find(|line| line.starts_with(LAST_SUCCESS))?;
    line.rsplit_once(' ')?.1.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::RealFs;
    use serde_json::json;

    fn run(exit_status: u8) -> Value {
        json!({ "job": "NIGHT", "rc": 4, "exit_status": exit_status, "seconds": 1.5, "peak_memory": 1024,
                "steps": [{ "step": "POST", "seconds": 0.5, "records_in": 3, "records_out": 2, "rejected": 1, "rc": 4 }] })
    }

    #[test]
    fn figures_of_a_run() {
        let text = metrics(&run(0), 1_700_000_000, Some(5));
        for line in [
            "offhost_run_last_success_timestamp_seconds{job=\"NIGHT\"} 1700000000",
            "offhost_run_success{job=\"NIGHT\"} 1",
            "offhost_run_duration_seconds{job=\"NIGHT\"} 1.5",
            "offhost_step_records_rejected{job=\"NIGHT\",step=\"POST\"} 1",
        ] {
            assert!(text.lines().any(|l| l == line), "{line} in\n{text}");
        }
        // Every sample belongs to a family that was declared, once.
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let name = line.split('{').next().unwrap();
            assert_eq!(text.matches(&format!("# TYPE {name} gauge")).count(), 1, "{name}");
        }
    }

    #[test]
    fn a_failure_keeps_the_time_of_the_last_success() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("offhost_NIGHT.prom");
        write_metrics(&RealFs, dir.path(), &run(0)).unwrap();
        let success = read_last_success(&RealFs, &path).unwrap();
        write_metrics(&RealFs, dir.path(), &run(87)).unwrap();
        assert_eq!(read_last_success(&RealFs, &path), Some(success));
        assert!(std::fs::read_to_string(&path).unwrap().contains("offhost_run_success{job=\"NIGHT\"} 0"));
        let names: Vec<_> = std::fs::read_dir(dir.path()).unwrap().collect();
        assert_eq!(names.len(), 1, "no file that the collector would trip over");
    }

    #[test]
    fn what_has_no_return_code_shows_none() {
        let mut abended = run(80);
        let step = |name: &str, status: &str| json!({ "step": name, "status": status, "rc": 0 });
        abended["steps"] = json!([step("A", "ended"), step("B", "abended"), step("C", "bypassed")]);
        let text = metrics(&abended, 1, None);
        let codes: Vec<&str> = text.lines().filter(|line| line.contains("return_code{")).collect();
        assert_eq!(codes, ["offhost_step_return_code{job=\"NIGHT\",step=\"A\"} 0"]);
        assert!(metrics(&run(4), 1, None).contains("offhost_run_return_code{job=\"NIGHT\"} 4"));
    }

    #[test]
    fn the_first_failure_has_no_success() {
        assert!(!metrics(&run(87), 1, None).contains(LAST_SUCCESS));
        assert!(metrics(&json!({ "job": "a\"b\\" }), 1, None).contains("job=\"a\\\"b\\\\\""));
    }
}
