"""`doorstep night` as somebody types it: every depot once, whoever dies in between."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import closing, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from tests.server.small_company import DAY, Street
from tests.server.test_plan_command import EARLY

from doorstep.adapters.fan_pool import OneProcess, ProcessFan
from doorstep.adapters.kept_plans import KeptPlans
from doorstep.flows import duty_of_day
from doorstep.flows.record_decision import KIND
from doorstep.server import cli, wiring
from doorstep.server.commands import night, night_work
from doorstep.server.settings import settings

pytestmark = pytest.mark.usefixtures("kernels")
EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def doorstep(doorstep, monkeypatch):
    """Return `doorstep` with all depots planned in this process, for a moment each."""
    monkeypatch.setattr(cli, "COMMANDS", ("night", "check"))
    monkeypatch.setattr(night, "ProcessFan", lambda _: nullcontext(OneProcess()))
    monkeypatch.setattr(night_work, "LEAST_SECONDS", 0.1)
    return doorstep


@pytest.fixture
def folder(tmp_path):
    """Return a folder of three problem files."""
    (tmp_path / "depots").mkdir()
    for name in ("corner-shop.json", "florist.vroom.json", "grocer.vrp"):
        (tmp_path / "depots" / name).write_bytes((EXAMPLES / name).read_bytes())
    return tmp_path / "depots"


def test_every_problem_file_gets_a_plan_that_holds(doorstep, folder, tmp_path):
    code, out, err = doorstep("night", folder, "--out", tmp_path / "out")
    run = tmp_path / "out" / "depots"

    assert code == 0, err
    assert "3 of 3 depots planned, 21 stops, 0 orders unserved" in out
    for name in ("corner-shop", "florist_2e_vroom", "grocer"):
        assert doorstep("check", run / f"{name}.json.problem.json", run / f"{name}.json")[0] == 0


def test_run_again_nothing_is_planned_twice_and_what_changed_is_planned_anew(doorstep, folder, tmp_path, monkeypatch):
    doorstep("night", folder, "--out", tmp_path / "out")
    begun: list[str] = []
    plan = night_work.plan_file

    def noted(job: night_work.FileJob) -> night_work.Answer:
        begun.append(job.target.depot_id)
        return plan(job)

    monkeypatch.setattr(night, "plan_file", noted)
    _, out, err = doorstep("night", folder, "--out", tmp_path / "out")

    assert begun == []
    assert "3 of 3 depots were planned by an earlier try, and are kept." in err
    assert "3 of 3 depots planned" in out
    document = json.loads((folder / "corner-shop.json").read_text())
    (folder / "corner-shop.json").write_text(json.dumps({**document, "company": "another"}))
    doorstep("night", folder, "--out", tmp_path / "out")
    assert begun == ["corner-shop"]


def test_another_map_is_another_question_wherever_it_lies(doorstep, folder, tmp_path):
    (folder / "florist.vroom.json").unlink()  # the others bring their legs along, so that nobody opens the map
    words = ("night", folder, "--out", tmp_path / "out", "--osm", tmp_path / "map.osm.pbf")
    (tmp_path / "map.osm.pbf").write_text("one")
    doorstep(*words)
    (tmp_path / "map.osm.pbf").rename(tmp_path / "copy.osm.pbf")
    assert "2 of 2 depots were planned by an earlier try" in doorstep(*words[:-1], tmp_path / "copy.osm.pbf")[2]

    (tmp_path / "map.osm.pbf").write_text("two")

    assert "earlier try" not in doorstep(*words)[2]


def test_a_depot_that_cannot_be_planned_does_not_keep_others_from_it(doorstep, folder, tmp_path):
    (folder / "broken.json").write_text('{"x": 1}')
    document = json.loads((folder / "florist.vroom.json").read_text())
    impossible = {**document, "vehicles": [{**van, "time_window": [0, 1]} for van in document["vehicles"]]}
    (folder / "late.json").write_text(json.dumps(impossible))
    code, out, _ = doorstep("night", folder, "--out", tmp_path / "out")

    assert code == 2
    assert "broken: no plan. broken.json: expected doorstep's problem.json" in out
    assert "4 of 5 depots planned" in out
    assert not (tmp_path / "out" / "depots" / "broken.planned").exists()


def test_a_depot_refused_today_leaves_yesterday_s_plan_where_nobody_takes_it_for_today_s(doorstep, folder, tmp_path):
    doorstep("night", folder, "--out", tmp_path / "out")
    run = tmp_path / "out" / "depots"
    yesterday = (run / "corner-shop.json").read_bytes()
    (folder / "corner-shop.json").write_text("{")
    (folder / "grocer.vrp").write_text((folder / "grocer.vrp").read_text().replace("CAPACITY : 60", "CAPACITY : 1"))
    for moved in ("2 plans answer an earlier question: moved to", ""):
        code, out, err = doorstep("night", folder, "--out", tmp_path / "out")

        assert code == 2
        assert moved in err
        assert "corner-shop: no plan." in out
        assert "grocer: no plan." in out
        assert {path.name for path in run.glob("*.json") if "problem" not in path.name} == {"florist_2e_vroom.json"}
        assert not [path for path in run.iterdir() if path.name.startswith(("corner-shop", "grocer"))]
        assert (run / "earlier" / "corner-shop.json").read_bytes() == yesterday
    for depot in ("corner-shop", "grocer"):
        pair = run / "earlier" / f"{depot}.json"
        assert doorstep("check", f"{pair}.problem.json", pair)[0] == 0


def plan_or_die(job: night_work.FileJob) -> night_work.Answer:
    """Plan a depot, but end the process over one of them, as the kernel does when memory runs out."""
    if job.target.depot_id == "corner-shop":
        os._exit(1)
    return night_work.plan_file(job)


def test_a_depot_whose_process_dies_does_not_keep_others_from_their_plans(doorstep, folder, tmp_path, monkeypatch):
    monkeypatch.setattr(night, "ProcessFan", ProcessFan)
    monkeypatch.setattr(night, "plan_file", plan_or_die)
    code, out, _ = doorstep("night", folder, "--out", tmp_path / "out", "--processes", "2")

    assert code == 2
    assert "corner-shop: no plan. Expected its process to live, but it died twice" in out
    assert "2 of 3 depots planned" in out
    assert sorted(path.stem for path in (tmp_path / "out" / "depots").glob("*.planned")) == [
        "florist_2e_vroom", "grocer"
    ]  # fmt: skip


def test_depots_due_earlier_are_begun_earlier(doorstep, folder, tmp_path, monkeypatch):
    document = json.loads((EXAMPLES / "florist.vroom.json").read_text())
    early = {**document, "vehicles": [{**van, "time_window": [0, 80_000]} for van in document["vehicles"]]}
    (folder / "zz-early.json").write_text(json.dumps(early))
    begun: list[str] = []

    class Noting(OneProcess):
        def results(self, task, jobs):
            begun[:] = list(jobs)
            return super().results(task, jobs)

    monkeypatch.setattr(night, "ProcessFan", lambda _: nullcontext(Noting()))
    doorstep("night", folder, "--out", tmp_path / "out")

    assert begun.index("zz-early") < begun.index("corner-shop")


def test_all_depots_of_a_company_s_day_are_planned_and_decided_once(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(night, "ProcessFan", lambda _: nullcontext(OneProcess()))
    monkeypatch.setattr(night_work, "LEAST_SECONDS", 0.2)
    street = Street(tmp_path, monkeypatch, capsys)
    monkeypatch.setattr(cli, "COMMANDS", (*cli.COMMANDS, "night"))
    street.imported(
        depots="depot_id,lon,lat,opens,closes\ndepot,-8.60,41.15,05:00,23:00\nsouth,-8.60,41.10,05:00,23:00\n",
        **{
            "+vehicles": "v9,south,800000,\n",
            "+drivers": "d9,south,144000,\n",
            "+shifts": f"s9,{DAY},d9,v9,south,{DAY}T07:00:00+00:00,{DAY}T18:00:00+00:00,,\n",
            "+orders": f"x1,w1,south,{DAY},1000,300,\n",
        },
    )
    words = ("night", "--day", DAY, "--out", tmp_path / "out", "--home", tmp_path / "home")
    code, told, complaint = street.run(*words, "--json", tmp_path / "rows.json")

    assert code == 0, complaint
    assert "2 of 2 depots planned, 9 stops, 0 orders unserved" in told
    assert [row["depot_id"] for row in json.loads((tmp_path / "rows.json").read_text())["rows"]] == ["depot", "south"]
    for depot in ("depot", "south"):
        pair = tmp_path / "out" / DAY / f"{depot}.json"
        assert street.run("check", f"{pair}.problem.json", pair)[0] == 0
    assert street.run(*words)[0] == 0
    with closing(wiring.store_at(settings(str(tmp_path / "home")))) as store:
        assert len(list(store.current("c", KIND))) == 2


def test_a_depot_whose_plan_is_not_lawful_says_so_in_its_row_and_again_when_it_is_kept(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(night, "ProcessFan", lambda _: nullcontext(OneProcess()))
    monkeypatch.setattr(night_work, "LEAST_SECONDS", 0.2)
    monkeypatch.setattr(duty_of_day, "with_limits", lambda shift, _: shift)  # a search that forgets the law
    street = Street(tmp_path, monkeypatch, capsys).imported(**EARLY)
    monkeypatch.setattr(cli, "COMMANDS", (*cli.COMMANDS, "night"))
    words = ("night", "--day", DAY, "--out", tmp_path / "out", "--home", tmp_path / "home", "--json", tmp_path / "rows")

    for _ in range(2):
        code, told, _ = street.run(*words)
        (row,) = json.loads((tmp_path / "rows").read_text())["rows"]

        assert code == 2
        assert row["unlawful"]
        assert f"depot: not lawful: {row['unlawful'][0]}" in told


def test_a_night_that_is_cut_between_a_decision_and_its_row_decides_once(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(night, "ProcessFan", lambda _: nullcontext(OneProcess()))
    monkeypatch.setattr(night_work, "LEAST_SECONDS", 0.2)
    street = Street(tmp_path, monkeypatch, capsys).imported()
    monkeypatch.setattr(cli, "COMMANDS", (*cli.COMMANDS, "night"))
    words = ("night", "--day", DAY, "--out", tmp_path / "out", "--home", tmp_path / "home")

    def cut(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as killed:
        killed.setattr(KeptPlans, "put", cut)
        killed.setattr(night_work, "datetime", SimpleNamespace(now=lambda _: datetime(2020, 1, 1, tzinfo=UTC)))
        assert street.run(*words)[0] != 0
    assert not list((tmp_path / "out" / DAY).glob("*.planned"))
    assert street.run(*words)[0] == 0

    with closing(wiring.store_at(settings(str(tmp_path / "home")))) as store:
        (decision,) = store.current("c", KIND)
    assert decision.body["chosen"] == json.loads((tmp_path / "out" / DAY / "depot.json").read_text())["plan_id"]
    assert decision.at > "2020-01-01T00:00:00+00:00"


def test_a_veto_and_a_tariff_plan_a_day_again_and_nothing_new_does_not(tmp_path, monkeypatch, capsys):
    begun: list[str] = []
    plan = night_work.plan_depot_day

    def noted(job: night_work.DayJob) -> night_work.Answer:
        begun.append(job.target.depot_id)
        return plan(job)

    monkeypatch.setattr(night, "ProcessFan", lambda _: nullcontext(OneProcess()))
    monkeypatch.setattr(night, "plan_depot_day", noted)
    monkeypatch.setattr(night_work, "LEAST_SECONDS", 0.2)
    street = Street(tmp_path, monkeypatch, capsys).imported()
    monkeypatch.setattr(cli, "COMMANDS", (*cli.COMMANDS, "night"))

    def planned_after(*change: object) -> int:
        """Return how many depots two nights begin after a command."""
        begun.clear()
        for words in filter(None, (change, *[("night", "--day", DAY, "--out", tmp_path / "out")] * 2)):
            code, _, complaint = street.run(*words, "--home", tmp_path / "home")
            assert code == 0, complaint
        return len(begun)

    assert planned_after() == 1
    assert planned_after("veto", "d1", "w1", "--reason", "a dog") == 1
    assert planned_after("learn") == 0
    with (tmp_path / "files" / "company.toml").open("a") as toml:
        toml.write("[tariff]\ncents_per_km = 45\n")
    assert planned_after("import", tmp_path / "files", "--company", "c") == 1


def test_plans_never_lie_among_the_problems(doorstep, folder, tmp_path):
    code, _, err = doorstep("night", folder, "--out", tmp_path)

    assert code == 2
    assert "Expected plans apart from the problems" in err


@pytest.mark.parametrize("words", [("night",), ("night", "somewhere", "--day", DAY)])
def test_either_a_folder_or_a_day_is_named(doorstep, words):
    code, _, err = doorstep(*words)

    assert code == 2
    assert "Expected a FOLDER of problem files or --day D, one of them" in err


def test_a_cluster_without_the_extra_is_a_sentence(doorstep, folder, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    code, _, err = doorstep("night", folder, "--out", tmp_path / "out", "--cluster", "auto")

    assert code == 3
    assert "Expected the package ray, found none; install doorstep[ray], or leave --cluster away" in err


ALONE = """
import sys
from contextlib import nullcontext
from doorstep.adapters.fan_pool import OneProcess
from doorstep.server.cli import main
from doorstep.server.commands import night
night.ProcessFan = lambda _: nullcontext(OneProcess())
sys.exit(main())
"""


def test_a_run_that_is_killed_goes_on_where_it_was(doorstep, folder, tmp_path):
    run = tmp_path / "out" / "depots"
    command = [sys.executable, "-c", ALONE, "night", folder, "--out", tmp_path / "out"]
    first = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not any(run.glob("*.planned")) and first.poll() is None:
        time.sleep(0.02)
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    kept = {path: path.stat().st_mtime_ns for path in run.glob("*.planned")}
    code, out, err = doorstep("night", folder, "--out", tmp_path / "out")

    assert 0 < len(kept) < 3
    assert code == 0, err
    assert f"{len(kept)} of 3 depots were planned by an earlier try" in err
    assert "3 of 3 depots planned" in out
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
