//! Who watches a run.

use super::report::StepReport;

/// Told of what a run does. Called from several threads, per block and never per record.
pub trait Observer: Sync {
    /// A step begins; `bytes` is what it is going to read, as far as known.
    fn step_started(&self, step: &str, operator: &str, bytes: u64);
    /// A step has read or written more.
    fn progress(&self, records: u64, bytes: u64);
    /// A step has read its input and begins another stage of its work, in which it goes through so many records again.
    fn stage_started(&self, _step: &str, _stage: &str, _records: u64) {}
    /// A step has gone through more records of its stage.
    fn stage_progress(&self, _records: u64) {}
    /// A step has ended in whatever way, or was passed over: its status says how.
    fn step_finished(&self, report: &StepReport);
    /// Something an operator should know.
    fn note(&self, text: &str);
}

/// Watches nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Observer for Silent {
    fn step_started(&self, _step: &str, _operator: &str, _bytes: u64) {}
    fn progress(&self, _records: u64, _bytes: u64) {}
    fn step_finished(&self, _report: &StepReport) {}
    fn note(&self, _text: &str) {}
}
