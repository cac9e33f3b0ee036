//! Tests the ring when it is full, closed or damaged.

use super::*;
use std::sync::atomic::AtomicU32;

fn path() -> std::path::PathBuf {
    static N: AtomicU32 = AtomicU32::new(0);
    let n = N.fetch_add(1, Ordering::Relaxed);
    std::env::temp_dir().join(format!("connie-ring-test-{}-{n}", std::process::id()))
}

#[test]
fn nothing_is_lost_when_it_is_full() {
    let path = path();
    let mut reader = create(&path, 1 << 20).unwrap();
    let mut writer = Writer::open(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    let total = 5_000_000u32;
    let thread = std::thread::spawn(move || {
        for n in 0..total {
            writer.reserve(4);
            writer.put_all(&n.to_le_bytes());
            if n % 7 == 0 {
                writer.publish();
            }
        }
        writer.publish();
    });
    let mut expected = 0u32;
    while expected < total {
        let bytes = reader.available();
        let n = bytes.len();
        assert_eq!(n % 4, 0);
        for word in bytes.chunks_exact(4) {
            assert_eq!(u32::from_le_bytes(word.try_into().unwrap()), expected);
            expected += 1;
        }
        reader.consume(n);
    }
    thread.join().unwrap();
}

#[test]
fn a_closed_ring_never_blocks() {
    let path = path();
    let reader = create(&path, 1 << 20).unwrap();
    let mut writer = Writer::open(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    reader.close();
    for _ in 0..3_000_000 {
        writer.reserve(1);
        writer.put(1);
    }
    assert!(writer.is_closed());
}

#[test]
fn other_files_are_refused() {
    let path = path();
    std::fs::write(&path, vec![0; HEADER + (1 << 20)]).unwrap();
    assert!(Writer::open(&path).is_err());
    std::fs::write(&path, b"short").unwrap();
    assert!(Writer::open(&path).is_err());
    std::fs::remove_file(&path).unwrap();
}

#[test]
fn bytes_of_every_length_arrive() {
    let path = path();
    let mut reader = create(&path, 1 << 20).unwrap();
    let mut writer = Writer::open(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    let all: Vec<u8> = (1..=40).collect();
    for n in 0..=all.len() {
        writer.reserve(64);
        writer.put_all(&all[..n]);
        writer.publish();
        assert_eq!(reader.available(), &all[..n], "{n}");
        reader.consume(n);
    }
}

/// When the ring is no longer read, the program continues, and the writer knows it.
#[test]
fn a_writer_knows_that_it_was_left() {
    let path = path();
    let reader = create(&path, 1 << 20).unwrap();
    let mut writer = Writer::open(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(writer.largest_op(), 1 << 19);
    writer.reserve(1);
    assert!(!writer.is_abandoned() && !writer.is_closed());
    reader.close();
    assert!(writer.is_closed() && !writer.is_abandoned(), "nothing was waited for yet");
    for _ in 0..1 << 20 {
        writer.reserve(1);
        writer.put(1);
    }
    writer.reserve(1);
    assert!(writer.is_abandoned());
}

/// A file that is shorter than its header says, or is not a ring, is not mapped.
#[test]
fn a_ring_is_as_large_as_it_says() {
    let path = path();
    drop(create(&path, 1 << 20).unwrap());
    let whole = std::fs::read(&path).unwrap();
    assert_eq!(whole.len(), HEADER + (1 << 20));
    for damaged in [&whole[..whole.len() - 1], &whole[..HEADER], &whole[1..]] {
        std::fs::write(&path, damaged).unwrap();
        assert!(Writer::open(&path).is_err(), "{} bytes", damaged.len());
    }
    std::fs::write(&path, &whole).unwrap();
    assert!(Writer::open(&path).is_ok());
    std::fs::remove_file(&path).unwrap();
}
