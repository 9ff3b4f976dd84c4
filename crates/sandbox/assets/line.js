// The line to the front desk: one way to ask it, and one way to be told that something changed.

/** What went wrong, in a sentence for the person at the phone. `status` is 0 when nobody answered. */
export class Refusal extends Error {
  constructor(status, sentence) {
    super(sentence);
    this.status = status;
  }
}

const SENTENCES = {
  401: 'You are not signed in. Open the sign-in link that the gateway printed when it started; it brings you back here.',
  404: 'The front desk does not know that call any more.',
  409: 'That is no longer possible: the call has moved on.',
  429: 'The front desk is asked too often. It will be tried again in a moment.',
};

async function send(path, method, body, headers) {
  const init = { method, credentials: 'same-origin', cache: 'no-store', signal: AbortSignal.timeout(10_000) };
  init.headers = { Accept: 'application/json', ...headers };
  if (method !== 'GET') {
    // With cookie sign-in the server takes this header as proof that the page itself asks.
    init.headers['X-Requested-With'] = 'frontdesk';
    init.headers['Content-Type'] = 'application/json';
    init.body = JSON.stringify(body ?? {});
  }
  try {
    const answer = await fetch(path, init);
    return [answer, await answer.text()];
  } catch {
    throw new Refusal(0, 'The front desk does not answer. Is the gateway still running? It is tried again by itself.');
  }
}

const sentence = (told) => told[0].toUpperCase() + told.slice(1) + (/[.!?]$/.test(told) ? '' : '.');

async function ask(path, method, body, headers) {
  const [answer, text] = await send(path, method, body, headers);
  let data = null;
  try {
    data = text ? JSON.parse(text) : null;
  } catch {
    if (answer.ok) throw new Refusal(answer.status, 'The front desk answered something that this page cannot read.');
  }
  if (answer.ok) return data;
  const told = answer.status === 401 || answer.status === 429 ? null : data?.detail;
  throw new Refusal(answer.status, told ? sentence(told) : SENTENCES[answer.status] ?? `The front desk could not do that (${answer.status}).`);
}

export const get = (path) => ask(path, 'GET');
export const post = (path, body, headers) => ask(path, 'POST', body, headers);

const MISSES_UNTIL_OFFLINE = 4;

/**
 * Calls `refresh` whenever the server says that something changed, and each second while it cannot say so.
 * `show(state, sentence)` gets "live", "reconnecting", "offline" or "signed-out". Returns a function that looks at once.
 */
export function watch(refresh, show) {
  let timer, streaming = false, misses = 0, busy = false, again = false;

  async function look() {
    if (busy) return void (again = true);
    busy = true;
    clearTimeout(timer);
    try {
      do {
        again = false;
        await refresh();
      } while (again);
      misses = 0;
      show('live');
    } catch (error) {
      misses += 1;
      if (!(error instanceof Refusal)) console.error(error);
      if (error.status === 401) show('signed-out', error.message);
      else if (misses < MISSES_UNTIL_OFFLINE) show('reconnecting');
      else show('offline', error.message);
    }
    busy = false;
    // With a stream the slow round only covers an event lost on the way.
    timer = setTimeout(look, misses >= MISSES_UNTIL_OFFLINE ? 3_000 : streaming && !misses ? 15_000 : 1_000);
  }

  function listen() {
    const source = new EventSource('/sandbox/api/events');
    source.addEventListener('open', () => { streaming = true; look(); });
    source.addEventListener('hello', look);
    source.addEventListener('change', look);
    source.addEventListener('error', () => {
      streaming = false;
      // A browser gives up for good on a refusal (no such path, not signed in); a broken stream it mends itself.
      if (source.readyState === EventSource.CLOSED) setTimeout(listen, 20_000);
      look();
    });
  }

  listen();
  addEventListener('online', look);
  document.addEventListener('visibilitychange', () => document.hidden || look());
  return look;
}
