//! The building's floors: a module imports from lower floors only, the operating system is met in one place, functions
//! and files stay short.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use crate::harness::repository;

/// Every module of the library with its floor, and within a floor the order in which modules may import each other:
/// a module may use those of its floor with a smaller rank.
const FLOORS: &[(&str, u32, u32)] = &[
    ("diag", 0, 0),
    ("decimal", 0, 1),
    ("sys", 0, 1),
    ("archive", 0, 2),
    ("calendar", 0, 1),
    ("encoding", 1, 0),
    ("copybook", 2, 0),
    ("record", 3, 0),
    ("dataset", 3, 1),
    ("catalog", 3, 2),
    ("expr", 4, 0),
    ("key", 4, 1),
    ("sort", 4, 2),
    ("ops", 4, 2),
    ("post", 4, 2),
    ("codec", 4, 2),
    ("report", 4, 3),
    ("control", 5, 0),
    ("convert", 5, 0),
    ("inspect", 5, 1),
    ("show", 5, 1),
    ("job", 6, 0),
    ("draw", 7, 0),
    ("run", 7, 0),
    ("diff", 5, 2),
    ("cli", 8, 0),
];

const LINES_OF_A_FUNCTION: usize = 70;
const LINES_OF_A_FILE: usize = 800;

/// A source file: its path below `src` and its lines.
struct File {
    path: PathBuf,
    lines: Vec<String>,
}

impl File {
    /// The module it belongs to: `key` for `key/encode.rs`.
    fn module(&self) -> String {
        let first = self.path.components().next().unwrap().as_os_str().to_string_lossy();
        first.trim_end_matches(".rs").to_owned()
    }

    /// Numbered lines without comments, texts and characters blanked.
    fn code(&self) -> impl Iterator<Item = (usize, String)> {
        self.lines.iter().enumerate().map(|(index, line)| (index + 1, code_of(line)))
    }

    /// As `code`, without the test module at the end.
    fn code_without_tests(&self) -> impl Iterator<Item = (usize, String)> {
        let whole = self.path.file_name().is_some_and(|name| name == "tests.rs");
        self.code().take_while(move |(_, line)| !whole && !line.starts_with("#[cfg(test)]"))
    }
}

/// Blanks texts and characters and cuts comments, so that braces can be counted.
fn code_of(line: &str) -> String {
    let mut code = String::new();
    let mut rest = line.chars().peekable();
    let mut inside = false;
    while let Some(c) = rest.next() {
        match c {
            '\\' if inside => {
                rest.next();
            }
            '"' => inside = !inside,
            '\'' if !inside => skip_character(&mut rest, &mut code),
            '/' if !inside && rest.peek() == Some(&'/') => break,
            _ if !inside => code.push(c),
            _ => {}
        }
    }
    code
}

/// Skips a character literal; a lifetime is kept.
fn skip_character(rest: &mut std::iter::Peekable<std::str::Chars<'_>>, code: &mut String) {
    let ahead: Vec<char> = rest.clone().take(2).collect();
    match ahead.as_slice() {
        ['\\', _] => {
            rest.next();
            rest.next();
            rest.by_ref().find(|c| *c == '\'');
        }
        [_, '\''] => {
            rest.next();
            rest.next();
        }
        _ => code.push('\''),
    }
}

fn sources() -> Vec<File> {
    let root = repository().join("src");
    let (mut files, mut folders) = (Vec::new(), vec![root.clone()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                let path = path.strip_prefix(&root).unwrap().to_owned();
                files.push(File { path, lines: text.lines().map(str::to_owned).collect() });
            }
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(files.len() > 50);
    files
}

/// True for a file of a `tests` folder inside a module: tests may read material, call compilers and say what they skip.
fn is_test(file: &File) -> bool {
    file.path.components().any(|part| part.as_os_str() == "tests")
}

fn floor(module: &str) -> Option<(u32, u32)> {
    FLOORS.iter().find(|(name, ..)| *name == module).map(|(_, floor, rank)| (*floor, *rank))
}

/// Modules that a line names as `crate::X`, also in `crate::{X, Y}`.
fn imports(line: &str) -> Vec<String> {
    let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut found = Vec::new();
    for (at, path) in line.match_indices("crate::") {
        // `offhost_crate::` and the like are other names.
        if line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_') {
            continue;
        }
        let rest = &line[at + path.len()..];
        match rest.strip_prefix('{') {
            Some(list) => found.extend(list.split(',').map(|part| word(part.trim()))),
            None => found.push(word(rest)),
        }
    }
    found
}

#[track_caller]
fn none(violations: Vec<String>) {
    let text = violations.iter().fold(String::new(), |mut text, line| {
        let _ = writeln!(text, "  {line}");
        text
    });
    assert!(violations.is_empty(), "{} violations:\n{text}", violations.len());
}

fn at(path: &Path, line: usize, what: &str) -> String {
    format!("src/{}:{line}: {what}", path.display())
}

#[test]
fn every_module_has_a_floor() {
    let outside = ["lib", "main"];
    let unknown = sources()
        .into_iter()
        .filter(|file| !outside.contains(&file.module().as_str()) && floor(&file.module()).is_none());
    none(unknown.map(|file| at(&file.path, 1, "the module has no floor")).collect());
}

#[test]
fn modules_import_from_lower_floors_only() {
    let mut violations = Vec::new();
    for file in sources() {
        let Some(own) = floor(&file.module()) else { continue };
        for (line, code) in file.code() {
            for import in imports(&code) {
                let allowed = import == file.module()
                    || floor(&import)
                        .is_none_or(|theirs| theirs < own && (theirs.0 < own.0 || theirs.1 < own.1));
                if !allowed {
                    violations.push(at(&file.path, line, &format!("{} imports {import}", file.module())));
                }
            }
        }
    }
    none(violations);
}

/// Lines with one of these words, in files of other modules than these.
fn words_outside(words: &[&str], modules: &[&str], with_tests: bool) -> Vec<String> {
    let mut violations = Vec::new();
    let outside = |file: &&File| !modules.contains(&file.module().as_str()) && !is_test(file);
    for file in sources().iter().filter(outside) {
        let lines: Vec<(usize, String)> =
            if with_tests { file.code().collect() } else { file.code_without_tests().collect() };
        for (line, code) in lines {
            violations.extend(
                words.iter().filter(|word| code.contains(**word)).map(|word| at(&file.path, line, word)),
            );
        }
    }
    violations
}

#[test]
fn the_operating_system_is_met_in_one_place() {
    let words = ["std::fs", "std::env", "std::process", "std::net", "std::os::"];
    none(words_outside(&words, &["sys", "cli", "main"], false));
}

#[test]
fn the_terminal_is_met_in_one_place() {
    let words = [
        "clap::",
        "clap_complete",
        "clap_mangen",
        "indicatif",
        "anyhow",
        "comfy_table",
        "println!",
        "eprintln!",
    ];
    none(words_outside(&words, &["cli", "main"], true));
}

#[test]
fn nothing_is_left_to_do() {
    none(words_outside(&["todo!", "unimplemented!", "unreachable!", "dbg!"], &[], false));
}

#[test]
fn files_are_short() {
    let long = sources().into_iter().filter(|file| file.lines.len() > LINES_OF_A_FILE);
    none(long.map(|file| at(&file.path, file.lines.len(), "too many lines")).collect());
}

/// Functions of a file: name, first line, number of lines.
fn functions(file: &File) -> Vec<(String, usize, usize)> {
    let (mut found, mut open): (Vec<_>, Vec<(String, usize, i32)>) = (Vec::new(), Vec::new());
    let (mut depth, mut waiting): (i32, Option<(String, usize)>) = (0, None);
    for (number, code) in file.code_without_tests() {
        if let Some(name) = function_name(&code) {
            waiting = Some((name, number));
        }
        for c in code.chars() {
            match c {
                '{' => {
                    if let Some((name, line)) = waiting.take() {
                        open.push((name, line, depth));
                    }
                    depth += 1;
                }
                '}' => {
                    depth -= 1;
                    if open.last().is_some_and(|(_, _, at)| *at == depth) {
                        let (name, line, _) = open.pop().unwrap();
                        found.push((name, line, number + 1 - line));
                    }
                }
                ';' => waiting = None,
                _ => {}
            }
        }
    }
    found
}

/// The name after `fn`, if a function begins on this line.
fn function_name(code: &str) -> Option<String> {
    let words: Vec<&str> = code.split_whitespace().collect();
    let before = words.iter().position(|word| *word == "fn")?;
    let modifiers = ["pub", "pub(super)", "pub(crate)", "const", "unsafe", "async", "extern"];
    let only_modifiers = words[..before]
        .iter()
        .all(|word| modifiers.contains(word) || word.starts_with("pub(") || word.ends_with(')'));
    let name = words.get(before + 1)?.split(['(', '<']).next()?;
    only_modifiers.then(|| name.to_owned())
}

#[test]
fn functions_are_short() {
    let mut violations = Vec::new();
    let mut seen = 0;
    for file in sources().into_iter().filter(|file| !is_test(file)) {
        for (name, line, lines) in functions(&file) {
            seen += 1;
            if lines > LINES_OF_A_FUNCTION {
                violations.push(at(&file.path, line, &format!("{name} has {lines} lines")));
            }
        }
    }
    assert!(seen > 400, "only {seen} functions were found");
    none(violations);
}
