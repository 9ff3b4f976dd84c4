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
agent-lost = Sorry, onze assistent is nu niet beschikbaar.
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
sms-help = { $business }: wij sturen berichten over uw afspraak. Voor hulp belt u { $phone }.
sms-missed-call = { $business }: wij hebben u gebeld. Uw afspraak is { $when }. Antwoord met 1 om te bevestigen, 0 als u niet kunt, 2 voor een ander tijdstip.
sms-sorry-missed = { $business }: sorry, wij konden uw oproep niet aannemen. Bel ons gerust nog eens op { $phone }.
sms-short-link = { $business }: bevestig uw afspraak hier: { $link }

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

## Whoever told no name

somebody = klant

## Calendar

cal-title = { $service }: { $name }
cal-title-plain = Afspraak: { $name }
cal-status-confirmed = Bevestigd
cal-status-unconfirmed = Nog niet bevestigd
cal-status-cancelled = Afgezegd
cal-status-reschedule = Vraagt om een ander tijdstip
cal-status-unreached = Niet bereikt
cal-status-no-show = Niet gekomen

## The page behind a link

link-answer = Bevestigen, afzeggen of een ander tijdstip kiezen
link-change = Uw afspraak bekijken of wijzigen
link-stop = Deze berichten stoppen
page-title = Uw afspraak
page-status-open = Nog niet bevestigd
page-status-confirmed = Bevestigd
page-status-cancelled = Afgezegd
page-status-reschedule = U heeft om een ander tijdstip gevraagd
page-answered-voice = Per telefoon, { $when }
page-answered-sms = Per sms, { $when }
page-answered-whatsapp = Per WhatsApp, { $when }
page-answered-email = Per e-mail, { $when }
page-answered-link = Op deze pagina, { $when }
page-answered-desk = Door de balie, { $when }
page-confirm = Ja, ik kom
page-cancel = Ik kan niet komen
page-cancel-ask = Na het afzeggen kan alleen de balie de afspraak terugzetten.
page-cancel-do = De afspraak afzeggen
page-move = Een ander tijdstip kiezen
page-calendar = Aan uw agenda toevoegen
page-calendar-file = Agendabestand
page-calendar-google = Google Calendar
page-call = Bel ons: { $phone }
page-changed = Dit is veranderd sinds u de pagina opende. Zo staat het er nu voor.
page-moved = Het tijdstip is veranderd sinds deze link u is gestuurd.
page-refused = Dit kan hier niet meer worden gewijzigd. Wilt u ons bellen?
page-times-now = Uw tijdstip nu: { $when }
page-times-gone = Sorry, dat tijdstip is niet meer vrij. Kies alstublieft een ander.
page-times-none = Op deze dagen is er geen tijdstip vrij.
page-times-later = Latere dagen
page-times-earlier = Eerdere dagen
page-times-away = Wij kunnen de vrije tijdstippen nu niet zien. Probeer het over een paar minuten opnieuw, of bel ons.
page-hold-title = Wilt u dit tijdstip?
page-held = Wij houden het voor u vrij tot { $when }.
page-hold-do = Ja, verzet mijn afspraak
page-back = Terug naar uw afspraak
page-stop-title = Berichten stoppen
page-stop-ask = U krijgt geen telefoontjes, sms-berichten of e-mail meer van ons. Uw afspraak bij { $business } blijft staan.
page-stop-do = Alle berichten stoppen
page-stopped = U krijgt geen telefoontjes, sms-berichten of e-mail meer van ons.
page-over-title = Deze pagina is gesloten
page-over = De tijd van deze afspraak of link is voorbij. Kunnen wij iets voor u doen, bel dan { $business }.
page-unknown-title = Deze link werkt niet
page-unknown = Open de link precies zoals die in het bericht staat, of bel wie u het bericht heeft gestuurd.
page-busy-title = Een ogenblik
page-busy = Probeer het over een minuut opnieuw.

## The scripted agent of the sandbox

agent-heard-yes = Ja.
agent-move = Om die te verzetten, zeg ja of toets 1. Om die af te zeggen, toets 0. Om iemand te spreken, toets 9.
agent-cancel = Zal ik die afzeggen? Zeg ja of toets 1. Als u niets zegt, blijft de afspraak staan.
agent-offer = Het eerste vrije tijdstip is { $when }.
agent-offer-next = Een ander vrij tijdstip is { $when }.
agent-book = Zal ik dat vastleggen? Zeg ja of toets 1. Zeg niets om een ander tijdstip te horen.
agent-move-there = Zal ik uw afspraak daarheen verzetten? Zeg ja of toets 1. Zeg niets om een ander tijdstip te horen.
agent-booked = Uw afspraak staat vast voor { $when }.
agent-moved = Uw afspraak is nu { $when }.
agent-taken = Sorry, dat tijdstip is net vergeven.
agent-no-more = Ik heb de komende dagen geen andere vrije tijdstippen.
agent-no-times = Ik heb de komende dagen geen vrije tijdstippen.
agent-enough = Er zijn meer vrije tijdstippen. Iemand zoekt er samen met u een uit.
