//! `connie`: a time-travel debugger for Python. One subcommand a file, in `commands`.

mod browser;
mod command_line;
mod commands;
mod failure;
mod folder;
mod format;
mod numbers;
mod pager;
mod project;
mod python_options;
#[cfg(test)]
mod reference;
mod run;
mod screen;
mod script;
mod source;
mod stdin;
mod style;
mod temporary;
mod version;

use std::sync::Arc;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand};

/// The system's allocator gives the large buffers of each chunk back and takes them again, page by page. That is a third
/// of the recorder's time for long strings.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A time-travel debugger for Python: record a program once, then look at every step of it.
#[derive(Parser)]
#[command(name = "connie", version, propagate_version = true)]
struct Arguments {
    /// With --version: print it as JSON
    #[arg(long)]
    json: bool,
    /// Do not use a pager
    #[arg(long)]
    no_pager: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run a Python program and record it
    Run(Box<commands::run::Arguments>),
    /// Run pytest and keep a recording of each test that fails
    Pytest(Box<commands::pytest::Arguments>),
    /// Record a program or tests again whenever a file is saved
    Watch(Box<commands::watch::Arguments>),
    /// Record a running process (Python 3.14 and later)
    Attach(Box<commands::attach::Arguments>),
    #[command(hide = true)]
    Attend(Box<commands::attend::Arguments>),
    /// Print the steps of a recording: lines, values, exceptions
    Replay(commands::replay::Arguments),
    /// List recordings
    #[command(alias = "ls")]
    List(commands::list::Arguments),
    /// Show facts about a recording: command, result, threads, sources
    Show(commands::show::Arguments),
    /// List the threads of a recording
    Threads(commands::threads::Arguments),
    /// Search functions, output, exceptions and sources for a text
    Search(commands::search::Arguments),
    /// Show which line wrote a value
    Why(commands::ask::Why),
    /// Show why a line or function did not run
    Whynot(commands::whynot::Arguments),
    /// Show every value of a variable, attribute or item
    History(commands::ask::Versions),
    /// Show where a value came from, hop by hop
    Origin(commands::ask::Origin),
    /// Explain why a run failed: show the lines that the failure depends on, the most relevant first
    Explain(commands::explain::Arguments),
    /// Print the values of expressions at every hit of a line or function
    Trace(commands::trace::Arguments),
    /// Show type annotations for functions, from recorded arguments and results, or write them into a file
    Types(commands::types::Arguments),
    /// Query recordings with SQL
    Sql(commands::sql::Arguments),
    /// Show where the time went, function by function
    Profile(commands::profile::Arguments),
    /// Show where two runs differ: values, control flow, output
    #[command(alias = "diff")]
    Compare(commands::compare::Arguments),
    /// Export a recording as a web page, a trace of its calls or a copy, or its calls as tests
    Export(commands::export::Arguments),
    /// Write a recording as a folder of pages that need no server, to be opened from a file or put on any host
    Report(commands::report::Arguments),
    /// Copy recording files into this project
    Import(commands::import::Arguments),
    /// Open recordings in a browser
    View(commands::view::Arguments),
    /// Start the debug adapter, which editors use to step through recordings
    Dap(commands::dap::Arguments),
    /// Start the language server, which shows recorded values beside the code
    Lsp(commands::lsp::Arguments),
    /// Start the server of the Model Context Protocol, through which assistants query recordings
    Mcp(commands::mcp::Arguments),
    /// Delete recordings
    #[command(alias = "rm")]
    Delete(commands::delete::Arguments),
    /// Check the interpreter, permissions, limits and editors, and say what to do
    Doctor(commands::doctor::Arguments),
    /// Print completions for a shell
    Completions(commands::completions::Arguments),
    #[command(hide = true)]
    Manual(commands::completions::Manual),
}

impl Command {
    /// Whether its output can be longer than a screen.
    fn prints_much(&self) -> bool {
        matches!(
            self,
            Self::Replay(_)
                | Self::List(_)
                | Self::Show(_)
                | Self::Threads(_)
                | Self::Search(_)
                | Self::Why(_)
                | Self::Whynot(_)
                | Self::History(_)
                | Self::Origin(_)
                | Self::Explain(_)
                | Self::Trace(_)
                | Self::Types(_)
                | Self::Sql(_)
                | Self::Profile(_)
                | Self::Compare(_)
        )
    }
}

fn main() {
    // A closed pipe (`connie replay | head`) ends us quietly, as it does other tools.
    // SAFETY: sets a signal disposition before any thread exists.
    unsafe { libc::signal(libc::SIGPIPE, libc::SIG_DFL) };
    // A write beyond `ulimit -f` fails with an error instead of killing this process. Started programs have the default
    // action: unlike ignored signals, handlers do not survive `exec`.
    let _ = signal_hook::flag::register(libc::SIGXFSZ, Arc::default());
    style::settle();
    let whole = Arguments::command();
    // Options may stand before it.
    let asked = std::env::args_os().skip(1).find(|word| !word.as_encoded_bytes().starts_with(b"-"));
    let asked = asked.filter(|name| ["run", "watch"].iter().any(|own| name == own));
    let line = match asked.and_then(|name| whole.find_subcommand(name)) {
        Some(command) => command_line::settle(std::env::args_os(), command),
        None => std::env::args_os().collect(),
    };
    let is_json = line.iter().skip(1).take(2).any(|word| word == "--json");
    let arguments = Arguments::try_parse_from(line).unwrap_or_else(|error| {
        if error.kind() == ErrorKind::DisplayVersion && is_json {
            end(version::print());
        }
        let _ = error.print();
        std::process::exit(if error.use_stderr() { failure::USAGE } else { 0 });
    });
    if arguments.json {
        end(Err(failure::Failure::Usage("--json is for connie --version: commands have --format json".into())));
    }
    if arguments.command.prints_much() && !arguments.no_pager {
        pager::want();
    }
    let result = run(arguments.command);
    pager::finish();
    temporary::clean();
    end(result);
}

/// Ends the process as a command ended.
fn end(result: Result<i32, failure::Failure>) -> ! {
    match result {
        Ok(code) => std::process::exit(code),
        Err(failure) => {
            failure.print();
            std::process::exit(failure.code());
        }
    }
}

/// Runs a command. Returns its exit code.
fn run(command: Command) -> Result<i32, failure::Failure> {
    match command {
        Command::Run(arguments) => commands::run::run(*arguments),
        Command::Pytest(arguments) => commands::pytest::run(*arguments),
        Command::Watch(arguments) => commands::watch::run(*arguments),
        Command::Attach(arguments) => commands::attach::run(*arguments),
        Command::Attend(arguments) => commands::attend::run(*arguments),
        Command::Replay(arguments) => commands::replay::run(&arguments),
        Command::List(arguments) => commands::list::run(&arguments),
        Command::Show(arguments) => commands::show::run(&arguments),
        Command::Threads(arguments) => commands::threads::run(&arguments),
        Command::Search(arguments) => commands::search::run(&arguments),
        Command::Why(arguments) => commands::ask::why(&arguments),
        Command::Whynot(arguments) => commands::whynot::run(&arguments),
        Command::History(arguments) => commands::ask::history(&arguments),
        Command::Origin(arguments) => commands::ask::origin(&arguments),
        Command::Explain(arguments) => commands::explain::run(&arguments),
        Command::Trace(arguments) => commands::trace::run(&arguments),
        Command::Types(arguments) => commands::types::run(&arguments),
        Command::Sql(arguments) => commands::sql::run(&arguments),
        Command::Profile(arguments) => commands::profile::run(&arguments),
        Command::Compare(arguments) => commands::compare::run(&arguments),
        Command::Export(arguments) => commands::export::run(&arguments),
        Command::Report(arguments) => commands::report::run(&arguments),
        Command::Import(arguments) => commands::import::run(&arguments),
        Command::View(arguments) => commands::view::run(&arguments),
        Command::Dap(arguments) => commands::dap::run(&arguments),
        Command::Lsp(arguments) => commands::lsp::run(&arguments),
        Command::Mcp(arguments) => commands::mcp::run(&arguments),
        Command::Delete(arguments) => commands::delete::run(&arguments),
        Command::Doctor(arguments) => commands::doctor::run(&arguments),
        Command::Completions(arguments) => commands::completions::run(&arguments, &Arguments::command()),
        Command::Manual(arguments) => commands::completions::manual(&arguments, Arguments::command()),
    }
}
