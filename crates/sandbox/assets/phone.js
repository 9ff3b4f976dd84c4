// The browser phone: which call is on it, and what its keys do. What it looks like is in screen.js.

import { get, post, watch } from './line.js';
import { Ringer } from './ring.js';
import { canSay, say, silence } from './speech.js';
import { Talk } from './talk.js';
import { age, noMessages, setUpReply, showMessages } from './messages.js';
import { setUpBooking } from './booking.js';
import { setUpKeys } from './keys.js';
import { drawOthers, drawScreen, drawSound, drawTimer, hear, pressed, understood, forgetCaptions, showPhone } from './screen.js';
import { byId, normalise, write } from './words.js';

const DEFAULT_NUMBER = '+15005550199';

const ringer = new Ringer(localStorage.getItem('frontdesk.muted') === 'yes', () => drawSound(ringer));
const talk = new Talk({ changed: () => draw(), cleared: silence, understood });
// Calls taken or made in this tab, kept over a reload, so that another tab's conversation is not spoken here.
const taken = new Set(JSON.parse(sessionStorage.getItem('frontdesk.taken') ?? '[]'));
const made = new Set(JSON.parse(sessionStorage.getItem('frontdesk.made') ?? '[]'));

let me = null;            // this phone's number, or null for any
let business = null;      // the front desk's number, once a call or a message has shown it
let lastCustomer = null;  // the number that was last on this phone
let call = null;          // the call on the screen, also after it ended
let since = 0;            // when it was first seen in progress, ms
let lasted = 0;           // how long it lasted, ms
let typed = '';           // a number being dialled
let notice = '';          // what the screen has to say about the last key
let loaded = false;
let signedOut = false;
let acting = false;
let sending = Promise.resolve();

function remember(calls, name, id) {
  calls.add(id);
  sessionStorage.setItem(name, JSON.stringify([...calls].slice(-40)));
}

const outgoing = (one) => made.has(one.id) || one.from === me || one.direction === 'inbound';

function belongsHere(one) {
  if (taken.has(one.id) || made.has(one.id)) return true;
  if (one.scripted) return false;
  if (me) return one.to === me || one.from === me;
  return one.state === 'ringing' && one.direction !== 'inbound';
}

function stateOfPhone() {
  if (signedOut) return 'signed-out';
  if (!loaded) return 'loading';
  if (typed) return 'dialling';
  if (!call) return 'idle';
  if (call.state === 'ringing') return outgoing(call) ? 'calling' : 'ringing';
  return call.state === 'in_progress' ? 'talking' : 'ended';
}

const onCall = () => ['ringing', 'calling', 'talking'].includes(stateOfPhone());

function draw() {
  const state = stateOfPhone();
  ringer.ring(state === 'ringing');
  const other = call && (outgoing(call) ? call.to : call.from);
  const own = call && (outgoing(call) ? call.from : call.to);
  const talks = state === 'talking' && call.streaming === true;
  talk.follow(talks ? call.id : null);
  // Where the browser speaks the words, the assistant's own melody stays in the background.
  if (talks) talk.setVolume(ringer.muted ? 0 : canSay(call.language ?? 'en-US') ? 0.1 : 0.7);
  drawScreen({ state, me, other, own, typed, notice, asking: call?.asking === true, acting, business, talk, talks });
  drawTimer(state, since, lasted);
}

function put(next) {
  if (next.id !== call?.id) {
    silence();
    forgetCaptions();
    typed = notice = '';
    since = lasted = 0;
  }
  // A call that was under way before this page opened is shown, but not spoken again from its beginning.
  const aloud = loaded || next.state === 'ringing';
  for (const text of hear(next)) if (aloud && !ringer.muted) say(text, next.language ?? 'en-US');
  if (next.state === 'in_progress') since ||= Date.now();
  if (next.state === 'ended' && since && !lasted) lasted = Date.now() - since;
  call = next;
  lastCustomer = outgoing(call) ? call.from : call.to;
}

async function refresh() {
  const [calls, messages] = await Promise.all([get('/sandbox/api/calls?active=true'), get('/sandbox/api/messages')]);
  const open = calls.filter((one) => one.state !== 'ended');
  const current = open.find((one) => one.id === call?.id && call.state !== 'ended');
  if (current && belongsHere(current)) {
    put(current);
  } else {
    if (current) {
      leave(); // Another browser phone has answered it.
    } else if (call && call.state !== 'ended') {
      // Only the full list still has the last words of a call that is over.
      const over = (await get('/sandbox/api/calls')).find((one) => one.id === call.id);
      put({ ...call, ...over, state: 'ended', asking: false });
    }
    const here = open.filter(belongsHere);
    const next = here.find((one) => one.state === 'in_progress') ?? here[0];
    if (next) put(next);
  }
  loaded = true;
  const carried = calls.find((one) => !outgoing(one));
  business = carried?.from ?? messages.findLast((one) => one.channel !== 'email' && !one.inbound && one.from && one.from !== me && one.from !== lastCustomer)?.from ?? business;
  draw();
  drawOthers(open, call?.id);
  showMessages(messages, me, lastCustomer, business);
}

const look = watch(refresh, (state, sentence) => {
  signedOut = state === 'signed-out';
  write(byId('live-word'), state === 'signed-out' ? 'signed out' : state);
  byId('live').dataset.live = state;
  byId('trouble').hidden = !sentence;
  write(byId('trouble'), sentence ?? '');
  if (sentence) noMessages();
  draw();
});

/** Does one thing at a time: a second press while the first is on its way changes nothing. */
async function once(action) {
  if (acting) return;
  acting = true;
  notice = '';
  draw();
  try {
    await action();
  } catch (error) {
    notice = error.message;
  }
  acting = false;
  draw();
  look();
}

const act = (verb) => once(async () => {
  const { id } = call;
  // Marked before it is asked for: the news that it was answered may come before the answer to the request.
  if (verb === 'answer') remember(taken, 'frontdesk.taken', id);
  else silence();
  try {
    await post(`/sandbox/api/calls/${encodeURIComponent(id)}/${verb}`);
  } catch (error) {
    if (verb === 'answer') taken.delete(id);
    throw error;
  }
});

const dial = () => once(async () => {
  const to = typed ? normalise(typed) ?? normalise(`+${typed}`) : business;
  if (typed && !to) return void (notice = 'Write the whole number with its country code. Hold 0 for +.');
  const placed = await post('/sandbox/api/calls', { from: me ?? lastCustomer ?? DEFAULT_NUMBER, ...(to && { to }) });
  remember(made, 'frontdesk.made', placed.id);
  typed = '';
  put(placed);
});

function green() {
  const state = stateOfPhone();
  if (state === 'ringing') act('answer');
  else if (['idle', 'dialling', 'ended'].includes(state)) dial();
}

function red() {
  const state = stateOfPhone();
  if (state === 'ringing') act('decline');
  else if (onCall()) act('hangup');
  else clear();
}

function leave() {
  silence();
  call = null;
}

function clear() {
  if (!typed) call = null;
  typed = notice = '';
  draw();
}

function backspace() {
  typed = typed.slice(0, -1);
  draw();
}

function press(key) {
  const state = stateOfPhone();
  if (state === 'loading' || state === 'signed-out' || state === 'ringing' || state === 'calling') return;
  ringer.key(key);
  notice = '';
  if (state === 'talking') {
    const { id } = call;
    // Pressing a key interrupts the prompt, as it does on the telephone.
    silence();
    pressed(key);
    // Keys arrive in the order in which they were pressed.
    sending = sending
      .then(() => post(`/sandbox/api/calls/${encodeURIComponent(id)}/digits`, { digits: key }))
      .catch((error) => { notice = error.message; })
      .finally(look);
  } else if (typed.length < 16) {
    typed += key;
  }
  draw();
}

function adopt() {
  me = normalise(location.hash.slice(1).replace(/%2b/i, '+'));
  byId('which-number').value = me ?? '';
  byId('ring-phone').value = me ?? DEFAULT_NUMBER;
  if (call && !belongsHere(call)) leave();
  draw();
  look();
}

function setUp() {
  const sound = byId('sound');
  sound.addEventListener('click', async () => {
    const muted = !ringer.blocked && !ringer.muted;
    await ringer.unlock();
    ringer.setMuted(muted);
    localStorage.setItem('frontdesk.muted', muted ? 'yes' : 'no');
    if (muted) silence();
    draw();
  });
  for (const gesture of ['pointerdown', 'keydown']) {
    addEventListener(gesture, (event) => {
      talk.unlock();
      if (!sound.contains(event.target)) ringer.unlock();
    }, { capture: true });
  }
  byId('green').addEventListener('click', green);
  byId('red').addEventListener('click', red);
  byId('mic').addEventListener('click', () => talk.speak());
  byId('make-ring').addEventListener('click', () => byId('ring-name').focus());
  byId('which').addEventListener('submit', (event) => {
    event.preventDefault();
    const text = byId('which-number').value.trim();
    const number = normalise(text);
    if (text && !number) return write(byId('which-note'), 'Write it with its country code, as in +1 500 555 0199.');
    write(byId('which-note'), number ? 'Keep the address of this page to be this number again.' : 'It rings for every number that no script answers.');
    history.replaceState(null, '', number ? `#${number}` : location.pathname);
    adopt();
  });
  addEventListener('hashchange', adopt);
  setUpKeys({ press, green, red, backspace, state: stateOfPhone });
  setUpReply(look);
  setUpBooking(() => me, () => { look(); showPhone(); });
  setInterval(() => drawTimer(stateOfPhone(), since, lasted), 500);
  setInterval(age, 30_000);
  drawSound(ringer);
  adopt();
}

setUp();
