//! Random records in every framing.

use proptest::prelude::*;

use super::*;

/// Records of very different lengths, with bytes that mean something to some framing.
fn records(min: usize) -> impl Strategy<Value = Vec<Vec<u8>>> {
    let byte = prop_oneof![3 => any::<u8>(), 1 => prop::sample::select(vec![0u8, 4, 0x0A, 0x0D, 0x15, 0x1A, 0x25, 0x40])];
    let length = prop_oneof![6 => min..40usize, 2 => min..700, 1 => 1000..6000usize];
    let record = length.prop_flat_map(move |length| prop::collection::vec(byte.clone(), length));
    prop::collection::vec(record, 0..60)
}

/// All that must hold of a file and the records that are in it.
fn holds(file: &[u8], records: &[Vec<u8>], format: &DatasetFormat) {
    let folder = tempfile::tempdir().unwrap();
    let found = read(folder.path(), file, format).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(found.records, records);
    assert!(found.rebuilt == file, "rebuilt");
    assert!(found.converted == file, "converted");
    assert_eq!(found.notes, 0, "every frame is what is written anyway");
    assert!(write(folder.path(), records, format).unwrap() == file, "written");
}

const FORMS: [&str; 5] = ["big", "little", "swapped", "big,payload", "little,payload"];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn variable(records in records(1)) {
        for form in FORMS {
            let pieces = twin::variable(&records, form);
            holds(&pieces.concat(), &records, &format(&[("recfm", "VB"), ("rdw", form)]));
            for bdw in FORMS {
                let blocked = twin::blocks(&pieces, bdw, 6100, true, false);
                let pairs = [("rdw", form), ("bdw", bdw), ("blksize", "6100"), ("lrecl", "6004")];
                holds(&blocked, &records, &format(&[&[("recfm", "VB")], &pairs[..]].concat()));
                let alone = twin::blocks(&pieces, bdw, 6100, true, true);
                holds(&alone, &records, &format(&[&[("recfm", "V")], &pairs[..]].concat()));
            }
        }
    }

    #[test]
    fn fixed(bytes in prop::collection::vec(any::<u8>(), 0..4000), lrecl in 1usize..90, per_block in 1usize..9) {
        let whole = &bytes[..bytes.len() / lrecl * lrecl];
        let records: Vec<Vec<u8>> = whole.chunks(lrecl).map(<[u8]>::to_vec).collect();
        let length = lrecl.to_string();
        holds(whole, &records, &format(&[("recfm", "FB"), ("lrecl", &length)]));
        let size = (lrecl * per_block).to_string();
        for bdw in FORMS {
            let pairs = [("lrecl", length.as_str()), ("bdw", bdw), ("blksize", &size)];
            let blocked = twin::blocks(&records, bdw, lrecl * per_block, false, false);
            holds(&blocked, &records, &format(&[&[("recfm", "FB")], &pairs[..]].concat()));
            let alone = twin::blocks(&records, bdw, lrecl, false, true);
            holds(&alone, &records, &format(&[&[("recfm", "F")], &pairs[..]].concat()));
        }
    }

    #[test]
    fn spanned(records in records(1), size in 9usize..3000) {
        let text = size.to_string();
        for form in FORMS {
            for (recfm, alone) in [("VBS", false), ("VS", true)] {
                let pairs = [("recfm", recfm), ("rdw", form), ("blksize", text.as_str())];
                holds(&twin::spanned(&records, form, None, size, alone), &records, &format(&pairs));
                for bdw in FORMS {
                    let file = twin::spanned(&records, form, Some(bdw), size, alone);
                    holds(&file, &records, &format(&[&pairs[..], &[("bdw", bdw)]].concat()));
                }
            }
        }
    }

    #[test]
    fn undefined(records in records(1)) {
        let blocks = twin::blocks(&records, "big", 6000, false, true);
        holds(&blocks, &records, &format(&[("recfm", "U"), ("bdw", "true"), ("lrecl", "6000")]));
        let bytes = records.concat();
        let pieces: Vec<Vec<u8>> = bytes.chunks(77).map(<[u8]>::to_vec).collect();
        holds(&bytes, &pieces, &format(&[("recfm", "U"), ("lrecl", "77")]));
    }

    #[test]
    fn headers(records in records(0), adjust in 0i64..6) {
        let mut options = options(&[]);
        options.lrecl = Some(6000);
        options.length_adjust = Some(-adjust);
        options.header =
            Some(HeaderOptions { length: 5, keep: Some((0, 7)), size: Some((2, 2, adjust % 2 == 0)) });
        let format = options.format(None, CodePage::CP037).unwrap();
        let piece = |record: &Vec<u8>| {
            let mut size = ((record.len() + adjust as usize) as u16).to_be_bytes();
            if adjust % 2 == 0 { size.reverse() }
            [&[7, 0], &size[..], &[0], record].concat()
        };
        holds(&records.iter().flat_map(piece).collect::<Vec<u8>>(), &records, &format);
        // Every other one is no record; nothing of it is lost.
        let mut pieces: Vec<Vec<u8>> = records.iter().map(piece).collect();
        pieces.iter_mut().step_by(2).for_each(|piece| piece[0] = 8);
        let file = pieces.concat();
        let folder = tempfile::tempdir().unwrap();
        let found = read(folder.path(), &file, &format).unwrap();
        let kept: Vec<Vec<u8>> = records.iter().skip(1).step_by(2).cloned().collect();
        prop_assert_eq!(found.records, kept);
        prop_assert_eq!(found.skipped as usize, records.len().div_ceil(2));
        prop_assert!(found.rebuilt == file && found.converted == file);
    }

    #[test]
    fn lines(records in records(0), skip in any::<bool>(), torn in any::<bool>(), mark in 0usize..3) {
        for (name, page, end) in [
            ("lf", CodePage::LATIN1, &b"\n"[..]),
            ("crlf", CodePage::LATIN1, b"\r\n"),
            ("auto", CodePage::LATIN1, b"\n"),
            ("auto", CodePage::LATIN1, b"\r\n"),
            ("nel", CodePage::CP037, b"\x15"),
            ("nel25", CodePage::CP037, b"\x25"),
            ("auto", CodePage::CP037, b"\x15"),
            ("auto", CodePage::CP037, b"\x25"),
        ] {
            let clean = |record: &Vec<u8>| -> Vec<u8> {
                record.iter().copied().filter(|byte| ![0x0A, 0x0D, 0x15, 0x1A, 0x25].contains(byte)).collect()
            };
            let lines: Vec<Vec<u8>> = records.iter().map(clean).collect();
            let mut options = options(&[("recfm", "text"), ("line-end", name)]);
            options.empty_lines = skip.then(|| "skip".to_owned());
            let format = options.format(None, page).unwrap().unpadded();
            let mut file = lines.iter().flat_map(|line| [line, end].concat()).collect::<Vec<u8>>();
            let mut wanted = lines.clone();
            if torn && wanted.last().is_some_and(|line| !line.is_empty()) {
                file.truncate(file.len() - end.len());
            }
            file.extend(vec![0x1A; mark]);
            wanted.retain(|line| !(skip && line.is_empty()));
            let folder = tempfile::tempdir().unwrap();
            let found = read(folder.path(), &file, &format).unwrap();
            prop_assert_eq!(&found.records, &wanted, "{}", name);
            prop_assert!(found.rebuilt == file && found.converted == file, "{}", name);
            let again = read(folder.path(), &write(folder.path(), &wanted, &format).unwrap(), &format).unwrap();
            prop_assert_eq!((again.records, again.notes), (wanted, 0));
        }
    }

    #[test]
    fn heads_and_tails(records in records(1), head in 0usize..300, tail in 0usize..300) {
        let body = twin::variable(&records, "big").concat();
        let file = [vec![0xEE; head], body, vec![0xDD; tail]].concat();
        let (head, tail) = (head.to_string(), tail.to_string());
        let format = format(&[("recfm", "VB"), ("skip-head", &head), ("skip-tail", &tail)]);
        let folder = tempfile::tempdir().unwrap();
        let found = read(folder.path(), &file, &format).unwrap();
        prop_assert_eq!(found.records, records);
        prop_assert!(found.rebuilt == file && found.converted == file);
    }
}

/// Blocks, records and lines that are longer than what is read at a time.
#[test]
fn across_the_borders_of_buffers() {
    let records: Vec<Vec<u8>> = (0..900usize).map(|n| vec![n as u8 | 0x80; 1 + n * 7919 % 60_000]).collect();
    holds(&twin::variable(&records, "big").concat(), &records, &format(&[("recfm", "VB")]));
    let pieces = twin::variable(&records, "little");
    let blocked = twin::blocks(&pieces, "big,payload", 32_700, true, true);
    assert!(blocked.len() > 20 << 20);
    let alone = [("recfm", "V"), ("rdw", "little"), ("bdw", "big,payload"), ("lrecl", "60004")];
    // Words of more than 15 bits are written in the extended form, so these long ones need notes.
    let short: Vec<Vec<u8>> = records.iter().filter(|record| record.len() < 32_000).cloned().collect();
    let pieces = twin::variable(&short, "little");
    holds(&twin::blocks(&pieces, "big,payload", 32_700, true, true), &short, &format(&alone));
    let long: Vec<Vec<u8>> = (1..6usize).map(|n| vec![n as u8; n * 200_000]).collect();
    let spanned = twin::spanned(&long, "big", Some("big"), 1000, false);
    holds(&spanned, &long, &format(&[("recfm", "VBS"), ("bdw", "true"), ("blksize", "1000")]));
    let lines: Vec<u8> = long.iter().flat_map(|line| [line, &b"\n"[..]].concat()).collect();
    let text = options(&[("recfm", "text"), ("line-end", "lf")]).format(None, CodePage::LATIN1).unwrap();
    holds(&lines, &long, &text.unpadded());
}

/// Frames that no writer of ours would make come back all the same: blocks cut elsewhere, the extended form of a short
/// block, odd bytes in loose words, segments of one byte.
#[test]
fn unusual_frames_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let blocked = format(&[("recfm", "VB"), ("bdw", "true"), ("rdw", "big,loose"), ("lrecl", "84")]);
    let file = b"\0\x0A\0\0\0\x06\0\0ab\0\x10\0\0\0\x05\0\0c\0\x07\x01\x02def\x80\0\0\x09\0\x05\0\0g";
    let found = read(folder.path(), file, &blocked).unwrap();
    assert_eq!(found.records, [&b"ab"[..], b"c", b"def", b"g"]);
    assert!(found.rebuilt == file && found.converted == file);
    assert_eq!(found.notes, 3);
    let spanned = format(&[("recfm", "VBS"), ("lrecl", "84")]);
    let file = b"\0\x05\x01\0a\0\x04\x03\0\0\x05\x03\0b\0\x06\x02\0cd\0\x05\0\0e";
    let found = read(folder.path(), file, &spanned).unwrap();
    assert_eq!(found.records, [&b"abcd"[..], b"e"]);
    assert!(found.rebuilt == file && found.converted == file);
    assert_eq!(found.notes, 1);
}

/// A block whose records changed gets a descriptor word that is right, whatever the notes say.
#[test]
fn edited_blocks_stay_readable() {
    let folder = tempfile::tempdir().unwrap();
    let format = format(&[("recfm", "VB"), ("bdw", "true"), ("lrecl", "84")]);
    let path = folder.path().join("edited");
    let mut writer = Writer::new("T", &path, format.clone(), RealFs.create_new(&path).unwrap());
    let note: FrameNote = "000E000000060000*2".parse().unwrap();
    assert!(writer.write_framed(b"ab", &note).unwrap());
    assert!(!writer.write_framed(b"longer", &note).unwrap());
    writer.write_record(b"x").unwrap();
    writer.finish().unwrap();
    let found = read(folder.path(), &std::fs::read(&path).unwrap(), &format).unwrap();
    assert_eq!(found.records, [&b"ab"[..], b"longer", b"x"]);
    assert_eq!(found.rebuilt[..4], [0, 25, 0, 0]);
}

#[test]
fn padded_lines() {
    let folder = tempfile::tempdir().unwrap();
    let padded = options(&[("recfm", "text"), ("lrecl", "3")]).format(None, CodePage::LATIN1).unwrap();
    let file = b"ab\r\n\ncde\n a\x1A";
    let found = read(folder.path(), file, &padded).unwrap();
    assert_eq!(found.records, [b"ab ", b"   ", b"cde", b" a "]);
    assert_eq!(found.rebuilt, file);
    assert_eq!(write(folder.path(), &found.records, &padded).unwrap(), b"ab\n\ncde\n a\n");
    let path = folder.path().join("counted");
    let mut writer = Writer::new("T", &path, padded, RealFs.create_new(&path).unwrap());
    writer.write_record(b"a  ").unwrap();
    let (written, _) = writer.finish().unwrap();
    assert_eq!(written.fingerprint, crate::sys::hash::xxh3_64(b"a  "), "of the record, not of its line");
    // Few bytes, many blanks: memory stays bounded.
    let wide = options(&[("recfm", "text"), ("lrecl", "1000000")]).format(None, CodePage::LATIN1).unwrap();
    let path = folder.path().join("in");
    std::fs::write(&path, vec![b'\n'; 100]).unwrap();
    let mut reader = Reader::open(&RealFs, "T", &path, wide).unwrap();
    let mut count = 0;
    while let Some(block) = reader.next_block().unwrap() {
        assert!(block.len() < 4);
        count += block.len();
    }
    assert_eq!(count, 100);
}

/// Run by hand, built for release: how fast records are counted.
#[test]
#[ignore = "a measurement"]
fn speed_of_counting() {
    let path = Path::new("/dev/shm").join(format!("offhost-speed-{}", std::process::id()));
    let record = [b'x'; 200];
    let piece = twin::variable(&[record.to_vec()], "big").concat();
    let block = twin::blocks(&vec![piece.clone(); 130], "big", 32_760, true, false);
    for (name, unit, pairs) in [
        ("FB", record.to_vec(), vec![("recfm", "FB"), ("lrecl", "200")]),
        ("VB", piece, vec![("recfm", "VB"), ("lrecl", "204")]),
        ("VB, BDW", block, vec![("recfm", "VB"), ("lrecl", "204"), ("bdw", "true")]),
        ("text", [&record[..], b"\n"].concat(), vec![("recfm", "text"), ("line-end", "lf")]),
    ] {
        std::fs::write(&path, unit.repeat((1 << 30) / unit.len())).unwrap();
        for round in 0..3 {
            let clock = std::time::Instant::now();
            let mut file = std::fs::File::open(&path).unwrap();
            let mut buffer = vec![0; 1 << 17];
            while std::io::Read::read(&mut file, &mut buffer).unwrap() > 0 {}
            let plain = clock.elapsed();
            let clock = std::time::Instant::now();
            let mut reader = Reader::open(&RealFs, "T", &path, format(&pairs)).unwrap();
            let mut count = 0;
            while let Some(block) = reader.next_block().unwrap() {
                count += block.len();
            }
            println!("{name} {round}: {count} records in {:?}; plain reads in {plain:?}", clock.elapsed());
        }
    }
    std::fs::remove_file(&path).unwrap();
}
