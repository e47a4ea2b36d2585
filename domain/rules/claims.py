"""Rules on claims that law or good faith restrict: health, money, superlatives, nature, offers.

What the facts say passes: there the brand vouches for it. Sources: Regulations (EC) 1924/2006 and
(EU) 432/2012 for health claims, Directives 2005/29/EC and (EU) 2024/825 for superlatives, offers
and green claims, Regulation (EU) 2017/565 Art. 44 for promises of returns.
"""

from domain.compliance import ComplianceCheck
from domain.rules.context import Draft, blocked, held, listed, passed
from domain.rules.words import find_words, not_vouched_for, text_to_search

_CURES = (
    "heilt|heilen|geheilt|heilend*|heilung|heilwirkung*|heilkraft|heilkräfte|heilsam*|heilmittel|"
    "wundermittel|kuriert|lindert|lindern|schmerzfrei|schmerzlindernd*|entzündungshemmend*|"
    "krebs vorbeug*|hilft gegen|schützt vor krank*|beugt * vor|medizinisch erwiesen|"
    "klinisch getestet|klinisch erwiesen|wissenschaftlich erwiesen|ärztlich empfohlen",
    "cure|cures|cured|heals|healing|miracle remedy|relieves|pain relief|pain-free|"
    "anti-inflammatory|prevents cancer|prevents disease*|fights disease*|treatment for|"
    "clinically proven|clinically tested|scientifically proven|doctor recommended|"
    "recommended by doctors|doctors recommend",
    "guérit|guérir|guérison|soigne|soulage|remède miracle|cliniquement prouvé*",
)
_HEALTH = (
    "gesund|gesunde|gesunder|gesundes|gesunden|gesundem|gesünder|gesündest*|gesundheitsförder*|"
    "gesund macht|immunsystem*|immunabwehr|abwehrkräft*|entgift*|entschlack*|detox|abnehmen|"
    "abnimmst|abgenommen|"
    "fatburner|fettverbrenn*|schlank|schlanker|stoffwechsel*|verdauung*|blutdruck|cholesterin*|"
    "anti-aging|faltenfrei|allergikerfreundlich*|allergiefrei*|hypoallergen*|"
    "stressabbau*|baut stress ab|besser schlafen|schlaffördernd*|schlafstörung*|depression*|"
    "diabetes|krebs|rheuma|migräne|arthrose|kater weg",
    "healthy|healthier|healthiest|health benefit*|immune system|immunity|boosts your|detox*|"
    "lose weight|weight loss|slimming|fat burn*|metabolism|digestion|blood pressure|cholesterol|"
    "anti-ageing|anti-aging|hypoallergenic|allergy-free|reduces stress|stress relief|sleep better|"
    "better sleep|insomnia|depression|diabetes|cancer|arthritis|rheumatism|migraine*|eczema|"
    "good for your heart|good for your skin|wellbeing",
    "bon pour la santé|système immunitaire|perdre du poids|minceur|détox",
)
_RICHES = (
    "garantierte rendite*|rendite garantiert|garantierte gewinne|sichere rendite|risikofrei*|"
    "risikolos*|ohne jedes risiko|schnell reich|reich werden|verdoppelt euer geld|"
    "geld verdoppel*|kein verlustrisiko|passives einkommen|schnelles geld|"
    "finanzielle freiheit",
    "guaranteed return*|guaranteed profit*|guaranteed income|risk-free|risk free|get rich|"
    "double your money|passive income|no risk of loss|quick money|easy money|cannot lose|"
    "can't lose|financial freedom",
    "rendement garanti|sans risque|devenir riche|revenu passif",
)
_MONEY = (
    "rendite*|geldanlage*|kapitalanlage*|dividende*|kursgewinn*|bitcoin*|krypto*|aktientipp*|"
    "zinssatz|zinsen|wertsteigerung*|wertanlage*|steuern sparen|steuerfrei*|anlagetipp*",
    "investment advice|dividend*|bitcoin*|crypto*|stock tip*|interest rate*|tax-free|save tax*|"
    "capital gain*|rising in value|return on investment|will grow in value|high yield*",
    "placement*|investissement rentable|dividende*|bitcoin*",
)
_ARTICLES = "der die das dem den unser unsere unserem unseren"
_BESTS = (
    "best allerbest günstigst billigst schnellst größt reinst natürlichst leckerst schönst "
    "erfrischendst hochwertigst nachhaltigst sauberst weichst wärmst feinst edelst beliebtest "
    "meistverkauft meistgekauft köstlichst klarst stärkst sicherst zuverlässigst"
)
_BEST = "|".join(
    f"{article} {word}{ending}"
    for article in _ARTICLES.split()
    for word in _BESTS.split()
    for ending in ("e", "en", "er", "es")
)
_SUPERLATIVES = (
    f"{_BEST}|nummer eins|nummer 1|nr 1|marktführer*|marktführend*|weltbeste*|weltweit führend*|"
    "führender hersteller|führende marke|führende anbieter|unschlagbar*|konkurrenzlos*|unerreicht*|"
    "unübertroffen*|einzigartig*|einmalig*|besser als|günstiger als|reiner als|aller zeiten|"
    "bestes * der welt|beste * der welt|nirgends besser|nirgendwo besser",
    "number one|no 1|the best|our best|world best|world's best|world's finest|world's softest|"
    "best in the world|best in class|britain's best|the finest|the softest|the warmest|"
    "the cheapest|the fastest|the purest|the greatest|the safest|the strongest|the most beautiful|"
    "the most durable|the most sustainable|the most popular|the leading|market leader|"
    "market-leading|world-leading|world-class|unbeatable|unrivalled|unrivaled|unmatched|"
    "second to none|like no other|unlike any other|better than|cheaper than|softer than|"
    "warmer than|of all time|best-selling|bestselling|one of a kind|perfect for everyone",
    "le meilleur|la meilleure|les meilleurs|numéro un|imbattable*|inégalé*|le moins cher",
)
_HARMLESS = (
    "the best way*|the best time*|the best thing*|the best part*|the best place*|the best day*|"
    "the best bit*|the best idea*|our best wishes|our best to",
)
_NATURE = (
    "klimaneutral*|klimapositiv*|klimafreundlich*|klimaschonend*|co2-neutral*|co2 neutral*|"
    "co2-frei*|umweltfreundlich*|umweltschonend*|umweltneutral*|emissionsfrei*|ökologisch*|"
    "biologisch abbaubar*|100 % natürlich*|rein natürlich*|grünes produkt|gut für die umwelt|"
    "gut fürs klima|schadstofffrei*|chemiefrei*|plastikfrei*",
    "carbon neutral|carbon-neutral|climate neutral|climate-neutral|climate positive|carbon free|"
    "net zero|net-zero|zero emission*|zero waste|eco-friendly|eco friendly|"
    "environmentally friendly|planet-friendly|kind to the planet|good for the planet|"
    "biodegradable|100% natural|"
    "all-natural|chemical-free|plastic-free|sustainably made",
    "neutre en carbone|écologique*|respectueux de l'environnement|biodégradable*",
)
_OFFERS = (
    "gratis|kostenlos*|kostenfrei*|umsonst|rabatt*|gutschein*|geschenkt|gratisprobe*|"
    "versandkostenfrei*|geld zurück|garantie|garantieren|garantiert*|sonderangebot*|"
    "sonderpreis*|im angebot|preisnachlass|schnäppchen*|gewinnspiel*|verlosen|verlosung*|"
    "zu gewinnen|gewinnt ein*|nur heute|nur noch heute|letzte chance|nur noch wenige|"
    "nur noch kurze zeit|solange der vorrat reicht|ausverkauft|limitiert*|zum halben preis|"
    "räumungsverkauf|schlussverkauf|lebenslang*",
    "for free|free of charge|free delivery|free shipping|free sample*|free gift*|free return*|"
    "free blanket*|completely free|absolutely free|discount*|voucher*|coupon*|on sale|sale ends|"
    "sale now|our sale|summer sale|winter sale|money back|money-back|guarantee*|warranty|giveaway*|"
    "win a|win one|prize*|only today|today only|last chance|while stocks last|sold out|"
    "limited time|limited edition|half price|half-price|bargain*|special offer*|lifetime guarantee|"
    "selling fast|nearly gone|hurry",
    "gratuit*|offert|offerte|remise*|promotion*|soldes|garantie*|garanti*|à gagner|dernière chance",
)

SUBJECTS = {
    "health": (*_CURES, *_HEALTH),
    "money to be made": (*_RICHES, *_MONEY),
    "the environment": _NATURE,
    "an offer": _OFFERS,
}
"""What each rule of this file but that on superlatives is about, with the words that tell it."""


def health(draft: Draft) -> ComplianceCheck:
    """No promise to cure and no benefit to health that the facts do not state."""
    if cures := _claims(draft, _CURES):
        return blocked(
            "health",
            evidence=listed(cures),
            remedy="promise no cure; say what it is, not what it heals",
        )
    return _held(draft, "health", _HEALTH, "leave the health claim out, or state it as a fact")


def finance(draft: Draft) -> ComplianceCheck:
    """No promise of returns, and no talk of money to be made that the facts do not state."""
    if riches := _claims(draft, _RICHES):
        return blocked("finance", evidence=listed(riches), remedy="promise no returns")
    return _held(draft, "finance", _MONEY, "leave the money claim out, or state it as a fact")


def superlatives(draft: Draft) -> ComplianceCheck:
    """Nothing is the best, the first or better than others unless the facts say so."""
    return _held(
        draft, "superlatives", _SUPERLATIVES, "say what is so, not that nothing is better",
        harmless=_HARMLESS,
    )  # fmt: skip


def environment(draft: Draft) -> ComplianceCheck:
    """No general green claim that the facts do not state."""
    return _held(draft, "environment", _NATURE, "name the measure instead, as the facts state it")


def offers(draft: Draft) -> ComplianceCheck:
    """No gift, discount, guarantee, prize or shortage that the facts do not state."""
    return _held(draft, "offers", _OFFERS, "offer only what the facts offer")


def _claims(draft: Draft, lists: tuple[str, ...]) -> list[str]:
    return not_vouched_for(find_words(text_to_search(draft), lists), draft.known)


def _held(
    draft: Draft,
    rule: str,
    lists: tuple[str, ...],
    remedy: str,
    *,
    harmless: tuple[str, ...] = (),
) -> ComplianceCheck:
    found = _claims(draft, lists)
    excused = find_words(text_to_search(draft), harmless) if found and harmless else []
    found = [word for word in found if not any(one.startswith(word) for one in excused)]
    if found:
        return held(rule, evidence=listed(found), remedy=remedy)
    return passed(rule)
