"""Every mistake in a TOML file in one message: the key's path, what is wrong, what fits."""

from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

Location = tuple[int | str, ...]


def explain(error: ValidationError, model: type[BaseModel], origin: str) -> str:
    """Return the message for all errors found while `model` was validated from `origin`."""
    lines = []
    for one in error.errors(include_url=False):
        location = one["loc"]
        owner, field = _find(model, location)
        if one["type"] == "extra_forbidden":
            lines.append(f"{_path(location)}: unknown key; known here: {', '.join(owner)}")
            continue
        said = one["msg"].removeprefix("Value error, ")
        # A literal's message lists the choices already.
        allowed = _accepted(field) if field and one["type"] != "literal_error" else ""
        path = _path(location)
        # What concerns the whole scenario says itself which keys.
        where = f"{path}: " if path else ""
        lines.append(f"{where}{said}{f' (accepted: {allowed})' if allowed else ''}")
    count = f"{len(lines)} mistake{'s' if len(lines) > 1 else ''}"
    return "\n  ".join([f"{origin}: {count}", *sorted(lines)])


def _path(location: Location) -> str:
    text = ""
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")


def _models(annotation: Any) -> list[type[BaseModel]]:
    """Return the models within an annotation such as tuple[Devices, ...]."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models(part)]


def _find(model: type[BaseModel], location: Location) -> tuple[list[str], FieldInfo | None]:
    """Return the keys known in the table of `location`, and the field there if it is one."""
    fields, field = model.model_fields, None
    kinds: dict[str, type[BaseModel]] = {}
    for part in location:
        if isinstance(part, int):
            continue
        if part in kinds:
            fields = kinds[part].model_fields
            continue
        if part not in fields:
            break
        field = fields[part]
        inner = _models(field.annotation)
        if inner:
            kinds = {kind: each for each in inner for kind in _kinds(each)}
            fields, field = inner[0].model_fields, None
    return list(fields), field


def _kinds(model: type[BaseModel]) -> tuple[Any, ...]:
    """Return the values of `kind` by which a model is chosen among others."""
    kind = model.model_fields.get("kind")
    return _choices(kind.annotation) if kind else ()


def _accepted(field: FieldInfo) -> str:
    """Return the values a field takes, as far as its type and limits tell."""
    choices = _choices(field.annotation)
    if choices:
        return ", ".join(str(choice) for choice in choices)
    low = high = ""
    for limit in field.metadata:
        match limit:
            case Ge(ge):
                low = f"from {ge:,}"
            case Gt(gt):
                low = f"above {gt:,}"
            case Le(le):
                high = f"up to {le:,}"
            case Lt(lt):
                high = f"below {lt:,}"
    return " ".join(part for part in (low, high) if part)


def _choices(annotation: Any) -> tuple[Any, ...]:
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    if get_origin(annotation) in (Union, UnionType, tuple):
        return tuple(choice for part in get_args(annotation) for choice in _choices(part))
    return ()
