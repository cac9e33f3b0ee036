//! `connie --version --json`: what programs that use connie have to know of it.

use connie_recording::format::VERSION;
use serde::Serialize;

use crate::failure::Failure;
use crate::format;

/// The version of this program.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Version {
    /// The version of connie, as `--version` prints it.
    version: &'static str,
    /// The format of the recordings that it writes. It reads this and all earlier ones.
    recording_format: i32,
    /// The processor and system that it was built for: `x86_64-linux`.
    platform: String,
}

/// Prints it.
///
/// # Errors
/// If stdout cannot be written to.
pub fn print() -> Result<i32, Failure> {
    let platform = format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS);
    format::json(&Version { version: env!("CARGO_PKG_VERSION"), recording_format: VERSION, platform })?;
    Ok(0)
}
