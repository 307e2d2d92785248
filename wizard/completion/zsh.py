"""The script for zsh."""

from collections.abc import Iterable, Iterator

from wizard import __version__
from wizard.completion.values import FEATURES, FILES, PRESETS, RUNS, RUNS_AND_FILES, SETTINGS, VARIABLES, Flag, Grammar

_HELPERS = r"""
_glm_wizard_presets() {
    local -a own
    own=(${XDG_CONFIG_HOME:-$HOME/.config}/glm-wizard/presets/*.toml(N:t:r))
    compadd -- $_glm_wizard_preset_names $own
}

_glm_wizard_runs() {
    local -a names
    names=(${XDG_STATE_HOME:-$HOME/.local/state}/glm-wizard/runs/*(/N:t))
    compadd -- $names
}

_glm_wizard_runs_and_files() {
    _glm_wizard_runs
    _files
}

# [ROLE.]NAME; the first argument says what follows the name.
_glm_wizard_names() {
    local suffix=$1
    shift
    if [[ $PREFIX != *.* ]]; then
        compadd -S . -- $_glm_wizard_roles
    else
        compset -P '*.'
    fi
    if [[ -n $suffix ]]; then
        compadd -q -S $suffix -- "$@"
    else
        compadd -- "$@"
    fi
}

_glm_wizard_settings() {
    if [[ $PREFIX == router.* ]]; then
        _glm_wizard_names "$1" $_glm_wizard_router_options
    else
        _glm_wizard_names "$1" $_glm_wizard_options ${=_glm_wizard_more[${opt_args[--release]:-$_glm_wizard_usual}]}
    fi
}
"""


def script(grammar: Grammar) -> str:
    """Everything that zsh needs; a file ``_glm-wizard`` on its fpath."""
    return "\n".join(_lines(grammar)) + "\n"


def _lines(grammar: Grammar) -> Iterator[str]:
    yield "#compdef glm-wizard"
    yield f"# zsh completion for glm-wizard {__version__}; `glm-wizard --completion zsh` writes it"
    yield "# for good: glm-wizard --completion zsh >FOLDER/_glm-wizard, with FOLDER in fpath before compinit"
    yield f"_glm_wizard_usual={grammar.usual}"
    for name, words in (
        ("preset_names", grammar.presets),
        ("roles", grammar.roles),
        ("options", grammar.common),
        ("router_options", grammar.router_options),
    ):
        yield f"_glm_wizard_{name}=({' '.join(words)})"
    yield "typeset -A _glm_wizard_more"
    for version in grammar.options:
        yield f"_glm_wizard_more[{version}]='{' '.join(grammar.only(version))}'"
    yield _HELPERS
    yield f'_glm_wizard_variables() {{ _glm_wizard_names "$1" {" ".join(grammar.variables)} }}'
    yield f"_glm_wizard_features() {{ _glm_wizard_names '' {' '.join(grammar.features)} }}"
    yield ""
    yield "_glm_wizard() {"
    yield "    _arguments -S \\"
    for flag in grammar.flags:
        for name in flag.names:
            yield f"        '*{_spec(flag, name)}' \\"
    yield "        '*:file:_files'"
    yield "}"
    yield 'if [[ $funcstack[1] == _glm-wizard ]]; then _glm_wizard "$@"; else compdef _glm_wizard glm-wizard; fi'


def _spec(flag: Flag, name: str) -> str:
    told = _escaped(flag.help)
    value = f"::{_label(flag)}:" if flag.is_optional else f":{_label(flag)}:"
    return f"{name}[{told}]" + (f"{value}{_act(flag)}" if flag.takes_value else "")


def _label(flag: Flag) -> str:
    return flag.kind or "value"


def _act(flag: Flag) -> str:
    suffix = "=" if flag.assigns else ""
    acts = {
        FILES: "_files",
        PRESETS: "_glm_wizard_presets",
        RUNS: "_glm_wizard_runs",
        RUNS_AND_FILES: "_glm_wizard_runs_and_files",
        SETTINGS: f'{{_glm_wizard_settings "{suffix}"}}',
        VARIABLES: f'{{_glm_wizard_variables "{suffix}"}}',
        FEATURES: "_glm_wizard_features",
    }
    return acts[flag.kind] if flag.kind else f"({_list(flag.words)})" if flag.words else " "


def _list(words: Iterable[str]) -> str:
    return " ".join(word.replace(":", "\\:") for word in words)


def _escaped(text: str) -> str:
    for sign in "\\[]:":
        text = text.replace(sign, f"\\{sign}")
    return text.replace("'", "'\\''")
