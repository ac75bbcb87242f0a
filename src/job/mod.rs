//! The job file: YAML to a checked, frozen plan.
//!
//! ```text
//!   job.yaml -> yaml (strict subset) -> file (shapes) -> params -> graph -> resolve -> Plan
//!                                      rules.yaml -> rules_file -> resolve/post -> post::Program
//! ```
//!
//! Everything is checked here, before any data is read: names, types, lengths, cycles, writers. Checking goes on after
//! an error and reports all it finds.

mod alerts_file;
mod balance_shapes;
mod bodies;
mod compare_file;
mod compare_manifest;
pub mod conditions;
mod control_file;
mod copylib;
mod dates;
mod diff_file;
mod file;
mod flow;
mod flow_file;
mod graph;
mod match_file;
mod params;
mod place_file;
mod plan;
mod policy;
mod post_file;
mod quantity;
mod report_file;
mod resolve;
mod retention;
mod rules_file;
mod run_file;
mod scalar;
mod schema;
mod sources;
mod text;
mod yaml;

pub use alerts_file::{AlertPlan, AlertsPlan, Secret};
pub use compare_file::comparison_rules;
pub use compare_manifest::{ManifestFile, comparison_manifest};
pub use copylib::CopyFolders;
pub use flow::{JobFlow, Publish, RunIf, StepFlow};
pub use plan::{
    Archiving, BalancePlan, Content, ControlPlan, DatasetPlan, DiffPlan, GenerationPlan, MasterPlan,
    MatchPlan, Piece, Plan, PostPlan, ProgramPlan, RejectPlan, ReportPlan, Role, SortInput, SortPlan,
    SourceHash, StepKind, StepPlan, TotalPlan,
};
pub use policy::POLICY_FILE;
pub use quantity::{duration_of, size_of};
pub use resolve::{AsOf, Request, load, load_as_of};
pub use retention::{Keep, Period, Retention};
pub use schema::{comparison_schema, job_schema, rules_schema};
