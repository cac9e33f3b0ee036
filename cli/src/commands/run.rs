//! `connie run`: record a program.

use std::collections::HashMap;
use std::ffi::OsString;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

use connie_recording::files;
use connie_recording::options::RecordOptions;
use connie_recording::recorder::{Recorder, Run};
use connie_wire::config::Config;

use crate::failure::Failure;
use crate::python_options::WrittenIn;
use crate::run::what::{self, LIMITED, What};
use crate::run::{
    Budget, Ended, Launch, Segments, alone, report, settings_text, supervise, supervise_segments, unmatched,
};
use crate::script::Script;
use crate::{folder, numbers, project, python_options, screen, stdin, style};

/// Run a Python program and record it.
#[derive(clap::Args)]
#[command(
    after_help = "The exit code is that of the program. The recording is a file in the folder .connie at the project's root."
)]
pub struct Arguments {
    #[command(flatten)]
    what: What<LIMITED>,
    /// Run a module, as python -m does
    #[arg(short, value_name = "MODULE", conflicts_with = "code")]
    module: Option<String>,
    /// Run a piece of code, as python -c does
    #[arg(short = 'c', value_name = "CODE")]
    code: Option<String>,
    /// Pass this option to the interpreter: --python-arg=-O (may be repeated)
    #[arg(long, value_name = "OPTION", allow_hyphen_values = true)]
    python_arg: Vec<String>,
    /// Run at full speed until this signal (USR1, USR2, HUP or a number) starts a recording; the next one stops it
    #[arg(long, value_name = "SIGNAL", value_parser = signal, conflicts_with_all = ["output", "live", "empty_hooks"])]
    arm: Option<u32>,
    /// Write the recording to this file
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Memory that the tracer may use inside the program, in MiB
    #[arg(long, value_name = "MIB", default_value_t = 128, value_parser = numbers::within("MiB", 8..=1 << 16), allow_negative_numbers = true)]
    memory: u64,
    /// Print no summary at the end
    #[arg(short, long)]
    quiet: bool,
    /// Write what was recorded at once, for a reader that follows the run
    #[arg(long, hide = true, conflicts_with = "last")]
    live: bool,
    /// Set the variables that this file lists, then remove the file
    #[arg(long, hide = true, value_name = "FILE")]
    environment: Option<PathBuf>,
    /// Install hooks that do nothing (to measure what hooks alone cost)
    #[arg(long, hide = true)]
    empty_hooks: bool,
    /// The script (- for stdin) and its arguments; with -m or -c, the arguments
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "SCRIPT|ARGS")]
    program: Vec<OsString>,
}

/// The program to run: a script, a module or code.
struct Program {
    /// The interpreter's arguments.
    arguments: Vec<OsString>,
    /// The folder where the search for the project's root starts.
    start: PathBuf,
    /// Its display name.
    name: String,
    /// The text of `-c`, or of a script on stdin.
    text: Option<String>,
    /// The contents of stdin if the script came through a pipe, since the script was read from there.
    input: Option<Vec<u8>>,
    /// The script, if the program is one.
    script: Option<Script>,
}

impl Program {
    fn new(arguments: Vec<OsString>, start: &Path, name: String) -> Self {
        Self { arguments, start: start.into(), name, text: None, input: None, script: None }
    }
}

fn program(arguments: &Arguments, cwd: &Path) -> Result<Program, Failure> {
    let rest = &arguments.program;
    if let Some(module) = &arguments.module {
        let list = ["-m".into(), module.into()].into_iter().chain(rest.iter().cloned()).collect();
        return Ok(Program::new(list, cwd, format!("-m {module}")));
    }
    if let Some(code) = &arguments.code {
        let list = ["-c".into(), code.into()].into_iter().chain(rest.iter().cloned()).collect();
        let short: String = code.lines().next().unwrap_or_default().chars().take(40).collect();
        return Ok(Program { text: Some(code.clone()), ..Program::new(list, cwd, format!("-c {short}")) });
    }
    let script = rest
        .first()
        .ok_or_else(|| Failure::Usage("say what to run: connie run SCRIPT, -m MODULE or -c CODE".into()))?;
    if script == "-" {
        let (text, input) = stdin::script()?;
        return Ok(Program { text: Some(text), input, ..Program::new(rest.clone(), cwd, "-".into()) });
    }
    let found = Script::find(Path::new(script), cwd)?;
    let rest = match (&found.launcher, &found.path) {
        (Some(_), _) => rest[1..].to_vec(),
        (None, Some(path)) => std::iter::once(path.clone().into()).chain(rest[1..].iter().cloned()).collect(),
        (None, None) => rest.clone(),
    };
    let list = found.options.iter().chain(&rest).cloned().collect();
    let program = Program::new(list, &found.start, script.to_string_lossy().into_owned());
    Ok(Program { script: Some(found), ..program })
}

/// Runs the command. Returns the program's exit code.
///
/// # Errors
/// If the program cannot be run or recorded.
pub fn run(arguments: Arguments) -> Result<i32, Failure> {
    if let Some(path) = &arguments.environment {
        take_environment(path)?;
    }
    let cwd = std::env::current_dir()?;
    python_options::check(&arguments.python_arg, WrittenIn::CommandLine).map_err(Failure::Usage)?;
    let mut program = program(&arguments, &cwd)?;
    if program.script.as_ref().is_some_and(|script| script.launcher.is_some()) && !arguments.python_arg.is_empty() {
        return Err(Failure::Usage(format!("--python-arg is not for {}, which starts Python itself", program.name)));
    }
    program.arguments.splice(0..0, arguments.python_arg.iter().map(OsString::from));
    let root = project::root(&program.start);
    let options = arguments.what.within(&project::settings(&root)?, &cwd);
    let asked = arguments.what.python.as_deref();
    let python = match &program.script {
        Some(script) => script.interpreter(asked, &root)?,
        None => project::interpreter(asked, &root)?,
    };
    let mut config = Config {
        command: arguments.code.is_some(),
        stdin: program.text.is_some() && arguments.code.is_none(),
        memory: arguments.memory << 20,
        empty_hooks: arguments.empty_hooks,
        ..what::config(&options, &root, &cwd)
    };
    if let Some(script) = &program.script {
        warn_of_options(script, arguments.quiet);
        // A script from a pipe is not in any project.
        config.include.extend(script.is_stream.then(|| cwd.join(&program.name).to_string_lossy().into_owned()));
    }
    let id = folder::new_id();
    if let Some(signal) = arguments.arm {
        let config = Config { segments: id, keep: "all".into(), switched: true, arm: signal, ..config };
        return armed(arguments, program, config, &options, &root, python);
    }
    let path = match &arguments.output {
        Some(path) => path.clone(),
        None => folder::create(&root)?.join(format!("{id}.{}", folder::EXTENSION)),
    };
    let id = arguments.output.as_ref().map_or(id, |path| folder::id(path));
    let description = description(&program, &config, &python, id);
    let way_out = if arguments.output.is_none() { "; or say where to record with --output FILE" } else { "" };
    let cannot = |error| Failure::CannotCreate(format!("cannot create the recording: {error}{way_out}"));
    let budget = limits(&arguments, &options);
    let quiet = arguments.quiet;
    let is_launcher = program.script.as_ref().is_some_and(|script| script.launcher.is_some());
    let launch =
        Launch { python, is_launcher, arguments: program.arguments, config, quiet, budget, input: program.input };
    let ended = match Recorder::create(&path, &description) {
        Ok(mut recorder) => {
            if arguments.live {
                recorder.write_at_once();
            }
            supervise(launch, recorder)
        }
        Err(error) if error.is_limit() => {
            Ok(Ended { status: alone::run(&launch)?, recording: Err(error), refused: None })
        }
        Err(error) => return Err(cannot(error)),
    };
    let ended = match ended {
        Ok(ended) if ended.refused.is_none() => ended,
        Ok(Ended { status, refused: Some(why), .. }) if is_launcher => {
            // The program has run, only unrecorded.
            let _ = folder::remove(&path);
            screen::say!("{}connie:{:#} {why}", style::WARNING, style::WARNING);
            return Ok(leave(status));
        }
        other => {
            // Nothing was recorded, so leave no file behind.
            let _ = folder::remove(&path);
            return Err(match other {
                Ok(ended) => Failure::Interpreter(ended.refused.unwrap_or_default()),
                Err(error) => error,
            });
        }
    };
    match &ended.recording {
        Ok(summary) if !arguments.quiet => {
            report::finished(&path, summary, arguments.output.is_some());
            unmatched::warn(&path, &arguments.what.options.include, &root, &cwd);
        }
        Ok(_) => {}
        Err(error) => {
            let style = style::ERROR;
            let log = report::log_beside(&path).map(|words| format!("; {words}")).unwrap_or_default();
            screen::say!(
                "{style}connie:{style:#} the recording is incomplete; the program was not affected: {error}{log}"
            );
        }
    }
    Ok(leave(ended.status))
}

/// The program's exit code. If a signal ended the program, the same signal ends this process.
fn leave(status: ExitStatus) -> i32 {
    match status.signal() {
        Some(signal) => die_by(signal),
        None => status.code().unwrap_or(1),
    }
}

/// Sets and unsets the variables listed in a file, which `connie dap` writes for a recorder in a client's terminal.
fn take_environment(path: &Path) -> Result<(), Failure> {
    let cannot = |why: String| Failure::NotFound(format!("cannot read the environment in {}: {why}", path.display()));
    let text = files::read_text(path, files::SOURCE).map_err(|error| cannot(error.to_string()))?;
    std::fs::remove_file(path)?;
    let changes: HashMap<String, Option<String>> =
        serde_json::from_str(&text).map_err(|error| cannot(error.to_string()))?;
    for (name, value) in changes.into_iter().filter(|(name, _)| !name.is_empty() && !name.contains(['=', '\0'])) {
        match value.filter(|value| !value.contains('\0')) {
            // SAFETY: the process has a single thread yet, so nobody reads the environment meanwhile.
            Some(value) => unsafe { std::env::set_var(name, value) },
            // SAFETY: as above.
            None => unsafe { std::env::remove_var(name) },
        }
    }
    Ok(())
}

/// Warns about options in the script's first line that connie does not pass on.
fn warn_of_options(script: &Script, quiet: bool) {
    if !script.left_out.is_empty() && !quiet {
        let (style, options) = (style::WARNING, script.left_out.join(" "));
        screen::say!(
            "{style}connie:{style:#} the script asks for python {options}: connie leaves this out, since nothing can be recorded with it"
        );
    }
}

fn limits(arguments: &Arguments, options: &RecordOptions) -> Budget {
    Budget::of(options).shown_live(arguments.live)
}

/// The facts about a run that are known before it starts.
fn description(program: &Program, config: &Config, python: &Path, id: String) -> Run {
    let argv = std::iter::once(python.as_os_str()).chain(program.arguments.iter().map(OsString::as_os_str));
    Run {
        id,
        name: program.name.clone(),
        argv: argv.map(|part| part.to_string_lossy().into_owned()).collect(),
        cwd: config.cwd.clone(),
        root: config.root.clone(),
        settings: settings_text(config),
        redact: config.redact.clone(),
        command: program.text.clone(),
    }
}

/// Runs a program that is recorded from one signal to the next.
fn armed(
    arguments: Arguments,
    program: Program,
    config: Config,
    options: &RecordOptions,
    root: &Path,
    python: PathBuf,
) -> Result<i32, Failure> {
    let run = description(&program, &config, &python, String::new());
    let segments = Segments::new(folder::create(root)?, run, limits(&arguments, options));
    let quiet = arguments.quiet;
    let budget = Budget::default();
    let is_launcher = program.script.as_ref().is_some_and(|script| script.launcher.is_some());
    let launch =
        Launch { python, is_launcher, arguments: program.arguments, config, quiet, budget, input: program.input };
    let status = supervise_segments(launch, segments)?;
    Ok(leave(status))
}

/// Parses the number of a signal that can start and stop a recording.
fn signal(text: &str) -> Result<u32, String> {
    let upper = text.to_uppercase();
    let number = match upper.strip_prefix("SIG").unwrap_or(&upper) {
        "USR1" => libc::SIGUSR1,
        "USR2" => libc::SIGUSR2,
        "HUP" => libc::SIGHUP,
        number => number.parse().unwrap_or(0),
    };
    match number {
        libc::SIGUSR1 | libc::SIGUSR2 | libc::SIGHUP => Ok(number as u32),
        real_time if (34..=64).contains(&real_time) => Ok(real_time as u32),
        _ => Err("it is USR1, USR2, HUP, or the number of a real-time signal (34 to 64)".into()),
    }
}

/// Exits like the program: by the same signal, but without a core dump of connie.
fn die_by(signal: i32) -> ! {
    // SAFETY: plain system calls on our own process, about to end.
    unsafe {
        let none = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        libc::setrlimit(libc::RLIMIT_CORE, &raw const none);
        libc::signal(signal, libc::SIG_DFL);
        libc::raise(signal);
    }
    std::process::exit(128 + signal)
}
