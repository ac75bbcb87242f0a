//! Masks, patterns and stores.

use super::super::editing::{show, width};
use super::{PAGE, built, ebcdic, hex, setting_of, shown};
use crate::control::syntax::{Deck, Edit, Editing};

fn masked(mask: u8, digits: usize, value: i128) -> String {
    let editing = Editing { edit: Some(Edit::Mask(mask)), ..Editing::default() };
    let mut out = Vec::new();
    show(value, digits, &editing, &setting_of(&Deck::default()), &mut out).unwrap();
    assert_eq!(out.len(), width(digits, &editing), "M{mask}");
    PAGE.decode(&out)
}

/// What the table of masks in the manual gives for positive, negative and zero values of seven digits.
#[test]
fn every_mask() {
    #[rustfmt::skip]
    let table: [(u8, &str, &str, &str); 27] = [
        (0,  "  12345 ",     "  12345-",     "      0 "),
        (1,  "0012345 ",     "0012345-",     "0000000 "),
        (2,  "   123.45 ",   "   123.45-",   "     0.00 "),
        (3,  "   123.45  ",  "   123.45CR",  "     0.00  "),
        (4,  "   +123.45",   "   -123.45",   "     +0.00"),
        (5,  "    123.45 ",  "   (123.45)",  "      0.00 "),
        (6,  "      1-2345", "      1-2345", "    000-0000"),
        (7,  "000-01-2345",  "000-01-2345",  "000-00-0000"),
        (8,  " 1:23:45",     " 1:23:45",     " 0:00:00"),
        (9,  " 1/23/45",     " 1/23/45",     " 0/00/00"),
        (10, "  12345",      "  12345",      "      0"),
        (11, "0012345",      "0012345",      "0000000"),
        (12, "    12,345",   "   -12,345",   "         0"),
        (13, "    12.345",   "   -12.345",   "         0"),
        (14, "    12 345 ",  "   (12 345)",  "         0 "),
        (15, "   12 345 ",   "   12 345-",   "        0 "),
        (16, "    12 345",   "   -12 345",   "         0"),
        (17, "    12'345",   "   -12'345",   "         0"),
        (18, "    123.45",   "   -123.45",   "      0.00"),
        (19, "    123,45",   "   -123,45",   "      0,00"),
        (20, "    123,45 ",  "   (123,45)",  "      0,00 "),
        (21, "   123,45 ",   "   123,45-",   "     0,00 "),
        (22, "    123,45",   "   -123,45",   "      0,00"),
        (23, "    123.45",   "   -123.45",   "      0.00"),
        (24, "    123,45",   "   -123,45",   "      0,00"),
        (25, "   12345",     "  -12345",     "       0"),
        (26, "+0012345",     "-0012345",     "+0000000"),
    ];
    for (mask, positive, negative, zero) in table {
        let positive = if mask == 6 { "    001-2345" } else { positive };
        let negative = if mask == 6 { "    001-2345" } else { negative };
        assert_eq!(masked(mask, 7, 12345), positive, "M{mask}");
        assert_eq!(masked(mask, 7, -12345), negative, "M{mask}");
        assert_eq!(masked(mask, 7, 0), zero, "M{mask}");
    }
}

#[test]
fn groups_of_full_numbers() {
    assert_eq!(masked(2, 7, 1_234_567), "12,345.67 ");
    assert_eq!(masked(4, 7, -1_234_567), "-12,345.67");
    assert_eq!(masked(5, 7, -1_234_567), "(12,345.67)");
    assert_eq!(masked(12, 7, -1_234_567), "-1,234,567");
    assert_eq!(masked(19, 9, 123_456_789), " 1.234.567,89");
    assert_eq!(masked(14, 9, -123_456_789), "(123 456 789)");
    assert_eq!(masked(6, 10, 4_085_551_234), "408-555-1234");
    assert_eq!(masked(7, 9, 123_456_789), "123-45-6789");
    assert_eq!(masked(8, 6, 123_456), "12:34:56");
    assert_eq!(masked(0, 31, 10i128.pow(30)), "1000000000000000000000000000000 ");
    assert_eq!(masked(0, 15, -1), "              1-");
    assert_eq!(masked(2, 3, -5), "0.05-");
}

/// "Getting Started": numeric fields edited with M4 and patterns.
#[test]
fn published_examples() {
    let record = hex("01 52 49 00 81 0C  00 00 00 20 00 0C".replace(' ', "").as_str());
    assert_eq!(shown(&built("1,6,PD,M4", &record)), " +15,249,008.10");
    let negative = hex("00 06 57 81 05 3D");
    assert_eq!(shown(&built("1,6,PD,M4", &negative)), "    -657,810.53");
    let edited = "1,6,PD,EDIT=(SI,III,III,IIT.TTT),SIGNS=(,-)";
    assert_eq!(shown(&built(edited, &negative)), "       -65,781.053");
    assert_eq!(shown(&built("1,5,PD,EDIT=(TT-TT-TTTT)", &hex("00 51 22 00 3C"))), "05-12-2003");
}

#[test]
fn patterns() {
    let edit = |pattern: &str, number: &str| {
        let record = ebcdic(number);
        shown(&built(&format!("1,{},FS,EDIT=({pattern}", record.len()), &record))
    };
    assert_eq!(edit("IIIT)", "   42"), "  42");
    assert_eq!(edit("TTT)", "12345"), "345", "high-order digits are lost");
    assert_eq!(edit("**I/ITTCR)", " 1234"), "**1/234  ");
    assert_eq!(edit("**I/ITTCR)", "  -12"), "**   12CR");
    assert_eq!(edit("$II,IIT.TT)", "123456"), "$ 1,234.56");
    assert_eq!(edit("SII,IIT.TTS),SIGNS=(+,-,+,-)", "-123456"), " -1,234.56-");
    assert_eq!(edit("STTT),SIGNS=(+,-)", "7"), "+007");
    assert_eq!(edit("TTTS),SIGNS=(,,,-)", "-7"), "007-");
    assert_eq!(edit("IIT.TT),LENGTH=9", "12345"), "   123.45");
    assert_eq!(edit("IIT.TT),LENGTH=4", "12345"), "3.45");
    assert_eq!(edit("'(TTT)TTT-TTTT')", "4085551234"), "(408)555-1234");
}

#[test]
fn lengths_and_signs_of_masks() {
    let record = ebcdic("0123J");
    assert_eq!(shown(&built("1,5,ZD", &record)), " 1231-", "M0 by default");
    assert_eq!(shown(&built("1,5,ZD,M4,LENGTH=10", &record)), "    -12.31");
    assert_eq!(shown(&built("1,5,ZD,M0,LENGTH=4", &record)), "231-");
    assert_eq!(shown(&built("1,5,ZD,M4,SIGNS=(' ')", &ebcdic("00100"))), "   1.00");
    assert_eq!(shown(&built("1,5,ZD,LENGTH=9", &record)), "    1231-");
}

/// Conversions of TO= with the lengths that digits give.
#[test]
fn conversions() {
    let minus = hex("F0F0F1F2D3");
    let cases: [(&str, &str, &str); 16] = [
        ("PD", "00123C", "00123D"),
        ("PDC", "00123C", "00123D"),
        ("PDF", "00123F", "00123D"),
        ("ZD", "F0F0F1F2F3", "F0F0F1F2D3"),
        ("ZDF", "F0F0F1F2F3", "F0F0F1F2D3"),
        ("ZDC", "F0F0F1F2C3", "F0F0F1F2D3"),
        ("BI", "0000007B", "FFFFFF85"),
        ("FI", "0000007B", "FFFFFF85"),
        ("FS", "404040F1F2F3", "404060F1F2F3"),
        ("CSF", "404040F1F2F3", "404060F1F2F3"),
        ("BI,LENGTH=2", "007B", "FF85"),
        ("PD,LENGTH=1", "3C", "3D"),
        ("ZD,LENGTH=8", "F0F0F0F0F0F1F2F3", "F0F0F0F0F0F1F2D3"),
        ("FS,LENGTH=3", "40F2F3", "60F2F3"),
        ("PDF,LENGTH=4", "0000123F", "0000123D"),
        ("FI,LENGTH=8", "000000000000007B", "FFFFFFFFFFFFFF85"),
    ];
    for (target, positive, negative) in cases {
        let item = format!("1,5,ZD,TO={target}");
        assert_eq!(built(&item, &ebcdic("00123")), hex(positive), "{target}");
        assert_eq!(built(&item, &minus), hex(negative), "{target}");
    }
}

/// "Getting Started": 4-byte BI values give 10-byte ZD and 11-byte FS values.
#[test]
fn default_lengths_of_binary_fields() {
    let record = hex("00000067");
    assert_eq!(shown(&built("1,4,BI,TO=ZD", &record)), "0000000103");
    assert_eq!(shown(&built("1,4,BI,TO=FS", &record)), "        103");
    assert_eq!(built("1,4,BI,TO=PD", &record), hex("00000000103C"));
    assert_eq!(built("1,4,BI,TO=FI", &record), record);
    assert_eq!(built("1,2,FI,TO=FI", &hex("FFFF")), hex("FFFFFFFF"));
    assert_eq!(shown(&built("1,1,BI", &hex("FF"))), "255 ");
    assert_eq!(built("1,4,BI,TO=ZD,LENGTH=31", &record).len(), 31);
}

/// Every sign nibble of PD and ZD is read, and written as the target has it.
#[test]
fn sign_nibbles() {
    for nibble in 0..16u8 {
        let minus = [0xB, 0xD, 1, 3, 5, 7, 9].contains(&nibble);
        let expected = if minus { hex("00012D") } else { hex("00012C") };
        assert_eq!(built("1,3,PD,TO=PD,LENGTH=3", &[0x00, 0x01, 0x20 | nibble]), expected, "{nibble:X}");
        assert_eq!(built("1,2,ZD,TO=PD,LENGTH=3", &[0xF1, nibble << 4 | 2]), expected, "{nibble:X}");
    }
    assert_eq!(built("1,2,PD,TO=PD", &hex("000D")), hex("000C"), "minus zero is zero");
}
