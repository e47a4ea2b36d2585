"""The composer's own words: openings and endings that claim nothing and fit every topic.

In German, `informal|formal` gives both forms of address. `{topic}` is the brief's topic. No phrase
holds a number, a name or a promise.
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
            "Wusstest du das schon?|Wussten Sie das schon?",
            "{topic}: Was steckt dahinter?",
            "{topic}: Worauf kommt es an?",
            "Warum wir über {topic} reden? Darum:",
            "Worauf achtest du beim Thema {topic}?|Worauf achten Sie beim Thema {topic}?",
            "Was ist dir beim Thema {topic} wichtig?|Was ist Ihnen beim Thema {topic} wichtig?",
            "Neugierig auf {topic}?",
            "Kurze Frage zum Thema {topic}: War dir das klar?"
            "|Kurze Frage zum Thema {topic}: War Ihnen das klar?",
            "Was fällt dir zum Thema {topic} ein? Uns das hier:"
            "|Was fällt Ihnen zum Thema {topic} ein? Uns das hier:",
            "Lust auf etwas Wissen zum Thema {topic}?",
        ),
        leads=(
            "Gut zu wissen:",
            "Kurz und klar:",
            "Zum Thema {topic}:",
            "Heute im Blick: {topic}.",
            "Ein Wort zum Thema {topic}:",
            "{topic}, kurz erklärt:",
            "Was wir zum Thema {topic} gern erzählen:",
            "Für den Merkzettel:",
            "Einfach gesagt:",
            "Aus erster Hand:",
            "Unser Stichwort heute: {topic}.",
            "Lesenswert in einem Satz:",
        ),
        invitations=(
            "Was meinst du dazu?|Was meinen Sie dazu?",
            "Wie hältst du es damit?|Wie halten Sie es damit?",
            "Hättest du das gedacht?|Hätten Sie das gedacht?",
            "Wie siehst du das?|Wie sehen Sie das?",
            "Was möchtest du noch wissen?|Was möchten Sie noch wissen?",
            "Schreib uns deine Meinung.|Schreiben Sie uns Ihre Meinung.",
            "Was ist dir daran wichtig?|Was ist Ihnen daran wichtig?",
            "Fragen dazu? Wir antworten gern.",
            "Erzähl uns davon in den Kommentaren.|Erzählen Sie uns davon in den Kommentaren.",
            "Welche Frage hast du zum Thema {topic}?|Welche Frage haben Sie zum Thema {topic}?",
        ),
        endings=(
            "Gern weitersagen.",
            "Schön, dass du mitliest.|Schön, dass Sie mitlesen.",
            "Danke fürs Lesen.",
            "Merken lohnt sich.",
            "Jetzt weißt du Bescheid.|Jetzt wissen Sie Bescheid.",
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
            "Did you know this about {topic}?",
            "Curious about {topic}?",
            "Ever wondered about {topic}?",
            "What do you look for when it comes to {topic}?",
            "Why do we talk about {topic}? Here is why:",
            "Thinking about {topic}?",
            "How well do you know {topic}?",
            "Heard this about {topic} yet?",
            "What comes to mind when you think of {topic}? For us, it is this:",
            "New to {topic}? Start here:",
        ),
        leads=(
            "Good to know:",
            "In short:",
            "On {topic}:",
            "A word on {topic}:",
            "Worth knowing:",
            "Plainly put:",
            "A note on {topic}:",
            "Today's subject: {topic}.",
            "Let's talk about {topic}.",
            "What we like to say about {topic}:",
            "For your notebook:",
            "Straight from the source:",
        ),
        invitations=(
            "What do you think?",
            "How do you see it?",
            "Would you have guessed?",
            "What matters most to you?",
            "What would you like to know?",
            "Tell us in the comments.",
            "Questions? We are happy to answer.",
            "Does it matter to you, too?",
            "What is your take on {topic}?",
            "Which question about {topic} should we answer next?",
        ),
        endings=(
            "Feel free to pass it on.",
            "Thanks for reading.",
            "Save it for later.",
            "Now you know.",
            "Worth remembering.",
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
        ("Hand aufs Herz: Wusstest du das?|Hand aufs Herz: Wussten Sie das?", "Na, schon gewusst?"),
        ("Kleiner Fakt für zwischendurch:", "Mal kurz zum Thema {topic}:"),
    ),
    ("de", Tone.HUMOROUS): (
        ("Bereit für etwas Partywissen?", "Bereit zum Angeben beim Thema {topic}?"),
        ("Für die nächste Quizrunde:", "Angeberwissen, frisch geliefert:"),
    ),
    ("de", Tone.EDUCATIONAL): (
        ("Was bedeutet das eigentlich: {topic}?", "Wie war das noch mit dem Thema {topic}?"),
        ("Kurz erklärt:", "Wissen zum Thema {topic}:"),
    ),
    ("en", Tone.CASUAL): (
        ("Quick question: did you know?", "Fancy a fact about {topic}?"),
        ("Just so you know:", "Little fact for your day:"),
    ),
    ("en", Tone.HUMOROUS): (
        ("Ready to show off about {topic}?", "Need something for the next pub quiz?"),
        ("File under things to say at dinner:", "Handy for awkward silences:"),
    ),
    ("en", Tone.EDUCATIONAL): (
        ("What is behind {topic}?", "Want to learn something about {topic}?"),
        ("Briefly explained:", "A short lesson on {topic}:"),
    ),
}
"""Further questions and leads, by language and tone."""
