//! Completion codes of steps that end abnormally, as conditions of imported jobs ask for them.

use crate::diag::{Class, Diagnostic};
use crate::job::conditions::Abend;

/// The code that a mainframe would have shown (MVS System Codes); what it has none for is a user code with the exit status.
pub(super) fn abend_of(error: &Diagnostic) -> Abend {
    let code = match error.code.class() {
        Class::DataException => "S0C7",
        Class::AttributeMismatch => "S013",
        Class::NoSpace => "SB37",
        Class::InputMissing => "S213",
        Class::Io => "S001",
        Class::NotPermitted => "S913",
        Class::TimeLimit => "S322",
        Class::MemoryLimit => "S878",
        Class::Interrupted | Class::Terminated => "S222",
        class => return Abend(format!("U{:04}", class.exit_status())),
    };
    Abend(code.to_owned())
}
