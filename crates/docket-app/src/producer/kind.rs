//! What a report is about and how it is written down.

use docket_core::catalogue::{Service, ServiceKind};
use docket_core::order::Order;

/// What a report is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// One order and what was sent back for it.
    Order,
    /// A site and its orders.
    Site,
}

/// How a report is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// For people.
    Pdf,
    /// For programs.
    Json,
    /// For spreadsheets.
    Csv,
}

impl Format {
    /// All formats.
    pub const ALL: &'static [Format] = &[Format::Pdf, Format::Json, Format::Csv];

    /// Its word, which is also the extension of its files.
    pub const fn extension(self) -> &'static str {
        match self {
            Format::Pdf => "pdf",
            Format::Json => "json",
            Format::Csv => "csv",
        }
    }

    /// From its word.
    pub fn from_word(word: &str) -> Option<Format> {
        Format::ALL.iter().copied().find(|format| format.extension() == word)
    }

    /// The media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Format::Pdf => "application/pdf",
            Format::Json => "application/json",
            Format::Csv => "text/csv; charset=utf-8",
        }
    }
}

/// What a product of the built-in producer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Kind {
    /// What it is about.
    pub subject: Subject,
    /// Its format.
    pub format: Format,
}

impl Kind {
    /// The kind that a slug says: `order_report` and `inspection` are about one order, everything else about a site;
    /// `_json` or `_csv` at the end is the format. `-` and `_` are the same.
    pub fn of(slug: &str) -> Kind {
        let slug = slug.replace('-', "_");
        let ending = slug.rsplit_once('_').map_or("", |(_, ending)| ending);
        let format = Format::from_word(ending).unwrap_or(Format::Pdf);
        let about_order = ["order_report", "inspection"].iter().any(|start| slug.starts_with(start));
        Kind { subject: if about_order { Subject::Order } else { Subject::Site }, format }
    }

    /// The kind of a product.
    pub fn of_product(product: &Service) -> Kind {
        Kind::of(&product.slug)
    }

    /// The slug of the plain report of this kind.
    pub const fn slug(self) -> &'static str {
        match (self.subject, self.format) {
            (Subject::Order, Format::Pdf) => "order_report",
            (Subject::Order, Format::Json) => "order_report_json",
            (Subject::Order, Format::Csv) => "order_report_csv",
            (Subject::Site, Format::Pdf) => "site_report",
            (Subject::Site, Format::Json) => "site_report_json",
            (Subject::Site, Format::Csv) => "site_report_csv",
        }
    }

    /// What the plain report of this kind is called.
    pub const fn name(self) -> &'static str {
        match self.subject {
            Subject::Order => "Order report",
            Subject::Site => "Site report",
        }
    }
}

/// Whether an order is one for a document.
pub fn is_document(services: &[Service], order: &Order) -> bool {
    let documents = services.iter().filter(|service| service.kind == ServiceKind::Document);
    order.fields.service.as_ref().is_some_and(|id| documents.into_iter().any(|known| known.id.to_string() == *id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_say_what_a_product_is() {
        for subject in [Subject::Order, Subject::Site] {
            for &format in Format::ALL {
                let kind = Kind { subject, format };
                assert_eq!(Kind::of(kind.slug()), kind);
                assert_eq!(Kind::of(&kind.slug().replace('_', "-")), kind);
            }
        }
        let site = Kind { subject: Subject::Site, format: Format::Pdf };
        assert_eq!((Kind::of("test_example_product"), Kind::of("json"), Kind::of("")), (site, site, site));
        assert_eq!(Kind::of("inspection_csv"), Kind { subject: Subject::Order, format: Format::Csv });
    }
}
