//! `connie compare`: shows where two runs differ.

use std::io::Write;
use std::path::{Path, PathBuf};

use connie_history::compare::{Comparison, Options, RunPoint, ValueParting, WayParting, What, compare};
use connie_recording::amounts::counted;
use connie_recording::plain::around;
use connie_recording::render::Bounds;
use connie_recording::{Recording, reader};
use indicatif::{ProgressBar, ProgressStyle};

use crate::failure::Failure;
use crate::format::{self, Format};
use crate::source::Sources;
use crate::{folder, numbers, screen, style};

/// The maximum number of characters shown of each of two differing values, around the first difference.
const SHOWN: usize = 100;

/// Show where two runs differ: values, control flow and output.
#[derive(clap::Args)]
#[command(
    after_help = "Two runs are compared while both are at the same place: the same line of the same function, at the same depth \
    of the stack. The code may have been edited in between. Times, addresses and the order of sets are ignored.\n\n\
    The exit code is 0 if nothing differs, and 1 if something does. To see a step: connie view RUN --step N"
)]
pub struct Arguments {
    /// The first recording: latest, an id or its beginning, or a path [default: the run of the same program before
    /// RIGHT]
    #[arg(value_name = "LEFT")]
    left: Option<String>,
    /// The second recording
    #[arg(value_name = "RIGHT", default_value = "latest")]
    right: String,
    /// Do not compare variables with this name (glob; may be repeated)
    #[arg(long, value_name = "NAME")]
    ignore: Vec<String>,
    /// Show at most N values, and N places where control flow differs
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = numbers::count("differences"), allow_negative_numbers = true)]
    most: usize,
    /// Compare at most N items of a container
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = numbers::count("items"), allow_negative_numbers = true)]
    max_items: usize,
    /// Compare at most N levels of containers within containers, counted from a variable
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = numbers::count("containers"), allow_negative_numbers = true)]
    max_depth: usize,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = format::among(format::TEXT))]
    format: Format,
}

/// Runs the command.
///
/// # Errors
/// If a recording does not exist or cannot be read.
pub fn run(arguments: &Arguments) -> Result<i32, Failure> {
    let right = folder::resolve(&arguments.right)?;
    let left = match &arguments.left {
        Some(left) => folder::resolve(left)?,
        None => before(&right)?,
    };
    let (left, right) = (Recording::open(&left)?, Recording::open(&right)?);
    // It is only shown on a terminal.
    let bar = ProgressBar::new(left.info.steps.min(right.info.steps));
    if let Ok(style) = ProgressStyle::with_template("comparing {wide_bar} {human_pos} of {human_len} steps") {
        bar.set_style(style);
    }
    let progress = |steps: u64| {
        bar.set_position(steps);
        true
    };
    let ignored = |name: &str| arguments.ignore.iter().any(|pattern| fast_glob::glob_match(pattern, name));
    let bounds = Bounds { string: 4096, items: arguments.max_items, depth: arguments.max_depth };
    let options = Options { most: arguments.most.max(1), ignored: &ignored, bounds, progress: &progress };
    let found = compare(&left, &right, &options)?;
    bar.finish_and_clear();
    match arguments.format {
        Format::Json => format::json(&found)?,
        _ => Printer { recordings: [&left, &right], sources: [Sources::new(&left), Sources::new(&right)] }
            .print(&found, &mut screen::stdout())?,
    }
    Ok(i32::from(!found.is_same()))
}

/// The previous run of the same program.
fn before(right: &Path) -> Result<PathBuf, Failure> {
    let program = |path: &Path| reader::info(path).ok().map(|info| (info.root, info.program));
    let of_right = program(right);
    let missing = || Failure::NotFound("there is no earlier run of that program: name two recordings".into());
    let folder = right.parent().ok_or_else(missing)?;
    let earlier = folder::recordings(folder).into_iter().rev().skip_while(|path| path != right).skip(1);
    earlier.into_iter().find(|path| program(path) == of_right && folder::shows_something(path)).ok_or_else(missing)
}

struct Printer<'a> {
    recordings: [&'a Recording; 2],
    sources: [Sources<'a>; 2],
}

/// The marks and styles of the left and the right run.
const SIDES: [(&str, screen::Style); 2] = [("-", style::REMOVED), ("+", style::GOOD)];

impl Printer<'_> {
    fn print(&mut self, found: &Comparison, out: &mut impl Write) -> Result<(), Failure> {
        for (n, (sign, colour)) in SIDES.iter().enumerate() {
            let info = &self.recordings[n].info;
            let (id, steps) = (folder::id(self.recordings[n].path()), counted(found.steps[n], "step"));
            let sign = sign.repeat(3);
            writeln!(out, "{colour}{sign} {id}{colour:#}  {} · {} · {steps}", info.program, found.results[n])?;
        }
        if found.is_same() {
            let how = match found.identical {
                true => "nothing differs",
                false => "nothing differs, within the limits of the comparison (--max-depth, --max-items)",
            };
            writeln!(out, "\n{}{how}{:#}", style::GOOD, style::GOOD)?;
            return Ok(());
        }
        self.files(found, out)?;
        self.partings(found, out)?;
        for one in &found.output {
            head(out, &format!("{}, line {}", one.stream, one.line))?;
            let texts = shown(&one.texts, "(no more)");
            for (n, text) in texts.iter().enumerate() {
                side(out, n, text, one.steps[n])?;
            }
        }
        self.counts(found, out)
    }

    fn files(&self, found: &Comparison, out: &mut impl Write) -> std::io::Result<()> {
        if found.files.is_empty() && found.threads.iter().all(Vec::is_empty) {
            return Ok(());
        }
        head(out, "files and threads")?;
        for file in &found.files {
            match file.ran {
                [true, true] => writeln!(out, "  {}  was edited", file.path)?,
                [left, _] => side(out, usize::from(!left), &file.path, None)?,
            }
        }
        for (n, names) in found.threads.iter().enumerate() {
            for name in names {
                side(out, n, &format!("thread {name}"), None)?;
            }
        }
        Ok(())
    }

    /// Prints differences of values and control flow in the order in which they first occurred.
    fn partings(&mut self, found: &Comparison, out: &mut impl Write) -> std::io::Result<()> {
        if found.values.is_empty() && found.ways.is_empty() {
            return Ok(());
        }
        head(out, "where the runs differ")?;
        let (mut values, mut ways) = (found.values.iter().peekable(), found.ways.iter().peekable());
        loop {
            match (values.peek(), ways.peek()) {
                (Some(value), way) if way.is_none_or(|way| value.at[0].step <= way.step()) => {
                    self.value(value, out)?;
                    values.next();
                }
                (_, Some(way)) => {
                    self.way(way, out)?;
                    ways.next();
                }
                _ => break,
            }
        }
        if found.more {
            writeln!(out, "  {}and more: see --most{:#}", style::DIM, style::DIM)?;
        }
        Ok(())
    }

    fn value(&mut self, value: &ValueParting, out: &mut impl Write) -> std::io::Result<()> {
        let name = match value.what {
            What::Variable => format!("{}{}{}{:#}", style::NAME, value.name, value.path, style::NAME),
            What::Returned => format!("returned{}", inside(&value.path)),
            What::Yielded => format!("yielded{}", inside(&value.path)),
            What::Raised => format!("raised{}", inside(&value.path)),
        };
        let doubt = if value.in_doubt { "?" } else { "" };
        let function = in_function(&value.at[0]);
        writeln!(out, "  {name}{doubt} in {function}{}", times(value.times))?;
        let line = |n: usize| value.made_by[n].unwrap_or(value.at[n].line);
        // The call itself makes its arguments. For other values the line that made them may be unknown: they were seen
        // here.
        let is_here = value.made_by[0].is_some() || value.at[0].event == "call";
        let how = if is_here { "" } else { "before " };
        self.code(out, how, [&value.at[0], &value.at[1]], [line(0), line(1)])?;
        let texts = shown(&value.texts, "(nothing)");
        for (n, text) in texts.iter().enumerate() {
            side(out, n, text, Some(value.at[n].step))?;
        }
        if value.alike > 0 {
            let more = style::grouped(value.alike);
            writeln!(out, "    {}… and {more} more like this{:#}", style::DIM, style::DIM)?;
        }
        Ok(())
    }

    fn way(&mut self, way: &WayParting, out: &mut impl Write) -> std::io::Result<()> {
        match &way.after {
            Some(after) => {
                writeln!(out, "  control flow differs in {}{}", in_function(&after[0]), times(way.times))?;
                self.code(out, "", [&after[0], &after[1]], [after[0].line, after[1].line])?;
            }
            None => writeln!(out, "  control flow differs from the start{}", times(way.times))?,
        }
        for (n, next) in way.next.iter().enumerate() {
            match next {
                None => side(out, n, "ends", None)?,
                Some(next) => {
                    let code = self.sources[n].line(next.source, next.line);
                    let text = match next.event {
                        "line" => format!("{}: {code}", next.line),
                        "return" | "yield" => format!("{}s from {}", next.event, next.function),
                        "raise" => format!("{}: {code} raises", next.line),
                        event => format!("{event}s {}", next.function),
                    };
                    side(out, n, &text, Some(next.step))?;
                }
            }
        }
        if let (None, [Some(_), Some(_)]) = (&way.met, &way.next) {
            writeln!(out, "    {}the runs do not meet again{:#}", style::DIM, style::DIM)?;
        }
        Ok(())
    }

    /// Prints a line of code; both versions if it was edited.
    fn code(
        &mut self,
        out: &mut impl Write,
        how: &str,
        places: [&RunPoint; 2],
        lines: [u32; 2],
    ) -> std::io::Result<()> {
        let texts = [0, 1].map(|n| self.sources[n].line(places[n].source, lines[n]));
        let places = [0, 1].map(|n| {
            let root = format!("{}/", self.recordings[n].info.root);
            let file = &places[n].file;
            format!("{how}{}:{}", file.strip_prefix(&root).unwrap_or(file), lines[n])
        });
        if texts[0] == texts[1] {
            let [text, _] = texts;
            return writeln!(out, "    {}{}{:#}  {text}", style::DIM, places[0], style::DIM);
        }
        for (n, text) in texts.iter().enumerate() {
            let (sign, colour) = SIDES[n];
            writeln!(out, "    {colour}{sign}{colour:#} {}{}{:#}  {text}", style::DIM, places[n], style::DIM)?;
        }
        Ok(())
    }

    fn counts(&mut self, found: &Comparison, out: &mut impl Write) -> Result<(), Failure> {
        const MAX_ROWS: usize = 12;
        if !found.calls.is_empty() {
            head(out, "calls")?;
            for one in found.calls.iter().take(MAX_ROWS) {
                let line = one.line[1].or(one.line[0]).unwrap_or(0);
                let [left, right] = one.calls.map(style::grouped);
                writeln!(
                    out,
                    "  {}  {}{left}{:#} → {}{right}{:#}  {}{}:{line}{:#}",
                    one.function,
                    SIDES[0].1,
                    SIDES[0].1,
                    SIDES[1].1,
                    SIDES[1].1,
                    style::DIM,
                    one.file,
                    style::DIM
                )?;
            }
            rest(out, found.calls.len(), MAX_ROWS)?;
        }
        if !found.lines.is_empty() {
            head(out, "lines that ran in only one run")?;
            for one in found.lines.iter().take(MAX_ROWS) {
                let code = self.sources[one.ran_in].line(one.source, one.line);
                side(
                    out,
                    one.ran_in,
                    &format!("{}{}:{}{:#}  {code}", style::DIM, one.file, one.line, style::DIM),
                    None,
                )?;
            }
            rest(out, found.lines.len(), MAX_ROWS)?;
        }
        Ok(())
    }
}

fn head(out: &mut impl Write, text: &str) -> std::io::Result<()> {
    writeln!(out, "\n{}{text}{:#}", style::BOLD, style::BOLD)
}

fn rest(out: &mut impl Write, all: usize, shown: usize) -> std::io::Result<()> {
    match all.checked_sub(shown).filter(|more| *more > 0) {
        Some(more) => writeln!(out, "  {}and {more} more: see --format json{:#}", style::DIM, style::DIM),
        None => Ok(()),
    }
}

/// `Order.add`, with its thread if that is not the main one.
fn in_function(place: &RunPoint) -> String {
    match place.thread.as_str() {
        "MainThread" => place.function.clone(),
        thread => format!("{} ({thread})", place.function),
    }
}

/// ` (…).items[1]`: the path within a value without a name.
fn inside(path: &str) -> String {
    if path.is_empty() { String::new() } else { format!(" (…){path}") }
}

fn times(times: u64) -> String {
    if times > 1 { format!(", {} times", style::grouped(times)) } else { String::new() }
}

/// `  - text   step 12`
fn side(out: &mut impl Write, n: usize, text: &str, step: Option<u64>) -> std::io::Result<()> {
    let (sign, colour) = SIDES[n];
    let step =
        step.map_or_else(String::new, |step| format!("  {}step {}{:#}", style::DIM, style::grouped(step), style::DIM));
    writeln!(out, "    {colour}{sign}{colour:#} {text}{step}")
}

/// Two texts; long ones are shown around their first difference.
fn shown(texts: &[Option<String>; 2], missing: &str) -> [String; 2] {
    let [Some(left), Some(right)] = texts else {
        let cut = |text: &String| around(text, 0, SHOWN).into_owned();
        return texts.each_ref().map(|text| text.as_ref().map_or_else(|| missing.to_owned(), cut));
    };
    let same = left.chars().zip(right.chars()).take_while(|(a, b)| a == b).count();
    [left, right].map(|text| around(text, same, SHOWN).into_owned())
}
