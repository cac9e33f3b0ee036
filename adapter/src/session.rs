//! A debug session: a client, its view, and the program that is being recorded.

use std::sync::mpsc::SyncSender;

use connie_history::timeline::Position;
use connie_recording::Recording;

use crate::client::admission::Admitting;
use crate::client::framing::Incoming;
use crate::client::handles::Handle;
use crate::client::{Client, ConsoleSource, Ended};
use crate::host::Host;
use crate::launch::Configuration;
use crate::live::Live;
use crate::protocol::{Breakpoint, ContinuedEventBody, StoppedEventBody};
use crate::requests::flame::Calls;
use crate::requests::marks::Marks;
use crate::view::View;
use crate::view::breakpoints::BreakpointStatus;
use crate::view::moves::{Move, Moved, Stop};

/// The state of a session.
pub struct Session {
    /// The view of the recording.
    pub view: View,
    /// The marks along its run.
    pub marks: Marks,
    /// The calls of its run.
    pub calls: Calls,
    /// The client.
    pub client: Client,
    /// Whether the client was admitted.
    pub admitting: Admitting,
    /// The rest of connie.
    pub host: Box<dyn Host>,
    /// The sender of the session's own queue.
    pub sender: SyncSender<Incoming>,
    /// The program that is being recorded.
    live: Option<Live>,
    /// The configuration of the launch or attach request.
    pub configuration: Option<Configuration>,
}

impl Session {
    /// A session before its first request.
    pub fn new(client: Client, admitting: Admitting, host: Box<dyn Host>, sender: SyncSender<Incoming>) -> Self {
        let view = View::new(client.cancels.interrupt.clone());
        let (marks, calls) = (Marks::default(), Calls::default());
        Self { view, marks, calls, client, admitting, host, sender, live: None, configuration: None }
    }

    /// The program that is being recorded.
    pub fn live(&mut self) -> Option<&mut Live> {
        self.live.as_mut()
    }

    /// Changes the program that is being recorded.
    pub fn follow(&mut self, live: Option<Live>) {
        self.view.grows = live.as_ref().is_some_and(|live| !live.has_been_seen_to_end());
        self.live = live;
    }

    /// Notes that the program has ended.
    pub fn end_program(&mut self) {
        if let Some(live) = &mut self.live {
            live.end();
        }
        self.view.grows = false;
    }

    /// Tells the client the result of a command.
    pub fn settle(&mut self, moved: Moved) {
        match moved.to {
            Move::Stopped(stop) => self.stopped(stop),
            Move::Waiting | Move::Stays => {}
            Move::End(why) => {
                self.client.console(&format!("Nothing was recorded: {why}\n"));
                self.terminated();
            }
        }
        if let Some(text) = moved.message {
            self.client.console(&text);
        }
    }

    fn stopped(&mut self, stop: Stop) {
        let Stop { position, before, reason, text, ids } = stop;
        // Clients that did not ask for a motion keep showing the last stop. Some show a stop in another thread beside
        // the first one.
        if let Some(before) = before.filter(|before| !self.client.runs || before.thread != position.thread) {
            self.continued(before);
        }
        self.client.runs = false;
        let description = text.clone().map(|text| match reason {
            "exception" => "Paused on exception".into(),
            _ => text,
        });
        let body = StoppedEventBody {
            reason: reason.into(),
            thread_id: Some(position.thread.into()),
            all_threads_stopped: Some(true),
            text,
            description,
            hit_breakpoint_ids: ids,
            ..StoppedEventBody::default()
        };
        self.client.event_after("stopped", body);
    }

    /// The line of a position in the client's file, counted as the client counts.
    pub fn line_out(&self, recording: &Recording, position: &Position) -> u32 {
        self.client.line(self.view.sources.line(recording, position))
    }

    /// Tells a client that did not ask for it that the program continues.
    pub fn continued(&mut self, before: Position) {
        let body = ContinuedEventBody { thread_id: before.thread.into(), all_threads_continued: Some(true) };
        self.client.event_after("continued", body);
    }

    /// A breakpoint in the protocol's form.
    pub fn breakpoint(&self, status: BreakpointStatus) -> Breakpoint {
        Breakpoint {
            id: Some(status.id),
            verified: status.verified,
            line: status.line.map(|line| self.client.line(line).into()),
            message: status.message,
            ..Breakpoint::default()
        }
    }

    /// The place of a position, for the console.
    fn place(&self, position: &Position) -> Option<ConsoleSource> {
        let recording = self.view.recording.clone()?;
        let source = self.client.source_of(&recording, position.code);
        let line = self.view.sources.line(&recording, position);
        Some(ConsoleSource { source, line, step: position.step })
    }

    /// Shows what the program wrote, with the line that wrote it.
    pub fn output(&mut self, category: &str, text: &str, position: Option<Position>) {
        let place = position.and_then(|position| self.place(&position));
        self.client.output(category, text, place, None);
    }

    /// Prints the new lines of logpoints, with links to where they were printed.
    pub fn print_logpoints(&mut self) {
        for (text, position) in self.view.new_log_lines() {
            let is_link = self.client.can.links_logs;
            let reference = is_link.then(|| self.client.handles.number(Handle::Logged(position.step)));
            let place = self.place(&position);
            self.client.output("console", &text, place, reference);
        }
    }

    /// Reports each condition that could not be evaluated, once: how often and why.
    pub fn report_failures(&mut self) {
        for text in self.view.new_failures() {
            self.client.console(&text);
        }
    }

    /// Tells the client that the session has nothing more to show.
    pub fn terminated(&mut self) {
        let exit_code = self.exit_code();
        self.client.terminated(exit_code);
    }

    /// The exit code of the program, as shells count it: 128 plus the number of the signal that ended it.
    pub fn exit_code(&self) -> Option<i32> {
        let live = self.live.as_ref().filter(|live| live.has_been_seen_to_end())?;
        let info = self.view.recording.as_ref().map(|recording| &recording.info);
        let by_signal = info.and_then(|info| info.signal).map(|signal| 128 + signal);
        let recorded = info.and_then(|info| info.exit_code).or(by_signal);
        // The exit code of a process that was only attached to is not known.
        let is_own = self.configuration.as_ref().is_some_and(|configuration| configuration.process.is_none());
        recorded.or_else(|| live.status().filter(|_| is_own).and_then(|status| status.code()))
    }

    /// Forgets the recording when another one is shown.
    pub fn forget(&mut self) {
        self.view.forget();
        self.client.handles.forget();
    }

    /// Ends the program of a client that has vanished.
    pub fn notice_vanished(&mut self) {
        // A recording that somebody else makes is not ended.
        if self.client.has_vanished()
            && let Some(live) = self.live.as_mut().filter(|_| self.configuration.is_some())
        {
            live.terminate();
        }
    }

    /// Ends the session: sends the remaining messages and releases the program.
    ///
    /// # Errors
    /// Why the session ended, if the client did not end it.
    pub fn finish(&mut self) -> Result<(), Ended> {
        let ended = self.client.finish();
        if let Some(folder) = self.view.folder() {
            connie_history::cursor::withdraw(&folder);
        }
        let recording = self.view.recording.take().map(|recording| recording.path().to_path_buf());
        if let Some(live) = &mut self.live {
            live.let_go();
        }
        if let Some(path) = recording {
            connie_recording::sidefiles::settle(&path);
        }
        ended
    }
}
