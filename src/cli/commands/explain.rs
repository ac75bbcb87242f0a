//! `--explain` and `--to yaml` of `offhost sort` and `offhost tool`: control cards in words, or as a job. No data are read.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use jiff::civil::DateTime;

use super::sort::{Done, cards};
use crate::cli::args::{ControlArgs, CopybookArgs, ExplainArgs, To};
use crate::cli::copybooks;
use crate::cli::exit::CommandResult;
use crate::cli::ui::Ui;
use crate::control::deck::{Symbols, SystemSymbols};
use crate::control::explain::{self, About, Cards, DatasetText, Explanation};
use crate::control::flow::{Datasets, Dd, Files};
use crate::control::parse::{self, DeckKind, ParseContext};
use crate::control::syntax::Deck;
use crate::diag::{Diagnostics, Source};
use crate::sys::RealFs;

/// The exit status of cards that cannot be read.
const FAILED: u8 = 16;

/// A step that is explained instead of run.
pub(super) struct Subject<'a> {
    pub control: &'a Path,
    pub step: &'a ControlArgs,
    pub clock: DateTime,
    pub tool: bool,
}

/// The texts of a step.
struct Texts {
    control: Arc<Source>,
    dfsparm: Vec<(String, Arc<Source>)>,
    symnames: Option<Arc<Source>>,
    decks: BTreeMap<String, Arc<Source>>,
}

impl Subject<'_> {
    /// Prints what is wanted.
    pub fn show(&self, ui: &Ui) -> CommandResult {
        match self.answer(ui) {
            Ok(text) => {
                ui.answer(&text)?;
                Ok(0)
            }
            Err(problems) => {
                ui.diagnostics(&problems);
                Ok(FAILED)
            }
        }
    }

    fn wanted(&self) -> &ExplainArgs {
        &self.step.explain
    }

    fn answer(&self, ui: &Ui) -> Done<String> {
        let texts = self.texts()?;
        let page = self.step.code_page;
        let symbols = texts.symnames.as_ref();
        let symbols =
            symbols.map(|text| Symbols::read(text, page, &SystemSymbols::of(self.clock))).transpose()?;
        let about = self.about(&texts, symbols.as_ref(), ui)?;
        if self.wanted().to == Some(To::Yaml) {
            let deck = if self.tool { None } else { Some(self.deck(&texts, symbols.as_ref(), ui)?) };
            if self.tool {
                explain::tool(&texts.control, &about)?;
            }
            return Ok(explain::job(deck.as_ref(), &self.sources(&texts), &about));
        }
        let explanation = self.explanation(&texts, &about, symbols.as_ref(), ui)?;
        Ok(match self.step.json {
            true => format!("{:#}\n", explanation.json()),
            false => explanation.text(),
        })
    }

    fn explanation(
        &self,
        texts: &Texts,
        about: &About<'_>,
        symbols: Option<&Symbols>,
        ui: &Ui,
    ) -> Done<Explanation> {
        match self.tool {
            true => explain::tool(&texts.control, about),
            false => Ok(explain::sort(&self.deck(texts, symbols, ui)?, about)),
        }
    }

    fn texts(&self) -> Done<Texts> {
        let control = cards(self.control)?;
        let dds = self.step.dds.clone();
        let mut files = Files::new(&RealFs, self.step.code_page, dds, "explain", Path::new("."));
        let mut dfsparm = Vec::new();
        for stronger in ["DFSPARM", "$ORTPARM"].into_iter().filter(|_| !self.tool) {
            dfsparm.extend(files.text(stronger)?.map(|text| (stronger.to_owned(), text)));
        }
        let symnames = files.text("SYMNAMES")?;
        let mut decks = BTreeMap::new();
        // A deck that an operator before writes is not there yet.
        let is_there = |dd: &&Dd| dd.path.as_ref().is_some_and(|path| path.exists());
        for dd in self.step.dds.iter().filter(|dd| dd.name.ends_with("CNTL")).filter(is_there) {
            decks.extend(files.text(&dd.name)?.map(|text| (dd.name.clone(), text)));
        }
        Ok(Texts { control, dfsparm, symnames, decks })
    }

    fn deck(&self, texts: &Texts, symbols: Option<&Symbols>, ui: &Ui) -> Done<Deck> {
        let sources = texts.dfsparm.iter().map(|(_, text)| text).chain([&texts.control]);
        let sources: Vec<Arc<Source>> = sources.cloned().collect();
        let deck = parse::deck(&sources, symbols, &self.context(DeckKind::Main))?;
        if !ui.quiet {
            deck.warnings.iter().for_each(|warning| ui.diagnostic(warning));
        }
        Ok(deck)
    }

    fn context(&self, kind: DeckKind) -> ParseContext {
        ParseContext { page: self.step.code_page, dialect: self.step.dialect.dialect(), kind }
    }

    fn about<'s>(&self, texts: &Texts, symbols: Option<&'s Symbols>, ui: &Ui) -> Done<About<'s>> {
        let page = self.step.code_page;
        let mut about = About {
            page,
            clock: self.clock,
            dialect: self.step.dialect.dialect(),
            symbols,
            shapes: BTreeMap::new(),
            layouts: Vec::new(),
            decks: BTreeMap::new(),
        };
        for dd in &self.step.dds {
            if let Ok((_, shape)) = dd.input(None, page) {
                about.shapes.entry(dd.name.clone()).or_insert(shape);
            }
        }
        let reading = CopybookArgs::plain(&self.wanted().include);
        for (dd, path) in &self.wanted().copybooks {
            about.layouts.push((dd.clone(), copybooks::read(path, &reading, ui)?));
        }
        let mut problems = Diagnostics::new();
        for (name, text) in &texts.decks {
            let kind =
                if self.tool && !name.starts_with("JNF") { DeckKind::ToolUsing } else { DeckKind::JoinTask };
            match parse::deck(&[Arc::clone(text)], symbols, &self.context(kind)) {
                Ok(deck) => {
                    about.decks.insert(name.clone(), deck);
                }
                Err(found) => problems.extend(found),
            }
        }
        problems.into_result(about)
    }

    /// The cards and datasets for a job.
    fn sources(&self, texts: &Texts) -> Cards {
        let mut others = BTreeMap::new();
        let named = texts.symnames.iter().map(|text| ("SYMNAMES".to_owned(), text));
        let stronger = texts.dfsparm.iter().map(|(name, text)| (name.clone(), text));
        for (name, text) in
            named.chain(stronger).chain(texts.decks.iter().map(|(name, text)| (name.clone(), text)))
        {
            others.insert(name, text.text().to_owned());
        }
        let is_data = |dd: &&Dd| !others.contains_key(&dd.name);
        let datasets = self.step.dds.iter().filter(is_data).map(|dd| self.dataset(dd)).collect();
        Cards {
            control: texts.control.text().to_owned(),
            others,
            datasets,
            copybooks: self
                .wanted()
                .copybooks
                .iter()
                .map(|(dd, path)| (dd.clone(), path.display().to_string()))
                .collect(),
            tool: self.tool,
            run_date: self.step.run_date.map(|date| date.to_string()),
            run_time: self.step.run_time.map(|time| time.to_string()),
        }
    }

    fn dataset(&self, dd: &Dd) -> DatasetText {
        DatasetText {
            dd: dd.name.clone(),
            path: dd.path.as_ref().map(|path| path.display().to_string()),
            recfm: dd.options.recfm.clone(),
            lrecl: dd.options.lrecl,
        }
    }
}
