//! `connie list`: the recordings of a project.

use std::path::PathBuf;

use comfy_table::{Color, Table, presets};
use connie_recording::outcome::{Mood, RunResult};
use connie_recording::plain::one_line;
use connie_recording::reader::{self, Info};
use connie_wire::arguments::CommandLine;

use crate::failure::Failure;
use crate::format::{self, Format};
use crate::screen::cell;
use crate::{folder, screen, style};

/// List recordings.
#[derive(clap::Args)]
pub struct Arguments {
    /// Only runs that failed or were interrupted
    #[arg(long)]
    errors: bool,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "table", value_parser = format::among(format::ROWS))]
    format: Format,
}

/// The maximum number of characters of an exception in the table.
const SHOWN: usize = 60;

/// A row of the list.
#[derive(serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Row {
    id: String,
    started: String,
    program: String,
    /// The arguments of the program in shell syntax.
    arguments: String,
    result: String,
    steps: u64,
    /// Seconds; `None` during the run.
    duration: Option<f64>,
    size: u64,
    path: PathBuf,
    /// The exception that ended it.
    exception: Option<String>,
    /// How much was recorded of which files, if not all lines.
    #[serde(skip)]
    levels: String,
}

impl Row {
    fn new(path: PathBuf, info: Info) -> Self {
        let has_failed = info.exception.is_some() || info.result == "failed";
        Self {
            id: folder::id(&path),
            started: local_time(info.started),
            result: info.outcome(),
            steps: info.steps,
            duration: info.duration().map(|took| took as f64 / 1e9),
            size: std::fs::metadata(&path).map_or(0, |metadata| metadata.len()),
            // A test has no arguments: the command line is that of pytest, for all of its tests.
            arguments: if info.program.contains("::") { String::new() } else { given(&info.argv) },
            program: info.program,
            levels: info.levels.join(", "),
            exception: has_failed.then(|| reader::uncaught(&path).ok().flatten()).flatten(),
            path,
        }
    }
}

/// The program's arguments in a command line: those after the script, the module or the code.
fn given(argv: &[String]) -> String {
    let words: Vec<&[u8]> = argv.iter().skip(1).map(String::as_bytes).collect();
    let rest = argv.iter().skip(1 + CommandLine::read(&words).rest);
    // No argument of a process contains NUL, but a file may contain anything.
    let shown = |part: &String| shlex::try_quote(part).map_or_else(|_| part.clone(), std::borrow::Cow::into_owned);
    rest.map(shown).collect::<Vec<_>>().join(" ")
}

/// A time for people, in the local time zone.
pub fn local_time(nanoseconds: i64) -> String {
    let stamp = jiff::Timestamp::from_nanosecond(i128::from(nanoseconds)).unwrap_or_default();
    stamp.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// Runs the command.
///
/// # Errors
/// If stdout cannot be written to.
pub fn run(arguments: &Arguments) -> Result<i32, Failure> {
    let folder = folder::find();
    folder.as_deref().map_or(Ok(()), folder::readable)?;
    let paths = folder.map(|folder| folder::recordings(&folder)).unwrap_or_default();
    let mut found = Vec::new();
    for path in paths.into_iter().rev() {
        let info = match reader::info(&path) {
            Ok(info) => info,
            Err(error) => {
                let why = error.to_string();
                screen::say!("{}connie:{:#} {}", style::WARNING, style::WARNING, one_line(&why));
                continue;
            }
        };
        if arguments.errors && mood(&info.result) == Mood::Good {
            continue;
        }
        found.push((path, info));
    }
    // Ids of recordings from one run of pytest begin with the same letters, so sort by time.
    found.sort_by_key(|(_, info)| std::cmp::Reverse(info.started));
    let rows: Vec<Row> = found.into_iter().map(|(path, info)| Row::new(path, info)).collect();
    match arguments.format {
        Format::Table if rows.is_empty() => {
            screen::say!("There are no recordings here. Make one with: connie run SCRIPT");
        }
        format => print(&rows, format, table)?,
    }
    Ok(0)
}

/// Prints rows in a format; `table` creates the one for people.
///
/// # Errors
/// If stdout cannot be written to.
pub fn print<T: serde::Serialize>(
    rows: &[T],
    format: Format,
    table: impl FnOnce(&[T]) -> Table,
) -> Result<(), Failure> {
    let mut out = screen::stdout();
    match format {
        Format::Json => format::json(rows)?,
        Format::Csv => {
            let mut writer = csv::Writer::from_writer(out);
            for row in rows {
                writer.serialize(row).map_err(std::io::Error::other)?;
            }
            writer.flush()?;
        }
        _ => out.table(&table(rows))?,
    }
    Ok(())
}

fn table(rows: &[Row]) -> Table {
    let mut table = Table::new();
    let mut header = vec!["ID", "START", "PROGRAM", "RESULT", "STEPS", "DURATION", "SIZE"];
    let any_failed = rows.iter().any(|row| row.exception.is_some());
    if any_failed {
        header.push("EXCEPTION");
    }
    table.load_preset(presets::NOTHING).set_header(header);
    for row in rows {
        let colour = match mood(&row.result) {
            Mood::Good => Color::Green,
            Mood::Live => Color::Yellow,
            Mood::Warning | Mood::Bad => Color::Red,
        };
        let right = |text: String| cell(text).set_alignment(comfy_table::CellAlignment::Right);
        let mut cells = vec![
            cell(one_line(&row.id)),
            cell(&row.started),
            cell(match row.levels.as_str() {
                "" => one_line(&row.program).into_owned(),
                levels => format!("{} (level {})", one_line(&row.program), one_line(levels)),
            }),
            cell(&row.result).fg(colour),
            right(style::grouped(row.steps)),
            right(row.duration.map_or_else(|| "…".into(), |seconds| style::duration((seconds * 1e9) as u64))),
            right(style::size(row.size)),
        ];
        if any_failed {
            let first = row.exception.as_deref().and_then(|text| text.lines().next()).unwrap_or_default();
            let cut = if first.chars().count() > SHOWN { "…" } else { "" };
            cells.push(cell(first.chars().take(SHOWN).collect::<String>() + cut));
        }
        table.add_row(cells);
    }
    table
}

/// The mood of an outcome, which chooses its colour. An unknown outcome counts as bad.
fn mood(result: &str) -> Mood {
    RunResult::read(result).map_or(Mood::Bad, RunResult::mood)
}

#[cfg(test)]
mod tests {
    use super::given;

    #[test]
    fn what_the_program_was_given() {
        let of = |line: &str| given(&line.split(' ').map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(of("python shop.py -v 3"), "-v 3");
        assert_eq!(of("python -X dev -Wignore -u shop.py --fast"), "--fast");
        assert_eq!(of("python -um pytest -q tests"), "-q tests");
        assert_eq!(of("python -c code one"), "one");
        assert_eq!(of("python --check-hash-based-pycs always shop.py a"), "a");
        assert_eq!(of("python - a"), "a");
        assert_eq!(of("python -mpytest -q"), "-q");
        assert_eq!(of("python -Bcpass one"), "one");
        assert_eq!(of("python -X a -Wc -bb shop.py -m b"), "-m b");
        assert_eq!(of("python -- -c a"), "a");
        assert_eq!(of("python"), "");
        assert_eq!(given(&["python", "shop.py", "a b", "\0"].map(String::from)), "'a b' \0");
    }
}
