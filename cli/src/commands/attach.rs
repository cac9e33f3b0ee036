//! `connie attach`: record a running process.

mod interpreter;

use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use connie_recording::recorder::Run;
use connie_wire::arguments::{self, Program};
use connie_wire::config::Config;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use crate::failure::Failure;
use crate::run::what::{self, ATTACH, What};
use crate::run::{Attended, Budget, Segments, report, settings_text};
use crate::{folder, numbers, project, screen, style};
use interpreter::Interpreter;

/// How long a process may take to stop recording before it is left alone.
const PATIENCE: Duration = Duration::from_secs(3);
/// The script that ends recording.
const END: &str = "end";

/// Record a running process until Ctrl-C (Python 3.14 and later).
#[derive(clap::Args)]
#[command(after_help = "Recording lasts until Ctrl-C, --max-time or the end of the process. Then the process goes on \
    unrecorded. For versions of Python before 3.14, start the program with `connie run --arm USR1` instead, \
    and send it that signal.\n\n\
    Patterns of --include and --exclude that begin with ./ or ../ start from your working folder, not from \
    that of the process.")]
pub struct Arguments {
    #[command(flatten)]
    what: What<ATTACH>,
    /// The id of the process
    #[arg(value_parser = numbers::process(), allow_negative_numbers = true)]
    pid: u32,
    /// Print no summary at the end
    #[arg(short, long)]
    quiet: bool,
    /// Write what was recorded at once, for a reader that follows the run
    #[arg(long, hide = true)]
    live: bool,
    /// What to call the recording
    #[arg(long, hide = true, value_name = "ID")]
    id: Option<String>,
}

/// The project root for the recordings of a process.
///
/// # Errors
/// If the process cannot be attached to.
pub fn root(pid: u32) -> Result<PathBuf, Failure> {
    let process = Process::find(pid)?;
    process.interpreter()?;
    Ok(project::root(&process.program().1))
}

/// Facts about a process, read from outside.
struct Process {
    pid: u32,
    executable: PathBuf,
    arguments: Vec<Vec<u8>>,
    cwd: PathBuf,
}

impl Process {
    fn find(pid: u32) -> Result<Self, Failure> {
        let of = |name: &str| PathBuf::from(format!("/proc/{pid}/{name}"));
        if !of("").exists() {
            return Err(Failure::NotFound(format!("there is no process {pid}")));
        }
        let denied = |error| {
            Failure::Interpreter(format!(
                "process {pid} cannot be inspected: {error}; run connie as its user, or as root"
            ))
        };
        let executable = of("exe");
        let name = executable.read_link().map_err(denied)?;
        // The process may be any program; the executable is started with python's options only if it is python.
        if !name.file_name().is_some_and(|name| name.as_bytes().starts_with(b"python")) {
            let name = name.display();
            return Err(Failure::Interpreter(format!("process {pid} does not run Python: it is {name}")));
        }
        let line = std::fs::read(of("cmdline")).map_err(denied)?;
        let arguments = line.strip_suffix(b"\0").unwrap_or(&line).split(|byte| *byte == 0).map(<[u8]>::to_vec);
        Ok(Self { pid, arguments: arguments.collect(), cwd: of("cwd").read_link().map_err(denied)?, executable })
    }

    /// The name of the program, and the folder where the search for the project's root starts.
    fn program(&self) -> (String, PathBuf) {
        let line: Vec<&[u8]> = self.arguments.iter().map(Vec::as_slice).collect();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        match arguments::program(&line) {
            Some(Program::Script(script)) if script != b"-" => {
                let path = self.cwd.join(Path::new(std::ffi::OsStr::from_bytes(script)));
                let start = if path.is_dir() { path } else { path.parent().unwrap_or(&self.cwd).to_path_buf() };
                (text(script), start)
            }
            Some(Program::Module(module)) => (format!("-m {}", text(module)), self.cwd.clone()),
            _ => (format!("process {}", self.pid), self.cwd.clone()),
        }
    }

    /// Starts the interpreter that makes the process execute scripts.
    fn interpreter(&self) -> Result<Interpreter, Failure> {
        Interpreter::start(&self.executable, self.pid)
    }
}

/// Runs the command.
///
/// # Errors
/// If the process cannot be attached to.
pub fn run(arguments: Arguments) -> Result<i32, Failure> {
    let process = Process::find(arguments.pid)?;
    let mut interpreter = process.interpreter()?;
    let (name, start) = process.program();
    let root = project::root(&start);
    let settings = project::settings(&root)?;
    let options = arguments.what.within(&settings, &std::env::current_dir()?);
    let prefix = arguments.id.clone().unwrap_or_else(folder::new_id);
    let config = Config {
        segments: prefix.clone(),
        switched: true,
        children: false,
        ..what::config(&options, &root, &process.cwd)
    };
    let argv = process.arguments.iter().map(|part| String::from_utf8_lossy(part).into_owned());
    let run = Run {
        id: String::new(),
        name,
        argv: argv.collect(),
        cwd: config.cwd.clone(),
        root: config.root.clone(),
        settings: settings_text(&config),
        redact: config.redact.clone(),
        command: None,
    };
    // `--max-time` ends this command; the project's setting ends the recording.
    let most = arguments.what.options.max_time.map(Duration::from_secs);
    let time = Budget::of(&settings).time.filter(|_| most.is_none());
    let budget = Budget { time, ..Budget::of(&options) }.shown_live(arguments.live);
    let mut segments = Segments::new(folder::create(&root)?, run, budget);
    segments.is_live = arguments.live;
    let mut attended = Attended::new(arguments.pid, &config, segments, arguments.quiet)?;

    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        signal_hook::flag::register(signal, Arc::clone(&stop))?;
    }
    let stopped = || stop.load(Ordering::Relaxed);
    let began = Instant::now();
    let in_time = || most.is_none_or(|most| began.elapsed() < most);

    interpreter.execute(&script(&attended, &prefix)?)?;
    let (dim, plain) = (style::DIM, style::DIM);
    let mut told = arguments.quiet;
    let lives = attended.watch(|attended| {
        if !told && began.elapsed() > Duration::from_secs(1) {
            screen::say!("{dim}connie: waiting until process {} runs Python code{plain:#}", arguments.pid);
            told = true;
        }
        attended.has_started() || attended.refusal().is_some() || stopped() || !in_time()
    });
    if let Some(why) = attended.refusal() {
        return Err(Failure::Interpreter(format!("process {}: {why}", arguments.pid)));
    }
    if lives {
        if attended.has_started() && !arguments.quiet {
            screen::say!("{dim}connie: Ctrl-C ends the recording, the process goes on{plain:#}");
        }
        let lives = attended.watch(|_| stopped() || !in_time());
        if lives {
            interpreter.execute(&script(&attended, "")?)?;
            let asked = Instant::now();
            let mut gone = false;
            attended.watch(|attended| {
                gone = gone || attended.path(&format!("{END}.done")).exists();
                gone || asked.elapsed() > PATIENCE
            });
            if !gone {
                // Replaces the pending script, whose folder will be gone when the process runs Python code.
                let _ = interpreter.execute(Path::new("/dev/null"));
            }
            // Store what the process wrote before.
            attended.watch(|_| true);
        }
    }
    report::trouble(&attended.end(), false);
    Ok(0)
}

/// A script for the process: it starts recording, or without a prefix stops it. It leaves no names behind.
fn script(attended: &Attended, prefix: &str) -> Result<PathBuf, Failure> {
    let name = if prefix.is_empty() { END } else { "begin" };
    // JSON strings are valid Python strings.
    let quoted = |path: &Path| serde_json::Value::from(path.to_string_lossy()).to_string();
    let text = format!(
        "{}\n\ntry:\n    _connie({}, {}, {}, {prefix:?})\nfinally:\n    del _connie\n",
        include_str!("../../../tracer/python/connie_attach.py"),
        quoted(attended.config()),
        quoted(attended.bundle()),
        quoted(&attended.path(&format!("{name}.done"))),
    );
    let path = attended.path(&format!("{name}.py"));
    std::fs::write(&path, text)?;
    Ok(path)
}
