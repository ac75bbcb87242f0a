//! Decks and what becomes of them.

mod errors;
mod hostile;
mod items;
mod statements;

use std::sync::Arc;

use super::{DeckKind, ParseContext, deck};
use crate::control::deck::{Symbols, SystemSymbols};
use crate::control::syntax::{Deck, Dialect, Item, Reform};
use crate::diag::{Diagnostics, Source};
use crate::encoding::CodePage;

const CONTEXT: ParseContext =
    ParseContext { page: CodePage::CP037, dialect: Dialect::Dfsort, kind: DeckKind::ToolUsing };

/// Breaks lines that are too long for a card behind commas.
fn cards(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let mut line = line.to_owned();
        while line.len() > 71 {
            let mut quoted = false;
            let fits = line.char_indices().take(71).filter(|(_, c)| {
                quoted ^= *c == '\'';
                *c == ',' && !quoted
            });
            let at = fits.last().expect("a comma to break the card at").0;
            out.push_str(&line[..=at]);
            out.push('\n');
            line = format!("    {}", &line[at + 1..]);
        }
        out.push_str(&line);
        out.push('\n');
    }
    out
}

fn parse(text: &str) -> Result<Deck, Diagnostics> {
    deck(&[Source::new("SYSIN", cards(text))], None, &CONTEXT)
}

/// The deck of cards without mistakes.
fn good(text: &str) -> Deck {
    parse(text).unwrap_or_else(|diagnostics| panic!("{diagnostics}"))
}

fn with_symbols(symbols: &str, text: &str) -> Result<Deck, Diagnostics> {
    let clock = jiff::civil::date(2026, 3, 21).at(3, 15, 0, 0);
    let system = SystemSymbols::of(clock);
    let symbols = Symbols::read(&Source::new("SYMNAMES", symbols), CodePage::CP037, &system)
        .unwrap_or_else(|diagnostics| panic!("{diagnostics}"));
    deck(&[Source::new("SYSIN", cards(text))], Some(&symbols), &CONTEXT)
}

fn sources(texts: &[&str]) -> Vec<Arc<Source>> {
    texts.iter().map(|text| Source::new("SYSIN", *text)).collect()
}

/// The items of a BUILD.
fn built(reform: Option<Reform>) -> Vec<Item> {
    match reform {
        Some(Reform::Action(action)) => action.build.or(action.overlay).expect("items"),
        other => panic!("{other:?}"),
    }
}

/// The items of `OUTREC BUILD=(items)`.
fn items(items: &str) -> Vec<Item> {
    built(good(&format!(" OUTREC BUILD=({items})")).outrec)
}

/// Decks that use much of the language; lines may be longer than cards.
const DECKS: &[&str] = &[
    r#" INCLUDE COND=(5,4,CH,EQ,
  C'ABCD')
 SORT FIELDS=(9,
              3,
              ZD,
              A)
 OUTREC FIELDS=(1,27,2X,       FIRST FIELD AND TWO BLANKS
                51,2,BI,M11,   SECOND FIELD
                60:9,3,ZD,PD)  THIRD FIELD"#,
    r#" INREC BUILD=(20,4,12,3)
 SORT FIELDS=(1,4,D,5,3,D),FORMAT=CH
 OUTREC BUILD=(5X,1,4,H,19:1,2,5,3,DATE1(-),80X'FF')"#,
    r#" OPTION COPY
 OUTREC PARSE=(%00=(ABSPOS=21,STARTAFT=BLANKS,
                  ENDBEFR=C',',FIXLEN=5),
              %=(ENDBEFR=C','),
              %01=(ENDBEFR=C',',FIXLEN=10),
              %02=(FIXLEN=7)),
   BUILD=(1,15,
     18:%00,JFY=(SHIFT=RIGHT,LEAD=C'(',TRAIL=C')',LENGTH=7),
     30:%02,SFF,TO=ZD,LENGTH=7,
     40:%01,60:X)"#,
    r#" SORT FIELDS=(20,4,CH,D,10,3,CH,D)
 OUTREC FIELDS=(7:20,4,C' FUTURE ',20,2,10,3,1Z,1,9,13,7,
    24,57,TRAN=LTOU,6X'FF')"#,
    r#" OPTION COPY
 OUTREC FIELDS=(1,4,11,32,D,101)"#,
    r#"  SORT FIELDS=(15,6,ZD,A)
  OUTFIL FNAMES=(OUT1,OUT2),INCLUDE=(10,8,CH,EQ,C'A'),
    HEADER1=(30:'DAILY REPORT',/,2/,DATE=(MD4/),10X,'PAGE ',PAGE=(EDIT=(TTT))),
    HEADER2=(1:&DATE,55:PAGE),
    TRAILER1=(3:'COUNT ',COUNT=(M10,LENGTH=6),/,TOTAL=(15,6,ZD,M5,LENGTH=12),
       AVG=(15,6,ZD,EDIT=(SII,IIT.TTS),SIGNS=(,-))),
    SECTIONS=(3,5,SKIP=P,HEADER3=('X ',3,5,2/),TRAILER3=('SUB ',SUBTOTAL=(15,6,ZD,TO=PD,LENGTH=5)),
              10,2,SKIP=2L,PAGEHEAD),
    LINES=55,OUTREC=(1,10,15,6,ZD,M12,2X,'abc',X,5Z,2/,20,4,FS,EDIT=(III,IIT),/)"#,
    r#"  OPTION COPY
  INREC IFTHEN=(WHEN=INIT,OVERLAY=(81:SEQNUM,8,ZD,START=5,INCR=2,RESTART=(1,4))),
        IFTHEN=(WHEN=GROUP,BEGIN=(1,3,CH,EQ,C'HDR'),END=(1,3,CH,EQ,C'TRL'),RECORDS=7,
          PUSH=(90:4,6,ID=3,100:SEQ=5)),
        IFTHEN=(WHEN=(1,1,CH,EQ,C'A',AND,(2,2,BI,NE,X'0000',OR,5,1,BI,ALL,B'11000000')),
          BUILD=(1,10,C'X',3,2,PD,ADD,+5,EDIT=(IIIT)),HIT=NEXT),
        IFTHEN=(WHEN=ANY,FINDREP=(IN=(C'A',C'B'),OUT=C'',STARTPOS=5,DO=2,SHIFT=NO)),
        IFTHEN=(WHEN=NONE,OVERLAY=(5:C'NONE',20:5,4,CHANGE=(3,C'A',C'ABC',X'01',1,3),NOMATCH=(C'???')))
  OUTREC IFOUTLEN=100,IFTHEN=(WHEN=INIT,BUILD=(1,80))"#,
    r#"  SORT FIELDS=COPY
  INCLUDE COND=(1,8,CH,GE,DATE1-7,AND,9,8,ZD,LT,DATE1P+3,OR,20,10,CH,EQ,DATE1(-),OR,
   1,4,PD,EQ,-25,AND,5,4,SS,EQ,C'A,B,C',OR,3,2,Y2C,EQ,Y'96',OR,3,6,Y2T,GT,Y'DATE1'+10,OR,9,3,ZD,EQ,NUM,|,
   10,5,CH,NE,UC,&,3,1,BI,NE,B'..0.1...',OR,10,4,ZD,EQ,20,4,PD)"#,
    r#"  JOINKEYS F1=IN1,FIELDS=(1,5,A,10,3,D),SORTED,NOSEQCK
  JOINKEYS FILES=F2,FIELDS=(7,5,A,1,3,D),INCLUDE=(1,1,CH,EQ,C'X'),TASKID=AB
  JOIN UNPAIRED,F1,ONLY
  REFORMAT FIELDS=(F1:1,10,12,5,F2:3,4,?,F1:20),FILL=X'00'
  OPTION COPY"#,
    r#"  SORT FIELDS=(5,4,A),FORMAT=CH
  SUM FIELDS=(10,4,ZD,20,8,BI,30,3,PD)
  OUTFIL FILES=(01,2,OUT),SPLITBY=10,VLTRIM=X'40'
  OUTFIL FNAMES=V,FTOV,VLTRIM=C' ',OUTREC=(1,40)
  OUTFIL FNAMES=S,SAVE,NULLOFL=RC4,SAMPLE=(10,2),STARTREC=5,ENDREC=50,REPEAT=3
  ALTSEQ CODE=(5BEA,7BEB,7CEC)
  RECORD TYPE=F,LENGTH=(80,,100)"#,
    r#"  OPTION COPY,Y2PAST=1950
  OUTREC BUILD=(1,6,Y2T,2X,1,6,Y2T(/),X,7,3,Y2UP,10,8,Y4T,TOJUL=Y4T(-),20,8,Y4T,ADDDAYS,+30,TOGREG=Y4T(/),
   30,8,Y4T,DATEDIFF,40,8,Y4T,X,8,4,Y2V,WEEKDAY=CHAR3,50,8,Y4T,NEXTDSUN,TOGREG=Y4T,60,8,Y4W,LASTDAYQ,TOJUL=Y2T,
   1,8,DC1,5,4,DT1,DT=(4MD-),7,4,TM1,M11,70,4,UFF,M26,LENGTH=8,(1,4,ZD,ADD,5,4,ZD),MUL,+100,DIV,9,4,PD,TO=ZD,LENGTH=10,
   +17,MUL,1,2,BI,EDIT=(IIT),1,4,HEX,1,4,TRAN=UNHEX,5,2,BI,MAX,7,2,BI,MIN,+3,M0)"#,
    r#"  OPTION COPY
  OUTFIL IFTRAIL=(HD=YES,TRLID=(1,1,CH,EQ,C'T'),TRLUPD=(6:COUNT=(M11,LENGTH=4),14:TOT=(21,6,ZD,TO=ZD,LENGTH=8)))"#,
    r#"  OPTION COPY
  OUTFIL REMOVECC,NODETAIL,TRAILER1=('T',COUNT+2=(M11,LENGTH=8),COUNT15,SUBCOUNT-1=(EDIT=(TTT)))"#,
    r#"  OPTION COPY
  INREC FINDREP=(INOUT=(C'AB',C'CD',X'00',C''))
  OUTREC OVERLAY=(1:1,20,SQZ=(SHIFT=LEFT,PAIR=QUOTE,MID=C',',PREBLANK=C'();',LENGTH=30),40:5,4,BI,TO=FS,LENGTH=9,DATE,TIME=(24:),TIMENS=(12),YDDD=(D4/),DATENS=(4MD),TIME1P,DATE4,DATE5)"#,
    r#"  SORT FIELDS=(3,10,A,16,13,A),FORMAT=CH
  OUTFIL FNAMES=WEST,
    INCLUDE=(42,6,CH,EQ,C'West'),
    HEADER1=(5/,18:'      Western Region',3/,
             18:'Profit and Loss Report',3/,
             18:'        for ',&DATE,3/,
             18:'         Page',&PAGE),
    OUTREC=(6:16,13,24:31,10,ZD,M5,LENGTH=20,75:X),
    SECTIONS=(3,10,SKIP=P,
     HEADER3=(2:'Division: ',3,10,5X,'Page:',&PAGE,2/,
              6:'Branch Office',24:'      Profit/(Loss)',/,
              6:'-------------',24:'--------------------'),
     TRAILER3=(6:'=============',24:'====================',/,
               6:'Total',24:TOTAL=(31,10,ZD,M5,LENGTH=20),/,
               3/,2:'Average for all Branch Offices so far:',
               X,SUBAVG=(31,10,ZD,M5))),
    TRAILER1=(8:'Page ',&PAGE,5X,'Date: ',&DATE,5/,
              8:'Total Number of Branch Offices Reporting: ',
              COUNT,2/,22:AVG=(31,10,ZD,M5,LENGTH=20))"#,
    r#"  INREC IFTHEN=(WHEN=(1,3,CH,EQ,C'HDR'),                          10
          OVERLAY=(6:YDDD=(D4/),81:C'0',82:SEQNUM,2,ZD)),         11
        IFTHEN=(WHEN=(1,3,CH,EQ,C'TRL'),                          12
          OVERLAY=(11:YDDD=(D4/),81:C'9',82:SEQNUM,2,ZD)),        13
        IFTHEN=(WHEN=NONE,                                        14
          OVERLAY=(81:C'1'))                                      15
  SORT FIELDS=(81,1,CH,A,8,5,CH,A)                                16
  OUTFIL REMOVECC,                                                17
    OMIT=(81,1,SS,EQ,C'0,9',AND,82,2,ZD,GT,+1),
    BUILD=(1,80),TRAILER1=('TRL ',COUNT-2=(M11,LENGTH=6))"#,
    r#"  OPTION COPY
  INREC BUILD=(DATE1,X,DATE1-1)
  OUTFIL BUILD=(C'CURRDATE IN GREGORIAN FORMAT         :',DATE1,/,
                01,8,Y4T,WEEKDAY=CHAR9,/,
                01,8,Y4T,WEEKNUM=USA,/,
                01,8,Y4T,LASTDAYW,TOJUL=Y4T)"#,
];

#[test]
fn decks_of_all_kinds_are_read() {
    for text in DECKS {
        good(text);
    }
}
