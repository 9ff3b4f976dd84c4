// The messages that the customer received and wrote, as one conversation, and the box to reply.

import { post } from './line.js';
import { byId, element, pretty, when, write } from './words.js';

const CHANNELS = { sms: 'SMS', whatsapp: 'WhatsApp', email: 'E-mail' };
const thread = byId('thread');
let shown = [];
let written = [];
let replyFrom = null;
let replyTo = null;

/** Text with its web addresses as links; only http and https ever become clickable. */
function linked(text) {
  return text.split(/(https?:\/\/[^\s<>"']*[^\s<>"'.,;:!?)\]])/i).map((part, index) => {
    if (index % 2 === 0 || !URL.canParse(part)) return part;
    const link = element('a', { href: part }, part);
    if (link.origin !== location.origin) {
      link.target = '_blank';
      link.rel = 'noopener noreferrer';
    }
    return link;
  });
}

function bubble(message) {
  const channel = CHANNELS[message.channel] ?? message.channel;
  const who = message.own ? `from ${pretty(message.from)}` : `to ${pretty(message.to)}`;
  const time = element('time', { datetime: message.at, title: new Date(message.at).toLocaleString() });
  const article = element('article', { class: message.own ? 'bubble own' : 'bubble' });
  article.append(element('p', { class: 'about' }, `${channel} ${who} · `, time));
  if (message.subject) article.append(element('h3', {}, message.subject));
  article.append(element('p', { class: 'body' }, ...linked(message.body ?? '')));
  return article;
}

const sameMessage = (a, b) => a.at === b.at && a.to === b.to && a.from === b.from && a.body === b.body && a.channel === b.channel;

function draw(messages) {
  // A new message is added beneath; what somebody is reading never moves unless the list itself is another one.
  const grows = shown.length > 0 && messages.length >= shown.length && shown.every((old, i) => sameMessage(old, messages[i]));
  const atEnd = thread.scrollHeight - thread.scrollTop - thread.clientHeight < 48;
  if (!grows) thread.replaceChildren();
  for (const message of messages.slice(grows ? shown.length : 0)) thread.append(bubble(message));
  if (messages.length === 0) {
    thread.append(element('p', { class: 'empty' }, 'No messages yet. What the front desk texts or mails to this phone appears here: a confirmation, or a note after a missed call.'));
  }
  if (!grows || (atEnd && messages.length > shown.length)) thread.scrollTop = thread.scrollHeight;
  shown = messages;
}

/** Says why nothing is here while the front desk cannot be asked; messages already shown stay. */
export function noMessages() {
  const empty = thread.ariaBusy === 'true' && thread.querySelector('.empty');
  if (empty) write(empty, 'Messages appear here once the front desk can be asked.');
}

export function age(now = Date.now()) {
  for (const time of thread.querySelectorAll('time')) write(time, when(new Date(time.dateTime), now));
}

/** `me` is this phone's number or null for any; `customer` and `business` are who a reply is from and to by default. */
export function showMessages(all, me, customer, business) {
  const isOwn = (message) => message.inbound === true || message.from === me || (business !== null && message.to === business);
  const received = all.map((message) => ({ ...message, own: isOwn(message) }));
  // A reply just sent stays visible until the server lists it too.
  written = written.filter((mine) => !received.some((m) => m.from === mine.from && m.body === mine.body && Date.parse(m.at) > Date.parse(mine.at) - 60_000));
  const visible = [...received, ...written]
    // Mail is addressed to no number, so every phone shows it.
    .filter((message) => me === null || message.channel === 'email' || message.to === me || message.from === me)
    .sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  if (thread.ariaBusy === 'true' || visible.length !== shown.length || !visible.every((m, i) => sameMessage(m, shown[i]))) draw(visible);
  thread.ariaBusy = 'false';
  age();

  const latest = visible.findLast((message) => message.channel !== 'email' && !message.own);
  replyFrom = me ?? latest?.to ?? customer;
  replyTo = latest?.from ?? business;
  write(byId('reply-label'), replyFrom ? `Reply as ${pretty(replyFrom)}` : 'Reply');
}

export function setUpReply(refresh) {
  const form = byId('reply');
  const body = byId('reply-body');
  const note = byId('reply-note');
  body.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const text = body.value.trim();
    if (!text) return;
    if (!replyFrom) return write(note, 'Give this phone a number first, under “Which phone is this?”.');
    const message = { from: replyFrom, body: text, ...(replyTo && { to: replyTo }) };
    write(note, 'Sending…');
    try {
      await post('/sandbox/api/messages', message);
      written.push({ channel: 'sms', to: '', ...message, at: new Date().toISOString(), own: true });
      body.value = '';
      write(note, '');
      refresh();
    } catch (error) {
      write(note, `Not sent: ${error.message}`);
    }
  });
}
