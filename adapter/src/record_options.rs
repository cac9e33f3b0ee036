//! The keys of launch and attach configurations that are options of the recording.

use connie_recording::options::{Given, Known, LaunchKey, OPTIONS, RecordOptions, Takes};
use serde_json::Value;

/// Reads a key. Returns whether it is an option of the recording.
///
/// # Errors
/// A message, if its value is invalid.
pub fn read(options: &mut RecordOptions, key: &str, value: &Value) -> Result<bool, String> {
    let opposite = || Some((Known::in_launch(LaunchKey::Opposite(key))?, true));
    let found = Known::in_launch(LaunchKey::Key(key)).map(|known| (known, false)).or_else(opposite);
    match found {
        None if key == "limits" => read_limits(options, value)?,
        None => return Ok(false),
        // The key counts as missing.
        Some((known, _)) if says_nothing(known, value) => {}
        Some((known, is_opposite)) => {
            let given = match given(value) {
                Given::Switch(given) => Given::Switch(given != is_opposite),
                other => other,
            };
            known.set(options, &given).map_err(|error| format!("\"{key}\" {error}"))?;
        }
    }
    Ok(true)
}

/// Whether a value counts as missing: `null`, or an empty object for a list, as clients in Lua write it.
fn says_nothing(known: &Known, value: &Value) -> bool {
    let is_empty = value.as_object().is_some_and(serde_json::Map::is_empty);
    value.is_null() || is_empty && matches!(known.takes, Takes::Patterns(_))
}

fn read_limits(options: &mut RecordOptions, value: &Value) -> Result<(), String> {
    let limits = match value {
        Value::Null => return Ok(()),
        Value::Array(items) if items.is_empty() => return Ok(()),
        Value::Object(limits) => limits,
        other => return Err(format!("\"limits\" must be an object, not {other}")),
    };
    for (name, value) in limits.iter().filter(|(_, value)| !value.is_null()) {
        let Some(known) = Known::in_launch(LaunchKey::Limit(name)) else {
            let of = |known: &Known| match known.launch {
                LaunchKey::Limit(name) => Some(name),
                _ => None,
            };
            let all: Vec<&str> = OPTIONS.iter().filter_map(of).collect();
            return Err(format!("there is no limit \"{name}\": {}", all.join(", ")));
        };
        known.set(options, &given(value)).map_err(|error| format!("the limit \"{name}\" {error}"))?;
    }
    Ok(())
}

/// Converts a JSON value.
fn given(value: &Value) -> Given {
    let number = || value.as_i64().map(i128::from).or_else(|| value.as_u64().map(i128::from));
    match value {
        Value::Bool(given) => Given::Switch(*given),
        Value::String(given) => Given::Text(given.clone()),
        Value::Array(given) => {
            let texts: Option<_> = given.iter().map(|item| item.as_str().map(str::to_owned)).collect();
            texts.map_or_else(|| Given::Other(value.to_string()), Given::Texts)
        }
        other => number().map_or_else(|| Given::Other(other.to_string()), Given::Number),
    }
}
