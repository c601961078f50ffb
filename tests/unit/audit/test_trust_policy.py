"""Trust policies: parsed strictly, quorums over witnesses and groups of them."""

import contextlib
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassledger.audit.note import COSIGNATURE
from glassledger.audit.signer import Signer
from glassledger.audit.trust_policy import TrustPolicy
from glassledger.errors import PolicyError

LOG = Signer.from_seed(bytes(range(32)), "bank.example/log")
W = [Signer.from_seed(bytes([n] * 32), f"w{n}.example", algorithm=COSIGNATURE) for n in range(6)]
NAMES = ("X1", "X2", "X3", "Y1", "Y2", "Y3")
WITNESSES = "".join(f"witness {name} {signer.vkey}\n" for name, signer in zip(NAMES, W, strict=True))
NESTED = f"""# two organisations

log {LOG.vkey}
{WITNESSES}
group X-witnesses 2 X1 X2 X3
\tgroup   Y-witnesses\tany Y1 Y2 Y3
group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
"""


def test_the_specifications_example_counts_as_it_says() -> None:
    policy = TrustPolicy.parse(NESTED.encode())
    keys = dict(zip(NAMES, (signer.key for signer in W), strict=True))
    for size in range(7):
        for chosen in combinations(NAMES, size):
            wanted = sum(name[0] == "X" for name in chosen) >= 2 and any(name[0] == "Y" for name in chosen)
            assert policy.is_met(keys[name] for name in chosen) is wanted
    assert policy.log_keys("bank.example/log") == (LOG.key,)
    assert policy.log_keys("other.example/log") == ()


def test_none_asks_for_nobody_and_one_witness_for_that_one() -> None:
    assert TrustPolicy.parse(b"quorum none\n").is_met([])
    one = TrustPolicy.parse(f"witness a {W[0].vkey} http://127.0.0.1:1/\nquorum a\n".encode())
    assert one.witnesses["a"].url == "http://127.0.0.1:1/"
    assert one.is_met([W[0].key])
    assert not one.is_met([W[1].key])


REFUSED = {
    "no quorum": f"log {LOG.vkey}\n",
    "two quorums": "quorum none\nquorum none\n",
    "a later name": f"quorum a\nwitness a {W[0].vkey}\n",
    "an unknown member": f"witness a {W[0].vkey}\ngroup g 1 b\nquorum g\n",
    "none as a member": f"witness a {W[0].vkey}\ngroup g any none\nquorum g\n",
    "a name twice": f"witness a {W[0].vkey}\nwitness a {W[1].vkey}\nquorum a\n",
    "a key twice": f"witness a {W[0].vkey}\nwitness b {W[0].vkey}\nquorum a\n",
    "a key under two names": f"witness a {W[0].vkey}\n"
    f"witness b {Signer.from_seed(bytes([0] * 32), 'other', algorithm=COSIGNATURE).vkey}\nquorum a\n",
    "a log twice": f"log {LOG.vkey}\nlog {LOG.vkey}\nquorum none\n",
    "a member twice": f"witness a {W[0].vkey}\ngroup g 1 a a\nquorum g\n",
    "a member of two groups": f"witness a {W[0].vkey}\ngroup g 1 a\ngroup h 1 a\nquorum h\n",
    "none of them": f"witness a {W[0].vkey}\ngroup g 0 a\nquorum g\n",
    "too many of them": f"witness a {W[0].vkey}\ngroup g 2 a\nquorum g\n",
    "a number with a zero": f"witness a {W[0].vkey}\ngroup g 01 a\nquorum g\n",
    "an empty group": "group g 1\nquorum g\n",
    "a log's key as a witness": f"witness a {LOG.vkey}\nquorum a\n",
    "a witness's key as a log": f"log {W[0].vkey}\nquorum none\n",
    "a broken key": f"log {LOG.vkey[:-4]}AAA=\nquorum none\n",
    "the word none as a name": f"witness none {W[0].vkey}\nquorum none\n",
    "an unknown word": "quorum none\nthreshold 2\n",
    "no last line end": "quorum none",
    "a carriage return": "quorum none\r\n",
    "a control character": "quorum none\n# \x07\n",
}


@pytest.mark.parametrize("what", REFUSED)
def test_it_refuses(what: str) -> None:
    with pytest.raises(PolicyError) as caught:
        TrustPolicy.parse(REFUSED[what].encode())
    assert caught.value.code == "trust-policy-malformed"


def test_names_are_opaque_bytes_and_limits_are_generous() -> None:
    kelvin = f"witness K {W[0].vkey}\nwitness \u212a {W[1].vkey}\nquorum \u212a\n".encode()
    assert not TrustPolicy.parse(kelvin).is_met([W[0].key])
    assert TrustPolicy.parse(b"witness \xff " + W[0].vkey.encode() + b"\nquorum \xff\n").is_met([W[0].key])
    many = [Signer.from_seed(bytes([n, 7] * 16), f"m{n}", algorithm=COSIGNATURE) for n in range(32)]
    lines = [f"witness m{n} {signer.vkey}\ngroup g{n} 1 m{n}\n" for n, signer in enumerate(many)]
    whole = "".join(lines) + "group all 20 " + " ".join(f"g{n}" for n in range(32)) + "\nquorum all\n"
    assert TrustPolicy.parse(whole.encode()).is_met(signer.key for signer in many[:20])
    assert not TrustPolicy.parse(whole.encode()).is_met(signer.key for signer in many[:19])


@given(st.binary(max_size=200))
def test_nothing_else_than_a_refusal_comes_out_of_noise(data: bytes) -> None:
    with contextlib.suppress(PolicyError):
        TrustPolicy.parse(data)
