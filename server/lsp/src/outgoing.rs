//! Sends messages to the client from any thread, and keeps the open requests of both sides.

use std::sync::{Arc, Mutex, MutexGuard};

use crossbeam_channel::Sender;
use gen_lsp_types::{Notification, Request};
use lsp_server::{ErrorCode, Message, ReqQueue, RequestId, Response};
use serde_json::Value;

use crate::answer::{Answer, Refusal};

/// The purpose of the answer to a request of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The client's settings.
    Settings,
}

/// The connection to the client.
#[derive(Clone)]
pub struct Outgoing {
    sender: Sender<Message>,
    open: Arc<Mutex<ReqQueue<(), Option<Wanted>>>>,
}

impl Outgoing {
    /// Creates a connection on a channel.
    pub fn new(sender: Sender<Message>) -> Self {
        Self { sender, open: Arc::default() }
    }

    fn open(&self) -> MutexGuard<'_, ReqQueue<(), Option<Wanted>>> {
        self.open.lock().unwrap_or_else(|e| e.into_inner())
    }

    fn send(&self, message: impl Into<Message>) {
        // A vanished client is noticed when reading from it.
        let _ = self.sender.send(message.into());
    }

    /// Registers a request that is answered later. Returns false if a request with this id is open already.
    pub fn take(&self, id: &RequestId) -> bool {
        let incoming = &mut self.open().incoming;
        let is_new = incoming.is_completed(id);
        if is_new {
            incoming.register(id.clone(), ());
        }
        is_new
    }

    /// Whether a registered request still needs an answer.
    pub fn is_open(&self, id: &RequestId) -> bool {
        !self.open().incoming.is_completed(id)
    }

    /// Answers a registered request, unless it was cancelled.
    pub fn answer(&self, id: RequestId, answer: Answer<Value>) {
        // The lock is not held while waiting for the client.
        let is_open = self.open().incoming.complete(&id).is_some();
        if is_open {
            self.answer_at_once(id, answer);
        }
    }

    /// Answers a request that was not registered.
    pub fn answer_at_once(&self, id: RequestId, answer: Answer<Value>) {
        self.send(match answer {
            // The result may be large: it is moved, not copied.
            Ok(result) => Response { id, response_result: Ok(result) },
            Err(Refusal { code, why }) => Response::new_err(id, code as i32, why),
        });
    }

    /// Answers a request that the client cancelled at once, if it is open.
    pub fn cancel(&self, id: RequestId) {
        self.answer(id, Err(Refusal::new(ErrorCode::RequestCanceled, "cancelled")));
    }

    /// Sends a notification.
    pub fn notify<N: Notification>(&self, params: N::Params) {
        self.send(lsp_server::Notification::new(N::METHOD.to_string(), params));
    }

    /// Sends a request. No thread waits for the answer; [`Self::answered`] reports it if its purpose is given by
    /// `wanted`.
    pub fn request<R: Request>(&self, params: R::Params, wanted: Option<Wanted>) {
        let method = R::METHOD.to_string();
        let request = {
            let outgoing = &mut self.open().outgoing;
            let is_wanted = wanted.is_some();
            let request = outgoing.register(method, params, wanted);
            if !is_wanted {
                outgoing.complete(request.id.clone());
            }
            request
        };
        self.send(request);
    }

    /// The purpose of an answer.
    pub fn answered(&self, id: RequestId) -> Option<Wanted> {
        self.open().outgoing.complete(id).flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(said: &crossbeam_channel::Receiver<Message>) -> Vec<Option<i32>> {
        let code = |message| match message {
            Message::Response(response) => response.response_result.err().map(|error| error.code),
            other => panic!("{other:?}"),
        };
        said.try_iter().map(code).collect()
    }

    #[test]
    fn a_request_has_one_answer() {
        let (sender, said) = crossbeam_channel::unbounded();
        let out = Outgoing::new(sender);
        let id = RequestId::from(1);
        assert!(out.take(&id) && !out.take(&id) && out.is_open(&id));
        out.answer(id.clone(), Ok(Value::Null));
        out.cancel(id.clone());
        assert_eq!(codes(&said), [None]);
        // Its id can be used again; a late cancellation of the old request does not affect it.
        assert!(out.take(&id));
        out.cancel(id.clone());
        assert!(!out.is_open(&id));
        out.answer(id, Ok(Value::Null));
        assert_eq!(codes(&said), [Some(-32800)]);
    }

    #[test]
    fn nothing_is_kept_of_requests_whose_answers_nobody_wants() {
        let (sender, said) = crossbeam_channel::unbounded();
        let out = Outgoing::new(sender);
        out.request::<gen_lsp_types::CodeLensRefreshRequest>((), None);
        assert!(!out.open().has_pending());
        out.request::<gen_lsp_types::InlayHintRefreshRequest>((), Some(Wanted::Settings));
        let ids: Vec<_> = said
            .try_iter()
            .filter_map(|message| match message {
                Message::Request(request) => Some(request.id),
                _ => None,
            })
            .collect();
        assert_eq!(ids.len(), 2);
        assert_eq!(ids.into_iter().map(|id| out.answered(id)).collect::<Vec<_>>(), [None, Some(Wanted::Settings)]);
    }
}
