// The keys of the telephone, by hand on the screen and by the keyboard.

import { byId } from './words.js';

const HOLD_FOR_PLUS_MS = 500;

/** `phone` has press(key), green(), red(), backspace() and state(). */
export function setUpKeys(phone) {
  const keypad = byId('keypad');
  let hold;
  let held = false;

  // A click on the telephone leaves the focus where it is: Enter after a click on red must answer the next call, not decline it.
  byId('phone').addEventListener('mousedown', (event) => event.target.closest('button') && event.preventDefault());
  keypad.addEventListener('pointerdown', (event) => {
    held = false;
    if (event.target.closest('[data-key]')?.dataset.key !== '0' || phone.state() === 'talking') return;
    hold = setTimeout(() => {
      held = true;
      phone.press('+');
    }, HOLD_FOR_PLUS_MS);
  });
  for (const end of ['pointerup', 'pointercancel']) addEventListener(end, () => clearTimeout(hold));
  keypad.addEventListener('contextmenu', (event) => event.preventDefault());
  keypad.addEventListener('click', (event) => {
    const key = event.target.closest('[data-key]')?.dataset.key;
    // The click that ends a long press of 0 has written its plus already.
    if (key && !held) phone.press(key);
    held = false;
  });

  addEventListener('keydown', (event) => {
    const { key, target } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || !(target instanceof Element)) return;
    if (target.closest('input, textarea, select')) return;
    const onKeypad = target.closest('#keypad') !== null;
    const onControl = target.closest('button, a') !== null;
    const used = () => {
      if (/^[0-9*#]$/.test(key) || (key === '+' && phone.state() !== 'talking')) return phone.press(key);
      // On another control Enter means that control; on the keypad it answers only while the phone rings.
      if (key === 'Enter' && (!onControl || (onKeypad && phone.state() === 'ringing'))) return phone.green();
      if (key === 'Escape') return phone.red();
      if (key === 'Backspace') return phone.backspace();
      return false;
    };
    if (event.repeat && key !== 'Backspace') return;
    if (used() !== false) event.preventDefault();
  });
}
