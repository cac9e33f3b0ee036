//! Chunks with correct checksums, but damaged columns.

use connie_tests::{Project, pythons};

use crate::edits::fuzz;
use crate::program::{PROGRAM, look};

#[test]
fn damaged_chunks_are_said_to_be() {
    let (_, python) = pythons().pop().expect("a python");
    let project = Project::new(PROGRAM);
    assert!(project.record(&python, &["-o", "whole.connie", "main.py"]).status.code() == Some(1));
    let path = project.path("whole.connie");
    let open = || rusqlite::Connection::open(&path).expect("a recording");
    let data: Vec<u8> = open().query_row("SELECT data FROM chunk_data", [], |row| row.get(0)).expect("one chunk");
    let raw = zstd::bulk::decompress(&data, 1 << 24).expect("columns");
    let all = look(&path);
    let mut read = 0;
    fuzz("chunk", 150, vec![raw], |bytes| {
        let data = zstd::bulk::compress(bytes, 1).expect("memory");
        let checksum = crc32fast::hash(&data);
        open().execute("UPDATE chunk_data SET data = ?", [data]).expect("a disk");
        open().execute("UPDATE chunks SET checksum = ?", [checksum]).expect("a disk");
        read += u64::from(look(&path) > 0);
    });
    assert!(all > 100 && read > 20, "{read} of {all}");
}
