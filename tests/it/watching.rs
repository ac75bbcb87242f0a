//! What a run tells those who were not there: the document, the page, the figures, the log, the alerts.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::Value;

use crate::harness::{Job, Run, files_below, packed, text};

const COPYBOOK: &str =
    "       01 PAYMENT.\n          05 ACCOUNT PIC X(4).\n          05 AMOUNT PIC S9(5)V99 COMP-3.\n";

const JOB: &str = "version: 1\njob: WATCHED
datasets:
  in: { path: in.ebc, record: { copybook: p.cpy, recfm: F, lrecl: 8, code-page: cp037 } }
  out: { path: out.ebc, like: in, disp: replace }
  rejects: { path: rejects.ebc, record: { copybook: r.cpy, recfm: F }, disp: replace }
max-rc: 4
steps:
  - step: POST
    post:
      in: in
      rules: rules.yaml
      out: { OUT: out }
      rejects: { to: rejects }
";

const RULES: &str = "version: 1\nprogram: T
edits:
  - { rule: POSITIVE, do: [ { reject: NEG, reason: below zero, when: AMOUNT < 0 } ] }
rules:
  - { rule: COPY, do: [ { emit: OUT, from: PAYMENT } ] }
reject-record:
  - { move: PAYMENT, to: REJECTED }
";

fn payments(amounts: &[i128]) -> Vec<u8> {
    amounts.iter().flat_map(|amount| [text("ACCT", 4), packed(*amount, 7, true)].concat()).collect()
}

fn job(extra: &str) -> Job {
    Job::new()
        .text("p.cpy", COPYBOOK)
        .text("r.cpy", "       01 REJECTED PIC X(8).\n")
        .text("rules.yaml", RULES)
        .file("in.ebc", &payments(&[100, -1, 300]))
        .yaml(&format!("{JOB}{extra}"))
}

/// The file of this name in the folder of the job's only run.
fn kept(job: &Job, name: &str) -> String {
    let runs = files_below(&job.path().join(".offhost/runs"));
    let found: Vec<_> = runs.iter().filter(|(path, _)| path.ends_with(name)).collect();
    assert_eq!(found.len(), 1, "one {name} in {:?}", runs.keys());
    String::from_utf8(found[0].1.clone()).unwrap()
}

fn events(run: &Run<'_>) -> Vec<Value> {
    run.stderr
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}")))
        .collect()
}

#[test]
fn the_first_rejected_transactions_of_a_reason_are_shown() {
    // Every third is rejected, from the second on; three of them are shown, whatever the threads.
    let amounts: Vec<i128> = (0..300).map(|at| if at % 3 == 1 { -1 - at } else { at }).collect();
    let input = payments(&amounts);
    let mut pages = Vec::new();
    for threads in ["1", "4"] {
        let job = job("").file("in.ebc", &input);
        let step = job.run(&["--json", "--threads", threads]).status(0).json()["steps"][0].clone();
        let samples = step["reject_samples"].as_array().unwrap();
        assert_eq!(samples.len(), 3, "{samples:?}");
        for (sample, at) in samples.iter().zip([1, 4, 7]) {
            let bytes: String = input[at * 8..at * 8 + 8].iter().map(|byte| format!("{byte:02X}")).collect();
            assert_eq!(sample["bytes"], bytes);
            assert_eq!((&sample["record"], &sample["dataset"]), (&(at + 1).into(), &"in".into()));
            assert_eq!((&sample["reason"], &sample["length"]), (&"NEG below zero".into(), &8.into()));
            assert!(sample["text"].as_str().unwrap().starts_with("ACCT"), "{sample}");
        }
        let page = kept(&job, "report.html");
        assert!(page.contains("in record 2: ACCT") && page.contains("in record 8: ACCT"), "{page}");
        assert!(!page.contains("in record 11: "));
        pages.push(step["reject_samples"].clone());
    }
    assert_eq!(pages[0], pages[1]);
}

/// What a step of an earlier attempt had to say of its rejects is said by the attempt that keeps the step too.
#[test]
fn a_run_that_was_gone_on_with_shows_the_rejects_of_the_steps_it_kept() {
    let more = "  - step: ORDER\n    sort: { in: more, out: ordered, by: [ AMOUNT ] }\n";
    let datasets = "  more: { path: more.ebc, like: in }\n  ordered: { path: ordered.ebc, like: in, disp: replace }\nmax-rc";
    let yaml = format!("{JOB}{more}").replacen("max-rc", datasets, 1);
    let job = job("").yaml(&yaml).file("more.ebc", &[payments(&[5]), vec![0x40; 8]].concat());
    let first = job.run(&["--json"]).status(80).json();
    let samples = first["steps"][0]["reject_samples"].clone();
    assert_eq!(samples.as_array().unwrap().len(), 1, "{samples}");
    job.put("more.ebc", &payments(&[5]));
    let second = job.run(&["--accept-changes", "--json"]).status(0).json();
    assert_eq!((&second["attempt"], &second["steps"][0]["status"]), (&2.into(), &"kept".into()));
    assert_eq!(second["steps"][0]["reject_samples"], samples);
    assert!(kept(&job, "report.html").contains("in record 2: ACCT"));
}

#[test]
fn the_run_keeps_the_document_that_it_prints_and_a_page() {
    let job = job("");
    let printed = job.run(&["--json"]).status(0).json();
    let document: Value = serde_json::from_str(&kept(&job, "report.json")).unwrap();
    assert_eq!(document, printed);
    assert_eq!(document["published"][0]["bytes"], 16);
    assert_eq!(document["published"][0]["records"], 2);
    assert_eq!(document["sources"][0]["sha256"].as_str().unwrap().len(), 64);
    let page = kept(&job, "report.html");
    for shown in
        ["WATCHED", "POST", "NEG below zero", "out.ebc", document["published"][0]["hash"].as_str().unwrap()]
    {
        assert!(page.contains(shown), "{shown} in\n{page}");
    }
}

#[test]
fn a_failed_run_keeps_the_error() {
    let job = job("");
    job.put("in.ebc", &[payments(&[100]), vec![0x40; 8]].concat());
    job.run(&[]).status(80);
    let document: Value = serde_json::from_str(&kept(&job, "report.json")).unwrap();
    assert_eq!(
        (document["exit_status"].as_u64(), document["error"]["code"].as_str()),
        (Some(80), Some("DAT001"))
    );
    assert!(kept(&job, "report.html").contains("DAT001"));
}

#[test]
fn the_log_is_json_lines_with_stable_names() {
    let job = job("");
    let run = job.run(&["--log-format", "json"]).status(0);
    let names: Vec<String> = events(&run).iter().map(|e| e["event"].as_str().unwrap().to_owned()).collect();
    assert_eq!(names, ["run.started", "step.started", "step.finished", "run.finished"]);
    assert_eq!(events(&run)[2]["rejected"], 1);
    assert_eq!(events(&run)[3]["published"][0]["dataset"], "out");
    assert!(events(&run).iter().all(|event| event["time"].as_str().unwrap().ends_with('Z')));

    job.put("in.ebc", &[0x40; 8]);
    let failed = job.run(&["--log-format", "json", "--rerun"]).status(80);
    let last = events(&failed).pop().unwrap();
    assert_eq!((last["event"].as_str(), last["code"].as_str()), (Some("message"), Some("DAT001")));
    let quiet = job.run(&["--log-format", "json", "--quiet"]).status(80);
    assert_eq!(events(&quiet).len(), 1, "only what is wrong");
}

#[test]
fn a_job_that_cannot_be_loaded_is_in_the_log_too() {
    let job = Job::new().yaml("version: 1\njob: X\nsteps: []\nnonsense: 1\n");
    let run = job.run(&["--log-format", "json"]).status(65);
    assert!(events(&run).iter().all(|event| event["event"] == "message"));
}

#[test]
fn a_run_is_what_it_is_though_nobody_can_be_told() {
    let job = job("");
    for (more, status) in [(&[][..], 0), (&["--json"], 76)] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_offhost"));
        command.args(["run", "job.yaml", "--root"]).arg(job.path()).args(more).stdout(full);
        let ended = command.output().unwrap();
        let said = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(status), "{said}");
        assert!(said.contains("warning[RUN004]") && said.contains("its exit status stands"), "{said}");
    }
}

#[test]
fn figures_are_written_for_the_collector() {
    let job = job("");
    let folder = job.path().join("prom");
    job.run(&["--metrics", folder.to_str().unwrap()]).status(0);
    let text = String::from_utf8(job.read("prom/offhost_WATCHED.prom")).unwrap();
    for line in [
        "offhost_run_success{job=\"WATCHED\"} 1",
        "offhost_step_records_rejected{job=\"WATCHED\",step=\"POST\"} 1",
    ] {
        assert!(text.lines().any(|l| l == line), "{line} in\n{text}");
    }
    assert_eq!(files_below(&folder).len(), 1, "nothing else is left there");
}

#[test]
fn figures_that_cannot_be_written_change_nothing_about_the_run() {
    let job = job("").text("prom", "a file");
    let folder = job.path().join("prom");
    job.run(&["--metrics", folder.to_str().unwrap()])
        .status(0)
        .stderr_contains("warning")
        .published("out.ebc", &payments(&[100, 300]));
}

/// A server for one webhook: answers each request with a status from the list and hands on what it was sent.
fn webhook(statuses: &'static [u16]) -> (String, Receiver<(String, Value)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/hook/SECRET-PATH", listener.local_addr().unwrap());
    let (tell, told) = channel();
    std::thread::spawn(move || {
        for (status, stream) in statuses.iter().zip(listener.incoming()) {
            let request = read_request(&mut stream.unwrap(), *status);
            if tell.send(request).is_err() {
                return;
            }
        }
    });
    (address, told)
}

fn read_request(stream: &mut TcpStream, status: u16) -> (String, Value) {
    let mut all = Vec::new();
    let mut buffer = [0; 4096];
    let (head, body) = loop {
        let length = stream.read(&mut buffer).unwrap();
        all.extend_from_slice(&buffer[..length]);
        let request = String::from_utf8_lossy(&all).into_owned();
        let Some((head, body)) = request.split_once("\r\n\r\n") else { continue };
        let wanted = head.lines().find_map(|line| {
            line.to_ascii_lowercase()
                .strip_prefix("content-length:")
                .map(|n| n.trim().parse::<usize>().unwrap())
        });
        if body.len() >= wanted.unwrap_or_default() {
            break (head.to_owned(), body.to_owned());
        }
    };
    write!(stream, "HTTP/1.1 {status} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").unwrap();
    (head, serde_json::from_str(&body).unwrap())
}

const ALERTS: &str = "alerts:\n  finished: [ webhook: env:HOOK ]\n  failed: [ webhook: file:hook ]\n  rejects: { more-than: 0, then: [ webhook: env:HOOK ] }\n";
const SOON: Duration = Duration::from_secs(20);

#[test]
fn alerts_are_sent_and_their_address_is_shown_nowhere() {
    let (address, told) = webhook(&[200, 204]);
    let job = job(ALERTS);
    let run = job.run_with(&["-v"], &[("HOOK", &address)]).status(0);
    let (head, finished) = told.recv_timeout(SOON).unwrap();
    assert!(head.starts_with("POST /hook/SECRET-PATH "), "{head}");
    assert_eq!((finished["event"].as_str(), finished["job"].as_str()), (Some("finished"), Some("WATCHED")));
    let (_, rejects) = told.recv_timeout(SOON).unwrap();
    assert_eq!((rejects["event"].as_str(), rejects["rejected"].as_u64()), (Some("rejects"), Some(1)));
    assert!(rejects["text"].as_str().unwrap().contains("rejected 1"));
    assert_no_secret(&run, &job);
}

fn assert_no_secret(run: &Run<'_>, job: &Job) {
    let plan = job.offhost(&[
        "plan",
        &job.path().join("job.yaml").display().to_string(),
        "--root",
        job.path().to_str().unwrap(),
        "--json",
    ]);
    let mut all = vec![run.stdout.clone(), run.stderr.clone(), plan.stdout];
    let state = files_below(&job.path().join(".offhost"));
    all.extend(state.values().map(|bytes| String::from_utf8_lossy(bytes).into_owned()));
    assert!(
        all.iter().all(|text| !text.contains("SECRET-PATH") && !text.contains("127.0.0.1")),
        "the address is secret"
    );
}

#[test]
fn a_failed_run_is_told_after_a_server_that_was_busy() {
    let (address, told) = webhook(&[503, 200]);
    let job = job(ALERTS).text("hook", &format!("{address}\n"));
    job.put("in.ebc", &[0x40; 8]);
    job.run(&[]).status(80);
    let first = told.recv_timeout(SOON).unwrap().1;
    assert_eq!(first["event"], "failed");
    assert_eq!(first["error"]["code"], "DAT001");
    assert_eq!(told.recv_timeout(SOON).unwrap().1, first, "said again");
}

#[test]
fn alerts_that_cannot_be_delivered_are_warnings() {
    let (address, _told) = webhook(&[404, 404]);
    let job = job(ALERTS);
    let run =
        job.run_with(&[], &[("HOOK", &address)]).status(0).stderr_contains("RUN050").stderr_contains("404");
    assert_no_secret(&run, &job);
    job.run(&["--rerun"]).status(0).stderr_contains("env:HOOK is not set");
    job.run(&["--rerun", "--quiet"]).status(0).stderr_contains("env:HOOK is not set");
    job.run_with(&["--rerun"], &[("HOOK", "no address at all")]).status(0).stderr_contains("is no address");
    job.put("in.ebc", &[0x40; 8]);
    job.run(&["--rerun"]).status(80).stderr_contains("file:hook cannot be read");
}

#[test]
fn a_run_is_late_while_it_is_at_work() {
    let (address, told) = webhook(&[200]);
    // Whatever the hour: it has passed, or it is six hours away at most on one of the two sides.
    let hour = jiff::Zoned::now().datetime().hour();
    let job = job(&format!("late-after: \"{hour:02}:00\"\nalerts:\n  late: [ webhook: env:HOOK ]\n"));
    job.run_with(&[], &[("HOOK", &address)]).status(0).stderr_contains("is late");
    assert_eq!(told.recv_timeout(SOON).unwrap().1["event"], "late");
}

#[test]
fn who_is_told_can_be_asked_and_tried() {
    let (address, told) = webhook(&[200]);
    let job = job(ALERTS);
    let path = job.path().join("job.yaml").display().to_string();
    let alerts = |more: &[&str], hook: &str| {
        job.offhost_with(
            &[&["alerts", &path, "--root", job.path().to_str().unwrap()], more].concat(),
            &[("HOOK", hook)],
        )
    };
    alerts(&[], "").status(0).stdout_contains("file:hook").stdout_contains("more than 0 rejects");
    let shown = alerts(&["--event", "rejects", "--dry-run"], "").status(0).json();
    assert_eq!(shown["event"], "rejects");
    alerts(&["--event", "rejects"], &address).status(0);
    assert_eq!(told.recv_timeout(SOON).unwrap().1, shown, "the payload is what --dry-run shows");
    alerts(&["--event", "failed"], "").status(74).stderr_contains("RUN050");
}

#[test]
fn addresses_and_hours_are_checked_before_the_run() {
    for (alerts, said) in [
        ("alerts: { failed: [ webhook: \"https://example.com/x\" ] }\n", "env:NAME"),
        ("alerts: { late: [ webhook: env:X ] }\n", "late-after"),
    ] {
        job(alerts).run(&[]).status(65).stderr_contains("JOB050").stderr_contains(said).nothing_published();
    }
}

#[test]
fn a_new_project_runs() {
    let job = Job::new();
    let folder = job.path().join("new");
    let folder = folder.to_str().unwrap();
    job.offhost(&["init", folder]).status(0).stdout_contains("jobs/payments.yaml");
    let path = format!("{folder}/jobs/payments.yaml");
    job.offhost(&["check", &path, "--root", folder]).status(0).stdout_contains("no errors");
    let report = job.offhost(&["run", &path, "--root", folder, "--json"]).status(0).json();
    assert_eq!(report["steps"][0]["records_in"], 12);
    assert!(!job.read("new/out/PAYMENTS.20260331").is_empty());
    // A second time nothing is touched, and every file in the way is named.
    job.offhost(&["init", folder])
        .status(73)
        .stderr_contains("README.md")
        .stderr_contains("payment.cpy exists too");
}
