//! The newest CPython releases in Debian's packages, unpacked into the cache. Each uses the C library from its own
//! packages, so that nothing is installed and the age of the machine's C library does not matter.
//!
//! apt resolves and fetches them with its own configuration, lists and package state. In this state nothing is
//! installed, so that it also fetches the C library and all other dependencies. It checks the signatures.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::{MINORS, version};
use crate::shell::{self, Result, cache};

/// The suites that have the newest releases.
const SUITES: [&str; 2] = ["trixie", "sid"];

/// The age of unpacked interpreters after which newer ones are searched for.
const FRESH: Duration = Duration::from_secs(7 * 24 * 3600);

/// Debian's own keys, at the path where its releases have them.
const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// The interpreters by minor version, fetched and unpacked if needed. Empty, with a message, if they cannot be fetched.
pub fn unpacked() -> Result<BTreeMap<u32, PathBuf>> {
    let folder = cache()?.join("pythons");
    if !is_fresh(&folder.join("made")) {
        match Apt::new(&folder).and_then(|apt| make(&apt, &folder)) {
            Ok(()) => std::fs::write(folder.join("made"), "")?,
            Err(error) => {
                shell::skipped(&format!("the interpreters that Debian packages: {error}"))?;
            }
        }
    }
    // If fetching fails, those of the last time are used.
    let binary = |minor: u32| folder.join(format!("root/usr/bin/python3.{minor}"));
    Ok(MINORS.map(|minor| (minor, binary(minor))).filter(|(_, path)| version(path).is_some()).collect())
}

/// The folder with the headers of a version, fetched if it does not exist.
pub fn headers(minor: u32) -> Result<PathBuf> {
    let folder = cache()?.join("pythons");
    let root = folder.join(format!("headers-{minor}"));
    let include = root.join("usr/include");
    if !include.exists() {
        let apt = Apt::new(&folder)?;
        std::fs::create_dir_all(&root)?;
        let mut download = apt.command("apt-get");
        download.current_dir(&root).args(["download", "--quiet"]).arg(format!("libpython3.{minor}-dev"));
        shell::quietly(&mut download)?;
        let files = std::fs::read_dir(&root)?.flatten().map(|entry| entry.path());
        let archive = files.into_iter().find(|path| path.extension().is_some_and(|ending| ending == "deb"));
        let archive = archive.ok_or("apt-get fetched no package")?;
        shell::quietly(Command::new("dpkg-deb").arg("-x").arg(archive).arg(&root))?;
    }
    Ok(include)
}

fn is_fresh(made: &Path) -> bool {
    let age = std::fs::metadata(made).and_then(|data| data.modified()).ok().and_then(|time| time.elapsed().ok());
    age.is_some_and(|age| age < FRESH)
}

/// Fetches the packages, unpacks them and makes the interpreters runnable in their folder.
fn make(apt: &Apt, folder: &Path) -> Result<()> {
    let archives = apt.fetch()?;
    let root = folder.join("root");
    let _ = std::fs::remove_dir_all(&root);
    for archive in archives {
        shell::quietly(Command::new("dpkg-deb").arg("-x").arg(archive).arg(&root))?;
    }
    let usr = root.join("usr");
    let own = Libraries::of(&usr)?;
    for minor in MINORS {
        let binary = usr.join(format!("bin/python3.{minor}"));
        if binary.exists() {
            own.bind(&binary)?;
            settle(&usr, &root, minor)?;
            let (minor, patch) = version(&binary).ok_or_else(|| format!("{} does not run", binary.display()))?;
            println!("unpacked Python 3.{minor}.{patch}: {}", binary.display());
        }
    }
    add_pip(&usr)
}

/// apt with its own state.
struct Apt {
    folder: PathBuf,
}

impl Apt {
    /// Writes the configuration, and gets the lists from the first of the machine's mirrors that has these suites.
    fn new(folder: &Path) -> Result<Self> {
        let apt = Self { folder: folder.join("apt") };
        for part in ["lists/partial", "archives/partial", "parts"] {
            std::fs::create_dir_all(apt.folder.join(part))?;
        }
        std::fs::write(apt.folder.join("status"), "")?;
        let mirrors = mirrors()?;
        std::fs::write(apt.folder.join("apt.conf"), apt.configuration()?)?;
        let mut last = String::from("this machine's apt has no source");
        for mirror in mirrors {
            let keys = if Path::new(KEYRING).exists() { format!("[signed-by={KEYRING}] ") } else { String::new() };
            let sources = SUITES.map(|suite| format!("deb {keys}{mirror} {suite} main\n")).concat();
            std::fs::write(apt.folder.join("sources.list"), sources)?;
            match shell::quietly(apt.command("apt-get").args(["update", "--error-on=any"])) {
                Ok(_) => return Ok(apt),
                Err(error) => last = error.to_string(),
            }
        }
        Err(last.into())
    }

    /// The configuration: its folders, and how the machine's apt reaches the network, without its hooks.
    fn configuration(&self) -> Result<String> {
        let dump = shell::quietly(Command::new("apt-config").arg("dump"))?;
        let network = |line: &&str| {
            let ways = ["Acquire::http::", "Acquire::https::", "Acquire::Retries", "Acquire::Check-"];
            ways.iter().any(|way| line.starts_with(way))
        };
        let mut text: String = dump.lines().filter(network).map(|line| format!("{line}\n")).collect();
        let own = [
            ("Dir::Etc::sourcelist", "sources.list"),
            ("Dir::Etc::sourceparts", "parts"),
            ("Dir::Etc::parts", "parts"),
            ("Dir::Etc::main", "parts/none"),
            ("Dir::State", ""),
            ("Dir::State::lists", "lists"),
            ("Dir::State::status", "status"),
            ("Dir::Cache", ""),
            ("Dir::Cache::archives", "archives"),
        ];
        for (name, part) in own {
            text += &format!("{name} \"{}\";\n", self.folder.join(part).display());
        }
        // Neither root nor apt's own user is needed for these folders.
        let user = shell::quietly(Command::new("id").arg("-un"))?;
        text += &format!("APT::Sandbox::User \"{}\";\nDebug::NoLocking \"1\";\n", user.trim());
        text += "Acquire::Languages \"none\";\nAPT::Install-Recommends \"0\";\n";
        Ok(text)
    }

    fn command(&self, name: &str) -> Command {
        let mut command = Command::new(name);
        command.env("APT_CONFIG", self.folder.join("apt.conf")).env("DEBIAN_FRONTEND", "noninteractive");
        command
    }

    /// Fetches the interpreters and their dependencies. Returns the archives.
    fn fetch(&self) -> Result<Vec<PathBuf>> {
        let names = shell::quietly(self.command("apt-cache").args(["pkgnames", "python3."]))?;
        let offered = MINORS.filter(|minor| names.lines().any(|name| name == format!("python3.{minor}")));
        let mut wanted: Vec<String> =
            offered.flat_map(|minor| [format!("python3.{minor}"), format!("python3.{minor}-venv")]).collect();
        wanted.push("patchelf".into());
        let archives = self.folder.join("archives");
        std::fs::remove_dir_all(&archives)?;
        std::fs::create_dir_all(archives.join("partial"))?;
        let install = ["install", "--yes", "--quiet", "--download-only"];
        shell::quietly(self.command("apt-get").args(install).args(&wanted))?;
        let files = std::fs::read_dir(&archives)?.flatten().map(|entry| entry.path());
        Ok(files.filter(|path| path.extension().is_some_and(|ending| ending == "deb")).collect())
    }
}

/// The mirrors that the machine's apt uses: those known to be Debian's, else all of them.
fn mirrors() -> Result<Vec<String>> {
    let format = "$(REPO_URI) $(ORIGIN) $(LABEL)";
    let mut list = Command::new("apt-get");
    list.args(["indextargets", "--format", format, "Created-By: Packages"]);
    let text = shell::quietly(&mut list)?;
    let mut debian = Vec::new();
    let mut all = Vec::new();
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let Some(mirror) = words.first().map(|mirror| (*mirror).to_string()) else { continue };
        if words[1..] == ["Debian", "Debian"] && !debian.contains(&mirror) {
            debian.push(mirror.clone());
        }
        if !all.contains(&mirror) {
            all.push(mirror);
        }
    }
    Ok(if debian.is_empty() { all } else { debian })
}

/// The unpacked C library and its loader.
struct Libraries {
    folder: PathBuf,
    loader: PathBuf,
    patchelf: PathBuf,
}

impl Libraries {
    fn of(usr: &Path) -> Result<Self> {
        let folders = std::fs::read_dir(usr.join("lib"))?.flatten().map(|entry| entry.path());
        let folder = folders.into_iter().find(|path| path.join("libc.so.6").exists()).ok_or("no C library came")?;
        let files = std::fs::read_dir(&folder)?.flatten();
        let loader = files.map(|entry| entry.file_name()).find(|name| {
            let name = name.to_string_lossy();
            name.starts_with("ld-linux") || name.starts_with("ld64")
        });
        let loader = folder.join(loader.ok_or("no loader came")?);
        Ok(Self { folder, loader, patchelf: usr.join("bin/patchelf") })
    }

    /// Makes a program use this loader and these libraries. It stays an executable of its own, so that
    /// `sys.executable`, /proc and attaching tools see the same as for an installed one.
    fn bind(&self, binary: &Path) -> Result<()> {
        let patch = |options: &[&std::ffi::OsStr]| {
            let mut command = Command::new(&self.loader);
            command.arg("--library-path").arg(&self.folder).arg(&self.patchelf).args(options).arg(binary);
            shell::quietly(&mut command)
        };
        // Two steps are needed: patchelf 0.18 makes a file that crashes if it does both at once.
        patch(&["--force-rpath".as_ref(), "--set-rpath".as_ref(), self.folder.as_os_str()])?;
        patch(&["--set-interpreter".as_ref(), self.loader.as_os_str()])?;
        Ok(())
    }
}

/// Rewrites the absolute paths of an interpreter to its own packages.
fn settle(usr: &Path, root: &Path, minor: u32) -> Result<()> {
    let library = usr.join(format!("lib/python3.{minor}"));
    // This file stops pip from installing, which is meant for folders that packages own.
    let _ = std::fs::remove_file(library.join("EXTERNALLY-MANAGED"));
    for entry in std::fs::read_dir(&library)?.flatten() {
        let path = entry.path();
        if let Ok(target) = std::fs::read_link(&path) {
            if let Ok(inner) = target.strip_prefix("/") {
                std::fs::remove_file(&path)?;
                std::os::unix::fs::symlink(root.join(inner), &path)?;
            }
        } else if entry.file_name().to_string_lossy().starts_with("_sysconfig") {
            // `venv` takes pip from there.
            let text = std::fs::read_to_string(&path)?;
            let wheels = format!("{}/share/python-wheels", usr.display());
            std::fs::write(&path, text.replace("/usr/share/python-wheels", &wheels))?;
        }
    }
    Ok(())
}

/// Unpacks the wheel of pip into the folder where all of them search for packages.
fn add_pip(usr: &Path) -> Result<()> {
    let wheels = std::fs::read_dir(usr.join("share/python-wheels"))?.flatten().map(|entry| entry.path());
    let is_pip = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("pip-"));
    let wheel = wheels.into_iter().find(is_pip).ok_or("no wheel of pip came")?;
    let python = MINORS.map(|minor| usr.join(format!("bin/python3.{minor}"))).find(|path| path.exists());
    let mut unzip = Command::new(python.ok_or("no interpreter came")?);
    unzip.args(["-m", "zipfile", "-e"]).arg(wheel).arg(usr.join("lib/python3/dist-packages"));
    shell::quietly(&mut unzip).map(|_| ())
}
