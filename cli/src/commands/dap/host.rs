//! How the adapter starts recorders and finds recordings.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use connie_adapter::{HandedOver, Host, Launch, Started};
use connie_recording::options::{Known, LaunchKey};

use crate::commands::attach;
use crate::failure::Failure;
use crate::python_options::WrittenIn;
use crate::script::Script;
use crate::temporary::Temporary;
use crate::{folder, project, python_options};

/// Implements the functions that the adapter needs from this crate.
pub struct Here;

fn sentence(failure: Failure) -> String {
    failure.to_string()
}

/// A command that runs `connie` with a subcommand.
fn connie(subcommand: &str) -> Result<Command, String> {
    let own = std::env::current_exe().map_err(|error| format!("connie cannot find its own executable: {error}"))?;
    let mut command = Command::new(own);
    command.args([subcommand, "--quiet", "--live"]);
    Ok(command)
}

/// The interpreter for a launch configuration.
fn interpreter(launch: &Launch, script: Option<&Script>, root: &Path) -> Result<PathBuf, String> {
    let python = launch.python.as_deref();
    let found = match script {
        Some(script) => script.interpreter(python, root),
        None => project::interpreter(python, root),
    };
    found.map_err(|failure| sentence(failure).replace("--python", "\"python\""))
}

/// The path of a new recording. An existing file would be mistaken for the recording of this run.
fn unused(path: PathBuf) -> Result<PathBuf, String> {
    if path.symlink_metadata().is_ok() {
        let what = "there is a file of this name already: name another one in \"recording\", or remove it";
        return Err(format!("{}: {what}", path.display()));
    }
    Ok(path)
}

impl Host for Here {
    fn recorder(&self, launch: &Launch) -> Result<Started, String> {
        let cwd = match &launch.cwd {
            Some(cwd) => PathBuf::from(cwd),
            None => std::env::current_dir().map_err(|error| format!("there is no working folder: {error}"))?,
        };
        if !cwd.is_dir() {
            return Err(format!("there is no folder {}", cwd.display()));
        }
        python_options::check(&launch.python_args, WrittenIn::Configuration)?;
        let script = match &launch.program {
            Some(program) if !cwd.join(program).exists() => {
                return Err(format!("there is no script {}", cwd.join(program).display()));
            }
            Some(program) => Some(Script::find(Path::new(program), &cwd).map_err(sentence)?),
            None => None,
        };
        let root = project::root(script.as_ref().map_or(&cwd, |script| &script.start));
        let python = interpreter(launch, script.as_ref(), &root)?;
        let recording = match &launch.recording {
            Some(path) => unused(cwd.join(path))?,
            None => {
                let folder = folder::create(&root).map_err(sentence)?;
                folder.join(format!("{}.{}", folder::new_id(), folder::EXTENSION))
            }
        };
        let mut command = connie("run")?;
        command.arg("--python").arg(python).arg("--output").arg(&recording);
        command.args(launch.python_args.iter().map(|option| format!("--python-arg={option}")));
        command.args(launch.options.arguments());
        match (&launch.program, &launch.module, &launch.code) {
            (Some(program), ..) => command.arg("--").arg(program),
            (_, Some(module), _) => command.args(["-m", module, "--"]),
            (.., code) => command.args(["-c", code.as_deref().unwrap_or_default(), "--"]),
        };
        command.args(&launch.args).current_dir(&cwd);
        for (name, value) in &launch.env {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        Ok(Started { command, recording, handed: None })
    }

    fn hand_over(&self, started: &mut Started) -> Result<(), String> {
        let text = |part: &std::ffi::OsStr| part.to_string_lossy().into_owned();
        let given = started.command.get_envs();
        let changes: serde_json::Map<String, serde_json::Value> =
            given.map(|(name, value)| (text(name), value.map(text).into())).collect();
        let write = || -> std::io::Result<HandedOver> {
            // Only its owner can read it.
            let mut file = tempfile::Builder::new().prefix("connie-environment-").tempfile()?;
            file.write_all(serde_json::Value::from(changes).to_string().as_bytes())?;
            let path = file.into_temp_path().keep().map_err(|error| error.error)?;
            let keeper = Box::new(Temporary::file(&path)?);
            Ok(HandedOver { path, keeper })
        };
        let handed = write().map_err(|error| format!("cannot pass the environment to the recorder: {error}"))?;
        let mut arguments = started.command.get_args();
        let mut command = Command::new(started.command.get_program());
        command.args(arguments.next()).arg("--environment").arg(&handed.path).args(arguments);
        started.command.get_current_dir().map(|cwd| command.current_dir(cwd));
        (started.command, started.handed) = (command, Some(handed));
        Ok(())
    }

    fn attacher(&self, process: u32, launch: &Launch) -> Result<Started, String> {
        if let Some(known) = Known::refused_by_attach(&launch.options) {
            let key = match known.launch {
                LaunchKey::Limit(key) => format!("the limit \"{key}\""),
                LaunchKey::Key(key) | LaunchKey::Opposite(key) => format!("\"{key}\""),
                LaunchKey::None => known.name.to_owned(),
            };
            return Err(format!("{key} cannot be used with \"processId\": running processes have no such limit"));
        }
        let folder = folder::create(&attach::root(process).map_err(sentence)?).map_err(sentence)?;
        let id = folder::new_id();
        let recording = folder.join(format!("{id}.{}", folder::EXTENSION));
        let mut command = connie("attach")?;
        command.args(launch.options.arguments());
        command.args(["--id", &id]).arg(process.to_string());
        // Relative patterns start at that folder.
        if let Some(cwd) = launch.cwd.as_ref().filter(|cwd| Path::new(cwd).is_dir()) {
            command.current_dir(cwd);
        }
        Ok(Started { command, recording, handed: None })
    }

    fn find(&self, run: &str, cwd: Option<&str>) -> Result<PathBuf, String> {
        let here = std::env::current_dir().unwrap_or_default();
        folder::resolve_from(run, &cwd.map_or(here, PathBuf::from)).map_err(|failure| failure.to_string())
    }
}
