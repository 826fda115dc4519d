//! Arithmetic on 32 rows at a time. Everything here is plain loops over arrays of known length, which
//! the compiler turns into vector instructions; the order of additions is fixed by the code.

/// One number for each of 32 rows. The last lanes of a short batch are 0 wherever they could count.
pub(super) type Lanes = [f32; LANES];

/// How many rows are worked on together.
pub(super) const LANES: usize = 32;

pub(super) const ZERO: Lanes = [0.0; LANES];

/// `sum += factor · x`
#[inline]
pub(super) fn add_scaled(sum: &mut Lanes, factor: f32, x: &Lanes) {
    for (sum, x) in sum.iter_mut().zip(x) {
        *sum += factor * x;
    }
}

/// The sum of all lanes.
#[inline]
pub(super) fn total(x: &Lanes) -> f32 {
    let mut parts = [0.0f32; 8];
    for chunk in x.as_chunks::<8>().0 {
        parts.iter_mut().zip(chunk).for_each(|(part, x)| *part += x);
    }
    fold(parts)
}

/// The sum of the products of two lanes each.
#[inline]
pub(super) fn dot(x: &Lanes, y: &Lanes) -> f32 {
    let mut parts = [0.0f32; 8];
    for (x, y) in x.as_chunks::<8>().0.iter().zip(y.as_chunks::<8>().0) {
        for lane in 0..8 {
            parts[lane] += x[lane] * y[lane];
        }
    }
    fold(parts)
}

#[inline]
fn fold(p: [f32; 8]) -> f32 {
    ((p[0] + p[4]) + (p[2] + p[6])) + ((p[1] + p[5]) + (p[3] + p[7]))
}
