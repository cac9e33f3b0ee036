//! A script on stdin.

use std::io::{IsTerminal, Read};
use std::os::fd::AsFd;
use std::os::unix::fs::FileExt;

use crate::failure::Failure;

/// Reads the script on stdin. If reading consumed the program's own input, also returns that input. Python reads a
/// script on stdin to its end before it runs the first line.
///
/// # Errors
/// If stdin is a terminal, or cannot be read.
pub fn script() -> Result<(String, Option<Vec<u8>>), Failure> {
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        let text = "connie run - reads a script from stdin, which is a terminal: give it a file or a pipe";
        return Err(Failure::Usage(text.into()));
    }
    let mut file = std::fs::File::from(stdin.as_fd().try_clone_to_owned()?);
    let mut bytes = Vec::new();
    if !file.metadata()?.is_file() {
        file.read_to_end(&mut bytes)?;
        return Ok((String::from_utf8_lossy(&bytes).into_owned(), Some(bytes)));
    }
    // The program reads the rest of the file itself, from the current position.
    let mut at = std::io::Seek::stream_position(&mut file)?;
    let mut buffer = [0; 1 << 16];
    loop {
        let n = file.read_at(&mut buffer, at)?;
        if n == 0 {
            return Ok((String::from_utf8_lossy(&bytes).into_owned(), None));
        }
        bytes.extend_from_slice(&buffer[..n]);
        at += n as u64;
    }
}
