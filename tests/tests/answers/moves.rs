//! Generated programs that move lists between places. Each list names the line that made it. The generator follows each
//! list from place to place, so it knows the lines that the trail of a place must have. The same programs move numbers:
//! their trails may end early, but not name a line that moved another one.

#[path = "moves/kinds.rs"]
mod kinds;

use std::collections::HashSet;
use std::fmt::Write;

use connie_expression::{Expression, Got};
use connie_history::History;
use connie_history::answers::{Answer, Asked, Question};
use connie_history::moment::{Modules, Moment};
use connie_history::timeline::{At, Direction, Timeline};
use connie_recording::render::World;
use connie_wire::Value;

use kinds::{HEAD, PLACES, STATEMENTS};

struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }
}

/// The lines that gave a place its list, the latest first.
type Lines = Vec<u32>;

/// Lists, by the line that made each, and the lines that moved it.
type Moved = HashSet<(u32, u32)>;

/// What the programs move.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Moving {
    /// Lists, each with the number of the line that made it.
    Lists,
    /// Numbers: that of the line that made each.
    Numbers,
}

impl Moving {
    /// What stands in the place of `[@]` on a line, and is shown as its value.
    fn text(self, line: u32) -> String {
        match self {
            Moving::Lists => format!("[{line}]"),
            Moving::Numbers => (1000 + line).to_string(),
        }
    }

    /// Whether a statement does the same with them as with lists.
    fn fits(self, statement: &str) -> bool {
        self == Moving::Lists || ![" is x", " is y", " is z", "len)", "[int()]"].iter().any(|of| statement.contains(of))
    }
}

/// A program, with what is known of it.
pub struct Program {
    pub text: String,
    /// For each of its functions, the lines of each place where it returns.
    lines: Vec<[Lines; 7]>,
    moved: Moved,
    /// Whether only places that got another list are asked about.
    is_brief: bool,
    moving: Moving,
}

/// A program of functions with statements in a random order.
pub fn program(seed: u64, functions: usize, statements: usize, moving: Moving) -> Program {
    let mut random = Random(seed);
    Program::new(
        (0..functions).map(|_| (0..statements).map(|_| random.below(STATEMENTS.len())).collect()),
        false,
        moving,
    )
}

/// A program with a function for each statement.
pub fn each(moving: Moving) -> Program {
    Program::new((0..STATEMENTS.len()).map(|n| vec![n]), true, moving)
}

impl Program {
    fn new(functions: impl Iterator<Item = Vec<usize>>, is_brief: bool, moving: Moving) -> Self {
        let mut program = Self { text: HEAD.to_owned(), lines: Vec::new(), moved: Moved::new(), is_brief, moving };
        for (n, statements) in functions.enumerate() {
            program.function(n, &statements);
        }
        program
    }

    /// Adds a line, whose number stands for `@`.
    fn add(&mut self, line: &str) -> u32 {
        let number = self.text.lines().count() as u32 + 1;
        let _ = writeln!(self.text, "{}", line.replace("[@]", &self.moving.text(number)));
        number
    }

    fn function(&mut self, n: usize, statements: &[usize]) {
        self.add(&format!("def t{n}():"));
        self.add("    o = Obj(); d = {}");
        let mut lines: [Lines; 7] = Default::default();
        for (place, lines) in PLACES.iter().zip(&mut lines) {
            let first = if *place == "xs[-1]" { "    xs = [[@]]".to_owned() } else { format!("    {place} = [@]") };
            *lines = vec![self.add(&first)];
        }
        self.add("    def put():");
        self.add("        nonlocal z");
        let put = self.add("        z = [@]");
        for n in statements.iter().filter(|n| self.moving.fits(STATEMENTS[**n].0)).copied().collect::<Vec<_>>() {
            let (statement, moves) = STATEMENTS[n];
            let before = lines.clone();
            let here = self.statement(statement, &before);
            for (to, from) in moves {
                let index = |place: &str| PLACES.iter().position(|known| *known == place).expect("a place");
                let (first, from) = from.split_once('>').map_or((None, *from), |(first, from)| (Some(first), from));
                let now = match from {
                    "@" => here.clone(),
                    "@put" => vec![put],
                    from => match from.strip_prefix('=') {
                        Some(from) => before[index(from)].clone(),
                        None => [&here[..], &before[index(from)][..]].concat(),
                    },
                };
                self.moved.extend(here.iter().filter_map(|here| Some((*now.last()?, *here))));
                // A place that gets what it has does not change; a list that gets another item does.
                let is_item = *to == "xs[-1]" && !statement.starts_with("xs[-1");
                let is_other = |list: &Lines| list.last() != lines[index(to)].last();
                if is_item || is_other(&now) || first.is_some_and(|first| is_other(&before[index(first)])) {
                    lines[index(to)] = now;
                }
            }
        }
        self.add("    return None");
        self.add(&format!("t{n}()"));
        self.lines.push(lines);
    }

    /// Adds a statement. Returns its lines that give a value, the latest first. Each of its lines may move the lists of the
    /// places that it names.
    fn statement(&mut self, statement: &str, before: &[Lines; 7]) -> Lines {
        let mut marked = Vec::new();
        let all: Vec<u32> = statement
            .lines()
            .map(|line| {
                let (line, mark) = line.split_once(" #").map_or((line, None), |(line, mark)| (line, Some(mark)));
                let here = self.add(&format!("    {line}"));
                let named = PLACES.iter().zip(before).filter(|(place, _)| line.contains(**place));
                self.moved.extend(named.filter_map(|(_, lines)| Some((*lines.last()?, here))));
                marked.extend(mark.map(|mark| (mark.to_owned(), here)));
                here
            })
            .collect();
        marked.sort();
        if marked.is_empty() { all[..1].to_vec() } else { marked.into_iter().map(|(_, line)| line).collect() }
    }
}

/// What was found of the trails of a program.
#[derive(Default)]
pub struct Judged {
    /// The number of hops that there should be.
    pub asked: usize,
    /// The number of those that are missing.
    pub missing: usize,
    /// Where trails end too early.
    pub ends: Vec<String>,
    /// Descriptions of the wrong trails.
    pub wrong: Vec<String>,
    /// The number of trails that go through another place which held the same list.
    other: usize,
}

/// Asks for the origin of each place where each function returns.
pub fn judge(recording: &connie_recording::Recording, program: &Program) -> Judged {
    let (timeline, modules) = (Timeline::default(), Modules::default());
    let history = History { recording, timeline: &timeline, modules: &modules };
    let number = |code: u32| {
        let name = recording.function(code).map_or("", |function| function.name.as_str());
        name.strip_prefix('t').and_then(|rest| rest.parse::<usize>().ok())
    };
    let (mut step, mut judged) = (0, Judged::default());
    let returns = |p: &connie_history::timeline::Position| p.at == At::Return && number(p.code).is_some();
    while let Some(at) = timeline.find(recording, step, Direction::Forward, |_| true, returns).expect("it reads") {
        step = at.step;
        let moment = Moment::at(recording, step).expect("a step");
        let frame = *moment.player.stack().last().expect("a frame");
        for (place, wanted) in PLACES.iter().zip(&program.lines[number(frame.code).expect("a function")]) {
            let scope = moment.scope(frame, history.globals_of(frame));
            let value = Expression::parse(place).expect("an expression").eval(&scope);
            let made = match &value {
                Ok(Got::Value(Value::Object(list))) => match moment.player.entity(*list).map(|list| list.items.clone())
                {
                    Some(items) if matches!(items[..], [Value::Int(_)]) => format!("{items:?}"),
                    _ => String::new(),
                },
                Ok(Got::Value(value)) => format!("{value:?}"),
                _ => String::new(),
            };
            let made = made.replace("Int(", "").replace(')', "");
            let is_made = wanted.last().is_some_and(|line| program.moving.text(*line) == made);
            assert!(is_made, "the generator is wrong: {place} {wanted:?} at {at:?}");
            if program.is_brief && wanted.len() < 2 {
                continue;
            }
            let of = Asked { text: (*place).to_owned(), step, frame: frame.frame };
            judged.trail(program, place, wanted, history.ask(&Question::Origin(of)).map_err(|error| error.to_string()));
        }
    }
    // A number that is stored again where it was is written there again.
    if program.moving == Moving::Lists && judged.other * 20 > judged.asked {
        let other = format!("{} of {} go through another place that held the same list", judged.other, judged.asked);
        judged.wrong.push(other);
    }
    judged
}

impl Judged {
    fn trail(&mut self, program: &Program, place: &str, wanted: &Lines, found: Result<Answer, String>) {
        self.asked += wanted.len();
        let trail = match found {
            Ok(Answer::Origin(trail)) => trail,
            other => {
                self.missing += wanted.len();
                self.ends.push(format!("{place}: {:?}", other.err()));
                return;
            }
        };
        // A statement may have several hops, and helpers have hops of their own.
        let first = HEAD.lines().count() as u32;
        let mut lines: Lines = trail.hops.iter().map(|hop| hop.spot.line).filter(|line| *line > first).collect();
        lines.dedup();
        let list = wanted.last().copied().unwrap_or_default();
        let value = program.moving.text(list);
        // A mark says that code which is not recorded may have changed what it contains.
        let is_other = trail.hops.iter().any(|hop| hop.value.trim_end_matches('?') != value);
        // Where two places hold the same list, the trail may name the other one: each hop is still a place that held
        // this list, and each line moved it.
        let has_moved = lines.iter().all(|line| *line == list || program.moved.contains(&(list, *line)));
        if !wanted.starts_with(&lines) && has_moved && !is_other {
            self.other += 1;
            let is_whole = lines.last() == Some(&list);
            self.missing += if is_whole { 0 } else { wanted.len().saturating_sub(lines.len()).max(1) };
        } else if !wanted.starts_with(&lines) || is_other {
            let hop = |hop: &connie_history::origin::Hop| {
                format!("{} {} = {} {}", hop.how.word(), hop.text, hop.value, hop.spot)
            };
            let hops: Vec<_> = trail.hops.iter().map(hop).collect();
            self.wrong.push(format!("{place} = {value}: {wanted:?}, said {lines:?} {hops:#?} {}", trail.end));
        } else if lines.len() < wanted.len() {
            self.missing += wanted.len() - lines.len();
            let line = |n: u32| program.text.lines().nth(n as usize - 1).unwrap_or_default().trim();
            let at = wanted[lines.len().saturating_sub(1)];
            let hops: Vec<_> =
                trail.hops.iter().map(|hop| format!("{} {} {}", hop.how.word(), hop.text, hop.spot.line)).collect();
            let (last, next) = (line(at), line(wanted[lines.len()]));
            self.ends.push(format!("{last} | {place}: {} | before {next} | {hops:?}", trail.end));
        }
    }
}
