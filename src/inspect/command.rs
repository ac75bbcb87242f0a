//! Options as what is typed.

use crate::convert::ReadOptions;

/// The flags of the command line that stand for options, each with its value.
pub(super) fn flags(options: &ReadOptions) -> Vec<String> {
    let mut line = Line(Vec::new());
    let format = &options.format;
    line.text("recfm", format.recfm.as_deref());
    line.number("lrecl", format.lrecl);
    line.number("blksize", format.blksize);
    line.text("rdw", format.rdw.as_deref());
    line.text("bdw", format.bdw.as_deref());
    line.text("line-end", format.line_end.as_deref());
    line.text("empty-lines", format.empty_lines.as_deref());
    line.number("skip-head", format.skip_head);
    line.number("skip-tail", format.skip_tail);
    line.number("record-skip-head", format.record_skip_head);
    line.number("record-skip-tail", format.record_skip_tail);
    if let Some(header) = format.header {
        let mut text = format!("length={}", header.length);
        if let Some((offset, value)) = header.keep {
            text.push_str(&format!(",keep={offset}:{value}"));
        }
        if let Some((offset, bytes, little)) = header.size {
            text.push_str(&format!(",size={offset}:{bytes}{}", if little { ":little" } else { "" }));
        }
        line.text("header", Some(&text));
    }
    line.text("length", format.length.as_deref());
    line.text("length-field", format.length_field.as_deref());
    line.text("length-adjust", format.length_adjust.map(|adjust| adjust.to_string()).as_deref());
    line.text("length-expression", options.length_expression.as_deref());
    line.text("code-page", options.code_page.as_deref());
    line.text("overpunch", options.overpunch.as_deref());
    line.text("odo", options.odo.as_deref());
    options.counters.iter().for_each(|counter| line.text("counter", Some(counter)));
    options.records.iter().for_each(|record| line.text("record", Some(record)));
    options.views.iter().for_each(|view| line.text("view", Some(view)));
    if options.zoned_blanks {
        line.0.push("--zoned-blanks".to_owned());
    }
    line.text("bad-numbers", options.bad_numbers.as_deref());
    line.0
}

struct Line(Vec<String>);

impl Line {
    fn text(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.0.push(format!("--{name} {}", quoted(value)));
        }
    }

    fn number(&mut self, name: &str, value: Option<u64>) {
        self.text(name, value.map(|value| value.to_string()).as_deref());
    }
}

/// A word for a POSIX shell.
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./,=:+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    if word.contains(['$', '`', '\\', '"', '!']) {
        return format!("'{}'", word.replace('\'', "'\\''"));
    }
    format!("\"{word}\"")
}
