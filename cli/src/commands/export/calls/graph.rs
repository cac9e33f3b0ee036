//! The call graph, as a picture and for Graphviz: functions with their times, and arrows from callers to callees.

use std::fmt::Write as _;
use std::io::Write;

use connie_history::call_tree::{CallTree, Totals};
use connie_history::profile::sum;
use connie_recording::Recording;
use connie_recording::amounts::{counted, duration, grouped};
use connie_recording::plain::one_line;
use layout::backends::svg::SVGWriter;
use layout::core::base::Orientation;
use layout::core::color::Color;
use layout::core::geometry::Point;
use layout::core::style::StyleAttr;
use layout::std_shapes::shapes::{Arrow, Element, ShapeKind};
use layout::topo::layout::VisualGraph;
use rustc_hash::FxHashMap;

use super::labels::Labels;
use crate::failure::Failure;

/// The maximum number of functions: those with the most time.
const MAX_FUNCTIONS: usize = 60;
/// The least share of the time of a function and of an arrow, in percent.
const LEAST: f64 = 0.5;
/// The size of a character, in pixels.
const CHARACTER: (f64, f64) = (7.4, 16.0);

/// The part of the call graph that is drawn.
struct Graph {
    title: String,
    functions: Vec<Function>,
    /// Caller and callee (indexes of functions), share of the time in percent, and label.
    arrows: Vec<(usize, usize, f64, String)>,
}

struct Function {
    /// Name, place, times and calls.
    lines: Vec<String>,
    /// The share of the time in the function itself, in percent.
    own: f64,
}

impl Graph {
    fn of(recording: &Recording) -> Result<Self, Failure> {
        let (labels, tree) = (Labels::of(recording)?, CallTree::of(recording));
        let sums = tree.sums();
        let outermost = tree.nodes.iter().filter(|node| node.caller.is_none());
        let all = sum(outermost.map(|node| node.total));
        let share = |time: u64| 100.0 * time as f64 / all.max(1) as f64;
        let mut known: Vec<(u32, &Totals)> = sums.functions.iter().map(|(code, totals)| (*code, totals)).collect();
        known.sort_by_key(|(code, totals)| (std::cmp::Reverse(totals.total), *code));
        let shown = known.iter().take(MAX_FUNCTIONS).take_while(|(_, totals)| share(totals.total) >= LEAST).count();
        let left_out = known.len() - shown;
        known.truncate(shown);
        let function = |(code, totals): &(u32, &Totals)| {
            let times = format!("{:.1} % ({:.1} % own)", share(totals.total), share(totals.own));
            let calls = format!("{} · {}", duration(totals.total), counted(totals.calls, "call"));
            let lines = vec![labels.plain_name(*code).to_owned(), labels.place(*code).to_owned(), times, calls];
            Function { lines, own: share(totals.own) }
        };
        let places: FxHashMap<u32, usize> = known.iter().enumerate().map(|(n, (code, _))| (*code, n)).collect();
        let arrow = |((caller, callee), totals): (&(u32, u32), &Totals)| {
            let label = format!("{:.1} % · {}×", share(totals.total), grouped(totals.calls));
            Some((*places.get(caller)?, *places.get(callee)?, share(totals.total), label))
        };
        let mut arrows: Vec<_> = sums.pairs.iter().filter_map(arrow).filter(|arrow| arrow.2 >= LEAST).collect();
        arrows.sort_by_key(|(caller, callee, ..)| (*caller, *callee));
        let mut title = format!("{} · {}", one_line(&recording.info.program), duration(all));
        if left_out > 0 {
            let _ = write!(title, " · {} with less time left out", counted(left_out as u64, "function"));
        }
        Ok(Self { title, functions: known.iter().map(function).collect(), arrows })
    }
}

/// Writes the graph for Graphviz.
///
/// # Errors
/// If the recording cannot be read, or `out` cannot be written.
pub fn dot(recording: &Recording, out: &mut impl Write) -> Result<(), Failure> {
    write_dot(&Graph::of(recording)?, out)
}

fn write_dot(graph: &Graph, out: &mut impl Write) -> Result<(), Failure> {
    let quoted = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    writeln!(out, "digraph calls {{\n  label={};\n  labelloc=t;", quoted(&graph.title))?;
    writeln!(out, "  node [shape=box, style=\"filled,rounded\", fontname=\"sans-serif\"];")?;
    writeln!(out, "  edge [fontname=\"sans-serif\", fontsize=10];")?;
    for (n, function) in graph.functions.iter().enumerate() {
        let lines: Vec<String> = function.lines.iter().map(|line| quoted(line).trim_matches('"').to_owned()).collect();
        let fill = heat(function.own);
        writeln!(out, "  f{n} [label=\"{}\", fillcolor=\"#{:06x}\"];", lines.join("\\n"), fill >> 8)?;
    }
    for (caller, callee, share, label) in &graph.arrows {
        writeln!(out, "  f{caller} -> f{callee} [label={}, penwidth={:.1}];", quoted(label), width(*share))?;
    }
    writeln!(out, "}}")?;
    Ok(out.flush()?)
}

/// Writes the graph as a picture.
///
/// # Errors
/// If the recording cannot be read, or `out` cannot be written.
pub fn svg(recording: &Recording, out: &mut impl Write) -> Result<(), Failure> {
    out.write_all(picture(&Graph::of(recording)?).as_bytes())?;
    Ok(out.flush()?)
}

fn picture(graph: &Graph) -> String {
    let mut drawn = VisualGraph::new(Orientation::TopToBottom);
    let node = |function: &Function| {
        let widest = function.lines.iter().map(|line| line.chars().count()).max().unwrap_or(0);
        let size = Point::new(CHARACTER.0 * widest as f64 + 16.0, CHARACTER.1 * function.lines.len() as f64 + 12.0);
        let style = StyleAttr::new(Color::new(0x5555_55ff), 1, Some(Color::new(heat(function.own))), 6, 13);
        Element::create(ShapeKind::new_box(&function.lines.join("\n")), style, Orientation::TopToBottom, size)
    };
    let handles: Vec<_> = graph.functions.iter().map(|function| drawn.add_node(node(function))).collect();
    for (caller, callee, share, label) in &graph.arrows {
        let look = StyleAttr::new(Color::new(0x5555_55ff), width(*share).round() as usize, None, 0, 11);
        drawn.add_edge(Arrow { look, ..Arrow::simple(label) }, handles[*caller], handles[*callee]);
    }
    let mut writer = SVGWriter::new();
    if !handles.is_empty() {
        drawn.do_it(false, false, false, &mut writer);
    }
    let title = askama::filters::escape(&graph.title, askama::filters::Html)
        .map_or_else(|_| String::new(), |text| text.to_string());
    let picture = writer.finalize().replace("font-family: Times, serif;", "font-family: system-ui, sans-serif;");
    let back = "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>";
    picture.replacen("<defs>", &format!("<title>{title}</title>{back}<defs>"), 1)
}

/// From white to red, by the share of the time in the function itself.
fn heat(own: f64) -> u32 {
    let cold = 255 - (own.clamp(0.0, 60.0) / 60.0 * 150.0) as u32;
    0xff00_00ff | cold << 16 | cold << 8
}

/// The width of an arrow, in pixels.
fn width(share: f64) -> f64 {
    1.0 + share.clamp(0.0, 100.0) / 100.0 * 4.0
}

#[cfg(test)]
mod tests {
    use layout::gv::DotParser;

    use super::*;

    /// A graph whose texts have characters that mean something in both formats.
    fn graph() -> Graph {
        let function = |name: &str| Function { lines: vec![name.to_owned(), "a.py:1".to_owned()], own: 10.0 };
        let functions = vec![function("<module>"), function("a\"b\\"), function("\u{202e}&c")];
        let arrow = |caller, callee| (caller, callee, 50.0, "50 % · \"1\"".to_owned());
        // Calls of itself, circles, and a function that nothing calls.
        Graph { title: "<a> \"&\"".to_owned(), functions, arrows: vec![arrow(0, 1), arrow(1, 0), arrow(1, 1)] }
    }

    #[test]
    fn graphviz_reads_it() {
        let mut out = Vec::new();
        write_dot(&graph(), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains("f1 -> f1"), "{text}");
        DotParser::new(&text).process().unwrap();
    }

    #[test]
    fn texts_are_escaped() {
        let text = picture(&graph());
        assert!(text.contains("<title>&#60;a&#62; &#34;&#38;&#34;</title>"), "{text}");
        assert!(text.contains("&lt;module&gt;") && text.contains("&amp;c"), "{text}");
        assert_eq!(text.matches("<rect").count(), 4, "{text}");
        picture(&Graph { title: String::new(), functions: Vec::new(), arrows: Vec::new() });
    }
}
