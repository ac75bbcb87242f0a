//! The verbs.

pub(super) mod cat;
pub(super) mod check;
pub(super) mod completions;
pub(super) mod convert;
pub(super) mod explain;
pub(super) mod inspect;
pub(super) mod layout;
pub(super) mod man;
pub(super) mod plan;
pub(super) mod run;
pub(super) mod schema;
pub(super) mod sort;
pub(super) mod tool;
pub(super) mod why;

use super::args::JobArgs;
use crate::diag::Diagnostics;
use crate::job::{self, Plan, Request};
use crate::sys::{RealFs, Root};

/// Loads and checks the job that the arguments name.
fn load(arguments: &JobArgs) -> Result<(Root, Plan, Diagnostics), Diagnostics> {
    let root = Root::new(&arguments.root)?;
    let request = Request {
        job: arguments.job.clone(),
        root: root.clone(),
        settings: arguments.settings.clone(),
        explained: false,
    };
    let (plan, warnings) = job::load(&RealFs, &request)?;
    Ok((root, plan, warnings))
}
