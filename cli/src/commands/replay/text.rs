//! The story of a run, for people: the lines of [`connie_history::story`] with colours.

use std::io::Write;

use anstyle::AnsiColor;
use connie_history::story::{Line, Locals, Teller, What};
use connie_recording::plain::one_line;
use connie_recording::reader::Raised;
use connie_recording::render::Bounds;
use connie_recording::{Error, Recording};

use super::select::Selection;
use crate::failure::Failure;
use crate::screen::Style;
use crate::source::Sources;
use crate::style;

const CALL: Style = Style::new(AnsiColor::Yellow.on_default());
const RAISE: Style = Style::new(AnsiColor::Red.on_default());

struct Printer<'a, W> {
    recording: &'a Recording,
    sources: Sources<'a>,
    out: &'a mut W,
}

/// Writes the story. Returns the errors of chunks that could not be read.
///
/// # Errors
/// If the recording cannot be read at all, or `out` cannot be written.
pub fn write(
    recording: &Recording,
    selection: &Selection,
    locals: Locals,
    bounds: Bounds,
    out: &mut impl Write,
) -> Result<Vec<Error>, Failure> {
    let mut player = selection.player(recording)?;
    let mut teller = Teller::new(recording, &player, locals, bounds)?;
    let mut printer = Printer { recording, sources: Sources::new(recording), out };
    while let Some(step) = player.next_step() {
        if step.number > selection.to {
            break;
        }
        teller.note(&player);
        if selection.shows(&step) {
            teller.step(&player, &step)?;
            teller.take().iter().try_for_each(|line| printer.line(line))?;
        }
    }
    teller.finish();
    teller.take().iter().try_for_each(|line| printer.line(line))?;
    printer.ending()?;
    printer.out.flush()?;
    Ok(player.damaged)
}

impl<W: Write> Printer<'_, W> {
    fn line(&mut self, line: &Line) -> Result<(), Failure> {
        let step = Some(line.step);
        let (dim, call, raise) = (style::DIM, CALL, RAISE);
        let (step, text) = match &line.what {
            What::Thread { name } => return self.heading(format!("thread {} {}", line.thread, one_line(name))),
            What::Task { name: Some(name) } => return self.heading(format!("task {} {}", line.task, one_line(name))),
            What::Task { name: None } => return self.heading("no task".into()),
            What::Comment { text } => (None, format!("{dim}     {text}{dim:#}")),
            What::Code { source, line, goes_on, changes, .. } => {
                let text = self.sources.line(*source, *line);
                let effects = if changes.is_empty() { String::new() } else { format!("    {}", assignments(changes)) };
                (step.filter(|_| !goes_on), format!("{dim}{line:>4}{dim:#} {text}{effects}"))
            }
            What::Changes(changes) => (None, format!("{dim}⤷{dim:#} {}", assignments(changes))),
            What::Call { name, source, line, arguments, .. } => {
                let (name, given) = (one_line(name), assignments(arguments));
                (step, format!("{call}▶ {name}{call:#}({given}) {dim}{}:{line}{dim:#}", self.file(*source)))
            }
            What::Resume { name, .. } => (step, format!("{call}▷ {}{call:#} goes on", one_line(name))),
            What::Return(text) => (step, format!("{call}◀{call:#} {text}")),
            What::Yield(text) => (step, format!("{call}◁ yields{call:#} {text}")),
            What::Raise(text) => (step, format!("{raise}✗ {text}{raise:#}")),
            What::Closed => (step, format!("{call}⨯ closed{call:#}")),
            What::Output { stream, text } => {
                let (sign, colour) = if *stream == 2 { ("stderr", RAISE) } else { ("stdout", style::GOOD) };
                (step, format!("{colour}{sign}│{colour:#} {text}"))
            }
            What::MoreOutput(lines) => (step, format!("{dim}… {} more lines{dim:#}", style::grouped(*lines as u64))),
        };
        let step = step.map_or_else(String::new, |step| step.to_string());
        // Deep recursion must not move the text off the screen.
        let indent = "│ ".repeat(line.depth.min(24));
        writeln!(self.out, "{dim}{step:>8} {indent}{dim:#}{text}")?;
        Ok(())
    }

    fn heading(&mut self, text: String) -> Result<(), Failure> {
        Ok(writeln!(self.out, "{}── {text}{:#}", style::BOLD, style::BOLD)?)
    }

    /// The path of a source below the root of the project.
    fn file(&self, source: u32) -> String {
        let file = self.recording.sources.get(source as usize).map_or("?", |source| &source.path);
        let file = file.strip_prefix(&self.recording.info.root).map_or(file, |rest| rest.trim_start_matches('/'));
        one_line(file).into_owned()
    }

    /// Prints how the program ended: the uncaught exception with its traceback.
    fn ending(&mut self) -> Result<(), Failure> {
        let info = &self.recording.info;
        let raised = info.exception.map(|step| self.recording.exception_at(step)).transpose()?.flatten();
        if let Some(raised) = raised {
            self.traceback(&raised)?;
        }
        match (info.exit_code, info.signal) {
            (_, Some(signal)) => writeln!(self.out, "{RAISE}ended by signal {signal}{RAISE:#}")?,
            (Some(code), _) if code != 0 => writeln!(self.out, "{RAISE}exit code {code}{RAISE:#}")?,
            _ => {}
        }
        if let Some(trouble) = &info.trouble {
            writeln!(self.out, "{}the recording is incomplete: {trouble}{:#}", style::WARNING, style::WARNING)?;
        }
        Ok(())
    }

    fn traceback(&mut self, raised: &Raised) -> Result<(), Failure> {
        writeln!(self.out, "\n{RAISE}Traceback (most recent call last):{RAISE:#}")?;
        for (code, line) in &raised.traceback {
            let Some(function) = self.recording.function(*code) else { continue };
            let file = self.recording.sources.get(function.source as usize).map_or("?", |source| &source.path);
            writeln!(self.out, "  File \"{}\", line {line}, in {}", one_line(file), one_line(&function.name))?;
            writeln!(self.out, "    {}", self.sources.line(function.source, *line))?;
        }
        writeln!(self.out, "{RAISE}{}{RAISE:#} (step {})", raised.at_the_end(), raised.step)?;
        Ok(())
    }
}

fn assignments(variables: &[(String, String)]) -> String {
    let each = variables.iter().map(|(name, text)| format!("{}{name}{:#}={text}", style::NAME, style::NAME));
    each.collect::<Vec<_>>().join(", ")
}
