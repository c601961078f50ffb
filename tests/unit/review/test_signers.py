"""``allowed_signers``: what OpenSSH reads, minus everything that is not one named person."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from glassledger.errors import AuditError, ReviewError
from glassledger.review import signers_line, sshsig
from glassledger.review.signers import parse_signers, person


def public(letter: str) -> str:
    return sshsig.public_line(
        sshsig.public_blob(Ed25519PrivateKey.from_private_bytes(letter.encode() * 32).public_key())
    )


KEY = public("a")


def test_comments_blank_lines_options_and_trailing_comments():
    text = f'# people\n\nalice@corp {KEY} her laptop\n  bob@corp namespaces="x,y" , {public("b")}\n'.replace(" , ", " ")
    alice, bob = parse_signers(text)
    assert (alice.identity, alice.namespaces) == ("alice@corp", ())
    assert (bob.identity, bob.namespaces) == ("bob@corp", ("x", "y"))


def test_a_line_we_write_is_one_we_read():
    (signer,) = parse_signers(signers_line("alice@corp", KEY + " comment"))
    assert (signer.identity, signer.namespaces) == ("alice@corp", ("signoff@glassledger",))


@pytest.mark.parametrize(
    "line",
    [
        f"*@corp {KEY}",
        f"alice@corp,!bob@corp {KEY}",
        f'"alice smith" {KEY}',
        f"alice@corp cert-authority {KEY}",
        f'alice@corp no-such-option="1" {KEY}',
        f'alice@corp namespaces="sign*" {KEY}',
        f'alice@corp namespaces="" {KEY}',
        f'alice@corp namespaces="a",namespaces="b" {KEY}',
        f'alice@corp valid-after="2026" {KEY}',
        f'alice@corp valid-before="20261301" {KEY}',
        f'alice@corp valid-before="tomorrow" {KEY}',
        f"alice@corp valid-before=20260101 {KEY}",
        "alice@corp ssh-ed25519",
        "alice@corp ssh-ed25519 AAAA",
        "alice@corp ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQ==",
        "alice@corp sk-ssh-ed25519@openssh.com AAAA",
        "alice@corp",
        f"alice@corp {KEY[:-6]}",
    ],
)
def test_a_line_that_is_not_one_named_person_is_refused(line):
    with pytest.raises(ReviewError) as caught:
        parse_signers(line)
    assert caught.value.code in {"signers-malformed", "identity-malformed"}


def test_one_key_under_two_names_is_refused_but_not_one_person_with_two_windows():
    for text in (f"alice@corp {KEY}\nbob@corp {KEY}\n", f"alice@corp,bob@corp {KEY}\n"):
        with pytest.raises(ReviewError) as caught:
            parse_signers(text)
        assert caught.value.code == "key-shared"
    twice = f'a@corp valid-before="20260101Z" {KEY}\na@corp valid-after="20270101Z" {KEY}\na@corp {public("b")}\n'
    assert len(parse_signers(twice)) == 3


@pytest.mark.parametrize("identity", ["", "a b", "a,b", "*", "a#b", 'a"b', "a\nb", "!a", "a?"])
def test_odd_identities_are_not_written(identity):
    with pytest.raises(ReviewError):
        signers_line(identity, KEY)


@pytest.mark.parametrize(
    "key", ["", "ssh-ed25519", "ssh-ed25519 !!!!", "ssh-rsa AAAA", "ssh-ed25519 AAAA\nevil " + KEY]
)
def test_odd_public_keys_are_not_written(key):
    with pytest.raises(AuditError):
        signers_line("alice@corp", key)


def test_a_second_line_cannot_be_smuggled_in():
    line = signers_line("alice@corp", KEY + "\nmallory@corp " + public("m"))
    assert [signer.identity for signer in parse_signers(line)] == ["alice@corp"]


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused_by_our_error(text):
    try:
        parse_signers(text)
    except ReviewError as error:
        assert error.code in {"signers-malformed", "identity-malformed", "key-shared"}


def test_people_are_told_apart_by_more_than_spelling():
    assert person("Dana@Corp ") == person("dana@corp")
    assert person("dana@corp") != person("dina@corp")
