"""Reading a configuration file: YAML in which a mistake is an error, never a guess."""

from pathlib import Path
from typing import Any

import yaml

from bot.bad_config import BadConfig


class _Loader(yaml.CSafeLoader):
    """Safe YAML whose dates stay text until the model checks them, and in which a key stands once."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002  # the library's own signature
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.MarkedYAMLError(problem=f"{key.value} stands here twice", problem_mark=key.start_mark)
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


def read_config(path: Path) -> dict[str, Any]:
    """What the file holds, unchecked; raises BadConfig where it cannot be read."""
    try:
        held = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506  # a safe loader
    except FileNotFoundError:
        raise BadConfig(f"{path}: there is no such file") from None
    except OSError as error:
        raise BadConfig(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise BadConfig(f"{path}: is not UTF-8 text") from None
    except yaml.MarkedYAMLError as error:
        raise BadConfig(f"{path}: {_where(error)}{error.problem or 'is not YAML'}") from None
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        raise BadConfig(f"{path}: is not YAML that can be read ({error})") from None
    if not (held is None or isinstance(held, dict)):
        raise BadConfig(f"{path}: must hold settings such as 'replay:', not {type(held).__name__}")
    return {str(key): value for key, value in (held or {}).items()}


def _where(error: yaml.MarkedYAMLError) -> str:
    mark = error.problem_mark or error.context_mark
    return f"line {mark.line + 1}: " if mark else ""
