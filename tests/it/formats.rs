//! Record formats as a job says them: read in one, sorted, written in another.

use crate::harness::{Job, text, with_rdw};

const COPYBOOK: &str = "
       01  REC.
           05  KIND   PIC X.
           05  LEN    PIC 9.
           05  REST   PIC X(4).
";

/// A job that sorts `in` by KIND into `out`.
fn job(input: &str, output: &str, bytes: &[u8]) -> Job {
    let yaml = format!(
        "version: 1\njob: T\ndatasets:\n  input: {{ path: in, record: {{ copybook: rec.cpy, {input} }} }}\n  \
         output: {{ path: out, record: {{ copybook: rec.cpy, {output} }} }}\nsteps:\n  - step: S\n    \
         sort: {{ in: input, out: output, by: [ KIND ] }}\n"
    );
    Job::new().text("rec.cpy", COPYBOOK).yaml(&yaml).file("in", bytes)
}

fn word(length: usize, code: u8) -> Vec<u8> {
    let length = u16::try_from(length).unwrap().to_be_bytes();
    vec![length[0], length[1], code, 0]
}

/// Records of 2 to 6 bytes: the second one is their length.
fn records() -> [Vec<u8>; 3] {
    [text("C4xy", 4), text("A6wxyz", 6), text("B2", 2)]
}

fn sorted_vb() -> Vec<u8> {
    let [c, a, b] = records();
    [a, b, c].iter().flat_map(|record| with_rdw(record)).collect()
}

#[test]
fn blocked_variable_records() {
    let [c, a, b] = records();
    let first = [with_rdw(&c), with_rdw(&a)].concat();
    let second = with_rdw(&b);
    let file = [word(first.len() + 4, 0), first, word(second.len() + 4, 0), second].concat();
    let input = "recfm: VB, lrecl: 10, bdw: true";
    job(input, "recfm: VB, lrecl: 10", &file).run(&[]).status(0).published("out", &sorted_vb());
    let content = sorted_vb();
    let blocked = [word(content.len() + 4, 0), content].concat();
    job(input, input, &file).run(&[]).status(0).published("out", &blocked);
}

#[test]
fn descriptor_words_of_transfer_programs() {
    let form = |record: &Vec<u8>| [&[0, 0, record.len() as u8, 0][..], record].concat();
    let file: Vec<u8> = records().iter().flat_map(form).collect();
    let input = "recfm: V, lrecl: 10, rdw: \"little,payload\"";
    job(input, "recfm: VB, lrecl: 10", &file).run(&[]).status(0).published("out", &sorted_vb());
    let wrong = job("recfm: V, lrecl: 10", "recfm: VB, lrecl: 10", &file);
    wrong
        .run(&[])
        .status(81)
        .says(&["DAT003", "record 1", "X'00000400'", "rdw: little,payload"])
        .nothing_published();
}

#[test]
fn spanned_records() {
    let [c, a, b] = records();
    let segment = |data: &[u8], code| [word(data.len() + 4, code), data.to_vec()].concat();
    let file =
        [segment(&c, 0), segment(&a[..3], 1), segment(&a[3..5], 3), segment(&a[5..], 2), segment(&b, 0)];
    let input = "recfm: VBS, lrecl: 10";
    job(input, "recfm: VB, lrecl: 10", &file.concat()).run(&[]).status(0).published("out", &sorted_vb());
    // Blocks of 17 bytes: 3 left are too few for a segment, 7 hold one of three bytes.
    let output = "recfm: VBS, lrecl: 10, bdw: true, blksize: 17";
    let first = [word(14, 0), segment(&a, 0)].concat();
    let second = [word(17, 0), segment(&b, 0), segment(&c[..3], 1)].concat();
    let third = [word(9, 0), segment(&c[3..], 2)].concat();
    let written = [first, second, third].concat();
    job(input, output, &file.concat()).run(&[]).status(0).published("out", &written);
    job(output, "recfm: VB, lrecl: 10", &written).run(&[]).status(0).published("out", &sorted_vb());
}

#[test]
fn lengths_from_the_record() {
    let file = records().concat();
    for rule in [
        "length-field: LEN",
        "length-field: LEN, length-adjust: 0",
        "length-field: KIND, length-map: { A: 6, B: 2, C: 4 }",
        "length-field: KIND, length-map: { A: 6, C: 4 }, length-last: 2",
    ] {
        let run = job(rule, "recfm: VB, lrecl: 10", &file);
        run.run(&[]).status(0).published("out", &sorted_vb());
    }
    let broken = [records()[0].clone(), text("D", 2), records()[1].clone()].concat();
    job("length-field: LEN", "recfm: VB, lrecl: 10", &broken)
        .run(&[])
        .status(81)
        .says(&["DAT004", "LEN is not a number", "record 2, file offset 4"])
        .nothing_published();
    job("length-field: KIND, length-map: { C: 4 }", "recfm: VB, lrecl: 10", &file)
        .run(&[])
        .status(81)
        .says(&["DAT004", "KIND is 'A', which has no length", "known for C"])
        .nothing_published();
}

#[test]
fn headers_heads_and_windows() {
    let header = |record: &Vec<u8>, keep: u8| [&[keep, 0, record.len() as u8][..], record].concat();
    let [c, a, b] = records();
    let file = [header(&c, 1), header(&a, 9), header(&a, 1), header(&b, 1)].concat();
    let input = "header: { length: 3, keep: { offset: 0, value: 1 }, size: { offset: 2, bytes: 1 } }";
    job(input, "recfm: VB, lrecl: 10", &file).run(&[]).status(0).published("out", &sorted_vb());

    let fixed = [text("C22222", 6), text("A11111", 6)];
    let file = [b"HEADER".to_vec(), fixed.concat(), b"END".to_vec()].concat();
    let sorted = [fixed[1].clone(), fixed[0].clone()].concat();
    job("skip-head: 6, skip-tail: 3", "recfm: FB", &file).run(&[]).status(0).published("out", &sorted);

    // Bytes that the copybook does not describe travel with their record.
    let around = |record: &Vec<u8>, n: u8| [&[n, n][..], record, &[n]].concat();
    let file = [around(&fixed[0], 7), around(&fixed[1], 8)].concat();
    let window = "record-skip-head: 2, record-skip-tail: 1";
    let sorted = [around(&fixed[1], 8), around(&fixed[0], 7)].concat();
    job(window, window, &file).run(&[]).status(0).published("out", &sorted);
}

#[test]
fn lines_in_ebcdic() {
    let lines = [text("C22222", 6), text("A1", 2), text("", 0)];
    let file = lines.iter().flat_map(|line| [&line[..], &[0x25]].concat()).collect::<Vec<u8>>();
    let sorted: Vec<u8> =
        [&lines[1], &lines[0]].iter().flat_map(|line| [&line[..], &[0x15]].concat()).collect();
    let run = job("recfm: text, empty-lines: skip", "recfm: text, line-end: nel", &file);
    run.run(&[]).status(0).published("out", &sorted);
}

#[test]
fn options_that_cannot_be_are_refused_at_their_place() {
    for (input, texts) in [
        ("recfm: FB, rdw: little", ["rdw has no meaning for recfm FB", "job.yaml:4"]),
        ("recfm: VB, rdw: middle", ["'middle'", "big, little or swapped"]),
        ("recfm: VB, bdw: yes-please", ["'yes-please'", "job.yaml:4"]),
        ("recfm: FBX", ["FBX is not known", "VBS, U or text"]),
        ("length-field: LENGTH", ["has no field LENGTH", "LEN"]),
        ("length-field: REST", ["REST is not a number", "job.yaml:4"]),
        ("length: counted", ["'counted'", "use computed"]),
        ("header: { length: 2, keep: { offset: 2, value: 1 } }", ["keep byte", "header of 2 bytes"]),
        ("recfm: text, lrecl: 5", ["lrecl 5 does not fit", "write lrecl: 6"]),
        ("recfm: VB, blcksize: 80", ["there is no field blcksize", "did you mean blksize"]),
    ] {
        job(input, "recfm: VB, lrecl: 10", b"").run(&[]).status(65).says(&texts);
    }
    job("recfm: FB", "recfm: FB, skip-head: 5", b"").run(&[]).status(65).says(&["for inputs"]);
}
