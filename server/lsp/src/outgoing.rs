//! What is said to the client, by whichever thread.

use std::io::Write;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::envelope;

/// The client's end of the line.
#[derive(Clone)]
pub struct Outgoing {
    out: Arc<Mutex<Box<dyn Write + Send>>>,
    next: Arc<AtomicI64>,
}

impl Outgoing {
    /// To this stream.
    pub fn new(out: Box<dyn Write + Send>) -> Self {
        Self { out: Arc::new(Mutex::new(out)), next: Arc::new(AtomicI64::new(1)) }
    }

    fn send(&self, message: Value) {
        let mut out = self.out.lock().unwrap_or_else(|e| e.into_inner());
        // A client that has gone is noticed where it is read from.
        let _ = connie_framing::write(&mut *out, &envelope(message));
    }

    /// Answers a request.
    pub fn answer(&self, id: &Value, result: Value) {
        // Large: moved, not copied into the message.
        let mut message = json!({"id": id});
        message["result"] = result;
        self.send(message);
    }

    /// Refuses a request.
    pub fn error(&self, id: &Value, code: i64, why: &str) {
        self.send(json!({"id": id, "error": {"code": code, "message": why}}));
    }

    /// Says something.
    pub fn notify(&self, method: &str, params: Value) {
        self.send(json!({"method": method, "params": params}));
    }

    /// Asks for something. No thread waits for the answer, which carries the method in its id.
    pub fn request(&self, method: &str, params: Value) {
        let n = self.next.fetch_add(1, Ordering::Relaxed);
        let mut message = json!({"id": format!("{method}#{n}"), "method": method});
        if !params.is_null() {
            message["params"] = params;
        }
        self.send(message);
    }
}
