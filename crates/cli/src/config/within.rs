//! Tables of the configuration that mean something else than they say.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

/// Reads a table as a `T` and makes a `U` of it while it is at hand: so what `U` refuses is told with the
/// place of this table, and not with that of the list that it is in.
pub(super) fn within<'de, D, T, U>(deserializer: D) -> Result<U, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
    U: TryFrom<T, Error = String>,
{
    deserializer.deserialize_map(Within(PhantomData::<(T, U)>))
}

struct Within<T, U>(PhantomData<(T, U)>);

impl<'de, T: Deserialize<'de>, U: TryFrom<T, Error = String>> Visitor<'de> for Within<T, U> {
    type Value = U;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<U, A::Error> {
        let text = T::deserialize(MapAccessDeserializer::new(map))?;
        U::try_from(text).map_err(A::Error::custom)
    }
}
