// The talk on a call that is connected with an assistant: the microphone, the sound that comes back, and what goes wrong.

import { speaking } from './speech.js';

const AGAIN_MS = 1_000;
const TAKEN = 4_001;
/** While the page itself speaks, the microphone hears it: only what is louder than that is the caller. */
const OVER_OWN_VOICE = 0.08;
const HEARD = 0.015;

const PROBLEMS = {
  NotAllowedError: 'The microphone is not allowed. Allow it for this page next to its address, or press keys.',
  NotFoundError: 'No microphone was found. Keys work all the same.',
  NotReadableError: 'Another program holds the microphone. Close it and press Speak again, or press keys.',
};
const INSECURE = 'A browser gives its microphone only to pages by https or on this machine. Keys work all the same.';
const TAKEN_AWAY = 'Another page has this talk now. Keys work here all the same.';

export class Talk {
  /** What is wrong, in a sentence, or ''. */
  problem = '';
  /** How loud the caller is, from 0 to 5. */
  level = 0;
  #tell;
  #id = null;
  #socket = null;
  #context = null;
  #speaker = null;
  #gain = null;
  #volume = 1;
  #microphone = null;
  #muted = false;
  #asking = false;
  #timer;

  /** `changed()` after anything here is other than before, `cleared()` when the assistant falls silent, `understood(text)`. */
  constructor(tell) {
    this.#tell = tell;
  }

  /** `off`, `asking`, `on` or `muted`. */
  get microphone() {
    if (this.#asking) return 'asking';
    if (!this.#microphone) return 'off';
    return this.#muted ? 'muted' : 'on';
  }

  /** Goes where the call goes: `id` is the call that is connected with an assistant, or null. */
  follow(id) {
    if (id === this.#id) return;
    this.#leave();
    this.#id = id;
    if (id) this.#join();
  }

  /** Browsers keep a page silent until the person has touched it. */
  unlock() {
    if (this.#context?.state === 'suspended') this.#context.resume().catch(() => {});
  }

  /** From 0 to 1. */
  setVolume(volume) {
    this.#volume = volume;
    if (this.#gain) this.#gain.gain.value = volume;
  }

  /** Asks for the microphone; once it is there, mutes and unmutes it. */
  async speak() {
    if (this.#asking) return;
    if (this.#microphone) {
      this.#muted = !this.#muted;
      this.level = 0;
    } else {
      await this.#open();
    }
    this.#tell.changed();
  }

  async #open() {
    this.problem = '';
    if (!navigator.mediaDevices || !globalThis.AudioWorkletNode) return void (this.problem = INSECURE);
    const id = this.#id;
    this.#asking = true;
    this.#tell.changed();
    try {
      const audio = { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true };
      const stream = await navigator.mediaDevices.getUserMedia({ audio });
      // The call may be over by the time the person has said yes: nobody listens then.
      if (id !== this.#id) return void stream.getTracks().forEach((track) => track.stop());
      await this.#ready();
      const source = this.#context.createMediaStreamSource(stream);
      const node = new AudioWorkletNode(this.#context, 'microphone', { numberOfOutputs: 0 });
      node.port.onmessage = ({ data }) => this.#said(data);
      source.connect(node);
      this.#microphone = { stream, source, node };
      this.#muted = false;
    } catch (error) {
      this.problem = PROBLEMS[error.name] ?? `The microphone cannot be used (${error.name}). Keys work all the same.`;
    } finally {
      this.#asking = false;
    }
  }

  #said({ frame, level }) {
    const silent = this.#muted || (speaking() && level < OVER_OWN_VOICE);
    const shown = silent || level < HEARD ? 0 : Math.min(5, Math.ceil(Math.log2(level / HEARD) + 0.01));
    if (shown !== this.level) {
      this.level = shown;
      this.#tell.changed();
    }
    // Where none comes, the line is silent by itself.
    if (!silent && this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(frame);
  }

  /** Sound has its own thread, which a page that is not safe does not get: then there are captions only. */
  async #ready() {
    if (!globalThis.AudioWorkletNode) return;
    if (!this.#context) {
      const context = new AudioContext();
      await context.audioWorklet.addModule('/sandbox/assets/worklet.js');
      this.#context = context;
      this.#gain = new GainNode(context, { gain: this.#volume });
      this.#speaker = new AudioWorkletNode(context, 'speaker', { numberOfInputs: 0, outputChannelCount: [1] });
      this.#speaker.connect(this.#gain).connect(context.destination);
    }
    this.unlock();
  }

  #join() {
    const id = this.#id;
    const socket = new WebSocket(`/sandbox/api/calls/${encodeURIComponent(id)}/audio`);
    socket.binaryType = 'arraybuffer';
    this.#socket = socket;
    this.#ready().catch((error) => console.warn('the talk stays without sound', error));
    socket.addEventListener('message', ({ data }) => {
      if (typeof data !== 'string') return void this.#speaker?.port.postMessage(data, [data]);
      const told = JSON.parse(data);
      if (told.event === 'clear') {
        this.#speaker?.port.postMessage(null);
        this.#tell.cleared();
      } else if (told.event === 'understood') {
        this.#tell.understood(told.text);
      }
    });
    socket.addEventListener('close', ({ code }) => {
      if (socket !== this.#socket) return;
      this.#socket = null;
      if (code === TAKEN) {
        this.#close();
        this.problem = TAKEN_AWAY;
        this.#tell.changed();
      } else if (code !== 1_000) {
        this.#timer = setTimeout(() => this.#id === id && this.#join(), AGAIN_MS);
      }
    });
  }

  /** Nobody listens any more: the microphone is given back at once. */
  #close() {
    this.#microphone?.stream.getTracks().forEach((track) => track.stop());
    this.#microphone?.source.disconnect();
    this.#microphone = null;
    this.level = 0;
  }

  #leave() {
    clearTimeout(this.#timer);
    this.#id = null;
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
    this.#close();
    this.#speaker?.port.postMessage(null);
    this.problem = '';
  }
}
