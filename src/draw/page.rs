//! The drawing as a page: the picture and what is in it as tables, one file that needs nothing else.

use std::fmt::Write;

use super::svg::svg;
use super::xml::escaped;
use super::{Drawing, Kind};

const STYLE: &str = "\
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:75rem;padding:0 1rem;color:#1c2430;background:#fff}\
figure{overflow-x:auto;margin:1.5rem 0}svg{height:auto;max-width:none}\
table{border-collapse:collapse;margin:1rem 0}th,td{border-bottom:1px solid #c8d0da;padding:.3rem .8rem;text-align:left;\
vertical-align:top;white-space:pre-line}td:first-child{font-family:ui-monospace,Menlo,Consolas,monospace}\
@media(prefers-color-scheme:dark){body{color:#e4e8ee;background:#14181d}th,td{border-color:#3a444f}}";

/// The drawing as an HTML document.
pub fn page(drawing: &Drawing) -> String {
    let title = escaped(&drawing.title);
    let mut text = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n\
         <style>{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n"
    );
    if let Some(description) = &drawing.description {
        let _ = writeln!(text, "<p>{}</p>", escaped(description));
    }
    let _ = writeln!(text, "<figure>\n{}</figure>", svg(drawing));
    table(drawing, "Steps", &[Kind::Step], &mut text);
    table(drawing, "Inputs", &[Kind::Input], &mut text);
    table(drawing, "Outputs", &[Kind::Output], &mut text);
    table(drawing, "Temporary datasets", &[Kind::Temporary], &mut text);
    text.push_str("</body>\n</html>\n");
    text
}

fn table(drawing: &Drawing, heading: &str, kinds: &[Kind], text: &mut String) {
    let names = |picked: &mut dyn Iterator<Item = usize>| -> String {
        picked.map(|at| escaped(&drawing.nodes[at].name)).collect::<Vec<_>>().join("\n")
    };
    let rows: Vec<usize> =
        (0..drawing.nodes.len()).filter(|at| kinds.contains(&drawing.nodes[*at].kind)).collect();
    if rows.is_empty() {
        return;
    }
    let (from, to) =
        if kinds.contains(&Kind::Step) { ("reads", "writes") } else { ("written by", "read by") };
    let _ = writeln!(
        text,
        "<h2>{heading}</h2>\n<table>\n<tr><th>name</th><th></th><th>{from}</th><th>{to}</th></tr>"
    );
    for at in rows {
        let edges = || drawing.edges.iter().filter(|edge| edge.data);
        let before = names(&mut edges().filter(|edge| edge.to == at).map(|edge| edge.from));
        let behind = names(&mut edges().filter(|edge| edge.from == at).map(|edge| edge.to));
        let one = &drawing.nodes[at];
        let lines: Vec<String> = one.lines.iter().map(|line| escaped(line)).collect();
        let _ = writeln!(
            text,
            "<tr><td>{}</td><td>{}</td><td>{before}</td><td>{behind}</td></tr>",
            escaped(&one.name),
            lines.join("\n")
        );
    }
    text.push_str("</table>\n");
}
