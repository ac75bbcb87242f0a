//! The shape of a match step: what serde reads.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_saphyr::Spanned;

use super::file::{Str, string_or};

/// Match two inputs.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct MatchShape {
    /// Left input.
    #[schemars(with = "String")]
    pub left: Str,
    /// Right input.
    #[schemars(with = "String")]
    pub right: Str,
    /// Key fields: a name both records have, or a pair of names.
    #[schemars(with = "Vec<MatchKeyShape>")]
    pub on: Vec<Spanned<MatchKeyShape>>,
    /// Output of pairs: the left record followed by the right one.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub paired: Option<Str>,
    /// Output of left records without a partner.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub left_only: Option<Str>,
    /// Output of right records without a partner.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub right_only: Option<Str>,
    /// Output of left records with a partner, each once.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub left_paired: Option<Str>,
    /// Output of right records with a partner, each once.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub right_paired: Option<Str>,
    /// How often a key may occur on each side.
    #[serde(default)]
    pub cardinality: CardinalityShape,
    /// True if both inputs are in key order already: they are checked instead of sorted.
    #[serde(default)]
    pub sorted: bool,
}

/// Key fields of a match.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(untagged)]
pub(super) enum MatchKeyShape {
    /// A field that has the same name on both sides.
    Name(String),
    /// A field of each side.
    Pair(MatchPairShape),
}

/// A field of each side.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct MatchPairShape {
    /// Field of the left record.
    #[schemars(with = "String")]
    pub left: Str,
    /// Field of the right record.
    #[schemars(with = "String")]
    pub right: Str,
}

/// How often a key may occur.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum CardinalityShape {
    /// Any number; equal keys on both sides give every pair.
    #[default]
    ManyToMany,
    /// Once at most on the right.
    ManyToOne,
    /// Once at most on the left.
    OneToMany,
    /// Once at most on each side.
    OneToOne,
}

string_or!(
    MatchKeyShape,
    "a field name, or { left: NAME, right: NAME }",
    |text| MatchKeyShape::Name(text.to_owned()),
    fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        MatchPairShape::deserialize(serde::de::value::MapAccessDeserializer::new(map))
            .map(MatchKeyShape::Pair)
    }
);
