//! From the way one side writes sound to the way the other side does.

mod mulaw;
mod resample;

use frontdesk_core::sound::{AudioFormat, Sound};
use resample::Resampler;

pub(crate) use mulaw::SILENCE;

/// Carries the sound of one direction over, in order. What it keeps is a few milliseconds.
pub(crate) struct Converter {
    from: AudioFormat,
    to: AudioFormat,
    /// `None` where both have the same rate.
    resampler: Option<Resampler>,
    /// The first half of a sample whose second half is still to come.
    half: Option<u8>,
    samples: Vec<i16>,
    resampled: Vec<i16>,
    raw: Vec<u8>,
}

impl Converter {
    /// `None` where nobody speaks at such a rate.
    pub(crate) fn new(from: AudioFormat, to: AudioFormat) -> Option<Self> {
        let resampler = if from.rate() == to.rate() { None } else { Some(Resampler::new(from.rate(), to.rate())?) };
        Some(Self { from, to, resampler, half: None, samples: Vec::new(), resampled: Vec::new(), raw: Vec::new() })
    }

    /// Whether there is nothing to do.
    pub(crate) fn passes(&self) -> bool {
        self.from == self.to
    }

    /// Forgets what came before: what comes now does not follow from it.
    pub(crate) fn forget(&mut self) {
        self.half = None;
        if let Some(resampler) = &mut self.resampler {
            resampler.forget();
        }
    }

    /// The sound as the other side writes it; untouched where both write alike. `None` where it is no sound.
    pub(crate) fn text(&mut self, sound: Sound) -> Option<Sound> {
        if self.passes() {
            // Text of somebody else's is written into a message: it must not end the string it stands in.
            return sound.is_plain().then_some(sound);
        }
        self.raw(&sound).map(Sound::encode)
    }

    /// The sound as raw bytes of the other side. `None` where it is no sound.
    pub(crate) fn raw(&mut self, sound: &Sound) -> Option<&[u8]> {
        let raw = sound.decode()?;
        if self.passes() {
            self.raw = raw;
            return Some(&self.raw);
        }
        self.samples.clear();
        match self.from {
            AudioFormat::Mulaw8k => self.samples.extend(raw.iter().map(|byte| mulaw::decode(*byte))),
            AudioFormat::Pcm16(_) => {
                let mut bytes = self.half.take().into_iter().chain(raw);
                while let Some(low) = bytes.next() {
                    match bytes.next() {
                        Some(high) => self.samples.push(i16::from_le_bytes([low, high])),
                        None => self.half = Some(low),
                    }
                }
            }
        }
        let samples = match &mut self.resampler {
            Some(resampler) => {
                self.resampled.clear();
                resampler.feed(&self.samples, &mut self.resampled);
                &self.resampled
            }
            None => &self.samples,
        };
        self.raw.clear();
        match self.to {
            AudioFormat::Mulaw8k => self.raw.extend(samples.iter().map(|sample| mulaw::encode(*sample))),
            AudioFormat::Pcm16(_) => self.raw.extend(samples.iter().flat_map(|sample| sample.to_le_bytes())),
        }
        Some(&self.raw)
    }
}

#[cfg(test)]
mod tests;
