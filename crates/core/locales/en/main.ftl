# What Frontdesk says and writes, in English.
#
# $when is a date and time, as "Monday, March 2nd at 2:30 PM" on the telephone (sometimes with
# "today" or "tomorrow" before it), and with year and zone in messages. It has to fit the sentence
# in every one of these forms, so it follows "is" or "for", never "on".

## A call to a person

call-greeting = Hello, this is { $business }. We are calling about your appointment. It is { $when }.
call-greeting-known = Hello { $name }, this is { $business }. We are calling about your appointment. It is { $when }.
menu-confirm = To confirm, press 1. To cancel, press 0. For another time, press 2. To hear this again, press 9.
menu-confirm-transfer = To confirm, press 1. To cancel, press 0. For another time, press 2. To hear this again, press 9. To speak to the front desk, press star.
menu-opt-out = To receive no more calls from us, press 8.
menu-invalid = Sorry, that key is not one of the choices.
menu-silence = Sorry, I did not hear a key.
answer-confirmed = Thank you. Your appointment is confirmed for { $when }.
answer-cancelled = Thank you. Your appointment has been cancelled.
answer-reschedule = Thank you. We have noted that you need another time. The front desk will contact you.
already-answered = Thank you. We already have your answer about this appointment.
opt-out-done = You will receive no more calls from us.
one-moment = One moment, please.
transfer-wait = Please hold. I am connecting you to the front desk.
transfer-failed = Sorry, nobody at the front desk can take your call right now.
sorry-trouble = Sorry, we have a technical problem at the moment. Please contact us another time. Goodbye.
agent-lost = Sorry, our assistant is not available right now.
goodbye = Thank you. Goodbye.
goodbye-no-input = We did not receive an answer. Goodbye.
voicemail-left = Hello, this is { $business }. We are calling about your appointment. Please call us back. Thank you, and goodbye.

## A person calls us

inbound-greeting = Hello, this is { $business }.
inbound-greeting-known = Hello { $name }, this is { $business }.
inbound-no-appointment = We found no appointment for the number that you are calling from.
inbound-next-appointment = Your next appointment is { $when }.
inbound-menu = To confirm it, press 1. To cancel it, press 0. For another time, press 2. To leave a message, press 3. To hear this again, press 9.
inbound-menu-transfer = To confirm it, press 1. To cancel it, press 0. For another time, press 2. To leave a message, press 3. To hear this again, press 9. To speak to the front desk, press star.
inbound-menu-no-message = To confirm it, press 1. To cancel it, press 0. For another time, press 2. To hear this again, press 9.
inbound-menu-no-message-transfer = To confirm it, press 1. To cancel it, press 0. For another time, press 2. To hear this again, press 9. To speak to the front desk, press star.
inbound-desk-menu = To speak to the front desk, press star.
leave-message = Please leave a message after the tone. Press any key when you are done.
message-taken = Thank you. We have your message.

## Text messages

sms-confirm-request = { $business }: your appointment is { $when }. Please reply 1 to confirm, 0 if you cannot come, 2 for another time.
sms-confirmed = { $business }: thank you, your appointment is confirmed for { $when }.
sms-booked = { $business }: your appointment is booked for { $when }. Please reply 1 to confirm, 0 if you cannot come, 2 for another time.
sms-moved = { $business }: your appointment is now { $when }. Please reply 1 to confirm, 0 if you cannot come, 2 for another time.
sms-cancelled = { $business }: your appointment for { $when } has been cancelled.
sms-reschedule = { $business }: thank you, we have noted that you need another time. The front desk will contact you.
sms-not-understood = { $business }: sorry, we did not understand. Please reply 1 to confirm, 0 if you cannot come, 2 for another time.
sms-opted-out = { $business }: you will receive no more messages from us. Reply START to receive them again.
sms-help = { $business }: we send messages about your appointment. For help call { $phone }.
sms-missed-call = { $business }: we tried to call you. Your appointment is { $when }. Please reply 1 to confirm, 0 if you cannot come, 2 for another time.
sms-sorry-missed = { $business }: sorry, we could not take your call. Please call us again at { $phone }.
sms-short-link = { $business }: please confirm your appointment here: { $link }

## Mail

mail-confirm-subject = Your appointment with { $business }: please confirm
mail-confirm-body =
    Dear { $name },

    Your appointment with { $business } is { $when }.

    Please call us at { $phone } to confirm, to cancel, or to ask for another time.

    Kind regards,
    { $business }
mail-confirmed-subject = Your appointment with { $business } is confirmed
mail-confirmed-body =
    Dear { $name },

    Thank you. Your appointment with { $business } is confirmed for { $when }.

    Kind regards,
    { $business }
mail-booked-subject = Your appointment with { $business } is booked
mail-booked-body =
    Dear { $name },

    Your appointment with { $business } is booked for { $when }.

    Please call us at { $phone } if you cannot come, or if you need another time.

    Kind regards,
    { $business }
mail-moved-subject = Your appointment with { $business } has another time
mail-moved-body =
    Dear { $name },

    Your appointment with { $business } is now { $when }.

    Please call us at { $phone } if you cannot come then, or if you need another time.

    Kind regards,
    { $business }
mail-cancelled-subject = Your appointment with { $business } has been cancelled
mail-cancelled-body =
    Dear { $name },

    Your appointment with { $business } for { $when } has been cancelled.

    Kind regards,
    { $business }
mail-reschedule-subject = Another time for your appointment with { $business }
mail-reschedule-body =
    Dear { $name },

    Thank you. We have noted that you need another time instead of { $when }. The front desk will contact you.

    Kind regards,
    { $business }

## Whoever told no name

somebody = Customer

## Calendar

cal-title = { $service }: { $name }
cal-title-plain = Appointment: { $name }
cal-status-confirmed = Confirmed
cal-status-unconfirmed = Not confirmed yet
cal-status-cancelled = Cancelled
cal-status-reschedule = Asked for another time
cal-status-unreached = Could not be reached
cal-status-no-show = Did not come

## The page behind a link

link-answer = Confirm, cancel or choose another time
link-change = See or change your appointment
link-stop = Stop these messages
page-title = Your appointment
page-status-open = Not confirmed yet
page-status-confirmed = Confirmed
page-status-cancelled = Cancelled
page-status-reschedule = You asked for another time
page-answered-voice = By telephone, { $when }
page-answered-sms = By text message, { $when }
page-answered-whatsapp = By WhatsApp, { $when }
page-answered-email = By mail, { $when }
page-answered-link = On this page, { $when }
page-answered-desk = By the front desk, { $when }
page-confirm = Yes, I will come
page-cancel = I cannot come
page-cancel-ask = Once it is cancelled, only the front desk can bring it back.
page-cancel-do = Cancel the appointment
page-move = Choose another time
page-calendar = Add it to your calendar
page-calendar-file = Calendar file
page-calendar-google = Google Calendar
page-call = Call us: { $phone }
page-changed = This has changed since you opened the page. Here is how it stands now.
page-moved = The time has changed since this link was sent to you.
page-refused = This cannot be changed here any more. Please call us.
page-times-now = Your time now: { $when }
page-times-gone = Sorry, that time is not free any more. Please choose another one.
page-times-none = No time is free in these days.
page-times-later = Later days
page-times-earlier = Earlier days
page-times-away = We cannot see the free times at the moment. Please try again in a few minutes, or call us.
page-hold-title = Take this time?
page-held = We are holding it for you until { $when }.
page-hold-do = Yes, move my appointment
page-back = Back to your appointment
page-stop-title = Stop messages
page-stop-ask = You will get no more calls, text messages or mail from us. Your appointment with { $business } stands as it is.
page-stop-do = Stop all messages
page-stopped = You will get no more calls, text messages or mail from us.
page-over-title = This page is closed
page-over = The time of this appointment or of this link is over. If there is anything we can do for you, please call { $business }.
page-unknown-title = This link does not work
page-unknown = Please open the link exactly as it stands in the message, or call whoever sent it to you.
page-busy-title = One moment
page-busy = Please try again in a minute.

## The scripted agent of the sandbox

agent-heard-yes = Yes.
agent-move = To move it, say yes or press 1. To cancel it, press 0. To speak to a person, press 9.
agent-cancel = Shall I cancel it? Say yes or press 1. If you say nothing, it stays as it is.
agent-offer = The next free time is { $when }.
agent-offer-next = Another free time is { $when }.
agent-book = Shall I book it? Say yes or press 1. Stay silent to hear another time.
agent-move-there = Shall I move your appointment to it? Say yes or press 1. Stay silent to hear another time.
agent-booked = Your appointment is booked for { $when }.
agent-moved = Your appointment is now { $when }.
agent-taken = Sorry, that time has just been taken.
agent-no-more = I have no other free times in the next days.
agent-no-times = I have no free times in the next days.
agent-enough = There are more free times. Somebody will look for one with you.
