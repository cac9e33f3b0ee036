//! Links that another program shows, such as a notebook. Such a link is stored where others may read it, so it has no
//! token but an invitation: it is accepted once, within a few minutes, and then this browser has the token.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::State;
use connie_framing::Token;
use serde::{Deserialize, Serialize};

use super::Answer;
use crate::Shared;
use crate::failure::Failure;

/// How long an invitation can be accepted.
const VALID: Duration = Duration::from_secs(5 * 60);

/// The number of invitations that are kept. An older one is no longer accepted.
const KEPT: usize = 1_000;

/// The invitations that nobody has accepted yet, the oldest first.
#[derive(Default)]
pub struct Invitations(Mutex<VecDeque<(Token, Instant)>>);

impl Invitations {
    /// Makes an invitation.
    ///
    /// # Errors
    /// If the system cannot give random bytes.
    pub fn make(&self, now: Instant) -> std::io::Result<Token> {
        let invitation = Token::random()?;
        let mut open = self.0.lock().unwrap_or_else(|e| e.into_inner());
        open.push_back((invitation.clone(), now));
        if open.len() > KEPT {
            open.pop_front();
        }
        Ok(invitation)
    }

    /// Whether a text is an open invitation. It is closed by this.
    pub fn accept(&self, given: &str, now: Instant) -> bool {
        let mut open = self.0.lock().unwrap_or_else(|e| e.into_inner());
        open.retain(|(_, made)| now.saturating_duration_since(*made) < VALID);
        let found = open.iter().position(|(invitation, _)| invitation.is(given));
        found.is_some_and(|place| open.remove(place).is_some())
    }
}

/// `POST /api/invitations`
#[derive(Serialize)]
pub struct Invited {
    invitation: String,
}

/// `POST /api/invitations/accept`
#[derive(Serialize)]
pub struct Accepted {
    token: String,
}

/// What `POST /api/invitations/accept` is given.
#[derive(Deserialize)]
pub struct Given {
    invitation: String,
}

/// Makes an invitation.
pub async fn make(State(shared): State<Arc<Shared>>) -> Answer<Invited> {
    let invitation = shared.invitations.make(Instant::now())?;
    Ok(Json(Invited { invitation: invitation.reveal().to_owned() }))
}

/// Accepts an invitation. The request has no token, as the answer gives it.
pub async fn accept(State(shared): State<Arc<Shared>>, Json(given): Json<Given>) -> Answer<Accepted> {
    if shared.invitations.accept(&given.invitation, Instant::now()) {
        return Ok(Json(Accepted { token: shared.token.reveal().to_owned() }));
    }
    Err(Failure::OldInvitation)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invitation_is_accepted_once() {
        let (all, now) = (Invitations::default(), Instant::now());
        let (one, other) = (all.make(now).unwrap(), all.make(now).unwrap());
        assert!(!all.accept("", now) && !all.accept(&one.reveal()[1..], now));
        assert!(all.accept(one.reveal(), now) && !all.accept(one.reveal(), now));
        assert!(all.accept(other.reveal(), now));
    }

    #[test]
    fn old_and_surplus_invitations_are_refused() {
        let (all, now) = (Invitations::default(), Instant::now());
        let old = all.make(now).unwrap();
        assert!(!all.accept(old.reveal(), now + VALID));
        let made: Vec<Token> = (0..=KEPT).map(|_| all.make(now).unwrap()).collect();
        assert!(!all.accept(made[0].reveal(), now) && all.accept(made[1].reveal(), now));
    }
}
