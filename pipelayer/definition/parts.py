"""A definition as values: objects, parameters and parameter values, whichever form they were written in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from pipelayer.model import Position

SECRET_MARK = "*"  # noqa: S105 - AWS encrypts what begins with it


@dataclass(frozen=True)
class Ref:
    """A reference to the object `id`: `{"ref": "id"}`."""

    id: str


class SecretKind(StrEnum):
    """Where a secret is kept: an environment variable of the run, or Secrets Manager."""

    ENV = "env"
    SECRETS_MANAGER = "secretsmanager"


@dataclass(frozen=True)
class SecretSource:
    """A secret that is not in git: `{"env": "NAME"}` or `{"secretsmanager": "ARN"}`."""

    kind: SecretKind
    name: str


Value = str | Ref | SecretSource


@dataclass(frozen=True)
class Field:
    """What one key holds. One value and a list of one are the same thing; a key without values doesn't exist.

    `at` is where the value stands, `key_at` where its key does, `values_at` where each value of a list does.
    """

    values: tuple[Value, ...]
    at: Position | None = field(default=None, compare=False)
    key_at: Position | None = field(default=None, compare=False, repr=False)
    values_at: tuple[Position, ...] = field(default=(), compare=False, repr=False)

    def position(self, index: int) -> Position | None:
        """Where the value with this index stands."""
        return self.values_at[index] if index < len(self.values_at) else self.at

    @property
    def texts(self) -> tuple[str, ...]:
        """The plain strings among the values."""
        return tuple(value for value in self.values if isinstance(value, str))

    @property
    def refs(self) -> tuple[str, ...]:
        """The ids that the values refer to."""
        return tuple(value.id for value in self.values if isinstance(value, Ref))


@dataclass(frozen=True)
class PipelineObject:
    """One object. `type`, `parent` and the like are ordinary fields; `at` is where its id stands."""

    id: str
    name: str
    fields: Mapping[str, Field]
    at: Position | None = field(default=None, compare=False)

    def text(self, key: str) -> str | None:
        """The first plain string under `key`, or None where there is none."""
        found = self.fields.get(key)
        return next(iter(found.texts), None) if found else None

    @property
    def type(self) -> str:
        """The object's type as written, `""` where it has none."""
        return self.text("type") or ""


@dataclass(frozen=True)
class Parameter:
    """One declared parameter with its attributes (`type`, `default`, `allowedValues`, …)."""

    id: str
    attributes: Mapping[str, Field]
    at: Position | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Definition:
    """Objects and parameters in the order of the file, and the parameters' values."""

    objects: tuple[PipelineObject, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    values: Mapping[str, Field] = field(default_factory=dict)

    def object(self, id: str) -> PipelineObject | None:
        """The object with this id, or None."""
        return next((item for item in self.objects if item.id == id), None)

    @property
    def defaults(self) -> Mapping[str, Field]:
        """The `default` of each declared parameter that has one."""
        return {
            item.id: item.attributes["default"] for item in self.parameters if "default" in item.attributes
        }


def is_secret(key: str) -> bool:
    """Whether AWS keeps what this key holds encrypted."""
    return key.startswith(SECRET_MARK)
