//! Admission of clients: a client on its own stream may use the adapter, a client on a port needs the token.

use serde::Deserialize;

use crate::client::framing::Largest;
use crate::client::message::Asked;
use crate::host::{Admission, Host};
use crate::read::text;

/// Messages that a client may send before it is admitted: `initialize`, what starts the session, and a few refused
/// ones.
const PATIENCE: u32 = 16;

/// The token in the arguments of a request.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Shown {
    #[serde(deserialize_with = "text")]
    token: Option<String>,
}

/// The state of a client's admission.
pub struct Admitting {
    admitted: bool,
    /// Number of messages that came before the admission.
    messages: u32,
    largest: Largest,
}

impl Admitting {
    /// The state of a new client. `host` decides whether it needs a token.
    pub fn new(host: &dyn Host, largest: Largest) -> Self {
        let admitted = host.trusts();
        if admitted {
            largest.trust();
        }
        Self { admitted, messages: 0, largest }
    }

    /// Whether the client was admitted.
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
                return Admission::Refused("it sent too many requests without a token".into());
            }
            _ => {}
        }
        judged
    }
}
