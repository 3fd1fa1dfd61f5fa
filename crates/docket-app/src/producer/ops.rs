//! What is drawn on pages, where the outline leads, and what each thing drawn is a part of.

use super::text::Weight;

/// Red, green, blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Color(pub u8, pub u8, pub u8);

/// A step of a path.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Step {
    Move(f32, f32),
    Line(f32, f32),
    /// Two handles and the end.
    Curve([f32; 6]),
    Close,
}

/// How the line of a path looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Stroke {
    pub color: Color,
    pub width: f32,
    /// How long dashes and the gaps between them are.
    pub dash: Option<(f32, f32)>,
}

impl Stroke {
    pub(super) const fn new(color: Color, width: f32) -> Stroke {
        Stroke { color, width, dash: None }
    }
}

/// Something drawn.
#[derive(Clone, Debug)]
pub(super) enum Op {
    /// A filled box.
    Box { x: f32, y: f32, width: f32, height: f32, radius: f32, color: Color },
    /// One line of text, its baseline at `y`.
    Text { x: f32, y: f32, size: f32, weight: Weight, color: Color, text: String },
    /// A picture, by content address.
    Image { x: f32, y: f32, width: f32, height: f32, blob: String },
    /// A shape: how it is filled, and how opaque, and its line.
    Path { steps: Vec<Step>, fill: Option<(Color, f32)>, stroke: Option<Stroke> },
    /// What follows shows within this box only, until [`Op::Back`].
    Clip { x: f32, y: f32, width: f32, height: f32 },
    /// What follows is turned clockwise about the point (x, y), until [`Op::Back`].
    Turn { x: f32, y: f32, degrees: f32 },
    /// The end of a [`Op::Clip`] or [`Op::Turn`].
    Back,
}

/// What a part of the document is, for whoever reads it aloud or takes it apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// A section and what belongs to it.
    Section,
    /// A heading of a level, from 1, with its words.
    Heading(u16, String),
    Paragraph,
    Table,
    Row,
    HeadCell,
    Cell,
    /// A picture or drawing, and what it shows.
    Figure(String),
}

/// A part of the document.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub role: Role,
    /// The part it is in; `None` for the document itself.
    pub parent: Option<usize>,
}

/// Something drawn, and the part it belongs to; `None` for what only decorates.
#[derive(Clone, Debug)]
pub(super) struct Drawn {
    pub op: Op,
    pub node: Option<usize>,
}

/// A place that the outline leads to.
#[derive(Clone, Debug)]
pub(super) struct Mark {
    pub title: String,
    pub sheet: usize,
    pub y: f32,
    /// 0 for sections, 1 for what is in them.
    pub level: u8,
}

/// Laid out pages.
#[derive(Debug, Default)]
pub(super) struct Pages {
    pub sheets: Vec<Vec<Drawn>>,
    pub marks: Vec<Mark>,
    /// The parts; each after the one it is in.
    pub nodes: Vec<Node>,
}
