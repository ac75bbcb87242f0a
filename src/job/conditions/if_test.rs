//! The relational expression of IF/THEN/ELSE/ENDIF (MVS JCL Reference, "Relational-expression keywords").
//!
//! A term on a step that did not run is false, whatever it compares; only `¬STEP.RUN` asks for that. A constant compared with
//! a constant is accepted by z/OS but does not do what it says, so it is an error here.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::cond::relation;
use super::outcome::{StepOutcome, any_abend, max_rc, of};

/// A parsed IF expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IfTest {
    text: String,
    root: Node,
}

/// An IF statement around several steps: it is decided once, when it is reached, whatever the steps inside it come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Its name, in capitals.
    pub name: String,
    /// What is asked.
    pub test: IfTest,
    /// The steps in front of it, which decide it.
    pub among: BTreeSet<String>,
}

/// Decisions by their names.
pub type Decisions = BTreeMap<String, Arc<Decision>>;

impl Decision {
    fn holds(&self, earlier: &[(String, StepOutcome)]) -> bool {
        let before: Vec<_> = earlier.iter().filter(|(step, _)| self.among.contains(step)).cloned().collect();
        self.test.holds(&before)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Node {
    Or(Vec<Node>),
    And(Vec<Node>),
    Not(Box<Node>),
    Rc { step: Option<String>, holds: &'static [Ordering], code: u16 },
    Abend { step: Option<String>, wanted: bool },
    AbendCode { step: Option<String>, code: String, equal: bool },
    Run { step: String, wanted: bool },
    Decided(Arc<Decision>),
}

impl IfTest {
    /// Reads an expression, with or without parentheses around it. The error says what is wrong.
    pub fn parse(text: &str) -> Result<IfTest, String> {
        IfTest::parse_with(text, &Decisions::new())
    }

    /// As `parse`; the names of decisions are terms too.
    pub fn parse_with(text: &str, decisions: &Decisions) -> Result<IfTest, String> {
        let mut parser = Parser { tokens: tokens(text)?, at: 0, depth: 0, decisions };
        let root = parser.or()?;
        match parser.next() {
            None => Ok(IfTest { text: text.trim().to_owned(), root }),
            Some(token) => Err(format!("'{token}' stands where the expression should end")),
        }
    }

    /// As it is written, with what its decisions ask.
    pub fn text(&self) -> String {
        let mut text = self.text.clone();
        self.root.each(&mut |node| {
            if let Node::Decided(decision) = node {
                let among: Vec<&str> = decision.among.iter().map(String::as_str).collect();
                let asked =
                    format!(", where {} is {} by {}", decision.name, decision.test.text(), among.join(" "));
                text.push_str(&asked);
            }
        });
        text
    }

    /// The decisions that it names.
    pub fn decisions(&self) -> Vec<Arc<Decision>> {
        let mut found = Vec::new();
        self.root.each(&mut |node| {
            if let Node::Decided(decision) = node {
                found.push(Arc::clone(decision));
            }
        });
        found
    }

    /// True if the THEN part runs, after these steps.
    pub fn holds(&self, earlier: &[(String, StepOutcome)]) -> bool {
        self.root.holds(earlier)
    }

    /// True if it asks for abends, so that what it governs may run after one.
    pub fn tests_abend(&self) -> bool {
        self.root.any(&|node| matches!(node, Node::Abend { .. } | Node::AbendCode { .. }))
    }

    /// The steps it names.
    pub fn steps(&self) -> Vec<String> {
        let mut found = Vec::new();
        self.root.each(&mut |node| match node {
            Node::Rc { step: Some(step), .. }
            | Node::Abend { step: Some(step), .. }
            | Node::AbendCode { step: Some(step), .. }
            | Node::Run { step, .. } => found.push(step.clone()),
            _ => {}
        });
        found
    }

    /// True if a term looks at every earlier step.
    pub fn looks_at_all(&self) -> bool {
        self.root.any(&|node| {
            matches!(
                node,
                Node::Rc { step: None, .. }
                    | Node::Abend { step: None, .. }
                    | Node::AbendCode { step: None, .. }
            )
        })
    }
}

impl Node {
    fn holds(&self, earlier: &[(String, StepOutcome)]) -> bool {
        let ran = |step: &str| of(earlier, step).filter(|outcome| outcome.ran());
        match self {
            Node::Or(parts) => parts.iter().any(|part| part.holds(earlier)),
            Node::And(parts) => parts.iter().all(|part| part.holds(earlier)),
            Node::Not(part) => !part.holds(earlier),
            Node::Rc { step: None, holds, code } => holds.contains(&max_rc(earlier).cmp(code)),
            Node::Rc { step: Some(step), holds, code } => {
                of(earlier, step).and_then(StepOutcome::rc).is_some_and(|rc| holds.contains(&rc.cmp(code)))
            }
            Node::Abend { step: None, wanted } => any_abend(earlier) == *wanted,
            Node::Abend { step: Some(step), wanted } => {
                ran(step).is_some_and(|outcome| matches!(outcome, StepOutcome::Abended(_)) == *wanted)
            }
            // Any step that abended is asked (User's Guide, "If any job step produced ..."). What `¬=` means then nobody says:
            // here, that a step abended and none with this code.
            Node::AbendCode { step, code, equal } => {
                let asked: Vec<&StepOutcome> = match step {
                    Some(step) => ran(step).into_iter().collect(),
                    None => earlier.iter().map(|(_, outcome)| outcome).collect(),
                };
                let codes = asked.into_iter().filter_map(|outcome| match outcome {
                    StepOutcome::Abended(abend) => Some(abend.0.as_str()),
                    _ => None,
                });
                let codes: Vec<&str> = codes.collect();
                !codes.is_empty() && codes.contains(&code.as_str()) == *equal
            }
            Node::Run { step, wanted } => ran(step).is_some() == *wanted,
            Node::Decided(decision) => decision.holds(earlier),
        }
    }

    fn each(&self, visit: &mut dyn FnMut(&Node)) {
        visit(self);
        match self {
            Node::Or(parts) | Node::And(parts) => parts.iter().for_each(|part| part.each(visit)),
            Node::Not(part) => part.each(visit),
            Node::Decided(decision) => decision.test.root.each(visit),
            _ => {}
        }
    }

    fn any(&self, wanted: &dyn Fn(&Node) -> bool) -> bool {
        let mut found = false;
        self.each(&mut |node| found |= wanted(node));
        found
    }
}

/// Nested parentheses and negations that are followed.
const DEPTH_MAX: usize = 64;

struct Parser<'d> {
    tokens: Vec<String>,
    at: usize,
    depth: usize,
    decisions: &'d Decisions,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&str> {
        self.tokens.get(self.at).map(String::as_str)
    }

    fn next(&mut self) -> Option<String> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn eat(&mut self, words: &[&str]) -> bool {
        let found = self.peek().is_some_and(|token| words.contains(&token));
        self.at += usize::from(found);
        found
    }

    fn deeper(&mut self) -> Result<(), String> {
        self.depth += 1;
        if self.depth > DEPTH_MAX { Err("the expression is nested too deeply".to_owned()) } else { Ok(()) }
    }

    fn or(&mut self) -> Result<Node, String> {
        let mut parts = vec![self.and()?];
        while self.eat(&["OR", "|"]) {
            parts.push(self.and()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Node::Or(parts) })
    }

    fn and(&mut self) -> Result<Node, String> {
        let mut parts = vec![self.not()?];
        while self.eat(&["AND", "&"]) {
            parts.push(self.not()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Node::And(parts) })
    }

    /// NOT in front of ABEND and RUN belongs to the keyword: `¬STEP.ABEND` is false too if the step did not run.
    fn not(&mut self) -> Result<Node, String> {
        if !self.eat(&["NOT", "¬", "!"]) {
            return self.primary();
        }
        self.deeper()?;
        let operand = self.not()?;
        self.depth -= 1;
        Ok(match operand {
            Node::Abend { step, wanted } => Node::Abend { step, wanted: !wanted },
            Node::Run { step, wanted } => Node::Run { step, wanted: !wanted },
            other => Node::Not(Box::new(other)),
        })
    }

    fn primary(&mut self) -> Result<Node, String> {
        if self.eat(&["("]) {
            self.deeper()?;
            let inner = self.or()?;
            self.depth -= 1;
            if !self.eat(&[")"]) {
                return Err("a parenthesis is not closed".to_owned());
            }
            // Parenthesised, NOT is logical: it must not reach into a keyword.
            return Ok(match inner {
                keyword @ (Node::Abend { .. } | Node::Run { .. }) => Node::And(vec![keyword]),
                other => other,
            });
        }
        let Some(term) = self.next() else { return Err("the expression ends too early".to_owned()) };
        if term.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(format!(
                "the constant {term} is compared, which does not do what it says; use when: with param(\"...\")"
            ));
        }
        self.term(&term)
    }

    fn term(&mut self, term: &str) -> Result<Node, String> {
        if let Some(decision) = self.decisions.get(term) {
            return Ok(Node::Decided(Arc::clone(decision)));
        }
        let (step, keyword) = match term.rsplit_once('.') {
            Some((step, keyword)) => (Some(step.to_owned()), keyword),
            None => (None, term),
        };
        // STEP.¬RUN is another way to write ¬STEP.RUN.
        let (negated, keyword) = match keyword.strip_prefix(['¬', '!']) {
            Some(rest) => (true, rest),
            None => (false, keyword),
        };
        match keyword {
            "RC" => self.rc(step),
            "ABEND" => Ok(Node::Abend { step, wanted: self.truth()? != negated }),
            "RUN" => {
                let step = step.ok_or("RUN needs a step: STEP.RUN")?;
                Ok(Node::Run { step, wanted: self.truth()? != negated })
            }
            "ABENDCC" => self.abend_code(step),
            other => Err(format!("'{other}' is none of RC, ABEND, ABENDCC, RUN, and no decision")),
        }
    }

    fn rc(&mut self, step: Option<String>) -> Result<Node, String> {
        let operator = self.next().unwrap_or_default();
        let holds =
            relation(&operator).ok_or_else(|| format!("RC must be compared; '{operator}' is no relation"))?;
        let code = self.next().unwrap_or_default();
        let code = code.parse().ok().filter(|code| *code <= 4095);
        Ok(Node::Rc { step, holds, code: code.ok_or("RC is compared with a number from 0 to 4095")? })
    }

    fn abend_code(&mut self, step: Option<String>) -> Result<Node, String> {
        let equal = match self.next().as_deref() {
            Some("=" | "EQ") => true,
            Some("¬=" | "!=" | "<>" | "NE") => false,
            _ => return Err("ABENDCC is compared with = or ¬=".to_owned()),
        };
        let code = self.next().unwrap_or_default();
        let digits = code.get(1..).unwrap_or_default();
        let good = match code.get(..1) {
            Some("S") => {
                digits.len() == 3 && digits.chars().all(|c| c.is_ascii_hexdigit() || c.is_ascii_uppercase())
            }
            Some("U") => digits.len() == 4 && digits.chars().all(|c| c.is_ascii_digit()),
            _ => false,
        };
        if good {
            Ok(Node::AbendCode { step, code, equal })
        } else {
            Err(format!("'{code}' is no abend code such as S0C7 or U0100"))
        }
    }

    /// `=TRUE` or `=FALSE`; TRUE if nothing is compared.
    fn truth(&mut self) -> Result<bool, String> {
        if !self.eat(&["=", "EQ"]) {
            return Ok(true);
        }
        match self.next().as_deref() {
            Some("TRUE") => Ok(true),
            Some("FALSE") => Ok(false),
            _ => Err("ABEND and RUN are compared with TRUE or FALSE".to_owned()),
        }
    }
}

/// Words, numbers and signs, in capitals.
fn tokens(text: &str) -> Result<Vec<String>, String> {
    let text = text.to_ascii_uppercase().replace('^', "¬");
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '@' | '#' | '$' | '-' | '_');
    while !rest.is_empty() {
        let length = if rest.starts_with(word) {
            let mut end = rest.find(|c: char| !word(c)).unwrap_or(rest.len());
            // The sign inside STEP.¬RUN.
            if rest[..end].ends_with('.') && rest[end..].starts_with(['¬', '!']) {
                let sign = rest[end..].chars().next().map_or(0, char::len_utf8);
                let tail = &rest[end + sign..];
                end += sign + tail.find(|c: char| !word(c)).unwrap_or(tail.len());
            }
            end
        } else {
            let signs = [
                "¬=", "¬<", "¬>", "!=", "!<", "!>", ">=", "<=", "<>", "&&", "||", "(", ")", "=", "<", ">",
                "&", "|", "¬", "!",
            ];
            match signs.iter().find(|sign| rest.starts_with(**sign)) {
                Some(sign) => sign.len(),
                None => return Err(format!("'{}' is not known here", rest.chars().next().unwrap_or(' '))),
            }
        };
        let token = &rest[..length];
        found.push(if matches!(token, "&&" | "||") { token[..1].to_owned() } else { token.to_owned() });
        rest = rest[length..].trim_start();
    }
    Ok(found)
}
