"""One person is one row; in each guild they are somebody else, and only their consent ties it together."""

import datetime as dt

import pytest
import sqlalchemy as sa

from data.db import Database
from data.schema import members, people
from data.store import guilds
from data.store import people as store
from tests.store.rows import ANNA, BEN, HERE, NOON, OURS, REFUSED, THEIRS, THERE, put_guild, put_member, put_two_guilds


async def test_somebody_who_never_did_anything_is_unknown(db: Database):
    await db.write(put_two_guilds)
    assert await db.read(lambda tx: store.fetch_member(tx, HERE, ANNA)) is None
    assert await db.read(lambda tx: store.fetch_person(tx, ANNA)) is None


async def test_a_member_is_made_once_and_found_again(db: Database):
    await db.write(put_two_guilds)
    first = await db.write(lambda tx: put_member(tx, HERE, ANNA))
    again = await db.write(lambda tx: store.ensure_member(tx, HERE, ANNA, new_person_id="e" * 32, new_ref="f" * 32))
    assert again == first == await db.read(lambda tx: store.fetch_member(tx, HERE, ANNA))
    assert first.consent_version is None


async def test_one_person_has_another_ref_in_each_guild(db: Database):
    await db.write(put_two_guilds)
    here = await db.write(lambda tx: put_member(tx, HERE, ANNA))
    there = await db.write(lambda tx: store.ensure_member(tx, THERE, ANNA, new_person_id="e" * 32, new_ref="f" * 32))
    assert there.person_id == here.person_id
    assert there.ref == "f" * 32 != here.ref
    person = await db.read(lambda tx: store.fetch_person(tx, ANNA))
    assert person.refs == {HERE: here.ref, THERE: there.ref}
    assert (person.locale, person.zone, person.country) == (None, None, None)


async def test_two_people_in_one_guild_are_two(db: Database):
    await db.write(put_two_guilds)
    anna = await db.write(lambda tx: put_member(tx, HERE, ANNA))
    ben = await db.write(lambda tx: put_member(tx, HERE, BEN))
    assert anna.ref != ben.ref
    assert anna.person_id != ben.person_id


async def test_the_persons_own_zone_comes_before_the_guilds(db: Database):
    await db.write(lambda tx: put_guild(tx, HERE, OURS, zone="Europe/Berlin"))
    assert (await db.write(lambda tx: put_member(tx, HERE, ANNA))).zone == "Europe/Berlin"
    await db.write(lambda tx: tx.execute(sa.update(people).values(zone="Asia/Tokyo")) and None)
    assert (await db.read(lambda tx: store.fetch_member(tx, HERE, ANNA))).zone == "Asia/Tokyo"


async def test_consent_counts_for_one_person_in_all_guilds(db: Database):
    await db.write(put_two_guilds)
    anna = await db.write(lambda tx: put_member(tx, HERE, ANNA))
    await db.write(lambda tx: put_member(tx, HERE, BEN))
    day = dt.date(2026, 3, 10)
    await db.write(lambda tx: store.record_consent(tx, anna.person_id, version=3, on=day))
    there = await db.write(lambda tx: put_member(tx, THERE, ANNA))
    assert there.consent_version == 3
    assert (await db.read(lambda tx: store.fetch_member(tx, HERE, BEN))).consent_version is None
    on = sa.select(people.c.consented_on).where(people.c.user_id == ANNA)
    assert await db.read(lambda tx: tx.execute(on).scalar_one()) == day


async def test_nobody_becomes_a_member_of_a_guild_that_is_not_there(db: Database):
    with pytest.raises((LookupError, *REFUSED)):
        await db.write(lambda tx: put_member(tx, HERE, ANNA))
    assert await db.read(lambda tx: store.fetch_person(tx, ANNA)) is None


async def test_names_are_found_by_ref_and_only_of_those_who_are_still_there(db: Database):
    await db.write(put_two_guilds)
    anna = await db.write(lambda tx: put_member(tx, HERE, ANNA))
    ben = await db.write(lambda tx: put_member(tx, HERE, BEN))
    refs = [anna.ref, ben.ref, "0" * 32]
    found = await db.read(lambda tx: store.fetch_user_ids(tx, HERE, refs))
    assert found == {anna.ref: ANNA, ben.ref: BEN}
    forget = sa.update(members).where(members.c.ref == ben.ref).values(person_id=None)
    await db.write(lambda tx: tx.execute(forget) and None)
    assert await db.read(lambda tx: store.fetch_user_ids(tx, HERE, refs)) == {anna.ref: ANNA}
    assert await db.read(lambda tx: store.fetch_user_ids(tx, HERE, [])) == {}


def test_what_is_printed_of_a_person_ties_them_to_no_guild():
    assert "f" * 32 not in repr(store.Person("e" * 32, None, None, None, 1, {HERE: "f" * 32}))


async def test_ids_of_every_size_discord_can_make_are_kept_exactly(db: Database):
    await db.write(put_two_guilds)
    sizes = [1, 2**31, 2**53 + 1, 2**63 - 1]
    refs = [(await db.write(lambda tx, size=size: put_member(tx, HERE, size))).ref for size in sizes]
    assert await db.read(lambda tx: store.fetch_user_ids(tx, HERE, refs)) == dict(zip(refs, sizes, strict=True))


async def test_home_is_the_guild_of_a_programme_only_to_those_who_are_members_of_it(db: Database):
    await db.write(put_two_guilds)
    await db.write(lambda tx: put_member(tx, HERE, ANNA) and None)

    def homes():
        return db.read(lambda tx: [store.fetch_home(tx, *who) for who in ((ANNA, OURS), (ANNA, THEIRS), (BEN, OURS))])

    assert await homes() == [HERE, None, None]
    await db.write(lambda tx: put_member(tx, THERE, ANNA) and None)
    assert await homes() == [HERE, THERE, None]
    await db.write(lambda tx: guilds.update(tx, HERE, removed_at=NOON))
    assert await homes() == [None, THERE, None]
    assert await db.read(lambda tx: store.fetch_home(tx, ANNA, "9" * 32)) is None
