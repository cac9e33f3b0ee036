//! Contains internal errors: a panic fails what was being done, not the session.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::session::Session;

/// Does something that no request waits for. A panic is reported on the console, once for each `what`: "internal error
/// of connie while WHAT".
pub fn guarded<T>(session: &mut Session, what: &'static str, act: impl FnOnce(&mut Session) -> T) -> Option<T> {
    let done = catch_unwind(AssertUnwindSafe(|| act(session)));
    if done.is_err() && !session.client.faults.contains(&what) {
        session.client.faults.push(what);
        session.client.console(&format!("internal error of connie while {what}: please report this\n"));
    }
    done.ok()
}

#[cfg(test)]
pub mod tests {
    use std::io::{BufReader, Read};
    use std::os::unix::net::UnixStream;
    use std::path::PathBuf;

    use super::*;
    use crate::client::Client;
    use crate::client::admission::Admitting;
    use crate::client::cancel::Cancels;
    use crate::client::framing::Largest;
    use crate::client::log::Log;
    use crate::client::outgoing::Outgoing;
    use crate::host::{Host, Launch, Started};

    struct Nothing;

    impl Host for Nothing {
        fn recorder(&self, _: &Launch) -> Result<Started, String> {
            Err("nothing is recorded".into())
        }

        fn hand_over(&self, _: &mut Started) -> Result<(), String> {
            Ok(())
        }

        fn attacher(&self, _: u32, _: &Launch) -> Result<Started, String> {
            Err("nothing is recorded".into())
        }

        fn find(&self, _: &str, _: Option<&str>) -> Result<PathBuf, String> {
            Err("there is none".into())
        }
    }

    /// What a client reads of a session in which `act` is done.
    pub fn console_output(act: impl FnOnce(&mut Session)) -> String {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let client = Client::new(Outgoing::new(Box::new(ours), Log::default()), Cancels::default());
        let host = Box::new(Nothing);
        let admitting = Admitting::new(&*host, Largest::of_a_stranger());
        let (sender, _receiver) = std::sync::mpsc::sync_channel(1);
        let mut session = Session::new(client, admitting, host, sender);
        act(&mut session);
        assert!(!session.client.is_over());
        session.finish().unwrap();
        drop(session);
        let mut text = String::new();
        BufReader::new(theirs).read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn a_fault_is_told_once_and_the_session_goes_on() {
        let text = console_output(|session| {
            for _ in 0..3 {
                assert!(guarded(session, "trying something", |_| panic!("a fault of the test")).is_none());
            }
            assert_eq!(guarded(session, "trying something", |_| 5), Some(5));
        });
        assert_eq!(text.matches("internal error of connie while trying something").count(), 1, "{text}");
    }
}
