"""Whole sentences for the trial of the facts gate, none of which a fact gives."""

ADDED: dict[str, dict[str, tuple[str, ...]]] = {
    "quantity": {
        "de": (
            "Jeder Dritte sagt das auch.", "Tausende sind schon dabei.",
            "Hunderte haben es probiert.", "Wir haben den Preis halbiert.",
            "Die Nachfrage hat sich verdreifacht.", "Zwei von drei kommen wieder.",
            "Jede zweite Bestellung kommt aus dem Norden.", "Dreimal so gut wie gedacht.",
            "Die meisten bleiben dabei.", "Ein Viertel der Leute kommt zu Fuß.",
            "Das ist unser zehnter Versuch.", "Unzählige Leute fragen danach.",
            "Dutzende warten schon.", "Fast alle mögen das.", "Verzehnfacht hat es sich auch.",
            "Einer von zehn merkt es sofort.",
        ),
        "en": (
            "Every third order goes abroad.", "Thousands agree.", "Sales tripled.",
            "Dozens of people asked for it.", "We halved the price.", "Two in three come back.",
            "Most people stay with it.", "It is ten times as good.", "Every other order is ours.",
            "A quarter of it goes abroad.", "This is our tenth try.",
            "Countless people ask for it.",
            "Nearly all of them like it.", "Demand doubled.", "Millions know it.",
            "One in ten will notice.",
        ),
    },
    "past": {
        "de": (
            "Gestern haben wir darauf angestoßen.", "Letztes Jahr war alles anders.",
            "Vor kurzem haben wir umgebaut.", "Neulich war die Presse da.",
            "Seit Generationen machen wir das so.", "Vor zehn Jahren fing alles an.",
            "Letzten Sommer war geschlossen.", "Vorgestern ging die Maschine kaputt.",
            "In den letzten Wochen war viel los.", "Seit Jahrzehnten geht das so.",
            "Vergangenen Winter sind wir umgezogen.", "Vor Jahren war hier ein Stall.",
        ),
        "en": (
            "Yesterday we raised a glass to it.", "Last year everything was different.",
            "We recently rebuilt the place.", "The other day the press came by.",
            "For generations we have done it this way.", "It all began ten years ago.",
            "Last summer we were closed.", "A week ago a machine broke down.",
            "The past few weeks were busy.", "For decades it has been so.",
            "Last winter we moved.", "Earlier this year we had a stall here.",
        ),
    },
    "claim": {
        "de": (
            "Zu jeder Bestellung gibt es ein Geschenk.", "Wir haben einen Designpreis gewonnen.",
            "Ärzte schwören darauf.", "Wir spenden einen Teil der Einnahmen.",
            "Der Betrieb gehört jetzt einem Konzern.", "Unser Chef ist Weltmeister im Ringen.",
            "Hunde bekommen bei uns Leckerli.", "Alles ist laktosefrei und vegan.",
            "Wir exportieren nach Übersee.", "Kinder zahlen keinen Eintritt.",
            "Das Patent ist angemeldet.", "Ein Filmteam hat bei uns gedreht.",
            "Wir bauen eine neue Lagerhalle.", "Der Versand ist versichert.",
            "Experten empfehlen uns.", "Mönche haben das Verfahren erfunden.",
        ),
        "en": (
            "Every order comes with a gift box.", "We won a design award.",
            "Doctors swear by it.", "We donate part of the proceeds to charity.",
            "A corporation owns us now.", "Our founder was a sailor.",
            "Dogs get a biscuit from us.", "It is vegan and lactose-free.",
            "We export to America.", "Children pay no entrance fee.",
            "The patent is pending.", "A film crew shot a scene here.",
            "We are building a warehouse.", "The parcel is insured.",
            "Experts recommend us.", "Monks invented the method.",
        ),
    },
}  # fmt: skip
"""By kind and language: `quantity` without a figure, `past`, and `claim` for anything else."""
