"""Words of every day that claim nothing by themselves: small talk, time, weather, the house."""

_DE = """
anders ansonsten arbeitet art außerdem bald bekanntlich beide beiden bereits besonders besser
bevor bequem bequeme bereit bescheid bisschen bloß dabei dafür dahin damals damit danach dank
dankt daran darauf daraus darin davon dazu deshalb deswegen dinge ding dort drauf dran drin
draußen drinnen dürfen dürft echt eigentlich einfach einig einmal einzige endlich entdeckt
entscheiden entspannt erinnerung erklären erklärt erzähl erzählen erzählt fehlt fehlen fertig
finde finden findet folgt fragen frage fragt frei freu freuen freut früh früher frisch frische
fängt fühlt fürs ganz ganze ganzen gefällt gegen gehen geht gehört gelingt gemeinsam genau
genießen genießt genug gemerkt gefragt gespräch gespannt geschichte gesucht gesehen gewusst
glauben glaubt gleichen gleich greift gute guter gutes halt hält häufig hause haus heißt helfen
hilft hinter hoch holen holt hören hört hörst idee immerhin jederzeit jemand jemandem jemanden
kaum kein keins kennen kennt klappt klar klein kleine kleiner kleines komm kommen kommt kommentar
kommentare können könnt kurz kurze kurzer kurzen lange längst lasst lassen laune lecker leicht
leise letzten lieb liebe lieben liebling lieblings liebt liegt locker lohnen lohnt los lust machen
macht manche manchmal meist meistens melden merken merkt mitten möchten möchtet mögen mögt moment
müde muss müssen müsst nächste nächstes nachdem namens natürlich nehmen nehmt neugierig neues
nicht nichts nimm nimmt nirgends nochmal nötig notiert offen oben ordnung paar passt pause perfekt
persönlich pläne plan planen plant prost praktisch problem pur rauf raus rein reicht richtig ruhe
ruhig runde runden runter sache sachen sagen sagt schade schaffen schafft schaut schau schenkt
schick schicken schließlich schlicht schluss schmeckt schmecken schnell schon schön schöne schönen
schönes schreib schreibt schwarz seht sehen setzen setzt sicher simpel sobald sofort sogar sollen
sollt sollte später speichert spaß stehen steht stehst steckt stelle stell stellen stellt stets
still stimmt sucht tatsächlich teilen teilt teil thema tipp tipps trotzdem trifft überall
überhaupt übrigens unten unterwegs verrät verraten verratet versprochen verstehen verwöhnt
vielleicht vielen vollen voll vorbei vorher vorn vorstellen wahr während warten wartet warum weil
weile weiß weitere weiter weiterem weitererzählen weiterlesen welcher welches wenig weniger
wichtig wieder wiederum willkommen wirklich wissen wohl wollen wollt worauf worte wort wunderbar
wünschen wusstet zählt zeigen zeigt ziel ziemlich zieht zuerst zufrieden zuletzt zusammen zwar
zwischen zwischendurch nachlesen erfahren einzelheiten ausführlich merkzettel vorstellung favorit
insgesamt dazwischen beginnt beginnen endet enden gepackt packen startet starten sitzt sitzen
fällt fallen gefallen wächst wachsen bleibt bleiben tragen trägt führen führt dreht drehen riecht
klingt wirkt passiert entsteht entstehen bedeutet verdient verbringt entdecken erleben erlebt
dauern dauert nennen nennt heißen spüren spürt liegen teile neugierige aufgepasst gefällig
serviert alltag antwort gemacht grossen höchstens mindestens pack reihe stück weit weiten abend
abends mittag mittags nachmittag morgens nacht tage tages tagen woche wochen wochenende monat
monate jahre jahren stunde stunden minute minuten sommer winter herbst frühling feierabend
frühstück sonne regen wetter nebel wind schatten hitze kälte heiß heiße kalt kalte kalter eiskalt
warm warme himmel wolken grün auge augen bein beine finger fuß füße gesicht hand hände händen herz
kopf nase ohr ohren rucksack schuhe tisch küche tasche tür sofa bett garten gras wiese balkon
freund freunde freunden familie gäste leute mensch menschen nachbar nachbarn welt leben null eins
zwei drei vier fünf sechs sieben acht neun zehn elf zwölf zwanzig fünfzig hundert erste ersten
erster zweite zweiten zweimal hälfte anzeige werbung kooperation partnerschaft bezahlte gesponsert
gewinnspiel erstellt generiert generiertes bild kommentiert hat ist war bin bist gar mal ihr ihm
ihn nie nun per pro sei sie tat tun tut vor weg wege wer wie wir wen bis das der die den dem des
man ins mag nein hin her neu gut oft gib tag als zum zur ums und uns aus mit für von vom bei beim
dich dir mir mich euch hier jede alle allem sich sind hab habe abholen wahl qual zahlen
"""
_EN = """
able above across add advice after again ahead almost alone along already also although always
among another answer answers anybody anyone anything anyway apart around ask asked asks away back
bad bear beautiful become becomes before begin begins behind being below beside better between
beyond big bit bored boring both bring brings busy but call calls came can cannot care careful
carry catch chance change check choose clear clearly close closer come comes coming common curious
deal dear decide deserve deserves details did different difficult do does doing done down each
early easily easy else end ends enjoy enough especially even ever every everybody everyone
everything exactly fact fair fancy far favourite feel feels few find finds fine finish finished
first follow for forget forgotten found friend friends full fun further gently get gets getting
give gives glad glance go goes going good got great guess guessed half hand handy happen happens
happy hard hardly hate have hear heard hello help helps here hold holds home honest hope hours
idea imagine important in indeed inside instead into is it itself join just keep keeps kind know
known last late later latest lead learn leave leaves left less let lets life like liked likes
listen little live lives long longer look looking looks lot lots love loved loves low made make
makes making many matter matters may maybe mean means meet memory middle might mind minute minutes
missing moment more most mostly move much must name names near nearly need needs never new news
next nice night no nobody none noon not note notebook nothing now number off often okay old older
on once one only open or other others our out outside over own pass patience patient people
perfect perhaps pick piece place plain plainly plan planning plans please plenty point possible
practical pretty promise proper properly proud put question questions quick quickly quiet quietly
quite rather reach read reader readers reading ready real really reason reasons remember reminder
rest right ring room rule rules said same save saved saw say says scenes secret see seen send
sense set shall share sharing short should show shows side simple simply since sit slow slowly
small some somebody somehow someone something sometimes somewhere soon sort speak stand stands
start started starting starts stay stays steady still stop stops story stories straight such sure
take takes taking talk talks tell telling tells than thank thanks that the then there thing things
think thinking thought through till time times tip tips to today together told too took total
touch trick tricks tried true try trying turn turned turns twice under understand until up use
used useful using usual usually very view wait waiting waits want wanted wants watch way ways
welcome well went what whatever when where whether which while who whole whoever whose why wide
will wise wish with within without wonder wondered word words work worked works world worth would
write written wrong yes yet your yours bright calm cold cool cosy dark dry fresh heavy hot light
soft sweet warm warmer warmth began arrive arrives appear appears belong belongs build builds
built buy drop ease fill fills fit fits grow grows hang hangs lay lie lies lift meets opens pour
rely shine shines smell smells sound sounds spend spot taste tastes wake warming comfort softness
rhythm machine machines age chose fashioned part skill afternoon day days evening hour month
months morning mornings nights season seasons spring autumn summer winter week weekend weekends
weeks year years air rain snow sun weather wind sky fog garden grass arm arms bed bench book books
chair corner cup dinner door drawer eye eyes face family feet finger fingers foot head heart house
houses kitchen neighbour neighbours picnic shelf sofa table tea kettle walk walks wardrobe window
coffee breakfast sleep sleeping two three four five six seven eight nine ten eleven twelve twenty
hundred second third ad advert advertisement paid partnership sponsored all any are was were has
had her him his how its she via you and ago nor due tag dozen pop alive course future
"""
EVERYDAY = frozenset((_DE + _EN).casefold().split())
"""In both languages at once: a German post may say `home`, an English one `prost`."""
