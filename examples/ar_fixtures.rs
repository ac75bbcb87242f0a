//! Generates the accounts-receivable fixtures: a customer master, its open items and a bank receipt file, all
//! in code page 037, and a manifest that says what a posting run over them has to find.
//!
//! The same arguments always give the same bytes. The program uses nothing but the standard library: its
//! encoders are deliberately not those of offhost, so that the two check each other. The records are
//! described by `copybooks/custmast.cpy`, `copybooks/openitem.cpy` and `copybooks/receipt.cpy`.
//!
//! The manifest follows these rules, tried in this order for each detail of the receipt file. Details are
//! processed in ascending order of company, customer, quoted document and position in the file.
//!
//! 1. A return is rejected; then an amount of zero or less is rejected.
//! 2. The customer is not in the master: the whole amount goes to suspense.
//! 3. The quoted document is not an item of that customer, or none is quoted: the whole amount goes on
//!    account.
//! 4. The currencies of receipt and item differ: rejected.
//! 5. The item has nothing open any more: the whole amount goes on account.
//! 6. The amount equals what is open: the item is closed.
//! 7. The amount is smaller: up to 5.00 or 0.5 % of what is open, cut to cents, whichever is less, the
//!    shortage is written off and the item closed; beyond that the item stays open with what is left.
//! 8. The amount is larger: the item is closed and the excess goes on account.

use std::env;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

// -----------------------------------------------------------------------------------------------------------
// Arguments
// -----------------------------------------------------------------------------------------------------------

const USAGE: &str = "usage: ar_fixtures [--out DIR] [--seed N] [--customers N] [--items N] [--receipts N]";

/// RC-SEQ has seven digits.
const MAX_RECEIPTS: u64 = 9_999_999;
/// OI-SEQ has nine digits.
const MAX_ITEMS: u64 = 999_999_999;
/// Keeps customer numbers, which grow by 10 on average, well inside ten digits.
const MAX_CUSTOMERS: u64 = 100_000_000;

/// What to generate, and where.
struct Options {
    out: PathBuf,
    seed: u64,
    customers: u64,
    items: u64,
    receipts: u64,
}

/// Why nothing, or not everything, was generated.
enum Failure {
    /// The arguments are wrong: exit code 2.
    Usage(String),
    /// Something went wrong while generating: exit code 1.
    Run(String),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Failure::Run(error.to_string())
    }
}

type Outcome<T> = Result<T, Failure>;

impl Options {
    /// Reads the command line; `None` when only the usage text was asked for.
    fn parse(mut arguments: impl Iterator<Item = String>) -> Outcome<Option<Options>> {
        let mut options = Options {
            out: PathBuf::from("fixtures/ar"),
            seed: 1,
            customers: 500,
            items: 5_000,
            receipts: 2_000,
        };
        while let Some(name) = arguments.next() {
            if name == "--help" || name == "-h" {
                return Ok(None);
            }
            let mut value =
                || arguments.next().ok_or_else(|| Failure::Usage(format!("{name} needs a value")));
            match name.as_str() {
                "--out" => options.out = PathBuf::from(value()?),
                "--seed" => options.seed = number(&name, &value()?, 0, u64::MAX)?,
                "--customers" => options.customers = number(&name, &value()?, 1, MAX_CUSTOMERS)?,
                "--items" => options.items = number(&name, &value()?, 0, MAX_ITEMS)?,
                "--receipts" => options.receipts = number(&name, &value()?, 0, MAX_RECEIPTS)?,
                _ => return Err(Failure::Usage(format!("unknown argument {name}"))),
            }
        }
        if options.receipts > options.items {
            let (receipts, items) = (options.receipts, options.items);
            return Err(Failure::Usage(format!("--receipts {receipts} is more than --items {items}")));
        }
        Ok(Some(options))
    }
}

/// A whole number within bounds.
fn number(name: &str, text: &str, low: u64, high: u64) -> Outcome<u64> {
    match text.parse::<u64>() {
        Ok(value) if (low..=high).contains(&value) => Ok(value),
        _ => Err(Failure::Usage(format!("{name} takes a whole number from {low} to {high}, not {text}"))),
    }
}

// -----------------------------------------------------------------------------------------------------------
// Random numbers
// -----------------------------------------------------------------------------------------------------------

/// The splitmix64 generator.
struct Rng(u64);

/// Independent sequences drawn from one seed.
#[derive(Clone, Copy)]
enum Stream {
    Customers = 1,
    Spread,
    Documents,
    Master,
    Item,
    Plan,
    Receipt,
    Payer,
    Bank,
    Paperwork,
}

impl Rng {
    /// The sequence of one stream and one record of it.
    fn new(seed: u64, stream: Stream, index: u64) -> Rng {
        let mut outer = Rng(seed ^ (stream as u64) << 56);
        let mut inner = Rng(outer.next() ^ index);
        Rng(inner.next())
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// From 0 up to, but not including, `bound`; 0 for a bound of 0.
    fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(bound)) >> 64) as u64
    }

    /// From `low` to `high`, both included.
    fn range(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }

    /// True once in `n`.
    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    /// One element of a list.
    fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len() as u64) as usize]
    }
}

// -----------------------------------------------------------------------------------------------------------
// Encoding
// -----------------------------------------------------------------------------------------------------------

/// One character in code page 037; only what the generated texts use.
fn cp037(character: char) -> Option<u8> {
    let code = match character {
        'A'..='I' => 0xC1 + (character as u8 - b'A'),
        'J'..='R' => 0xD1 + (character as u8 - b'J'),
        'S'..='Z' => 0xE2 + (character as u8 - b'S'),
        '0'..='9' => 0xF0 + (character as u8 - b'0'),
        ' ' => BLANK,
        '.' => 0x4B,
        '&' => 0x50,
        '-' => 0x60,
        '/' => 0x61,
        '\'' => 0x7D,
        'Ä' => 0x63,
        'Å' => 0x67,
        'Ç' => 0x68,
        'Ñ' => 0x69,
        'É' => 0x71,
        'Ö' => 0xEC,
        'Ü' => 0xFC,
        _ => return None,
    };
    Some(code)
}

const BLANK: u8 = 0x40;

/// Builds one record after the other, field by field, and writes each when it has the length it must have.
struct Records<W: Write> {
    out: W,
    length: usize,
    bytes: Vec<u8>,
    fault: Option<String>,
    written: u64,
}

impl Records<BufWriter<File>> {
    /// A file of fixed-length records.
    fn create(path: &Path, length: usize) -> Outcome<Self> {
        let file = File::create(path)
            .map_err(|error| Failure::Run(format!("cannot create {}: {error}", path.display())))?;
        let out = BufWriter::with_capacity(1 << 20, file);
        Ok(Records { out, length, bytes: Vec::with_capacity(length), fault: None, written: 0 })
    }
}

impl<W: Write> Records<W> {
    /// PIC X: left-justified, padded with blanks.
    fn text(&mut self, text: &str, width: usize) -> &mut Self {
        let end = self.bytes.len() + width;
        for character in text.chars() {
            match cp037(character) {
                Some(code) => self.bytes.push(code),
                None => self.fault = Some(format!("{character:?} is not in the code table")),
            }
        }
        self.pad(end, text)
    }

    /// PIC X holding a prefix and a number with leading zeros.
    fn tagged(&mut self, prefix: &str, value: u64, digits: usize, width: usize) -> &mut Self {
        let end = self.bytes.len() + width;
        self.text(prefix, prefix.len()).zoned(value, digits).pad(end, prefix)
    }

    /// A field of blanks.
    fn blanks(&mut self, width: usize) -> &mut Self {
        self.text("", width)
    }

    fn pad(&mut self, end: usize, what: &str) -> &mut Self {
        if self.bytes.len() > end {
            self.fault = Some(format!("{what:?} is too long for its field"));
        }
        self.bytes.resize(end, BLANK);
        self
    }

    /// PIC 9, usage DISPLAY.
    fn zoned(&mut self, value: u64, digits: usize) -> &mut Self {
        let start = self.bytes.len();
        self.bytes.resize(start + digits, 0xF0);
        let mut rest = value;
        for byte in self.bytes[start..].iter_mut().rev() {
            *byte = 0xF0 | (rest % 10) as u8;
            rest /= 10;
        }
        self.check_room(rest, value, digits)
    }

    /// PIC S9 COMP-3: sign nibble C or D.
    fn packed(&mut self, value: i64, digits: usize) -> &mut Self {
        self.nibbles(value.unsigned_abs(), digits, if value < 0 { 0xD } else { 0xC })
    }

    /// PIC 9 COMP-3: sign nibble F.
    fn packed_unsigned(&mut self, value: u64, digits: usize) -> &mut Self {
        self.nibbles(value, digits, 0xF)
    }

    fn nibbles(&mut self, magnitude: u64, digits: usize, sign: u8) -> &mut Self {
        let start = self.bytes.len();
        self.bytes.resize(start + digits / 2 + 1, 0);
        let mut rest = magnitude;
        for place in 0..=digits {
            let nibble = if place == 0 { sign } else { (rest % 10) as u8 };
            if place > 0 {
                rest /= 10;
            }
            let index = self.bytes.len() - 1 - place / 2;
            self.bytes[index] |= nibble << (place % 2 * 4);
        }
        self.check_room(rest, magnitude, digits)
    }

    /// PIC S9(5) to S9(9) COMP: a big-endian fullword. The values never reach its sign bit.
    fn fullword(&mut self, value: u64, digits: u32) -> &mut Self {
        self.bytes.extend_from_slice(&(value as u32).to_be_bytes());
        self.check_room(value / 10_u64.pow(digits), value, digits as usize)
    }

    fn check_room(&mut self, rest: u64, value: u64, digits: usize) -> &mut Self {
        if rest != 0 {
            self.fault = Some(format!("{value} does not fit {digits} digits"));
        }
        self
    }

    /// Writes the record.
    fn end(&mut self) -> Outcome<()> {
        if let Some(fault) = self.fault.take() {
            return Err(Failure::Run(fault));
        }
        if self.bytes.len() != self.length {
            let found = self.bytes.len();
            return Err(Failure::Run(format!("record of {found} bytes instead of {}", self.length)));
        }
        self.out.write_all(&self.bytes)?;
        self.bytes.clear();
        self.written += 1;
        Ok(())
    }

    /// Writes what is still buffered; returns record length and number of records.
    fn close(mut self) -> Outcome<(u64, u64)> {
        self.out.flush()?;
        Ok((self.length as u64, self.written))
    }
}

// -----------------------------------------------------------------------------------------------------------
// Dates, money, names
// -----------------------------------------------------------------------------------------------------------

/// The business date of the run, 2026-03-31, in days since 1970-01-01.
const RUN_DAY: u64 = 20_543;

/// A day number as YYYYMMDD.
fn calendar(day: u64) -> u64 {
    let shifted = day + 719_468;
    let era = shifted / 146_097;
    let of_era = shifted % 146_097;
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * of_year + 2) / 153;
    let day_of_month = of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    year * 10_000 + month * 100 + day_of_month
}

/// The currencies of the fixtures.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Currency {
    Usd,
    Eur,
    Gbp,
    Jpy,
}

const CURRENCIES: [Currency; 4] = [Currency::Usd, Currency::Eur, Currency::Gbp, Currency::Jpy];

impl Currency {
    /// USD 80 %, EUR 12 %, GBP 5 %, JPY 3 %.
    fn draw(rng: &mut Rng) -> Currency {
        match rng.below(100) {
            0..80 => Currency::Usd,
            80..92 => Currency::Eur,
            92..97 => Currency::Gbp,
            _ => Currency::Jpy,
        }
    }

    fn code(self) -> &'static str {
        match self {
            Currency::Usd => "USD",
            Currency::Eur => "EUR",
            Currency::Gbp => "GBP",
            Currency::Jpy => "JPY",
        }
    }

    /// The smallest amount that can be paid, in hundredths: all fields have two decimals, but there is no
    /// half yen.
    fn unit(self) -> i64 {
        if self == Currency::Jpy { 100 } else { 1 }
    }

    /// US dollars for one unit, in millionths.
    fn rate(self) -> i64 {
        match self {
            Currency::Usd => 1_000_000,
            Currency::Eur => 1_085_000,
            Currency::Gbp => 1_270_000,
            Currency::Jpy => 6_700,
        }
    }

    /// Cuts an amount to what can be paid in this currency, but to no less than one unit.
    fn payable(self, amount: i64) -> i64 {
        (amount / self.unit() * self.unit()).max(self.unit())
    }

    /// A positive amount from 50.00 to 100,000.00, small ones being more frequent; a hundred times that in
    /// yen.
    fn amount(self, rng: &mut Rng) -> i64 {
        let hundredths = match rng.below(10) {
            0..5 => rng.range(5_000, 99_999),
            5..9 => rng.range(100_000, 999_999),
            _ => rng.range(1_000_000, 10_000_000),
        };
        hundredths as i64 * self.unit()
    }

    /// Converts to US dollars; a half cent goes away from zero.
    fn to_base(self, amount: i64) -> i64 {
        let magnitude = (i128::from(amount.abs()) * i128::from(self.rate()) + 500_000) / 1_000_000;
        magnitude as i64 * amount.signum()
    }
}

/// An amount in hundredths as decimal text.
fn money(amount: i64) -> String {
    let sign = if amount < 0 { "-" } else { "" };
    let magnitude = amount.unsigned_abs();
    format!("{sign}{}.{:02}", magnitude / 100, magnitude % 100)
}

/// Terms of payment: code, days until due, discount in thousandths of a percent, days of discount.
const TERMS: [(&str, u64, u64, u64); 5] =
    [("N014", 14, 0, 0), ("N030", 30, 0, 0), ("N045", 45, 0, 0), ("N060", 60, 0, 0), ("D210", 30, 2_000, 10)];

const PLACES: [&str; 24] = [
    "ALDERBROOK",
    "BRIARWICK",
    "CINDERFORD",
    "DUNMARSH",
    "ELMSTEAD",
    "FOXHOLLOW",
    "GRAYMOOR",
    "HOLTHAVEN",
    "IVYCREST",
    "JUNIPER FLAT",
    "KESTREL BAY",
    "LARKFIELD",
    "MAPLEDOWN",
    "NETTLETON",
    "OAKENSHAW",
    "PINE & ROSE",
    "QUARRYSIDE",
    "ROOKWOOD",
    "SALTMERE",
    "THORNGATE",
    "UPPER FELL",
    "VALE-WICKET",
    "WINTERBOURN",
    "O'YARROW",
];

const EURO_PLACES: [&str; 12] = [
    "MÜHLENTAL",
    "BÄRENFURT",
    "SCHÖNAUER",
    "VALCLAIR",
    "ÉTANGVILLE",
    "MONTEBRÑO",
    "FAÇONNET",
    "HOLMÅSEN",
    "LINDENEK",
    "ROSAVERDE",
    "TERNMEER",
    "ZUIDERVELD",
];

const TRADES: [&str; 20] = [
    "TOOL SUPPLY",
    "FOODS",
    "PAPER",
    "FREIGHT",
    "DENTAL",
    "ROOFING",
    "MARINE",
    "SEED",
    "TEXTILES",
    "OPTICS",
    "BREWING",
    "PLUMBING",
    "PRINTING",
    "TIMBER",
    "CERAMICS",
    "ELECTRIC",
    "DAIRY",
    "FASTENERS",
    "GLASS",
    "LEASING",
];

/// A payer's name and its search key, which has no legal form, no marks and no accents.
fn payer_name(seed: u64, currency: Currency) -> (String, String) {
    let mut rng = Rng::new(seed, Stream::Payer, 0);
    let (places, forms): (&[&str], &[&str]) = match currency {
        Currency::Usd => (&PLACES, &["INC.", "LLC", "CORP.", "CO."]),
        Currency::Eur => (&EURO_PLACES, &["GMBH", "S.A.", "B.V.", "S.P.A."]),
        Currency::Gbp => (&PLACES, &["LTD", "PLC"]),
        Currency::Jpy => (&PLACES, &["K.K.", "JAPAN K.K."]),
    };
    let stem = format!("{} {}", rng.pick(places), rng.pick(&TRADES));
    let name = format!("{stem} {}", rng.pick(forms));
    let key = stem.chars().filter(|c| !matches!(c, '&' | '\'')).map(plain).collect::<String>();
    (name, key.replace("  ", " "))
}

/// A letter without its accent; a hyphen becomes a blank.
fn plain(character: char) -> char {
    match character {
        'Ä' | 'Å' => 'A',
        'Ç' => 'C',
        'É' => 'E',
        'Ñ' => 'N',
        'Ö' => 'O',
        'Ü' => 'U',
        '-' => ' ',
        other => other,
    }
}

/// A routing number with a valid check digit, and an account number with its digits.
struct BankKey {
    routing: u64,
    account: u64,
    account_digits: usize,
}

/// One of a payer's bank keys.
fn bank_key(seed: u64, slot: u64) -> BankKey {
    let mut rng = Rng::new(seed, Stream::Bank, slot);
    let prefix = if rng.one_in(3) { rng.range(21, 32) } else { rng.range(1, 12) };
    let body = prefix * 1_000_000 + rng.below(1_000_000);
    let account_digits = rng.range(8, 14) as usize;
    let account = rng.below(10_u64.pow(account_digits as u32));
    BankKey { routing: body * 10 + check_digit(body), account, account_digits }
}

/// The ninth digit of a routing number: weights 3, 7, 1 repeated make the sum divisible by ten.
fn check_digit(body: u64) -> u64 {
    let mut rest = body;
    let mut sum = 0;
    for weight in [7, 3, 1, 7, 3, 1, 7, 3] {
        sum += rest % 10 * weight;
        rest /= 10;
    }
    (10 - sum % 10) % 10
}

// -----------------------------------------------------------------------------------------------------------
// Customers and open items
// -----------------------------------------------------------------------------------------------------------

/// What is remembered of a customer; everything else follows from its seed.
struct Customer {
    number: u64,
    seed: u64,
    company: u8,
    currency: Currency,
    terms: u8,
}

/// What is remembered of an open item; its index gives its document number.
struct Item {
    open: i64,
    customer: u32,
}

/// The customers in file order. Numbers start anew in the second company, so that some occur in both.
fn draw_customers(options: &Options) -> Vec<Customer> {
    let mut rng = Rng::new(options.seed, Stream::Customers, 0);
    let in_first = (options.customers * 3).div_ceil(5);
    let mut number = 0;
    let mut customers = Vec::with_capacity(options.customers as usize);
    for index in 0..options.customers {
        if index == 0 || index == in_first {
            number = 100_000;
        }
        number += rng.range(1, 19);
        customers.push(Customer {
            number,
            seed: rng.next(),
            company: if index < in_first { 1 } else { 2 },
            currency: Currency::draw(&mut rng),
            terms: rng.below(TERMS.len() as u64) as u8,
        });
    }
    customers
}

/// How many open items each customer has: about one customer in twenty none, and every thirtieth of the
/// others many.
fn spread_items(options: &Options) -> Vec<u32> {
    let mut rng = Rng::new(options.seed, Stream::Spread, 0);
    let mut active: Vec<u64> = (0..options.customers).filter(|_| !rng.one_in(20)).collect();
    if active.is_empty() {
        active.push(0);
    }
    let active_count = active.len() as u64;
    let large_count = active_count.div_ceil(30);
    let mut counts = vec![0; options.customers as usize];
    for _ in 0..options.items {
        let place = if rng.one_in(5) { rng.below(large_count) * 30 } else { rng.below(active_count) };
        counts[active[place as usize] as usize] += 1;
    }
    counts
}

/// Gives each item index, and each index beyond the last item, a document number of its own, in no visible
/// order.
#[derive(Clone, Copy)]
struct Documents {
    factor: u64,
    offset: u64,
}

impl Documents {
    /// The largest prime of ten digits: multiplication modulo a prime never gives the same number twice.
    const PRIME: u64 = 9_999_999_967;

    fn new(seed: u64) -> Documents {
        let mut rng = Rng::new(seed, Stream::Documents, 0);
        Documents { factor: rng.range(Self::PRIME / 4, Self::PRIME / 2), offset: rng.below(Self::PRIME) }
    }

    fn number(self, index: u64) -> u64 {
        (self.factor * index + self.offset) % Self::PRIME
    }
}

/// Every fiftieth item is a credit memo.
fn is_credit(index: u64) -> bool {
    index % 50 == 37
}

/// An open item before it is written.
struct Draft {
    index: u64,
    document: u64,
    doc_type: &'static str,
    doc_day: u64,
    due_day: u64,
    original: i64,
    open: i64,
    status: &'static str,
    disputed: i64,
}

/// The details of one item.
fn draft_item(options: &Options, documents: Documents, customer: &Customer, index: u64) -> Draft {
    let mut rng = Rng::new(options.seed, Stream::Item, index);
    let currency = customer.currency;
    let doc_day = RUN_DAY - if rng.one_in(8) { rng.range(60, 240) } else { rng.below(75) };
    let original = currency.amount(&mut rng);
    let due_day = doc_day + TERMS[customer.terms as usize].1;
    let document = documents.number(index);
    let invoice = Draft {
        index,
        document,
        doc_type: "IN",
        doc_day,
        due_day,
        original,
        open: original,
        status: "O",
        disputed: 0,
    };
    if is_credit(index) {
        return Draft { doc_type: "CM", due_day: doc_day, original: -original, open: -original, ..invoice };
    }
    match rng.below(200) {
        0..10 => Draft {
            open: currency.payable(original * rng.range(20, 90) as i64 / 100),
            status: "R",
            ..invoice
        },
        10..13 => Draft {
            disputed: currency.payable(original * rng.range(10, 100) as i64 / 100),
            status: "D",
            ..invoice
        },
        13..15 => Draft { doc_type: "DM", ..invoice },
        15 => Draft { doc_type: "FC", due_day: doc_day, ..invoice },
        _ => invoice,
    }
}

/// Writes the record of one open item.
fn write_item<W: Write>(out: &mut Records<W>, seed: u64, customer: &Customer, draft: &Draft) -> Outcome<()> {
    let (terms, _, percent, days) = TERMS[customer.terms as usize];
    let earns_discount = draft.doc_type == "IN";
    let part_paid = draft.status == "R";
    let mut rng = Rng::new(seed, Stream::Paperwork, draft.index);
    let paperwork = rng.below(100_000_000);
    out.zoned(u64::from(customer.company), 4)
        .zoned(customer.number, 10)
        .zoned(calendar(draft.due_day), 8)
        .tagged("INV", draft.document, 10, 16)
        .text(draft.doc_type, 2)
        .zoned(calendar(draft.doc_day), 8)
        .text(customer.currency.code(), 3)
        .packed(draft.original, 13)
        .packed(draft.open, 13)
        .packed(customer.currency.to_base(draft.open), 13)
        .packed_unsigned(if earns_discount { percent } else { 0 }, 5)
        .packed_unsigned(if earns_discount { days } else { 0 }, 3)
        .text(terms, 4)
        .text(draft.status, 1)
        .packed(draft.disputed, 11);
    match rng.below(4) {
        0 => out.blanks(20),
        1 => out.tagged("PO-", paperwork % 1_000_000, 6, 20),
        _ => out.tagged("45", paperwork, 8, 20),
    };
    out.tagged("SO", paperwork / 7, 9, 12);
    out.tagged("ST", calendar(draft.doc_day) / 100, 6, 10);
    out.tagged("SH", paperwork / 11, 8, 12);
    out.text(if draft.disputed > 0 { rng.pick(&["PRC", "QTY", "DMG"]) } else { "" }, 3);
    match part_paid {
        true => out.tagged("OH", calendar(RUN_DAY - 20) * 10_000_000 + draft.index % 10_000_000, 15, 20),
        false => out.blanks(20),
    };
    out.fullword(draft.index + 1, 9).blanks(31).end()
}

/// What a customer's items add up to.
struct Balance {
    total: i64,
    count: u64,
    buckets: [i64; 7],
}

impl Balance {
    fn of(drafts: &[Draft]) -> Balance {
        let mut balance = Balance { total: 0, count: 0, buckets: [0; 7] };
        for draft in drafts {
            let late = RUN_DAY.saturating_sub(draft.due_day);
            balance.buckets[late.div_ceil(30).min(6) as usize] += draft.open;
            balance.total += draft.open;
            balance.count += 1;
        }
        balance
    }
}

/// The payment group of a customer: usually its own number, sometimes that of one shortly before it.
fn parent_number(rng: &mut Rng, customers: &[Customer], index: usize) -> u64 {
    let back = if rng.one_in(10) { rng.range(1, 4) as usize } else { 0 };
    let parent = &customers[index.saturating_sub(back)];
    if parent.company == customers[index].company { parent.number } else { customers[index].number }
}

/// Writes the record of one customer.
fn write_customer<W: Write>(
    out: &mut Records<W>,
    seed: u64,
    customers: &[Customer],
    index: usize,
    balance: &Balance,
) -> Outcome<()> {
    let mut rng = Rng::new(seed, Stream::Master, index as u64);
    let customer = &customers[index];
    let currency = customer.currency;
    let (name, key) = payer_name(customer.seed, currency);
    let status = match rng.below(20) {
        0 => "H",
        1..8 if balance.count == 0 => "C",
        _ => "A",
    };
    let on_account =
        if rng.one_in(12) { currency.amount(&mut rng) / 10 / currency.unit() * currency.unit() } else { 0 };
    out.zoned(u64::from(customer.company), 4)
        .zoned(customer.number, 10)
        .text(&name, 40)
        .text(&key, 30)
        .zoned(parent_number(&mut rng, customers, index), 10)
        .text(TERMS[customer.terms as usize].0, 4)
        .text(currency.code(), 3)
        .text(status, 1)
        .text(rng.pick(&["STD", "STD", "STD", "KEY"]), 4)
        .text("T005", 4)
        .packed(rng.range(5, 500) as i64 * 100_000 * currency.unit(), 13)
        .packed(balance.total, 13)
        .packed(on_account, 13);
    for bucket in balance.buckets {
        out.packed(bucket, 13);
    }
    let last_paid = if rng.one_in(12) { None } else { Some(calendar(RUN_DAY - rng.range(1, 90))) };
    out.packed_unsigned(last_paid.unwrap_or(0), 8);
    out.packed(if last_paid.is_some() { currency.amount(&mut rng) } else { 0 }, 11)
        .fullword(balance.count, 7);
    let keys = rng.range(1, 3);
    for slot in 0..3 {
        let bank = bank_key(customer.seed, slot);
        match slot < keys {
            true => out.zoned(bank.routing, 9).tagged("", bank.account, bank.account_digits, 17),
            false => out.zoned(0, 9).blanks(17),
        };
    }
    match last_paid {
        Some(date) => out.tagged("B", date * 1_000 + 1, 11, 12),
        None => out.blanks(12),
    };
    out.blanks(15).end()
}

/// Record length and number of records of a finished file.
type Extent = (u64, u64);

/// Writes the customer master and the open items, and returns the items in the order of their indexes.
fn write_ledger(
    options: &Options,
    documents: Documents,
    customers: &[Customer],
) -> Outcome<(Vec<Item>, Extent, Extent)> {
    let mut master = Records::create(&options.out.join("custmast.ebc"), 300)?;
    let mut open_items = Records::create(&options.out.join("openitem.ebc"), 200)?;
    let mut items = Vec::with_capacity(options.items as usize);
    let mut drafts = Vec::new();
    for (index, count) in spread_items(options).into_iter().enumerate() {
        let customer = &customers[index];
        drafts.clear();
        for _ in 0..count {
            let draft = draft_item(options, documents, customer, items.len() as u64);
            items.push(Item { open: draft.open, customer: index as u32 });
            drafts.push(draft);
        }
        drafts.sort_unstable_by_key(|draft: &Draft| (draft.due_day, draft.document));
        for draft in &drafts {
            write_item(&mut open_items, options.seed, customer, draft)?;
        }
        write_customer(&mut master, options.seed, customers, index, &Balance::of(&drafts))?;
    }
    Ok((items, master.close()?, open_items.close()?))
}

// -----------------------------------------------------------------------------------------------------------
// Planning the receipts
// -----------------------------------------------------------------------------------------------------------

/// Who the bank says has paid.
#[derive(Clone, Copy)]
enum Payer {
    /// A customer of the master, by index.
    Known(u32),
    /// A company and customer number the master does not have.
    Unknown(u8, u64),
}

/// What the payer quotes.
#[derive(Clone, Copy)]
enum Reference {
    Blank,
    /// An item of the file, by index; not necessarily the payer's.
    Item(u32),
    /// A document number that is not in the file, by an index beyond the last item.
    Missing(u32),
}

/// One detail of the receipt file.
struct Receipt {
    payer: Payer,
    reference: Reference,
    amount: i64,
    currency: Currency,
    is_return: bool,
}

/// How many receipts of each sort are planned, in thousandths; all others are exact payments. What becomes of
/// a receipt may still differ from the plan, as when the second payment of an item arrives first.
struct Quotas {
    short: u64,
    partial: u64,
    over: u64,
    second: u64,
    no_reference: u64,
    unknown_document: u64,
    unknown_customer: u64,
    mismatch: u64,
    returned: u64,
    bad_amount: u64,
}

const QUOTAS: Quotas = Quotas {
    short: 60,
    partial: 50,
    over: 40,
    second: 20,
    no_reference: 20,
    unknown_document: 10,
    unknown_customer: 10,
    mismatch: 4,
    returned: 4,
    bad_amount: 2,
};

impl Quotas {
    /// The quotas as numbers of receipts, and the number of exact payments.
    fn counts(&self, receipts: u64) -> (Quotas, u64) {
        let of = |thousandths: u64| receipts * thousandths / 1_000;
        let counts = Quotas {
            short: of(self.short),
            partial: of(self.partial),
            over: of(self.over),
            second: of(self.second),
            no_reference: of(self.no_reference),
            unknown_document: of(self.unknown_document),
            unknown_customer: of(self.unknown_customer),
            mismatch: of(self.mismatch),
            returned: of(self.returned),
            bad_amount: of(self.bad_amount),
        };
        let paying = counts.short + counts.partial + counts.over + counts.second;
        let astray = counts.no_reference + counts.unknown_document + counts.unknown_customer;
        let refused = counts.mismatch + counts.returned + counts.bad_amount;
        (counts, receipts - paying - astray - refused)
    }
}

/// The shortage that is written off: the lower of 5.00 and 0.5 % of what is open, cut to cents.
fn tolerance(open: i64) -> i64 {
    (open * 5 / 1_000).min(500)
}

/// Chooses payers, documents and amounts.
struct Planner<'a> {
    rng: Rng,
    customers: &'a [Customer],
    items: &'a [Item],
    /// Indexes of the items that can be paid; the first `taken` have been chosen as targets.
    pool: Vec<u32>,
    taken: usize,
    missing: u32,
    receipts: Vec<Receipt>,
}

/// Plans all details, in order of arrival.
fn plan_receipts(options: &Options, customers: &[Customer], items: &[Item]) -> Outcome<Vec<Receipt>> {
    let mut planner = Planner {
        rng: Rng::new(options.seed, Stream::Plan, 0),
        customers,
        items,
        pool: (0..items.len() as u32).filter(|index| items[*index as usize].open > 0).collect(),
        taken: 0,
        missing: items.len() as u32,
        receipts: Vec::with_capacity(options.receipts as usize),
    };
    planner.run(options.receipts)?;
    Ok(planner.receipts)
}

impl Planner<'_> {
    fn run(&mut self, receipts: u64) -> Outcome<()> {
        let (quotas, exact) = QUOTAS.counts(receipts);
        for _ in 0..exact {
            self.pay_one(|_, open, _| open)?;
        }
        for _ in 0..quotas.short {
            self.pay_one(short_amount)?;
        }
        let first_partial = self.taken as u64;
        for _ in 0..quotas.partial {
            self.pay_one(partial_amount)?;
        }
        for _ in 0..quotas.over {
            self.pay_one(over_amount)?;
        }
        (0..quotas.second).for_each(|_| self.pay_again(first_partial, quotas.partial));
        (0..quotas.no_reference).for_each(|_| self.pay_without_reference());
        (0..quotas.unknown_document).for_each(|_| self.pay_unknown_document());
        (0..quotas.unknown_customer).for_each(|_| self.pay_as_stranger());
        for _ in 0..quotas.mismatch {
            self.pay_in_other_currency()?;
        }
        (0..quotas.returned).for_each(|_| self.give_back());
        (0..quotas.bad_amount).for_each(|_| self.pay_nothing());
        self.shuffle();
        Ok(())
    }

    /// An item that was not chosen before: one step of a Fisher-Yates shuffle.
    fn take_item(&mut self) -> Outcome<u32> {
        let left = self.pool.len() - self.taken;
        if left == 0 {
            return Err(Failure::Usage("there are not enough payable items for these receipts".to_string()));
        }
        let chosen = self.taken + self.rng.below(left as u64) as usize;
        self.pool.swap(self.taken, chosen);
        self.taken += 1;
        Ok(self.pool[self.taken - 1])
    }

    /// Any payable item, chosen before or not.
    fn any_item(&mut self) -> u32 {
        self.rng.pick(&self.pool)
    }

    fn any_customer(&mut self) -> u32 {
        self.rng.below(self.customers.len() as u64) as u32
    }

    /// A receipt of the right customer for an item.
    fn receipt_for(&self, item: u32, amount: i64) -> Receipt {
        let customer = self.items[item as usize].customer;
        let currency = self.customers[customer as usize].currency;
        Receipt {
            payer: Payer::Known(customer),
            reference: Reference::Item(item),
            amount,
            currency,
            is_return: false,
        }
    }

    /// Pays a new item with an amount derived from what is open.
    fn pay_one(&mut self, amount: fn(&mut Rng, i64, Currency) -> i64) -> Outcome<()> {
        let item = self.take_item()?;
        let mut receipt = self.receipt_for(item, self.items[item as usize].open);
        receipt.amount = amount(&mut self.rng, receipt.amount, receipt.currency);
        self.receipts.push(receipt);
        Ok(())
    }

    /// Pays an item once more: the same amount again, or the rest of a partial payment. Up to here, receipt
    /// and pool index are the same.
    fn pay_again(&mut self, first_partial: u64, partials: u64) {
        let rest = partials > 0 && self.rng.one_in(5);
        let place = match rest {
            true => first_partial + self.rng.below(partials),
            false => self.rng.below(self.taken as u64),
        } as usize;
        let item = self.pool[place];
        let paid = self.receipts[place].amount;
        let amount = if rest { self.items[item as usize].open - paid } else { paid };
        let receipt = self.receipt_for(item, amount);
        self.receipts.push(receipt);
    }

    /// A customer's payment of some amount with this reference.
    fn pay_loose(&mut self, customer: u32, reference: Reference) {
        let currency = self.customers[customer as usize].currency;
        let amount = currency.amount(&mut self.rng);
        self.receipts.push(Receipt {
            payer: Payer::Known(customer),
            reference,
            amount,
            currency,
            is_return: false,
        });
    }

    fn pay_without_reference(&mut self) {
        let customer = self.any_customer();
        self.pay_loose(customer, Reference::Blank);
    }

    fn missing_document(&mut self) -> Reference {
        self.missing += 1;
        Reference::Missing(self.missing)
    }

    /// Half of the documents are unknown altogether, the others belong to another customer.
    fn pay_unknown_document(&mut self) {
        let customer = self.any_customer();
        let item = self.any_item();
        let foreign = self.rng.one_in(2) && self.items[item as usize].customer != customer;
        let reference = if foreign { Reference::Item(item) } else { self.missing_document() };
        self.pay_loose(customer, reference);
    }

    /// A key that is not in the master: next to a customer, the same number in the other company, below the
    /// first number, above the last, or in a company without customers.
    fn stranger(&mut self) -> Payer {
        let customer = &self.customers[self.any_customer() as usize];
        let (company, number) = match self.rng.below(8) {
            0..4 => (customer.company, customer.number + 1),
            4 | 5 => (3 - customer.company, customer.number),
            6 => (customer.company, self.rng.pick(&[0, 9_999_999_999])),
            _ => (3, customer.number),
        };
        let key = |candidate: &Customer| (candidate.company, candidate.number);
        match self.customers.binary_search_by_key(&(company, number), key) {
            Ok(_) => Payer::Unknown(company, 9_000_000_000 + number),
            Err(_) => Payer::Unknown(company, number),
        }
    }

    /// The payment of an unknown customer, whatever it quotes.
    fn pay_as_stranger(&mut self) {
        let payer = self.stranger();
        let reference = match self.rng.below(3) {
            0 => Reference::Blank,
            1 => self.missing_document(),
            _ => Reference::Item(self.any_item()),
        };
        let currency = Currency::draw(&mut self.rng);
        let amount = currency.amount(&mut self.rng);
        self.receipts.push(Receipt { payer, reference, amount, currency, is_return: false });
    }

    /// A payment in another currency than the item's, of a new item or of one that is paid by another
    /// receipt.
    fn pay_in_other_currency(&mut self) -> Outcome<()> {
        let item = if self.rng.one_in(2) { self.take_item()? } else { self.any_item() };
        let mut receipt = self.receipt_for(item, self.items[item as usize].open);
        let shift = self.rng.range(1, 3) as usize;
        receipt.currency = CURRENCIES[(receipt.currency as usize + shift) % CURRENCIES.len()];
        receipt.amount = receipt.currency.payable(receipt.amount);
        self.receipts.push(receipt);
        Ok(())
    }

    /// A returned payment; some have further faults, which must not matter.
    fn give_back(&mut self) {
        let item = self.any_item();
        let mut receipt = self.receipt_for(item, self.items[item as usize].open);
        receipt.is_return = true;
        if self.rng.one_in(4) {
            receipt.payer = self.stranger();
        }
        if self.rng.one_in(8) {
            receipt.amount = 0;
        }
        self.receipts.push(receipt);
    }

    /// A payment of nothing or less, from a known or an unknown customer.
    fn pay_nothing(&mut self) {
        let item = self.any_item();
        let negative = self.rng.one_in(3);
        let mut receipt = self.receipt_for(item, if negative { -self.items[item as usize].open } else { 0 });
        if self.rng.one_in(4) {
            receipt.payer = self.stranger();
        }
        self.receipts.push(receipt);
    }

    fn shuffle(&mut self) {
        for last in (1..self.receipts.len()).rev() {
            let other = self.rng.below(last as u64 + 1) as usize;
            self.receipts.swap(last, other);
        }
    }
}

/// Less than what is open, but within the tolerance; every fourth exactly at its limit.
fn short_amount(rng: &mut Rng, open: i64, currency: Currency) -> i64 {
    let units = (tolerance(open) / currency.unit()) as u64;
    if units == 0 {
        return open;
    }
    let shortage = if rng.one_in(4) { units } else { rng.range(1, units) };
    open - shortage as i64 * currency.unit()
}

/// Less than the tolerance allows; every tenth by one unit only.
fn partial_amount(rng: &mut Rng, open: i64, currency: Currency) -> i64 {
    if rng.one_in(10) {
        return open - (tolerance(open) / currency.unit() + 1) * currency.unit();
    }
    currency.payable(open * rng.range(20, 90) as i64 / 100)
}

/// More than what is open; every fifth by one unit only.
fn over_amount(rng: &mut Rng, open: i64, currency: Currency) -> i64 {
    let excess = if rng.one_in(5) { 0 } else { open * rng.range(1, 30) as i64 / 100 };
    open + currency.payable(excess)
}

// -----------------------------------------------------------------------------------------------------------
// Writing the receipts
// -----------------------------------------------------------------------------------------------------------

/// What the trailer of the receipt file says.
struct Trailer {
    count: u64,
    amount: i64,
    hash: u64,
}

/// RC-T-HASH keeps the low-order 18 digits.
const HASH_MODULUS: u64 = 1_000_000_000_000_000_000;

/// Writes header, details and trailer.
fn write_receipts(
    options: &Options,
    documents: Documents,
    customers: &[Customer],
    receipts: &[Receipt],
) -> Outcome<(Trailer, Extent)> {
    let mut out = Records::create(&options.out.join("receipts.ebc"), 250)?;
    let mut trailer = Trailer { count: 0, amount: 0, hash: 0 };
    let created = calendar(RUN_DAY) * 1_000_000 + 53_000;
    start_receipt(&mut out, "H").tagged("LOCKBOX", calendar(RUN_DAY), 8, 20).text("TESTUS33XXX", 11);
    out.zoned(created, 14).zoned(1, 9).blanks(183).end()?;
    for receipt in receipts {
        trailer.count += 1;
        let routing = write_detail(&mut out, options.seed, documents, customers, receipt, trailer.count)?;
        trailer.amount += receipt.amount;
        trailer.hash = (trailer.hash + routing / 10) % HASH_MODULUS;
    }
    start_receipt(&mut out, "T").zoned(trailer.count, 9).packed(trailer.amount, 17);
    out.packed_unsigned(trailer.hash, 18).blanks(209).end()?;
    Ok((trailer, out.close()?))
}

/// RC-TYPE and RC-BATCH.
fn start_receipt<'a, W: Write>(out: &'a mut Records<W>, kind: &str) -> &'a mut Records<W> {
    out.text(kind, 1).tagged("B", calendar(RUN_DAY) * 1_000 + 1, 11, 12)
}

/// Writes one detail and returns the payer's routing number.
fn write_detail<W: Write>(
    out: &mut Records<W>,
    seed: u64,
    documents: Documents,
    customers: &[Customer],
    receipt: &Receipt,
    sequence: u64,
) -> Outcome<u64> {
    let mut rng = Rng::new(seed, Stream::Receipt, sequence);
    let (company, number, payer_seed, name_currency) = match receipt.payer {
        Payer::Known(index) => {
            let customer = &customers[index as usize];
            (customer.company, customer.number, customer.seed, customer.currency)
        }
        Payer::Unknown(company, number) => (company, number, rng.next(), receipt.currency),
    };
    let bank = bank_key(payer_seed, 0);
    let channel = match rng.below(100) {
        0..50 => "ACH",
        50..80 => "LBX",
        80..90 => "WIR",
        90..96 => "RTP",
        _ => "CRD",
    };
    let received = RUN_DAY - u64::from(rng.one_in(5));
    start_receipt(out, "D")
        .zoned(sequence, 7)
        .text(channel, 3)
        .zoned(calendar(received), 8)
        .zoned(calendar(received + rng.below(2)), 8)
        .text(receipt.currency.code(), 3)
        .packed(receipt.amount, 13)
        .text(if receipt.is_return { "R" } else { "C" }, 1)
        .tagged("OH", calendar(RUN_DAY) * 10_000_000 + sequence, 15, 22);
    match channel {
        "LBX" => out.tagged("", rng.range(1_000, 999_999), 8, 10),
        _ => out.blanks(10),
    };
    out.zoned(bank.routing, 9)
        .tagged("", bank.account, bank.account_digits, 34)
        .text(&payer_name(payer_seed, name_currency).0, 40);
    match receipt.reference {
        Reference::Blank => out.blanks(16),
        Reference::Item(index) | Reference::Missing(index) => {
            out.tagged("INV", documents.number(u64::from(index)), 10, 16)
        }
    };
    match receipt.is_return {
        true => out
            .tagged("OH", calendar(RUN_DAY - rng.range(2, 4)) * 10_000_000 + rng.range(1, 9_999), 15, 22)
            .text(rng.pick(&["R01", "R02", "R03", "R08"]), 4),
        false => out.blanks(26),
    };
    out.packed_unsigned(0, 5)
        .text(receipt.currency.code(), 3)
        .tagged("-", 7_000 + u64::from(company), 4, 17)
        .zoned(u64::from(company), 4)
        .zoned(number, 10)
        .blanks(6)
        .end()?;
    Ok(bank.routing)
}

// -----------------------------------------------------------------------------------------------------------
// What has to come out
// -----------------------------------------------------------------------------------------------------------

/// What becomes of a receipt.
#[derive(Clone, Copy)]
enum Fate {
    Exact,
    ShortWithinTolerance,
    Partial,
    Over,
    AlreadyPaid,
    NoReference,
    UnknownDocument,
    UnknownCustomer,
    CurrencyMismatch,
    Return,
    BadAmount,
}

/// The fates by name, in the order of [`Fate`].
const FATES: [&str; 11] = [
    "exact",
    "short_within_tolerance",
    "partial",
    "over",
    "already_paid",
    "no_reference",
    "unknown_document",
    "unknown_customer",
    "currency_mismatch",
    "return",
    "bad_amount",
];

/// A number of receipts or items, and their sum.
#[derive(Clone, Copy, Default)]
struct Tally {
    count: u64,
    amount: i64,
}

impl Tally {
    fn add(&mut self, amount: i64) {
        self.count += 1;
        self.amount += amount;
    }
}

/// The control totals of one currency.
#[derive(Clone, Copy, Default)]
struct Totals {
    received: Tally,
    cash: Tally,
    rejected: Tally,
    applied: i64,
    on_account: i64,
    suspense: i64,
    write_off: i64,
    open_before: Tally,
    items_closed: u64,
    items_partial: u64,
    open_after: Tally,
    fates: [Tally; FATES.len()],
}

/// Applies the rules to all receipts; gives the totals in the order of [`CURRENCIES`].
///
/// Receipts only influence each other when they pay the same item, and those keep their order of arrival in
/// the processing order; so the order of arrival gives the same result and no sort is needed.
fn settle(
    customers: &[Customer],
    mut items: Vec<Item>,
    receipts: &[Receipt],
) -> Outcome<[Totals; CURRENCIES.len()]> {
    let mut totals = [Totals::default(); CURRENCIES.len()];
    let mut touched = vec![false; items.len()];
    for item in &items {
        totals[customers[item.customer as usize].currency as usize].open_before.add(item.open);
    }
    for receipt in receipts {
        let total = &mut totals[receipt.currency as usize];
        let fate = settle_one(customers, &mut items, &mut touched, receipt, total);
        total.received.add(receipt.amount);
        total.fates[fate as usize].add(receipt.amount);
        match fate {
            Fate::CurrencyMismatch | Fate::Return | Fate::BadAmount => total.rejected.add(receipt.amount),
            _ => total.cash.add(receipt.amount),
        }
    }
    for (item, touched) in items.iter().zip(touched) {
        let total = &mut totals[customers[item.customer as usize].currency as usize];
        if item.open != 0 {
            total.open_after.add(item.open);
            total.items_partial += u64::from(touched);
        }
    }
    for (total, currency) in totals.iter().zip(CURRENCIES) {
        total.check(currency)?;
    }
    Ok(totals)
}

/// Applies the rules to one receipt.
fn settle_one(
    customers: &[Customer],
    items: &mut [Item],
    touched: &mut [bool],
    receipt: &Receipt,
    total: &mut Totals,
) -> Fate {
    let amount = receipt.amount;
    if receipt.is_return {
        return Fate::Return;
    }
    if amount <= 0 {
        return Fate::BadAmount;
    }
    let Payer::Known(customer) = receipt.payer else {
        total.suspense += amount;
        return Fate::UnknownCustomer;
    };
    let index = match receipt.reference {
        Reference::Item(index) if items[index as usize].customer == customer => index as usize,
        Reference::Blank => {
            total.on_account += amount;
            return Fate::NoReference;
        }
        _ => {
            total.on_account += amount;
            return Fate::UnknownDocument;
        }
    };
    if receipt.currency != customers[customer as usize].currency {
        return Fate::CurrencyMismatch;
    }
    let open = items[index].open;
    if open == 0 {
        total.on_account += amount;
        return Fate::AlreadyPaid;
    }
    touched[index] = true;
    let shortage = open - amount;
    if shortage > tolerance(open) {
        items[index].open = shortage;
        total.applied += amount;
        return Fate::Partial;
    }
    items[index].open = 0;
    total.items_closed += 1;
    total.applied += amount.min(open);
    total.write_off += shortage.max(0);
    total.on_account += (-shortage).max(0);
    match shortage {
        0 => Fate::Exact,
        1.. => Fate::ShortWithinTolerance,
        _ => Fate::Over,
    }
}

impl Totals {
    /// The totals must prove each other.
    fn check(&self, currency: Currency) -> Outcome<()> {
        let cash = self.applied + self.on_account + self.suspense;
        let open = self.open_before.amount - self.applied - self.write_off;
        let received = self.cash.amount + self.rejected.amount;
        let balanced = cash == self.cash.amount
            && open == self.open_after.amount
            && received == self.received.amount
            && self.open_before.count - self.items_closed == self.open_after.count;
        match balanced {
            true => Ok(()),
            false => Err(Failure::Run(format!("the totals in {} do not balance", currency.code()))),
        }
    }

    /// The JSON members of this currency.
    fn render(&self) -> String {
        let fates: Vec<String> = FATES
            .iter()
            .zip(self.fates)
            .map(|(name, tally)| format!("        \"{name}\": {}", tally.render()))
            .collect();
        let lines = [
            format!("\"received\": {}", self.received.render()),
            format!("\"rejected\": {}", self.rejected.render()),
            format!("\"cash\": {}", self.cash.render()),
            format!("\"applied\": \"{}\"", money(self.applied)),
            format!("\"on_account\": \"{}\"", money(self.on_account)),
            format!("\"suspense\": \"{}\"", money(self.suspense)),
            format!("\"write_off\": \"{}\"", money(self.write_off)),
            format!("\"items_closed\": {}", self.items_closed),
            format!("\"items_partial\": {}", self.items_partial),
            format!("\"open_before\": {}", self.open_before.render()),
            format!("\"open_after\": {}", self.open_after.render()),
            format!("\"fates\": {{\n{}\n      }}", fates.join(",\n")),
        ];
        lines.map(|line| format!("      {line}")).join(",\n")
    }
}

impl Tally {
    fn render(self) -> String {
        format!("{{ \"count\": {}, \"amount\": \"{}\" }}", self.count, money(self.amount))
    }
}

/// The manifest as JSON text. Amounts are strings, so that no reader takes them for floating point.
fn render_manifest(
    options: &Options,
    files: [(&str, Extent); 3],
    trailer: &Trailer,
    totals: &[Totals],
) -> String {
    let files = files.map(|(name, (length, records))| {
        let bytes = length * records;
        format!(
            "    \"{name}\": {{ \"record_length\": {length}, \"records\": {records}, \"bytes\": {bytes} }}"
        )
    });
    let count = |fate: usize| totals.iter().map(|total| total.fates[fate].count).sum::<u64>();
    let fates: Vec<String> =
        FATES.iter().enumerate().map(|(fate, name)| format!("    \"{name}\": {}", count(fate))).collect();
    let currencies: Vec<String> = CURRENCIES
        .iter()
        .zip(totals)
        .map(|(currency, total)| format!("    \"{}\": {{\n{}\n    }}", currency.code(), total.render()))
        .collect();
    let lines = [
        format!(
            "\"arguments\": {{ \"seed\": {}, \"customers\": {}, \"items\": {}, \"receipts\": {} }}",
            options.seed, options.customers, options.items, options.receipts
        ),
        format!("\"business_date\": \"{}\"", calendar(RUN_DAY)),
        format!("\"files\": {{\n{}\n  }}", files.join(",\n")),
        format!(
            "\"trailer\": {{ \"count\": {}, \"amount\": \"{}\", \"hash\": \"{}\" }}",
            trailer.count,
            money(trailer.amount),
            trailer.hash
        ),
        format!("\"items_closed\": {}", totals.iter().map(|total| total.items_closed).sum::<u64>()),
        format!("\"items_partial\": {}", totals.iter().map(|total| total.items_partial).sum::<u64>()),
        format!("\"fates\": {{\n{}\n  }}", fates.join(",\n")),
        format!("\"currencies\": {{\n{}\n  }}", currencies.join(",\n")),
    ];
    format!("{{\n{}\n}}\n", lines.map(|line| format!("  {line}")).join(",\n"))
}

// -----------------------------------------------------------------------------------------------------------

/// Generates the three files and the manifest.
fn generate(options: &Options) -> Outcome<()> {
    fs::create_dir_all(&options.out)
        .map_err(|error| Failure::Run(format!("cannot create {}: {error}", options.out.display())))?;
    let documents = Documents::new(options.seed);
    let customers = draw_customers(options);
    let (items, master, open_items) = write_ledger(options, documents, &customers)?;
    let receipts = plan_receipts(options, &customers, &items)?;
    let (trailer, details) = write_receipts(options, documents, &customers, &receipts)?;
    let totals = settle(&customers, items, &receipts)?;
    let files = [("custmast.ebc", master), ("openitem.ebc", open_items), ("receipts.ebc", details)];
    fs::write(options.out.join("manifest.json"), render_manifest(options, files, &trailer, &totals))?;
    Ok(())
}

fn main() -> ExitCode {
    let result = match Options::parse(env::args().skip(1)) {
        Ok(Some(options)) => generate(&options),
        Ok(None) => {
            println!("{USAGE}");
            Ok(())
        }
        Err(failure) => Err(failure),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Usage(message)) => {
            eprintln!("ar_fixtures: {message}\n{USAGE}");
            ExitCode::from(2)
        }
        Err(Failure::Run(message)) => {
            eprintln!("ar_fixtures: {message}");
            ExitCode::FAILURE
        }
    }
}
