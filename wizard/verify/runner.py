"""The steps done one after the other: asks, judges, and tells each as it ends."""

from collections.abc import Callable
from typing import NamedTuple

from wizard.verify import steps
from wizard.verify.asking import Asker, DirectAsker
from wizard.verify.steps import Outcome, Reply, Result, Step
from wizard.verify.target import Target


class Report(NamedTuple):
    """What a verification came to."""

    target: Target
    results: tuple[Result, ...]

    @property
    def answers(self) -> bool:
        """Whether every step was asked and is well."""
        return bool(self.results) and all(result.outcome is Outcome.OK for result in self.results)

    @property
    def verdict(self) -> str:
        """The one closing line."""
        if self.answers:
            return "it answers"
        failed = sum(result.outcome is Outcome.FAILED for result in self.results)
        rest = sum(result.outcome is Outcome.NOT_ASKED for result in self.results)
        tail = f", {rest} not asked" if rest else ""
        return f"it does not answer as it should: {failed} of {len(self.results)} steps failed{tail}"

    def as_json(self) -> dict[str, object]:
        """The documented shape of ``--verify --json``."""
        return {
            "url": self.target.url,
            "served_name": self.target.served_name or None,
            "router": self.target.is_router,
            "answers": self.answers,
            "steps": [result.as_json() for result in self.results],
            "verdict": self.verdict,
        }


def answers(target: Target, asker: Asker | None = None, tell: Callable[[Result], None] = lambda _: None) -> Report:
    """Does every step; what comes after one that has to succeed is not asked.

    Args:
        target: what is verified.
        asker: the way there; default: from this machine.
        tell: is given each result as soon as it is there.
    """
    way = asker or DirectAsker()
    known = target if target.is_router is not None else _found_out(target, way)
    results: list[Result] = []
    served_name = known.served_name
    is_over = False
    for place in range(len(steps.steps(known, served_name))):
        step = steps.steps(known, served_name)[place]
        if is_over:
            result = Result(step.name, Outcome.NOT_ASKED)
        else:
            result, reply = _done(step, known, way)
            if step.path == "/v1/models" and not served_name:
                served_name = next(iter(steps.names(reply)), "")
            is_over = step.ends and result.outcome is Outcome.FAILED
        results.append(result)
        tell(result)
    return Report(known._replace(served_name=served_name), tuple(results))


def one_request(
    url: str, served_name: str = "", *, limit_s: float = steps.REQUEST_LIMIT_S, api_key: str = "",
    asker: Asker | None = None,
) -> Result:  # fmt: skip
    """The tutorial's question alone: the proof that a service which says it is ready does answer.

    Args:
        url: ``http://host:port`` of the router or server.
        served_name: asks the chat endpoint under that name instead of ``/generate``, where given.
        limit_s: seconds for the whole of it.
        api_key: where it asks for one.
        asker: the way there; default: from this machine.
    """
    target = Target(url.rstrip("/"), served_name, api_key=api_key)
    step = steps.steps(target._replace(is_router=False), served_name)[4 if served_name else 2]
    return _done(step._replace(limit_s=limit_s), target, asker or DirectAsker())[0]


def other_name(target: Target, asker: Asker | None = None) -> Result | None:
    """What ``/v1/models`` says, where it names models and none of them is the served one; None where all is well.

    A service that lists none at all says nothing about the name.
    """
    step = steps.steps(target._replace(is_router=False), target.served_name)[1]
    result, reply = _done(step, target, asker or DirectAsker())
    is_other = reply.status == 200 and bool(steps.names(reply)) and result.outcome is Outcome.FAILED
    return result if is_other else None


def _done(step: Step, target: Target, asker: Asker) -> tuple[Result, Reply]:
    reply = asker.ask(target.url + step.path, step.body, limit_s=step.limit_s, api_key=target.api_key)
    verdict = step.judge(reply)
    outcome = Outcome.OK if verdict.is_ok else Outcome.FAILED
    return Result(step.name, outcome, verdict.detail, reply.seconds, verdict.hint), reply


def _found_out(target: Target, asker: Asker) -> Target:
    """A router has ``/readiness``, a server has not."""
    reply = asker.ask(target.url + "/readiness", None, limit_s=steps.LOOK_LIMIT_S, api_key=target.api_key)
    return target._replace(is_router=reply.status in (200, 503))
