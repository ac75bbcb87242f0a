//! offhost takes nightly batch off the mainframe host: it reads the mainframe's own files through the mainframe's own
//! copybooks, sorts, matches, posts and balances them, and publishes posting files byte for byte.
//!
//! # The house
//!
//! Each module is a floor; it imports only from lower floors (a test holds us to it).
//!
//! | floor | module | what it is |
//! |---|---|---|
//! | 8 | [`cli`] | one verb per file; progress; exit statuses |
//! | 7 | [`run`] | executes a plan: steps, staging, journal, publishing, the report |
//! | 7 | [`draw`] | a job as a drawing: DOT, SVG, a page |
//! | 6 | [`job`] | the YAML job and rules files, resolved into a frozen [`job::Plan`] |
//! | 5 | [`control`] | the cards of SORT and ICETOOL steps: read, compiled to operators on bytes, run as passes |
//! | 5 | [`inspect`] | what an unknown file is: record format, code page, 01 levels, with the evidence |
//! | 5 | [`convert`] | datasets to CSV, JSON Lines, Parquet and back |
//! | 5 | [`diff`] | two datasets beside each other: equal, equivalent or different, where and why |
//! | 5 | [`show`] | records as lines of cells, for a terminal |
//! | 4 | [`report`] | pages, headers and footers, control breaks, totals: what every report has |
//! | 4 | [`post`] | the posting engine: masters, rules, emitted records, rejects |
//! | 4 | [`codec`] | records to values and back, with notes on what values do not say |
//! | 4 | [`ops`] | streaming operators: filter, match, totals, trailer check, identities |
//! | 4 | [`sort`] | the external sorter: blocks in, blocks out in key order, inside any memory |
//! | 4 | [`key`] | keys as order-preserving bits, and the slow comparator that tests hold them to |
//! | 4 | [`expr`] | COBOL conditions, arithmetic and moves on copybook names, compiled once |
//! | 3 | [`catalog`] | names of datasets, and generation data groups |
//! | 3 | [`dataset`] | where records live: RECFM framing, readers, writers |
//! | 3 | [`record`] | a layout laid over bytes: blocks, locating fields, numbers by COBOL's store rules |
//! | 2 | [`copybook`] | COBOL data descriptions to a [`copybook::Layout`] |
//! | 1 | [`encoding`] | bytes and meaning: code pages, zoned, packed, binary |
//! | 0 | [`archive`] | what runs read, wrote and were made of, kept by content |
//! | 0 | [`calendar`] | business days: holiday files, the days before, after and between |
//! | 0 | [`decimal`] | exact decimals with 256-bit intermediates, rounding, SIZE ERROR |
//! | 0 | [`diag`] | diagnostics: code, place, hint; as text or JSON |
//! | 0 | [`sys`] | the only code that talks to the operating system |
//!
//! # Where to start reading
//!
//! [`job::load`] turns a job file into a plan, [`run::run`] executes it; `run/steps/sort.rs` is the shortest way from
//! a reader through an operator to a writer.
//!
//! # How a record travels
//!
//! ```text
//!  job.yaml -> job::load -> Plan -> run::run -> step
//!                                                |
//!   dataset::Reader -> Block -> ops::Filter -> sort::Sorter -> ops::Matcher / post::Engine
//!    (run::intake)    (1 MiB)                                     |
//!   sys::publish <- dataset::Writer <- Block <--------------------+
//!   (fsync, rename)   (run::output)
//! ```
//!
//! A record stays bytes from the first read to the last write; a field is a window on them.
//!
//! # Every file offhost puts on disk
//!
//! | file | written by | what for |
//! |---|---|---|
//! | outputs of the job | [`sys::publish`] | renamed into place when the whole job has ended well |
//! | `.NAME.RUN.part` beside an output | [`sys::publish`] | the output while it is written |
//! | output of `convert`, and `.NAME.pPID.part` beside it | [`cli`] | renamed into place when it is complete |
//! | outputs of `sort` and `tool`, and `.NAME.pPID-N.part` beside them | [`control`] | renamed into place together, at the end |
//! | `.offhost/runs/RUN/journal.jsonl` | [`run`] | what happened, hash-chained, synced at every change of state |
//! | `.offhost/runs/RUN/plan.json` | [`run`] | everything that was resolved when the run began |
//! | `.offhost/runs/RUN/lock` | [`run`] | held by the process that works on the run |
//! | `.offhost/runs/RUN/kept/` | [`run`] | what finished steps of a run that failed have written, for the next attempt |
//! | `.offhost/runs/RUN/sorts/STEP/`, `.offhost-TOKEN-N` in work folders | [`run`], [`sort`] | runs that sorts of an unfinished step have finished, for the next attempt |
//! | `.offhost/locks/NAME` | [`run`] | held as long as a run uses a dataset |
//! | `.offhost/known/NAME` | [`run`] | the hash of a file, for plans that find the file as it was then |
//! | `.offhost/runs/RUN/report.json`, `report.html` | [`run`] | what a run did, for machines and people |
//! | `DIR/offhost_JOB.prom` with `--metrics DIR` | [`run`] | figures of the last run for Prometheus |
//! | what `skeleton/` holds | [`cli`] | the project that `offhost init` makes |
//! | `.offhost/runs/RUN/tmp/` | [`run`] | temporary datasets (`@name`) that do not fit into memory |
//! | `.offhost/runs/RUN/tmp/.STEP/` | [`run`] | copies of its inputs and the outputs of a program that a step runs; gone after the step |
//! | `.offhost/runs/RUN/STEP.stdout`, `.stderr` | [`run`] | what that program said |
//! | `.offhost/why/PID-N/` | [`run`] | temporary datasets that `offhost why` makes again; removed when it ends |
//! | `.offhost/taken/` | [`run`] | what was taken out of the archive to be read for an answer; gone when it is given |
//! | files without a name there or in `--work-dir` | [`sort`] | sorted runs; gone with the process |
//! | `.offhost/active/RUN` | [`run`] | marks a run that lives, or died without saying so |
//! | `.offhost/catalog/` | [`catalog`] | names and generations (`catalog.json`), every change (`history.jsonl`), the lock of a change |
//! | `GnnnnVyy` in the folder of a base, `.GnnnnVyy.N.taken-back` | [`sys::publish`], [`catalog`] | a generation; one that was rolled back |
//! | `.offhost/archive/` | [`archive`] | contents of files (`objects/`), what each run kept (`runs/RUN.jsonl`), the lock of a change |
//! | `.offhost/replay/RUN-N/` | [`run`] | a root of its own, in which a past run was done again |
//! | `.offhost/diff/NAME.html` in that root | [`run`] | the page of a dataset that differs from what it was then |
//! | `.offhost/publish.lock` | [`run`] | held by the one run that publishes |

pub mod archive;
pub mod calendar;
pub mod catalog;
pub mod cli;
pub mod codec;
pub mod control;
pub mod convert;
pub mod copybook;
pub mod dataset;
pub mod decimal;
pub mod diag;
pub mod diff;
pub mod draw;
pub mod encoding;
pub mod expr;
pub mod inspect;
pub mod job;
pub mod key;
pub mod ops;
pub mod post;
pub mod record;
pub mod report;
pub mod run;
pub mod show;
pub mod sort;
pub mod sys;
