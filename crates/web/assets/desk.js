// Keeps the page fresh: something changed on the server, so the page fetches itself and puts the parts that differ in place.
// A part is marked `data-fresh` and has an id. None changes under the reader's finger: while something in it is pressed,
// selected or filled in, it waits. Focus and scroll stay where they are.

const main = document.getElementById('main');
const live = document.getElementById('live');
const word = document.getElementById('live-word');
const pause = document.getElementById('pause');
const show = document.getElementById('show');

const GAP = 1000;
const KEPT = 'frontdesk-paused';
const parts = new Map([...main.querySelectorAll('[data-fresh]')].map((part) => [part.id, part.innerHTML]));
let source = null;
let waiting = false;
let fetching = false;
let pressed = null;
let next = 0;
let timer = 0;
let paused = sessionStorage.getItem(KEPT) === 'yes';

function say(state, text) {
  live.hidden = false;
  live.dataset.live = state;
  if (word.textContent !== text) word.textContent = text;
}

// Whether a part is in use. A link with the focus is found again afterwards; a button or a field is not to be moved.
function held(part) {
  if (pressed && part.contains(pressed)) return true;
  const selection = document.getSelection();
  if (selection && !selection.isCollapsed && part.contains(selection.anchorNode)) return true;
  const focused = document.activeElement;
  return part.contains(focused) && focused !== part && !focused.matches('a[href]');
}

function put(part, fresh) {
  const focused = part.contains(document.activeElement) ? document.activeElement.getAttribute('href') : null;
  const above = part.getBoundingClientRect().bottom < 0;
  const before = part.offsetHeight;
  const open = [...part.querySelectorAll('details')].map((details) => details.open);
  part.replaceChildren(...fresh.childNodes);
  [...part.querySelectorAll('details')].forEach((details, at) => { details.open = open[at] ?? false; });
  // What is read stays where it is when something above it grows.
  if (above) scrollBy(0, part.offsetHeight - before);
  if (focused !== null) part.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
}

// Puts what differs in place; false when something had to wait.
function renew(page, force) {
  let whole = true;
  for (const fresh of page.querySelectorAll('[data-fresh]')) {
    const part = document.getElementById(fresh.id);
    const text = fresh.innerHTML;
    if (!part || parts.get(part.id) === text) continue;
    if (held(part) && !force) {
      whole = false;
      continue;
    }
    parts.set(part.id, text);
    put(part, fresh);
  }
  return whole;
}

function later(wait) {
  clearTimeout(timer);
  timer = setTimeout(refresh, wait);
}

async function refresh(force) {
  if (!waiting || fetching || (paused && !force)) return;
  const wait = next - Date.now();
  if (wait > 0 && !force) {
    later(wait);
    return;
  }
  fetching = true;
  waiting = false;
  show.hidden = true;
  const began = Date.now();
  try {
    // A page that answers a pressed button is fetched at its own address, not at the button's.
    const answer = await fetch(main.dataset.own || location.href, { headers: { Accept: 'text/html' }, credentials: 'same-origin' });
    if (answer.redirected && new URL(answer.url).pathname === '/sign-in') {
      location.reload();
      return;
    }
    if (!answer.ok) throw new Error(String(answer.status));
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    if (!renew(page, force)) {
      waiting = true;
      show.hidden = false;
    }
    if (source && source.readyState === EventSource.OPEN) say('live', 'live');
  } catch {
    waiting = true;
    say('offline', 'reconnecting');
  } finally {
    fetching = false;
    // A page that is slow to make is asked for less often.
    next = Date.now() + Math.max(GAP, 10 * (Date.now() - began));
    if (waiting) later(4 * GAP);
  }
}

function changed() {
  // A page without such parts, a question say, stays as it was asked.
  if (parts.size === 0) return;
  waiting = true;
  if (paused) show.hidden = false;
  else refresh(false);
}

function listen() {
  source?.close();
  source = new EventSource('/live');
  let before = false;
  source.onopen = () => {
    if (!paused) say('live', 'live');
    // What happened while nobody listened is not told again.
    if (before) changed();
    before = true;
  };
  source.onerror = () => {
    before = true;
    say('offline', 'reconnecting');
    if (source.readyState === EventSource.CLOSED) setTimeout(listen, 5 * GAP);
  };
  source.addEventListener('change', changed);
}

function halt() {
  source?.close();
  source = null;
  say('paused', 'paused');
}

function begin() {
  pause.textContent = paused ? 'Go on' : 'Pause';
  pause.setAttribute('aria-pressed', String(paused));
  if (paused || document.hidden) halt();
  else listen();
}

pause.addEventListener('click', () => {
  paused = !paused;
  sessionStorage.setItem(KEPT, paused ? 'yes' : 'no');
  begin();
  if (!paused) changed();
});
show.addEventListener('click', () => refresh(true));
document.addEventListener('visibilitychange', () => {
  begin();
  if (!document.hidden && !paused) changed();
});
main.addEventListener('pointerdown', (event) => { pressed = event.target; });
for (const end of ['pointerup', 'pointercancel']) {
  document.addEventListener(end, () => { pressed = null; setTimeout(refresh, 300); });
}
main.addEventListener('focusout', () => setTimeout(refresh, 300));
document.addEventListener('selectionchange', () => { if (waiting) setTimeout(refresh, 300); });

// Times such as "in 40 min" grow old by themselves.
setInterval(() => { if (!document.hidden && !paused) changed(); }, 60 * GAP);

begin();
