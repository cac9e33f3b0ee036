//! The licences of all dependencies are among those that can be shipped with an Apache-2.0 program.

use crate::shell::{Result, cargo};

const ALLOWED: [&str; 12] = [
    "MIT",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "Zlib",
    "Unicode-3.0",
    "Unlicense",
    "0BSD",
    "CC0-1.0",
    "BSL-1.0",
    "Apache-2.0 WITH LLVM-exception",
];

/// Checks them.
pub fn run() -> Result<()> {
    let output = cargo(&["metadata", "--format-version", "1", "--locked"]).output()?;
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let mut bad = Vec::new();
    let packages = metadata["packages"].as_array().cloned().unwrap_or_default();
    for package in &packages {
        let licence = package["license"].as_str().unwrap_or("none");
        // `A OR B` and the older `A/B`: one that is allowed will do; `A AND B`: all have to be.
        let alternative =
            |text: &str| text.split(" AND ").all(|part| ALLOWED.contains(&part.trim_matches(['(', ')', ' '])));
        if !licence.replace('/', " OR ").split(" OR ").any(alternative) {
            bad.push(format!("{} {}", package["name"], licence));
        }
    }
    println!("licences of {} packages", packages.len());
    if bad.is_empty() { Ok(()) } else { Err(format!("licences to look at: {}", bad.join(", ")).into()) }
}
