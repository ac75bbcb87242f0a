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
            Node::AbendCode { step, code, equal } => {
                let last = match step {
                    Some(step) => ran(step),
                    None => earlier
                        .iter()
                        .rev()
                        .map(|(_, outcome)| outcome)
                        .find(|outcome| matches!(outcome, StepOutcome::Abended(_))),
                };
                matches!(last, Some(StepOutcome::Abended(abend)) if (abend.0 == *code) == *equal)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::conditions::outcome::Abend;

    fn holds(text: &str, earlier: &[(String, StepOutcome)]) -> bool {
        IfTest::parse(text).unwrap_or_else(|error| panic!("{text}: {error}")).holds(earlier)
    }

    fn steps() -> Vec<(String, StepOutcome)> {
        vec![
            ("A".to_owned(), StepOutcome::Ended(4)),
            ("B".to_owned(), StepOutcome::Bypassed),
            ("C.P1".to_owned(), StepOutcome::Ended(8)),
        ]
    }

    /// The steps inside an IF do not change what it has been decided to (JCL Reference, example 9).
    #[test]
    fn a_decision_is_made_once() {
        let test = IfTest::parse("RC = 4").unwrap();
        let decision =
            Decision { name: "D".to_owned(), test, among: BTreeSet::from(["A".to_owned(), "B".to_owned()]) };
        let decisions = Decisions::from([("D".to_owned(), Arc::new(decision))]);
        let holds = |text: &str, earlier: &[(String, StepOutcome)]| {
            IfTest::parse_with(text, &decisions).unwrap().holds(earlier)
        };
        // C.P1 ended with 8, behind the decision.
        assert!(holds("d", &steps()) && !holds("NOT D", &steps()) && !holds("RC = 4", &steps()));
        assert!(
            holds("D", &abended()) && holds("D & C.P1.RC = 8", &steps()) && !holds("¬D | B.RUN", &steps())
        );
        let test = IfTest::parse_with("NOT D", &decisions).unwrap();
        assert!(test.looks_at_all() && test.text().contains("RC = 4"), "{}", test.text());
        assert!(IfTest::parse("D").is_err());
    }

    fn abended() -> Vec<(String, StepOutcome)> {
        let mut steps = steps();
        steps.push(("D".to_owned(), StepOutcome::Abended(Abend("S0C7".to_owned()))));
        steps
    }

    #[test]
    fn rc_alone_is_the_highest_so_far() {
        for (text, wanted) in [("RC = 8", true), ("RC > 4", true), ("RC NL 9", false), ("(RC LE 8)", true)] {
            assert_eq!(holds(text, &steps()), wanted, "{text}");
        }
        assert!(holds("RC = 0", &[]), "0 at the start");
        assert!(holds("RC=8", &abended()), "a step that abended has no code");
    }

    #[test]
    fn a_term_on_a_step_that_did_not_run_is_false() {
        for text in [
            "B.RC < 4",
            "B.RC ¬= 4",
            "B.RC = 0",
            "B.ABEND",
            "¬B.ABEND",
            "B.ABEND=FALSE",
            "B.RUN",
            "NONE.RC=0",
        ] {
            assert!(!holds(text, &steps()), "{text}");
        }
        for text in
            ["¬B.RUN", "B.¬RUN", "NOT B.RUN", "B.RUN=FALSE", "NOT (B.RC = 0)", "NOT (B.ABEND)", "A.RUN"]
        {
            assert!(holds(text, &steps()), "{text}");
        }
    }

    #[test]
    fn abends_and_their_codes() {
        for (text, before, after) in [
            ("ABEND", false, true),
            ("¬ABEND", true, false),
            ("ABEND=FALSE", true, false),
            ("D.ABEND", false, true),
            ("ABENDCC=S0C7", false, true),
            ("D.ABENDCC=S0C4", false, false),
            ("ABENDCC = U0100", false, false),
            ("D.ABENDCC NE U0100", false, true),
            ("A.ABEND", false, false),
            ("A.¬ABEND", true, true),
        ] {
            assert_eq!(holds(text, &steps()), before, "{text} before");
            assert_eq!(holds(text, &abended()), after, "{text} after");
            assert!(IfTest::parse(text).unwrap().tests_abend());
        }
        assert!(!IfTest::parse("A.RC=0").unwrap().tests_abend());
    }

    #[test]
    fn words_signs_and_precedence() {
        for (text, wanted) in [
            ("A.RC=4 AND C.P1.RC=8", true),
            ("A.RC=0 AND RC=8 OR A.RC=4", true),
            ("A.RC=4 OR A.RC=0 AND RC=0", true),
            ("(A.RC=4 OR A.RC=0) & RC=0", false),
            ("NOT (A.RC = 4 | RC = 0)", false),
            ("!(A.RC GE 5) && C.P1.RC NG 8", true),
            ("a.rc eq 4", true),
            ("A.RC NL 4 & A.RC NG 4", true),
        ] {
            assert_eq!(holds(text, &steps()), wanted, "{text}");
        }
    }

    #[test]
    fn what_is_no_expression() {
        for bad in [
            "",
            "(",
            "RC",
            "RC >",
            "RC > X",
            "RUN",
            "1 EQ 1",
            "A.FOO=1",
            "ABENDCC=0C7",
            "RC = 5000",
            "A.RC=0 A.RC=0",
            "RC = 0)",
            "%",
            "ABEND=1",
        ] {
            assert!(IfTest::parse(bad).is_err(), "{bad}");
        }
        assert!(IfTest::parse(&"(".repeat(10_000)).is_err());
        assert!(IfTest::parse(&format!("{}RC=0", "NOT ".repeat(60))).is_ok());
    }
}
