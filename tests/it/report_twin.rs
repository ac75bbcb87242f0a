//! Reports by chance against a slow twin that knows nothing of the program: records are lists of strings, a page is a list
//! of lines, and totals are added up from all records of a group whenever they are shown.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::harness::{Job, Random, packed, text, zoned};

const COPYBOOK: &str = "
       01  REC.
           05  REGION    PIC X(2).
           05  BRANCH    PIC 9(3).
           05  CLERK     PIC S9(3) COMP-3.
           05  NAME      PIC X(6).
           05  AMT       PIC S9(5)V99 COMP-3.
           05  QTY       PIC 9(3).
";

/// The levels that there may be, with the width of their fields in a header.
const LEVELS: [&str; 3] = ["REGION", "BRANCH", "CLERK"];

#[derive(Clone, Debug)]
struct Record {
    region: String,
    branch: i128,
    clerk: i128,
    name: String,
    cents: i128,
    quantity: i128,
}

impl Record {
    fn bytes(&self) -> Vec<u8> {
        [
            text(&self.region, 2),
            zoned(self.branch, 3, false),
            packed(self.clerk, 3, true),
            text(&self.name, 6),
            packed(self.cents, 7, true),
            zoned(self.quantity, 3, false),
        ]
        .concat()
    }

    /// The field of a level as the report shows it in a header.
    fn shown(&self, level: usize) -> String {
        match level {
            0 => self.region.clone(),
            1 => format!("{:>3}", self.branch),
            _ => format!("{:>4}", self.clerk),
        }
    }

    /// The field of a level as data.
    fn value(&self, level: usize) -> Value {
        match level {
            0 => json!(self.region.trim_end()),
            1 => json!(self.branch as i64),
            _ => json!(self.clerk as i64),
        }
    }

    fn key(&self, levels: usize) -> (String, i128, i128) {
        let branch = if levels > 1 { self.branch } else { 0 };
        let clerk = if levels > 2 { self.clerk } else { 0 };
        (if levels > 0 { self.region.clone() } else { String::new() }, branch, clerk)
    }
}

/// What is drawn for a report.
#[derive(Clone, Debug)]
struct Plan {
    levels: usize,
    lines: usize,
    detail: bool,
    headers: bool,
    repeat: bool,
    footer: bool,
    on_change: bool,
    /// For each level: 0 nothing, 1 to 3 blank lines, 9 a new page.
    after: [usize; 3],
    restart: bool,
}

impl Plan {
    fn random(random: &mut Random, levels: usize) -> Plan {
        let mut after = || random.of(&[0, 0, 1, 2, 3, 5, 9]);
        let after = [after(), after(), after()];
        Plan {
            levels,
            lines: 18 + random.below(14),
            detail: random.below(4) > 0,
            headers: random.below(3) > 0,
            repeat: random.below(2) == 0,
            footer: random.below(2) == 0,
            on_change: random.below(2) == 0,
            after,
            restart: random.below(2) == 0,
        }
    }

    fn restarts(&self, level: usize) -> bool {
        self.restart && self.after[level] == 9
    }

    fn yaml(&self) -> String {
        let mut breaks = String::new();
        for (level, name) in LEVELS.iter().enumerate().take(self.levels) {
            let _ = writeln!(
                breaks,
                "        - break: L{level}\n          on: {name}\n          totals: T{level}"
            );
            if self.headers {
                let _ = writeln!(breaks, "          header: [ [ '{name} ', {{ field: {name} }} ] ]");
                let _ = writeln!(breaks, "          repeat-header: {}", self.repeat);
            }
            match self.after[level] {
                0 => {}
                9 => {
                    let restart = self.restarts(level);
                    let _ = writeln!(breaks, "          new-page: true\n          restart-pages: {restart}");
                }
                lines => {
                    let _ = writeln!(breaks, "          skip: {lines}");
                }
            }
        }
        let breaks = if self.levels > 0 { format!("      breaks:\n{breaks}") } else { String::new() };
        let footer = if self.footer {
            "      page-footer:\n        - [ 'ON THIS PAGE ', { count: ZZ9 }, { sum: AMT, pic: '-(9)9.99', column: 18 } ]\n"
        } else {
            ""
        };
        format!(
            "version: 1\njob: TWIN\ndatasets:\n  in: {{ path: in.ebc, record: {{ copybook: rec.cpy, recfm: FB }} }}\n  \
             fba: {{ path: fba }}\n  txt: {{ path: txt }}\n  csv: {{ path: csv }}\n  sums: {{ path: sums }}\n  json: {{ path: json }}\n  \
             html: {{ path: html }}\nsteps:\n  - step: REPORT\n    report:\n      in: in\n      lines: {}\n      detail: {}\n      \
             page-header: [ [ 'REPORT', {{ text: PAGE, column: 20 }}, {{ page: ZZ9, column: 25 }} ] ]\n      columns:\n        \
             - {{ field: NAME, on-change: {}, heading: 'THE|NAME' }}\n        \
             - {{ field: AMT, pic: 'ZZ,ZZ9.99-', total-pic: 'ZZ,ZZZ,ZZ9.99-', totals: [ sum, minimum, average ] }}\n        \
             - {{ field: QTY, totals: [ sum, maximum ] }}\n{breaks}{footer}      totals: ALL\n      out:\n        \
             - {{ to: fba, recfm: FBA, lrecl: 80 }}\n        - {{ to: txt }}\n        {}\
             - {{ to: sums, as: csv, rows: totals }}\n        - {{ to: json, as: json }}\n        - {{ to: html, as: html }}\n",
            self.lines,
            self.detail,
            self.on_change,
            if self.detail { "- { to: csv, as: csv }\n        " } else { "" },
        )
    }
}

fn records(random: &mut Random, count: usize, levels: usize) -> Vec<Record> {
    let mut records: Vec<Record> = (0..count)
        .map(|_| Record {
            region: random.of(&["N", "SE", "W"]).to_owned(),
            branch: random.below(3) as i128 + 7,
            clerk: random.below(5) as i128 - 2,
            name: random.of(&["ADAMS", "BELL", "COX"]).to_owned(),
            cents: random.below(2_000_001) as i128 - 1_000_000,
            quantity: random.below(1000) as i128,
        })
        .collect();
    for record in &mut records {
        record.region = format!("{:<2}", record.region);
    }
    records.sort_by_key(|record| record.key(levels));
    records
}

/// An amount: digits, decimals, commas if wanted, a trailing minus or blank.
fn amount(cents: i128, width: usize) -> String {
    let whole = (cents.abs() / 100).to_string();
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{:>width$}", format!("{grouped}.{:02}{}", cents.abs() % 100, if cents < 0 { '-' } else { ' ' }))
}

fn plain(cents: i128) -> String {
    format!("{}{}.{:02}", if cents < 0 { "-" } else { "" }, cents.abs() / 100, cents.abs() % 100)
}

/// Lines of totals: sums, least, greatest, average.
fn totals(label: &str, records: &[Record]) -> Vec<String> {
    let cents: Vec<i128> = records.iter().map(|record| record.cents).collect();
    let quantities: Vec<i128> = records.iter().map(|record| record.quantity).collect();
    let least = cents.iter().min().copied().unwrap_or(0);
    let most = quantities.iter().max().copied().unwrap_or(0);
    let average = if cents.is_empty() { 0 } else { cents.iter().sum::<i128>() / cents.len() as i128 };
    // NAME has 6 bytes; the first total begins in column 9, so labels must be short.
    let line = |label: String, first: Option<i128>, second: Option<i128>| {
        let first = first.map_or(" ".repeat(14), |value| amount(value, 14));
        let second = second.map_or(" ".repeat(8), |value| format!("{value:>8}"));
        format!("{label:<20}  {first}  {second}").trim_end().to_owned()
    };
    vec![
        line(label.to_owned(), Some(cents.iter().sum()), Some(quantities.iter().sum())),
        line(format!("{label}, minimum"), Some(least), None),
        line(format!("{label}, maximum"), None, Some(most)),
        line(format!("{label}, average"), Some(average), None),
    ]
}

/// The pages of a report, being filled.
struct Paper<'a> {
    plan: &'a Plan,
    pages: Vec<Vec<String>>,
    number: usize,
    open: bool,
    /// Blank lines due before the next line.
    due: usize,
    /// Records on the page.
    on_page: Vec<Record>,
    /// A detail stands on the page.
    used: bool,
}

impl Paper<'_> {
    fn room(&self, lines: usize) -> bool {
        let page = self.pages.last().map_or(0, Vec::len);
        page + self.due + lines + usize::from(self.plan.footer) <= self.plan.lines
    }

    fn put(&mut self, line: String) {
        let page = self.pages.last_mut().unwrap();
        page.extend(std::iter::repeat_n(String::new(), self.due));
        self.due = 0;
        page.push(line.trim_end().to_owned());
    }

    fn open(&mut self, current: Option<&Record>, ongoing: usize) {
        self.pages.push(Vec::new());
        self.open = true;
        self.due = 0;
        self.used = false;
        self.number += 1;
        self.put(format!("{:<19}PAGE {:>3}", "REPORT", self.number));
        self.put(format!("{:<20}", "THE"));
        self.put(format!("{:<20}  {:>14}  {:>8}", "NAME", "AMT", "QTY"));
        self.put(format!("{}  {}  {}", "-".repeat(20), "-".repeat(14), "-".repeat(8)));
        if let (true, true, Some(record)) = (self.plan.headers, self.plan.repeat, current) {
            for (level, name) in LEVELS.iter().enumerate().take(ongoing) {
                self.put(format!("{name} {}", record.shown(level)));
            }
        }
    }

    fn close(&mut self) {
        if self.plan.footer {
            self.due = 0;
            let page = self.pages.last_mut().unwrap();
            page.resize(self.plan.lines - 1, String::new());
            let sum: i128 = self.on_page.iter().map(|record| record.cents).sum();
            self.put(format!("{:<17}{:>13}", format!("ON THIS PAGE {:>3}", self.on_page.len()), plain(sum)));
        }
        self.on_page.clear();
        self.open = false;
        self.due = 0;
    }

    fn make_room(&mut self, lines: usize, record: Option<&Record>, ongoing: usize) {
        if self.open && lines > 0 && !self.room(lines) {
            self.close();
        }
        if !self.open {
            self.open(record, ongoing);
        }
    }
}

/// The pages of the report.
fn pages(plan: &Plan, records: &[Record]) -> Vec<Vec<String>> {
    let mut paper =
        Paper { plan, pages: Vec::new(), number: 0, open: false, due: 0, on_page: Vec::new(), used: false };
    let levels = plan.levels;
    let broken = |a: &Record, b: &Record| (0..levels).find(|level| a.key(level + 1) != b.key(level + 1));
    let mut begun = [0; 3];
    let mut shown: Option<String> = None;
    for (index, record) in records.iter().enumerate() {
        let level = if index == 0 { Some(0) } else { broken(&records[index - 1], record) };
        let mut fresh = index == 0;
        if let Some(level) = level {
            fresh = true;
            if index > 0 {
                for ending in (level..levels).rev() {
                    let lines = totals(&format!("T{ending}"), &records[begun[ending]..index]);
                    paper.make_room(lines.len(), Some(&records[index - 1]), levels);
                    lines.into_iter().for_each(|line| paper.put(line));
                }
                let after = &plan.after[level..levels];
                for lines in after.iter().filter(|lines| **lines != 9) {
                    paper.due = paper.due.max(*lines);
                }
                if after.contains(&9) && paper.open {
                    paper.close();
                    if (level..levels).any(|level| plan.restarts(level)) {
                        paper.number = 0;
                    }
                }
            }
            let headers = if plan.headers { levels - level } else { 0 };
            let wanted = if headers > 0 { headers + usize::from(plan.detail) } else { 0 };
            paper.make_room(wanted, Some(record), level);
            for starting in level..levels {
                begun[starting] = index;
                if plan.headers {
                    paper.put(format!("{} {}", LEVELS[starting], record.shown(starting)));
                }
            }
        }
        paper.make_room(usize::from(plan.detail), Some(record), levels);
        paper.on_page.push(record.clone());
        if plan.detail {
            let again = plan.on_change && !fresh && paper.used && shown.as_deref() == Some(&record.name);
            let name = if again { "" } else { &record.name };
            paper.put(format!("{name:<20}  {}  {:>8}", amount(record.cents, 14), record.quantity));
            paper.used = true;
            shown = Some(record.name.clone());
        }
    }
    if !records.is_empty() {
        for ending in (0..levels).rev() {
            let lines = totals(&format!("T{ending}"), &records[begun[ending]..]);
            paper.make_room(lines.len(), records.last(), levels);
            lines.into_iter().for_each(|line| paper.put(line));
        }
    }
    let lines = totals("ALL", records);
    paper.make_room(lines.len(), records.last(), levels);
    lines.into_iter().for_each(|line| paper.put(line));
    paper.close();
    paper.pages
}

/// Lines of ASCII, with form feeds between pages.
fn as_text(pages: &[Vec<String>]) -> Vec<u8> {
    let pages = pages.iter().map(|page| page.iter().map(|line| format!("{line}\n")).collect::<String>());
    pages.collect::<Vec<_>>().join("\u{c}").into_bytes()
}

/// Records with ANSI control characters: blank lines become the spacing of the line behind them.
fn as_fba(pages: &[Vec<String>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut put = |control: char, line: &str| bytes.extend(text(&format!("{control}{line}"), 80));
    for page in pages {
        let mut blank = 0;
        for (index, line) in page.iter().enumerate() {
            if line.is_empty() {
                blank += 1;
                continue;
            }
            while blank > 2 {
                put('-', "");
                blank -= 3;
            }
            put(if index == 0 { '1' } else { [' ', '0', '-'][blank] }, line);
            blank = 0;
        }
    }
    bytes
}

fn sums_of(records: &[Record]) -> Value {
    let count = records.len() as i128;
    let cents: Vec<i128> = records.iter().map(|record| record.cents).collect();
    let sum: i128 = cents.iter().sum();
    let money = |cents: Option<i128>| cents.map_or(Value::Null, |cents| json!(plain(cents)));
    json!({
        "AMT": {
            "sum": plain(sum),
            "minimum": money(cents.iter().min().copied()),
            "average": money((count > 0).then(|| sum / count)),
        },
        "QTY": {
            "sum": records.iter().map(|record| record.quantity).sum::<i128>().to_string(),
            "maximum": records.iter().map(|record| record.quantity).max()
                .map_or(Value::Null, |most| json!(most.to_string())),
        },
    })
}

/// Groups in groups.
fn as_json(plan: &Plan, records: &[Record], level: usize) -> Value {
    let mut group = json!({ "count": records.len(), "totals": sums_of(records) });
    if level == plan.levels {
        if plan.detail {
            let details = records.iter().map(|record| {
                json!({ "NAME": record.name, "AMT": plain(record.cents), "QTY": record.quantity.to_string() })
            });
            group["details"] = details.collect();
        }
        return group;
    }
    let groups = records.chunk_by(|a, b| a.key(level + 1) == b.key(level + 1)).map(|records| {
        let mut inner = as_json(plan, records, level + 1);
        inner["level"] = json!(format!("L{level}"));
        inner["key"] = json!({ LEVELS[level]: records[0].value(level) });
        inner
    });
    group["groups"] = groups.collect();
    group
}

/// Numbers of columns and totals as strings, so that no decimal is lost in comparing.
fn quoted(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let mut rest = line;
        while let Some(at) = rest.find("\":") {
            let (before, after) = rest.split_at(at + 2);
            out.push_str(before);
            let length = after.find([',', '}', ']']).unwrap_or(after.len());
            let name = before.rsplit('"').nth(1).unwrap_or_default();
            let number = after.starts_with(|c: char| c == '-' || c.is_ascii_digit());
            let ours = ["AMT", "QTY", "sum", "minimum", "maximum", "average"].contains(&name);
            if number && ours {
                let _ = write!(out, "\"{}\"", &after[..length]);
                rest = &after[length..];
            } else {
                rest = after;
            }
        }
        out.push_str(rest);
        out.push('\n');
    }
    out
}

fn check_json(plan: &Plan, records: &[Record], found: &[u8]) {
    let text = std::str::from_utf8(found).unwrap();
    let mut found: Value =
        serde_json::from_str(&quoted(text)).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let found = found.as_object_mut().unwrap();
    assert_eq!(found.remove("report"), Some(json!("REPORT")));
    found.remove("title");
    assert_eq!(found.remove("columns").unwrap().as_array().unwrap().len(), 3);
    assert_eq!(found.remove("levels").unwrap().as_array().unwrap().len(), plan.levels);
    assert_eq!(Value::Object(found.clone()), as_json(plan, records, 0), "{plan:?}");
}

fn check_csv(plan: &Plan, records: &[Record], found: &[u8]) {
    let names = |row: &Record| (0..plan.levels).map(|level| row.value(level)).collect::<Vec<_>>();
    let cell = |value: &Value| value.as_str().map_or(value.to_string(), str::to_owned);
    let mut expected = LEVELS[..plan.levels].join(",");
    expected.push_str(if plan.levels > 0 { ",NAME,AMT,QTY\n" } else { "NAME,AMT,QTY\n" });
    for record in records {
        let mut cells: Vec<String> = names(record).iter().map(cell).collect();
        cells.extend([record.name.clone(), plain(record.cents), record.quantity.to_string()]);
        expected.push_str(&cells.join(","));
        expected.push('\n');
    }
    assert_eq!(String::from_utf8_lossy(found), expected);
}

/// The rows of totals, innermost first where a group ends.
fn check_sums(plan: &Plan, records: &[Record], found: &[u8]) {
    fn rows(plan: &Plan, records: &[Record], level: usize, out: &mut String) {
        if level < plan.levels {
            for group in records.chunk_by(|a, b| a.key(level + 1) == b.key(level + 1)) {
                rows(plan, group, level + 1, out);
            }
        }
        let mut cells = vec![if level == 0 { "report".to_owned() } else { format!("L{}", level - 1) }];
        for inner in 0..plan.levels {
            let value = records.first().filter(|_| inner < level).map(|record| record.value(inner));
            cells.push(value.map_or(String::new(), |v| v.as_str().map_or(v.to_string(), str::to_owned)));
        }
        let sums = sums_of(records);
        let cell = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        cells.push(records.len().to_string());
        cells.extend(["sum", "minimum", "average"].map(|name| cell(&sums["AMT"][name])));
        cells.extend(["sum", "maximum"].map(|name| cell(&sums["QTY"][name])));
        out.push_str(&cells.join(","));
        out.push('\n');
    }
    let mut expected = String::new();
    rows(plan, records, 0, &mut expected);
    let found = String::from_utf8_lossy(found);
    let (head, rest) = found.split_once('\n').unwrap();
    assert!(head.ends_with("count,AMT sum,AMT minimum,AMT average,QTY sum,QTY maximum"), "{head}");
    assert_eq!(rest, expected, "{plan:?}");
}

/// As many rows of records and of totals as there must be.
fn check_html(plan: &Plan, records: &[Record], found: &[u8]) {
    let html = String::from_utf8_lossy(found);
    let details = if plan.detail { records.len() } else { 0 };
    assert_eq!(html.matches("<tr><td>").count(), details);
    for level in 0..=plan.levels {
        let groups =
            if level == 0 { 1 } else { records.chunk_by(|a, b| a.key(level) == b.key(level)).count() };
        // Sums, least, greatest and average have a row each.
        assert_eq!(html.matches(&format!("<tr class=t{level}>")).count(), groups * 4, "{plan:?}");
    }
    assert!(html.trim_end().ends_with("</html>"));
}

#[test]
fn reports_by_chance_are_what_a_slow_twin_makes() {
    let mut random = Random::new(20_261_126);
    for round in 0..48 {
        let levels = round % 4;
        let plan = Plan::random(&mut random, levels);
        let count = random.of(&[0, 1, 2, 30, 200, 700]);
        let records = records(&mut random, count, levels);
        let input: Vec<u8> = records.iter().flat_map(Record::bytes).collect();
        let yaml = plan.yaml().replace("field: NAME,", "field: NAME, width: 20,");
        let yaml = yaml.replace("field: QTY,", "field: QTY, width: 8, total-pic: Z(7)9,");
        let job = Job::new().text("rec.cpy", COPYBOOK).file("in.ebc", &input).yaml(&yaml);
        let pages = pages(&plan, &records);
        let memory = random.of(&["1M", "64M"]);
        job.run(&["--memory", memory]).status(0);
        let difference = |found: &[u8], wanted: &[u8]| {
            let (found, wanted) = (String::from_utf8_lossy(found), String::from_utf8_lossy(wanted));
            let lines = found.lines().zip(wanted.lines()).enumerate();
            let first =
                lines.filter(|(_, (a, b))| a != b).map(|(at, (a, b))| format!("line {at}:\n{a}\n{b}"));
            first.take(3).collect::<Vec<_>>().join("\n")
        };
        let (found, wanted) = (job.read("txt"), as_text(&pages));
        assert!(found == wanted, "round {round}, {plan:?}, {count} records\n{}", difference(&found, &wanted));
        assert_eq!(job.read("fba"), as_fba(&pages), "round {round}, {plan:?}, {count} records");
        check_json(&plan, &records, &job.read("json"));
        if plan.detail {
            check_csv(&plan, &records, &job.read("csv"));
        }
        check_sums(&plan, &records, &job.read("sums"));
        check_html(&plan, &records, &job.read("html"));
    }
}
