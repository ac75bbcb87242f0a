//! JSON Schema of the job file and the rules file, draft-07, for editors.

use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::compare_file::ComparisonFile;
use super::file::JobFile;
use super::rules_file::RulesFile;

/// Schema of the job file.
pub fn job_schema() -> Value {
    SchemaSettings::draft07().into_generator().into_root_schema_for::<JobFile>().to_value()
}

/// Schema of the rules file.
pub fn rules_schema() -> Value {
    SchemaSettings::draft07().into_generator().into_root_schema_for::<RulesFile>().to_value()
}

/// Schema of the rules file of a comparison.
pub fn comparison_schema() -> Value {
    SchemaSettings::draft07().into_generator().into_root_schema_for::<ComparisonFile>().to_value()
}
