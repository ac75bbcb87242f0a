//! Two datasets beside each other: whether they are equal byte for byte, equivalent under rules that somebody has declared, or
//! different, and then exactly where and why.
//!
//! | file | what |
//! |---|---|
//! | `side`, `fields`, `value` | what is compared: two datasets, the fields of both, what their bytes say |
//! | `keyer`, `intake`, `totals` | reading a side: keys, order, control totals |
//! | `by_key`, `by_position`, `align`, `orphans`, `batch` | which record is whose partner |
//! | `compare`, `cause`, `date` | what differs between two records, and why |
//! | `rules`, `rule_texts`, `canon` | what may differ |
//! | `engine` | the threads that do it, and the identity of counts |
//! | `report`, `written`, `sample`, `index`, `page` | how it is told: JSON, CSV, records, one HTML page |
//! | `history` | the answers of many nights |
//! | `tally`, `outcome`, `predict` | what it comes to: counts, clusters, the condition that predicts them |

mod align;
mod batch;
mod by_key;
mod by_position;
mod canon;
mod cause;
mod compare;
mod date;
mod engine;
mod fields;
mod history;
mod index;
mod intake;
mod keyer;
mod open;
mod orphans;
mod outcome;
mod page;
mod predict;
mod report;
mod rule_texts;
mod rules;
mod sample;
mod side;
mod tally;
mod totals;
mod value;
mod written;

pub use batch::Numbered;
pub use cause::Cause;
pub use compare::{Comparer, Found, OUTSIDE, RECORD};
pub use engine::{Difference, Means, Pairing, Request, Sink, compare};
pub use fields::{Cell, Column, Fields, Mode, subscripts};
pub use history::{History, Night, Seen};
pub use open::key_pairing;
pub use outcome::{Answer, ClusterReport, Outcome, RuleReport, TotalReport};
pub use page::page;
pub use predict::Prediction;
pub use report::{condition, headline, sentence, to_json};
pub use rule_texts::{ActionText, RuleText, RuleTexts, bytes};
pub use rules::{Accepted, Action, Equivalence, Rule, Rules, Tolerance};
pub use sample::{PER_CLUSTER, Sample, Sampled};
pub use side::{Blocks, Side, Which};
pub use tally::column_name;
pub use totals::{SideTotals, Sum};
pub use value::{Value, delta};
pub use written::{CsvSink, RecordSink};
