//! Control cards in words and as jobs.
//!
//! The texts are in `tests/it/explain/*.txt`; `OFFHOST_BLESS=1` writes them anew, to be read before they are committed.

use std::fs;
use std::process::Command;

use crate::cards_case::{Case, files};
use crate::harness::{Job, ebcdic, packed, repository};

const CUSTOMER: &str = "01 CUSTOMER.
   05 CUST-NO   PIC 9(6).
   05 NAME      PIC X(20).
   05 REGION    PIC X(2).
   05 BALANCE   PIC S9(7)V99 COMP-3.
   05 DUE       PIC 9(8).
   05 CNT       PIC 9(4).
   05 FILLER    PIC X(35).
";

/// A deck that is explained: its name, the verb, texts by name, and arguments.
struct Deck {
    name: &'static str,
    tool: bool,
    cards: &'static str,
    others: &'static [(&'static str, &'static str)],
    arguments: &'static [&'static str],
}

const INPUT: &[&str] = &["--dd", "SORTIN=none,lrecl=80", "-c", "customer.cpy"];

const DECKS: &[Deck] = &[
    Deck {
        name: "select-and-sort",
        tool: false,
        cards: "  SORT FIELDS=(REG,A,29,5,PD,D),EQUALS
  INCLUDE COND=(REG,EQ,C'NW',OR,(29,5,PD,GT,10000,AND,
     34,8,CH,LT,DATE1-7),OR,7,20,SS,EQ,C'LTD',OR,1,6,ZD,NE,NUM)
  OPTION SKIPREC=1,STOPAFT=100,Y2PAST=1950,NOZDPRINT
  SUM FIELDS=(42,4,ZD),XSUM
  ALTSEQ CODE=(F0B7)
  RECORD TYPE=F,LENGTH=80
",
        others: &[("SYMNAMES", "REG,27,2,CH\n")],
        arguments: &["--dd", "SORTIN=none,lrecl=80", "-c", "customer.cpy", "--dialect", "syncsort"],
    },
    Deck {
        name: "build",
        tool: false,
        cards: "  OMIT COND=(1,1,BI,ALL,B'10000000',OR,2,1,BI,EQ,B'1..1....')
  OPTION COPY
  OUTREC BUILD=(1,6,X,7,20,TRAN=UTOL,30:29,5,PD,EDIT=(III,IIT.TT),
     29,5,PD,MUL,+2,ADD,42,4,ZD,TO=ZD,LENGTH=12,
     SEQNUM,4,BI,RESTART=(27,2),
     DATE=(4MD/),27,2,CHANGE=(5,C'NW',C'NORTH'),NOMATCH=(C'OTHER'),
     34,8,Y4T,ADDDAYS,+30,TOGREG=Y4T(-),36,6,Y2T,
     7,20,SQZ=(SHIFT=LEFT,MID=C'-'),7,20,JFY=(SHIFT=RIGHT),3X'00',
     34,8,Y4T,DATEDIFF,DATE1,34,8,Y4T,WEEKDAY=CHAR3,42,4,HEX)
",
        others: &[],
        arguments: INPUT,
    },
    Deck {
        name: "ifthen-and-group",
        tool: false,
        cards: "  SORT FIELDS=(70,3,ZD,A)
  INREC IFTHEN=(WHEN=INIT,OVERLAY=(46:SEQNUM,4,ZD)),
   IFTHEN=(WHEN=GROUP,BEGIN=(1,1,CH,EQ,C'H'),END=(1,1,CH,EQ,C'T'),
          RECORDS=9,PUSH=(60:1,6,70:ID=3,75:SEQ=2)),
   IFTHEN=(WHEN=GROUP,KEYBEGIN=(27,2),PUSH=(78:ID=1)),
   IFTHEN=(WHEN=(27,2,CH,EQ,C'NW'),OVERLAY=(51:C'NORTH'),HIT=NEXT),
   IFTHEN=(WHEN=ANY,OVERLAY=(56:C'!')),
   IFTHEN=(WHEN=NONE,BUILD=(1,28,50:C'NONE')),IFOUTLEN=80
",
        others: &[],
        arguments: INPUT,
    },
    Deck {
        name: "parse-and-findrep",
        tool: false,
        cards: "  OPTION COPY
  INREC PARSE=(%00=(ENDBEFR=C',',FIXLEN=8),
     %01=(STARTAT=NONBLANK,ENDBEFR=BLANKS,PAIR=QUOTE,FIXLEN=4),
     %=(ENDAT=C';')),BUILD=(%00,%01,UFF,M11)
  OUTREC FINDREP=(IN=(C'OLD',C'ANCIENT'),OUT=C'NEW',DO=2,STARTPOS=3)
",
        others: &[],
        arguments: &[],
    },
    Deck {
        name: "outputs-and-reports",
        tool: false,
        cards: "  OPTION COPY
  OUTFIL FNAMES=OUT1,STARTREC=2,ENDREC=90,SAMPLE=(10,2),ACCEPT=50,
     INCLUDE=(27,2,CH,EQ,C'NW'),REMOVECC,
     HEADER1=('CUSTOMERS ',DATE),HEADER2=('PAGE',30:PAGE,/,2/,'X'),
     SECTIONS=(27,2,SKIP=2L,HEADER3=('REGION ',27,2),
       TRAILER3=('TOTAL ',TOT=(29,5,PD,M10),' OF ',COUNT)),
     TRAILER1=('N ',COUNT,MAX=(42,4,ZD),AVG=(42,4,ZD)),LINES=60,
     NODETAIL
  OUTFIL FNAMES=(OUT2,OUT3),SPLITBY=5,SAVE,REPEAT=2
  OUTFIL FNAMES=OUT4,FTOV,VLTRIM=X'40',NULLOFL=RC4,BUILD=(1,6,/,7,20)
  OUTFIL FNAMES=OUT5,IFTRAIL=(HD=YES,TRLID=(1,1,CH,EQ,C'T'),
     TRLUPD=(2:COUNT=(M11,LENGTH=5)))
",
        others: &[],
        arguments: INPUT,
    },
    Deck {
        name: "join",
        tool: false,
        cards: "  JOINKEYS FILE=F1,FIELDS=(1,6,A),SORTED
  JOINKEYS FILE=F2,FIELDS=(5,6,A),OMIT=(1,1,CH,EQ,C'X')
  JOIN UNPAIRED,F1
  REFORMAT FIELDS=(F1:1,28,F2:11,4,?),FILL=C'*'
  OPTION COPY
  OUTFIL FNAMES=BOTH,INCLUDE=(33,1,CH,EQ,C'B')
",
        others: &[("JNF1CNTL", "  INCLUDE COND=(27,2,CH,EQ,C'NW')\n")],
        arguments: &[
            "--dd",
            "SORTJNF1=a,lrecl=80",
            "--dd",
            "SORTJNF2=b,lrecl=20",
            "-c",
            "SORTJNF1=customer.cpy",
        ],
    },
    Deck {
        name: "merge-of-variable-records",
        tool: false,
        cards: "  MERGE FIELDS=(5,6,CH,A)
  SUM FIELDS=NONE
  OPTION VLSHRT
  OUTREC BUILD=(1,10,11)
  OUTFIL VTOF,VLFILL=C' ',BUILD=(5,20)
",
        others: &[],
        arguments: &[
            "--dd",
            "SORTIN01=a,recfm=VB,lrecl=84",
            "--dd",
            "SORTIN02=b,recfm=VB,lrecl=84",
            "-c",
            "customer.cpy",
        ],
    },
    Deck {
        name: "nothing-is-known",
        tool: false,
        cards: "  SORT FIELDS=(1,4,BI,A,5.2,0.3,BI,D)\n  INREC OVERLAY=(10:C'AB',20:1,4)\n",
        others: &[],
        arguments: &[],
    },
    Deck {
        name: "tool",
        tool: true,
        cards: " MODE STOP
 SORT FROM(IN) TO(T1) USING(CTL1)
 SELECT FROM(T1) TO(DUPS) ON(1,6,ZD) ALLDUPS DISCARD(ONCE)
 COUNT FROM(T1) EMPTY RC4
 STATS FROM(T1) ON(29,5,PD)
 RANGE FROM(T1) ON(42,4,ZD) HIGHER(5) LOWER(9)
 UNIQUE FROM(T1) ON(27,2,CH)
 VERIFY FROM(T1) ON(29,5,PD) LIMIT(10)
 SUBSET FROM(T1) TO(BODY) REMOVE INPUT HEADER TRAILER
 SPLICE FROM(T1) TO(WIDE) ON(1,6,CH) WITH(27,2) -
   WITHALL KEEPNODUPS
 DISPLAY FROM(T1) LIST(RPT) TITLE('ALL') PAGE DATE ON(1,6,ZD) -
   HEADER('NO') ON(29,5,PD) HEADER('SUM') TOTAL('SUM') -
   BREAK(27,2,CH)
 OCCUR FROM(T1) LIST(OCC) ON(27,2,CH) ON(VALCNT) HIGHER(2)
 DATASORT FROM(T1) TO(NEW) HEADER TRAILER USING(CTL2)
 RESIZE FROM(T1) TO(HALF) TOLEN(40)
 MERGE FROM(A,B) TO(C) USING(CTL3)
 COPY FROM(T1) TO(T2)
",
        others: &[
            ("CTL1CNTL", "  SORT FIELDS=(1,6,ZD,D)\n  OMIT COND=(27,2,CH,EQ,C'XX')\n"),
            ("CTL2CNTL", "  SORT FIELDS=(1,6,ZD,A)\n"),
            ("CTL3CNTL", "  MERGE FIELDS=(7,2,CH,A)\n"),
        ],
        arguments: &["--dd", "IN=none,lrecl=80", "-c", "customer.cpy"],
    },
];

/// The folder of a deck with its files, and the arguments that explain it.
fn arranged(deck: &Deck) -> (Job, Vec<String>) {
    let mut job = Job::new().text("cards", deck.cards).text("customer.cpy", CUSTOMER);
    let root = job.path().to_str().unwrap().to_owned();
    let verb = if deck.tool { "tool" } else { "sort" };
    let mut arguments = vec![verb.to_owned(), format!("{root}/cards")];
    for (name, text) in deck.others {
        job = job.text(name, text);
        arguments.extend(["--dd".to_owned(), format!("{name}={root}/{name}")]);
    }
    let placed = |argument: &&str| argument.replace("customer.cpy", &format!("{root}/customer.cpy"));
    arguments.extend(deck.arguments.iter().map(placed));
    (job, arguments)
}

#[test]
fn decks_are_explained_as_written_down() {
    let folder = repository().join("tests/it/explain");
    let bless = std::env::var_os("OFFHOST_BLESS").is_some();
    let mut different = Vec::new();
    for deck in DECKS {
        let (job, mut arguments) = arranged(deck);
        arguments.push("--explain".to_owned());
        let run = job.offhost(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(run.status, 0, "{}: {}", deck.name, run.stderr);
        let path = folder.join(format!("{}.txt", deck.name));
        if bless {
            fs::create_dir_all(&folder).unwrap();
            fs::write(&path, &run.stdout).unwrap();
        }
        let wanted = fs::read_to_string(&path).unwrap_or_default();
        if wanted != run.stdout {
            different.push(format!("{}:\n{}", deck.name, run.stdout));
        }
    }
    assert!(different.is_empty(), "not as in tests/it/explain:\n{}", different.join("\n"));
}

#[test]
fn json_says_what_the_text_says() {
    let (job, mut arguments) = arranged(&DECKS[0]);
    arguments.extend(["--explain".to_owned(), "--json".to_owned()]);
    let json = job.offhost(&arguments.iter().map(String::as_str).collect::<Vec<_>>()).status(0).json();
    let text = fs::read_to_string(repository().join("tests/it/explain/select-and-sort.txt")).unwrap();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for chapter in json["chapters"].as_array().unwrap() {
        assert!(text.contains(chapter["heading"].as_str().unwrap()));
        for line in chapter["lines"].as_array().unwrap() {
            assert!(text.contains(line["text"].as_str().unwrap()), "{line}");
        }
    }
}

#[test]
fn every_deck_of_the_cases_can_be_explained_and_made_a_job() {
    let folder = repository().join("tests/cases");
    for path in files(&folder) {
        let case = Case::read(&path).unwrap();
        let place = tempfile::tempdir().unwrap();
        let mut arguments = case.command.clone();
        arguments.insert(1, "cards".to_owned());
        for section in &case.sections {
            let name = section.words.first().cloned().unwrap_or_default();
            match section.kind.as_str() {
                "cards" => fs::write(place.path().join("cards"), section.text()).unwrap(),
                "text" => {
                    fs::write(place.path().join(&name), section.text()).unwrap();
                    arguments.extend(["--dd".to_owned(), format!("{name}={name}")]);
                }
                "in" => arguments.extend(["--dd".to_owned(), format!("{name}=none{}", section.passed())]),
                "out" => arguments.extend(["--dd".to_owned(), format!("{name}=out{}", section.passed())]),
                _ => {}
            }
        }
        for form in [&["--explain"][..], &["--to", "yaml"]] {
            let output = Command::new(env!("CARGO_BIN_EXE_offhost"))
                .args(&arguments)
                .args(form)
                .current_dir(place.path())
                .output()
                .unwrap();
            let stderr = String::from_utf8_lossy(&output.stderr);
            let status = output.status.code();
            let name = path.display();
            assert!(matches!(status, Some(0 | 16 | 64)), "{name}: {status:?} {stderr}");
            assert!(status != Some(0) || !output.stdout.is_empty(), "{name}: nothing is said");
        }
    }
}

/// A record of the customer file.
fn customer(number: u32, region: &str, cents: i64, count: u32) -> Vec<u8> {
    let text = |text: String, length: usize| ebcdic(&format!("{text:length$}"));
    [
        text(format!("{number:06}"), 6),
        text(format!("NAME {}", number % 7), 20),
        text(region.to_owned(), 2),
        packed(i128::from(cents), 9, true),
        text("20260331".to_owned(), 8),
        text(format!("{count:04}"), 4),
        text(String::new(), 35),
    ]
    .concat()
}

/// The same deck from its cards and as a job give the same bytes; true if the job is a sort step of ours.
#[track_caller]
fn alike(cards: &str, with_copybook: bool, inputs: &[&str], outputs: &[&str]) -> bool {
    let mut records = Vec::new();
    for number in 0..60_u32 {
        let region = ["NW", "SE", "NE"][number as usize % 3];
        let cents = i64::from(number * 7919 % 40_000) - 9_000;
        records.push(customer(number * 37 % 40, region, cents, number % 9));
    }
    records.extend([b"", b""].map(|_| customer(5, "NW", 0, 9_999)));
    let mut first = records.clone();
    if inputs.len() > 1 {
        first.sort();
    }
    let job = Job::new()
        .text("cards", cards)
        .text("customer.cpy", CUSTOMER)
        .text("rec80.cpy", "01 REC PIC X(80).\n");
    let made = (1..80).map(|length| (format!("rec{length}.cpy"), format!("01 REC PIC X({length}).\n")));
    let job = made.fold(job, |job, (name, text)| job.text(&name, &text));
    let job = inputs.iter().fold(job, |job, dd| job.file(&format!("{dd}.in"), &first.concat()));
    let run = |form: &[&str], suffix: &str| {
        let mut arguments = vec!["sort".to_owned(), "cards".to_owned()];
        inputs.iter().for_each(|dd| arguments.extend(["--dd".to_owned(), format!("{dd}={dd}.in,lrecl=80")]));
        outputs.iter().for_each(|dd| arguments.extend(["--dd".to_owned(), format!("{dd}={dd}.{suffix}")]));
        let copybook: &[&str] = if with_copybook && !form.is_empty() { &["-c", "customer.cpy"] } else { &[] };
        let output = Command::new(env!("CARGO_BIN_EXE_offhost"))
            .current_dir(job.path())
            .args(arguments)
            .args(copybook)
            .args(if cards.contains("XSUM") { &["--dialect", "syncsort"][..] } else { &[] })
            .args(form)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    run(&[], "cards");
    let yaml = run(&["--to", "yaml"], "job");
    job.put("job.yaml", yaml.as_bytes());
    let ran = job.run(&[]);
    assert_eq!(ran.status, 0, "{}\n{yaml}", ran.stderr);
    for dd in outputs {
        let (cards, own) = (job.read(&format!("{dd}.cards")), job.read(&format!("{dd}.job")));
        assert!(!cards.is_empty(), "{dd}");
        assert!(cards == own, "{dd} differs\n{yaml}");
    }
    !yaml.contains("control:")
}

const OUT: &[&str] = &["SORTOUT"];

#[test]
fn a_deck_and_its_job_give_the_same_bytes() {
    let (one, two) = (&["SORTIN"][..], &["SORTIN01", "SORTIN02"][..]);
    let own = [
        ("  SORT FIELDS=(27,2,CH,A,29,5,PD,D)\n", false),
        (
            "  SORT FIELDS=(29,5,PD,A,1,6,ZD,D),EQUALS\n  INCLUDE COND=(27,2,CH,EQ,C'NW',OR,1,2,CH,GT,C'00')\n",
            false,
        ),
        (
            "  SORT FIELDS=(27,2,CH,A)\n  OMIT COND=(29,5,PD,LE,10000,AND,\n    (27,2,CH,EQ,C'SE',OR,42,4,ZD,EQ,3))\n",
            true,
        ),
        ("  SORT FIELDS=(1,6,CH,A)\n  SUM FIELDS=(42,4,ZD,29,5,PD)\n  OPTION NOZDPRINT\n", true),
        ("  SORT FIELDS=(1,6,CH,A)\n  SUM FIELDS=(29,5,PD,42,4,ZD)\n", true),
        ("  SORT FIELDS=(7,20,CH,A)\n  SUM FIELDS=NONE\n", false),
        ("  OPTION COPY\n  OUTREC BUILD=(27,2,X,7,20,C'IT''S',30:X'00FF',1,6)\n", true),
        ("  SORT FIELDS=(7,20,AQ,D,1.2,0.5,BI,A)\n  ALTSEQ CODE=(F1F9)\n  OUTFIL BUILD=(1,28)\n", false),
        ("  SORT FIELDS=(36,6,Y2T,A,27,2,CH,D)\n  OPTION Y2PAST=1950\n", false),
    ];
    for (index, (cards, with_copybook)) in own.into_iter().enumerate() {
        let is_own = alike(cards, with_copybook, one, OUT);
        // Zoned sums of NOZDPRINT have another sign than those of an unsigned field.
        assert_eq!(is_own, index != 3, "{cards}");
    }
    assert!(alike("  MERGE FIELDS=(1,6,CH,A)\n", false, two, OUT));
    assert!(alike(
        "  SORT FIELDS=(1,6,CH,A)\n  SUM FIELDS=NONE,XSUM\n",
        false,
        one,
        &["SORTOUT", "SORTXSUM"]
    ));
}

#[test]
fn what_has_no_counterpart_stays_cards() {
    let decks = [
        "* A COMMENT\n  SORT FIELDS=(1,6,CH,A)\n  OPTION SKIPREC=2\n",
        "  OPTION COPY\n  INCLUDE COND=(7,20,SS,EQ,C'NAME 3')\n",
        "      SORT FIELDS=(29,5,PD,A),EQUALS\n  INREC OVERLAY=(60:SEQNUM,4,ZD)\n",
    ];
    for cards in decks {
        assert!(!alike(cards, true, &["SORTIN"], OUT), "{cards}");
    }
}
