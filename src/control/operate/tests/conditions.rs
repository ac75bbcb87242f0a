//! Conditions.

use super::{ebcdic, fixed, hex, holds, variable, with_rdw};

fn is(condition: &str, record: &[u8]) -> bool {
    holds(condition, "OPTION COPY", fixed(record.len()), record)
        .unwrap_or_else(|error| panic!("{condition}: {error}"))
}

fn of(condition: &str, record: &str) -> bool {
    is(condition, &ebcdic(record))
}

#[test]
fn constants_are_adjusted_to_the_field() {
    assert!(of("1,4,CH,EQ,C'AB'", "AB  ") && !of("1,4,CH,EQ,C'AB'", "ABC "));
    assert!(of("1,2,CH,EQ,C'ABC'", "AB"), "longer constants are cut");
    assert!(is("1,3,BI,EQ,X'C1'", &hex("C10000")) && !is("1,3,BI,EQ,X'C1'", &hex("0000C1")));
    assert!(is("1,2,CH,EQ,X'C1'", &hex("C100")));
    assert!(of("1,12,CH,EQ,C'ABCDEFGHIJK'", "ABCDEFGHIJK "), "longer than a word");
    assert!(of("1,12,CH,GT,C'ABCDEFGHIJK'", "ABCDEFGHIJKA"));
}

#[test]
fn relations() {
    for (relation, less, equal, greater) in [
        ("EQ", false, true, false),
        ("NE", true, false, true),
        ("GT", false, false, true),
        ("GE", false, true, true),
        ("LT", true, false, false),
        ("LE", true, true, false),
    ] {
        for (record, expected) in [("A1", less), ("B1", equal), ("C1", greater)] {
            assert_eq!(of(&format!("1,2,CH,{relation},C'B1'"), record), expected, "{record} {relation}");
        }
        for (record, expected) in [("0J", less), ("02", equal), ("03", greater)] {
            assert_eq!(of(&format!("1,2,ZD,{relation},+2"), record), expected, "{record} {relation}");
        }
    }
}

#[test]
fn numbers_are_compared_by_value() {
    assert!(of("1,4,ZD,EQ,25", "  25") && of("1,4,ZD,EQ,-25", "002N"));
    assert!(is("1,3,PD,EQ,+123", &hex("00123F")) && is("1,3,PD,LT,-122", &hex("00123D")));
    assert!(is("1,2,FI,EQ,-1", &hex("FFFF")) && is("1,2,BI,EQ,65535", &hex("FFFF")));
    assert!(is("1,1,BI,LT,256", &hex("FF")), "beyond the field");
    assert!(is("1,10,BI,EQ,1", &hex("00000000000000000001")));
    assert!(
        of("1,5,FS,EQ,-12", "  -12") && of("1,7,UFF,EQ,1234", "$12.34x") && of("1,6,SFF,EQ,-99", "(9.9) ")
    );
    assert!(is("1,2,ZD,EQ,3,2,PD", &hex("F0F5 005C")) && is("1,4,CSL,EQ,-123", &ebcdic("-123")));
    assert!(is("1,2,PD,EQ,0", &hex("000D")), "minus zero is zero");
}

#[test]
fn long_fields_are_numbers_too() {
    let long = format!("{}25", "0".repeat(60));
    assert!(of("1,62,ZD,EQ,25", &long) && of("1,62,ZD,GT,24", &long));
    assert!(is("1,20,FI,EQ,-2", &[[0xFF; 19].as_slice(), &[0xFE]].concat()));
    assert!(is("1,20,BI,EQ,2", &[[0; 19].as_slice(), &[2]].concat()));
}

#[test]
fn invalid_numbers_are_data_exceptions() {
    let error = holds("1,2,PD,EQ,+1", "OPTION COPY", fixed(2), &hex("4A4C")).unwrap_err().to_string();
    assert!(error.contains("DAT001") && error.contains("1,2,PD") && error.contains("4A4C"), "{error}");
    assert!(holds("1,2,ZD,EQ,+1", "OPTION COPY", fixed(2), &hex("F1FA")).is_err());
}

#[test]
fn fields_are_padded_to_the_longer() {
    assert!(of("1,2,CH,EQ,3,4,CH", "ABAB  ") && !of("1,2,CH,EQ,3,4,CH", "ABAB X"));
    assert!(of("1,2,CH,LT,3,4,CH", "ABAB X") && of("3,4,CH,GT,1,2,CH", "ABAB X"));
    assert!(is("1,1,BI,EQ,2,2,BI", &hex("05 0005")) && is("1,1,BI,LT,2,2,BI", &hex("05 0105")));
    assert!(is("1,2,ZD,LT,3,3,ZD", &ebcdic("09100")));
}

#[test]
fn and_binds_more_than_or() {
    let condition = "1,1,CH,EQ,C'A',OR,1,1,CH,EQ,C'B',AND,2,1,CH,EQ,C'1'";
    assert!(of(condition, "A9") && of(condition, "B1") && !of(condition, "B9"));
    let condition = "(1,1,CH,EQ,C'A',OR,1,1,CH,EQ,C'B'),AND,2,1,CH,EQ,C'1'";
    assert!(!of(condition, "A9") && of(condition, "B1") && of(condition, "A1") && !of(condition, "C1"));
    let condition = "1,1,CH,EQ,C'A',AND,(2,1,CH,EQ,C'1',OR,2,1,CH,EQ,C'2'),OR,1,2,CH,EQ,C'ZZ'";
    assert!(of(condition, "A2") && of(condition, "ZZ") && !of(condition, "A3") && !of(condition, "B1"));
}

#[test]
fn substrings_in_either_direction() {
    assert!(of("1,10,SS,EQ,C'LANE'", "12 LANE RD") && !of("1,10,SS,EQ,C'LANE'", "12 LAKE RD"));
    assert!(of("1,3,SS,EQ,C'J69,L92,J82'", "L92") && !of("1,3,SS,EQ,C'J69,L92,J82'", "L93"));
    assert!(
        of("1,3,SS,NE,C'J69,L92,J82'", "L93") && of("1,3,SS,EQ,C'J69,L92,J82'", "9,L"),
        "the comma is text"
    );
}

#[test]
fn bits() {
    let cases =
        [("ALL", [true, false, false]), ("SOME", [false, true, false]), ("NONE", [false, false, true])];
    for (test, expected) in cases {
        for (byte, holds) in [0xFF, 0x12, 0x0C].into_iter().zip(expected) {
            assert_eq!(is(&format!("1,1,BI,{test},B'00010001'"), &[byte]), holds, "{test} {byte:X}");
            assert_eq!(is(&format!("1,1,BI,NOT{test},X'11'"), &[byte]), !holds, "NOT{test} {byte:X}");
        }
    }
    assert!(
        is("1,1,BI,BO,B'10000000'", &[0x80])
            && is("1,1,BI,BZ,B'10000000'", &[0x7F])
            && is("1,2,BI,BM,X'8001'", &[0, 1])
    );
    assert!(is("1,1,BI,EQ,B'1.0.....'", &[0xDF]) && !is("1,1,BI,EQ,B'1.0.....'", &[0xFF]));
    assert!(
        is("1,2,BI,EQ,B'11110000'", &[0xF0, 0]) && !is("1,2,BI,EQ,B'11110000'", &[0xF0, 1]),
        "zero bits behind"
    );
    assert!(is("1,2,BI,NE,B'11110000'", &[0xF0, 1]));
}

#[test]
fn numeric_tests() {
    assert!(of("1,3,FS,EQ,NUM", "123") && !of("1,3,FS,EQ,NUM", " 12") && of("1,3,FS,NE,NUM", "1.3"));
    assert!(is("1,2,ZD,EQ,NUM", &hex("F1D2")) && is("1,2,ZD,EQ,NUM", &hex("F1C2")));
    assert!(!is("1,2,ZD,EQ,NUM", &hex("F1A2")) && !is("1,2,ZD,EQ,NUM", &hex("40F2")));
    assert!(is("1,2,PD,EQ,NUM", &hex("123F")) && !is("1,2,PD,EQ,NUM", &hex("123A")));
    assert!(!is("1,2,PD,EQ,NUM", &hex("1A3C")) && is("1,2,PD,NE,NUM", &hex("4040")));
}

#[test]
fn alphanumeric_tests() {
    let cases = [
        ("UC", [true, false, false, false]),
        ("LC", [false, true, false, false]),
        ("MC", [true, true, false, false]),
        ("UN", [true, false, true, false]),
        ("LN", [false, true, false, false]),
        ("MN", [true, true, true, false]),
    ];
    for (test, expected) in cases {
        for (record, holds) in ["ABZ", "abz", "A1Z", "A-Z"].into_iter().zip(expected) {
            assert_eq!(of(&format!("1,3,CH,EQ,{test}"), record), holds, "{record} {test}");
        }
    }
    assert!(of("1,3,CH,EQ,LN", "a1z") && of("1,3,CH,NE,UC", "ab1"));
}

#[test]
fn run_dates() {
    assert!(of("1,8,CH,EQ,DATE1", "20260321") && of("1,10,CH,GT,DATE1(-)", "2026-03-22"));
    assert!(of("1,6,CH,EQ,DATE1", "202603"), "cut to the field");
    assert!(of("1,8,ZD,LT,DATE1P", "20260320") && of("1,8,CH,EQ,DATE1-21", "20260228"));
    assert!(of("1,6,Y2T,EQ,Y'260321'", "260321") && of("1,6,Y2T,EQ,Y'DATE1'", "260321"));
    assert!(of("1,6,Y2T,LT,Y'020101'", "991231"), "the window begins 80 years before the run");
    assert!(of("1,6,Y2T,EQ,7,6,Y2W", "260321032126"));
    assert!(of("1,6,Y2T,LT,Y'260321'", "      "), "blanks come before all dates");
}

#[test]
fn other_orders() {
    // In ASCII digits come before letters.
    assert!(of("1,1,AC,LT,C'A'", "1") && !of("1,1,CH,LT,C'A'", "1"));
    assert!(of("1,2,AC,EQ,3,3,AC", "ABAB "));
    let altseq = "OPTION COPY\nALTSEQ CODE=(F0B7)";
    assert!(holds("1,1,AQ,LT,C'A'", altseq, fixed(1), &ebcdic("0")).unwrap());
    assert!(!holds("1,1,AQ,EQ,C'0'", "OPTION COPY", fixed(1), &ebcdic("1")).unwrap());
}

/// Application Programming Guide, INCLUDE example 4: short fields are seen before anything is compared.
#[test]
fn short_records() {
    let condition = "11,2,CH,EQ,C'T1',OR,(1,2,BI,GE,X'0030',AND,24,2,CH,EQ,29,2,CH)";
    let record = with_rdw("......T1...");
    let test = |options: &str| holds(condition, options, variable(84), &record);
    assert!(test("OPTION COPY,VLSCMP").unwrap());
    assert!(!test("OPTION COPY,VLSHRT").unwrap());
    let error = test("OPTION COPY").unwrap_err().to_string();
    assert!(error.contains("ICE218A"), "{error}");
    assert!(!holds("20,2,CH,NE,C'AB'", "OPTION COPY,VLSHRT", variable(84), &record).unwrap());
    assert!(holds("20,2,BI,EQ,X'0000'", "OPTION COPY,VLSCMP", variable(84), &record).unwrap());
}

#[test]
fn all_and_none() {
    let deck = super::read("INCLUDE COND=ALL");
    let test =
        |condition| super::RecordTest::compile(condition, &super::setting_of(&deck), fixed(1)).unwrap();
    let parsed = super::super::Parsed::new();
    assert!(test(&crate::control::syntax::Condition::All).holds(b"a", &parsed).unwrap());
    assert!(!test(&crate::control::syntax::Condition::Nothing).holds(b"a", &parsed).unwrap());
}

#[test]
fn a_field_behind_the_record_is_shown_in_the_cards() {
    let error = holds("79,4,CH,EQ,C'A'", "OPTION COPY", fixed(80), &[0; 80]).unwrap_err().to_string();
    assert!(error.contains("ICE113A") && error.contains("79,4") && error.contains("byte 82"), "{error}");
}
