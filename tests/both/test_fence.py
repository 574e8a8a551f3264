"""A hub that was replaced and goes on sending: what devices take of it."""

from installed import ADDRESS, UNIX_S, Site
from linli_firmware.store import MemoryStore
from linli_protocol import codes, messages, refusals
from linli_protocol.fence import Fence
from stores import PowerCut
from support import raises


def door(term):
    """Return a site whose door has heard of `term`."""
    site = Site(codes.DOOR)
    site.term = term
    site.start_hub()
    site.app.set_contact(False, 0)
    site.run(5)
    return site


def say(site, kind, term, **fields):
    """Send a message of `term`, None for none, in the session that all hubs of the site know."""
    if term is not None:
        fields["term"] = term
    site.hub.send(kind, fields, site.now)
    site.run(2)


def command(site, number, term):
    """Have the door released; return what the last result says."""
    expires = UNIX_S + site.now // 1000 + 60
    fields = {"id": number, "expires": expires, "operation": codes.RELEASE_DOOR}
    say(site, messages.COMMAND, term, **fields)
    result = site.heard(messages.RESULT)[-1]
    assert result["id"] == number
    return result["status"], result.get("detail")


def releases(site):
    return [output.value for output in site.outputs if output.name == "strike"].count(1)


def refused(site):
    return site.device.link.association.refused.counts[refusals.SUPERSEDED]


def test_the_term_only_rises():
    store = MemoryStore()
    fence = Fence(store)
    told = (0, 1, 1, 7, 3, 0, 7, 0xFFFFFFFF, 7)
    assert [fence.admits({"term": term}) for term in told] == [
        term == max(told[: at + 1]) for at, term in enumerate(told)
    ]
    assert not fence.admits({})
    assert Fence(store).term == 0xFFFFFFFF


def test_it_is_written_when_it_rises_and_at_no_other_time():
    writes = []

    class Counted(MemoryStore):
        def put(self, key, value):
            writes.append(value)
            super().put(key, value)

    store = Counted()
    fence = Fence(store)
    for term in (0, 2, 2, 1, 2, 3, 3, 0):
        fence.admits({"term": term})
        fence.admits({})
    assert [int.from_bytes(value, "big") for value in writes] == [2, 3]


def test_a_site_without_terms_is_obeyed():
    site = door(0)
    assert command(site, 1, None) == (codes.DONE, None)
    assert releases(site) == 1


def test_a_command_of_a_lower_term_is_answered_and_not_executed():
    site = door(5)
    assert command(site, 1, 4) == (codes.SUPERSEDED, 5)
    assert command(site, 2, None) == (codes.SUPERSEDED, 5)
    assert releases(site) == 0
    # Nothing was noted of it: the hub that leads may have given the same number.
    assert command(site, 1, 5) == (codes.DONE, None)
    assert command(site, 2, 6) == (codes.DONE, None)
    assert command(site, 3, 5) == (codes.SUPERSEDED, 6)
    assert releases(site) == 2


def test_a_decommissioning_of_a_lower_term_destroys_nothing():
    site = door(5)
    fields = {"id": 1, "expires": UNIX_S + 600, "device": ADDRESS}
    say(site, messages.DECOMMISSION, 4, **fields)
    assert site.heard(messages.RESULT)[-1] == {"id": 1, "status": codes.SUPERSEDED, "detail": 5}
    site.run(120)
    assert not site.device.decommissioned and site.store.get("session") is not None


def test_a_wiped_device_has_forgotten_the_term():
    site = door(5)
    fields = {"id": 1, "expires": UNIX_S + 600, "device": ADDRESS}
    say(site, messages.DECOMMISSION, 5, **fields)
    site.run(120)
    assert site.device.decommissioned
    assert Fence(site.store).term == 0


def test_a_list_step_of_a_lower_term_is_refused_like_others():
    site = door(5)
    say(site, messages.ACCESS_LIST, 5, base=0, version=1, changes=b"")
    say(site, messages.ACCESS_LIST, 4, base=1, version=2, changes=b"")
    site.run(60)
    assert site.app.list_version == 1
    event = site.heard(messages.EVENT)[-1]
    assert (event["code"], event["subject"], event["detail"]) == (codes.LIST_REFUSED, 1, 7)
    say(site, messages.ACCESS_LIST, 5, base=1, version=2, changes=b"")
    assert site.app.list_version == 2


def test_a_time_of_a_lower_term_sets_no_clock():
    site = door(5)
    before = site.device.clock.unix(site.now)
    say(site, messages.TIME, 4, time=before + 50, utc_offset_min=60)
    assert site.device.clock.unix(site.now) == before + 2
    assert site.device.clock.local(0) == 0
    assert refused(site) == 1 and not site.heard(messages.RESULT)
    say(site, messages.TIME, 5, time=before + 50, utc_offset_min=60)
    assert site.device.clock.unix(site.now) == before + 52


def test_a_device_joins_no_hub_of_a_lower_term_and_goes_on_asking():
    site = door(5)
    session = site.device.link.association.current
    site.term = 4
    site.start_hub()
    site.device.link.rejoin(site.now)
    site.run(60)
    assert site.device.link.association.current is session and refused(site) > 1
    site.term = 6
    site.start_hub()
    site.run(900)
    assert site.device.link.association.current is not session
    assert command(site, 1, 5) == (codes.SUPERSEDED, 6)


def test_what_needs_no_leader_is_taken_from_any_hub():
    site = door(5)
    site.term = 0
    site.start_hub()
    site.run(2)
    site.received.clear()
    say(site, messages.LOG_REQUEST, None, log=codes.EVENT_LOG, first=0, count=10)
    assert site.heard(messages.LOG_CHUNK)


def test_the_term_outlives_a_power_cut():
    site = door(5)
    site.power_on(unix_s=UNIX_S + 100)
    site.run(5)
    assert command(site, 1, 4) == (codes.SUPERSEDED, 5)


def failing(put, at, after):
    """Return `put` as it is when power fails at the write of the key `at`, or right `after` it."""

    def put_or_fail(key, value):
        if key != at or after:
            put(key, value)
        if key == at:
            raise PowerCut()

    return put_or_fail


def test_power_that_fails_never_lets_the_term_fall_behind_what_it_brought():
    for after, executed in ((False, True), (True, False)):
        site = door(5)
        put = site.store.put
        site.store.put = failing(put, "term", after)
        raises(PowerCut, command, site, 1, 6)
        assert releases(site) == 0
        site.store.put = put
        # The hub of the new term is gone, and with it what it would have sent again.
        site.start_hub()
        site.power_on(unix_s=UNIX_S + 20)
        site.run(5)
        # Until it was written, nothing of the new term had been done.
        status, _ = command(site, 2, 5)
        assert (status == codes.DONE) == executed
