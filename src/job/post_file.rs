//! The shapes of a post step: what serde reads.

use std::borrow::Cow;

use indexmap::IndexMap;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};
use serde_saphyr::Spanned;

use super::file::{OneOrMany, Str, string_or};
use super::rules_file::RulesFile;

/// Post transactions.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct PostShape {
    /// The transactions, posted in their order; of several datasets one after the other.
    #[serde(rename = "in")]
    pub input: OneOrMany,
    /// The rules file, or the rules themselves.
    #[schemars(with = "RulesShape")]
    pub rules: Spanned<RulesShape>,
    /// Masters, by the names that the rules use.
    #[serde(default)]
    #[schemars(with = "IndexMap<String, MasterShape>")]
    pub masters: IndexMap<String, Spanned<MasterShape>>,
    /// Outputs, by the names that the rules use.
    #[serde(default)]
    #[schemars(with = "IndexMap<String, String>")]
    pub out: IndexMap<String, Str>,
    /// Where rejected transactions go.
    #[serde(default)]
    #[schemars(with = "Option<RejectsShape>")]
    pub rejects: Option<Spanned<RejectsShape>>,
    /// Values for working fields of the rules.
    #[serde(default)]
    #[schemars(with = "IndexMap<String, String>")]
    pub params: IndexMap<String, Str>,
    /// Deviations of an old program, declared by the rules, that are wanted here.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub quirks: Vec<Str>,
    /// What to do with a transaction whose numbers are not valid.
    #[serde(default)]
    pub invalid_data: InvalidDataShape,
}

/// The rules of a post step.
#[derive(Clone, Debug)]
pub(super) enum RulesShape {
    /// In a file of their own.
    File(String),
    /// In the job.
    Inline(Box<RulesFile>),
}

string_or!(
    RulesShape,
    "the name of a rules file, or the rules themselves",
    |text| RulesShape::File(text.to_owned()),
    fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        let rules = RulesFile::deserialize(serde::de::value::MapAccessDeserializer::new(map))?;
        Ok(RulesShape::Inline(Box::new(rules)))
    }
);

impl JsonSchema for RulesShape {
    fn schema_name() -> Cow<'static, str> {
        "RulesShape".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut inline = RulesFile::json_schema(generator);
        // The job has a version and a name of its own.
        inline.insert("required".to_owned(), vec!["rules"].into());
        json_schema!({
            "description": "The rules of a post step: a file, or the rules themselves.",
            "anyOf": [{ "description": "The rules file.", "type": "string" }, inline]
        })
    }
}

/// A master of a post step.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct MasterShape {
    /// The dataset it is read from.
    #[schemars(with = "String")]
    pub dataset: Str,
    /// Fields of its unique key.
    #[schemars(with = "Vec<String>")]
    pub key: Vec<Str>,
    /// Alternate keys by name. Unless they say so they need not be unique: rows with one are found in the order of the file.
    #[serde(default)]
    #[schemars(with = "IndexMap<String, AlternateShape>")]
    pub alternate: IndexMap<String, Spanned<AlternateShape>>,
    /// The dataset the new master is written to, in key order; without it the master is only looked up.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub new: Option<Str>,
}

/// An alternate key of a master: its fields, or more.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(untagged)]
pub(super) enum AlternateShape {
    /// Its fields.
    Fields(#[schemars(with = "Vec<String>")] Vec<Str>),
    /// More.
    Full(AlternateFull),
}

/// An alternate key that can be said to be unique.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct AlternateFull {
    /// Its fields.
    #[schemars(with = "Vec<String>")]
    pub key: Vec<Str>,
    /// True if no two rows may have one value (VSAM: UNIQUEKEY).
    #[serde(default)]
    pub unique: bool,
    /// What becomes of a transaction that leaves two rows with one value, unless the insert that made one of them says something
    /// else.
    #[serde(default)]
    pub duplicate: Option<TakenShape>,
    /// Code of the reject.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub code: Option<Str>,
    /// Text of the reject.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub reason: Option<Str>,
}

/// A transaction that leaves two rows with one value of a unique alternate key.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum TakenShape {
    /// The job stops, as if not given.
    Stop,
    /// It is rejected, with `code` and `reason`.
    Reject,
}

impl<'de> Deserialize<'de> for AlternateShape {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = AlternateShape;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a list of fields, or { key: [ FIELDS ], unique: true }")
            }
            fn visit_seq<A: de::SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
                Vec::deserialize(de::value::SeqAccessDeserializer::new(list)).map(AlternateShape::Fields)
            }
            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                let full = AlternateFull::deserialize(de::value::MapAccessDeserializer::new(map))?;
                Ok(AlternateShape::Full(full))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

/// Rejected transactions.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RejectsShape {
    /// The dataset.
    #[schemars(with = "String")]
    pub to: Str,
    /// More rejects than this stop the job.
    #[serde(default)]
    pub max_count: Option<u64>,
    /// More rejects than so many of a hundred transactions ("2.5") stop the job at its end.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub max_percent: Option<Str>,
}

/// Transactions whose bytes are no numbers.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum InvalidDataShape {
    /// The job stops.
    #[default]
    Stop,
    /// They are rejected with code INVALID-DATA.
    Reject,
}
