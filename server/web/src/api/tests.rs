//! Tests the keys of answers and their order, which pages rely on.

use std::path::Path;

use connie_recording::reader::Info;
use serde::Serialize;

use super::{beside, functions, recordings, run, source, story};

fn text(answer: impl Serialize) -> String {
    serde_json::to_string(&answer).unwrap()
}

fn info() -> Info {
    Info {
        id: "x".into(),
        program: "main.py".into(),
        argv: vec!["python3".into(), "main.py".into()],
        cwd: "/p".into(),
        root: "/p".into(),
        started: 5_000_000,
        ended: Some(7_000_000),
        steps: 9,
        result: "failed".into(),
        exit_code: Some(3),
        signal: None,
        complete: true,
        exception: None,
        trouble: None,
        python: Some("3.14.0".into()),
        dropped: 0,
        waited: None,
        ticks_per_second: None,
        kept: None,
        levels: Vec::new(),
    }
}

#[test]
fn recordings_have_the_keys_that_pages_read() {
    let row = recordings::Row::new(Path::new("/nowhere/x.connie"), &info());
    let keys = r#"{"id":"x","path":"/nowhere/x.connie","program":"main.py","argv":["python3","main.py"],"arguments":[],"cwd":"/p","root":"/p","python":"3.14.0","started":5,"duration":2000000,"result":"failed","outcome":"exit 3","steps":9,"dropped":0,"exception":null,"raised":null,"trouble":null,"size":0"#;
    assert_eq!(text(&row), format!("{keys}}}"));
    assert_eq!(
        text(run::tests::summary(row)),
        format!(
            r#"{keys},"counts":{{"functions":1,"lines":2,"exceptions":3,"output":4}},"sources":[{{"number":0,"path":"a.py","known":true,"hits":5,"name":"In[3]"}}]}}"#
        )
    );
    // JSON cannot express such a name.
    let odd = std::os::unix::ffi::OsStrExt::from_bytes(&b"/\xff.connie"[..]);
    let odd = recordings::Row::new(Path::new::<std::ffi::OsStr>(odd), &info());
    assert!(text(odd).starts_with("{\"id\":\"\u{fffd}\",\"path\":\"/\u{fffd}.connie\","));
}

#[test]
fn sources_and_functions_have_the_keys_that_pages_read() {
    assert_eq!(text(source::tests::pieces()), r#"[["x = "],["1","number"]]"#);
    assert_eq!(
        text(functions::tests::others()),
        r#"[{"code":1,"name":"f","source":0,"line":2,"from":3,"times":4,"time":5},{"from":3,"times":4,"time":5}]"#
    );
    assert_eq!(
        text(beside::tests::shown()),
        r#"{"line":1,"name":"x","value":"5","hit":2,"step":3,"parameter":false,"outcome":true}"#
    );
}

#[test]
fn lines_of_the_story_have_the_keys_that_pages_read() {
    assert_eq!(
        text(story::tests::told()),
        r#"{"step":5,"kind":"call","frame":7,"depth":1,"source":0,"line":3,"text":"f","changes":[["n","1"]],"goes_on":true,"fold":{"last":9,"ending":"returned","value":"2"}}"#
    );
}
