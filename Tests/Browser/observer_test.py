#!/usr/bin/env python3
"""The Observer's page in a real browser: headless Chromium, driven through its driver.

    make test-browser

Standard library only. Pictures of what was seen are left in .build/browser. Nothing is asserted of how long
something took, but for limits so generous that they mean "never"; what was measured is printed.
"""

import contextlib
import json
import os
import sys
import time
import unittest
import urllib.error
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from kv import KV  # noqa: E402
from webdriver import Browser  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.environ.get("KV", os.path.join(ROOT, ".build/debug/kv"))
PICTURES = os.path.join(ROOT, ".build/browser")
ESCAPE, ENTER, RIGHT, DOWN, LEFT, TAB = "\ue00c", "\ue007", "\ue014", "\ue015", "\ue012", "\ue004"

NAMES = "[...document.querySelectorAll('#nodes .node .name')].map((name) => name.textContent)"


class ObserverTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.browser = Browser()
        cls.measured = []

    @classmethod
    def tearDownClass(cls):
        cls.browser.quit()
        print()
        for line in cls.measured:
            print(line)

    def setUp(self):
        # What the kv before has left is not this test's.
        self.browser.open("about:blank")
        self.browser.console()
        self.browser.cdp("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "light"}])
        self.browser.resize(1280, 800)
        self.kv = KV(PROGRAM)
        self.expects_errors = False

    def tearDown(self):
        complaints = [line for line in self.browser.console() if line["level"] in ("SEVERE", "WARNING")]
        self.browser.open("about:blank")
        self.kv.kill()
        if not self.expects_errors:
            self.assertEqual(complaints, [], "the browser's console is silent")

    # Helpers

    def open(self, view="tree"):
        self.url = self.kv.observe()
        self.browser.open(self.url + "#" + view)
        self.browser.run("localStorage.clear()")
        self.browser.wait("the page is live", "return document.querySelector('#connection').dataset.state === 'live'")
        if view == "tree":
            self.wait_for("KV.Registry")

    def wait_for(self, name):
        return self.browser.wait(f"{name} is drawn", f"return {NAMES}.includes(arguments[0])", name)

    def open_details(self, name):
        self.browser.double_click(self.node(name))
        self.browser.wait(f"details of {name}", "return document.querySelector('#drawer .facts') !== null && document.querySelector('#drawer h2').textContent === arguments[0]", name)

    def ask_for_the_state(self):
        self.browser.run("[...document.querySelectorAll('#drawer button')].find((button) => button.textContent === 'Ask for the state').click()")

    def node(self, name):
        """A selector for the box of that name."""
        return self.browser.run(
            """const node = [...document.querySelectorAll('#nodes .node')].find((node) => node.querySelector('.name')?.textContent === arguments[0]);
            node.id = 'node-' + Math.random().toString(36).slice(2);
            return '#' + node.id;""", name)

    def pid(self, name):
        return self.browser.run(
            """return [...document.querySelectorAll('#nodes .node')].find((node) => node.querySelector('.name')?.textContent === arguments[0])?.dataset.key""", name)

    def choose(self, action):
        self.browser.wait("the menu is open", "return !document.querySelector('#menu').hidden")
        self.browser.click(f"#menu [data-action={action}]")

    def picture(self, name):
        # Until what moves has come to rest.
        time.sleep(0.6)
        self.browser.screenshot(os.path.join(PICTURES, name + ".png"))

    def column(self, number):
        return self.browser.run(
            "return [...document.querySelectorAll(`#table tbody tr td:nth-child(${arguments[0]})`)].map((cell) => cell.textContent)", number)

    @contextlib.contextmanager
    def script(self, source):
        """Runs it in each page before the page's own."""
        added = self.browser.cdp("Page.addScriptToEvaluateOnNewDocument", source=source)
        try:
            yield
        finally:
            self.browser.cdp("Page.removeScriptToEvaluateOnNewDocument", identifier=added["identifier"])

    # What the page shows for some seconds, it shows for minutes: so long that no machine is too slow to see it.
    LASTING = """{
      const now = performance.now.bind(performance), later = window.setTimeout;
      performance.now = () => now() / 60;
      window.setTimeout = (work, time) => later(work, time >= 1000 ? time * 60 : time);
    }"""

    # The tree

    def test_the_tree_appears_and_so_does_a_bucket_created_in_the_shell(self):
        self.open()
        self.wait_for("KV.Supervisor")
        self.assertIn("application kv", self.browser.text("#nodes"))
        self.assertIn("application observer", self.browser.text("#nodes"))
        self.kv.type("create shopping")
        self.wait_for("shopping")
        self.picture("tree")
        kinds = self.browser.run("return [...document.querySelectorAll('#nodes .node')].map((node) => node.getAttribute('class'))")
        self.assertTrue(any("kind-agent" in kind for kind in kinds))
        # As a tree, to who listens.
        self.assertEqual(self.browser.run("return document.querySelector('#picture').getAttribute('role')"), "tree")
        self.assertIn("KV.Registry, server", self.browser.run(
            "return document.querySelector(arguments[0]).getAttribute('aria-label')", self.node("KV.Registry")))

    def test_a_kill_in_the_shell_shows_both_children_gone_and_back(self):
        self.kv.type("create shopping books")
        self.open()
        self.wait_for("books")
        old = {name: self.pid(name) for name in ("KV.Registry", "KV.BucketSupervisor")}
        self.browser.run(
            """const old = arguments[0]; window.seen = {};
            const gone = new Set();
            const look = () => {
              for (const name of Object.keys(old)) {
                const box = document.querySelector(`[data-key="${old[name]}"]`);
                if (!box || box.classList.contains('gone')) gone.add(name);
              }
              const names = [...document.querySelectorAll('#nodes .node')].filter((node) => Object.keys(old).includes(node.querySelector('.name')?.textContent) && !Object.values(old).includes(node.dataset.key));
              if (gone.size === 2) window.seen.gone ??= Date.now();
              if (names.length === 2) window.seen.back ??= Date.now();
              window.seen.ghosts ||= document.querySelectorAll('#ghosts .gone').length > 0;
              // Whom it follows stands in its box, struck out.
              window.seen.follow ||= names.length === 2 && names.every((node) => node.textContent.includes(old[node.querySelector('.name').textContent]));
            };
            new MutationObserver(look).observe(document.querySelector('#world'), { subtree: true, childList: true, attributes: true, characterData: true });""", old)
        begin = time.time() * 1000
        self.kv.type("kill registry")
        seen = self.browser.wait("gone and back", "return window.seen.gone && window.seen.back ? window.seen : null")
        self.measured.append(
            f"kill typed into the shell: both gone on the page after {seen['gone'] - begin:.0f} ms, both back after {seen['back'] - begin:.0f} ms")
        for name, pid in old.items():
            self.assertNotEqual(self.pid(name), pid)
        self.browser.wait("whom they follow", "return window.seen.follow")
        self.browser.wait("ghosts of buckets, which are not restarted", "return window.seen.ghosts")
        self.picture("restart")
        self.browser.wait("ghosts vanish", "return document.querySelectorAll('#ghosts *').length === 0")

    def test_who_is_back_in_a_later_picture_says_whom_it_follows(self):
        with self.script(self.LASTING):
            self.open()
        self.wait_for("KV.Registry")
        old = self.pid("KV.Registry")
        # Pictures as they are taken between the end and the start, whatever the machine's pace.
        self.browser.run(
            """const [old] = arguments;
            const real = window.fetch;
            window.isBack = false;
            window.fetch = async (path, options) => {
              const answer = await real(path, options);
              if (!path.startsWith('api/tree')) return answer;
              const picture = await answer.json();
              const edited = (node) => ({ ...node, children: node.children
                .filter((child) => window.isBack || child.name !== 'KV.Registry' || child.pid === old).map(edited) });
              return new Response(JSON.stringify({ ...picture, trees: picture.trees.map(edited) }));
            };""", old)
        self.kv.type("kill registry")
        ghost = f"#ghosts [data-key=\"{old}\"]"
        self.browser.wait("a ghost", "return document.querySelector(arguments[0]) !== null", ghost)
        self.browser.run("window.isBack = true")
        self.kv.type("create two")
        self.wait_for("KV.Registry")
        self.assertNotEqual(self.pid("KV.Registry"), old)
        self.assertIn(old, self.browser.text(self.node("KV.Registry")))
        self.assertEqual(self.browser.count(ghost), 0, "the ghost gives way to who follows it")

    def test_who_is_back_says_whom_it_follows_also_when_the_picture_is_faster_than_the_event(self):
        slow_events = """const listen = EventSource.prototype.addEventListener;
            window.held = null;
            EventSource.prototype.addEventListener = function (type, hear) {
              listen.call(this, type, type !== 'events' ? hear : (message) => window.held ? window.held.push(() => hear(message)) : hear(message));
            };"""
        with self.script(self.LASTING + slow_events):
            self.open()
            old = self.pid("KV.Registry")
            self.browser.run("window.held = []")
            self.kv.type("kill registry")
            self.browser.wait("a picture with another", "const name = '[data-key=\"' + arguments[0] + '\"]'; return !document.querySelector('#nodes ' + name)", old)
            self.wait_for("KV.Registry")
            self.browser.wait("the event", "return window.held.length > 0")
            self.browser.run("const all = window.held; window.held = null; for (const hear of all) hear();")
            self.browser.wait("whom it follows", "return document.querySelector(arguments[0]).textContent.includes(arguments[1])", self.node("KV.Registry"), old)

    def test_a_double_click_shows_details_and_the_state_on_request(self):
        self.kv.type("create shopping")
        self.kv.type("put shopping eggs 3")
        self.kv.type("kill registry")
        self.kv.type("create shopping")
        self.open()
        self.wait_for("shopping")
        self.open_details("KV.Registry")
        text = self.browser.text("#drawer")
        for word in ("KV.Registry", "server · Registry", "KV.Supervisor", "permanent", "shopping", "was killed", "Shutdown5 s", "Significantno", "Kindworker", "not known of one process"):
            self.assertIn(word, text)
        self.ask_for_the_state()
        self.browser.wait("the state", "return document.querySelector('#drawer .state')?.textContent.includes('shopping')")
        self.picture("process")
        # The crash log tells why.
        self.browser.run("document.querySelector('#drawer .event.gone').click()")
        self.browser.wait("why", "return document.querySelector('#dialog .story')?.textContent.includes('kill registry')")
        self.browser.type(ESCAPE)
        self.browser.type(ESCAPE)
        self.browser.wait("closed", "return document.querySelector('#drawer').hidden")

    def test_a_state_that_comes_late_is_not_shown_with_another_process(self):
        self.expects_errors = True  # a question that runs out is a refusal, which the browser writes into its console
        self.kv.type("create shopping")
        self.kv.type("hang bucket shopping")
        self.open()
        self.wait_for("shopping")
        self.open_details("shopping")
        self.ask_for_the_state()
        self.browser.wait("a question", "return document.querySelector('#drawer .state')?.textContent === 'asking …'")
        self.open_details("KV.Registry")
        # The page would draw it within half a second.
        self.browser.wait("an answer, and some time", "const answer = performance.getEntriesByType('resource').find((one) => one.name.includes('/state?')); return answer && performance.now() > answer.responseEnd + 1000")
        self.assertFalse(self.browser.run("return document.querySelector('#drawer .state') !== null"))

    def test_one_who_ends_while_looked_at_is_said_to_have_ended(self):
        self.kv.type("create shopping")
        self.open()
        self.wait_for("shopping")
        self.open_details("shopping")
        self.kv.type("kill bucket shopping")
        self.browser.wait("a sentence", "return document.querySelector('#drawer .missing')?.textContent.includes('has ended: killed')")
        # Whatever is asked for now and then goes on, and nobody is asked for one who is gone: the console is silent.
        self.kv.type("create books")
        self.wait_for("books")

    def test_a_right_click_kills_and_the_replacement_appears(self):
        self.open()
        old = self.pid("KV.Registry")
        self.browser.right_click(self.node("KV.Registry"))
        self.choose("kill")
        self.browser.wait("a replacement", f"const name = {NAMES}; return name.includes('KV.Registry') && !document.querySelector(`#nodes [data-key=\"${{arguments[0]}}\"]`)", old)
        # The shell tells who did it, with the next command; the deed is an event with who and when.
        self.kv.type("buckets")
        self.kv.expect("✗ KV.Registry .* killed by")
        self.kv.type("why registry")
        self.kv.expect("kill KV.Registry.*from the page, by 127.0.0.1")

    def test_a_supervisor_is_not_touched_without_asking(self):
        self.open()
        old = self.pid("KV.BucketSupervisor")
        self.browser.right_click(self.node("KV.BucketSupervisor"))
        self.choose("kill")
        self.browser.wait("a question", "return document.querySelector('#dialog').open")
        self.assertIn("This is a supervisor", self.browser.text("#dialog"))
        self.browser.type(ESCAPE)
        self.assertEqual(self.pid("KV.BucketSupervisor"), old)
        self.browser.right_click(self.node("KV.BucketSupervisor"))
        self.choose("kill")
        self.browser.wait("a question", "return document.querySelector('#dialog').open")
        self.browser.click("#dialog button[type=submit]")
        self.browser.wait("another", "return !document.querySelector(`#nodes [data-key=\"${arguments[0]}\"]`)", old)

    def test_suspending_resuming_restarting_and_exits_with_a_reason(self):
        self.open()
        self.browser.right_click(self.node("KV.Registry"))
        self.choose("suspend")
        self.browser.wait("suspended", "return document.querySelector('#nodes .status-suspended .sign')?.textContent === '‖'")
        self.browser.right_click(self.node("KV.Registry"))
        self.choose("resume")
        self.browser.wait("resumed", "return !document.querySelector('#nodes .status-suspended')")
        old = self.pid("KV.Registry")
        self.browser.right_click(self.node("KV.Registry"))
        self.choose("restart")
        self.browser.wait("restarted", "return !document.querySelector(`#nodes [data-key=\"${arguments[0]}\"]`)", old)
        self.wait_for("KV.Registry")
        self.browser.right_click(self.node("KV.Registry"))
        self.choose("exit")
        self.browser.wait("a question", "return document.querySelector('#dialog').open")
        self.browser.type("spring cleaning", into="#dialog input")
        self.browser.click("#dialog button[type=submit]")
        self.browser.wait("told", "return document.querySelector('#feed').textContent.includes('spring cleaning')")
        self.kv.type("buckets")
        self.kv.expect("✗ KV.Registry .*spring cleaning")

    def test_large_families_are_folded_with_counts_and_searched_where_they_are_folded(self):
        self.kv.type("create " + " ".join(f"bucket-{number}" for number in range(300)))
        self.kv.expect("bucket-299 is")
        self.open()
        self.browser.wait("a count", "return document.querySelector('#nodes .rest')?.textContent.includes('… and 289 more')")
        self.assertLess(self.browser.count("#nodes .node"), 40)
        self.picture("folded")
        self.browser.type("bucket-250", into="#tree-search")
        self.wait_for("bucket-250")
        self.browser.wait("found", "return document.querySelectorAll('#nodes .node.found').length === 1")
        self.browser.type("", into="#tree-search")
        self.browser.run("document.querySelector('#tree-search').dispatchEvent(new Event('input'))")
        self.browser.run("document.querySelector('#nodes .rest').dispatchEvent(new MouseEvent('click'))")
        self.browser.wait("all of them", "return document.querySelectorAll('#nodes .kind-agent').length === 300")
        self.browser.run("[...document.querySelectorAll('#nodes .fold')].find((fold) => fold.textContent === '◂').dispatchEvent(new MouseEvent('click'))")
        self.browser.wait("folded again", "return document.querySelectorAll('#nodes .kind-agent').length < 40")
        self.assertEqual(self.browser.count("#ghosts *"), 0, "who is folded has not ended")
        self.browser.run("document.querySelector('#nodes .rest').dispatchEvent(new MouseEvent('click'))")
        self.browser.wait("all of them", "return document.querySelectorAll('#nodes .kind-agent').length === 300")
        self.assertNotIn("✕", self.browser.text("#nodes"), "who is drawn again follows nobody")
        self.picture("opened")
        on_screen = "const box = [...document.querySelectorAll('#nodes .node')].find((node) => node.querySelector('.name')?.textContent === 'KV.BucketSupervisor').getBoundingClientRect(); return box.top > 0 && box.bottom < innerHeight"
        self.browser.wait("whose family was opened is still there", on_screen)
        # Zoom and pan move the picture.
        before = self.browser.run("return document.querySelector('#world').style.transform")
        self.browser.click("#zoom-in")
        self.assertNotEqual(before, self.browser.run("return document.querySelector('#world').style.transform"))
        self.browser.click("#zoom-fit")

    def test_all_of_it_by_the_keys(self):
        self.open()
        self.browser.wait("a focusable box", "return document.querySelector('#nodes [tabindex=\"0\"]') !== null")
        self.browser.run("document.querySelector('#nodes [tabindex=\"0\"]').focus()")
        focused = "return document.activeElement.querySelector('.name')?.textContent"
        self.assertEqual(self.browser.run(focused), "KV.Supervisor")
        self.browser.type(RIGHT)
        self.assertEqual(self.browser.run(focused), "KV.BucketSupervisor")
        self.browser.type(DOWN)
        self.assertEqual(self.browser.run(focused), "KV.Registry")
        self.browser.type(ENTER)
        self.browser.wait("details", "return document.querySelector('#drawer .facts') !== null")
        self.browser.type(ESCAPE)
        self.assertEqual(self.browser.run(focused), "KV.Registry", "the focus returns to where it was")
        self.browser.type(".")
        self.browser.wait("a menu", "return document.activeElement.dataset.action === 'details'")
        self.browser.type(DOWN + DOWN)
        self.assertEqual(self.browser.run("return document.activeElement.dataset.action"), "kill")
        self.browser.type(ESCAPE)
        self.browser.type("2")
        self.browser.wait("the table", "return !document.querySelector('#panel-processes').hidden")
        self.browser.type("?")
        self.browser.wait("the keys", "return document.querySelector('#dialog').open")
        self.browser.type(ESCAPE)
        unnamed = self.browser.run(
            "return [...document.querySelectorAll('button, input, [role=treeitem]')].filter((one) => !one.textContent.trim() && !one.getAttribute('aria-label') && !one.closest('label')).map((one) => one.outerHTML)")
        self.assertEqual(unnamed, [], "everything that can be used has a name")

    # The table

    def test_the_table_sorts_filters_and_pages(self):
        self.kv.type("create " + " ".join(f"bucket-{number:03}" for number in range(250)))
        self.kv.expect("bucket-249 is")
        self.kv.type("put bucket-007 a 1")
        self.kv.type("put bucket-007 b 2")
        self.open("processes")
        self.browser.wait("rows", "return document.querySelectorAll('#table tbody tr').length === 100")
        self.assertIn("255 processes", self.browser.text("#matching"))
        self.picture("processes")
        self.browser.click("[data-column=handled] button")
        self.browser.wait("sorted by handled", "return document.querySelector('[data-column=handled]').getAttribute('aria-sort') === 'descending' && document.querySelector('#table tbody tr td:nth-child(2)').textContent === 'KV.Registry'")
        counts = [int(text.replace(",", "")) for text in self.column(7)]
        self.assertEqual(counts, sorted(counts, reverse=True))
        self.browser.click("[data-column=name] button")
        self.browser.wait("sorted by name", "return document.querySelector('#table tbody tr td:nth-child(2)').textContent === 'KV.BucketSupervisor'")
        self.browser.click("[aria-label='Last page']")
        self.browser.wait("the last page", "return document.querySelectorAll('#table tbody tr').length === 55")
        self.browser.type("bucket-007", into="#filter")
        self.browser.wait("one row", "return document.querySelectorAll('#table tbody tr').length === 1")
        self.assertIn("1 of 255", self.browser.text("#matching"))
        self.browser.type("kind=supervisor", into="#filter")
        self.browser.wait("supervisors", "return document.querySelectorAll('#table tbody tr').length === 2")
        self.browser.double_click("#table tbody tr")
        self.browser.wait("details", "return document.querySelector('#drawer .facts')?.textContent.includes('supervisor')")

    # Charts, time line, system

    def test_charts_move(self):
        self.kv.type("create shopping")
        self.open("charts")
        line = "return document.querySelector('[data-chart=messages] .line')?.getAttribute('d')"
        before = self.browser.wait("a line", line)
        self.kv.type("flood shopping 5000")
        self.browser.wait("another line", line + " !== arguments[0] ? true : false", before)
        self.browser.wait("the flood", "return [...document.querySelectorAll('[data-chart=messages] .axis')].some((text) => Number(text.textContent.replaceAll(',', '')) >= 1000)")
        self.assertEqual(self.browser.count(".chart"), 6)
        self.picture("charts")

    def test_the_time_line_tells_lives_and_why_and_the_tree_as_it_was(self):
        self.kv.type("create shopping books")
        self.open("timeline")
        self.browser.wait("lanes", "return document.querySelectorAll('.timeline .lane').length >= 6")
        time.sleep(1)
        self.kv.type("kill registry")
        self.browser.wait("a failure", "return document.querySelector('.timeline .mark.gone') !== null")
        self.browser.wait("restarts", "return document.querySelectorAll('.timeline .mark.reborn').length === 2")
        self.browser.click("#follow")
        self.browser.run("document.querySelector('.timeline .mark.gone').dispatchEvent(new MouseEvent('click'))")
        self.browser.wait("why", "return document.querySelector('#dialog .story')?.textContent.includes('KV.BucketSupervisor and its 2 buckets')")
        self.browser.type(ESCAPE)
        # A moment before the kill: the buckets still live.
        self.browser.run(
            """const mark = document.querySelector('.timeline .mark.gone').getBoundingClientRect();
            const axis = document.querySelector('.axis-area'); const box = axis.getBoundingClientRect();
            axis.dispatchEvent(new MouseEvent('click', { clientX: mark.left - 12, clientY: box.top + 8, bubbles: true }));""")
        self.browser.wait("the past", "return document.querySelector('#moment')?.textContent.includes('shopping')")
        self.assertIn("ended since", self.browser.text("#moment"))
        self.picture("timeline")
        # The same by the keys: from the newest mark to those before it, and from box to box of the past.
        self.browser.run("document.querySelector('#lanes .mark[tabindex=\"0\"]').focus()")
        seq = "return Number(document.activeElement.dataset.seq)"
        newest = self.browser.run(seq)
        self.browser.type(LEFT)
        self.assertLess(self.browser.run(seq), newest)
        self.browser.type(ENTER)
        self.browser.wait("why", "return document.querySelector('#dialog').open")
        self.browser.type(ESCAPE)
        self.browser.run("document.querySelector('#moment .node[tabindex=\"0\"]').focus()")
        self.browser.type(DOWN)
        self.assertIn("KV.BucketSupervisor", self.browser.run("return document.activeElement.getAttribute('aria-label')"))
        self.browser.type(ENTER)
        self.browser.wait("one of the past", "return document.querySelector('#drawer .missing')?.textContent.includes('has ended')")

    def test_the_system_in_numbers(self):
        self.open("system")
        self.browser.wait("facts", "return document.querySelectorAll('#system .card').length === 4")
        text = self.browser.text("#system")
        for word in ("swift-supervision", "Uptime", "Workers", "dynamic supervisor", "Dropped events", "Memory"):
            self.assertIn(word, text)
        self.picture("system")

    # Looks

    def test_dark_follows_the_system_and_the_choice_is_kept(self):
        self.open()
        ground = "return getComputedStyle(document.body).backgroundColor"
        light = self.browser.run(ground)
        self.browser.cdp("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])
        dark = self.browser.run(ground)
        self.assertNotEqual(light, dark)
        self.kv.type("kill registry")
        self.browser.wait("restarted", "return document.querySelector('#nodes .reborn') !== null")
        self.picture("dark")
        self.browser.click("#theme")
        self.assertEqual(self.browser.run(ground), light)
        self.browser.open("about:blank")
        self.browser.open(self.url)
        self.assertEqual(self.browser.run(ground), light)
        # And the other way round, with all that is made of colours: pictures, too.
        self.browser.cdp("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "light"}])
        self.browser.click("#theme")
        self.assertEqual(self.browser.run(ground), dark)
        self.wait_for("KV.Registry")
        frame = "return getComputedStyle(document.querySelector('#nodes .frame')).fill"
        drawn = self.browser.run(frame)
        self.browser.click("#theme")
        self.assertNotEqual(self.browser.run(frame), drawn)
        self.browser.run("localStorage.clear()")

    def test_it_fits_a_small_screen_and_a_phone(self):
        self.kv.type("create shopping books")
        self.open()
        for width, height, name in ((1024, 700, "small"), (390, 844, "phone")):
            self.browser.resize(width, height)
            for view in ("tree", "processes", "charts", "timeline", "system"):
                self.browser.run(f"document.querySelector('#tab-{view}').click()")
                time.sleep(0.2)
                self.assertLessEqual(
                    self.browser.run("return document.documentElement.scrollWidth - innerWidth"), 0, f"{view} at {width}")
                self.picture(f"{name}-{view}")
            self.browser.run("document.querySelector('#tab-processes').click()")
            self.browser.wait("rows", "return document.querySelector('#table tbody tr')")
            self.browser.double_click("#table tbody tr")
            self.browser.wait("details", "return document.querySelector('#drawer .facts') !== null")
            self.picture(f"{name}-process")
            self.browser.type(ESCAPE)

    # Safety

    def test_without_the_token_nobody_is_let_in(self):
        self.open()
        root = self.url.rsplit("/", 2)[0]
        for path, status in (("/", 401), ("/wrong/", 403), ("/wrong/api/tree", 403), ("/api/tree", 401)):
            with self.assertRaises(urllib.error.HTTPError) as raised:
                urllib.request.urlopen(root + path)
            self.assertEqual(raised.exception.code, status, path)
            raised.exception.close()
        self.expects_errors = True  # the browser writes every refusal into its console
        self.browser.open(root + "/wrong/")
        self.assertIn("observer url", self.browser.text("body"))
        self.assertNotIn("KV.Registry", self.browser.text("body"))

    def test_a_hostile_name_is_only_a_name(self):
        hostile = "<script>window.stolen=1</script><img src=x onerror=window.stolen=2>"
        self.kv.type(f"create '{hostile}'")
        self.kv.type("create '" + "x" * 10_000 + "'")
        # Told by its escape: the shell's language has no control characters in names.
        self.kv.type("create '\u202etfel'")
        self.open()
        self.browser.wait("drawn", "return [...document.querySelectorAll('#nodes .name')].some((name) => name.dataset.full?.startsWith('<script>'))")
        self.browser.wait("drawn", "return [...document.querySelectorAll('#nodes .name')].some((name) => name.textContent.startsWith('xxxx'))")
        self.browser.wait("drawn", "return [...document.querySelectorAll('#nodes .name')].some((name) => name.textContent.startsWith('\\\\u{202e}tfel'))")
        for view in ("processes", "timeline", "tree"):
            self.browser.run(f"document.querySelector('#tab-{view}').click()")
            time.sleep(0.3)
        self.browser.run("document.querySelector('#nodes .kind-agent').dispatchEvent(new MouseEvent('dblclick'))")
        self.browser.wait("details", "return document.querySelector('#drawer .facts') !== null")
        self.picture("hostile")
        self.assertIsNone(self.browser.run("return window.stolen ?? null"))
        self.assertEqual(self.browser.count("main script, main img, aside script, aside img, footer script"), 0)

    def test_nothing_leaves_the_page(self):
        self.open()
        for view in ("processes", "charts", "timeline", "system", "tree"):
            self.browser.run(f"document.querySelector('#tab-{view}').click()")
            time.sleep(0.1)
        outside = self.browser.run(
            "return performance.getEntriesByType('resource').map((entry) => entry.name).filter((name) => !name.startsWith(location.origin) && !name.startsWith('data:'))")
        self.assertEqual(outside, [])
        links = self.browser.run("return [...document.querySelectorAll('[href], [src]')].map((one) => one.href ?? one.src).filter((link) => !link.startsWith(location.origin) && !link.startsWith('data:'))")
        self.assertEqual(links, [])

    # When something is gone

    def test_it_reconnects_by_itself_when_its_own_server_was_killed(self):
        self.open()
        self.expects_errors = True  # a connection that is refused is written into the console
        old = self.pid("Observer.Server")
        self.kv.type("kill 'Observer.Server'")
        self.browser.wait("another server", "return !document.querySelector(`#nodes [data-key=\"${arguments[0]}\"]`) && document.querySelector('#connection').dataset.state === 'live'", old)
        self.kv.type("create shopping")
        self.wait_for("shopping")

    def test_it_outlives_the_tree_and_tells_that_it_has_given_up(self):
        self.open()
        self.kv.type("repeat 4 kill registry")
        self.browser.wait("the end", f"return !{NAMES}.includes('KV.Supervisor')")
        self.wait_for("Observer.Server")
        self.browser.wait("told", "return document.querySelector('#feed').textContent.includes('application kv stopped')")
        self.browser.run("document.querySelector('#tab-timeline').click()")
        self.browser.wait("history", "return document.querySelectorAll('.timeline .mark.gone').length >= 4")
        self.kv.type("start")
        self.browser.run("document.querySelector('#tab-tree').click()")
        self.wait_for("KV.Supervisor")

    def test_it_says_when_the_runtime_is_gone(self):
        self.open()
        self.expects_errors = True
        self.kv.kill()
        self.browser.wait("said", "return document.querySelector('#banner').textContent.includes('The runtime is gone')")
        self.assertEqual(self.browser.run("return document.querySelector('#connection').textContent"), "no connection")
        self.picture("gone")

    def test_stopping_the_observer_says_goodbye(self):
        self.open()
        self.expects_errors = True
        self.kv.type("observer stop")
        self.browser.wait("said", "return document.querySelector('#banner').textContent.includes('was stopped')")


if __name__ == "__main__":
    unittest.main(verbosity=2)
