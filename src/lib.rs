//! offhost takes nightly batch off the mainframe host.
pub mod cli;
pub mod copybook;
pub mod dataset;
pub mod decimal;
pub mod diag;
pub mod encoding;
pub mod expr;
pub mod job;
pub mod key;
pub mod ops;
pub mod post;
pub mod record;
pub mod run;
pub mod sort;
pub mod sys;
