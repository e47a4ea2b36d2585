"""Names that dictionaries take for ordinary words: first names, places, and makers in the news.

A name that no dictionary has is found without a list (`domain.rules.names`).
"""

_GIVEN = """
adam adele adelheid adrian agathe agnes ahmed aisha albert alexa alexander alexandra alfred ali
alice alina aline amelie amir amy ana anastasia andrea andreas andrew andré angela angelika anita
anja anke ann anna anne annette annika anny anthony anton antonia antonio arne arnold arthur astrid
axel ayşe barbara beate beatrice beatrix ben benedikt benjamin bernard bernd bernhard berta
bertha betty bettina birgit björn boris brandon brian brigitte britta bruno carl carla carlos carmen
carol carolin caroline carsten caspar catherine charles charlie charlotte chloe chris christa
christel christian christiane christina christine christoph christopher clara claudia claus clemens
colin connor constantin cornelia dagmar daniel daniela dave david dennis detlef diana dieter dietmar
dirk dmitri dominik donald dora doris dorothea dylan eberhard edgar edith edward egon ekaterina
elena eleonore elfriede elias elisa elisabeth eliza elizabeth elke ella ellen elsa elsbeth emil
emily emma erhard eric erich erik erika erna erwin esther eugen eva evelyn fabian fatima
felicitas felix ferdinand finn fiona florian frances francesca francesco frank franz franziska fred
frederick frederik frida frieda friedrich fritz gabi gabriel gabriele gavin georg george gerald gerd
gerda gerhard gertrud gilbert giovanni gisela giulia gottfried graham greg gregor greta grete guido
gunther gustav günter günther hanna hannah hannelore hannes hans harald harold harriet harry hasan
hedwig heidi heike heiko heiner heinrich heinz helen helena helene helga helmut hendrik henriette
henry herbert hermann hilda hilde hildegard holger horst howard hubert hugh hugo ian ida ignaz
ilona ilse inge ingeborg ingo ingrid irene irina irmgard isaac isabel isabella ivan jack jacob
jacqueline jakob james jan jana jane janina jason jean jeff jennifer jenny jens jeremy jessica jim
joachim joan joanna joe joel johann johanna johannes john jonas jonathan jordan jorge josef joseph
josefine joshua juan judith jule julia julian juliane julius jutta jörg jürgen karim karin karl
karla karolina karoline karsten katarina kate katharina katherine kathrin katja katrin keith ken
kerstin kevin kim klara klaus konrad konstantin kristina kurt lara larry lars laura lauren laurenz
lea leah lena leni leo leon leonard leonhard leonie leopold liam lieselotte lili lina linda linus
lisa lisbeth liz lore lorenz lothar lotte louis louisa louise luca lucas lucia lucy ludwig luis
luisa lukas lutz lydia maggie magdalena maja malte mandy manfred manuel manuela marc marcel marco
marcus margaret margarete margit margot maria marianne marie marina mario marion marko markus
marlene marta martha martin martina mary mateo mathias mathilde matt matteo matthew matthias maurice
max maximilian maya megan mehmet mei melanie mia michael michaela michel michelle miguel mike mila
milan minna miriam mohamed mohammed monika moritz murat mustafa nadine nadja nancy natalie natascha
nathan neil nele nicholas nick nicolas nicole niklas nikolaus nils nina noah nora norbert oleg olga
oliver olivia omar oscar oskar otto pablo pamela pascal patricia patrick paul paula pauline pedro
peggy peter petra phil philip philipp phoebe pierre quentin rachel rainer ralf ralph ramona raphael
rebecca regina reinhard renate rené ricarda richard rita robert roger roland rolf
ronald rosemarie rosi roswitha rudolf rupert ruth ryan sabine sabrina sam samira samuel sandra
sara sarah sascha scott sean sebastian selma sepp severin sibylle siegfried siegrid silke silvia
simon simone sina sofia sofie sonja sophia sophie stefan stefanie steffen steffi stella stephan
stephanie stephen steve steven stuart susan susanne sven svenja sylvia tanja tatjana ted tessa
theo theodor theresa theresia thomas thorsten tilda till tim timo tina tobias tom toni torsten
traudl trudi udo ulf ulla ulrich ulrike ursula ute uwe valentin valentina vanessa vera verena
veronika victor victoria viktor viktoria vincent volker walburga walter waltraud wendelin wendy
werner wilhelm wilhelmine william willi wolf wolfgang xaver yannick yusuf yvonne zoe
burgl gustl leni lisl loisl resi schorsch vroni zenzi
"""
# Koch, Bauer, Weber, Fischer and their like are trades, and Braun or Klein are no less ordinary
_FAMILIES = """
adams albrecht allen anderson bailey baumann becker berger böhm brandt campbell carter clarke davies
davis dietrich edwards evans fernandez garcia gonzalez haas harris hartmann herrmann hoffmann
hofmann huber hughes jackson jansen johnson jones kowalski krause krämer krüger kuhn kühn köhler
lehmann lewis lorenz maier martinez mayer meier mertens meyer miller mitchell möller müller murphy
nakamura neumann nguyen nowak parker patel peters pohl reynolds roberts robinson rodriguez rossi
sanchez schmid schmidt schmitt schmitz schneider scholz schröder schubert schulte schulz schulze
schumacher simmons smith stevens taylor thompson vogt wagner walker watson williams wilson winkler
wright yilmaz ziegler
"""
# Essen, Halle, Hof, Singen and their like are left out: each is an ordinary word too
_PLACES = """
aachen afrika ahlbeck albanien amerika amsterdam antwerpen argentinien asien athen augsburg
australia australien austria baden-baden baltikum bamberg barcelona basel bavaria bayern
bayreuth belgien belgium berlin bern bielefeld birmingham bochum bodensee bolzano bonn bordeaux
bozen bradford brandenburg brasilien braunschweig bregenz bremen brighton bristol britain brno
brussels brüssel budapest bulgarien california cambridge canada cardiff chemnitz chicago china
cologne copenhagen cornwall cottbus cumbria darmstadt delhi denmark deutschland devon donau dortmund
dresden dubai dublin duisburg düsseldorf edinburgh elbe elsass engadin england erfurt erlangen
estland europa europe finnland flensburg florenz florida france franken frankfurt frankreich
freiburg friesland fulda fürth füssen garmisch genf genua georgien germany glasgow graz greece
greifswald griechenland großbritannien göttingen hamburg hannover harz heidelberg heilbronn hessen
holland hongkong india indien ingolstadt innsbruck ireland irland island istanbul italien italy
japan jena kaiserslautern kanada karlsruhe kassel kempten kenia kiel klagenfurt koblenz konstanz
kopenhagen korea krakau kroatien köln landshut lausanne leicester leipzig lettland lindau linz
lissabon litauen liverpool london lübeck luxemburg luzern lyon madrid magdeburg mailand mainz
manchester mannheim marburg marokko marseille mecklenburg memmingen meran mexiko michigan milan
mosel moskau munich münchen münster naples neapel newcastle niederbayern niederlande niedersachsen
nordsee norfolk normandie norway norwegen nottingham nürnberg oberbayern oberstdorf oldenburg oslo
osnabrück ostsee oxford paderborn paris passau peking poland polen portsmouth portugal potsdam prag
prague provence regensburg rhein rheinland riga rom rostock rumänien russia russland saarbrücken
saarland sachsen salzburg schleswig schottland schwaben schwarzwald schweden schweiz schwerin
scotland serbien seville sheffield singapur sizilien slowakei slowenien somerset southampton spain
spanien steiermark stettin stockholm stralsund straßburg stuttgart suffolk surrey sussex sweden
switzerland südtirol sylt taiwan texas thailand thüringen tirol tokio tokyo toronto toskana trier
tschechien tunesien turin türkei tübingen ukraine ulm ungarn valencia vancouver venedig venice
vienna vietnam vorarlberg wales warsaw warschau washington weimar westfalen wien wiesbaden wolfsburg
worcester wuppertal würzburg york yorkshire zagreb zürich
"""
_MAKERS = """
adidas airbnb aldi alibaba allianz amazon audi basf bayer bmw bosch cisco coca-cola
daimler danone deutsche-bahn dhl disney dyson ebay edeka facebook fanta ferrari fiat ford fritz-kola
gerolsteiner google haribo harrods henkel honda huawei ikea instagram kaufland lego lidl
linkedin lufthansa mastercard mcdonald mercedes microsoft milka netflix nestlé nestle netto nike
nintendo nivea nokia nutella openai opel otto paypal pepsi philips porsche puma rewe
rossmann ryanair samsung siemens sony spotify sprite starbucks telekom tesla tesco tiktok
toyota twitter unilever vodafone volkswagen volvo vw whatsapp wikipedia youtube zalando
"""
PLACES = frozenset(_PLACES.split())
PEOPLE = frozenset((*_GIVEN.split(), *_FAMILIES.split()))
WELL_KNOWN = frozenset((*PEOPLE, *PLACES, *_MAKERS.split()))
"""All of them, in lower case."""
