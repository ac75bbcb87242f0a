//! `when:` of a step: `rc(MATCH) <= 4 and ran(LOAD) and param("region") = "EU"`.
//!
//! | term | value |
//! |---|---|
//! | `rc(STEP)` | its return code; it must have run |
//! | `max-rc()` | the highest return code so far, 0 at the start |
//! | `ran(STEP)` | true unless it was passed over |
//! | `failed(STEP)` | true if it abended or its return code was above its own `max-rc` |
//! | `abended(STEP)` | true if it abended |
//! | `param("NAME")` | the value of a parameter: a number if it is compared with one, else text |
//!
//! They are put together with `and`, `or`, `not` and parentheses, from left to right, and no further than needed.

use std::collections::{BTreeMap, BTreeSet};

use super::outcome::{StepOutcome, max_rc, of};
use crate::decimal::Decimal;
use crate::diag::{Diagnostic, Result, Span, codes, nearest};

/// What a condition may speak of.
pub(in crate::job) struct Names<'a> {
    /// Parameters and their values.
    pub params: &'a [(String, String)],
    /// All steps of the job.
    pub steps: &'a [String],
}

/// A compiled condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct When {
    text: String,
    root: Node,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Node {
    Or(Vec<Node>),
    And(Vec<Node>),
    Not(Box<Node>),
    Ran(String),
    Failed(String),
    Abended(String),
    Compare(Term, &'static [std::cmp::Ordering], Term),
    Known(bool),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Term {
    Rc(String, Place),
    MaxRc,
    Number(Decimal),
    Text(String),
    /// The value of a parameter: text, or a number if need be.
    Param(String),
}

/// Where a term stands in the condition, in bytes.
type Place = (usize, usize);

impl When {
    /// Reads a condition and looks up its parameters.
    pub(in crate::job) fn compile(text: &Span, names: &Names<'_>) -> Result<When> {
        let mut parser = Parser { text, names, at: 0, depth: 0 };
        let root = parser.or()?;
        parser.blanks();
        if parser.at < text.text().len() {
            return Err(parser.error("the condition should end here", "put and, or between two parts"));
        }
        Ok(When { text: text.text().to_owned(), root })
    }

    /// The condition as it is written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// True if the step runs, after these steps.
    pub fn holds(&self, earlier: &[(String, StepOutcome)]) -> Result<bool> {
        self.root.holds(earlier)
    }

    /// The steps it names.
    pub fn steps(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        self.root.each_step(&mut |step| {
            found.insert(step.to_owned());
        });
        found
    }

    /// True if it depends on all earlier steps.
    pub fn looks_at_all(&self) -> bool {
        self.root.uses_max_rc()
    }

    /// The steps that have run if it holds.
    pub fn implies_ran(&self) -> BTreeSet<String> {
        self.root.ran_if(true)
    }

    /// The first `rc(STEP)` without a guard, of a step that may not have run: its name and place. `closure` adds to steps
    /// that have run those that must have run before them.
    pub(in crate::job) fn unguarded(
        &self,
        may_not_run: &BTreeSet<String>,
        closure: &dyn Fn(BTreeSet<String>) -> BTreeSet<String>,
    ) -> Option<(String, std::ops::Range<usize>)> {
        self.root.unguarded(&BTreeSet::new(), may_not_run, closure).map(|(step, (from, to))| (step, from..to))
    }
}

impl Node {
    fn holds(&self, earlier: &[(String, StepOutcome)]) -> Result<bool> {
        let outcome = |step: &str| of(earlier, step);
        Ok(match self {
            Node::Or(parts) => {
                for part in parts {
                    if part.holds(earlier)? {
                        return Ok(true);
                    }
                }
                false
            }
            Node::And(parts) => {
                for part in parts {
                    if !part.holds(earlier)? {
                        return Ok(false);
                    }
                }
                true
            }
            Node::Not(part) => !part.holds(earlier)?,
            Node::Ran(step) => outcome(step).is_some_and(StepOutcome::ran),
            Node::Failed(step) => outcome(step).is_some_and(StepOutcome::failed),
            Node::Abended(step) => matches!(outcome(step), Some(StepOutcome::Abended(_))),
            Node::Compare(left, holds, right) => holds.contains(&compare(left, right, earlier)?),
            Node::Known(value) => *value,
        })
    }

    fn each_step(&self, visit: &mut dyn FnMut(&str)) {
        match self {
            Node::Or(parts) | Node::And(parts) => parts.iter().for_each(|part| part.each_step(visit)),
            Node::Not(part) => part.each_step(visit),
            Node::Ran(step) | Node::Failed(step) | Node::Abended(step) => visit(step),
            Node::Compare(left, _, right) => {
                for term in [left, right] {
                    if let Term::Rc(step, _) = term {
                        visit(step);
                    }
                }
            }
            Node::Known(_) => {}
        }
    }

    fn uses_max_rc(&self) -> bool {
        match self {
            Node::Or(parts) | Node::And(parts) => parts.iter().any(Node::uses_max_rc),
            Node::Not(part) => part.uses_max_rc(),
            Node::Compare(left, _, right) => *left == Term::MaxRc || *right == Term::MaxRc,
            _ => false,
        }
    }

    /// Steps that have run if this is `value`.
    fn ran_if(&self, value: bool) -> BTreeSet<String> {
        match (self, value) {
            (Node::Ran(step) | Node::Failed(step) | Node::Abended(step), true) => {
                BTreeSet::from([step.clone()])
            }
            (Node::And(parts), true) | (Node::Or(parts), false) => {
                parts.iter().flat_map(|part| part.ran_if(value)).collect()
            }
            (Node::And(parts), false) | (Node::Or(parts), true) => {
                let mut sets = parts.iter().map(|part| part.ran_if(value));
                let first = sets.next().unwrap_or_default();
                sets.fold(first, |common, set| common.intersection(&set).cloned().collect())
            }
            (Node::Not(part), value) => part.ran_if(!value),
            _ => BTreeSet::new(),
        }
    }

    /// As [`When::unguarded`], where the steps in `known` have run.
    fn unguarded(
        &self,
        known: &BTreeSet<String>,
        may_not_run: &BTreeSet<String>,
        closure: &dyn Fn(BTreeSet<String>) -> BTreeSet<String>,
    ) -> Option<(String, Place)> {
        match self {
            Node::And(parts) | Node::Or(parts) => {
                // A part is asked only if those before it left the answer open.
                let open = matches!(self, Node::And(_));
                let mut known = known.clone();
                parts.iter().find_map(|part| {
                    let found = part.unguarded(&known, may_not_run, closure);
                    known.extend(closure(part.ran_if(open)));
                    found
                })
            }
            Node::Not(part) => part.unguarded(known, may_not_run, closure),
            Node::Compare(left, _, right) => [left, right].into_iter().find_map(|term| match term {
                Term::Rc(step, place) if may_not_run.contains(step) && !known.contains(step) => {
                    Some((step.clone(), *place))
                }
                _ => None,
            }),
            _ => None,
        }
    }
}

fn compare(left: &Term, right: &Term, earlier: &[(String, StepOutcome)]) -> Result<std::cmp::Ordering> {
    let number = |term: &Term| -> Result<Option<Decimal>> {
        Ok(match term {
            Term::Rc(step, _) => match of(earlier, step).and_then(StepOutcome::rc) {
                Some(rc) => Some(Decimal::from(i128::from(rc))),
                None => return Err(no_code(step)),
            },
            Term::MaxRc => Some(Decimal::from(i128::from(max_rc(earlier)))),
            Term::Number(number) => Some(*number),
            Term::Param(text) => text.parse().ok(),
            Term::Text(_) => None,
        })
    };
    if let (Some(left), Some(right)) = (number(left)?, number(right)?) {
        return Ok(left.cmp(&right));
    }
    let text = |term: &Term| match term {
        Term::Text(text) | Term::Param(text) => text.clone(),
        _ => String::new(),
    };
    Ok(text(left).cmp(&text(right)))
}

fn no_code(step: &str) -> Box<Diagnostic> {
    Diagnostic::error(codes::JOB041, format!("step {step} has no return code: it did not run to its end"))
        .hint(format!("write ran({step}) and not abended({step}) and rc({step}) ..."))
}

/// Nested parentheses and negations that are followed.
const DEPTH_MAX: usize = 64;

struct Parser<'a> {
    text: &'a Span,
    names: &'a Names<'a>,
    at: usize,
    depth: usize,
}

/// What a function or literal stands for.
enum Operand {
    Truth(Node),
    Term(Term),
}

impl Parser<'_> {
    fn or(&mut self) -> Result<Node> {
        let mut parts = vec![self.and()?];
        while self.word("or") {
            parts.push(self.and()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Node::Or(parts) })
    }

    fn and(&mut self) -> Result<Node> {
        let mut parts = vec![self.not()?];
        while self.word("and") {
            parts.push(self.not()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Node::And(parts) })
    }

    fn not(&mut self) -> Result<Node> {
        let negated = self.word("not");
        if !negated && !self.sign("(") {
            return self.comparison();
        }
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(self.error("the condition is nested too deeply", "write it in fewer parentheses"));
        }
        let inner = if negated { Node::Not(Box::new(self.not()?)) } else { self.or()? };
        self.depth -= 1;
        if !negated && !self.sign(")") {
            return Err(self.error("a parenthesis is not closed", "add the )"));
        }
        Ok(inner)
    }

    fn comparison(&mut self) -> Result<Node> {
        self.blanks();
        let start = self.at;
        let left = match self.operand()? {
            Operand::Truth(node) => return Ok(node),
            Operand::Term(term) => term,
        };
        let signs = ["<=", ">=", "<>", "!=", "=", "<", ">"];
        let Some(sign) = signs.into_iter().find(|sign| self.sign(sign)) else {
            return match &left {
                Term::Param(value) if value == "true" || value == "false" => Ok(Node::Known(value == "true")),
                _ => Err(self.error_from(
                    start,
                    "this is neither true nor false",
                    "compare it, as in rc(STEP) <= 4",
                )),
            };
        };
        let Some(holds) = super::cond::relation(sign) else {
            return Err(self.error("a relation that is not known", "use one of = <> < <= > >="));
        };
        let right = match self.operand()? {
            Operand::Term(term) => term,
            Operand::Truth(_) => {
                return Err(self.error_from(
                    start,
                    "true and false are not compared",
                    "write ran(STEP), or not ran(STEP)",
                ));
            }
        };
        let is_number = |term: &Term| matches!(term, Term::Rc(..) | Term::MaxRc | Term::Number(_));
        let is_text = |term: &Term| match term {
            Term::Text(_) => true,
            Term::Param(value) => value.parse::<Decimal>().is_err(),
            _ => false,
        };
        if is_number(&left) && is_text(&right) || is_text(&left) && is_number(&right) {
            return Err(self.error_from(
                start,
                "a number is compared with a text",
                "compare numbers with numbers, texts with texts",
            ));
        }
        Ok(Node::Compare(left, holds, right))
    }

    fn operand(&mut self) -> Result<Operand> {
        self.blanks();
        let start = self.at;
        let rest = &self.text.text()[start..];
        if let Some(quote) = rest.chars().next().filter(|c| matches!(c, '"' | '\'')) {
            return Ok(Operand::Term(Term::Text(self.quoted(quote)?)));
        }
        let word: String =
            rest.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_.".contains(*c)).collect();
        self.at += word.len();
        if let Ok(number) = word.parse::<Decimal>() {
            return Ok(Operand::Term(Term::Number(number)));
        }
        let name = word.to_ascii_lowercase();
        match name.as_str() {
            "rc" | "ran" | "failed" | "abended" | "param" | "max-rc" | "max_rc" => {}
            "" => {
                return Err(
                    self.error("a condition is missing", "write, for example: rc(STEP) <= 4 and ran(OTHER)")
                );
            }
            _ => {
                let known = ["rc", "ran", "failed", "abended", "param", "max-rc", "and", "or", "not"];
                let hint = match nearest(&name, known) {
                    Some(nearest) => format!("did you mean {nearest}?"),
                    None => "use rc(STEP), max-rc(), ran(STEP), failed(STEP), abended(STEP), param(\"NAME\")"
                        .to_owned(),
                };
                return Err(self.error_from(start, &format!("{word} is not known in a condition"), &hint));
            }
        }
        if !self.sign("(") {
            return Err(self.error(&format!("{word} takes parentheses"), "write, for example, rc(STEP)"));
        }
        let operand = self.function(&name)?;
        if !self.sign(")") {
            return Err(self.error("a parenthesis is not closed", "add the )"));
        }
        Ok(match operand {
            Operand::Term(Term::Rc(step, _)) => Operand::Term(Term::Rc(step, (start, self.at))),
            other => other,
        })
    }

    /// What a function is of its argument.
    fn function(&mut self, name: &str) -> Result<Operand> {
        match name {
            "max-rc" | "max_rc" => return Ok(Operand::Term(Term::MaxRc)),
            "param" => return self.param().map(Operand::Term),
            _ => {}
        }
        let step = self.step()?;
        Ok(match name {
            "rc" => Operand::Term(Term::Rc(step, (0, 0))),
            "ran" => Operand::Truth(Node::Ran(step)),
            "failed" => Operand::Truth(Node::Failed(step)),
            _ => Operand::Truth(Node::Abended(step)),
        })
    }

    fn step(&mut self) -> Result<String> {
        self.blanks();
        let start = self.at;
        let rest = &self.text.text()[start..];
        let name: String =
            rest.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect();
        self.at += name.len();
        if self.names.steps.contains(&name) {
            return Ok(name);
        }
        let hint = match nearest(&name, self.names.steps.iter().map(String::as_str)) {
            Some(nearest) => format!("did you mean {nearest}?"),
            None => "name a step of this job".to_owned(),
        };
        Err(self.error_from(start, &format!("there is no step '{name}'"), &hint))
    }

    fn param(&mut self) -> Result<Term> {
        self.blanks();
        let start = self.at;
        let quote = self.text.text()[start..].chars().next().filter(|c| matches!(c, '"' | '\''));
        let Some(quote) = quote else {
            return Err(self.error("param takes a name in quotes", "write param(\"NAME\")"));
        };
        let name = self.quoted(quote)?;
        let known: BTreeMap<&str, &str> =
            self.names.params.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        match known.get(name.as_str()) {
            Some(value) => Ok(Term::Param((*value).to_owned())),
            None => {
                let hint = match nearest(&name, known.keys().copied()) {
                    Some(nearest) => format!("did you mean {nearest}?"),
                    None => "declare it under params:".to_owned(),
                };
                Err(self.error_from(start, &format!("there is no parameter {name}"), &hint))
            }
        }
    }

    fn quoted(&mut self, quote: char) -> Result<String> {
        let rest = &self.text.text()[self.at + 1..];
        match rest.find(quote) {
            Some(end) => {
                self.at += end + 2;
                Ok(rest[..end].to_owned())
            }
            None => Err(self.error("a text in quotes does not end", "add the closing quote")),
        }
    }

    fn blanks(&mut self) {
        let rest = &self.text.text()[self.at..];
        self.at += rest.len() - rest.trim_start().len();
    }

    /// Takes a word such as `and`, in any case.
    fn word(&mut self, word: &str) -> bool {
        self.blanks();
        let rest = &self.text.text()[self.at..];
        let found = rest.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
            && !rest[word.len()..].starts_with(|c: char| c.is_ascii_alphanumeric() || "-_".contains(c));
        self.at += if found { word.len() } else { 0 };
        found
    }

    fn sign(&mut self, sign: &str) -> bool {
        self.blanks();
        let found = self.text.text()[self.at..].starts_with(sign);
        self.at += if found { sign.len() } else { 0 };
        found
    }

    fn error(&self, message: &str, hint: &str) -> Box<Diagnostic> {
        self.error_from(self.at, message, hint)
    }

    fn error_from(&self, start: usize, message: &str, hint: &str) -> Box<Diagnostic> {
        let place = self.text.slice(start..self.at.max(start + 1));
        Diagnostic::error(codes::JOB040, message).at(&place, "").hint(hint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::conditions::outcome::Abend;

    fn compile(text: &str) -> Result<When> {
        let params = [("region", "EU"), ("limit", "0.50"), ("parallel", "true")];
        let params = params.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let steps = ["A", "B", "C-1"].map(str::to_owned);
        When::compile(&Span::whole("job.yaml", text), &Names { params: &params, steps: &steps })
    }

    fn earlier() -> Vec<(String, StepOutcome)> {
        vec![
            ("A".to_owned(), StepOutcome::Ended(4)),
            ("B".to_owned(), StepOutcome::Bypassed),
            ("C-1".to_owned(), StepOutcome::Abended(Abend("S0C7".to_owned()))),
        ]
    }

    #[test]
    fn conditions_hold_or_not() {
        for (text, wanted) in [
            ("rc(A) = 4", true),
            ("rc(A) <= 3", false),
            ("rc(A)<>0 AND ran(B)", false),
            ("ran(B) and rc(B) = 0 or rc(A) = 4", true),
            ("not ran(B)", true),
            ("not (ran(A) or ran(B))", false),
            ("failed(C-1) and abended(C-1) and not failed(A)", true),
            ("max-rc() < 5", true),
            ("param(\"region\") = 'EU'", true),
            ("param(\"limit\") = 0.5", true),
            ("param(\"limit\") > rc(A)", false),
            ("param('parallel')", true),
            ("not param(\"parallel\") or max_rc() = 4", true),
        ] {
            let when = compile(text).unwrap_or_else(|error| panic!("{text}: {}", error.message));
            assert_eq!(when.holds(&earlier()).unwrap(), wanted, "{text}");
        }
    }

    #[test]
    fn what_is_no_condition_is_told_where() {
        for (text, column) in [
            ("", 1),
            ("rc(A)", 1),
            ("rc(A) = ", 9),
            ("rc(X) = 0", 4),
            ("ran(A) = 1", 8),
            ("rc(A) = 'x'", 1),
            ("rc(A) = 0 rc(A) = 0", 11),
            ("(ran(A)", 8),
            ("run(A)", 1),
            ("param(region)", 7),
            ("param(\"regin\") = 'x'", 7),
            ("param(\"region\") > 3", 1),
            ("'x", 1),
            ("rc A", 4),
        ] {
            let error = compile(text).unwrap_err();
            let crate::diag::Place::Text { span, .. } = &error.place else { panic!("{text} has no place") };
            assert_eq!(span.position().1, column, "{text}: {}", error.message);
        }
        assert!(compile(&"(".repeat(10_000)).is_err());
        assert!(compile(&"not ".repeat(10_000)).is_err());
    }

    #[test]
    fn a_term_on_a_step_that_may_not_run_needs_a_guard() {
        let may_not = BTreeSet::from(["B".to_owned()]);
        let itself = |steps: BTreeSet<String>| steps;
        for (text, guarded) in [
            ("rc(B) = 0", false),
            ("ran(B) and rc(B) = 0", true),
            ("rc(B) = 0 and ran(B)", false),
            ("not ran(B) or rc(B) = 0", true),
            ("ran(B) or rc(B) = 0", false),
            ("(ran(A) or ran(B)) and rc(B) = 0", false),
            ("failed(B) and rc(B) > 4", true),
            ("not (not ran(B) or rc(B) = 0)", true),
            ("rc(A) = 0", true),
        ] {
            assert_eq!(compile(text).unwrap().unguarded(&may_not, &itself).is_none(), guarded, "{text}");
        }
        let through = |mut steps: BTreeSet<String>| {
            if steps.contains("A") {
                steps.insert("B".to_owned());
            }
            steps
        };
        assert!(compile("ran(A) and rc(B) = 0").unwrap().unguarded(&may_not, &through).is_none());
    }

    #[test]
    fn a_step_without_a_code_is_an_error_not_a_guess() {
        assert!(compile("rc(B) = 0").unwrap().holds(&earlier()).is_err());
        assert!(compile("rc(C-1) = 0").unwrap().holds(&earlier()).is_err());
    }
}
