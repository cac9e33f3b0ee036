//! The story of a run, for people.
//!
//! Each line shows its changes. Calls are indented. Consecutive lines that change nothing form one block with one step
//! number. A comment is shown with the code below it when that code first runs.

use std::collections::HashSet;
use std::io::Write;

use anstyle::AnsiColor;
use connie_history::attribute_changes::AttributeChanges;
use connie_history::variables::Variables;
use connie_recording::actors::Actors;
use connie_recording::chunk::StackFrame;
use connie_recording::plain::one_line;
use connie_recording::player::{Event, Player, Step};
use connie_recording::reader::Raised;
use connie_recording::render::Bounds;
use connie_recording::{Error, Recording};

use super::Locals;
use super::select::Selection;
use crate::failure::Failure;
use crate::screen::Style;
use crate::source::Sources;
use crate::style;

const CALL: Style = Style::new(AnsiColor::Yellow.on_default());
const RAISE: Style = Style::new(AnsiColor::Red.on_default());

/// A line that ran and whose effects are not known yet.
struct Waiting {
    step: u64,
    frame: StackFrame,
    depth: usize,
}

/// A line of output that has not ended yet.
struct Unfinished {
    stream: u8,
    step: u64,
    depth: usize,
    /// Bytes, since a character may be split over two writes.
    text: Vec<u8>,
}

struct Story<'a, W> {
    recording: &'a Recording,
    sources: Sources<'a>,
    variables: Variables,
    told: AttributeChanges,
    /// Attributes of classes, functions and modules that changed at steps that are not selected.
    attributes: Vec<(String, String)>,
    locals: Locals,
    out: &'a mut W,
    waiting: Option<Waiting>,
    unfinished: Option<Unfinished>,
    /// The frame and line of the last printed line, if it changed nothing.
    block: Option<(u64, u32)>,
    commented: HashSet<(u32, u32)>,
    thread: u32,
    /// The asyncio task of the last step; 0 if there is none.
    task: u32,
    actors: Actors,
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
    let mut story = Story {
        recording,
        sources: Sources::new(recording),
        variables: Variables::new(bounds).with_hidden(locals == Locals::All),
        told: AttributeChanges::new(recording, &player, bounds),
        attributes: Vec::new(),
        locals,
        out,
        waiting: None,
        unfinished: None,
        block: None,
        commented: HashSet::new(),
        thread: 1,
        task: 0,
        actors: Actors::of(recording)?,
    };
    while let Some(step) = player.next_step() {
        if step.number > selection.to {
            break;
        }
        story.note(&player);
        if selection.shows(&step) {
            story.step(&player, &step)?;
        }
    }
    story.flush(&[])?;
    story.end_line()?;
    story.ending()?;
    story.out.flush()?;
    Ok(player.damaged)
}

impl<W: Write> Story<'_, W> {
    /// Collects changed attributes of classes, functions and modules.
    fn note(&mut self, player: &Player<'_>) {
        if self.locals != Locals::None {
            let changes = self.told.changed(player).into_iter();
            self.attributes.extend(changes.map(|(name, text)| (name, text.unwrap_or_else(|| "<deleted>".into()))));
        }
    }

    fn step(&mut self, player: &Player<'_>, step: &Step) -> Result<(), Failure> {
        let mut changed = match step.frame {
            Some(frame) => self.locals.of(&mut self.variables, player, &frame),
            None => Vec::new(),
        };
        let own = self
            .waiting
            .as_ref()
            .is_some_and(|waiting| step.frame.is_some_and(|frame| frame.frame == waiting.frame.frame));
        let is_call = matches!(step.event, Event::Call);
        if !matches!(step.event, Event::Output(_)) {
            self.end_line()?;
        }
        // The changes of a line are seen at the next step; before a call, they belong to the caller's line.
        let attributes = std::mem::take(&mut self.attributes);
        match (own, is_call && self.waiting.is_some()) {
            (false, true) => self.flush(&attributes)?,
            _ if is_call && !attributes.is_empty() => {
                let text = format!("{}⤷{:#} {}", style::DIM, style::DIM, assignments(&attributes));
                self.row(None, step.depth.saturating_sub(1), &text)?;
            }
            _ => changed.extend(attributes),
        }
        if own {
            self.flush(&changed)?;
        } else {
            self.flush(&[])?;
        }
        self.switch(step)?;
        let inner = step.depth;
        if !own && !is_call && !changed.is_empty() {
            self.row(None, inner, &format!("{}⤷{:#} {}", style::DIM, style::DIM, assignments(&changed)))?;
        }
        match &step.event {
            Event::Call => self.call(step, &changed)?,
            Event::Line => {
                if let Some(frame) = step.frame {
                    self.waiting = Some(Waiting { step: step.number, frame, depth: inner });
                }
            }
            Event::Return(value) => self.leaving(player, step, "◀", value)?,
            Event::Yield(value) => self.leaving(player, step, "◁ yields", value)?,
            Event::Resume => {
                let name = self.name(step);
                self.row(Some(step.number), inner - 1, &format!("{CALL}▷ {name}{CALL:#} goes on"))?;
            }
            Event::Raise(_) if self.closes(step)? => {
                self.row(Some(step.number), inner, &format!("{CALL}⨯ closed{CALL:#}"))?;
            }
            Event::Raise(value) => {
                let text = self.variables.text(player, value);
                self.row(Some(step.number), inner, &format!("{RAISE}✗ {text}{RAISE:#}"))?;
            }
            Event::Output(stream) => self.output(step, *stream)?,
        }
        Ok(())
    }

    /// Prints the current thread and task when they change, if there are several.
    fn switch(&mut self, step: &Step) -> Result<(), Failure> {
        if std::mem::replace(&mut self.thread, step.thread) != step.thread
            && let Some(name) = self.actors.thread(step.thread)
        {
            writeln!(self.out, "{}── thread {} {}{:#}", style::BOLD, step.thread, one_line(name), style::BOLD)?;
        }
        // Output from outside recorded code belongs to no frame.
        let Some(frame) = step.frame else { return Ok(()) };
        if std::mem::replace(&mut self.task, frame.task) != frame.task && self.actors.has_tasks() {
            match self.actors.task(frame.task) {
                Some(name) => {
                    let name = one_line(name);
                    writeln!(self.out, "{}── task {} {name}{:#}", style::BOLD, frame.task, style::BOLD)?;
                }
                None => writeln!(self.out, "{}── no task{:#}", style::BOLD, style::BOLD)?,
            }
        }
        Ok(())
    }

    /// Whether the exception at a step only closes its generator.
    fn closes(&self, step: &Step) -> Result<bool, Failure> {
        let raised = self.recording.exception_at(step.number)?;
        Ok(raised.is_some_and(|raised| self.recording.is_closing(&raised)))
    }

    fn name(&self, step: &Step) -> String {
        let function = step.frame.and_then(|frame| self.recording.function(frame.code));
        function.map_or_else(|| "?".into(), |function| one_line(&function.name).into_owned())
    }

    fn call(&mut self, step: &Step, arguments: &[(String, String)]) -> Result<(), Failure> {
        let Some(frame) = step.frame else { return Ok(()) };
        let Some(function) = self.recording.function(frame.code) else { return Ok(()) };
        let file = self.recording.sources.get(function.source as usize).map_or("?", |source| &source.path);
        let file = file.strip_prefix(&self.recording.info.root).map_or(file, |rest| rest.trim_start_matches('/'));
        let given = if frame.namespace == 0 { arguments.to_vec() } else { Vec::new() };
        let text = format!(
            "{CALL}▶ {}{CALL:#}({}) {}{}:{}{:#}",
            one_line(&function.name),
            assignments(&given),
            style::DIM,
            one_line(file),
            frame.line,
            style::DIM
        );
        self.row(Some(step.number), step.depth - 1, &text)
    }

    fn leaving(
        &mut self,
        player: &Player<'_>,
        step: &Step,
        sign: &str,
        value: &connie_wire::Value,
    ) -> Result<(), Failure> {
        let text = self.variables.text(player, value);
        if matches!(step.event, Event::Return(_))
            && let Some(frame) = step.frame
        {
            self.variables.forget(frame.frame);
            if frame.namespace != 0 {
                return Ok(());
            }
        }
        self.row(Some(step.number), step.depth - 1, &format!("{CALL}{sign}{CALL:#} {text}"))
    }

    /// Collects output into whole lines, since it comes in pieces (`print` writes its arguments one by one). A line is
    /// shown at the step that began it.
    fn output(&mut self, step: &Step, stream: u8) -> Result<(), Failure> {
        let text = self.recording.output_at(step.number)?;
        if self.unfinished.as_ref().is_some_and(|line| line.stream != stream) {
            self.end_line()?;
        }
        for piece in text.split_inclusive(|byte| *byte == b'\n') {
            let new = Unfinished { stream, step: step.number, depth: step.depth, text: Vec::new() };
            let line = self.unfinished.get_or_insert(new);
            line.text.extend_from_slice(piece);
            if piece.ends_with(b"\n") {
                self.end_line()?;
            }
        }
        Ok(())
    }

    /// Prints the collected line of output.
    fn end_line(&mut self) -> Result<(), Failure> {
        let Some(line) = self.unfinished.take() else { return Ok(()) };
        let (sign, colour) = if line.stream == 2 { ("stderr", RAISE) } else { ("stdout", style::GOOD) };
        self.row(
            Some(line.step),
            line.depth,
            &format!("{colour}{sign}│{colour:#} {}", String::from_utf8_lossy(&line.text).trim_end()),
        )
    }

    /// Prints the waiting line with its changes.
    fn flush(&mut self, changed: &[(String, String)]) -> Result<(), Failure> {
        let Some(waiting) = self.waiting.take() else { return Ok(()) };
        let frame = waiting.frame;
        let source = self.recording.function(frame.code).map_or(u32::MAX, |function| function.source);
        if self.commented.insert((source, frame.line)) {
            for comment in self.sources.comment(source, frame.line) {
                self.row(None, waiting.depth, &format!("{}     {comment}{:#}", style::DIM, style::DIM))?;
            }
        }
        let line = self.sources.line(source, frame.line);
        let goes_on = self.block.is_some_and(|(id, before)| id == frame.frame && frame.line > before);
        let number = format!("{}{:>4}{:#} ", style::DIM, frame.line, style::DIM);
        let effects = if changed.is_empty() { String::new() } else { format!("    {}", assignments(changed)) };
        let step = if goes_on { None } else { Some(waiting.step) };
        self.row(step, waiting.depth, &format!("{number}{line}{effects}"))?;
        self.block = changed.is_empty().then_some((frame.frame, frame.line));
        Ok(())
    }

    fn row(&mut self, step: Option<u64>, depth: usize, text: &str) -> Result<(), Failure> {
        let step = step.map_or_else(String::new, |step| step.to_string());
        self.block = None;
        // Deep recursion must not move the text off the screen.
        let indent = "│ ".repeat(depth.min(24));
        writeln!(self.out, "{}{step:>8} {indent}{:#}{text}", style::DIM, style::DIM)?;
        Ok(())
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
