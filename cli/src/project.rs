//! The project around a program: its root, its settings, its interpreter.

use std::path::{Path, PathBuf};

use connie_recording::files;
use connie_recording::options::{Given, Known, OPTIONS, RecordOptions};

use crate::failure::Failure;

/// The nearest folder upward that looks like the root of a project, otherwise the folder itself; without symbolic
/// links.
pub fn root(start: &Path) -> PathBuf {
    let start = start.canonicalize().unwrap_or_else(|_| start.into());
    start.ancestors().find(|folder| has_mark(folder)).unwrap_or(&start).to_path_buf()
}

/// Whether a folder looks like the root of a project.
pub fn has_mark(folder: &Path) -> bool {
    [".git", "pyproject.toml", "setup.py"].iter().any(|mark| folder.join(mark).exists())
}

/// Reads the settings of a project: `[tool.connie]` of pyproject.toml, with the options of `connie run` under the
/// same names.
///
/// # Errors
/// If pyproject.toml is not valid TOML, or has unknown keys or invalid values for connie.
pub fn settings(root: &Path) -> Result<RecordOptions, Failure> {
    let path = root.join("pyproject.toml");
    let text = match files::read_text(&path, files::SMALL) {
        Ok(text) => text,
        // The file may exclude files from recording, so that it must not be ignored.
        Err(source) if source.kind() == std::io::ErrorKind::PermissionDenied => {
            return Err(connie_recording::Error::Io { path, source }.into());
        }
        Err(_) => return Ok(RecordOptions::default()),
    };
    // A pyproject.toml that does not mention connie may be invalid.
    if !text.contains("tool.connie") {
        return Ok(RecordOptions::default());
    }
    read(&text).map_err(|why| Failure::Usage(format!("{}: {why}", path.display())))
}

/// Reads `[tool.connie]` of a pyproject.toml.
fn read(text: &str) -> Result<RecordOptions, String> {
    let project: toml::Table = text.parse().map_err(|error: toml::de::Error| error.message().to_owned())?;
    let Some(connie) = project.get("tool").and_then(|tool| tool.get("connie")) else {
        return Ok(RecordOptions::default());
    };
    let connie = connie.as_table().ok_or("tool.connie must be a table")?;
    let mut found = RecordOptions::default();
    for (name, value) in connie {
        let Some(known) = Known::named(name) else {
            let names: Vec<String> = OPTIONS.iter().map(|known| format!("`{}`", known.name)).collect();
            return Err(format!("unknown field `{name}`, expected one of {}", names.join(", ")));
        };
        known.set(&mut found, &given(value)).map_err(|error| format!("{name} {error}"))?;
    }
    found.check("no-redact").map_err(|error| error.to_string())?;
    Ok(found)
}

/// Converts a TOML value.
fn given(value: &toml::Value) -> Given {
    let other = || Given::Other(serde_json::to_string(value).unwrap_or_default());
    match value {
        toml::Value::Boolean(given) => Given::Switch(*given),
        toml::Value::Integer(given) => Given::Number((*given).into()),
        toml::Value::String(given) => Given::Text(given.clone()),
        toml::Value::Array(given) => {
            let texts: Option<_> = given.iter().map(|item| item.as_str().map(str::to_owned)).collect();
            texts.map_or_else(other, Given::Texts)
        }
        _ => other(),
    }
}

/// Finds the interpreter: the given one, that of the active or the project's virtual environment, otherwise python3 on
/// the PATH.
///
/// # Errors
/// If there is none.
pub fn interpreter(asked: Option<&str>, root: &Path) -> Result<PathBuf, Failure> {
    let missing = |what: String| Failure::Interpreter(format!("{what}: say which with --python"));
    if let Some(asked) = asked {
        let found =
            if asked.contains('/') { Some(PathBuf::from(asked)).filter(|path| path.is_file()) } else { on_path(asked) };
        return found.ok_or_else(|| missing(format!("there is no interpreter {asked}")));
    }
    if let Some(venv) = std::env::var_os("VIRTUAL_ENV").filter(|venv| !venv.is_empty()) {
        let python = Path::new(&venv).join("bin/python");
        return if python.exists() {
            Ok(python)
        } else {
            Err(missing(format!("VIRTUAL_ENV has no {}", python.display())))
        };
    }
    let own = root.join(".venv/bin/python");
    if own.exists() {
        return Ok(own);
    }
    on_path("python3").ok_or_else(|| missing("there is no python3 on the PATH".into()))
}

/// The program with a name on the PATH.
pub fn on_path(name: &str) -> Option<PathBuf> {
    use std::os::unix::fs::PermissionsExt;
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| {
        file.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
    })
}
