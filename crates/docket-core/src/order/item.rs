//! What is said about an order or sent back from the field: notes, photos and files, forms, check-ins, charges and
//! questions. One collection, whatever dialect an item came through, so that every face shows what any of them sent.

use super::{Order, Origin};
use crate::ids::ConnectionId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One thing sent back from the field or said about an order.
///
/// Within its order it is identified by its kind, the connection it came through and its `id` there: the same
/// identity put again replaces what is there, with the same content it changes nothing. That is what makes a
/// repeated upload harmless.
///
/// Serialized it is the native JSON of the item, without `wire`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// Its number within the order: 1, 2, 3 … as they came, kept when the item is replaced, never given again.
    /// 0 until decided.
    #[serde(default)]
    pub place: i64,
    /// The sender's own id of it.
    pub id: String,
    /// Where it came from.
    pub origin: Origin,
    /// Who made it, for people.
    #[serde(default)]
    pub author: String,
    /// When it was made, or when it came, if nobody said.
    pub at: Timestamp,
    /// What the origin's dialect keeps with it, as that dialect's own JSON text.
    #[serde(skip)]
    pub wire: Option<String>,
    /// What it is.
    #[serde(flatten)]
    pub body: Body,
}

macro_rules! bodies {
    ($( $(#[doc = $doc:literal])* $variant:ident $word:literal $plural:literal $all:ident; )*) => {
        /// What an item is.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "kind", rename_all = "snake_case")]
        pub enum Body { $( $(#[doc = $doc])* $variant($variant), )* }

        /// What kind of item.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ItemKind { $( $(#[doc = $doc])* $variant, )* }

        impl ItemKind {
            /// All kinds.
            pub const ALL: &'static [ItemKind] = &[ $( ItemKind::$variant, )* ];

            /// The canonical word.
            pub const fn word(self) -> &'static str {
                match self { $( ItemKind::$variant => $word, )* }
            }

            /// From the name of the list of all of them.
            pub fn from_plural(name: &str) -> Option<ItemKind> {
                match name { $( $plural => Some(ItemKind::$variant), )* _ => None }
            }

            /// The name of the list of all of them, as in the native API.
            pub const fn plural(self) -> &'static str {
                match self { $( ItemKind::$variant => $plural, )* }
            }
        }

        impl Body {
            /// What kind it is.
            pub const fn kind(&self) -> ItemKind {
                match self { $( Body::$variant(_) => ItemKind::$variant, )* }
            }
        }

        impl Order {
            $(
                #[doc = concat!("Its ", $plural, ", in the order they came.")]
                pub fn $all(&self) -> impl DoubleEndedIterator<Item = (&Item, &$variant)> {
                    self.items.iter().filter_map(|item| match &item.body {
                        Body::$variant(inner) => Some((item, inner)),
                        _ => None,
                    })
                }
            )*
        }

        $(
            impl From<$variant> for Body {
                fn from(inner: $variant) -> Body {
                    Body::$variant(inner)
                }
            }
        )*
    };
}

bodies! {
    /// A text.
    Note "note" "notes" notes;
    /// A photo or another file.
    Attachment "attachment" "attachments" attachments;
    /// A questionnaire: a PCR form, a survey.
    Form "form" "forms" forms;
    /// Somebody reported to be at the place.
    CheckIn "check_in" "check_ins" check_ins;
    /// A line of a bid, a completion or an invoice.
    Charge "charge" "charges" charges;
    /// A question to the user.
    Question "question" "questions" questions;
}

/// A text about an order, or about its site.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Note {
    /// For all orders of the site rather than this one only.
    pub site_wide: bool,
    /// The text.
    pub text: String,
    /// The id of the note it revises.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revises: Option<String>,
}

/// When in the work a photo was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Before.
    Before,
    /// While at it.
    During,
    /// After.
    After,
}

impl Stage {
    /// The canonical word.
    pub const fn word(self) -> &'static str {
        match self {
            Stage::Before => "before",
            Stage::During => "during",
            Stage::After => "after",
        }
    }
}

/// A measured position.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Degrees WGS-84.
    pub latitude: f64,
    /// Degrees WGS-84.
    pub longitude: f64,
    /// How exact it is, in metres.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accuracy_m: Option<f64>,
}

/// A photo or another file. Its bytes are a blob.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Attachment {
    /// A picture of the work rather than a document.
    pub photo: bool,
    /// File name.
    pub name: String,
    /// Media type.
    pub media_type: String,
    /// Size.
    pub size_bytes: i64,
    /// Content address of the bytes (hex SHA-256).
    pub blob: String,
    /// When in the work it was taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<Stage>,
    /// The name of the task it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<String>,
    /// A few words.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub caption: String,
    /// When it was taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub taken_at: Option<Timestamp>,
    /// Where it was taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub point: Option<Point>,
    /// The id of the note it hangs on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A questionnaire: what is asked, and what was answered.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Form {
    /// Its name, for people.
    pub name: String,
    /// Which template it was made from.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub template: String,
    /// Which version of the template.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// The name of the task it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<String>,
    /// The order cannot be handed in without answers.
    pub required: bool,
    /// The questions, as the sender's own JSON text; opaque.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub definition: Option<String>,
    /// When it was answered; `None` while it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub submitted_at: Option<Timestamp>,
    /// The answers.
    pub answers: Vec<Answer>,
}

/// The answer to one question of a form.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Answer {
    /// The question's id.
    pub question: String,
    /// The question's text, if known.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// What kind of answer, in the sender's word: `varchar`, `yesNo` …
    #[serde(skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// What was answered; several where several could be chosen.
    pub values: Vec<String>,
    /// Ids of the photos that show it. They may not have come yet.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub photos: Vec<String>,
}

/// Somebody reported to be at the place.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CheckIn {
    /// Where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub point: Option<Point>,
    /// More, as the sender's own text; opaque.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
}

/// What a charge is part of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChargeKind {
    /// An offer for work found necessary.
    Bid,
    /// Work done.
    #[default]
    Completion,
    /// What the contractor asks for.
    Invoice,
}

impl ChargeKind {
    /// The canonical word.
    pub const fn word(self) -> &'static str {
        match self {
            ChargeKind::Bid => "bid",
            ChargeKind::Completion => "completion",
            ChargeKind::Invoice => "invoice",
        }
    }
}

/// A line of a bid, a completion or an invoice.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Charge {
    /// What it is part of.
    #[serde(rename = "charge")]
    pub kind: ChargeKind,
    /// The catalogue's id of what is charged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item: Option<String>,
    /// What is charged.
    pub description: String,
    /// How many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quantity: Option<f64>,
    /// Price of one, in the account's currency.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit_price: Option<f64>,
    /// A few words.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub comment: String,
    /// The price is fixed: no discount was taken off.
    pub flat_fee: bool,
    /// Ids of the photos that show it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub photos: Vec<String>,
}

impl Charge {
    /// Quantity times price, where both are known; one where only the price is.
    pub fn total(&self) -> Option<f64> {
        self.unit_price.map(|price| price * self.quantity.unwrap_or(1.0))
    }
}

/// A question to the user, and the answer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Question {
    /// The question.
    pub message: String,
    /// What can be chosen.
    pub choices: Vec<Choice>,
    /// What was chosen; `None` while it is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<ChoiceAnswer>,
}

/// One possible answer to a question.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// What is answered with: `1`, `2` …
    pub key: String,
    /// What it means.
    pub label: String,
}

/// What was chosen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChoiceAnswer {
    /// The key of the choice.
    pub choice: String,
    /// Who chose.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// Which item of an order.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ItemRef {
    /// What kind.
    pub kind: ItemKind,
    /// The connection it came through.
    pub connection: Option<ConnectionId>,
    /// The sender's id of it.
    pub id: String,
}

impl Item {
    /// An item of an origin.
    pub fn new(id: impl Into<String>, origin: Origin, at: Timestamp, body: impl Into<Body>) -> Item {
        Item { place: 0, id: id.into(), origin, author: String::new(), at, wire: None, body: body.into() }
    }

    /// The same, by somebody.
    #[must_use]
    pub fn by(mut self, author: impl Into<String>) -> Item {
        self.author = author.into();
        self
    }

    /// The same, with the dialect's own JSON text.
    #[must_use]
    pub fn with_wire(mut self, wire: impl Into<String>) -> Item {
        self.wire = Some(wire.into());
        self
    }

    /// What kind it is.
    pub const fn kind(&self) -> ItemKind {
        self.body.kind()
    }

    /// Which item it is.
    pub fn reference(&self) -> ItemRef {
        ItemRef { kind: self.kind(), connection: self.origin.connection, id: self.id.clone() }
    }

    /// Whether it is that item.
    pub fn is(&self, kind: ItemKind, connection: Option<ConnectionId>, id: &str) -> bool {
        self.kind() == kind && self.origin.connection == connection && self.id == id
    }

    /// The same identity.
    pub fn is_same(&self, other: &Item) -> bool {
        self.is(other.kind(), other.origin.connection, &other.id)
    }

    /// The same identity saying the same. The moment does not count: who sends a thing again often says a new one.
    pub fn says_the_same(&self, other: &Item) -> bool {
        self.is_same(other)
            && self.origin == other.origin
            && self.author == other.author
            && self.wire == other.wire
            && self.body == other.body
    }

    /// The first number in it that is none (JSON has no word for those), by name.
    pub(super) fn number_that_is_none(&self) -> Option<&'static str> {
        let bad = |number: Option<f64>| number.is_some_and(|number| !number.is_finite());
        let bad_point = |point: Option<Point>| {
            point.is_some_and(|at| bad(Some(at.latitude)) || bad(Some(at.longitude)) || bad(at.accuracy_m))
        };
        match &self.body {
            Body::Attachment(attachment) if bad_point(attachment.point) => Some("point"),
            Body::CheckIn(check_in) if bad_point(check_in.point) => Some("point"),
            Body::Charge(charge) if bad(charge.quantity) => Some("quantity"),
            Body::Charge(charge) if bad(charge.unit_price) => Some("unit_price"),
            _ => None,
        }
    }
}

impl Order {
    /// The item of an identity.
    pub fn item(&self, kind: ItemKind, connection: Option<ConnectionId>, id: &str) -> Option<&Item> {
        self.items.iter().find(|item| item.is(kind, connection, id))
    }

    /// The item at a place.
    pub fn item_at(&self, place: i64) -> Option<&Item> {
        self.items.iter().find(|item| item.place == place)
    }

    /// The question that waits for an answer: the last one asked without one.
    pub fn open_question(&self) -> Option<(&Item, &Question)> {
        self.questions().rfind(|(_, question)| question.answer.is_none())
    }

    /// Puts an item where it belongs.
    pub(super) fn put(&mut self, item: Item) {
        self.item_places = self.item_places.max(item.place);
        match self.items.iter_mut().find(|known| known.is_same(&item)) {
            Some(known) => *known = item,
            None => self.items.push(item),
        }
    }
}
