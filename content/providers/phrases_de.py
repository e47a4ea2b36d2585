"""The composer's German words; `informal|formal` gives both forms of address.

The informal one is the plural, since a post speaks to many.
"""

from content.providers.kinds import DETAIL, PRACTICAL, STORY, TIP, VISIT
from content.providers.phrase_book import Phrases
from domain.brand import Tone

BY_KIND: dict[str, Phrases] = {
    STORY: Phrases(
        questions=(
            "Schon gewusst?",
            "Wusstet ihr das?|Wussten Sie das?",
            "Wusstet ihr das schon?|Wussten Sie das schon?",
            "Hättet ihr das gedacht?|Hätten Sie das gedacht?",
            "Habt ihr das gewusst?|Haben Sie das gewusst?",
            "Neugierig?",
            "Wer hat das gewusst?",
            "Kurze Frage: Wusstet ihr das?|Kurze Frage: Wussten Sie das?",
            "Hättet ihr es gewusst?|Hätten Sie es gewusst?",
            "Was wisst ihr über das Thema {topic}?|Was wissen Sie über das Thema {topic}?",
            "Schon mal gehört?",
        ),
        leads=(
            "Gut zu wissen:",
            "Kurz und klar:",
            "Was wir gern erzählen:",
            "Zum Weitererzählen:",
            "Kurz notiert:",
            "Stichwort {topic}:",
            "Wissenswert:",
            "Nebenbei bemerkt:",
            "Für alle Neugierigen:",
            "Falls ihr mal gefragt werdet:|Falls Sie mal gefragt werden:",
        ),
        invitations=(
            "Wollt ihr mehr davon?|Wollen Sie mehr davon?",
            "Was möchtet ihr noch wissen?|Was möchten Sie noch wissen?",
            "Wem erzählt ihr das weiter?|Wem erzählen Sie das weiter?",
            "Was sollen wir als Nächstes erzählen?",
            "Habt ihr Fragen dazu?|Haben Sie Fragen dazu?",
            "Wusstet ihr das schon?|Wussten Sie das schon?",
            "War das neu für euch?|War das neu für Sie?",
            "Was sagt ihr dazu?|Was sagen Sie dazu?",
            "Wer hätte das gedacht?",
            "Wer von euch wusste das schon?|Wer von Ihnen wusste das schon?",
            "Noch Fragen? Wir antworten gern.",
        ),
        actions=(
            "Neu für euch? Dann erzählt es gern weiter."
            "|Neu für Sie? Dann erzählen Sie es gern weiter.",
            "Neugierig geworden? Fragt uns gern.|Neugierig geworden? Fragen Sie uns gern.",
            "Erzählt es gern weiter.|Erzählen Sie es gern weiter.",
            "Fragt uns, was ihr noch wissen wollt.|Fragen Sie uns, was Sie noch wissen wollen.",
            "Zeigt es jemandem, den das freut.|Zeigen Sie es jemandem, den das freut.",
            "Schreibt uns eure Fragen dazu.|Schreiben Sie uns Ihre Fragen dazu.",
            "Schickt es jemandem, den das interessiert."
            "|Schicken Sie es jemandem, den das interessiert.",
            "Sagt uns, was ihr als Nächstes wissen wollt."
            "|Sagen Sie uns, was Sie als Nächstes wissen wollen.",
        ),
    ),
    TIP: Phrases(
        questions=(
            "Lust auf einen Tipp?",
            "Darf es ein Tipp sein?",
            "Kennt ihr das schon?|Kennen Sie das schon?",
            "Kennt ihr diesen Tipp schon?|Kennen Sie diesen Tipp schon?",
            "Schon davon gehört?",
            "Kurz Zeit für einen Tipp?",
            "Neugierig auf einen Tipp?",
            "Schon mal so gemacht?",
        ),
        leads=(
            "Unser Tipp:",
            "Kleiner Tipp:",
            "Zum Nachmachen:",
            "Zum Ausprobieren:",
            "Ganz einfach:",
            "Zum Merken:",
            "Praktisch:",
            "Leicht gemacht:",
            "Unser Kniff:",
            "Schnell erklärt:",
        ),
        invitations=(
            "Wer probiert es aus?",
            "Wie macht ihr das?|Wie machen Sie das?",
            "Habt ihr noch einen Tipp?|Haben Sie noch einen Tipp?",
            "Schon ausprobiert?",
            "Mit wem probiert ihr das aus?|Mit wem probieren Sie das aus?",
            "Habt ihr einen eigenen Kniff?|Haben Sie einen eigenen Kniff?",
            "Kanntet ihr das schon?|Kannten Sie das schon?",
            "Was macht ihr anders?|Was machen Sie anders?",
            "Wann probiert ihr es aus?|Wann probieren Sie es aus?",
            "Noch Fragen? Wir antworten gern.",
        ),
        actions=(
            "Gerade keine Zeit? Speichert euch das für später."
            "|Gerade keine Zeit? Speichern Sie sich das für später.",
            "Schon nachgemacht? Schreibt uns, wie es war."
            "|Schon nachgemacht? Schreiben Sie uns, wie es war.",
            "Probiert es aus.|Probieren Sie es aus.",
            "Probiert es einfach mal.|Probieren Sie es einfach mal.",
            "Speichert euch das für später.|Speichern Sie sich das für später.",
            "Probiert es aus und schreibt uns, wie es war."
            "|Probieren Sie es aus und schreiben Sie uns, wie es war.",
            "Schickt es jemandem, der das brauchen kann."
            "|Schicken Sie es jemandem, der das brauchen kann.",
            "Verratet uns euren eigenen Kniff.|Verraten Sie uns Ihren eigenen Kniff.",
            "Macht es einfach nach.|Machen Sie es einfach nach.",
            "Sagt es gern weiter.|Sagen Sie es gern weiter.",
        ),
    ),
    DETAIL: Phrases(
        questions=(
            "Schon gewusst?",
            "Wusstet ihr das schon?|Wussten Sie das schon?",
            "Kennt ihr das schon?|Kennen Sie das schon?",
            "Neugierig?",
            "Kurze Frage: Wusstet ihr das?|Kurze Frage: Wussten Sie das?",
            "Wie war das noch gleich?",
        ),
        leads=(
            "Gut zu wissen:",
            "Auf einen Blick:",
            "Kurz und klar:",
            "Kurz notiert:",
            "Wissenswert:",
            "Für alle, die es genau wissen wollen:",
            "Schwarz auf weiß:",
            "Stichwort {topic}:",
            "Falls ihr mal gefragt werdet:|Falls Sie mal gefragt werden:",
        ),
        invitations=(
            "Neu für euch?|Neu für Sie?",
            "Was möchtet ihr noch wissen?|Was möchten Sie noch wissen?",
            "Habt ihr Fragen dazu?|Haben Sie Fragen dazu?",
            "Wusstet ihr das schon?|Wussten Sie das schon?",
            "Noch Fragen? Wir antworten gern.",
            "Was sollen wir noch erklären?",
            "Was interessiert euch noch?|Was interessiert Sie noch?",
            "Welche Fragen habt ihr noch?|Welche Fragen haben Sie noch?",
        ),
        actions=(
            "Neugierig geworden? Fragt uns gern.|Neugierig geworden? Fragen Sie uns gern.",
            "Noch Fragen? Schreibt uns gern.|Noch Fragen? Schreiben Sie uns gern.",
            "Fragt uns, was ihr noch wissen wollt.|Fragen Sie uns, was Sie noch wissen wollen.",
            "Schickt es jemandem, den das interessiert."
            "|Schicken Sie es jemandem, den das interessiert.",
            "Sagt es gern weiter.|Sagen Sie es gern weiter.",
            "Schreibt uns eure Fragen dazu.|Schreiben Sie uns Ihre Fragen dazu.",
            "Meldet euch, wenn ihr Fragen habt.|Melden Sie sich, wenn Sie Fragen haben.",
            "Schreibt uns, was euch noch interessiert."
            "|Schreiben Sie uns, was Sie noch interessiert.",
        ),
    ),
    VISIT: Phrases(
        questions=(
            "Schon etwas vor?",
            "Habt ihr schon etwas vor?|Haben Sie schon etwas vor?",
            "Lust auf einen Besuch?",
            "Wart ihr schon bei uns?|Waren Sie schon bei uns?",
            "Habt ihr Zeit?|Haben Sie Zeit?",
            "Seid ihr in der Nähe?|Sind Sie in der Nähe?",
            "Schon Pläne?",
            "Sehen wir uns?",
            "Plant ihr gerade einen Ausflug?|Planen Sie gerade einen Ausflug?",
        ),
        leads=(
            "Zum Vormerken:",
            "Für euren Kalender:|Für Ihren Kalender:",
            "Für eure Planung:|Für Ihre Planung:",
            "Gut zu wissen:",
            "Auf einen Blick:",
            "Für alle, die uns besuchen wollen:",
            "Zur Erinnerung:",
            "Für den nächsten Ausflug:",
            "Für den nächsten Besuch:",
        ),
        invitations=(
            "Sehen wir uns?",
            "Wer kommt mit?",
            "Wann kommt ihr vorbei?|Wann kommen Sie vorbei?",
            "Mit wem kommt ihr vorbei?|Mit wem kommen Sie vorbei?",
            "Wart ihr schon einmal da?|Waren Sie schon einmal da?",
            "Wen bringt ihr mit?|Wen bringen Sie mit?",
            "Wer ist dabei?",
            "Noch Fragen? Wir antworten gern.",
        ),
        actions=(
            "Noch nichts vor? Kommt gern vorbei.|Noch nichts vor? Kommen Sie gern vorbei.",
            "Lieber zu zweit? Bringt gern jemanden mit."
            "|Lieber zu zweit? Bringen Sie gern jemanden mit.",
            "Kommt gern vorbei.|Kommen Sie gern vorbei.",
            "Schaut gern vorbei.|Schauen Sie gern vorbei.",
            "Merkt es euch gern vor.|Merken Sie es sich gern vor.",
            "Bringt gern jemanden mit.|Bringen Sie gern jemanden mit.",
            "Sagt es gern weiter.|Sagen Sie es gern weiter.",
            "Schickt es jemandem, der gern mitkommt.|Schicken Sie es jemandem, der gern mitkommt.",
            "Fragt uns, wenn etwas unklar ist.|Fragen Sie uns, wenn etwas unklar ist.",
        ),
    ),
    PRACTICAL: Phrases(
        questions=(
            "Bereit für das Praktische?",
            "Kennt ihr das schon?|Kennen Sie das schon?",
            "Schon auf dem Zettel?",
            "Habt ihr euch das auch schon gefragt?|Haben Sie sich das auch schon gefragt?",
            "Gerade am Planen?",
            "Wie war das noch gleich?",
        ),
        leads=(
            "Gut zu wissen:",
            "Auf einen Blick:",
            "Kurz und klar:",
            "Für eure Planung:|Für Ihre Planung:",
            "Zur Erinnerung:",
            "Für alle, die es genau wissen wollen:",
            "Schwarz auf weiß:",
            "Damit ihr Bescheid wisst:|Damit Sie Bescheid wissen:",
            "Kurz notiert:",
            "Für den Merkzettel:",
            "Ganz praktisch:",
        ),
        invitations=(
            "Noch Fragen? Wir antworten gern.",
            "Was möchtet ihr noch wissen?|Was möchten Sie noch wissen?",
            "Passt das für euch?|Passt das für Sie?",
            "Habt ihr Fragen dazu?|Haben Sie Fragen dazu?",
            "Kennt ihr jemanden, den das interessiert?|Kennen Sie jemanden, den das interessiert?",
            "Was sollen wir noch erklären?",
            "Ist noch etwas offen?",
        ),
        actions=(
            "Noch Fragen? Schreibt uns gern.|Noch Fragen? Schreiben Sie uns gern.",
            "Hilfreich? Sagt es gern weiter.|Hilfreich? Sagen Sie es gern weiter.",
            "Sagt es gern weiter.|Sagen Sie es gern weiter.",
            "Schickt es jemandem, den das interessiert."
            "|Schicken Sie es jemandem, den das interessiert.",
            "Fragt uns, wenn etwas unklar ist.|Fragen Sie uns, wenn etwas unklar ist.",
            "Meldet euch, wenn ihr Fragen habt.|Melden Sie sich, wenn Sie Fragen haben.",
            "Schreibt uns, was ihr noch wissen wollt."
            "|Schreiben Sie uns, was Sie noch wissen wollen.",
        ),
    ),
}

POINTERS = (
    "Mehr dazu:",
    "Alles Weitere:",
    "Hier weiterlesen:",
    "Alle Details:",
    "Mehr erfahren:",
    "Zum Nachlesen:",
    "Hier steht mehr:",
    "Wer mehr wissen will:",
)
JOINTS = {
    STORY: (
        "Und noch etwas:",
        "Und noch etwas über uns:",
        "Wo wir schon dabei sind:",
        "Noch etwas für alle Neugierigen:",
    ),
    TIP: ("Noch ein Tipp:", "Und noch ein Kniff:", "Gleich noch ein Tipp:", "Auch zum Merken:"),
    DETAIL: (
        "Noch ein Detail:",
        "Auch gut zu wissen:",
        "Und ganz genau:",
        "Ebenfalls wissenswert:",
    ),
    VISIT: (
        "Wenn ihr schon da seid:|Wenn Sie schon da sind:",
        "Auch etwas für den Ausflug:",
        "Noch etwas für eure Planung:|Noch etwas für Ihre Planung:",
        "Ebenfalls zum Vormerken:",
    ),
    PRACTICAL: (
        "Auch gut zu wissen:",
        "Auch für den Merkzettel:",
        "Noch etwas für eure Planung:|Noch etwas für Ihre Planung:",
        "Ebenfalls praktisch:",
    ),
}
MIXED_JOINTS = (
    "Und noch etwas:",
    "Übrigens:",
    "Außerdem:",
    "Noch etwas von uns:",
    "Und sonst noch:",
)
QUESTIONS = (
    "Noch Fragen? Wir antworten gern.",
    "Was möchtet ihr noch wissen?|Was möchten Sie noch wissen?",
    "Habt ihr Fragen dazu?|Haben Sie Fragen dazu?",
    "Was interessiert euch noch?|Was interessiert Sie noch?",
)
NUMBERS = ("Die Zahl des Tages: {figure}", "Eine Zahl zum Merken: {figure}")
BY_TONE: dict[Tone, tuple[tuple[str, ...], tuple[str, ...]]] = {
    Tone.CASUAL: (("Na, schon gewusst?",), ("Für zwischendurch:",)),
    Tone.HUMOROUS: (
        ("Bereit für etwas Partywissen?",),
        ("Für die nächste Quizrunde:", "Angeberwissen, frisch geliefert:"),
    ),
    Tone.EDUCATIONAL: (("Gewusst oder nicht gewusst?",), ("Kurz erklärt:",)),
}
