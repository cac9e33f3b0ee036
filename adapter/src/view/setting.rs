//! Sets breakpoints, and finds their places in the growing recording.

use std::cell::RefCell;

use connie_expression::Expression;
use connie_history::answers::ValuePlace;
use connie_history::breakpoint::{Breakpoint, HitCount, Location};
use connie_history::levels;
use connie_history::reads::Reads;
use connie_history::stores::Stores;
use connie_history::writes::LastChunk;
use connie_recording::{Recording, files};
use connie_source::source_text::decode;
use connie_wire::level::Level;

use super::View;
use super::breakpoints::{
    BreakpointStatus, FunctionBreakpoint, LineBreakpoint, Only, WantedData, WantedFunction, WantedLine,
};
use super::data_breakpoint::{By, DataBreakpoint};
use super::sources;

impl Only {
    fn condition(&self) -> Result<Option<Expression>, String> {
        match self.condition.as_deref().map(str::trim) {
            None | Some("") => Ok(None),
            Some(text) => Expression::parse(text).map(Some).map_err(|problem| problem.to_string()),
        }
    }

    fn count(&self) -> Result<Option<HitCount>, String> {
        match self.count.as_deref().map(str::trim) {
            None | Some("") => Ok(None),
            Some(text) => HitCount::parse(text)
                .map(Some)
                .ok_or_else(|| format!("{text:?} is not a hit count: write 5, >= 5, > 5, <= 5, < 5 or % 5")),
        }
    }

    fn parse(&self) -> Result<(Option<Expression>, Option<HitCount>), String> {
        Ok((self.condition()?, self.count()?))
    }
}

/// The place of a line of a file in the recorded code.
enum Placed {
    /// At the line `target`, which is line `shown` of the client's file.
    At { target: u32, shown: u32, has_run: bool },
    /// Nowhere, for this reason.
    Nowhere(&'static str),
}

impl View {
    /// Replaces the breakpoints of a file. Returns the state of each, in the order of the request.
    pub fn set_lines(&mut self, path: &str, wanted: Vec<WantedLine>) -> Vec<BreakpointStatus> {
        let (mut before, others): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.breakpoints.lines).into_iter().partition(|breakpoint| breakpoint.path == path);
        self.breakpoints.lines = others;
        let mut ids = Vec::new();
        for WantedLine { line, log, only } in wanted {
            let (condition, count) = (only.condition(), only.count());
            let problem = condition.as_ref().err().or(count.as_ref().err()).cloned();
            let (condition, count) = (condition.unwrap_or_default(), count.unwrap_or_default());
            let id = self.breakpoints.id();
            ids.push(id);
            // A breakpoint that is set again keeps what was already reported.
            let same = before.iter().position(|known| known.line == line && known.asks(&log, &condition, count));
            if let Some(known) = same {
                self.breakpoints.lines.push(LineBreakpoint { id, problem, ..before.swap_remove(known) });
                continue;
            }
            self.breakpoints.lines.push(LineBreakpoint {
                id,
                path: path.to_owned(),
                line,
                log,
                condition,
                count,
                problem,
                reported: (None, None),
                found: None,
                logged: 0,
                printed: 0,
                failed: Vec::new(),
                failures_reported: false,
            });
        }
        self.place_lines();
        self.breakpoints.keep_logged(path, &before);
        let all = &self.breakpoints.lines;
        ids.iter().filter_map(|id| all.iter().find(|b| b.id == *id)).map(LineBreakpoint::status).collect()
    }

    /// Finds the place of each line breakpoint in its file, or in the recorded text of the file.
    fn place_lines(&mut self) {
        let recording = self.recording.clone();
        let mut breakpoints = std::mem::take(&mut self.breakpoints.lines);
        for breakpoint in &mut breakpoints {
            if let Some(problem) = &breakpoint.problem {
                breakpoint.reported = (None, Some(problem.clone()));
                breakpoint.found = None;
                continue;
            }
            let numbers = recording.as_ref().map(|recording| sources::numbers(recording, &breakpoint.path));
            let moved = |to: u32| (to != breakpoint.line).then(|| format!("moved to line {to}, the next with code"));
            let (Some(recording), Some(numbers)) = (&recording, numbers.filter(|numbers| !numbers.is_empty())) else {
                let text =
                    files::read(breakpoint.path.as_ref(), files::SOURCE).map(|text| decode(&text)).unwrap_or_default();
                breakpoint.reported = match sources::line_with_code(&text, breakpoint.line) {
                    Some(line) => (Some(line), moved(line)),
                    None => (None, Some("there is no code at or below this line".into())),
                };
                continue;
            };
            let found: Vec<_> =
                numbers.iter().map(|source| self.place_line(recording, *source, breakpoint.line)).collect();
            let has_run = found.iter().any(|placed| matches!(placed, Placed::At { has_run: true, .. }));
            let mut lines = Vec::new();
            for (source, placed) in numbers.iter().zip(&found) {
                match placed {
                    // If the line had code in one recorded text of the file, that text decides.
                    Placed::At { has_run: false, .. } if has_run => {}
                    Placed::At { target, shown, .. } => {
                        breakpoint.reported = (Some(*shown), moved(*shown));
                        lines.push((*source, *target));
                    }
                    Placed::Nowhere(why) if lines.is_empty() => breakpoint.reported = (None, Some((*why).into())),
                    Placed::Nowhere(_) => {}
                }
            }
            let is_placed =
                matches!(&breakpoint.found, Some(Breakpoint { place: Location::Lines(known), .. }) if *known == lines);
            if lines.is_empty() {
                breakpoint.found = None;
            } else if !is_placed {
                let place = Location::Lines(lines);
                breakpoint.found = Some(Breakpoint::new(place, breakpoint.condition.clone(), breakpoint.count));
            }
        }
        self.breakpoints.lines = breakpoints;
    }

    /// The place of a line in one of the recorded texts of its file.
    fn place_line(&self, recording: &Recording, source: u32, line: u32) -> Placed {
        let mapping = self.sources.mapping(recording, source);
        let Some(line) = mapping.as_ref().map_or(Some(line), |mapping| mapping.recorded(line)) else {
            return Placed::Nowhere("this line was changed since the program was recorded");
        };
        match levels::level_of(recording, source) {
            Level::Lines => {}
            Level::Calls => return Placed::Nowhere("not recorded by line (level calls)"),
            Level::Exceptions => return Placed::Nowhere("not recorded by line (level exceptions)"),
        }
        let has_run = recording.chunks.iter().any(|chunk| chunk.has_line(source, line));
        let target = if has_run { Some(line) } else { self.sources.recorded_line_with_code(recording, source, line) };
        let Some(target) = target else { return Placed::Nowhere("there is no code at or below this line") };
        let shown = mapping.as_ref().map_or(Some(target), |mapping| mapping.file(target)).unwrap_or(target);
        Placed::At { target, shown, has_run }
    }

    /// Updates the places of breakpoints after the recording has grown. Returns the breakpoints whose state has
    /// changed.
    pub fn verify_breakpoints(&mut self) -> Vec<BreakpointStatus> {
        let before: Vec<_> = self.breakpoints.lines.iter().map(|breakpoint| breakpoint.reported.clone()).collect();
        self.place_lines();
        self.place_functions();
        (self.breakpoints.lines.iter().zip(before))
            .filter(|(breakpoint, before)| breakpoint.reported != *before)
            .map(|(breakpoint, _)| breakpoint.status())
            .collect()
    }

    /// Replaces the function breakpoints of the client. Returns the state of each, in the order of the request.
    pub fn set_functions(&mut self, wanted: &[WantedFunction]) -> Vec<BreakpointStatus> {
        self.breakpoints.functions.retain(|breakpoint| breakpoint.by != By::Client);
        self.add_functions(wanted, By::Client)
    }

    /// Adds a breakpoint on calls of a function.
    ///
    /// # Errors
    /// A message, if no function of that name was called.
    pub fn break_at(&mut self, name: &str) -> Result<(), String> {
        let wanted = WantedFunction { name: name.to_owned(), only: Only::default() };
        let status = self.add_functions(&[wanted], By::Console).pop();
        match status.and_then(|status| Some((status.id, status.message?))) {
            None => Ok(()),
            Some((id, why)) => {
                self.breakpoints.functions.retain(|breakpoint| breakpoint.id != id);
                Err(why)
            }
        }
    }

    /// Removes the function breakpoints that were set on the console.
    pub fn unbreak(&mut self) {
        self.breakpoints.functions.retain(|breakpoint| breakpoint.by != By::Console);
    }

    fn add_functions(&mut self, wanted: &[WantedFunction], by: By) -> Vec<BreakpointStatus> {
        let mut statuses = Vec::new();
        for WantedFunction { name, only } in wanted {
            let id = self.breakpoints.id();
            match only.parse() {
                Ok((condition, count)) => {
                    statuses.push(BreakpointStatus::verified(id));
                    self.breakpoints.functions.push(FunctionBreakpoint {
                        id,
                        name: name.trim().to_owned(),
                        condition,
                        count,
                        found: None,
                        codes: 0,
                        failures_reported: false,
                        by,
                    });
                }
                Err(problem) => statuses.push(BreakpointStatus::refused(id, problem)),
            }
        }
        self.place_functions();
        for breakpoint in self.breakpoints.functions.iter().filter(|breakpoint| breakpoint.codes == 0) {
            let status = statuses.iter_mut().find(|status| status.id == breakpoint.id);
            if let Some(status) = status.filter(|_| self.recording.is_some() && !self.grows) {
                *status = BreakpointStatus::refused(status.id, format!("no function {} was called", breakpoint.name));
            }
        }
        statuses
    }

    fn place_functions(&mut self) {
        let Some(recording) = self.recording.clone() else { return };
        for breakpoint in &mut self.breakpoints.functions {
            let name = &breakpoint.name;
            let is_it = |full: &str| full == name || full.ends_with(&format!(".{name}"));
            let codes: Vec<u32> =
                (0u32..).zip(&recording.functions).filter(|(_, f)| is_it(&f.name)).map(|(n, _)| n).collect();
            if breakpoint.found.is_none() || codes.len() != breakpoint.codes {
                breakpoint.codes = codes.len();
                let place = Location::Function(codes);
                breakpoint.found = Some(Breakpoint::new(place, breakpoint.condition.clone(), breakpoint.count));
            }
        }
    }

    /// Replaces the data breakpoints of the client. Returns the state of each, in the order of the request.
    pub fn set_data(&mut self, wanted: &[WantedData]) -> Vec<BreakpointStatus> {
        self.breakpoints.data.retain(|breakpoint| breakpoint.by != By::Client);
        wanted.iter().map(|wanted| self.set_one_data(wanted)).collect()
    }

    fn set_one_data(&mut self, wanted: &WantedData) -> BreakpointStatus {
        let id = self.breakpoints.id();
        let known = wanted.offered.and_then(|number| self.breakpoints.offered(number)).cloned();
        let Some(place) = known else {
            return BreakpointStatus::refused(id, "this variable is no longer available".into());
        };
        let reads = self.recording.as_ref().filter(|_| wanted.reads);
        let reads = reads.map(|recording| Reads::of(recording, &place.target));
        let (condition, count) = match wanted.only.parse() {
            Ok(found) => found,
            Err(problem) => return BreakpointStatus::refused(id, problem),
        };
        let (writes, every, failures) = (wanted.writes, None, RefCell::default());
        let (counted, by) = (RefCell::default(), By::Client);
        self.breakpoints.data.push(DataBreakpoint {
            id,
            place,
            writes,
            every,
            reads,
            condition,
            count,
            failures,
            counted,
            writes_seen: LastChunk::default(),
            by,
        });
        BreakpointStatus::verified(id)
    }

    /// Adds a breakpoint on writes to a place; with `every`, also on writes of an equal value.
    pub fn watch(&mut self, place: ValuePlace, every: bool) {
        let id = self.breakpoints.id();
        let every = self.recording.as_ref().filter(|_| every).map(|recording| Stores::of(recording, &place.target));
        self.breakpoints.data.push(DataBreakpoint {
            id,
            place,
            writes: true,
            every,
            reads: None,
            condition: None,
            count: None,
            failures: RefCell::default(),
            counted: RefCell::default(),
            writes_seen: LastChunk::default(),
            by: By::Console,
        });
    }

    /// Removes the data breakpoints that were set on the console.
    pub fn unwatch(&mut self) {
        self.breakpoints.data.retain(|breakpoint| breakpoint.by != By::Console);
    }

    /// As [`Self::watch`], for what an expression names at a step in a frame. Returns the message to show.
    pub fn watch_what(&mut self, expression: &str, step: u64, frame: u64) -> String {
        match self.place_at(expression, step, frame) {
            Ok(place) => {
                self.watch(place, false);
                format!(
                    "the view stops at writes to {expression}, forward and backward (:watch alone removes this stop)\n"
                )
            }
            Err(why) => format!("{why}\n"),
        }
    }
}
