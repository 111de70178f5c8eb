"""Sends the files of one pipeline, and deletes what is stale: S3's part of a plan."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Lock

from pipelayer.deploy.hands import Hands
from pipelayer.deploy.upload import UploadPlan
from pipelayer.errors import AwsError, Interrupted
from pipelayer.model import Key

_REFUSED = frozenset({"AccessDenied", "AccessDeniedException", "AllAccessDisabled", "NoSuchBucket"})
"""After these answers S3 is surely as it was; after any other one it may not be."""


class Sending:
    """How far the files of one pipeline have got. `touched` says whether S3 may differ from what it was."""

    def __init__(self, key: Key, plan: UploadPlan | None, hands: Hands) -> None:
        self._key = key
        self._files = plan
        self._hands = hands
        self._lock = Lock()
        self.uploaded = 0
        self.removed = 0
        self.touched = False

    def upload(self) -> None:
        """Sends what differs, several files at once. The first failure ends it."""
        with ThreadPoolExecutor(max_workers=self._hands.upload_threads) as pool:
            total = len(self._plan.send)
            for done, _ in enumerate(pool.map(self._send, range(total)), start=1):
                self._hands.journal.progress(self._key, "files", done, total)

    def remove_stale(self) -> None:
        """Deletes what no file stands for any more."""
        self.touched = True
        self._hands.cloud.bucket.delete(self._plan.location.bucket, self._plan.stale)
        self.removed = len(self._plan.stale)

    @property
    def _plan(self) -> UploadPlan:
        assert self._files is not None, "a step about files comes from an upload plan"
        return self._files

    def _send(self, index: int) -> None:
        if self._hands.interrupted():
            raise Interrupted("The run was stopped before every file was sent.")
        file = self._plan.send[index]
        body = self._hands.read(file.source)
        try:
            self._hands.cloud.bucket.put(self._plan.location.bucket, file.destination, body, file.id)
        except AwsError as problem:
            if problem.code not in _REFUSED:
                self.touched = True
            raise
        with self._lock:
            self.touched = True
            self.uploaded += 1
