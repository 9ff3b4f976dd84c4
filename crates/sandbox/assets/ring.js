// What the telephone sounds like: the ring and the tones of its keys, made here, from no file.

const DTMF_ROWS = [697, 770, 852, 941];
const DTMF_COLUMNS = [1209, 1336, 1477];
const KEYS = ['123', '456', '789', '*0#'];
const RING_EVERY_MS = 3_000;

export class Ringer {
  #context = null;
  #timer = null;
  #playing = new Set();
  #changed;
  muted;

  /** `changed` is called when sound becomes possible or stops being so. */
  constructor(muted, changed) {
    this.muted = muted;
    this.#changed = changed;
    if (!globalThis.AudioContext) return;
    this.#context = new AudioContext();
    this.#context.addEventListener('statechange', changed);
  }

  /** Browsers keep a page silent until the person has touched it. */
  get blocked() {
    return this.#context !== null && this.#context.state !== 'running';
  }

  async unlock() {
    if (!this.blocked) return;
    try {
      await this.#context.resume();
    } catch (error) {
      console.warn('sound stays off', error);
    }
    if (this.#timer !== null) this.#burst();
    this.#changed();
  }

  setMuted(muted) {
    this.muted = muted;
    if (muted) this.#hush();
    this.#changed();
  }

  ring(on) {
    if (on === (this.#timer !== null)) return;
    if (on) {
      this.#timer = setInterval(() => this.#burst(), RING_EVERY_MS);
      this.#burst();
    } else {
      clearInterval(this.#timer);
      this.#timer = null;
      this.#hush();
    }
  }

  key(symbol) {
    const row = KEYS.findIndex((keys) => keys.includes(symbol));
    if (row < 0) return;
    const column = KEYS[row].indexOf(symbol);
    this.#tone([DTMF_ROWS[row], DTMF_COLUMNS[column]], 0, 0.14, 0.06);
  }

  #burst() {
    this.#tone([440, 554], 0, 0.45, 0.05);
    this.#tone([494, 659], 0.5, 0.7, 0.05);
  }

  /** Sounds `frequencies` (Hz) together, `delay` seconds from now, for `seconds`, at `level` of 1. */
  #tone(frequencies, delay, seconds, level) {
    if (this.muted || !this.#context || this.blocked) return;
    const start = this.#context.currentTime + delay;
    const gain = this.#context.createGain();
    gain.gain.setValueAtTime(0, start);
    gain.gain.linearRampToValueAtTime(level, start + 0.02);
    gain.gain.setValueAtTime(level, start + seconds - 0.06);
    gain.gain.linearRampToValueAtTime(0, start + seconds);
    gain.connect(this.#context.destination);
    for (const frequency of frequencies) {
      const oscillator = new OscillatorNode(this.#context, { frequency });
      oscillator.connect(gain);
      oscillator.start(start);
      oscillator.stop(start + seconds);
      this.#playing.add(oscillator);
      oscillator.addEventListener('ended', () => this.#playing.delete(oscillator));
    }
  }

  #hush() {
    for (const oscillator of this.#playing) oscillator.stop();
    this.#playing.clear();
  }
}
