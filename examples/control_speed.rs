//! How fast control cards work on records: `cargo run --release --example control_speed [CASE]`.
//!
//! Records of 100 bytes in memory go through an INCLUDE with INREC BUILD, an IFTHEN with two conditions, and others, on one
//! thread and on two; what is made is thrown away. Megabytes are those of the input.

use std::error::Error;
use std::time::Instant;

use offhost::control::operate::{Parsed, Program, RecordTest, Setting, Shape, Usage};
use offhost::control::parse::{DeckKind, ParseContext, deck};
use offhost::control::syntax::Dialect;
use offhost::diag::Source;
use offhost::encoding::CodePage;

const LENGTH: usize = 100;
const RECORDS: usize = 200_000;
const ROUNDS: usize = 20;

/// Decks and what they show.
const CASES: [(&str, &str); 7] = [
    (
        "INCLUDE CH + BUILD",
        "  INCLUDE COND=(1,1,CH,EQ,C'A',OR,1,1,CH,EQ,C'B',AND,9,2,CH,NE,C'ZZ')
  INREC BUILD=(1,8,21,30,C'*',51,20,80:71,30)",
    ),
    (
        "INCLUDE ZD PD + BUILD",
        "  INCLUDE COND=(11,8,ZD,GT,+25000000,AND,21,5,PD,LT,+900000000)
  INREC BUILD=(1,30,40:31,60)",
    ),
    (
        "IFTHEN OVERLAY",
        "  INREC IFTHEN=(WHEN=(1,1,CH,EQ,C'A'),OVERLAY=(81:C'FIRST')),
        IFTHEN=(WHEN=(11,8,ZD,GT,+50000000),
         OVERLAY=(81:C'LARGE',91:1,4))",
    ),
    ("BUILD with edits", "  INREC BUILD=(1,20,11,8,ZD,M4,X,21,5,PD,EDIT=(I,III,IIT.TT),31,60)"),
    ("BUILD with stores", "  INREC BUILD=(1,20,11,8,ZD,TO=PD,21,5,PD,TO=ZD,LENGTH=9,31,60)"),
    ("BUILD with arithmetic", "  INREC BUILD=(1,20,(11,8,ZD,ADD,21,5,PD),MUL,+2,TO=PD,LENGTH=8,31,60)"),
    (
        "OVERLAY with CHANGE",
        "  INREC OVERLAY=(31:1,1,CHANGE=(5,C'A',C'one',C'B',C'two'),
         NOMATCH=(C'other'))",
    ),
];

/// One case, ready to run.
struct Case {
    filter: Option<RecordTest>,
    program: Program,
}

impl Case {
    fn new(cards: &str) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let context =
            ParseContext { page: CodePage::CP037, dialect: Dialect::Dfsort, kind: DeckKind::ToolUsing };
        let deck =
            deck(&[Source::new("SYSIN", cards)], None, &context).map_err(|errors| errors.to_string())?;
        let clock = jiff::civil::date(2026, 3, 21).at(3, 15, 0, 0);
        let setting = Setting::new(CodePage::CP037, clock, Dialect::Dfsort, &deck.options);
        let shape = Shape { variable: false, length: LENGTH };
        let filter = deck.filter.as_ref().map(|filter| RecordTest::compile(&filter.1, &setting, shape));
        let inrec = deck.inrec.as_ref().ok_or("no INREC")?;
        let program = Program::compile(inrec, &setting, shape, Usage::Inrec)?;
        Ok(Case { filter: filter.transpose()?, program })
    }

    /// Bytes made of all records.
    fn run(&self, data: &[u8]) -> usize {
        let (mut state, parsed, mut made) = (self.program.state(), Parsed::new(), 0);
        let mut block = Vec::with_capacity(1 << 20);
        for record in data.chunks_exact(LENGTH) {
            if self.filter.as_ref().is_some_and(|filter| !filter.holds(record, &parsed).unwrap_or(false)) {
                continue;
            }
            let outcome = self.program.run(&mut state, record, &mut |new| {
                if block.len() + new.len() > block.capacity() {
                    block.clear();
                }
                block.extend_from_slice(new);
                made += new.len();
                Ok(())
            });
            if let Err(error) = outcome {
                eprintln!("{error}");
                return 0;
            }
        }
        made
    }
}

/// Records whose numbers are spread evenly.
fn data() -> Vec<u8> {
    let mut data = vec![0x81u8; LENGTH * RECORDS];
    let mut seed = 7u64;
    for record in data.chunks_exact_mut(LENGTH) {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let number = seed >> 33;
        record[0] = 0xC1 + (number % 4) as u8;
        let mut rest = number;
        for byte in record[10..18].iter_mut().rev() {
            *byte = 0xF0 | (rest % 10) as u8;
            rest /= 10;
        }
        let mut rest = number * 3;
        for byte in record[20..25].iter_mut().rev() {
            *byte = (rest % 10) as u8 | ((rest / 10 % 10) as u8) << 4;
            rest /= 100;
        }
        record[24] = record[24] & 0xF0 | 0x0C;
    }
    data
}

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let data = data();
    println!("{:24} {:>14} {:>14}", "", "one thread", "two threads");
    let wanted = std::env::args().nth(1).unwrap_or_default();
    for (name, cards) in CASES.into_iter().filter(|(name, _)| name.contains(&wanted)) {
        let case = Case::new(cards)?;
        let mut speeds = Vec::new();
        for threads in [1, 2] {
            let start = Instant::now();
            std::thread::scope(|scope| {
                for _ in 0..threads {
                    scope.spawn(|| (0..ROUNDS).map(|_| case.run(&data)).sum::<usize>());
                }
            });
            let bytes = (threads * ROUNDS * data.len()) as f64;
            speeds.push(bytes / start.elapsed().as_secs_f64() / 1e6);
        }
        println!("{name:24} {:9.0} MB/s {:9.0} MB/s", speeds[0], speeds[1]);
    }
    Ok(())
}
