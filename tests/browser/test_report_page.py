"""The report in a real browser, opened from a disk with the network off."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from tests.adapters.comparison_example import example, with_margin

from doorstep.adapters.report import write

pytestmark = pytest.mark.browser

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run",
)  # fmt: skip
DESK, PHONE = (1440, 900), (390, 844)
TIP = """() => {
  const tip = document.getElementById('tip');
  const box = tip.getBoundingClientRect();
  return [tip.hidden ? '' : tip.textContent, box.left >= 0 && box.right <= innerWidth];
}"""
HOSTILE = "</script><img src=x onerror=document.title='broken'>"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no chromium on PATH; install one with: apt-get update && apt-get install -y chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield started
        started.close()


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "report.html"
    write(example(), path)
    return path


class Opened:
    """A page with what it complained of and what it asked for."""

    def __init__(self, browser: Browser, path: Path, size: tuple[int, int], **options: Any) -> None:
        settings = {"viewport": {"width": size[0], "height": size[1]}, "offline": True, **options}
        self.context = browser.new_context(**settings)
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(path.as_uri())
        self.page.wait_for_function("() => document.querySelector('.plan-1 .map').dataset.painted")

    def __enter__(self) -> "Opened":
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()


def different_colours(page: Page, plan: int) -> int:
    """Return how many colours a map shows: what is drawn, not only that there is a canvas."""
    count: int = page.evaluate(
        """(plan) => {
          const canvas = document.querySelectorAll('.map canvas')[plan];
          const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
          const seen = new Set();
          for (let k = 0; k < pixels.length; k += 4) seen.add((pixels[k] << 16) | (pixels[k + 1] << 8) | pixels[k + 2]);
          return seen.size;
        }""",
        plan,
    )
    return count


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_it_opens_from_a_disk_without_complaint_or_network(
    browser: Browser, report: Path, size: tuple[int, int], scheme: str
) -> None:
    with Opened(browser, report, size, color_scheme=scheme) as opened:
        assert different_colours(opened.page, 1) > 12
        assert not opened.complaints
        assert [url for url in opened.asked if not url.startswith(("file:", "data:"))] == []


@pytest.mark.parametrize("size", [PHONE, (360, 780), (720, 450), (1024, 700), DESK], ids=str)
def test_nothing_scrolls_sideways(browser: Browser, report: Path, size: tuple[int, int]) -> None:
    with Opened(browser, report, size) as opened:
        opened.page.locator("summary").click()

        assert opened.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_large_amounts_do_not_scroll_a_phone_sideways(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    write(example(currency="KRW", exponent=0, company="Donaudampfschifffahrtsgesellschaft" * 3), path)
    with Opened(browser, path, (360, 780)) as opened:
        assert opened.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_hostile_name_runs_nothing(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    write(example(company=HOSTILE, command=HOSTILE, limits=(HOSTILE,)), path)
    with Opened(browser, path, DESK) as opened:
        expect(opened.page.locator(".kicker")).to_contain_text(HOSTILE)
        assert opened.page.locator("img").count() == 0
        assert opened.page.title().startswith("Planning for profit")
        assert not opened.complaints


def test_every_figure_explains_itself_by_keyboard(browser: Browser, report: Path) -> None:
    with Opened(browser, report, DESK) as opened:
        page, tip = opened.page, opened.page.locator("#tip")
        reached = 0
        for _ in range(200):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement === document.body"):
                break
            if not page.evaluate("document.activeElement.classList.contains('fig')"):
                continue
            reached += 1
            shown, inside = page.evaluate(TIP)
            assert len(shown) > 8
            assert inside
        assert reached == page.locator(".fig").count()
        page.locator("h1 .fig").first.focus()
        expect(tip).to_contain_text("Sum, a day")
        page.keyboard.press("Escape")
        expect(tip).to_be_hidden()


def test_a_figure_explains_itself_on_hover_and_on_tap(browser: Browser, report: Path) -> None:
    with Opened(browser, report, DESK) as opened:
        opened.page.locator(".rows .change .fig").nth(2).hover()
        expect(opened.page.locator("#tip")).to_contain_text("Failed deliveries, difference")
        opened.page.mouse.move(5, 5)
        expect(opened.page.locator("#tip")).to_be_hidden()
    with Opened(browser, report, PHONE, has_touch=True) as opened:
        opened.page.locator(".rows .change .fig").nth(2).tap()
        expect(opened.page.locator("#tip")).to_contain_text("Failed deliveries, difference")
        opened.page.locator("footer").tap()
        expect(opened.page.locator("#tip")).to_be_hidden()


def test_the_maps_move_together(browser: Browser, report: Path) -> None:
    with Opened(browser, report, DESK) as opened:
        page, maps = opened.page, opened.page.locator(".map")
        views = [maps.nth(0).get_attribute("data-view")]
        box = maps.nth(0).bounding_box()
        assert box is not None
        x, y = box["x"] + 90, box["y"] + 90

        def moved() -> None:
            page.wait_for_function("before => document.querySelector('.map').dataset.view !== before", arg=views[-1])
            views.append(maps.nth(0).get_attribute("data-view"))
            assert maps.nth(1).get_attribute("data-view") == views[-1]

        page.mouse.move(x, y)
        page.mouse.wheel(0, -240)
        moved()
        page.mouse.down()
        page.mouse.move(x + 40, y + 25, steps=4)
        page.mouse.up()
        moved()
        maps.nth(1).focus()
        page.keyboard.press("+")
        moved()
        page.keyboard.press("ArrowRight")
        moved()
        page.keyboard.press("0")
        moved()

        assert views[-1] == views[0]


def test_a_visit_says_its_price_in_both_plans(browser: Browser, report: Path) -> None:
    changed = [stop for stop in example().drawing.stops if stop.moved]
    with Opened(browser, report, DESK) as opened:
        opened.page.locator(".map").nth(1).focus()
        opened.page.keyboard.press("n")
        tip = opened.page.locator("#tip")
        expect(tip).to_contain_text(f"Order {changed[0].order_id}")
        expect(tip).to_contain_text("Efficiency")
        for visit in (changed[0].efficiency, changed[0].profit):
            assert visit is not None
            expect(tip).to_contain_text(f"€{sum(visit.cents.values()) / 100:.2f}")
        expect(opened.page.locator("#said")).to_contain_text(changed[0].order_id)
        opened.page.keyboard.press("Escape")
        expect(tip).to_be_hidden()


def test_a_door_reads_price_and_chance_at_any_time_by_keyboard(browser: Browser, report: Path) -> None:
    door = example().doors[0]
    assert door.profit is not None
    with Opened(browser, report, DESK) as opened:
        lanes = opened.page.locator(".lanes").first
        lanes.focus()
        opened.page.keyboard.press("ArrowRight")
        later = door.profit + 300
        said = f"costs €{door.curve.total(later) / 100:.2f}, {round(100 * door.outlook.chance(later))}\u00a0% chance"

        assert said in (lanes.get_attribute("aria-valuetext") or "")


def test_a_phone_shows_one_map_and_switches(browser: Browser, report: Path) -> None:
    with Opened(browser, report, PHONE, has_touch=True) as opened:
        page = opened.page
        expect(page.locator(".plan-0")).to_be_hidden()
        page.locator(".segments label", has_text="Efficiency").tap()
        expect(page.locator(".plan-0")).to_be_visible()
        expect(page.locator(".plan-1")).to_be_hidden()
        page.wait_for_function("() => document.querySelector('.plan-0 .map').dataset.painted")
        whole = different_colours(page, 0)
        page.locator(".segments label", has_text="Only changes").tap()
        expect(page.locator(".plan-1")).to_be_visible()
        page.wait_for_timeout(100)

        assert 3 < different_colours(page, 1) < whole
        assert not opened.complaints


def test_an_open_verdict_has_no_green_title(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    write(example(**with_margin(3_100.0, -1_200.0, 7_400.0)), path)
    with Opened(browser, path, DESK) as opened:
        heading = opened.page.locator("h1")
        expect(heading).to_have_text("No difference we can be sure of")
        assert heading.locator(".gain, .loss").count() == 0


def test_it_reads_without_script(browser: Browser, report: Path) -> None:
    context = browser.new_context(java_script_enabled=False, offline=True)
    page = context.new_page()
    page.goto(report.as_uri())

    expect(page.locator("h1")).to_contain_text("€212 more a day")
    expect(page.locator(".rows tbody tr")).to_have_count(9)
    expect(page.locator(".map").first).to_be_hidden()
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_axe_finds_nothing(browser: Browser, report: Path, size: tuple[int, int], scheme: str) -> None:
    axe = os.environ.get("AXE_PATH", "")
    if not Path(axe).is_file():
        pytest.skip("AXE_PATH names no axe.min.js; get one with: npm install --prefix /tmp/axe axe-core")
    with Opened(browser, report, size, color_scheme=scheme, bypass_csp=True) as opened:
        opened.page.add_script_tag(path=axe)
        found = opened.page.evaluate("axe.run().then(r => r.violations.map(v => `${v.id}: ${v.nodes[0].html}`))")

        assert found == []
