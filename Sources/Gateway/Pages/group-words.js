// The words of a group's key, as in Sources/GroupKeys/Words: part of the protocol, never to be changed.

export const groupWords = `
abacus abandon abbey abbot ability ablaze able abnormal aboard abolish about above abrupt absence absolute abstract
absurd academic access accord accrue accuracy achieve acid acoustic acquire action actual acumen acute added address
adequate adjacent adjoin adjust admit adobe adopt adroit adult advance advent advice advocate aerial afar affair affix
afford after aged agency agile aging agree ahoy aircraft airport alarm albino album alcove alert algae algebra alibi
align alive alkali allege alliance allow allude ally almost alone alpha alto amateur amaze amber ambient ambush amoeba
amount ampere amulet amuse anagram analysis anatomy ancestor anchor ancient anecdote angle animal annex announce
annual anomaly answer anthem antique antler anvil anxious anybody anyone anything anywhere aorta apart apathy apex
apiece aplomb apology apparent appeal apple appoint approve apron aptly arable arbor arcade ardent area argue armpit
army aroma arouse arrange arrive arrow artery artful artist ascend ashen ashore aside askew aspect aspire assembly
assign assort assume asterisk astray astute asylum atomic attach attend attitude attorney attract auburn audience
author automate autumn avail average avoid avow await awake away awhile axiom axis azalea azure baboon baby backlog
bacon bacteria badge baffle bagel baggage bait balance ballet balmy bamboo banal banjo bank banner bargain barley
barman barn baroque barrel barter basement basic basket battery beam beauty beaver bedlam bedroom beef beeper beetle
begin behalf beige belfry belief belong bench benefit benign beret beside best beta betray between beware beyond
bicycle binary bind bingo biology birch birthday biscuit bison bitter blade blatant bless blitz blob bloom blotch
blouse bluff blurt boat bobbin bobcat bodily body boil bone bonnet bonus book boost borrow botany bottle bounce bovine
boxcar boxed bracket branch brave bray breach breed bridge brief bright brim bring brisk broad broken bronco broth
brow brush bubble bucket buddy budget buffet buggy bugle built bulk bundle burden bureau burger burlap burst business
busy butler button buyer buying buzz bygone bypass byway cabbage cabinet cacao cacti caddie cadet caffeine calculus
calendar calico call camera campaign cancel cannot canyon capable capital captain carbon care cargo carol carpet carry
cartoon cashew casino cask cassette castle catalog catch category catnap caution caviar cavort cedar celery cellular
cement census central ceremony certain chafe chain chalk chamber chance chaotic chapter charge chat cheap check
chemical cherry chess chewy chicken chief child chime chip chisel choice choosy choppy chorus chose chrome chubby chug
chummy chunk churn cider cigar cinema cipher circle citizen citric city civil claim clang clap clarify class clean
clef clench clerk clever client cliff climb clinic clock clog closet cloth cloud club clumsy cluster clutch coach
cobalt cobble cobra cobweb cocoa code coffee coherent coincide cold collect colony column coma combine comedy comfort
comic common company concept confirm congest connect consist contact convert cookie cool copper copy cordon corn
correct cost cotton cough count couple courage cousin coverage cowboy coyote crack cradle craft crag crane crawl
crayon create credit crepe crest crew crib cricket crisp critical croak cross crouch crown crucial crumb cryptic
crystal cube cubic cuddly cuff culture cunning cupboard curb curfew curious current cursor curve custom cutlet cutter
cycle cylinder cynic daft daily dainty damp damsel dance danger dark data daughter daylight daytime dazzle deacon deal
debate debit debris decade decent declare decrease dedicate deduce deem default define degree deity delay delete
deliver delta denim dense dentist depart depend deposit depress depth deputy derive describe design desk detail detect
detour detract develop devious devote diagram diameter diary dice dictate diet digest digit dignity dilemma dimple
dinghy disagree discount disguise dislike dismay display distant ditch divert divide divorce docile doctrine document
dogma dollar domain domestic dominant donate donkey doodle door double down dozen dragon drama drape drastic draw
dream dredge drift drill drink drone drop drum dryly dugout duke dumpster dunk duplex duration during duty dynamic
each eagle early earth ease easier ebony ecology economy eddy edge editor educate eerie effort eighteen elapse elbow
elect elegant element elephant elevator eligible elude email embark emblem embody emphasis empire employee emulate
enable enamel encase enclose encode endear endive endless endure energy enforce engage engine engulf enhance enigma
enjoy enormous enough enrich enroll ensign ensue enter entire entry envelope envy enzyme epic episode epoch equal
equip erode error erupt escape escort essay essence estate esteem estimate eternal ethical eureka evaluate event every
evidence evoke evolve exact examine except exchange excite exclude excuse exempt exercise exhale exhibit exist exotic
expand explain export express extend extra exult eyelid eyesight fabric face facility factor faculty failure faith
falcon family famous fancy fantasy farewell farm fashion fast father fatten fauna favorite feasible feature federal
feed feign feline ferret fervor festival fetch fetter fewer fiction fidget field fiesta fifth figure file fillet
filter final finger finish first fish fitting fizz flag flake flash flavor fleet flexible flip float floor floppy
flora floss fluent fluffy fluid flurry flute flying foam focus fodder folk follow food foolish forage forever forget
formal fortune forum fossil foster foxy foyer fraction fragile frame free french frequent fresh friar friend frighten
frock frog front frozen frugal fruit fuel fulfill fully function fund fungi funny further fuse fusion futile future
fuzzy gadget gain galaxy game gamma gamut gang garage garlic garnet gasoline gateway gauge geese gender general genius
gentle genuine geology geometry gerbil gesture geyser giant giddy girder give glad glance glaze glen glint global
glory glossy glue gnome goal goblet going golden golf goofy goose gopher gorgeous gossip governor grab graduate
graffiti grammar grand graph grasp grateful gravity grease green grid grimy gritty group growth grunt guard guess
guide guinea guitar gummy guppy gurgle habit haircut half halon hamlet hammer handy happy hardware harmony hasty haven
hazel hazy head health heartily heavy heckle hefty height helium hello helmet help hence heritage heroic herself
hesitate hidden hide highway hill himself hinge hint history hither hobby hockey hoist holiday homage home honk honor
horizon hospital hotel hotly house however huge human humble humid hundred hung hurdle hurry husky hustle hybrid
hydrogen hyena hyphen icicle icing icon identify ideology igloo ignite iguana image immense immune impact impel
implicit impose improve impulse incident incline income increase index indicate indoor industry infant infinite
inflict inform infuse inhabit inherit initial inject injury inner input inquire insert inside insofar inspect install
intact intend invalid invent invite involve iodine iris irony island isolate issue italic item ivory jaguar jargon
jazz jelly jersey jetty jewel jiffy jigsaw jogger joint joke jostle journal jovial joyful judge judo juice jumbo jump
jungle juror justify juvenile karate kayak keen kennel keyboard keyword kidney kilo kimono king kiosk kipper kitchen
kite kiwi knife knock koala label labor ladder lagoon lambda landlord language lantern large larynx laser late latter
laugh laurel lava lavish lawn lawyer laying layout leaf league leaky learn leather leave lecture legal legend legible
legume leisure lemon lend length lenient level liaison library license lift light like lily limbo limit linear link
lion liquid listen liter little liven livid llama load lobster local locust lodge logic logo long loop loosen lotus
lounge love lowest lucid lucky luggage lunar lunch luxury lyric machine magazine magic magnetic magpie mailbox
maintain major make mammal manage mandate manning manual many maple mapping marble march margin marital market
marriage marvel mascot mass material matrix maximum maybe meadow meager measure mechanic media medley megabyte mellow
melody melt member memory mention menu mercury merge merit mesh message metaphor method metro middle midnight midway
mighty migrate military milk million mimic mine minimal minnow minute miracle mirror mirth mission misty mitten mixed
mixture mobile model modify module mohair mole molten moment monarch money monitor monopoly month moon moral morsel
motion motor motto mountain movie much muffin multiple museum music mustard mutual myself mystic myth nail napkin
nasal nation nature navy nearby neat nectar needle negative neighbor nephew nether network neural never newbie
newcomer newly niche nickname ninth nobody noise nominal north notable note notice nova novel nowhere nozzle nuclei
nugget numerous nurse nutmeg nylon oasis object oblige observe obsolete obtain obvious occasion occur ocean octave
ocular offer office offset older omega omit onion onward opaque open operate opinion opposite option oracle orator
orbit orchid ordain ordinary oregano organize origin ornate orphan other outcome outer outfit outgoing outline output
outright outside oval ovary overall owner owning oxide oxygen oyster ozone pacifier packet paddle page palm panda
panel papaya paper parallel pardon parent parlor parrot parse party pasta path patient patrol pattern pavement payment
peaceful peanut pearl pebble pecan peculiar pellet pending penguin penny people pepper percent perfect period perky
permit person petal pewter pharmacy phoenix phone photo phrase physical piano picnic picture pillar pilot pinch pipe
piston pixie pizza place plant plaque plastic play plaza pleasant pledge plenty pluck plug plump plural podium poem
policy pollen poncho pony poppy popular porch port position possible potato power practice prance prawn precise
predict prefer prepare press pretty prevent price print prior prism private problem process produce profile program
prohibit project prompt pronoun proof propose prospect proud prove proxy public puffy pull pulse pumpkin pupil
purchase pure purity purpose pursue push putty puzzle python quake qualify quantity quart queen query question quick
quill quit quiver quorum quote rabbit raccoon radar radio rainbow raisin random range razor ready reality reap reason
reborn rebuild recall recipe reckon record recruit recycle redefine redirect redone reflect reform refresh refuse
regard regent region regular rejoin relate release reliable reload rely remain remember remind remote rename renew
rent repair repeat report request reserve resident respect restart result retire return reveal review rework rewrite
rhino rhythm ribbon rich ripen ripple rise river roar robin robot robust rocket roman room rope rotate round routine
royal rubber ruby rule rumor rumple runway rusty safety saffron salary salesman salmon salt sample sandwich sanity
satchel satisfy sauce save scale scan scarf scatter scenery scheme school science scoop score scout scrap screen
script scroll scrub search second secret section secure sedan seeing seek segment seldom self semantic seminar senate
sensible sentence separate sequence serious serum serve session settle seven shape shawl sheath sheet shield shift
shine shop short shrill siege sierra signal silicon silken silly silver similar simulate sincere single siphon situate
sixth sizzle skate skeleton sketch skill skin slab sled sleep slice slippery slogan slope slow slush small smile smith
smooth smudge snack snake snappy snatch sneaky snip snug soap soccer social soda software solar soldier solemn solid
solo solution solve someone sonic soothe source south space sparrow speak special speed spell sphere sphinx spider
spirit split spoil spoke sponsor spoof spot spray spread sprout spruce spurt square squeeze squid stable staff stage
stain stamp stand stapler start stay step stereo stick stomach stone strategy stream strike strong stubby study style
subject submit subset subtle suburb subway succeed sudden suffice sugar suggest sulfur summer sundae sunlight sunrise
sunshine superior supply surface surgery surname surprise surround survey suspend swallow swathe sweat swim swing
swish switch symbolic symmetry sympathy synonym syntax syringe syrup system tabby tackle taco tactic tailor talent
talk tandem tango tape target tariff tassel taste taxi taxpayer teak teapot teenage teeth temper tenant tennis tenure
term text thank thatch theater theme theory therapy theta thimble thirst thought three thrice thumb ticket tidy tiger
tilt timber timid tinny tiptoe title toast today toggle token tolerant toll tomato tomboy tomorrow tongue tonight
tooth topic torque tortoise total totem touch tour trace traffic tragedy train transfer travel treat trend trial tribe
trick trigger trilogy trinity trip triumph trivia trolley trombone trophy trot trouser trowel true trumpet trunk trust
truth tuba tuck tugboat tulip tundra tunic tunnel turkey turn turtle tutor tuxedo tweet twelve twenty twice twin twirl
twist typical ultimate ultra umbrella uncle uncommon under unicorn uniform unique unite universe unknown unless unlike
unload unread unset unsure untidy unusual unzip update upgrade upkeep upper upright uproot upside upward urban urge
usage useful user usual utility utmost vacation vacuum valet valid valley value vanilla vapor variety vector vehicle
veil velocity velvet vendor venture venue veranda verbal verdict verify version vertical vessel veteran viable
vicinity victory video vigor village vineyard vintage violin virtue visa visit visual vital vogue voice volcano
voltage volume vowel voyage wagon walnut warp warranty wash water watt waxy weasel wedding weekend welcome well
whatever wheat whisk wicker width willow window winning winter wire wisdom wisp witness witty wizard wonder woody work
worthy wrinkle written yacht yard year yeast yoga yogurt zebra zeppelin zero zesty zinc zodiac
`.trim().split(/\s/);
