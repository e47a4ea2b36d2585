"""The composer's own words: openings and endings that claim nothing, by the kind of fact.

In German, `informal|formal` gives both forms of address; the informal one is the plural, since a
post speaks to many. No phrase holds a number, a name or a promise.
"""

from dataclasses import dataclass

from content.providers.kinds import PRACTICAL, STORY, TIP
from domain.brand import Tone


@dataclass(frozen=True, slots=True)
class Phrases:
    """Phrases for one kind of fact in one language.

    Attributes:
        questions: openings that ask.
        leads: openings that lead into the fact.
        invitations: endings that ask the reader for an answer.
        actions: endings that give the reader something to do.
    """

    questions: tuple[str, ...]
    leads: tuple[str, ...]
    invitations: tuple[str, ...]
    actions: tuple[str, ...]


PHRASES: dict[str, dict[str, Phrases]] = {
    "de": {
        STORY: Phrases(
            questions=(
                "Schon gewusst?",
                "Wusstet ihr das?|Wussten Sie das?",
                "Kanntet ihr das schon?|Kannten Sie das schon?",
                "Hättet ihr das gedacht?|Hätten Sie das gedacht?",
                "War euch das klar?|War Ihnen das klar?",
                "Ist das neu für euch?|Ist das neu für Sie?",
                "Habt ihr das gewusst?|Haben Sie das gewusst?",
                "Wie ist das eigentlich bei uns?",
                "Neugierig?",
                "Kurze Frage: Kennt ihr das schon?|Kurze Frage: Kennen Sie das schon?",
                "Wer weiß es schon?",
            ),
            leads=(
                "Gut zu wissen:",
                "Kurz und klar:",
                "Aus erster Hand:",
                "Einfach gesagt:",
                "Was wir gern erzählen:",
                "So ist das bei uns:",
                "Ein Blick hinter die Kulissen:",
                "Das gehört zu uns:",
                "Zum Weitererzählen:",
                "Kurz notiert:",
                "Aus unserem Alltag:",
            ),
            invitations=(
                "Neu für euch?|Neu für Sie?",
                "Hättet ihr das gedacht?|Hätten Sie das gedacht?",
                "Was möchtet ihr noch wissen?|Was möchten Sie noch wissen?",
                "Wem erzählt ihr das weiter?|Wem erzählen Sie das weiter?",
                "Was sollen wir als Nächstes erzählen?",
                "Welche Frage habt ihr dazu?|Welche Frage haben Sie dazu?",
                "Kanntet ihr das schon?|Kannten Sie das schon?",
                "Was fällt euch dazu ein?|Was fällt Ihnen dazu ein?",
                "Was denkt ihr?|Was denken Sie?",
                "Wusstet ihr das schon?|Wussten Sie das schon?",
                "Noch Fragen? Wir antworten gern.",
            ),
            actions=(
                "Erzählt es gern weiter.|Erzählen Sie es gern weiter.",
                "Schreibt uns, was ihr denkt.|Schreiben Sie uns, was Sie denken.",
                "Fragt uns, was ihr noch wissen wollt.|Fragen Sie uns, was Sie noch wissen wollen.",
                "Merkt es euch für das nächste Gespräch."
                "|Merken Sie es sich für das nächste Gespräch.",
                "Zeigt es jemandem, den das freut.|Zeigen Sie es jemandem, den das freut.",
                "Schreibt uns eure Frage.|Schreiben Sie uns Ihre Frage.",
                "Sagt uns, was wir als Nächstes erzählen sollen."
                "|Sagen Sie uns, was wir als Nächstes erzählen sollen.",
            ),
        ),
        TIP: Phrases(
            questions=(
                "Lust auf einen Tipp?",
                "Schon ausprobiert?",
                "Habt ihr das schon probiert?|Haben Sie das schon probiert?",
                "Kennt ihr diesen Kniff?|Kennen Sie diesen Kniff?",
                "Wer probiert es aus?",
                "Wie geht das bei euch?|Wie geht das bei Ihnen?",
                "Kurz Zeit?",
                "Noch eine Idee gesucht?",
                "Wie machen wir das?",
                "Sucht ihr noch eine Idee?|Suchen Sie noch eine Idee?",
            ),
            leads=(
                "Unser Tipp:",
                "Kleiner Tipp:",
                "Zum Nachmachen:",
                "Zum Ausprobieren:",
                "Ganz einfach:",
                "Für den Merkzettel:",
                "Zum Merken:",
                "Praktisch:",
                "Leicht gemacht:",
                "Unser Kniff:",
                "Eine Idee für heute:",
                "Schnell erklärt:",
            ),
            invitations=(
                "Wer probiert es aus?",
                "Wie macht ihr das?|Wie machen Sie das?",
                "Habt ihr noch einen Tipp?|Haben Sie noch einen Tipp?",
                "Schon ausprobiert?",
                "Klappt das bei euch auch?|Klappt das bei Ihnen auch?",
                "Mit wem probiert ihr das aus?|Mit wem probieren Sie das aus?",
                "Was ist euer Kniff?|Was ist Ihr Kniff?",
                "Kanntet ihr das schon?|Kannten Sie das schon?",
                "Macht ihr das auch so?|Machen Sie das auch so?",
                "Wann probiert ihr es aus?|Wann probieren Sie es aus?",
                "Welchen Tipp braucht ihr noch?|Welchen Tipp brauchen Sie noch?",
            ),
            actions=(
                "Probiert es aus.|Probieren Sie es aus.",
                "Macht es einfach nach.|Machen Sie es einfach nach.",
                "Speichert euch das.|Speichern Sie sich das.",
                "Schreibt uns, wie es war.|Schreiben Sie uns, wie es war.",
                "Schickt es jemandem, der das brauchen kann."
                "|Schicken Sie es jemandem, der das brauchen kann.",
                "Verratet uns euren Tipp.|Verraten Sie uns Ihren Tipp.",
                "Zeigt uns, wie es geworden ist.|Zeigen Sie uns, wie es geworden ist.",
            ),
        ),
        PRACTICAL: Phrases(
            questions=(
                "Schon vorgemerkt?",
                "Habt ihr das auf dem Zettel?|Haben Sie das auf dem Zettel?",
                "Wusstet ihr das schon?|Wussten Sie das schon?",
                "Kennt ihr das schon?|Kennen Sie das schon?",
                "Schon auf dem Zettel?",
                "Wolltet ihr das immer schon wissen?|Wollten Sie das immer schon wissen?",
                "Kurz nachgefragt: War euch das klar?|Kurz nachgefragt: War Ihnen das klar?",
                "Wer hat gefragt? Hier ist die Antwort.",
            ),
            leads=(
                "Zum Vormerken:",
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
                "Fehlt euch noch eine Angabe?|Fehlt Ihnen noch eine Angabe?",
                "Wer merkt es sich?",
                "Passt das für euch?|Passt das für Sie?",
                "Wem sagt ihr es weiter?|Wem sagen Sie es weiter?",
                "Ist das neu für euch?|Ist das neu für Sie?",
                "Kennt ihr jemanden, der das wissen sollte?"
                "|Kennen Sie jemanden, der das wissen sollte?",
                "Habt ihr Fragen dazu?|Haben Sie Fragen dazu?",
                "Schon vorgemerkt?",
                "Was sollen wir noch erklären?",
            ),
            actions=(
                "Merkt es euch.|Merken Sie es sich.",
                "Speichert euch das.|Speichern Sie sich das.",
                "Sagt es gern weiter.|Sagen Sie es gern weiter.",
                "Schickt es jemandem, der das wissen sollte."
                "|Schicken Sie es jemandem, der das wissen sollte.",
                "Fragt uns, wenn etwas fehlt.|Fragen Sie uns, wenn etwas fehlt.",
                "Schreibt es euch auf.|Schreiben Sie es sich auf.",
                "Plant gern damit.|Planen Sie gern damit.",
            ),
        ),
    },
    "en": {
        STORY: Phrases(
            questions=(
                "Did you know?",
                "Did you know this about us?",
                "Have you heard this one?",
                "Would you have guessed?",
                "Is this new to you?",
                "Curious how we do things?",
                "Ever wondered?",
                "Ready for a small fact?",
                "Something new for you?",
                "Who knew?",
                "Quick question: did you know?",
            ),
            leads=(
                "Good to know:",
                "In short:",
                "Worth knowing:",
                "Plainly put:",
                "Straight from us:",
                "A small thing worth sharing:",
                "Behind the scenes:",
                "This is how we do it:",
                "Something we like to tell:",
                "One for your notebook:",
                "What we are about:",
            ),
            invitations=(
                "News to you?",
                "Did you know that already?",
                "Would you have guessed?",
                "What else would you like to know?",
                "Who would you tell?",
                "What should we tell you next?",
                "What do you make of that?",
                "Any questions? We are happy to answer.",
                "Which question should we answer next?",
                "What springs to mind?",
                "What do you think?",
            ),
            actions=(
                "Tell somebody who would like this.",
                "Ask us anything about it.",
                "Tell us what you think.",
                "Keep it for your next conversation.",
                "Send us your question.",
                "Tell us what to write about next.",
                "Show it to a friend.",
            ),
        ),
        TIP: Phrases(
            questions=(
                "Fancy a tip?",
                "Tried this yet?",
                "Do you know this trick?",
                "How do you do it?",
                "Got a minute?",
                "Who will give it a go?",
                "Need an idea?",
                "How do we do it?",
                "Doing it already?",
                "Want to know how we do it?",
            ),
            leads=(
                "Our tip:",
                "A small tip:",
                "Easy does it:",
                "Try this:",
                "One to remember:",
                "Handy:",
                "Made easy:",
                "A trick of ours:",
                "Our advice:",
                "Quickly explained:",
                "Worth a try:",
                "One for your notebook:",
            ),
            invitations=(
                "Who will give it a go?",
                "How do you do it?",
                "Do you have a tip of your own?",
                "Tried it already?",
                "Does it work for you too?",
                "What is your trick?",
                "Did you know this one?",
                "Do you do it the same way?",
                "When will you try it?",
                "Which tip do you need next?",
                "What would you add?",
            ),
            actions=(
                "Give it a go.",
                "Try it and tell us how it went.",
                "Save this for later.",
                "Send it to somebody who needs it.",
                "Tell us your own tip.",
                "Show us how it turned out.",
                "Keep it in mind.",
            ),
        ),
        PRACTICAL: Phrases(
            questions=(
                "Made a note of this?",
                "Is this on your list?",
                "Did you know?",
                "Planning ahead?",
                "Always wanted to know?",
                "You asked? Here is the answer.",
                "Have you got this down?",
                "Is this new to you?",
                "Looking for the details?",
            ),
            leads=(
                "Worth a note:",
                "Good to know:",
                "At a glance:",
                "In short:",
                "For your plans:",
                "A reminder:",
                "For everyone who asks:",
                "In black and white:",
                "Just so you know:",
                "For your notebook:",
                "The practical side:",
                "Plain and simple:",
            ),
            invitations=(
                "Any questions? We are happy to answer.",
                "What else would you like to know?",
                "Is there anything missing?",
                "Who will make a note?",
                "Does that work for you?",
                "Who should know this?",
                "News to you?",
                "Do you know somebody who asked?",
                "Have you got questions?",
                "Made a note?",
                "What else should we explain?",
            ),
            actions=(
                "Make a note.",
                "Save this for later.",
                "Pass it on.",
                "Send it to somebody who should know.",
                "Ask us if anything is missing.",
                "Write it down.",
                "Keep it in mind.",
            ),
        ),
    },
}

POINTERS = {
    "de": ("Mehr dazu:", "Alles Weitere:", "Hier weiterlesen:", "Die Einzelheiten:",
           "Mehr erfahren:", "Zum Nachlesen:", "Ausführlich hier:", "Hier steht mehr:"),
    "en": ("Read more:", "More here:", "The details:", "Find out more:", "Have a look:",
           "More on this:", "Read on:", "The longer version:"),
}  # fmt: skip
"""Endings that point to the link behind them."""

JOINTS = {
    "de": ("Und noch etwas:", "Dazu passt:", "Außerdem:", "Übrigens:", "Nebenbei:"),
    "en": ("And another thing:", "On that note:", "What is more:", "By the way:", "Also:"),
}
"""What stands between two facts."""

BY_TONE: dict[tuple[str, Tone], tuple[tuple[str, ...], tuple[str, ...]]] = {
    ("de", Tone.CASUAL): (("Na, schon gewusst?",), ("Für zwischendurch:",)),
    ("de", Tone.HUMOROUS): (
        ("Bereit für etwas Partywissen?",),
        ("Für die nächste Quizrunde:", "Angeberwissen, frisch geliefert:"),
    ),
    ("de", Tone.EDUCATIONAL): (("Gewusst oder nicht gewusst?",), ("Kurz erklärt:",)),
    ("en", Tone.CASUAL): (("Fancy a small fact?",), ("Little fact for your day:",)),
    ("en", Tone.HUMOROUS): (
        ("Need something for the next pub quiz?",),
        ("File under things to say at dinner:", "Handy for awkward silences:"),
    ),
    ("en", Tone.EDUCATIONAL): (("Knew it, or new to you?",), ("Briefly explained:",)),
}
"""Further questions and leads for stories, by language and tone."""
