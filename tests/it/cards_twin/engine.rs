//! The library run on a deck, its data in memory.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use offhost::control::flow::{self, Datasets, Dd, Fit, How, Input, Resources, Shape, Sink, Target};
use offhost::control::message::Listing;
use offhost::control::parse::{self, DeckKind, ParseContext};
use offhost::control::syntax::Dialect;
use offhost::dataset::Written;
use offhost::diag::{Diagnostics, Result, Source, Style, render};
use offhost::encoding::CodePage;
use offhost::record::Block;
use offhost::sys::{RealFs, WriteFile};

/// Records in blocks of so many, so that steps meet several blocks.
const BLOCK: usize = 5;

/// A run of the library: what it wrote to each DD, or what it said.
pub fn run(
    cards: &str,
    input: &[Vec<u8>],
    variable: bool,
    length: usize,
    outputs: &[String],
) -> std::result::Result<BTreeMap<String, Vec<u8>>, String> {
    let mut memory = Memory {
        input: input.to_vec(),
        shape: Shape { variable, length },
        outputs: outputs.iter().map(|name| (name.clone(), Arc::default())).collect(),
    };
    let how = How {
        sorts: None,
        fs: &RealFs,
        page: CodePage::default(),
        clock: jiff::civil::date(2026, 3, 21).at(3, 15, 0, 0),
        dialect: Dialect::Dfsort,
        resources: Resources { threads: 2, memory: 16 << 20, work_folders: Vec::new(), compress: false },
        symbols: None,
    };
    let context = ParseContext { page: how.page, dialect: how.dialect, kind: DeckKind::Main };
    let source = Source::new("cards", cards.to_owned());
    let told = |problems: Diagnostics| -> String {
        problems.list().iter().map(|problem| render(problem, Style::Plain)).collect()
    };
    let deck = parse::deck(&[source], None, &context).map_err(told)?;
    flow::run(&deck, &mut memory, &how, &mut Listing::new()).map_err(told)?;
    Ok(memory.outputs.into_iter().map(|(name, bytes)| (name, bytes.lock().unwrap().clone())).collect())
}

/// DDs in memory.
struct Memory {
    input: Vec<Vec<u8>>,
    shape: Shape,
    outputs: BTreeMap<String, Arc<Mutex<Vec<u8>>>>,
}

impl Memory {
    fn dd(dd: &str) -> Dd {
        Dd::parse(&format!("{dd}=memory")).unwrap()
    }
}

impl Datasets for Memory {
    fn open(&mut self, dd: &str, _told: Option<Shape>) -> Result<Option<Input>> {
        if dd != "SORTIN" {
            return Ok(None);
        }
        let shape = self.shape;
        let mut chunks: Vec<Vec<Vec<u8>>> = self.input.chunks(BLOCK).map(<[_]>::to_vec).collect();
        chunks.reverse();
        let fixed = (!shape.variable).then_some(shape.length);
        let blocks = Box::new(move || {
            Ok(chunks.pop().map(|records| {
                let mut block = Block::empty(fixed);
                records.iter().for_each(|record| block.push(record));
                block
            }))
        });
        Ok(Some(Input { dd: dd.to_owned(), shape, blocks, size: None }))
    }

    fn attributes(&self, dd: &str, made: Shape) -> Result<Option<Shape>> {
        Ok(self.has(dd).then_some(made))
    }

    fn create(&mut self, dd: &str, shape: Shape, fit: Fit) -> Result<Sink> {
        let (format, shape) = Memory::dd(dd).output(shape, CodePage::default())?;
        let file: Box<dyn WriteFile> = Box::new(File(Arc::clone(&self.outputs[dd])));
        Sink::start(Target {
            dd: dd.to_owned(),
            path: PathBuf::from(dd),
            format,
            shape,
            fit,
            file: Some(file),
            before: None,
        })
    }

    fn complete(&mut self, sink: Sink) -> Result<Written> {
        Ok(sink.finish()?.1.written)
    }

    fn text(&mut self, _dd: &str) -> Result<Option<Arc<Source>>> {
        Ok(None)
    }

    fn has(&self, dd: &str) -> bool {
        dd == "SORTIN" || self.outputs.contains_key(dd)
    }
}

/// A file in memory.
struct File(Arc<Mutex<Vec<u8>>>);

impl Write for File {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl WriteFile for File {
    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }
}
