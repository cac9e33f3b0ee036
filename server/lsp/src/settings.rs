//! The user's settings: `initializationOptions`, and section `connie` of the workspace's configuration.
//! docs/language-server.md describes each; docs/language-server.schema.json is the schema.

use serde::Deserialize;
use serde_json::Value;

/// All settings.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase", default)]
pub struct Settings {
    /// Inlay hints.
    pub hints: Hints,
    /// Lenses above functions and loops.
    pub lenses: bool,
    /// Which recorded exceptions are diagnostics.
    pub exceptions: Exceptions,
    /// Which lines are faded.
    pub fade: Fade,
}

/// Inlay hints.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase", default)]
pub struct Hints {
    /// Values of assignments and loops, and results of conditions, `return` and calls without a target.
    pub values: bool,
    /// Values of parameters.
    pub parameters: bool,
    /// `×128` at the ends of lines.
    pub hit_counts: bool,
    /// Exceptions at the ends of lines.
    pub exceptions: bool,
    /// The maximum number of characters of a value.
    pub length: usize,
}

/// The exceptions that are shown.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub enum Exceptions {
    /// Exceptions that ended their thread.
    #[default]
    Uncaught,
    /// All exceptions; caught ones as hints.
    All,
    /// None.
    Off,
}

/// The lines that are faded.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub enum Fade {
    /// None.
    #[default]
    Off,
    /// Lines that never ran, in functions that did.
    NeverRan,
    /// Lines that did not run in the shown call.
    NotInCall,
}

impl Default for Settings {
    fn default() -> Self {
        Self { hints: Hints::default(), lenses: true, exceptions: Exceptions::default(), fade: Fade::default() }
    }
}

impl Default for Hints {
    fn default() -> Self {
        Self { values: true, parameters: true, hit_counts: true, exceptions: true, length: 40 }
    }
}

impl Settings {
    /// Reads the settings, with or without the section `connie`.
    ///
    /// # Errors
    /// A message, if a setting has a wrong value.
    pub fn read(given: &Value) -> Result<Self, String> {
        let given = given.get("connie").unwrap_or(given);
        if given.is_null() {
            return Ok(Self::default());
        }
        serde_json::from_value(given.clone()).map_err(|error| format!("connie's settings cannot be read: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_schema_has_what_is_read() {
        let schema: Value = serde_json::from_str(include_str!("../../../docs/language-server.schema.json")).unwrap();
        let defaults = |properties: &Value| -> serde_json::Map<String, Value> {
            let all = properties.as_object().unwrap().iter();
            all.filter_map(|(name, one)| Some((name.clone(), one.get("default")?.clone()))).collect()
        };
        let mut given = defaults(&schema["properties"]);
        given.insert("hints".into(), Value::Object(defaults(&schema["properties"]["hints"]["properties"])));
        assert_eq!((given.len(), given["hints"].as_object().unwrap().len()), (4, 5));
        assert_eq!(Settings::read(&Value::Object(given)), Ok(Settings::default()));
    }

    #[test]
    fn settings_are_bare_or_below_their_section() {
        let bare = Settings::read(&json!({"hints": {"hitCounts": false}})).unwrap();
        assert_eq!(bare, Settings::read(&json!({"connie": {"hints": {"hitCounts": false}}})).unwrap());
        assert!(!bare.hints.hit_counts && bare.hints.values);
        assert_eq!(Settings::read(&Value::Null), Ok(Settings::default()));
        assert!(Settings::read(&json!({"hints": {"length": "long"}})).unwrap_err().contains("cannot be read"));
    }
}
