#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What lfcheck shows of a violation: traces_test.py --program <made of traced.cpp> --output <dir> [--update].

Traces in the terminal against the files in traces/ (--update writes those anew), colour, width, JUnit XML, annotations,
and reports that can't be written. The page has a test of its own, page_test.py.
"""
import argparse
import fcntl
import os
import pathlib
import pty
import re
import struct
import subprocess
import sys
import termios
import unittest
import xml.etree.ElementTree as tree

GOLDEN = pathlib.Path(__file__).parent / "traces"
ESCAPE = "\033"
SOURCE = pathlib.Path(__file__).parent / "traced.cpp"


class Traces(unittest.TestCase):
    program = None
    output = None
    update = False

    def run_it(self, *arguments, code=None, environment=None):
        """Standard output and error of lfcheck without a terminal."""
        clean = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "NO_COLOR")}
        done = subprocess.run(
            [self.program, "--no-canaries", *arguments],
            capture_output=True,
            text=True,
            timeout=60,
            cwd=self.output,
            env={**clean, **(environment or {})},
        )
        if code is not None:
            self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout, done.stderr

    def on_terminal(self, *arguments, columns=120, environment=None):
        """What a terminal of that width gets."""
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
        clean = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "NO_COLOR")}
        running = subprocess.Popen(
            [self.program, "--no-canaries", *arguments],
            stdout=theirs,
            stderr=subprocess.DEVNULL,
            cwd=self.output,
            env={**clean, **(environment or {})},
        )
        os.close(theirs)
        text = b""
        while True:
            try:
                more = os.read(ours, 65536)
            except OSError:  # the other end is closed
                break
            if not more:
                break
            text += more
        os.close(ours)
        running.wait(timeout=60)
        return re.sub(r"\d+\.\d\d s", "_ s", text.decode().replace("\r\n", "\n"))

    def golden(self, name, text):
        text = re.sub(r"\d+\.\d\d s", "_ s", text).replace(str(self.program), "lfcheck")
        path = GOLDEN / (name + ".txt")
        if self.update:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        self.assertEqual(text, path.read_text(encoding="utf-8"), f"mend it, if it is meant, with: traces_test.py --update")

    # ---- in the terminal ---------------------------------------------------------------------------------------------

    def test_a_trace_in_columns_is_the_one_in_the_file(self):
        for name, schedule in {
            "stale": "6a",
            "race": "0",
            "operations": "2b",
            "spins": "0",
            "held": "2a1ab",
        }.items():
            with self.subTest(name=name):
                self.golden(f"{name}.columns", self.run_it(f"traces/{name}", "--replay", schedule, code=1)[0])

    def test_a_trace_in_rows_is_the_one_in_the_file(self):
        self.golden("stale.rows", self.run_it("traces/stale", "--replay", "6a", "--trace", "rows", code=1)[0])

    def test_without_a_terminal_there_is_no_colour(self):
        out, err = self.run_it("traces/stale", code=1)
        self.assertNotIn(ESCAPE, out + err)

    def test_on_a_terminal_there_is_colour_unless_no_color_is_set(self):
        text = self.on_terminal("traces/stale", "--replay", "6a")
        self.assertIn(ESCAPE + "[", text)
        plain = self.on_terminal("traces/stale", "--replay", "6a", environment={"NO_COLOR": "1"})
        self.assertNotIn(ESCAPE, plain)
        self.assertEqual(re.sub(ESCAPE + r"\[[0-9;]*m", "", text), plain, "colour changes more than the colour")

    def test_the_width_is_that_of_the_terminal(self):
        def widest(columns):
            text = self.on_terminal("traces/stale", "--replay", "6a", columns=columns, environment={"NO_COLOR": "1"})
            trace = text[text.index("  T0") : text.index("replay:")]
            return max(len(line) for line in trace.splitlines()), trace

        for columns in (84, 120, 160):
            width, trace = widest(columns)
            self.assertIn(" | ", trace)
            self.assertLessEqual(width, columns)
            self.assertGreater(width, columns - 10)
        self.assertNotIn(" | ", widest(60)[1], "columns of 28 characters")
        self.assertIn(" | ", self.run_it("traces/stale", environment={"COLUMNS": "90"})[0])
        self.assertNotIn(" | ", self.run_it("traces/stale", environment={"COLUMNS": "60"})[0])

    def test_four_threads_get_rows_or_the_columns_that_are_asked_for(self):
        self.assertNotIn(" | ", self.run_it("traces/many threads", code=1)[0])
        self.assertIn(" | ", self.run_it("traces/many threads", "--trace", "columns", code=1)[0])
        self.assertIn(" | ", self.run_it("traces/many threads", code=1, environment={"COLUMNS": "180"})[0])

    def test_of_a_long_trace_the_end_is_shown_and_all_on_request(self):
        short, _ = self.run_it("traces/many steps", code=1)
        self.assertIn("the first 22 of 82 steps are left out; all of them: --trace full", short)
        self.assertNotIn("total: 21 becomes 22", short)
        self.assertIn("total: 22 becomes 23", short)
        self.assertIn("expectation failed", short)
        for style in ("full", "rows,full"):
            whole, _ = self.run_it("traces/many steps", "--trace", style, code=1)
            self.assertNotIn("left out", whole)
            self.assertIn("total: 0 becomes 1", whole)
        for wrong in ("fancy", "rows,", ""):
            out, err = self.run_it("traces/stale", "--trace", wrong, code=2)
            self.assertEqual((out, err.count("\n")), ("", 1))

    def test_the_verdict_comes_first_then_what_it_needs_the_trace_and_how_to_run_it_again(self):
        out, _ = self.run_it("traces/stale", code=1)
        parts = [
            "who sees the flag sees the data",
            "Needs weak memory: all 10 interleavings hold",
            "Essential here: the stale read at",
            "stale; newest was 42, written at",
            "--replay 6a",
        ]
        found = [re.sub(r"\s+", " ", out).find(part) for part in parts]
        self.assertEqual(sorted(found), found, out)
        self.assertNotIn(-1, found, out)

    def test_interleaving_is_called_enough_where_it_is_and_only_there(self):
        for name in ("race", "operations", "spins", "many steps", "many threads"):
            self.assertIn("Interleaving is enough", self.run_it(f"traces/{name}", code=1)[0], name)
        for name in ("stale", "held"):
            self.assertNotIn("Interleaving is enough", self.run_it(f"traces/{name}", code=1)[0], name)
        held = re.sub(r"\s+", " ", self.run_it("traces/held", code=1)[0])
        self.assertIn("Essential here: the delayed store at", held)

    def test_what_is_taken_back_of_an_essential_read_takes_the_violation_with_it(self):
        self.run_it("traces/stale", "--replay", "6a", code=1)
        self.run_it("traces/stale", "--replay", "0", code=0)

    def test_expected_violations_are_explained_on_request(self):
        self.assertNotIn("stale; newest", self.run_it("broken/stale", code=0)[0])
        self.assertIn("stale; newest", self.run_it("broken/stale", "--show", code=0)[0])

    def test_canaries_are_not_explained(self):
        page = self.output / "canaries.html"
        done = subprocess.run(
            [self.program, "broken/stale", "--show", "--html", page], capture_output=True, text=True, timeout=60
        )
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("all caught", done.stdout)
        self.assertEqual(done.stdout.count("Needs weak memory"), 1)
        self.assertEqual(page.read_text(encoding="utf-8").count("<section"), 1)

    # ---- reports -----------------------------------------------------------------------------------------------------

    def test_junit_is_valid_and_an_inconclusive_item_is_an_error(self):
        report = self.output / "report.xml"
        items = ["traces/*", "holds/*", "missed/*", "undecided/*", "broken/*"]
        self.run_it(*items, "--seconds", "0.2", "--junit", str(report), code=1)
        suite = tree.parse(report).getroot()
        self.assertEqual(suite.tag, "testsuite")
        self.assertLessEqual({"name", "tests", "failures", "errors", "time"}, set(suite.attrib))
        cases = {c.get("classname") + "/" + c.get("name"): c for c in suite.findall("testcase")}
        self.assertEqual(len(cases), int(suite.get("tests")))
        self.assertEqual(sum(c.find("failure") is not None for c in cases.values()), int(suite.get("failures")))
        self.assertEqual(sum(c.find("error") is not None for c in cases.values()), int(suite.get("errors")))
        for name, case in cases.items():
            with self.subTest(name=name):
                self.assertLessEqual({"classname", "name", "time"}, set(case.attrib))
                self.assertLessEqual({child.tag for child in case}, {"properties", "failure", "error"})
                self.assertEqual(case[0].tag, "properties")
                properties = {p.get("name"): p.get("value") for p in case.iter("property")}
                self.assertLessEqual({"verdict", "executions", "completeness", "bound", "seed"}, set(properties))
                self.assertGreater(int(properties["executions"]), 0)
                if case.find("failure") is not None and name != "missed/fine":
                    self.assertIn("replay", properties)
                    self.assertIn("needs", properties)
                    self.assertIn("T0", case.find("failure").text)
                    self.assertNotIn(ESCAPE, case.find("failure").text)
        self.assertEqual(cases["undecided/large"].find("error").get("type"), "inconclusive")
        self.assertIsNone(cases["holds/fine"].find("failure"))
        self.assertIsNone(cases["broken/stale"].find("failure"))
        self.assertIn("traces/<script>window.hacked = 4</script>", cases)

    def test_annotations_name_file_and_line_and_are_escaped(self):
        items = ["traces/stale", "traces/<*", "missed/*", "undecided/*", "holds/*", "broken/*"]
        out, _ = self.run_it(*items, "--seconds", "0.2", "--github", code=1)
        lines = [line for line in out.splitlines() if line.startswith("::")]
        commands = {}
        for line in lines:
            match = re.fullmatch(r"::(error|warning) file=([^,:]*)(?:,line=(\d+))?,title=([^,:]*)::(.*)", line)
            self.assertIsNotNone(match, line)
            commands[match[4].split("%3A")[0]] = match
        self.assertEqual(len(lines), 4, lines)
        stale = commands["traces/stale"]
        line = next(n for n, text in enumerate(SOURCE.read_text().splitlines(), 1) if "who sees the flag" in text)
        self.assertEqual((stale[1], int(stale[3])), ("error", line))
        self.assertTrue(stale[2].endswith("traced.cpp"), stale[2])
        self.assertIn("%0Areplay: ", stale[5])
        self.assertEqual((commands["undecided/large"][1], commands["undecided/large"][3]), ("warning", None))
        self.assertEqual(commands["missed/fine"][1], "error")
        hostile = commands["traces/<script>window.hacked = 4</script>"]
        self.assertIn("100%25 :: of it", hostile[5])
        self.assertIn("%0Aand a second line", hostile[5])
        self.assertNotIn("::error", self.run_it("traces/stale", code=1)[0], "annotations that nobody asked for")

    def test_paths_in_annotations_are_relative_to_the_current_directory(self):
        done = subprocess.run(
            [self.program, "--no-canaries", "traces/stale", "--github"],
            capture_output=True,
            text=True,
            timeout=60,
            cwd=SOURCE.parent,
        )
        self.assertIn("::error file=traced.cpp,line=", done.stdout)

    def test_a_report_that_cannot_be_written_is_refused_before_anything_runs(self):
        there = self.output / "a directory"
        there.mkdir(exist_ok=True)
        for option in ("--junit", "--html"):
            for path in ("no/such/directory/report", str(there)):
                out, err = self.run_it("holds/fine", option, path, code=2)
                self.assertEqual((out, err.count("\n")), ("", 1), (option, path))
        self.assertFalse((self.output / "no").exists())
        self.assertEqual(list(there.iterdir()), [])
        self.assertEqual(list(self.output.glob("*.part")), [])


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True, type=pathlib.Path)
    parser.add_argument("--output", required=True, type=pathlib.Path)
    parser.add_argument("--update", action="store_true")
    options, rest = parser.parse_known_args()
    Traces.program, Traces.output = options.program.resolve(), options.output.resolve()
    Traces.update = options.update
    Traces.output.mkdir(parents=True, exist_ok=True)
    unittest.main(argv=[sys.argv[0], *rest])
