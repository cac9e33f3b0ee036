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

/// A file that is as long as a ring, but has another header, or is too small to be one.
fn not_rings(whole: &[u8]) -> Vec<Vec<u8>> {
    let mut magic = whole.to_vec();
    magic[0] ^= 1;
    let mut version = whole.to_vec();
    version[8] ^= 1;
    let small = whole[..HEADER + (1 << 19)].to_vec();
    let odd = [whole, &[0; 4096]].concat();
    vec![magic, version, small, odd]
}

#[test]
fn rings_of_further_processes_are_found_from_the_first() {
    let path = path();
    let child = child_path(&path, 1);
    assert_eq!(child.to_str(), Some(format!("{}-1", path.display()).as_str()));
    assert_eq!(lock_path(&path), path.parent().unwrap().join("lock"));
    let mut reader = create(&path, 1 << 20).unwrap();
    let mut first = Writer::open(&path).unwrap();
    assert!(first.is_first() && !first.has_siblings());
    assert_eq!((first.block(), first.block()), (0, BLOCK));
    assert_eq!(reader.header().pid.load(Ordering::Relaxed), std::process::id());
    let Err(error) = Writer::open(&path) else { panic!("two writers") };
    assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);

    let mut second = Writer::child(&path).unwrap();
    assert!(!second.is_first() && first.has_siblings() && second.has_siblings());
    assert_eq!((second.block(), first.block(), second.block()), (2 * BLOCK, 3 * BLOCK, 4 * BLOCK));
    assert_eq!(reader.header().children.load(Ordering::Relaxed), 1);
    let mut other = open_child(&child).unwrap();
    assert_eq!(other.header().pid.load(Ordering::Relaxed), std::process::id());
    first.write(2, |room| room.put_all(b"ab"));
    second.write(3, |room| {
        room.put(b'c');
        room.put_all(b"de");
    });
    assert_eq!((reader.available(), other.available()), (&b""[..], &b""[..]));
    first.publish();
    second.publish();
    assert_eq!((reader.available(), other.available()), (&b"ab"[..], &b"cde"[..]));
    reader.consume(1);
    other.consume(3);
    assert_eq!((reader.available(), other.available()), (&b"b"[..], &b""[..]));

    let error = io::Error::from_raw_os_error(libc::ENOSPC);
    second.tell_lost(&error);
    first.tell_lost(&error);
    let (count, told) = reader.header().lost();
    assert_eq!((count, told.raw_os_error()), (2, Some(libc::ENOSPC)));
    reader.close();
    first.tell_lost(&error);
    assert_eq!(reader.header().lost().0, 2, "the recording has ended");
    assert!(Writer::child(&path).is_err_and(|error| error.kind() == io::ErrorKind::BrokenPipe));
    std::fs::remove_file(&path).unwrap();
    std::fs::remove_file(&child).unwrap();
}

#[test]
fn only_rings_of_this_version_are_opened() {
    let path = path();
    drop(create(&path, 1 << 20).unwrap());
    let whole = std::fs::read(&path).unwrap();
    for (n, damaged) in not_rings(&whole).into_iter().enumerate() {
        std::fs::write(&path, damaged).unwrap();
        assert!(Writer::open(&path).is_err() && open_child(&path).is_err(), "{n}");
        // Only the header of the first ring is mapped: its length does not matter.
        assert_eq!(Writer::child(&path).is_err(), n < 2, "{n}");
    }
    for length in [0, HEADER - 1, HEADER] {
        std::fs::write(&path, &whole[..length]).unwrap();
        assert!(Writer::open(&path).is_err() && open_child(&path).is_err(), "{length}");
        assert_eq!(Writer::child(&path).is_err(), length < HEADER, "{length}");
    }
    std::fs::write(&path, &whole).unwrap();
    assert!(open_child(&path).is_ok());
    let link = self::path();
    std::os::unix::fs::symlink(&path, &link).unwrap();
    assert!(Writer::open(&link).is_err() && open_child(&link).is_err() && Writer::child(&link).is_err());
    assert!(Writer::open(&std::env::temp_dir()).is_err());
    assert!(Writer::open(&path).is_ok());
    for file in [link, child_path(&path, 1), child_path(&path, 2), child_path(&path, 3), path] {
        let _ = std::fs::remove_file(file);
    }
}

#[test]
fn a_ring_is_unmapped_when_it_is_dropped() {
    let path = path();
    let name = path.file_name().unwrap().to_str().unwrap().to_owned();
    let mapped = || {
        let maps = std::fs::read_to_string("/proc/self/maps").unwrap_or_default();
        maps.lines().filter(|line| line.contains(&name)).count()
    };
    let reader = create(&path, 8 << 20).unwrap();
    assert_eq!(reader.header().capacity.load(Ordering::Relaxed), 8 << 20);
    let writer = Writer::open(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    if std::path::Path::new("/proc/self/maps").exists() {
        assert_eq!(mapped(), 4, "the header with the data, and the data again");
        drop(writer);
        assert_eq!(mapped(), 2);
        drop(reader);
        assert_eq!(mapped(), 0);
    }
}

#[test]
fn capacities_are_powers_of_two() {
    for (wanted, made) in [(0, 1 << 20), (1 << 20, 1 << 20), ((1 << 20) + 1, 2 << 20), (3 << 20, 4 << 20)] {
        let path = path();
        let reader = create(&path, wanted).unwrap();
        assert!(create(&path, wanted).is_err(), "it exists");
        std::fs::remove_file(&path).unwrap();
        assert_eq!(reader.header().capacity.load(Ordering::Relaxed), made);
    }
}

/// A writer whose recorder is gone goes on. The recorder is gone if its lock is free; without a lock, if no process has
/// its number.
#[test]
fn a_writer_goes_on_if_the_recorder_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ring");
    // No process has this number: it is larger than Linux and macOS assign.
    let nobody = 0x3fff_ffff;
    drop(make(&path, 1 << 20, nobody).unwrap());
    let mut writer = Writer::open(&path).unwrap();
    assert!(writer.is_orphan());
    writer.header().recorder.store(std::process::id(), Ordering::Relaxed);
    assert!(!writer.is_orphan());
    let lock = File::create(lock_path(&path)).unwrap();
    assert!(writer.is_orphan(), "a free lock counts, not the process");
    lock.lock().unwrap();
    writer.header().recorder.store(nobody, Ordering::Relaxed);
    assert!(!writer.is_orphan(), "a lock that is held counts, not the process");
    drop(lock);
    for _ in 0..(1 << 20) + 1 {
        writer.write(1, |room| room.put(1));
    }
    assert!(writer.is_abandoned() && writer.is_closed());
}

/// What is written across the end of the data arrives as one piece.
#[test]
fn pieces_cross_the_end_of_the_data() {
    let path = path();
    let mut reader = create(&path, 1 << 20).unwrap();
    let mut writer = Writer::open(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    let piece: Vec<u8> = (0..=250).cycle().take(300_000).collect();
    for n in 0..9 {
        writer.reserve(piece.len());
        writer.put_all(&piece);
        writer.put(n);
        writer.publish();
        assert_eq!(reader.available().len(), piece.len() + 1);
        assert!(reader.available() == [&piece[..], &[n]].concat());
        reader.consume(piece.len() + 1);
    }
    assert_eq!(writer.written(), 9 * 300_001);
}
