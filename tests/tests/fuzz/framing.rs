//! Headers and bodies of messages.

use std::io::BufReader;

use connie_framing::{LARGEST, read};

use crate::edits::fuzz;

#[test]
fn streams_end_or_fail() {
    fuzz("framing", 600, Vec::new(), |bytes| {
        // Also in small pieces: a header may be split.
        for size in [16, 1 << 16] {
            let mut input = BufReader::with_capacity(size, bytes);
            let mut most = bytes.len() + 1;
            while let Ok(Some(_)) = read(&mut input, LARGEST) {
                most = most.checked_sub(1).expect("each message takes bytes");
            }
        }
        let _ = connie_framing::parse(bytes);
    });
}
