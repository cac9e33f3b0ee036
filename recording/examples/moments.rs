//! How long a recording takes to open, and moments of it to be rebuilt: `moments FILE [N]`.

use std::path::Path;
use std::time::Instant;

use connie_recording::Recording;
use connie_recording::player::Player;
use connie_recording::render::{Bounds, Renderer};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("which recording?")?;
    let count: u64 = arguments.next().map_or(Ok(200), |n| n.parse())?;
    let start = Instant::now();
    let recording = Recording::open(Path::new(&path))?;
    println!("{} steps, opened in {:.1} ms", recording.info.steps, start.elapsed().as_secs_f64() * 1e3);
    let mut times = Vec::new();
    let mut seed = 1u64;
    for _ in 0..count {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let step = (seed >> 20) % recording.info.steps + 1;
        let start = Instant::now();
        let (player, _) = Player::at(&recording, step)?;
        let mut shown = 0;
        for frame in player.stack() {
            for (_, value) in player.locals(frame) {
                shown += Renderer::new(&player, Bounds::default()).text(&value).len();
            }
        }
        times.push(start.elapsed().as_secs_f64() * 1e3);
        std::hint::black_box(shown);
    }
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    println!("{count} moments: median {:.2} ms, p99 {:.2} ms, most {:.2} ms", at(0.5), at(0.99), at(1.0));
    Ok(())
}
