//! COND of the JOB and EXEC statements (MVS JCL Reference, "COND parameter"): a test that is true bypasses the step.

use std::cmp::Ordering;

use super::outcome::{StepOutcome, any_abend, of};

/// `COND=((4,LT),(8,GT,STEP1),EVEN)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cond {
    text: String,
    tests: Vec<Test>,
    after_abend: AfterAbend,
}

/// One test: `code op RC`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Test {
    code: u16,
    holds: &'static [Ordering],
    step: Option<String>,
}

/// What an abend of an earlier step means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum AfterAbend {
    Bypass,
    Even,
    Only,
}

/// Tests that a COND may have, EVEN or ONLY counted.
const TESTS_MAX: usize = 8;
/// Highest return code that can be written.
const CODE_MAX: u16 = 4095;

impl Cond {
    /// Reads what stands behind `COND=`. The error says what is wrong.
    pub fn parse(text: &str) -> Result<Cond, String> {
        let compact: String =
            text.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_uppercase();
        let parts = match compact.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
            // A single test may stand without the outer parentheses.
            Some(inner) if inner.starts_with(|c: char| c.is_ascii_digit()) => vec![inner],
            Some(inner) => split(inner)?,
            None => vec![compact.as_str()],
        };
        let mut cond =
            Cond { text: text.trim().to_owned(), tests: Vec::new(), after_abend: AfterAbend::Bypass };
        for part in &parts {
            let keyword = match *part {
                "EVEN" => AfterAbend::Even,
                "ONLY" => AfterAbend::Only,
                test => {
                    cond.tests.push(Test::parse(test)?);
                    continue;
                }
            };
            if cond.after_abend != AfterAbend::Bypass {
                return Err("EVEN and ONLY exclude each other".to_owned());
            }
            cond.after_abend = keyword;
        }
        match parts.len() {
            0 => Err("there is no test".to_owned()),
            1..=TESTS_MAX => Ok(cond),
            _ => Err(format!("there are more than {TESTS_MAX} tests, EVEN or ONLY counted")),
        }
    }

    /// As it is written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// True if the step is to be passed over, after these steps.
    pub fn bypasses(&self, earlier: &[(String, StepOutcome)]) -> bool {
        let bypassed = match (self.after_abend, any_abend(earlier)) {
            (AfterAbend::Bypass, true) | (AfterAbend::Only, false) => true,
            (AfterAbend::Bypass, false) | (AfterAbend::Even, _) | (AfterAbend::Only, true) => false,
        };
        bypassed || self.tests.iter().any(|test| test.of_steps(earlier))
    }

    /// True if a job with this COND ends after a step with this return code.
    pub fn ends_job(&self, rc: u16) -> bool {
        self.tests.iter().any(|test| test.of_code(rc))
    }

    /// True if a step with it may run after an abend.
    pub fn survives_abend(&self) -> bool {
        self.after_abend != AfterAbend::Bypass
    }

    /// The steps it names.
    pub fn steps(&self) -> impl Iterator<Item = &str> {
        self.tests.iter().filter_map(|test| test.step.as_deref())
    }

    /// True if a test looks at every earlier step.
    pub fn looks_at_all(&self) -> bool {
        self.survives_abend() || self.tests.iter().any(|test| test.step.is_none())
    }
}

impl Test {
    /// `4,LT` or `4,LT,STEP` or `4,LT,STEP.PROCSTEP`, with or without parentheses around.
    fn parse(text: &str) -> Result<Test, String> {
        let bare = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or(text);
        let parts: Vec<&str> = bare.split(',').collect();
        let (code, operator, step) = match parts.as_slice() {
            [code, operator] => (code, operator, None),
            [code, operator, step] if !step.is_empty() => (code, operator, Some((*step).to_owned())),
            _ => return Err(format!("'{text}' is not a test such as (4,LT) or (4,LT,STEP)")),
        };
        let code = code.parse().ok().filter(|code| *code <= CODE_MAX);
        let code =
            code.ok_or_else(|| format!("the code of '{text}' is not a number from 0 to {CODE_MAX}"))?;
        let holds =
            relation(operator).ok_or_else(|| format!("'{operator}' is none of GT, GE, EQ, NE, LT, LE"))?;
        Ok(Test { code, holds, step })
    }

    fn of_code(&self, rc: u16) -> bool {
        self.holds.contains(&self.code.cmp(&rc))
    }

    /// A step that did not run, or abended, has no code: its test is false.
    fn of_steps(&self, earlier: &[(String, StepOutcome)]) -> bool {
        let holds = |outcome: &StepOutcome| outcome.rc().is_some_and(|rc| self.of_code(rc));
        match &self.step {
            Some(step) => of(earlier, step).is_some_and(holds),
            None => earlier.iter().any(|(_, outcome)| holds(outcome)),
        }
    }
}

/// The orders of the left side against the right one for which a comparison holds.
pub(super) fn relation(word: &str) -> Option<&'static [Ordering]> {
    use Ordering::{Equal, Greater, Less};
    Some(match word {
        "GT" | ">" => &[Greater],
        "GE" | ">=" | "NL" | "¬<" | "!<" => &[Greater, Equal],
        "EQ" | "=" => &[Equal],
        "NE" | "¬=" | "!=" | "<>" => &[Greater, Less],
        "LT" | "<" => &[Less],
        "LE" | "<=" | "NG" | "¬>" | "!>" => &[Less, Equal],
        _ => return None,
    })
}

/// The parts of a list at its commas outside parentheses.
fn split(text: &str) -> Result<Vec<&str>, String> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0, 0);
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
        if depth < 0 {
            return Err("a parenthesis closes that was not opened".to_owned());
        }
    }
    if depth != 0 {
        return Err("a parenthesis is not closed".to_owned());
    }
    parts.push(&text[start..]);
    Ok(parts)
}
