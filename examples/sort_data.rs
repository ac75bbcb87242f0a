//! Generates records to be sorted, for benchmarks and long tests. The same arguments always give the same bytes.
//!
//! ```text
//!   text       100 bytes: a key of 10 letters and digits, the record number, filler, X'0A' at the end, so that the file
//!              is at once records of 100 bytes and lines for tools that sort lines
//!   banking    100 bytes: branch 9(3), account 9(10), date S9(9) COMP-3, sequence 9(9) COMP, then text: a key of 22 bytes
//!   variable   an RDW and 40 to 400 bytes, which begin with a key as in text
//! ```
//!
//! `--order sorted` makes the keys ascend; `--order nearly` makes the first 99 in 100 records ascend, the others are
//! random, like a master file with the day's records behind it. `--files N` deals the records out to N files, each in the
//! order asked for.

use std::env;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

const USAGE: &str = "usage: sort_data --out FILE [--kind text|banking|variable] [--order random|sorted|nearly] \
                     [--records N] [--files N] [--seed N]";

/// What to generate.
struct Options {
    out: String,
    kind: String,
    order: String,
    records: u64,
    files: u64,
    seed: u64,
}

fn main() -> ExitCode {
    let Some(options) = options(env::args().skip(1)) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    match generate(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("sort_data: {error}");
            ExitCode::from(1)
        }
    }
}

fn options(mut arguments: impl Iterator<Item = String>) -> Option<Options> {
    let mut options = Options {
        out: String::new(),
        kind: "text".to_owned(),
        order: "random".to_owned(),
        records: 1_000_000,
        files: 1,
        seed: 1,
    };
    while let Some(name) = arguments.next() {
        let value = arguments.next()?;
        match name.as_str() {
            "--out" => options.out = value,
            "--kind" => options.kind = value,
            "--order" => options.order = value,
            "--records" => options.records = value.parse().ok()?,
            "--files" => options.files = value.parse().ok().filter(|files| *files > 0)?,
            "--seed" => options.seed = value.parse().ok()?,
            _ => return None,
        }
    }
    let kinds = ["text", "banking", "variable"].contains(&options.kind.as_str());
    let orders = ["random", "sorted", "nearly"].contains(&options.order.as_str());
    (kinds && orders && !options.out.is_empty()).then_some(options)
}

fn generate(options: &Options) -> io::Result<()> {
    let mut files = Vec::new();
    for file in 0..options.files {
        let path =
            if options.files == 1 { options.out.clone() } else { format!("{}.{}", options.out, file + 1) };
        files.push(BufWriter::with_capacity(1 << 20, File::create(path)?));
    }
    let mut random = Random(options.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let mut record = Vec::with_capacity(512);
    for number in 0..options.records {
        let rank = rank(options, number, &mut random);
        record.clear();
        match options.kind.as_str() {
            "text" => text(&mut record, rank, number),
            "banking" => banking(&mut record, rank, number),
            _ => variable(&mut record, rank, number, &mut random),
        }
        files[(number % options.files) as usize].write_all(&record)?;
    }
    files.iter_mut().try_for_each(Write::flush)
}

/// Where the record's key lies between the lowest (0) and the highest.
fn rank(options: &Options, number: u64, random: &mut Random) -> u64 {
    let ascending =
        || (u128::from(number) * u128::from(u64::MAX) / u128::from(options.records.max(1))) as u64;
    match options.order.as_str() {
        "sorted" => ascending(),
        "nearly" if number < options.records / 100 * 99 => ascending(),
        _ => random.next(),
    }
}

/// Ten characters of 36, in the order of `rank`.
fn key(rank: u64) -> [u8; 10] {
    const LETTERS: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    // 36 to the tenth is less than 2 to the 52nd.
    let mut rest = ((u128::from(rank) * 36u128.pow(10)) >> 64) as u64;
    let mut key = [0; 10];
    for letter in key.iter_mut().rev() {
        *letter = LETTERS[(rest % 36) as usize];
        rest /= 36;
    }
    key
}

fn text(record: &mut Vec<u8>, rank: u64, number: u64) {
    record.extend(key(rank));
    record.extend(format!(" {number:012} ").bytes());
    record.resize(99, b'.');
    record.push(b'\n');
}

fn banking(record: &mut Vec<u8>, rank: u64, number: u64) {
    let (branch, account) = (rank >> 32 & 0x3F, (rank & 0xFFFF_FFFF) % 5_000);
    let day = rank % 28 + 1;
    let digits = format!("{branch:03}{account:010}");
    record.extend(digits.bytes().map(|digit| digit - b'0' + 0xF0));
    let date = format!("0202603{day:02}C");
    let nibbles: Vec<u8> = date.bytes().map(|c| if c == b'C' { 12 } else { c - b'0' }).collect();
    record.extend(nibbles.chunks(2).map(|pair| pair[0] << 4 | pair[1]));
    record.extend(((rank ^ number) as u32 % 1_000_000_000).to_be_bytes());
    record.resize(100, 0x40);
}

fn variable(record: &mut Vec<u8>, rank: u64, number: u64, random: &mut Random) {
    let length = 40 + (random.next() % 361) as usize;
    record.extend(((length + 4) as u16).to_be_bytes());
    record.extend([0, 0]);
    record.extend(key(rank));
    record.extend(format!(" {number:012} ").bytes());
    record.resize(length + 4, b'.');
}

/// xorshift64*: good enough for keys, and the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }
}
