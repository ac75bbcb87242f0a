//! How steps ended, as conditions see it.

/// What became of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepOutcome {
    /// It was passed over.
    Bypassed,
    /// It ran to its end with this return code (0 to 4095).
    Ended(u16),
    /// It ran to its end with a return code above its own `max-rc`, which ends the job.
    Failed(u16),
    /// It ended abnormally.
    Abended(Abend),
}

/// An abnormal end: a completion code as z/OS writes it, `S0C7` or `U0100`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Abend(pub String);

impl StepOutcome {
    /// The return code, if there is one: a step that was passed over or abended has none.
    pub fn rc(&self) -> Option<u16> {
        match self {
            StepOutcome::Ended(rc) | StepOutcome::Failed(rc) => Some(*rc),
            StepOutcome::Bypassed | StepOutcome::Abended(_) => None,
        }
    }

    /// True unless it was passed over.
    pub fn ran(&self) -> bool {
        *self != StepOutcome::Bypassed
    }

    /// True if it ended abnormally or with a return code that ends the job.
    pub fn failed(&self) -> bool {
        matches!(self, StepOutcome::Failed(_) | StepOutcome::Abended(_))
    }
}

/// The outcome of a step among those so far. Of steps with one name the first is meant, as in JCL.
pub(super) fn of<'a>(earlier: &'a [(String, StepOutcome)], step: &str) -> Option<&'a StepOutcome> {
    earlier.iter().find(|(name, _)| name.eq_ignore_ascii_case(step)).map(|(_, outcome)| outcome)
}

/// True if a step has ended abnormally.
pub(super) fn any_abend(earlier: &[(String, StepOutcome)]) -> bool {
    earlier.iter().any(|(_, outcome)| matches!(outcome, StepOutcome::Abended(_)))
}

/// The highest return code so far, 0 at the start.
pub(super) fn max_rc(earlier: &[(String, StepOutcome)]) -> u16 {
    earlier.iter().filter_map(|(_, outcome)| outcome.rc()).max().unwrap_or(0)
}
