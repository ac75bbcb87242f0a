//! PICTURE, USAGE and SIGN to shapes; what groups hand down.

use std::sync::Arc;

use crate::copybook::entry::{SignClause, Spanned, UsageWord};
use crate::copybook::layout::{
    BinaryForm, Edit, EditedShape, FloatWidth, NumberShape, Shape, SignPlace, Usage,
};
use crate::copybook::options::{CompilerOptions, Dialect, Nsymbol, PointerSize, Trunc, fewest_bytes};
use crate::copybook::picture::Picture;
use crate::copybook::tree::Draft;
use crate::diag::{Code, Diagnostic, Span, codes};
use crate::encoding::ByteOrder;
use crate::encoding::edited::{EditMask, FloatMask};

/// Most digits of any item: what 128 bits hold.
const MAX_DIGITS: u64 = 38;
/// Most digits of a binary item of IBM's.
const MAX_BINARY: u64 = 18;
/// Most bytes of PIC X with COMP-X or COMP-5.
const MAX_BYTES: u64 = 8;

/// What applies to an item, from its own clauses or those of its groups.
#[derive(Clone, Copy, Default)]
struct Inherited {
    usage: Option<UsageWord>,
    /// The usage is that of a GROUP-USAGE.
    group_usage: bool,
    sign: Option<SignClause>,
    sync: bool,
}

/// What an elementary item has and what it gets from its groups.
#[derive(Clone, Copy)]
struct Own {
    explicit: Option<UsageWord>,
    inherited: Option<UsageWord>,
    group_usage: bool,
    sign: Option<SignClause>,
    sync: bool,
}

/// Gives every item its shape and every elementary item its length.
pub(super) fn settle(draft: &mut Draft) {
    let mut handed: Vec<Inherited> = Vec::with_capacity(draft.items.len());
    for index in 0..draft.items.len() {
        let from_group = match draft.items[index].parent {
            Some(parent) if !draft.items[index].is_renames() => handed[parent],
            _ => Inherited::default(),
        };
        warn_of_other_usage(draft, index, from_group);
        let entry = &draft.items[index].entry;
        let group_usage = entry.group_usage.as_ref().map(|usage| usage.value);
        let explicit = entry.usage.as_ref().map(|usage| usage.value);
        let sign = entry.sign.as_ref().map(|sign| sign.value).or(from_group.sign);
        let sync = entry.sync.is_some() || from_group.sync;
        handed.push(Inherited {
            usage: group_usage.or(explicit).or(from_group.usage),
            group_usage: group_usage.is_some() || (explicit.is_none() && from_group.group_usage),
            sign,
            sync,
        });
        if draft.items[index].is_renames() {
            continue;
        }
        if draft.items[index].children.is_empty() {
            let Inherited { usage: inherited, group_usage, .. } = from_group;
            elementary(draft, index, Own { explicit, inherited, group_usage, sign, sync });
        } else {
            group(draft, index, group_usage);
        }
    }
}

fn error(draft: &mut Draft, code: Code, message: String, span: &Span, hint: &str) {
    draft.report(Diagnostic::error(code, message).at(span, "").hint(hint));
}

/// Takes an item out of all further checks.
fn give_up(draft: &mut Draft, index: usize) {
    draft.items[index].entry.broken = true;
    draft.items[index].shape = Shape::Text;
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
fn group(draft: &mut Draft, index: usize, group_usage: Option<UsageWord>) {
    let item = &mut draft.items[index];
    item.usage = group_usage.map_or("", UsageWord::name);
    let name = item.entry.shown();
    if let Some(span) = item.entry.picture.as_ref().map(|picture| picture.span.clone()) {
        let child = item.children[0];
        let first = draft.shown(child);
        let message = format!("`{name}` has a PICTURE, and yet `{first}` is subordinate to it");
        let hint = "take the PICTURE away, or mend the level numbers";
        return error(draft, codes::CPY011, message, &span, hint);
    }
    let clauses = [
        ("JUSTIFIED", &item.entry.justified),
        ("BLANK WHEN ZERO", &item.entry.blank_when_zero),
        ("BYTE-LENGTH", &item.entry.byte_length.as_ref().map(|length| length.span.clone())),
    ];
    let clause = clauses.into_iter().find_map(|(clause, span)| span.clone().map(|span| (clause, span)));
    if let Some((clause, span)) = clause {
        let message = format!("{clause} is for elementary items, and `{name}` is a group");
        error(draft, codes::CPY010, message, &span, "move the clause to the item it is meant for");
    }
}

fn elementary(draft: &mut Draft, index: usize, own: Own) {
    let entry = &draft.items[index].entry;
    if let Some(clause) = entry.group_usage.clone() {
        let message = format!("GROUP-USAGE is for groups, and `{}` has no items below it", entry.shown());
        error(draft, codes::CPY010, message, &clause.span, "write USAGE instead");
        return give_up(draft, index);
    }
    let Some(picture) = &entry.picture else { return without_picture(draft, index, own) };
    let Spanned { value: picture, span } = picture.clone();
    let Some(meaning) = picture.meaning else { return give_up(draft, index) };
    if let Some(usage) = own.explicit.filter(|usage| usage.stands_alone()) {
        let message =
            format!("USAGE {} takes no PICTURE, and `{}` has one", usage.name(), draft.shown(index));
        error(draft, codes::CPY010, message, &span, "take the PICTURE or the USAGE away");
        return give_up(draft, index);
    }
    check_byte_length(draft, index, &meaning);
    match meaning {
        Picture::Edited(mask) => edited(draft, index, own, mask),
        Picture::ExternalFloat(mask) => external_float(draft, index, own, mask),
        Picture::TextEdited(mask) => {
            text(draft, index, own, mask.length() as u64);
            draft.items[index].edit = Some(Edit::Text(mask));
        }
        Picture::NationalEdited(mask) => {
            let characters = mask.length() as u64 / 2;
            national(draft, index, own, characters);
            draft.items[index].edit = Some(Edit::Text(mask));
        }
        Picture::Text(length) => text(draft, index, own, length),
        Picture::National(length) => national(draft, index, own, length),
        Picture::Dbcs(length) => wide(draft, index, own, (UsageWord::Dbcs, Shape::Dbcs, length, 2)),
        Picture::Utf8(length) => utf8(draft, index, own, length),
        Picture::Number { digits, scaling, scale, signed } => {
            if check_digits(draft, index, own, digits.saturating_add(scaling), &span) {
                number(draft, index, own, (digits, scale, signed));
            } else {
                give_up(draft, index);
            }
        }
    }
    align(draft, index, own);
}

/// Digits beyond IBM's limits have a meaning as long as 128 bits hold them.
fn check_digits(draft: &mut Draft, index: usize, own: Own, digits: u64, span: &Span) -> bool {
    if digits > MAX_DIGITS {
        let message = format!("the PICTURE has {digits} digits, but {MAX_DIGITS} is the most");
        error(draft, codes::CPY012, message, span, "shorten it, or describe the bytes as PIC X");
        return false;
    }
    let arith = draft.options.compiler.arith.digits();
    let binary = matches!(
        usage_of_number(own),
        UsageWord::Binary
            | UsageWord::Native
            | UsageWord::LittleEndian
            | UsageWord::BytesBig
            | UsageWord::BytesNative
    );
    let limit = if binary { MAX_BINARY } else { arith };
    if digits > limit {
        let message = format!("`{}` has {digits} digits, and compilers allow {limit}", draft.shown(index));
        let hint = if binary {
            "it is read as a binary number of as many bytes as that takes; check the length"
        } else {
            "it is read as it stands; check the PICTURE"
        };
        draft.report(Diagnostic::warning(codes::CPY023, message).at(span, "").hint(hint));
    }
    true
}

fn check_byte_length(draft: &mut Draft, index: usize, meaning: &Picture) {
    let Some(clause) = draft.items[index].entry.byte_length.clone() else { return };
    let problem = match meaning {
        Picture::Utf8(1) => return,
        Picture::Utf8(_) => "BYTE-LENGTH goes with a single U",
        _ => "BYTE-LENGTH is for PIC U",
    };
    error(draft, codes::CPY010, problem.to_owned(), &clause.span, "write it like PIC U BYTE-LENGTH 20");
}

/// COMP-1, COMP-2, addresses and the integers of GnuCOBOL need no PICTURE.
fn without_picture(draft: &mut Draft, index: usize, own: Own) {
    let Some(usage) = own.explicit.or(own.inherited).filter(|usage| usage.stands_alone()) else {
        draft.items[index].shape = Shape::Text;
        return missing_picture(draft, index);
    };
    let options = draft.options.compiler;
    let (shape, length) = match usage {
        UsageWord::Float(width) => (Shape::Float(width), width.length() as u64),
        UsageWord::Integer { length, signed } => (integer(length, signed, &options), u64::from(length)),
        UsageWord::Pointer32 => (Shape::Address, 4),
        UsageWord::ProcedurePointer => (Shape::Address, 8),
        UsageWord::Index => (Shape::Address, options.index_length()),
        _ => (Shape::Address, options.address_length()),
    };
    let item = &mut draft.items[index];
    (item.shape, item.length, item.usage) = (shape, length, usage.name());
    refuse_number_clauses(draft, index, usage.name());
    align(draft, index, own);
}

/// BINARY-CHAR and its kin hold what their bytes can hold.
fn integer(length: u8, signed: bool, options: &CompilerOptions) -> Shape {
    let digits = match (length, signed) {
        (1, _) => 3,
        (2, _) => 5,
        (4, _) => 10,
        (_, true) => 19,
        (_, false) => 20,
    };
    let form = BinaryForm { length, order: native_order(options), native: true };
    Shape::Number(NumberShape { digits, scale: 0, signed, usage: Usage::Binary(form) })
}

/// The order of COMP-5: that of the machine the compiler is for.
fn native_order(options: &CompilerOptions) -> ByteOrder {
    match options.dialect {
        Dialect::Ibm => ByteOrder::Big,
        Dialect::GnuCobol | Dialect::MicroFocus => ByteOrder::Little,
    }
}

fn missing_picture(draft: &mut Draft, index: usize) {
    let entry = &draft.items[index].entry;
    if entry.broken {
        return;
    }
    let message = format!("`{}` has no PICTURE and no items below it", entry.shown());
    let span = entry.span.clone();
    draft.items[index].entry.broken = true;
    let hint = "add a PICTURE, or subordinate items with higher level numbers";
    error(draft, codes::CPY011, message, &span, hint);
}

/// SIGN, JUSTIFIED and BLANK WHEN ZERO do not go with what is no number of digits and no text.
fn refuse_number_clauses(draft: &mut Draft, index: usize, what: &str) {
    let entry = &draft.items[index].entry;
    let clauses = [
        ("SIGN", entry.sign.as_ref().map(|sign| sign.span.clone())),
        ("JUSTIFIED", entry.justified.clone()),
        ("BLANK WHEN ZERO", entry.blank_when_zero.clone()),
        ("BYTE-LENGTH", entry.byte_length.as_ref().map(|length| length.span.clone())),
    ];
    let name = entry.shown();
    for (clause, span) in clauses {
        if let Some(span) = span {
            let message = format!("{clause} does not go with `{name}`, which is USAGE {what}");
            error(draft, codes::CPY010, message, &span, "take it away");
        }
    }
}

fn text(draft: &mut Draft, index: usize, own: Own, length: u64) {
    let item = &mut draft.items[index];
    (item.shape, item.length, item.usage) = (Shape::Text, length, "DISPLAY");
    match own.explicit {
        Some(usage @ (UsageWord::BytesBig | UsageWord::BytesNative | UsageWord::Native)) => {
            return bytes_as_number(draft, index, usage, length, MAX_BYTES);
        }
        Some(usage @ UsageWord::PackedUnsigned) => {
            return bytes_as_number(draft, index, usage, length, MAX_DIGITS / 2);
        }
        _ => {}
    }
    let entry = &item.entry;
    if own.group_usage && own.inherited != Some(UsageWord::Display) {
        let message = format!("`{}` is PIC X or A in a group of another GROUP-USAGE", entry.shown());
        let span = entry.span.clone();
        return error(draft, codes::CPY010, message, &span, "use PIC N or U, or take GROUP-USAGE away");
    }
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

/// PIC X(n) COMP-X is a binary number of n bytes (Micro Focus), PIC X(n) COMP-3U a packed one (Cobrix).
fn bytes_as_number(draft: &mut Draft, index: usize, usage: UsageWord, bytes: u64, limit: u64) {
    if bytes > limit {
        let span = draft.items[index].entry.picture.as_ref().map(|picture| picture.span.clone());
        let message = format!("PIC X with USAGE {} takes at most {limit} bytes", usage.name());
        let span = span.unwrap_or_else(|| draft.items[index].entry.span.clone());
        error(draft, codes::CPY012, message, &span, "shorten it, or take the USAGE away");
        return give_up(draft, index);
    }
    // Both limits keep the length and the digits within their types.
    let length = u8::try_from(bytes).unwrap_or(u8::MAX);
    let order = match usage {
        UsageWord::BytesBig => ByteOrder::Big,
        _ => native_order(&draft.options.compiler),
    };
    let (digits, usage_of) = match usage {
        UsageWord::PackedUnsigned => (length * 2, Usage::PackedUnsigned),
        _ => {
            let top = 1_u128.checked_shl(u32::from(length) * 8).unwrap_or(0).wrapping_sub(1);
            let digits = u8::try_from(top.to_string().len()).unwrap_or(u8::MAX);
            (digits, Usage::Binary(BinaryForm { length, order, native: true }))
        }
    };
    let item = &mut draft.items[index];
    item.shape = Shape::Number(NumberShape { digits, scale: 0, signed: false, usage: usage_of });
    (item.length, item.usage) = (bytes, usage.name());
    refuse_number_clauses(draft, index, usage.name());
}

/// PIC N: NATIONAL or DISPLAY-1, by USAGE or else by NSYMBOL.
fn national(draft: &mut Draft, index: usize, own: Own, length: u64) {
    let wanted =
        own.explicit.or(own.inherited.filter(|u| matches!(u, UsageWord::National | UsageWord::Dbcs)));
    let dbcs = match wanted {
        Some(usage) => usage == UsageWord::Dbcs,
        None => draft.options.compiler.nsymbol == Nsymbol::Dbcs,
    };
    let kind = if dbcs { (UsageWord::Dbcs, Shape::Dbcs) } else { (UsageWord::National, Shape::National) };
    wide(draft, index, own, (kind.0, kind.1, length, 2));
}

fn utf8(draft: &mut Draft, index: usize, own: Own, length: u64) {
    let bytes = draft.items[index].entry.byte_length.as_ref().map(|length| length.value);
    let (count, size) = bytes.map_or((length, 4), |bytes| (bytes, 1));
    wide(draft, index, own, (UsageWord::Utf8, Shape::Utf8, count, size));
}

/// Text of so many characters of so many bytes.
fn wide(
    draft: &mut Draft,
    index: usize,
    own: Own,
    (usage, shape, count, size): (UsageWord, Shape, u64, u64),
) {
    let item = &mut draft.items[index];
    (item.shape, item.length, item.usage) = (shape, count.saturating_mul(size), usage.name());
    let entry = &item.entry;
    let other =
        entry.usage.as_ref().filter(|_| own.explicit != Some(usage)).map(|clause| clause.span.clone());
    let name = entry.shown();
    if let Some(span) = other {
        let message =
            format!("this USAGE does not go with the PICTURE of `{name}`, which is {}", usage.name());
        return error(draft, codes::CPY010, message, &span, "take the USAGE away, or change the PICTURE");
    }
    let (sign, blank) = (entry.sign.as_ref().map(|sign| sign.span.clone()), entry.blank_when_zero.clone());
    if let Some(span) = sign.or(blank) {
        let message = format!("this clause is for numbers, and `{name}` is text");
        error(draft, codes::CPY010, message, &span, "take the clause away");
    }
}

/// The USAGE of a number: its own, or that of its group if a number can have it.
fn usage_of_number(own: Own) -> UsageWord {
    let inherited = own
        .inherited
        .filter(|usage| !usage.stands_alone() && !matches!(usage, UsageWord::Dbcs | UsageWord::Utf8));
    own.explicit.or(inherited).unwrap_or(UsageWord::Display)
}

fn number(draft: &mut Draft, index: usize, own: Own, (digits, scale, signed): (u64, i64, bool)) {
    let word = usage_of_number(own);
    let options = draft.options.compiler;
    let place = if signed { sign_place(own.sign) } else { SignPlace::Trailing };
    let usage = match word {
        UsageWord::Display | UsageWord::Dbcs | UsageWord::Utf8 => Usage::Zoned(place),
        UsageWord::National => Usage::National(place),
        UsageWord::Packed => Usage::Packed,
        UsageWord::PackedUnsigned => Usage::PackedUnsigned,
        _ => Usage::Binary(binary_form(word, digits, signed, &options)),
    };
    // The digit limit keeps both within their types.
    let shape = NumberShape {
        digits: u8::try_from(digits).unwrap_or(u8::MAX),
        scale: i8::try_from(scale).unwrap_or(i8::MAX),
        signed,
        usage,
    };
    let item = &mut draft.items[index];
    (item.shape, item.length, item.usage) = (Shape::Number(shape), shape.length() as u64, word.name());
    check_number_usage(draft, index, own, shape);
    check_number_clauses(draft, index, shape);
    let item = &mut draft.items[index];
    let zoned = matches!(shape.usage, Usage::Zoned(_)) && !signed;
    // BLANK WHEN ZERO makes a number numeric-edited (Language Reference, "BLANK WHEN ZERO clause").
    if item.entry.blank_when_zero.is_some() && zoned {
        let (digits, scale) = (shape.digits, shape.scale);
        item.shape = Shape::Edited(EditedShape { digits, scale, signed: false, exponent: false });
        let mask = EditMask::plain(digits, scale).map(EditMask::with_blank_when_zero);
        item.edit = mask.map(|mask| Edit::Number(Arc::new(mask)));
    }
}

/// A numeric-edited item: the characters of its mask.
fn edited(draft: &mut Draft, index: usize, own: Own, mask: Arc<EditMask>) {
    let blank = draft.items[index].entry.blank_when_zero.clone();
    let mask = match &blank {
        Some(span) if mask.asterisk() => {
            let message = "BLANK WHEN ZERO does not go with `*` in the PICTURE".to_owned();
            error(draft, codes::CPY010, message, span, "take the clause away, or use Z");
            mask
        }
        Some(_) => Arc::new(mask.as_ref().clone().with_blank_when_zero()),
        None => mask,
    };
    let shape =
        EditedShape { digits: mask.digits(), scale: mask.scale(), signed: mask.signed(), exponent: false };
    let item = &mut draft.items[index];
    (item.shape, item.length, item.usage) = (Shape::Edited(shape), mask.length() as u64, "DISPLAY");
    item.edit = Some(Edit::Number(mask));
    refuse_display_only(draft, index, own);
}

/// External floating point: mantissa and exponent as text.
fn external_float(draft: &mut Draft, index: usize, own: Own, mask: FloatMask) {
    let (digits, decimals) = mask.digits();
    let scale = i8::try_from(decimals).unwrap_or(i8::MAX);
    let item = &mut draft.items[index];
    item.shape = Shape::Edited(EditedShape { digits, scale, signed: true, exponent: true });
    (item.length, item.usage) = (mask.length() as u64, "DISPLAY");
    item.edit = Some(Edit::Float(mask));
    if let Some(span) = item.entry.blank_when_zero.clone() {
        let message = "BLANK WHEN ZERO does not go with a floating-point PICTURE".to_owned();
        error(draft, codes::CPY010, message, &span, "take the clause away");
    }
    refuse_display_only(draft, index, own);
}

/// An edited item is USAGE DISPLAY and has its sign in the PICTURE.
fn refuse_display_only(draft: &mut Draft, index: usize, own: Own) {
    let entry = &draft.items[index].entry;
    let usage = entry.usage.as_ref().filter(|_| own.explicit != Some(UsageWord::Display));
    let clauses = [
        ("this USAGE", usage.map(|usage| usage.span.clone())),
        ("SIGN", entry.sign.as_ref().map(|sign| sign.span.clone())),
        ("JUSTIFIED", entry.justified.clone()),
    ];
    let name = entry.shown();
    for (clause, span) in clauses {
        if let Some(span) = span {
            let message = format!("{clause} does not go with `{name}`, which has an edited PICTURE");
            error(draft, codes::CPY010, message, &span, "take the clause away");
        }
    }
}

fn binary_form(word: UsageWord, digits: u64, signed: bool, options: &CompilerOptions) -> BinaryForm {
    let native = word == UsageWord::Native;
    let (length, order) = match word {
        // GnuCOBOL gives a signed COMP-N the bytes of an unsigned one.
        UsageWord::BytesBig => (fewest_bytes(digits, false), ByteOrder::Big),
        UsageWord::BytesNative => (fewest_bytes(digits, false), native_order(options)),
        UsageWord::Native => (options.binary_length(digits, signed, true), native_order(options)),
        UsageWord::LittleEndian => (options.binary_length(digits, signed, false), ByteOrder::Little),
        _ => (options.binary_length(digits, signed, false), ByteOrder::Big),
    };
    let whole = native || matches!(word, UsageWord::BytesBig | UsageWord::BytesNative);
    BinaryForm { length, order, native: whole || options.trunc == Trunc::Bin }
}

fn sign_place(sign: Option<SignClause>) -> SignPlace {
    match sign {
        Some(SignClause { leading: true, separate: true }) => SignPlace::LeadingSeparate,
        Some(SignClause { leading: true, separate: false }) => SignPlace::Leading,
        Some(SignClause { leading: false, separate: true }) => SignPlace::TrailingSeparate,
        _ => SignPlace::Trailing,
    }
}

/// USAGE that a number cannot have, or not with a sign.
fn check_number_usage(draft: &mut Draft, index: usize, own: Own, shape: NumberShape) {
    let entry = &draft.items[index].entry;
    let name = entry.shown();
    let span = entry.usage.as_ref().map_or(&entry.span, |usage| &usage.span).clone();
    let separate =
        matches!(shape.usage, Usage::National(SignPlace::LeadingSeparate | SignPlace::TrailingSeparate));
    let (message, hint) = match (own.explicit, shape.usage) {
        (Some(usage @ (UsageWord::Dbcs | UsageWord::Utf8)), _) => {
            (format!("USAGE {} is for text, and `{name}` is a number", usage.name()), "take it away")
        }
        (_, Usage::National(_)) if shape.signed && !separate => (
            format!("`{name}` is a signed NATIONAL number, which needs SIGN SEPARATE"),
            "add SIGN TRAILING SEPARATE",
        ),
        (_, Usage::PackedUnsigned) if shape.signed => (
            format!("`{name}` has S in its PICTURE, but COMP-6 has no sign"),
            "take the S away, or use COMP-3",
        ),
        _ => return,
    };
    error(draft, codes::CPY010, message, &span, hint);
}

/// The item's own clauses must fit it; those of a group apply only where they can.
fn check_number_clauses(draft: &mut Draft, index: usize, shape: NumberShape) {
    let entry = &draft.items[index].entry;
    let zoned = matches!(shape.usage, Usage::Zoned(_));
    let digits = zoned || matches!(shape.usage, Usage::National(_));
    let name = entry.shown();
    let mut problems = Vec::new();
    if let Some(sign) = entry.sign.as_ref().filter(|_| !digits || !shape.signed) {
        let what = if digits { "has no S in its PICTURE" } else { "is not USAGE DISPLAY" };
        let hint = if digits { "add S to the PICTURE, or take SIGN away" } else { "take SIGN away" };
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

/// The boundary that SYNCHRONIZED asks for (Language Reference, "SYNCHRONIZED clause" and "Slack bytes within records").
fn align(draft: &mut Draft, index: usize, own: Own) {
    let options = draft.options.compiler;
    // Micro Focus takes SYNCHRONIZED for a comment as long as IBMCOMP is not set.
    if !own.sync || options.dialect == Dialect::MicroFocus {
        return;
    }
    let item = &mut draft.items[index];
    item.boundary = match item.shape {
        // No compiler aligns these.
        _ if matches!(item.usage, "COMP-X" | "COMP-N") || item.usage.starts_with("BINARY-") => 1,
        Shape::Number(NumberShape { usage: Usage::Binary(form), .. }) => match form.length {
            2 => 2,
            4 | 8 | 16 => 4,
            _ => 1,
        },
        Shape::Float(FloatWidth::Short) => 4,
        Shape::Float(FloatWidth::Long) => 8,
        Shape::Address if item.length == 8 && options.pointer == PointerSize::Bits64 => 8,
        Shape::Address => 4,
        _ => 1,
    };
}
