//! What a session does while the program runs: it polls the recording and passes on output.

use std::rc::Rc;

use connie_history::cursor::{self, Wish};
use connie_recording::Recording;

use crate::guard::guarded;
use crate::live::has_code;
use crate::protocol::BreakpointEventBody;
use crate::session::Session;

/// Polls the recording that is being made, and stops the view if it waits for a new step.
pub fn poll(session: &mut Session) {
    session.notice_vanished();
    follow(session, look_again);
    guarded(session, "following the choice of another editor", heed_wishes);
    session.client.flush_after();
    session.notice_vanished();
}

/// Reads the recording that is being made. Stops following it after a failure, which would occur each time.
fn follow(session: &mut Session, look: impl FnOnce(&mut Session)) {
    if guarded(session, "reading the growing recording", look).is_none() {
        session.view.grows = false;
        session.client.console("The view no longer follows the recording: open it again to see all of it\n");
    }
}

/// Moves the view to where another editor wants it.
fn heed_wishes(session: &mut Session) {
    match session.view.folder().and_then(|folder| cursor::asked(&folder)) {
        // A step that does not exist is ignored.
        Some(Wish::Go { step }) => {
            if let Ok(moved) = session.view.seek(step) {
                session.settle(moved);
            }
        }
        Some(Wish::Watch { expression, step, frame }) => {
            let text = session.view.watch_what(&expression, step, frame);
            session.client.console(&text);
        }
        None => {}
    }
}

fn look_again(session: &mut Session) {
    if !session.view.grows {
        return;
    }
    let news = read_on(session);
    let recording = session.view.recording.clone();
    let ended = session.live().is_some_and(|live| live.has_ended(recording.as_deref()));
    drop(recording);
    if ended {
        if let Some(recording) = session.view.recording.as_mut().and_then(Rc::get_mut) {
            let _ = recording.refresh();
        }
        session.end_program();
    }
    if news && let Some(live) = session.live() {
        live.grew();
    }
    print(session, ended);
    if (news || ended) && session.view.recording.is_some() {
        report_breakpoints(session);
        session.report_failures();
    }
    if session.view.waiting && (news || ended) {
        let stop_at = session.configuration.as_ref().map(|configuration| configuration.stop_at).unwrap_or_default();
        let moved = session.view.look_for_stop(ended, stop_at);
        session.settle(moved);
    }
    if ended {
        program_ended(session);
    }
}

/// Opens the recording, or reads its new part. Returns whether there was anything new.
fn read_on(session: &mut Session) -> bool {
    let Some(path) = session.live().map(|live| live.recording.clone()) else { return false };
    if let Some(recording) = &mut session.view.recording {
        return Rc::get_mut(recording).is_some_and(|recording| recording.refresh().unwrap_or(false));
    }
    let moved = session.configuration.as_ref().map_or_else(Vec::new, |launch| launch.moved.clone());
    let opened = Recording::open(&path).ok().and_then(|mut recording| {
        recording.move_folders(moved).ok()?;
        Some(Rc::new(recording))
    });
    let is_new = opened.is_some();
    session.view.recording = opened;
    is_new
}

/// Updates breakpoints and logpoints after the recording has grown.
fn report_breakpoints(session: &mut Session) {
    place_breakpoints(session);
    session.print_logpoints();
}

/// Resolves breakpoints in a recording that has grown or was replaced, as clients do not set them again.
pub fn place_breakpoints(session: &mut Session) {
    let (gone, watches_gone) = session.view.breakpoints.take_dropped();
    if watches_gone {
        let text = "The stops of :watch were removed, because they belong to values of the earlier recording\n";
        session.client.console(text);
    }
    for status in session.view.verify_breakpoints().into_iter().chain(gone) {
        let body = BreakpointEventBody { reason: "changed".into(), breakpoint: session.breakpoint(status) };
        session.client.event("breakpoint", body);
    }
}

/// Handles text that the program has written.
pub fn wrote(session: &mut Session, category: &str, text: &str) {
    if let Some(live) = session.live() {
        live.wrote(category, text);
    }
    print(session, false);
}

/// Prints what the program wrote, with the lines that wrote it as far as the recording knows them.
fn print(session: &mut Session, all: bool) {
    let recording = session.view.recording.clone();
    let found = session.live().map(|live| live.new_output(recording.as_deref(), all)).unwrap_or_default();
    for (category, text, step) in found {
        let at = recording.as_ref().zip(step);
        let position = at.and_then(|(recording, step)| session.view.timeline.position(recording, step).ok());
        session.output(category, &text, position);
    }
}

fn program_ended(session: &mut Session) {
    let configuration = session.configuration.as_ref();
    let undebugged = configuration.is_some_and(|configuration| configuration.no_debug);
    let is_attached = configuration.is_some_and(|configuration| configuration.process.is_some());
    let leaving = session.view.leaving;
    let recorded = session.view.recording.as_ref().filter(|recording| has_code(recording));
    let Some(info) = recorded.map(|recording| &recording.info).filter(|_| !undebugged && !leaving) else {
        if session.view.recording.is_none() && !leaving {
            session.client.console("Nothing was recorded: the recorder has ended; its output says why\n");
        }
        session.view.waiting = false;
        return session.terminated();
    };
    let how = match session.exit_code() {
        _ if is_attached => "The process is no longer recorded".to_owned(),
        None | Some(0) => "The program has ended".to_owned(),
        Some(code) => format!("The program has ended with exit code {code}"),
    };
    if let Some(recording) = recorded {
        recording.sketch_when_idle();
    }
    let recording = format!("its recording {} has {} steps", info.id, info.steps);
    session.client.console(&format!("{how}; {recording}. You can still step through it (:help lists the words)\n"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_that_cannot_be_read_is_no_longer_followed() {
        let text = crate::guard::tests::console_output(|session| {
            session.view.grows = true;
            follow(session, |_| panic!("a fault of the test"));
            assert!(!session.view.grows);
            poll(session);
        });
        assert!(text.contains("internal error of connie while reading the growing recording"), "{text}");
        assert!(text.contains("The view no longer follows the recording"), "{text}");
    }
}
