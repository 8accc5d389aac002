"""Indicators, one a line: what each is, and why a line is none."""

from __future__ import annotations

import pytest

from incidents.stix.lines import LINE_MESSAGES, MOST_LINES, read_lines
from incidents.stix.refang import refang

MD5, SHA1, SHA256, SHA512 = "d4" * 16, "da" * 20, "e3" * 32, "cf" * 64


@pytest.mark.parametrize(
    ("line", "type_", "value", "pattern"),
    [
        ("192.0.2.7", "ipv4-addr", "192.0.2.7", "[ipv4-addr:value = '192.0.2.7']"),
        ("192[.]0[.]2[.]7", "ipv4-addr", "192.0.2.7", "[ipv4-addr:value = '192.0.2.7']"),
        (
            "198.51.100.0/24",
            "ipv4-addr",
            "198.51.100.0/24",
            "[ipv4-addr:value ISSUBSET '198.51.100.0/24']",
        ),
        (
            "198.51.100.9/24",
            "ipv4-addr",
            "198.51.100.0/24",
            "[ipv4-addr:value ISSUBSET '198.51.100.0/24']",
        ),
        ("2001:DB8::0:7", "ipv6-addr", "2001:db8::7", "[ipv6-addr:value = '2001:db8::7']"),
        ("[2001:db8::7]", "ipv6-addr", "2001:db8::7", "[ipv6-addr:value = '2001:db8::7']"),
        (
            "2001:db8::/32",
            "ipv6-addr",
            "2001:db8::/32",
            "[ipv6-addr:value ISSUBSET '2001:db8::/32']",
        ),
        ("C2.Example.", "domain-name", "c2.example", "[domain-name:value = 'c2.example']"),
        ("c2(dot)example", "domain-name", "c2.example", "[domain-name:value = 'c2.example']"),
        ("c2 dot example", "domain-name", "c2.example", "[domain-name:value = 'c2.example']"),
        ("c2[.example", "domain-name", "c2.example", "[domain-name:value = 'c2.example']"),
        ("“c2.example”,", "domain-name", "c2.example", "[domain-name:value = 'c2.example']"),
        ("c2\u200b.example", "domain-name", "c2.example", "[domain-name:value = 'c2.example']"),
        (
            "приклад.укр",
            "domain-name",
            "xn--80aikifvh.xn--j1amh",
            "[domain-name:value = 'xn--80aikifvh.xn--j1amh']",
        ),
        (
            "_sip.c2.example",
            "domain-name",
            "_sip.c2.example",
            "[domain-name:value = '_sip.c2.example']",
        ),
        (
            "hxxps://c2[.]example/a?b=c#d",
            "url",
            "https://c2.example/a?b=c#d",
            "[url:value = 'https://c2.example/a?b=c#d']",
        ),
        (
            "hXXp[://]C2.example:8080/X",
            "url",
            "http://c2.example:8080/X",
            "[url:value = 'http://c2.example:8080/X']",
        ),
        (
            "http://приклад.укр/шлях",
            "url",
            "http://xn--80aikifvh.xn--j1amh/%D1%88%D0%BB%D1%8F%D1%85",
            "[url:value = 'http://xn--80aikifvh.xn--j1amh/%D1%88%D0%BB%D1%8F%D1%85']",
        ),
        (
            "http://192.0.2.7/a'b\\c",
            "url",
            "http://192.0.2.7/a'b%5Cc",
            "[url:value = 'http://192.0.2.7/a\\'b%5Cc']",
        ),
        (
            "http://[2001:db8::7]/",
            "url",
            "http://[2001:db8::7]/",
            "[url:value = 'http://[2001:db8::7]/']",
        ),
        (
            "http://update.zip/",
            "url",
            "http://update.zip/",
            "[url:value = 'http://update.zip/']",
        ),
        (
            "lure[at]mail[.]example",
            "email-addr",
            "lure@mail.example",
            "[email-addr:value = 'lure@mail.example']",
        ),
        (
            "o'neil@mail.example",
            "email-addr",
            "o'neil@mail.example",
            "[email-addr:value = 'o\\'neil@mail.example']",
        ),
        (MD5, "file", {"MD5": MD5}, f"[file:hashes.MD5 = '{MD5}']"),
        (SHA1.upper(), "file", {"SHA-1": SHA1}, f"[file:hashes.'SHA-1' = '{SHA1}']"),
        (SHA256, "file", {"SHA-256": SHA256}, f"[file:hashes.'SHA-256' = '{SHA256}']"),
        (SHA512, "file", {"SHA-512": SHA512}, f"[file:hashes.'SHA-512' = '{SHA512}']"),
    ],
)
def test_line_is_recognised(line: str, type_: str, value: object, pattern: str) -> None:
    (item,), problems = read_lines(line)
    assert problems == ()
    assert item.type == type_
    assert value in item.value.values()
    assert item.pattern == pattern


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("hello", "not_recognised"),
        ("two words", "not_recognised"),
        ("it is c2.example today", "not_recognised"),
        ("setup.py", "file_name"),
        ("Invoice.exe", "file_name"),
        ("192.0.2.256", "address_out_of_range"),
        ("192.0.2.7:443", "address_with_port"),
        ("192.0.2.0/33", "not_a_network"),
        ("c2.example/path", "not_a_network"),
        ("-c2.example", "bad_domain"),
        ("c2..example", "bad_domain"),
        ("c2.example1", "bad_domain"),
        (f"{'a' * 64}.example", "bad_domain"),
        ("http://", "bad_url"),
        ("http://c2.example/a b", "bad_url"),
        ("http://c2.example:port/", "bad_url"),
        ("http://192.0.2.256/", "bad_url"),
        ("http://[2001:db8::/", "bad_url"),
        ("Ann <ann@mail.example>", "bad_email"),
        ("ann@mail", "bad_email"),
        ("d4" * 17, "bad_hash"),
        ("a" * 3_000, "line_too_long"),
    ],
)
def test_line_is_refused(line: str, code: str) -> None:
    found, (problem,) = read_lines(f"\n192.0.2.1\n{line}\n192.0.2.2")
    assert [item.line for item in found] == [2, 4]
    assert (problem.line, problem.code) == (3, code)
    assert problem.text == line[:120]
    assert problem.message
    assert problem.fix


def test_every_reason_is_used() -> None:
    assert {"too_many_lines", "not_recognised"} <= set(LINE_MESSAGES)


def test_comments_blanks_and_repeats_are_skipped() -> None:
    text = "# seen in mail\n\n 192.0.2.7 # C2\r\n192[.]0[.]2[.]7\nhttp://c2.example/#part\n"
    found, problems = read_lines(text)
    assert problems == ()
    assert [(item.line, item.shown) for item in found] == [
        (3, "192.0.2.7"),
        (5, "http://c2.example/#part"),
    ]


def test_number_of_lines_is_limited() -> None:
    found, problems = read_lines("\n".join(f"a{n}.example" for n in range(MOST_LINES + 50)))
    assert len(found) == MOST_LINES
    assert [(item.line, item.code) for item in problems] == [(MOST_LINES + 1, "too_many_lines")]
    _, refused = read_lines("x\n" * 100_000)
    assert len(refused) == MOST_LINES + 1


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("hxxp://a.example", "http://a.example"),
        ("h**ps://a.example", "https://a.example"),
        ("fxp://a.example", "ftp://a.example"),
        ("a{.}example", "a.example"),
        ("a[dot]example", "a.example"),
        ("a\\.example", "a.example"),
        ("http[:]//a.example", "http://a.example"),
        ("a(крапка)укр", "a.укр"),
        ("lure at mail.example", "lure@mail.example"),
        ("hxxp.example", "hxxp.example"),
        ("dotted.example", "dotted.example"),
    ],
)
def test_refang(text: str, result: str) -> None:
    assert refang(text) == result
