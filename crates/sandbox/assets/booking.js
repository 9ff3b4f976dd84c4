// "Ring this phone": books an appointment, and says in words what becomes of it.

import { get, post } from './line.js';
import { byId, moment, normalise, pretty, write } from './words.js';

const STATUS = {
  scheduled: ['waiting', 'Booked, not called yet'],
  confirming: ['waiting', 'Calling to confirm'],
  confirmed: ['good', 'Confirmed by phone'],
  cancelled: ['bad', 'Cancelled by phone'],
  reschedule_requested: ['warn', 'Asked for another time'],
  unreached: ['warn', 'Could not be reached'],
  completed: ['good', 'The appointment took place'],
  no_show: ['warn', 'Did not come'],
};
const POLL_MS = 2_000;

/** `phoneNumber()` gives this phone's own number or null; `booked` is called once the front desk has accepted. */
export function setUpBooking(phoneNumber, booked) {
  const form = byId('ring');
  const [name, phone, date] = [byId('ring-name'), byId('ring-phone'), byId('ring-when')];
  const [box, status, detail] = [byId('booking'), byId('booking-status'), byId('booking-detail')];
  let key = null;
  let timer;

  const tomorrow = new Date();
  tomorrow.setDate(tomorrow.getDate() + 1);
  const pad = (part) => String(part).padStart(2, '0');
  date.value = `${tomorrow.getFullYear()}-${pad(tomorrow.getMonth() + 1)}-${pad(tomorrow.getDate())}T10:00`;
  write(byId('ring-zone'), `(${Intl.DateTimeFormat().resolvedOptions().timeZone} time)`);

  function tell(kind, words, more) {
    box.hidden = false;
    box.dataset.kind = kind;
    write(status, words);
    write(detail, more);
  }

  function describe(appointment) {
    const [kind, words] = STATUS[appointment.status] ?? ['waiting', appointment.status];
    const settled = kind !== 'waiting' && appointment.updated_at;
    const at = settled ? `, ${new Date(appointment.updated_at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })}` : '';
    const customer = appointment.customer;
    const elsewhere = phoneNumber() && customer.phone !== phoneNumber() ? ' It rings there, not on this phone.' : '';
    tell(kind, words + at, `${customer.name}, ${moment(new Date(appointment.starts_at))}, ${pretty(customer.phone)}.${elsewhere}`);
  }

  async function follow(id) {
    clearTimeout(timer);
    try {
      describe(await get(`/api/v1/appointments/${encodeURIComponent(id)}`));
    } catch (error) {
      write(detail, `${error.message} What stands above may be out of date.`);
    }
    // Also a settled appointment may change again: somebody calls back and cancels.
    timer = setTimeout(follow, POLL_MS, id);
  }

  // The key names one intention: pressing again after a failure repeats it, changing a field makes a new one.
  form.addEventListener('input', () => { key = null; });
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const number = normalise(phone.value);
    if (!number) {
      phone.focus();
      return tell('bad', 'That is not a phone number', 'Write it with its country code, as in +1 500 555 0199.');
    }
    key ??= [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    clearTimeout(timer);
    tell('waiting', 'Booking…', `${name.value.trim()}, ${pretty(number)}.`);
    try {
      const request = { customer: { name: name.value.trim(), phone: number }, starts_at: new Date(date.value).toISOString(), confirm: 'now' };
      const appointment = await post('/api/v1/appointments', request, { 'Idempotency-Key': key });
      key = null;
      describe(appointment);
      booked();
      timer = setTimeout(follow, POLL_MS / 2, appointment.id);
    } catch (error) {
      tell('bad', 'Not booked', error.message);
    }
  });
}
