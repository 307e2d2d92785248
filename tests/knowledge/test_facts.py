"""The data files of the knowledge fit their shapes, agree with each other and the releases, and are looked up right."""

import ast
import os
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from wizard import presets
from wizard.errors import UsageError
from wizard.knowledge import facts
from wizard.knowledge.releases import Option, known_releases, release, router
from wizard.model.catalogue import ContainerFacts, Hardware, Image, ModelFacts
from wizard.model.notes import Feature, FeatureNumber, OptionNote, VariableNote
from wizard.model.selection import Series
from wizard.model.value import Value

TABLES: list[tuple[str, str, type[Value], str]] = [
    ("features.toml", "feature", Feature, "id"),
    ("options.toml", "option", OptionNote, "name"),
    ("variables.toml", "variable", VariableNote, "name"),
    ("models.toml", "model", ModelFacts, "name"),
    ("images.toml", "image", Image, "image"),
    ("hardware.toml", "hardware", Hardware, "series"),
]
EACH_TABLE = pytest.mark.parametrize(
    ("file", "table", "shape", "name"), TABLES, ids=[table for _, table, _, _ in TABLES]
)
EACH_FEATURE = pytest.mark.parametrize("feature", facts.features(), ids=lambda feature: feature.id)
SERVERS = [release(version) for version in known_releases()]
RELEASES = [*SERVERS, router()]


def raw(file: str) -> dict[str, Any]:
    return tomllib.loads((facts.SHIPPED / file).read_text(encoding="utf-8"))


def declared(name: str) -> list[Option]:
    """The option of this very name in every release, and in the router, that has it."""
    return [option for each in RELEASES if (option := each.option(name)) is not None]


def numbers() -> Iterator[Any]:
    for feature in facts.features():
        for number in feature.numbers:
            yield pytest.param(number, id=f"{feature.id}:{number.option or number.variable}")


@pytest.fixture
def own_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder of data files; what was read before and after is forgotten."""
    cached = [item for item in vars(facts).values() if hasattr(item, "cache_clear")]
    monkeypatch.setattr(facts, "FOLDER", tmp_path)
    for item in cached:
        item.cache_clear()
    yield tmp_path
    for item in cached:
        item.cache_clear()


@EACH_TABLE
def test_every_entry_fits_its_shape(file: str, table: str, shape: type[Value], name: str) -> None:
    """The shipped files are not validated at run time: here they are, and both ways give the same value."""
    for entry in raw(file)[table]:
        assert shape.trusted(entry) == shape.model_validate(entry), entry[name]
    assert set(raw(file)) <= {table, "container"}


def test_container_fits_its_shape() -> None:
    assert ContainerFacts.model_validate(raw("hardware.toml")["container"]) == facts.container_facts()


@EACH_TABLE
def test_names_are_unique(file: str, table: str, shape: type[Value], name: str) -> None:
    found = [entry[name] for entry in raw(file)[table]]
    assert sorted(found) == sorted(set(found))


@EACH_TABLE
def test_every_entry_names_a_public_source(file: str, table: str, shape: type[Value], name: str) -> None:
    """Every fact says where it comes from, and no path of somebody's machine is such a place."""
    for entry in raw(file)[table]:
        assert len(entry["source"]) > 3, entry[name]
        assert not re.search(r"(^|\s)[/.]|\.tsv|localhost", entry["source"]), entry[name]
        for weights in entry.get("weights", ()):
            assert weights["source"], weights["hub_id"]


@EACH_FEATURE
def test_features_refer_to_features(feature: Feature) -> None:
    ids = {each.id for each in facts.features()}
    assert set(feature.requires) <= ids - {feature.id}
    assert set(feature.conflicts) <= ids - {feature.id}
    assert not set(feature.requires) & set(feature.conflicts)


def test_no_feature_needs_itself_over_others() -> None:
    requires = {feature.id: set(feature.requires) for feature in facts.features()}
    settled: set[str] = set()
    while ready := {name for name, needed in requires.items() if needed <= settled} - settled:
        settled |= ready
    assert settled == requires.keys()


@EACH_FEATURE
def test_features_are_switches_of_one_kind(feature: Feature) -> None:
    """What is on by default is switched off by settings; everything else is switched on by some."""
    switches_on = {**feature.options, **feature.environment}
    switches_off = {**feature.off_options, **feature.off_environment}
    assert bool(switches_off) == feature.on_by_default
    assert bool(switches_on) != feature.on_by_default
    assert not feature.on_by_default or not feature.detect
    assert set(feature.roles) <= {"server", "prefill", "decode"}
    assert feature.roles
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", feature.id)


@EACH_FEATURE
def test_features_are_explained(feature: Feature) -> None:
    """Two sentences at least, and short enough for a panel."""
    assert feature.label
    assert feature.recommended_for
    assert 2 <= len(re.findall(r"[.!](?:\s|$)", feature.explanation)) <= 6
    assert len(feature.explanation) <= 420


@EACH_FEATURE
def test_what_a_feature_sets_is_a_value_of_a_release(feature: Feature) -> None:
    for name, value in {**feature.options, **feature.off_options}.items():
        takers = [option for each in SERVERS if (option := each.option(name)) is not None and option.name == name]
        assert takers, name
        for option in takers:
            assert (value is True) == (option.kind == "flag"), name
            assert option.choices is None or value in option.choices, name


@pytest.mark.parametrize("number", numbers())
def test_numbers_are_sane(number: FeatureNumber) -> None:
    """One setting each, a default within its range, and choices that some release takes."""
    assert bool(number.option) != bool(number.variable)
    low, high, default = number.minimum, number.maximum, number.default
    assert low is None or high is None or low <= high
    if number.choices:
        assert default is None or default in number.choices
        lists = [option.choices for option in declared(number.option) if option.choices is not None]
        assert not lists or any(set(number.choices) <= {*choices} for choices in lists)
    elif isinstance(default, (int, float)):
        assert low is None or default >= low
        assert high is None or default <= high


@pytest.mark.parametrize("number", numbers())
def test_numbers_lie_within_what_the_notes_allow(number: FeatureNumber) -> None:
    note = facts.option_note(number.option) if number.option else facts.variable_note(number.variable)
    assert note is not None
    if number.minimum is not None and note.minimum is not None:
        assert number.minimum >= note.minimum
    if number.maximum is not None and note.maximum is not None:
        assert number.maximum <= note.maximum


def test_every_setting_of_a_feature_has_a_note() -> None:
    for feature in facts.features():
        options = {*feature.options, *feature.off_options, *feature.removes}
        variables = {*feature.environment, *feature.off_environment}
        options |= {number.option for number in feature.numbers if number.option}
        variables |= {number.variable for number in feature.numbers if number.variable}
        assert set(feature.detect) <= options | variables | {"disaggregation-mode"}, feature.id
        assert not [name for name in options if facts.option_note(name) is None], feature.id
        assert not [name for name in variables if facts.variable_note(name) is None], feature.id


def test_every_setting_of_a_preset_has_a_note() -> None:
    for name in presets.files():
        for role in presets.preset(name).selection.roles.values():
            assert not [option for option in role.options if facts.option_note(option) is None], name
            assert not [variable for variable in role.environment if facts.variable_note(variable) is None], name


@pytest.mark.parametrize("note", facts.option_notes(), ids=lambda note: note.name)
def test_noted_options_are_those_of_a_release(note: OptionNote) -> None:
    """Under the name that a release has for it, and with a range that holds the release's own default."""
    takers = [option for option in declared(note.name) if option.name == note.name]
    assert takers
    for option in takers:
        if isinstance(option.default, (int, float)) and not isinstance(option.default, bool):
            assert note.minimum is None or option.default >= note.minimum
            assert note.maximum is None or option.default <= note.maximum


@pytest.mark.parametrize("note", facts.variable_notes(), ids=lambda note: note.name)
def test_noted_variables_are_sane(note: VariableNote) -> None:
    assert re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", note.name)
    assert note.kind in {"bool", "int", "float", "text", "url", "interface", "secret"}
    assert not note.removed_in or note.removed_in in known_releases()
    if note.kind in {"int", "float"} and note.default is not None:
        assert note.minimum is None or float(note.default) >= note.minimum
        assert note.maximum is None or float(note.default) <= note.maximum


def test_settings_of_the_host_are_explained_but_no_variables() -> None:
    """Two official pages disagree about the swappiness: an operator reads both."""
    note = facts.variable_note("vm.swappiness")
    assert note is not None
    assert "0" in note.advice
    assert "10" in note.advice
    assert note not in facts.variable_notes()


@pytest.mark.parametrize(
    ("feature", "words"),
    [
        ("overlap-plan-stream", ("tuning page", "NEXTN", "recipe")),
        ("deepep-dispatch-tokens", ("tuning page", "max-running-requests x (1 + draft tokens)", "/ dp-size")),
        ("context-parallelism", ("tp-size", "tp-size / dp-size")),
        ("fia-nz", ("MLAPO",)),
        ("two-batch-overlap", ("GLM-5.2",)),
    ],
)
def test_disagreeing_sources_are_both_told(feature: str, words: tuple[str, ...]) -> None:
    assert not [word for word in words if word not in facts.feature(feature).explanation]


@pytest.mark.parametrize(
    ("look_up", "near"),
    [
        (lambda: facts.feature("speculative-decodin"), "`speculative-decoding`"),
        (lambda: facts.feature("zzzzzz"), "--features"),
        (lambda: facts.model_facts("GLM5.2"), "`GLM-5.2`"),
        (lambda: facts.model_facts("qqq"), "`GLM-5.1`"),
    ],
)
def test_an_unknown_name_gets_the_nearest_ones(look_up: Any, near: str) -> None:
    with pytest.raises(UsageError) as caught:
        look_up()
    assert caught.value.hint is not None
    assert near in caught.value.hint


def test_unknown_options_and_variables_have_no_note() -> None:
    assert facts.option_note("no-such-option") is None
    assert facts.variable_note("NO_SUCH_VARIABLE") is None


@pytest.mark.parametrize(("series", "devices"), [(Series.A2, 8), (Series.A3, 16)])
def test_hardware(series: Series, devices: int) -> None:
    """A die has 64 GiB, of which torch sees a little over 61."""
    found = facts.hardware(series)
    assert found.devices == devices == len(set(found.device_files))
    assert found.hbm_mib == 64 * 1024
    assert 61.2 < found.usable_hbm_mib / 1024 < 61.3


def test_the_model_of_the_tutorial() -> None:
    model = facts.model_facts("GLM-5.2")
    sizes = {weights.quantization: weights.size_gb or weights.estimate_gb for weights in model.weights}
    assert (model.context_tokens, model.index_topk_freq, model.layers) == (1048576, 4, 78)
    assert (sizes["W8A8"], sizes["W4A8"], sizes["BF16"]) == (774.08, 420, 1510)


@pytest.mark.parametrize("model", facts.models(), ids=lambda model: model.name)
def test_weights_say_where_their_size_comes_from(model: ModelFacts) -> None:
    """Published, or estimated on a basis that is told; never both."""
    for weights in model.weights:
        assert (weights.size_gb is None) == (weights.estimate_gb is not None)
        assert (weights.estimate_gb is None) == (not weights.estimate_basis)
    kinds = [weights.quantization for weights in model.weights]
    assert len(kinds) == len(set(kinds))


@pytest.mark.parametrize("image", facts.images(), ids=lambda image: image.image)
def test_images_are_told_apart_by_their_names(image: Image) -> None:
    """What the table says of an image is also what its tag alone says, where a tag says it."""
    copy = image.image.replace("sglang:", "sglang-copy:") + "-x"
    assert image.kind in {"stable", "release candidate", "day-0", "daily"}
    assert facts.series_of_image(copy) is image.series
    assert facts.release_of_image(image.image) == (None if image.release == "unknown" else image.release)


@pytest.mark.parametrize(
    ("image", "version", "series"),
    [
        ("quay.io/ascend/sglang:cann9.0.0-a3-v0.5.16", "0.5.16", Series.A3),
        ("mirror.example:5000/ascend/sglang:v0.5.14-cann9.0.0-910b", "0.5.14", Series.A2),
        ("mirror.example/sglang:cann9.0.0-a3-glm5.2-20260615", "0.5.14", Series.A3),
        ("mirror.example/x:v0.5.13.post1-cann9.0.0-a3", "0.5.13.post1", Series.A3),
        ("x:v0.5.10-npu.rc1-910b", "0.5.10rc1", Series.A2),
        ("x:v0.5.20rc2-cann9.1.0-a3", "0.5.20rc2", Series.A3),
        ("x:main-cann9.0.0-a3", "main", Series.A3),
        ("x:cann8.5.0-a3-glm5", None, Series.A3),
        ("x:cann8.5.0-910b-v0.5.12@sha256:0123", "0.5.12", Series.A2),
        ("sglang-a3:0.5.14", "0.5.14", Series.A3),
        ("x@sha256:0123", None, None),
        ("registry.example:5000/x", None, None),
        ("x:latest", None, None),
        ("x:a2-or-a3", None, None),
        ("", None, None),
    ],
)
def test_names_of_images_are_read(image: str, version: str | None, series: Series | None) -> None:
    """The number of CANN is no release, and the port of a registry no tag."""
    assert facts.release_of_image(image) == version
    assert facts.series_of_image(image) == series


@pytest.mark.parametrize(
    ("series", "version", "tag"),
    [
        (Series.A3, "0.5.16", "cann9.0.0-a3-v0.5.16"),
        (Series.A2, "v0.5.14", "v0.5.14-cann9.0.0-910b"),
        (Series.A3, "0.5.13.post1", "v0.5.13.post1-cann9.0.0-a3"),
        (Series.A2, "main", "main-cann9.0.0-910b"),
        (Series.A3, "", "cann9.0.0-a3-v0.5.16"),
        (Series.A3, "0.5.23", None),
        (Series.A3, "unknown", None),
    ],
)
def test_the_image_for_a_release_is_a_stable_one(series: Series, version: str, tag: str | None) -> None:
    """A release that no page has an image of gets none, rather than one that is called after it."""
    found = facts.image_for(series, version)
    assert (found.image.rpartition(":")[2] if found else None) == tag


def test_a_file_is_read_only_when_it_is_needed(own_files: Path) -> None:
    """Hardware alone must not wait for the features; nothing is read twice."""
    (own_files / "hardware.toml").write_bytes((facts.SHIPPED / "hardware.toml").read_bytes())
    assert facts.hardware(Series.A2).devices == 8
    (own_files / "hardware.toml").unlink()
    assert facts.hardware(Series.A3).devices == 16
    assert facts.container_facts().shm_size == "16g"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[feature]]\nid = "x"\nlabel = 3\n', ("features.toml", "[[feature]] x", "label", "string")),
        (
            '[[feature]]\nid = "y"\nlabel = "Y"\ngroup = "g"\nexplanation = "e"\nsource = "s"\ncolour = "red"\n',
            ("y", "colour"),
        ),
        ('[[feature]]\nlabel = "no id"\n', ("[[feature]] number 1", "id", "required")),
        ("feature = 3\n", ("features.toml", "has no `[[feature]]`")),
        ("", ("has no `[[feature]]`",)),
        ("[[feature\n", ("features.toml", "cannot be read")),
        (None, ("features.toml", "cannot be read")),
    ],
)
def test_a_broken_file_is_named_with_its_entry(own_files: Path, text: str | None, said: tuple[str, ...]) -> None:
    if text is not None:
        (own_files / "features.toml").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        facts.features()
    assert not [words for words in said if words not in caught.value.message]
    assert caught.value.hint


@pytest.mark.sglang
def test_no_sentence_is_the_releases_own_help() -> None:
    """Our words are ours: no sentence of theirs stands in them."""
    folder = os.environ.get("SGLANG_UNPACKED_DIR")
    files = [path for path in Path(folder or "/nowhere").glob("*/sglang/srt/**/*.py") if tells_of_options(path)]
    if not files:
        pytest.skip("SGLANG_UNPACKED_DIR is not set: the folder with the unpacked wheels, src-RELEASE")
    theirs = {sentence for path in files for sentence in sentences_in_code(path)}
    assert len(theirs) > 1000
    notes: list[OptionNote | VariableNote] = [*facts.option_notes(), *facts.variable_notes()]
    ours = [text for note in notes for text in (note.meaning, note.advice)]
    ours += [text for note in facts.option_notes() for text in (note.changes,)]
    ours += [text for feature in facts.features() for text in (feature.explanation, feature.label)]
    assert not {sentence for text in ours for sentence in sentences(text)} & theirs


def tells_of_options(path: Path) -> bool:
    return path.name in {"server_args.py", "environ.py"} or "arg_groups" in path.parts


def sentences(text: str) -> set[str]:
    parts = re.split(r"[.!?;:]\s+|\.$", " ".join(text.split()).lower())
    return {part.strip(" .") for part in parts if len(part.split()) >= 4}


def sentences_in_code(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from sentences(node.value)
