"""`doorstep import` from the outside: pages, exit codes, and what a kill leaves behind."""

import argparse
import json
import multiprocessing
import random
import time
from contextlib import closing
from pathlib import Path

import pytest
from tests.adapters.company_example import FILES, changed, write_example

from doorstep.adapters.sqlite_store import open_store
from doorstep.domain.errors import YourInput
from doorstep.server.commands import import_
from doorstep.server.settings import settings


def parsed(*given: object) -> argparse.Namespace:
    top = argparse.ArgumentParser()
    import_.add(top.add_subparsers())
    return top.parse_args(["import", *map(str, given)])


def doorstep_import(*given: object) -> int:
    return import_.run(parsed(*given))


def companies(home: Path) -> tuple[str, ...]:
    with closing(open_store(settings(str(home)).store)) as store:
        return store.companies()


def test_an_import_ends_with_the_readiness_page(tmp_path, capsys):
    code = doorstep_import(write_example(tmp_path / "in"), "--home", tmp_path / "home")
    out, err = capsys.readouterr()

    assert (code, err) == (0, "")
    assert "orders.csv" in out
    assert "What each gap costs" in out
    assert "no contacts: what lateness and failures cost" in out
    assert out.rstrip().endswith("minimal: 10 facts were kept.")


def test_bad_rows_end_with_2_sentences_and_nothing_kept(tmp_path, capsys):
    folder = write_example(tmp_path / "in", changed("attempts.csv", "nobody", "vacation"))
    code = doorstep_import(folder, "--home", tmp_path / "home")
    out, err = capsys.readouterr()

    assert code == 2
    assert err.startswith("attempts.csv, line 3, outcome: expected one of delivered")
    assert "Nothing was kept: 1 bad row; mend them, or keep the good rows with --keep-good." in out
    assert companies(tmp_path / "home") == ()


def test_good_rows_are_kept_when_asked(tmp_path, capsys):
    folder = write_example(tmp_path / "in", changed("attempts.csv", "nobody", "vacation"))
    code = doorstep_import(folder, "--home", tmp_path / "home", "--keep-good")

    assert code == 0
    assert "9 facts were kept; 1 bad row left out." in capsys.readouterr().out


def test_a_dry_run_makes_no_home(tmp_path, capsys):
    code = doorstep_import(write_example(tmp_path / "in"), "--home", tmp_path / "home", "--dry-run")

    assert code == 0
    assert "Nothing was kept (--dry-run): 9 rows would be." in capsys.readouterr().out
    assert not (tmp_path / "home").exists()


def test_machines_get_one_document(tmp_path, capsys):
    folder = write_example(tmp_path / "in", changed("attempts.csv", "nobody", "vacation"))
    code = doorstep_import(folder, "--home", tmp_path / "home", "--json")
    told = json.loads(capsys.readouterr().out)

    assert (code, told["refused"], told["appended"]) == (2, True, 0)
    assert told["files"]["attempts.csv"] == {"read": 2, "new": 1, "corrected": 0, "unchanged": 0, "bad": 1}
    assert told["troubles"]["kinds"][0]["examples"][0]["found"] == "'vacation'"
    assert told["readiness"]["learnable"]


def test_the_page_is_one_html_file_in_which_nothing_runs(tmp_path, capsys):
    orders = str(FILES["orders.csv"]).replace("weight_g\n", "weight_g,<script>\n").replace("00\n", "00,x\n")
    folder = write_example(tmp_path / "in", {"orders.csv": orders})
    doorstep_import(folder, "--home", tmp_path / "home", "--page", tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text()

    assert "<h1>Import of minimal</h1>" in page
    assert "&lt;script&gt;" in page
    assert "<script" not in page
    assert "http" not in page


def test_a_company_is_known_again_by_its_name_and_alone_needs_none(tmp_path, capsys):
    home = ("--home", tmp_path / "home")
    doorstep_import(write_example(tmp_path / "in"), "--company", "mine", *home)
    doorstep_import(write_example(tmp_path / "in"), *home)
    (tmp_path / "part").mkdir()
    (tmp_path / "part/contacts.csv").write_text("contact_id,at,kind\nc1,2026-03-02T10:00:00Z,late\n")
    doorstep_import(tmp_path / "part", *home)

    assert companies(tmp_path / "home") == ("mine",)
    assert capsys.readouterr().out.rstrip().endswith("mine: 1 fact was kept.")


def test_a_first_import_without_company_toml_says_what_it_needs(tmp_path):
    folder = write_example(tmp_path / "in", {"company.toml": None})

    with pytest.raises(YourInput, match=r"Expected company\.toml"):
        doorstep_import(folder, "--home", tmp_path / "home")
    with pytest.raises(YourInput, match="nothing of 'x' was imported before"):
        doorstep_import(folder, "--home", tmp_path / "home", "--company", "x")


def test_a_company_toml_that_is_broken_is_told_as_it_is(tmp_path):
    folder = write_example(tmp_path / "in", {"company.toml": 'name = "x'})

    with pytest.raises(YourInput, match=r"company\.toml: expected TOML, found a mistake"):
        doorstep_import(folder, "--home", tmp_path / "home")


def test_two_companies_never_share_an_id_by_the_likeness_of_their_names(tmp_path, capsys):
    home = ("--home", tmp_path / "home")
    for name in ("Käse & Co", "Доставка", "Курьер"):
        toml = FILES["company.toml"].replace("Minimal", name)
        assert doorstep_import(write_example(tmp_path / name, {"company.toml": toml}), *home) == 0
    alike = write_example(tmp_path / "alike", changed("company.toml", "Minimal", "Kase - Co"))

    with pytest.raises(YourInput, match=r"Is it the same one, renamed\? Then add --company kase-co"):
        doorstep_import(alike, *home)
    assert doorstep_import(alike, "--company", "kase-co", *home) == 0
    assert len(companies(tmp_path / "home")) == 3
    assert "1 fact was kept" in capsys.readouterr().out


def test_a_template_can_be_written_and_never_over_files(tmp_path, capsys):
    assert doorstep_import(tmp_path / "new", "--template") == 0
    assert (tmp_path / "new/orders.csv").read_text().startswith("order_id,recipient_id,merchant_id,depot_id,kind")
    with pytest.raises(YourInput, match="empty or new folder"):
        doorstep_import(tmp_path / "new", "--template")


def test_addresses_are_found_in_the_street_file_beside_the_rows(tmp_path, capsys):
    osm = (
        '<osm version="0.6"><node id="1" lon="-8.61" lat="41.15" version="1"><tag k="addr:housenumber" v="7"/>'
        '<tag k="addr:street" v="Rua do Sol"/></node><node id="2" lon="-8.612" lat="41.15" version="1"/>'
        '<node id="3" lon="-8.608" lat="41.15" version="1"/><way id="1" version="1"><nd ref="2"/><nd ref="3"/>'
        '<tag k="highway" v="residential"/><tag k="name" v="Rua do Sol"/></way></osm>'
    )
    text = "recipient_id,address\nr1,Rua do Sol 7\nr2,Rua da Lua 1\n"
    folder = write_example(tmp_path / "in", {"recipients.csv": text, "streets.osm": osm, "attempts.csv": None})
    code = doorstep_import(folder, "--home", tmp_path / "home", "--keep-good")
    out, err = capsys.readouterr()
    with closing(open_store(settings(str(tmp_path / "home")).store)) as store:
        private = dict(store.private("minimal", "recipient"))

    assert code == 0
    assert private["r1"]["lon"] == pytest.approx(-8.61)
    assert "recipients.csv, line 3, address: expected lon and lat, or an address that the street file knows" in err
    assert "Lua" not in out + err


@pytest.mark.slow
def test_a_kill_at_any_moment_leaves_all_of_an_import_or_nothing(tmp_path):
    rows = "".join(f"c{i},2026-03-02T10:00:00Z,late\n" for i in range(6_000))
    folder = write_example(tmp_path / "in", {"contacts.csv": "contact_id,at,kind\n" + rows})
    rng, held = random.Random(7), []
    for i, latest in enumerate((0.02, 0.2, 0.4, 0.6, 0.8, 1.0)):
        home = tmp_path / f"home{i}"
        _kill_after(folder, home, rng.uniform(0, latest))
        held.append(_held(home))

    assert set(held) <= {0, 6_010}
    assert held[0] == 0, "a kill in the first 20 ms comes before the end"

    doorstep_import(folder, "--home", tmp_path / "home0")

    assert _held(tmp_path / "home0") == 6_010, "an import after the kill completes the store"


def _kill_after(folder: Path, home: Path, seconds: float) -> None:
    # A server that has loaded everything forks at once, so that the moments fall into the import itself.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["doorstep.server.commands.import_"])
    child = context.Process(
        target=import_.run, args=(parsed(folder, "--home", home, "--json", home.with_suffix(".j")),)
    )
    child.start()
    time.sleep(seconds)
    child.kill()
    child.join()
    child.close()


def _held(home: Path) -> int:
    kinds = ("company", "depot", "vehicle", "shift", "recipient", "order", "attempt", "contact")
    with closing(open_store(settings(str(home)).store)) as store:
        return sum(1 for kind in kinds for _ in store.current("minimal", kind))
