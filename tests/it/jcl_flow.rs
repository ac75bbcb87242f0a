//! Jobs of COND and IF from the manuals, as the runner carries them out: each step is a program that ends as it is told.

use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use crate::harness::Job;

/// A job of steps, each with what JCL says of it and how its program ends: with a return code, or by a signal.
fn job(head: &str, steps: &[(&str, &str, &str)]) -> Job {
    let mut yaml = format!("version: 1\njob: JCL\nmax-rc: 63\n{head}\nsteps:\n");
    for (name, says, ends) in steps {
        yaml.push_str(&format!(
            "  - step: {name}\n{says}    run: {{ program: bin/prog, args: [ \"{ends}\" ], out: {{ OUT: out-{name} }} }}\n"
        ));
    }
    let datasets: String = steps
        .iter()
        .map(|(name, ..)| {
            format!("  out-{name}: {{ path: out/{name}, disp: replace, record: {{ copybook: rec.cpy }} }}\n")
        })
        .collect();
    let yaml = yaml.replace("\nsteps:\n", &format!("\ndatasets:\n{datasets}steps:\n"));
    let job = Job::new()
        .text("rec.cpy", "01 R.\n  05 F PIC X(10).\n")
        .text("offhost.yaml", "version: 1\nallow-run:\n  - program: bin/prog\n")
        .text(
            "bin/prog",
            "#!/bin/sh\nprintf 0123456789 > \"$DD_OUT\"\ncase $1 in killed) kill -SEGV $$;; torn) printf 1 > \"$DD_OUT\"; exit 0;; esac\nexit $1\n",
        )
        .yaml(&yaml);
    std::fs::set_permissions(job.path().join("bin/prog"), std::fs::Permissions::from_mode(0o755)).unwrap();
    job
}

/// Each step and how it ended, in the order of the job: its return code, its completion code, or `-` if it was passed over.
fn ended(report: &Value) -> String {
    let steps = report["steps"].as_array().unwrap().iter().map(|step| {
        let end = match step["status"].as_str().unwrap() {
            "bypassed" => "-".to_owned(),
            "abended" => step["abend"].as_str().unwrap().to_owned(),
            _ => step["rc"].to_string(),
        };
        format!("{} {end}", step["step"].as_str().unwrap())
    });
    steps.collect::<Vec<_>>().join(", ")
}

/// The example of the User's Guide for COND on JOB and EXEC, run for run.
#[test]
fn the_users_guides_job_runs_as_it_says() {
    let cond = |text: &str| format!("    cond: \"{text}\"\n");
    let steps = [
        ("S1", String::new(), "6"),
        ("S2", cond("((2,EQ),(4,EQ))"), "2"),
        ("S3", cond("ONLY"), "1"),
        ("S4", cond("((5,GT,S1),(2,EQ))"), "1"),
        ("S5", String::new(), "9"),
        ("S6", cond("((8,GT,S5),EVEN)"), "10"),
        ("S7", cond("(4,GT,S4)"), "12"),
        ("S8", String::new(), "1"),
        ("S9", cond("ONLY"), "1"),
    ];
    let steps: Vec<(&str, &str, &str)> =
        steps.iter().map(|(name, says, rc)| (*name, says.as_str(), *rc)).collect();
    let job = job("cond: \"(10,LT)\"", &steps);
    let report = job.run(&["--json"]).status(0).json();
    assert_eq!(ended(&report), "S1 6, S2 2, S3 -, S4 -, S5 9, S6 10, S7 12, S8 -, S9 -");
    // What a step wrote that ran is there, and nothing of one that was passed over.
    let mut there: Vec<String> = std::fs::read_dir(job.path().join("out"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    there.sort();
    assert_eq!(there, ["S1", "S2", "S5", "S6", "S7"]);
}

/// JCL Reference, IF/THEN/ELSE/ENDIF, example 9: an abend inside THEN does not move control to ELSE. Behind it run the steps
/// that ask for an abend, whichever step had it, and no other.
#[test]
fn an_abend_inside_then_is_no_else() {
    let head = "publish: per-step\ndecisions: { fine: { if: FIRST.RC = 0 & ¬ABEND, before: THEN } }";
    let steps = [
        ("FIRST", "", "0"),
        ("THEN", "    if: fine\n", "killed"),
        ("ELSE", "    if: NOT fine\n", "0"),
        ("PLAIN", "", "0"),
        ("EVEN", "    cond: EVEN\n", "torn"),
        ("ONLY", "    cond: ((0,LT,FIRST),ONLY)\n", "0"),
        ("BOTH", "    if: ABEND\n    cond: ((0,EQ,FIRST),EVEN)\n", "0"),
        ("LAST", "    if: ABENDCC = S013\n", "0"),
        ("FORMER", "    if: ABENDCC = U0089\n", "0"),
        ("NEITHER", "    if: ABENDCC = S0C7\n", "0"),
        ("NAMED", "    if: FIRST.ABEND\n", "0"),
        ("RAN", "    if: ¬ELSE.RUN\n", "0"),
    ];
    let job = job(head, &steps);
    let run = job.run(&["--json"]).status(89);
    let wanted = "FIRST 0, THEN U0089, ELSE -, PLAIN -, EVEN S013, ONLY 0, BOTH -, LAST 0, FORMER 0, NEITHER -, NAMED -, RAN -";
    assert_eq!(ended(&run.json()), wanted);
}
