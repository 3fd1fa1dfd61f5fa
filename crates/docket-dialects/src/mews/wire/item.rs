//! Money, order items and notes as they are shown.

use docket_core::ids::Uuid;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// To a hundredth of a cent: amounts are sums of what was sent, not of what floating point makes of it.
pub(in crate::mews) fn round(value: f64) -> f64 {
    let rounded = (value * 10_000.0).round() / 10_000.0;
    if rounded.is_finite() { rounded } else { 0.0 }
}

/// A price or a sum.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::mews) struct Amount {
    pub(in crate::mews) currency: String,
    pub(in crate::mews) net_value: f64,
    pub(in crate::mews) gross_value: f64,
    pub(in crate::mews) tax_values: Vec<TaxValue>,
    pub(in crate::mews) breakdown: Breakdown,
}

/// A tax and what it comes to.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::mews) struct TaxValue {
    pub(in crate::mews) code: Option<String>,
    pub(in crate::mews) value: f64,
}

/// How an amount comes about.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::mews) struct Breakdown {
    pub(in crate::mews) items: Vec<BreakdownItem>,
}

/// One part of it.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::mews) struct BreakdownItem {
    pub(in crate::mews) tax_rate_code: Option<String>,
    pub(in crate::mews) net_value: f64,
    pub(in crate::mews) tax_value: f64,
}

impl Amount {
    /// Of gross and net, with the codes of the taxes that lie between them. The whole difference is shown with the
    /// first: how it is split is not known here.
    pub(in crate::mews) fn of(currency: &str, gross: f64, net: f64, codes: &[String]) -> Amount {
        let (gross_value, net_value) = (round(gross), round(net));
        let tax = round(gross_value - net_value);
        let mut codes = codes.iter().cloned().map(Some);
        let first = codes.next().unwrap_or_default();
        let mut tax_values = vec![TaxValue { code: first.clone(), value: tax }];
        tax_values.extend(codes.map(|code| TaxValue { code, value: 0.0 }));
        let whole = BreakdownItem { tax_rate_code: first, net_value, tax_value: tax };
        let currency = currency.to_owned();
        Amount { currency, net_value, gross_value, tax_values, breakdown: Breakdown { items: vec![whole] } }
    }
}

/// A line of an order: exactly these members, in this order. Owned, for a canceled one is kept as it was shown.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::mews) struct OrderItem {
    pub(in crate::mews) id: Uuid,
    pub(in crate::mews) enterprise_id: Uuid,
    pub(in crate::mews) account_id: Option<Uuid>,
    pub(in crate::mews) account_type: Option<Cow<'static, str>>,
    pub(in crate::mews) service_id: Uuid,
    pub(in crate::mews) service_order_id: Uuid,
    pub(in crate::mews) notes: Option<String>,
    pub(in crate::mews) bill_id: Option<Uuid>,
    pub(in crate::mews) accounting_category_id: Option<Uuid>,
    pub(in crate::mews) billing_name: Option<String>,
    pub(in crate::mews) external_identifier: Option<String>,
    pub(in crate::mews) unit_count: i32,
    pub(in crate::mews) unit_amount: Amount,
    pub(in crate::mews) amount: Amount,
    pub(in crate::mews) original_amount: Amount,
    pub(in crate::mews) revenue_type: Cow<'static, str>,
    pub(in crate::mews) creator_profile_id: Uuid,
    pub(in crate::mews) updater_profile_id: Uuid,
    pub(in crate::mews) created_utc: String,
    pub(in crate::mews) updated_utc: String,
    pub(in crate::mews) consumed_utc: String,
    pub(in crate::mews) canceled_utc: Option<String>,
    pub(in crate::mews) closed_utc: Option<String>,
    pub(in crate::mews) start_utc: Option<String>,
    pub(in crate::mews) claimed_utc: Option<String>,
    pub(in crate::mews) accounting_state: Cow<'static, str>,
    pub(in crate::mews) r#type: Cow<'static, str>,
    pub(in crate::mews) options: OrderItemOptions,
    pub(in crate::mews) data: Option<OrderItemData>,
    pub(in crate::mews) tax_exemption_reason: Option<String>,
    pub(in crate::mews) tax_exemption_legal_reference: Option<String>,
}

/// What else there is to know of an order item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::mews) struct OrderItemOptions {
    pub(in crate::mews) canceled_with_reservation: bool,
}

/// What an order item is of: here always a product.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::mews) struct OrderItemData {
    pub(in crate::mews) discriminator: Cow<'static, str>,
    pub(in crate::mews) rebate: Option<()>,
    pub(in crate::mews) product: Option<OrderItemProduct>,
    pub(in crate::mews) allowance_discount: Option<()>,
    pub(in crate::mews) allowance_profits: Option<()>,
}

/// The product of an order item.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::mews) struct OrderItemProduct {
    pub(in crate::mews) product_id: Uuid,
    pub(in crate::mews) age_category_id: Option<Uuid>,
    pub(in crate::mews) product_type: Option<Cow<'static, str>>,
}

/// A page of order items.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::mews) struct OrderItems {
    pub(in crate::mews) order_items: Vec<OrderItem>,
    pub(in crate::mews) cursor: Option<Uuid>,
}

/// What adding a product answers.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::mews) struct ItemsAdded {
    pub(in crate::mews) item_ids: Vec<Uuid>,
}

/// A note on a service order. Only requests call the order `ServiceOrderId`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::mews) struct OrderNote {
    pub(in crate::mews) id: Uuid,
    pub(in crate::mews) order_id: Uuid,
    pub(in crate::mews) text: Option<String>,
    pub(in crate::mews) r#type: &'static str,
    pub(in crate::mews) created_utc: String,
    pub(in crate::mews) updated_utc: String,
}

/// A page of notes.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::mews) struct OrderNotes {
    pub(in crate::mews) service_order_notes: Vec<OrderNote>,
    pub(in crate::mews) cursor: Option<Uuid>,
}

/// The notes that were written.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::mews) struct NotesWritten {
    pub(in crate::mews) service_order_notes: Vec<OrderNote>,
}

/// Nothing to say.
#[derive(Serialize)]
pub(in crate::mews) struct Unit {}
