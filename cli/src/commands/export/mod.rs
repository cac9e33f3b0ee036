//! `connie export`: writes a recording as a page, a copy, or its calls as pictures, for other tools, or as tests.

pub mod calls;
mod page;
mod story;
mod test;
mod trace;

pub use page::facts;

use std::io::{BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use connie_recording::Recording;
use connie_wire::secrets::BUILT_IN;

use crate::failure::Failure;
use crate::screen::Screen;
use crate::{folder, numbers, screen, style};

/// The prefix of a pattern that is the literal text of a secret.
const VALUE: &str = "value:";

/// What to write.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A web page with sources, values beside them, tracebacks, functions and output (.html)
    Html,
    /// A timeline of the calls, for Perfetto, speedscope or chrome://tracing (.json)
    Trace,
    /// The time of calls as a flame graph (.svg)
    Flame,
    /// The call graph, with times, as a picture (.graph.svg)
    Graph,
    /// The call graph for Graphviz (.dot)
    Dot,
    /// Collapsed stacks with nanoseconds, for flamegraph.pl, inferno or speedscope (.folded)
    Collapsed,
    /// For KCachegrind (callgrind.out.*)
    Callgrind,
    /// For pstats, snakeviz or gprof2dot, as cProfile writes it (.prof)
    Pstats,
    /// A complete copy of the recording in one file, even while it is being made (.connie)
    Recording,
}

/// Export a recording as a web page or a copy, or its calls as a trace, picture, profile or tests.
#[derive(clap::Args)]
#[command(
    after_help = "A page or a recording contains values and sources of the program: check it before you share it. To \
    open a recording file that somebody gave you: connie view FILE"
)]
pub struct Arguments {
    /// The recording: latest, an id or its beginning, or a path [default: latest]
    #[arg(value_name = "RUN")]
    recording: Option<String>,
    /// What to write [default: by the file's extension, else html]
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// File to write; - for stdout [default: ID.html and the like in this folder]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// With a page: show the values at this step [default: the step of the uncaught exception, else the last step]
    #[arg(long, value_name = "STEP", value_parser = numbers::step(), allow_negative_numbers = true)]
    step: Option<u64>,
    /// Redact secrets: values whose names are on the built-in list or match PATTERN, and values that look like a
    /// secret. value:TEXT redacts TEXT itself
    #[arg(long, value_name = "PATTERN", num_args = 0..)]
    redact: Option<Vec<String>>,
    /// Write a call of this function as a pytest test, with the recorded arguments and result
    #[arg(long, value_name = "FUNCTION", conflicts_with_all = ["format", "step", "redact"])]
    test: Option<String>,
    /// With --test: the N-th call [default: the first that can become a test]
    #[arg(long, value_name = "N", requires = "test", value_parser = numbers::within("a call", 1..=u64::MAX), allow_negative_numbers = true)]
    call: Option<u64>,
    /// With --test: up to N calls that ran different lines, each as a test
    #[arg(long, value_name = "N", requires = "test", conflicts_with = "call", value_parser = numbers::within("calls", 1..=1000), allow_negative_numbers = true)]
    calls: Option<u64>,
    /// Overwrite the file if it exists
    #[arg(long)]
    force: bool,
}

impl Format {
    fn of(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?;
        if name.starts_with("callgrind.out") {
            return Some(Format::Callgrind);
        }
        match path.extension()?.to_str()? {
            "html" | "htm" => Some(Format::Html),
            "json" => Some(Format::Trace),
            "svg" if name.ends_with(".graph.svg") => Some(Format::Graph),
            "svg" => Some(Format::Flame),
            "dot" | "gv" => Some(Format::Dot),
            "folded" | "collapsed" => Some(Format::Collapsed),
            "prof" | "pstats" => Some(Format::Pstats),
            folder::EXTENSION => Some(Format::Recording),
            _ => None,
        }
    }

    /// The name of the file if none is given.
    fn file_name(self, id: &str) -> String {
        let extension = match self {
            Format::Callgrind => return format!("callgrind.out.{id}"),
            Format::Html => "html",
            Format::Trace => "trace.json",
            Format::Flame => "flame.svg",
            Format::Graph => "graph.svg",
            Format::Dot => "dot",
            Format::Collapsed => "folded",
            Format::Pstats => "prof",
            Format::Recording => folder::EXTENSION,
        };
        format!("{id}.{extension}")
    }

    /// Whether it can be printed.
    fn is_text(self) -> bool {
        !matches!(self, Format::Recording | Format::Pstats)
    }
}

/// Runs the command.
///
/// # Errors
/// If the recording cannot be read, or the file cannot be created.
pub fn run(arguments: &Arguments) -> Result<i32, Failure> {
    let (run, redact) = what(arguments.recording.as_deref(), arguments.redact.as_deref());
    let path = folder::resolve(&run)?;
    if let Some(function) = &arguments.test {
        return test::write(&Recording::open(&path)?, function, arguments);
    }
    let cleaned = match &redact {
        Some(patterns) => Some(clean(&path, patterns)?),
        None => None,
    };
    let recording = Recording::open(cleaned.as_deref().unwrap_or(&path))?;
    let named = arguments.output.as_deref().filter(|output| *output != Path::new("-"));
    let format = arguments.format.or_else(|| named.and_then(Format::of)).unwrap_or(Format::Html);
    let to_stdout = arguments.output.is_some() && named.is_none();
    if to_stdout {
        if !format.is_text() || std::io::stdout().is_terminal() {
            return Err(Failure::Usage("say where to write with --output FILE".into()));
        }
        let mut out = BufWriter::new(std::io::stdout().lock());
        return write(recording, format, arguments.step, &mut out).map(|()| 0);
    }
    let file = named.map_or_else(|| PathBuf::from(format.file_name(&folder::id(&path))), Path::to_owned);
    place(&file, arguments.force, |temporary| match format {
        Format::Recording => Ok(recording.copy(temporary.path())?),
        _ => {
            let mut out = BufWriter::new(temporary.as_file());
            write(recording, format, arguments.step, &mut out)?;
            Ok(out.flush()?)
        }
    })?;
    Ok(0)
}

/// Creates a file atomically. At first only the user can read it.
pub(super) fn place(
    file: &Path,
    force: bool,
    write: impl FnOnce(&tempfile::NamedTempFile) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let cannot =
        |error: &dyn std::fmt::Display| Failure::CannotCreate(format!("cannot write {}: {error}", file.display()));
    if file.exists() && !force {
        return Err(cannot(&"the file exists already: --force overwrites it"));
    }
    let beside = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let temporary = tempfile::NamedTempFile::new_in(beside).map_err(|error| cannot(&error))?;
    write(&temporary)?;
    temporary.persist(file).map_err(|error| cannot(&error.error))?;
    let size = style::size(std::fs::metadata(file).map_or(0, |metadata| metadata.len()));
    screen::say!("{}connie:{:#} {} · {size}", style::DIM, style::DIM, file.display());
    Ok(())
}

/// The recording to export, and the patterns of secrets. `--redact` takes all arguments that follow it; if no recording
/// is named elsewhere, a recording among these arguments is the one to export.
pub(super) fn what(recording: Option<&str>, redact: Option<&[String]>) -> (String, Option<Vec<String>>) {
    let mut redact = redact.map(<[String]>::to_vec);
    let run = recording.map(str::to_owned).or_else(|| {
        let patterns = redact.as_mut()?;
        let at = patterns.iter().position(|pattern| pattern == "latest" || folder::resolve(pattern).is_ok())?;
        Some(patterns.remove(at))
    });
    (run.unwrap_or_else(|| "latest".into()), redact)
}

/// A copy of a recording without secrets, which no other user can read.
///
/// # Errors
/// If the recording cannot be read, or the copy cannot be written.
pub(super) fn clean(path: &Path, patterns: &[String]) -> Result<tempfile::TempPath, Failure> {
    let copy = tempfile::NamedTempFile::new()?.into_temp_path();
    Recording::open(path)?.copy(&copy)?;
    let (texts, words): (Vec<_>, Vec<_>) = patterns.iter().cloned().partition(|pattern| pattern.starts_with(VALUE));
    let texts: Vec<String> = texts.iter().filter_map(|text| text.strip_prefix(VALUE).map(str::to_owned)).collect();
    let words: Vec<String> = std::iter::once(BUILT_IN.to_owned()).chain(words).collect();
    connie_recording::secrets::clean(&copy, &words, &texts)?;
    Ok(copy)
}

fn write(recording: Recording, format: Format, step: Option<u64>, out: &mut impl Write) -> Result<(), Failure> {
    match format {
        Format::Trace => trace::write(&recording, &mut Screen::json(out)),
        Format::Flame => calls::flame(&recording, &mut Screen::text(out)),
        Format::Graph => calls::graph(&recording, &mut Screen::text(out)),
        Format::Dot => calls::dot(&recording, &mut Screen::text(out)),
        Format::Collapsed => calls::collapsed(&recording, &mut Screen::text(out)),
        Format::Callgrind => calls::callgrind(&recording, &mut Screen::text(out)),
        Format::Pstats => calls::pstats(&recording, out),
        _ => page::write(recording.path(), step, &mut Screen::text(out)),
    }
}
