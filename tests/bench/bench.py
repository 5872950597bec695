"""What the drivers of this folder share: a throw-away server, a set of views, runs of the program, numbers."""

import contextlib
import os
import re
import shutil
import sqlite3
import statistics
import subprocess
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
MATSWAP = os.environ.get("MATSWAP", str(ROOT / "build" / "matswap"))


class Failed(Exception):
    """The benchmark cannot be carried out."""


class Cluster:
    """A server made by scripts/pg-cluster, in a folder of its own; removed at the end."""

    def __init__(self, bindir=None, **settings):
        self.folder = Path(tempfile.mkdtemp(prefix="matswap-bench."))
        self.folder.chmod(0o711)
        self.home = self.folder / "cluster"
        command = [ROOT / "scripts/pg-cluster", "start", self.home]
        command += ["--bindir", bindir] if bindir else []
        for name, value in settings.items():
            command += ["--set", f"{name}={value}"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        self.env = dict(os.environ, PGOPTIONS="-c client_min_messages=warning")
        for line in (self.home / "env").read_text().splitlines():
            if line.startswith("export "):
                self.env.update(word.split("=", 1) for word in line.split()[1:])

    def stop(self):
        subprocess.run([ROOT / "scripts/pg-cluster", "stop", self.home, "--immediate", "--remove"], check=False,
                       stdout=subprocess.DEVNULL)
        shutil.rmtree(self.folder, ignore_errors=True)

    def sql(self, *texts):
        """Each text on its own; what the last one says, unaligned."""
        command = ["psql", "-XqAt", "-v", "ON_ERROR_STOP=1"]
        for text in texts:
            command += ["-c", text]
        done = subprocess.run(command, env=self.env, text=True, capture_output=True)
        if done.returncode != 0:
            raise Failed(done.stderr.strip())
        return done.stdout.strip()

    def script(self, text):
        """Through psql's standard input, without stopping at an error; what it says of errors."""
        return subprocess.run(["psql", "-Xq"], env=self.env, text=True, input=text, capture_output=True).stderr


@contextlib.contextmanager
def cluster(bindir=None, **settings):
    server = Cluster(bindir, **settings)
    try:
        yield server
    finally:
        server.stop()


class ViewSet:
    """SQL files, a configuration and a journal in a folder of the cluster's."""

    def __init__(self, server, name, *lines):
        self.server = server
        self.name = name
        self.folder = server.folder / name
        self.queries = self.folder / "queries"
        self.queries.mkdir(parents=True)
        self.config = self.folder / "matswap.ini"
        self.config.write_text("\n".join(["[matswap]", f"set = {name}", "queries = queries",
                                          "journal = journal.db", *lines, ""]))

    def file(self, name, text):
        (self.queries / name).write_text(text)

    def run(self, *arguments, watch=False):
        """A run of the program, with these arguments; `watch`: also how long it takes to have its locks."""
        started = time.monotonic()
        phases = {}
        program = subprocess.Popen([MATSWAP, "-c", self.config, *(arguments or ["run"])], env=self.server.env,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        watcher = Watcher(self) if watch else None
        said = []
        for line in program.stderr:
            said.append(line)
            word = re.match(r"\d\d:\d\d:\d\d +(\w+)", line)
            if word:
                phases[word[1]] = time.monotonic() - started
        code = program.wait()
        record = self.last_run()
        swapping_at = watcher.stop() if watch else None
        locked_after_ms = None
        if code == 0 and swapping_at is not None and "swapped" in phases:
            locked_after_ms = max(0, (started + phases["swapped"] - swapping_at) * 1000 - record["lock_ms"])
        return Result(code, time.monotonic() - started, phases, said, record, locked_after_ms)

    def last_run(self):
        """The journal's row, with whatever columns it has."""
        with contextlib.closing(sqlite3.connect(f"file:{self.folder / 'journal.db'}?mode=ro", uri=True)) as journal:
            journal.row_factory = sqlite3.Row
            return dict(journal.execute("SELECT * FROM run ORDER BY id DESC LIMIT 1").fetchone())


class Watcher(threading.Thread):
    """When does the journal say that the first try of the swap begins?  It holds no times of tries."""

    def __init__(self, view_set):
        super().__init__()
        self.path = view_set.folder / "journal.db"
        self.over = threading.Event()
        self.swapping_at = None
        self.start()

    def run(self):
        with contextlib.closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)) as journal:
            while not self.over.wait(0.002):
                state = journal.execute("SELECT state FROM run ORDER BY id DESC LIMIT 1").fetchone()
                if state == ("swapping",):
                    self.swapping_at = time.monotonic()
                    return

    def stop(self):
        self.over.set()
        self.join()
        return self.swapping_at


class Result:
    """`phases`: the seconds at which each last reported; `record`: the journal's row of the run."""

    def __init__(self, code, seconds, phases, said, record, locked_after_ms):
        self.code, self.seconds, self.phases, self.said, self.record = code, seconds, phases, said, record
        self.locked_after_ms = locked_after_ms  # from the start of the first try; None: not seen

    def must(self):
        if self.code != 0:
            raise Failed("matswap exits with %d:\n%s" % (self.code, "".join(self.said[-5:])))
        return self


def median(numbers):
    return statistics.median(numbers) if numbers else None


def percentile(numbers, share):
    """The smallest number that `share` of them do not exceed."""
    ordered = sorted(numbers)
    return ordered[max(0, -(-int(share * 1000) * len(ordered) // 1000) - 1)] if ordered else None


def machine(server):
    """One line: processors, memory, server version."""
    memory = next(int(line.split()[1]) for line in open("/proc/meminfo") if line.startswith("MemTotal"))
    return "%d processors, %.0f GB, PostgreSQL %s, load %.1f" % (
        os.cpu_count(), memory / 2 ** 20, server.sql("SHOW server_version").split()[0], os.getloadavg()[0])
