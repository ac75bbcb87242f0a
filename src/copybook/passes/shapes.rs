//! PICTURE, USAGE and SIGN to shapes; what groups hand down.

use crate::copybook::entry::{SignClause, UsageWord};
use crate::copybook::layout::{BinaryForm, NumberShape, Shape, SignPlace, Usage};
use crate::copybook::picture::Picture;
use crate::copybook::tree::Draft;
use crate::diag::{Code, Diagnostic, Span, codes};

/// Most digits of a binary item.
const MAX_BINARY: u64 = 18;
/// Most digits of any item (ARITH(EXTEND)).
const MAX_DIGITS: u64 = 31;

/// What applies to an item, from its own clauses or those of its groups.
#[derive(Clone, Copy, Default)]
struct Inherited {
    usage: Option<UsageWord>,
    sign: Option<SignClause>,
    /// The item that carries the SYNCHRONIZED clause.
    sync: Option<usize>,
}

/// Gives every item its shape and every elementary item its length.
pub(super) fn settle(draft: &mut Draft) {
    let mut inherited: Vec<Inherited> = Vec::with_capacity(draft.items.len());
    let mut sync_refused = vec![false; draft.items.len()];
    for index in 0..draft.items.len() {
        let from_group = match draft.items[index].parent {
            Some(parent) if !draft.items[index].is_renames() => inherited[parent],
            _ => Inherited::default(),
        };
        warn_of_other_usage(draft, index, from_group);
        let entry = &draft.items[index].entry;
        let own = Inherited {
            usage: entry.usage.as_ref().map(|usage| usage.value).or(from_group.usage),
            sign: entry.sign.as_ref().map(|sign| sign.value).or(from_group.sign),
            sync: entry.sync.as_ref().map(|_| index).or(from_group.sync),
        };
        inherited.push(own);
        if draft.items[index].is_renames() {
            continue;
        }
        if draft.items[index].children.is_empty() {
            elementary(draft, index, own);
            refuse_sync(draft, index, own, &mut sync_refused);
        } else {
            group(draft, index);
        }
    }
}

fn error(draft: &mut Draft, code: Code, message: String, span: &Span, hint: &str) {
    draft.report(Diagnostic::error(code, message).at(span, "").hint(hint));
}

fn warn_of_other_usage(draft: &mut Draft, index: usize, from_group: Inherited) {
    let entry = &draft.items[index].entry;
    let (Some(usage), Some(group)) = (&entry.usage, from_group.usage) else { return };
    if usage.value != group {
        let message = format!("`{}` has another USAGE than its group", entry.shown());
        let warning = Diagnostic::warning(codes::CPY023, message).at(&usage.span, "");
        draft.report(warning.hint("its own USAGE is used; take one of them away"));
    }
}

/// A group has no PICTURE and none of the clauses that go with one.
fn group(draft: &mut Draft, index: usize) {
    let item = &draft.items[index];
    let name = item.entry.shown();
    if let Some(picture) = &item.entry.picture {
        let first = draft.shown(item.children[0]);
        let message = format!("`{name}` has a PICTURE, and yet `{first}` is subordinate to it");
        let span = picture.span.clone();
        return error(
            draft,
            codes::CPY011,
            message,
            &span,
            "take the PICTURE away, or mend the level numbers",
        );
    }
    let clause = [("JUSTIFIED", &item.entry.justified), ("BLANK WHEN ZERO", &item.entry.blank_when_zero)]
        .into_iter()
        .find_map(|(clause, span)| span.clone().map(|span| (clause, span)));
    if let Some((clause, span)) = clause {
        let message = format!("{clause} is for elementary items, and `{name}` is a group");
        error(draft, codes::CPY010, message, &span, "move the clause to the item it is meant for");
    }
}

fn elementary(draft: &mut Draft, index: usize, own: Inherited) {
    let entry = &draft.items[index].entry;
    let Some(picture) = &entry.picture else {
        draft.items[index].shape = Shape::Text;
        return missing_picture(draft, index);
    };
    let span = picture.span.clone();
    match picture.value.meaning.clone() {
        None => {
            draft.items[index].entry.broken = true;
            draft.items[index].shape = Shape::Text;
        }
        Some(Picture::Text(length)) => text(draft, index, length),
        Some(Picture::Number { digits, scaling, scale, signed }) => {
            let usage = own.usage.unwrap_or(UsageWord::Display);
            let limit =
                if matches!(usage, UsageWord::Binary | UsageWord::Native) { MAX_BINARY } else { MAX_DIGITS };
            if digits.saturating_add(scaling) > limit {
                let message = format!("the PICTURE has {} digits, but {limit} is the most", digits + scaling);
                let hint = "shorten it, or describe the bytes as PIC X";
                error(draft, codes::CPY012, message, &span, hint);
                draft.items[index].entry.broken = true;
                draft.items[index].shape = Shape::Text;
                return;
            }
            number(draft, index, own, (digits, scale, signed));
        }
        Some(Picture::National(_) | Picture::NationalEdited(_) | Picture::Dbcs(_) | Picture::Utf8(_)) => {
            refuse_picture(draft, index, "a national PICTURE");
        }
        Some(Picture::Edited(_) | Picture::ExternalFloat(_) | Picture::TextEdited(_)) => {
            refuse_picture(draft, index, "an edited PICTURE");
        }
    }
}

fn refuse_picture(draft: &mut Draft, index: usize, what: &str) {
    draft.items[index].shape = Shape::Text;
    draft.items[index].entry.broken = true;
    let Some(picture) = &draft.items[index].entry.picture else { return };
    let message = format!("`{}` is {what}, which is not supported", picture.value.text);
    let span = picture.span.clone();
    error(draft, codes::CPY009, message, &span, "describe the bytes as PIC X of their number");
}

fn missing_picture(draft: &mut Draft, index: usize) {
    let entry = &draft.items[index].entry;
    if entry.broken {
        return;
    }
    let message = format!("`{}` has no PICTURE and no items below it", entry.shown());
    let span = entry.span.clone();
    draft.items[index].entry.broken = true;
    error(
        draft,
        codes::CPY011,
        message,
        &span,
        "add a PICTURE, or subordinate items with higher level numbers",
    );
}

fn text(draft: &mut Draft, index: usize, length: u64) {
    let item = &mut draft.items[index];
    item.shape = Shape::Text;
    item.length = length;
    let entry = &item.entry;
    let usage =
        entry.usage.as_ref().filter(|usage| usage.value != UsageWord::Display).map(|usage| &usage.span);
    let sign = entry.sign.as_ref().map(|sign| &sign.span);
    let blank = entry.blank_when_zero.as_ref();
    let clause = usage
        .map(|span| ("this USAGE", span))
        .or(sign.map(|span| ("SIGN", span)))
        .or(blank.map(|span| ("BLANK WHEN ZERO", span)));
    if let Some((clause, span)) = clause {
        let message = format!("{clause} is for numbers, and `{}` is text", entry.shown());
        let span = span.clone();
        error(draft, codes::CPY010, message, &span, "take the clause away, or make the PICTURE one of 9s");
    }
}

fn number(draft: &mut Draft, index: usize, own: Inherited, (digits, scale, signed): (u64, i64, bool)) {
    let usage = match own.usage.unwrap_or(UsageWord::Display) {
        UsageWord::Display => Usage::Zoned(if signed { sign_place(own.sign) } else { SignPlace::Trailing }),
        UsageWord::Packed => Usage::Packed,
        UsageWord::Binary => Usage::Binary(BinaryForm::ibm(digits.min(18) as u8, false)),
        UsageWord::Native => Usage::Binary(BinaryForm::ibm(digits.min(18) as u8, true)),
    };
    // The digit limit keeps both within their types.
    let shape = NumberShape {
        digits: u8::try_from(digits).unwrap_or(u8::MAX),
        scale: i8::try_from(scale).unwrap_or(i8::MAX),
        signed,
        usage,
    };
    let item = &mut draft.items[index];
    item.shape = Shape::Number(shape);
    item.length = shape.length() as u64;
    check_number_clauses(draft, index, shape);
}

fn sign_place(sign: Option<SignClause>) -> SignPlace {
    match sign {
        Some(SignClause { leading: true, separate: true }) => SignPlace::LeadingSeparate,
        Some(SignClause { leading: true, separate: false }) => SignPlace::Leading,
        Some(SignClause { leading: false, separate: true }) => SignPlace::TrailingSeparate,
        _ => SignPlace::Trailing,
    }
}

/// The item's own clauses must fit it; those of a group apply only where they can.
fn check_number_clauses(draft: &mut Draft, index: usize, shape: NumberShape) {
    let entry = &draft.items[index].entry;
    let zoned = matches!(shape.usage, Usage::Zoned(_));
    let name = entry.shown();
    let mut problems = Vec::new();
    if let Some(sign) = entry.sign.as_ref().filter(|_| !zoned || !shape.signed) {
        let what = if zoned { "has no S in its PICTURE" } else { "is not USAGE DISPLAY" };
        let hint = if zoned { "add S to the PICTURE, or take SIGN away" } else { "take SIGN away" };
        problems.push((format!("SIGN is given, but `{name}` {what}"), sign.span.clone(), hint));
    }
    if let Some(span) = entry.justified.as_ref() {
        problems.push((
            format!("JUSTIFIED is for text, and `{name}` is a number"),
            span.clone(),
            "take it away",
        ));
    }
    if let Some(span) = entry.blank_when_zero.as_ref().filter(|_| !zoned || shape.signed) {
        let message = format!("BLANK WHEN ZERO is for unsigned DISPLAY numbers, which `{name}` is not");
        problems.push((message, span.clone(), "take it away"));
    }
    for (message, span, hint) in problems {
        error(draft, codes::CPY010, message, &span, hint);
    }
}

/// SYNCHRONIZED moves binary items to boundaries; read without it every offset behind would be wrong.
fn refuse_sync(draft: &mut Draft, index: usize, own: Inherited, refused: &mut [bool]) {
    let binary = draft.items[index].shape;
    let Shape::Number(NumberShape { usage: Usage::Binary(_), .. }) = binary else { return };
    let Some(owner) = own.sync.filter(|&owner| !refused[owner]) else { return };
    refused[owner] = true;
    let Some(span) = draft.items[owner].entry.sync.clone() else { return };
    let message = format!("SYNCHRONIZED on the binary item `{}` is not supported", draft.shown(index));
    let hint = "take it away and put a FILLER where the compiler puts slack bytes";
    error(draft, codes::CPY005, message, &span, hint);
}
