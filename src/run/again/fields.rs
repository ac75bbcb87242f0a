//! What a replay made of a dataset beside what the run made of it then, field by field.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::convert::{Form, Readable};
use crate::diag::{Result, Span};
use crate::diff::{
    self, Answer, Fields, Means, Pairing, Request, Rules, Sample, Side, headline, key_pairing, sentence,
};
use crate::job::DatasetPlan;
use crate::run::resources::Resources;
use crate::sys::{Fs, PathError, replace_whole};

/// What a comparison field by field says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ByField {
    /// Its answer. Bytes that differ may still be the same records in another order.
    pub answer: Answer,
    /// The answer in one sentence.
    pub headline: String,
    /// Its clusters, those with most records first, as sentences.
    pub clusters: Vec<String>,
    /// The page that shows them.
    pub page: PathBuf,
    /// All of it, as `offhost diff --json` says it.
    pub document: Value,
}

/// Files to be compared, with how their records are known.
pub(super) struct Files<'a> {
    pub dataset: &'a DatasetPlan,
    /// Fields that records are known by; by their places if there are none.
    pub key: &'a [String],
    pub now: &'a Path,
    pub then: &'a Path,
    /// Where the page goes, and what does not fit into memory meanwhile.
    pub folder: &'a Path,
}

/// Compares two files of a dataset through its copybook.
pub(super) fn told(fs: &'static dyn Fs, files: &Files<'_>, resources: &Resources) -> Result<ByField> {
    let side = |name: &str, path: &Path| -> Result<Side> {
        let plan = files.dataset;
        let form = Form::described(&plan.name, &plan.record, &plan.meaning, &plan.format)?;
        let readable = Readable { form, format: plan.format.clone() };
        Ok(Side::data(fs, &format!("{} {name}", plan.name), path, readable))
    };
    let (left, right) = (side("now", files.now)?, side("then", files.then)?);
    let fields = Fields::new(&left, &right, &[]);
    let names: Vec<Span> = files.key.iter().map(|name| Span::whole("key", name)).collect();
    let pairing = match names.is_empty() {
        true => Pairing::Position,
        // A key that is no field of the dataset says nothing about its records.
        false => key_pairing(&fields, &left, &right, &names).unwrap_or(Pairing::Position),
    };
    fs.create_dir_all(files.folder).path_error("make the folder", files.folder)?;
    let request = Request {
        fs,
        left: &left,
        right: &right,
        fields: &fields,
        rules: &Rules::default(),
        pairing: &pairing,
        means: &Means {
            threads: resources.threads.max(1),
            memory: resources.memory_bytes(),
            work_folders: vec![files.folder.to_owned()],
            compress: resources.compress,
        },
    };
    let (outcome, sample) =
        diff::compare(&request, &mut || Ok(Sample::new(request.pairing.columns())), &|_, _| ())?;
    let page = files.folder.join(format!("{}.html", files.dataset.name));
    replace_whole(fs, &page, &diff::page(&request, &outcome, sample, None)?)?;
    Ok(ByField {
        answer: outcome.answer,
        headline: headline(&outcome),
        clusters: outcome.clusters.iter().map(sentence).collect(),
        page,
        document: diff::to_json(&outcome),
    })
}
