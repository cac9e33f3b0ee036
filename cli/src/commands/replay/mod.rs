//! `connie replay`: the steps of a recording, as a story or as JSON lines.

mod jsonl;
mod select;
mod text;

use clap::ValueEnum;
use connie_history::story;
use connie_recording::Recording;
use connie_recording::render::Bounds;

use crate::failure::Failure;
use crate::format::{self, Format};
use crate::screen::Screen;
use crate::{folder, numbers, pager, screen, style};

/// Which variables a step shows.
#[derive(Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Locals {
    /// Variables that changed since the frame's last step.
    #[default]
    Changed,
    /// All variables that have a value.
    All,
    /// No variables.
    None,
}

impl From<Locals> for story::Locals {
    fn from(locals: Locals) -> Self {
        match locals {
            Locals::Changed => Self::Changed,
            Locals::All => Self::All,
            Locals::None => Self::None,
        }
    }
}

const SUPPORTED: &[Format] = &[Format::Text, Format::Json, Format::Jsonl];

/// Print the steps of a recording.
#[derive(clap::Args)]
pub struct Arguments {
    /// The recording: latest, an id or its beginning, or a path
    #[arg(value_name = "RUN", default_value = "latest")]
    recording: String,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = format::among(SUPPORTED))]
    format: Format,
    /// Only this thread (number or name)
    #[arg(long, value_name = "THREAD")]
    pub thread: Option<String>,
    /// Only this process (its id)
    #[arg(long, value_name = "PID", value_parser = numbers::process(), allow_negative_numbers = true)]
    pub process: Option<u32>,
    /// Only this asyncio task (number or name)
    #[arg(long, value_name = "TASK")]
    pub task: Option<String>,
    /// Only functions whose qualified name matches (glob)
    #[arg(long, value_name = "NAME")]
    pub function: Option<String>,
    /// Only files whose path matches (glob, or the end of the path)
    #[arg(long, value_name = "PATH")]
    pub file: Option<String>,
    /// First step
    #[arg(long, value_name = "STEP", value_parser = numbers::step(), allow_negative_numbers = true)]
    pub from: Option<u64>,
    /// Last step
    #[arg(long, value_name = "STEP", value_parser = numbers::step(), allow_negative_numbers = true)]
    pub to: Option<u64>,
    /// Which variables to show
    #[arg(long, value_enum, default_value_t)]
    pub locals: Locals,
    /// Show at most N characters of a string [default: 4096; 80 in text]
    #[arg(long, value_name = "N", value_parser = numbers::count("characters"), allow_negative_numbers = true)]
    max_string: Option<usize>,
    /// Show at most N items of a container [default: 1000; 12 in text]
    #[arg(long, value_name = "N", value_parser = numbers::count("items"), allow_negative_numbers = true)]
    max_items: Option<usize>,
    /// Show at most N levels of containers within containers [default: 5; 3 in text]
    #[arg(long, value_name = "N", value_parser = numbers::count("containers"), allow_negative_numbers = true)]
    max_depth: Option<usize>,
    /// Do not use a pager
    #[arg(long)]
    no_pager: bool,
}

/// Runs the command.
///
/// # Errors
/// If the recording cannot be read, or stdout cannot be written.
pub fn run(arguments: &Arguments) -> Result<i32, Failure> {
    let recording = Recording::open(&folder::resolve(&arguments.recording)?)?;
    let selection = select::Selection::new(&recording, arguments)?;
    let text = arguments.format == Format::Text;
    let defaults = if text { Bounds { string: 80, items: 12, depth: 3 } } else { Bounds::default() };
    let bounds = Bounds {
        string: arguments.max_string.unwrap_or(defaults.string),
        items: arguments.max_items.unwrap_or(defaults.items),
        depth: arguments.max_depth.unwrap_or(defaults.depth),
    };
    let damaged = if text {
        if arguments.no_pager {
            pager::refuse();
        }
        let mut out = std::io::BufWriter::with_capacity(1 << 16, screen::stdout());
        text::write(&recording, &selection, arguments.locals.into(), bounds, &mut out)?
    } else {
        let mut out = std::io::BufWriter::with_capacity(1 << 18, Screen::json(std::io::stdout().lock()));
        let in_array = arguments.format == Format::Json;
        jsonl::write(&recording, &selection, arguments.locals.into(), bounds, in_array, &mut out)?
    };
    let failed = !damaged.is_empty();
    for error in damaged {
        screen::say!("{}connie:{:#} {error}", style::WARNING, style::WARNING);
    }
    Ok(if failed { 65 } else { 0 })
}
