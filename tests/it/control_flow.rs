//! Passes over control cards as data flow: memory that does not suffice, records of variable length, joins with many
//! duplicates, files that are added to or concatenated, and what a failure leaves behind.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::harness::{Job, Random, Run, packed, text, with_rdw, zoned};

/// A step in a fresh folder: cards, and DDs whose files are there.
struct Step {
    job: Job,
    arguments: Vec<String>,
}

impl Step {
    fn new(cards: &str) -> Self {
        Self::verb("sort", cards)
    }

    fn verb(verb: &str, cards: &str) -> Self {
        let job = Job::new().text("cards", cards);
        let control = job.path().join("cards").display().to_string();
        Step { job, arguments: vec![verb.to_owned(), control] }
    }

    /// A DD with a file that holds bytes; `attributes` begin with a comma.
    fn input(self, dd: &str, attributes: &str, bytes: &[u8]) -> Self {
        let name = format!("{dd}.{}", self.arguments.len());
        self.job.put(&name, bytes);
        self.dd(dd, &name, attributes)
    }

    /// A DD whose file is made.
    fn output(self, dd: &str, attributes: &str) -> Self {
        self.dd(dd, &format!("{dd}.out"), attributes)
    }

    fn dd(mut self, dd: &str, name: &str, attributes: &str) -> Self {
        let path = self.job.path().join(name);
        self.arguments.extend(["--dd".to_owned(), format!("{dd}={}{attributes}", path.display())]);
        self
    }

    fn option(mut self, words: &[&str]) -> Self {
        self.arguments.extend(words.iter().map(|word| (*word).to_owned()));
        self
    }

    fn run(&self) -> Run<'_> {
        let arguments: Vec<&str> = self.arguments.iter().map(String::as_str).collect();
        self.job.offhost(&arguments)
    }
}

/// Records of 40 bytes with a key of six digits, a number of the record, and rest.
fn numbered(count: usize, keys: usize) -> Vec<Vec<u8>> {
    let mut random = Random::new(7);
    (0..count)
        .map(|number| {
            let key = zoned(random.below(keys) as i128, 6, false);
            [key, zoned(number as i128, 8, false), text("the rest of the record", 26)].concat()
        })
        .collect()
}

#[test]
fn a_sort_beyond_its_memory_is_the_same_and_stable() {
    let mut records = numbered(200_000, 5_000);
    let input = records.concat();
    records.sort_by_key(|record| record[..6].to_vec());
    for options in [&["--memory", "1M", "--threads", "2"][..], &["--memory", "64M"], &["--threads", "1"]] {
        Step::new("  SORT FIELDS=(1,6,ZD,A)\n")
            .input("SORTIN", ",lrecl=40", &input)
            .output("SORTOUT", "")
            .option(options)
            .run()
            .status(0)
            .stdout_contains("RECORDS - IN: 200000, OUT: 200000")
            .published("SORTOUT.out", &records.concat());
    }
}

#[test]
fn variable_records_are_sorted_with_their_rdw() {
    let mut random = Random::new(3);
    let mut records: Vec<Vec<u8>> = (0..50_000)
        .map(|_| {
            let length = 3 + random.below(60);
            with_rdw(&(0..length).map(|_| 0xC1 + random.below(9) as u8).collect::<Vec<_>>())
        })
        .collect();
    let input = records.concat();
    records.sort_by_key(|record| std::cmp::Reverse(record[5..7].to_vec()));
    Step::new("  SORT FIELDS=(6,2,CH,D)\n")
        .input("SORTIN", ",recfm=VB,lrecl=84", &input)
        .output("SORTOUT", "")
        .option(&["--memory", "1M"])
        .run()
        .status(0)
        .published("SORTOUT.out", &records.concat());
}

#[test]
fn short_records_need_vlshrt() {
    let records = [with_rdw(b"\xC2\xC2"), with_rdw(b"\xC1\xC1\xC1"), with_rdw(b"\xC1")];
    let step = |cards: &str| {
        Step::new(cards).input("SORTIN", ",recfm=VB,lrecl=84", &records.concat()).output("SORTOUT", "")
    };
    step("  SORT FIELDS=(5,3,CH,A)\n")
        .run()
        .status(16)
        .says(&["CTL104", "ICE015A", "2 bytes"][..2])
        .nothing_published();
    let ordered = [&records[2][..], &records[1], &records[0]].concat();
    step("  SORT FIELDS=(5,3,CH,A)\n  OPTION VLSHRT\n").run().status(0).published("SORTOUT.out", &ordered);
}

/// Groups by key: the first record with the numbers of all, if they fit.
#[test]
fn sums_keep_what_does_not_fit() {
    let record = |key: &str, amount: i128| [text(key, 4), packed(amount, 3, true)].concat();
    let records = [
        record("B", 500),
        record("A", 1),
        record("B", 600),
        record("A", 2),
        record("B", -200),
        record("C", 7),
    ];
    let summed = [record("A", 3), record("B", 500), record("B", 400), record("C", 7)].concat();
    let step = |option: &str| {
        Step::new(&format!("  SORT FIELDS=(1,4,CH,A)\n  SUM FIELDS=(5,2,PD)\n{option}"))
            .input("SORTIN", ",lrecl=6", &records.concat())
            .output("SORTOUT", "")
    };
    step("").run().status(0).stdout_contains("ICE152I").published("SORTOUT.out", &summed);
    step("  OPTION OVFLO=RC4\n").run().status(4).published("SORTOUT.out", &summed);
    step("  OPTION OVFLO=RC16\n").run().status(16).says(&["CTL106"]).nothing_published();
}

#[test]
fn a_copy_ends_where_it_is_told_without_looking_further() {
    let mut input = numbered(50_000, 10).concat();
    let wanted = input[10 * 40..35 * 40].to_vec();
    Step::new("  OPTION COPY,SKIPREC=10,STOPAFT=25\n")
        .input("SORTIN", ",lrecl=40", &input)
        .output("SORTOUT", "")
        .run()
        .status(0)
        .stdout_contains("OUT: 25")
        .published("SORTOUT.out", &wanted);
    // A file with half a record is refused before anything.
    input.truncate(input.len() - 1);
    Step::new("  OPTION COPY\n")
        .input("SORTIN", ",lrecl=40", &input)
        .output("SORTOUT", "")
        .run()
        .status(16)
        .says(&["DAT002"])
        .nothing_published();
}

#[test]
fn a_dd_given_twice_is_a_concatenation_and_mod_adds() {
    let (first, second) = (text("FIRST", 10), text("SECOND", 10));
    let step = Step::new("  OPTION COPY\n")
        .input("SORTIN", ",lrecl=10", &first)
        .input("SORTIN", "", &second)
        .input("SORTOUT", ",disp=mod", &text("OLD", 10));
    let out = step.arguments.last().unwrap().clone();
    let name = out.split(['=', ',']).nth(1).unwrap().rsplit('/').next().unwrap().to_owned();
    let wanted = [text("OLD", 10), first, second].concat();
    step.run().status(0).published(&name, &wanted);
}

#[test]
fn outputs_have_the_length_of_their_dd() {
    let step = |attributes: &str, option: &str| {
        Step::new(&format!("  OPTION COPY{option}\n"))
            .input("SORTIN", ",lrecl=4", &text("ABCD", 4))
            .output("SORTOUT", attributes)
    };
    step(",lrecl=6", "").run().status(0).published("SORTOUT.out", &[text("ABCD", 4), vec![0, 0]].concat());
    step(",lrecl=6", ",PAD=RC4").run().status(4);
    step(",lrecl=2", "").run().status(0).stdout_contains("ICE171I").published("SORTOUT.out", &text("AB", 2));
    step(",lrecl=2", ",TRUNC=RC16").run().status(16).says(&["CTL106"]).nothing_published();
    step(",recfm=VB,lrecl=84", "").run().status(16).says(&["CTL103", "ICE043A"]).nothing_published();
}

#[test]
fn outfil_deals_and_saves() {
    let records: Vec<Vec<u8>> = (0..10).map(|number| zoned(number, 4, false)).collect();
    let pick = |numbers: &[usize]| numbers.iter().flat_map(|at| records[*at].clone()).collect::<Vec<_>>();
    let cards = "  OPTION COPY\n  \
         OUTFIL FNAMES=(A,B),SPLITBY=2\n  \
         OUTFIL FNAMES=(C,D),SPLIT1R=3\n  \
         OUTFIL FNAMES=E,STARTREC=3,ENDREC=6\n  \
         OUTFIL FNAMES=F,SAMPLE=(4,2),ENDREC=9\n  \
         OUTFIL FNAMES=G,ENDREC=2,REPEAT=2\n";
    let mut step = Step::new(cards).input("SORTIN", ",lrecl=4", &records.concat());
    for dd in ["A", "B", "C", "D", "E", "F", "G"] {
        step = step.output(dd, "");
    }
    step.run()
        .status(0)
        .published("A.out", &pick(&[0, 1, 4, 5, 8, 9]))
        .published("B.out", &pick(&[2, 3, 6, 7]))
        .published("C.out", &pick(&[0, 1, 2]))
        .published("D.out", &pick(&[3, 4, 5, 6, 7, 8, 9]))
        .published("E.out", &pick(&[2, 3, 4, 5]))
        .published("F.out", &pick(&[0, 1, 4, 5, 8]))
        .published("G.out", &pick(&[0, 0, 1, 1]));
    let saved = "  OPTION COPY\n  OUTFIL FNAMES=A,STARTREC=4,ENDREC=6\n  OUTFIL FNAMES=B,SAVE\n";
    Step::new(saved)
        .input("SORTIN", ",lrecl=4", &records.concat())
        .output("A", "")
        .output("B", "")
        .run()
        .status(0)
        .published("A.out", &pick(&[3, 4, 5]))
        .published("B.out", &pick(&[0, 1, 2, 6, 7, 8, 9]));
}

#[test]
fn nothing_to_write_has_a_return_code() {
    let step =
        |cards: &str| Step::new(cards).input("SORTIN", ",lrecl=4", b"").output("SORTOUT", "").output("A", "");
    step("  OPTION COPY\n").run().status(0).published("SORTOUT.out", b"");
    step("  OPTION COPY,NULLOUT=RC4\n").run().status(4).published("SORTOUT.out", b"");
    step("  OPTION COPY,NULLOUT=RC16\n").run().status(16).nothing_published();
    step("  OPTION COPY\n  OUTFIL FNAMES=A,NULLOFL=RC4\n").run().status(4).published("A.out", b"");
}

/// Every pair of a nested loop, in the order of the keys.
#[test]
fn joins_give_the_product_of_duplicates() {
    let mut random = Random::new(5);
    let mut side = |count: usize, name: &str| -> Vec<Vec<u8>> {
        (0..count)
            .map(|number| {
                [zoned(random.below(40) as i128, 3, false), text(&format!("{name}{number}"), 9)].concat()
            })
            .collect()
    };
    let (first, second) = (side(400, "A"), side(600, "B"));
    let by_key = |records: &[Vec<u8>]| {
        let mut groups: BTreeMap<Vec<u8>, Vec<Vec<u8>>> = BTreeMap::new();
        for record in records {
            groups.entry(record[..3].to_vec()).or_default().push(record.clone());
        }
        groups
    };
    let (left, right) = (by_key(&first), by_key(&second));
    let mut wanted = Vec::new();
    for (key, records) in &left {
        for record in records {
            for partner in right.get(key).into_iter().flatten() {
                wanted.extend([&record[..], &partner[3..]].concat());
            }
        }
    }
    let cards = "  JOINKEYS FILE=F1,FIELDS=(1,3,A)\n  JOINKEYS FILE=F2,FIELDS=(1,3,A)\n  \
         REFORMAT FIELDS=(F1:1,12,F2:4,9)\n  OPTION COPY\n";
    for options in [&["--memory", "1M"][..], &["--threads", "1"]] {
        Step::new(cards)
            .input("SORTJNF1", ",lrecl=12", &first.concat())
            .input("SORTJNF2", ",lrecl=12", &second.concat())
            .output("SORTOUT", "")
            .option(options)
            .run()
            .status(0)
            .published("SORTOUT.out", &wanted);
    }
}

/// One key only: its records do not fit the memory that a group may take.
#[test]
fn a_join_holds_a_group_larger_than_its_memory() {
    let first: Vec<u8> = (0..3).flat_map(|number| text(&format!("K {number}"), 10)).collect();
    let second: Vec<Vec<u8>> = (0..20_000).map(|number| text(&format!("K {number}"), 20)).collect();
    let wanted: Vec<u8> = first
        .chunks(10)
        .flat_map(|record| second.iter().flat_map(|partner| [record, partner].concat()).collect::<Vec<u8>>())
        .collect();
    let cards = "  JOINKEYS FILE=F1,FIELDS=(1,1,A),SORTED\n  JOINKEYS FILE=F2,FIELDS=(1,1,A),SORTED\n  \
         REFORMAT FIELDS=(F1:1,10,F2:1,20)\n  OPTION COPY\n";
    Step::new(cards)
        .input("SORTJNF1", ",lrecl=10", &first)
        .input("SORTJNF2", ",lrecl=20", &second.concat())
        .output("SORTOUT", "")
        .option(&["--memory", "1M"])
        .run()
        .status(0)
        .stdout_contains("ICE421I 0 JOINED RECORDS: COUNT=60000")
        .published("SORTOUT.out", &wanted);
}

#[test]
fn a_join_may_want_those_without_partner_only() {
    let records = |keys: &[&str]| keys.iter().flat_map(|key| text(key, 4)).collect::<Vec<u8>>();
    let step = |cards: &str| {
        let cards =
            format!("  JOINKEYS F1=A,FIELDS=(1,1,A)\n  JOINKEYS F2=B,FIELDS=(1,1,A)\n{cards}  OPTION COPY\n");
        Step::new(&cards)
            .input("A", ",lrecl=4", &records(&["D", "A", "B"]))
            .input("B", ",lrecl=4", &records(&["B", "C", "E"]))
            .output("SORTOUT", "")
    };
    let wanted =
        |text: &str| text.split(' ').flat_map(|key| crate::harness::text(key, 4)).collect::<Vec<_>>();
    step("  JOIN UNPAIRED,F1,ONLY\n").run().status(0).published("SORTOUT.out", &wanted("A D"));
    step("  JOIN UNPAIRED,F2,ONLY\n").run().status(0).published("SORTOUT.out", &wanted("C E"));
    step("  JOIN UNPAIRED,ONLY\n").run().status(0).published("SORTOUT.out", &wanted("A C D E"));
    let both = "  JOIN UNPAIRED,F1,F2\n  REFORMAT FIELDS=(F1:1,1,?,F2:1,2),FILL=C'$'\n";
    step(both).run().status(0).published("SORTOUT.out", &text("A1$$BBB $2C D1$$$2E ", 20));
}

#[test]
fn joined_records_may_be_of_variable_length() {
    let first = [with_rdw(&text("K1long", 6)), with_rdw(&text("K2", 2))].concat();
    let second = [text("K1AB", 4), text("K2CD", 4)].concat();
    let cards = "  JOINKEYS F1=A,FIELDS=(5,2,A),SORTED\n  JOINKEYS F2=B,FIELDS=(1,2,A)\n  \
         REFORMAT FIELDS=(F1:1,6,F2:3,2,F1:7)\n  OPTION COPY\n";
    let wanted = [with_rdw(&text("K1ABlong", 8)), with_rdw(&text("K2CD", 4))].concat();
    Step::new(cards)
        .input("A", ",recfm=VB,lrecl=20", &first)
        .input("B", ",lrecl=4", &second)
        .output("SORTOUT", "")
        .run()
        .status(0)
        .published("SORTOUT.out", &wanted);
}

#[test]
fn merges_check_their_inputs_and_leave_nothing() {
    let sorted = |step: usize| -> Vec<u8> {
        (0..5_000)
            .flat_map(|number| [zoned((number * step) as i128, 6, false), text("X", 4)].concat())
            .collect()
    };
    let (first, second) = (sorted(3), sorted(2));
    let mut all: Vec<&[u8]> = first.chunks(10).chain(second.chunks(10)).collect();
    all.sort_by_key(|record| record[..6].to_vec());
    let step = |second: &[u8]| {
        Step::new("  MERGE FIELDS=(1,6,ZD,A)\n")
            .input("SORTIN01", ",lrecl=10", &first)
            .input("SORTIN02", ",lrecl=10", second)
            .output("SORTOUT", "")
    };
    step(&second).run().status(0).published("SORTOUT.out", &all.concat());
    let mut torn = second.clone();
    torn[10 * 4_000..10 * 4_000 + 6].copy_from_slice(&zoned(1, 6, false));
    step(&torn).run().status(16).says(&["ICE068A", "SORTIN02, record 4001"]).nothing_published();
}

#[test]
fn what_is_missing_is_said() {
    Step::new("  OPTION COPY\n").output("SORTOUT", "").run().status(16).says(&["ICE056A SORTIN"]);
    Step::new("  OPTION COPY\n  OUTFIL FNAMES=X\n")
        .input("SORTIN", ",lrecl=4", b"")
        .run()
        .status(16)
        .says(&["ICE056A X"]);
    Step::new("  OPTION COPY\n").option(&["--dd", "SORTIN"]).run().status(64);
    Step::new("  OPTION COPY\n")
        .option(&["--dd", "SORTIN=DUMMY", "--dd", "SORTOUT=DUMMY", "-q"])
        .run()
        .status(0);
}

#[test]
fn many_outputs_of_one_pass_are_all_there_or_none() {
    let records = numbered(1_000, 10).concat();
    let mut cards = String::from("  OPTION COPY\n");
    for number in 1..=10 {
        writeln!(cards, "  OUTFIL FILES={number:02}").unwrap();
    }
    let mut step = Step::new(&cards).input("SORTIN", ",lrecl=40", &records);
    for number in 1..=9 {
        step = step.output(&format!("SORTOF{number:02}"), "");
    }
    step.run().status(16).nothing_published();
    step = step.output("SORTOF10", ",lrecl=8");
    step.run().status(16).says(&["ICE222A"]).nothing_published();
    step.arguments.truncate(step.arguments.len() - 2);
    let step = step.output("SORTOF10", ",lrecl=41");
    let run = step.run().status(0).published("SORTOF01.out", &records).published("SORTOF09.out", &records);
    let padded: Vec<u8> = records.chunks(40).flat_map(|record| [record, &[0x40]].concat()).collect();
    run.published("SORTOF10.out", &padded);
}

/// All stages in one deck, those that depend on the records before and those that do not.
const EVERYTHING: &str = "
  SKIPPED
  INCLUDE COND=(1,6,ZD,GE,100)
  INREC IFTHEN=(WHEN=INIT,OVERLAY=(41:SEQNUM,8,ZD)),
        IFTHEN=(WHEN=(6,1,CH,EQ,C'7'),OVERLAY=(15:C'SEVEN'))
  SORT FIELDS=(1,6,ZD,D)
  SUM FIELDS=NONE
  OUTREC OVERLAY=(49:SEQNUM,8,ZD)
  OUTFIL FNAMES=A,INCLUDE=(15,5,CH,EQ,C'SEVEN'),
    BUILD=(1,14,C'/',41,16,SEQNUM,5,ZD)
  OUTFIL FNAMES=B,STARTREC=101,SAMPLE=3,BUILD=(1,6,/,7,6)
  OUTFIL FNAMES=(C,D),SAVE,SPLITBY=10
  OUTFIL FNAMES=E,ACCEPT=50,OMIT=(1,6,ZD,GT,3000),OVERLAY=(1:6C'X')
  OUTFIL FNAMES=F,NODETAIL,REMOVECC,
    TRAILER1=('COUNT ',COUNT=(M11,LENGTH=8))
";

#[test]
fn the_same_bytes_for_any_threads_and_memory() {
    let input = numbered(60_000, 4_000).concat();
    let cards = EVERYTHING.replace("  SKIPPED\n", "  OPTION SKIPREC=5\n");
    let names = ["A", "B", "C", "D", "E", "F"];
    let outputs = |options: &[&str]| -> Vec<Vec<u8>> {
        let mut step = Step::new(&cards).input("SORTIN", ",lrecl=40", &input).option(options);
        for dd in names {
            step = step.output(dd, "");
        }
        step.run().status(0);
        names.iter().map(|dd| step.job.read(&format!("{dd}.out"))).collect()
    };
    let first = outputs(&["--threads", "1"]);
    // Of 4000 keys those below 100 are left out, and each stays once.
    assert_eq!(
        first[5],
        text("COUNT 00003900", 14).iter().copied().chain([0x40; 42]).collect::<Vec<u8>>()[..first[5].len()]
    );
    assert_eq!(first[4].len(), 50 * 56);
    assert_eq!((first[0].len() / 36, first[1].len() / 6), (390, 2 * 1267));
    for options in [&["--threads", "2"][..], &["--threads", "7"], &["--memory", "1M", "--threads", "3"]] {
        for (name, (found, wanted)) in names.iter().zip(outputs(options).iter().zip(&first)) {
            assert!(found == wanted, "{name} differs with {options:?}");
        }
    }
}

#[test]
fn a_record_that_cannot_be_built_is_named_and_leaves_nothing() {
    let mut records: Vec<Vec<u8>> = (0..3_000).map(|number| zoned(number, 6, false)).collect();
    records[2_345] = text("12.4.6", 6);
    let step = |cards: &str| {
        Step::new(cards).input("SORTIN", ",lrecl=6", &records.concat()).output("SORTOUT", "").output("A", "")
    };
    for cards in [
        "  OPTION COPY\n  INREC BUILD=(1,6,ZD,ADD,+1,TO=ZD,LENGTH=6)\n",
        "  OPTION COPY\n  OUTREC BUILD=(1,6,ZD,ADD,+1,TO=ZD,LENGTH=6)\n",
        "  SORT FIELDS=(1,6,CH,A)\n  OUTFIL FNAMES=A,BUILD=(1,6,ZD,ADD,+1,TO=ZD,LENGTH=6)\n",
    ] {
        step(cards).run().status(16).says(&["F1F24BF44BF6"]).nothing_published();
    }
    // What is never looked at cannot be wrong.
    step("  OPTION COPY,STOPAFT=2000\n  INREC BUILD=(1,6,ZD,ADD,+1,TO=ZD,LENGTH=6)\n").run().status(0);
}

#[test]
fn forms_of_records_are_converted() {
    let variable = [with_rdw(&text("A  ", 3)), with_rdw(&text("BCDE", 4)), with_rdw(&text(" ", 1))];
    let step = |cards: &str, attributes: &str, input: &[u8]| {
        Step::new(cards).input("SORTIN", attributes, input).output("SORTOUT", "")
    };
    let vb = |cards: &str| step(cards, ",recfm=VB,lrecl=10", &variable.concat());
    vb("  OPTION COPY\n  OUTFIL VTOF,BUILD=(5,3,C'!')\n")
        .run()
        .status(0)
        .published("SORTOUT.out", &text("A  !BCD!   !", 12));
    vb("  OPTION COPY\n  OUTFIL CONVERT,BUILD=(5,3),VLFILL=C'*'\n")
        .run()
        .status(0)
        .published("SORTOUT.out", &text("A  BCD **", 9));
    vb("  OPTION COPY\n  OUTFIL VLTRIM=C' '\n").run().status(0).published(
        "SORTOUT.out",
        &[with_rdw(&text("A", 1)), with_rdw(&text("BCDE", 4)), with_rdw(&text(" ", 1))].concat(),
    );
    vb("  OPTION COPY\n  OUTREC BUILD=(1,4,C'>',5)\n").run().status(0).published(
        "SORTOUT.out",
        &[with_rdw(&text(">A  ", 4)), with_rdw(&text(">BCDE", 5)), with_rdw(&text("> ", 2))].concat(),
    );
    vb("  OPTION COPY\n  OUTFIL VLTRIM=C' ',VLTRAIL=C';'\n").run().status(0).published(
        "SORTOUT.out",
        &[with_rdw(&text("A;", 2)), with_rdw(&text("BCDE;", 5)), with_rdw(&text(" ;", 2))].concat(),
    );
    step("  OPTION COPY\n  OUTFIL FTOV,VLTRIM=C' '\n", ",lrecl=4", &text("AB  CDEF", 8))
        .run()
        .status(0)
        .published("SORTOUT.out", &[with_rdw(&text("AB", 2)), with_rdw(&text("CDEF", 4))].concat());
}

#[test]
fn each_side_of_a_join_has_a_deck_of_its_own() {
    let first = ["0012X", "0007Y", "0007Z", "0003Q"].iter().flat_map(|row| text(row, 5)).collect::<Vec<_>>();
    let second: Vec<u8> = [(7, "SEVEN"), (3, "THREE"), (7, "AGAIN")]
        .iter()
        .flat_map(|(n, name)| [packed(*n, 3, true), text(name, 5)].concat())
        .collect();
    let cards = "  JOINKEYS FILE=F1,FIELDS=(1,4,A)\n  JOINKEYS FILE=F2,FIELDS=(8,4,A)\n  \
         REFORMAT FIELDS=(F1:1,5,F2:3,5)\n  SORT FIELDS=(6,5,CH,D)\n  OUTREC BUILD=(1,10,C'.')\n";
    Step::new(cards)
        .input("SORTJNF1", ",lrecl=5", &first)
        .input("SORTJNF2", ",lrecl=7", &second)
        .input("JNF1CNTL", "", b"  OMIT COND=(5,1,CH,EQ,C'Z')\n")
        .input("JNF2CNTL", "", b"  INREC BUILD=(1,7,1,2,PD,TO=ZDF,LENGTH=4)\n  SUM FIELDS=NONE\n")
        .output("SORTOUT", "")
        .run()
        .status(0)
        .published("SORTOUT.out", &text("0003QTHREE.0007YSEVEN.", 22));
}

#[test]
fn an_operator_reads_what_another_wrote() {
    let cards =
        "COPY FROM(IN) TO(T1) USING(CTL1)\nSORT FROM(T1) TO(OUT) USING(CTL2)\nCOUNT FROM(T1) NOTEMPTY\n";
    let run = Step::verb("tool", cards)
        .input("IN", ",lrecl=4", &text("D2  A1  C9  B5  ", 16))
        .input("CTL1CNTL", "", b"  INCLUDE COND=(2,1,CH,LT,C'9')\n  INREC BUILD=(1,2)\n")
        .input("CTL2CNTL", "", b"  SORT FIELDS=(1,1,CH,A)\n")
        .output("T1", "")
        .output("OUT", "");
    run.run().status(12).published("OUT.out", &text("A1B5D2", 6)).published("T1.out", &text("D2A1B5", 6));
}
