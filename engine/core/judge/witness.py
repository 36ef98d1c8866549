"""Judging what only goes into the journal."""

from engine.core import commands as c
from engine.core import events as e
from engine.core.judge.ground import Ground, Verdict
from engine.core.refusals import Refusal, Refused
from engine.core.words import Topic


def witness(command: c.Witness, ground: Ground) -> Verdict:
    """Note it; the configuration only where it is another than was last noted."""
    if command.topic is Topic.ENGINE_CONFIG and command.facts["digest"] == ground.state.config:
        return Refused(Refusal.ALREADY_DONE)
    return (e.Witnessed(topic=command.topic, facts=command.facts),)
