// What the telephone shows: its screen, its captions, and the quiet list of other calls.

import { byId, element, minutes, pretty, write } from './words.js';

const OTHERS_KEPT = 6;

const phone = byId('phone');
const captions = byId('captions');
const others = new Map();
let heard = 0;

const WORDS = {
  loading: 'Connecting', 'signed-out': 'No service', idle: 'Ready', dialling: 'Dialling',
  ringing: 'Ringing', calling: 'Calling', talking: 'On the call', ended: 'Call ended',
};

function linesOf({ state, me, other, own, typed, business }) {
  switch (state) {
    case 'loading': return ['', '…', 'One moment, finding the front desk.'];
    case 'signed-out': return ['', 'Signed out', 'Open the sign-in link that the gateway printed when it started.'];
    case 'dialling': return ['Number to call', typed.startsWith('+') ? pretty(typed) : typed, 'Press Call, or Clear to start again.'];
    case 'ringing': return ['Incoming call', pretty(other), `for ${pretty(own)}`];
    case 'calling': return ['Calling', pretty(other) || 'The front desk', `as ${pretty(own)}`];
    case 'talking':
    case 'ended': return [`This is ${pretty(own)}`, pretty(other) || 'The front desk', ''];
    default: {
      const call = business ? `Press Call to reach ${pretty(business)}.` : 'Press Call to reach the front desk.';
      return ['This phone is', me ? pretty(me) : 'Any number', `It rings when the front desk calls. ${call}`];
    }
  }
}

const MICROPHONE = {
  off: ['Speak', 'Press Speak and talk, or press keys.'],
  asking: ['Speak', 'Your browser asks whether this page may use the microphone.'],
  on: ['Mute me', 'The assistant hears you.'],
  muted: ['Unmute me', 'The assistant does not hear you.'],
};

/** The microphone, while there is somebody to talk to; gives the sentence about it, and whether it tells of a problem. */
function drawVoice(talk, talks) {
  const voice = byId('voice');
  // Who has the focus on a button that goes away goes on with the telephone.
  if (!talks && voice.contains(document.activeElement)) byId('red').focus();
  voice.hidden = !talks;
  voice.dataset.microphone = talk.microphone;
  const [word, sentence] = MICROPHONE[talk.microphone];
  write(byId('mic-word'), word);
  byId('level').ariaValueNow = String(talk.level);
  byId('level').dataset.level = String(talk.level);
  return [talk.problem || sentence, talk.problem !== ''];
}

export function drawScreen(view) {
  const { state, notice, asking, acting, talk, talks } = view;
  const [over, number, under] = linesOf(view);
  phone.dataset.state = state;
  phone.dataset.asking = String(state === 'talking' && asking);
  phone.toggleAttribute('data-words', captions.childElementCount > 0);
  phone.dataset.talks = String(talks);
  const [about, troubled] = drawVoice(talk, talks);
  write(byId('word'), talks ? 'Talking to the assistant' : WORDS[state]);
  write(byId('over'), over);
  write(byId('number'), number);
  write(byId('under'), under);
  const prompt = talks ? about : state === 'talking' && asking ? 'Your turn: press a key.' : '';
  write(byId('hint'), acting ? 'One moment…' : notice || prompt);
  byId('hint').classList.toggle('wrong', !acting && (notice !== '' || (talks && troubled)));

  const [red, green] = [byId('red'), byId('green')];
  write(byId('red-word'), state === 'ringing' ? 'Decline' : state === 'dialling' || state === 'ended' ? 'Clear' : 'Hang up');
  write(byId('green-word'), state === 'ringing' ? 'Answer' : 'Call');
  // Not `disabled`: a button that goes away under the finger would also take the keyboard focus with it.
  red.ariaDisabled = String(acting || ['loading', 'signed-out', 'idle'].includes(state));
  green.ariaDisabled = String(acting || ['loading', 'signed-out', 'calling', 'talking'].includes(state));
  document.title = state === 'ringing' ? `Ringing: ${number} · Frontdesk` : 'Browser phone · Frontdesk';
}

export function drawTimer(state, since, lasted) {
  write(byId('timer'), state === 'talking' && since ? minutes(Date.now() - since) : state === 'ended' && lasted ? minutes(lasted) : '');
}

export function drawSound(ringer) {
  const sound = byId('sound');
  sound.dataset.sound = ringer.blocked ? 'blocked' : ringer.muted ? 'muted' : 'on';
  write(byId('sound-word'), ringer.blocked ? 'Turn on sound' : ringer.muted ? 'Unmute' : 'Mute');
}

/** Writes the prompts of `call` that are not on the screen yet, and returns them. */
export function hear(call) {
  const fresh = (call.heard ?? []).slice(heard);
  for (const text of fresh) captions.append(element('p', { class: 'said', lang: call.language ?? 'en' }, text));
  heard += fresh.length;
  if (fresh.length > 0) showLatest();
  return fresh;
}

export function pressed(key) {
  captions.append(element('p', { class: 'pressed' }, 'You pressed ', element('b', {}, key)));
  showLatest();
}

/** What the assistant has understood of what was said. */
export function understood(text) {
  captions.append(element('p', { class: 'pressed' }, 'You said ', element('b', {}, text)));
  showLatest();
}

/** Brings the newest line into view: its end where it fits, its beginning where it is longer than the screen. */
function showLatest() {
  // Lines are of no height until the screen shows captions at all.
  phone.toggleAttribute('data-words', true);
  requestAnimationFrame(toLatest);
}

function toLatest() {
  const latest = captions.lastElementChild;
  if (latest) captions.scrollTop = latest.offsetTop - captions.offsetTop;
}

// It stays in view when a longer hint leaves less room.
new ResizeObserver(toLatest).observe(captions);

export function forgetCaptions() {
  captions.replaceChildren();
  heard = 0;
}

const OTHER_STATES = { ringing: 'ringing', in_progress: 'talking', ended: 'ended' };

/** Calls other than the one on this phone (`here`): the open ones, and the last few that ended while the page was open. */
export function drawOthers(open, here) {
  for (const [id, known] of others) others.set(id, { ...known, state: 'ended' });
  for (const call of open) others.set(call.id, call);
  others.delete(here);
  const ended = [...others.values()].filter((call) => call.state === 'ended');
  for (const call of ended.slice(0, Math.max(0, ended.length - OTHERS_KEPT))) others.delete(call.id);

  const list = byId('others');
  const rows = new Map([...list.children].map((row) => [row.dataset.id, row]));
  for (const [id, row] of rows) if (!others.has(id)) row.remove();
  for (const [id, call] of others) {
    const row = rows.get(id) ?? list.insertBefore(otherRow(id), list.firstChild);
    row.dataset.state = call.state;
    write(row.querySelector('.other-number'), pretty(call.to));
    write(row.querySelector('.other-state'), (call.scripted ? 'scripted, ' : '') + (OTHER_STATES[call.state] ?? call.state));
    write(row.querySelector('.other-said'), call.heard?.at(-1) ?? '');
  }
  byId('others-empty').hidden = others.size > 0;
}

function otherRow(id) {
  return element('li', { 'data-id': id },
    element('span', { class: 'other-number' }), element('span', { class: 'other-state' }), element('span', { class: 'other-said' }));
}

/** On a narrow screen the telephone may be out of sight when somebody asks it to ring. */
export function showPhone() {
  const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
  phone.scrollIntoView({ block: 'nearest', behavior: calm ? 'auto' : 'smooth' });
}
