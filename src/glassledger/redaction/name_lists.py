"""Frequent given names and surnames: enough to tell a column, too few to tell a person.

Without accents, in small letters.
"""

GIVEN_NAMES = frozenset(
    """
aaron abigail adam adrian agnes agnieszka ahmed aiden aisha alain alan alba albert alberto alejandro aleksandra
alessandro alessia alex alexander alexandra alexis ali alice alina alvaro alyssa amanda amber amelia amit amy
ana anastasia anders andre andrea andreas andres andrew andrzej angela angelo anil anita anja anke ann anna anne
anneliese annette anouk anthony antoine antonio arjun arthur ashley astrid audrey aurelie austin autumn ava ayse
barbara beata beatrice beatriz ben benjamin bernard bernd betty birgit bjorn bonnie bradley bram brandon brenda
brett brian brigitte brittany brooklyn bruno callum cameron camille carl carla carlo carlos carmen carol
caroline casey catherine cecile celine chad chantal charles charlotte chiara chloe chris christa christian
christiane christina christine christoph christopher claire clara claude claudia clement clive cody connor corey
cornelia cornelis courtney craig crystal cynthia daan daniel daniela danielle danuta dariusz darren david davide
dawn deborah declan deepak denis denise dennis derek detlef diana diane didier diego dieter dirk dmitri dolores
domenico dominique donald donatella donna dorota dorothea dorothy dustin dylan edeltraud edith eduard edward
elena elfriede elias elijah elisa elisabeth elizabeth ella ellen elzbieta emil emilie emily emma enrique eric
erik erika ethan eugene eva evelyn ewa fabian fabrice fang fatima federica federico felix femke fernando fleur
florence florian frances francesca francesco francis francisco franck franco francois francoise frank franz
frederic friedrich fritz gabriel gabriele gareth gary gemma geoffrey georg george gerald gerard gerd gerhard
gerrit gertrud gilbert gilles giorgia giorgio giovanni gisela giulia giuseppe grace graham gregory grzegorz
guillaume gunter gunther hanna hannah hannelore hans harald harper harry hartmut hassan hayley heather heidi
heike heinrich heinz helen helene helga helmut hendrik henri henry herbert hermann hiroshi holger hong horst
hugo hugues hui ian ibrahim ignacio ilse ines inge ingeborg ingrid irene iris irmgard isabel isabella isabelle
ivan iwona jack jacob jacqueline jacques jakob jakub james jamie jan jana jane janet janine jared jasmin jason
javier jayden jean jeanne jeff jeffrey jennifer jens jeremy jerome jerzy jesse jessica jesus jie jim jing
joachim joan joanna joanne joao joaquin jocelyne jochen jodie joe joerg johan johann johanna johannes john jonas
jonathan joost jordan jorg jose josef joseph josette joshua josiane joyce juan juana judith judy juergen julia
julian julie julien jun jurgen justin jutta kai kamil karen karin karl karla karolina karsten katarzyna
katharina katherine kathleen kathryn katja katrin kayla kees keith kelly kenji kenneth kerstin kevin kim
kimberly kirsty klaus krystyna krzysztof kurt kyle lara larry lars laura laure laurence laurent lea leah leanne
lei lena leo leon leonie li liam lily lin lina linda lindsay lisa logan lorena lorenzo lothar lotte louis louise
luc luca lucas lucia luciano lucie lucien luigi luis luisa luiz lukas lukasz luke lynne maaike maarten maciej
madison magdalena malgorzata manfred manon manuel manuela marc marcel marcin marco marcus marek margaret
margarete maria marie marina mario marion mariusz mark markus marlene marloes marta martha martin martina mary
maryse mason mateusz mathieu mathilde matteo matthew matthias maureen maurice max maximilian megan mehmet
melanie melissa mercedes mia michael michal michel michele michelle mieke miguel mike mila min ming misty
mohammed monica monika monique montserrat morgan muhammad mustafa nadine nancy natalia natalie nathalie nathan
neha nicholas nick nicolas nicole nigel niklas nils nina noah noelia noemie nora norbert nuria odette olga
oliver olivia olivier omar ornella oscar otto owen pablo pamela paola paolo pascal patricia patrick paul paula
pauline paulo pawel pedro peggy peter petra philip philipp philippe pierre piet pieter pietro pilar ping piotr
pooja priya rachel rafael rafal rahul rainer raj ralf ralph ramon ramona raphael raquel raul raymond rebecca
regina reinhard renate renee rhys riccardo richard rita robert roberto robin rocio roger roland rolf romain
ronald rosa rosario rose rosemarie roy ruben rudolf russell ruth ryan sabine sabrina salvatore samantha samuel
sander sandra sanjay sanne sara sarah saskia savannah scott sean sebastian sem serge sergei sergio shane shannon
sharon shirley siegfried silke silvia simon simone sofia sophia sophie stefan stefanie stefano stephan stephanie
stephen steve steven stuart sunita susan susanne sven svenja sylvia sylvie tanja tara tatiana taylor teresa
terry theo theresa thierry thijs thomas tiffany tim timothy tobias tom tomasz torsten travis trevor tyler udo
ulrich ulrike ursula uta ute uwe valentin valentina valerie vanessa vera veronika veronique victor victoria
vikram vincent vincenzo virginie walter waltraud wei wendy werner whitney wilhelm willem willi william wilma
wojciech wolfgang xavier xin yan yann yannick ying yuki yusuf yves yvette yvonne zachary zbigniew zoe zofia
""".split()
)

SURNAMES = frozenset(
    """
adams ahmed albrecht ali allen alvarez anderson andre bailey baker bakker barbieri bauer baumann beck becker
bennett berg berger bergmann bernard bertrand bianchi blanc blanco boer bohm bonnet bos boyer brandt braun broek
brooks brouwer brown bruno busch calvo campbell campos cano carter caruso castillo castro chapman chavez chen
chevalier clark clarke clement collins colombo conti cook cooper cortes costa cox cruz dabrowska dabrowski
davies davis dekker delgado diaz dietrich dijk dijkstra dominguez dubois dumont dupont durand edwards engel
esposito evans faure fernandez ferrara ferrari ferreira fischer flores fontaine fontana foster fournier francois
frank franke friedrich fuchs galli gallo gao garcia garnier garrido gauthier gentile gil giordano girard gomez
gonzales gonzalez graaf grabowski graf gray greco green griffiths groot gross guerin guerrero gunther guo gupta
gutierrez haan haas hahn hall harris hartmann he heinrich hendriks henry hernandez heuvel hill hoffmann hofmann
horn howard hu huang huber hughes hussain iglesias jablonski jackson jacobs jager jankowski jansen jimenez
johnson jones jong jung kaczmarek kaiser kaminska kaminski keller kelly khan kim king klein koch koehler koenig
kohler kok konig kowalczyk kowalska kowalski kozlowski kramer kraus krause krawczyk krol krueger kruger kuehn
kuhn kumar kwiatkowski lambert lang lange laurent lee leeuwen lefebvre lefevre legrand lehmann leon leone leroy
lewandowska lewandowski lewis li liang lin linden liu lombardi long longo lopez lorenz lozano ludwig luo ma
maier mancini marchand mariani marin marino marshall martin martinelli martinez martini masson mathieu mayer
mazur medina meer meier meijer mendez mendoza mercier meyer michalski michel miller mitchell moeller molina
moller moore morales moreau morel moretti morgan morin morris mueller mulder muller murphy myers navarro nelson
neumann nguyen nicolas nowak oliveira ortega ortiz otto palmer parker patel pawlowski pereira perez perrin
peters peterson petit phillips piotrowski pohl price prieto ramirez ramos reed reyes ricci richard richardson
richter rinaldi rivera rizzo robert roberts robin robinson rodriguez rogers romano romero ross rossi roth
rousseau roussel roux rubio ruiz russo sanchez sanders santoro santos sanz sato schaefer schafer schmid schmidt
schmitt schneider scholz schreiber schroder schroeder schubert schulz schulze schumacher schuster schwarz scott
seidel serrano sharma shaw silva simon simpson singh smit smith smits sommer souza stein stewart suarez sun
suzuki szymanska szymanski tanaka taylor thomas thompson torres turner vazquez veen vega vermeulen vincent
visser vogel vogt vos vries wagner walker walsh walter wang ward watson webb weber weiss werner white wieczorek
williams wilson winkler winter wisniewska wisniewski wit wojciechowski wojcik wolf wood wozniak wright wrobel wu
xu yang young zajac zhang zhao zheng zhou zhu ziegler zielinska zielinski zimmermann
""".split()
)

SURNAMES_CN = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
    "姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
