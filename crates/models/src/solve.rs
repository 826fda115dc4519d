/// The solution of `matrix · x = right` for a symmetric matrix that is positive, or nearly so: pivots
/// that vanish (an input that is a sum of others) get a weight of 0. Cholesky, `n³ / 6` steps.
pub(crate) fn solve_symmetric(matrix: &[f64], right: &[f64]) -> Vec<f64> {
    let n = right.len();
    let mut factor = vec![0.0f64; n * n];
    let scale = (0..n).map(|at| matrix[at * n + at].abs()).fold(0.0, f64::max);
    for row in 0..n {
        for column in 0..=row {
            let (upper, lower) = (&factor[row * n..][..column], &factor[column * n..][..column]);
            let sum: f64 = upper.iter().zip(lower).map(|(a, b)| a * b).sum();
            let rest = matrix[row * n + column] - sum;
            factor[row * n + column] = if row == column {
                if rest > scale * 1e-13 { rest.sqrt() } else { 0.0 }
            } else {
                let pivot = factor[column * n + column];
                if pivot > 0.0 { rest / pivot } else { 0.0 }
            };
        }
    }
    let mut x = vec![0.0; n];
    for row in 0..n {
        let sum: f64 = (0..row).map(|at| factor[row * n + at] * x[at]).sum();
        let pivot = factor[row * n + row];
        x[row] = if pivot > 0.0 { (right[row] - sum) / pivot } else { 0.0 };
    }
    for row in (0..n).rev() {
        let sum: f64 = (row + 1..n).map(|at| factor[at * n + row] * x[at]).sum();
        let pivot = factor[row * n + row];
        x[row] = if pivot > 0.0 { (x[row] - sum) / pivot } else { 0.0 };
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_solves_and_leaves_out_what_is_a_sum_of_others() {
        let x = solve_symmetric(&[4.0, 2.0, 2.0, 3.0], &[10.0, 9.0]);
        assert!((x[0] - 1.5).abs() < 1e-12 && (x[1] - 2.0).abs() < 1e-12);
        let twice = [1.0, 1.0, 1.0, 1.0];
        assert_eq!(solve_symmetric(&twice, &[3.0, 3.0]), [3.0, 0.0]);
    }
}
