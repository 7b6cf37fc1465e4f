//! deep.rent: handover protocols and their PDFs.
