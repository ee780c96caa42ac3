//! A chart as SVG.

use std::ops::Range;

use plotters::prelude::*;

use super::PageError;
use crate::util::numbers;

/// Width and height in pixels.
const SIZE: (u32, u32) = (880, 340);
const FONT: &str = "sans-serif";
/// Colours that are told apart with any kind of sight (Okabe and Ito).
const COLORS: [RGBColor; 5] =
    [RGBColor(0, 114, 178), RGBColor(213, 94, 0), RGBColor(0, 158, 115), RGBColor(204, 121, 167), RGBColor(230, 159, 0)];

/// Numbers along one another.
pub struct Series {
    /// What they are.
    pub name: &'static str,
    /// Across and up.
    pub points: Vec<(f64, f64)>,
    /// Whether they are joined by a line.
    pub joined: bool,
}

/// An axis: what it is, and how its numbers are written.
pub struct Axis {
    name: &'static str,
    scale: Scale,
    write: fn(f64) -> String,
}

/// Where an axis begins and how its steps are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scale {
    /// From 0, in equal steps.
    Zero,
    /// From the least number, in equal steps.
    Least,
    /// In equal factors.
    Logarithmic,
}

/// What is drawn.
pub struct Chart {
    /// Its title.
    pub title: &'static str,
    /// Across.
    pub x: Axis,
    /// Up.
    pub y: Axis,
    /// The space between the first two series is filled.
    pub band: bool,
    /// What is drawn.
    pub series: Vec<Series>,
}

impl Series {
    /// Joined by a line.
    pub fn line(name: &'static str, points: impl Iterator<Item = (f64, f64)>) -> Self {
        Self { name, points: points.collect(), joined: true }
    }

    /// Points alone.
    pub fn dots(name: &'static str, points: impl Iterator<Item = (f64, f64)>) -> Self {
        Self { name, points: points.collect(), joined: false }
    }
}

impl Axis {
    /// From 0, in equal steps.
    pub fn plain(name: &'static str, write: fn(f64) -> String) -> Self {
        Self { name, scale: Scale::Zero, write }
    }

    /// From the least number to the largest, in equal steps: time.
    pub fn from_least(name: &'static str, write: fn(f64) -> String) -> Self {
        Self { name, scale: Scale::Least, write }
    }

    /// In equal factors.
    pub fn logarithmic(name: &'static str, write: fn(f64) -> String) -> Self {
        Self { name, scale: Scale::Logarithmic, write }
    }

    fn is_logarithmic(&self) -> bool {
        self.scale == Scale::Logarithmic
    }

    fn place(&self, value: f64) -> f64 {
        if self.is_logarithmic() { value.max(1e-9).log10() } else { value }
    }

    fn label(&self, place: f64) -> String {
        if self.is_logarithmic() { (self.write)(10_f64.powf(place)) } else { (self.write)(place) }
    }

    /// What the axis reaches over; a logarithmic one over whole powers of ten.
    fn range(&self, values: impl Iterator<Item = f64>) -> Range<f64> {
        let (low, high) = values.fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(value), high.max(value)));
        match self.scale {
            _ if low > high => 0.0..1.0,
            Scale::Logarithmic => low.floor()..high.ceil().max(low.floor() + 1.0),
            Scale::Least => low..high.max(low + 1.0),
            Scale::Zero => 0.0..if high > 0.0 { high * 1.05 } else { 1.0 },
        }
    }
}

impl Chart {
    /// Draws it.
    ///
    /// # Errors
    /// When the drawing library fails.
    pub fn svg(&self) -> Result<String, PageError> {
        let mut svg = String::new();
        self.draw(&mut svg).map_err(|error| PageError { chart: self.title, why: error.to_string() })?;
        Ok(svg)
    }

    fn draw(&self, svg: &mut String) -> Result<(), Box<dyn std::error::Error>> {
        let series: Vec<Vec<(f64, f64)>> = self
            .series
            .iter()
            .map(|series| series.points.iter().map(|(x, y)| (self.x.place(*x), self.y.place(*y))).collect())
            .collect();
        let all = || series.iter().flatten();
        let (across, up) = (self.x.range(all().map(|point| point.0)), self.y.range(all().map(|point| point.1)));
        let ticks = |axis: &Axis, range: &Range<f64>| {
            let whole = usize::try_from(numbers::nearest(range.end - range.start)).unwrap_or(0) + 1;
            if axis.is_logarithmic() { whole.min(12) } else { 10 }
        };
        let root = SVGBackend::with_string(svg, SIZE).into_drawing_area();
        root.fill(&WHITE)?;
        let mut chart = ChartBuilder::on(&root)
            .caption(self.title, (FONT, 16))
            .margin(12)
            .x_label_area_size(42)
            .y_label_area_size(64)
            .build_cartesian_2d(across.clone(), up.clone())?;
        chart
            .configure_mesh()
            .light_line_style(WHITE)
            .bold_line_style(BLACK.mix(0.12))
            .x_labels(ticks(&self.x, &across))
            .y_labels(ticks(&self.y, &up))
            .x_label_formatter(&|place| self.x.label(*place))
            .y_label_formatter(&|place| self.y.label(*place))
            .x_desc(self.x.name)
            .y_desc(self.y.name)
            .label_style((FONT, 12))
            .axis_desc_style((FONT, 13))
            .draw()?;
        if let (true, [low, high, ..]) = (self.band, series.as_slice()) {
            let outline: Vec<(f64, f64)> = low.iter().copied().chain(high.iter().rev().copied()).collect();
            chart.draw_series(std::iter::once(Polygon::new(outline, COLORS[0].mix(0.18))))?;
        }
        for ((points, series), color) in series.iter().zip(&self.series).zip(COLORS.iter().cycle()) {
            let drawn = if series.joined {
                chart.draw_series(LineSeries::new(points.iter().copied(), color.stroke_width(2)))?
            } else {
                chart.draw_series(points.iter().map(|point| Circle::new(*point, 3, color.mix(0.6).filled())))?
            };
            let color = *color;
            drawn.label(series.name).legend(move |(x, y)| Rectangle::new([(x, y - 4), (x + 14, y + 4)], color.filled()));
        }
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperLeft)
            .background_style(WHITE.mix(0.8))
            .border_style(BLACK.mix(0.2))
            .label_font((FONT, 12))
            .draw()?;
        root.present()?;
        Ok(())
    }
}
