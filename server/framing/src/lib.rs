//! Reads and writes messages on byte streams, as the Debug Adapter Protocol and the Language Server Protocol frame
//! them: headers, a blank line, a JSON body.
//!
//! Reading ends at the first byte that breaks the framing. A reader that skips bytes until it finds a header would
//! accept messages in the body of a web page's request, which the page can choose freely.

mod json;
mod token;

use std::io::{BufRead, Read, Write};

use serde_json::Value;

pub use json::parse;
pub use token::{Token, Unfit};

/// The maximum size of a message's body, in bytes.
pub const LARGEST: u64 = 64 << 20;

/// A body up to this many times larger than the limit is skipped. Editors do open files of 100 MB.
const PASSED_OVER: u64 = 16;

/// The maximum length of a header line, in bytes.
const LONGEST_LINE: usize = 4096;

/// The headers that the protocols know, in lower case.
const HEADERS: [&str; 2] = ["content-length:", "content-type:"];

/// The result of reading.
#[derive(Debug)]
pub enum Incoming {
    /// A message.
    Message(Value),
    /// A complete body that is not JSON or is too large, with the reason. The next message can still be read.
    Garbage(String),
}

/// An error that makes the rest of the stream unreadable.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Reading failed.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// A line that is not a header although it should be.
    #[error("{0:?} is not a header of a message")]
    NoHeader(String),
    /// A header line that is too long.
    #[error("a header has more than {LONGEST_LINE} bytes")]
    LongHeader,
    /// A header that occurs twice in one message.
    #[error("a header was sent twice")]
    Twice,
    /// A length that is not a number.
    #[error("{0:?} is not the length of a message")]
    NoLength(String),
    /// Headers without a length.
    #[error("the headers have no Content-Length")]
    LengthMissing,
    /// A message that is too large.
    #[error("a message of {0} bytes is too large: {1} bytes are allowed")]
    TooLarge(u64, u64),
}

/// Writes one message.
///
/// # Errors
/// If the stream cannot be written to.
pub fn write(out: &mut impl Write, message: &Value) -> std::io::Result<()> {
    let body = message.to_string();
    write!(out, "Content-Length: {}\r\n\r\n{body}", body.len())?;
    out.flush()
}

/// Reads the next message of at most `largest` bytes. Returns `None` if the stream ends, even in the middle of a
/// message.
///
/// # Errors
/// If reading fails or the framing is broken. The rest of the stream is then unreadable.
pub fn read(input: &mut impl BufRead, largest: u64) -> Result<Option<Incoming>, Error> {
    let Some(length) = headers(input)? else { return Ok(None) };
    if length > largest {
        if length > largest.saturating_mul(PASSED_OVER) {
            return Err(Error::TooLarge(length, largest));
        }
        std::io::copy(&mut input.by_ref().take(length), &mut std::io::sink())?;
        return Ok(Some(Incoming::Garbage(format!("its body has {length} bytes: {largest} are allowed"))));
    }
    // The buffer grows with the data: the announced length alone allocates no memory.
    let mut body = Vec::new();
    if input.by_ref().take(length).read_to_end(&mut body)? as u64 != length {
        return Ok(None);
    }
    Ok(Some(match json::parse(&body) {
        Ok(message) => Incoming::Message(message),
        Err(error) => Incoming::Garbage(format!("its body is not JSON: {error}")),
    }))
}

/// Reads the headers and returns the length of the body.
fn headers(input: &mut impl BufRead) -> Result<Option<u64>, Error> {
    let (mut length, mut has_type) = (None, false);
    loop {
        let Some(line) = line(input)? else { return Ok(None) };
        // A blank line ends the headers; before the first header it is ignored.
        if line.is_empty() {
            match (length, has_type) {
                (Some(length), _) => return Ok(Some(length)),
                (None, true) => return Err(Error::LengthMissing),
                (None, false) => continue,
            }
        }
        let (name, value) = line.split_once(':').unwrap_or_default();
        if name.eq_ignore_ascii_case("content-type") {
            if std::mem::replace(&mut has_type, true) {
                return Err(Error::Twice);
            }
            continue;
        }
        let value = value.trim_matches([' ', '\t']);
        let number = value.bytes().all(|byte| byte.is_ascii_digit()).then(|| value.parse().ok()).flatten();
        let number = number.ok_or_else(|| Error::NoLength(start(value.as_bytes())))?;
        if length.replace(number).is_some() {
            return Err(Error::Twice);
        }
    }
}

/// Reads a header line, or a blank line, without its end. Fails as soon as the bytes cannot begin a header, so that a
/// client of another protocol is refused before its line ends.
fn line(input: &mut impl BufRead) -> Result<Option<String>, Error> {
    let mut line = Vec::new();
    loop {
        let some = match input.fill_buf() {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            other => other?,
        };
        if some.is_empty() {
            return Ok(None);
        }
        let end = some.iter().position(|byte| *byte == b'\n');
        let taken = end.map_or(some.len(), |end| end + 1);
        line.extend_from_slice(&some[..end.unwrap_or(some.len())]);
        input.consume(taken);
        if end.is_some() && line.last() == Some(&b'\r') {
            line.pop();
        }
        let is_blank = if end.is_some() { line.is_empty() } else { line == b"\r" };
        if !is_blank && !HEADERS.iter().any(|header| begins(header, &line, end.is_some())) {
            return Err(Error::NoHeader(start(&line)));
        }
        if line.len() > LONGEST_LINE {
            return Err(Error::LongHeader);
        }
        if end.is_some() {
            return Ok(Some(String::from_utf8_lossy(&line).into_owned()));
        }
    }
}

/// Whether a line begins with a header; if it is not `whole`, whether it still may.
fn begins(header: &str, line: &[u8], whole: bool) -> bool {
    (!whole || line.len() >= header.len()) && line.iter().zip(header.bytes()).all(|(a, b)| a.to_ascii_lowercase() == b)
}

/// The first characters of an invalid line, for the message.
fn start(bytes: &[u8]) -> String {
    String::from_utf8_lossy(&bytes[..bytes.len().min(200)]).trim_end().chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use proptest::prelude::*;

    use super::*;

    /// The messages read from a stream that delivers `piece` bytes at a time, and the error that ends it.
    fn all_of(bytes: &[u8], piece: usize) -> Vec<String> {
        let mut input = BufReader::with_capacity(piece, bytes);
        let mut found = Vec::new();
        loop {
            match read(&mut input, 1000) {
                Ok(Some(Incoming::Message(message))) => found.push(message.to_string()),
                Ok(Some(Incoming::Garbage(why))) => found.push(format!("garbage: {why}")),
                Ok(None) => return found,
                Err(error) => {
                    found.push(format!("error: {error}"));
                    return found;
                }
            }
        }
    }

    fn all(bytes: &[u8]) -> Vec<String> {
        let found = all_of(bytes, 8192);
        assert_eq!(all_of(bytes, 1).len(), found.len(), "{found:?}");
        found
    }

    #[test]
    fn messages_come_after_a_body_that_is_not_json() {
        let bytes = b"Content-Length: 2\r\n\r\n{}\nContent-Length: 3\r\n\r\n{x}\r\ncontent-length:4\nCONTENT-TYPE: y\r\n\r\n[1]\n";
        let found = all(bytes);
        assert_eq!((found[0].as_str(), found[2].as_str(), found.len()), ("{}", "[1]", 3));
        assert!(found[1].starts_with("garbage: its body is not JSON"));
    }

    #[test]
    fn messages_come_after_a_body_that_is_too_large() {
        let found =
            all(format!("Content-Length: 16000\r\n\r\n{}Content-Length: 2\r\n\r\n{{}}", "x".repeat(16_000)).as_bytes());
        assert_eq!(found, ["garbage: its body has 16000 bytes: 1000 are allowed", "{}"]);
        assert!(all(b"Content-Length: 16000\r\n\r\nxx").len() < 2);
    }

    /// The limits are inclusive.
    #[test]
    fn what_is_as_large_as_allowed_is_read() {
        let body = format!("\"{}\"", "x".repeat(998));
        assert_eq!(all(format!("Content-Length: 1000\r\n\r\n{body}").as_bytes()), [body.as_str()]);
        let longest = format!("Content-Type:{}", "x".repeat(LONGEST_LINE - 13));
        assert_eq!(all(format!("{longest}\nContent-Length: 2\n\n{{}}").as_bytes()), ["{}"]);
        assert_eq!(all(format!("{longest}x\nContent-Length: 2\n\n{{}}").as_bytes()).len(), 1);
        assert_eq!(LARGEST, 67_108_864);
    }

    /// Fails `failures` times before it returns `bytes`.
    struct Faltering<'a> {
        failures: Vec<std::io::ErrorKind>,
        bytes: &'a [u8],
    }

    impl Read for Faltering<'_> {
        fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
            match self.failures.pop() {
                Some(kind) => Err(kind.into()),
                None => self.bytes.read(into),
            }
        }
    }

    #[test]
    fn reading_goes_on_after_a_signal_alone() {
        use std::io::ErrorKind::{ConnectionReset, Interrupted};
        let bytes = b"Content-Length: 2\r\n\r\n{}";
        let read = |failures| read(&mut BufReader::new(Faltering { failures, bytes }), 1000);
        assert!(matches!(read(vec![Interrupted, Interrupted]), Ok(Some(Incoming::Message(_)))));
        let error = read(vec![ConnectionReset]).expect_err("the stream fails");
        assert!(matches!(error, Error::Io(error) if error.kind() == ConnectionReset));
    }

    proptest! {
        /// A written message is read back, regardless of how its bytes arrive and what it contains.
        #[test]
        fn what_is_written_is_read(texts in prop::collection::vec(any::<String>(), 1..6), piece in 1usize..40) {
            let mut bytes = Vec::new();
            let messages: Vec<Value> = texts.iter().map(|text| serde_json::json!({"text": text, "seq": 1})).collect();
            for message in &messages {
                write(&mut bytes, message).expect("memory takes it");
            }
            let mut input = BufReader::with_capacity(piece, bytes.as_slice());
            for message in &messages {
                match read(&mut input, LARGEST) {
                    Ok(Some(Incoming::Message(found))) => prop_assert_eq!(&found, message),
                    other => prop_assert!(false, "{:?}", other),
                }
            }
            prop_assert!(matches!(read(&mut input, LARGEST), Ok(None)));
        }

        /// No bytes make the reader panic or block, and the size of the pieces does not matter.
        #[test]
        fn any_bytes_are_read_alike(bytes in "(Content-(Length|Type): ?[0-9x]{0,3}\r?\n|\r?\n|[{}x:]{1,4}){0,9}", piece in 1usize..20) {
            prop_assert_eq!(all_of(bytes.as_bytes(), piece).len(), all_of(bytes.as_bytes(), 8192).len());
        }
    }

    #[test]
    fn half_a_message_ends_it() {
        for half in ["Content-Length: 10\r\n\r\n{}", "Content-Le", "Content-Length: 2\r\n", "\r", ""] {
            assert!(all(half.as_bytes()).is_empty(), "{half:?}");
        }
    }

    /// No data that a browser can be made to send is read as a message.
    #[test]
    fn the_first_line_that_is_no_header_ends_it() {
        let message = "Content-Length: 2\r\n\r\n{}";
        for line in [
            "POST / HTTP/1.1\r\nContent-Length: 2\r\n",
            "GET / HTTP/1.1\r\nUpgrade: websocket\r\n",
            "OPTIONS * HTTP/1.1\r\n",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            "\x16\x03\x01\x02\x00\x01\x00\x01\x03\x03",
            "Host: 127.0.0.1\r\n",
            "X: y\r\n",
            "Content-Length : 2\r\n\r\n{}",
            " Content-Length: 2\r\n\r\n{}",
            "Content-Length\r\n\r\n{}",
            "Content-Lengthy: 2\r\n\r\n{}",
            "Content-Length: 2\r\nCookie: x\r\n\r\n{}",
            "{}\n",
            ": \r\n",
            "\u{feff}Content-Length: 2\r\n\r\n{}",
        ] {
            let found = all(format!("\r\n{line}{message}").as_bytes());
            assert!(found.len() == 1 && found[0].contains("is not a header of a message"), "{line:?}: {found:?}");
        }
        // The same holds later in the stream, and before the line ends.
        assert_eq!(all(b"Content-Length: 2\r\n\r\n{}GET / HTTP/1.1").len(), 2);
        assert_eq!(all(b"PO"), ["error: \"PO\" is not a header of a message"]);
    }

    #[test]
    fn overlong_headers_end_it() {
        let long = "x".repeat(LONGEST_LINE);
        let found = all(format!("Content-Type: {long}Content-Length: 2\r\n\r\n{{}}").as_bytes());
        assert_eq!(found, ["error: a header has more than 4096 bytes"]);
        assert_eq!(all(format!("Content-Type: {long}").as_bytes()).len(), 1);
    }

    #[test]
    fn lengths_are_one_number_within_bounds() {
        for (headers, why) in [
            ("Content-Length: -5", "\"-5\" is not the length"),
            ("Content-Length: +5", "is not the length"),
            ("Content-Length: 2, 2", "is not the length"),
            ("Content-Length:", "is not the length"),
            ("Content-Length: 99999999999999999999", "is not the length"),
            ("Content-Length: 16001", "a message of 16001 bytes is too large: 1000 bytes are allowed"),
            ("Content-Length: 18446744073709551615", "is too large"),
            ("Content-Length: 2\r\nContent-Length: 2", "was sent twice"),
            ("Content-Type: a\r\nContent-Type: a", "was sent twice"),
            ("Content-Type: a", "no Content-Length"),
        ] {
            let found = all(format!("{headers}\r\n\r\n{{}}").as_bytes());
            assert!(found.len() == 1 && found[0].contains(why), "{headers:?}: {found:?}");
        }
    }
}
