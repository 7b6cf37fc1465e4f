//! Projects are created (P2), changed (P4) and deleted (P5).
//!
//! `status`, `classification`, `teaser` and `transactions` are the system's: in a body they are
//! ignored (assumed).

use axum::{Extension, http::StatusCode, response::Response};

use super::{
    super::{
        Path, amount,
        auth::Caller,
        change::Desk,
        input::{Fields, Given},
        precondition::IfMatch,
        problem::Problem,
        record, reference,
    },
    find,
};
use crate::sandbox::world::Deal;

const MANDATES: [&str; 3] = ["exclusive", "non_exclusive", "other"];
const LONGEST_NAME: usize = 200;

/// P2. A null says as much as nothing (assumed).
///
/// Errors: 400 for a value that a field does not take, 409 for a reference that another project has,
/// 422 for `mandate` beside `exclusivity`.
pub(in super::super) async fn create(
    Extension(caller): Extension<Caller>,
    fields: Fields,
) -> Result<Response, Problem> {
    let fields = fields.without_nulls();
    if fields.text("name")? == Given::Absent {
        return Err(Problem::invalid("name", "is missing"));
    }
    let mut desk = caller.desk();
    let id = desk.next_deal();
    let mut deal = Deal {
        id,
        name: String::new(),
        portfolio_size: None,
        status: "open",
        classification: Some("draft"),
        teaser_stage: None,
        mandate: None,
        price: None,
        price_range: None,
        references: Vec::new(),
        profile: None,
        subject: None,
        moved_at: desk.now,
        created_at: desk.now,
        updated_at: desk.now,
        deleted_at: None,
    };
    apply(&fields, &mut deal)?;
    desk.check_names(&deal)?;
    desk.keep_deal(deal);
    let view = desk.into_view();
    let deal = view.deal(&id.to_string())?;
    let location = format!("/api/v1/projects/{id}");
    Ok(record::created(
        view.project(deal),
        &location,
        &view.switches,
    ))
}

/// P4: what is named changes, the rest stays. A change of nothing leaves etag and time alone.
///
/// Errors: as [`create`], 404 for a deleted project, 412 for another version than `If-Match` names.
pub(in super::super) async fn change(
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    if_match: IfMatch,
    fields: Fields,
) -> Result<Response, Problem> {
    let mut desk = caller.desk();
    let former = find(&desk.world, &id)?.clone();
    if_match.check(&desk.index.projects.etag(former.id))?;
    let mut deal = former.clone();
    apply(&fields, &mut deal)?;
    desk.check_names(&deal)?;
    if deal != former {
        deal.updated_at = desk.moment(former.updated_at);
        desk.keep_deal(deal);
    }
    let view = desk.into_view();
    let deal = view.deal(&id)?;
    Ok(record::one(view.project(deal), &view.switches))
}

/// P5: softly; its prospects are out of reach with it. Deleting it again finds nothing (assumed).
pub(in super::super) async fn delete(
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    if_match: IfMatch,
) -> Result<StatusCode, Problem> {
    let mut desk = caller.desk();
    let mut deal = find(&desk.world, &id)?.clone();
    if_match.check(&desk.index.projects.etag(deal.id))?;
    deal.updated_at = desk.moment(deal.updated_at);
    deal.deleted_at = Some(deal.updated_at);
    desk.keep_deal(deal);
    Ok(StatusCode::NO_CONTENT)
}

impl Desk<'_> {
    /// Errors: 409 where another project of the tenant has one of the names.
    fn check_names(&self, deal: &Deal) -> Result<(), Problem> {
        let shelf = &self.index.projects;
        match shelf.is_taken(&deal.references, Some(deal.id)) {
            true => Err(Problem::conflict("another project has this reference")),
            false => Ok(()),
        }
    }
}

/// Takes over what a body says; the deal is spoiled when it is refused.
fn apply(fields: &Fields, deal: &mut Deal) -> Result<(), Problem> {
    if let Some(name) = fields.text("name")?.not_null("name")? {
        deal.name = checked(name)?;
    }
    if let Some(asset) = fields.object("asset")?.not_null("asset")? {
        deal.portfolio_size = portfolio_size(&asset)?;
    }
    mandate(fields)?.replace(&mut deal.mandate);
    let price = fields.object("price")?;
    let price = price.try_map(|fields| amount::price(&fields))?;
    let range = fields.object("priceRange")?;
    let range = range.try_map(|fields| amount::price_range(&fields))?;
    let is_priced = (&price, &range) != (&Given::Absent, &Given::Absent);
    price.replace(&mut deal.price);
    range.replace(&mut deal.price_range);
    if is_priced {
        amount::check_within(deal.price.as_ref(), deal.price_range.as_ref())?;
    }
    if let Some(references) = reference::read(fields)? {
        deal.references = references;
    }
    Ok(())
}

fn checked(name: String) -> Result<String, Problem> {
    let is_fit = !name.trim().is_empty() && name.chars().count() <= LONGEST_NAME;
    let detail = || format!("must be text of 1 to {LONGEST_NAME} characters");
    is_fit
        .then_some(name)
        .ok_or_else(|| Problem::invalid("name", detail()))
}

/// An asset is replaced as a whole. A portfolio that is not counted counts none (assumed), and the
/// count of a single property is dropped (assumed).
fn portfolio_size(asset: &Fields) -> Result<Option<u32>, Problem> {
    let kind = asset.choice("type", &["single", "portfolio"])?.value();
    let kind = kind.ok_or_else(|| Problem::invalid("asset", "type is missing"))?;
    if kind == "single" {
        return Ok(None);
    }
    let Some(count) = asset.decimal("propertyCount")?.value() else {
        return Ok(Some(0));
    };
    let whole = count.is_integer().then(|| u32::try_from(count).ok());
    let refused = || Problem::invalid("propertyCount", "must be a whole number, not below 0");
    whole.flatten().map(Some).ok_or_else(refused)
}

/// `exclusivity` is the newer name of `mandate`; a null under either clears (assumed beside a value
/// under the other: the value counts).
fn mandate(fields: &Fields) -> Result<Given<&'static str>, Problem> {
    let older = fields.choice("mandate", &MANDATES)?;
    let newer = fields.choice("exclusivity", &MANDATES)?;
    match (older, newer) {
        (Given::Value(_), Given::Value(_)) => Err(Problem::unprocessable(
            "mandate and exclusivity are one field: set only one",
        )),
        (Given::Value(mandate), _) | (_, Given::Value(mandate)) => Ok(Given::Value(mandate)),
        (Given::Absent, Given::Absent) => Ok(Given::Absent),
        _ => Ok(Given::Null),
    }
}
