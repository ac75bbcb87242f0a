//! How a file is to be read, as a user says it, and the one place where that is checked.

use std::str::FromStr;
use std::sync::Arc;

use super::form::Form;
use super::measure::TreeLength;
use crate::codec::{BadNumberPolicy, Coding, Edited, Odo, Selection, Tree, UnsignedSign};
use crate::copybook::{FieldId, Layout, Numproc};
use crate::dataset::{DatasetFormat, FormatOptions, OptionError, RECORD_MAX, Recfm};
use crate::diag::{Diagnostic, Result, Source, Span, codes, nearest};
use crate::encoding::{ByteOrder, CodePage, FloatFormat, Overpunch};
use crate::expr::{
    Compiler, Condition, ExpressionLength, KindFault, KindTexts, Kinds, Meaning, Rules, Scope, field_named,
};
use crate::record::RecordFormat;

/// How a file is to be read. Names are those of the command line; nothing is checked yet.
#[derive(Clone, Debug, Default)]
pub struct ReadOptions {
    /// What is around the records.
    pub format: FormatOptions,
    /// The length of a record as an expression on its fields.
    pub length_expression: Option<String>,
    /// Code page; cp037 if not given.
    pub code_page: Option<String>,
    /// Code pages of fields: name and page.
    pub field_pages: Vec<(String, String)>,
    /// `ibm`, `mf`, `realia`, `strict`, or a host code page that the text was translated from.
    pub overpunch: Option<String>,
    /// `ibm-hex`, `ibm-hex-le`, `ieee-be` or `ieee-le`.
    pub float: Option<String>,
    /// `big` or `little`.
    pub national: Option<String>,
    /// `counted` or `maximum`.
    pub odo: Option<String>,
    /// Tables counted by a text: `TABLE:A=0,B=1`.
    pub counters: Vec<String>,
    /// What bytes that are no number become, see [`BadNumberPolicy`].
    pub bad_numbers: Option<String>,
    /// Blanks around the digits of DISPLAY numbers do not count.
    pub zoned_blanks: bool,
    /// `plus`, `error` or `accept`.
    pub unsigned_sign: Option<String>,
    /// `number`, `lenient` or `text`.
    pub edited: Option<String>,
    /// Kinds of records: `NAME` or `NAME: CONDITION`, where the condition may be `first` or `last`.
    pub records: Vec<String>,
    /// Views of storage: `NAME: CONDITION`.
    pub views: Vec<String>,
    /// Parents: `CHILD: PARENT(KEY, KEY)`.
    pub parents: Vec<String>,
    /// Only these fields.
    pub fields: Vec<String>,
    /// Unnamed fields too.
    pub fillers: bool,
}

/// A file that can be read: its records as values, and what is around them.
#[derive(Clone, Debug)]
pub struct Readable {
    /// Records as values.
    pub form: Form,
    /// Records in the file. Lines are not padded.
    pub format: DatasetFormat,
}

impl Form {
    /// The records of a dataset that is described already, unnamed fields among them.
    pub fn described(
        dataset: &str,
        record: &RecordFormat,
        meaning: &Meaning,
        format: &DatasetFormat,
    ) -> Result<Form> {
        let layout = &record.layout;
        let coding = Coding {
            page: record.page,
            float: meaning.first_float(),
            preferred_signs: layout.compiler().numproc == Numproc::Pfd,
            ..Coding::default()
        };
        let selection = Selection { fields: Vec::new(), fillers: true, views: meaning.views().to_vec() };
        let tree = Tree::new(layout, &coding, &selection);
        let kinds = meaning.kinds().cloned().map_or_else(|| the_only_record(&tree), Ok)?;
        let policy = BadNumberPolicy::default();
        let meaning = meaning.clone();
        Ok(Form { dataset: dataset.to_owned(), tree, kinds, meaning, policy, natural: format.fixed_length() })
    }
}

impl ReadOptions {
    /// Checks everything against the copybook. `dataset` names the file in messages.
    pub fn resolve(&self, dataset: &str, layout: Layout) -> Result<Readable> {
        let page = self.page()?;
        let record = RecordFormat { layout: Arc::new(layout), page };
        let record = self.format.window(record).map_err(bad_option)?;
        let layout = Arc::clone(&record.layout);
        let coding = self.coding(&layout, page)?;
        let policy = parsed("bad-numbers", self.bad_numbers.as_deref())?;
        let texts = self.kind_texts()?;
        let plain = Meaning::new(&layout, Rules { float: coding.float, ..Rules::default() });
        let refuse = |fault| unusable("record", fault);
        let views = texts.views(&record, &plain).map_err(refuse)?;
        let kinds = texts.kinds(&record, &plain).map_err(refuse)?;
        let rules = Rules { float: coding.float, kinds: kinds.clone(), views: views.clone() };
        let selection = Selection {
            fields: self.fields.iter().map(|name| field("fields", &layout, name)).collect::<Result<_>>()?,
            fillers: self.fillers,
            views,
        };
        let tree = Tree::new(&layout, &coding, &selection);
        let kinds = kinds.map_or_else(|| the_only_record(&tree), Ok)?;
        let meaning = Meaning::new(&layout, rules);
        let mut form = Form { dataset: dataset.to_owned(), tree, kinds, meaning, policy, natural: None };
        let format = self.dataset_format(&record, &form)?;
        form.natural = format.fixed_length();
        Ok(Readable { form, format })
    }

    /// Checks the options for a file without a copybook: only what is around its records and the code page count, and what
    /// speaks of fields is refused. F needs LRECL.
    pub fn resolve_bytes(&self) -> Result<DatasetFormat> {
        let given = [
            ("field-page", !self.field_pages.is_empty()),
            ("length-expression", self.length_expression.is_some()),
            ("counter", !self.counters.is_empty()),
            ("record", !self.records.is_empty()),
            ("view", !self.views.is_empty()),
            ("parent", !self.parents.is_empty()),
            ("fields", !self.fields.is_empty()),
            ("filler", self.fillers),
            ("record-skip-head", self.format.record_skip_head.is_some()),
            ("record-skip-tail", self.format.record_skip_tail.is_some()),
        ];
        if let Some((option, _)) = given.into_iter().find(|(_, given)| *given) {
            return Err(wrong(option, "there is no copybook to say what a record holds", "give --copybook"));
        }
        let format = self.format.format(None, self.page()?).map_err(bad_option)?;
        let stated = self.format.lrecl.is_some() || format.recfm == Recfm::Undefined;
        Ok(with_longest(format.unpadded(), stated))
    }

    /// Code page and sign letters.
    fn page(&self) -> Result<CodePage> {
        let page = code_page("code-page", self.code_page.as_deref().unwrap_or("cp037"))?;
        let Some(word) = self.overpunch.as_deref() else { return Ok(page) };
        let overpunch = match word {
            "ibm" => Some(Overpunch::IBM),
            "mf" | "gnucobol" => Some(Overpunch::MicroFocus),
            "realia" => Some(Overpunch::Realia),
            "strict" => Some(Overpunch::Strict),
            host => CodePage::from_str(host).ok().and_then(Overpunch::translated),
        };
        let message = || format!("`{word}` says nothing of sign letters");
        let hint = "use ibm, mf, realia, strict, or the EBCDIC page that the text was translated from";
        overpunch
            .map(|overpunch| page.with_overpunch(overpunch))
            .ok_or_else(|| wrong("overpunch", message(), hint))
    }

    fn coding(&self, layout: &Arc<Layout>, page: CodePage) -> Result<Coding> {
        let field_page = |(name, page): &(String, String)| {
            Ok((field("field-page", layout, name)?, code_page("field-page", page)?))
        };
        Ok(Coding {
            page,
            field_pages: self.field_pages.iter().map(field_page).collect::<Result<_>>()?,
            national: word(
                "national",
                self.national.as_deref(),
                &[("big", ByteOrder::Big), ("little", ByteOrder::Little)],
            )?,
            float: word("float", self.float.as_deref(), &FloatFormat::WORDS)?,
            zoned_blanks: self.zoned_blanks,
            preferred_signs: layout.compiler().numproc == Numproc::Pfd,
            unsigned_sign: word(
                "unsigned-sign",
                self.unsigned_sign.as_deref(),
                &[
                    ("plus", UnsignedSign::Plus),
                    ("error", UnsignedSign::Error),
                    ("accept", UnsignedSign::Accept),
                ],
            )?,
            edited: word(
                "edited",
                self.edited.as_deref(),
                &[("number", Edited::Number), ("lenient", Edited::Lenient), ("text", Edited::Text)],
            )?,
            odo: word("odo", self.odo.as_deref(), &[("counted", Odo::Counted), ("maximum", Odo::Maximum)])?,
            counters: self.counters.iter().map(|text| counter(layout, text)).collect::<Result<_>>()?,
        })
    }

    /// Kinds and views as they were written.
    fn kind_texts(&self) -> Result<KindTexts> {
        let with_condition = |option: &'static str, hint: &str, text: &String| {
            let (name, rest) = spans(option, text);
            let rest = rest.ok_or_else(|| wrong(option, format!("`{text}` has no condition"), hint))?;
            Ok((name, rest))
        };
        let parent = |text: &String| {
            let (child, parent) = spans("parent", text);
            let message = || format!("`{text}` does not say a parent and its key");
            Ok((child, parent.ok_or_else(|| wrong("parent", message(), "write CHILD: PARENT(KEY-FIELD)"))?))
        };
        Ok(KindTexts {
            records: self.records.iter().map(|text| spans("record", text)).collect(),
            parents: match self.records.is_empty() {
                true => Vec::new(),
                false => self.parents.iter().map(parent).collect::<Result<_>>()?,
            },
            views: self
                .views
                .iter()
                .map(|text| with_condition("view", "write NAME: CONDITION", text))
                .collect::<Result<_>>()?,
        })
    }

    fn dataset_format(&self, record: &RecordFormat, form: &Form) -> Result<DatasetFormat> {
        let mut options = self.format.clone();
        if let Some(text) = &self.length_expression {
            let span = Span::whole("--length-expression", text);
            let scope = Scope::single("RECORD", record.clone());
            let length = Compiler::new(&scope).arithmetic(&span, 0)?;
            options.rule = Some(Arc::new(ExpressionLength::new(length)));
        } else if options.length.as_deref() == Some("computed") {
            options.length = None;
            options.rule = Some(Arc::new(TreeLength::new(form.clone())));
        }
        let format = options.format(Some(record), record.page).map_err(bad_option)?.unpadded();
        Ok(with_longest(format, options.lrecl.is_some()))
    }
}

/// A record may be longer than its copybook; what is behind the fields is kept.
fn with_longest(mut format: DatasetFormat, stated: bool) -> DatasetFormat {
    if !stated && format.fixed_length().is_none() {
        let word = format.framing.rdw;
        format.lrecl = if format.recfm == Recfm::Variable { word.record_max() } else { RECORD_MAX };
    }
    format
}

/// A single 01 level needs no choice; several do.
fn the_only_record(tree: &Tree) -> Result<Kinds> {
    match tree.records.as_slice() {
        [only] => Ok(Kinds::single(&only.name, 0)),
        several => {
            let names: Vec<&str> = several.iter().map(|record| record.name.as_str()).collect();
            let message = format!("the copybook describes {} records: {}", several.len(), names.join(", "));
            let hint = "say which records are which: --record \"NAME: CONDITION\" for each, or --record NAME if all are one";
            Err(wrong("record", message, hint))
        }
    }
}

/// The places of a name and of what stands behind its colon.
fn spans(option: &'static str, text: &str) -> (Span, Option<Span>) {
    let source = Source::new(format!("--{option}"), text);
    match text.find(':') {
        None => (Span::new(&source, 0..text.len()), None),
        Some(at) => (Span::new(&source, 0..at), Some(Span::new(&source, at + 1..text.len()))),
    }
}

/// A condition on the fields of a record, as `--where` has it.
pub fn where_condition(text: &str, form: &Form) -> Result<Condition> {
    let scope = Scope::single_with("RECORD", form.tree.format.clone(), form.meaning.clone());
    Compiler::new(&scope).condition(&Span::whole("--where", text))
}

/// `TABLE:A=0,B=1`.
fn counter(layout: &Layout, text: &str) -> Result<(FieldId, Vec<(String, u32)>)> {
    let bad =
        || wrong("counter", format!("`{text}` is not understood"), "write TABLE:TEXT=NUMBER,TEXT=NUMBER");
    let (table, texts) = text.split_once(':').ok_or_else(bad)?;
    let pair = |pair: &str| {
        let (text, number) = pair.split_once('=')?;
        Some((text.trim().to_owned(), number.trim().parse().ok()?))
    };
    let texts = texts.split(',').map(pair).collect::<Option<_>>().ok_or_else(bad)?;
    Ok((field("counter", layout, table)?, texts))
}

/// A field by its name, `NAME OF GROUP` if need be.
fn field(option: &'static str, layout: &Layout, text: &str) -> Result<FieldId> {
    field_named(layout, &Span::whole(format!("--{option}"), text)).map_err(|fault| unusable(option, fault))
}

/// What is wrong with kinds or views in the words of the command line.
fn unusable(option: &'static str, fault: KindFault) -> Box<Diagnostic> {
    match fault {
        KindFault::Condition(diagnostic) => diagnostic,
        KindFault::Word(span, message, hint) => {
            // The name of the place says which of the options it is.
            let written = span.source().name().trim_start_matches('-').to_owned();
            let option = ["record", "view", "parent"].into_iter().find(|o| *o == written).unwrap_or(option);
            wrong(option, message, hint)
        }
    }
}

/// A code page by its name.
pub fn code_page(option: &'static str, name: &str) -> Result<CodePage> {
    CodePage::from_str(name).map_err(|()| {
        let near = nearest(&name.to_ascii_lowercase(), CodePage::names());
        let hint = near.map_or_else(
            || "see the list in docs/code-pages.md".to_owned(),
            |near| format!("did you mean {near}?"),
        );
        wrong(option, format!("there is no code page {name}"), hint)
    })
}

/// One of a few words; the first one if none is given.
fn word<T: Copy>(option: &'static str, given: Option<&str>, words: &[(&str, T)]) -> Result<T> {
    let found = match given {
        None => words.first(),
        Some(given) => words.iter().find(|(word, _)| *word == given),
    };
    found.map(|(_, value)| *value).ok_or_else(|| {
        let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let hint = format!("use {}", known.join(", "));
        wrong(option, format!("{option} cannot be `{}`", given.unwrap_or_default()), hint)
    })
}

fn parsed(option: &'static str, given: Option<&str>) -> Result<BadNumberPolicy> {
    given.map_or(Ok(BadNumberPolicy::default()), |text| {
        text.parse()
            .map_err(|why: String| wrong(option, why, "such as null, or blank=zero,low=null,invalid=error"))
    })
}

fn bad_option(error: OptionError) -> Box<Diagnostic> {
    wrong(error.option, error.message, error.hint)
}

fn wrong(option: &'static str, message: impl Into<String>, hint: impl Into<String>) -> Box<Diagnostic> {
    Diagnostic::error(codes::RUN013, format!("--{option}: {}", message.into())).hint(hint)
}
