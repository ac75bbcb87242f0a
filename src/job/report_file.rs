//! The shapes of a report step: what serde reads.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_saphyr::Spanned;

use super::file::{OneOrMany, Str, string_or};
use super::rules_file::RoundedShape;

/// A report of the records of a dataset, in one or several forms.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct ListingShape {
    /// The dataset; in the order of the breaks, if there are any.
    #[serde(rename = "in")]
    #[schemars(with = "String")]
    pub input: Str,
    /// Only records for which this condition holds.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub include: Option<Str>,
    /// No records for which this condition holds.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub omit: Option<Str>,
    /// What the report is called: in HTML and JSON. A listing says it in its page header.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub title: Option<Str>,
    /// Lines on a page of their own, at the beginning.
    #[serde(default)]
    #[schemars(with = "Vec<LineShape>")]
    pub report_header: Vec<Spanned<LineShape>>,
    /// Lines at the top of each page.
    #[serde(default)]
    #[schemars(with = "Vec<LineShape>")]
    pub page_header: Vec<Spanned<LineShape>>,
    /// Lines at the bottom of each page.
    #[serde(default)]
    #[schemars(with = "Vec<LineShape>")]
    pub page_footer: Vec<Spanned<LineShape>>,
    /// What is shown of each record, from left to right.
    #[schemars(with = "Vec<ColumnShape>")]
    pub columns: Vec<Spanned<ColumnShape>>,
    /// Headings of the columns at the top of each page.
    #[serde(default)]
    pub headings: HeadingsShape,
    /// False if only groups and totals are shown.
    #[serde(default = "yes")]
    pub detail: bool,
    /// Control breaks, the major level first.
    #[serde(default)]
    #[schemars(with = "Vec<ListingBreakShape>")]
    pub breaks: Vec<Spanned<ListingBreakShape>>,
    /// What the totals of all records are called; without it a listing does not show them.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub totals: Option<Str>,
    /// Lines at the end.
    #[serde(default)]
    #[schemars(with = "Vec<LineShape>")]
    pub footer: Vec<Spanned<LineShape>>,
    /// What becomes of a record whose group should have come before.
    #[serde(default)]
    pub out_of_order: DisorderShape,
    /// What is written if there are no records.
    #[serde(default)]
    pub when_empty: WhenEmptyShape,
    /// Lines of a page; 60 if not given.
    #[serde(default)]
    #[schemars(with = "Option<u32>")]
    pub lines: Option<Spanned<u32>>,
    /// The report is one page, however long.
    #[serde(default)]
    pub one_page: bool,
    /// In pictures the comma is the decimal point.
    #[serde(default)]
    pub decimal_point_is_comma: bool,
    /// The date that date items show, yyyy-mm-dd; the business date if not given.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub run_date: Option<Str>,
    /// What it is written to.
    #[schemars(with = "Vec<ListingOutShape>")]
    pub out: Vec<Spanned<ListingOutShape>>,
}

/// A column: a field, or a value computed of fields.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(super) struct ColumnShape {
    /// The field.
    #[schemars(with = "Option<String>")]
    pub field: Option<Str>,
    /// Or an arithmetic expression; it needs pic and name.
    #[schemars(with = "Option<String>")]
    pub value: Option<Str>,
    /// Name in CSV and JSON, and for items that show its totals; that of the field if not given.
    #[schemars(with = "Option<String>")]
    pub name: Option<Str>,
    /// What stands above it, | between lines; the name if not given.
    #[schemars(with = "Option<String>")]
    pub heading: Option<Str>,
    /// PICTURE of a number, such as ZZZ,ZZ9.99-; if not given all digits without leading zeros.
    #[schemars(with = "Option<String>")]
    pub pic: Option<Str>,
    /// PICTURE of its totals; pic if not given, or five digits more than the field.
    #[schemars(with = "Option<String>")]
    pub total_pic: Option<Str>,
    /// What becomes of decimals that pic does not show; without it there must not be any.
    pub rounded: Option<RoundedShape>,
    /// Bytes of its place; what it needs if not given.
    #[schemars(with = "Option<u32>")]
    pub width: Option<Spanned<u32>>,
    /// Where it begins, from 1; two blanks behind the column before if not given.
    #[schemars(with = "Option<u32>")]
    pub column: Option<Spanned<u32>>,
    /// Where in its place: right for numbers, left for text if not given.
    pub align: Option<AlignShape>,
    /// Text that has no room is cut.
    pub cut: bool,
    /// Shown only where it or a group has changed, and at the top of a page.
    pub on_change: bool,
    /// What is added up of it, at every level that has totals.
    pub totals: Vec<StatisticShape>,
}

/// A line: one text, or items from left to right.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(untagged)]
pub(super) enum LineShape {
    /// A text.
    Text(String),
    /// Items.
    #[schemars(with = "Vec<ItemShape>")]
    Items(Vec<Spanned<ItemShape>>),
}

/// An item of a line.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(untagged)]
pub(super) enum ItemShape {
    /// A text.
    Text(String),
    /// Anything else.
    Full(Box<ItemFullShape>),
}

/// An item: exactly one of text, field, value, page, count, sum, minimum, maximum, average, date, and its place.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(super) struct ItemFullShape {
    /// A text.
    #[schemars(with = "Option<String>")]
    pub text: Option<Str>,
    /// A field: of the next record in headers, of the last one in footers.
    #[schemars(with = "Option<String>")]
    pub field: Option<Str>,
    /// An arithmetic expression; it needs pic.
    #[schemars(with = "Option<String>")]
    pub value: Option<Str>,
    /// The number of the page, by this PICTURE.
    #[schemars(with = "Option<String>")]
    pub page: Option<Str>,
    /// The number of records, by this PICTURE.
    #[schemars(with = "Option<String>")]
    pub count: Option<Str>,
    /// The sum of a column.
    #[schemars(with = "Option<String>")]
    pub sum: Option<Str>,
    /// Its least value.
    #[schemars(with = "Option<String>")]
    pub minimum: Option<Str>,
    /// Its greatest value.
    #[schemars(with = "Option<String>")]
    pub maximum: Option<Str>,
    /// Its average, further decimals cut off.
    #[schemars(with = "Option<String>")]
    pub average: Option<Str>,
    /// The date of the run in this strftime format, such as %d.%m.%Y.
    #[schemars(with = "Option<String>")]
    pub date: Option<Str>,
    /// PICTURE of a field, a value or a total.
    #[schemars(with = "Option<String>")]
    pub pic: Option<Str>,
    /// Whose records count and totals are about: report, a level, or page (in a page footer). What the footer belongs to, if
    /// not given.
    #[schemars(with = "Option<String>")]
    pub of: Option<Str>,
    /// What becomes of decimals that pic does not show.
    pub rounded: Option<RoundedShape>,
    /// Where it begins, from 1; directly behind the item before if not given.
    #[schemars(with = "Option<u32>")]
    pub column: Option<Spanned<u32>>,
    /// Bytes of its place; what it needs if not given.
    #[schemars(with = "Option<u32>")]
    pub width: Option<Spanned<u32>>,
    /// Where in its place.
    pub align: Option<AlignShape>,
    /// Text that has no room is cut.
    pub cut: bool,
}

/// A level of control breaks: a group ends where one of its fields, or one of a level above, changes.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct ListingBreakShape {
    /// Name of the level.
    #[serde(rename = "break")]
    #[schemars(with = "String")]
    pub name: Str,
    /// Its fields.
    pub on: OneOrMany,
    /// Groups come in descending order.
    #[serde(default)]
    pub descending: bool,
    /// Lines before the first record of a group.
    #[serde(default)]
    #[schemars(with = "Vec<LineShape>")]
    pub header: Vec<Spanned<LineShape>>,
    /// The header is repeated at the top of pages on which the group goes on.
    #[serde(default)]
    pub repeat_header: bool,
    /// What the totals of a group are called; without it a listing does not show them.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub totals: Option<Str>,
    /// Lines behind the totals.
    #[serde(default)]
    #[schemars(with = "Vec<LineShape>")]
    pub footer: Vec<Spanned<LineShape>>,
    /// Blank lines behind a group, in listings, where another group follows on the page.
    #[serde(default)]
    pub skip: Option<u32>,
    /// The next group begins a page.
    #[serde(default)]
    pub new_page: bool,
    /// And its pages are numbered from 1.
    #[serde(default)]
    pub restart_pages: bool,
}

/// An output of a report.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct ListingOutShape {
    /// The dataset. It needs no record.
    #[schemars(with = "String")]
    pub to: Str,
    /// The form.
    #[serde(rename = "as", default)]
    pub form: FormShape,
    /// Of text: FBA or VBA (records with ANSI control characters), FB or VB (without), text (lines; if not given).
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub recfm: Option<Str>,
    /// Of text: logical record length as in JCL, control character and RDW included; the longest line if not given.
    #[serde(default)]
    #[schemars(with = "Option<u32>")]
    pub lrecl: Option<Spanned<u32>>,
    /// Of text: code page; that of the records for FBA, VBA, FB and VB, latin-1 for lines if not given.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub code_page: Option<Str>,
    /// Of text: how a page begins; ansi for FBA and VBA, form-feed for lines, none for FB and VB if not given.
    #[serde(default)]
    pub carriage: Option<CarriageShape>,
    /// Of csv: what has a row.
    #[serde(default)]
    pub rows: RowsShape,
}

/// The forms of a report.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum FormShape {
    /// Lines on pages.
    #[default]
    Text,
    /// Rows of values.
    Csv,
    /// A page for a browser.
    Html,
    /// Groups in groups, with their records and totals.
    Json,
}

/// How a page begins.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum CarriageShape {
    /// By the ANSI control character 1 in column 1.
    Ansi,
    /// By a form feed.
    FormFeed,
    /// By nothing.
    None,
}

/// What has a row of CSV.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum RowsShape {
    /// Each record.
    #[default]
    Details,
    /// Each group, and the whole, with totals.
    Totals,
}

/// Headings of columns.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum HeadingsShape {
    /// With hyphens below them.
    #[default]
    Underlined,
    /// Alone.
    Plain,
    /// None.
    None,
}

/// What becomes of a record whose group should have come before that of the record before it.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum DisorderShape {
    /// The job stops.
    #[default]
    Stop,
    /// The report goes on; the step ends with return code 4.
    Warn,
    /// Nothing: every change is a break.
    Allow,
}

/// What is written if there are no records.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum WhenEmptyShape {
    /// Headers, and totals of zero.
    #[default]
    Print,
    /// Nothing: the outputs are empty.
    Nothing,
}

/// Where something stands in a place that is wider.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum AlignShape {
    /// At its beginning.
    Left,
    /// In the middle.
    Center,
    /// At its end.
    Right,
}

/// What is added up.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum StatisticShape {
    /// All values.
    Sum,
    /// The least.
    Minimum,
    /// The greatest.
    Maximum,
    /// The sum divided by the number of records, further decimals cut off.
    Average,
}

fn yes() -> bool {
    true
}

string_or!(
    LineShape,
    "a text, or a list of items",
    |text| LineShape::Text(text.to_owned()),
    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        Vec::deserialize(serde::de::value::SeqAccessDeserializer::new(seq)).map(LineShape::Items)
    }
);

string_or!(
    ItemShape,
    "a text, or an item such as { field: NAME }",
    |text| ItemShape::Text(text.to_owned()),
    fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        let full = ItemFullShape::deserialize(serde::de::value::MapAccessDeserializer::new(map))?;
        Ok(ItemShape::Full(Box::new(full)))
    }
);
