//! Build, test and bench tasks: `cargo xtask help`.

mod bench;
mod bugs;
mod codegen;
mod dist;
mod docs;
mod fuzz;
mod guided;
mod harmless;
mod lab;
mod layouts;
mod lint;
mod memcheck;
mod neovim;
mod opcodes;
mod packages;
mod picture;
mod pythons;
mod shell;
mod slow;
mod test;
mod tidy;
mod vscode;
mod web;
mod wheel;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Run the tests, and fetch and install what they need
    Test(test::Arguments),
    /// Check formats, lints, types, licences and generated files (a part of test)
    Lint(lint::Arguments),
    /// Measure and write docs/benchmarks.md
    Bench(bench::Arguments),
    /// Measure how often `connie explain` names the faulty line of real bugs in packages from PyPI
    Bugs(bugs::Arguments),
    /// Fuzz readers and servers with new cases for some minutes
    Fuzz(fuzz::Arguments),
    /// Record the oracle's programs under valgrind (a part of test slow)
    Memcheck(memcheck::Arguments),
    /// Run CPython's own tests with and without connie, and compare
    Harmless(harmless::Arguments),
    /// Unpack the newest Python releases that Debian packages, and list all interpreters that tests use
    Pythons,
    /// Write the tracer's opcode tables from the interpreters found
    Opcodes,
    /// Write the tracer's table of CPython's structs from their headers (needs a C compiler)
    Layouts,
    /// Generate files from definitions: manifests, references, types of the Debug Adapter Protocol
    Codegen(codegen::Arguments),
    /// Make the pictures of the docs from real recordings
    Pictures {
        /// Only those of the command line
        #[arg(long)]
        terminal: bool,
    },
    /// Build the documentation site into target/docs, with mdBook, and check its links
    Docs,
    /// Package the wheel and the editors' extensions into target/dist
    Dist,
    /// Count circular modules, long functions, long unsafe blocks and JSON written by hand; the counts may only fall
    Tidy(tidy::Arguments),
}

fn main() {
    let result = match Arguments::parse().task {
        Task::Test(arguments) => test::run(&arguments),
        Task::Lint(arguments) => lint::run(arguments),
        Task::Bench(arguments) => bench::run(&arguments),
        Task::Bugs(arguments) => bugs::run(&arguments),
        Task::Fuzz(arguments) => fuzz::run(&arguments),
        Task::Memcheck(arguments) => memcheck::run(&arguments),
        Task::Harmless(arguments) => harmless::run(&arguments),
        Task::Pythons => pythons::run(),
        Task::Opcodes => opcodes::run(),
        Task::Layouts => layouts::run(),
        Task::Codegen(arguments) => codegen::run(&arguments),
        Task::Pictures { terminal } => picture::run(terminal),
        Task::Docs => docs::run(),
        Task::Dist => dist::run(),
        Task::Tidy(arguments) => tidy::run(&arguments),
    };
    if let Err(error) = result {
        eprintln!("xtask: {error}");
        std::process::exit(1);
    }
}
