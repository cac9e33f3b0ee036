//! What client and adapter say to each other, message by message, for reports of faults and for tests.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};

/// A file with one message a line, `{"from": "client" | "adapter", "message": …}`; or none.
#[derive(Clone, Default)]
pub struct Log(Option<Arc<Mutex<File>>>);

impl Log {
    /// Writes to the end of a file, which only its owner can read: messages hold values of the program.
    ///
    /// # Errors
    /// Where it cannot be written to.
    pub fn to(path: &Path) -> std::io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).mode(0o600).open(path)?;
        Ok(Self(Some(Arc::new(Mutex::new(file)))))
    }

    pub(crate) fn note(&self, from: &str, message: &Value) {
        if let Some(file) = &self.0 {
            let mut line = json!({"from": from, "message": message});
            // What lets a client in is nobody else's to read.
            for place in ["/message/arguments/token", "/message/arguments/arguments/token"] {
                if let Some(token) = line.pointer_mut(place) {
                    *token = json!("…");
                }
            }
            let line = line.to_string() + "\n";
            // A log that cannot be written ends nothing.
            let _ = file.lock().unwrap_or_else(PoisonError::into_inner).write_all(line.as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_not_written() {
        let folder = std::env::temp_dir().join(format!("connie-log-{}", std::process::id()));
        let log = Log::to(&folder).unwrap();
        log.note("client", &json!({"command": "launch", "arguments": {"token": "secret", "program": "a.py"}}));
        // Clients repeat the configuration.
        log.note("client", &json!({"command": "restart", "arguments": {"arguments": {"token": "secret"}}}));
        let text = std::fs::read_to_string(&folder).unwrap();
        std::fs::remove_file(&folder).unwrap();
        assert!(text.contains("a.py") && text.matches('…').count() == 2 && !text.contains("secret"), "{text}");
    }
}
