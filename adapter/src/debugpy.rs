//! Keys of debugpy's configurations that connie does not implement: which are reported, and which are refused.
//!
//! The list of keys in `launch/keys` defines this. docs/debugpy.md is written from that list, and a test compares the
//! page with the adapter.

use serde_json::{Map, Value};

use crate::launch::keys::{self, Key, Standing, Takes};

/// What happens to a key that connie does not implement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Nothing is reported: the key is for the client, or asks for what connie does anyway.
    Silent,
    /// The key has no effect, and this is reported.
    NoEffect(String),
    /// The session does not start, for this reason.
    Refused(String),
}

/// Flags of the old `debugOptions`, and the keys that replace them.
const FLAGS: [(&str, &str, bool); 14] = [
    ("RedirectOutput", "redirectOutput", true),
    ("DebugStdLib", "justMyCode", false),
    ("StopOnEntry", "stopOnEntry", true),
    ("Multiprocess", "subProcess", true),
    ("Sudo", "sudo", true),
    ("Django", "django", true),
    ("DjangoDebugging", "django", true),
    ("Jinja", "jinja", true),
    ("Flask", "jinja", true),
    ("Pyramid", "pyramid", true),
    ("Gevent", "gevent", true),
    ("WaitOnNormalExit", "waitOnNormalExit", true),
    ("WaitOnAbnormalExit", "waitOnAbnormalExit", true),
    ("BreakOnSystemExitZero", "breakOnSystemExitZero", true),
];

/// Whether a value asks for anything. False if it switches the key off.
fn asks(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty() && text != "none",
        Value::Array(items) => !items.is_empty(),
        Value::Object(keys) => keys.get("enable").map_or(!keys.is_empty(), asks),
        _ => true,
    }
}

/// What happens to a key; `None` if it is implemented, or unknown.
pub fn fate(key: &str, value: &Value) -> Option<Fate> {
    if keys::OF_CLIENTS.contains(&key) || key.starts_with("__") {
        return Some(Fate::Silent);
    }
    let known = keys::find(key).filter(|known| known.takes == Takes::Nothing)?;
    let used = known.uses().next()?;
    // Keys in messages are quoted as in JSON.
    let note = || used.note.replace('`', "\"");
    let asks = if key == "showReturnValue" { value == false } else { asks(value) };
    Some(match used.standing {
        Standing::NoEffect if asks => Fate::NoEffect(note()),
        Standing::Refused if asks => Fate::Refused(format!("\"{key}\" is not supported: {}", note())),
        _ => Fate::Silent,
    })
}

/// Why an attach configuration is refused if it is for a program with debugpy in it.
pub fn remote(given: &Map<String, Value>) -> Option<String> {
    let means_debugpy = |key: &&Key| key.attach.is_some_and(|used| used.standing == Standing::Refused);
    let key = keys::KEYS
        .iter()
        .filter(means_debugpy)
        .find(|key| given.get(key.name).is_some_and(|value| !value.is_null()))?
        .name;
    Some(format!(
        "\"{key}\" connects to debugpy, which connie does not use. To record a running process, give \"processId\" \
            (Python 3.14 and later). To record it from its start, use \"request\": \"launch\", or connie run where it \
            runs and then \"recording\": \"latest\""
    ))
}

/// Replaces older keys and flags of `debugOptions` by the current keys. Returns them, and the unknown flags.
pub fn with_flags(keys: &Map<String, Value>) -> (Map<String, Value>, Vec<String>) {
    let (mut all, mut unknown) = (keys.clone(), Vec::new());
    if let Some(Value::Bool(all_code)) = all.remove("debugStdLib") {
        all.entry("justMyCode").or_insert((!all_code).into());
    }
    let Some(flags) = all.remove("debugOptions") else { return (all, unknown) };
    for flag in flags.as_array().into_iter().flatten().filter_map(Value::as_str) {
        match FLAGS.iter().find(|(name, ..)| *name == flag) {
            // A key has precedence over a flag.
            Some((_, key, value)) => drop(all.entry(*key).or_insert((*value).into())),
            None if matches!(flag, "UnixClient" | "WindowsClient" | "FixFilePathCase" | "ShowReturnValue") => {}
            None => unknown.push(format!("debugOptions: {flag}")),
        }
    }
    (all, unknown)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn keys_that_are_switched_off_ask_for_nothing() {
        assert_eq!(fate("django", &json!(false)), Some(Fate::Silent));
        assert!(matches!(fate("django", &json!(true)), Some(Fate::NoEffect(_))));
        assert_eq!(fate("autoReload", &json!({"enable": false})), Some(Fate::Silent));
        assert!(matches!(fate("autoReload", &json!({"enable": true})), Some(Fate::NoEffect(_))));
        assert_eq!(fate("sudo", &json!(false)), Some(Fate::Silent));
        assert!(matches!(fate("sudo", &json!(true)), Some(Fate::Refused(_))));
        assert_eq!(fate("program", &json!("a.py")), None);
    }

    #[test]
    fn consoles_quote_keys_as_json_does() {
        for key in keys::KEYS.iter().filter(|key| key.takes == Takes::Nothing) {
            if let Some(Fate::Refused(why) | Fate::NoEffect(why)) = fate(key.name, &json!(true)) {
                assert!(!why.contains('`'), "{}: {why}", key.name);
            }
        }
    }

    #[test]
    fn old_flags_are_keys() {
        let keys = json!({"debugOptions": ["DebugStdLib", "StopOnEntry", "Odd"], "stopOnEntry": false});
        let (all, unknown) = with_flags(keys.as_object().unwrap());
        assert_eq!(json!(all), json!({"stopOnEntry": false, "justMyCode": false}));
        assert_eq!(unknown, ["debugOptions: Odd"]);
    }
}
