"""The composer's own words: openings and endings that claim nothing and fit every topic.

In German, `informal|formal` gives both forms of address; the informal one is the plural, since a
post speaks to many. `{topic}` is the brief's topic, placed where any noun fits. No phrase holds a
number, a name or a promise.
"""

from dataclasses import dataclass

from domain.brand import Tone


@dataclass(frozen=True, slots=True)
class Phrases:
    """Phrases of one language.

    Attributes:
        questions: openings that ask.
        leads: openings that lead into the fact.
        invitations: endings that ask the reader for an answer.
        endings: endings that need no answer.
        pointers: endings that point to the link behind them.
    """

    questions: tuple[str, ...]
    leads: tuple[str, ...]
    invitations: tuple[str, ...]
    endings: tuple[str, ...]
    pointers: tuple[str, ...]


PHRASES: dict[str, Phrases] = {
    "de": Phrases(
        questions=(
            "Schon gewusst?",
            "Wusstet ihr das schon?|Wussten Sie das schon?",
            "Kanntet ihr das schon?|Kannten Sie das schon?",
            "Habt ihr das gewusst?|Haben Sie das gewusst?",
            "War euch das klar?|War Ihnen das klar?",
            "Kurz Zeit für ein Stück Wissen?",
            "Was gehört für uns zum Thema {topic}? Zum Beispiel das:",
            "Kennt ihr das schon?|Kennen Sie das schon?",
            "Ist das neu für euch?|Ist das neu für Sie?",
            "{topic} bei uns: Wie sieht das aus? So:",
            "Interessiert an {topic}? Dann ist das hier für euch:"
            "|Interessiert am Thema {topic}? Dann ist das hier für Sie:",
        ),
        leads=(
            "Gut zu wissen:",
            "Kurz und klar:",
            "Zum Thema {topic}:",
            "Heute im Blick: {topic}.",
            "Ein Wort zum Thema {topic}:",
            "Was wir zum Thema {topic} gern erzählen:",
            "Für den Merkzettel:",
            "Einfach gesagt:",
            "Aus erster Hand:",
            "Stichwort {topic}:",
            "Unser Thema heute: {topic}.",
            "Kurz notiert:",
        ),
        invitations=(
            "Wusstet ihr das schon?|Wussten Sie das schon?",
            "Kanntet ihr das schon?|Kannten Sie das schon?",
            "Neu für euch?|Neu für Sie?",
            "Was möchtet ihr noch wissen?|Was möchten Sie noch wissen?",
            "Fragen dazu? Wir antworten gern.",
            "Noch Fragen? Schreibt uns.|Noch Fragen? Schreiben Sie uns.",
            "Fragen zum Thema {topic}? Her damit.|Fragen zum Thema {topic}? Sehr gern.",
            "Was ist euch beim Thema {topic} wichtig?|Was ist Ihnen beim Thema {topic} wichtig?",
            "Welche Frage habt ihr zum Thema {topic}?|Welche Frage haben Sie zum Thema {topic}?",
            "Was verbindet ihr mit dem Thema {topic}?|Was verbinden Sie mit dem Thema {topic}?",
            "Wem würdet ihr das weitersagen?|Wem würden Sie das weitersagen?",
        ),
        endings=(
            "Gern weitersagen.",
            "Schön, dass ihr mitlest.|Schön, dass Sie mitlesen.",
            "Jetzt wisst ihr Bescheid.|Jetzt wissen Sie Bescheid.",
            "Fragen dazu? Gern.",
            "Merken und weitersagen.",
            "Das wollten wir nur kurz erzählen.",
        ),
        pointers=(
            "Mehr dazu:",
            "Alles Weitere:",
            "Hier weiterlesen:",
            "Die Einzelheiten:",
            "Mehr erfahren:",
            "Zum Nachlesen:",
            "Ausführlich hier:",
            "Hier steht mehr:",
        ),
    ),
    "en": Phrases(
        questions=(
            "Did you know?",
            "Did you know this?",
            "Have you heard this?",
            "Got a moment?",
            "Ready for a small fact?",
            "Ever wondered how we do things? Here is a glimpse:",
            "Is this new to you?",
            "Did this one pass you by?",
            "What belongs to {topic} for us? This, for example:",
            "Want to know something about us?",
            "Where shall we start today? Here:",
            "Something new for you?",
        ),
        leads=(
            "Good to know:",
            "In short:",
            "On the subject of {topic}:",
            "A word on {topic}:",
            "Worth knowing:",
            "Plainly put:",
            "A note on {topic}:",
            "Today's subject: {topic}.",
            "For your notebook:",
            "Straight from us:",
            "A small thing worth sharing:",
            "Noted:",
        ),
        invitations=(
            "Did you know?",
            "News to you?",
            "Did you know that already?",
            "What else would you like to know?",
            "Questions? We are happy to answer.",
            "Any questions? Ask away.",
            "Questions about {topic}? Ask away.",
            "Anything you would like to ask us?",
            "Which question should we answer next?",
            "What would you like to know about {topic}?",
            "Who would you tell?",
        ),
        endings=(
            "Feel free to pass it on.",
            "Thanks for reading.",
            "Save it for later.",
            "Now you know.",
            "Questions welcome.",
            "We thought you might like to know.",
        ),
        pointers=(
            "Read more:",
            "More here:",
            "The details:",
            "Find out more:",
            "Have a look:",
            "More on this:",
            "Read on:",
            "The longer version:",
        ),
    ),
}

BY_TONE: dict[tuple[str, Tone], tuple[tuple[str, ...], tuple[str, ...]]] = {
    ("de", Tone.CASUAL): (
        ("Hand aufs Herz: Wusstet ihr das?|Hand aufs Herz: Wussten Sie das?", "Na, schon gewusst?"),
        ("Für zwischendurch:", "Mal kurz zum Thema {topic}:"),
    ),
    ("de", Tone.HUMOROUS): (
        (
            "Bereit für etwas Partywissen?",
            "Wie gewinnt man die nächste Quizrunde? Vielleicht damit:",
        ),
        ("Für die nächste Quizrunde:", "Angeberwissen, frisch geliefert:"),
    ),
    ("de", Tone.EDUCATIONAL): (
        ("Gewusst oder nicht gewusst?", "Was gibt es zum Thema {topic} zu lernen? Zum Beispiel:"),
        ("Kurz erklärt:", "Wissen zum Thema {topic}:"),
    ),
    ("en", Tone.CASUAL): (
        ("Quick question: did you know?", "Fancy a small fact?"),
        ("Just so you know:", "Little fact for your day:"),
    ),
    ("en", Tone.HUMOROUS): (
        ("Need something for the next pub quiz?", "How do you win a pub quiz? Perhaps with this:"),
        ("File under things to say at dinner:", "Handy for awkward silences:"),
    ),
    ("en", Tone.EDUCATIONAL): (
        ("Want to learn something about {topic}?", "Knew it, or new to you?"),
        ("Briefly explained:", "A short lesson on {topic}:"),
    ),
}
"""Further questions and leads, by language and tone."""
