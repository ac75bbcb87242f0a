//! The drawing as SVG: no script, no font, nothing that is fetched.

use std::fmt::Write;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::layers::{Layers, Spot};
use super::xml::escaped;
use super::{Drawing, Kind, Node};

/// Width of a character of 12 px monospace.
const CHARACTER: f64 = 7.3;
/// Height of a line.
const LINE: f64 = 16.0;
/// Space in a node around its text.
const PADDING: f64 = 10.0;
/// Between neighbours in a layer.
const GAP: f64 = 24.0;
/// Between layers.
const STOREY: f64 = 44.0;
/// Around it all.
const MARGIN: f64 = 12.0;
/// Longest line; the whole text is in the tooltip.
const LONGEST: usize = 36;

const STYLE: &str = "\
.offhost text{font:12px ui-monospace,Menlo,Consolas,monospace;fill:#1c2430}\
.offhost .name{font-weight:bold}\
.offhost rect{stroke:#44546a;stroke-width:1.2;fill:#fff}\
.offhost .step rect{fill:#e8eef8;stroke:#2b4c8c;stroke-width:2}\
.offhost .output rect{fill:#e9f5ec;stroke:#2d7a46}\
.offhost .temporary rect{stroke-dasharray:5 4;fill:#fafafa}\
.offhost path{fill:none;stroke:#44546a;stroke-width:1.3}\
.offhost path.total{stroke-dasharray:2 4}\
.offhost .head{fill:#44546a;stroke:none}\
@media(prefers-color-scheme:dark){\
.offhost text{fill:#e4e8ee}.offhost rect{fill:#20262e;stroke:#9fb0c8}.offhost .step rect{fill:#24344f;stroke:#86a8e8}\
.offhost .output rect{fill:#1f3a29;stroke:#7cc894}.offhost .temporary rect{fill:#1b2026}\
.offhost path{stroke:#9fb0c8}.offhost .head{fill:#9fb0c8}}";

/// The drawing as an SVG document.
pub fn svg(drawing: &Drawing) -> String {
    let widths: Vec<f64> = drawing.nodes.iter().map(width).collect();
    let layers = Layers::of(drawing, &widths, GAP);
    let mut tops = Vec::new();
    let mut bottom = MARGIN;
    for layer in &layers.layers {
        tops.push(bottom);
        bottom += tallest(drawing, &layers, layer) + STOREY;
    }
    let right = layers.spots.iter().map(|spot| spot.x + spot.width / 2.0).fold(0.0, f64::max);
    let (wide, high) = (right + 2.0 * MARGIN, (bottom - STOREY).max(0.0) + MARGIN);
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"offhost\" viewBox=\"0 0 {wide:.0} {high:.0}\" \
         width=\"{wide:.0}\" height=\"{high:.0}\" role=\"img\">\n<title>{}</title>\n<style>{STYLE}</style>\n\
         <defs><marker id=\"head\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" \
         orient=\"auto\"><path class=\"head\" d=\"M0 0L8 4L0 8z\"/></marker></defs>\n",
        escaped(&drawing.title)
    );
    let mut rank_of = vec![0; layers.spots.len()];
    for (rank, layer) in layers.layers.iter().enumerate() {
        layer.iter().for_each(|spot| rank_of[*spot] = rank);
    }
    for (edge, path) in drawing.edges.iter().zip(&layers.paths) {
        let class = if edge.data { "data" } else { "total" };
        let points = path.iter().map(|spot| (&layers.spots[*spot], rank_of[*spot]));
        let line = line(drawing, &layers, &tops, points);
        let _ = writeln!(text, "<path class=\"{class}\" d=\"{line}\" marker-end=\"url(#head)\"/>");
    }
    for (at, spot) in layers.spots.iter().enumerate() {
        if let Some(one) = spot.of.map(|of| &drawing.nodes[of]) {
            let layer = tallest(drawing, &layers, &layers.layers[rank_of[at]]);
            draw(one, spot, tops[rank_of[at]] + (layer - height(one)) / 2.0, &mut text);
        }
    }
    text.push_str("</svg>\n");
    text
}

fn draw(one: &Node, spot: &Spot, top: f64, text: &mut String) {
    let (left, high) = (MARGIN + spot.x - spot.width / 2.0, height(one));
    let radius = if one.kind == Kind::Step { 8 } else { 2 };
    let whole = std::iter::once(&one.name).chain(&one.lines).map(|line| escaped(line)).collect::<Vec<_>>();
    let _ = writeln!(text, "<g class=\"{}\"><title>{}</title>", one.kind.name(), whole.join("\n"));
    let _ = writeln!(
        text,
        "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{high:.1}\" rx=\"{radius}\"/>",
        spot.width
    );
    for (index, line) in std::iter::once(&one.name).chain(&one.lines).enumerate() {
        let class = if index == 0 { " class=\"name\"" } else { "" };
        let base = top + PADDING + LINE * index as f64 + 11.0;
        let _ = writeln!(
            text,
            "<text{class} x=\"{:.1}\" y=\"{base:.1}\">{}</text>",
            left + PADDING,
            escaped(&shortened(line))
        );
    }
    text.push_str("</g>\n");
}

/// The line of an edge: from the lower edge of the first box to the upper edge of the last one, bent in every layer between.
fn line<'l>(
    drawing: &Drawing,
    layers: &Layers,
    tops: &[f64],
    points: impl Iterator<Item = (&'l Spot, usize)>,
) -> String {
    let mut line = String::new();
    let mut last = None;
    for (spot, rank) in points {
        let layer = tallest(drawing, layers, &layers.layers[rank]);
        let high = spot.of.map_or(layer, |of| height(&drawing.nodes[of]));
        let (x, top) = (MARGIN + spot.x, tops[rank] + (layer - high) / 2.0);
        match last {
            None => {
                let _ = write!(line, "M{x:.1} {:.1}", top + high);
            }
            Some((before, from)) => {
                let middle = (from + top) / 2.0;
                let _ = write!(line, "C{before:.1} {middle:.1} {x:.1} {middle:.1} {x:.1} {top:.1}");
                if spot.of.is_none() {
                    let _ = write!(line, "V{:.1}", top + high);
                }
            }
        }
        last = Some((x, top + high));
    }
    line
}

fn tallest(drawing: &Drawing, layers: &Layers, layer: &[usize]) -> f64 {
    let heights = layer.iter().filter_map(|spot| layers.spots[*spot].of).map(|of| height(&drawing.nodes[of]));
    heights.fold(0.0, f64::max)
}

fn height(one: &Node) -> f64 {
    2.0 * PADDING + LINE * (one.lines.len() + 1) as f64 - 2.0
}

fn width(one: &Node) -> f64 {
    let lines = std::iter::once(&one.name).chain(&one.lines).map(|line| shortened(line).width());
    2.0 * PADDING + CHARACTER * lines.max().unwrap_or(0) as f64
}

/// A text of at most [`LONGEST`] columns; of a longer one the end is kept too, where names of files differ.
fn shortened(text: &str) -> String {
    if text.width() <= LONGEST {
        return text.to_owned();
    }
    let cut = |characters: &mut dyn Iterator<Item = char>, columns: usize| {
        let mut used = 0;
        let fits = |character: &char| {
            used += character.width().unwrap_or(0);
            used <= columns
        };
        characters.take_while(fits).collect::<Vec<char>>()
    };
    let start: String = cut(&mut text.chars(), LONGEST / 2).into_iter().collect();
    let end: String = cut(&mut text.chars().rev(), LONGEST / 2 - 1).into_iter().rev().collect();
    format!("{start}\u{2026}{end}")
}
