//! `%load_ext connie` in a Jupyter kernel: cells that record themselves, and questions about them.

use std::path::Path;

use connie_tests::{Project, connie, text};
use serde_json::Value;

use crate::foreign::{environment, notebook};

/// The cells of a notebook after it ran: all its outputs as plain text and as HTML.
fn run(project: &Project, python: &Path, cells: &[&str]) -> Vec<(String, String)> {
    project.write("nb.ipynb", &notebook(cells));
    let convert = ["-m", "nbconvert", "--to", "notebook", "--execute", "--allow-errors", "nb.ipynb", "--output", "out"];
    let mut command = project.command(python, &convert);
    let package = Path::new(env!("CARGO_MANIFEST_DIR")).join("../python");
    command.env("PYTHONPATH", package).env("CONNIE_BIN", connie()).env("PYTHONDONTWRITEBYTECODE", "1");
    let output = command.output().expect("it runs");
    assert!(output.status.success(), "{}", text(&output.stderr));
    let made = std::fs::read_to_string(project.path("out.ipynb")).expect("a notebook");
    let made: Value = serde_json::from_str(&made).expect("JSON");
    let joined = |value: &Value| match value {
        Value::Array(lines) => lines.iter().filter_map(Value::as_str).collect::<String>(),
        other => other.as_str().unwrap_or_default().to_owned(),
    };
    let cells = made["cells"].as_array().expect("cells").iter();
    let outputs = cells.map(|cell| {
        let (mut plain, mut html) = (String::new(), String::new());
        for output in cell["outputs"].as_array().expect("outputs") {
            plain += &[&output["text"], &output["data"]["text/plain"], &output["ename"]].map(joined).join("");
            plain.push('\n');
            html += &joined(&output["data"]["text/html"]);
        }
        (plain, html)
    });
    outputs.collect()
}

fn setting() -> Option<(Project, std::path::PathBuf)> {
    let python = environment("CONNIE_TEST_NOTEBOOKS")?;
    let project = Project::new("");
    project.write("helper.py", "def double(a):\n    return a * 2\n");
    Some((project, python))
}

#[test]
fn a_cell_shows_its_story_and_answers_questions() {
    let Some((project, python)) = setting() else { return };
    let cells = [
        "%load_ext connie",
        "import helper\ndef f(a):\n    b = a + 1\n    return b",
        "%%connie\nx = f(3)\nrows = {'a b': [x]}\nrows['a b'].append(helper.double(x))\nrows",
        "%connie why rows[\"a b\"]",
        "%connie why b --at In[2]:4",
        "%connie",
        "%connie nonsense",
        "x = 5",
    ];
    let shown = run(&project, &python, &cells);
    let (story, html) = &shown[2];
    assert!(story.starts_with("{'a b': [4, 8]}\n"), "the value of the cell is shown as ever: {story}");
    for line in ["In[3]: ", "▶ f(a=3) In[2]:2", "3 b = a + 1    b=4", "2 x = f(3)", "▶ double(a=4) helper.py:1"] {
        assert!(story.contains(line), "{line}: {story}");
    }
    assert_eq!(story.matches("<module>").count(), 1, "one heading: {story}");
    assert!(!story.contains('\x1b') && !html.contains('\x1b') && !story.contains("ipykernel_"), "{story} {html}");
    assert!(
        html.contains("<summary>Story</summary>")
            && html.contains("<span style=")
            && html.contains("href=\"http://127.0.0.1:")
    );
    // The link is stored with the notebook: it has no token.
    assert!(html.contains("#invitation=") && !html.contains("token"), "{html}");
    assert!(shown[3].0.contains("In[3]:4") && shown[3].0.contains("+8 at [1]"), "{}", shown[3].0);
    assert!(shown[4].0.contains("In[2]:3") && shown[4].0.contains("f  4"), "{}", shown[4].0);
    assert!(shown[5].0.contains("%%connie"), "{}", shown[5].0);
    assert!(shown[6].0.contains("unrecognized subcommand"), "{}", shown[6].0);
    assert_eq!(shown[7].0, "", "a cell without the line is not recorded");
    assert_eq!(project.recordings().len(), 1);
}

/// A failure stops the notebook as ever; `await`, names and long cells work.
#[test]
fn a_cell_runs_as_it_does_without_connie() {
    let Some((project, python)) = setting() else { return };
    let cells = [
        "%load_ext connie",
        "\n%%connie -q a loop\nimport asyncio\nfor i in range(300):\n    await asyncio.sleep(0)\n",
        "%%connie\nfor i in range(300):\n    pass\n",
        "%%connie\ndef h(n):\n    return 1 / n\nh(0)",
        "get_ipython().run_cell_magic('connie', '-q', 'z = 1')",
        "%%connie\n<b>",
        "%unload_ext connie\nprint(get_ipython().find_line_magic('connie'))",
    ];
    let shown = run(&project, &python, &cells);
    assert!(shown[1].0.starts_with("a loop: ") && !shown[1].1.contains("<details"), "{}", shown[1].0);
    assert!(shown[2].0.contains("… 4") && shown[2].0.contains(" steps …"), "{}", shown[2].0);
    let (failed, html) = &shown[3];
    assert!(failed.contains("ZeroDivisionError") && failed.contains("passed n = 0"), "{failed}");
    assert!(html.contains("<summary>Why it failed</summary>"), "{html}");
    assert!(shown[4].0.contains("steps recorded"), "{}", shown[4].0);
    assert!(shown[5].0.contains("SyntaxError") && !shown[5].1.contains("<b>"), "{:?}", shown[5]);
    assert_eq!(shown[6].0.trim(), "None");
    let results: Vec<_> = project.recordings().into_iter().map(|(name, result, _)| (name, result)).collect();
    assert!(results.iter().any(|(name, _)| name.contains("a loop")), "{results:?}");
}
