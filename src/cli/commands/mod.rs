//! The verbs.

pub(super) mod alerts;
pub(super) mod archive;
pub(super) mod cat;
pub(super) mod catalog;
pub(super) mod check;
pub(super) mod completions;
pub(super) mod convert;
pub(super) mod diff;
pub(super) mod diff_runs;
pub(super) mod explain;
pub(super) mod graph;
pub(super) mod init;
pub(super) mod inspect;
pub(super) mod layout;
pub(super) mod man;
pub(super) mod plan;
pub(super) mod replay;
pub(super) mod restart;
pub(super) mod run;
pub(super) mod runs;
pub(super) mod schema;
pub(super) mod sort;
pub(super) mod tool;
pub(super) mod verify;
pub(super) mod why;

use super::args::JobArgs;
use crate::diag::Diagnostics;
use crate::job::{self, AsOf, Plan, Request};
use crate::sys::{RealFs, Root};

/// Loads and checks the job that the arguments name.
fn load(arguments: &JobArgs) -> Result<(Root, Plan, Diagnostics), Diagnostics> {
    load_as_of(arguments, &AsOf::default())
}

/// As [`load`], with what is fixed already.
fn load_as_of(arguments: &JobArgs, as_of: &AsOf) -> Result<(Root, Plan, Diagnostics), Diagnostics> {
    let root = Root::new(&arguments.root)?;
    let request = Request {
        job: arguments.job.clone(),
        root: root.clone(),
        settings: arguments.all_settings(),
        explained: false,
    };
    let (plan, warnings) = job::load_as_of(&RealFs, &request, as_of)?;
    Ok((root, plan, warnings))
}
