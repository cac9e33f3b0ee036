//! `connie threads`: the threads of a recording.

use comfy_table::{Table, presets};
use connie_recording::Recording;
use connie_recording::plain::one_line;

use crate::failure::Failure;
use crate::format::{self, Format};
use crate::screen::cell;
use crate::{folder, screen, style};

/// List the threads of a recording.
#[derive(clap::Args)]
pub struct Arguments {
    /// The recording: latest, an id or its beginning, or a path
    #[arg(value_name = "RUN", default_value = "latest")]
    recording: String,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "table", value_parser = format::among(format::ROWS))]
    format: Format,
}

/// A process in one line: its id and its command line.
fn command(pid: u32, argv: &[String]) -> String {
    const MAX_LENGTH: usize = 60;
    let line = argv.iter().skip(1).flat_map(|part| part.split_whitespace()).collect::<Vec<_>>().join(" ");
    let short: String = line.chars().take(MAX_LENGTH).collect();
    let cut = if short.len() < line.len() { "…" } else { "" };
    format!("{pid} {short}{cut}").trim_end().to_owned()
}

/// Runs the command.
///
/// # Errors
/// If the recording cannot be read.
pub fn run(arguments: &Arguments) -> Result<i32, Failure> {
    let recording = Recording::open(&folder::resolve(&arguments.recording)?)?;
    let threads = recording.threads()?;
    let mut out = screen::stdout();
    match arguments.format {
        Format::Json => format::json(&threads)?,
        Format::Csv => {
            let mut writer = csv::Writer::from_writer(out);
            for thread in &threads {
                writer.serialize(thread).map_err(std::io::Error::other)?;
            }
            writer.flush()?;
        }
        _ => {
            let mut table = Table::new();
            let processes = recording.processes()?;
            let mut header = vec!["THREAD", "NAME", "STEPS", "FIRST", "LAST"];
            if processes.len() > 1 {
                header.push("PROCESS");
            }
            table.load_preset(presets::NOTHING).set_header(header);
            for thread in &threads {
                // A thread that is still being recorded has no last step.
                let number = |n: Option<u64>| n.map_or_else(|| "?".to_owned(), style::grouped);
                let numbers = [thread.steps, Some(thread.first_step), thread.last_step].map(number);
                let [steps, first, last] = numbers;
                let mut row = vec![thread.id.to_string(), one_line(&thread.name).into_owned(), steps, first, last];
                if processes.len() > 1 {
                    let process = processes.iter().find(|process| process.id == thread.process);
                    let line = process.map_or_else(String::new, |process| command(process.pid, &process.argv));
                    row.push(line);
                }
                table.add_row(row.into_iter().map(cell));
            }
            out.table(&table)?;
        }
    }
    Ok(0)
}
