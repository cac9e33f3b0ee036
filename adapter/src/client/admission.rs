//! Whether the client may ask for anything: on a stream of its own it may, on a port it has to show that it is the one.

use serde::Deserialize;

use crate::client::framing::Largest;
use crate::client::message::Asked;
use crate::host::{Admission, Host};
use crate::read::text;

/// Messages that a client may send before it is let in: `initialize`, what starts the session, and a few that are refused.
const PATIENCE: u32 = 16;

/// What a client shows of itself with a request.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Shown {
    #[serde(deserialize_with = "text")]
    token: Option<String>,
}

/// Who is at the other end.
pub struct Admitting {
    admitted: bool,
    /// Messages that came before it was let in.
    messages: u32,
    largest: Largest,
}

impl Admitting {
    /// Somebody at a stream: whether it has to show who it is.
    pub fn new(host: &dyn Host, largest: Largest) -> Self {
        let admitted = host.trusts();
        if admitted {
            largest.trust();
        }
        Self { admitted, messages: 0, largest }
    }

    /// Whether it was let in.
    pub fn is_admitted(&self) -> bool {
        self.admitted
    }

    /// Judges a request.
    pub fn judge(&mut self, host: &dyn Host, asked: &Asked<'_>) -> Admission {
        if self.admitted {
            return Admission::Admitted;
        }
        self.messages += 1;
        let judged = host.admit(asked.command, asked.read_leniently::<Shown>().token.as_deref());
        match judged {
            Admission::Admitted => {
                self.admitted = true;
                self.largest.trust();
            }
            Admission::NotYet if self.messages > PATIENCE => {
                return Admission::Refused("too many requests came without a token".into());
            }
            _ => {}
        }
        judged
    }
}
