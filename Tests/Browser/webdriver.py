"""A small client of the WebDriver protocol: what chromedriver speaks, in plain HTTP and JSON."""

import base64
import json
import os
import re
import subprocess
import time
import urllib.error
import urllib.request

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


class WebDriverError(Exception):
    pass


class Browser:
    """A headless Chromium of one's own."""

    def __init__(self, width=1280, height=800):
        self.driver = subprocess.Popen(
            ["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.port = None
        for line in self.driver.stdout:
            found = re.search(r"started successfully on port (\d+)", line)
            if found:
                self.port = int(found.group(1))
                break
        if self.port is None:
            raise WebDriverError("chromedriver did not say on which port it listens")
        arguments = [
            "--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
            f"--window-size={width},{height}", "--lang=en", "--force-prefers-reduced-motion=0",
        ]
        if os.geteuid() == 0:
            # Chromium's sandbox refuses to run as root, as it is in containers.
            arguments.append("--no-sandbox")
        options = {"args": arguments}
        capabilities = {
            "browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"},
        }
        answer = self._send("POST", "/session", {"capabilities": {"alwaysMatch": capabilities}})
        self.session = "/session/" + answer["sessionId"]

    def _send(self, method, path, body=None):
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            value = json.load(error)["value"]
            raise WebDriverError(f"{value['error']}: {value['message'].splitlines()[0]}") from None

    def send(self, method, path, body=None):
        return self._send(method, self.session + path, body)

    def quit(self):
        try:
            self._send("DELETE", self.session)
        finally:
            self.driver.terminate()
            self.driver.wait()
            self.driver.stdout.close()

    # Pages

    def open(self, url):
        self.send("POST", "/url", {"url": url})

    def resize(self, width, height):
        self.cdp("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def run(self, script, *arguments):
        return self.send("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def cdp(self, command, **parameters):
        return self.send("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def screenshot(self, path):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.send("GET", "/screenshot")))

    def console(self):
        """What the browser complained about since the last time."""
        return self.send("POST", "/se/log", {"type": "browser"})

    # Elements

    def find(self, selector):
        return self.send("POST", "/element", {"using": "css selector", "value": selector})

    def text(self, selector):
        return self.run("return document.querySelector(arguments[0])?.textContent ?? null", selector)

    def count(self, selector):
        return self.run("return document.querySelectorAll(arguments[0]).length", selector)

    def click(self, selector):
        self._point(selector, [0])

    def double_click(self, selector):
        self._point(selector, [0, 0])

    def right_click(self, selector):
        self._point(selector, [2])

    def _point(self, selector, buttons):
        steps = [{"type": "pointerMove", "duration": 0, "origin": self.find(selector), "x": 0, "y": 0}]
        for button in buttons:
            steps += [{"type": "pointerDown", "button": button}, {"type": "pointerUp", "button": button}]
        self.send("POST", "/actions", {"actions": [
            {"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": steps}]})

    def type(self, text, into=None):
        if into:
            element = self.find(into)
            self.send("POST", f"/element/{element[ELEMENT]}/clear", {})
            if text:
                self.send("POST", f"/element/{element[ELEMENT]}/value", {"text": text})
        else:
            steps = [{"type": kind, "value": key} for key in text for kind in ("keyDown", "keyUp")]
            self.send("POST", "/actions", {"actions": [{"type": "key", "id": "keys", "actions": steps}]})

    def wait(self, what, script, *arguments, limit=120):
        """Waits until a script's value is true; fails with `what` after a generous while."""
        begin = time.monotonic()
        while True:
            value = self.run(script, *arguments)
            if value:
                return value
            if time.monotonic() - begin > limit:
                raise AssertionError(f"did not happen within {limit} s: {what}")
            time.sleep(0.02)
