"""What customers of a transport company write, and what it answers. Words in braces are filled in by `traffic`."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Topic:
    """`weight` is how often it comes; `private` topics never come in public; `urgent` ones are about the next half hour."""

    name: str
    weight: float
    asks: tuple[str, ...]
    answers: tuple[str, ...]
    more: tuple[str, ...] = ()
    more_answers: tuple[str, ...] = ()
    language: str = "nl"
    private: bool = False
    urgent: bool = False


LINES = ("lijn 1", "lijn 4", "lijn 12", "tram A", "tram B", "nachtbus N3")
STOPS = (
    "Station Waardstede",
    "Markt",
    "Oude Sluis",
    "Ziekenhuis Lindenhaven",
    "Elzendijk Kerk",
    "Vogelrijt Dorp",
    "Meerkapelle",
    "Noorderkolk",
    "Veerhaven",
    "Scholencampus",
)

TOPICS = (
    Topic(
        "late",
        16,
        (
            "Weten jullie waar {line} blijft? Sta al {minutes} minuten bij {stop}.",
            "{line} van {time} bij {stop} is niet gekomen. Komt hij nog?",
            "Op het bord staat dat {line} rijdt, maar er komt niets bij {stop}. Wat is er aan de hand?",
            "Hoi, rijdt {line} vandaag wel? Ik sta hier met twintig anderen bij {stop}.",
        ),
        (
            "Goed dat u het meldt. {line} heeft {minutes} minuten vertraging door drukte bij {stop}. De volgende rijdt op tijd.",
            "Die rit is helaas uitgevallen door een defecte deur. De volgende vertrekt over {minutes} minuten vanaf {stop}. Excuses.",
            "We hebben het nagevraagd bij de verkeersleiding: {line} is onderweg en is er over ongeveer {minutes} minuten.",
        ),
        ("Hij is nog steeds niet hier.", "En haal ik dan mijn aansluiting op de trein nog?"),
        (
            "Vervelend. De verkeersleiding ziet hem nu bij {stop}; reken op vijf minuten.",
            "De aansluiting wacht maximaal vier minuten. Haalt u hem niet, dan helpt de volgende trein u verder met hetzelfde kaartje.",
        ),
        urgent=True,
    ),
    Topic(
        "checkout",
        12,
        (
            "Ik ben vergeten uit te checken bij {stop}. Hoe krijg ik mijn geld terug?",
            "De paal bij {stop} deed het niet, nu ben ik {euro} euro te veel kwijt.",
            "Bij het uitchecken in {line} kreeg ik een rood kruis. Is er nu te veel afgeschreven?",
        ),
        (
            "U kunt een gemiste check-out zelf melden met de knop 'Reis corrigeren' in de app. Lukt dat niet, dan doen wij het voor u.",
            "Dat lossen we op. We hebben een correctie van {euro} euro klaargezet; die staat binnen drie werkdagen op uw rekening.",
            "Dat klopt, er is {euro} euro te veel afgeschreven. Excuses. Het staat binnen drie werkdagen weer op uw rekening.",
        ),
        ("Moet ik daar nog iets voor doen?", "Ik reis met mijn bankpas, geldt dat dan ook?"),
        (
            "Nee, u hoeft niets te doen. U krijgt een bericht van ons zodra het is teruggestort.",
            "Ja, dat geldt ook voor de bankpas.",
        ),
        private=True,
    ),
    Topic(
        "lost",
        9,
        (
            "Mijn dochter heeft haar gymtas laten liggen in {line} van {time}. Is die gevonden?",
            "Ik mis mijn zwarte portemonnee, waarschijnlijk verloren in {line} rond {time}.",
            "Paraplu met eendenkop vergeten bij {stop}. Veel emotionele waarde! Ligt hij bij jullie?",
        ),
        (
            "We hebben het doorgegeven aan de remise. Gevonden spullen liggen vanaf morgen 10.00 uur bij de balie op Station Waardstede.",
            "Goed nieuws: uw portemonnee is gevonden! U kunt hem ophalen bij de balie op Station Waardstede, met een legitimatiebewijs.",
            "De eend is gered! Uw paraplu ligt bij de balie op Station Waardstede.",
        ),
        ("Wat fijn! Hoe laat is de balie open?",),
        ("De balie is open van maandag tot en met zaterdag, van 10.00 tot 18.00 uur.",),
    ),
    Topic(
        "timetable",
        11,
        (
            "Hoe laat gaat de eerste {line} op zondag vanaf {stop}?",
            "Rijdt {line} ook op de feestdag? Ik moet naar mijn moeder in {stop}.",
            "Waarom stopt {line} niet meer bij {stop}?",
        ),
        (
            "De eerste rit op zondag is om {time}. Alle tijden vindt u ook in de reisplanner.",
            "Op feestdagen rijden we volgens de zondagsdienst. Vanaf {stop} elk half uur, van 8.12 tot 23.42 uur.",
            "{line} stopt tot en met vrijdag om de hoek, vanwege werk aan de stoep. De vervangende halte ligt 80 meter verder.",
        ),
        ("Duidelijk, en terug?",),
        ("Terug vertrekt de laatste om 23.18 uur vanaf {stop}.",),
    ),
    Topic(
        "subscription",
        8,
        (
            "Ik wil mijn maandabonnement stopzetten. Wat is de opzegtermijn?",
            "Krijg ik als student korting op het jaarabonnement?",
            "Mijn abonnement is twee keer afgeschreven: twee keer {euro} euro. Klopt dat?",
        ),
        (
            "U kunt per maand opzeggen, tot de 20e. We hebben een link gestuurd waarmee u dat zelf doet.",
            "Studenten en scholieren krijgen 34 procent korting. U heeft alleen een bewijs van inschrijving nodig.",
            "Dat klopt niet, excuses. We hebben {euro} euro teruggestort; reken op drie werkdagen.",
        ),
        ("Kan het ook per direct?",),
        ("Per direct kan als u verhuist uit de regio. Stuurt u ons dan een bewijs, dan regelen we het.",),
        private=True,
    ),
    Topic(
        "refund",
        7,
        (
            "Door de uitval van {line} heb ik een taxi moeten nemen, {euro} euro. Krijg ik dat vergoed?",
            "Gisteren 70 minuten vertraging met {line}. Hoe vraag ik geld terug?",
        ),
        (
            "Een taxi vergoeden we als het de laatste rit van de dag was, tot 40 euro. Stuurt u ons de bon?",
            "Bij meer dan een half uur vertraging krijgt u uw ritprijs terug. Stuur ons lijn, dag en tijd, dan maken we het in orde.",
        ),
        ("Hierbij de bon, het ging om de laatste rit.",),
        ("Dank. {euro} euro is goedgekeurd en staat binnen vijf werkdagen op uw rekening.",),
        private=True,
    ),
    Topic(
        "access",
        5,
        (
            "De lift bij {stop} is stuk en ik zit in een rolstoel. Hoe kom ik op het perron?",
            "Heeft {line} een plank voor een scootmobiel?",
            "Kan ik met mijn hulphond mee in {line}?",
        ),
        (
            "We sturen iemand die u helpt. Over {minutes} minuten staat er een collega bij {stop}. De lift is morgen gemaakt.",
            "Alle bussen van {line} hebben een uitklapbare plank. De chauffeur helpt u graag; zwaai even.",
            "Natuurlijk, hulphonden reizen altijd gratis mee.",
        ),
        urgent=True,
    ),
    Topic(
        "crowded",
        6,
        (
            "De bus van {time} naar de {stop} zit elke dag stampvol. Kan daar een grotere?",
            "Weer blijven staan bij {stop}, {line} reed zo door: vol. Mijn zoon was te laat voor zijn toets.",
        ),
        (
            "Dat is niet goed. We hebben het doorgegeven aan de planners: vanaf maandag rijdt er een extra bus om {time}.",
            "Vervelend dat uw zoon te laat was. We tellen deze week de reizigers op die rit en laten u vrijdag weten wat we doen.",
        ),
    ),
    Topic(
        "driver",
        6,
        (
            "Complimenten voor de chauffeur van {line} van {time}! Hij wachtte op een oudere dame.",
            "De chauffeur van {line} reed veel te hard over de dijk bij {stop}. Kan iemand daar iets van zeggen?",
            "Mag een chauffeur bellen tijdens het rijden? Zojuist gezien in {line}.",
        ),
        (
            "Wat leuk om te horen! We geven het compliment door; daar wordt hij vast blij van.",
            "Dank dat u dit meldt. De teamleider bespreekt het vandaag met de chauffeur.",
            "Nee, dat mag nooit. Weet u nog hoe laat het was? Dan spreken we de chauffeur erop aan.",
        ),
    ),
    Topic(
        "app",
        6,
        (
            "De app blijft hangen op 'laden' als ik een kaartje koop.",
            "Ik kan niet inloggen in de app, ik krijg geen code.",
            "Jullie reisplanner geeft {line} niet meer aan. Rijdt die nog wel?",
        ),
        (
            "Dat ligt aan versie 4.2. Met de nieuwe versie 4.2.1, die vandaag in de winkel staat, werkt het weer.",
            "De code komt soms in de map ongewenst. Staat hij daar ook niet? Dan sturen we u er een met de hand.",
            "Hij rijdt gewoon. De planner is vanmiddag weer bij; excuses voor de verwarring.",
        ),
        ("Ja! Nu doet hij het.",),
    ),
    Topic(
        "bike",
        4,
        ("Mag mijn vouwfiets mee in {line}?", "Kan ik met de fiets op de veerboot naar Sint-Aldert?"),
        ("Ja, ingeklapt en gratis, de hele dag.", "Ja, een fiets kost 1,20 euro. De boot vaart elk half uur tot 21.45 uur."),
    ),
    Topic(
        "tourist",
        6,
        (
            "Hi, we are visiting Waardstede this weekend. Is there a day ticket for tram and ferry?",
            "Can I pay with my credit card in {line}?",
            "Which tram goes from the station to {stop}?",
        ),
        (
            "Welcome! The day ticket is 8.50 euros and is valid in all buses, trams and the ferry. You can buy it in our app.",
            "Yes: hold your card or phone against the reader when you get on and again when you get off.",
            "Tram A, every ten minutes from platform 2. It takes about twelve minutes.",
        ),
        ("Great, thank you! Do children pay?",),
        ("Children up to eleven travel free with you, four at most.",),
        language="en",
    ),
)

CALAMITY = Topic(
    "calamity",
    0,
    (
        "Waarom rijdt er helemaal niets vanaf {stop}?? Sta hier al {minutes} minuten in de kou.",
        "Geen tram te zien bij {stop} en het bord is zwart. Wat is er aan de hand?",
        "Hoe kom ik van {stop} naar {other}? Alle trams staan stil.",
        "Rijden er vervangende bussen? Niemand hier weet iets.",
        "Mijn kinderen staan bij {stop} en er komt geen tram. Wanneer rijdt er weer iets?",
        "Krijg ik mijn taxi vergoed nu de trams niet rijden?",
    ),
    (
        "Door een stroomstoring rijden er geen trams. Er rijden bussen vanaf {stop}. Kijk voor het laatste nieuws op onze statuspagina.",
        "Er is een grote stroomstoring. Op onze statuspagina staat elk half uur het laatste nieuws.",
        "Neem lijn 4 vanaf {stop}; die rijdt elk kwartier en uw kaartje is geldig. De trams staan stil door een stroomstoring.",
        "Ja, er rijden bussen langs alle tramhaltes. Ze vertrekken elk kwartier vanaf {stop}.",
        "Vervelend, zeker met kinderen. Over een kwartier stopt er een bus bij {stop}; de chauffeur weet ervan.",
        "Was het uw laatste rit van de dag? Dan vergoeden we de taxi tot 40 euro. Stuurt u ons de bon?",
    ),
    urgent=True,
)

DIVERSION = Topic(
    "diversion",
    0,
    (
        "Waar stopt lijn 12 nu in Elzendijk? Bij de kerk hangt alleen een papiertje.",
        "Hoe lang duurt de omleiding van lijn 12 nog? Ik moet om {later} bij de tandarts zijn.",
        "De bus reed zo voorbij bij Molenpad! Niemand die iets zegt.",
        "Mijn moeder loopt met een rollator, 300 meter naar de Ringdijk is te ver. Kan er iets anders?",
        "Haal ik met lijn 12 de boot van {later} in Sint-Aldert?",
    ),
    (
        "De tijdelijke halte is aan de Ringdijk, 300 meter van Elzendijk Kerk. Loop langs de school, dan ziet u de bus staan.",
        "De gemeente herstelt het wegdek. Reken de hele middag op 10 tot 15 minuten extra. Op onze statuspagina staat het laatste nieuws.",
        "Excuses, dat had er moeten staan. Molenpad slaan we over tot de weg hersteld is. De dichtstbijzijnde halte is Ringdijk.",
        "Natuurlijk. Bel 088 000 00 00, dan halen we uw moeder op met de buurtbus.",
        "Dat is krap: lijn 12 heeft ruim tien minuten vertraging. Neem voor de zekerheid de rit ervoor.",
    ),
    urgent=True,
)

THANKS = ("Dank je wel!", "Top, bedankt voor de snelle hulp.", "Fijn, dank u.", "Oké, dank.", "Super, thanks!")
THANKS_EN = ("Thank you so much!", "Perfect, thanks.")
AGAIN = ("Hallo?", "Is er iemand?", "Nog even: het gaat om vanmorgen.", "Ik hoor graag van jullie.")
ACKNOWLEDGEMENT = "Dit is een automatisch bericht. Dank voor uw bericht. We zijn nu gesloten."
NOTES = (
    "Nagevraagd bij de remise, wacht op bericht.",
    "Klant had vorige week dezelfde vraag, toen opgelost met correctie.",
    "Foto van de bon staat in de map.",
    "Verkeersleiding gebeld: rit 4127, defecte deur.",
)
SPAM = ("Verdien 3000 euro per week vanuit huis, klik op de link in mijn profiel!", "Goedkope zonnebrillen, nu 90% korting")

FIRST_NAMES = (
    *("Emma", "Lotte", "Sem", "Bram", "Youssef", "Aylin", "Jeroen", "Marijke", "Henk", "Wil", "Priya", "Tomasz", "Sofie"),
    *("Lars", "Hanneke", "Cor", "Esra", "Kees", "Nina", "Ravi", "Greet", "Jasper", "Mila", "Omar", "Tessa", "Wouter"),
    *("Ilse", "Farid", "Joke", "Stijn", "Zoë", "Piet", "Amira", "Rik", "Bo", "Anneke", "Deniz", "Gijs", "Vera", "Hugo"),
)
LAST_NAMES = (
    *("de Wit", "Jansen", "Bakker", "Kaya", "van Dijk", "Smit", "El Amrani", "Visser", "Mulder", "Bos", "Vos", "Peters"),
    *("Nowak", "Hendriks", "van Leeuwen", "Dekker", "Brouwer", "Singh", "Dijkstra", "Schouten", "Post", "Kuipers", "Prins"),
    *("Blom", "Huisman", "Postma", "Veenstra", "Kramer", "Yilmaz", "van Wijk", "Molenaar", "Koster", "Willems", "Timmer"),
)
