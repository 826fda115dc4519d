use std::net::IpAddr;
use std::path::Path;

use maxminddb::{Reader, geoip2};

use crate::{ListsError, ListsErrorKind};

/// MaxMind databases: by what they tell.
#[derive(Debug, Default)]
pub(crate) struct Databases {
    systems: Vec<Reader<Vec<u8>>>,
    countries: Vec<Reader<Vec<u8>>>,
}

impl Databases {
    /// Takes a database in.
    pub(crate) fn add(&mut self, file: &Path, bytes: Vec<u8>) -> Result<(), ListsError> {
        let invalid =
            |error: maxminddb::MaxMindDbError| ListsErrorKind::Database(error.to_string()).of(file);
        let reader = Reader::from_source(bytes).map_err(invalid)?;
        reader.verify().map_err(invalid)?;
        let title = reader.metadata().database_type.clone();
        if title.contains("ASN") {
            self.systems.push(reader);
        } else if title.contains("Country") || title.contains("City") {
            self.countries.push(reader);
        } else {
            return Err(ListsErrorKind::UnknownDatabase(title).of(file));
        }
        Ok(())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.systems.is_empty() && self.countries.is_empty()
    }

    /// The autonomous system of an address, and who it belongs to.
    pub(crate) fn system(&self, address: IpAddr) -> (Option<u32>, Option<String>) {
        let found = self.systems.iter().find_map(|reader| {
            let found = reader.lookup(address).ok()?.decode::<geoip2::Asn<'_>>().ok()??;
            let number = found.autonomous_system_number?;
            Some((number, found.autonomous_system_organization.map(str::to_owned)))
        });
        found.map_or((None, None), |(number, name)| (Some(number), name))
    }

    /// The country of an address, in two letters.
    pub(crate) fn country(&self, address: IpAddr) -> Option<String> {
        self.countries.iter().find_map(|reader| {
            let found = reader.lookup(address).ok()?.decode::<geoip2::Country<'_>>().ok()??;
            found.country.iso_code.or(found.registered_country.iso_code).map(str::to_owned)
        })
    }
}
