//! Rules as a user writes them: names and conditions with their places, checked and compiled against both sides.

use std::ops::Range;

use jiff::civil::Date;

use super::cause::Cause;
use super::fields::Fields;
use super::rules::{Accepted, Action, Equivalence, Rule, Rules, Tolerance};
use super::side::{Side, Which};
use crate::copybook::{FieldId, Layout};
use crate::decimal::Decimal;
use crate::diag::{Diagnostic, Diagnostics, Result, Span, codes, nearest};
use crate::expr::{Compiler, Condition, KindFault, Scope, field_named};

/// A rule as written.
#[derive(Clone, Debug)]
pub struct RuleText {
    /// Where it stands.
    pub place: Span,
    /// What it does.
    pub action: ActionText,
    /// Fields; a group means all that is in it.
    pub fields: Vec<Span>,
    /// Bytes of the left record: `331-350`, or `331` alone, counted from 1.
    pub bytes: Vec<Span>,
    /// Its condition.
    pub when: Option<Span>,
    /// Why it is right.
    pub why: Option<String>,
}

/// What a rule does, as written.
#[derive(Clone, Debug)]
pub enum ActionText {
    /// Not compared.
    Ignore,
    /// Bytes not compared.
    Mask,
    /// `0.01`, `0.1%`, `2d`.
    Tolerance(Span),
    /// Words of [`Equivalence::WORDS`].
    Equivalent(Vec<Span>),
    /// An accepted difference: owner, reason, the last day (yyyy-mm-dd), and the name of a cause.
    Accepted(Span, Span, Span, Option<Span>),
}

/// All rules as written.
#[derive(Clone, Debug, Default)]
pub struct RuleTexts {
    /// Rules in order.
    pub rules: Vec<RuleText>,
    /// Fields of the left and the right that are the same.
    pub renamed: Vec<(Span, Span)>,
}

impl RuleTexts {
    /// The fields that have another name on the right.
    pub fn renamed(
        &self,
        left: &Side,
        right: &Side,
    ) -> std::result::Result<Vec<(FieldId, FieldId)>, Diagnostics> {
        let mut found = Diagnostics::new();
        let mut pairs = Vec::new();
        for (a, b) in &self.renamed {
            let of = |side: &Side, span: &Span| {
                let layout = &side.form.tree.format.layout;
                let id = field_named(layout, span).map_err(in_words)?;
                if layout.field(id).children.is_empty() {
                    return Ok(id);
                }
                Err(bad(span, format!("{} is a group", span.text()), "name its fields one by one"))
            };
            let (a, b) = (
                found.take(of(left, a)),
                found.take(of(right, b).map_err(|mut error| {
                    error.notes.push(format!("it is looked for in the copybook of {}", right.name));
                    error
                })),
            );
            pairs.extend(a.zip(b));
        }
        found.into_result(pairs)
    }

    /// Checks and compiles the rules. `as_of` is the day on which accepted differences must not have expired.
    pub fn compile(
        &self,
        fields: &Fields,
        (left, right): (&Side, &Side),
        as_of: Date,
    ) -> std::result::Result<Rules, Diagnostics> {
        let mut found = Diagnostics::new();
        let scope = Scope::single_with("LEFT", left.form.tree.format.clone(), left.form.meaning.clone());
        let context = Context { fields, left, right, scope: &scope, as_of };
        let list = self.rules.iter().filter_map(|text| context.rule(text, &mut found)).collect();
        found.into_result(Rules { list })
    }
}

struct Context<'c> {
    fields: &'c Fields,
    left: &'c Side,
    right: &'c Side,
    scope: &'c Scope,
    as_of: Date,
}

impl Context<'_> {
    fn rule(&self, text: &RuleText, found: &mut Diagnostics) -> Option<Rule> {
        let before = found.error_count();
        let mut columns = Vec::new();
        for span in &text.fields {
            columns.extend(found.take(self.columns(span)).into_iter().flatten());
        }
        let bytes = text.bytes.iter().filter_map(|span| found.take(bytes(span))).collect();
        let when = text.when.as_ref().and_then(|span| found.take(self.condition(span)));
        let action = found.take(self.action(&text.action));
        let needs_place = matches!(text.action, ActionText::Ignore | ActionText::Mask);
        if needs_place && text.fields.is_empty() && text.bytes.is_empty() {
            let hint = "name fields or bytes: fields: [RUN-TIME], bytes: [331-350]";
            found.push(bad(&text.place, "the rule is for no field and no bytes", hint));
        }
        if found.error_count() > before {
            return None;
        }
        let name = name(text);
        Some(Rule { name, why: text.why.clone(), action: action?, columns, bytes, when })
    }

    /// The columns that a name means.
    fn columns(&self, span: &Span) -> Result<Vec<u32>> {
        let wanted = span.text().trim();
        let named = |name: &str| name.eq_ignore_ascii_case(wanted);
        if let Some(at) = self.fields.columns.iter().position(|column| named(&column.name)) {
            return Ok(vec![at as u32]);
        }
        let sides = [(self.left, Which::Left), (self.right, Which::Right)];
        let mut first = None;
        for (side, which) in sides {
            let layout = &side.form.tree.format.layout;
            match field_named(layout, span) {
                Ok(id) => {
                    let inside =
                        layout.fields().map(|(id, _)| id).filter(|field| is_within(layout, *field, id));
                    return Ok(inside.filter_map(|field| self.fields.column(which, field)).collect());
                }
                Err(fault) => first = first.or(Some(fault)),
            }
        }
        Err(first.map_or_else(|| bad(span, "there is no such field", "check its name"), in_words))
    }

    fn condition(&self, span: &Span) -> Result<Condition> {
        Compiler::new(self.scope).condition(span)
    }

    fn action(&self, text: &ActionText) -> Result<Action> {
        Ok(match text {
            ActionText::Ignore => Action::Ignore,
            ActionText::Mask => Action::Mask,
            ActionText::Tolerance(span) => Action::Tolerance(tolerance(span)?),
            ActionText::Equivalent(words) => {
                Action::Equivalent(words.iter().map(equivalence).collect::<Result<_>>()?)
            }
            ActionText::Accepted(owner, reason, expires, cause) => {
                let date: Date = expires.text().trim().parse().map_err(|_| {
                    bad(expires, format!("`{}` is no date", expires.text()), "write yyyy-mm-dd")
                })?;
                if let Some(empty) = [owner, reason].into_iter().find(|span| span.text().trim().is_empty()) {
                    let hint = "say who answers for the difference, and why it is right";
                    return Err(bad(empty, "an accepted difference needs an owner and a reason", hint));
                }
                Action::Accepted(Accepted {
                    owner: owner.text().to_owned(),
                    reason: reason.text().to_owned(),
                    expires: date,
                    expired: date < self.as_of,
                    cause: cause.as_ref().map(cause_named).transpose()?,
                })
            }
        })
    }
}

fn name(text: &RuleText) -> String {
    let places: Vec<&str> = text.fields.iter().chain(&text.bytes).map(|span| span.text().trim()).collect();
    let places = if places.is_empty() { "all fields".to_owned() } else { places.join(", ") };
    match &text.action {
        ActionText::Ignore => format!("ignore {places}"),
        ActionText::Mask => format!("mask {places}"),
        ActionText::Tolerance(span) => format!("tolerance {} for {places}", span.text().trim()),
        ActionText::Equivalent(words) => {
            let words: Vec<&str> = words.iter().map(Span::text).collect();
            format!("equivalent {} in {places}", words.join(", "))
        }
        ActionText::Accepted(_, reason, ..) => format!("accepted in {places}: {}", reason.text().trim()),
    }
}

fn is_within(layout: &Layout, id: FieldId, group: FieldId) -> bool {
    std::iter::successors(Some(id), |id| layout.field(*id).parent).any(|at| at == group)
}

/// `331-350` or `331`, from 1; the answer is from 0.
pub fn bytes(span: &Span) -> Result<Range<usize>> {
    let text = span.text().trim();
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let number = |text: &str| text.trim().parse::<usize>().ok();
    match (number(first), number(last)) {
        (Some(first), Some(last)) if first >= 1 && first <= last => Ok(first - 1..last),
        _ => Err(bad(
            span,
            format!("`{text}` are no bytes of a record"),
            "write first-last, counted from 1: 331-350",
        )),
    }
}

fn tolerance(span: &Span) -> Result<Tolerance> {
    let text = span.text().trim();
    let wrong = || {
        bad(span, format!("`{text}` is no tolerance"), "write an amount (0.01), a share (0.1%) or days (2d)")
    };
    let decimal = |text: &str| {
        text.trim().parse::<Decimal>().ok().filter(|number| *number >= Decimal::ZERO).ok_or_else(wrong)
    };
    if let Some(days) = text.strip_suffix('d') {
        return Ok(Tolerance::Days(days.trim().parse().map_err(|_| wrong())?));
    }
    match text.strip_suffix('%') {
        Some(share) => {
            let share = decimal(share)?;
            Ok(Tolerance::Relative(Decimal::new(share.coefficient(), share.scale() + 2)))
        }
        None => Ok(Tolerance::Absolute(decimal(text)?)),
    }
}

fn equivalence(span: &Span) -> Result<Equivalence> {
    let word = span.text().trim();
    let known = || Equivalence::WORDS.iter().map(|(word, _)| *word);
    Equivalence::WORDS.iter().find(|(known, _)| *known == word).map(|(_, value)| *value).ok_or_else(|| {
        let hint = match nearest(word, known()) {
            Some(near) => format!("did you mean {near}?"),
            None => format!("use {}", known().collect::<Vec<_>>().join(", ")),
        };
        bad(span, format!("`{word}` says nothing of what is the same"), hint)
    })
}

fn cause_named(span: &Span) -> Result<Cause> {
    Cause::named(span.text()).ok_or_else(|| {
        let names: Vec<&str> = Cause::ALL.into_iter().map(Cause::name).collect();
        let hint = match nearest(span.text().trim(), names.iter().copied()) {
            Some(near) => format!("did you mean {near}?"),
            None => format!("use one of: {}", names.join(", ")),
        };
        bad(span, format!("`{}` is no cause of differences", span.text().trim()), hint)
    })
}

/// What is wrong with a name.
pub(super) fn in_words(fault: KindFault) -> Box<Diagnostic> {
    match fault {
        KindFault::Condition(diagnostic) => diagnostic,
        KindFault::Word(span, message, hint) => bad(&span, message, hint),
    }
}

fn bad(span: &Span, message: impl Into<String>, hint: impl Into<String>) -> Box<Diagnostic> {
    Diagnostic::error(codes::DIF001, message).at(span, "").hint(hint)
}
