"""A `kv` whose commands are typed by the test."""

import os
import queue
import re
import subprocess
import threading


class KV:
    def __init__(self, program, *arguments):
        self.process = subprocess.Popen(
            [program, "--keep-going", *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, bufsize=1,
            env={**os.environ, "NO_COLOR": "1"},
        )
        self.lines = queue.Queue()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.put(line.rstrip("\n"))

    def type(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def expect(self, pattern, limit=120):
        """The first line to come that matches."""
        seen = []
        while True:
            try:
                line = self.lines.get(timeout=limit)
            except queue.Empty:
                raise AssertionError(f"no line matched {pattern!r}; there were {seen}") from None
            seen.append(line)
            found = re.search(pattern, line)
            if found:
                return found

    def observe(self, *options):
        self.type(" ".join(["observer", *options]))
        return self.expect(r"(http://\S+)").group(1)

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.reader.join()
        self.process.stdin.close()
        self.process.stdout.close()
