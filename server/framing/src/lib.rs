//! Messages on a byte stream, as the Debug Adapter Protocol and the Language Server Protocol frame them:
//! headers, a blank line, a JSON body. Survives what is none.

mod json;

pub use json::parse;

use std::io::{BufRead, Read, Write};

use serde_json::Value;

/// Larger bodies are read and thrown away.
const LARGEST: u64 = 64 << 20;

/// What came.
#[derive(Debug)]
pub enum Incoming {
    /// A message.
    Message(Value),
    /// Bytes that were no message, and why.
    Garbage(String),
}

/// Writes one message.
///
/// # Errors
/// Where the stream does not take it.
pub fn write(out: &mut impl Write, message: &Value) -> std::io::Result<()> {
    let body = message.to_string();
    write!(out, "Content-Length: {}\r\n\r\n{body}", body.len())?;
    out.flush()
}

/// Reads the next message; `None` where the stream ends, also in the middle of one.
///
/// # Errors
/// Where the stream fails.
pub fn read(input: &mut impl BufRead) -> std::io::Result<Option<Incoming>> {
    let mut length: Option<u64> = None;
    let mut strange = None;
    loop {
        let mut line = Vec::new();
        if input.by_ref().take(64 << 10).read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_end_matches(['\r', '\n']);
        if text.is_empty() {
            // A blank line ends the headers; before any header it means nothing.
            if length.is_some() || strange.is_some() {
                break;
            }
            continue;
        }
        match text.split_once(':') {
            Some((name, value)) if name.trim().eq_ignore_ascii_case("content-length") => {
                match value.trim().parse::<u64>() {
                    Ok(n) => length = Some(n),
                    Err(_) => strange = Some(format!("its Content-Length is {:?}", value.trim())),
                }
            }
            Some(_) => {}
            None => strange = Some(format!("{:?} is no header", text.chars().take(40).collect::<String>())),
        }
    }
    let Some(length) = length else {
        return Ok(Some(Incoming::Garbage(strange.unwrap_or_else(|| "it has no Content-Length".into()))));
    };
    if length > LARGEST {
        std::io::copy(&mut input.by_ref().take(length), &mut std::io::sink())?;
        return Ok(Some(Incoming::Garbage(format!("its body has {length} bytes"))));
    }
    let mut body = vec![0; length as usize];
    input.read_exact(&mut body)?;
    Ok(Some(match json::parse(&body) {
        Ok(message) => Incoming::Message(message),
        Err(error) => Incoming::Garbage(format!("its body is no JSON: {error}")),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(bytes: &[u8]) -> Vec<String> {
        let mut input = bytes;
        let mut found = Vec::new();
        while let Ok(Some(incoming)) = read(&mut input) {
            found.push(match incoming {
                Incoming::Message(message) => message.to_string(),
                Incoming::Garbage(why) => format!("garbage: {why}"),
            });
        }
        found
    }

    #[test]
    fn messages_come_after_garbage() {
        let bytes = b"Content-Length: 2\r\n\r\n{}Content-Length: -5\r\n\r\nContent-Length: 3\r\n\r\n{x}hello\r\n\r\ncontent-length: 4\r\nX: y\r\n\r\n[1]\n";
        let found = all(bytes);
        assert_eq!(found[0], "{}");
        assert_eq!(found[1], "garbage: its Content-Length is \"-5\"");
        assert!(found[2].starts_with("garbage: its body is no JSON"));
        assert_eq!(found[3], "garbage: \"hello\" is no header");
        assert_eq!(found[4], "[1]");
    }

    #[test]
    fn half_a_message_ends_it() {
        assert!(all(b"Content-Length: 10\r\n\r\n{}").is_empty());
        assert!(all(b"Content-Le").is_empty());
    }
}
