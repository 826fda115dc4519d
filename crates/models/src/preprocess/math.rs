/// `sign(x) · ln(1 + |x|)`: the tail of a count or a duration drawn in, its order kept.
///
/// Written out so that it is the same on every platform, and so that the compiler can do several at a
/// time: `ln m = 2 artanh((m - 1) / (m + 1))` as a series, after the power of two is split off. Its
/// error is below 2·10⁻⁷ of the result, or 6·10⁻⁸ where that is more.
pub(crate) fn squeeze(x: f32) -> f32 {
    let y = (1.0 + x.abs()).min(f32::MAX);
    // Shifts the cut between powers of two to √½, so that m lies in √½..√2.
    let shifted = y.to_bits().wrapping_sub(0x3f35_04f3);
    let power = (shifted as i32) >> 23;
    let m = f32::from_bits(y.to_bits().wrapping_sub((power << 23) as u32));
    let s = (m - 1.0) / (m + 1.0);
    let square = s * s;
    let series = ((square * (1.0 / 9.0) + 1.0 / 7.0) * square + 1.0 / 5.0) * square + 1.0 / 3.0;
    let log_m = 2.0 * (s + s * square * series);
    (power as f32 * std::f32::consts::LN_2 + log_m).copysign(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn squeeze_is_the_logarithm_and_keeps_the_sign() {
        let mut x = 1e-6f32;
        while x < 1e38 {
            let exact = (1.0 + f64::from(x)).ln();
            let error = (f64::from(squeeze(x)) - exact).abs();
            assert!(error <= (2e-7 * exact).max(7e-8), "{x}: {error}");
            assert_eq!(squeeze(-x), -squeeze(x));
            x *= 1.01;
        }
        assert_eq!(squeeze(0.0), 0.0);
        assert!(squeeze(f32::MAX).is_finite());
    }
}
