//! Pictures and PDF files behind the addresses in the answers; whoever knows an address may read.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    http::header,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::{Refusal, sheet::Sheet, unit};
use crate::sandbox::{
    Shared, pdf,
    world::{Document, DocumentOwner, Upload, World, random::Random},
};

/// A picture of a unit.
pub struct Image {
    pub id: u64,
    pub position: u64,
    pub title: &'static str,
    pub is_floor_plan: bool,
    pub is_private: bool,
}

impl Image {
    /// `{original, big, medium, thumb}`
    pub fn flat(&self, shared: &Shared) -> Value {
        json!({
            "original": self.url(shared, "original"),
            "big": self.url(shared, "big"),
            "medium": self.url(shared, "medium"),
            "thumb": self.url(shared, "thumb"),
        })
    }

    /// With everything that is known about it.
    pub fn full(&self, shared: &Shared) -> Value {
        json!({
            "id": self.id,
            "title": self.title,
            "position": self.position,
            "is_private": self.is_private,
            "is_floorplan": self.is_floor_plan,
            "is_not_for_exposee": false,
            "tags": null,
            "url": self.url(shared, "original"),
            "big_url": self.url(shared, "big"),
            "medium_url": self.url(shared, "medium"),
            "thumb_url": self.url(shared, "thumb"),
            "small_thumb_url": self.url(shared, "small"),
            "square_url": self.url(shared, "square"),
        })
    }

    fn url(&self, shared: &Shared, size: &str) -> String {
        format!(
            "{}/files/images/{}-{size}.svg",
            shared.origins.propstack, self.id
        )
    }
}

/// What an outsider would have to guess; another firm's document of the same id has another.
pub fn token(document: &Document) -> String {
    let seed = Random::topic(document.id, &document.title).next();
    Random::topic(seed, "document").word(24)
}

/// Where a document can be fetched.
pub fn document_url(document: &Document, shared: &Shared) -> String {
    let origin = &shared.origins.propstack;
    format!(
        "{origin}/files/documents/{}/{}",
        document.id,
        token(document)
    )
}

/// `GET /files/images/{id}-{size}.svg`: a house front in a colour of its own.
pub async fn image(Path(file): Path<String>) -> Result<Response, Refusal> {
    let (id, size) = file
        .strip_suffix(".svg")
        .and_then(|name| name.split_once('-'))
        .and_then(|(id, size)| Some((id.parse::<u64>().ok()?, size)))
        .ok_or_else(|| Refusal::no_such("Bild", &file))?;
    let width = match size {
        "thumb" | "small" | "square" => 160,
        "medium" => 480,
        _ => 1280,
    };
    let hue = Random::new(id / 10).below(360);
    let picture = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 16 12"><rect width="16" height="12" fill="hsl({hue} 45% 90%)"/><path d="M3 5 8 2l5 3v6H3z" fill="hsl({hue} 40% 55%)"/><path d="M5 6h2v2H5zm4 0h2v2H9zM7 9h2v2H7z" fill="#fff"/></svg>"##,
        height = width * 3 / 4,
    );
    Ok(([(header::CONTENT_TYPE, "image/svg+xml")], picture).into_response())
}

/// `GET /files/documents/{id}/{token}`
pub async fn document(
    State(shared): State<Arc<Shared>>,
    Path((id, given)): Path<(String, String)>,
) -> Result<Response, Refusal> {
    let unknown = || Refusal::no_such("Dokument", &id);
    let number = id.parse().map_err(|_| unknown())?;
    let file = shared.tenants.iter().find_map(|tenant| {
        let world = tenant.world();
        let document = world.document(number)?;
        (token(document) == given).then(|| match &document.upload {
            Some(upload) => upload.clone(),
            None => Upload {
                media_type: "application/pdf".to_owned(),
                bytes: made_up(document, &world).into(),
            },
        })
    });
    let Upload { media_type, bytes } = file.ok_or_else(unknown)?;
    Ok(([(header::CONTENT_TYPE, media_type)], bytes).into_response())
}

/// The protocol that was filed, or a page or two about what the document is attached to.
fn made_up(document: &Document, world: &World) -> Vec<u8> {
    let mut handovers = world.handovers.iter();
    if let Some(id) = &document.handover
        && let Some(handover) = handovers.find(|handover| handover.id == *id)
    {
        return pdf::handover(handover);
    }
    let title = document.title.trim_end_matches(".pdf");
    let footer = "Simulierte Unterlage: Personen und Objekte sind erfunden.";
    let mut paper = pdf::Document::new(title, &document.tags.join(", "), footer);
    match document.owner {
        DocumentOwner::Unit(id) => {
            if let Some(unit) = world.unit(id) {
                describe(&mut paper, &Sheet { world, unit });
            }
        }
        DocumentOwner::Development(id) => {
            if let Some(development) = world.development(id) {
                let place = &development.place;
                paper.heading("Lage");
                paper.fields(&[
                    ("Adresse", unit::line(place)),
                    ("Ort", format!("{} {}", place.postal_code, place.city)),
                    ("Stadtteil", place.district.clone()),
                    ("Baujahr", development.built.to_string()),
                ]);
            }
        }
        DocumentOwner::Person(_) => {
            paper.paragraph("Angaben der Person, nur für die Akte.");
        }
    }
    paper.finish(document.created_at)
}

fn describe(paper: &mut pdf::Document, sheet: &Sheet<'_>) {
    let unit = sheet.unit;
    let euros = |amount: f64| format!("{amount:.2} €").replace('.', ",");
    let mut fields = vec![
        ("Objekt", unit::name(unit)),
        (
            "Ort",
            format!("{} {}", unit.place.postal_code, unit.place.city),
        ),
        ("Fläche", format!("{} m²", unit.area_sqm).replace('.', ",")),
        ("Zimmer", unit.rooms.to_string().replace('.', ",")),
        ("Baujahr", unit.built.to_string()),
    ];
    fields.extend(sheet.base_rent().map(|rent| ("Kaltmiete", euros(rent))));
    fields.extend(sheet.price().map(|price| ("Kaufpreis", euros(price))));
    paper.heading(&sheet.title());
    paper.fields(&fields);
    paper.heading("Beschreibung");
    paper.paragraph(&sheet.description());
    paper.paragraph(&sheet.surroundings());
}
