"""The fixture itself: what a test holds against the baseline, and what comes of it."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from reprokit.errors import UsageError
from reprokit.numerics.backend import mx
from reprokit.store.held_results import PENDING_MARK, equals_held, write_array

if TYPE_CHECKING:
    from reprokit.pytest_plugin.description import Described
    from reprokit.pytest_plugin.session import TestedBaseline

_DIGEST_LENGTH = 64
_HEX = frozenset("0123456789abcdef")

_DTYPES = {
    "?": "bool",
    "b": "int8",
    "h": "int16",
    "i": "int32",
    "l": "int64",
    "q": "int64",
    "B": "uint8",
    "H": "uint16",
    "I": "uint32",
    "L": "uint64",
    "Q": "uint64",
    "e": "float16",
    "f": "float32",
    "d": "float64",
    "bfloat16": "bfloat16",
    "Zf": "complex64",
}
"""What buffers of MLX and NumPy call their elements: asked for, a dtype takes five times longer."""

_kinds: dict[tuple[type, str, tuple[int, ...] | None], str] = {}
"""What is written of arrays before their digests, by type, buffer's format and shape."""

_MOST_KINDS = 10_000


class ResultChecker:
    """Holds a test's results against the baseline of this machine's family.

    Each result has a name: the test's own, so that a test has one without more ado; a `name` is
    put behind it; a `full_name` stands for itself, and outlives a test's renaming.
    """

    __slots__ = (
        "_ended",
        "_failed",
        "_held",
        "_names",
        "_others",
        "_sent",
        "_taken",
        "_test",
        "_tested",
    )

    def __init__(self, tested: TestedBaseline, test: str) -> None:
        self._tested = tested
        self._held = tested.held
        self._test = test
        self._names: dict[str, bool] = {}
        self._taken = 0
        self._others: list[dict[str, Any]] = []
        self._sent: list[str] = []
        self._failed = False
        self._ended = False

    def __repr__(self) -> str:
        return f"<reprokit: {self._test}>"

    def check(self, value: Any, *, name: str = "", full_name: str = "") -> None:  # noqa: ANN401
        """Hold a value's bytes against those that were accepted.

        Args:
            value: An array of MLX or NumPy, a tree of such (dictionaries, lists, tuples), a
                `reprokit.results.Streamed`, or bytes.
            name: Which of the test's results it is, where there are several.
            full_name: What it is called instead of the test's name.

        Raises:
            AssertionError: Where it is new or changed, with the elements that differ; in CI where
                it is pending.
            TypeError: For a value that has no bytes of its own.
            UsageError: Where the test has a result of that name, or has ended.
        """
        __tracebackhide__ = True
        own = f"{self._test}#{name}" if name else self._test
        is_free = own not in self._names and not full_name and name.__class__ is str
        if is_free:
            try:  # a thousand times in a run: nothing is looked up twice, and nothing is called
                view = memoryview(value)
                kind = _kinds[value.__class__, view.format, view.shape]
                if self._held[own] == kind + sha256(view).hexdigest():
                    self._names[own] = True
                    return
            except (LookupError, TypeError, ValueError, BufferError, RuntimeError):
                pass  # the first of its kind, or none of those; or new; or what MLX cannot compute
        with _Remembering(self._tested):
            if is_free and self._held.get(own) == _write_value(value):
                self._names[own] = True
                return
            own = self._choose_name(name, full_name)
            from reprokit.pytest_plugin.description import describe_value

            self._judge(own, describe_value(value))

    def check_digest(self, digest: str, *, name: str = "", full_name: str = "") -> None:
        """Hold a sha256 that the test has taken itself against the one that was accepted.

        Args:
            digest: 64 hex digits.
            name: As for `check`.
            full_name: As for `check`.

        Raises:
            AssertionError: As for `check`; nothing is known of elements.
            UsageError: For anything but a digest, and as for `check`.
        """
        __tracebackhide__ = True
        with _Remembering(self._tested):
            text = str(digest)
            if len(text) != _DIGEST_LENGTH or not _HEX.issuperset(text):
                hint = "give its 64 small hex digits"
                raise UsageError("is no sha256", where="digest", hint=hint)
            own = self._choose_name(name, full_name)
            from reprokit.pytest_plugin.description import describe_digest

            self._judge(own, describe_digest(digest))

    def _choose_name(self, name: str, full_name: str) -> str:
        from reprokit.pytest_plugin.naming import name_result

        if self._ended:
            raise UsageError(
                f"`{self._test}` has ended, and its results are told",
                hint="let the test that checks something ask for the fixture itself",
            )
        own = name_result(self._test, name, full_name)
        if own in self._names:
            raise UsageError(
                f"`{own}` is checked twice in one test",
                hint='name each: `reprokit.check(array, name="weights")`',
            )
        self._names[own] = False
        return own

    def _judge(self, own: str, described: Described) -> None:
        __tracebackhide__ = True
        held, result = self._held.get(own), described.result
        if held is not None and equals_held(held, result.dtype, result.shape, result.digest):
            self._meet(own, accepted=not held.startswith(PENDING_MARK))
            return
        from reprokit.pytest_plugin.judgement import judge_difference

        difference = judge_difference(self._tested, own, described)
        self._add_other(difference.as_sent(described, keep=self._tested.updating))
        if not self._tested.updating:
            raise AssertionError(difference.text)

    def _meet(self, own: str, *, accepted: bool) -> None:
        """Count a result that is as it was: accepted, or still pending."""
        __tracebackhide__ = True
        self._names[own] = accepted
        if accepted:
            return
        self._add_other({"id": own, "state": "pending", "said": ""})
        if self._tested.unattended:
            from reprokit.pytest_plugin.judgement import explain_pending

            raise AssertionError(explain_pending(self._tested, own))

    def _add_other(self, result: dict[str, Any]) -> None:
        self._others.append(result)
        self._tested.watch()

    def end(self) -> list[str]:
        """Check nothing from now on.

        Returns:
            The names of accepted results that nobody has taken.
        """
        self._ended, self._held = True, {}
        return self._take_accepted()

    def _take_accepted(self) -> list[str]:
        names, first = self._names, self._taken
        self._taken = len(names)
        return [own for own in (list(names)[first:] if first else names) if names[own]]

    def take_results(self, *, failed: bool, ended: bool) -> dict[str, Any] | None:
        """Take the results since the last time, as a report can carry them.

        Args:
            failed: Whether this part of the test failed: then nothing of the test is to be kept.
            ended: Whether this was its last part: only then it is known what is to be kept, and
                from then on nothing can be checked.

        Returns:
            Where results belong, the names of those that are accepted, those that are not, and in
            the end the names of those to keep; None where there is nothing to tell.
        """
        self._failed |= failed
        accepted = self.end() if ended else self._take_accepted()
        others, self._others = self._others, []
        self._sent += [it["id"] for it in others]
        confirmed = self._sent if ended and not self._failed else []
        if not (accepted or others or confirmed):
            return None
        sent: dict[str, Any] = {"place": self._tested.place, "accepted": accepted}
        if others:
            sent["others"] = others
        if confirmed:
            sent["confirmed"] = confirmed
        return sent


class _Remembering:
    """Remembers what is raised in it, for a test that catches that fails all the same."""

    __slots__ = ("_tested",)

    def __init__(self, tested: TestedBaseline) -> None:
        self._tested = tested

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        """Write down an error, and let it pass."""
        if isinstance(error, Exception):
            kind = "" if isinstance(error, AssertionError) else f"{type(error).__name__}: "
            self._tested.refusals.append(f"{kind}{error}")
            self._tested.watch()


def _write_value(value: Any) -> str:  # noqa: ANN401 - whatever a test has
    """Write an array as a line of what is held; of anything else an empty one, without a look."""
    if not isinstance(value, mx.array) and type(value).__module__ != "numpy":
        return ""
    try:
        view = memoryview(value)
    except ValueError:
        return ""
    dtype, shape = _DTYPES.get(view.format), view.shape
    if dtype is None or shape is None:
        return ""
    if not view.c_contiguous:
        from reprokit.numerics.digest import view_bytes

        view = view_bytes(value)
    line = write_array(dtype, shape, sha256(view).hexdigest())
    if len(_kinds) < _MOST_KINDS:
        _kinds[value.__class__, view.format, shape] = line[:-_DIGEST_LENGTH]
    return line
