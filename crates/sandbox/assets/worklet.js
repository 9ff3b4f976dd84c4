// Runs on the browser's audio thread: the microphone becomes mu-law of 8,000 samples a second, and mu-law becomes sound.

const RATE = 8_000;
const FRAME = 160;
const KEPT = RATE * 10;
const PRIMED = RATE * 0.06;

/** A sample from -1 to 1 in mu-law (ITU-T G.711). */
function encode(sample) {
  const level = Math.min(Math.abs(Math.round(sample * 32_767)), 32_635) + 0x84;
  const exponent = Math.min(24 - Math.clz32(level), 7);
  const mantissa = (level >> (exponent + 3)) & 0x0f;
  return ~((sample < 0 ? 0x80 : 0) | (exponent << 4) | mantissa) & 0xff;
}

const LEVELS = Float32Array.from({ length: 256 }, (_, byte) => {
  const bits = ~byte & 0xff;
  const level = ((((bits & 0x0f) << 3) + 0x84) << ((bits >> 4) & 0x07)) - 0x84;
  return (bits & 0x80 ? -level : level) / 32_768;
});

/** Posts `{ frame, level }`: 160 bytes of mu-law, and how loud they are, from 0 to 1. */
class Microphone extends AudioWorkletProcessor {
  #frame = new Uint8Array(FRAME);
  #filled = 0;
  #energy = 0;
  #sum = 0;
  #count = 0;
  #left = sampleRate / RATE;

  process([input]) {
    for (const sample of input[0] ?? []) {
      // The mean of the samples between is low-pass enough for a telephone.
      this.#sum += sample;
      this.#count += 1;
      this.#left -= 1;
      if (this.#left <= 0) this.#put();
    }
    return true;
  }

  #put() {
    const sample = this.#sum / this.#count;
    this.#left += sampleRate / RATE;
    this.#sum = this.#count = 0;
    this.#energy += sample * sample;
    this.#frame[this.#filled] = encode(sample);
    this.#filled += 1;
    if (this.#filled < FRAME) return;
    this.port.postMessage({ frame: this.#frame, level: Math.sqrt(this.#energy / FRAME) });
    this.#frame = new Uint8Array(FRAME);
    this.#filled = this.#energy = 0;
  }
}

/** Plays what it is posted: bytes of mu-law after what came before, or `null`, which drops what was not heard yet. */
class Speaker extends AudioWorkletProcessor {
  #ring = new Float32Array(KEPT);
  #read = 0;
  #kept = 0;
  #part = 0;
  #playing = false;
  #waited = 0;

  constructor() {
    super();
    this.port.onmessage = ({ data }) => {
      if (data === null) this.#kept = 0;
      else this.#take(new Uint8Array(data));
    };
  }

  #take(bytes) {
    for (const byte of bytes) {
      if (this.#kept === KEPT) this.#drop();
      this.#ring[(this.#read + this.#kept) % KEPT] = LEVELS[byte];
      this.#kept += 1;
    }
  }

  #drop() {
    this.#read = (this.#read + 1) % KEPT;
    this.#kept -= 1;
  }

  process(_, [output]) {
    const [channel] = output;
    // A little is waited for first, so that a frame that is late leaves no hole; an end that is short is not kept back.
    if (!this.#playing && this.#kept > 0) {
      this.#waited += channel.length / sampleRate;
      this.#playing = this.#kept >= PRIMED || this.#waited > 0.15;
    }
    for (let at = 0; this.#playing && at < channel.length; at += 1) {
      const now = this.#ring[this.#read];
      const next = this.#kept > 1 ? this.#ring[(this.#read + 1) % KEPT] : now;
      channel[at] = now + (next - now) * this.#part;
      for (this.#part += RATE / sampleRate; this.#part >= 1 && this.#kept > 0; this.#part -= 1) this.#drop();
      this.#playing = this.#kept > 0;
    }
    if (!this.#playing && this.#kept === 0) this.#part = this.#waited = 0;
    return true;
  }
}

registerProcessor('microphone', Microphone);
registerProcessor('speaker', Speaker);
