"""Un CronJob: un Job a cada hora de su horario, ni dos por la misma ni los que ya no tocan."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from lab_tools.embedded.clock import EPOCH, parse, timestamp
from lab_tools.embedded.controllers import cron_schedule
from lab_tools.objects import kinds


def cron_job(world, schedule="*/5 * * * *", name="tick", command=("true",), **spec):
    container = {"name": "c", "image": "busybox:1.36", "command": list(command)}
    pod = {"restartPolicy": "Never", "terminationGracePeriodSeconds": 0, "containers": [container]}
    body = {"schedule": schedule, "jobTemplate": {"spec": {"backoffLimit": 0, "template": {"spec": pod}}}, **spec}
    return world.api.create(kinds.CRONJOB, {"metadata": {"name": name}, "spec": body}, "default")


def status(world, name="tick"):
    return world.get("cronjob", name)["status"]


def jobs(world):
    return sorted(one["metadata"]["name"] for one in world.all("jobs"))


def expected(*minutes):
    return [f"tick-{(int(EPOCH) // 60) + minute}" for minute in minutes]


def started(world):
    """Los Jobs que llegó a lanzar, con su minuto desde el principio."""
    names = [message.split()[-1] for _, _, message in world.events("tick", "SuccessfulCreate")]
    return [int(name.split("-")[1]) - int(EPOCH) // 60 for name in names]


def test_each_time_gets_one_job_named_after_its_minute(world):
    cron_job(world)
    world.clock.advance(11 * 60)
    assert jobs(world) == expected(5, 10)
    assert status(world)["lastScheduleTime"] == timestamp(EPOCH + 600)
    assert parse(status(world)["lastSuccessfulTime"]) > EPOCH + 600
    assert "active" not in status(world)
    [job] = [one for one in world.all("jobs") if one["metadata"]["name"] == expected(5)[0]]
    assert job["metadata"]["annotations"][
        "batch.kubernetes.io/cronjob-scheduled-timestamp"] == timestamp(EPOCH + 300)  # fmt: skip
    assert job["metadata"]["ownerReferences"][0]["name"] == "tick"


def test_a_running_job_is_listed_as_active(world):
    cron_job(world, command=("sleep", "3600"))
    world.clock.advance(6 * 60)
    [active] = status(world)["active"]
    assert (active["kind"], active["name"]) == ("Job", expected(5)[0])


def test_forbid_waits_for_the_one_that_runs(world):
    cron_job(world, command=("sleep", "450"), concurrencyPolicy="Forbid")
    world.clock.advance(21 * 60)
    # La de las 10 llega con la de las 5 en marcha: se lanza al acabar esa, porque nadie le puso plazo.
    assert started(world) == [5, 10, 20]
    assert world.events("tick", "JobAlreadyActive")


def test_replace_ends_the_one_that_runs(world):
    cron_job(world, command=("sleep", "3600"), concurrencyPolicy="Replace")
    world.clock.advance(11 * 60)
    assert jobs(world) == expected(10)
    assert [one["name"] for one in status(world)["active"]] == expected(10)


def test_allow_lets_them_overlap(world):
    cron_job(world, command=("sleep", "3600"))
    world.clock.advance(11 * 60)
    assert [one["name"] for one in status(world)["active"]] == expected(5, 10)


def test_only_the_last_ones_are_kept(world):
    cron_job(world, "* * * * *", successfulJobsHistoryLimit=2)
    world.clock.advance(5.5 * 60)
    assert jobs(world) == expected(4, 5)
    world.patch("cronjob", "tick", {"spec": {"successfulJobsHistoryLimit": 0}})
    world.clock.advance(20)
    assert jobs(world) == []


def test_failed_jobs_have_their_own_limit(world):
    cron_job(world, "* * * * *", command=["sh", "-c", "exit 3"], failedJobsHistoryLimit=1)
    world.clock.advance(3.5 * 60)
    assert jobs(world) == expected(3)
    assert "lastSuccessfulTime" not in status(world)


def test_suspended_it_starts_nothing_and_resumed_it_makes_up_only_the_last(world):
    cron_job(world, suspend=True)
    world.clock.advance(22 * 60)
    assert jobs(world) == []
    world.patch("cronjob", "tick", {"spec": {"suspend": False}})
    world.clock.advance(30)
    assert jobs(world) == expected(20)


def test_a_start_older_than_its_deadline_is_lost(world):
    cron_job(world, suspend=True, startingDeadlineSeconds=60)
    world.clock.advance(22 * 60)
    world.patch("cronjob", "tick", {"spec": {"suspend": False}})
    world.clock.advance(60)
    assert jobs(world) == []
    world.clock.advance(3 * 60)
    assert jobs(world) == expected(25)


def test_too_many_missed_starts_are_told_and_the_last_still_runs(world):
    cron_job(world, "* * * * *", suspend=True)
    world.clock.advance(3 * 3600 + 30)
    world.patch("cronjob", "tick", {"spec": {"suspend": False}})
    world.clock.advance(5)
    assert world.events("tick", "TooManyMissedTimes")
    assert jobs(world) == expected(180)


def test_a_job_made_by_hand_is_told_apart(world):
    cron = cron_job(world, "0 3 1 1 *", suspend=True)
    reference = {"apiVersion": "batch/v1", "kind": "CronJob", "name": "tick", "uid": cron["metadata"]["uid"],
                 "controller": True}  # fmt: skip
    world.api.create(kinds.JOB, {"metadata": {"name": "now", "ownerReferences": [reference]},
                                 "spec": cron["spec"]["jobTemplate"]["spec"]}, "default")  # fmt: skip
    world.clock.advance(10)
    assert world.events("tick")[0] == (
        "Warning", "UnexpectedJob", "Saw a job that the controller did not create or forgot: now")  # fmt: skip
    assert "lastSuccessfulTime" in status(world)


def test_an_unchanged_schedule_is_not_written_again(world):
    cron_job(world)
    world.clock.advance(10)
    seen = []
    world.api.watch(kinds.CRONJOB, seen.append)
    world.clock.advance(200)
    assert seen == []


# El horario


def following(schedule, start, count=3, zone=None):
    found, at = [], parse(start)
    for _ in range(count):
        at = cron_schedule.parse(schedule, zone).after(at)
        found.append(timestamp(at)[:-4])
    return found


@pytest.mark.parametrize(("schedule", "start", "times"), [
    ("*/15 * * * *", "2026-01-01T00:00:00Z", ["2026-01-01T00:15", "2026-01-01T00:30", "2026-01-01T00:45"]),
    ("0 9-17/4 * * mon-fri", "2026-01-02T17:00:00Z", ["2026-01-05T09:00", "2026-01-05T13:00", "2026-01-05T17:00"]),
    ("30 3 29 feb *", "2026-01-01T00:00:00Z", ["2028-02-29T03:30", "2032-02-29T03:30", "2036-02-29T03:30"]),
    ("0 0 13 * fri", "2026-02-01T00:00:00Z", ["2026-02-06T00:00", "2026-02-13T00:00", "2026-02-20T00:00"]),
    ("0 0 */10 * fri", "2026-01-01T00:00:00Z", ["2026-01-02T00:00", "2026-01-09T00:00", "2026-01-11T00:00"]),
    ("0 0 * * sun", "2026-01-01T00:00:00Z", ["2026-01-04T00:00", "2026-01-11T00:00", "2026-01-18T00:00"]),
    ("5/20 * * * *", "2026-01-01T00:00:00Z", ["2026-01-01T00:05", "2026-01-01T00:25", "2026-01-01T00:45"]),
    ("@monthly", "2026-01-01T00:00:00Z", ["2026-02-01T00:00", "2026-03-01T00:00", "2026-04-01T00:00"]),
    ("@every 1h30m", "2026-01-01T00:00:00Z", ["2026-01-01T01:30", "2026-01-01T03:00", "2026-01-01T04:30"]),
])  # fmt: skip
def test_a_schedule_names_these_times(schedule, start, times):
    assert following(schedule, start) == times


def test_a_time_zone_moves_the_schedule_with_its_seasons():
    assert following("0 9 * * *", "2026-03-27T12:00:00Z", zone="Europe/Madrid") == [
        "2026-03-28T08:00", "2026-03-29T07:00", "2026-03-30T07:00"]  # fmt: skip


def test_the_hour_that_spring_skips_does_not_run_and_the_one_that_autumn_repeats_runs_twice():
    assert following("30 2 * * *", "2026-03-28T12:00:00Z", 1, "Europe/Madrid") == ["2026-03-30T00:30"]
    assert following("30 2 * * *", "2026-10-24T12:00:00Z", 2, "Europe/Madrid") == [
        "2026-10-25T00:30", "2026-10-25T01:30"]  # fmt: skip


def test_a_day_that_never_comes_is_never():
    assert cron_schedule.parse("0 0 31 2 *").after(EPOCH) is None

    at, madrid = parse("2026-01-01T00:00:00Z"), ZoneInfo("Europe/Madrid")
    schedule = cron_schedule.parse("17 4 1,15 * *", "Europe/Madrid")
    for month in range(1, 13):
        for day in (1, 15):
            at = schedule.after(at)
            assert at == datetime(2026, month, day, 4, 17, tzinfo=madrid).timestamp()


@pytest.mark.parametrize("schedule", ["every day", "* * * *", "61 * * * *", "@often"])
def test_what_is_not_a_schedule_is_refused(schedule):
    with pytest.raises(ValueError, match=r"."):
        cron_schedule.parse(schedule)


def test_an_unknown_time_zone_is_refused():
    with pytest.raises(LookupError):
        cron_schedule.parse("@daily", "Mars/Olympus")


def test_the_schedule_is_read_on_the_calendar_of_the_wall(world):
    """Con el calendario dos horas y pico por delante, las tres de la madrugada llegan antes."""
    ahead = 2 * 3600 + 17 * 60 + 5
    world.clock.set_offset(ahead)
    cron_job(world, schedule="0 3 * * *")
    world.clock.advance(3 * 3600 - ahead - 1)
    assert jobs(world) == []
    world.clock.advance(3)
    [job] = world.all("jobs")
    assert job["metadata"]["annotations"][
        "batch.kubernetes.io/cronjob-scheduled-timestamp"] == timestamp(EPOCH + 3 * 3600)  # fmt: skip
    assert parse(status(world)["lastScheduleTime"]) + ahead == EPOCH + 3 * 3600


def test_when_the_calendar_is_set_right_the_appointments_move(world):
    cron_job(world, schedule="0 3 * * *")
    world.clock.advance(60)
    world.clock.set_offset(2 * 3600)
    world.clock.advance(3600 - 60 + 2)
    assert len(jobs(world)) == 1
    world.clock.set_offset(2 * 3600 - 90)
    world.clock.advance(120)
    assert len(jobs(world)) == 2, "el calendario ha vuelto atrás, y vuelven a dar las tres"
