//! How far what was counted may lie from what is true.

/// The 95 % interval of a share, of which so many were seen in so many, by the score method (Wilson 1927).
pub fn binomial_interval(part: usize, whole: usize) -> (f64, f64) {
    const Z: f64 = 1.96;
    if whole == 0 {
        return (0.0, 1.0);
    }
    let n = whole as f64;
    let share = part as f64 / n;
    let middle = share + Z * Z / (2.0 * n);
    let reach = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + Z * Z / n;
    (((middle - reach) / scale).max(0.0), ((middle + reach) / scale).min(1.0))
}

/// The 95 % interval of the mean of a Poisson count, by Byar's approximation (Rothman and Boice 1979):
/// within a few percent of the exact one. Divided by days, it is that of a rate a day.
pub fn poisson_interval(count: usize) -> (f64, f64) {
    let bound = |n: f64, z: f64| n * (1.0 - 1.0 / (9.0 * n) + z / (3.0 * n.sqrt())).powi(3);
    let n = count as f64;
    let low = if count == 0 { 0.0 } else { bound(n, -1.96) };
    (low, bound(n + 1.0, 1.96))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_of_a_count_is_the_exact_one_nearly() {
        // Exact: 0 to 3.69; 2.20 to 13.06; 81.4 to 121.6.
        for (count, low, high) in [(0, 0.0, 3.69), (6, 2.20, 13.06), (100, 81.4, 121.6)] {
            let (found_low, found_high) = poisson_interval(count);
            assert!((found_low - low).abs() < 0.2, "{count}: {found_low}");
            assert!((found_high - high).abs() < 0.2, "{count}: {found_high}");
        }
    }

    #[test]
    fn the_interval_of_a_share_is_that_of_the_literature() {
        // Newcombe 1998, table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
        let cases = [
            (81, 263, 0.2553, 0.3662),
            (15, 148, 0.0624, 0.1605),
            (0, 20, 0.0, 0.1611),
            (1, 29, 0.0061, 0.1718),
        ];
        for (part, whole, low, high) in cases {
            let found = binomial_interval(part, whole);
            assert!((found.0 - low).abs() < 1e-3 && (found.1 - high).abs() < 1e-3, "{found:?}");
        }
        assert_eq!(binomial_interval(0, 0), (0.0, 1.0));
    }
}
