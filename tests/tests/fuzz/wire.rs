//! Damaged streams of ops.

use connie_tests::{Project, pythons};
use connie_wire::{Decoder, Op};

use crate::edits::fuzz;
use crate::program::{PROGRAM, look, store, stream};

#[test]
fn damaged_streams_are_refused_or_stored() {
    let (_, python) = pythons().pop().expect("a python");
    let project = Project::new(PROGRAM);
    let whole = stream(&project, &python);
    assert!(whole.len() > 3000, "{}", whole.len());
    let path = project.path("whole.connie");
    assert!(store(&whole, &path));
    let all = look(&path);
    assert!(all > 100, "{all}");
    let (mut stored, mut refused) = (0, 0);
    let path = project.path("damaged.connie");
    fuzz("wire", 150, vec![whole], |bytes| {
        match store(bytes, &path) {
            true => stored += 1,
            false => refused += 1,
        }
        look(&path);
        let _ = std::fs::remove_file(&path);
    });
    assert!(stored > 10 && refused > 10, "{stored} stored, {refused} refused");
}

#[test]
fn any_bytes_are_ops_or_none() {
    fuzz("wire", 2000, vec![(0..=255).collect(), vec![0xff; 64]], |bytes| {
        let mut decoder = Decoder::new(bytes);
        while !decoder.is_empty() && Op::decode(&mut decoder).is_ok() {}
    });
}
