# What Frontdesk says and writes, in Dutch, with the polite "u".
#
# $when is "maandag 2 maart om 14.30 uur" on the telephone, or "morgen, dinsdag 3 maart, om 14.30
# uur"; in messages it carries year and zone. It follows "is" or "voor".

## A call to a person

call-greeting = Goedendag, u spreekt met { $business }. Wij bellen over uw afspraak. Die is { $when }.
call-greeting-known = Goedendag { $name }, u spreekt met { $business }. Wij bellen over uw afspraak. Die is { $when }.
menu-confirm = Om te bevestigen, toets 1. Om af te zeggen, toets 0. Voor een ander tijdstip, toets 2. Om dit nog eens te horen, toets 9.
menu-confirm-transfer = Om te bevestigen, toets 1. Om af te zeggen, toets 0. Voor een ander tijdstip, toets 2. Om dit nog eens te horen, toets 9. Om de balie te spreken, toets sterretje.
menu-opt-out = Wilt u niet meer door ons gebeld worden, toets 8.
menu-invalid = Sorry, die toets is geen van de keuzes.
menu-silence = Sorry, ik heb geen toets gehoord.
answer-confirmed = Dank u wel. Uw afspraak is bevestigd voor { $when }.
answer-cancelled = Dank u wel. Uw afspraak is afgezegd.
answer-reschedule = Dank u wel. Wij hebben genoteerd dat u een ander tijdstip nodig heeft. De balie neemt contact met u op.
already-answered = Dank u wel. Wij hebben uw antwoord over deze afspraak al.
opt-out-done = U wordt niet meer door ons gebeld.
one-moment = Een ogenblik alstublieft.
transfer-wait = Blijft u aan de lijn. Ik verbind u door met de balie.
transfer-failed = Sorry, op dit moment kan niemand van de balie u te woord staan.
sorry-trouble = Sorry, wij hebben op dit moment een technisch probleem. Neemt u een andere keer contact met ons op. Tot ziens.
goodbye = Dank u wel. Tot ziens.
goodbye-no-input = Wij hebben geen antwoord ontvangen. Tot ziens.
voicemail-left = Goedendag, u spreekt met { $business }. Wij bellen over uw afspraak. Wilt u ons terugbellen? Dank u wel en tot ziens.

## A person calls us

inbound-greeting = Goedendag, u spreekt met { $business }.
inbound-greeting-known = Goedendag { $name }, u spreekt met { $business }.
inbound-no-appointment = Wij hebben geen afspraak gevonden bij het nummer waarmee u belt.
inbound-next-appointment = Uw volgende afspraak is { $when }.
inbound-menu = Om die te bevestigen, toets 1. Om die af te zeggen, toets 0. Voor een ander tijdstip, toets 2. Om een bericht achter te laten, toets 3. Om dit nog eens te horen, toets 9.
inbound-menu-transfer = Om die te bevestigen, toets 1. Om die af te zeggen, toets 0. Voor een ander tijdstip, toets 2. Om een bericht achter te laten, toets 3. Om dit nog eens te horen, toets 9. Om de balie te spreken, toets sterretje.
inbound-menu-no-message = Om die te bevestigen, toets 1. Om die af te zeggen, toets 0. Voor een ander tijdstip, toets 2. Om dit nog eens te horen, toets 9.
inbound-menu-no-message-transfer = Om die te bevestigen, toets 1. Om die af te zeggen, toets 0. Voor een ander tijdstip, toets 2. Om dit nog eens te horen, toets 9. Om de balie te spreken, toets sterretje.
inbound-desk-menu = Om de balie te spreken, toets sterretje.
leave-message = Spreek na de toon uw bericht in. Toets als u klaar bent een willekeurige toets.
message-taken = Dank u wel. Wij hebben uw bericht ontvangen.

## Text messages

sms-confirm-request = { $business }: uw afspraak is { $when }. Antwoord met 1 om te bevestigen, 0 als u niet kunt, 2 voor een ander tijdstip.
sms-confirmed = { $business }: dank u wel, uw afspraak is bevestigd voor { $when }.
sms-booked = { $business }: uw afspraak staat genoteerd: { $when }. Antwoord met 1 om te bevestigen, 0 als u niet kunt komen, 2 voor een andere tijd.
sms-moved = { $business }: uw afspraak is nu { $when }. Antwoord met 1 om te bevestigen, 0 als u niet kunt komen, 2 voor een andere tijd.
sms-cancelled = { $business }: uw afspraak voor { $when } is afgezegd.
sms-reschedule = { $business }: dank u wel, wij hebben genoteerd dat u een ander tijdstip nodig heeft. De balie neemt contact met u op.
sms-not-understood = { $business }: sorry, wij hebben u niet begrepen. Antwoord met 1 om te bevestigen, 0 als u niet kunt, 2 voor een ander tijdstip.
sms-opted-out = { $business }: u krijgt geen berichten meer van ons. Antwoord met START om ze weer te krijgen.
sms-opt-out-hint = Antwoord met STOP voor geen berichten meer.
sms-missed-call = { $business }: wij hebben u gebeld. Uw afspraak is { $when }. Antwoord met 1 om te bevestigen, 0 als u niet kunt, 2 voor een ander tijdstip.

## Mail

mail-confirm-subject = Uw afspraak bij { $business }: wilt u bevestigen?
mail-confirm-body =
    Beste { $name },

    Uw afspraak bij { $business } is { $when }.

    Bel ons op { $phone } om te bevestigen, af te zeggen of een ander tijdstip te vragen.

    Met vriendelijke groet,
    { $business }
mail-confirmed-subject = Uw afspraak bij { $business } is bevestigd
mail-confirmed-body =
    Beste { $name },

    Dank u wel. Uw afspraak bij { $business } is bevestigd voor { $when }.

    Met vriendelijke groet,
    { $business }
mail-booked-subject = Uw afspraak bij { $business } staat genoteerd
mail-booked-body =
    Beste { $name },

    Uw afspraak bij { $business } staat genoteerd voor { $when }.

    Bel ons op { $phone } als u niet kunt komen of een andere tijd nodig hebt.

    Met vriendelijke groet,
    { $business }
mail-moved-subject = Uw afspraak bij { $business } heeft een andere tijd
mail-moved-body =
    Beste { $name },

    Uw afspraak bij { $business } is nu { $when }.

    Bel ons op { $phone } als u dan niet kunt komen of een andere tijd nodig hebt.

    Met vriendelijke groet,
    { $business }
mail-cancelled-subject = Uw afspraak bij { $business } is afgezegd
mail-cancelled-body =
    Beste { $name },

    Uw afspraak bij { $business } voor { $when } is afgezegd.

    Met vriendelijke groet,
    { $business }
mail-reschedule-subject = Een ander tijdstip voor uw afspraak bij { $business }
mail-reschedule-body =
    Beste { $name },

    Dank u wel. Wij hebben genoteerd dat u een ander tijdstip nodig heeft in plaats van { $when }. De balie neemt contact met u op.

    Met vriendelijke groet,
    { $business }

## Calendar

cal-title = { $service }: { $name }
cal-title-plain = Afspraak: { $name }
cal-status-confirmed = Bevestigd
cal-status-unconfirmed = Nog niet bevestigd
cal-status-cancelled = Afgezegd
cal-status-reschedule = Vraagt om een ander tijdstip
cal-status-unreached = Niet bereikt
cal-status-no-show = Niet gekomen
