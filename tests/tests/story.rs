//! The story of real programs: pages that begin anywhere are parts of the whole one.

use connie_history::History;
use connie_history::moment::Modules;
use connie_history::story::{Asked, Filter, Folds, Known, Line, Names, Page, What, page};
use connie_history::timeline::{Direction, Timeline};
use connie_recording::Recording;
use connie_tests::{Project, pythons, text};

const MANY: &str = "import asyncio
import threading


class Shop:
    # how many were sold
    sold = 0

    def sell(self, names):
        for name in names:
            Shop.sold += 1
            yield name.upper()


def work(n):
    shop = Shop()
    found = [name for name in shop.sell(['tea', 'jam'] * n)]
    try:
        return found[10 * n]
    except IndexError as error:
        print('none of', n, error, end='; ')
        print('sorry')
    return len(found)


async def order(n):
    total = 0
    for k in range(n):
        await asyncio.sleep(0)
        total += work(k)
    return total


async def main():
    return await asyncio.gather(order(3), order(4))


print(asyncio.run(main()))
helper = threading.Thread(target=work, args=(5,), name='helper')
helper.start()
helper.join()
work(None)
";

struct Opened {
    recording: Recording,
    timeline: Timeline,
    modules: Modules,
    known: Known,
}

impl Opened {
    fn page(&self, asked: &Asked) -> Page {
        let Self { recording, timeline, modules, .. } = self;
        let history = History { recording, timeline, modules };
        page(&history, &self.known, asked, &|| false).expect("a page")
    }
}

fn recorded(python: &std::path::Path) -> (Project, Opened) {
    let project = Project::new(MANY);
    assert_eq!(project.record(python, &["-o", "r.connie", "main.py"]).status.code(), Some(1));
    let recording = Recording::open(&project.path("r.connie")).expect("a recording");
    let (timeline, modules, known) = Default::default();
    (project, Opened { recording, timeline, modules, known })
}

fn asked(step: u64, direction: Direction, most: usize) -> Asked {
    let (filter, folds) = (Filter::default(), Folds::default());
    Asked { step, direction, most, filter, folds, text: String::new(), only_changes: false }
}

/// Lines as texts. Whether a block goes on depends on the lines before.
fn texts(lines: &[Line], (from, to): (u64, u64)) -> Vec<String> {
    let inside = lines.iter().filter(|line| (from..=to).contains(&line.step));
    let text = |line: &Line| {
        let mut what = line.what.clone();
        if let What::Code { goes_on, .. } = &mut what {
            *goes_on = false;
        }
        format!("{} {} {what:?}", line.step, line.depth)
    };
    inside.map(text).collect()
}

#[test]
fn pages_are_parts_of_the_story() {
    for (minor, python) in pythons() {
        let (_project, opened) = recorded(&python);
        let last = opened.recording.info.steps;
        let function = Names { function: "work".into(), ..Names::default() };
        let thread = Names { thread: "helper".into(), ..Names::default() };
        let filter = |names| Filter::resolve(&opened.recording, &names).expect("a filter");
        let everything = asked(1, Direction::Forward, usize::MAX);
        for base in [
            everything.clone(),
            Asked { folds: Folds { depth: Some(2), ..Folds::default() }, ..everything.clone() },
            Asked { filter: filter(function), ..everything.clone() },
            Asked { filter: filter(thread), ..everything.clone() },
            Asked { text: "tea".into(), only_changes: true, ..everything.clone() },
        ] {
            let whole = opened.page(&base);
            assert!(whole.is_end && whole.lines.len() > 3, "3.{minor}: {whole:?}");
            for step in (1..=last).step_by(37) {
                let ahead = opened.page(&Asked { step, most: 9, ..base.clone() });
                let range = (step, ahead.reached);
                assert_eq!(texts(&ahead.lines, range), texts(&whole.lines, range), "3.{minor}: from {step}");
                let back = opened.page(&Asked { step, most: 9, direction: Direction::Backward, ..base.clone() });
                let range = (back.reached, step - 1);
                assert_eq!(texts(&back.lines, range), texts(&whole.lines, range), "3.{minor}: before {step}");
                assert!(ahead.is_end || ahead.lines.len() >= 9);
                assert!(back.is_end || back.lines.len() >= 9);
            }
        }
    }
}

#[test]
fn the_viewer_and_replay_tell_the_same() {
    let (_, python) = pythons().pop().expect("a Python");
    let (project, opened) = recorded(&python);
    let whole = opened.page(&asked(1, Direction::Forward, usize::MAX));
    let replayed = text(&project.connie(&["replay", "r.connie", "--no-pager"]).stdout);
    for line in &whole.lines {
        let said = match &line.what {
            What::Code { line, text, .. } => format!("{line:>4} {text}"),
            What::Output { text, .. } | What::Comment { text } => text.clone(),
            What::Call { name, .. } => format!("▶ {name}("),
            What::Raise(text) => format!("✗ {text}"),
            _ => continue,
        };
        assert!(replayed.contains(&said), "{said}\n{replayed}");
    }
    let calls = whole.lines.iter().filter(|line| matches!(line.what, What::Call { .. })).count();
    assert_eq!(replayed.matches('▶').count(), calls);
}

#[test]
fn a_folded_call_says_how_it_ended() {
    let (_, python) = pythons().pop().expect("a Python");
    let (_project, opened) = recorded(&python);
    let folds = Folds { depth: Some(1), ..Folds::default() };
    let page = opened.page(&Asked { folds, ..asked(1, Direction::Forward, usize::MAX) });
    let ends: Vec<String> = page
        .lines
        .iter()
        .filter_map(|line| match &line.what {
            What::Call { name, fold: Some(fold), .. } => Some(format!("{name} {:?}", fold.ending)),
            _ => None,
        })
        .collect();
    assert_eq!(
        ends.last().map(String::as_str).map(|end| end.starts_with("work Raised(\"TypeError")),
        Some(true),
        "{ends:?}"
    );
    assert!(page.lines.iter().all(|line| line.depth <= 1));
}
