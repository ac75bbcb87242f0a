//! Condition names, and whether VALUE literals fit their items.

use crate::copybook::entry::{Entry, ValueRange};
use crate::copybook::layout::{Condition, ConditionValue, FieldId, Literal, Shape};
use crate::copybook::tree::Draft;
use crate::copybook::values;
use crate::diag::{Diagnostic, codes};

/// Checks the VALUE of data items.
pub(super) fn check_values(draft: &mut Draft) {
    for index in 0..draft.items.len() {
        let item = &draft.items[index];
        if item.entry.broken {
            continue;
        }
        let Some(range) = item.entry.value.as_ref().and_then(|value| value.value.first()) else { continue };
        let checked = values::check(&range.low, item.shape, item.length);
        let range_end = range.high.as_ref().map(|high| high.span.clone());
        if let Err(diagnostic) = checked {
            draft.report(diagnostic);
        }
        if let Some(span) = range_end {
            let error = Diagnostic::error(codes::CPY020, "a range of values is for level 88").at(&span, "");
            draft.report(error.hint("give the item one value"));
        }
    }
}

/// Turns level 88 entries into conditions.
pub(super) fn settle(draft: &mut Draft) -> Vec<Condition> {
    let entries = std::mem::take(&mut draft.conditions);
    entries.into_iter().filter_map(|(entry, field)| condition(draft, entry, field)).collect()
}

fn condition(draft: &mut Draft, entry: Entry, field: usize) -> Option<Condition> {
    let name = entry.name?;
    let ranges = entry.value?.value;
    let item = &draft.items[field];
    let (shape, length, broken) = (item.shape, item.length, item.entry.broken);
    if !broken && !entry.broken {
        ranges.iter().for_each(|range| check_range(draft, range, shape, length));
        if let Some(literal) = &entry.when_false
            && let Err(diagnostic) = values::check(literal, shape, length)
        {
            draft.report(diagnostic);
        }
    }
    let values = ranges
        .into_iter()
        .map(|range| ConditionValue { low: range.low.value, high: range.high.map(|high| high.value) })
        .collect();
    Some(Condition {
        name,
        field: FieldId(u32::try_from(field).unwrap_or(u32::MAX)),
        values,
        when_false: entry.when_false.map(|literal| literal.value),
        span: entry.span,
    })
}

fn check_range(draft: &mut Draft, range: &ValueRange, shape: Shape, length: u64) {
    for literal in std::iter::once(&range.low).chain(&range.high) {
        if let Err(diagnostic) = values::check(literal, shape, length) {
            draft.report(diagnostic);
        }
    }
    let Some(high) = &range.high else { return };
    if let (Literal::Number(low), Literal::Number(top)) = (&range.low.value, &high.value)
        && low >= top
    {
        let message = format!("the range ends at {top}, which is not above its start {low}");
        let error = Diagnostic::error(codes::CPY019, message).at(&high.span, "");
        draft.report(error.hint("write the smaller value first"));
    }
}
