//! Statements, sources, symbols.

use super::*;
use crate::control::syntax::*;
use crate::key::SortFormat;

fn keys(text: &str) -> Vec<(u32, u8, u32, u8, SortFormat, bool)> {
    let deck = good(text);
    let (Application::Sort(keys) | Application::Merge(keys)) = deck.application else { panic!() };
    keys.iter().map(|k| (k.position, k.bit, k.length, k.bits, k.format, k.descending)).collect()
}

#[test]
fn sort_and_merge() {
    use SortFormat::{Binary, Character, Zoned};
    assert_eq!(
        keys(" SORT FIELDS=(1,5,CH,A,9,3,ZD,D)"),
        [(1, 0, 5, 0, Character, false), (9, 0, 3, 0, Zoned, true)]
    );
    assert_eq!(
        keys(" MERGE FORMAT=ZD,FIELDS=(1,5,A,9,3,CH,D),FILES=3"),
        [(1, 0, 5, 0, Zoned, false), (9, 0, 3, 0, Character, true)]
    );
    assert_eq!(keys(" SORT FIELDS=(21.3,0.5,BI,A)"), [(21, 3, 0, 5, Binary, false)]);
    for copy in [" SORT FIELDS=COPY", " MERGE FIELDS=(COPY)", " OPTION COPY", " SORT FIELDS(COPY)"] {
        assert!(matches!(good(copy).application, Application::Copy), "{copy}");
    }
    let deck = good(" SORT FIELDS=(1,5,CH,A),EQUALS,SKIPREC=10,STOPAFT=5,FILSZ=E100,DYNALLOC=(SYSDA,5)");
    assert_eq!((deck.options.equals, deck.options.skip, deck.options.stop_after), (Some(true), 10, Some(5)));
}

#[test]
fn options() {
    let text = " OPTION COPY,VLSHRT,NOVLSCMP,Y2PAST=1950,OVFLO=RC4,PAD=(RC16),TRUNC=RC0,NULLOUT=RC4,NZDPRINT,CHALT,\n \
        MAINSIZE=MAX,VLTEST=(3,ON),CMP=CLC,SORTIN=ABC,LIST,MSGPRT=ALL";
    let options = good(text).options;
    assert!(options.vlshrt && !options.vlscmp && options.chalt);
    assert_eq!(options.window, Some(YearWindow::Fixed(1950)));
    assert_eq!((options.overflow, options.pad), (Some(Overflow::Warn), Some(Overflow::Stop)));
    assert_eq!((options.trunc, options.null_out), (Some(Overflow::Silent), Some(Overflow::Warn)));
    assert_eq!((options.zdprint, options.vltest, options.compare_bytes), (Some(false), Some(3), Some(true)));
    assert_eq!(options.sortin, None, "SYSIN has no say in that");
    assert_eq!(good(" OPTION COPY,CENTWIN=80").options.window, Some(YearWindow::Sliding(80)));
}

#[test]
fn the_first_source_is_the_strongest() {
    let texts = [
        "VLSCMP,NOLIST\nSORT FIELDS=(5,2,ZD,D)\n OPTION SKIPREC=7,SORTIN=OTHER\n OUTFIL FNAMES=A\n",
        " SORT FIELDS=(1,5,CH,A),STOPAFT=9\n OPTION SKIPREC=1,VLSHRT\n INCLUDE COND=ALL\n OUTFIL FNAMES=(A,B)\n",
    ];
    let deck = deck(&sources(&texts), None, &CONTEXT).unwrap();
    assert!(matches!(&deck.application, Application::Sort(keys) if keys[0].position == 5));
    assert_eq!((deck.options.skip, deck.options.vlshrt, deck.options.vlscmp), (7, true, true));
    assert_eq!(deck.options.sortin.as_deref(), Some("OTHER"));
    assert!(matches!(deck.filter, Some((true, Condition::All))));
    let files: Vec<_> = deck.outfils.iter().map(|outfil| outfil.files.join(",")).collect();
    assert_eq!(files, ["A", "B"]);
}

fn condition(text: &str) -> Condition {
    good(&format!(" INCLUDE COND={text}")).filter.unwrap().1
}

fn test(text: &str) -> Test {
    match condition(&format!("({text})")) {
        Condition::Test(test) => *test,
        other => panic!("{other:?}"),
    }
}

#[test]
fn logic() {
    fn shape(condition: &Condition) -> String {
        let all = |parts: &[Condition]| parts.iter().map(shape).collect::<Vec<_>>().join(" ");
        match condition {
            Condition::All => "all".into(),
            Condition::Nothing => "nothing".into(),
            Condition::Test(_) => "t".into(),
            Condition::And(parts) => format!("and({})", all(parts)),
            Condition::Or(parts) => format!("or({})", all(parts)),
        }
    }
    let t = "1,1,CH,EQ,C'A'";
    for (text, expected) in [
        ("ALL".to_owned(), "all"),
        ("(NONE)".to_owned(), "nothing"),
        (format!("({t})"), "t"),
        (format!("({t},AND,{t},OR,{t})"), "or(and(t t) t)"),
        (format!("({t},|,{t},&,{t})"), "or(t and(t t))"),
        (format!("(({t},OR,{t}),AND,({t}))"), "and(or(t t) t)"),
    ] {
        assert_eq!(shape(&condition(&text)), expected, "{text}");
    }
}

#[test]
fn comparisons() {
    let right = |text: &str| match test(text) {
        Test::Compare { right, .. } => right,
        other => panic!("{other:?}"),
    };
    assert!(matches!(right("1,2,CH,EQ,X'0102'"), Comparand::Literal(l) if l.kind == LiteralKind::Hex));
    assert!(matches!(right("1,2,ZD,LT,-15"), Comparand::Number(-15)));
    assert!(matches!(right("1,2,BI,GE,10"), Comparand::Number(10)));
    assert!(matches!(right("1,2,BI,GE,65535"), Comparand::Number(65535)));
    assert!(matches!(right("1,2,FI,LT,0"), Comparand::Number(0)));
    assert!(matches!(right("1,2,PD,NE,10,3,ZD"), Comparand::Field(_)));
    assert!(
        matches!(right("1,2,CH,NE,10,3"), Comparand::Field(f) if f.format == Format::Sort(SortFormat::Character))
    );
    assert!(matches!(right("1,8,CH,GT,DATE1-7"), Comparand::Moment(m) if m.offset == -7));
    assert!(matches!(right("1,8,ZD,GT,DATE1P"), Comparand::Moment(_)));
    assert!(matches!(right("1,6,CH,GT,&TIME1"), Comparand::Moment(_)));
    assert!(matches!(right("1,2,Y2C,EQ,Y'96'"), Comparand::Year(y) if y == "96"));
    assert!(matches!(right("1,6,Y2T,EQ,Y'BLANKS'"), Comparand::Year(y) if y == "BLANKS"));
    assert!(matches!(right("1,6,Y2T,EQ,Y'DATE1'+30"), Comparand::YearMoment(m) if m.offset == 30));
    assert!(matches!(right("1,4,PD,EQ,P'-123'"), Comparand::Number(-123)));
    assert!(
        matches!(test("1,9,SS,NE,C'A,B'"), Test::Substring { negated: true, constant, .. } if constant.len() == 3)
    );
    assert!(
        matches!(test("1,1,BI,BNO,X'40'"), Test::Bits { test: BitTest::NotAll, mask, .. } if mask == [0x40])
    );
    assert!(
        matches!(test("1,1,BI,SOME,B'11000000'"), Test::Bits { test: BitTest::Some, mask, .. } if mask == [0xC0])
    );
    assert!(matches!(
        test("1,1,BI,EQ,B'1..0....'"),
        Test::BitPattern { negated: false, care, bits, .. } if care == [0x90] && bits == [0x80]
    ));
    assert!(matches!(test("1,5,ZD,NE,NUM"), Test::Content { negated: true, test: NumericTest::Number, .. }));
    assert!(matches!(test("1,5,CH,EQ,MN"), Test::Content { test: NumericTest::MixedDigits, .. }));
    let deck = good(" OMIT COND=(1,2,EQ,3,2,AND,5,2,GT,10),FORMAT=FI");
    assert!(matches!(deck.filter, Some((false, Condition::And(_)))));
    let ss = good(" INCLUDE FORMAT=SS,COND=(5,4,EQ,C'A,B')");
    assert!(
        matches!(ss.filter, Some((true, Condition::Test(test))) if matches!(*test, Test::Substring { .. }))
    );
}

#[test]
fn clauses() {
    let text = " INREC IFTHEN=(WHEN=INIT,OVERLAY=(81:SEQNUM,8,ZD)),\n  \
        IFTHEN=(WHEN=GROUP,BEGIN=(1,1,CH,EQ,C'H'),END=(1,1,CH,EQ,C'T'),RECORDS=9,PUSH=(90:5,3,ID=2,100:SEQ=4)),\n  \
        IFTHEN=(WHEN=GROUP,KEYBEGIN=(5,8),PUSH=(110:5,3)),\n  \
        IFTHEN=(WHEN=(1,1,CH,EQ,C'A'),FINDREP=(IN=C'A',OUT=C'B'),HIT=NEXT),\n  \
        IFTHEN=(WHEN=ANY,PARSE=(%1=(FIXLEN=3)),BUILD=(%1)),\n  \
        IFTHEN=(WHEN=NONE,OVERLAY=(1:C'X')),IFOUTLEN=200";
    let Some(Reform::IfThen { clauses, length: Some(200) }) = good(text).inrec else { panic!() };
    assert!(matches!(clauses[0].when, When::Init));
    let When::Group(group) = &clauses[1].when else { panic!() };
    let columns: Vec<_> = group.push.iter().map(|push| push.column).collect();
    assert_eq!((columns, group.records), (vec![90, 93, 100], Some(9)));
    assert!(matches!(&clauses[2].when, When::Group(group) if group.key.is_some()));
    assert!(clauses[3].hit_next && clauses[3].action.find.is_some());
    assert!(matches!(clauses[4].when, When::Any) && clauses[4].action.parse.len() == 1);
    assert!(matches!(clauses[5].when, When::None));
}

#[test]
fn find_and_replace() {
    let find = |text: &str| match good(&format!(" INREC FINDREP=({text})")).inrec {
        Some(Reform::Action(action)) => action.find.unwrap(),
        other => panic!("{other:?}"),
    };
    let found = find("IN=(C'A',X'00'),OUT=C'',STARTPOS=5,ENDPOS=9,DO=2,MAXLEN=100,OVERRUN=TRUNC,SHIFT=NO");
    assert_eq!(found.pairs.len(), 2);
    assert!(found.pairs[1].replace.is_empty() && found.truncate && found.fixed_columns);
    assert_eq!(
        (found.start, found.end, found.limit, found.max_length),
        (Some(5), Some(9), Some(2), Some(100))
    );
    assert_eq!(find("INOUT=(C'A',C'BB',C'C',C'')").pairs.len(), 2);
}

#[test]
fn outfil() {
    let text = " OUTFIL FNAMES=(O1,O2),FILES=(01,2,OUT),INCLUDE=(1,1,CH,EQ,C'A'),STARTREC=2,ENDREC=9,SAMPLE=(5,2),\n  \
        ACCEPT=7,VTOF,VLFILL=C'*',OUTREC=(1,5,2/,6,5,/),SPLITBY=3,NULLOFL=RC16\n \
        OUTFIL FNAMES=R,LINES=(ANSI,50),SECTIONS=(1,3,SKIP=P,HEADER3=('x'),5,2,SKIP=3L,PAGEHEAD,TRAILER3=('y',SUBCOUNT)),\n  \
        NODETAIL,REMOVECC,BLKCCH1,BLKCCT1\n \
        OUTFIL FNAMES=V,FTOV,VLTRIM=X'40',VLTRAIL=C'END',SAVE\n \
        OUTFIL FNAMES=T,IFTRAIL=(TRLID=(1,1,CH,EQ,C'T'),HD=YES,TRLUPD=(5:COUNT=(M11,LENGTH=4)))\n \
        OUTFIL FNAMES=S,SPLIT1R=4\n OUTFIL FNAMES=P,REPEAT=3,OMIT=ALL";
    let outfils = good(text).outfils;
    assert_eq!(outfils[0].files, ["O1", "O2", "SORTOF01", "SORTOF2", "SORTOUT"]);
    assert_eq!((outfils[0].start, outfils[0].end, outfils[0].sample), (2, Some(9), Some((5, 2))));
    assert_eq!(
        (outfils[0].accept, outfils[0].convert, outfils[0].fill),
        (Some(7), Convert::ToFixed, Some(0x5C))
    );
    assert_eq!((outfils[0].split, outfils[0].null_code), (Some(Split::Rotate(3)), Some(16)));
    assert!(outfils[0].reform.is_some() && matches!(outfils[0].selection, Selection::Include(_)));
    assert_eq!(outfils[1].lines, Some(LineLimit::AnsiLines(50)));
    let sections: Vec<_> =
        outfils[1].sections.iter().map(|s| (s.skip, s.page_head, s.trailer.is_some())).collect();
    assert_eq!(sections, [(SectionSkip::Page, false, false), (SectionSkip::Lines(3), true, true)]);
    assert_eq!(outfils[1].blank_control, [true, false, true]);
    assert!(outfils[1].no_detail && outfils[1].remove_control);
    assert_eq!(
        (outfils[2].trim, outfils[2].append.len(), outfils[2].convert),
        (Some(0x40), 3, Convert::ToVariable)
    );
    assert!(matches!(outfils[2].selection, Selection::Save));
    assert!(outfils[3].trailer_record.as_ref().is_some_and(|record| record.header));
    assert_eq!((outfils[4].split, outfils[5].repeat), (Some(Split::OneRound(4)), 3));
    assert_eq!(good(" OUTFIL REMOVECC").outfils[0].files, ["SORTOUT"]);
}

#[test]
fn a_file_belongs_to_the_first_outfil_that_names_it() {
    let deck = good(" OUTFIL FNAMES=(A,B)\n OUTFIL FNAMES=(B,C)\n OUTFIL FNAMES=A");
    let files: Vec<_> = deck.outfils.iter().map(|outfil| outfil.files.join(",")).collect();
    assert_eq!(files, ["A,B", "C"]);
    assert_eq!(deck.warnings.len(), 2);
}

#[test]
fn joins() {
    let text = " JOINKEYS F1=IN1,FIELDS=(1,5,A,10,3,D),SORTED,NOSEQCK,TYPE=V\n \
        JOINKEYS FILES=F2,FIELDS=(7,5,A,1,3,D),OMIT=(1,1,CH,EQ,C'X'),STOPAFT=5,TASKID=AB\n \
        JOIN UNPAIRED,F2\n REFORMAT FIELDS=(F1:1,10,12,5,F2:3,4,?,F1:20),FILL=X'FF'";
    let join = good(text).join.unwrap();
    assert_eq!((join.unpaired, join.only, join.fill), ([false, true], false, Some(0xFF)));
    assert_eq!((join.sides[0].dd.as_str(), join.sides[0].task.as_str()), ("IN1", "JNF1"));
    assert_eq!((join.sides[1].dd.as_str(), join.sides[1].task.as_str()), ("SORTJNF2", "ABF2"));
    assert_eq!(
        (join.sides[0].sorted, join.sides[0].unchecked, join.sides[0].variable),
        (true, true, Some(true))
    );
    assert_eq!((join.sides[1].stop_after, join.sides[1].filter.is_some()), (Some(5), true));
    let items = join.items.unwrap();
    assert!(matches!(
        items[1],
        JoinItem::Field { side: 0, place: Place::Record { position: 12, length: 5 }, .. }
    ));
    assert!(matches!(items[2], JoinItem::Field { side: 1, .. }) && matches!(items[3], JoinItem::Indicator));
    assert!(matches!(items[4], JoinItem::Rest { side: 0, position: 20, .. }));
    let two = " JOINKEYS FILE=F1,FIELDS=(1,5,A)\n JOINKEYS FILE=F2,FIELDS=(1,5,A)\n";
    assert_eq!(
        good(&format!("{two} REFORMAT FIELDS=(F1:1,5)\n JOIN UNPAIRED")).join.unwrap().unpaired,
        [true, true]
    );
    let only = good(&format!("{two} JOIN UNPAIRED,F1,ONLY")).join.unwrap();
    assert!(only.only && only.items.is_none());
}

#[test]
fn small_statements() {
    let deck = good(
        " SORT FIELDS=(1,5,CH,A)\n SUM FIELDS=(10,4,ZD,20,8,BI),FORMAT=PD\n ALTSEQ CODE=(5BEA,7BEB)\n RECORD TYPE=V,LENGTH=(100,,80)\n DEBUG ABEND",
    );
    assert_eq!(deck.sum.unwrap().fields.len(), 2);
    let table = deck.altseq.unwrap();
    assert_eq!((table[0x5B], table[0x7B], table[0x5A]), (0xEA, 0xEB, 0x5A));
    assert_eq!(deck.record.kind, Some(RecordType::Variable));
    assert_eq!(deck.record.lengths, [Some(100), None, Some(80)]);
    assert!(good(" SORT FIELDS=(1,5,CH,A)\n SUM FIELDS=NONE").sum.unwrap().fields.is_empty());
    assert!(good(" SORT FIELDS=(1,5,CH,A)\n SUM FIELDS=(NONE)").sum.unwrap().fields.is_empty());
    let context = ParseContext { dialect: Dialect::Syncsort, ..CONTEXT };
    let xsum = deck_of(" SORT FIELDS=(1,5,CH,A)\n SUM FIELDS(NONE),XSUM", &context);
    assert!(xsum.sum.unwrap().xsum);
}

fn deck_of(text: &str, context: &ParseContext) -> Deck {
    super::deck(&sources(&[text]), None, context).unwrap_or_else(|diagnostics| panic!("{diagnostics}"))
}

#[test]
fn symbols_stand_where_fields_and_constants_do() {
    let symbols = "C_Field1,6,5,CH\nFiller,'*'\nAny_Format,12,3\nZ_Field1,22,8,ZD\nSubString,16,3,SS\nStart_col,11\n\
        LIMIT,+12500\nn5,5\nFlags,35,1,BI\nError,B'11010000'\nDepts,C'J82,L92'\nYD1P5,Y'DATE1'+5\nP1,%01\n";
    let text = " INCLUDE COND=((Z_Field1,GT,LIMIT,AND,Any_Format,CH,EQ,C_Field1),OR,(SubString,NE,Depts),OR,\n  \
        (Flags,ALL,Error,AND,Flags,NE,Error),OR,1,6,Y2T,EQ,YD1P5)\n \
        SORT FIELDS=(C_Field1,D,Any_Format,ZD,A),SKIPREC=n5\n SUM FIELDS=(Z_Field1)\n \
        INREC PARSE=(P1=(FIXLEN=n5)),BUILD=(Start_col:C_Field1,Filler,Z_Field1,TO=PD,LENGTH=n5,Z_Field1,PD,\n  \
        Z_Field1,Z_Field1,M11,Z_Field1,ADD,LIMIT,C_Field1:P1,C_Field1,HEX)";
    let deck = with_symbols(symbols, text).unwrap_or_else(|diagnostics| panic!("{diagnostics}"));
    let build = built(deck.inrec);
    let shapes: Vec<String> = build
        .iter()
        .map(|item| match &item.value {
            Value::Bytes(place) => format!("{:?} bytes {}", item.column, place.length()),
            Value::Constant(literal) => format!("{:?}", literal.bytes),
            Value::Edited { number: Arithmetic::Field(field), editing } => {
                format!("{:?} {:?}", field.format, editing.edit)
            }
            Value::Edited { .. } => "computed".into(),
            Value::Translate { .. } => "hex".into(),
            other => format!("{other:?}"),
        })
        .collect();
    let expected = [
        "Some(11) bytes 5",
        "[92]",
        "Sort(Zoned) Some(To(\"PD\"))",
        "Sort(Packed) None",
        "None bytes 8",
        "Sort(Zoned) Some(Mask(11))",
        "computed",
        "Some(6) bytes 5",
        "hex",
    ];
    assert_eq!(shapes, expected);
    assert_eq!(deck.options.skip, 5);
    let Application::Sort(keys) = deck.application else { panic!() };
    assert_eq!((keys[0].format, keys[1].format), (SortFormat::Character, SortFormat::Zoned));
    let over = with_symbols(symbols, " SORT FIELDS=(C_Field1,A),FORMAT=BI").unwrap();
    assert!(matches!(over.application, Application::Sort(keys) if keys[0].format == SortFormat::Binary));
}
