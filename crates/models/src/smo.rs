//! Sequential minimal optimisation: the dual of a support vector machine, two rows at a time.

/// Rows with all their kernel values.
pub(crate) struct Problem {
    points: Vec<f32>,
    width: usize,
    kernel: Vec<f32>,
}

/// What holds the border: a row's pull is `coefficient · kernel(row, x)`.
pub(crate) struct Border {
    pub(crate) coefficients: Vec<f32>,
    pub(crate) shift: f32,
}

/// How far the conditions of the solution may be missed.
const TOLERANCE: f64 = 1e-3;

/// `e^(-gamma · distance²)`
pub(crate) fn rbf(gamma: f32, x: &[f32], y: &[f32]) -> f32 {
    let square: f32 = x.iter().zip(y).map(|(x, y)| (x - y) * (x - y)).sum();
    (-gamma * square).exp()
}

impl Problem {
    pub(crate) fn new(points: Vec<f32>, width: usize, gamma: f32) -> Self {
        let rows = points.len() / width;
        let mut kernel = vec![0.0; rows * rows];
        for row in 0..rows {
            for other in 0..=row {
                let (x, y) = (&points[row * width..][..width], &points[other * width..][..width]);
                let near = rbf(gamma, x, y);
                kernel[row * rows + other] = near;
                kernel[other * rows + row] = near;
            }
        }
        Self { points, width, kernel }
    }

    pub(crate) fn rows(&self) -> usize {
        self.points.len() / self.width
    }

    pub(crate) fn point(&self, row: usize) -> &[f32] {
        &self.points[row * self.width..][..self.width]
    }

    fn kernel_row(&self, row: usize) -> &[f32] {
        &self.kernel[row * self.rows()..][..self.rows()]
    }

    /// The value of a row under a border.
    pub(crate) fn value(&self, row: usize, border: &Border) -> f32 {
        let pulls = self.kernel_row(row).iter().zip(&border.coefficients);
        pulls.map(|(near, pull)| near * pull).sum::<f32>() + border.shift
    }

    /// The border between the bad rows and the others, among the rows that `takes_part` names. No row
    /// pulls more than its cap.
    pub(crate) fn solve(
        &self,
        bad: &[bool],
        caps: &[f32],
        takes_part: impl Fn(usize) -> bool,
    ) -> Border {
        let rows: Vec<usize> = (0..self.rows()).filter(|row| takes_part(*row)).collect();
        let sign: Vec<f64> = bad.iter().map(|bad| if *bad { 1.0 } else { -1.0 }).collect();
        let mut pull = vec![0.0f64; bad.len()];
        // The gradient of the dual, times -sign: what the border should still gain on each row.
        let mut want: Vec<f64> = sign.clone();
        let can_rise = |pull: &[f64], row: usize| {
            if sign[row] > 0.0 { pull[row] < f64::from(caps[row]) } else { pull[row] > 0.0 }
        };
        let can_fall = |pull: &[f64], row: usize| {
            if sign[row] > 0.0 { pull[row] > 0.0 } else { pull[row] < f64::from(caps[row]) }
        };
        let (mut high, mut low) = (0.0, 0.0);
        for _ in 0..rows.len().saturating_mul(100).max(10_000) {
            let risers = rows.iter().copied().filter(|row| can_rise(&pull, *row));
            let Some(first) = risers.reduce(|a, b| if want[b] > want[a] { b } else { a }) else {
                break;
            };
            high = want[first];
            let near = self.kernel_row(first);
            let mut second: Option<(f64, usize)> = None;
            low = f64::INFINITY;
            for row in rows.iter().copied().filter(|row| can_fall(&pull, *row)) {
                low = low.min(want[row]);
                let gap = high - want[row];
                if gap > 0.0 {
                    let curve = (2.0 - 2.0 * f64::from(near[row])).max(1e-12);
                    let gain = gap * gap / curve;
                    if second.is_none_or(|(best, _)| gain > best) {
                        second = Some((gain, row));
                    }
                }
            }
            let Some((_, second)) = second.filter(|_| high - low >= TOLERANCE) else { break };
            let curve = (2.0 - 2.0 * f64::from(near[second])).max(1e-12);
            let room = |row: usize, up: bool| {
                if (sign[row] > 0.0) == up { f64::from(caps[row]) - pull[row] } else { pull[row] }
            };
            let step = (high - want[second]) / curve;
            let step = step.min(room(first, true)).min(room(second, false));
            for (row, change) in [(first, sign[first] * step), (second, -sign[second] * step)] {
                let cap = f64::from(caps[row]);
                let new = pull[row] + change;
                // Rounding must not leave a row a hair from its bound for ever.
                let near_end = 1e-9 * cap;
                pull[row] = if new < near_end {
                    0.0
                } else if new > cap - near_end {
                    cap
                } else {
                    new
                };
            }
            let other = self.kernel_row(second);
            for row in &rows {
                want[*row] -= step * (f64::from(near[*row]) - f64::from(other[*row]));
            }
        }
        let coefficients = pull.iter().zip(&sign).map(|(pull, sign)| (pull * sign) as f32);
        let shift = if low.is_finite() { (high + low) / 2.0 } else { high };
        Border { coefficients: coefficients.collect(), shift: shift as f32 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_rows_hold_the_border_in_their_middle() {
        let problem = Problem::new(vec![-1.0, 1.0], 1, 0.5);
        let border = problem.solve(&[false, true], &[10.0, 10.0], |_| true);
        // Both margins are 1: pull · (1 - e^(-0.5 · 4)) = 1.
        let pull = 1.0 / (1.0 - (-2.0f32).exp());
        assert!((border.coefficients[1] - pull).abs() < 1e-3, "{:?}", border.coefficients);
        assert_eq!(border.coefficients[0], -border.coefficients[1]);
        assert!(border.shift.abs() < 1e-6);
        assert!((problem.value(0, &border) + 1.0).abs() < 1e-3);
    }

    #[test]
    fn no_row_pulls_more_than_its_cap_and_both_sides_pull_alike() {
        let points: Vec<f32> = (0..60).map(|row| ((row * 37) % 60) as f32 / 10.0).collect();
        let bad: Vec<bool> = points.iter().map(|x| x.sin() > 0.2).collect();
        let problem = Problem::new(points, 1, 1.0);
        let border = problem.solve(&bad, &[0.7; 60], |row| row != 5);
        assert!(border.coefficients.iter().all(|pull| pull.abs() <= 0.7));
        assert_eq!(border.coefficients[5], 0.0);
        assert!(border.coefficients.iter().sum::<f32>().abs() < 1e-4);
        let right = (0..60).filter(|row| (problem.value(*row, &border) > 0.0) == bad[*row]);
        assert!(right.count() >= 56);
    }
}
