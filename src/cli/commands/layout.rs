//! `offhost layout`: the record map of a copybook, and the schemas it turns into.

use std::path::Path;

use crate::cli::args::{
    AreaOf, ArithOf, BinarySizeOf, Compiler, DialectOf, Format, Layout, LayoutForm, NsymbolOf, NumprocOf,
    PointerOf, TruncOf,
};
use crate::cli::exit::CommandResult;
use crate::cli::table::{table, text};
use crate::cli::ui::Ui;
use crate::copybook::{
    self, Area, Arith, BinarySize, CompilerOptions, CopybookOptions, Dialect, Nsymbol, Numproc, PointerSize,
    RecordMapRow, SourceFormat, Trunc, table_rows,
};
use crate::job::CopyFolders;
use crate::sys::RealFs;

pub(in crate::cli) fn execute(arguments: &Layout, ui: &Ui) -> CommandResult {
    let path = &arguments.copybook;
    let folder = path.parent().map(Path::to_owned).unwrap_or_default();
    let folders = std::iter::once(folder).chain(arguments.include.iter().cloned()).collect();
    let mut library = CopyFolders::new(&RealFs, folders);
    let source = library.read(path)?;
    let (layout, found) = copybook::parse_with(&source, &options(arguments), &mut library);
    let Some(layout) = layout else { return Err(found.into()) };
    ui.diagnostics(&found);
    let form = if arguments.json { LayoutForm::Json } else { arguments.to };
    let answer = match form {
        LayoutForm::Table => describe(&layout),
        LayoutForm::Json => copybook::to_json_text(&layout),
        LayoutForm::Schema => format!("{:#}\n", copybook::to_json_schema(&layout)),
        LayoutForm::Sql => copybook::to_sql(&layout),
        LayoutForm::Arrow => format!("{:#}\n", copybook::to_arrow(&layout)),
    };
    ui.answer(&answer)?;
    Ok(0)
}

fn options(arguments: &Layout) -> CopybookOptions {
    let format = match arguments.format {
        Format::Auto => SourceFormat::Auto,
        Format::Fixed => SourceFormat::Fixed,
        Format::Free => SourceFormat::Free,
    };
    let area = match arguments.area {
        AreaOf::File => Area::File,
        AreaOf::Storage => Area::WorkingStorage,
    };
    CopybookOptions {
        format,
        area,
        compiler: compiler(&arguments.compiler),
        debug_lines: arguments.debug_lines,
        decimal_point_is_comma: arguments.decimal_point_is_comma,
        currency: arguments.currency.clone(),
    }
}

fn compiler(arguments: &Compiler) -> CompilerOptions {
    CompilerOptions {
        dialect: match arguments.dialect {
            DialectOf::Ibm => Dialect::Ibm,
            DialectOf::GnuCobol => Dialect::GnuCobol,
            DialectOf::MicroFocus => Dialect::MicroFocus,
        },
        binary_size: arguments.binary_size.map(|size| match size {
            BinarySizeOf::Words => BinarySize::Words,
            BinarySizeOf::Powers => BinarySize::Powers,
            BinarySizeOf::Fewest => BinarySize::Fewest,
        }),
        trunc: match arguments.trunc {
            TruncOf::Std => Trunc::Std,
            TruncOf::Opt => Trunc::Opt,
            TruncOf::Bin => Trunc::Bin,
        },
        numproc: match arguments.numproc {
            NumprocOf::Nopfd => Numproc::NoPfd,
            NumprocOf::Pfd => Numproc::Pfd,
            NumprocOf::Mig => Numproc::Mig,
        },
        arith: match arguments.arith {
            ArithOf::Compat => Arith::Compat,
            ArithOf::Extend => Arith::Extend,
        },
        nsymbol: match arguments.nsymbol {
            NsymbolOf::National => Nsymbol::National,
            NsymbolOf::Dbcs => Nsymbol::Dbcs,
        },
        pointer: match arguments.pointer {
            PointerOf::Bits31 => PointerSize::Bits31,
            PointerOf::Bits64 => PointerSize::Bits64,
        },
    }
}

fn describe(layout: &copybook::Layout) -> String {
    let mut map =
        table(&["level", "name", "picture", "usage", "offset", "length", "occurs", "redefines"], &[4, 5]);
    for row in table_rows(layout) {
        let RecordMapRow { level, name, picture, usage, offset, length, occurs, redefines } = row;
        map.add_row([
            level.map(|level| format!("{level:02}")).unwrap_or_default(),
            name,
            picture,
            usage.to_owned(),
            range(offset, "-"),
            range(length, "-"),
            occurs,
            redefines,
        ]);
    }
    let mut lengths = String::new();
    if layout.roots().count() > 1 {
        for (_, record) in layout.roots() {
            let times = record.occurs.as_ref().map_or((1, 1), |o| (o.min as usize, o.max as usize));
            let length = (record.length_min * times.0, record.length * times.1);
            lengths.push_str(&format!("{} {} bytes\n", record.display_name(), range(length, " to ")));
        }
    }
    let length = range((layout.length_min(), layout.length()), " to ");
    format!("{}{lengths}record length {length} bytes\n", text(&map))
}

/// `12`, or `12-40` where it depends on counters.
fn range((least, most): (usize, usize), between: &str) -> String {
    if least == most { most.to_string() } else { format!("{least}{between}{most}") }
}
