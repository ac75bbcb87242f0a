//! Our tables, which come from ICU, against those of the JDK and of Python (`scripts/codepages-jdk`,
//! `scripts/codepages-python`). Every difference is listed, with its reason; anything else fails.

use super::*;

/// A code, our character and theirs; FFFF is none.
type Difference = (u16, u32, u32);

/// The next line control: ICU follows IBM's CDRA, the JDK reads X'15' as the line feed of z/OS UNIX.
const NEXT_LINE: Difference = (0x15, 0x85, 0x0A);

/// Pages in which the JDK reads X'15' as ICU does.
const SAME_NEXT_LINE: &[&str] = &["cp290", "cp933", "cp1097", "cp1364"];

/// Where the JDK and ICU differ besides X'15', and why.
const JDK: &[(&str, &[Difference])] = &[
    // 1047: the JDK exchanges both line ends, as ICU does under swaplfnl.
    ("cp1047", &[(0x25, 0x0A, 0x85)]),
    // 1026: ICU has the lira sign of 2012 in the place of the feminine ordinal.
    ("cp1026", &[(0x9A, 0x20BA, 0xAA)]),
    // 1122: macron or overline for the same shape.
    ("cp1122", &[(0xBC, 0xAF, 0x203E)]),
    // Japanese: broken bar, wave dash, dash and parallel signs have two Unicode characters each, of which the JDK
    // takes those of Windows; in 939 the minus sign too.
    (
        "cp930",
        &[
            (0x426A, 0xA6, 0xFFE4),
            (0x43A1, 0x301C, 0xFF5E),
            (0x444A, 0x2014, 0x2015),
            (0x447C, 0x2016, 0x2225),
        ],
    ),
    (
        "cp939",
        &[
            (0x4260, 0x2212, 0xFF0D),
            (0x426A, 0xA6, 0xFFE4),
            (0x43A1, 0x301C, 0xFF5E),
            (0x444A, 0x2014, 0x2015),
            (0x447C, 0x2016, 0x2225),
        ],
    ),
];

/// Where Python and ICU differ, and why.
const PYTHON: &[(&str, &[Difference])] = &[
    // 273: macron or overline for the same shape.
    ("cp273", &[(0xBC, 0xAF, 0x203E)]),
    // 424: Python's table is Unicode's of 1993, before the bullet and the overline were told apart.
    ("cp424", &[(0xB3, 0x2022, 0xB7), (0xBC, 0x203E, 0xAF)]),
    // 875: Python shows the places without a character as SUBSTITUTE.
    (
        "cp875",
        &[
            (0xDC, 0xFFFF, 0x1A),
            (0xE1, 0xFFFF, 0x1A),
            (0xEC, 0xFFFF, 0x1A),
            (0xED, 0xFFFF, 0x1A),
            (0xFC, 0xFFFF, 0x1A),
            (0xFD, 0xFFFF, 0x1A),
        ],
    ),
    // 1026: the lira sign again.
    ("cp1026", &[(0x9A, 0x20BA, 0xAA)]),
];

/// Our character of a byte, as it is read; bytes whose character is written as another byte count as read.
fn cell(page: CodePage, byte: u8, only_read: &[(u8, u32)]) -> u32 {
    let character = page.char(byte);
    if crate::encoding::is_escape(character) {
        return only_read.iter().find(|(only, _)| *only == byte).map_or(0xFFFF, |(_, character)| *character);
    }
    u32::from(character)
}

/// Applies the differences to what we have: it must have been as listed, and is theirs then.
fn theirs(page: &str, code: u16, ours: u32, known: &[(&str, &[Difference])]) -> u32 {
    let list = known.iter().find(|(name, _)| *name == page).map_or(&[][..], |(_, list)| list);
    match list.iter().find(|(at, ..)| *at == code) {
        Some((_, expected, theirs)) => {
            assert_eq!(ours, *expected, "{page} X'{code:02X}': this difference is gone");
            *theirs
        }
        None => ours,
    }
}

/// The five bytes of 838 that mean a character whose byte is another: shown as escapes, known to both tables.
fn only_read(page: CodePage, row: &str) -> Vec<(u8, u32)> {
    let cells: Vec<u32> =
        (0..256).map(|at| u32::from_str_radix(&row[4 * at..4 * at + 4], 16).unwrap()).collect();
    let again = |byte: u8| {
        let cell = cells[usize::from(byte)];
        let character = char::from_u32(cell)?;
        let other = page.byte(character)?;
        (cell != 0xFFFF && cell != 0x1A && other != byte).then_some((byte, cell))
    };
    (0..=255).filter(|byte| crate::encoding::is_escape(page.char(*byte))).filter_map(again).collect()
}

fn compare_single(name: &str, row: &str, known: &[(&str, &[Difference])], jdk: bool) {
    let next_line = jdk && !SAME_NEXT_LINE.contains(&name);
    let page: CodePage = name.parse().unwrap();
    let only_read = only_read(page, row);
    assert_eq!(only_read.len(), if name == "cp838" { 5 } else { 0 }, "{name}");
    for byte in 0..=255u8 {
        let ours = cell(page, byte, &only_read);
        let expected = if next_line && u16::from(byte) == NEXT_LINE.0 {
            assert_eq!(ours, NEXT_LINE.1, "{name}");
            NEXT_LINE.2
        } else {
            theirs(name, u16::from(byte), ours, known)
        };
        let at = 4 * usize::from(byte);
        assert_eq!(format!("{expected:04X}"), row[at..at + 4], "{name} X'{byte:02X}'");
    }
}

/// The hash of a lead byte's row, as `scripts/codepages-jdk` makes it.
fn row_hash(page: CodePage, name: &str, lead: u8) -> String {
    let mut hash = 0xCBF2_9CE4_8422_2325u64;
    for trail in 0x40..0xFFu8 {
        let ours = match page.table().readable(lead, trail) {
            Some((character, None)) if u32::from(character) <= 0xFFFF => u32::from(character),
            _ => 0xFFFF,
        };
        let unit = theirs(name, u16::from_be_bytes([lead, trail]), ours, JDK) as u16;
        for part in unit.to_be_bytes() {
            hash = (hash ^ u64::from(part)).wrapping_mul(0x100_0000_01B3);
        }
    }
    format!("{hash:016X}")
}

#[test]
fn the_jdk_has_the_same_tables() {
    let (mut pages, mut rows) = (0, 0);
    for line in include_str!("../../../../fixtures/codepages/jdk.txt").lines().skip(1) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            [name, row] => {
                compare_single(name, row, JDK, true);
                pages += 1;
            }
            [name, lead, hash] => {
                let lead = u8::from_str_radix(lead, 16).unwrap();
                assert_eq!(row_hash(name.parse().unwrap(), name, lead), hash, "{name} row {lead:02X}");
                rows += 1;
            }
            _ => panic!("{line}"),
        }
    }
    // Rows that the JDK does not have are empty in our tables too.
    let ours = ["cp930", "cp933", "cp935", "cp937", "cp939", "cp1364"].map(|name| -> usize {
        let page: CodePage = name.parse().unwrap();
        (0..=255u8)
            .filter(|lead| (0x40..0xFF).any(|trail| page.table().readable(*lead, trail).is_some()))
            .count()
    });
    assert_eq!((pages, rows), (40, ours.iter().sum()));
}

#[test]
fn python_has_the_same_tables() {
    let mut pages = 0;
    for line in include_str!("../../../../fixtures/codepages/python.txt").lines().skip(1) {
        let (name, row) = line.split_once(' ').unwrap();
        compare_single(name, row, PYTHON, false);
        pages += 1;
    }
    assert_eq!(pages, 7);
}
