//! Closing generators and coroutines raises no exception that a user searches for.

use connie_recording::Recording;
use connie_recording::reader::Which;
use connie_tests::console::Console;
use connie_tests::{Project, pythons, text};
use serde_json::json;

const PROGRAM: &str = "\
import asyncio, gc
def gen():
    try:
        yield 1
    finally:
        print('closing')
def plain():
    yield 1
def outer():
    yield from gen()
g = gen(); next(g); g.close()
g = plain(); next(g); g.close()
g = outer(); next(g); g.close()
g = gen(); next(g); del g
for x in gen(): break
def leave():
    for x in gen():
        return
leave()
def catches():
    try: yield 1
    except GeneratorExit: return
g = catches(); next(g); g.close()
async def agen():
    try:
        yield 1
    finally:
        await asyncio.sleep(0)
async def main():
    a = agen()
    async for x in a: break
    await a.aclose()
    await anext(agen().__aiter__())
asyncio.run(main())
class Wait:
    def __await__(self): yield 1
async def co():
    await Wait()
c = co(); c.send(None); c.close()
def bad():
    try: yield 1
    except GeneratorExit: raise ValueError('bad')
g = bad(); next(g)
try: g.close()
except ValueError: pass
try: raise GeneratorExit('mine')
except GeneratorExit: pass
g = gen(); next(g)
try: g.throw(GeneratorExit)
except GeneratorExit: pass
def raises():
    yield 1
    raise GeneratorExit('own')
g = raises(); next(g)
try: next(g)
except GeneratorExit: pass
keep = gen(); next(keep)
1 / 0
";

#[test]
fn closed_generators_raise_nothing() {
    for (minor, python) in pythons() {
        let project = Project::new(PROGRAM);
        let output = project.record(&python, &["--output", "run.connie", "main.py"]);
        assert!(text(&output.stderr).contains("ZeroDivisionError"), "{}", text(&output.stderr));
        let recording = Recording::open(&project.path("run.connie")).expect("a recording");
        // asyncio's own ways to cancel open generators differ by version.
        let mine = |ty: &str| !ty.ends_with("CancelledError");
        let wanted = ["ValueError", "GeneratorExit", "GeneratorExit", "GeneratorExit", "ZeroDivisionError"];
        let all = recording.exceptions(100).expect("exceptions");
        let types: Vec<&str> = all.iter().map(|raised| raised.ty.as_str()).filter(|ty| mine(ty)).collect();
        assert_eq!(types, wanted, "3.{minor}");
        for which in [Which::Any, Which::LeftCode, Which::Uncaught] {
            for forward in [true, false] {
                let mut step = if forward { 0 } else { u64::MAX >> 1 };
                while let Some(raised) = recording.exception_near(step, forward, which).expect("an exception") {
                    assert!(all.iter().any(|known| known.step == raised.step), "3.{minor} {which:?}: {raised:?}");
                    step = raised.step;
                }
            }
        }
        // The program failed by its own exception, although a generator was closed after it.
        let uncaught = recording.info.exception.and_then(|step| recording.exception_at(step).ok().flatten());
        assert_eq!(uncaught.expect("an exception").ty, "ZeroDivisionError", "3.{minor}");
        assert_eq!(recording.counts().expect("counts")[2] as usize, all.len());
        let story = text(&project.connie(&["replay", "run.connie", "--no-pager"]).stdout);
        assert!(story.matches("✗ GeneratorExit()").count() <= 3, "3.{minor}: {story}");
        assert!(story.matches("⨯ closed").count() >= 8, "3.{minor}: {story}");
    }
}

#[test]
fn raised_does_not_stop_at_closed_generators() {
    for (minor, python) in pythons() {
        let project = Project::new(PROGRAM);
        project.record(&python, &["--output", "run.connie", "main.py"]);
        let mut console = Console::open(&project, "run.connie");
        console.request("setExceptionBreakpoints", json!({"filters": ["raised"]}));
        console.start();
        console.say(":start");
        let mut texts = Vec::new();
        loop {
            let stop = console.go("continue");
            if stop["reason"] != "exception" {
                break;
            }
            texts.push(stop["text"].as_str().unwrap_or_default().to_owned());
        }
        texts.retain(|text| !text.contains("CancelledError"));
        let wanted = ["ValueError: bad", "GeneratorExit: mine", "GeneratorExit", "GeneratorExit: own"];
        assert_eq!(texts[..4], wanted, "3.{minor}");
        assert_eq!(texts.len(), 5, "3.{minor}: {texts:?}");
    }
}
