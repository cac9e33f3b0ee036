//! Output formats. Each command supports some of them.

use clap::ValueEnum;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::failure::Failure;
use crate::screen;

/// How a command prints its answer.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Text for people
    Text,
    /// A table for people
    Table,
    /// One JSON value (docs/reference/json.md)
    Json,
    /// One JSON object per line
    Jsonl,
    /// Comma-separated values with a header
    Csv,
}

/// Formats of commands that print text.
pub const TEXT: &[Format] = &[Format::Text, Format::Json];
/// Formats of commands that print rows.
pub const ROWS: &[Format] = &[Format::Table, Format::Json, Format::Csv];

/// A parser of the formats that a command supports.
pub fn among(some: &[Format]) -> impl TypedValueParser<Value = Format> {
    let named = some.iter().filter_map(ValueEnum::to_possible_value);
    PossibleValuesParser::new(named).try_map(|name| Format::from_str(&name, false))
}

/// Prints an answer as one JSON value.
///
/// # Errors
/// If stdout cannot be written to.
pub fn json(answer: &(impl serde::Serialize + ?Sized)) -> Result<(), Failure> {
    use std::io::Write;
    let text = serde_json::to_string_pretty(answer).map_err(std::io::Error::from)?;
    Ok(writeln!(screen::json(), "{text}")?)
}
