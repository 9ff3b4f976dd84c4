// Keeps the page fresh: something changed on the server, so the page fetches itself and puts the new middle in place.
// It never does so under the reader's finger: while something in the middle is focused, pressed or selected, it waits.

const main = document.getElementById('main');
const live = document.getElementById('live');
const word = document.getElementById('live-word');
const show = document.getElementById('show');

const GAP = 1000;
let source = null;
let waiting = false;
let fetching = false;
let pressed = false;
let last = 0;
let timer = 0;

function say(state, text) {
  live.hidden = false;
  live.dataset.live = state;
  if (word.textContent !== text) word.textContent = text;
}

function held() {
  const selection = document.getSelection();
  const selecting = selection && !selection.isCollapsed && main.contains(selection.anchorNode);
  const focused = document.activeElement !== main && main.contains(document.activeElement);
  return pressed || selecting || focused;
}

async function refresh(force) {
  if (!waiting || fetching) return;
  if (held() && !force) {
    show.hidden = false;
    return;
  }
  const wait = last + GAP - Date.now();
  if (wait > 0 && !force) {
    clearTimeout(timer);
    timer = setTimeout(refresh, wait);
    return;
  }
  fetching = true;
  waiting = false;
  show.hidden = true;
  try {
    const answer = await fetch(location.href, { headers: { Accept: 'text/html' }, credentials: 'same-origin' });
    if (answer.redirected && new URL(answer.url).pathname === '/sign-in') {
      location.reload();
      return;
    }
    if (!answer.ok) throw new Error(String(answer.status));
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const fresh = page.getElementById('main');
    if (fresh && (force || !held())) main.replaceChildren(...fresh.childNodes);
    else waiting = true;
    if (source && source.readyState === EventSource.OPEN) say('live', 'live');
  } catch {
    waiting = true;
    say('offline', 'reconnecting');
  } finally {
    fetching = false;
    last = Date.now();
    if (waiting) {
      clearTimeout(timer);
      timer = setTimeout(refresh, 4 * GAP);
    }
  }
}

function listen() {
  source?.close();
  source = new EventSource('/live');
  let before = false;
  source.onopen = () => {
    say('live', 'live');
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

function changed() {
  waiting = true;
  refresh(false);
}

document.addEventListener('visibilitychange', () => {
  if (document.hidden) {
    source?.close();
    source = null;
    say('paused', 'paused');
  } else {
    listen();
    changed();
  }
});
main.addEventListener('pointerdown', () => { pressed = true; });
for (const end of ['pointerup', 'pointercancel']) {
  document.addEventListener(end, () => { pressed = false; setTimeout(refresh, 300); });
}
main.addEventListener('focusout', () => setTimeout(refresh, 300));
document.addEventListener('selectionchange', () => { if (waiting) setTimeout(refresh, 300); });
show.addEventListener('click', () => refresh(true));

// Times such as "in 40 min" grow old by themselves.
setInterval(() => { if (!document.hidden) changed(); }, 60 * GAP);

if (document.hidden) say('paused', 'paused');
else listen();
