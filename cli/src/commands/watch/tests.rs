//! Runs tests: first those that a change touches, then the others.

use std::collections::BTreeSet;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

use super::lines_by_test::Choice;
use super::plan::{self, Plan};
use super::session::{Session, Step};
use super::status;
use super::target::TestRun;
use crate::failure::Failure;
use crate::folder;

/// pytest's exit code if no test was collected.
const NONE: i32 = 5;

/// The result of a test run.
struct Ran {
    status: ExitStatus,
    /// The reason for its interruption.
    step: Option<Step>,
    /// Tests that ran.
    tests: BTreeSet<String>,
    /// Tests that failed.
    failed: BTreeSet<String>,
    /// Tests whose recordings were kept.
    recorded: Vec<String>,
}

impl Ran {
    fn is_good(&self) -> bool {
        matches!(self.status.code(), Some(0 | NONE))
    }

    /// Combines the result with that of the previous, successful run.
    fn after(mut self, first: Ran) -> Self {
        // It is fine if no tests were left to run.
        if self.status.code() == Some(NONE) {
            self.status = ExitStatus::from_raw(0);
        }
        self.tests.extend(first.tests);
        self.recorded.splice(0..0, first.recorded);
        self
    }

    fn report(&self, rest: &str) {
        match self.step {
            Some(_) => status::stopped(),
            None => status::tests_ended(self.status, self.tests.len(), &self.failed, &self.recorded, rest),
        }
    }
}

impl Session {
    /// Runs the tests once, in one or two runs. Returns the reason for an interruption.
    pub(super) fn test(&mut self, why: &str, changed: &[PathBuf]) -> Result<Option<Step>, Failure> {
        let files = &self.files;
        let plan = Plan::after(&mut self.map, changed, |path| files.text(path));
        let plan = if self.whole_next || changed.is_empty() { Plan::Whole } else { plan };
        self.whole_next = false;
        match plan {
            Plan::Whole => self.test_all(why),
            Plan::First(choice) => self.test_first(why, &choice),
        }
    }

    fn test_all(&mut self, why: &str) -> Result<Option<Step>, Failure> {
        status::begins("all tests", why);
        let ran = self.run_tests(None, false)?;
        if ran.status.code() == Some(0) && ran.step.is_none() {
            self.forget_others(&ran.tests);
        }
        ran.report("");
        Ok(ran.step)
    }

    fn test_first(&mut self, why: &str, choice: &Choice) -> Result<Option<Step>, Failure> {
        let what = match choice.tests.len() {
            0 => "new tests".into(),
            1 => "the test that touches the change or failed before".into(),
            n => format!("the {n} tests that touch the change or failed before"),
        };
        status::begins(&what, why);
        let first = self.run_tests(Some(plan::first(&self.map, choice)), plan::shows_all(choice))?;
        let stops_here = self.given.first_only && choice.is_complete;
        if first.step.is_some() || !first.is_good() || stops_here {
            if first.is_good() {
                self.map.retain(|test| !choice.tests.contains(test) || first.tests.contains(test));
                self.map.save(self.kept.store());
            }
            first.report(match stops_here {
                true => " · the other tests were left out",
                false => " · the other tests did not run",
            });
            return Ok(first.step);
        }
        first.report("");
        status::begins("the other tests", "");
        let rest = self.run_tests(Some(plan::rest(&first.tests)), false)?.after(first);
        if rest.status.code() == Some(0) && rest.step.is_none() {
            self.forget_others(&rest.tests);
        }
        rest.report("");
        Ok(rest.step)
    }

    /// After all tests have run: drops other tests, which no longer exist.
    fn forget_others(&mut self, ran: &BTreeSet<String>) {
        self.map.retain(|test| ran.contains(test));
        self.map.save(self.kept.store());
    }

    /// Runs pytest once, and records the lines that the tests ran.
    fn run_tests(&mut self, chosen: Option<String>, keep_all: bool) -> Result<Ran, Failure> {
        let reports = tempfile::NamedTempFile::new()?;
        let chosen = chosen.map(|text| {
            let file = tempfile::NamedTempFile::new()?;
            std::fs::write(file.path(), text).map(|()| file)
        });
        let chosen = chosen.transpose()?;
        let prefix = folder::new_id();
        let run = TestRun {
            prefix: &prefix,
            lines: reports.path(),
            chosen: chosen.as_ref().map(tempfile::NamedTempFile::path),
            keep_all,
        };
        let (status, step) = self.follow(self.target.test(&run)?, None)?;
        let all = plan::reports(reports.path());
        let changed: &[PathBuf] = if let Some(Step::Changed(changed)) = &step { changed } else { &[] };
        for test in &all {
            for path in test.lines.keys() {
                self.watch_source(Path::new(path));
            }
            // The text of a file before it changed is unknown, unless the map has it.
            let files = &self.files;
            let text = |path: &Path| files.text(path).filter(|_| !changed.iter().any(|changed| changed == path));
            self.map.note(test, text);
        }
        let tests: BTreeSet<String> = all.iter().map(|test| test.test.clone()).collect();
        let failed = all.iter().filter(|test| test.failed).map(|test| test.test.clone()).collect();
        let recorded = self.kept.add_tests(&prefix, |test| tests.contains(test));
        self.map.save(self.kept.store());
        // Collecting the tests failed, or pytest did.
        self.whole_next = step.is_none() && !matches!(status.code(), Some(0 | 1 | NONE));
        Ok(Ran { status, step, tests, failed, recorded })
    }
}
