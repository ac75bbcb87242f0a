//! Where the records of a dataset are: a file, a name or generation of the catalog, several files, lines of the job.

use std::path::PathBuf;
use std::sync::Arc;

use serde_saphyr::Spanned;

use super::super::file::{DatasetShape, Str};
use super::super::place_file::{DispShape, GdgShape, GenerationOrder};
use super::super::plan::{Content, DatasetPlan, GenerationPlan, Piece};
use super::Resolver;
use super::datasets::Described;
use crate::catalog::{
    Base, Catalog, CatalogFile, GenerationName, LIMIT_MAX, OnLimit, Policy, Relative, View,
};
use crate::dataset::{DatasetFormat, Recfm};
use crate::diag::{Diagnostic, Result, Span, codes};
use crate::record::Block;
use crate::sys::{Fs, Root};

/// Most pieces of a concatenation, as on the mainframe.
const PIECES_MAX: usize = 255;

/// Where the records of a dataset are.
pub(super) struct Place {
    pub path: Option<PathBuf>,
    pub content: Content,
    pub generation: Option<GenerationPlan>,
}

impl Place {
    fn file(path: PathBuf) -> Place {
        Place { path: Some(path), content: Content::File, generation: None }
    }

    fn nothing(content: Content) -> Place {
        Place { path: None, content, generation: None }
    }
}

/// The bases and names that a job uses: those of the catalog, or of another plan.
pub(super) struct Bases<'a> {
    catalog: Catalog<'a>,
    fixed: Option<View>,
    read: Option<CatalogFile>,
    used: View,
    /// True if a generation that is not there is only worth a warning.
    pub lenient: bool,
}

impl<'a> Bases<'a> {
    pub fn new(fs: &'a dyn Fs, root: &'a Root, fixed: Option<View>, lenient: bool) -> Self {
        Bases { catalog: Catalog::new(fs, root), fixed, read: None, used: View::default(), lenient }
    }

    /// What was used, for the plan.
    pub fn into_view(self) -> View {
        self.used
    }

    /// What is known of bases and names: read on first use, so that a job without any needs no catalog.
    fn known(&mut self) -> Result<&CatalogFile> {
        if self.read.is_none() {
            self.read = Some(match &self.fixed {
                Some(view) => CatalogFile::of_view(view),
                None => self.catalog.read()?,
            });
        }
        Ok(self.read.get_or_insert_default())
    }

    /// The path of a name.
    fn dataset(&mut self, name: &str) -> Result<String> {
        let known = self.known()?;
        let Some(path) = known.datasets.get(name).cloned() else {
            let error = Diagnostic::error(codes::CAT007, format!("the catalog has no dataset {name}"));
            return Err(match crate::diag::nearest(name, known.datasets.keys().map(String::as_str)) {
                Some(nearest) => error.hint(format!("did you mean {nearest}?")),
                None if known.bases.contains_key(name) => {
                    error.hint("it is a generation data group: write gdg: { base: ... }")
                }
                None => error.hint("define it: offhost catalog define NAME --path FILE"),
            });
        };
        self.used.datasets.insert(name.to_owned(), path.clone());
        Ok(path)
    }

    /// The name that the catalog has, or would give, for what a job calls a base; the base is part of the view from now on.
    fn base(&mut self, text: &str, policy: Policy) -> Result<(String, Base)> {
        let known = self.known()?;
        if let Some(base) = known.bases.get(text).cloned() {
            self.used.take(text, &base);
            return Ok((text.to_owned(), base));
        }
        let folder = self.catalog.relative(text)?;
        let known = self.known()?;
        let found = known.bases.iter().find(|(_, base)| base.folder == folder);
        let (name, base) = match found {
            Some((name, base)) => (name.clone(), base.clone()),
            None => (folder.clone(), Base::new(&folder, policy)),
        };
        self.used.take(&name, &base);
        Ok((name, base))
    }
}

impl Resolver<'_> {
    /// Where the records of a dataset are. Exactly one way of saying so is given, none for a temporary.
    pub(super) fn place(
        &mut self,
        name: &str,
        shape: &DatasetShape,
        span: &Span,
        described: &Described,
    ) -> Option<Place> {
        let ways = [
            ("path", shape.path.is_some()),
            ("dsn", shape.dsn.is_some()),
            ("gdg", shape.gdg.is_some()),
            ("concat", shape.concat.is_some()),
            ("data", shape.data.is_some()),
            ("dummy", shape.dummy),
        ];
        let given: Vec<&str> = ways.iter().filter(|(_, given)| *given).map(|(way, _)| *way).collect();
        self.check_disp(name, shape)?;
        match (given.as_slice(), name.starts_with('@')) {
            ([], true) => Some(Place::nothing(Content::File)),
            ([way, ..], true) => {
                self.report(
                    Diagnostic::error(codes::JOB002, format!("the temporary dataset {name} takes no {way}"))
                        .at(span, ""),
                    &format!("remove the {way}, or the @"),
                );
                None
            }
            ([], false) => {
                self.report(
                    Diagnostic::error(codes::JOB002, format!("the dataset {name} has no path")).at(span, ""),
                    "give it a path below the root, or dsn, gdg, concat, data or dummy",
                );
                None
            }
            ([_], false) => self.one_place(name, shape, described),
            ([first, second, ..], false) => {
                let message = format!("the dataset {name} has both {first} and {second}");
                self.report(Diagnostic::error(codes::JOB002, message).at(span, ""), "leave one of them out");
                None
            }
        }
    }

    fn one_place(&mut self, name: &str, shape: &DatasetShape, described: &Described) -> Option<Place> {
        if shape.dummy {
            return Some(Place::nothing(Content::Dummy));
        }
        if let Some(path) = &shape.path {
            return match path.list() {
                [one] => self.path(one).map(Place::file),
                several => self.paths(name, several, described),
            };
        }
        if let Some(dsn) = &shape.dsn {
            let text = self.text(dsn)?;
            let path = self.bases.dataset(&text.value).map_err(|error| error.at(&text.span, ""));
            let path = self.found.take(path)?;
            let resolved = self.root.resolve(&path).map_err(|error| error.at(&text.span, ""));
            return Some(Place::file(self.found.take(resolved)?));
        }
        if let Some(gdg) = &shape.gdg {
            return self.gdg(name, gdg, described);
        }
        if let Some(list) = &shape.concat {
            return self.concatenation(name, list, described);
        }
        let data = shape.data.as_ref()?;
        if self.written.contains(name) {
            self.report_input_only(name, "data", &self.texts.span_of(data));
            return None;
        }
        let lines = self.lines(data, &described.format)?;
        Some(Place::nothing(Content::Pieces(vec![Piece::Lines(Arc::new(lines))])))
    }

    fn path(&mut self, path: &Str) -> Option<PathBuf> {
        let text = self.text(path)?;
        let resolved =
            self.root.resolve(&text.value).map_err(|error| error.at(&text.span, "outside the root"));
        self.found.take(resolved)
    }

    fn paths(&mut self, name: &str, paths: &[Str], described: &Described) -> Option<Place> {
        let Some(first) = paths.first() else {
            let error =
                Diagnostic::error(codes::JOB002, format!("the dataset {name} has an empty path list"));
            self.found.push(error.hint("name at least one file"));
            return None;
        };
        if self.written.contains(name) {
            self.report_input_only(name, "a list of paths", &self.texts.span_of(first));
            return None;
        }
        let format = &described.format;
        let pieces: Vec<Piece> = paths
            .iter()
            .filter_map(|path| self.path(path))
            .map(|path| file_piece(name, path, format))
            .collect();
        self.pieces(name, pieces, &self.texts.span_of(first))
    }

    fn pieces(&mut self, name: &str, pieces: Vec<Piece>, span: &Span) -> Option<Place> {
        if pieces.len() <= PIECES_MAX {
            return Some(Place::nothing(Content::Pieces(pieces)));
        }
        let message = format!("{name} is a concatenation of {} files", pieces.len());
        self.report(
            Diagnostic::error(codes::CAT003, message).at(span, ""),
            &format!("at most {PIECES_MAX} are read as one; put some of them together in a step before"),
        );
        None
    }

    /// Inputs one after the other: what they bring is flattened into pieces. Behind a dummy come only dummies.
    fn concatenation(
        &mut self,
        name: &str,
        list: &Spanned<Vec<Str>>,
        described: &Described,
    ) -> Option<Place> {
        let span = self.texts.span_of(list);
        if self.written.contains(name) {
            self.report_input_only(name, "concat", &span);
            return None;
        }
        let mut pieces = Vec::new();
        let mut ended_by: Option<String> = None;
        for member in &list.value {
            let text = self.texts.text(member);
            let plan = self.member(name, member)?;
            if !self.goes_with(name, &described.format, &plan, &text.span) {
                return None;
            }
            if let Some(dummy) = &ended_by {
                let message = format!("{} stands behind the dummy {dummy} and is never read", text.value);
                self.found.push(
                    Diagnostic::warning(codes::CAT003, message)
                        .at(&text.span, "")
                        .hint("a dummy ends a concatenation, as in JCL; put it last or remove it"),
                );
                continue;
            }
            match plan.content {
                Content::Dummy => ended_by = Some(text.value),
                Content::Pieces(more) => pieces.extend(more),
                Content::File => pieces.extend(plan.path.map(|path| Piece::File {
                    dataset: plan.name,
                    path,
                    format: Box::new(plan.format),
                    generation: plan.generation,
                })),
            }
        }
        self.pieces(name, pieces, &span)
    }

    /// A member of a concatenation, which is no dataset of the plan by itself.
    fn member(&mut self, name: &str, member: &Str) -> Option<DatasetPlan> {
        let text = self.texts.text(member);
        let shape = self.shapes.get(&text.value).cloned();
        let problem = match &shape {
            None => Some((codes::JOB005, format!("the dataset {} is not declared", text.value))),
            Some((shape, _)) if shape.concat.is_some() => {
                Some((codes::CAT003, format!("{} is a concatenation itself", text.value)))
            }
            Some(_) if self.written.contains(&text.value) => {
                Some((codes::CAT003, format!("{} is written by this job", text.value)))
            }
            Some(_) => None,
        };
        if let Some((code, message)) = problem {
            let error = Diagnostic::error(code, message).at(&text.span, "").note(format!("member of {name}"));
            self.found.push(error.hint("name inputs that are files, generations, data or dummies"));
            return None;
        }
        let (shape, span) = shape?;
        self.concatenated.insert(text.value.clone());
        let described = self.described(&text.value, &shape, &span)?;
        self.make_dataset(&text.value, &shape, &span, described)
    }

    /// Records of a member must be records of the whole: of one length, or variable and not longer.
    fn goes_with(&mut self, name: &str, whole: &DatasetFormat, member: &DatasetPlan, span: &Span) -> bool {
        let part = &member.format;
        let alike = match (whole.fixed_length(), part.fixed_length()) {
            (Some(one), Some(other)) => one == other,
            (None, None) => part.lrecl <= whole.lrecl,
            _ => false,
        };
        if alike && whole.page == part.page {
            return true;
        }
        let describe = |format: &DatasetFormat| {
            let lrecl = format.lrecl + format.recfm.word_length();
            format!("{}, LRECL {lrecl}, {}", format.recfm.name(), format.page.name())
        };
        let message = format!("{} cannot be concatenated to {name}", member.name);
        self.report(
            Diagnostic::error(codes::CAT003, message)
                .at(span, "")
                .note(format!("{name}: {}; {}: {}", describe(whole), member.name, describe(part))),
            "fixed records must have one length; of variable ones the longest comes first, or the whole gets a record: of its own",
        );
        false
    }

    /// The lines of `data`, as records.
    fn lines(&mut self, data: &Str, format: &DatasetFormat) -> Option<Block> {
        let text = self.text(data)?;
        let mut block = Block::empty(format.fixed_length());
        for (index, line) in text.value.lines().enumerate() {
            let refuse = |message: String, hint: &str| {
                let start = line.as_ptr() as usize - text.value.as_ptr() as usize;
                let place = text.span.slice(start..start + line.len());
                Diagnostic::error(codes::CAT003, format!("line {} of data {message}", index + 1))
                    .at(&place, "")
                    .hint(hint)
            };
            let encoded = match format.page.encode(line) {
                Ok(encoded) => encoded,
                Err(character) => {
                    let message = format!("has '{character}', which {} does not have", format.page.name());
                    self.found.push(refuse(message, "use characters of the code page, or another code-page"));
                    return None;
                }
            };
            if encoded.len() > format.lrecl {
                let message = format!("has {} bytes, more than LRECL {}", encoded.len(), format.lrecl);
                self.found.push(refuse(message, "shorten it, or raise lrecl"));
                return None;
            }
            let mut record = encoded;
            if let Some(length) = format.fixed_length() {
                record.resize(length, format.page.space());
            } else if record.is_empty() && format.recfm == Recfm::Undefined {
                self.found.push(refuse("is empty, which a record of U cannot be".to_owned(), "remove it"));
                return None;
            }
            block.push(&record);
        }
        Some(block)
    }

    fn gdg(&mut self, name: &str, shape: &Spanned<GdgShape>, described: &Described) -> Option<Place> {
        let span = self.texts.span_of(shape);
        let shape = &shape.value;
        let policy = self.base_policy(shape)?;
        let base_text = self.text(&shape.base)?;
        let found = self.bases.base(&base_text.value, policy).map_err(|error| error.at(&base_text.span, ""));
        let (base_name, base) = self.found.take(found)?;
        self.warn_of_policy(shape, &base_name, &base, policy);
        let written = self.written.contains(name);
        let said = match &shape.generation {
            None if written => {
                let message = format!("{name} is written, so it needs the number of a new generation");
                self.report(Diagnostic::error(codes::CAT003, message).at(&span, ""), "add generation: +1");
                return None;
            }
            None => return self.all_generations(name, &base_name, &base, shape.order, described, &span),
            Some(said) => self.text(said)?,
        };
        let generation = match reference(&said.value) {
            Err(message) => {
                let error = Diagnostic::error(codes::CAT003, message).at(&said.span, "");
                self.report(
                    error,
                    "write 0 for the newest, -1 for the one before, +1 for the next, or G0005V00",
                );
                return None;
            }
            Ok(reference) => self.generation(name, &base_name, &base, reference, &said.span)?,
        };
        let path = self.root.resolve(&base.file(generation.name)).map_err(|error| error.at(&said.span, ""));
        let path = self.found.take(path)?;
        Some(Place { path: Some(path), content: Content::File, generation: Some(generation) })
    }

    /// The absolute name of a generation. What is read must be there, what is written must not.
    fn generation(
        &mut self,
        name: &str,
        base_name: &str,
        base: &Base,
        reference: Reference,
        span: &Span,
    ) -> Option<GenerationPlan> {
        let written = self.written.contains(name);
        let said = reference.to_string();
        let plan = |name| Some(GenerationPlan { base: base_name.to_owned(), name, said: said.clone() });
        let refuse = match (reference, written) {
            (Reference::Relative(relative @ Relative::New(_)), true) => {
                return self.bases.used.relative(base_name, relative).and_then(plan);
            }
            (Reference::Relative(Relative::New(_)), false) => (
                format!("no step writes {name}, so {base_name}{said} will not be there"),
                "read the dataset that a step writes; (0) is the newest that is there",
            ),
            (Reference::Relative(Relative::Old(_)), true) => (
                format!("{base_name}{said} is there already and cannot be written"),
                "write +1; offhost catalog rollback takes a generation back",
            ),
            (Reference::Absolute(_), true) => (
                format!("a step cannot write {base_name} {said} by its absolute name"),
                "write generation: +1",
            ),
            (Reference::Relative(relative), false) => match self.bases.used.relative(base_name, relative) {
                Some(found) => return plan(found),
                None => return self.missing_generation(base_name, base, &said, span).and_then(plan),
            },
            (Reference::Absolute(wanted), false) => match base.find(wanted) {
                Some(found) => return plan(found.name),
                None => return self.missing_generation(base_name, base, &said, span).and_then(plan),
            },
        };
        let (message, hint) = refuse;
        self.report(Diagnostic::error(codes::CAT003, message).at(span, ""), hint);
        None
    }

    fn missing_generation(
        &mut self,
        name: &str,
        base: &Base,
        said: &str,
        span: &Span,
    ) -> Option<GenerationName> {
        let message = format!("there is no generation {said} of {name}");
        let has = match (base.generations.first(), base.newest()) {
            (Some(oldest), Some(newest)) => {
                format!("it has {}: {} to {}", base.generations.len(), oldest.name, newest.name)
            }
            _ => "it has none".to_owned(),
        };
        let mut error = Diagnostic::error(codes::CAT002, message).at(span, "").note(has);
        if self.bases.lenient {
            error.severity = crate::diag::Severity::Warning;
        }
        self.report(error, "files that are there already are entered by offhost catalog define BASE --adopt");
        self.bases.lenient.then_some(GenerationName::NONE)
    }

    fn all_generations(
        &mut self,
        name: &str,
        base_name: &str,
        base: &Base,
        order: GenerationOrder,
        described: &Described,
        span: &Span,
    ) -> Option<Place> {
        if base.generations.is_empty() {
            self.missing_generation(base_name, base, "at all", span)?;
        }
        let mut pieces = Vec::new();
        for generation in &base.generations {
            let path = self.root.resolve(&base.file(generation.name)).map_err(|error| error.at(span, ""));
            pieces.push(Piece::File {
                dataset: name.to_owned(),
                path: self.found.take(path)?,
                format: Box::new(described.format.clone()),
                generation: Some(GenerationPlan {
                    base: base_name.to_owned(),
                    name: generation.name,
                    said: "all".to_owned(),
                }),
            });
        }
        if order == GenerationOrder::NewestFirst {
            pieces.reverse();
        }
        self.pieces(name, pieces, span)
    }

    fn base_policy(&mut self, shape: &GdgShape) -> Option<Policy> {
        let default = Policy::default();
        if let Some(limit) = shape.limit.as_ref().filter(|limit| !(1..=LIMIT_MAX).contains(&limit.value)) {
            let place = self.texts.span_of(limit);
            let message = format!("a limit of {} generations is not possible", limit.value);
            self.report(
                Diagnostic::error(codes::CAT003, message).at(&place, ""),
                &format!("a base keeps 1 to {LIMIT_MAX}"),
            );
            return None;
        }
        Some(Policy {
            limit: shape.limit.as_ref().map_or(default.limit, |limit| limit.value),
            on_limit: shape.on_limit.map_or(default.on_limit, OnLimit::from),
            scratch: shape.scratch.unwrap_or(default.scratch),
        })
    }

    /// A job does not change the policy of a base that is defined; that it says another must not go unseen.
    fn warn_of_policy(&mut self, shape: &GdgShape, name: &str, base: &Base, said: Policy) {
        let limit = shape.limit.as_ref().filter(|_| said.limit != base.policy.limit);
        let scratch = shape.scratch.is_some() && said.scratch != base.policy.scratch;
        let on_limit = shape.on_limit.is_some() && said.on_limit != base.policy.on_limit;
        if limit.is_none() && !scratch && !on_limit {
            return;
        }
        let span = self.texts.span_of(&shape.base);
        let policy = base.policy;
        let all = if policy.on_limit == OnLimit::DropAll { "drop-all" } else { "drop-oldest" };
        self.found.push(
            Diagnostic::warning(
                codes::CAT003,
                format!("{name} is defined with another policy than is said here"),
            )
            .at(&span, "")
            .note(format!("defined: limit {}, on-limit {all}, scratch {}", policy.limit, policy.scratch))
            .hint("change it with offhost catalog define --alter, or leave the policy out of the job"),
        );
    }

    /// A disposition that does not go with what the job does with the dataset would be ignored, quietly.
    fn check_disp(&mut self, name: &str, shape: &DatasetShape) -> Option<()> {
        let Some(disp) = &shape.disp else { return Some(()) };
        let written = self.written.contains(name);
        let word = |disp: DispShape| match disp {
            DispShape::New => "new",
            DispShape::Old => "old",
            DispShape::Replace => "replace",
            DispShape::Mod => "mod",
            DispShape::Shr => "shr",
        };
        let wrong = match (disp.value, written) {
            (DispShape::Shr, true) => "says that it is read, but a step writes it",
            // An input may be marked new or replaced by a job whose steps were cut down; nothing would be lost by it.
            (DispShape::Mod, false) => "says that it is written, but no step writes it",
            (DispShape::Old | DispShape::Replace | DispShape::Mod, true) if shape.gdg.is_some() => {
                "does not go with a new generation, which replaces nothing"
            }
            _ => return Some(()),
        };
        let place = self.texts.span_of(disp);
        let message = format!("disp: {} of {name} {wrong}", word(disp.value));
        self.report(
            Diagnostic::error(codes::CAT003, message).at(&place, ""),
            "leave disp out, or correct it",
        );
        None
    }

    fn report_input_only(&mut self, name: &str, what: &str, span: &Span) {
        let message = format!("{name} has {what}, so no step can write it");
        self.report(Diagnostic::error(codes::CAT003, message).at(span, ""), "give the output a path");
    }
}

fn file_piece(dataset: &str, path: PathBuf, format: &DatasetFormat) -> Piece {
    Piece::File { dataset: dataset.to_owned(), path, format: Box::new(format.clone()), generation: None }
}

/// How a job names a generation.
#[derive(Clone, Copy)]
enum Reference {
    Relative(Relative),
    Absolute(GenerationName),
}

impl std::fmt::Display for Reference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Reference::Relative(relative) => relative.fmt(f),
            Reference::Absolute(name) => name.fmt(f),
        }
    }
}

fn reference(text: &str) -> std::result::Result<Reference, String> {
    let number = |digits: &str| {
        digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse::<u16>().ok()).flatten()
    };
    let inner = text.strip_prefix('(').and_then(|text| text.strip_suffix(')')).unwrap_or(text);
    let relative = match (inner, inner.strip_prefix('-'), inner.strip_prefix('+')) {
        ("0", ..) => Some(Relative::Old(0)),
        (_, Some(back), _) => number(back).map(Relative::Old),
        (_, _, Some(ahead)) => {
            number(ahead).filter(|ahead| (1..=LIMIT_MAX).contains(ahead)).map(Relative::New)
        }
        _ => None,
    };
    match relative {
        Some(relative) => Ok(Reference::Relative(relative)),
        None if text.starts_with('G') => text.parse().map(Reference::Absolute),
        None => Err(format!("{text} is no generation")),
    }
}
