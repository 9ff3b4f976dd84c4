// The voice on the line: prompts spoken by the browser, in the language of the call.

const synthesis = globalThis.speechSynthesis ?? null;
// A browser may drop an utterance that nothing refers to before it has been spoken.
const waiting = new Set();

function voiceFor(language) {
  const wanted = language.toLowerCase().replace('_', '-');
  const voices = synthesis.getVoices().map((voice) => [voice.lang.toLowerCase().replace('_', '-'), voice]);
  const exact = voices.find(([lang]) => lang === wanted);
  const related = voices.find(([lang]) => lang.split('-')[0] === wanted.split('-')[0]);
  return (exact ?? related)?.[1] ?? null;
}

/** Says `text` after what is being said already; silently does nothing where a browser has no voice. */
export function say(text, language) {
  if (!synthesis) return;
  const utterance = new SpeechSynthesisUtterance(text);
  utterance.lang = language;
  utterance.voice = voiceFor(language);
  waiting.add(utterance);
  utterance.onend = utterance.onerror = () => waiting.delete(utterance);
  synthesis.speak(utterance);
}

/** Whether this browser has a voice for the language. */
export function canSay(language) {
  return synthesis !== null && voiceFor(language) !== null;
}

/** Whether something is being said right now. */
export function speaking() {
  return synthesis?.speaking === true && waiting.size > 0;
}

/** Stops speaking at once and forgets what was still to be said. */
export function silence() {
  waiting.clear();
  synthesis?.cancel();
}
