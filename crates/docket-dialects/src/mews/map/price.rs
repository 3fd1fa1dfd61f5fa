//! The price of a product, from what the catalogue keeps as its data:
//! `{"Price":{"Currency","GrossValue","NetValue","TaxCode"}}`.

use crate::mews::wire::Object;
use docket_core::catalogue::Service;

/// What one of a product costs.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::mews) struct Price {
    /// ISO 4217.
    pub(in crate::mews) currency: String,
    /// Gross or net, as the enterprise prices.
    pub(in crate::mews) value: f64,
    /// Gross over net, where both are known.
    pub(in crate::mews) ratio: f64,
    /// The code of the tax between them.
    pub(in crate::mews) code: Option<String>,
}

impl Price {
    /// Of a catalogue entry, if it has one in the way the enterprise prices.
    pub(in crate::mews) fn of(product: &Service, gross: bool) -> Option<Price> {
        let data = Object::read(product.data.as_deref()?.as_bytes()).ok()?;
        let price = data.members().object("Price").ok()??;
        let number = |name| price.number(name).ok().flatten();
        let (gross_value, net_value) = (number("GrossValue"), number("NetValue"));
        let value = if gross { gross_value } else { net_value }?;
        let ratio = gross_value.zip(net_value).map(|(gross, net)| gross / net);
        Some(Price {
            currency: price.text("Currency").ok()??.to_owned(),
            value,
            ratio: ratio.filter(|ratio| ratio.is_finite() && *ratio > 0.0).unwrap_or(1.0),
            code: price.text("TaxCode").ok().flatten().filter(|code| !code.is_empty()).map(str::to_owned),
        })
    }
}
