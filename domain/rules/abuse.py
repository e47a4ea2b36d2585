"""Profanity, insults and slurs in German, English and French: never in a brand's own words."""

from functools import lru_cache

import regex

from domain.compliance import ComplianceCheck
from domain.rules.context import Draft, blocked, held, listed, passed
from domain.rules.terms import folded
from domain.rules.words import find_words, text_to_search

_COARSE = (
    "arsch|ärsche|arschloch*|arschlöcher*|arschgeige*|arschkriech*|arschfick*|leckarsch|"
    "scheiß*|scheiss*|beschissen*|beschiss|verschissen*|schiss|kacke|kacken|gekackt|kackwurst|"
    "kackbratze|fick*|gefickt*|verfickt*|fotze*|möse|muschi|pimmel|schwanzlutsch*|wichs*|gewichst|"
    "hure|huren|hurensohn*|hurensöhne*|nutte*|schlampe*|flittchen|miststück|drecksau|drecksack*|"
    "dreckskerl*|schweinehund|wixer*|titten|tittchen|bumsen|pissen|pisse|pisser|verpiss*|"
    "vögeln|onanier*|porno*|orgasmus|morgenlatte|analritter|pimpern|kotz*|zum kotzen|dödel|"
    "arschleck*|scheißer|poppen|nippel",
    "fuck*|motherfuck*|shit|shits|shitty|bullshit|shite|shitting|asshole*|arsehole*|arse|"
    "ass|asses|dumbass|jackass|bitch*|bastard*|cunt*|dick|dicks|dickhead*|cocksuck*|"
    "pussy|pussies|wank*|twat*|bollocks|bugger|tosser*|piss|pissed off|piss off|slut*|"
    "whore*|tits|titties|boobs|boner|blowjob*|blow job|handjob*|cum|cumming|cumshot*|jizz|"
    "dildo*|porn*|milf|orgy|orgasm*|masturbat*|rimjob*|rimming|butthole|buttplug*|clusterfuck|"
    "douchebag*|son of a bitch|screw you|fap|hentai|deepthroat|gangbang|creampie|"
    "bukkake|threesome|penis|vagina|clitoris|anus|anal|semen|scrotum|"
    "sexy|strip club|upskirt|camgirl|camslut|felch*|fellatio|cunnilingus|ejaculat*|horny|"
    "vibrator|schlong|shemale|sodom*|tranny|xxx|"
    "anilingus|apeshit|assmunch|ball sack|ballsack|bareback|barely legal|bdsm|bestiality|"
    "beastiality|big breasts|boob|booty call|bunghole|camel toe|camwhore|circlejerk|clit|"
    "dominatrix|doggy style|doggystyle|double penetration|dry hump*|femdom|fingerbang|fisting|"
    "foot fetish|footjob|futanari|gang bang|golden shower*|group sex|hand job|incest|"
    "jack off|jailbait|jail bait|jerk off|nympho*|paedophil*|pedophil*|pedobear|pegging|"
    "phone sex|pissing|poontang|pubes|queef|rape|raping|rapist*|sadism|sexcam|splooge|spooge|"
    "strap on|strapon|tit|titty|twink|vulva|zoophilia|threesomes|nsfw|urophilia|wet dream",
    "merde*|putain|pute|putes|salope*|salaud*|connard*|connasse*|con|conne|conneries|enculé*|"
    "enculer|enculeur*|encule|foutre|va te faire foutre|bordel|chier|chiant*|chié|chiasse|"
    "bite|couille*|branler|branleur*|branlette|nique|niquer|nique ta mère|ta gueule|"
    "fils de pute|trou du cul|cul|pédale*|pétasse*|poufiasse*|pouffiasse*|bâtard*|ordure|"
    "salopard*|grognasse|baiser|baise|bander|bourré*|brouteuse|caca|chatte|clito|emmerd*|"
    "étron|gerbe*|gouine|lécher|mst|orgasme|pipi|pisser|pousse-crotte|ramoner|sucer|suceuse|"
    "téter|teuf|troncher|zizi|zob|zigounette|jouir|couillon*|"
    "branleuse*|branlage|chiotte*|déconne*|enfoiré*|suce|tringler|turlute|palucher|"
    "gueule",
)
_INSULTS = (
    "idiot|idioten|idiotin|vollidiot*|trottel|trotteln|volltrottel*|depp|deppen|vollpfosten|"
    "schwachkopf*|schwachköpfe|hohlkopf*|hohlköpfe|dummkopf*|dummköpfe|spast*|spacko*|mongo|mongos|"
    "missgeburt*|hackfresse*|fresse|halt die fresse|halt dein maul|halt die klappe|"
    "haltet die klappe|"
    "penner|abschaum|gesindel|bekloppt*|asozial*|strohdumm*|bratze|schabracke|versager*|verrecke*|"
    "krepier*|verblödet*|hirntot*|zurückgeblieben*|leck mich|leckt mich",
    "idiot*|moron*|imbecile*|retard*|stupid people|dumb people|scum|scumbag*|losers|loser|"
    "shut up|go to hell|drop dead|kill yourself|kys|cretin*|simpleton*|dimwit*|halfwit*",
    "imbécile*|crétin*|abruti*|débile*|ta gueule|ferme-la|va crever|bouffon*",
)
_SLURS = (
    "kanake*|kanacke*|neger*|negerin|nigger*|bimbo*|zigeuner*|kameltreiber*|kümmeltürk*|"
    "schwuchtel*|kampflesbe*|transe|transen|judensau|saujud*|itaker*|polacke*|schlitzauge*|"
    "untermensch*|krüppel*|mufti|musel*|asylant*",
    "nigger*|nigga*|negro*|faggot*|fag|fags|dyke*|kike*|chink*|gook*|spic|spics|wetback*|paki|"
    "pakis|raghead*|towelhead*|coon|coons|darkie*|beaner*|jigaboo*|honky|honkey|white power|"
    "heil hitler|swastika|nazi*|neonazi*|"
    "jiggerboo|nig nog|pikey|slanteye",
    "nègre*|négresse*|bougnoul*|bicot*|youpin*|bamboula*|raton*|pédé*|tapette*|gouine*|"
    "tarlouze*|chinetoque*|sale arabe|sale juif|travelo*",
)
_MILD = (
    "verdammt*|verflucht*|mist|dumm|dumme|dummer|doof*|blöd*|bescheuert*|saublöd|geil|geile|"
    "geiler|geiles|saugeil|krass|arschkalt*|nackt|pinkel*|popel",
    "damn|dammit|damned|goddamn*|hell yeah|what the hell|bloody hell|wtf|omfg|stfu|sucks|stupid|"
    "dumb|lame|freaking|suck|pissed|butt|"
    "sex|sexual*|erotic*|naked|topless|panties|escort|hooker|viagra|cialis|bloody|"
    "prick|pricks|cock|cocks|nude|nudity|crap|crappy",
    "zut|mince alors|fichu|fichtre|stupide*",
)
_MASKED = regex.compile(r"(?<!\p{L})\p{L}++[*#@$!1340€]+(?:\p{L}++[*#@$!1340€]*)*+")
_MASK, _INSIDE = regex.compile(r"[*#]+"), regex.compile(r"[ ._*-]")
_LEET = str.maketrans("@$!1340€", "asiieoae")
_SPELLED_OUT = regex.compile(r"(?<![\p{L}\p{N}])(?:\p{L}[ ._*-]){3,}\p{L}(?![\p{L}\p{N}])")
_ELSEWHERE = "dick dicks ass asses tits arse mist dumm lame cum fag fags coon coons snatch nippel"
_RUDE_SIGNS = regex.compile("🖕")
_SHORTEST_MASKED = 4
_DISTINCT = 5  # a shorter French word may mean something else in German or English
_ALSO_ORDINARY = "bander gerbe* bordel baiser baise jouir ordure raton* ramoner"


def profanity(draft: Draft) -> ComplianceCheck:
    """Neither coarse words nor insults or slurs, also where they are masked; mild ones are held."""
    if found := [*_found(draft, (_COARSE, _INSULTS, _SLURS)), *_RUDE_SIGNS.findall(draft.said)]:
        return blocked("profanity", evidence=listed(found), remedy="say it without the insult")
    if mild := _found(draft, (_MILD,)):
        return held("profanity", evidence=listed(mild), remedy="choose a milder word")
    return passed("profanity")


def _found(draft: Draft, lists: tuple[tuple[str, ...], ...]) -> list[str]:
    text = text_to_search(draft)
    own = [language for each in lists for language in _spoken(each, draft)]
    found = find_words(text, own)
    for token in _MASKED.findall(draft.said):
        if find_words(_unmasked(token), own) or _fits_masked(token, own):
            found.append(token)
    found += [t for t in _SPELLED_OUT.findall(text) if find_words(_closed(t), own)]
    return [word for word in found if word not in folded(draft.known)]


def _spoken(lists: tuple[str, ...], draft: Draft) -> tuple[str, ...]:
    """German, English and French words alike, but what means something else elsewhere is not.

    `dick` is thick in German, `mist` is fog in English, and short French words (`con`, `bite`) are
    ordinary in both: such words are searched in texts of their own language only.
    """
    return tuple(
        words if language == draft.language else _unmistakable(words, is_french=language == "fr")
        for words, language in zip(lists, ("de", "en", "fr"), strict=False)
    )


@lru_cache(maxsize=32)
def _unmistakable(words: str, *, is_french: bool) -> str:
    ordinary = (_ALSO_ORDINARY if is_french else _ELSEWHERE).split()
    shortest = _DISTINCT if is_french else 0
    return "|".join(
        word
        for word in words.split("|")
        if word not in ordinary and len(word.rstrip("*")) >= shortest
    )


def _unmasked(token: str) -> str:
    return folded(token.translate(_LEET))


def _closed(token: str) -> str:
    return str(_INSIDE.sub("", token))


def _fits_masked(token: str, lists: list[str]) -> bool:
    """`f*ck`, `f**k`, `sch***egal`: whether a listed word shows the letters that the token shows.

    What stands behind the last mask may be an ending, so it counts only as far as the word goes.
    """
    masks = [*_MASK.finditer(token)]
    if not masks or len(token) < _SHORTEST_MASKED:
        return False
    letters = folded(token)
    head = letters[: max(letters.rfind("*"), letters.rfind("#")) + 1]
    tail = letters[len(head) :]
    shape = _MASK.sub(r"\\p{L}+", head)
    endings = "|".join(tail[:size] for size in range(len(tail), 0, -1)) or "(?:)"
    pattern = regex.compile(rf"{shape}(?:{endings})")
    return any(_shows(pattern, word) for each in lists for word in folded(each).split("|"))


def _shows(pattern: regex.Pattern[str], word: str) -> bool:
    return " " not in word and bool(pattern.fullmatch(word.rstrip("*")))
