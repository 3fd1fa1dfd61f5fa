//! Customers and companies as they are shown.

use super::Members;
use docket_core::ids::Uuid;
use serde::Serialize;

/// A postal address of somebody.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::mews) struct PostalAddress<'a> {
    pub(in crate::mews) id: Uuid,
    pub(in crate::mews) line1: Option<&'a str>,
    pub(in crate::mews) line2: Option<&'a str>,
    pub(in crate::mews) city: Option<&'a str>,
    pub(in crate::mews) postal_code: Option<&'a str>,
    pub(in crate::mews) country_code: Option<&'a str>,
    pub(in crate::mews) country_subdivision_code: Option<&'a str>,
    pub(in crate::mews) latitude: Option<f64>,
    pub(in crate::mews) longitude: Option<f64>,
}

impl<'a> PostalAddress<'a> {
    /// From the members of an address, as far as they say.
    pub(in crate::mews) fn read(id: Uuid, members: Members<'a>) -> PostalAddress<'a> {
        let text = |name| members.text(name).ok().flatten();
        PostalAddress {
            id,
            line1: text("Line1"),
            line2: text("Line2"),
            city: text("City"),
            postal_code: text("PostalCode"),
            country_code: text("CountryCode"),
            country_subdivision_code: text("CountrySubdivisionCode"),
            latitude: None,
            longitude: None,
        }
    }
}

/// A customer: exactly these members, in this order.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::mews) struct Customer<'a> {
    pub(in crate::mews) id: Uuid,
    pub(in crate::mews) chain_id: Uuid,
    pub(in crate::mews) number: String,
    pub(in crate::mews) title: Option<&'a str>,
    pub(in crate::mews) sex: Option<&'a str>,
    pub(in crate::mews) first_name: Option<&'a str>,
    pub(in crate::mews) last_name: &'a str,
    pub(in crate::mews) second_last_name: Option<&'a str>,
    pub(in crate::mews) nationality_code: Option<&'a str>,
    pub(in crate::mews) preferred_language_code: Option<&'a str>,
    pub(in crate::mews) language_code: Option<&'a str>,
    pub(in crate::mews) birth_date: Option<&'a str>,
    pub(in crate::mews) birth_country_code: Option<&'a str>,
    pub(in crate::mews) birth_country_subdivision_code: Option<&'a str>,
    pub(in crate::mews) birth_place: Option<&'a str>,
    pub(in crate::mews) occupation: Option<&'a str>,
    pub(in crate::mews) email: Option<&'a str>,
    pub(in crate::mews) has_ota_email: bool,
    pub(in crate::mews) phone: Option<&'a str>,
    pub(in crate::mews) tax_identification_number: Option<&'a str>,
    pub(in crate::mews) loyalty_code: Option<&'a str>,
    pub(in crate::mews) accounting_code: Option<&'a str>,
    pub(in crate::mews) billing_code: Option<&'a str>,
    pub(in crate::mews) notes: Option<&'a str>,
    pub(in crate::mews) car_registration_number: Option<&'a str>,
    pub(in crate::mews) dietary_requirements: Option<&'a str>,
    pub(in crate::mews) created_utc: String,
    pub(in crate::mews) updated_utc: String,
    pub(in crate::mews) passport: Option<()>,
    pub(in crate::mews) identity_card: Option<()>,
    pub(in crate::mews) visa: Option<()>,
    pub(in crate::mews) drivers_license: Option<()>,
    pub(in crate::mews) address: Option<PostalAddress<'a>>,
    pub(in crate::mews) address_id: Option<Uuid>,
    pub(in crate::mews) classifications: Vec<&'a str>,
    pub(in crate::mews) options: Vec<&'a str>,
    pub(in crate::mews) italian_destination_code: Option<&'a str>,
    pub(in crate::mews) italian_fiscal_code: Option<&'a str>,
    pub(in crate::mews) italian_lottery_code: Option<&'a str>,
    pub(in crate::mews) company_id: Option<Uuid>,
    pub(in crate::mews) merge_target_id: Option<Uuid>,
    pub(in crate::mews) activity_state: &'static str,
    pub(in crate::mews) is_active: bool,
    pub(in crate::mews) preferred_space_features: [(); 0],
    pub(in crate::mews) creator_profile_id: Uuid,
    pub(in crate::mews) updater_profile_id: Uuid,
}

/// A page of customers.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::mews) struct Customers<'a> {
    pub(in crate::mews) customers: Vec<Customer<'a>>,
    pub(in crate::mews) documents: Option<()>,
    pub(in crate::mews) cursor: Option<Uuid>,
}

/// How a company is billed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::mews) struct CompanyOptions {
    pub(in crate::mews) invoiceable: bool,
    pub(in crate::mews) add_fees_to_invoices: bool,
    pub(in crate::mews) add_tax_deducted_payment_to_invoices: bool,
}

/// What a company's word is worth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::mews) struct CreditRating<'a> {
    pub(in crate::mews) basic: Option<&'a str>,
}

/// A company: exactly these members, in this order.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::mews) struct Company<'a> {
    pub(in crate::mews) id: Uuid,
    pub(in crate::mews) chain_id: Uuid,
    pub(in crate::mews) name: &'a str,
    pub(in crate::mews) mother_company_id: Option<Uuid>,
    pub(in crate::mews) invoicing_email: Option<&'a str>,
    pub(in crate::mews) website_url: Option<&'a str>,
    pub(in crate::mews) invoice_due_interval: Option<&'a str>,
    pub(in crate::mews) options: CompanyOptions,
    pub(in crate::mews) credit_rating: CreditRating<'a>,
    pub(in crate::mews) department: Option<&'a str>,
    pub(in crate::mews) duns_number: Option<&'a str>,
    pub(in crate::mews) reference_identifier: Option<&'a str>,
    pub(in crate::mews) accounting_code: Option<&'a str>,
    pub(in crate::mews) additional_tax_identifier: Option<&'a str>,
    pub(in crate::mews) billing_code: Option<&'a str>,
    pub(in crate::mews) contact: Option<&'a str>,
    pub(in crate::mews) contact_person: Option<&'a str>,
    pub(in crate::mews) electronic_invoice_identifier: Option<&'a str>,
    pub(in crate::mews) identifier: Option<&'a str>,
    pub(in crate::mews) iata: Option<&'a str>,
    pub(in crate::mews) is_active: bool,
    pub(in crate::mews) notes: Option<&'a str>,
    pub(in crate::mews) number: i64,
    pub(in crate::mews) tax_identifier: Option<&'a str>,
    pub(in crate::mews) telephone: Option<&'a str>,
    pub(in crate::mews) created_utc: String,
    pub(in crate::mews) updated_utc: String,
    pub(in crate::mews) address: Option<PostalAddress<'a>>,
    pub(in crate::mews) address_id: Option<Uuid>,
    pub(in crate::mews) merge_target_id: Option<Uuid>,
    pub(in crate::mews) tax_identification_number: Option<&'a str>,
    pub(in crate::mews) external_identifier: Option<&'a str>,
}

/// A page of companies.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::mews) struct Companies<'a> {
    pub(in crate::mews) companies: Vec<Company<'a>>,
    pub(in crate::mews) cursor: Option<Uuid>,
}
