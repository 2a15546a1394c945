//! Which codex processes there are.

use std::fs;
use std::path::Path;
use std::process::Command;

use nix::unistd::Pid;

/// Those that log in at this issuer, whoever started them.
pub(super) fn codex_logins_at(issuer: &str) -> Vec<Pid> {
    all_processes()
        .into_iter()
        .filter(|(_, args)| args.contains(issuer) && args.contains("--device-auth"))
        .map(|(id, _)| Pid::from_raw(id))
        .collect()
}

/// Those that were started on a copy of a login in this home, with their arguments.
pub(super) fn codex_probes_in(home: &Path) -> Vec<(Pid, String)> {
    let home = home.to_str().expect("UTF-8");
    all_processes()
        .into_iter()
        .filter(|(_, args)| args.contains(home) && args.contains(" app-server "))
        .map(|(id, args)| (Pid::from_raw(id), args))
        .collect()
}

/// Every process with its arguments; one that is dead and not waited for has none.
fn all_processes() -> Vec<(i32, String)> {
    if cfg!(target_os = "linux") {
        let entries = fs::read_dir("/proc").expect("/proc");
        entries
            .flatten()
            .filter_map(|entry| {
                let id = entry.file_name().to_str()?.parse().ok()?;
                let args = fs::read(entry.path().join("cmdline")).ok()?;
                Some((id, String::from_utf8_lossy(&args).replace('\0', " ")))
            })
            .collect()
    } else {
        let ps = Command::new("/bin/ps")
            .args(["-A", "-ww", "-o", "pid=,args="])
            .output()
            .expect("ps");
        String::from_utf8_lossy(&ps.stdout)
            .lines()
            .filter_map(|line| {
                let (id, args) = line.trim().split_once(' ')?;
                Some((id.parse().ok()?, args.to_owned()))
            })
            .collect()
    }
}
