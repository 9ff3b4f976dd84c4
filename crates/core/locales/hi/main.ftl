# What Frontdesk says and writes, in Hindi, with the polite "आप".
#
# $when ends in "बजे" or "पर"; it stands before "है" on the telephone and after a colon or a
# dash in messages. Messages in Devanagari hold only 134 characters in two parts: keep them short.

## A call to a person

call-greeting = नमस्ते, { $business } से आपकी अपॉइंटमेंट के बारे में कॉल है। आपकी अपॉइंटमेंट { $when } है।
call-greeting-known = नमस्ते { $name } जी, { $business } से आपकी अपॉइंटमेंट के बारे में कॉल है। आपकी अपॉइंटमेंट { $when } है।
menu-confirm = पक्का करने के लिए 1 दबाएँ। रद्द करने के लिए 0 दबाएँ। दूसरे समय के लिए 2 दबाएँ। फिर से सुनने के लिए 9 दबाएँ।
menu-confirm-transfer = पक्का करने के लिए 1 दबाएँ। रद्द करने के लिए 0 दबाएँ। दूसरे समय के लिए 2 दबाएँ। फिर से सुनने के लिए 9 दबाएँ। रिसेप्शन से बात करने के लिए स्टार दबाएँ।
menu-opt-out = अगर आप हमारी और कॉल नहीं चाहते, तो 8 दबाएँ।
menu-invalid = माफ़ कीजिए, यह बटन विकल्पों में नहीं है।
menu-silence = माफ़ कीजिए, हमें कोई बटन नहीं मिला।
answer-confirmed = धन्यवाद। आपकी अपॉइंटमेंट पक्की हो गई है। समय है: { $when }।
answer-cancelled = धन्यवाद। आपकी अपॉइंटमेंट रद्द कर दी गई है।
answer-reschedule = धन्यवाद। हमने नोट कर लिया है कि आपको दूसरा समय चाहिए। रिसेप्शन आपसे संपर्क करेगा।
already-answered = धन्यवाद। इस अपॉइंटमेंट के लिए आपका जवाब हमें पहले ही मिल चुका है।
opt-out-done = अब आपको हमारी ओर से कोई कॉल नहीं आएगी।
one-moment = कृपया एक क्षण रुकिए।
transfer-wait = कृपया लाइन पर बने रहिए। आपको रिसेप्शन से जोड़ा जा रहा है।
transfer-failed = माफ़ कीजिए, रिसेप्शन पर अभी कोई उपलब्ध नहीं है।
sorry-trouble = माफ़ कीजिए, अभी हमारे यहाँ तकनीकी समस्या है। कृपया बाद में संपर्क कीजिए। नमस्ते।
agent-lost = माफ़ कीजिए, हमारा सहायक अभी उपलब्ध नहीं है।
goodbye = धन्यवाद। नमस्ते।
goodbye-no-input = हमें कोई जवाब नहीं मिला। नमस्ते।
voicemail-left = नमस्ते, { $business } से आपकी अपॉइंटमेंट के बारे में कॉल है। कृपया हमें वापस कॉल कीजिए। धन्यवाद, नमस्ते।

## A person calls us

inbound-greeting = नमस्ते, { $business } में आपका स्वागत है।
inbound-greeting-known = नमस्ते { $name } जी, { $business } में आपका स्वागत है।
inbound-no-appointment = जिस नंबर से आप कॉल कर रहे हैं, उस पर कोई अपॉइंटमेंट नहीं मिली।
inbound-next-appointment = आपकी अगली अपॉइंटमेंट { $when } है।
inbound-menu = इसे पक्का करने के लिए 1 दबाएँ। रद्द करने के लिए 0 दबाएँ। दूसरे समय के लिए 2 दबाएँ। संदेश छोड़ने के लिए 3 दबाएँ। फिर से सुनने के लिए 9 दबाएँ।
inbound-menu-transfer = इसे पक्का करने के लिए 1 दबाएँ। रद्द करने के लिए 0 दबाएँ। दूसरे समय के लिए 2 दबाएँ। संदेश छोड़ने के लिए 3 दबाएँ। फिर से सुनने के लिए 9 दबाएँ। रिसेप्शन से बात करने के लिए स्टार दबाएँ।
inbound-menu-no-message = इसे पक्का करने के लिए 1 दबाएँ। रद्द करने के लिए 0 दबाएँ। दूसरे समय के लिए 2 दबाएँ। फिर से सुनने के लिए 9 दबाएँ।
inbound-menu-no-message-transfer = इसे पक्का करने के लिए 1 दबाएँ। रद्द करने के लिए 0 दबाएँ। दूसरे समय के लिए 2 दबाएँ। फिर से सुनने के लिए 9 दबाएँ। रिसेप्शन से बात करने के लिए स्टार दबाएँ।
inbound-desk-menu = रिसेप्शन से बात करने के लिए स्टार दबाएँ।
leave-message = कृपया बीप के बाद अपना संदेश बोलिए। पूरा होने पर कोई भी बटन दबाएँ।
message-taken = धन्यवाद। आपका संदेश हमें मिल गया है।

## Text messages

sms-confirm-request = { $business }: अपॉइंटमेंट { $when }। जवाब दें: 1 पक्का, 0 नहीं आ सकते, 2 दूसरा समय।
sms-confirmed = { $business }: धन्यवाद, आपकी अपॉइंटमेंट पक्की है: { $when }।
sms-booked = { $business }: अपॉइंटमेंट बुक है: { $when }। जवाब: 1 पक्का, 0 नहीं, 2 दूसरा समय।
sms-moved = { $business }: नया समय: { $when }। जवाब: 1 पक्का, 0 नहीं, 2 दूसरा समय।
sms-cancelled = { $business }: आपकी अपॉइंटमेंट रद्द कर दी गई है: { $when }।
sms-reschedule = { $business }: धन्यवाद। दूसरे समय के लिए रिसेप्शन आपसे संपर्क करेगा।
sms-not-understood = { $business }: माफ़ कीजिए, समझ नहीं आया। जवाब दें: 1 पक्का, 0 नहीं आ सकते, 2 दूसरा समय।
sms-opted-out = { $business }: अब आपको हमारे संदेश नहीं आएँगे। फिर से पाने के लिए START भेजें।
sms-help = { $business }: हम आपके अपॉइंटमेंट के संदेश भेजते हैं। मदद: { $phone }.
sms-missed-call = { $business }: हमने कॉल किया। अपॉइंटमेंट { $when }। जवाब: 1 हाँ, 0 नहीं, 2 दूसरा समय।
sms-sorry-missed = { $business }: माफ़ कीजिए, हम कॉल नहीं ले सके। फिर कॉल करें: { $phone }.
sms-short-link = { $business }: अपॉइंटमेंट का जवाब दें: { $link }

## Mail

mail-confirm-subject = { $business } में आपकी अपॉइंटमेंट: कृपया पक्का कीजिए
mail-confirm-body =
    नमस्ते { $name } जी,

    { $business } में आपकी अपॉइंटमेंट { $when } है।

    पक्का करने, रद्द करने या दूसरा समय माँगने के लिए कृपया हमें { $phone } पर फ़ोन कीजिए।

    धन्यवाद,
    { $business }
mail-confirmed-subject = { $business } में आपकी अपॉइंटमेंट पक्की है
mail-confirmed-body =
    नमस्ते { $name } जी,

    धन्यवाद। { $business } में आपकी अपॉइंटमेंट पक्की हो गई है: { $when }।

    धन्यवाद,
    { $business }
mail-booked-subject = { $business } में आपकी अपॉइंटमेंट बुक हो गई है
mail-booked-body =
    नमस्ते { $name } जी,

    { $business } में आपकी अपॉइंटमेंट बुक हो गई है: { $when }।

    अगर आप नहीं आ सकते या आपको दूसरा समय चाहिए, तो कृपया हमें { $phone } पर फ़ोन कीजिए।

    धन्यवाद,
    { $business }
mail-moved-subject = { $business } में आपकी अपॉइंटमेंट का समय बदल गया है
mail-moved-body =
    नमस्ते { $name } जी,

    { $business } में आपकी अपॉइंटमेंट का नया समय है: { $when }।

    अगर आप तब नहीं आ सकते या आपको दूसरा समय चाहिए, तो कृपया हमें { $phone } पर फ़ोन कीजिए।

    धन्यवाद,
    { $business }
mail-cancelled-subject = { $business } में आपकी अपॉइंटमेंट रद्द कर दी गई है
mail-cancelled-body =
    नमस्ते { $name } जी,

    { $business } में आपकी यह अपॉइंटमेंट रद्द कर दी गई है: { $when }।

    धन्यवाद,
    { $business }
mail-reschedule-subject = { $business } में आपकी अपॉइंटमेंट के लिए दूसरा समय
mail-reschedule-body =
    नमस्ते { $name } जी,

    हमने नोट कर लिया है कि आपको इस अपॉइंटमेंट के लिए दूसरा समय चाहिए: { $when }। रिसेप्शन आपसे संपर्क करेगा।

    धन्यवाद,
    { $business }

## Whoever told no name

somebody = ग्राहक

## Calendar

cal-title = { $service }: { $name }
cal-title-plain = अपॉइंटमेंट: { $name }
cal-status-confirmed = पक्की
cal-status-unconfirmed = अभी पक्की नहीं
cal-status-cancelled = रद्द
cal-status-reschedule = दूसरा समय माँगा
cal-status-unreached = संपर्क नहीं हो सका
cal-status-no-show = नहीं आए

## The page behind a link

link-answer = पक्का करें, रद्द करें या दूसरा समय चुनें
link-change = अपनी अपॉइंटमेंट देखें या बदलें
link-stop = ये संदेश बंद करें
page-title = आपकी अपॉइंटमेंट
page-status-open = अभी पक्की नहीं हुई
page-status-confirmed = पक्की हो गई
page-status-cancelled = रद्द
page-status-reschedule = आपने दूसरा समय माँगा है
page-answered-voice = फ़ोन से, { $when }
page-answered-sms = SMS से, { $when }
page-answered-whatsapp = WhatsApp से, { $when }
page-answered-email = ईमेल से, { $when }
page-answered-link = इस पेज पर, { $when }
page-answered-desk = रिसेप्शन की ओर से, { $when }
page-confirm = हाँ, मैं आऊँगा/आऊँगी
page-cancel = मैं नहीं आ सकता/सकती
page-cancel-ask = रद्द होने के बाद इसे सिर्फ़ रिसेप्शन वापस ला सकता है।
page-cancel-do = अपॉइंटमेंट रद्द करें
page-move = दूसरा समय चुनें
page-calendar = अपने कैलेंडर में जोड़ें
page-calendar-file = कैलेंडर फ़ाइल
page-calendar-google = Google Calendar
page-call = हमें फ़ोन करें: { $phone }
page-changed = आपके पेज खोलने के बाद यह बदल गया है। अब स्थिति यह है।
page-moved = यह लिंक भेजे जाने के बाद समय बदल गया है।
page-refused = इसे अब यहाँ नहीं बदला जा सकता। कृपया हमें फ़ोन करें।
page-times-now = अभी का समय: { $when }
page-times-gone = माफ़ कीजिए, वह समय अब ख़ाली नहीं है। कृपया दूसरा समय चुनें।
page-times-none = इन दिनों में कोई समय ख़ाली नहीं है।
page-times-later = बाद के दिन
page-times-earlier = पहले के दिन
page-times-away = अभी हम ख़ाली समय नहीं देख पा रहे हैं। कृपया कुछ मिनट बाद फिर कोशिश करें, या हमें फ़ोन करें।
page-hold-title = क्या यह समय ठीक है?
page-held = हमने इसे आपके लिए { $when } तक रोक रखा है।
page-hold-do = हाँ, मेरी अपॉइंटमेंट बदलें
page-back = अपनी अपॉइंटमेंट पर वापस
page-stop-title = संदेश बंद करें
page-stop-ask = आपको हमारी ओर से और कॉल, SMS या ईमेल नहीं आएँगे। { $business } में आपकी अपॉइंटमेंट वैसी ही रहेगी।
page-stop-do = सभी संदेश बंद करें
page-stopped = अब आपको हमारी ओर से कॉल, SMS या ईमेल नहीं आएँगे।
page-over-title = यह पेज बंद हो चुका है
page-over = इस अपॉइंटमेंट या लिंक का समय बीत चुका है। अगर हम आपकी कोई मदद कर सकें, तो कृपया { $business } को फ़ोन करें।
page-unknown-title = यह लिंक काम नहीं करता
page-unknown = कृपया लिंक को ठीक वैसे ही खोलें जैसा संदेश में है, या भेजने वाले को फ़ोन करें।
page-busy-title = एक क्षण
page-busy = कृपया एक मिनट बाद फिर कोशिश करें।

## The scripted agent of the sandbox

agent-heard-yes = हाँ।
agent-move = समय बदलने के लिए हाँ कहिए या 1 दबाएँ। रद्द करने के लिए 0 दबाएँ। किसी व्यक्ति से बात करने के लिए 9 दबाएँ।
agent-cancel = क्या इसे रद्द कर दिया जाए? हाँ कहिए या 1 दबाएँ। कुछ न कहने पर अपॉइंटमेंट बनी रहेगी।
agent-offer = अगला ख़ाली समय { $when } है।
agent-offer-next = एक और ख़ाली समय { $when } है।
agent-book = क्या इसे बुक कर दिया जाए? हाँ कहिए या 1 दबाएँ। दूसरा समय सुनने के लिए चुप रहिए।
agent-move-there = क्या आपकी अपॉइंटमेंट इस समय पर कर दी जाए? हाँ कहिए या 1 दबाएँ। दूसरा समय सुनने के लिए चुप रहिए।
agent-booked = आपकी अपॉइंटमेंट बुक हो गई है। समय है: { $when }।
agent-moved = आपकी अपॉइंटमेंट अब { $when } है।
agent-taken = माफ़ कीजिए, वह समय अभी-अभी भर गया है।
agent-no-more = अगले कुछ दिनों में और कोई ख़ाली समय नहीं है।
agent-no-times = अगले कुछ दिनों में कोई ख़ाली समय नहीं है।
agent-enough = और भी ख़ाली समय हैं। कोई व्यक्ति आपके साथ मिलकर एक समय चुनेगा।
