//! A log of the messages between client and adapter, for bug reports and tests.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use serde_json::Value;

/// A file with one message a line, `{"from": "client" | "adapter", "message": …}`; or no file.
#[derive(Clone, Default)]
pub struct Log(Option<Arc<Mutex<File>>>);

#[derive(Serialize)]
struct Line<'a> {
    from: &'a str,
    message: Value,
}

impl Log {
    /// Appends to a file that only its owner can read, as messages hold values of the program.
    ///
    /// # Errors
    /// If the file cannot be opened.
    pub fn to(path: &Path) -> std::io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).mode(0o600).open(path)?;
        Ok(Self(Some(Arc::new(Mutex::new(file)))))
    }

    pub(crate) fn note(&self, from: &str, message: &Value) {
        if let Some(file) = &self.0 {
            let mut message = message.clone();
            // Tokens must not be readable by others.
            for place in ["/arguments/token", "/arguments/arguments/token"] {
                if let Some(token) = message.pointer_mut(place) {
                    *token = "…".into();
                }
            }
            let line = serde_json::to_string(&Line { from, message }).unwrap_or_default() + "\n";
            // The session continues if the log cannot be written.
            let _ = file.lock().unwrap_or_else(PoisonError::into_inner).write_all(line.as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn tokens_are_not_written() {
        let folder = std::env::temp_dir().join(format!("connie-log-{}", std::process::id()));
        let log = Log::to(&folder).unwrap();
        log.note("client", &json!({"command": "launch", "arguments": {"token": "secret", "program": "a.py"}}));
        // Clients send the configuration again.
        log.note("client", &json!({"command": "restart", "arguments": {"arguments": {"token": "secret"}}}));
        let text = std::fs::read_to_string(&folder).unwrap();
        std::fs::remove_file(&folder).unwrap();
        assert!(text.contains("a.py") && text.matches('…').count() == 2 && !text.contains("secret"), "{text}");
    }
}
