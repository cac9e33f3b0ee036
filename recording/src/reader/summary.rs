//! The summary of a recording that lists show. It is read without opening the whole recording.

use std::path::Path;

use rusqlite::Connection;

use crate::error::Error;
use crate::outcome::RunResult;
use crate::rows::Info;
use crate::{reserve, schema};

/// Reads only the `recording` row; for lists.
///
/// # Errors
/// If the file is not a recording of a known version.
pub fn info(path: &Path) -> Result<Info, Error> {
    let connection = schema::open(path)?;
    read_info(path, &connection).map_err(|source| Error::sqlite(path, source))
}

/// Whether a recording has steps of recorded code: output before the first line of the program also counts as steps.
///
/// # Errors
/// As for [`info`].
pub fn has_code(path: &Path) -> Result<bool, Error> {
    let connection = schema::open(path)?;
    let read = || {
        let any = connection.query_row("SELECT EXISTS (SELECT 1 FROM functions)", [], |row| row.get(0))?;
        Ok(any && read_info(path, &connection)?.steps > 0)
    };
    read().map_err(|source| Error::sqlite(path, source))
}

/// The beginning of the note in a recording whose program failed before its first line. The program's own message may
/// follow.
pub const NEVER_BEGAN: &str = "nothing was recorded: the program ended before its first line";

/// Selects the SystemExit that ended the program if no other exception did: it left the main thread's code, and the
/// program failed. Older formats do not have the data for it.
pub(super) const EXIT: &str = "SELECT max(step) FROM exceptions, recording WHERE recording.exception IS NULL
    AND recording.result = 'failed' AND coalesce(recording.exit_code, 0) <> 0
    AND exceptions.type = 'SystemExit' AND exceptions.left_code AND exceptions.thread = 1";

/// The last line of the traceback that ended the program, or the program's message if it failed before its first line;
/// `None` if neither happened.
///
/// # Errors
/// If the file is not a recording of a known version.
pub fn uncaught(path: &Path) -> Result<Option<String>, Error> {
    let connection = schema::open(path)?;
    let read = || -> rusqlite::Result<Option<String>> {
        let version: i32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        let text = if version < 8 { "text" } else { "coalesce(last_text, text)" };
        let exit = if version < 8 { "NULL" } else { EXIT };
        let sql = format!(
            "SELECT type, {text} FROM exceptions WHERE step = coalesce((SELECT exception FROM recording), ({exit}))"
        );
        let mut statement = connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        let Some(row) = rows.next()? else {
            let trouble: Option<String> =
                connection.query_row("SELECT trouble FROM recording", [], |row| row.get(0))?;
            let said = trouble.as_deref().and_then(|trouble| trouble.strip_prefix(NEVER_BEGAN)?.strip_prefix(": "));
            return Ok(said.map(str::to_owned));
        };
        let (ty, text): (String, String) = (row.get(0)?, row.get(1)?);
        Ok(Some(if text.is_empty() { ty } else { format!("{ty}: {text}") }))
    };
    read().map_err(|source| Error::sqlite(path, source))
}

pub(super) fn read_info(path: &Path, connection: &Connection) -> rusqlite::Result<Info> {
    let mut info = read_row(connection)?;
    if info.ended.is_none() && !reserve::is_held(path) {
        // It may have ended between the two reads.
        info = read_row(connection)?;
        if info.ended.is_none() {
            info.result = RunResult::Cut.name().into();
            info.trouble = Some("connie ended before the program did".into());
        }
    }
    if info.ended.is_none() {
        // Recording is in progress, or the recorder died: use the available data.
        let last = "SELECT coalesce(max(first_step + steps - 1), 0) FROM chunks";
        info.steps = connection.query_row(last, [], |row| row.get(0))?;
    }
    Ok(info)
}

fn read_row(connection: &Connection) -> rusqlite::Result<Info> {
    connection.query_row(
        "SELECT id, name, argv, cwd, root, started, ended, steps, result, exit_code, signal, complete, exception, trouble,
            ticks_per_second, waited, (SELECT version FROM processes WHERE id = 1), settings ->> '$.dropped_steps',
            CAST(settings ->> '$.kept' AS TEXT), CAST(settings ->> '$.levels' AS TEXT)
            FROM recording",
        [],
        |row| {
            Ok(Info {
                id: row.get(0)?,
                program: row.get(1)?,
                argv: serde_json::from_str(&row.get::<_, String>(2)?).unwrap_or_default(),
                cwd: row.get(3)?,
                root: row.get(4)?,
                started: row.get(5)?,
                ended: row.get(6)?,
                steps: row.get(7)?,
                result: row.get(8)?,
                exit_code: row.get(9)?,
                signal: row.get(10)?,
                complete: row.get(11)?,
                exception: row.get(12)?,
                trouble: row.get(13)?,
                ticks_per_second: row.get(14)?,
                waited: row.get(15)?,
                python: row.get(16)?,
                dropped: row.get::<_, Option<u64>>(17)?.unwrap_or(0),
                kept: row.get(18)?,
                levels: row
                    .get::<_, Option<String>>(19)?
                    .and_then(|levels| serde_json::from_str(&levels).ok())
                    .unwrap_or_default(),
            })
        },
    )
}

/// Makes the recorder of a recording finish. Returns false if it does not finish within `patience`.
#[must_use]
pub fn stop_recorder(path: &Path, patience: std::time::Duration) -> bool {
    reserve::stop(path, patience)
}

/// Whether a recording is in progress.
#[must_use]
pub fn is_being_made(path: &Path) -> bool {
    reserve::is_held(path)
}

/// The process id of the recorder of a recording in progress.
pub fn recorder_of(path: &Path) -> Option<u32> {
    reserve::holder(path)
}
