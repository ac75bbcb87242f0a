//! Numbers by chance for tests, the same in every run.

/// Whole words; the high bits are the better ones.
pub fn words(seed: u64) -> impl FnMut() -> u64 {
    let mut state = seed;
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state
    }
}

/// Numbers below a limit.
pub fn below(seed: u64) -> impl FnMut(u64) -> u64 {
    let mut next = words(seed);
    move |limit| (next() >> 33) % limit
}
