#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The trace page in a real headless Chromium: page_test.py --program <made of traced.cpp> --output <dir>.

Opens what lfcheck --html writes on a phone's and on a desk's width, light and dark, with and without JavaScript, points
at steps and walks with the keys; then breaks the page in the ways that the checks are there for, and each has to notice.
A missing program is a failure that names its package.
"""
import argparse
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

WIDTHS = {"phone": (400, 800), "desk": (1600, 1000)}
SCHEMES = ("light", "dark")


def need(name, package):
    found = shutil.which(name) or shutil.which("/usr/bin/" + name)
    return found or sys.exit(f"page_test: {name} is missing: apt install {package}")


try:
    from selenium import webdriver
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
    from selenium.webdriver.support.ui import WebDriverWait
except ImportError:
    sys.exit("page_test: selenium is missing: apt install python3-selenium")

OVERFLOW = "return document.scrollingElement.scrollWidth - document.documentElement.clientWidth"

# Every piece of text against what lies behind it (WCAG 2.1, 1.4.3).
PALE_TEXT = """
  const one = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  one.canvas.width = one.canvas.height = 1;
  const rgba = text => {
    one.clearRect(0, 0, 1, 1);
    one.fillStyle = text;
    one.fillRect(0, 0, 1, 1);
    return [...one.getImageData(0, 0, 1, 1).data].map(v => v / 255);
  };
  const light = c => c.slice(0, 3).map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = e => {
    for (; e; e = e.parentElement) {
      const colour = rgba(getComputedStyle(e).backgroundColor);
      if (colour[3] > 0.99) return colour;
    }
    return [1, 1, 1, 1];
  };
  const bad = [];
  for (const e of document.querySelectorAll('body *')) {
    if (!e.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true }) || e.closest('.sr, script')) continue;
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())) continue;
    const a = light(rgba(getComputedStyle(e).color)), b = light(behind(e));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) bad.push(ratio.toFixed(2) + ' ' + e.className + ': ' + e.textContent.trim().slice(0, 40));
  }
  return bad;
"""

# What is lit in the section of an item: its lines by class.
LIT = """
  const lines = name => [...document.querySelectorAll(arguments[0] + ' .' + name)].map(e => Number(e.dataset.line));
  const all = {};
  for (const name of ['here', 'before', 'apart', 'source-of', 'newest-of', 'rival', 'pinned']) all[name] = lines(name);
  all.arrows = [...document.querySelectorAll(arguments[0] + ' .arrows path:not(.point)')].map(p => p.getAttribute('class'));
  all.told = document.querySelector(arguments[0] + ' .told').innerText;
  return all;
"""


class Page(unittest.TestCase):
    program = None
    output = None

    @classmethod
    def setUpClass(cls):
        cls.page = cls.output / "traces.html"
        items = ["traces/*", "holds/*", "missed/*", "undecided/*", "broken/*"]
        done = subprocess.run(
            [cls.program, "--no-canaries", *items, "--seconds", "0.2", "--html", cls.page],
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 1, done.stdout + done.stderr
        cls.profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        options = Options()
        options.binary_location = need("chromium", "chromium")
        for flag in (
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            f"--user-data-dir={cls.profile.name}",
        ):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        cls.driver = webdriver.Chrome(service=Service(need("chromedriver", "chromium-driver")), options=options)
        cls.driver.set_page_load_timeout(120)  # a browser that has just begun, on a busy machine
        cls.driver.set_script_timeout(60)

    @classmethod
    def tearDownClass(cls):
        cls.driver.quit()
        cls.profile.cleanup()

    def look(self, width="desk", scheme="light", script=True, page=None):
        across, down = WIDTHS[width]
        self.driver.get("about:blank")
        self.driver.get_log("browser")
        self.driver.get_log("performance")
        cdp = self.driver.execute_cdp_cmd
        cdp("Emulation.setDeviceMetricsOverride", dict(width=across, height=down, deviceScaleFactor=1, mobile=False))
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        cdp("Emulation.setEmulatedMedia", {"media": "", "features": features})
        cdp("Emulation.setFocusEmulationEnabled", {"enabled": True})
        cdp("Emulation.setScriptExecutionDisabled", {"value": not script})
        self.url = (page or self.page).resolve().as_uri()
        self.driver.get(self.url)

    def run_script(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def complaints(self):
        return [f"{entry['level']}: {entry['message']}" for entry in self.driver.get_log("browser")]

    def requests(self):
        asked = []
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                url = message["params"]["request"]["url"]
                if url != self.url and not url.startswith(("data:", "about:")):
                    asked.append(url)
        return asked

    def section(self, name):
        """The selector of an item's section."""
        script = "return [...document.querySelectorAll('section.item')].find(s => s.querySelector('h2').innerText === arguments[0]).id"
        return "#" + self.run_script(script, name)

    def step(self, section, words):
        """The first step that says that."""
        for each in self.driver.find_elements(By.CSS_SELECTOR, f"{section} [data-line]"):
            if words in each.text:
                return each
        self.fail(f"no step says {words}")

    def line(self, step):
        return int(step.get_attribute("data-line"))

    def point_at(self, step):
        self.run_script("arguments[0].scrollIntoView({ block: 'center', behavior: 'instant' })", step)
        ActionChains(self.driver, duration=20).move_to_element(step).perform()

    # ---- reading it --------------------------------------------------------------------------------------------------

    def test_the_page_is_quiet_offline_readable_and_fits(self):
        for script in (True, False):
            for width in WIDTHS:
                for scheme in SCHEMES:
                    with self.subTest(script=script, width=width, scheme=scheme):
                        self.look(width, scheme, script)
                        self.driver.save_screenshot(str(self.output / f"{width}-{scheme}-{script}.png"))
                        self.assertLessEqual(self.run_script(OVERFLOW), 0)
                        self.assertEqual(self.run_script(PALE_TEXT), [])
                        self.assertEqual(self.complaints(), [])
                        self.assertEqual(self.requests(), [])

    def test_without_javascript_everything_can_be_read(self):
        self.look(script=False)
        section = self.section("traces/stale")
        text = self.driver.find_element(By.CSS_SELECTOR, section).text
        for words in (
            "who sees the flag sees the data",
            "Needs weak memory",
            "Thread 0",
            "data.store(42, relaxed);",  # the source line
            "data.load(relaxed) = 0",
            "stale; newest was 42",
            "reads from step 2",
            "--replay 6a",
        ):
            self.assertIn(words, text)
        self.assertNotIn("Point at a step", text, "what only works with JavaScript is offered without it")
        link = self.driver.find_element(By.CSS_SELECTOR, f"{section} .from a")
        target = link.get_attribute("href").split("#")[1]
        self.assertIn("ready.store(true", self.driver.find_element(By.ID, target).text)
        table = self.driver.find_element(By.CSS_SELECTOR, f"{section} table")
        self.assertEqual(len(table.find_elements(By.CSS_SELECTOR, "thead th[scope=col]")), 3)
        self.assertEqual(
            len(table.find_elements(By.CSS_SELECTOR, "tbody th[scope=row]")),
            len(table.find_elements(By.CSS_SELECTOR, "[data-line]")),
        )

    def test_what_did_not_pass_is_told_first_and_what_must_fail_is_there_too(self):
        self.look()
        labels = self.run_script("return [...document.querySelectorAll('section > .label')].map(l => l.textContent)")
        self.assertEqual(labels[-1], "found, as it must be")
        self.assertIn("inconclusive", labels)
        self.assertIn("violation", labels)
        self.assertEqual(labels.count("violation"), 9)
        heads = self.run_script("return [...document.querySelectorAll('h2')].map(h => h.textContent)")
        self.assertNotIn("holds/fine", heads)
        self.assertIn("missed/fine", heads)
        self.assertIn("9 violations, 1 inconclusive", self.driver.find_element(By.TAG_NAME, "h1").text)

    def test_hostile_text_is_shown_and_never_run(self):
        for script in (True, False):
            self.look(script=script)
            self.assertIsNone(self.run_script("return window.hacked ?? null"))
            self.assertEqual(self.run_script("return document.querySelectorAll('img').length"), 0)
            text = self.run_script("return document.body.innerText")
            for n in (1, 3, 4, 5):
                self.assertIn(f"<script>window.hacked = {n}</script>", text)
        self.look()
        self.point_at(self.step(self.section("traces/<script>window.hacked = 4</script>"), "hacked = 1"))
        self.assertIsNone(self.run_script("return window.hacked ?? null"))
        self.assertEqual(self.complaints(), [])

    # ---- using it ----------------------------------------------------------------------------------------------------

    def test_pointing_at_a_read_lights_up_what_it_read(self):
        for width in WIDTHS:
            self.look(width)
            section = self.section("traces/stale")
            flag = self.step(section, "ready.store(true")
            seen = self.step(section, "ready.load(acquire)")
            self.point_at(seen)
            lit = self.run_script(LIT, section)
            self.assertEqual(lit["here"], [self.line(seen)])
            self.assertEqual(lit["source-of"], [self.line(flag)])
            self.assertEqual(lit["arrows"], ["read"])
            self.assertIn("reads from step 2", lit["told"])
            self.assertIn("ready.load(acquire)", lit["told"])

    def test_a_stale_read_points_at_the_value_that_it_did_not_see(self):
        self.look()
        section = self.section("traces/stale")
        stale = self.step(section, "data.load(relaxed)")
        self.point_at(stale)
        lit = self.run_script(LIT, section)
        self.assertEqual(lit["newest-of"], [self.line(self.step(section, "data.store(42"))])
        self.assertEqual(lit["source-of"], [], "it read the initial value")
        self.assertEqual(lit["arrows"], ["missed"])
        # The store is relaxed: nothing of thread 0 happens before the read.
        self.assertEqual(lit["before"], [self.line(self.step(section, "ready.load(acquire)"))])
        self.assertEqual(len(lit["apart"]), 2)

    def test_pointing_at_a_step_lights_up_all_that_happens_before_it(self):
        self.look()
        section = self.section("traces/race")
        first, flag, second = (self.line(self.step(section, f"traced.cpp:{n}")) for n in self.lines("data.set(1)", 3))
        seen, read = (self.step(section, words) for words in ("ready.load(acquire)", "data read"))
        self.point_at(read)
        lit = self.run_script(LIT, section)
        # The flag was released and acquired: what came before it is ordered, what came after it is not, and races.
        self.assertEqual(lit["before"], [first, flag, self.line(seen)])
        self.assertEqual(lit["apart"], [second])
        self.assertEqual(lit["rival"], [second])
        self.assertIn("3 of 5 steps happen before it, 1 are unordered", lit["told"])

    def lines(self, first, count):
        text = (pathlib.Path(__file__).parent / "traced.cpp").read_text().splitlines()
        begin = next(n for n, line in enumerate(text, 1) if first in line)
        return range(begin, begin + count)

    def test_a_click_holds_and_escape_lets_go(self):
        self.look()
        section = self.section("traces/stale")
        seen, other = self.step(section, "ready.load(acquire)"), self.step(section, "data.store(42")
        self.point_at(seen)
        seen.find_element(By.CSS_SELECTOR, ".what").click()
        self.point_at(other)
        lit = self.run_script(LIT, section)
        self.assertEqual((lit["here"], lit["pinned"]), ([self.line(seen)], [self.line(seen)]))
        self.assertEqual(seen.get_attribute("aria-pressed"), "true")
        seen.send_keys(Keys.ESCAPE)
        self.assertEqual(self.run_script(LIT, section)["pinned"], [])
        self.assertEqual(seen.get_attribute("aria-pressed"), "false")

    def test_the_keyboard_walks_through_a_trace(self):
        self.look()
        section = self.section("traces/stale")
        stops = f"return document.querySelectorAll('{section} [data-line][tabindex=\"0\"]').length"
        self.assertEqual(self.run_script(stops), 1)
        here = lambda: self.run_script(LIT, section)["here"]
        focused = lambda: self.driver.switch_to.active_element
        # From the link before the table, the tabulator enters it.
        self.run_script(f"document.querySelector('{section} [data-line]').focus({{ focusVisible: true }})")
        WebDriverWait(self.driver, 20).until(lambda _: here() == [1], "focus lights up nothing")
        for key, line in ((Keys.ARROW_DOWN, 2), (Keys.ARROW_RIGHT, 3), (Keys.END, 5), (Keys.ARROW_LEFT, 2), (Keys.HOME, 1)):
            focused().send_keys(key)
            self.assertEqual(here(), [line], key)
            self.assertEqual(self.run_script(stops), 1)
        focused().send_keys(Keys.ARROW_DOWN, Keys.ENTER)
        focused().send_keys(Keys.ARROW_DOWN)
        self.assertEqual(here(), [2], "Enter does not hold it")
        focused().send_keys(Keys.ESCAPE)
        self.assertEqual(self.run_script(LIT, section)["pinned"], [])
        self.assertEqual(self.complaints(), [])

    # ---- the checks themselves ---------------------------------------------------------------------------------------

    def broken(self, name, *changes):
        text = self.page.read_text(encoding="utf-8")
        for before, after in changes:
            self.assertIn(before, text)
            text = text.replace(before, after, 1)
        page = self.output / f"broken-{name}.html"
        page.write_text(text, encoding="utf-8")
        return page

    def test_the_checks_notice_broken_pages(self):
        open_policy = ("Content-Security-Policy", "X-None")
        self.look(page=self.broken("wide", ("<main>", '<main><p style="width:2000px">wide</p>')))
        self.assertGreater(self.run_script(OVERFLOW), 0)
        self.look(page=self.broken("pale", ("<main>", '<main><p style="color:#999">pale</p>')))
        self.assertNotEqual(self.run_script(PALE_TEXT), [])
        self.look(page=self.broken("error", open_policy, ("<main>", "<main><script>throw new Error()</script>")))
        self.assertNotEqual(self.complaints(), [])
        self.look(page=self.broken("foreign", ("<main>", "<main><script>window.hacked = 7</script>")))
        self.assertIsNone(self.run_script("return window.hacked ?? null"), "the policy lets a foreign script run")
        self.assertNotEqual(self.complaints(), [])
        self.look(page=self.broken("run", open_policy, ("<main>", "<main><script>window.hacked = 7</script>")))
        self.assertEqual(self.run_script("return window.hacked ?? null"), 7)
        self.look(page=self.broken("net", open_policy, ("<main>", '<main><img src="http://127.0.0.1:9/x.png" alt="">')))
        self.assertNotEqual(self.requests(), [])


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True, type=pathlib.Path)
    parser.add_argument("--output", required=True, type=pathlib.Path)
    options, rest = parser.parse_known_args()
    Page.program, Page.output = options.program.resolve(), options.output.resolve()
    Page.output.mkdir(parents=True, exist_ok=True)
    unittest.main(argv=[sys.argv[0], *rest])
