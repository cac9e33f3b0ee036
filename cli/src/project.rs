//! The project around a program: its root, its settings, its interpreter.

use std::path::{Path, PathBuf};

use connie_recording::files;
use connie_recording::recorder::Tail;
use serde::Deserialize;

use crate::failure::Failure;
use crate::run::budget;
use crate::run::what::Recheck;

/// `[tool.connie]` of pyproject.toml; the options of `connie run` under the same names.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub struct Settings {
    /// Patterns of files recorded wherever they are.
    pub include: Vec<String>,
    /// Patterns of files never recorded.
    pub exclude: Vec<String>,
    /// Record the standard library.
    pub include_stdlib: bool,
    /// Record installed packages.
    pub include_site_packages: bool,
    /// Record every file.
    pub all: bool,
    /// Do not record the processes that the program starts.
    pub no_children: bool,
    /// Characters of a str that are kept.
    pub max_string: Option<u64>,
    /// Items of a container that are kept.
    pub max_items: Option<u64>,
    /// Levels of containers that are kept.
    pub max_depth: Option<u64>,
    /// How much of what libraries may have changed is looked at again: `auto` or `full`.
    pub recheck: Option<Recheck>,
    /// Steps after which recording stops.
    pub max_steps: Option<u64>,
    /// MiB of the file at which recording stops.
    pub max_size: Option<u64>,
    /// Seconds after which recording stops.
    pub max_time: Option<u64>,
    /// How much of the end is kept, as `--last` has it.
    #[serde(deserialize_with = "last")]
    pub last: Option<Tail>,
    /// Words and patterns of names that hide values, besides the built-in words.
    pub redact: Vec<String>,
    /// Hide nothing.
    pub no_redact: bool,
}

fn last<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Tail>, D::Error> {
    let text = String::deserialize(deserializer)?;
    budget::last(&text).map(Some).map_err(serde::de::Error::custom)
}

/// The nearest folder upward that looks like the root of a project; else the folder itself. Without symbolic links.
pub fn root(start: &Path) -> PathBuf {
    let start = start.canonicalize().unwrap_or_else(|_| start.into());
    start.ancestors().find(|folder| has_mark(folder)).unwrap_or(&start).to_path_buf()
}

/// Whether a folder looks like the root of a project.
pub fn has_mark(folder: &Path) -> bool {
    [".git", "pyproject.toml", "setup.py"].iter().any(|mark| folder.join(mark).exists())
}

/// Reads the settings of a project.
///
/// # Errors
/// Where pyproject.toml is not TOML, or has keys for connie that do not exist.
pub fn settings(root: &Path) -> Result<Settings, Failure> {
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Tool {
        connie: Settings,
    }
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Project {
        tool: Tool,
    }
    let path = root.join("pyproject.toml");
    let text = match files::read_text(&path, files::SMALL) {
        Ok(text) => text,
        // It may say what is not to be recorded.
        Err(source) if source.kind() == std::io::ErrorKind::PermissionDenied => {
            return Err(connie_recording::Error::Io { path, source }.into());
        }
        Err(_) => return Ok(Settings::default()),
    };
    // A pyproject.toml without a word for us may be broken for all we care.
    if !text.contains("tool.connie") {
        return Ok(Settings::default());
    }
    let project: Project =
        toml::from_str(&text).map_err(|error| Failure::Usage(format!("{}: {}", path.display(), error.message())))?;
    Ok(project.tool.connie)
}

/// Finds the interpreter: what was asked for, the active or the project's virtual environment,
/// else python3 on the PATH.
///
/// # Errors
/// Where there is none.
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

/// The program of that name on the PATH.
pub fn on_path(name: &str) -> Option<PathBuf> {
    use std::os::unix::fs::PermissionsExt;
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| {
        file.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
    })
}
