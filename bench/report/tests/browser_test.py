#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Looks at the report page in a real headless Chromium: browser_test.py --renderer <render_fixture> --output <dir>.

Renders invented studies (make_fixture.py), opens the files on a phone's and on a desk's width, light and dark, with
and without JavaScript and for print, and uses them: hides lines, zooms, changes the scale. Then it breaks a page in each
way that the checks are there for, and each check has to notice. A missing program is a failure that names its package.
"""
import argparse
import json
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

TIME_LIMIT_S = 280  # for everything; one page takes a second or two
WIDTHS = {"phone": (400, 800), "desk": (1600, 1000)}
SCHEMES = ("light", "dark")
CHROMIUM = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
DRIVER = ("/usr/bin/chromedriver",)


def need(candidates, package):
    for path in candidates:
        if pathlib.Path(path).exists():
            return path
        found = shutil.which(pathlib.Path(path).name)
        if found:
            return found
    sys.exit(f"browser_test: {candidates[0]} is missing: apt install {package}")


try:
    from selenium import webdriver
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
except ImportError:
    sys.exit("browser_test: selenium is missing: apt install python3-selenium")

import make_fixture

# Each finds what is wrong and returns it as a list of texts; an empty list is a pass.
FIND_OVERFLOW = """
  const wide = document.scrollingElement.scrollWidth, room = document.documentElement.clientWidth;
  if (wide <= room) return [];
  const past = [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > room + 1);
  const names = past.slice(0, 5).map(e => e.tagName + '.' + e.getAttribute('class')).join(', ');
  return ['page is ' + wide + ' px wide on ' + room + ': ' + names];
"""

# Words of the summary that are broken in the middle, although only words that are wider than a line may be.
FIND_BROKEN_WORDS = """
  const bad = [];
  for (const cell of document.querySelectorAll('.score th')) {
    const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      for (const word of texts.currentNode.data.matchAll(/[^\\s-]+/g)) {
        const range = document.createRange();
        range.setStart(texts.currentNode, word.index);
        range.setEnd(texts.currentNode, word.index + word[0].length);
        const lines = new Set([...range.getClientRects()].map(r => Math.round(r.top)));
        if (lines.size > 1 && !cell.querySelector('.sr')) bad.push(word[0]);
      }
    }
  }
  return bad;
"""

# Every piece of text against what lies behind it (WCAG 2.1, 1.4.3). Text in charts may lie on the shaded part.
FIND_LOW_CONTRAST = """
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  canvas.canvas.width = canvas.canvas.height = 1;
  const known = new Map();
  const rgba = text => {
    if (!known.has(text)) {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = text;
      canvas.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
      known.set(text, [r, g, b, a / 255]);
    }
    return known.get(text);
  };
  const over = (top, below, share) =>
    [0, 1, 2].map(i => top[i] * top[3] * share + below[i] * (1 - top[3] * share)).concat(1);
  const light = c => c.slice(0, 3).map(v => v / 255).map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ratio = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
  const behind = e => {
    for (; e; e = e.parentElement) {
      const colour = rgba(getComputedStyle(e).backgroundColor);
      if (colour[3] > 0.99) return colour;
    }
    return [255, 255, 255, 1];
  };
  const band = rgba(getComputedStyle(document.documentElement).getPropertyValue('--band').trim());
  const bad = [];
  for (const e of document.querySelectorAll('body *')) {
    if (!e.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true })) continue;
    if (e.closest('.sr, script, style')) continue;
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())) continue;
    const style = getComputedStyle(e), svg = e instanceof SVGElement;
    let share = 1;
    for (let at = e; at; at = at.parentElement) share *= Number(getComputedStyle(at).opacity);
    for (const below of svg ? [behind(e), band] : [behind(e)]) {
      const seen = over(rgba(svg ? style.fill : style.color), below, share), found = ratio(seen, below);
      const name = e.tagName + '.' + e.getAttribute('class') + ' ' + e.textContent.trim().slice(0, 40);
      if (found < 4.5) bad.push(found.toFixed(2) + ' ' + name);
    }
  }
  return [...new Set(bad)];
"""

# Drawings that should be seen: of a size, with lines and marks in them.
FIND_MISSING_DRAWINGS = """
  const bad = [], figures = [...document.querySelectorAll('figure.chart')];
  if (figures.length === 0) return ['no figure'];
  for (const figure of figures) {
    if (!figure.checkVisibility()) continue;
    const seen = [...figure.querySelectorAll('svg.static')].filter(s => s.getBoundingClientRect().width > 0);
    if (seen.length !== 1) { bad.push(figure.id + ' shows ' + seen.length + ' drawings'); continue; }
    const box = seen[0].getBoundingClientRect(), scale = box.width / seen[0].viewBox.baseVal.width;
    if (box.width < 250 || box.height < 200) bad.push(figure.id + ' is ' + box.width + ' x ' + box.height);
    if (scale * 12 < 10) bad.push(figure.id + ': letters of ' + (scale * 12).toFixed(1) + ' px');
    const marks = [...seen[0].querySelectorAll('path.marks')];
    if (marks.length === 0) bad.push(figure.id + ' has no marks');
    if (marks.some(m => getComputedStyle(m).markerMid === 'none')) bad.push(figure.id + ': marks without a shape');
    for (const path of seen[0].querySelectorAll('path.line')) {
      const seen = getComputedStyle(path).stroke !== 'none' && path.getTotalLength() > 5;
      if (!seen) bad.push(figure.id + ': a line that is not seen');
    }
    for (const name of seen[0].querySelectorAll('text.name')) {
      const at = name.getBoundingClientRect();
      const whole = at.right <= box.right + 1 && at.left >= box.left;
      if (!whole) bad.push(figure.id + ': the name ' + name.textContent + ' is cut off');
    }
  }
  return bad;
"""

# Canvases that uPlot should have drawn on: in more than two colours.
FIND_BLANK_CANVASES = """
  const bad = [], figures = [...document.querySelectorAll('figure.chart')].filter(f => f.checkVisibility());
  if (figures.length === 0) return ['no figure'];
  for (const figure of figures) {
    const canvas = figure.querySelector('.uplot canvas');
    if (!canvas || canvas.getBoundingClientRect().width < 250) { bad.push(figure.id + ' has no canvas'); continue; }
    if (figure.querySelector('svg.static').getBoundingClientRect().width > 0) bad.push(figure.id + ' is drawn twice');
    const data = new Uint32Array(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.buffer);
    const colours = new Set(data);
    if (colours.size < 3) bad.push(figure.id + ' is blank: ' + colours.size + ' colours');
  }
  return bad;
"""

INK = """
  const c = document.querySelector(arguments[0] + ' .uplot canvas');
  const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
  let sum = 0;
  for (let i = 0; i < d.length; i += 4) sum = (sum * 31 + d[i] * 3 + d[i + 1] * 5 + d[i + 2] * 7 + d[i + 3]) % 1000003;
  return sum;
"""
RANGE = """
  const u = window.lockfreeCharts.find(c => '#' + c.figure.id === arguments[0]).u;
  return [u.scales.x.min, u.scales.x.max, u.scales.y.min, u.scales.y.max];
"""


class Browser:
    """One Chromium for all checks; every page gets its size, colours and scripting anew."""

    def __init__(self, profile):
        options = Options()
        options.binary_location = need(CHROMIUM, "chromium")
        for flag in (
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-quic",
            f"--user-data-dir={profile}",
        ):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = webdriver.Chrome(service=Service(need(DRIVER, "chromium-driver")), options=options)
        self.driver.set_page_load_timeout(30)
        self.driver.set_script_timeout(30)

    def cdp(self, command, **arguments):
        return self.driver.execute_cdp_cmd(command, arguments)

    def look(self, page, width="desk", scheme="light", script=True, media=""):
        across, down = WIDTHS[width]
        self.driver.get("about:blank")
        self.driver.get_log("browser")
        self.driver.get_log("performance")
        self.cdp("Emulation.setDeviceMetricsOverride", width=across, height=down, deviceScaleFactor=1, mobile=False)
        self.cdp(
            "Emulation.setEmulatedMedia", media=media, features=[{"name": "prefers-color-scheme", "value": scheme}]
        )
        self.cdp("Emulation.setScriptExecutionDisabled", value=not script)
        self.page = page.as_uri()
        self.driver.get(self.page)

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def open_everything(self):
        self.run("for (const d of document.querySelectorAll('details')) d.open = true")
        self.driver.execute_async_script(
            "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done()))"
        )

    def complaints(self):
        return [f"{entry['level']}: {entry['message']}" for entry in self.driver.get_log("browser")]

    def requests(self):
        """What the page asked for beside itself, by Chromium's own network log and by the page's."""
        asked = []
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                url = message["params"]["request"]["url"]
                if url != self.page and not url.startswith(("data:", "about:")):
                    asked.append(url)
        return asked + self.run(
            "return performance.getEntriesByType('resource').map(e => e.name).filter(n => !n.startsWith('data:'))"
        )


class ReportPage(unittest.TestCase):
    renderer = None
    output = None

    @classmethod
    def setUpClass(cls):
        cls.output.mkdir(parents=True, exist_ok=True)
        cls.pages = {}
        for name, make in (
            ("complete", make_fixture.complete),
            ("partial", make_fixture.partial),
            ("hostile", make_fixture.hostile),
            ("empty", make_fixture.empty),
        ):
            data, page = cls.output / f"fixture-{name}.json", cls.output / f"fixture-{name}.html"
            make_fixture.write(make(), data)
            subprocess.run([cls.renderer, data, page], check=True, timeout=30)
            cls.pages[name] = page.resolve()
        cls.profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        cls.browser = Browser(cls.profile.name)

    @classmethod
    def tearDownClass(cls):
        cls.browser.driver.quit()
        cls.profile.cleanup()

    def views(self):
        return [(name, width, scheme) for name in self.pages for width in WIDTHS for scheme in SCHEMES]

    def screenshot(self, name):
        self.browser.driver.save_screenshot(str(self.output / f"{name}.png"))

    def test_every_page_is_quiet_offline_readable_and_fits(self):
        for view in self.views():
            with self.subTest(view=view):
                name, width, scheme = view
                self.browser.look(self.pages[name], width, scheme)
                self.screenshot(f"{name}-{width}-{scheme}")
                self.assertEqual(self.browser.run(FIND_OVERFLOW), [])
                if name != "hostile":
                    self.assertEqual(self.browser.run(FIND_BROKEN_WORDS), [])
                self.browser.open_everything()
                self.assertEqual(self.browser.run(FIND_OVERFLOW), [], "with everything open")
                self.assertEqual(self.browser.run(FIND_LOW_CONTRAST), [])
                if name != "empty":
                    self.assertEqual(self.browser.run(FIND_BLANK_CANVASES), [])
                self.assertEqual(self.browser.requests(), [])
                self.assertEqual(self.browser.complaints(), [])

    def test_without_javascript_the_drawings_are_seen(self):
        table_height = "return document.querySelector('figure table').getBoundingClientRect().height"
        for view in self.views():
            with self.subTest(view=view):
                name, width, scheme = view
                self.browser.look(self.pages[name], width, scheme, script=False)
                self.assertEqual(self.browser.run("return document.querySelectorAll('canvas, .chips').length"), 0)
                self.browser.run("for (const d of document.querySelectorAll('details')) d.open = true")
                if name != "empty":
                    self.assertEqual(self.browser.run(FIND_MISSING_DRAWINGS), [])
                    self.assertGreater(self.browser.run(table_height), 40)
                self.assertEqual(self.browser.run(FIND_OVERFLOW), [])
                self.assertEqual(self.browser.run(FIND_LOW_CONTRAST), [])
                self.assertEqual(self.browser.complaints(), [])

    def test_on_paper_the_drawings_are_seen(self):
        for scheme in SCHEMES:
            self.browser.look(self.pages["complete"], "desk", scheme, media="print")
            self.assertEqual(self.browser.run(FIND_MISSING_DRAWINGS), [])
            self.assertEqual(
                self.browser.run(
                    "return [...document.querySelectorAll('canvas')].filter(c => c.checkVisibility()).length"
                ),
                0,
            )
            self.assertEqual(
                self.browser.run("return getComputedStyle(document.body).backgroundColor"), "rgb(255, 255, 255)"
            )

    def test_hostile_text_is_shown_and_never_run(self):
        for script in (True, False):
            self.browser.look(self.pages["hostile"], script=script)
            self.browser.open_everything() if script else None
            self.assertIsNone(self.browser.run("return window.hacked ?? null"))
            self.assertEqual(
                self.browser.run("return document.querySelectorAll('img, iframe, object, svg[onload]').length"), 0
            )
            self.assertIn("<script>window.hacked = 1</script>", self.browser.run("return document.body.innerText"))
        self.browser.look(self.pages["hostile"])
        for n in range(1, 5):
            self.click(f"#f0-0 .chips button:nth-child({n})")
        self.hover("#f0-0")
        self.assertIsNone(self.browser.run("return window.hacked ?? null"))
        self.assertEqual(self.browser.complaints(), [])

    def test_banners_say_what_the_page_is(self):
        for name, banners in {
            "complete": ["FIXTURE"],
            "partial": ["FIXTURE", "PARTIAL"],
            "empty": ["FIXTURE", "PARTIAL"],
        }.items():
            self.browser.look(self.pages[name])
            found = self.browser.run("return [...document.querySelectorAll('.banner strong')].map(b => b.innerText)")
            self.assertEqual(found, banners, name)

    # ---- using it ----------------------------------------------------------------------------------------------------

    def ink(self, chart):
        return self.browser.run(INK, chart)

    def range(self, chart):
        return self.browser.run(RANGE, chart)

    def over(self, chart):
        area = self.browser.driver.find_element(By.CSS_SELECTOR, f"{chart} .u-over")
        self.browser.run("arguments[0].scrollIntoView({ block: 'center', behavior: 'instant' })", area)
        return area

    def hover(self, chart):
        ActionChains(self.browser.driver, duration=20).move_to_element_with_offset(self.over(chart), 10, 10).perform()

    def settle(self, condition, message):
        until = time.monotonic() + 5
        while not condition():
            self.assertLess(time.monotonic(), until, message)
            time.sleep(0.02)

    def click(self, selector):
        button = self.browser.driver.find_element(By.CSS_SELECTOR, selector)
        self.browser.run("arguments[0].scrollIntoView({ block: 'center', behavior: 'instant' })", button)
        button.click()
        return button

    def test_a_click_hides_a_line_and_another_brings_it_back(self):
        for width in WIDTHS:
            self.browser.look(self.pages["complete"], width)
            before, range_before = self.ink("#f0-0"), self.range("#f0-0")
            chip = self.click("#f0-0 .chips button:first-child")
            self.settle(lambda: self.ink("#f0-0") != before, "the line is still drawn")
            self.assertEqual(chip.get_attribute("aria-pressed"), "false")
            self.assertFalse(self.browser.run("return window.lockfreeCharts[0].u.series[1].show"))
            self.assertLess(self.range("#f0-0")[3], range_before[3], "the axis keeps room for a line that is hidden")
            chip.click()
            self.settle(lambda: self.ink("#f0-0") == before, "the line does not come back as it was")
            self.assertEqual(chip.get_attribute("aria-pressed"), "true")

    def test_dragging_zooms_and_reset_returns(self):
        for chart in ("#f0-0", "#f0-5"):
            self.browser.look(self.pages["complete"])
            self.browser.open_everything()
            full, before = self.range(chart), self.ink(chart)
            area = self.over(chart)
            reset = self.browser.driver.find_element(By.CSS_SELECTOR, f"{chart} .reset")
            self.assertFalse(reset.is_enabled())
            ActionChains(self.browser.driver, duration=20).move_to_element_with_offset(
                area, -60, 0
            ).click_and_hold().move_by_offset(60, 5).move_by_offset(60, 5).release().perform()
            self.settle(
                lambda: self.range(chart)[1] - self.range(chart)[0] < 0.8 * (full[1] - full[0]), "nothing zoomed"
            )
            self.assertTrue(reset.is_enabled())
            reset.click()
            self.settle(lambda: self.range(chart) == full, f"{self.range(chart)} is not the range before, {full}")
            self.assertFalse(reset.is_enabled())
            self.assertIn("chart", self.browser.driver.find_element(By.CSS_SELECTOR, chart).get_attribute("class"))
            self.assertEqual(self.browser.complaints(), [])
            self.browser.run("document.activeElement.blur()")
            self.settle(lambda: self.ink(chart) == before, "the picture is not the one before")

    def test_the_keyboard_zooms_and_changes_the_scale(self):
        self.browser.look(self.pages["complete"], "phone")
        full, before = self.range("#f0-0"), self.ink("#f0-0")
        self.browser.driver.find_element(By.CSS_SELECTOR, "#f0-0 .closer").send_keys(Keys.ENTER)
        self.settle(lambda: self.range("#f0-0")[1] < full[1], "+ does not zoom")
        self.browser.driver.find_element(By.CSS_SELECTOR, "#f0-0 .farther").send_keys(Keys.SPACE)
        self.settle(lambda: self.range("#f0-0")[:2] == full[:2], "- does not zoom back")
        scale = self.browser.driver.find_element(By.CSS_SELECTOR, "#f0-0 .scale")
        self.assertEqual(scale.text, "Linear")
        scale.send_keys(Keys.ENTER)
        self.settle(lambda: self.range("#f0-0")[2] == 0, "the linear scale does not begin at zero")
        self.assertEqual(scale.text, "Log")
        scale.send_keys(Keys.ENTER)
        self.settle(lambda: self.ink("#f0-0") == before, "the logarithmic scale does not come back as it was")

    def test_the_pointer_reads_values(self):
        self.browser.look(self.pages["complete"])
        self.hover("#f0-0")
        tip = self.browser.driver.find_element(By.CSS_SELECTOR, "#f0-0 .tip")
        self.settle(tip.is_displayed, "no values at the pointer")
        self.assertIn("mpmc_ring", tip.text)

    def test_colours_follow_the_system_while_the_page_is_open(self):
        self.browser.look(self.pages["complete"], scheme="light")
        light = self.ink("#f0-0")
        self.browser.cdp(
            "Emulation.setEmulatedMedia", media="", features=[{"name": "prefers-color-scheme", "value": "dark"}]
        )
        self.settle(lambda: self.ink("#f0-0") != light, "the chart keeps its colours in the dark")

    def test_charts_follow_the_window(self):
        self.browser.look(self.pages["complete"], "desk")
        self.browser.cdp("Emulation.setDeviceMetricsOverride", width=400, height=800, deviceScaleFactor=1, mobile=False)
        fits = "return document.querySelector('#f0-0 canvas').getBoundingClientRect().width <= 400"
        self.settle(lambda: self.browser.run(fits), "the chart keeps its width")
        self.settle(lambda: self.browser.run(FIND_OVERFLOW) == [], "the page overflows")

    # ---- the checks themselves ---------------------------------------------------------------------------------------

    def broken(self, name, *changes):
        text = self.pages["complete"].read_text(encoding="utf-8")
        for before, after in changes:
            self.assertIn(before, text)
            text = text.replace(before, after, 1)
        page = self.output / f"broken-{name}.html"
        page.write_text(text, encoding="utf-8")
        return page.resolve()

    def test_the_longest_title_of_a_family_stays_in_one_piece_on_a_phone(self):
        longest = ("Work-stealing deques</a>", "Safe memory reclamation</a>")
        self.browser.look(self.broken("longest", longest), "phone")
        self.assertEqual(self.browser.run(FIND_BROKEN_WORDS), [])
        narrow = ("</style>", ".score th:first-child { width: 20% !important }</style>")
        self.browser.look(self.broken("words", longest, narrow), "phone")
        self.assertNotEqual(self.browser.run(FIND_BROKEN_WORDS), [], "the check does not notice a broken word")

    def test_the_checks_notice_broken_pages(self):
        open_policy = ("Content-Security-Policy", "X-None")
        with self.subTest("overflow"):
            self.browser.look(self.broken("overflow", ("<main>", '<main><p style="width:2000px">wide</p>')))
            self.assertNotEqual(self.browser.run(FIND_OVERFLOW), [])
        with self.subTest("contrast"):
            self.browser.look(self.broken("contrast", ("<main>", '<main><p style="color:#999">pale</p>')))
            self.assertNotEqual(self.browser.run(FIND_LOW_CONTRAST), [])
        with self.subTest("contrast in a drawing"):
            pale = ("</style>", ".static text { opacity: 0.4 }</style>")
            self.browser.look(self.broken("contrast-svg", pale), script=False)
            self.assertNotEqual(self.browser.run(FIND_LOW_CONTRAST), [])
        with self.subTest("request"):
            self.browser.look(
                self.broken("request", open_policy, ("<main>", '<main><img src="http://127.0.0.1:9/x.png" alt="">'))
            )
            self.assertNotEqual(self.browser.requests(), [])
        with self.subTest("forbidden request"):
            self.browser.look(self.broken("forbidden", ("<main>", '<main><img src="http://127.0.0.1:9/x.png" alt="">')))
            self.assertNotEqual(self.browser.complaints(), [])
        with self.subTest("console"):
            self.browser.look(
                self.broken("console", open_policy, ("<main>", "<main><script>throw new Error('broken')</script>"))
            )
            self.assertNotEqual(self.browser.complaints(), [])
        with self.subTest("foreign script"):  # the policy knows the page's own script only
            self.browser.look(self.broken("script", ("<main>", "<main><script>window.hacked = 7</script>")))
            self.assertIsNone(self.browser.run("return window.hacked ?? null"))
            self.assertNotEqual(self.browser.complaints(), [])
        with self.subTest("script does not run"):
            self.browser.look(
                self.broken("blank", ('"use strict";\n\n  const narrow', '"use strict"; return;\n\n  const narrow'))
            )
            self.assertNotEqual(self.browser.run(FIND_BLANK_CANVASES), [])
            self.assertEqual(self.browser.run(FIND_MISSING_DRAWINGS), [], "without the script the drawings must stay")
        with self.subTest("nothing drawn"):
            wipe = "<script>for (const c of lockfreeCharts) c.u.ctx.clearRect(0, 0, 9999, 9999)</script></body>"
            self.browser.look(self.broken("undrawn", open_policy, ("</body>", wipe)))
            self.assertNotEqual(self.browser.run(FIND_BLANK_CANVASES), [])
        with self.subTest("drawing"):
            hidden = ("</style>", ".static { display: none !important }</style>")
            self.browser.look(self.broken("drawing", hidden), script=False)
            self.assertNotEqual(self.browser.run(FIND_MISSING_DRAWINGS), [])
        with self.subTest("lines and marks"):
            bare = ("</style>", ".marks { marker: none !important } .line { stroke: none !important }</style>")
            self.browser.look(self.broken("bare", bare), script=False)
            self.assertNotEqual(self.browser.run(FIND_MISSING_DRAWINGS), [])


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--renderer", required=True)
    parser.add_argument("--output", required=True, type=pathlib.Path)
    options, rest = parser.parse_known_args()
    ReportPage.renderer, ReportPage.output = options.renderer, options.output

    def out_of_time(*_):
        raise TimeoutError(f"the browser test took longer than {TIME_LIMIT_S} s")

    signal.signal(signal.SIGALRM, out_of_time)
    signal.alarm(TIME_LIMIT_S)
    unittest.main(argv=[sys.argv[0], "-v", *rest])
