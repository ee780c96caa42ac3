//! Where everything is, at every size: the same thing in the same place, and what there is no room for left out.

use ratatui::layout::Rect;

use crate::tui::{
    App,
    keymap::Pane,
    layouts::{BUILT_IN, Place},
};

/// How much room there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Form {
    /// One line that says whether it is healthy.
    Line,
    /// One pane without a frame, under a few lines of summary.
    Compact,
    Small,
    Medium,
    Large,
}

/// The form for this many columns and rows.
pub(crate) fn form((width, height): (u16, u16)) -> Form {
    match (width, height) {
        (0..30, _) | (_, 0..6) => Form::Line,
        (0..60, _) | (_, 0..16) => Form::Compact,
        (0..100, _) | (_, 0..30) => Form::Small,
        (0..160, _) | (_, 0..50) => Form::Medium,
        _ => Form::Large,
    }
}

/// Where everything is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Plan {
    pub(crate) form: Form,
    pub(crate) header: Rect,
    pub(crate) footer: Rect,
    /// The compact form's lines above the pane.
    pub(crate) summary: Rect,
    /// The compact form's line below the pane.
    pub(crate) alert: Rect,
    /// The panes in sight.
    pub(crate) panes: Vec<(Pane, Rect)>,
    /// The selected tool's details.
    pub(crate) detail: Option<Rect>,
    /// The selected tool's distribution of latencies.
    pub(crate) distribution: Option<Rect>,
    /// The selected tool's latencies over time.
    pub(crate) heatmap: Option<Rect>,
    /// Whether panes have frames.
    pub(crate) framed: bool,
}

impl Plan {
    /// The plan for the app's size.
    pub(crate) fn new(app: &App) -> Self {
        let (width, height) = app.size;
        let form = form(app.size);
        let mut plan = Self {
            form,
            header: rect(0, 0, width, header_height(form)),
            footer: rect(0, height.saturating_sub(1), width, u16::from(form > Form::Line)),
            summary: Rect::default(),
            alert: Rect::default(),
            panes: Vec::new(),
            detail: None,
            distribution: None,
            heatmap: None,
            framed: form > Form::Compact,
        };
        let body = rect(0, plan.header.height, width, height.saturating_sub(plan.header.height + plan.footer.height));
        match form {
            Form::Line => {}
            Form::Compact => plan.compact(app.focus, body),
            _ if app.zoomed => plan.zoomed(app.focus, body),
            _ if app.layout > 0 => plan.chosen(app, body),
            Form::Small => plan.small(app.focus, body),
            Form::Medium => plan.medium(body),
            Form::Large => plan.large(body),
        }
        // A pane that there is no room for gets all of it when it is asked for.
        if form > Form::Compact && !plan.panes.iter().any(|(pane, _)| *pane == app.focus) {
            plan.panes.clear();
            (plan.detail, plan.distribution, plan.heatmap) = (None, None, None);
            plan.zoomed(app.focus, body);
        }
        plan
    }

    /// The inside of a pane, if it is in sight.
    pub(crate) fn inner(&self, pane: Pane) -> Option<Rect> {
        let (_, area) = self.panes.iter().find(|(other, _)| *other == pane)?;
        let border = u16::from(self.framed);
        Some(rect(
            area.x + border,
            area.y + border,
            area.width.saturating_sub(2 * border),
            area.height.saturating_sub(2 * border),
        ))
    }

    fn compact(&mut self, focus: Pane, body: Rect) {
        let summary = if body.height >= 7 { 3 } else { 0 };
        let alert = u16::from(body.height >= 5);
        self.summary = rect(0, body.y, body.width, summary);
        self.alert = rect(0, body.bottom() - alert, body.width, alert);
        self.panes.push((focus, rect(0, body.y + summary, body.width, body.height - summary - alert)));
    }

    fn zoomed(&mut self, focus: Pane, body: Rect) {
        // The selected tool's details come with its table, where there is room for both.
        if focus != Pane::Tools || body.height < 26 || body.width < 100 {
            return self.panes.push((focus, body));
        }
        let below = share(body.height, 40);
        self.panes.push((focus, rect(0, body.y, body.width, body.height - below)));
        self.details(rect(0, body.bottom() - below, body.width, below), 52);
    }

    fn details(&mut self, area: Rect, percent: u16) {
        let [detail, distribution] = beside(area, percent);
        (self.detail, self.distribution) = (Some(detail), Some(distribution));
    }

    fn small(&mut self, focus: Pane, body: Rect) {
        let top = if body.height < 18 { 5 } else { 7.max(share(body.height, 24)) };
        let tall = body.height >= 32;
        let bottom = share(body.height, if tall { 42 } else { 33 }).max(4);
        let [system, pool] = beside(rect(0, body.y, body.width, top), 49);
        let tools = rect(0, body.y + top, body.width, body.height - top - bottom);
        let below = rect(0, tools.bottom(), body.width, bottom);
        self.panes = vec![(Pane::System, system), (Pane::Pool, pool), (Pane::Tools, tools)];
        if tall {
            let alerts = bottom / 2;
            self.panes.push((Pane::Alerts, rect(0, below.y, below.width, alerts)));
            self.panes.push((Pane::Calls, rect(0, below.y + alerts, below.width, bottom - alerts)));
        } else {
            // Alerts and Calls share a place: Alerts show the newest calls below theirs until Calls are asked for.
            self.panes.push((if focus == Pane::Calls { Pane::Calls } else { Pane::Alerts }, below));
        }
    }

    fn medium(&mut self, body: Rect) {
        let [top, tools, middle, calls] =
            rows(body, share(body.height, 29).max(9), share(body.height, 22), share(body.height, 16));
        let [system, pool] = beside(top, 50);
        let [alerts, detail] = beside(middle, 58);
        self.panes =
            vec![(Pane::System, system), (Pane::Pool, pool), (Pane::Tools, tools), (Pane::Alerts, alerts), (Pane::Calls, calls)];
        self.detail = Some(detail);
    }

    fn large(&mut self, body: Rect) {
        let [top, middle, below, calls] = rows(body, share(body.height, 29), share(body.height, 23), share(body.height, 22));
        let [system, rest] = beside(top, 38);
        let [pool, clients] = beside(rest, 58);
        let [tools, heatmap] = beside(middle, 74);
        let [alerts, detail] = beside(below, 52);
        self.panes = vec![
            (Pane::System, system),
            (Pane::Pool, pool),
            (Pane::Tools, tools),
            (Pane::Alerts, alerts),
            (Pane::Calls, calls),
            (Pane::Clients, clients),
        ];
        let [detail, distribution] = beside(detail, 55);
        (self.detail, self.distribution, self.heatmap) = (Some(detail), Some(distribution), Some(heatmap));
    }

    /// The rows of a layout that is built in or of the user's own.
    fn chosen(&mut self, app: &App, body: Rect) {
        let own = app.layout.checked_sub(BUILT_IN.len()).and_then(|place| app.options.layouts.get(place));
        let rows: Vec<(u16, Vec<(Place, u16)>)> = match (own, BUILT_IN.get(app.layout)) {
            (Some(layout), _) => layout.rows.clone(),
            (None, Some((_, rows))) => rows.iter().map(|row| (row.height, row.places.to_vec())).collect(),
            (None, None) => Vec::new(),
        };
        let heights: Vec<u16> = rows.iter().map(|(height, _)| *height).collect();
        let mut y = body.y;
        for ((_, places), height) in rows.iter().zip(split(body.height, &heights)) {
            let widths: Vec<u16> = places.iter().map(|(_, width)| *width).collect();
            let mut x = 0;
            for ((place, _), width) in places.iter().zip(split(body.width, &widths)) {
                let area = rect(x, y, width, height);
                match place {
                    // A pane that is named twice stands where it is named first.
                    Place::Pane(pane) if self.panes.iter().any(|(other, _)| other == pane) => {}
                    Place::Pane(pane) => self.panes.push((*pane, area)),
                    Place::Detail => self.detail = Some(area),
                    Place::Heatmap => self.heatmap = Some(area),
                }
                x += width;
            }
            y += height;
        }
    }

    /// All between header and footer.
    pub(crate) fn body(&self) -> Rect {
        let bottom = self.footer.y.max(self.header.bottom());
        rect(0, self.header.height, self.footer.width, bottom - self.header.height)
    }

    /// The pane at this place of the screen.
    pub(crate) fn pane_at(&self, (x, y): (u16, u16)) -> Option<Pane> {
        let holds = |area: &Rect| (area.x..area.right()).contains(&x) && (area.y..area.bottom()).contains(&y);
        self.panes.iter().find(|(_, area)| holds(area)).map(|(pane, _)| *pane)
    }
}

/// A length in parts of these shares; the last takes what rounding leaves.
fn split(length: u16, shares: &[u16]) -> Vec<u16> {
    let all: u32 = shares.iter().map(|share| u32::from(*share)).sum::<u32>().max(1);
    let mut left = length;
    let part = |(at, share): (usize, &u16)| {
        let part = u16::try_from(u32::from(length) * u32::from(*share) / all).unwrap_or(length).min(left);
        let part = if at + 1 == shares.len() { left } else { part };
        left -= part;
        part
    };
    shares.iter().enumerate().map(part).collect()
}

fn header_height(form: Form) -> u16 {
    if form == Form::Large { 2 } else { 1 }
}

fn rect(x: u16, y: u16, width: u16, height: u16) -> Rect {
    Rect { x, y, width, height }
}

/// So many percent of a length.
fn share(length: u16, percent: u16) -> u16 {
    u16::try_from(u32::from(length) * u32::from(percent) / 100).unwrap_or(length)
}

fn beside(area: Rect, percent: u16) -> [Rect; 2] {
    let left = share(area.width, percent);
    [rect(area.x, area.y, left, area.height), rect(area.x + left, area.y, area.width - left, area.height)]
}

/// Four rows of these heights; the second takes what the others leave.
fn rows(body: Rect, first: u16, third: u16, fourth: u16) -> [Rect; 4] {
    let second = body.height.saturating_sub(first + third + fourth);
    let at = |y: u16, height: u16| rect(body.x, body.y + y, body.width, height);
    [at(0, first), at(first, second), at(first + second, third), at(first + second + third, fourth)]
}
