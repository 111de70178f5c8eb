"""Every kind of definition that AWS's guide describes: after a deploy nothing is left to plan, also where
only AWS's own copy of it can tell. The same after an edit of it.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipelayer.model import Verb
from support.morning import drift, look
from support.scene import CONFIG, Scene, kinds, outcomes

CORPUS = {
    path.stem: path.read_text()
    for path in sorted((Path(__file__).parent.parent / "definition/corpus").glob("*.json"))
}

MORE = {
    "id": "MoreNews",
    "name": "MoreNews",
    "type": "SnsAlarm",
    "topicArn": "arn:aws:sns:us-east-1:123456789012:t",
    "subject": "s",
    "message": "m",
    "role": "R",
}


def settled(scene: Scene) -> None:
    """Nothing is left to plan, and nothing looks changed by hand; without the record of it only the record is
    missing.
    """
    assert kinds(scene.run(Verb.PLAN)) == {"a": "unchanged"}
    morning = look(scene)
    assert (drift(morning), morning.reasons) == ({"a": "in step"}, ())
    assert scene.run(Verb.PLAN, since="").plan == ()
    live = scene.live("a")
    if live.state == "PENDING":
        return  # on demand, nobody could tell it from one that was left unfinished
    scene.sandbox.set_tags(live.id, {k: v for k, v in live.tags.items() if k != "pipelayer:state"})
    assert kinds(scene.run(Verb.PLAN)) == {"a": "retag"}
    assert outcomes(scene.run()) == {"a": "recorded"}
    assert kinds(scene.run(Verb.PLAN)) == {"a": "unchanged"}


@pytest.mark.parametrize("name", CORPUS)
def test_a_definition_of_the_guide(scene: Scene, name: str) -> None:
    scene.environ |= {"DB_PASSWORD": "open sesame", "PASSWORD": "open sesame"}
    scene.commit({"pipelayer.yml": CONFIG, "a/pipeline_definition.json": CORPUS[name], "a/values.json": "{}"})
    assert outcomes(scene.run()) == {"a": "created"}
    settled(scene)
    live = scene.live("a").id
    document = json.loads(CORPUS[name])
    if "objects" in document:
        document["objects"].append(MORE)
    else:
        fields = [
            {"key": key, "stringValue": text} for key, text in MORE.items() if key not in ("id", "name")
        ]
        document["pipelineObjects"].append({"id": MORE["id"], "name": MORE["id"], "fields": fields})
    scene.commit({"a/pipeline_definition.json": json.dumps(document)})
    assert outcomes(scene.run()) == {"a": "edited"}
    assert scene.live("a").id == live
    settled(scene)
