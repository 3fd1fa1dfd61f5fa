//! The fonts in the binary.

use super::{Source, Weight};
use crate::producer::ReportError;
use flate2::read::ZlibDecoder;
use std::io::Read;
use std::sync::{Arc, OnceLock};

/// Name, weight, compressed bytes.
type Packed = (&'static str, Option<Weight>, &'static [u8]);

const FONTS: [Packed; 3] = [
    ("Inter Regular", Some(Weight::Regular), include_bytes!("../../../assets/fonts/Inter-Regular.otf.z")),
    ("Inter SemiBold", Some(Weight::Semibold), include_bytes!("../../../assets/fonts/Inter-SemiBold.otf.z")),
    ("DejaVu Sans", None, include_bytes!("../../../assets/fonts/DejaVuSans.ttf.z")),
];

static UNPACKED: OnceLock<Vec<Source>> = OnceLock::new();

/// The fonts, unpacked once.
pub(super) fn sources() -> Result<Vec<Source>, ReportError> {
    if let Some(sources) = UNPACKED.get() {
        return Ok(sources.clone());
    }
    let unpack = |&(name, weight, packed): &Packed| {
        let mut data = Vec::new();
        let unpacked = ZlibDecoder::new(packed).read_to_end(&mut data);
        unpacked.map_err(|_| ReportError::Font(name.to_owned()))?;
        Ok(Source { data: Arc::new(data), index: 0, weight, name: name.to_owned() })
    };
    let sources = FONTS.iter().map(unpack).collect::<Result<Vec<_>, ReportError>>()?;
    Ok(UNPACKED.get_or_init(|| sources).clone())
}
