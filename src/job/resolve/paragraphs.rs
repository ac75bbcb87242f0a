//! Paragraphs: actions by name, compiled where they are performed, and checked also where nothing performs them.

use std::collections::BTreeSet;

use indexmap::IndexMap;
use serde_saphyr::Spanned;

use super::super::file::Str;
use super::super::rules_file::ActionShape;
use super::rules::{ACTIONS_MAX, RuleCompiler};
use crate::diag::{Diagnostic, Diagnostics, codes};
use crate::post::Action;

/// The paragraphs of a rules file, and what is known of them.
pub(super) struct Paragraphs<'a> {
    named: &'a IndexMap<String, Vec<Spanned<ActionShape>>>,
    /// Those being performed, to notice one that performs itself.
    performing: Vec<String>,
    /// Those that were compiled at least once.
    performed: BTreeSet<String>,
    /// True once the rules are compiled, and only what nothing performs is left.
    idle: bool,
}

impl<'a> Paragraphs<'a> {
    pub fn new(named: &'a IndexMap<String, Vec<Spanned<ActionShape>>>) -> Self {
        Paragraphs { named, performing: Vec::new(), performed: BTreeSet::new(), idle: false }
    }
}

impl<'a> RuleCompiler<'a> {
    /// The actions of a paragraph, compiled where they are used: a receiver may be the record that is being built there.
    pub(super) fn perform(&mut self, name: &Str) -> Option<Vec<Action>> {
        let text = self.texts.text(name);
        let paragraphs = self.paragraphs.named;
        let Some(actions) = paragraphs.get(&text.value) else {
            let hint = match crate::diag::nearest(&text.value, paragraphs.keys().map(String::as_str)) {
                Some(nearest) => format!("did you mean {nearest}?"),
                None => "declare it under paragraphs:".to_owned(),
            };
            let message = format!("there is no paragraph {}", text.value);
            return self.complain(codes::RUL002, &message, &text.span, &hint);
        };
        if self.paragraphs.performing.contains(&text.value) {
            let message = format!("the paragraph {} performs itself", text.value);
            return self.complain(codes::RUL004, &message, &text.span, "a paragraph cannot be recursive");
        }
        // What is wrong in a paragraph that was compiled before has been said.
        if self.paragraphs.idle && self.paragraphs.performed.contains(&text.value) {
            return Some(Vec::new());
        }
        self.paragraphs.performed.insert(text.value.clone());
        self.paragraphs.performing.push(text.value);
        // Once the limit is reached nothing more is compiled, so that the work stays bounded as well.
        let compiled = if self.compiled > ACTIONS_MAX { Vec::new() } else { self.actions(actions) };
        self.paragraphs.performing.pop();
        Some(compiled)
    }

    /// Checks the paragraphs that no rule came to, as if they were performed where the most is allowed. Warns of each, unless errors
    /// may have kept a rule from coming to it.
    pub(super) fn idle_paragraphs(&mut self) {
        let warned = !self.found.has_errors();
        self.paragraphs.idle = true;
        (self.in_edits, self.looked_up) = (true, (0..self.masters.len()).collect());
        let paragraphs = self.paragraphs.named;
        let is_idle = |(name, _): &(&String, _)| !self.paragraphs.performed.contains(*name);
        let idle: Vec<_> = paragraphs.iter().filter(is_idle).collect();
        for (name, actions) in idle {
            if warned {
                self.warn_idle(name, actions.first());
            }
            if !self.paragraphs.performed.contains(name) {
                let found = self.idle(name, actions);
                self.found.extend(found);
            }
        }
    }

    fn warn_idle(&mut self, name: &str, first: Option<&Spanned<ActionShape>>) {
        let warning = Diagnostic::warning(codes::RUL007, format!("no rule performs the paragraph {name}"));
        let warning = match first {
            Some(first) => warning.at(&self.texts.span_of(first), "its first action"),
            None => warning.in_file(self.texts.name()),
        };
        self.found.push(warning.hint(format!("write {{ perform: {name} }} where it is meant, or remove it")));
    }

    /// What is wrong with a paragraph outside of any emit, or, if that is less, while the record of some output is built.
    fn idle(&mut self, name: &str, actions: &[Spanned<ActionShape>]) -> Diagnostics {
        let mut performed = self.paragraphs.performed.clone();
        performed.insert(name.to_owned());
        let mut least: Option<(Diagnostics, BTreeSet<String>)> = None;
        for output in std::iter::once(None).chain((0..self.outputs.len()).map(Some)) {
            self.paragraphs.performed = performed.clone();
            self.paragraphs.performing.push(name.to_owned());
            let found = self.tried(actions, output);
            self.paragraphs.performing.pop();
            let seen = std::mem::take(&mut self.paragraphs.performed);
            if least.as_ref().is_none_or(|(least, _)| found.error_count() < least.error_count()) {
                least = Some((found, seen));
            }
        }
        let (found, seen) = least.unwrap_or_default();
        self.paragraphs.performed = seen;
        found
    }

    /// What compiling actions finds, in the record of this output if there is one.
    fn tried(&mut self, actions: &[Spanned<ActionShape>], output: Option<usize>) -> Diagnostics {
        let before = std::mem::take(self.found);
        self.compiled = 0;
        match output {
            Some(output) => self.building(output, actions),
            None => self.actions(actions),
        };
        std::mem::replace(self.found, before)
    }
}
