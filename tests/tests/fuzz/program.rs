//! The program whose streams and recordings are damaged, and how the damaged ones are read.

use std::path::{Path, PathBuf};

use connie_history::timeline::Timeline;
use connie_recording::Recording;
use connie_recording::player::Player;
use connie_recording::recorder::{Outcome, Recorder, Run};
use connie_recording::render::{Bounds, Renderer};
use connie_tests::{Project, text};
use connie_wire::config::Config;
use connie_wire::ring;

/// Uses a little of everything: threads, tasks, generators, exceptions, containers, output, a child process.
pub const PROGRAM: &str = "\
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

/// The stream that the tracer writes for the program.
pub fn stream(project: &Project, python: &Path) -> Vec<u8> {
    // A run leaves the tracer's files in the cache.
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

/// Stores a stream. Returns whether all of it was valid.
pub fn store(bytes: &[u8], path: &Path) -> bool {
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

/// Reads everything in a recording. Returns its number of steps.
pub fn look(path: &Path) -> u64 {
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
