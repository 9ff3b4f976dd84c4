// Numbers and times as a person writes them, and elements made without markup.

/** A number in E.164 (`+15005550199`) from what a person typed, or null. */
export function normalise(typed) {
  const number = typed.replace(/[\s().\-]/g, '').replace(/^00/, '+');
  return /^\+[1-9]\d{6,14}$/.test(number) ? number : null;
}

export function pretty(number) {
  const north = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(number ?? '');
  return north ? `+1\u00a0${north[1]}\u00a0${north[2]}\u00a0${north[3]}` : number ?? '';
}

/** Relative within a day, absolute beyond it. */
export function when(date, now) {
  const minutes = Math.round((now - date) / 60_000);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${minutes} min ago`;
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ago`;
  return moment(date);
}

export function moment(date) {
  return date.toLocaleString(undefined, { weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });
}

export function minutes(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

export const byId = (id) => document.getElementById(id);

/** An element with attributes and children; text always becomes a text node, never markup. */
export function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** Sets text only when it differs, so that a screen reader is not told the same thing twice. */
export function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
