//! The page of a comparison in a real browser: it opens without a network, shows the clusters, filters, and shows the right record.
//! Without a browser these tests say that they are skipped.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::diff_twins::{COPYBOOK, Edit, Mode, Record, edited, place, records};
use crate::harness::{Job, Random, ebcdic, material};

/// The name of the browser, if there is one.
fn browser() -> Option<&'static str> {
    let is_there =
        |name: &&str| Command::new(name).arg("--version").output().is_ok_and(|run| run.status.success());
    let found = ["chromium", "chromium-browser", "google-chrome"].into_iter().find(is_there);
    if found.is_none() {
        eprintln!("SKIPPED: there is no chromium, so no page was opened");
    }
    found
}

/// What the page is when its script has run with this fragment.
fn opened(browser: &str, page: &Path, fragment: &str) -> String {
    let profile = tempfile::tempdir().unwrap();
    let profile = format!("--user-data-dir={}", profile.path().display());
    let flags = ["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=20000", "--dump-dom"];
    let address = format!("file://{}#{fragment}", page.display());
    let run = Command::new(browser)
        .args(flags)
        .args([&profile, "--proxy-server=127.0.0.1:1", &address])
        .output()
        .unwrap();
    String::from_utf8_lossy(&run.stdout).into_owned()
}

/// The page of two files of records.
fn page(ours: &[Record], theirs: &[Record], arguments: &[&str]) -> Job {
    page_in(Job::new(), ours, theirs, arguments).0
}

/// The same below a folder that is there; with the path of the page.
fn page_in(job: Job, ours: &[Record], theirs: &[Record], arguments: &[&str]) -> (Job, PathBuf) {
    let job = job.text("rec.cpy", COPYBOOK).file("ours", &ours.concat()).file("theirs", &theirs.concat());
    let path = |name: &str| job.path().join(name).to_str().unwrap().to_owned();
    let (a, b, copybook, html) = (path("ours"), path("theirs"), path("rec.cpy"), path("page.html"));
    job.offhost(
        &[&["diff", &a, &b, "-c", &copybook, "--key", "ID", "--html", &html][..], arguments].concat(),
    )
    .status(1);
    (job, html.into())
}

/// The text of the element with this id, without its tags.
fn text_of(dom: &str, id: &str) -> String {
    let start = dom.find(&format!("id=\"{id}\"")).unwrap_or_else(|| panic!("no element {id}"));
    let rest = &dom[start..];
    let rest = &rest[rest.find('>').unwrap() + 1..];
    let ends = ["</section>", "</tr>", "</p>"].map(|end| rest.find(end));
    let end = match (ends, id) {
        ([_, Some(row), _], id) if id.starts_with("cluster-") => row,
        ([_, _, Some(line)], "why" | "which" | "kept") => line,
        ([Some(section), ..], _) => section,
        _ => rest.len(),
    };
    let mut text = String::new();
    let mut inside = false;
    for c in rest[..end].chars() {
        match c {
            '<' => inside = true,
            '>' => inside = false,
            c if !inside => text.push(c),
            _ => {}
        }
    }
    text
}

#[test]
fn it_opens_filters_and_shows_the_right_record() {
    let Some(browser) = browser() else { return };
    let mut random = Random::new(31);
    let ours = records(500, &mut random);
    let edits = [Edit::Round, Edit::Round, Edit::Round, Edit::Change, Edit::Delete, Edit::Insert, Edit::Fill];
    let (theirs, _) = edited(&ours, &edits, Mode::Key, &mut random);
    let job = page(&ours, &theirs, &["--ignore", "DUE-DATE"]);
    let html = job.path().join("page.html");

    let dom = opened(browser, &html, "");
    assert!(dom.contains("data-ready=\"yes\""), "the script did not end");
    assert!(dom.contains("data-answer=\"different\""));
    let clusters = text_of(&dom, "clusters");
    for part in
        ["INT-AMT", "rounding of the last digit", "CUST-NAME", "extra record", "missing record", "FILLER@46"]
    {
        assert!(clusters.contains(part), "{part} is not among the clusters: {clusters}");
    }
    assert!(text_of(&dom, "found").starts_with("7 records"), "{}", text_of(&dom, "found"));

    // The first cluster is the one with most records.
    let dom = opened(browser, &html, "cluster=1&at=1");
    assert!(text_of(&dom, "found").starts_with("3 records"));
    let differs = |at: &usize| {
        ours.get(*at)
            .zip(theirs.iter().find(|record| record[..6] == ours[*at][..6]))
            .is_some_and(|(a, b)| a[place("INT-AMT")] != b[place("INT-AMT")])
    };
    let second = (0..ours.len()).filter(differs).nth(1).unwrap();
    assert!(dom.contains(&format!("ours #{}, theirs #", second + 1)), "{}", text_of(&dom, "which"));
    let marked: Vec<&str> = dom.split("<b>").skip(1).filter_map(|rest| rest.split("</b>").next()).collect();
    assert!(marked.contains(&format!("{:02X}", ours[second][13]).as_str()), "{marked:?}");

    let dom = opened(browser, &html, "q=WILLIAM");
    assert!(text_of(&dom, "found").starts_with("1 records"));
    assert!(text_of(&dom, "fields").contains("WILLIAM"));
    let dom = opened(browser, &html, &format!("q=%23{}", second + 1));
    assert!(text_of(&dom, "found").starts_with("1 records"), "{}", text_of(&dom, "found"));
    let dom = opened(browser, &html, "q=nothing-like-it");
    assert!(text_of(&dom, "found").starts_with("0 records"));
}

#[test]
fn a_rule_that_was_changed_is_the_first_cluster_of_the_page() {
    let (Some(browser), Some(material)) = (browser(), material("carddemo")) else { return };
    let (job, mut compare) = crate::diff::changed_posting(&material);
    let html = job.path().join("page.html");
    let root = job.path().to_str().unwrap();
    compare.extend(["--root", root, "--html", html.to_str().unwrap()].map(str::to_owned));
    job.offhost(&compare.iter().map(String::as_str).collect::<Vec<_>>()).status(1);
    let dom = opened(browser, &html, "cluster=1");
    assert!(dom.contains("data-ready=\"yes\""), "the script did not end");
    let clusters = text_of(&dom, "cluster-1");
    for part in ["TX-POSTED", "blank on one side", "all where TX-TYPE = '03'"] {
        assert!(clusters.contains(part), "{part} is not in the first cluster: {clusters}");
    }
    assert!(text_of(&dom, "found").starts_with("50 records"), "{}", text_of(&dom, "found"));
    // One step to the reason.
    assert!(text_of(&dom, "why").contains("offhost why CARD-POSTING"), "{}", text_of(&dom, "why"));
}

/// Clicks, types and presses a key as a reader does, and notes what the page says each time.
const READER: &str = r##"<script>
const wait = setInterval(() => {
  if (document.body.dataset.ready !== "yes") return;
  clearInterval(wait);
  const said = [], note = () => said.push(`${document.getElementById("found").value} ${location.hash} ${document.getElementById("which")?.textContent}`);
  const type = text => { const field = document.getElementById("f-text"); field.value = text; field.dispatchEvent(new Event("input")); note(); };
  document.getElementById("cluster-1").click(); note();
  document.getElementById("list").dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowDown" })); note();
  [...document.querySelectorAll("#legend button")].find(button => button.textContent.startsWith("CUST-NAME")).click(); note();
  document.querySelector("#f-field").value = ""; document.querySelector("#f-field").dispatchEvent(new Event("change")); note();
  type("WILLIAM"); type("");
  document.getElementById("f-excused").click(); note();
  document.body.dataset.said = said.join("|");
}, 20);
</script></body>"##;

#[test]
fn clicks_typing_and_keys_filter_as_links_do() {
    let Some(browser) = browser() else { return };
    let mut random = Random::new(35);
    let ours = records(300, &mut random);
    let edits = [Edit::Round, Edit::Round, Edit::Change, Edit::Delete, Edit::Day];
    let (theirs, _) = edited(&ours, &edits, Mode::Key, &mut random);
    let (job, html) = page_in(Job::new(), &ours, &theirs, &["--ignore", "DUE-DATE"]);
    let page = std::fs::read_to_string(html).unwrap();
    job.put("driven.html", page.replace("</body>", READER).as_bytes());
    let dom = opened(browser, &job.path().join("driven.html"), "");
    let said = dom.split("data-said=\"").nth(1).and_then(|rest| rest.split('"').next());
    let said: Vec<&str> =
        said.unwrap_or_else(|| panic!("the reader did not end: {dom}")).split('|').collect();
    let records = |at: usize| said[at].split(' ').next().unwrap().parse::<usize>().unwrap();
    assert!(records(0) == 2 && said[0].contains("#cluster=1 "), "{said:?}");
    assert!(records(1) == 2 && said[1].contains("at=1") && said[1] != said[0], "{said:?}");
    let which = |at: usize| said[at].split("ours ").nth(1).unwrap();
    assert_ne!(which(0), which(1));
    assert!(records(2) == 1 && said[2].contains("#field=5 "), "{said:?}");
    assert_eq!((records(3), records(4), records(5)), (4, 1, 4), "{said:?}");
    // With what rules excuse: the record of the other date too.
    assert_eq!(records(6), 5, "{said:?}");
}

#[test]
fn the_nights_before_are_shown() {
    let Some(browser) = browser() else { return };
    let mut random = Random::new(34);
    let ours = records(200, &mut random);
    let mut html = None;
    for (date, edits) in [
        ("2026-11-23", &[Edit::Round, Edit::Case][..]),
        ("2026-11-24", &[Edit::Round, Edit::Round, Edit::Case]),
        ("2026-11-25", &[Edit::Round, Edit::Day, Edit::Delete]),
    ] {
        let (theirs, _) = edited(&ours, edits, Mode::Key, &mut random);
        let job = html.take().map_or_else(Job::new, |(job, _)| job);
        let history = job.path().join("history.jsonl").to_str().unwrap().to_owned();
        let (job, page) =
            page_in(job, &ours, &theirs, &["--history", &history, "--as-of", date, "--replace"]);
        html = Some((job, page));
    }
    let (_job, page) = html.unwrap();
    let dom = opened(browser, &page, "");
    assert!(dom.contains("data-ready=\"yes\""), "the script did not end");
    let nights = text_of(&dom, "nights");
    // Night, answer, different, only ours, only theirs, clusters.
    for row in [
        "2026-11-23different2002",
        "2026-11-24different3002",
        "2026-11-25different2103",
        "no longer: CUST-NAME, upper and lower case",
    ] {
        assert!(nights.contains(row), "{row} is not in {nights}");
    }
    assert!(!dom.contains("id=\"s-nights\" hidden"), "the section stays hidden");
    // Since when, and on how many nights.
    assert!(text_of(&dom, "clusters").contains("2026-11-23 (3)"), "{}", text_of(&dom, "clusters"));
    assert!(text_of(&dom, "clusters").contains("2026-11-25 (1)"), "{}", text_of(&dom, "clusters"));
}

#[test]
fn what_is_in_the_data_is_shown_and_never_run() {
    let Some(browser) = browser() else { return };
    let mut random = Random::new(32);
    let ours = records(20, &mut random);
    let mut theirs = ours.clone();
    theirs[3][place("CUST-NAME")].copy_from_slice(&ebcdic("</script><b>"));
    theirs[4][place("CUST-NAME")].copy_from_slice(&ebcdic("%DATA%%TITLE"));
    let job = page(&ours, &theirs, &[]);
    let dom = opened(browser, &job.path().join("page.html"), "cluster=1");
    assert!(dom.contains("data-ready=\"yes\""));
    assert!(text_of(&dom, "fields").contains("&lt;/script&gt;&lt;b&gt;"));
}

#[test]
fn hundreds_of_thousands_of_differences_open() {
    let Some(browser) = browser() else { return };
    let mut random = Random::new(33);
    let ours = records(90_000, &mut random);
    let stamp = |record: &Record| {
        let mut record = record.clone();
        record[place("DUE-DATE")].copy_from_slice(&ebcdic("1999-12-31"));
        record[place("CUST-NAME")].copy_from_slice(&ebcdic("SOMEBODYELSE"));
        record[9] |= 0x10;
        record[22] |= 0xF0;
        record[45..].fill(0);
        record
    };
    let theirs: Vec<Record> = ours.iter().map(stamp).collect();
    let job = page(&ours, &theirs, &[]);
    let html = job.path().join("page.html");
    let size = std::fs::metadata(&html).unwrap().len();
    assert!(size < 16 << 20, "the page has {size} bytes");
    let dom = opened(browser, &html, "cluster=2");
    assert!(dom.contains("data-ready=\"yes\""));
    // All are listed, by keys and causes; the others of the fields of the cluster.
    assert!(dom.contains("data-listed=\"90000\""), "the list of all was not read");
    assert!(text_of(&dom, "found").starts_with("90,000 records\n"), "{}", text_of(&dom, "found"));
    // It says what it holds, and where the rest is to be had.
    let kept = text_of(&dom, "kept");
    assert!(
        kept.contains("values of 2,000 of 90,000 records that differ") && kept.contains("--csv FILE"),
        "{kept}"
    );
    // Only what can be seen is in the document.
    assert!(dom.matches("role=\"option\"").count() < 100);
    // A record that the page does not hold, by its key and by its number.
    let key = String::from_utf8(ours[77_777][..6].iter().map(|digit| digit & 0x3F).collect()).unwrap();
    for fragment in [format!("cluster=2&q=id+{key}"), "q=%2377778".to_owned(), format!("field=0&q={key}")] {
        let dom = opened(browser, &html, &fragment);
        let wanted = if fragment.starts_with("field") { "0 records" } else { "1 records" };
        assert!(text_of(&dom, "found").starts_with(wanted), "{fragment}: {}", text_of(&dom, "found"));
        if wanted == "1 records" {
            assert_eq!(text_of(&dom, "which"), format!("ours #77778, theirs #77778, ID {key}"));
            let fields = text_of(&dom, "fields");
            assert!(fields.contains("DUE-DATE") && fields.contains("sign nibble"), "{fields}");
            assert!(dom.contains("Its bytes and values are not in this page"));
        }
    }
}

/// Notes what the page's list of all records says.
const LISTER: &str = r##"<script>
const wait = setInterval(() => {
  if (!document.body.dataset.listed) return;
  clearInterval(wait);
  const said = [];
  for (let place = 0; place < index.count; place++) {
    const sample = listed(place), found = sample[FOUND][0];
    said.push([sample[LN] ?? "", sample[RN] ?? "", sample[KEY], columnName(found[COLUMN]), found[CAUSE]].join(","));
  }
  document.body.dataset.said = said.join("|");
}, 20);
</script></body>"##;

#[test]
fn every_record_is_listed_whichever_side_has_it() {
    let Some(browser) = browser() else { return };
    let mut random = Random::new(36);
    // More than the page holds, on one side, on the other, and on both with other numbers.
    let all = records(9_000, &mut random);
    let (ours, mut theirs): (Vec<Record>, Vec<Record>) = (all[..6_000].to_vec(), all[3_000..].to_vec());
    theirs.iter_mut().for_each(|record| record[13] += 0x10);
    theirs.reverse();
    let csv = tempfile::tempdir().unwrap();
    let csv = csv.path().join("d.csv");
    let job = page(&ours, &theirs, &["--csv", csv.to_str().unwrap()]);
    let html = std::fs::read_to_string(job.path().join("page.html")).unwrap();
    job.put("driven.html", html.replace("</body>", LISTER).as_bytes());
    let dom = opened(browser, &job.path().join("driven.html"), "");
    let said = dom.split("data-said=\"").nth(1).and_then(|rest| rest.split('"').next());
    let said: Vec<&str> = said.expect("the list of all was not read").split('|').collect();
    // Numbers, key, field and cause of every row of the CSV.
    let csv = std::fs::read_to_string(csv).unwrap();
    let row = |line: &str| line.split(',').take(5).collect::<Vec<_>>().join(",");
    let rows: Vec<String> = csv.lines().skip(1).map(row).collect();
    assert_eq!(rows.len(), 9_000);
    assert_eq!(said, rows);
    assert!(dom.contains("values of 6,000 of 9,000 records"), "{}", text_of(&dom, "kept"));
}
