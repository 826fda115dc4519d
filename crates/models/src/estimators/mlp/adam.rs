use super::shape::Shape;

/// Adam (Kingma and Ba, 2015), as Keras has it: the corrections go into the rate of the step.
#[derive(Clone, Debug)]
pub(super) struct Adam {
    mean: Vec<f32>,
    square: Vec<f32>,
    beta1_power: f64,
    beta2_power: f64,
}

/// The settings of the descent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Descent {
    pub(super) beta1: f32,
    pub(super) beta2: f32,
    pub(super) epsilon: f32,
    /// Weight of the sum of the sizes of the kernels.
    pub(super) l1: f32,
    /// Weight of the sum of their squares.
    pub(super) l2: f32,
}

impl Adam {
    pub(super) fn new(params: usize) -> Self {
        let zero = vec![0.0; params];
        Self { mean: zero.clone(), square: zero, beta1_power: 1.0, beta2_power: 1.0 }
    }

    /// Moves the parameters one step down the gradient.
    pub(super) fn step(&mut self, descent: Descent, rate: f32, params: &mut [f32], grads: &[f32]) {
        let Descent { beta1, beta2, epsilon, .. } = descent;
        self.beta1_power *= f64::from(beta1);
        self.beta2_power *= f64::from(beta2);
        let correction = (1.0 - self.beta2_power).sqrt() / (1.0 - self.beta1_power);
        let rate = (f64::from(rate) * correction) as f32;
        let moments = self.mean.iter_mut().zip(self.square.iter_mut());
        for ((param, grad), (mean, square)) in params.iter_mut().zip(grads).zip(moments) {
            *mean += (grad - *mean) * (1.0 - beta1);
            *square += (grad * grad - *square) * (1.0 - beta2);
            *param -= rate * *mean / (square.sqrt() + epsilon);
        }
    }
}

/// Adds the gradient of the penalties, which fall on kernels only.
pub(super) fn penalise(shape: &Shape, descent: Descent, params: &[f32], grads: &mut [f32]) {
    if descent.l1 == 0.0 && descent.l2 == 0.0 {
        return;
    }
    for layer in &shape.layers {
        let kernel = layer.kernel.clone();
        for (grad, param) in grads[kernel.clone()].iter_mut().zip(&params[kernel]) {
            let sign = f32::from(i8::from(*param > 0.0) - i8::from(*param < 0.0));
            *grad += descent.l1 * sign + 2.0 * descent.l2 * param;
        }
    }
}
