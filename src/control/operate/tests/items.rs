//! Items of BUILD and OVERLAY.

use super::{built, ebcdic, fixed, hex, refused, run_all, shown, texts};

fn of(items: &str, record: &str) -> String {
    shown(&built(items, &ebcdic(record)))
}

#[test]
fn columns_constants_and_pieces() {
    assert_eq!(of("1,2,X,3,2,2X,C'A''B',12:1,1,3C'*',2X'C1'", "abcd"), "ab cd  A'B a***AA");
    assert_eq!(of("5:1,2,10:X", "abcd"), "    ab    ");
    assert_eq!(built("1,1,2Z,4:2,1", &ebcdic("ab")), hex("81 00 00 82").to_vec().as_slice()[..4].to_vec());
}

/// Application Programming Guide, OUTREC example 4.
#[test]
fn published_build() {
    let record: String = (0..80).map(|at| char::from(b'a' + (at % 26) as u8)).collect();
    let made = built("7:20,4,C' FUTURE ',20,2,10,3,1Z,1,9,13,7,24,57,TRAN=LTOU,6X'FF'", &ebcdic(&record));
    assert_eq!(made.len(), 103);
    let slice = |from: usize, to: usize| shown(&made[from - 1..to]);
    assert_eq!(
        (slice(1, 6), slice(7, 10), slice(11, 18)),
        ("      ".into(), record[19..23].into(), " FUTURE ".into())
    );
    assert_eq!((slice(19, 20), slice(21, 23)), (record[19..21].into(), record[9..12].into()));
    assert_eq!((made[23], slice(25, 33), slice(34, 40)), (0, record[..9].into(), record[12..19].into()));
    assert_eq!(slice(41, 97), record[23..80].to_uppercase());
    assert_eq!(made[97..], [0xFF; 6]);
}

#[test]
fn sequence_numbers() {
    let lines = ["a", "a", "b", "b", "b"];
    assert_eq!(texts("OUTREC BUILD=(1,1,SEQNUM,3,ZD)", &lines), ["a001", "a002", "b003", "b004", "b005"]);
    assert_eq!(
        texts("OUTREC BUILD=(1,1,SEQNUM,2,ZD,START=95,INCR=5)", &lines),
        ["a95", "a00", "b05", "b10", "b15"],
        "high-order digits are lost"
    );
    assert_eq!(
        texts("OUTREC BUILD=(1,1,SEQNUM,2,ZD,RESTART=(1,1),SEQNUM,3,FS)", &lines),
        ["a01  1", "a02  2", "b01  3", "b02  4", "b03  5"]
    );
    let made = run_all(
        "OUTREC BUILD=(SEQNUM,2,BI,SEQNUM,2,PD,SEQNUM,2,FI,START=300)",
        fixed(1),
        &[vec![0], vec![0]],
    );
    assert_eq!(made.unwrap(), [hex("0001 001C 012C"), hex("0002 002C 012D")]);
    let many = vec![vec![0]; 257];
    let wrapped = run_all("OUTREC BUILD=(SEQNUM,1,BI)", fixed(1), &many).unwrap();
    assert_eq!((wrapped[254][0], wrapped[255][0], wrapped[256][0]), (255, 0, 1));
}

/// Application Programming Guide, OUTFIL examples with lookup tables.
#[test]
fn change_and_nomatch() {
    let table = "1,1,CHANGE=(12,C'1',C'SHIP',C'2',C'HOLD',C'3',C'TRANSFER'),NOMATCH=(C'*CHECK CODE*')";
    assert_eq!(of(table, "1"), "SHIP        ");
    assert_eq!(of(table, "3"), "TRANSFER    ");
    assert_eq!(of(table, "7"), "*CHECK CODE*");
    assert_eq!(
        of("1,3,CHANGE=(2,C'A',C'xy',C'ABC',4,2),NOMATCH=(1,2)", "A  9z"),
        "xy",
        "constants are padded"
    );
    assert_eq!(of("1,3,CHANGE=(2,C'A',C'xy',C'ABC',4,2),NOMATCH=(1,2)", "ABC9z"), "9z");
    assert_eq!(of("1,3,CHANGE=(2,C'A',C'xy',C'ABC',4,2),NOMATCH=(1,2)", "QRS9z"), "QR");
    let bits = "1,1,CHANGE=(3,B'1.......',C'on ',B'0...0000',C'off'),NOMATCH=(C'odd')";
    assert_eq!(shown(&built(bits, &[0x80])), "on ");
    assert_eq!(shown(&built(bits, &[0x70])), "off");
    assert_eq!(shown(&built(bits, &[0x71])), "odd");
    assert_eq!(built("1,1,CHANGE=(3,X'01',X'0203',X'02',X'FF'),NOMATCH=(X'00')", &[1]), hex("020300"));
    let error = refused("OUTREC BUILD=(1,1,CHANGE=(1,C'A',C'B'))", fixed(1), &ebcdic("Z"));
    assert!(error.contains("CTL120") && error.contains("E9") && error.contains("NOMATCH"), "{error}");
}

#[test]
fn translations() {
    assert_eq!(of("1,4,TRAN=LTOU", "aZ1i"), "AZ1I");
    assert_eq!(of("1,4,TRAN=UTOL", "aZ1I"), "az1i");
    assert_eq!(of("1,2,HEX", "A1"), "C1F1");
    assert_eq!(of("1,2,TRAN=HEX", "A1"), "C1F1");
    assert_eq!(of("1,4,TRAN=UNHEX", "C1f1"), "A1");
    assert_eq!(of("1,1,TRAN=BIT", "A"), "11000001");
    assert_eq!(of("1,16,TRAN=UNBIT", "1100000111110001"), "A1");
    assert_eq!(built("1,3,TRAN=ETOA", &ebcdic("Ab1")), b"Ab1");
    assert_eq!(shown(&built("1,3,TRAN=ATOE", b"Ab1")), "Ab1");
    let all: Vec<u8> = (0..=255).collect();
    assert_eq!(built("1,256,TRAN=ATOE", &built("1,256,TRAN=ETOA", &all)), all);
    let made = run_all("OUTREC BUILD=(1,3,TRAN=ALTSEQ)\nALTSEQ CODE=(C1F1)", fixed(3), &[ebcdic("ABA")]);
    assert_eq!(shown(&made.unwrap()[0]), "1B1");
}

#[test]
fn dates_and_years() {
    assert_eq!(of("DATE1", "x"), "20260321");
    assert_eq!(of("DATE1(-)", "x"), "2026-03-21");
    assert_eq!(of("1,2,Y2C", "95"), "1995");
    assert_eq!(of("1,6,Y2T(/)", "950704"), "1995/07/04");
    assert_eq!(of("1,8,Y4T,TOJUL=Y4T", "20260101"), "2026001");
}

#[test]
fn aligned_items_begin_at_their_boundary() {
    assert_eq!(built("1,1,2,2,H,4,1", &ebcdic("abcd")), hex("81 00 82 83 84"));
}

/// Application Programming Guide, OUTREC example 11: a copy behind the record, and what is made of it.
#[test]
fn overlay_sees_what_is_done_before_it() {
    let record = ebcdic("0123456789ABCDE");
    let statements = "OUTREC OVERLAY=(16:1,10,1:16,10,ZD,DIV,+1200,TO=PD,LENGTH=6,\
                      7:16,10,ZD,MOD,+1200,TO=PD,LENGTH=4)";
    let made = run_all(statements, fixed(15), std::slice::from_ref(&record)).unwrap().remove(0);
    assert_eq!(made.len(), 25);
    assert_eq!(made[..10], hex("00000102880C 0000789C"));
    assert_eq!(made[10..15], record[10..]);
    assert_eq!(made[15..], record[..10]);
}

#[test]
fn overlay_grows_with_blanks() {
    assert_eq!(texts("OUTREC OVERLAY=(2:C'x',8:C'y',C'z',C'!')", &["abcd"]), ["axcd   yz!"]);
    assert_eq!(texts("OUTREC OVERLAY=(C'12')", &["abcd"]), ["12cd"], "column 1 by default");
    assert_eq!(texts("OUTREC OVERLAY=(6:1,2,1:6,2,3:7,1)", &["abcd"]), ["abbd ab"]);
}

#[test]
fn mistakes_point_at_the_item() {
    let behind = refused("OUTREC BUILD=(1,2,79,4)", fixed(80), &[0; 80]);
    assert!(behind.contains("bytes 79 to 82 are not in the record, which has 80"), "{behind}");
    assert!(behind.contains("79,4") && behind.contains("^"), "{behind}");
    let before = refused("OUTREC BUILD=(1,5,3:6,2)", fixed(8), &[0; 8]);
    assert!(before.contains("column 3 is before the end"), "{before}");
}
