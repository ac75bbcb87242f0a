//! The order of a job as a plan holds it: when steps run, what may be used up, when outputs become visible.

use std::path::PathBuf;
use std::time::Duration;

use jiff::civil::Time;

use super::conditions::{Cond, IfTest, When};

/// When outputs become visible.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Publish {
    /// All together when the last step has ended well.
    #[default]
    AtEnd,
    /// Those of a step together when it has ended well.
    PerStep,
}

impl Publish {
    /// As the job file writes it.
    pub fn name(self) -> &'static str {
        match self {
            Publish::AtEnd => "at-end",
            Publish::PerStep => "per-step",
        }
    }
}

/// What a job says of its run as a whole.
#[derive(Clone, Debug, Default)]
pub struct JobFlow {
    /// When outputs become visible.
    pub publish: Publish,
    /// The file that lists a set of outputs, published behind them.
    pub manifest: Option<PathBuf>,
    /// Names of the parameters that make a run of this job another one.
    pub identifying: Vec<String>,
    /// Longest time of an attempt.
    pub time: Option<Duration>,
    /// Bytes of memory: a run takes no more, whatever the machine has.
    pub memory: Option<u64>,
    /// Bytes of temporary data at any moment.
    pub temporary: Option<u64>,
    /// Bytes of all outputs together.
    pub output: Option<u64>,
    /// How long to wait for datasets that other runs have.
    pub wait: Option<Duration>,
    /// The clock time after which a run that has not ended is late.
    pub late_after: Option<Time>,
    /// True if inputs of which no hash is known are hashed before the first step.
    pub hash_first: bool,
    /// COND of the JOB statement.
    pub cond: Option<Cond>,
}

/// Whether a step runs when an earlier one has failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RunIf {
    /// Only while all is well.
    #[default]
    Ok,
    /// In any case.
    Always,
    /// Only after a failure.
    Failed,
}

/// When a step runs.
#[derive(Clone, Debug, Default)]
pub struct StepFlow {
    /// Indexes, in the plan, of the steps that must have ended before: those whose data it reads, and those whose outcome
    /// its conditions ask for.
    pub after: Vec<usize>,
    /// Its condition.
    pub when: Option<When>,
    /// Whether it runs after a failure.
    pub run_if: RunIf,
    /// Highest return code with which the job goes on.
    pub max_rc: Option<u8>,
    /// COND of the EXEC statement.
    pub cond: Option<Cond>,
    /// The IF that governs it.
    pub if_test: Option<IfTest>,
}

impl StepFlow {
    /// True if it may be passed over while all is well.
    pub fn is_conditional(&self) -> bool {
        self.when.is_some() || self.run_if == RunIf::Failed || self.cond.is_some() || self.if_test.is_some()
    }

    /// True if it may run after a failure.
    pub fn survives_failure(&self) -> bool {
        self.run_if != RunIf::Ok
            || self.cond.as_ref().is_some_and(Cond::survives_abend)
            || self.if_test.as_ref().is_some_and(IfTest::tests_abend)
    }

    /// Its conditions as they are written, for people.
    pub fn describe(&self) -> Vec<String> {
        let run_if = match self.run_if {
            RunIf::Ok => None,
            RunIf::Always => Some("runs in any case".to_owned()),
            RunIf::Failed => Some("runs after a failure only".to_owned()),
        };
        let when = self.when.as_ref().map(|when| format!("when {}", when.text()));
        let cond = self.cond.as_ref().map(|cond| format!("COND={}", cond.text()));
        let if_test = self.if_test.as_ref().map(|test| format!("IF {}", test.text()));
        let max_rc = self.max_rc.map(|rc| format!("max-rc {rc}"));
        when.into_iter().chain(run_if).chain(if_test).chain(cond).chain(max_rc).collect()
    }
}
