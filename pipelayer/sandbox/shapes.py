"""The JSON shapes of the Data Pipeline API that the sandbox handles (AWS Data Pipeline API Reference, Data
Types).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

Json = str | int | float | bool | None | Sequence["Json"] | Mapping[str, "Json"]
"""A JSON value."""

JsonObject = Mapping[str, Json]


class FieldJson(TypedDict):
    key: str
    stringValue: NotRequired[str]
    refValue: NotRequired[str]


class ObjectJson(TypedDict):
    id: str
    name: str
    fields: list[FieldJson]


class AttributeJson(TypedDict):
    key: str
    stringValue: str


class ParameterJson(TypedDict):
    id: str
    attributes: list[AttributeJson]


class ValueJson(TypedDict):
    id: str
    stringValue: str


class TagJson(TypedDict):
    key: str
    value: str


class SelectorOperator(TypedDict):
    type: NotRequired[str]
    values: NotRequired[list[str]]


class SelectorJson(TypedDict):
    fieldName: NotRequired[str]
    operator: NotRequired[SelectorOperator]


class QueryJson(TypedDict):
    selectors: NotRequired[list[SelectorJson]]


class Request(TypedDict, total=False):
    """Every member that a request of a supported operation may have; `wire` has checked them."""

    pipelineId: str
    pipelineIds: list[str]
    name: str
    uniqueId: str
    description: str
    tags: list[TagJson]
    tagKeys: list[str]
    pipelineObjects: list[ObjectJson]
    parameterObjects: list[ParameterJson]
    parameterValues: list[ValueJson]
    version: str
    startTimestamp: float
    cancelActive: bool
    marker: str
    limit: int
    objectIds: list[str]
    evaluateExpressions: bool
    sphere: str
    query: QueryJson
    status: str
