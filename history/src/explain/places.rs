//! Tells tests from other code.

/// Whether code belongs to a test, by its path relative to the project's root and its name.
pub(super) fn is_test(path: &str, function: &str) -> bool {
    let file = path.rsplit('/').next().unwrap_or(path);
    let mut folders = path.split('/').rev().skip(1);
    let by_folder = folders.any(|folder| matches!(folder, "test" | "tests"));
    let by_file =
        file.starts_with("test_") || file.ends_with("_test.py") || file == "conftest.py" || file == "tests.py";
    let by_function = function.rsplit('.').next().is_some_and(|name| name.starts_with("test"));
    by_folder || by_file || by_function
}
