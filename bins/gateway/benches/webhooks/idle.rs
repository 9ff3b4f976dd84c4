//! How soon the binary answers, and how much memory it holds when nothing happens.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

/// Starts the real binary in an empty folder, several times, and prints start-up time and memory.
pub(crate) fn measure(folder: &Path) {
    let mut starts = Vec::new();
    let mut memory = 0;
    for _ in 0..5 {
        let port =
            TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port();
        let begun = Instant::now();
        let mut child = Command::new(env!("CARGO_BIN_EXE_gateway"))
            .arg("serve")
            .env("FRONTDESK_LISTEN", format!("127.0.0.1:{port}"))
            .env("FRONTDESK_DATA", folder.join("idle"))
            .current_dir(folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary starts");
        while !alive(port) {
            assert!(begun.elapsed() < Duration::from_secs(20), "the gateway did not come up");
            std::thread::yield_now();
        }
        starts.push(begun.elapsed());
        memory = resident_kib(child.id());
        child.kill().expect("it is ours to end");
        child.wait().expect("it ends");
    }
    starts.sort_unstable();
    println!(
        "start-up until the first answer: {:.3} s (median of {})",
        starts[starts.len() / 2].as_secs_f64(),
        starts.len()
    );
    println!("idle memory: {:.1} MB resident", memory as f64 / 1024.0);
}

fn alive(port: u16) -> bool {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else { return false };
    let asked = stream.write_all(b"GET /livez HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    let mut answer = String::new();
    asked.is_ok() && stream.read_to_string(&mut answer).is_ok() && answer.starts_with("HTTP/1.1 200")
}

fn resident_kib(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().split(' ').next()).and_then(|number| number.parse().ok()).unwrap_or(0)
}
