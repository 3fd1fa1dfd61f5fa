//! Pictures for reports: read in whatever size they came, kept small enough to print well.

use bytes::Bytes;
use docket_core::ledger::{Fault, Ledger};
use docket_core::order::{Attachment, Order};
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageDecoder, ImageReader, Limits, Rgb, RgbImage};
use std::collections::BTreeMap;
use std::fmt;
use std::io::Cursor;
use std::sync::Arc;

/// How many pictures go into a report; the others are listed without.
pub(super) const PICTURES_LIMIT: usize = 240;
/// The longest side of a picture in a report, in pixels: 300 per inch at the size it is printed.
const SIDE: u32 = 900;
/// The quality it is kept in, of 100.
const QUALITY: u8 = 80;
/// The largest picture that is read: width and height in pixels, and bytes while reading.
const MOST_PIXELS: u32 = 20_000;
const MOST_BYTES: u64 = 512 << 20;

/// A picture as a report has it.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    /// JPEG.
    pub(super) jpeg: Bytes,
    pub(super) width: u32,
    pub(super) height: u32,
}

impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Picture({} × {}, {} bytes)", self.width, self.height, self.jpeg.len())
    }
}

impl Picture {
    /// The picture in a file; `None` when it holds none that can be read.
    pub(super) fn of(bytes: &[u8]) -> Option<Picture> {
        let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().ok()?;
        let mut limits = Limits::default();
        limits.max_image_width = Some(MOST_PIXELS);
        limits.max_image_height = Some(MOST_PIXELS);
        limits.max_alloc = Some(MOST_BYTES);
        reader.limits(limits);
        let mut decoder = reader.into_decoder().ok()?;
        // Phones keep what is up beside the picture.
        let up = decoder.orientation().ok()?;
        let whole = DynamicImage::from_decoder(decoder).ok()?;
        let mut small = match whole.width().max(whole.height()) {
            0..=SIDE => whole,
            _ => whole.thumbnail(SIDE, SIDE),
        };
        small.apply_orientation(up);
        let opaque = on_white(small);
        let mut jpeg = Vec::new();
        JpegEncoder::new_with_quality(&mut jpeg, QUALITY).encode_image(&opaque).ok()?;
        Some(Picture { jpeg: jpeg.into(), width: opaque.width(), height: opaque.height() })
    }

    /// Its size within a box, both in points.
    pub(super) fn within(&self, width: f32, height: f32) -> (f32, f32) {
        let (own_width, own_height) = (self.width.max(1) as f32, self.height.max(1) as f32);
        let scale = (width / own_width).min(height / own_height);
        (own_width * scale, own_height * scale)
    }
}

/// What is transparent becomes white, as it is on paper.
fn on_white(image: DynamicImage) -> RgbImage {
    if !image.color().has_alpha() {
        return image.into_rgb8();
    }
    let layered = image.into_rgba8();
    let mut flat = RgbImage::from_pixel(layered.width(), layered.height(), Rgb([255; 3]));
    for (under, over) in flat.pixels_mut().zip(layered.pixels()) {
        let [red, green, blue, alpha] = over.0.map(u16::from);
        let mixed = [red, green, blue].map(|channel| (channel * alpha + 255 * (255 - alpha)) / 255);
        under.0 = mixed.map(|channel| u8::try_from(channel).unwrap_or(u8::MAX));
    }
    flat
}

/// The pictures of some orders, by content address: of the first orders first, up to a limit.
pub(super) async fn pictures(
    ledger: &dyn Ledger,
    orders: impl Iterator<Item = &Arc<Order>>,
) -> Result<BTreeMap<String, Picture>, Fault> {
    let mut pictures = BTreeMap::new();
    for order in orders {
        for (_, attachment) in order.attachments().filter(|(_, attachment)| is_picture(attachment)) {
            if pictures.len() >= PICTURES_LIMIT {
                return Ok(pictures);
            }
            if pictures.contains_key(&attachment.blob) {
                continue;
            }
            let Some(bytes) = ledger.blob(&attachment.blob).await? else { continue };
            if let Some(picture) = read(bytes).await {
                pictures.insert(attachment.blob.clone(), picture);
            }
        }
    }
    Ok(pictures)
}

/// Reading a picture takes a while, so it is done beside what serves requests, where there is such a place.
async fn read(bytes: Vec<u8>) -> Option<Picture> {
    match tokio::runtime::Handle::try_current() {
        Ok(runtime) => runtime.spawn_blocking(move || Picture::of(&bytes)).await.ok().flatten(),
        Err(_) => Picture::of(&bytes),
    }
}

/// Whether a file is to be shown rather than listed.
pub(super) fn is_picture(attachment: &Attachment) -> bool {
    attachment.photo || attachment.media_type.starts_with("image/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{ImageFormat, Rgba, RgbaImage};
    use proptest::prelude::*;

    fn png(width: u32, height: u32, color: [u8; 4]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let image = DynamicImage::ImageRgba8(RgbaImage::from_pixel(width, height, Rgba(color)));
        image.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).unwrap();
        bytes
    }

    fn pixel(picture: &Picture) -> [u8; 3] {
        image::load_from_memory(&picture.jpeg).unwrap().into_rgb8().get_pixel(0, 0).0
    }

    #[test]
    fn large_pictures_become_small_and_small_ones_stay() {
        let large = Picture::of(&png(3000, 1500, [200, 10, 10, 255])).unwrap();
        assert_eq!((large.width, large.height), (900, 450));
        let small = Picture::of(&png(40, 30, [200, 10, 10, 255])).unwrap();
        assert_eq!((small.width, small.height), (40, 30));
        assert!(pixel(&small)[0] > 190 && pixel(&small)[1] < 20, "{:?}", pixel(&small));
        assert_eq!(small.within(80.0, 30.0), (40.0, 30.0));
        assert_eq!(large.within(90.0, 90.0), (90.0, 45.0));
    }

    #[test]
    fn what_is_transparent_is_white() {
        let clear = Picture::of(&png(8, 8, [0, 0, 0, 0])).unwrap();
        assert!(pixel(&clear).iter().all(|&channel| channel > 250), "{:?}", pixel(&clear));
    }

    #[test]
    fn what_is_up_is_up() {
        let mut jpeg = Vec::new();
        let wide = RgbImage::from_pixel(40, 20, Rgb([9, 9, 9]));
        JpegEncoder::new(&mut jpeg).encode_image(&wide).unwrap();
        // An EXIF segment that says: turn by 90 degrees.
        let exif = b"\xff\xe1\x00\x22Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
        jpeg.splice(2..2, exif.iter().copied());
        let picture = Picture::of(&jpeg).unwrap();
        assert_eq!((picture.width, picture.height), (20, 40));
    }

    #[test]
    fn what_is_no_picture_is_none() {
        assert!(Picture::of(b"").is_none());
        assert!(Picture::of(b"%PDF-1.7").is_none());
        let whole = png(200, 200, [1, 2, 3, 255]);
        assert!(Picture::of(&whole[..100]).is_none());
        // A head that promises far more than anybody wants to hold.
        let mut huge = whole;
        huge[16..20].copy_from_slice(&60_000_u32.to_be_bytes());
        assert!(Picture::of(&huge).is_none());
    }

    proptest! {
        #[test]
        fn no_bytes_break_it(bytes in proptest::collection::vec(any::<u8>(), 0..300), cut in 0_usize..90) {
            let mut begun = png(4, 4, [1, 2, 3, 4]);
            begun.truncate(cut);
            begun.extend(&bytes);
            let _ = Picture::of(&begun);
            let _ = Picture::of(&bytes);
        }
    }
}
