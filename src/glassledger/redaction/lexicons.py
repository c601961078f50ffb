"""Frequent given names, Chinese surnames, words of addresses: enough to tell a column, too few to tell a person."""

import re
from collections.abc import Sequence

import numpy as np

from glassledger.redaction.checksums import Truths

_GIVEN = (
    "aaron adam adrian agnes aiden alan albert alex alexander alexandra alice alina amanda amelia amy ana "
    "anders andre andrea andreas andrew angela anja anke ann anna anne annette anthony antoine antonio arthur "
    "ashley astrid audrey aurelie austin barbara beatrice ben benjamin bernard bernd betty birgit bjorn "
    "bonnie brandon brenda brian bruno camille carl carla carlos carmen carol caroline catherine cecile "
    "celine chantal charles charlotte chloe chris christa christian christiane christina christine christoph "
    "christopher claire clara claude claudia clement cornelia cynthia daniel daniela david deborah denis "
    "dennis diana diane dieter dirk dominique donald donna dorothea dorothy dylan edith eduard edward elena "
    "elias elisabeth elizabeth ella ellen emil emilie emily emma eric erik erika ethan eugene eva evelyn "
    "fabian fabrice fang felix florence florian frances francis franck francois francoise frank franz "
    "frederic friedrich fritz gabriel gabriele gary georg george gerald gerard gerd gerhard gisela giulia "
    "grace gregory guillaume gunter gunther hanna hannah hannelore hans harald harry heather heike heinrich "
    "heinz helen helene helga helmut henri henry herbert hermann holger hong horst hugo hui ian ilse inge "
    "ingrid irene iris isabel isabelle jack jacob jacqueline jacques jakob james jan jana jane janet janine "
    "jasmin jason jean jeanne jeff jeffrey jennifer jens jeremy jerome jessica jie jim jing joachim joan joe "
    "johann johanna johannes john jonas jonathan jorg jose josef joseph joshua joyce juan judith judy julia "
    "julian julie julien jun jurgen justin jutta karen karin karl karsten katharina katherine kathleen "
    "kathryn katja katrin keith kelly kenneth kerstin kevin kim kimberly klaus kurt kyle lara larry laura "
    "laure laurence laurent lea leah lei lena leo leon leonie li lily lin lina linda lisa logan louis louise "
    "luc luca lucas lucia lucie luis luisa lukas luke madison manfred manon manuel marc marcel marco marcus "
    "margaret margarete maria marie marina mario marion mark markus marlene marta martha martin martina mary "
    "mathieu mathilde matteo matthew matthias maurice max maximilian megan melanie melissa mia michael michel "
    "michele michelle miguel mike mila min ming monica monika monique nadine nancy natalie nathalie nathan "
    "nicholas nick nicolas nicole niklas nils nina noah noemie nora norbert oliver olivia olivier oscar otto "
    "pamela pascal patricia patrick paul paula pauline pedro peggy peter petra philip philipp philippe pierre "
    "ping rachel rainer ralf ralph ramona raphael raymond rebecca regina reinhard renate renee richard rita "
    "robert robin roger roland rolf romain ronald rosa rose roy rudolf russell ruth ryan sabine sabrina "
    "samantha samuel sandra sara sarah scott sean sebastian sharon shirley silke silvia simon simone sofia "
    "sophia sophie stefan stefanie stephan stephanie stephen steve steven susan susanne sven sylvia sylvie "
    "tanja tara teresa terry theo theresa thierry thomas tim timothy tobias tom torsten tyler udo ulrich "
    "ulrike ursula uta uwe valentin valerie vanessa vera veronika veronique victor victoria vincent virginie "
    "walter wei wendy werner wilhelm willi william wolfgang xavier xin yan yann yannick ying yvette yvonne "
    "zachary zoe "
)
GIVEN_NAMES = frozenset(_GIVEN.split())

SURNAMES_CN = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹"
    "孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
_COMPANY = re.compile(
    r"\b(?:ltd|inc|llc|gmbh|ag|corp|co|plc|sa|sarl|sas|kg|bv|group|company|holding|services|solutions|partners|bank"
    r"|university|hotel|systems|und|and|et|sons)\b|公司|集团|&", re.ASCII | re.IGNORECASE
)  # fmt: skip
_NAME = re.compile(r"[^\W\d_][^\W\d_.'’-]*\.?(?:[ ,'’-]{1,2}[^\W\d_][^\W\d_.'’-]*\.?){0,4}")
_CN_NAME = re.compile(r"[\u4e00-\u9fff]{2,4}")
_STREET = re.compile(
    r"\b(?:street|st|avenue|ave|road|rd|lane|ln|drive|dr|boulevard|blvd|court|ct|way|square|sq|terrace|close|rue|chemin"
    r"|impasse|quai|allée|allee|cours|calle|via|place|platz|weg|gasse|ring|damm|ufer|po box|apt|suite)\b"
    r"|[^\W\d_]{3}(?:straße|strasse|str\.|weg|platz|allee|gasse|damm|ring|ufer) \d", re.IGNORECASE
)  # fmt: skip
_CN_STREET = re.compile(r"[省市区县镇乡].{0,12}[路街道巷村弄号]|[路街道巷弄].{0,3}\d+号")
_ACCENTS = str.maketrans("äöüéèêëàâçïîôûùñáíóúÄÖÜÉ", "aoueeeeaaciiouunaiouAOUE")


def name_shaped(values: Sequence[str]) -> Truths:
    """One to five words of letters, or two to four Chinese characters; no company."""

    def right(value: str) -> bool:
        if _CN_NAME.fullmatch(value):
            return True
        return (
            _NAME.fullmatch(value) is not None and (value[:1].isupper() or "," in value) and not _COMPANY.search(value)
        )

    return np.asarray([right(value) for value in values], dtype=bool).reshape(len(values))


def name_known(values: Sequence[str]) -> Truths:
    """Shaped like a name and with a frequent given name, or a frequent Chinese surname, in it."""

    def known(value: str) -> bool:
        if _CN_NAME.fullmatch(value):
            return value[0] in SURNAMES_CN and len(value) <= 3
        words = re.split(r"[ ,'’-]+", value.translate(_ACCENTS).lower())
        return any(word in GIVEN_NAMES for word in words)

    return np.asarray(name_shaped(values) & np.asarray([known(value) for value in values], dtype=bool))


def address_shaped(values: Sequence[str]) -> Truths:
    """A street word and a house number, in the manner of English, German, French or Chinese."""

    def right(value: str) -> bool:
        digit = any(letter.isdigit() for letter in value)
        return (
            digit and len(value) <= 160 and (_STREET.search(value) is not None or _CN_STREET.search(value) is not None)
        )

    return np.asarray([right(value) for value in values], dtype=bool).reshape(len(values))
