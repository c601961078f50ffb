"""Rule packs: the shipped ones hold what readers rely on, and a faulty one is refused with its line."""

import pytest

from glassledger.errors import PolicyError
from glassledger.policy.rule_packs import load_pack, parse_pack
from glassledger.policy.shipped import shipped_packs

PACK = """\
glassledger_rules: 1
id: ours
title: Our rules
version: "2026-01-31"
status: house
since: 2026-01-31
basis: own
controls:
  - {id: a, citation: c, title: t, asks: x, sectors: [credit], wants: [log], answer: automatic, basis: own}
"""


@pytest.mark.parametrize("name", shipped_packs())
def test_a_shipped_pack_is_dated_and_admits_how_it_was_checked(name):
    pack = load_pack(name)
    assert pack.id == name
    assert pack.version <= "2026-12-31"
    assert {control.basis for control in pack.controls} <= {"secondary", "memory", "own"}, "nobody read official texts"
    said = " ".join(f"{control.title} {control.asks}" for control in pack.controls).lower()
    assert "certified" not in said


def test_the_rules_that_people_ask_for_are_there():
    expected = {"eu_ai_act", "eu_gdpr", "eu_ccd2", "us_model_risk", "us_credit", "us_ca_ccpa", "us_co", "uk", "cn_pipl"}
    assert expected | {"eu_marketing", "nist_ai_rmf", "nist_sp_800_226", "iso_42001"} <= set(shipped_packs())


def test_a_pack_of_ones_own_is_read_from_a_file(tmp_path):
    path = tmp_path / "ours.yaml"
    path.write_text(PACK)
    assert load_pack(path).controls[0].wants == ("log",)


@pytest.mark.parametrize(
    ("change", "line", "said"),
    [
        (("wants: [log]", "wants: [logg]"), 9, "log"),
        (("status: house", "status: hous"), 5, "house"),
        (("sectors: [credit]", "sectors: []"), 9, "sectors"),
        (('version: "2026-01-31"', "version: soon"), 4, "YYYY-MM-DD"),
        (("title: Our rules", "titel: Our rules"), 3, "title"),
    ],
)
def test_a_faulty_pack_is_refused_with_its_line(change, line, said):
    with pytest.raises(PolicyError) as caught:
        parse_pack(PACK.replace(*change).encode(), name="ours.yaml")
    assert f"ours.yaml:{line}" in caught.value.message
    assert said in caught.value.message


def test_two_controls_with_one_id_are_refused():
    twice = PACK + PACK.splitlines()[-1] + "\n"
    with pytest.raises(PolicyError, match="another control has this id"):
        parse_pack(twice.encode(), name="ours.yaml")


def test_a_misspelt_pack_is_refused_with_the_nearest_name():
    with pytest.raises(PolicyError, match="eu_gdpr"):
        load_pack("eu_gpdr")
