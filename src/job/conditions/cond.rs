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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::conditions::outcome::Abend;

    fn ended(name: &str, rc: u16) -> (String, StepOutcome) {
        (name.to_owned(), StepOutcome::Ended(rc))
    }

    fn abended(name: &str) -> (String, StepOutcome) {
        (name.to_owned(), StepOutcome::Abended(Abend("S0C7".to_owned())))
    }

    fn bypasses(cond: &str, earlier: &[(String, StepOutcome)]) -> bool {
        Cond::parse(cond).unwrap().bypasses(earlier)
    }

    /// The example of the User's Guide: JOB COND=(10,LT) and nine steps, of which S3, S4, S8 and S9 do not run.
    #[test]
    fn the_users_guides_job() {
        let job = Cond::parse("(10,LT)").unwrap();
        let steps = [
            ("S1", None, 6),
            ("S2", Some("((2,EQ),(4,EQ))"), 2),
            ("S3", Some("ONLY"), 0),
            ("S4", Some("((5,GT,S1),(2,EQ))"), 0),
            ("S5", None, 9),
            ("S6", Some("((8,GT,S5),EVEN)"), 10),
            ("S7", Some("(4,GT,S4)"), 12),
            ("S8", None, 0),
            ("S9", Some("ONLY"), 0),
        ];
        let (mut earlier, mut ended_at) = (Vec::new(), None);
        for (name, cond, rc) in steps {
            let skip = ended_at.is_some() || cond.is_some_and(|cond| bypasses(cond, &earlier));
            earlier.push(if skip { (name.to_owned(), StepOutcome::Bypassed) } else { ended(name, rc) });
            if !skip && job.ends_job(rc) {
                ended_at.get_or_insert(name);
            }
        }
        let ran: Vec<&str> = earlier.iter().filter(|(_, o)| o.ran()).map(|(name, _)| name.as_str()).collect();
        assert_eq!(ran, ["S1", "S2", "S5", "S6", "S7"]);
        assert_eq!(ended_at, Some("S7"));
    }

    /// MVS JCL Reference, summary table: keyword, an earlier abend, a test that is true -> does the step run?
    #[test]
    fn the_summary_table() {
        let table = [
            ("(4,LT)", false, false, true),
            ("(4,LT)", false, true, false),
            ("(4,LT)", true, false, false),
            ("(4,LT)", true, true, false),
            ("((4,LT),EVEN)", false, false, true),
            ("((4,LT),EVEN)", false, true, false),
            ("(EVEN,(4,LT))", true, false, true),
            ("((4,LT),EVEN)", true, true, false),
            ("((4,LT),ONLY)", false, false, false),
            ("((4,LT),ONLY)", false, true, false),
            ("(ONLY,(4,LT))", true, false, true),
            ("((4,LT),ONLY)", true, true, false),
        ];
        for (cond, abend, test, runs) in table {
            let mut earlier = vec![ended("A", if test { 8 } else { 0 })];
            if abend {
                earlier.push(abended("B"));
            }
            assert_eq!(!bypasses(cond, &earlier), runs, "{cond}, abend {abend}, test {test}");
        }
    }

    #[test]
    fn operators_read_code_op_rc() {
        for (operator, wanted) in [
            ("GT", [true, false, false]),
            ("GE", [true, true, false]),
            ("EQ", [false, true, false]),
            ("NE", [true, false, true]),
            ("LT", [false, false, true]),
            ("LE", [false, true, true]),
        ] {
            for (rc, wanted) in [3, 4, 5].into_iter().zip(wanted) {
                assert_eq!(
                    bypasses(&format!("(4,{operator})"), &[ended("A", rc)]),
                    wanted,
                    "4 {operator} {rc}"
                );
            }
        }
    }

    #[test]
    fn a_step_without_a_code_never_bypasses() {
        assert!(!bypasses("(0,LE,A)", &[("A".to_owned(), StepOutcome::Bypassed)]));
        assert!(!bypasses("(0,LE,A)", &[]));
        assert!(!bypasses("((0,LE,A),EVEN)", &[abended("A")]));
        // Of two steps with one name the first is meant.
        assert!(bypasses("(8,EQ,A)", &[ended("A", 8), ended("A", 0)]));
    }

    #[test]
    fn what_is_no_cond() {
        for bad in [
            "",
            "()",
            "(4)",
            "(4,XX)",
            "(4096,LT)",
            "((4,LT)",
            "(EVEN,ONLY)",
            "(4,LT,)",
            "(-1,LT)",
            "((4,LT)))",
        ] {
            assert!(Cond::parse(bad).is_err(), "{bad}");
        }
        let nine = format!("({})", ["(4,LT)"; 9].join(","));
        assert!(Cond::parse(&nine).is_err());
        let eight = format!("({},EVEN)", ["(4,LT)"; 7].join(","));
        assert!(Cond::parse(&eight).is_ok());
    }
}
