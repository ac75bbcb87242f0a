//! Datasets to other forms and back: CSV, JSON Lines, Parquet, another record format or code page.

mod chunks;
mod columns;
mod csv_in;
mod csv_out;
mod export;
mod flow;
mod form;
mod import;
mod json_in;
mod json_out;
mod json_quick;
mod lines;
mod measure;
mod options;
#[cfg(feature = "parquet")]
mod parquet;
mod verify;

#[cfg(test)]
mod tests;

pub use chunks::Chunks;
pub use columns::Columns;
pub use csv_out::{CsvStyle, append_cell};
pub use export::{Running, Summary, Wanted, export};
pub use flow::{Converted, Output, count, data_to_data, data_to_text, not_proven, reframe, text_to_data};
pub use form::{Form, TextForm};
pub use import::{Around, Records, import};
pub use lines::LineReader;
pub use measure::TreeLength;
pub use options::{ReadOptions, Readable, code_page, where_condition};
#[cfg(feature = "parquet")]
pub use parquet::data_to_parquet;
pub use verify::Mismatch;
