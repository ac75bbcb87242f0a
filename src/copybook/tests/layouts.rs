//! What correct copybooks mean.

use super::*;
use crate::encoding::ByteOrder;

#[test]
fn usages_and_signs() {
    let l = layout(
        "01 R SIGN IS LEADING SEPARATE.
           05 A PIC S9(3)V99. 05 B PIC 9(3). 05 C PIC S9(4) COMP. 05 D PIC S9(5) BINARY. 05 E PIC 9(10) COMP-4.
           05 F PIC S9(4) COMP-3. 05 G PIC S9(5) PACKED-DECIMAL. 05 H USAGE IS COMPUTATIONAL-5 PIC 9(18).
           05 I PIC S99 SIGN TRAILING. 05 J PIC X(3) JUST RIGHT. 05 K PIC 99 BLANK ZERO. 05 K2 PIC S9 LEADING.",
    );
    let places = "ABCDEFGHIJK".chars().map(|name| place(&l, &name.to_string())).collect::<Vec<_>>();
    let expected =
        [(0, 6), (6, 3), (9, 2), (11, 4), (15, 8), (23, 3), (26, 3), (29, 8), (37, 2), (39, 3), (42, 2)];
    assert_eq!(places, expected);
    let usage = |name| field(&l, name).number().unwrap().usage;
    assert_eq!(usage("A"), Usage::Zoned(SignPlace::LeadingSeparate));
    assert_eq!(usage("B"), Usage::Zoned(SignPlace::Trailing));
    assert_eq!(usage("H"), Usage::Binary(BinaryForm::ibm(18, true)));
    assert_eq!(usage("I"), Usage::Zoned(SignPlace::Trailing), "the inner SIGN replaces the outer one");
    assert_eq!(usage("K2"), Usage::Zoned(SignPlace::Leading));
    assert!(field(&l, "J").justified && field(&l, "K").blank_when_zero);
    assert_eq!(field(&l, "A").number().unwrap().scale, 2);
    assert_eq!(l.length(), 45);
}

#[test]
fn group_usage_reaches_numbers_only() {
    let l = layout("1 R USAGE COMP-3. 5 G. 10 A PIC S9(5). 10 B PIC X(2). 5 C PIC 9(3)PPP. 5 D PIC VPP99.");
    assert_eq!(
        (place(&l, "A"), place(&l, "B"), place(&l, "C"), place(&l, "D")),
        ((0, 3), (3, 2), (5, 2), (7, 2))
    );
    assert_eq!(field(&l, "B").shape, Shape::Text);
    let scale = |name| field(&l, name).number().map(|n| (n.digits, n.scale));
    assert_eq!((scale("C"), scale("D")), (Some((3, -3)), Some((2, 4))));
}

#[test]
fn fragments_are_records_of_their_own() {
    let l = layout("05 A PIC X(3). 05 B. 10 C PIC X. 10 D PIC 9. 05 E PIC X(2).");
    assert_eq!((l.length(), l.roots().count()), (7, 1));
    assert_eq!((place(&l, "B"), place(&l, "E")), ((3, 2), (5, 2)));
    assert_eq!(l.field(FieldId(0)).name, None);
}

#[test]
fn unnamed_items_and_odd_levels() {
    let (l, diagnostics) =
        read("01 R. 10 PIC X(2). 10 FILLER PIC X. 10 G. 20 A PIC X. 15 B PIC X. 7 C PIC 9.");
    assert_eq!(codes_of(&diagnostics), ["CPY023", "CPY023"]);
    let l = l.unwrap();
    assert_eq!((place(&l, "G"), place(&l, "B"), place(&l, "C")), ((3, 2), (4, 1), (5, 1)));
}

#[test]
fn records_share_or_follow_by_area() {
    let text = "01 A PIC X(3). 01 B. 05 C PIC X(5). 05 D PIC X. 01 E REDEFINES B PIC X(8). 77 F PIC 99.";
    let (file, diagnostics) = read(text);
    let file = file.unwrap();
    assert_eq!(codes_of(&diagnostics), ["CPY023", "CPY023"]);
    assert_eq!(
        (file.length(), file.length_min(), place(&file, "B"), place(&file, "F")),
        (8, 2, (0, 6), (0, 2))
    );
    let (storage, diagnostics) = read_with(text, SourceFormat::Free, Area::WorkingStorage);
    let storage = storage.unwrap();
    assert!(diagnostics.list().is_empty(), "{diagnostics}");
    assert_eq!((place(&storage, "D"), place(&storage, "E"), place(&storage, "F")), ((8, 1), (3, 8), (11, 2)));
    assert_eq!(storage.length(), 13);
}

#[test]
fn redefinitions_chain_to_the_first_and_may_grow() {
    let (l, diagnostics) = read(
        "01 R. 05 A PIC X(4). 05 B REDEFINES A. 10 B1 PIC X. 10 B2 REDEFINES B1 PIC 9. 10 B3 PIC X(3).
         05 C REDEFINES B PIC X(6). 05 D PIC X.",
    );
    let l = l.unwrap();
    assert_eq!(codes_of(&diagnostics), ["CPY023"], "C is longer");
    assert_eq!(
        (place(&l, "B2"), place(&l, "B3"), place(&l, "C"), place(&l, "D")),
        ((0, 1), (1, 3), (0, 6), (6, 1))
    );
    assert_eq!(field(&l, "C").redefines, Some(l.find("A", &[]).unwrap()));
    assert_eq!(l.length(), 7);
}

#[test]
fn tables_and_dimensions() {
    let l = layout(
        "01 R. 05 T OCCURS 3 TIMES ASCENDING KEY IS K OF T INDEXED BY I1, I2.
           10 K PIC X(2). 10 U PIC S9(3) COMP-3 OCCURS 4. 05 Z PIC X.",
    );
    let strides = |name| field(&l, name).dims.iter().map(|dim| (dim.stride, dim.max)).collect::<Vec<_>>();
    assert_eq!(
        (strides("T"), strides("K"), strides("U")),
        (vec![(10, 3)], vec![(10, 3)], vec![(10, 3), (2, 4)])
    );
    assert_eq!((place(&l, "U"), place(&l, "Z"), l.length()), ((2, 2), (30, 1), 31));
    assert!(!l.is_variable());
}

#[test]
fn varying_tables_move_what_follows() {
    let l = layout(
        "01 R. 05 N PIC 99. 05 M PIC 9. 05 A OCCURS 0 TO 5 TIMES DEPENDING ON N OF R.
           10 A1 PIC X(3). 10 A2 PIC X OCCURS 2 DEPENDING M. 10 A3 PIC X.
         05 G. 10 B PIC X(2). 10 C PIC 9 OCCURS 1 TO 4 DEPENDING ON M. 05 D PIC X.",
    );
    assert_eq!(
        (place(&l, "A"), place(&l, "A3"), place(&l, "C"), place(&l, "D")),
        ((3, 6), (8, 1), (35, 1), (39, 1))
    );
    assert_eq!((l.length(), l.length_min()), (40, 3 + 2 + 1 + 1));
    let moving =
        ["R", "N", "M", "A", "A1", "A2", "A3", "G", "B", "C", "D"].map(|name| field(&l, name).moving);
    assert_eq!(moving, [true, false, false, true, true, true, true, true, true, true, true]);
    let occurs = field(&l, "A2").occurs.clone().unwrap();
    assert_eq!((occurs.min, occurs.max, occurs.depending_on), (1, 2, l.find("M", &[]).ok()));
    let plain = layout("01 R. 05 N PIC 9. 05 T OCCURS 1 TO 3 DEPENDING ON N. 10 X1 PIC X.");
    let moving = ["R", "N", "T", "X1"].map(|name| field(&plain, name).moving);
    assert_eq!(moving, [true, false, false, false], "occurrences of a fixed length stay where they are");
}

#[test]
fn odd_counters_are_read_with_a_warning() {
    let (l, diagnostics) = read(
        "01 R. 05 T OCCURS 2. 10 N PIC 9. 10 U PIC X OCCURS 0 TO 3 DEPENDING ON N.
         05 M PIC 9. 05 V PIC X OCCURS 1 TO 2 DEPENDING ON M.",
    );
    assert!(l.is_some());
    assert_eq!(codes_of(&diagnostics), ["CPY023", "CPY023"]);
}

#[test]
fn renames_alone_and_ranges() {
    let l = layout(
        "01 R. 05 A PIC X(2). 05 G. 10 B PIC S9(3) COMP-3. 10 C PIC X(4).
         66 P RENAMES B. 66 Q RENAMES A THRU C OF G. 66 S RENAMES G.",
    );
    assert_eq!((place(&l, "P"), place(&l, "Q"), place(&l, "S")), ((2, 2), (0, 8), (2, 6)));
    assert_eq!((field(&l, "P").usage(), field(&l, "Q").shape), ("COMP-3", Shape::Group));
    assert_eq!(l.path(l.find("Q", &["R"]).unwrap()), "Q OF R");
    assert_eq!(l.roots().count(), 1);
}

#[test]
fn conditions_and_values() {
    let l = layout(
        "01 R. 05 A PIC S9(3)V99 VALUE -1.50. 88 LOSS VALUES ARE -99.99 THRU -0.01, 5 7 THROUGH 9.
         88 NIL VALUE ZERO. 05 G VALUE SPACES. 88 EMPTY VALUE SPACE LOW-VALUES X'4040' ALL '*' 'A' THRU 'C'.
         10 B PIC X(2). 10 C PIC X VALUE \"'\".",
    );
    let loss = l.find_condition("LOSS", &[]).unwrap();
    assert_eq!((loss.values.len(), loss.field), (3, l.find("A", &[]).unwrap()));
    assert_eq!(loss.values[0].low, Literal::Number("-99.99".parse().unwrap()));
    let empty = l.find_condition("EMPTY", &["R"]).unwrap();
    assert_eq!(empty.field, l.find("G", &[]).unwrap());
    assert_eq!(empty.values[2].low, Literal::Hex(vec![0x40, 0x40]));
    assert_eq!(empty.values[3].low, Literal::All("*".into()));
    assert_eq!(field(&l, "C").value, Some(Literal::Text("'".into())));
}

#[test]
fn synchronized_matters_for_binary_only() {
    let l = layout("01 R. 05 A PIC X SYNC. 05 B PIC S9(5) COMP-3 SYNCHRONIZED RIGHT. 05 C PIC 99 IS GLOBAL.");
    assert_eq!(l.length(), 6);
    assert_eq!(l.slack().count(), 0);
}

/// The examples of the Language Reference, "Slack bytes within records".
#[test]
fn slack_bytes_stand_where_the_manual_puts_them() {
    let l = layout("01 A. 05 B PIC X(5). 05 C. 10 D PIC XX. 10 E COMP PIC S9(6) SYNC.");
    assert_eq!((place(&l, "C"), place(&l, "E")), ((5, 7), (8, 4)));
    let l = layout("01 L. 05 M PIC X(5). 05 N PIC XX. 05 O. 10 P COMP PIC S9(6) SYNC.");
    assert_eq!((place(&l, "O"), place(&l, "P")), ((8, 4), (8, 4)));
    let slack = |l: &Layout| l.slack().map(|s| (s.offset, s.length)).collect::<Vec<_>>();
    assert_eq!(slack(&l), [(7, 1)]);
    let l = layout(
        "01 W. 05 WC PIC X. 05 T OCCURS 10. 10 TT PIC X. 10 TP PIC S9(4)V99 COMP SYNC. 10 TH PIC S9(3) COMP SYNC.
         10 TN PIC X(5).",
    );
    assert_eq!(
        (l.length(), place(&l, "T"), place(&l, "TP"), place(&l, "TN")),
        (161, (1, 16), (4, 4), (10, 5))
    );
    assert_eq!(slack(&l), [(15, 2), (2, 2)], "at the end of each occurrence, and before TP");
    let l = layout(
        "01 C. 05 A1 PIC X(5). 05 A2 PIC X(3). 05 A3 PIC X(3). 05 B1 PIC S9999 COMP SYNC.
         05 B2 PIC S99999 COMP SYNC. 05 B3 PIC S9999 COMP SYNC.",
    );
    assert_eq!((l.length(), slack(&l)), (22, vec![(11, 1), (14, 2)]));
}

#[test]
fn slack_bytes_belong_to_the_group_of_the_item_before() {
    let l = layout("01 R. 05 G. 10 H. 15 A PIC X. 05 I. 10 B PIC S9(9) COMP SYNC.");
    assert_eq!((place(&l, "H"), place(&l, "G"), place(&l, "I")), ((0, 4), (0, 4), (4, 4)));
    let only = l.slack().next().unwrap();
    assert_eq!((only.parent, only.before, only.length), (l.find("H", &[]).ok(), None, 3));
    let table = layout("01 R. 05 G OCCURS 1. 10 A PIC X. 05 I. 10 B PIC S9(9) COMP SYNC.");
    assert_eq!((place(&table, "G"), place(&table, "I")), ((0, 1), (4, 4)), "not in each occurrence");
}

#[test]
fn synchronized_on_the_record_reaches_all() {
    let l = layout(
        "01 R SYNC. 05 A PIC X. 05 B PIC 9 COMP. 05 C PIC X. 05 D PIC S9(18) COMP. 05 E PIC X. 05 F COMP-2.
         05 G PIC X. 05 H INDEX. 05 I PIC X. 05 J POINTER. 05 K PIC X. 05 L COMP-1.",
    );
    let places = ["B", "D", "F", "H", "J", "L"].map(|name| place(&l, name));
    assert_eq!(places, [(2, 2), (8, 8), (24, 8), (36, 4), (44, 4), (52, 4)]);
    let rows: Vec<usize> =
        table_rows(&l).iter().filter(|row| row.level.is_none()).map(|r| r.offset.1).collect();
    assert_eq!(rows, [1, 5, 17, 33, 41, 49]);
    assert_eq!(to_json(&l)["slack"].as_array().unwrap().len(), 6);
}

#[test]
fn usages_without_digits() {
    let l = layout(
        "01 R. 05 A COMP-1. 05 B COMP-2. 05 C INDEX. 05 D POINTER. 05 E POINTER-32. 05 F PROCEDURE-POINTER.
         05 G FUNCTION-POINTER. 05 H OBJECT REFERENCE BASE. 05 I BINARY-CHAR UNSIGNED. 05 J BINARY-SHORT.
         05 K BINARY-LONG SIGNED. 05 L BINARY-DOUBLE. 05 M FLOAT-SHORT. 05 N FLOAT-LONG.",
    );
    let lengths = "ABCDEFGHIJKLMN".chars().map(|name| place(&l, &name.to_string()).1).collect::<Vec<_>>();
    assert_eq!(lengths, [4, 8, 4, 4, 4, 8, 4, 4, 1, 2, 4, 8, 4, 8]);
    assert_eq!((field(&l, "C").shape, field(&l, "C").usage()), (Shape::Address, "INDEX"));
    assert_eq!(
        (field(&l, "H").usage(), field(&l, "M").shape),
        ("OBJECT REFERENCE", Shape::Float(FloatWidth::Short))
    );
    assert!(!field(&l, "I").number().unwrap().signed && field(&l, "J").number().unwrap().signed);
}

#[test]
fn bytes_as_numbers() {
    let l = layout(
        "01 R. 05 A PIC 9(5) COMP-6. 05 B PIC 9(7) COMP-X. 05 C PIC X(3) COMP-X. 05 D PIC X(4) COMP-3U.
         05 E PIC 9(8) COMP-9. 05 F PIC 9(3) COMP-0. 05 G PIC S9(12) COMP-N.",
    );
    let lengths = "ABCDEFG".chars().map(|name| place(&l, &name.to_string()).1).collect::<Vec<_>>();
    assert_eq!(lengths, [3, 3, 3, 4, 4, 2, 5]);
    let usage = |name| field(&l, name).number().unwrap().usage;
    let form = |length, order, native| Usage::Binary(BinaryForm { length, order, native });
    assert_eq!((usage("A"), usage("D")), (Usage::PackedUnsigned, Usage::PackedUnsigned));
    assert_eq!(usage("C"), form(3, ByteOrder::Big, true));
    assert_eq!(usage("E"), form(4, ByteOrder::Little, false));
    assert_eq!((field(&l, "C").number().unwrap().digits, field(&l, "D").number().unwrap().digits), (8, 8));
}

#[test]
fn text_of_other_classes() {
    let l = layout(
        "01 R. 05 A PIC N(3). 05 B PIC N(3) DISPLAY-1. 05 C PIC G(4). 05 D PIC U(5). 05 E PIC U BYTE-LENGTH 7.
         05 F PIC 9(4) NATIONAL. 05 G PIC S9(4) NATIONAL SIGN LEADING SEPARATE.
         05 H GROUP-USAGE NATIONAL. 10 I PIC 99. 10 J PIC N(2). 05 K USAGE NATIONAL. 10 L PIC 9. 10 M PIC X.",
    );
    let places = "ABCDEFGHKLM".chars().map(|name| place(&l, &name.to_string()).1).collect::<Vec<_>>();
    assert_eq!(places, [6, 6, 8, 20, 7, 8, 10, 8, 3, 2, 1]);
    let shapes = ["A", "B", "C", "D", "H"].map(|name| field(&l, name).shape);
    assert_eq!(shapes, [Shape::National, Shape::Dbcs, Shape::Dbcs, Shape::Utf8, Shape::Group]);
    assert_eq!(field(&l, "G").number().unwrap().usage, Usage::National(SignPlace::LeadingSeparate));
    assert_eq!(field(&l, "H").usage(), "NATIONAL");
    let options = CompilerOptions { nsymbol: Nsymbol::Dbcs, ..CompilerOptions::default() };
    assert_eq!(field(&compiled("01 A PIC N(3).", options), "A").shape, Shape::Dbcs);
}

fn compiled(text: &str, compiler: CompilerOptions) -> Layout {
    let options = CopybookOptions { compiler, format: SourceFormat::Free, ..CopybookOptions::default() };
    let (layout, diagnostics) = parse(&Source::new("test.cpy", text), &options);
    layout.unwrap_or_else(|| panic!("{text}\n{diagnostics}"))
}

#[test]
fn compilers_differ() {
    let text = "01 R. 05 A PIC S9(2) COMP. 05 B PIC S9(7) COMP-5. 05 C POINTER. 05 D PIC X. 05 E PIC S9(9) COMP SYNC.
                05 F INDEX. 05 G PROCEDURE-POINTER.";
    let lengths = |l: &Layout| ["A", "B", "C", "E", "F", "G"].map(|name| place(l, name));
    let of = |dialect| CompilerOptions { dialect, ..CompilerOptions::default() };
    let ibm = compiled(text, of(Dialect::Ibm));
    assert_eq!(lengths(&ibm), [(0, 2), (2, 4), (6, 4), (12, 4), (16, 4), (20, 8)]);
    let micro_focus = compiled(text, of(Dialect::MicroFocus));
    assert_eq!(lengths(&micro_focus), [(0, 1), (1, 4), (5, 4), (10, 4), (14, 4), (18, 8)]);
    let wide = CompilerOptions { pointer: PointerSize::Bits64, ..of(Dialect::Ibm) };
    assert_eq!(lengths(&compiled(text, wide)), [(0, 2), (2, 4), (6, 8), (16, 4), (20, 8), (28, 8)]);
    let native = |l: &Layout, name: &str| match field(l, name).number().unwrap().usage {
        Usage::Binary(form) => (form.native, form.order),
        usage => panic!("{usage:?}"),
    };
    assert_eq!(native(&micro_focus, "B"), (true, ByteOrder::Little));
    let bin = CompilerOptions { trunc: Trunc::Bin, ..of(Dialect::Ibm) };
    assert_eq!(
        (native(&ibm, "A"), native(&compiled(text, bin), "A")),
        ((false, ByteOrder::Big), (true, ByteOrder::Big))
    );
    let compat = CompilerOptions { arith: Arith::Compat, ..CompilerOptions::default() };
    let options =
        CopybookOptions { compiler: compat, format: SourceFormat::Free, ..CopybookOptions::default() };
    assert_eq!(codes_of(&parse(&Source::new("t", "01 A PIC 9(19)."), &options).1), ["CPY023"]);
}

#[test]
fn long_numbers_are_read() {
    let (l, diagnostics) =
        read("01 R. 05 A PIC 9(38). 05 B PIC S9(37)V9 COMP-3. 05 C PIC 9(19) COMP. 05 D PIC 9(38) COMP-6.");
    let l = l.unwrap();
    assert_eq!(codes_of(&diagnostics), ["CPY023"; 4]);
    assert_eq!(["A", "B", "C", "D"].map(|name| place(&l, name).1), [38, 20, 16, 19]);
}

#[test]
fn blank_when_zero_makes_a_number_edited() {
    let l = layout("01 A PIC 9(5)V99 BLANK WHEN ZERO.");
    let edited = EditedShape { digits: 7, scale: 2, signed: false, exponent: false };
    assert_eq!((field(&l, "A").shape, place(&l, "A")), (Shape::Edited(edited), (0, 7)));
}

#[test]
fn literals_of_every_class() {
    let l = layout(
        "01 R. 05 A PIC N(3) VALUE N'abc'. 05 B PIC N(2) VALUE NX'00E900E8'. 05 C PIC G(2) VALUE G'xy'.
         05 D PIC U(2) VALUE UX'C3A9'. 05 E PIC X(5) VALUE Z'end'. 05 F COMP-1 VALUE 1.5E3. 05 G COMP-2 VALUE 1.0E60.
         05 H POINTER VALUE NULLS. 05 I PIC 9(4) VALUE 1.5E3.",
    );
    let value = |name| field(&l, name).value.clone().unwrap();
    assert_eq!(value("A"), Literal::Classed(LiteralClass::National, "abc".into()));
    assert_eq!(value("B"), Literal::Classed(LiteralClass::National, "\u{e9}\u{e8}".into()));
    assert_eq!(value("C"), Literal::Classed(LiteralClass::Dbcs, "xy".into()));
    assert_eq!(value("D"), Literal::Classed(LiteralClass::Utf8, "\u{e9}".into()));
    assert_eq!(value("E"), Literal::ZeroEnded("end".into()));
    assert_eq!(
        (value("F"), value("I")),
        (Literal::Number("1500".parse().unwrap()), Literal::Number("1500".parse().unwrap()))
    );
    assert_eq!(value("G"), Literal::Float { mantissa: "1.0".parse().unwrap(), exponent: 60 });
    assert_eq!(value("H"), Literal::Null);
}

#[test]
fn clauses_without_a_mark_on_the_layout() {
    let l = layout(
        "01 R IS EXTERNAL AS 'REC'. 05 A VOLATILE PIC X. 05 B PIC 9(6) DATE FORMAT IS YYXXXX. 05 C PIC X ALIGNED.
         88 YES VALUE 'Y' WHEN SET TO FALSE IS 'N'. 05 D PIC X(2) VALUE 'AB' OCCURS 3.",
    );
    assert_eq!((place(&l, "B"), place(&l, "D"), l.length()), ((1, 6), (8, 2), 14));
}

#[test]
fn whole_records_can_be_tables() {
    let (l, _) = read("01 A OCCURS 3. 05 B PIC X(2). 01 C PIC X(4).");
    let l = l.unwrap();
    assert_eq!((l.length(), l.length_min(), field(&l, "B").dims.len()), (6, 4, 1));
}

#[test]
fn clause_order_and_separators_are_free() {
    let l = layout("01 R. 05 A, COMP-3; PICTURE IS s9(3), VALUE IS +1. 05 b PIC x(2), OCCURS 2 TIMES.");
    assert_eq!((place(&l, "A"), place(&l, "B"), l.length()), ((0, 2), (2, 2), 6));
}

#[test]
fn print_shows_rows_and_json() {
    let l =
        layout("01 R. 05 N PIC 99. 05 T OCCURS 0 TO 3 DEPENDING ON N. 10 A PIC S9V9. 88 Z VALUE 1 THRU 2.");
    let rows = table_rows(&l);
    assert_eq!(rows[2].name, "  T");
    assert_eq!(
        (rows[2].occurs.as_str(), rows[3].picture.as_str(), rows[3].usage),
        ("0-3 BY N", "S9V9", "DISPLAY")
    );
    let json = to_json(&l);
    assert_eq!(to_json_text(&l), format!("{json:#}\n"));
    assert_eq!((&json["length"], &json["length_min"]), (&8.into(), &2.into()));
    assert_eq!(json["fields"][3]["path"], "A OF T OF R");
    assert_eq!(json["fields"][2]["occurs"]["depending_on"], "N");
    assert_eq!((&json["fields"][3]["digits"], &json["fields"][3]["scale"]), (&2.into(), &1.into()));
    assert_eq!(json["conditions"][0]["values"][0], "1 THRU 2");
}
