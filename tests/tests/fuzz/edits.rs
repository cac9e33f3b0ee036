//! Cases: seeds with a few edits. A failing case is reduced and kept.

use std::cell::RefCell;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};

/// An edit of the bytes of a seed.
#[derive(Clone, Debug)]
enum Edit {
    Set(Index, u8),
    Flip(Index, u8),
    Remove(Index, u8),
    Insert(Index, Vec<u8>),
    Repeat(Index, Index, u8),
    Cut(Index),
}

impl Edit {
    fn apply(&self, bytes: &mut Vec<u8>) {
        if bytes.is_empty() {
            return bytes.push(0);
        }
        let length = bytes.len();
        match self {
            Edit::Set(at, byte) => bytes[at.index(length)] = *byte,
            Edit::Flip(at, bit) => bytes[at.index(length)] ^= 1 << (bit % 8),
            Edit::Remove(at, n) => {
                let at = at.index(length);
                bytes.drain(at..(at + 1 + usize::from(n % 16)).min(length));
            }
            Edit::Insert(at, more) => {
                let at = at.index(length + 1);
                bytes.splice(at..at, more.iter().copied());
            }
            Edit::Repeat(from, to, n) => {
                let (from, to) = (from.index(length), to.index(length + 1));
                let piece = bytes[from..(from + usize::from(*n)).min(length)].to_vec();
                bytes.splice(to..to, piece);
            }
            Edit::Cut(at) => bytes.truncate(at.index(length).max(1)),
        }
    }
}

/// Pieces that matter to some format: the largest varint, numbers at limits, unpaired surrogates, brackets.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let known: Vec<&[u8]> = vec![
        &[0xff, 0xff, 0xff, 0xff, 0x7f],
        &[0xff; 10],
        &[0xed, 0xa0, 0x80],
        b"\\ud800",
        b"18446744073709551616",
        b"-1",
        b"1e999",
        b"null",
        b"[[[[[[[[",
        b"** 99",
        b"\r\n\r\n",
        b"%00",
        b"../",
        b"\"",
    ];
    let known: Vec<Vec<u8>> = known.into_iter().map(<[u8]>::to_vec).collect();
    prop_oneof![prop::sample::select(known), prop::collection::vec(any::<u8>(), 1..8)]
}

fn edit() -> impl Strategy<Value = Edit> {
    let at = any::<Index>;
    prop_oneof![
        4 => (at(), any::<u8>()).prop_map(|(at, byte)| Edit::Set(at, byte)),
        4 => (at(), any::<u8>()).prop_map(|(at, bit)| Edit::Flip(at, bit)),
        2 => (at(), any::<u8>()).prop_map(|(at, n)| Edit::Remove(at, n)),
        4 => (at(), piece()).prop_map(|(at, piece)| Edit::Insert(at, piece)),
        2 => (at(), at(), any::<u8>()).prop_map(|(from, to, n)| Edit::Repeat(from, to, n)),
        1 => at().prop_map(Edit::Cut),
    ]
}

fn folder(format: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(format)
}

/// The files of a corpus, sorted by name.
fn corpus(format: &str) -> Vec<Vec<u8>> {
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder(format)).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths.iter().map(|path| std::fs::read(path).expect("a file of the corpus")).collect()
}

/// Keeps a case that failed.
fn keep(format: &str, bytes: &[u8]) -> PathBuf {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    let path = folder(format).join(format!("failed-{:016x}", hasher.finish()));
    let _ = std::fs::create_dir_all(folder(format));
    let _ = std::fs::write(&path, bytes);
    path
}

/// Tests the cases in the corpus of a format and `seeds`, then `cases` edited seeds, which are the same each time. With
/// `CONNIE_FUZZ_MINUTES`, tests random ones for that long.
///
/// # Panics
/// If a case fails. It is then in the corpus.
pub fn fuzz(format: &str, cases: u32, seeds: Vec<Vec<u8>>, check: impl FnMut(&[u8])) {
    let check = RefCell::new(check);
    let mut all = corpus(format);
    all.extend(seeds);
    for (n, seed) in all.iter().enumerate() {
        let tried = catch_unwind(AssertUnwindSafe(|| (check.borrow_mut())(seed)));
        assert!(tried.is_ok(), "seed {n} of {format} fails: {}", String::from_utf8_lossy(&seed[..seed.len().min(200)]));
    }
    let minutes: Option<f64> = std::env::var("CONNIE_FUZZ_MINUTES").ok().and_then(|minutes| minutes.parse().ok());
    let deadline = minutes.map(|minutes| Instant::now() + Duration::from_secs_f64(60.0 * minutes));
    let seeds = all.len();
    let strategy = (0..seeds, prop::collection::vec(edit(), 1..5)).prop_map(move |(seed, edits)| {
        let mut bytes = all[seed].clone();
        edits.iter().for_each(|edit| edit.apply(&mut bytes));
        Bytes(bytes)
    });
    loop {
        let config = Config { cases, failure_persistence: None, max_shrink_iters: 300, ..Config::default() };
        let mut runner = match deadline {
            None => TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha)),
            Some(_) => TestRunner::new(config),
        };
        let tried = runner.run(&strategy, |bytes| {
            (check.borrow_mut())(&bytes.0);
            Ok(())
        });
        match tried {
            Ok(()) => {}
            Err(TestError::Fail(why, bytes)) => panic!("{why}; the case is in {}", keep(format, &bytes.0).display()),
            Err(TestError::Abort(why)) => panic!("{why}"),
        }
        if deadline.is_none_or(|deadline| Instant::now() > deadline) {
            return;
        }
    }
}

/// Bytes that are shown as text.
#[derive(Clone)]
struct Bytes(Vec<u8>);

impl std::fmt::Debug for Bytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0[..self.0.len().min(500)].escape_ascii())
    }
}

/// Whether a message neither ends the session nor starts a program.
pub fn edit_keeps_session(body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(body);
    !["launch", "disconnect", "terminate", "restart", "attach", "exit", "shutdown"]
        .iter()
        .any(|word| text.contains(word))
}
