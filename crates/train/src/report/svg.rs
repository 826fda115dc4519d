//! The few shapes that charts are made of. Colours come from classes, so that one drawing serves
//! light and dark.

use std::fmt::Write;

use crate::thousands::count;

/// How a number becomes a place along an axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Scale {
    /// Evenly from the first to the second.
    Linear(f64, f64),
    /// Shares, by powers of ten from the first (more than 0) to the second.
    Log(f64, f64),
    /// Counts of at least 1, by powers of ten up to this.
    Counts(f64),
}

impl Scale {
    /// 0 at the low end, 1 at the high end, kept within.
    fn place(self, value: f64) -> f64 {
        let place = match self {
            Self::Linear(low, high) => (value - low) / (high - low),
            Self::Log(low, high) => (value.max(low) / low).ln() / (high / low).ln(),
            Self::Counts(high) => value.max(1.0).ln() / high.ln(),
        };
        if place.is_finite() { place.clamp(0.0, 1.0) } else { 0.0 }
    }

    /// Where lines are drawn, with what is written there.
    fn ticks(self) -> Vec<(f64, String)> {
        match self {
            Self::Linear(low, high) => {
                let step = tidy_step((high - low) / 5.0);
                let first = (low / step).ceil() as i64;
                let last = (high / step + 1e-9).floor() as i64;
                (first..=last).map(|at| at as f64 * step).map(|v| (v, short(v, step))).collect()
            }
            Self::Log(low, high) => powers(low, high).map(|v| (v, percent(v))).collect(),
            Self::Counts(high) => powers(1.0, high).map(|v| (v, count(v as u64))).collect(),
        }
    }
}

/// The powers of ten between two numbers.
fn powers(low: f64, high: f64) -> impl Iterator<Item = f64> {
    (low.log10().ceil() as i32..=high.log10().floor() as i32).map(|power| 10f64.powi(power))
}

/// 1, 2 or 5 times a power of ten, not below `step`.
fn tidy_step(step: f64) -> f64 {
    let power = 10f64.powf(step.max(1e-12).log10().floor());
    let factors = [1.0, 2.0, 5.0, 10.0];
    factors.into_iter().map(|factor| factor * power).find(|s| *s >= step * 0.999).unwrap_or(power)
}

fn short(value: f64, step: f64) -> String {
    let digits = (-step.log10().floor()).max(0.0) as usize;
    format!("{value:.digits$}")
}

fn percent(value: f64) -> String {
    format!("{}\u{a0}%", (1e8 * value).round() / 1e6)
}

const WIDTH: f64 = 460.0;
const HEIGHT: f64 = 320.0;
const LEFT: f64 = 66.0;
const RIGHT: f64 = 14.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 44.0;

/// Left, right, top and bottom of the area between the axes.
pub(super) const PLOT_BOUNDS: [f64; 4] = [LEFT, WIDTH - RIGHT, TOP, HEIGHT - BOTTOM];

/// A chart with two axes.
#[derive(Debug)]
pub(super) struct Plot {
    x: Scale,
    y: Scale,
    body: String,
}

impl Plot {
    /// An empty chart; the names are written along its axes.
    pub(super) fn new(x: Scale, y: Scale, x_name: &str, y_name: &str) -> Self {
        let mut plot = Self { x, y, body: String::new() };
        plot.grid();
        let (middle, low) = (LEFT + (WIDTH - LEFT - RIGHT) / 2.0, HEIGHT - 6.0);
        let halfway = TOP + (HEIGHT - TOP - BOTTOM) / 2.0;
        plot.put(format_args!(
            "<text class='name' x='{middle}' y='{low}' text-anchor='middle'>{}</text>\
             <text class='name' transform='translate(12 {halfway}) rotate(-90)' \
             text-anchor='middle'>{}</text>",
            escape(x_name),
            escape(y_name)
        ));
        plot
    }

    fn grid(&mut self) {
        let (left, right, top, bottom) = (LEFT, WIDTH - RIGHT, TOP, HEIGHT - BOTTOM);
        for (value, text) in self.x.ticks() {
            let x = self.x_of(value);
            let below = bottom + 16.0;
            self.put(format_args!(
                "<line class='grid' x1='{x:.1}' y1='{top}' x2='{x:.1}' y2='{bottom}'/>\
                 <text class='tick' x='{x:.1}' y='{below}' text-anchor='middle'>{text}</text>"
            ));
        }
        for (value, text) in self.y.ticks() {
            let y = self.y_of(value);
            let (beside, base) = (left - 7.0, y + 4.0);
            self.put(format_args!(
                "<line class='grid' x1='{left}' y1='{y:.1}' x2='{right}' y2='{y:.1}'/>\
                 <text class='tick' x='{beside}' y='{base:.1}' text-anchor='end'>{text}</text>"
            ));
        }
    }

    fn x_of(&self, value: f64) -> f64 {
        LEFT + self.x.place(value) * (WIDTH - LEFT - RIGHT)
    }

    fn y_of(&self, value: f64) -> f64 {
        HEIGHT - BOTTOM - self.y.place(value) * (HEIGHT - TOP - BOTTOM)
    }

    fn path(&self, points: impl Iterator<Item = (f64, f64)>) -> String {
        let mut path = String::new();
        for (x, y) in points.filter(|(x, y)| x.is_finite() && y.is_finite()) {
            let letter = if path.is_empty() { 'M' } else { 'L' };
            write!(path, "{letter}{:.1} {:.1}", self.x_of(x), self.y_of(y)).expect("a string");
        }
        path
    }

    /// A line through points; what `title` says shows when it is pointed at.
    pub(super) fn line(&mut self, class: &str, title: &str, points: &[(f64, f64)]) {
        let path = self.path(points.iter().copied());
        let title = escape(title);
        self.put(format_args!(
            "<path class='line {class}' d='{path}'><title>{title}</title></path>"
        ));
    }

    /// The area between two lines, given as `(x, low, high)`.
    pub(super) fn band(&mut self, class: &str, points: &[(f64, f64, f64)]) {
        let there = points.iter().map(|(x, _, high)| (*x, *high));
        let back = points.iter().rev().map(|(x, low, _)| (*x, *low));
        let path = self.path(there.chain(back));
        self.put(format_args!("<path class='band {class}' d='{path}Z'/>"));
    }

    /// A dot.
    pub(super) fn dot(&mut self, class: &str, title: &str, (x, y): (f64, f64), radius: f64) {
        let (x, y, title) = (self.x_of(x), self.y_of(y), escape(title));
        self.put(format_args!(
            "<circle class='dot {class}' cx='{x:.1}' cy='{y:.1}' r='{radius}'>\
             <title>{title}</title></circle>"
        ));
    }

    /// A bar that stands on the horizontal axis.
    pub(super) fn bar(&mut self, class: &str, title: &str, from: f64, to: f64, y: (f64, f64)) {
        let (left, right) = (self.x_of(from), self.x_of(to));
        let (top, bottom) = (self.y_of(y.1), self.y_of(y.0));
        let (width, height, title) = ((right - left - 0.6).max(0.4), bottom - top, escape(title));
        self.put(format_args!(
            "<rect class='bar {class}' x='{left:.1}' y='{top:.1}' width='{width:.1}' \
             height='{height:.1}'><title>{title}</title></rect>"
        ));
    }

    /// The drawing, with what it shows in words.
    pub(super) fn finish(self, label: &str, attributes: &str) -> String {
        format!(
            "<svg viewBox='0 0 {WIDTH} {HEIGHT}' role='img' aria-label='{}' {attributes}>{}</svg>",
            escape(label),
            self.body
        )
    }

    fn put(&mut self, shape: std::fmt::Arguments<'_>) {
        self.body.write_fmt(shape).expect("a string takes everything");
    }
}

/// Text that HTML takes for nothing else.
pub(super) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c if c.is_control() => safe.push('\u{fffd}'),
            c => safe.push(c),
        }
    }
    safe
}
