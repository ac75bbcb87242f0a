//! Arithmetic.

use super::{built, ebcdic, fixed, hex, refused, shown};

fn of(items: &str, record: &str) -> String {
    shown(&built(items, &ebcdic(record)))
}

#[test]
fn operators_and_precedence() {
    assert_eq!(of("1,2,ZD,ADD,3,2,ZD,M10,LENGTH=4", "1205"), "  17");
    assert_eq!(of("1,2,ZD,ADD,3,2,ZD,MUL,+2,M10,LENGTH=4", "1205"), "  22");
    assert_eq!(of("(1,2,ZD,ADD,3,2,ZD),MUL,+2,M10,LENGTH=4", "1205"), "  34");
    assert_eq!(of("1,2,ZD,SUB,3,2,ZD,SUB,+1,M25,LENGTH=4", "0512"), "  -8");
    assert_eq!(of("1,2,ZD,DIV,3,2,ZD,M10,LENGTH=4", "1705"), "   3");
    assert_eq!(of("1,2,ZD,MOD,3,2,ZD,M10,LENGTH=4", "1705"), "   2");
    assert_eq!(of("1,2,ZD,MIN,3,2,ZD,M10,LENGTH=4", "1705"), "   5");
    assert_eq!(of("1,2,ZD,MAX,3,2,ZD,MUL,+10,M10,LENGTH=4", "1705"), " 170");
    assert_eq!(of("1,3,FS,DIV,+2,M25,LENGTH=4", "-7 "), "   0", "a blank behind: no digits");
    assert_eq!(of("3,2,FS,DIV,+2,M25,LENGTH=4", "  -7"), "  -3", "decimals are cut off");
    assert_eq!(of("3,2,FS,MOD,+2,M25,LENGTH=4", "  -7"), "  -1");
    assert_eq!(of("+5,TO=ZD,LENGTH=3", "x"), "005");
}

/// "Getting Started": (11,6,PD,MUL,+10),SUB,31,7,PD.
#[test]
fn published_subtraction() {
    let mut record = hex("01 52 49 00 81 0C");
    record.extend(hex("00 00 00 00 20 00 0C"));
    let item = "((1,6,PD,MUL,+10),SUB,7,7,PD),EDIT=(SI,III,III,IIT.TTT),SIGNS=(,-)";
    assert_eq!(shown(&built(item, &record)), "    15,248,988.100");
}

#[test]
fn results_have_fifteen_digits_or_thirty_one() {
    assert_eq!(of("1,2,ZD,ADD,+1", "12").len(), 16);
    assert_eq!(of("1,2,ZD,ADD,+1,TO=ZD", "12").len(), 15);
    assert_eq!(of("1,2,ZD,ADD,+1,TO=PD", "12").len(), 8);
    assert_eq!(of("1,2,ZD,ADD,+1,TO=FI", "12").len(), 8);
    assert_eq!(of("1,2,ZD,ADD,+1234567890123456", "12").len(), 32);
    assert_eq!(of("1,16,ZD,ADD,+1,TO=ZD", "0000000000000012").len(), 31);
    assert_eq!(of("1,16,ZD,ADD,+1,TO=PD", "0000000000000012").len(), 16);
    assert_eq!(built("1,8,BI,ADD,+1,TO=ZD", &[0; 8]).len(), 31);
    assert_eq!(built("1,4,BI,ADD,+1,TO=ZD", &[0; 4]).len(), 15);
}

#[test]
fn what_has_no_result_is_an_error_at_the_operation() {
    let zero = refused("OUTREC BUILD=(1,2,ZD,DIV,3,2,ZD)", fixed(4), &ebcdic("1200"));
    assert!(zero.contains("DAT014") && zero.contains("12 is divided by zero"), "{zero}");
    let nines = "9".repeat(31);
    let large = refused("OUTREC BUILD=(1,31,ZD,MUL,1,31,ZD)", fixed(31), &ebcdic(&nines));
    assert!(large.contains("DAT009") && large.contains("31 digits"), "{large}");
    let sum = refused("OUTREC BUILD=(1,31,ZD,ADD,+1)", fixed(31), &ebcdic(&nines));
    assert!(sum.contains("DAT009"), "{sum}");
}

#[test]
fn bytes_that_are_no_number_are_a_data_exception() {
    let error = refused("OUTREC BUILD=(1,3,ZD,TO=PD)", fixed(3), &hex("F14BF2"));
    assert!(error.contains("DAT001") && error.contains("1,3,ZD") && error.contains("F14BF2"), "{error}");
    let error = refused("OUTREC BUILD=(1,2,PD,ADD,+1)", fixed(2), &hex("4A4C"));
    assert!(error.contains("S0C7") && error.contains("1,2,PD"), "{error}");
}
