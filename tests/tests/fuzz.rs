//! Damaged streams and damaged chunks of a real program: an error or a recording, no panic, no memory without bounds.

use std::alloc::{GlobalAlloc, Layout, System};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use connie_recording::Recording;
use connie_recording::player::Player;
use connie_recording::recorder::{Outcome, Recorder, Run};
use connie_recording::render::{Bounds, Renderer};
use connie_recording::timeline::Timeline;
use connie_tests::{Project, pythons, text};
use connie_wire::config::Config;
use connie_wire::ring;

/// Counts what is allocated; nothing here needs more than this.
struct Bounded;
const MOST: usize = 1 << 30;
static ALLOCATED: AtomicUsize = AtomicUsize::new(0);

// SAFETY: hands everything to the system's, or refuses.
unsafe impl GlobalAlloc for Bounded {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if ALLOCATED.fetch_add(layout.size(), Ordering::Relaxed) + layout.size() > MOST {
            return std::ptr::null_mut();
        }
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        ALLOCATED.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Bounded = Bounded;

/// A little of everything that is told: threads, tasks, generators, exceptions, containers, output, a child.
const PROGRAM: &str = "\
import asyncio, os, threading
class Shop:
    def __init__(self):
        self.stock = {'tea': [1, 2.5, 'x' * 50], ('a', 1): {1, 2}}
def numbers(n):
    while n:
        n -= 1
        yield n
async def task(shop, n):
    await asyncio.sleep(0)
    shop.stock[n] = (n, str(n), None)
    if n == 2:
        raise ValueError(n)
    return 2 ** (n * 40)
async def main(shop):
    print(await asyncio.gather(*(task(shop, n) for n in range(4)), return_exceptions=True))
def work(shop):
    for n in numbers(3):
        shop.stock['tea'].append(n)
    del shop.stock['tea'][1:3]
shop = Shop()
threads = [threading.Thread(target=work, args=(shop,)) for _ in range(2)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
asyncio.run(main(shop))
try:
    shop.nothing
except AttributeError as error:
    raise KeyError(shop) from error
";

/// What the tracer writes for it.
fn stream(project: &Project, python: &Path) -> Vec<u8> {
    // The tracer's files, as any run leaves them in the cache.
    assert!(project.record(python, &["-c", "pass"]).status.success());
    let cache = PathBuf::from(
        project
            .command(Path::new("x"), &[])
            .get_envs()
            .find_map(|(name, value)| (name == "XDG_CACHE_HOME").then(|| value.expect("a folder").to_os_string()))
            .expect("a cache"),
    );
    let bundles = std::fs::read_dir(cache.join("connie")).expect("the cache").flatten();
    let bundle = bundles
        .filter(|entry| entry.file_name().to_string_lossy().starts_with("tracer-"))
        .max_by_key(|entry| entry.metadata().and_then(|metadata| metadata.modified()).ok())
        .expect("the tracer");
    let path = project.path("ring");
    let reader = ring::create(&path, 8 << 20).expect("a ring");
    let config = Config {
        ring: path.to_string_lossy().into_owned(),
        root: project.path("").to_string_lossy().into_owned(),
        cwd: project.path("").to_string_lossy().into_owned(),
        max_string: 4096,
        max_items: 1000,
        max_depth: 5,
        memory: 64 << 20,
        ..Config::default()
    };
    std::fs::write(project.path("config"), config.to_text()).expect("a file");
    let mut command = project.command(python, &["main.py"]);
    command.env("PYTHONPATH", bundle.path()).env("CONNIE_CONFIG", project.path("config"));
    let output = command.output().expect("it runs");
    assert!(text(&output.stderr).contains("KeyError"), "{}", text(&output.stderr));
    reader.available().to_vec()
}

/// A fixed sequence: what fails once fails again.
struct Random(u64);

impl Random {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % most.max(1)
    }

    /// Some bytes changed, taken out, put in or repeated.
    fn damage(&mut self, bytes: &mut Vec<u8>) {
        for _ in 0..1 + self.below(4) {
            let at = self.below(bytes.len());
            match self.below(6) {
                0 => bytes[at] = self.below(256) as u8,
                1 => bytes[at] ^= 1 << self.below(8),
                2 => drop(bytes.drain(at..(at + 1 + self.below(8)).min(bytes.len()))),
                3 => drop(bytes.splice(at..at, [0xff, 0xff, 0xff, 0xff, 0x7f])),
                4 => bytes.truncate(at.max(1)),
                _ => {
                    let piece = bytes[at..(at + 40).min(bytes.len())].to_vec();
                    let to = self.below(bytes.len());
                    drop(bytes.splice(to..to, piece));
                }
            }
        }
    }
}

fn run() -> Run {
    Run {
        id: "damaged".into(),
        name: "damaged".into(),
        argv: Vec::new(),
        cwd: "/".into(),
        root: "/".into(),
        settings: "{}".into(),
        redact: vec!["<built-in>".into()],
        command: None,
    }
}

/// Stores a stream; whether it was one to the end.
fn store(bytes: &[u8], path: &Path) -> bool {
    let mut recorder = Recorder::create(path, &run()).expect("a recording");
    recorder.set_python(1, 13, 0).expect("a disk");
    let outcome = Outcome { exit_code: Some(1), pid: 1, ..Outcome::default() };
    let mut at = 0;
    while at < bytes.len() {
        match recorder.feed(0, &bytes[at..], i64::MAX) {
            Ok(0) => break,
            Ok(n) => at += n,
            Err(error) => {
                recorder.abandon(&outcome, &error.to_string()).expect("a disk");
                return false;
            }
        }
    }
    recorder.finish(&outcome).expect("a disk");
    true
}

/// Looks at all that there is; how many steps those were.
fn look(path: &Path) -> u64 {
    let Ok(recording) = Recording::open(path) else { return 0 };
    let _ = (recording.threads(), recording.tasks(), recording.thread_names(), recording.counts());
    let mut player = Player::new(&recording);
    let mut steps = 0;
    while player.next_step().is_some() {
        steps += 1;
        for frame in player.stack() {
            for (_, value) in player.locals(frame) {
                let bounds = Bounds { string: 100, items: 20, depth: 4 };
                std::hint::black_box(Renderer::new(&player, bounds).text(&value));
            }
        }
    }
    let timeline = Timeline::default();
    for index in 0..recording.chunks.len() {
        let _ = timeline.chunk(&recording, index);
    }
    steps
}

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
    let (mut stored, mut refused, mut random) = (0, 0, Random(1));
    for n in 0..600 {
        let mut bytes = whole.clone();
        random.damage(&mut bytes);
        let path = project.path(&format!("{n}.connie"));
        match store(&bytes, &path) {
            true => stored += 1,
            false => refused += 1,
        }
        look(&path);
        let _ = std::fs::remove_file(path);
    }
    assert!(stored > 20 && refused > 20, "{stored} stored, {refused} refused");
}

#[test]
fn damaged_chunks_are_said_to_be() {
    let (_, python) = pythons().pop().expect("a python");
    let project = Project::new(PROGRAM);
    assert!(project.record(&python, &["-o", "whole.connie", "main.py"]).status.code() == Some(1));
    let (path, mut random) = (project.path("whole.connie"), Random(7));
    let open = || rusqlite::Connection::open(&path).expect("a recording");
    let data: Vec<u8> = open().query_row("SELECT data FROM chunk_data", [], |row| row.get(0)).expect("one chunk");
    let raw = zstd::bulk::decompress(&data, 1 << 24).expect("columns");
    let all = look(&path);
    let mut read = 0;
    for _ in 0..600 {
        let mut bytes = raw.clone();
        random.damage(&mut bytes);
        let data = zstd::bulk::compress(&bytes, 1).expect("memory");
        let checksum = crc32fast::hash(&data);
        open().execute("UPDATE chunk_data SET data = ?", [data]).expect("a disk");
        open().execute("UPDATE chunks SET checksum = ?", [checksum]).expect("a disk");
        read += u64::from(look(&path) > 0);
    }
    assert!(all > 100 && read > 20, "{read} of {all}");
}
