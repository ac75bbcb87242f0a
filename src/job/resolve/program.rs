//! Run steps: the program, as the policy of the root allows it, and its DDs.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use super::super::file::Str;
use super::super::plan::ProgramPlan;
use super::super::policy::{Allowed, POLICY_FILE, Policy, is_variable, real_path};
use super::super::quantity::{duration_of, size_of};
use super::super::run_file::RunShape;
use super::super::text::Text;
use super::Resolver;
use crate::dataset::Word;
use crate::diag::{Diagnostic, Span, codes};

/// Bytes that a program may say if the job does not tell.
const OUTPUT_LIMIT: u64 = 16 << 20;

impl Resolver<'_> {
    pub(super) fn program(&mut self, shape: &RunShape) -> Option<ProgramPlan> {
        let program = self.text(&shape.program)?;
        let allowed = self.allowed_program(&program)?;
        let args: Vec<Text> = shape.args.iter().map(|arg| self.text(arg)).collect::<Option<_>>()?;
        if let Some(bad) = args.iter().find(|arg| arg.value.contains('\0')) {
            self.bad_run("an argument holds a NUL character", &bad.span, "leave it out");
            return None;
        }
        let mut seen = BTreeSet::new();
        let mut inputs = Vec::new();
        for (dd, name) in &shape.input {
            let text = self.texts.text(name);
            self.check_dd(dd, &text.span, &mut seen)?;
            inputs.push((dd.clone(), self.dataset(&text.value)?.name));
        }
        let mut outputs = Vec::new();
        for (dd, name) in &shape.out {
            let text = self.texts.text(name);
            self.check_dd(dd, &text.span, &mut seen)?;
            outputs.push((dd.clone(), self.built_output(&text.value, &text.span)?.name));
        }
        let rdw = self.quantity(shape.rdw.as_ref(), |text| {
            Word::parse(text)
                .map_err(|_| "write big, little or swapped, then payload and loose, with commas".to_owned())
        })?;
        let env = self.environment(shape, &allowed)?;
        let time_limit = self.quantity(shape.time_limit.as_ref(), duration_of)?;
        if time_limit == Some(Duration::ZERO) {
            self.bad_run("the time limit is nothing", &program.span, "give it some time, or no limit");
            return None;
        }
        let output_limit = self.quantity(shape.output_limit.as_ref(), size_of)?.unwrap_or(OUTPUT_LIMIT);
        Some(ProgramPlan {
            program: program.value,
            path: allowed.path,
            sha256: allowed.sha256,
            args: args.into_iter().map(|arg| arg.value).collect(),
            inputs,
            outputs,
            rdw,
            env,
            time_limit,
            output_limit,
            max_rc: shape.max_rc.as_ref().map(|rc| rc.value),
        })
    }

    /// What the policy says of a program. A job that is only explained runs nothing.
    fn allowed_program(&mut self, program: &Text) -> Option<Allowed> {
        if self.explained {
            let path = real_path(self.root, &program.value).unwrap_or_default();
            return Some(Allowed { path, sha256: None, env: Vec::new(), set: Vec::new() });
        }
        let policy = self.policy()?;
        let path = real_path(self.root, &program.value);
        if let Some(allowed) = path.as_ref().and_then(|path| policy.of(path)) {
            return Some(allowed.clone());
        }
        let error = match path {
            Some(_) => {
                Diagnostic::error(codes::PGM001, format!("the root does not allow to run {}", program.value))
                    .hint(format!(
                        "its owner can list the program under allow-run: in {POLICY_FILE} at the root"
                    ))
            }
            None => Diagnostic::error(codes::PGM003, format!("there is no program {}", program.value))
                .hint("a path begins at the root and stays below it, unless it is absolute"),
        };
        self.found.push(error.at(&program.span, ""));
        None
    }

    /// The policy of the root, read once.
    pub(super) fn policy(&mut self) -> Option<Policy> {
        if self.policy.is_none() {
            let read = Policy::read(self.sources.fs(), self.root);
            self.policy = self.found.take(read);
        }
        self.policy.clone()
    }

    /// A DD's name becomes that of a variable and of a file.
    fn check_dd(&mut self, dd: &str, span: &Span, seen: &mut BTreeSet<String>) -> Option<()> {
        let good = |c: char| c.is_ascii_alphanumeric() || "@#$_-".contains(c);
        if dd.is_empty() || dd.len() > 30 || !dd.chars().all(good) || dd.starts_with('-') {
            self.bad_run(
                &format!("'{dd}' is not the name of a DD"),
                span,
                "DDs have up to 30 letters, digits, @ # $ _ or hyphens",
            );
            return None;
        }
        if !seen.insert(dd.to_ascii_uppercase()) {
            let hint =
                "a program that updates a file in place is given it under one DD and writes it under another";
            self.bad_run(&format!("the DD {dd} is given twice"), span, hint);
            return None;
        }
        Some(())
    }

    /// The variables that the policy sets, and those of the job that it lets jobs set.
    fn environment(&mut self, shape: &RunShape, allowed: &Allowed) -> Option<Vec<(String, String)>> {
        let mut env = allowed.set.clone();
        for (name, value) in &shape.env {
            let span = self.texts.text(value).span;
            if self.explained {
                continue;
            }
            if !is_variable(name) || !allowed.env.contains(name) {
                let message = format!("the policy does not let jobs set {name}");
                let hint = format!("list it under env: of the program in {POLICY_FILE}");
                self.found.push(Diagnostic::error(codes::PGM001, message).at(&span, "").hint(hint));
                return None;
            }
            let value = self.text(value)?.value;
            if value.contains('\0') {
                self.bad_run(&format!("{name} holds a NUL character"), &span, "leave it out");
                return None;
            }
            env.retain(|(other, _)| other != name);
            env.push((name.clone(), value));
        }
        Some(env)
    }

    /// A size or duration that may be absent; `None` after an error.
    #[expect(clippy::option_option, reason = "outside: went well; inside: was given")]
    fn quantity<T>(&mut self, text: Option<&Str>, read: fn(&str) -> Result<T, String>) -> Option<Option<T>> {
        let Some(text) = text else { return Some(None) };
        let text = self.text(text)?;
        match read(&text.value) {
            Ok(value) => Some(Some(value)),
            Err(hint) => {
                self.bad_run(&format!("'{}' cannot be read", text.value), &text.span, &hint);
                None
            }
        }
    }

    fn bad_run(&mut self, message: &str, span: &Span, hint: &str) {
        self.report(Diagnostic::error(codes::PGM012, message).at(span, ""), hint);
    }

    /// Files that no step may write: the policy and the programs that it allows.
    pub(super) fn trusted_files(&mut self) -> Vec<PathBuf> {
        let mut files = vec![self.root.path().join(POLICY_FILE)];
        // A policy that cannot be read allows nothing; that it cannot be read is said where a step needs it.
        if let Ok(policy) = Policy::read(self.sources.fs(), self.root) {
            files.extend(policy.programs.into_iter().map(|allowed| allowed.path));
        }
        files
    }
}
