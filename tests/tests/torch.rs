//! torch: a program must not notice that its tensors are read, and tensors that have no memory are shown without
//! values.

use std::path::PathBuf;

use connie_tests::{Project, text, usual_python};

const PROGRAM: &str = r#"
import warnings
import torch

warnings.simplefilter("ignore")


class Watching(torch.overrides.TorchFunctionMode):
    seen = []

    def __torch_function__(self, function, types, args=(), kwargs=None):
        self.seen.append(getattr(function, "__name__", "?"))
        return function(*args, **(kwargs or {}))


class Marked(torch.Tensor):
    asked = []

    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        cls.asked.append(getattr(function, "__name__", "?"))
        return super().__torch_function__(function, types, args, kwargs or {})


def watched():
    a = torch.ones(2)
    with Watching(), Watching():
        b = a + 1
        a[0] = 5
    with torch.device("meta"):
        c = torch.ones(2)
        a[1] = 6
    print(Watching.seen, torch._C._len_torch_function_stack())


def double(x):
    y = x * 2
    z = y.view(-1)
    return z


def traced():
    graph = torch.jit.trace(double, torch.ones(2, 2)).graph
    print([node.kind() for node in graph.nodes()])
    many = torch.vmap(double)(torch.arange(3))
    print(many.tolist())


def marked():
    m = torch.ones(2).as_subclass(Marked)
    n = m + 1
    print(Marked.asked)


watched()
traced()
marked()
"#;

#[test]
fn looking_at_tensors_disturbs_nothing() {
    let Some(packages) = std::env::var_os("CONNIE_TEST_TORCH").map(PathBuf::from) else {
        return println!("skipped: CONNIE_TEST_TORCH names no folder with torch, which is too large to be fetched");
    };
    let project = Project::new(PROGRAM);
    let (_, python) = usual_python();
    let plain = project.command(&python, &["main.py"]).env("PYTHONPATH", &packages).output().expect("python runs");
    assert!(plain.status.success(), "{}", text(&plain.stderr));
    let mut run = project.command(&connie_tests::connie(), &["run", "--quiet", "--python"]);
    let output = run.arg(&python).arg("main.py").env("PYTHONPATH", packages).output().expect("connie runs");
    assert_eq!(text(&output.stdout), text(&plain.stdout), "{}", text(&output.stderr));

    let steps = project.replay(&["--locals", "all"]);
    let shown = |function: &str, name: &str| {
        let mut found = steps
            .iter()
            .rev()
            .filter(|step| step["function"] == function)
            .filter_map(|step| step["locals"][name].as_str());
        found.next().unwrap_or_default().to_owned()
    };
    assert_eq!(shown("watched", "a"), "<Tensor shape=(2,) dtype=float32 [5.0, 6.0]>");
    assert_eq!(shown("watched", "c"), "<Tensor shape=(2,) dtype=float32 device=meta>");
    assert_eq!(shown("marked", "m"), "<Marked>");
    // Within `vmap`, a tensor has no memory.
    assert_eq!(shown("double", "y"), "<Tensor shape=() dtype=int64>");
}
