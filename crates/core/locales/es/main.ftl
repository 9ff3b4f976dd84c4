# What Frontdesk says and writes, in Spanish, with the polite "usted".
#
# $when is "el lunes 2 de marzo a las 14:30" on the telephone, or "mañana, martes 3 de marzo, a
# las 14:30"; in messages it has no article. It follows "es" or "para" on the telephone, and a
# colon in messages.

## A call to a person

call-greeting = Hola, le llamamos de { $business } por su cita. Es { $when }.
call-greeting-known = Hola, { $name }. Le llamamos de { $business } por su cita. Es { $when }.
menu-confirm = Para confirmar, pulse 1. Para cancelar, pulse 0. Para pedir otra hora, pulse 2. Para volver a escuchar este mensaje, pulse 9.
menu-confirm-transfer = Para confirmar, pulse 1. Para cancelar, pulse 0. Para pedir otra hora, pulse 2. Para volver a escuchar este mensaje, pulse 9. Para hablar con recepción, pulse asterisco.
menu-opt-out = Si no desea recibir más llamadas nuestras, pulse 8.
menu-invalid = Lo siento, esa tecla no es una de las opciones.
menu-silence = Lo siento, no he recibido ninguna tecla.
answer-confirmed = Gracias. Su cita queda confirmada para { $when }.
answer-cancelled = Gracias. Su cita ha sido cancelada.
answer-reschedule = Gracias. Hemos anotado que necesita otra hora. Recepción se pondrá en contacto con usted.
already-answered = Gracias. Ya tenemos su respuesta sobre esta cita.
opt-out-done = No recibirá más llamadas nuestras.
one-moment = Un momento, por favor.
transfer-wait = Espere, por favor. Le paso con recepción.
transfer-failed = Lo siento, en este momento nadie en recepción puede atenderle.
sorry-trouble = Lo siento, en este momento tenemos un problema técnico. Por favor, póngase en contacto con nosotros más tarde. Adiós.
agent-lost = Lo siento, nuestro asistente no está disponible en este momento.
goodbye = Gracias. Adiós.
goodbye-no-input = No hemos recibido ninguna respuesta. Adiós.
voicemail-left = Hola, le llamamos de { $business } por su cita. Por favor, devuélvanos la llamada. Gracias y adiós.

## A person calls us

inbound-greeting = Hola, ha llamado a { $business }.
inbound-greeting-known = Hola, { $name }. Ha llamado a { $business }.
inbound-no-appointment = No hemos encontrado ninguna cita para el número desde el que llama.
inbound-next-appointment = Su próxima cita es { $when }.
inbound-menu = Para confirmarla, pulse 1. Para cancelarla, pulse 0. Para pedir otra hora, pulse 2. Para dejar un mensaje, pulse 3. Para volver a escuchar este mensaje, pulse 9.
inbound-menu-transfer = Para confirmarla, pulse 1. Para cancelarla, pulse 0. Para pedir otra hora, pulse 2. Para dejar un mensaje, pulse 3. Para volver a escuchar este mensaje, pulse 9. Para hablar con recepción, pulse asterisco.
inbound-menu-no-message = Para confirmarla, pulse 1. Para cancelarla, pulse 0. Para pedir otra hora, pulse 2. Para volver a escuchar este mensaje, pulse 9.
inbound-menu-no-message-transfer = Para confirmarla, pulse 1. Para cancelarla, pulse 0. Para pedir otra hora, pulse 2. Para volver a escuchar este mensaje, pulse 9. Para hablar con recepción, pulse asterisco.
inbound-desk-menu = Para hablar con recepción, pulse asterisco.
leave-message = Deje su mensaje después de la señal. Cuando termine, pulse cualquier tecla.
message-taken = Gracias. Hemos recibido su mensaje.

## Text messages

sms-confirm-request = { $business }: su cita: { $when }. Responda 1: confirmar, 0: no puedo, 2: otra hora.
sms-confirmed = { $business }: gracias, su cita queda confirmada: { $when }.
sms-booked = { $business }: cita reservada: { $when }. Responda 1: confirmo, 0: no puedo, 2: otra hora.
sms-moved = { $business }: su cita ahora: { $when }. Responda 1: confirmar, 0: no puedo, 2: otra hora.
sms-cancelled = { $business }: cita cancelada: { $when }.
sms-reschedule = { $business }: gracias, hemos anotado que necesita otra hora. Le llamaremos o escribiremos pronto.
sms-not-understood = { $business }: no le hemos entendido. Responda 1: confirmar, 0: no puedo, 2: otra hora.
sms-opted-out = { $business }: ya no le enviaremos más mensajes. Responda START para volver a recibirlos.
sms-help = { $business }: enviamos mensajes sobre su cita. Para ayuda, llame al { $phone }.
sms-missed-call = { $business }: le hemos llamado. Cita: { $when }. Responda 1: sí, 0: no, 2: otra hora.
sms-sorry-missed = { $business }: no pudimos atender su llamada. Llámenos de nuevo al { $phone }.
sms-short-link = { $business }: confirme su cita aquí: { $link }

## Mail

mail-confirm-subject = Su cita con { $business }: por favor, confírmela
mail-confirm-body =
    Hola, { $name }:

    Tiene una cita con { $business }: { $when }.

    Por favor, llámenos al { $phone } para confirmar, cancelar o pedir otra hora.

    Un cordial saludo,
    { $business }
mail-confirmed-subject = Su cita con { $business } está confirmada
mail-confirmed-body =
    Hola, { $name }:

    Gracias. Su cita con { $business } queda confirmada: { $when }.

    Un cordial saludo,
    { $business }
mail-booked-subject = Su cita con { $business } está reservada
mail-booked-body =
    Hola, { $name }:

    Su cita con { $business } está reservada: { $when }.

    Por favor, llámenos al { $phone } si no puede venir o si necesita otra hora.

    Un cordial saludo,
    { $business }
mail-moved-subject = Su cita con { $business } tiene otra hora
mail-moved-body =
    Hola, { $name }:

    Su cita con { $business } tiene ahora esta hora: { $when }.

    Por favor, llámenos al { $phone } si entonces no puede venir o si necesita otra hora.

    Un cordial saludo,
    { $business }
mail-cancelled-subject = Su cita con { $business } ha sido cancelada
mail-cancelled-body =
    Hola, { $name }:

    Esta cita con { $business } ha sido cancelada: { $when }.

    Un cordial saludo,
    { $business }
mail-reschedule-subject = Otra hora para su cita con { $business }
mail-reschedule-body =
    Hola, { $name }:

    Gracias. Hemos anotado que necesita otra hora para esta cita: { $when }. Recepción se pondrá en contacto con usted.

    Un cordial saludo,
    { $business }

## Whoever told no name

somebody = cliente

## Calendar

cal-title = { $service }: { $name }
cal-title-plain = Cita: { $name }
cal-status-confirmed = Confirmada
cal-status-unconfirmed = Sin confirmar
cal-status-cancelled = Cancelada
cal-status-reschedule = Pide otra hora
cal-status-unreached = No se pudo contactar
cal-status-no-show = No se presentó

## The page behind a link

link-answer = Confirmar, cancelar o elegir otra hora
link-change = Ver o cambiar su cita
link-stop = No recibir más mensajes
page-title = Su cita
page-status-open = Sin confirmar
page-status-confirmed = Confirmada
page-status-cancelled = Cancelada
page-status-reschedule = Ha pedido otra hora
page-answered-voice = Por teléfono, { $when }
page-answered-sms = Por SMS, { $when }
page-answered-whatsapp = Por WhatsApp, { $when }
page-answered-email = Por correo electrónico, { $when }
page-answered-link = En esta página, { $when }
page-answered-desk = Por recepción, { $when }
page-confirm = Sí, iré
page-cancel = No puedo ir
page-cancel-ask = Una vez cancelada, solo recepción puede recuperarla.
page-cancel-do = Cancelar la cita
page-move = Elegir otra hora
page-calendar = Añadir a su calendario
page-calendar-file = Archivo de calendario
page-calendar-google = Google Calendar
page-call = Llámenos: { $phone }
page-changed = Esto ha cambiado desde que abrió la página. Así está ahora.
page-moved = La hora ha cambiado desde que le enviamos este enlace.
page-refused = Esto ya no se puede cambiar aquí. Por favor, llámenos.
page-times-now = Su hora actual: { $when }
page-times-gone = Lo sentimos, esa hora ya no está libre. Por favor, elija otra.
page-times-none = No hay horas libres en estos días.
page-times-later = Días posteriores
page-times-earlier = Días anteriores
page-times-away = En este momento no podemos ver las horas libres. Inténtelo de nuevo en unos minutos o llámenos.
page-hold-title = ¿Quiere esta hora?
page-held = Se la reservamos hasta las { $when }.
page-hold-do = Sí, cambiar mi cita
page-back = Volver a su cita
page-stop-title = Dejar de recibir mensajes
page-stop-ask = No recibirá más llamadas, SMS ni correos nuestros. Su cita con { $business } sigue como está.
page-stop-do = No recibir más mensajes
page-stopped = No recibirá más llamadas, SMS ni correos nuestros.
page-over-title = Esta página está cerrada
page-over = El plazo de esta cita o de este enlace ha terminado. Si podemos ayudarle, llame a { $business }.
page-unknown-title = Este enlace no funciona
page-unknown = Abra el enlace tal como está en el mensaje o llame a quien se lo envió.
page-busy-title = Un momento
page-busy = Inténtelo de nuevo en un minuto.

## The scripted agent of the sandbox

agent-heard-yes = Sí.
agent-move = Para cambiarla, diga sí o pulse 1. Para cancelarla, pulse 0. Para hablar con una persona, pulse 9.
agent-cancel = ¿Desea que la cancele? Diga sí o pulse 1. Si no dice nada, la cita se mantiene.
agent-offer = La próxima hora libre es { $when }.
agent-offer-next = Otra hora libre es { $when }.
agent-book = ¿Desea reservarla? Diga sí o pulse 1. No diga nada para escuchar otra hora.
agent-move-there = ¿Desea cambiar su cita a esa hora? Diga sí o pulse 1. No diga nada para escuchar otra hora.
agent-booked = Su cita queda reservada para { $when }.
agent-moved = Su cita ahora es { $when }.
agent-taken = Lo sentimos, esa hora se acaba de ocupar.
agent-no-more = No tengo más horas libres en los próximos días.
agent-no-times = No tengo horas libres en los próximos días.
agent-enough = Hay más horas libres. Una persona buscará una con usted.
