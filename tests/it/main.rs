//! What offhost promises, tested from outside: through the binary wherever a user would see it, through the library
//! where faults must be injected.
//!
//! [`harness`] builds a small job in a fresh folder and runs the real program on it. Everything that the tests know
//! about EBCDIC, packed and zoned numbers is written down there once more, without the library's help.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop at the first surprise"
)]

mod again;
mod arithmetic_gnucobol;
mod bad_input;
mod business_dates;
mod card_jobs;
mod carddemo;
mod cards;
mod cards_case;
mod cards_twin;
mod cat;
mod codec_samples;
mod control_flow;
mod control_steps;
mod conversions;
mod crash;
mod diff;
mod diff_page;
mod diff_runs;
mod diff_step;
mod diff_twins;
mod documents;
mod drawing;
mod explain;
mod expressions;
mod flagship;
mod floats;
mod floors;
mod formats;
mod functions_gnucobol;
mod generations;
mod harness;
mod hostile;
mod input_hashes;
mod inspect;
mod jcl_flow;
mod keys;
mod kinds;
mod listings;
mod matching;
mod once;
mod pipes;
mod places;
mod post_line;
mod post_order;
mod post_parts;
mod post_threads;
mod post_unique;
mod programs;
mod report_gnucobol;
mod report_steps;
mod report_twin;
mod restart;
mod retention;
mod rounding;
mod rule_arith;
mod rule_balances;
mod rule_checks;
mod rule_codes;
mod rule_computing;
mod rule_dates;
mod rule_recall;
mod rule_texts;
mod rule_verbs;
mod rules_twin;
mod schema_agrees;
mod silence;
mod sort_engine;
mod sort_faults;
mod sort_harness;
mod sort_kept;
mod sort_keys;
mod sort_resume;
mod sort_steps;
mod sorting;
mod text_verbs_gnucobol;
mod values_gnucobol;
mod vanish;
mod vectors_gnucobol;
mod watching;
mod why;
mod why_rows;
