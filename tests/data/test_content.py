"""Content that people in danger meet: complete, sourced, fresh, and loaded strictly."""

import re
import subprocess
import sys
import tomllib
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

import data
import data.content
from bot.domain.contacts import CHILDREN, GENERAL, MAX_AGE_DAYS, NOT_KNOWN
from bot.domain.safety import expand
from bot.errors import OperatorError
from data.content import FOLDER, load_contacts, load_lexicons

CONTACTS = load_contacts()
EVERY = [(country, contact) for country in CONTACTS.countries for contact in country.contacts]


def test_the_module_and_the_folder_of_the_same_name_do_not_clash(tmp_path):
    assert not (FOLDER / "__init__.py").exists()
    assert Path(data.content.__file__).name == "content.py"
    elsewhere = subprocess.run(
        [sys.executable, "-c", "import data.content as c; print(c.__file__, len(c.load_contacts().countries))"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert elsewhere.stdout.split()[0] == data.content.__file__


def test_the_content_folder_holds_no_code():
    assert not [path.name for path in FOLDER.rglob("*.py")]


def test_at_least_twelve_countries_have_help():
    assert len(CONTACTS.countries) >= 12


def test_no_number_is_older_than_half_a_year():
    today = datetime.now(UTC).date()
    assert CONTACTS.too_old(today) == ()
    assert CONTACTS.from_the_future(today) == ()


def test_what_is_too_old_is_said_in_words_with_the_place_to_look():
    newest = CONTACTS.newest_check
    later = date.fromordinal(newest.toordinal() + MAX_AGE_DAYS + 1)
    findings = CONTACTS.too_old(later)
    assert len(findings) == len(EVERY) + len(CONTACTS.countries) + len(CONTACTS.directories)
    assert "last checked on" in findings[0]
    assert "181 days ago; compare it with https://" in findings[0]
    assert CONTACTS.too_old(date.fromordinal(newest.toordinal() + MAX_AGE_DAYS)) == ()


@pytest.mark.parametrize("country", CONTACTS.countries, ids=lambda country: country.code)
def test_every_country_has_an_emergency_number_and_a_line_for_everybody(country):
    assert re.fullmatch(r"\d{2,5}", country.emergency.call)
    assert any(contact.for_whom == GENERAL for contact in country.contacts)


@pytest.mark.parametrize(("country", "contact"), EVERY, ids=lambda value: getattr(value, "name", ""))
def test_every_line_can_be_reached_and_traced(country, contact):
    assert contact.call or contact.text or contact.chat
    for number in filter(None, (contact.call, contact.text)):
        assert 2 <= len(re.sub(r"\D", "", number)) <= 15
    assert contact.proof.source.startswith("https://")
    assert contact.proof.checked_on > date(2026, 1, 1)
    assert contact.languages


def test_what_was_not_compared_with_the_live_page_can_be_listed():
    listed = CONTACTS.not_seen_live()
    stored = [name for name in listed if name.startswith("US ")]
    assert all(contact.proof.checked_in != "live page" for _, contact in EVERY) == (len(listed) >= len(EVERY))
    assert "US 988 Suicide & Crisis Lifeline" in stored or len(listed) < len(EVERY)


def test_a_known_country_shows_emergency_first_then_lines_for_everybody():
    shown = CONTACTS.for_country("us", "en-US")
    assert shown.emergency.call == "911"
    assert shown.contacts[0].call == "988"
    assert [contact.for_whom for contact in shown.contacts][-1] == CHILDREN


def test_with_minors_the_line_for_children_comes_first():
    assert CONTACTS.for_country("GB", "en-GB", minors=True).contacts[0].name == "Childline"
    assert CONTACTS.for_country("GB", "en-GB").contacts[0].name == "Samaritans"


def test_a_line_in_the_persons_language_comes_before_others():
    spanish = [contact for contact in CONTACTS.for_country("US", "es-419").contacts if contact.for_whom == GENERAL]
    spoken = ["es" in contact.languages for contact in spanish]
    assert spoken == sorted(spoken, reverse=True)


@pytest.mark.parametrize("code", [None, "", "XX", "🇩🇪", "usa"])
def test_an_unknown_country_shows_the_directories(code):
    shown = CONTACTS.for_country(code, None)
    assert shown.emergency is None
    assert shown.contacts == ()
    assert len(shown.directories) >= 2


def test_opening_hours_follow_the_clock_of_the_line():
    line = next(contact for _, contact in EVERY if contact.name == "Nummer gegen Kummer")
    assert line.is_open(datetime(2026, 11, 23, 13, 30, tzinfo=UTC)) is True
    assert line.is_open(datetime(2026, 11, 23, 12, 30, tzinfo=UTC)) is False
    assert line.is_open(datetime(2026, 7, 6, 12, 30, tzinfo=UTC)) is True
    assert line.is_open(datetime(2026, 11, 22, 13, 30, tzinfo=UTC)) is False


def test_a_line_until_midnight_is_open_in_the_last_minute():
    line = next(contact for _, contact in EVERY if contact.name == "Telefono Amico Italia")
    assert line.is_open(datetime(2026, 11, 23, 22, 59, tzinfo=UTC)) is True
    assert line.is_open(datetime(2026, 11, 23, 23, 0, tzinfo=UTC)) is False


def test_hours_that_nobody_compared_are_not_claimed():
    for _, contact in EVERY:
        if contact.hours == NOT_KNOWN:
            assert contact.is_open(datetime(2026, 11, 23, tzinfo=UTC)) is None
            assert not contact.always_open


GOOD = """
[[directory]]
name = "D"
url = "https://d.example"
source = "https://d.example"
checked_on = 2026-11-01
checked_in = "live page"

[[country]]
code = "DE"
name = "Germany"
zone = "Europe/Berlin"

[country.emergency]
call = "112"
source = "https://e.example"
checked_on = 2026-11-01
checked_in = "live page"

[[country.contact]]
name = "L"
call = "116 123"
hours = "24/7"
languages = ["de"]
for_whom = "general"
source = "https://l.example"
checked_on = 2026-11-01
checked_in = "live page"
"""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('call = "112"', 'call = "one one two"', "call: 'one one two'"),
        ('call = "116 123"', "", "call: give at least one of call, text and chat"),
        ('call = "116 123"', 'call = "116  123"', "call: '116  123'"),
        ('source = "https://l.example"', "", "contact 1, source: expected a str"),
        ('source = "https://l.example"', 'source = "http://l.example"', "source: 'http://l.example'"),
        (
            'checked_on = 2026-11-01\nchecked_in = "live page"\n\n[[country]]',
            "[[country]]",
            "checked_on: expected a date",
        ),
        ('hours = "24/7"', 'hours = "always"', "hours: 'always': expected 24/7"),
        ('hours = "24/7"', 'hours = "mon-fri 18:00-09:00"', "hours: 'mon-fri 18:00-09:00'"),
        ('hours = "24/7"', 'hours = "mon 25:00-26:00"', "hours: 'mon 25:00-26:00'"),
        ('languages = ["de"]', "languages = []", "languages: expected a list that is not empty"),
        ('languages = ["de"]', 'languages = ["de", "de"]', "languages: 'de' stands there more than once"),
        ('for_whom = "general"', 'for_whom = "cats"', "for_whom: 'cats' is not one of general"),
        ('zone = "Europe/Berlin"', 'zone = "Mars/Base"', "zone: 'Mars/Base' is not an IANA time zone"),
        ('zone = "Europe/Berlin"', 'zone = "../../etc"', "zone: '../../etc' is not an IANA time zone"),
        ('name = "L"', 'name = "L"\nfax = "1"', "fax: unknown key"),
        ('name = "Germany"', "name = 7", "name: expected a str"),
        ('code = "DE"', 'code = "de"', "code: 'de'"),
        ('name = "L"', 'name = "L', "cannot be read"),
        ("[country.emergency]", "[country.emergencies]", "emergency: expected a dict"),
    ],
)
def test_a_mistake_in_the_contacts_names_file_place_and_remedy(tmp_path, old, new, said):
    path = tmp_path / "contacts.toml"
    path.write_text(GOOD, encoding="utf-8")
    assert load_contacts(path).countries[0].code == "DE"
    broken = tmp_path / "broken.toml"
    assert old in GOOD
    broken.write_text(GOOD.replace(old, new), encoding="utf-8")
    with pytest.raises(OperatorError) as caught:
        load_contacts(broken)
    assert any(said in finding for finding in caught.value.findings), caught.value.findings
    assert all(finding.startswith("broken.toml") for finding in caught.value.findings)


def test_a_country_or_a_line_that_stands_twice_is_refused(tmp_path):
    country = GOOD[GOOD.index("[[country]]") :]
    line = GOOD[GOOD.index("[[country.contact]]") :]
    path = tmp_path / "contacts.toml"
    path.write_text(GOOD + country, encoding="utf-8")
    with pytest.raises(OperatorError, match="DE stands there more than once"):
        load_contacts(path)
    other = tmp_path / "lines.toml"
    other.write_text(GOOD + line, encoding="utf-8")
    with pytest.raises(OperatorError, match="two contacts have the same name"):
        load_contacts(other)


WORDS = """language = "xx"

[sets]
who = ["i", "we"]

[phrases]
explicit = [
  "{who} fall",
  "fall down",
]

[exceptions]
before = ["never"]
"""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            '  "fall down",',
            '  "fall down",\n  "fall down",',
            "explicit: row 10: 'fall down' stands there more than once",
        ),
        ('"fall down"', '"fall {down"', "explicit: row 9: 'fall {down' has a { that is not closed"),
        ('"fall down"', '""', "explicit: row 9: '' can be empty"),
        ('"fall down"', "7", "explicit: a row: 7 is not a text"),
        ('"fall down"', '"fall down", 7, 7', "explicit: a row: 7 is not a text"),
        ('"fall down"', '"{they} fall"', "names the set 'they', which is not there"),
        ("explicit", "sad", "sad: unknown class; the classes are explicit"),
        ("[sets]\n", '[sets]\nidle = ["a", "b"]\n', "sets, idle: no phrase uses this set"),
        ("before", "behind", "behind: unknown key"),
        ('"xx"', '"yy"', "language: 'yy' in a file named xx.toml"),
        ("[phrases]", "[phrasing]", "phrasing: unknown key"),
    ],
)
def test_a_mistake_in_the_words_of_danger_names_file_row_and_reason(tmp_path, old, new, said):
    good, broken = tmp_path / "good", tmp_path / "broken"
    good.mkdir()
    broken.mkdir()
    (good / "xx.toml").write_text(WORDS, encoding="utf-8")
    lexicon = load_lexicons(good)[0]
    written = [phrase for template in lexicon.phrases["explicit"] for phrase in expand(template, lexicon.sets)]
    assert written == ["i fall", "we fall", "fall down"]
    assert old in WORDS
    (broken / "xx.toml").write_text(WORDS.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(OperatorError) as caught:
        load_lexicons(broken)
    assert any(said in finding for finding in caught.value.findings), caught.value.findings
    assert all(finding.startswith("xx.toml") for finding in caught.value.findings)


def test_a_missing_folder_of_words_is_an_operator_error(tmp_path):
    with pytest.raises(OperatorError, match="no language is there"):
        load_lexicons(tmp_path)


def test_a_phrase_stands_in_one_class_only():
    for path in sorted((FOLDER / "crisis_words").glob("*.toml")):
        templates = [text for all_ in tomllib.loads(path.read_text("utf-8"))["phrases"].values() for text in all_]
        assert len(templates) == len(set(templates)), path.name


def test_everything_is_read_once_and_then_needs_no_disk(tmp_path):
    path = tmp_path / "contacts.toml"
    path.write_text(GOOD, encoding="utf-8")
    first = load_contacts(path)
    path.unlink()
    assert load_contacts(path) is first
